"""Queries of transactions: ids, numbers, filters, counts, iterators, custom fields, and what was deleted."""

from __future__ import annotations

import pytest

from .books import books, done, found, invoice, line, listed, payment, query
from .support import NOTHING, document, one, plain, refusal, status

DAY = 24 * 3600


def refs(file, inner="", kind="Invoice"):
    return [each["RefNumber"] for each in found(file, kind, inner, lines=False)]


def several():
    """Five invoices, one a day, of two customers and a job."""
    file = books()
    for number, (customer, day) in enumerate(
        (
            ("Acme", "2026-01-05"),
            ("Bolt", "2026-01-20"),
            ("Acme:Roof", "2026-02-01"),
            ("Acme", "2026-02-02"),
            ("Bolt", "2026-02-03"),
        )
    ):
        invoice(file, line("Setup"), customer=customer, TxnDate=day, RefNumber=f"A{number}")
        file.clock.advance(DAY)
    return file


def test_oldest_first_and_lines_only_when_asked():
    file = several()
    late = invoice(file, TxnDate="2025-12-31", RefNumber="old")
    assert refs(file) == ["old", "A0", "A1", "A2", "A3", "A4"]
    shown = found(file, "Invoice", f"<TxnID>{late['TxnID']}</TxnID>", lines=False)[0]
    assert "InvoiceLineRet" not in shown
    assert refs(file, "<MaxReturned>2</MaxReturned>") == ["old", "A0"]


@pytest.mark.parametrize(
    "inner, expected",
    [
        ("<EntityFilter><FullName>Acme</FullName></EntityFilter>", ["A0", "A3"]),
        ("<EntityFilter><FullNameWithChildren>Acme</FullNameWithChildren></EntityFilter>", ["A0", "A2", "A3"]),
        ("<EntityFilter><FullName>Nobody</FullName></EntityFilter>", []),
        (
            "<TxnDateRangeFilter><FromTxnDate>2026-01-20</FromTxnDate><ToTxnDate>2026-02-02</ToTxnDate></TxnDateRangeFilter>",
            ["A1", "A2", "A3"],
        ),
        ("<TxnDateRangeFilter><DateMacro>LastMonth</DateMacro></TxnDateRangeFilter>", ["A0", "A1"]),
        (
            "<RefNumberFilter><MatchCriterion>EndsWith</MatchCriterion><RefNumber>3</RefNumber></RefNumberFilter>",
            ["A3"],
        ),
        (
            "<RefNumberRangeFilter><FromRefNumber>a1</FromRefNumber><ToRefNumber>a2</ToRefNumber></RefNumberRangeFilter>",
            ["A1", "A2"],
        ),
        ("<AccountFilter><FullName>Service Income</FullName></AccountFilter>", ["A0", "A1", "A2", "A3", "A4"]),
        ("<AccountFilter><FullName>Checking</FullName></AccountFilter>", []),
        (
            "<ModifiedDateRangeFilter><FromModifiedDate>2026-02-06</FromModifiedDate></ModifiedDateRangeFilter>",
            ["A3", "A4"],
        ),
        ("<ModifiedDateRangeFilter><ToModifiedDate>2026-02-03</ToModifiedDate></ModifiedDateRangeFilter>", ["A0"]),
    ],
)
def test_filters(inner, expected):
    assert refs(several(), inner) == expected


def test_paid_and_open_ones():
    file = several()
    first = found(file, "Invoice", "<RefNumber>A0</RefNumber>")[0]
    payment(file, "75.00", (first["TxnID"], "75.00"))
    assert refs(file, "<PaidStatus>PaidOnly</PaidStatus>") == ["A0"]
    assert refs(file, "<PaidStatus>NotPaidOnly</PaidStatus>") == ["A1", "A2", "A3", "A4"]


def test_numbers_with_and_without_regard_to_case():
    file = several()
    assert refs(file, "<RefNumber>a1</RefNumber>") == ["A1"]
    rs = query(file, "Invoice", "<RefNumberCaseSensitive>a1</RefNumberCaseSensitive>")
    assert (status(rs), len(rs)) == (500, 0)
    rs = query(file, "Invoice", "<TxnID>FFF-1</TxnID>")
    assert status(rs) == 500
    assert '("FFF-1")' in rs.get("statusMessage")


def test_nothing_found_is_no_error():
    rs = query(books(), "Invoice")
    assert (status(rs), rs.get("statusSeverity"), rs.get("statusMessage")) == (1, "Info", NOTHING)


def test_the_branches_cannot_be_mixed_and_terms_have_no_iterator():
    file = books()
    assert refusal(
        file, document("<InvoiceQueryRq><TxnID>1-1</TxnID><MaxReturned>1</MaxReturned></InvoiceQueryRq>")
    ) == ("0x80040400")
    body = '<TxnDeletedQueryRq iterator="Start"><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>'
    assert refusal(file, document(body)) == "0x80040400"


def test_bounds_the_wrong_way_round():
    file = books()
    dates = "<FromTxnDate>2026-02-02</FromTxnDate><ToTxnDate>2026-02-01</ToTxnDate>"
    assert status(query(file, "Invoice", f"<TxnDateRangeFilter>{dates}</TxnDateRangeFilter>")) == 3030
    numbers = (
        "<RefNumberRangeFilter><FromRefNumber>9</FromRefNumber><ToRefNumber>1</ToRefNumber></RefNumberRangeFilter>"
    )
    assert status(query(file, "Invoice", numbers)) == 3031


