"""Bills, credits of vendors, item receipts, purchase orders, checks, cards, and payments of bills."""

from __future__ import annotations

import pytest

from .books import TODAY, books, done, found, get, line, listed, owed, refused
from .support import one, plain, status


def bill(file, amount="100.00", **head):
    return done(
        file, "BillAdd", VendorRef="Supplies Inc", **head, ExpenseLineAdd={"AccountRef": "Rent", "Amount": amount}
    )


def stock(file):
    record = file.lists.find(("ItemInventory",), "", "Widget")
    return file.txns.on_hand(record.list_id), file.txns.on_order(record.list_id)


def account(file, name):
    return file.txns.account_balance(file.lists.find(("Account",), "", name).list_id)


def test_a_bill_is_owed_to_the_vendor():
    file = books()
    made = done(
        file,
        "BillAdd",
        VendorRef="Supplies Inc",
        RefNumber="A-1",
        ExpenseLineAdd=[{"AccountRef": "Rent", "Amount": "80.00", "Memo": "February"}],
        ItemLineAdd=[line(Quantity="3")],
    )
    assert (made["AmountDue"], made["OpenAmount"], made["IsPaid"]) == ("140.00", "140.00", "false")
    assert made["DueDate"] == "2026-02-18"
    assert made["APAccountRef"]["FullName"] == "Accounts Payable"
    row = made["ItemLineRet"]
    assert (row["Desc"], row["Cost"], row["Amount"]) == ("Widget, raw", "20.00", "60.00")
    assert owed(file) == 140
    assert stock(file) == (3, 0)
    assert (account(file, "Rent"), account(file, "Stock")) == (80_00, 60_00)


def test_a_bill_payment_by_check_pays_it():
    file = books()
    made = bill(file)
    paid = done(
        file,
        "BillPaymentCheckAdd",
        PayeeEntityRef="Supplies Inc",
        BankAccountRef="Checking",
        RefNumber="1001",
        AppliedToTxnAdd={"TxnID": made["TxnID"], "PaymentAmount": "60.00"},
    )
    assert (paid["Amount"], paid["AppliedToTxnRet"]["BalanceRemaining"]) == ("60.00", "40.00")
    now = get(file, "Bill", made["TxnID"])
    assert (now["OpenAmount"], now["AmountDue"], now["IsPaid"]) == ("40.00", "100.00", "false")
    assert owed(file) == 40
    assert account(file, "Checking") == -60_00
    card = done(
        file,
        "BillPaymentCreditCardAdd",
        PayeeEntityRef="Supplies Inc",
        CreditCardAccountRef="Visa Card",
        AppliedToTxnAdd={"TxnID": made["TxnID"], "PaymentAmount": "40.00"},
    )
    assert card["Amount"] == "40.00"
    assert get(file, "Bill", made["TxnID"])["IsPaid"] == "true"
    rs = one(file, f"<TxnVoidRq><TxnVoidType>BillPaymentCheck</TxnVoidType><TxnID>{paid['TxnID']}</TxnID></TxnVoidRq>")
    assert status(rs) == 0
    assert get(file, "Bill", made["TxnID"])["OpenAmount"] == "60.00"
    assert owed(file) == 60


def test_a_bill_cannot_be_overpaid_and_a_check_needs_a_bank():
    file = books()
    made = bill(file)
    row = {"TxnID": made["TxnID"], "PaymentAmount": "100.01"}
    head = {"PayeeEntityRef": "Supplies Inc", "BankAccountRef": "Checking", "IsToBePrinted": "true"}
    assert refused(file, "BillPaymentCheckAdd", **head, AppliedToTxnAdd=row) == 3210
    row["PaymentAmount"] = "1.00"
    head["BankAccountRef"] = "Rent"
    assert refused(file, "BillPaymentCheckAdd", **head, AppliedToTxnAdd=row) == 3153


