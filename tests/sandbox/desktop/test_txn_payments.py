"""Payments, credits and deposits: what they pay, what is left, and whose balance they move."""

from __future__ import annotations

from decimal import Decimal

import pytest

from project.sandbox.desktop import Quirks

from .books import balance, books, done, get, invoice, line, listed, payment, query, refused, request
from .support import one, status


def owing(file, amount="100.00", **head):
    return invoice(file, line("Setup", Amount=amount), **head)


def test_a_payment_makes_the_invoice_smaller_as_in_the_capture():
    file = books()
    made = owing(file, "270.64")
    file.clock.advance(60)
    paid = payment(file, "100.00", (made["TxnID"], "100.00"), RefNumber="10233", PaymentMethodRef="Check")
    assert list(paid) == [
        "TxnID",
        "TimeCreated",
        "TimeModified",
        "EditSequence",
        "TxnNumber",
        "CustomerRef",
        "ARAccountRef",
        "TxnDate",
        "RefNumber",
        "TotalAmount",
        "PaymentMethodRef",
        "DepositToAccountRef",
        "UnusedPayment",
        "UnusedCredits",
        "AppliedToTxnRet",
    ]
    assert paid["DepositToAccountRef"]["FullName"] == "Undeposited Funds"
    applied = paid["AppliedToTxnRet"]
    assert (applied["TxnType"], applied["BalanceRemaining"], applied["Amount"]) == ("Invoice", "170.64", "100.00")
    now = get(file, "Invoice", made["TxnID"])
    assert (now["AppliedAmount"], now["BalanceRemaining"], now["IsPaid"]) == ("-100.00", "170.64", "false")
    link = now["LinkedTxn"]
    assert (link["TxnID"], link["TxnType"], link["RefNumber"], link["LinkType"], link["Amount"]) == (
        paid["TxnID"],
        "ReceivePayment",
        "10233",
        "AMTTYPE",
        "-100.00",
    )
    assert balance(file) == Decimal("170.64")


@pytest.mark.parametrize("touches", [True, False])
def test_a_payment_touches_the_invoice_or_not_as_the_quirk_says(touches):
    file = books(quirks=Quirks(payments_touch_documents=touches))
    made = owing(file)
    file.clock.advance(60)
    payment(file, "5.00", (made["TxnID"], "5.00"))
    now = get(file, "Invoice", made["TxnID"])
    assert (now["EditSequence"] != made["EditSequence"]) is touches
    assert (now["TimeModified"] != made["TimeModified"]) is touches


def test_nobody_pays_more_than_is_due_or_pays_twice():
    file = books()
    made = owing(file)
    rs = one(
        file,
        request(
            "ReceivePaymentAdd",
            CustomerRef="Acme",
            TotalAmount="500.00",
            AppliedToTxnAdd={"TxnID": made["TxnID"], "PaymentAmount": "500.00"},
        ),
    )
    assert (status(rs), rs.get("statusMessage")) == (
        3210,
        'The "AppliedToTxnAdd payment amount" field has an invalid value "500.00".  QuickBooks error message: '
        "You cannot pay more than the amount due.",
    )
    payment(file, "100.00", (made["TxnID"], "100.00"))
    assert get(file, "Invoice", made["TxnID"])["IsPaid"] == "true"
    again = {"TxnID": made["TxnID"], "PaymentAmount": "1.00"}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="1.00", AppliedToTxnAdd=again) == 3120


def test_one_document_named_twice_is_paid_once_at_most():
    file = books()
    made = owing(file)
    rows = [{"TxnID": made["TxnID"], "PaymentAmount": "60.00"}] * 2
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="120.00", AppliedToTxnAdd=rows) == 3210


def test_a_payment_cannot_be_less_than_what_it_applies():
    file = books()
    made = owing(file)
    row = {"TxnID": made["TxnID"], "PaymentAmount": "60.00"}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="50.00", AppliedToTxnAdd=row) == 3210


def test_the_invoice_of_another_customer_cannot_be_found_but_a_jobs_can():
    file = books()
    made = owing(file)
    row = {"TxnID": made["TxnID"], "PaymentAmount": "1.00"}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Bolt", TotalAmount="1.00", AppliedToTxnAdd=row) == 3120
    of_job = owing(file, customer="Acme:Roof")
    payment(file, "100.00", (of_job["TxnID"], "100.00"))
    assert (balance(file), balance(file, "Acme:Roof")) == (Decimal("100.00"), Decimal("0.00"))


