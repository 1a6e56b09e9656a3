"""What each sort of document says of itself, in words, from what QuickBooks prints; no world is needed for that."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncapp.connectors.quickbooks_desktop.documents import amounts, status

EARLIER, LATER = date(2020, 1, 1), date(2099, 1, 1)


def money(**amounts):
    return {name: Decimal(value) for name, value in amounts.items()}


OPEN = money(Subtotal="100", BalanceRemaining="100", AppliedAmount="0")
PARTLY = money(Subtotal="100", BalanceRemaining="40", AppliedAmount="-60")
PAID = money(Subtotal="100", BalanceRemaining="0", AppliedAmount="-100")
VOIDED = {"Memo": "VOID: by mistake", **money(Subtotal="0", BalanceRemaining="0", AppliedAmount="0", TotalAmount="0")}
NOT_YET, PIECES = {"TxnLineID": "1", **money(Invoiced="0")}, {"TxnLineID": "2", **money(Invoiced="2")}
CREDIT, SUM = money(TotalAmount="50", CreditRemaining="50"), money(TotalAmount="50")
TABLE = [
    ("Invoice", {**OPEN, "DueDate": LATER}, "Open", 100, 100),
    ("Invoice", {**PARTLY, "DueDate": LATER}, "Partly paid", 100, 40),
    ("Invoice", {**PARTLY, "DueDate": EARLIER}, "Overdue", 100, 40),
    ("Invoice", {**PAID, "IsPaid": True, "DueDate": EARLIER}, "Paid", 100, 0),
    ("Invoice", {**OPEN, "IsPending": True}, "Pending", 100, 100),
    ("Invoice", VOIDED, "Void", 0, 0),
    ("Invoice", {**OPEN, "DueDate": LATER, "Memo": "VOID: not so"}, "Open", 100, 100),
    ("SalesOrder", SUM, "Open", 50, None),
    ("SalesOrder", {**SUM, "IsFullyInvoiced": True}, "Closed", 50, None),
    ("SalesOrder", {**SUM, "IsManuallyClosed": True}, "Closed", 50, None),
    ("SalesOrder", {**SUM, "SalesOrderLineRet": [NOT_YET, PIECES]}, "Partly invoiced", 50, None),
    ("SalesOrder", {**SUM, "SalesOrderLineGroupRet": [{"SalesOrderLineRet": [PIECES]}]}, "Partly invoiced", 50, None),
    ("SalesOrder", {**SUM, "SalesOrderLineRet": [NOT_YET]}, "Open", 50, None),
    ("SalesOrder", {**SUM, "IsFullyInvoiced": True, "SalesOrderLineRet": [PIECES]}, "Closed", 50, None),
    ("SalesOrder", {**SUM, "IsManuallyClosed": True, "SalesOrderLineRet": [PIECES]}, "Closed", 50, None),
    ("SalesReceipt", SUM, "Paid", 50, None),
    ("SalesReceipt", {**SUM, "IsPending": True}, "Pending", 50, None),
    ("SalesReceipt", VOIDED, "Void", 0, None),
    ("Estimate", {**SUM, "IsActive": True}, "Open", 50, None),
    ("Estimate", {**SUM, "IsActive": False}, "Closed", 50, None),
    ("CreditMemo", CREDIT, "Open", 50, 50),
    ("CreditMemo", {**CREDIT, "CreditRemaining": Decimal(20)}, "Partly used", 50, 20),
    ("CreditMemo", {**CREDIT, "CreditRemaining": Decimal(0)}, "Closed", 50, 0),
    ("CreditMemo", {**VOIDED, "CreditRemaining": Decimal(0)}, "Void", 0, 0),
    ("ARRefundCreditCard", SUM, "Paid", 50, None),
]


@pytest.mark.parametrize(("txn", "data", "word", "total", "balance"), TABLE)
def test_a_document_says_how_it_stands_and_what_is_left_of_it(txn, data, word, total, balance):
    found, applied, left = amounts(txn, data)
    if txn == "Invoice" or balance is not None:
        assert (found, left) == (total, balance)
    assert found == total
    assert status(txn, data, found, applied, left) == word
