"""A rough world of sales: people win, edit, pay, void and delete on both sides, and everything that can fail does.

What must hold at rest: every opportunity has one transaction at the most, none was made twice, what is in step holds
the same lines on both sides, and whatever is not says why.
"""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

from project.sandbox.desktop.errors import Fault
from project.sandbox.salesforce.errors import SalesforceError
from syncapp.models import Link
from tests.sales.conftest import SalesWorld

ACTIONS = (
    *("win", "quantity_in_salesforce", "line_in_salesforce", "line_gone_in_salesforce", "date_in_salesforce"),
    *("lines_in_quickbooks", "date_in_quickbooks", "pay", "void", "delete"),
    *("cycle", "poll", "cycle", "poll", "cycle", "poll", "sweep"),
)
KINDS = ("Invoice", "SalesReceipt", "SalesOrder")


class RoughSales(SalesWorld):
    buyer = "ACME"

    def __init__(self, seed, **options):
        super().__init__(seed=seed, **options)
        self.sent: list[str] = []
        execute = self.web_connector._execute
        self.web_connector._execute = lambda document: (self.sent.append(document), execute(document))[1]
        self.come_to_rest()
        self.people = random.Random(seed)
        self.deals: list[str] = []

    # People

    def win(self):
        lines = [(name, self.people.randint(1, 9), self.people.choice([10, 2.5])) for name in ("Setup", "Cable")]
        lines = lines[: self.people.randint(1, 2)]
        kind = self.people.choice(["Invoice", "Invoice", "Sales Receipt", "Sales Order"])
        name = f"Deal {len(self.deals)}"
        self.deals.append(self.opportunity(*lines, name=name, account=self.buyer, QB_Transaction_Type__c=kind))
        return name

    def _rows(self):
        return [row for row in self.salesforce.records("OpportunityLineItem") if row["OpportunityId"] in self.deals]

    def quantity_in_salesforce(self):
        if rows := self._rows():
            self.salesforce.update(self.people.choice(rows)["Id"], Quantity=self.people.randint(1, 9))

    def line_in_salesforce(self):
        if self.deals:
            self.line(self.people.choice(self.deals), "Cable", self.people.randint(1, 9), 4)

    def line_gone_in_salesforce(self):
        rows = self._rows()
        several = [row for row in rows if Counter(r["OpportunityId"] for r in rows)[row["OpportunityId"]] > 1]
        if several:
            self.salesforce.delete(self.people.choice(several)["Id"])

    def date_in_salesforce(self):
        if self.deals:
            day = self.people.randint(1, 28)
            self.salesforce.update(self.people.choice(self.deals), CloseDate=f"2026-01-{day:02d}")

    def _a_document(self):
        found = [(kind, each) for kind in KINDS for each in self.file.txns_of(kind)]
        return self.people.choice(found) if found else (None, None)

    def lines_in_quickbooks(self):
        kind, found = self._a_document()
        if kind:
            rows = [{"TxnLineID": each["TxnLineID"]} for each in found.get(f"{kind}LineRet") or []]
            rows = rows[: self.people.randint(1, len(rows))] if rows else []
            rows.append(
                {"TxnLineID": "-1", "ItemRef": "Setup", "Quantity": str(self.people.randint(1, 5)), "Rate": "3"}
            )
            self.file.edit_txn(found["TxnID"], lines=rows)

    def date_in_quickbooks(self):
        kind, found = self._a_document()
        if kind:
            self.file.edit_txn(found["TxnID"], TxnDate=f"2026-01-{self.people.randint(1, 28):02d}")

    def pay(self):
        invoices = [each for each in self.file.txns_of("Invoice") if each["BalanceRemaining"]]
        if invoices:
            self.file.pay(self.people.choice(invoices)["TxnID"], 1)

    def void(self):
        kind, found = self._a_document()
        if kind and kind != "SalesOrder":
            self.file.void_txn(found["TxnID"])

    def delete(self):
        kind, found = self._a_document()
        if kind and self.people.random() < 0.3:
            self.file.delete_txn(found["TxnID"])

    def step(self, name):
        try:
            super().step(name)
        except (Fault, SalesforceError) as refused:  # people are told so, too
            self.program.append(f"{name}: refused, {refused}")

    # A whole life

    def live(self, steps=22, faults=0.05):
        self.step("win")
        for _ in range(steps):
            self._draw_faults(faults)
            self.step(self.people.choice(ACTIONS))
        self.come_to_rest()
        self.check()

    def check(self):
        memos = Counter(str(each["Memo"]).removeprefix("VOID: ") for kind in KINDS for each in self.file.txns_of(kind))
        assert all(number == 1 for number in memos.values()), f"MADE TWICE {memos}"
        for link in Link.objects.filter(kind="sale"):
            assert link.reason or link.state == "in_step", f"NO REASON {link.state} {link.name}"
            if link.state == "in_step" and link.whole:
                self.check_lines(link)

    def check_lines(self, link):
        kind, _, txn_id = link.quickbooks_id.rpartition(":")
        found = self.file.txn(txn_id).get(f"{kind.replace(' ', '')}LineRet") or []
        theirs = sorted((each["ItemRef"]["FullName"], Decimal(each["Amount"])) for each in found)
        ours = sorted((name, Decimal(str(total))) for name, _, total in self.deal_lines(link.salesforce_id))
        assert ours == theirs, f"DIFFERENT LINES {link.name}: {ours} {theirs}"