def test_automatic_application_finds_the_exact_one_then_the_oldest():
    file = books()
    first = owing(file, "30.00", TxnDate="2026-01-01")
    second = owing(file, "50.00", TxnDate="2026-01-02")
    third = owing(file, "20.00", TxnDate="2025-12-31")
    exact = done(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="50.00", IsAutoApply="true")
    assert exact["AppliedToTxnRet"]["TxnID"] == second["TxnID"]
    oldest = done(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="60.00", IsAutoApply="true")
    assert [(each["TxnID"], each["Amount"]) for each in oldest["AppliedToTxnRet"]] == [
        (third["TxnID"], "20.00"),
        (first["TxnID"], "30.00"),
    ]
    assert oldest["UnusedPayment"] == "10.00"
    assert balance(file) == Decimal("-10.00")


def test_without_application_a_payment_is_a_credit():
    file = books()
    owing(file)
    paid = payment(file, "40.00")
    assert (paid["UnusedPayment"], "AppliedToTxnRet" in paid) == ("40.00", False)
    assert balance(file) == Decimal("60.00")


def test_a_discount_needs_an_account_and_counts_as_paid():
    file = books()
    made = owing(file)
    row = {"TxnID": made["TxnID"], "PaymentAmount": "98.00", "DiscountAmount": "2.00"}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="98.00", AppliedToTxnAdd=row) == 3150
    row["DiscountAccountRef"] = "Discounts Given"
    paid = done(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="98.00", AppliedToTxnAdd=row)
    assert paid["AppliedToTxnRet"]["DiscountAmount"] == "2.00"
    assert get(file, "Invoice", made["TxnID"])["IsPaid"] == "true"
    assert balance(file) == Decimal("0.00")


def test_a_changed_payment_is_applied_anew():
    file = books()
    one_, other = owing(file), owing(file, "50.00")
    paid = payment(file, "100.00", (one_["TxnID"], "100.00"))
    changed = done(
        file,
        "ReceivePaymentMod",
        TxnID=paid["TxnID"],
        EditSequence=paid["EditSequence"],
        AppliedToTxnMod=[
            {"TxnID": one_["TxnID"], "PaymentAmount": "70.00"},
            {"TxnID": other["TxnID"], "PaymentAmount": "30.00"},
        ],
    )
    assert [each["Amount"] for each in changed["AppliedToTxnRet"]] == ["70.00", "30.00"]
    assert get(file, "Invoice", one_["TxnID"])["BalanceRemaining"] == "30.00"
    kept = done(file, "ReceivePaymentMod", TxnID=paid["TxnID"], EditSequence=changed["EditSequence"], Memo="seen")
    assert [each["Amount"] for each in kept["AppliedToTxnRet"]] == ["70.00", "30.00"]
    assert (
        refused(file, "ReceivePaymentMod", TxnID=paid["TxnID"], EditSequence=kept["EditSequence"], TotalAmount="99.00")
        == 3210
    )


# Credits


def credit_memo(file, amount="30.00", customer="Acme"):
    return done(file, "CreditMemoAdd", CustomerRef=customer, CreditMemoLineAdd=line("Setup", Amount=amount))


def test_a_credit_memo_is_a_credit_until_it_is_used():
    file = books()
    made, credit = owing(file), credit_memo(file)
    assert (credit["TotalAmount"], credit["CreditRemaining"]) == ("30.00", "30.00")
    assert balance(file) == Decimal("70.00")
    row = {
        "TxnID": made["TxnID"],
        "PaymentAmount": "70.00",
        "SetCredit": {"CreditTxnID": credit["TxnID"], "AppliedAmount": "30.00"},
    }
    done(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="70.00", AppliedToTxnAdd=row)
    now = get(file, "Invoice", made["TxnID"])
    assert (now["IsPaid"], sorted(each["Amount"] for each in now["LinkedTxn"])) == ("true", ["-30.00", "-70.00"])
    assert get(file, "CreditMemo", credit["TxnID"])["CreditRemaining"] == "0.00"
    assert balance(file) == Decimal("0.00")


def test_a_new_invoice_can_use_credits_at_once():
    file = books()
    credit = credit_memo(file)
    made = owing(file, SetCredit={"CreditTxnID": credit["TxnID"], "AppliedAmount": "30.00"})
    assert made["BalanceRemaining"] == "70.00"
    assert balance(file) == Decimal("70.00")


def test_a_credit_cannot_be_used_twice():
    file = books()
    made, credit = owing(file), credit_memo(file)
    row = {"TxnID": made["TxnID"], "SetCredit": {"CreditTxnID": credit["TxnID"], "AppliedAmount": "31.00"}}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="0.00", AppliedToTxnAdd=row) == 3210


def test_a_credit_is_refunded_to_the_card():
    file = books()
    credit = credit_memo(file)
    refund = done(
        file,
        "ARRefundCreditCardAdd",
        CustomerRef="Acme",
        RefundFromAccountRef="Checking",
        RefundAppliedToTxnAdd={"TxnID": credit["TxnID"], "RefundAmount": "30.00"},
    )
    assert (refund["TotalAmount"], refund["RefundAppliedToTxnRet"]["CreditRemaining"]) == ("30.00", "0.00")
    assert balance(file) == Decimal("0.00")