def test_an_iterator_pages_through_all_of_them():
    file = several()
    rs = query(file, "Invoice", "<MaxReturned>2</MaxReturned>", 'iterator="Start"')
    key = rs.get("iteratorID")
    seen = [each.findtext("RefNumber") for each in rs]
    assert rs.get("iteratorRemainingCount") == "3"
    file.delete_txn(found(file, "Invoice", "<RefNumber>A3</RefNumber>")[0]["TxnID"])
    while rs.get("iteratorRemainingCount") != "0":
        rs = query(file, "Invoice", "<MaxReturned>2</MaxReturned>", f'iterator="Continue" iteratorID="{key}"')
        seen += [each.findtext("RefNumber") for each in rs]
    assert seen == ["A0", "A1", "A2", "A4"]
    rs = query(file, "Invoice", "<MaxReturned>2</MaxReturned>", f'iterator="Continue" iteratorID="{key}"')
    assert status(rs) == 3391


def test_an_iterator_belongs_to_its_request_and_its_filters():
    file = several()
    rs = query(file, "Invoice", "<MaxReturned>1</MaxReturned>", 'iterator="Start"')
    go_on = f'iterator="Continue" iteratorID="{rs.get("iteratorID")}"'
    assert status(query(file, "SalesReceipt", "<MaxReturned>1</MaxReturned>", go_on)) == 3391
    other = "<MaxReturned>1</MaxReturned><PaidStatus>PaidOnly</PaidStatus>"
    assert status(query(file, "Invoice", other, go_on)) == 3391
    assert status(query(file, "Invoice", "<MaxReturned>3</MaxReturned>", go_on)) == 0


def test_counts():
    file = several()
    rs = query(file, "Invoice", "", 'metaData="MetaDataOnly"')
    assert (rs.get("retCount"), len(rs)) == ("5", 0)
    rs = query(file, "Invoice", "<MaxReturned>2</MaxReturned>", 'metaData="MetaDataAndResponseData"')
    assert (rs.get("retCount"), len(rs)) == ("5", 2)


def test_only_the_elements_that_were_named():
    file = several()
    rs = query(
        file,
        "Invoice",
        "<MaxReturned>1</MaxReturned><IncludeLineItems>true</IncludeLineItems><IncludeRetElement>TxnID</IncludeRetElement>"
        "<IncludeRetElement>InvoiceLineRet</IncludeRetElement>",
    )
    assert [each.tag for each in rs[0]] == ["TxnID", "InvoiceLineRet"]


def test_older_versions_see_older_elements():
    file = several()
    rs = one(file, "<InvoiceQueryRq><RefNumber>A0</RefNumber></InvoiceQueryRq>", version="2.0")
    assert "BillAddressBlock" not in plain(rs[0])


# Custom fields


def test_custom_fields_of_a_transaction_and_of_a_line():
    file = books()
    file.define_custom_field("Route", objects=("Invoice",))
    made = invoice(file, line("Setup", DataExt={"OwnerID": "0", "DataExtName": "Route", "DataExtValue": "North"}))
    file.clock.advance(60)
    inner = (
        "<OwnerID>0</OwnerID><DataExtName>Route</DataExtName><TxnDataExtType>Invoice</TxnDataExtType>"
        f"<TxnID>{made['TxnID']}</TxnID><DataExtValue>South</DataExtValue>"
    )
    assert status(one(file, f"<DataExtModRq><DataExtMod>{inner}</DataExtMod></DataExtModRq>")) == 0
    shown = plain(query(file, "Invoice", "<IncludeLineItems>true</IncludeLineItems><OwnerID>0</OwnerID>")[0])
    assert shown["DataExtRet"]["DataExtValue"] == "South"
    assert shown["InvoiceLineRet"]["DataExtRet"]["DataExtValue"] == "North"
    assert shown["EditSequence"] != made["EditSequence"]
    assert "DataExtRet" not in found(file, "Invoice")[0]


# Deleted ones


def test_deleted_transactions_are_remembered_for_ninety_days():
    file = books()
    made = invoice(file, RefNumber="gone")
    receipt = done(file, "SalesReceiptAdd", SalesReceiptLineAdd=line("Setup"))
    for kind, each in (("Invoice", made), ("SalesReceipt", receipt)):
        body = f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{each['TxnID']}</TxnID></TxnDelRq>"
        rs = one(file, body)
        assert plain(rs)["TxnID"] == each["TxnID"]
    assert status(one(file, body)) == 3120
    asked = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
    shown = plain(one(file, asked)[0])
    assert (shown["TxnDelType"], shown["TxnID"], shown["RefNumber"]) == ("Invoice", made["TxnID"], "gone")
    file.clock.advance(91 * DAY)
    assert status(one(file, asked)) == 1


def test_a_record_that_a_transaction_names_cannot_be_deleted():
    file = books()
    customer, item = file.find("Bolt"), file.lists.find(("ItemService",), "", "Setup")
    made = invoice(file, line("Setup"), customer="Bolt")
    bodies = [
        f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{list_id}</ListID></ListDelRq>"
        for kind, list_id in (("Customer", customer["ListID"]), ("ItemService", item.list_id))
    ]
    assert [status(one(file, body)) for body in bodies] == [3160, 3160]
    file.delete_txn(made["TxnID"])
    assert status(one(file, bodies[0])) == 0


def test_a_merged_customer_takes_its_transactions_along():
    file = books()
    made = invoice(file, line("Setup"), customer="Bolt")
    file.merge_customers(file.find("Bolt")["ListID"], file.find("Acme")["ListID"])
    assert listed(found(file, "Invoice", f"<TxnID>{made['TxnID']}</TxnID>"))[0]["CustomerRef"]["FullName"] == "Acme"
    assert str(file.find("Acme")["Balance"]) == "75.00"
    file.delete_txn(made["TxnID"])
    assert str(file.find("Acme")["Balance"]) == "0.00"
