"""The outside world with items, opportunities, invoices and payments in it; see outside.py."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

from tests.benchmarks.outside import ADDED, QuickBooks, Salesforce, customer

ITEMS = 50
FIRST_DAY = date(2024, 1, 1)
DAYS = 730
DUE = date(2099, 1, 1)  # so that nothing is overdue
OLDER = FIRST_DAY - timedelta(days=100)


class Deals(Salesforce):
    """``sell`` needs products and accounts: those that came from QuickBooks."""

    def __init__(self) -> None:
        super().__init__()
        self.deals: list[str] = []

    def sell(self, number: int, lines: int) -> None:
        """So many won opportunities, with so many products each."""
        accounts = cycle([row["Id"] for row in self.org.records("Account")])
        book = self.org.standard_pricebook
        products = cycle([row["Id"] for row in self.org.records("Product2") if row["IsActive"]])
        for start in range(0, number, ADDED):
            deals = [
                {
                    "Name": f"Deal {n:06d}",
                    "AccountId": account,
                    "StageName": "Closed Won",
                    "CloseDate": (FIRST_DAY + timedelta(days=n % DAYS)).isoformat(),
                    "Pricebook2Id": book,
                }
                for n, account in zip(range(start, min(start + ADDED, number)), accounts, strict=False)
            ]
            ids = self.org.insert_many("Opportunity", deals)
            rows = [
                {
                    "OpportunityId": deal,
                    "Product2Id": product,
                    "Quantity": 1 + place,
                    "UnitPrice": f"{10 + place}.25",
                    "SortOrder": place + 1,
                }
                for deal in ids
                for place, product in enumerate(islice(products, lines))
            ]
            self.org.insert_many("OpportunityLineItem", rows)
            self.deals += ids

    def edit_deals(self, number: int, text: str) -> None:
        for record_id in self.deals[:number]:
            self.org.update(record_id, QB_Memo__c=text)

    def accounts_known(self, number: int) -> None:
        """From now on ``edit`` edits these: accounts that came from QuickBooks."""
        self.ids = [row["Id"] for row in self.org.records("Account")[-number:]]

    def brought_back(self) -> dict[str, Any]:
        """How many opportunities say the number of their invoice, and what the totals come to that they say."""
        rows = [row for row in self.org.records("Opportunity") if row["QB_Number__c"]]
        return {
            "numbers": len({row["QB_Number__c"] for row in rows}),
            "total": str(sum(r["QB_Total__c"] for r in rows)),
        }

    def documents(self) -> dict[str, Any]:
        """How many documents, lines and payments there are, what they come to, and what is owed."""
        rows = self.org.records("QB_Invoice__c")
        return {
            "invoices": len(rows),
            "lines": len(self.org.records("QB_Invoice_Line__c")),
            "payments": len(self.org.records("QB_Payment__c")),
            "total": str(sum(row["QB_Total__c"] for row in rows)),
            "balance": str(sum(row["QB_Balance__c"] for row in rows)),
        }


class Books(QuickBooks):
    """Customers, items, and invoices of them, some of which are paid."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.invoices: list[str] = []
        self.payments: list[str] = []

    def stock(self, items: int = ITEMS) -> None:
        income = {"ListID": self.file.add("Account", Name="Takings", AccountType="Income")}
        for n in range(items):
            part = {"Desc": f"What item {n} is", "Price": f"{10 + n}.00", "AccountRef": income}
            self.file.add("ItemService", Name=f"Item {n:03d}", SalesOrPurchase=part)

    def history(self, number: int, lines: int, paid_every: int, older: int) -> None:
        """So many invoices, with so many lines each, oldest first; one in ``paid_every`` is paid by half.

        ``older``: so many more that are dated before FIRST_DAY.
        """
        names = cycle([{"FullName": customer(n)["name"]} for n in range(len(self.ids))])
        items = cycle([{"FullName": f"Item {n:03d}"} for n in range(ITEMS)])
        for n in range(-older, number):
            day = FIRST_DAY + timedelta(days=n * DAYS // number) if n >= 0 else OLDER
            rows = [
                {"ItemRef": item, "Quantity": 1 + place, "Desc": f"Row {place} of {n}"}
                for place, item in enumerate(islice(items, lines))
            ]
            made = self.file.enter(
                "Invoice", rows, CustomerRef=next(names), RefNumber=f"{n + older}", TxnDate=day, DueDate=DUE
            )
            if n < 0:
                continue
            self.invoices.append(made)
            if paid_every and n % paid_every == 0:
                self.payments.append(self.file.pay(made, "5.00", day=day, RefNumber=f"P{n}"))

    def edit_invoices(self, number: int, text: str) -> None:
        for txn_id in self.invoices[:number]:
            self.file.edit_txn(txn_id, Memo=text)

    def edit_payments(self, number: int, text: str) -> None:
        for txn_id in self.payments[:number]:
            self.file.edit_txn(txn_id, Memo=text)

    def sold_known(self, number: int) -> None:
        """From now on ``edit_sold`` edits these: the last invoices, which came of opportunities."""
        self.sold = [txn.txn_id for txn in list(self.file.txns.in_order("Invoice", "", ""))[-number:]]

    def edit_sold(self, number: int, text: str) -> None:
        for txn_id in self.sold[:number]:
            self.file.edit_txn(txn_id, Memo=text)

    def invoiced(self) -> dict[str, Any]:
        """How many invoices there are that are not older than FIRST_DAY, what they come to, and what of it is owed."""
        found = list(self.file.txns.in_order("Invoice", FIRST_DAY.isoformat(), ""))
        total, owed = sum(txn.total for txn in found), sum(map(self.file.txns.remaining, found))
        return {"invoices": len(found), "total": _dollars(total), "balance": _dollars(owed)}


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
