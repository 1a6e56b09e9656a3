from __future__ import annotations

import io
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc.qbxml import catalogue, read
from qbwc.qbxml.errors import BadResponse
from qbwc.qbxml.markup import escape

from .examples import drawn


def response(inner: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{attributes}>\n{inner}\n</QBXMLMsgsRs>\n</QBXML>\n'


def answered(name: str, inner: str, attributes: str = "") -> str:
    start = f'<{name}Rs requestID="7" statusCode="0" statusSeverity="Info" statusMessage="Status OK"{attributes}>'
    return response(f"{start}\n{inner}\n</{name}Rs>")


def customer(inner: str) -> dict:
    return read.read(answered("CustomerQuery", f"<CustomerRet>{inner}</CustomerRet>")).results[0].records[0].data


def test_the_statuses_and_the_iterator_are_read():
    text = answered("CustomerQuery", "", ' retCount="3" iteratorRemainingCount="0" iteratorID="{1}"')
    result = read.read(text).results[0]
    assert (result.name, result.request_id, result.status, result.severity) == ("CustomerQuery", "7", 0, "Info")
    assert (result.message, result.count, result.remaining, result.iterator_id) == ("Status OK", 3, 0, "{1}")


def test_a_message_sets_own_status_is_read():
    answer = read.read(response("", ' newMessageSetID="a1" messageSetStatusCode="600"'))
    assert (answer.message_set_id, answer.message_set_status, answer.results) == ("a1", 600, [])
    assert read.read(response("")).message_set_status is None


def test_values_have_their_types_and_what_is_not_of_its_type_stays_text():
    data = customer(
        "<IsActive>true</IsActive><Balance>-55.00</Balance><Sublevel>1</Sublevel><JobStatus>New</JobStatus>"
    )
    assert data == {"IsActive": True, "Balance": Decimal("-55.00"), "Sublevel": 1, "JobStatus": "New"}
    for rubbish in ("NaN", "1E999999999", "1_000", "twelve", "Infinity", "٣"):
        assert customer(f"<Balance>{rubbish}</Balance>") == {"Balance": rubbish}


def test_what_can_repeat_is_always_a_list_and_what_does_repeat_becomes_one():
    one = customer("<AdditionalNotesRet><NoteID>1</NoteID></AdditionalNotesRet>")
    assert one == {"AdditionalNotesRet": [{"NoteID": 1}]}
    assert customer("<Phone>1</Phone><Phone>2</Phone>") == {"Phone": ["1", "2"]}
    assert customer("<New>1</New><New>2</New><New>3</New>") == {"New": ["1", "2", "3"]}


def test_unknown_elements_are_kept():
    data = customer("<Newer><Inside>x</Inside></Newer><Other>y</Other><Name>Acme</Name>")
    assert data == {"Newer": {"Inside": "x"}, "Other": "y", "Name": "Acme"}
    answer = read.read(answered("NewerQuery", "<NewerRet><Name>x</Name></NewerRet>"))
    assert answer.results[0].records == [read.Ret("Newer", {"Name": "x"})]


def test_the_order_of_mixed_lines_is_kept_where_it_matters():
    line, group = (
        "<InvoiceLineRet><Desc>{}</Desc></InvoiceLineRet>",
        "<InvoiceLineGroupRet><Desc>g</Desc></InvoiceLineGroupRet>",
    )
    text = answered("InvoiceAdd", f"<InvoiceRet>{line.format(1)}{group}{line.format(2)}</InvoiceRet>")
    data = read.read(text).results[0].records[0].data
    assert data["#order"] == ["InvoiceLineRet", "InvoiceLineGroupRet", "InvoiceLineRet"]
    assert [entry["Desc"] for entry in data["InvoiceLineRet"]] == ["1", "2"]
    text = answered("InvoiceAdd", f"<InvoiceRet>{line.format(1)}{line.format(2)}</InvoiceRet>")
    assert "#order" not in read.read(text).results[0].records[0].data


def test_items_of_all_kinds_keep_their_names_and_their_order():
    text = answered("ItemQuery", "<ItemServiceRet/><ItemGroupRet/><ItemServiceRet/>")
    assert [ret.name for ret in read.read(text).results[0].records] == ["ItemService", "ItemGroup", "ItemService"]


def test_a_deletion_is_one_record():
    text = answered("ListDel", "<ListDelType>Customer</ListDelType><ListID>1-1</ListID>")
    assert read.read(text).results[0].records == [read.Ret("ListDel", {"ListDelType": "Customer", "ListID": "1-1"})]


def test_a_report_keeps_its_attributes():
    row = '<ReportData><DataRow rowNumber="1"><ColData colID="1" value="x"/></DataRow></ReportData>'
    text = answered("GeneralSummaryReportQuery", f"<ReportRet>{row}</ReportRet>")
    data = read.read(text).results[0].records[0].data
    rows = data["ReportData"]["DataRow"]
    assert rows == [{"@rowNumber": "1", "ColData": [{"@colID": "1", "@value": "x"}]}]


@pytest.mark.parametrize("control", ["&#x1F;", "&#0;", "\x01", "&#31;", "&#x0B;", "&#xFFFE;", "&#55296;"])
def test_control_characters_are_taken_out(control):
    text = answered("CustomerQuery", f"<CustomerRet><Name>Ac{control}me</Name></CustomerRet>")
    assert read.read(text).results[0].records[0].data == {"Name": "Acme"}
    assert read.Ret("Customer", {"Name": "Acme"}) in list(read.stream(text.encode()))


def test_bytes_in_any_likely_encoding_are_read():
    text = answered("CustomerQuery", "<CustomerRet><Name>Köln “x”</Name></CustomerRet>")
    wanted = read.Ret("Customer", {"Name": "Köln “x”"})
    declared = text.replace('version="1.0" ', 'version="1.0" encoding="windows-1252"').encode("cp1252")
    for document in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), declared):
        assert read.read(document).results[0].records == [wanted]
        assert wanted in list(read.stream(document))
    assert read.read(text.encode("cp1252")).results[0].records == [wanted]
    assert read.read("\ufeff\n " + text).results[0].records == [wanted]


