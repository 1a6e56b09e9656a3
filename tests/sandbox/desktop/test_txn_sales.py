"""Estimates, sales orders, sales receipts and credit memos, and invoices made from orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .books import balance, books, done, found, get, invoice, line, listed, query, refused, request
from .support import ask, one, status


def order(file, *rows, **head):
    return done(file, "SalesOrderAdd", CustomerRef="Acme", **head, SalesOrderLineAdd=list(rows) or [line(Quantity="5")])


def stock(file, name="Widget"):
    record = file.lists.find(("ItemInventory",), "", name)
    return file.txns.on_hand(record.list_id), file.txns.on_sales_order(record.list_id)


def test_a_sales_order_as_in_the_capture():
    file = books()
    made = order(file, line(Quantity="5", Rate="49.95"), RefNumber="SO-774", PONumber="PO-5540")
    assert (made["Subtotal"], made["SalesTaxTotal"], made["TotalAmount"]) == ("249.75", "20.60", "270.35")
    assert (made["IsManuallyClosed"], made["IsFullyInvoiced"]) == ("false", "false")
    assert (made["TxnDate"], made["DueDate"], made["ShipDate"]) == ("2026-02-03", "2026-02-03", "2026-02-03")
    assert made["IsToBePrinted"] == "true"
    row = made["SalesOrderLineRet"]
    assert (row["Amount"], row["Invoiced"], row["IsManuallyClosed"]) == ("249.75", "0", "false")
    assert "BalanceRemaining" not in made
    assert "ARAccountRef" not in made
    assert balance(file) == 0
    assert stock(file) == (0, 5)


@pytest.mark.parametrize("request_name", ["Add", "Query"])
def test_pro_has_no_sales_orders(request_name):
    file = books(edition="Pro")
    rs = (
        one(file, request("SalesOrderAdd", CustomerRef="Acme", SalesOrderLineAdd=line(Quantity=1)))
        if request_name == "Add"
        else query(file, "SalesOrder")
    )
    assert (status(rs), rs.get("statusMessage")) == (
        3250,
        "This feature is not enabled or not available in this version of QuickBooks.",
    )


def test_an_invoice_of_a_whole_order_takes_its_open_lines():
    file = books()
    made = order(file, line(Quantity="5"), line("Setup", Quantity="2", Rate="70.00", Desc="by hand"))
    billed = done(file, "InvoiceAdd", CustomerRef="Acme", LinkToTxnID=made["TxnID"])
    rows = billed["InvoiceLineRet"]
    assert [(each["Desc"], each["Quantity"], each["Rate"], each["Amount"]) for each in rows] == [
        ("Widget, 100 mm", "5", "49.95", "249.75"),
        ("by hand", "2", "70.00", "140.00"),
    ]
    link = billed["LinkedTxn"]
    assert (link["TxnID"], link["TxnType"], link["LinkType"]) == (made["TxnID"], "SalesOrder", "QUANTYPE")
    now = get(file, "SalesOrder", made["TxnID"])
    assert now["IsFullyInvoiced"] == "true"
    assert [each["Invoiced"] for each in now["SalesOrderLineRet"]] == ["5", "2"]
    assert now["LinkedTxn"]["TxnID"] == billed["TxnID"]
    assert stock(file) == (-5, 0)
    again = one(file, request("InvoiceAdd", CustomerRef="Acme", LinkToTxnID=made["TxnID"]))
    assert status(again) == 570


def test_an_order_is_invoiced_line_by_line():
    file = books()
    made = order(file, line(Quantity="5"), line("Setup", Quantity="2"))
    first = made["SalesOrderLineRet"][0]
    link = {"TxnID": made["TxnID"], "TxnLineID": first["TxnLineID"]}
    part = invoice(file, {"Quantity": "2", "LinkToTxn": link})
    row = part["InvoiceLineRet"]
    assert (row["ItemRef"]["FullName"], row["Quantity"], row["Amount"]) == ("Widget", "2", "99.90")
    now = get(file, "SalesOrder", made["TxnID"])
    assert [each["Invoiced"] for each in now["SalesOrderLineRet"]] == ["2", "0"]
    assert now["IsFullyInvoiced"] == "false"
    assert stock(file) == (-2, 3)
    rest = invoice(file, {"LinkToTxn": link})
    assert rest["InvoiceLineRet"]["Quantity"] == "3"
    file.delete_txn(part["TxnID"])
    assert stock(file) == (-3, 2)
    assert get(file, "SalesOrder", made["TxnID"])["SalesOrderLineRet"][0]["Invoiced"] == "3"


def test_an_item_beside_a_link_and_strange_links_are_refused():
    file = books()
    made = order(file)
    link = {"TxnID": made["TxnID"], "TxnLineID": made["SalesOrderLineRet"]["TxnLineID"]}
    assert refused(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line(LinkToTxn=link)) == 3153
    assert refused(file, "InvoiceAdd", CustomerRef="Bolt", LinkToTxnID=made["TxnID"]) == 3120
    assert refused(file, "InvoiceAdd", CustomerRef="Acme", LinkToTxnID="FFFF-1") == 3120
    estimate = done(file, "EstimateAdd", CustomerRef="Acme", EstimateLineAdd=line(Quantity=1))
    assert refused(file, "InvoiceAdd", CustomerRef="Acme", LinkToTxnID=estimate["TxnID"]) == 3120


def test_a_closed_order_orders_nothing():
    file = books()
    made = order(file)
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    closed = done(file, "SalesOrderMod", **head, IsManuallyClosed="true")
    assert closed["IsManuallyClosed"] == "true"
    assert stock(file) == (0, 0)


def test_people_make_invoices_of_estimates():
    file = books()
    made = done(file, "EstimateAdd", CustomerRef="Acme", EstimateLineAdd=line("Setup", Quantity="2"))
    assert (made["IsActive"], made["TotalAmount"]) == ("true", "150.00")
    txn_id = file.document_from(made["TxnID"])
    assert str(file.txn(txn_id)["BalanceRemaining"]) == "150.00"
    assert listed(get(file, "Estimate", made["TxnID"]).get("LinkedTxn"))[0]["TxnID"] == txn_id


def test_an_estimate_marks_up():
    file = books()
    rows = [
        line("Setup", Quantity="2", Rate="50.00", MarkupRatePercent="10"),
        line("Setup", Rate="5.00", MarkupRate="1"),
    ]
    made = done(file, "EstimateAdd", CustomerRef="Acme", EstimateLineAdd=rows)
    assert [each["Amount"] for each in made["EstimateLineRet"]] == ["110.00", "6.00"]


def test_a_sales_receipt_is_paid_at_once():
    file = books()
    made = done(file, "SalesReceiptAdd", SalesReceiptLineAdd=line(Quantity="2"), PaymentMethodRef="Cash")
    assert (made["TotalAmount"], made["DepositToAccountRef"]["FullName"]) == ("108.14", "Undeposited Funds")
    assert "CustomerRef" not in made
    to_bank = done(
        file, "SalesReceiptAdd", CustomerRef="Acme", DepositToAccountRef="Checking", SalesReceiptLineAdd=line("Setup")
    )
    assert to_bank["DepositToAccountRef"]["FullName"] == "Checking"
    assert balance(file) == 0
    assert stock(file) == (-2, 0)


def test_a_credit_memo_brings_goods_back():
    file = books()
    made = done(file, "CreditMemoAdd", CustomerRef="Acme", CreditMemoLineAdd=line(Quantity="2"))
    assert (made["TotalAmount"], made["CreditRemaining"]) == ("108.14", "108.14")
    assert balance(file) == Decimal("-108.14")
    assert stock(file) == (2, 0)


def test_a_statement_charge_is_owed_like_an_invoice():
    file = books()
    made = done(file, "ChargeAdd", CustomerRef="Acme", ItemRef="Setup", Quantity="2")
    assert (made["Rate"], made["Amount"], made["BalanceRemaining"]) == ("75.00", "150.00", "150.00")
    file.pay(made["TxnID"], 50)
    now = found(file, "Charge", f"<TxnID>{made['TxnID']}</TxnID>", lines=False)[0]
    assert (now["BalanceRemaining"], now["IsPaid"]) == ("100.00", "false")
    assert balance(file) == 100


def test_macros_point_to_what_the_same_document_made():
    file = books()
    body = (
        '<InvoiceAddRq><InvoiceAdd defMacro="TxnID:Inv1"><CustomerRef><FullName>Acme</FullName></CustomerRef>'
        "<InvoiceLineAdd><ItemRef><FullName>Setup</FullName></ItemRef></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
        "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Acme</FullName></CustomerRef><TotalAmount>75.00"
        '</TotalAmount><AppliedToTxnAdd><TxnID useMacro="TxnID:Inv1"/><PaymentAmount>75.00</PaymentAmount>'
        "</AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
    )
    assert [status(rs) for rs in ask(file, body)] == [0, 0]
    assert balance(file) == 0
    assert [status(rs) for rs in ask(file, body[body.index("<ReceivePaymentAddRq") :])] == [9100]
