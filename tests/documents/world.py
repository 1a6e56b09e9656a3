"""Random books: what bookkeepers do in QuickBooks, with every fault on the way; at rest Salesforce shows the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from project.sandbox.desktop import Fault
from qbwc.models import Pull
from syncapp import clock
from syncapp.models import Link, MirrorRecord
from tests.documents.conftest import LATER, DocumentWorld

KINDS = {
    "Invoice": "Invoice",
    "SalesReceipt": "Sales Receipt",
    "CreditMemo": "Credit Memo",
    "SalesOrder": "Sales Order",
    "ARRefundCreditCard": "Refund",
}
FLOWS = ("invoice", "sales_receipt", "credit_memo", "sales_order", "refund", "payment", "credit")
DELETED = "Deleted in QuickBooks"


class BookWorld(DocumentWorld):
    ACTIONS = (
        *("enters_invoice", "enters_invoice", "edits_lines", "edits_header", "pays", "pays", "pays_in_advance"),
        *("enters_other", "applies_credit", "changes_payment", "voids", "deletes", "tampers"),
        *("writes_off", "refunds", "charges"),
    )

    def __init__(self, seed, **options):
        super().__init__(seed=seed, **options)
        marks = self.random.random() < 0.5
        self.file.quirks = replace(self.file.quirks, payments_touch_documents=marks)
        self.flows(customer={"only_won": False, "near_matches": "ignore"}, item={}, **{kind: {} for kind in FLOWS})
        self.file.add_customer(Name="Bolt")
        self.number = 0
        self.gone: set[str] = set()

    def live(self, rounds=8, faults=0.05):
        self.step("enters_invoice")
        for _ in range(rounds):
            self._draw_faults(faults)
            for _ in range(self.random.randint(1, 4)):
                self.step(self.random.choice(self.ACTIONS))
            for name in self.random.sample(["cycle", "poll", "cycle", "poll", "sweep"], 4):
                self.step(name)
            if self.random.random() < 0.3:
                self.clock.advance(4 * 3600)
        self.come_to_rest()
        self.check()

    def come_to_rest(self):
        self.open_ones_are_due()
        super().come_to_rest()
        self.open_ones_are_due()
        super().come_to_rest()

    def open_ones_are_due(self):
        past = clock.now() - timedelta(hours=2)
        Pull.objects.filter(reference__endswith="/open").update(created_at=past)
        MirrorRecord.objects.filter(open=True).update(as_of=past)

    # Bookkeepers

    def attempt(self, act, *args, **fields):
        try:
            return act(*args, **fields) or "done"
        except Fault as refusal:
            return f"refused: {refusal}"

    def next_number(self):
        self.number += 1
        return str(self.number)

    def rows(self):
        items = self.random.choices(["Consulting", "Support"], k=self.random.randint(1, 4))
        return [
            {"ItemRef": item, "Quantity": self.random.randint(1, 9), "Desc": f"Row {n}"} for n, item in enumerate(items)
        ]

    def any_of(self, *kinds):
        found = [txn for kind in kinds for txn in self.file.txns_of(kind)]
        return self.random.choice(found) if found else None

    def who(self):
        return self.random.choice(["Acme", "Bolt"])

    def enters_invoice(self):
        return self.attempt(
            self.file.enter, "Invoice", self.rows(), CustomerRef=self.who(), RefNumber=self.next_number(), DueDate=LATER
        )

    def enters_other(self):
        kind = self.random.choice(["SalesReceipt", "CreditMemo", "SalesOrder"])
        return self.attempt(self.file.enter, kind, self.rows(), CustomerRef=self.who(), RefNumber=self.next_number())

    def edits_lines(self):
        txn = self.any_of("Invoice", "SalesReceipt")
        if txn is None:
            return "nothing"
        kept = [each for each in txn.get(f"{txn['TxnType']}LineRet", ()) if self.random.random() < 0.7]
        rows = [{"TxnLineID": each["TxnLineID"], "Quantity": self.random.randint(1, 9)} for each in kept]
        new = self.rows()[:1]
        return self.attempt(
            self.file.edit_txn, txn["TxnID"], [*rows, *new] if self.random.random() < 0.6 else rows or new
        )

    def edits_header(self):
        txn = self.any_of("Invoice", "SalesReceipt", "CreditMemo", "SalesOrder", "ReceivePayment")
        return self.attempt(self.file.edit_txn, txn["TxnID"], Memo=f"Memo {self.random.random()}") if txn else "nothing"

    def pays(self):
        invoice = self.any_of("Invoice")
        if invoice is None or not invoice["BalanceRemaining"]:
            return "nothing"
        part = self.random.choice([None, (invoice["BalanceRemaining"] / 2).quantize(Decimal("0.01"))])
        return self.attempt(self.file.pay, invoice["TxnID"], part, RefNumber=self.next_number())

    def pays_in_advance(self):
        return self.attempt(
            self.file.receive, self.who(), "75.00", IsAutoApply=self.random.random() < 0.5, RefNumber=self.next_number()
        )

    def writes_off(self):
        """A part of what is still to be paid, with a payment or without."""
        invoice = self.any_of("Invoice")
        if invoice is None or not invoice["BalanceRemaining"]:
            return "nothing"
        paid = self.random.choice(["0.00", "5.00"])
        row = {"TxnID": invoice["TxnID"], "PaymentAmount": paid, "DiscountAmount": "3.00"}
        row["DiscountAccountRef"] = self.accounts["Takings"]
        fields = {"CustomerRef": invoice["CustomerRef"], "TotalAmount": paid, "RefNumber": self.next_number()}
        return self.attempt(self.file.enter, "ReceivePayment", AppliedToTxnAdd=[row], **fields)

    def refunds(self):
        credit = self.any_of("CreditMemo", "ReceivePayment")
        left = credit.get("CreditRemaining", credit.get("UnusedPayment")) if credit else None
        if not left:
            return "nothing"
        rows = [{"TxnID": credit["TxnID"], "RefundAmount": self.random.choice([left, min(left, Decimal("2.00"))])}]
        fields = {"CustomerRef": credit["CustomerRef"], "RefNumber": self.next_number()}
        return self.attempt(self.file.enter, "ARRefundCreditCard", RefundAppliedToTxnAdd=rows, **fields)

    def charges(self):
        """A statement charge, which is paid."""
        row = {"CustomerRef": self.who(), "ItemRef": "Support", "Quantity": 1}
        charge = self.attempt(self.file.enter, "Charge", **row)
        return self.attempt(self.file.pay, charge, RefNumber=self.next_number())

    def changes_payment(self):
        payment = self.any_of("ReceivePayment")
        rows = payment.get("AppliedToTxnRet", []) if payment else []
        if not rows:
            return "nothing"
        kept = [
            {"TxnID": each["TxnID"], "PaymentAmount": (each["Amount"] / 2).quantize(Decimal("0.01"))} for each in rows
        ]
        return self.attempt(self.file.edit_txn, payment["TxnID"], AppliedToTxnMod=kept)

    def applies_credit(self):
        credit, invoice = self.any_of("CreditMemo"), self.any_of("Invoice")
        if credit is None or invoice is None:
            return "nothing"
        row = {"CreditTxnID": credit["TxnID"], "AppliedAmount": "10.00"}
        return self.attempt(self.file.edit_txn, invoice["TxnID"], SetCredit=[row])

    def voids(self):
        txn = self.any_of("Invoice", "SalesReceipt", "CreditMemo")
        return self.attempt(self.file.void_txn, txn["TxnID"]) if txn and self.random.random() < 0.5 else "nothing"

    def deletes(self):
        txn = self.any_of("Invoice", "CreditMemo", "ReceivePayment", "SalesOrder")
        if txn is None or self.random.random() < 0.4:
            return "nothing"
        said = self.attempt(self.file.delete_txn, txn["TxnID"])
        if said == "done":
            self.gone.add(txn["TxnID"])
        return said

    def tampers(self):
        """Somebody edits or deletes a line in Salesforce."""
        rows = self.salesforce.records("QB_Invoice_Line__c")
        if not rows:
            return "nothing"
        row = self.random.choice(rows)
        if self.random.random() < 0.5:
            return self.salesforce.delete(row["Id"]) or "deleted"
        return self.salesforce.update(row["Id"], QB_Amount__c=1) or "edited"

    # What must hold

    def check(self):
        for link in Link.objects.filter(kind__in=FLOWS):
            if link.state == "closed" and not link.salesforce_id:
                continue  # deleted before it had come to Salesforce
            assert link.state in ("in_step", "gone"), f"{link.kind} {link.name}: {link.state} {link.reason}"
        documents = self.by_id("QB_Invoice__c")
        expected = {txn["TxnID"]: txn for kind in KINDS for txn in self.file.txns_of(kind)}
        self.check_ids(documents, expected)
        for txn_id, txn in expected.items():
            self.check_document(txn, documents[txn_id])
        payments = self.by_id("QB_Payment__c")
        paying = {txn["TxnID"]: txn for kind in ("ReceivePayment", "CreditMemo") for txn in self.file.txns_of(kind)}
        self.check_ids(payments, paying)
        for txn_id, txn in paying.items():
            self.check_payment(txn, payments[txn_id], documents)

    def by_id(self, sobject):
        rows = self.salesforce.records(sobject)
        ids = [row["QB_Id__c"] for row in rows]
        assert len(ids) == len(set(ids)), f"{sobject}: one is there twice"
        return {row["QB_Id__c"].removeprefix("acme:"): row for row in rows}

    def check_ids(self, rows, expected):
        assert not expected.keys() - rows.keys(), f"missing in Salesforce: {expected.keys() - rows.keys()}"
        for txn_id in rows.keys() - expected.keys():
            assert txn_id in self.gone, f"nobody made {txn_id}"
            assert rows[txn_id]["QB_Status__c"] == DELETED, f"{txn_id} is {rows[txn_id]['QB_Status__c']}"

    def check_document(self, txn, row):
        kind = txn["TxnType"]
        total = txn.get("TotalAmount", txn.get("Subtotal", 0) + txn.get("SalesTaxTotal", 0))
        assert row["QB_Total__c"] == total, f"{kind} {txn['RefNumber']}: {row['QB_Total__c']} is not {total}"
        remains = txn.get("BalanceRemaining", txn.get("CreditRemaining"))
        if kind == "ARRefundCreditCard":
            return
        assert row["QB_Balance__c"] == remains, f"{kind} {txn['RefNumber']}: {row['QB_Balance__c']} is not {remains}"
        assert (row["QB_Memo__c"] or "") == (txn.get("Memo") or "")
        theirs = [
            (each.get("ItemRef", {}).get("FullName"), each.get("Quantity"), each.get("Amount"))
            for each in txn.get(f"{kind}LineRet", [])
        ]
        own = [each for each in self.salesforce.records("QB_Invoice_Line__c") if each["QB_Invoice__c"] == row["Id"]]
        own.sort(key=lambda each: each["QB_Line_Number__c"])
        ours = [(each["QB_Item__c"], each["QB_Quantity__c"], each["QB_Amount__c"]) for each in own]
        assert ours == theirs, f"{kind} {txn['RefNumber']}: {ours} are not {theirs}"

    def check_payment(self, txn, row, documents):
        if txn["TxnType"] == "ReceivePayment":
            theirs = {each["TxnID"]: each["Amount"] for each in txn.get("AppliedToTxnRet", [])}
            unused = txn["UnusedPayment"]
        else:
            theirs = {
                each["TxnID"]: -each["Amount"] for each in txn.get("LinkedTxn", []) if each["LinkType"] == "AMTTYPE"
            }
            unused = txn["CreditRemaining"]
        own = [each for each in self.salesforce.records("QB_Allocation__c") if each["QB_Payment__c"] == row["Id"]]
        ids = {document["Id"]: txn_id for txn_id, document in documents.items()}
        # What is no document here, such as a statement charge, is known by the allocation's own id.
        apart = {each["Id"]: each["QB_Id__c"].rpartition(":")[2] for each in own}
        ours = {ids.get(each["QB_Invoice__c"], apart[each["Id"]]): each["QB_Amount__c"] for each in own}
        assert len(own) == len(ours)
        assert all(each["QB_Invoice__c"] for each in own if apart[each["Id"]] in documents), "it finds its document"
        assert ours == theirs, f"{txn['RefNumber']}: {ours} is not {theirs}"
        assert row["QB_Unused__c"] == unused
        assert row["QB_Amount__c"] == txn["TotalAmount"]
