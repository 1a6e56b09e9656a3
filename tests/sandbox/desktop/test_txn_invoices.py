"""Invoices: what they come to, what they take from customers and items, and how they are changed."""

from __future__ import annotations

from .books import TODAY, balance, books, done, found, get, invoice, line, listed, refused, request
from .support import one, status


def test_an_invoice_comes_to_what_real_quickbooks_says():
    """The capture of the SDK's documents: 2 × 49.95 taxed, 1 × 75.00 not taxed, 8.25 %."""
    file = books()
    made = invoice(
        file,
        line("Widget", Quantity="2", Rate="49.95"),
        line("Setup", Quantity="1", Rate="75.00"),
        RefNumber="WEB-10021",
        Memo="Web order 10021",
    )
    assert made["Subtotal"] == "174.90"
    assert made["SalesTaxPercentage"] == "8.25"
    assert made["SalesTaxTotal"] == "8.24"
    assert made["AppliedAmount"] == "0.00"
    assert made["BalanceRemaining"] == "183.14"
    assert made["IsPaid"] == "false"
    assert made["TxnDate"] == TODAY
    assert made["DueDate"] == "2026-03-05"
    assert made["TermsRef"]["FullName"] == "Net 30"
    assert made["BillAddress"] == {"Addr1": "Acme", "City": "San Mateo"}
    assert made["ARAccountRef"]["FullName"] == "Accounts Receivable"
    first, second = made["InvoiceLineRet"]
    assert (first["Desc"], first["Amount"], first["SalesTaxCodeRef"]["FullName"]) == ("Widget, 100 mm", "99.90", "Tax")
    assert (second["Desc"], second["Amount"], second["SalesTaxCodeRef"]["FullName"]) == (
        "Setup, per hour",
        "75.00",
        "Non",
    )
    assert str(balance(file)) == "183.14"


def test_the_elements_of_a_new_invoice_are_those_of_a_capture():
    made = invoice(books(), RefNumber="1", PONumber="PO-5531", Memo="m", IsToBePrinted="false")
    assert [name for name in made if name != "TemplateRef"] == [
        "TxnID",
        "TimeCreated",
        "TimeModified",
        "EditSequence",
        "TxnNumber",
        "CustomerRef",
        "ARAccountRef",
        "TxnDate",
        "RefNumber",
        "BillAddress",
        "BillAddressBlock",
        "IsPending",
        "IsFinanceCharge",
        "PONumber",
        "TermsRef",
        "DueDate",
        "ShipDate",
        "Subtotal",
        "ItemSalesTaxRef",
        "SalesTaxPercentage",
        "SalesTaxTotal",
        "AppliedAmount",
        "BalanceRemaining",
        "Memo",
        "IsPaid",
        "IsToBePrinted",
        "IsToBeEmailed",
        "CustomerSalesTaxCodeRef",
        "InvoiceLineRet",
    ]


def test_ids_come_from_one_counter_and_a_number_is_left_out_before_the_lines():
    made = invoice(books(), line(Quantity=1), line(Quantity=2))
    numbers = [
        int(each.split("-")[0], 16) for each in (made["TxnID"], *(x["TxnLineID"] for x in made["InvoiceLineRet"]))
    ]
    assert numbers == [numbers[0], numbers[0] + 2, numbers[0] + 3]


def test_an_amount_counts_and_the_rate_follows():
    made = invoice(books(), line(Quantity="3", Rate="10.00", Amount="100.00"), line(Amount="7.00"))
    first, second = made["InvoiceLineRet"]
    assert (first["Quantity"], first["Rate"], first["Amount"]) == ("3", "33.33333", "100.00")
    assert (second["Rate"], second["Amount"]) == ("7.00", "7.00")


def test_without_rate_and_amount_the_items_price_is_taken_and_halves_are_rounded_up():
    made = invoice(books(), line("Cable", Quantity="1"), line("Cable", Quantity="3"), line("Setup"))
    assert [each["Amount"] for each in made["InvoiceLineRet"]] == ["3.34", "10.01", "75.00"]
    assert [each["Rate"] for each in made["InvoiceLineRet"]] == ["3.335", "3.335", "75.00"]
    assert "Quantity" not in made["InvoiceLineRet"][2]


def test_discounts_look_at_what_stands_above_them():
    made = invoice(
        books(),
        line("Widget", Quantity="2"),
        line("Loyal"),
        line("Setup", Quantity="1"),
        line("Subtotal"),
        line("Loyal"),
        line("Voucher"),
    )
    rows = made["InvoiceLineRet"]
    assert [each["Amount"] for each in rows] == ["99.90", "-9.99", "75.00", "164.91", "-16.49", "-5.00"]
    assert rows[1]["RatePercent"] == "-10.00"
    assert made["Subtotal"] == "143.42"
    # Taxed: 99.90 − 9.99 − 16.49 − 5.00 = 68.42, of which 8.25 % are 5.64.
    assert made["SalesTaxTotal"] == "5.64"