HOSTILE = {
    "nothing": "",
    "white space": " \n ",
    "rubbish": "Server error",
    "a page": "<html><body>502</body></html>",
    "no answers": "<QBXML></QBXML>",
    "cut off": answered("CustomerQuery", "<CustomerRet>")[:200],
    "a document type": '<!DOCTYPE QBXML SYSTEM "http://x/y.dtd">' + response(""),
    "entities": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><QBXML><QBXMLMsgsRs>&b;</QBXMLMsgsRs></QBXML>',
    "unknown entity": answered("CustomerQuery", "<CustomerRet><Name>&nbsp;</Name></CustomerRet>"),
    "deep": answered("CustomerQuery", "<a>" * 5000 + "</a>" * 5000),
    "endless": "<a>" * 100_000,
    "no status": response("<CustomerQueryRs></CustomerQueryRs>"),
    "odd status": response('<CustomerQueryRs statusCode="zero"/>'),
    "huge status": response(f'<CustomerQueryRs statusCode="{"9" * 9000}"/>'),
    "two roots": response("") + response(""),
    "same attribute twice": response('<CustomerQueryRs statusCode="0" statusCode="0"/>'),
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hopeless_response_is_a_bad_response(document):
    with pytest.raises(BadResponse):
        read.read(document)
    with pytest.raises(BadResponse):
        read.read(document.encode())
    with pytest.raises(BadResponse):
        list(read.stream(document.encode()))


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 60))
def test_whatever_is_broken_the_one_complaint_is_bad_response(rubbish, at, length):
    whole = answered(
        "CustomerQuery", "<CustomerRet><Name>Ac&#233;me</Name><Balance>1.00</Balance></CustomerRet>"
    ).encode()
    for document in (rubbish, whole[:at] + rubbish + whole[at + length :]):
        for reading in (
            read.read,
            lambda source: list(read.stream(source)),
            lambda source: read.read(source.decode("latin-1")),
        ):
            try:
                reading(document)
            except BadResponse:
                continue


RECORD = (
    b"<CustomerRet><ListID>1-1</ListID><Name>Acme</Name><Balance>1.00</Balance>"
    + b"<Notes>%s</Notes></CustomerRet>\n" % (b"n" * 300)
)
MEGABYTES = {"dev": 16, "ci": 40, "long": 100}


class Endless(io.RawIOBase):
    """An answer with so many customers, which is nowhere in memory."""

    def __init__(self, records: int) -> None:
        self.head, self.tail = answered("CustomerQuery", "|").encode().split(b"|")
        self.left = records

    def read(self, size: int = -1) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        if self.left:
            count = min(self.left, size // len(RECORD))
            self.left -= count
            return RECORD * count
        tail, self.tail = self.tail, b""
        return tail


def peak_of(records: int) -> int:
    tracemalloc.start()
    try:
        assert sum(isinstance(part, read.Ret) for part in read.stream(Endless(records))) == records
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_answer_streams_in_flat_memory(request):
    """A hundred megabytes with --profile long, less without: whatever the size, as much as a small one needs."""
    records = MEGABYTES[request.config.getoption("--profile")] * 1_000_000 // len(RECORD)
    small, large = peak_of(2000), peak_of(records)
    assert large < 4_000_000
    assert large < small + 300_000


def test_a_text_of_twenty_megabytes_is_read():
    assert len(customer(f"<Notes>{'x' * 20_000_000}</Notes>")["Notes"]) == 20_000_000


@given(st.data(), st.sampled_from([name for name in catalogue.requests() if catalogue.answer(name).records]))
def test_every_record_of_the_catalogue_reads_back(data, name):
    ret, known = data.draw(st.sampled_from(sorted(catalogue.answer(name).records.items(), key=lambda pair: pair[0])))
    content = data.draw(st.composite(drawn)(known.content, "US"))

    def written(value: object) -> str:
        if isinstance(value, dict):
            return "".join(
                f"<{key}>{written(entry)}</{key}>"
                for key, found in value.items()
                for entry in (found if isinstance(found, list) else [found])
            )
        if isinstance(value, bool):
            return str(value).lower()
        return format(value, "f") if isinstance(value, Decimal) else escape(str(value))

    read_back = read.read(answered(name, f"<{ret}Ret>{written(content)}</{ret}Ret>")).results[0].records[0].data
    assert without_order(read_back) == content


def without_order(value):
    if isinstance(value, dict):
        return {key: without_order(entry) for key, entry in value.items() if key != "#order"}
    return [without_order(entry) for entry in value] if isinstance(value, list) else value