def test_a_vendor_credit_is_set_against_a_bill():
    file = books()
    made = bill(file)
    credit = done(
        file, "VendorCreditAdd", VendorRef="Supplies Inc", ExpenseLineAdd={"AccountRef": "Rent", "Amount": "30.00"}
    )
    assert (credit["CreditAmount"], credit["OpenAmount"], owed(file)) == ("30.00", "30.00", 70)
    to_pay = one(
        file,
        "<BillToPayQueryRq><PayeeEntityRef><FullName>Supplies Inc</FullName></PayeeEntityRef></BillToPayQueryRq>",
    )
    rows = [plain(each) for each in to_pay]
    assert [next(iter(each)) for each in rows] == ["BillToPay", "CreditToApply"]
    done(
        file,
        "BillPaymentCheckAdd",
        PayeeEntityRef="Supplies Inc",
        BankAccountRef="Checking",
        IsToBePrinted="true",
        AppliedToTxnAdd={
            "TxnID": made["TxnID"],
            "PaymentAmount": "70.00",
            "SetCredit": {"CreditTxnID": credit["TxnID"], "AppliedAmount": "30.00"},
        },
    )
    assert get(file, "Bill", made["TxnID"])["IsPaid"] == "true"
    assert get(file, "VendorCredit", credit["TxnID"], lines=False)["OpenAmount"] == "0.00"
    assert owed(file) == 0


def test_expense_lines_and_item_lines_are_changed_apart():
    file = books()
    made = done(
        file,
        "BillAdd",
        VendorRef="Supplies Inc",
        ExpenseLineAdd=[{"AccountRef": "Rent", "Amount": "10.00"}, {"AccountRef": "Materials", "Amount": "20.00"}],
        ItemLineAdd=[line(Quantity="1")],
    )
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    kept = made["ExpenseLineRet"][1]["TxnLineID"]
    changed = done(file, "BillMod", **head, ExpenseLineMod={"TxnLineID": kept, "Amount": "25.00"})
    assert [each["Amount"] for each in listed(changed["ExpenseLineRet"])] == ["25.00"]
    assert changed["ItemLineRet"] == made["ItemLineRet"]
    assert changed["AmountDue"] == "45.00"
    head["EditSequence"] = changed["EditSequence"]
    cleared = done(file, "BillMod", **head, ClearItemLines="true")
    assert ("ItemLineRet" in cleared, cleared["AmountDue"]) == (False, "25.00")


def test_a_purchase_order_is_received_and_billed():
    file = books()
    made = done(file, "PurchaseOrderAdd", VendorRef="Supplies Inc", PurchaseOrderLineAdd=line(Quantity="6"))
    assert (made["TotalAmount"], made["IsFullyReceived"], stock(file)) == ("120.00", "false", (0, 6))
    assert owed(file) == 0
    link = {"TxnID": made["TxnID"], "TxnLineID": made["PurchaseOrderLineRet"]["TxnLineID"]}
    got = done(file, "ItemReceiptAdd", VendorRef="Supplies Inc", ItemLineAdd={"Quantity": "2", "LinkToTxn": link})
    assert (got["TotalAmount"], stock(file)) == ("40.00", (2, 4))
    now = get(file, "PurchaseOrder", made["TxnID"])["PurchaseOrderLineRet"]
    assert (now["ReceivedQuantity"], now["UnbilledQuantity"], now["IsBilled"]) == ("2", "4", "false")
    billed = done(file, "BillAdd", VendorRef="Supplies Inc", LinkToTxnID=made["TxnID"])
    assert (billed["AmountDue"], stock(file)) == ("80.00", (6, 0))
    assert get(file, "PurchaseOrder", made["TxnID"])["IsFullyReceived"] == "true"


@pytest.mark.parametrize(
    "kind, account_name, sign",
    [("Check", "Checking", -1), ("CreditCardCharge", "Visa Card", -1), ("CreditCardCredit", "Visa Card", 1)],
)
def test_money_spent_and_given_back(kind, account_name, sign):
    file = books()
    made = done(
        file,
        f"{kind}Add",
        AccountRef=account_name,
        PayeeEntityRef="Landlord",
        ExpenseLineAdd={"AccountRef": "Rent", "Amount": "900.00"},
    )
    assert (made["Amount"], made["TxnDate"]) == ("900.00", TODAY)
    assert (account(file, account_name), account(file, "Rent")) == (sign * 900_00, -sign * 900_00)
    assert (
        refused(file, f"{kind}Add", AccountRef="Rent", ExpenseLineAdd={"AccountRef": "Rent", "Amount": "1.00"}) == 3153
    )
    file.void_txn(made["TxnID"])
    assert account(file, account_name) == 0
    assert found(file, kind)[0]["Amount"] == "0.00"


def test_people_pay_bills():
    file = books()
    made = bill(file)
    file.pay(made["TxnID"], BankAccountRef="Checking")
    assert owed(file) == 0