def test_a_line_of_words_has_no_amount():
    made = invoice(books(), line(Quantity=1), {"Desc": "Thank you"})
    assert made["InvoiceLineRet"][1] == {"TxnLineID": made["InvoiceLineRet"][1]["TxnLineID"], "Desc": "Thank you"}


def test_a_price_without_an_item_is_refused():
    assert refused(books(), "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=[{"Desc": "x", "Amount": "5.00"}]) == 3150


def test_a_group_brings_its_items():
    file = books()
    made = done(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineGroupAdd={"ItemGroupRef": "Kit", "Quantity": "3"})
    group = made["InvoiceLineGroupRet"]
    assert (group["Desc"], group["Quantity"], group["TotalAmount"]) == ("A kit", "3", "524.70")
    assert group["IsPrintItemsInGroup"] == "true"
    assert [(each["Quantity"], each["Amount"]) for each in group["InvoiceLineRet"]] == [
        ("6", "299.70"),
        ("3", "225.00"),
    ]
    assert made["Subtotal"] == "524.70"


def test_lines_and_groups_keep_the_order_of_the_request():
    file = books()
    rows = (
        "<InvoiceLineAdd><ItemRef><FullName>Setup</FullName></ItemRef></InvoiceLineAdd>"
        "<InvoiceLineGroupAdd><ItemGroupRef><FullName>Kit</FullName></ItemGroupRef></InvoiceLineGroupAdd>"
        "<InvoiceLineAdd><ItemRef><FullName>Cable</FullName></ItemRef></InvoiceLineAdd>"
    )
    rs = one(
        file,
        f"<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Acme</FullName></CustomerRef>{rows}</InvoiceAdd></InvoiceAddRq>",
    )
    assert [each.tag for each in rs[0] if "Line" in each.tag] == [
        "InvoiceLineRet",
        "InvoiceLineGroupRet",
        "InvoiceLineRet",
    ]


def test_a_customer_that_is_not_taxed_pays_no_tax():
    file = books()
    file.edit_customer(file.find("Acme")["ListID"], SalesTaxCodeRef="Non")
    made = invoice(file)
    assert made["SalesTaxTotal"] == "0.00"
    assert made["InvoiceLineRet"]["SalesTaxCodeRef"]["FullName"] == "Non"


def test_unknown_items_are_named_with_the_line():
    file = books()
    rs = one(file, request("InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=[line("W-100", Quantity=1)]))
    assert status(rs) == 3140
    assert rs.get("statusMessage") == (
        'There is an invalid reference to QuickBooks Item "W-100" in the Invoice line.  QuickBooks error message: '
        "Invalid argument.  The specified record does not exist in the list."
    )


def test_inactive_items_and_customers_are_refused():
    file = books()
    file.make_inactive(file.find("Bolt")["ListID"])
    assert refused(file, "InvoiceAdd", CustomerRef="Bolt") == 3140


def test_an_account_of_another_type_is_refused():
    assert refused(books(), "InvoiceAdd", CustomerRef="Acme", ARAccountRef="Checking") == 3153


# Changing


def test_a_mod_as_in_the_capture():
    """Keep line 1, change line 2, add a third: 262.40 and 8.24 of tax."""
    file = books()
    made = invoice(file, line("Widget", Quantity="2", Rate="49.95"), line("Setup", Quantity="1", Rate="75.00"))
    first, second = made["InvoiceLineRet"]
    file.clock.advance(60)
    changed = done(
        file,
        "InvoiceMod",
        TxnID=made["TxnID"],
        EditSequence=made["EditSequence"],
        Memo="amended",
        InvoiceLineMod=[
            {"TxnLineID": first["TxnLineID"]},
            {"TxnLineID": second["TxnLineID"], "Quantity": "2", "Rate": "75.00"},
            {"TxnLineID": "-1", "ItemRef": "Shipping", "Quantity": "1", "Rate": "12.50"},
        ],
    )
    assert (changed["Subtotal"], changed["SalesTaxTotal"], changed["BalanceRemaining"]) == ("262.40", "8.24", "270.64")
    rows = changed["InvoiceLineRet"]
    assert [each["TxnLineID"] for each in rows[:2]] == [first["TxnLineID"], second["TxnLineID"]]
    assert rows[2]["TxnLineID"] not in ("-1", first["TxnLineID"])
    assert changed["EditSequence"] != made["EditSequence"]
    assert changed["TimeCreated"] == made["TimeCreated"]
    assert str(balance(file)) == "270.64"


def test_a_mod_without_lines_leaves_them_and_one_with_some_deletes_the_others():
    file = books()
    made = invoice(file, line(Quantity=1), line("Setup", Quantity=1))
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    kept = done(file, "InvoiceMod", **head, PONumber="7")
    assert kept["InvoiceLineRet"] == made["InvoiceLineRet"]
    head["EditSequence"] = kept["EditSequence"]
    left = done(file, "InvoiceMod", **head, InvoiceLineMod={"TxnLineID": made["InvoiceLineRet"][1]["TxnLineID"]})
    assert [each["Amount"] for each in listed(left["InvoiceLineRet"])] == ["75.00"]


def test_lines_out_of_order_are_refused_with_the_id():
    file = books()
    made = invoice(file, line(Quantity=1), line("Setup", Quantity=1))
    one_id, other_id = (each["TxnLineID"] for each in made["InvoiceLineRet"])
    rs = one(
        file,
        request(
            "InvoiceMod",
            TxnID=made["TxnID"],
            EditSequence=made["EditSequence"],
            InvoiceLineMod=[{"TxnLineID": other_id}, {"TxnLineID": one_id}],
        ),
    )
    assert status(rs) == 3290
    assert rs.get("statusMessage") == f'The item "{one_id}" is placed in the request in incorrect order.'


def test_only_the_current_edit_sequence_may_change_it():
    file = books()
    made = invoice(file)
    assert refused(file, "InvoiceMod", TxnID=made["TxnID"], EditSequence="1", Memo="x") == 3200
    assert refused(file, "InvoiceMod", TxnID="1-1", EditSequence="1", Memo="x") == 3120
    assert refused(file, "InvoiceMod", TxnID="nonsense", EditSequence="1", Memo="x") == 3000


def test_what_must_have_a_value_cannot_be_cleared_and_the_rest_can():
    file = books()
    made = invoice(file, Memo="m")
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    assert refused(file, "InvoiceMod", **head, CustomerRef="") == 3190
    changed = done(file, "InvoiceMod", **head, Memo="")
    assert "Memo" not in changed


def test_a_quantity_alone_keeps_the_rate_and_a_new_item_brings_its_own():
    file = books()
    made = invoice(file, line(Quantity="2", Rate="40.00"))
    line_id = made["InvoiceLineRet"]["TxnLineID"]
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    more = done(file, "InvoiceMod", **head, InvoiceLineMod={"TxnLineID": line_id, "Quantity": "3"})
    assert more["InvoiceLineRet"]["Amount"] == "120.00"
    head["EditSequence"] = more["EditSequence"]
    other = done(file, "InvoiceMod", **head, InvoiceLineMod={"TxnLineID": line_id, "ItemRef": "Setup"})
    row = other["InvoiceLineRet"]
    assert (row["Desc"], row["Rate"], row["Amount"]) == ("Setup, per hour", "75.00", "225.00")


def test_ref_numbers_count_up_from_the_last_and_may_repeat():
    file = books()
    assert invoice(file, RefNumber="WEB-099")["RefNumber"] == "WEB-099"
    assert invoice(file)["RefNumber"] == "WEB-100"
    assert invoice(file, RefNumber="WEB-100")["RefNumber"] == "WEB-100"
    assert len(found(file, "Invoice", "<RefNumber>web-100</RefNumber>")) == 2


def test_pending_invoices_are_drafts():
    file = books()
    made = invoice(file, IsPending="true")
    assert str(balance(file)) == "0.00"
    changed = done(file, "InvoiceMod", TxnID=made["TxnID"], EditSequence=made["EditSequence"], IsPending="false")
    assert str(balance(file)) == changed["BalanceRemaining"]


def test_an_invoice_takes_from_stock():
    file = books()
    widget = file.lists.find(("ItemInventory",), "", "Widget")
    made = invoice(file, line(Quantity="4"))
    assert file.txns.on_hand(widget.list_id) == -4
    line_id = made["InvoiceLineRet"]["TxnLineID"]
    done(
        file,
        "InvoiceMod",
        TxnID=made["TxnID"],
        EditSequence=made["EditSequence"],
        InvoiceLineMod={"TxnLineID": line_id, "Quantity": "1"},
    )
    assert file.txns.on_hand(widget.list_id) == -1
    assert get(file, "Invoice", made["TxnID"])["InvoiceLineRet"]["Quantity"] == "1"