# Undone


def test_a_deleted_payment_opens_its_invoices_again():
    file = books()
    made = owing(file)
    paid = payment(file, "100.00", (made["TxnID"], "100.00"))
    rs = one(file, f"<TxnDelRq><TxnDelType>ReceivePayment</TxnDelType><TxnID>{paid['TxnID']}</TxnID></TxnDelRq>")
    assert status(rs) == 0
    now = get(file, "Invoice", made["TxnID"])
    assert (now["IsPaid"], now["BalanceRemaining"], "LinkedTxn" in now) == ("false", "100.00", False)
    assert balance(file) == Decimal("100.00")


def test_a_deleted_invoice_leaves_its_payment_unused():
    file = books()
    made = owing(file)
    paid = payment(file, "100.00", (made["TxnID"], "100.00"))
    file.delete_txn(made["TxnID"])
    now = get(file, "ReceivePayment", paid["TxnID"])
    assert (now["UnusedPayment"], "AppliedToTxnRet" in now) == ("100.00", False)
    assert balance(file) == Decimal("-100.00")


def test_a_voided_invoice_stays_with_nothing_in_it():
    file = books()
    made = invoice(file, line(Quantity="2"), Memo="web")
    payment(file, "10.00", (made["TxnID"], "10.00"))
    rs = one(file, f"<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{made['TxnID']}</TxnID></TxnVoidRq>")
    assert status(rs) == 0
    now = get(file, "Invoice", made["TxnID"])
    assert (now["Subtotal"], now["SalesTaxTotal"], now["BalanceRemaining"]) == ("0.00", "0.00", "0.00")
    assert (now["Memo"], now["InvoiceLineRet"]["Amount"], now["IsPaid"]) == ("VOID: web", "0.00", "true")
    assert balance(file) == Decimal("-10.00")
    widget = file.lists.find(("ItemInventory",), "", "Widget")
    assert file.txns.on_hand(widget.list_id) == 0


def test_a_payment_may_not_be_voided_by_applications():
    file = books()
    paid = payment(file, "10.00")
    rs = one(file, f"<TxnVoidRq><TxnVoidType>ReceivePayment</TxnVoidType><TxnID>{paid['TxnID']}</TxnID></TxnVoidRq>")
    assert status(rs) == 3110  # not among the types of the request
    assert get(file, "ReceivePayment", paid["TxnID"])["TotalAmount"] == "10.00"


def test_an_invoice_cannot_become_less_than_what_was_paid():
    file = books()
    made = owing(file)
    payment(file, "80.00", (made["TxnID"], "80.00"))
    now = get(file, "Invoice", made["TxnID"])
    row = {"TxnLineID": now["InvoiceLineRet"]["TxnLineID"], "Amount": "79.99"}
    head = {"TxnID": made["TxnID"], "EditSequence": now["EditSequence"]}
    assert refused(file, "InvoiceMod", **head, InvoiceLineMod=row) == 3210
    assert refused(file, "InvoiceMod", **head, CustomerRef="Bolt") == 3180


# Deposits


def test_payments_wait_until_they_are_deposited():
    file = books()
    paid = payment(file, "40.00")
    receipt = done(file, "SalesReceiptAdd", CustomerRef="Bolt", SalesReceiptLineAdd=line("Setup", Amount="60.00"))
    waiting = query(file, "ReceivePaymentToDeposit")
    assert sorted(each.findtext("Amount") for each in waiting) == ["40.00", "60.00"]
    made = done(
        file,
        "DepositAdd",
        DepositToAccountRef="Checking",
        DepositLineAdd=[
            {"PaymentTxnID": paid["TxnID"]},
            {"PaymentTxnID": receipt["TxnID"]},
            {"AccountRef": "Product Income", "Memo": "cash box", "Amount": "5.00"},
        ],
    )
    assert made["DepositTotal"] == "105.00"
    assert [(each.get("TxnType"), each["Amount"]) for each in listed(made["DepositLineRet"])] == [
        ("ReceivePayment", "40.00"),
        ("SalesReceipt", "60.00"),
        (None, "5.00"),
    ]
    assert status(query(file, "ReceivePaymentToDeposit")) == 1
    checking = file.lists.find(("Account",), "", "Checking")
    assert file.txns.account_balance(checking.list_id) == 105_00
    again = {"PaymentTxnID": paid["TxnID"]}
    assert refused(file, "DepositAdd", DepositToAccountRef="Checking", DepositLineAdd=again) == 3120
    rs = one(file, f"<TxnDelRq><TxnDelType>ReceivePayment</TxnDelType><TxnID>{paid['TxnID']}</TxnID></TxnDelRq>")
    assert status(rs) == 3160
    file.delete_txn(made["TxnID"])
    assert len(query(file, "ReceivePaymentToDeposit")) == 2
