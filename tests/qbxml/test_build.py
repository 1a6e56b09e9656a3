from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc.qbxml import build, catalogue, envelope, read
from qbwc.qbxml.errors import BadRequest

from .examples import NAMES, attributes, drawn

CUSTOMER = {"Name": "Acme"}
ACME = {"FullName": "Acme"}


def add(**fields: object) -> str:
    return build.build("CustomerAdd", {"CustomerAdd": CUSTOMER | fields})


def mod(**fields: object) -> str:
    known = {"ListID": "80000001-1", "EditSequence": "1"}
    return build.build("CustomerMod", {"CustomerMod": known | fields})


def refused(name: str, data: dict, **options) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        build.build(name, data, **options)
    return caught.value


def test_elements_come_in_quickbookss_order_whatever_the_order_of_the_data():
    text = build.build("CustomerAdd", {"IncludeRetElement": ["ListID"], "CustomerAdd": {"Phone": "1", "Name": "Acme"}})
    assert text == (
        "<CustomerAddRq><CustomerAdd><Name>Acme</Name><Phone>1</Phone></CustomerAdd>"
        "<IncludeRetElement>ListID</IncludeRetElement></CustomerAddRq>"
    )


@pytest.mark.parametrize(
    "data, path, rule",
    [
        ({}, "CustomerAdd", "required"),
        ({"CustomerAdd": {}}, "CustomerAdd/Name", "required"),
        ({"CustomerAdd": {"Name": ""}}, "CustomerAdd/Name", "required"),
        ({"CustomerAdd": {"Name": "x" * 42}}, "CustomerAdd/Name", "length"),
        ({"CustomerAdd": {"Name": "Parent:Child"}}, "CustomerAdd/Name", "colon"),
        ({"CustomerAdd": {"Name": "北京"}}, "CustomerAdd/Name", "characters"),
        ({"CustomerAdd": {"Name": 7}}, "CustomerAdd/Name", "type"),
        ({"CustomerAdd": CUSTOMER | {"Suffix": "Jr"}}, "CustomerAdd/Suffix", "unknown"),
        ({"CustomerAdd": CUSTOMER | {"IsActive": "True"}}, "CustomerAdd/IsActive", "type"),
        ({"CustomerAdd": CUSTOMER | {"JobStatus": "awarded"}}, "CustomerAdd/JobStatus", "enum"),
        ({"CustomerAdd": CUSTOMER | {"CreditLimit": 1.5}}, "CustomerAdd/CreditLimit", "type"),
        ({"CustomerAdd": CUSTOMER | {"CreditLimit": "5.0"}}, "CustomerAdd/CreditLimit", "format"),
        ({"CustomerAdd": CUSTOMER | {"CreditLimit": Decimal("1.005")}}, "CustomerAdd/CreditLimit", "decimals"),
        ({"CustomerAdd": CUSTOMER | {"TermsRef": "Net 30"}}, "CustomerAdd/TermsRef", "type"),
        ({"CustomerAdd": CUSTOMER | {"TermsRef": {"FullName": "x" * 32}}}, "CustomerAdd/TermsRef/FullName", "length"),
        ({"CustomerAdd": CUSTOMER | {"ParentRef": {"ListID": ""}}}, "CustomerAdd/ParentRef", "empty"),
        ({"CustomerAdd": CUSTOMER | {"SalesTaxCountry": "UK"}}, "CustomerAdd/SalesTaxCountry", "country"),
        (
            {"CustomerAdd": CUSTOMER | {"AdditionalContactRef": [{"ContactName": "a", "ContactValue": "b"}, {}]}},
            "CustomerAdd/AdditionalContactRef[1]/ContactName",
            "required",
        ),
        (
            {"CustomerAdd": CUSTOMER | {"AdditionalContactRef": [{"ContactName": "a", "ContactValue": "b"}] * 9}},
            "CustomerAdd/AdditionalContactRef",
            "many",
        ),
        (
            {"CustomerAdd": CUSTOMER | {"CreditCardInfo": {"ExpirationMonth": 13}}},
            "CustomerAdd/CreditCardInfo/ExpirationMonth",
            "range",
        ),
    ],
)  # fmt: skip
def test_what_quickbooks_would_refuse_is_refused_with_its_place(data, path, rule):
    problem = refused("CustomerAdd", data)
    assert (problem.path, problem.rule) == (path, rule)
    assert path in str(problem)


def test_an_element_is_refused_in_a_version_that_does_not_have_it():
    data = {"CustomerAdd": CUSTOMER | {"JobTitle": "Boss"}}
    assert "<JobTitle>" in build.build("CustomerAdd", data, version="12.0")
    assert refused("CustomerAdd", data, version="11.0").rule == "version"


def test_a_request_is_refused_in_a_version_or_country_that_does_not_have_it():
    assert refused("LeadQuery", {}, version="12.0").rule == "version"
    assert refused("SalesTaxReturnQuery", {}).rule == "country"
    assert refused("CustomerSing", {}).rule == "unknown"
    assert refused("CustomerQuery", {}, version="thirteen").rule == "version"
    assert refused("CustomerQuery", {}, country="FR").rule == "country"


def test_a_token_is_refused_in_a_version_that_does_not_have_it():
    data = {"ListDelType": "InventorySite", "ListID": "1-1"}
    assert "InventorySite" in build.build("ListDel", data, version="10.0")
    assert refused("ListDel", data, version="8.0").rule == "enum"


def test_limits_are_those_of_the_country():
    data = {"CustomerAdd": CUSTOMER | {"ResaleNumber": "x" * 16}}
    assert refused("CustomerAdd", data).rule == "length"
    assert "<ResaleNumber>" in build.build("CustomerAdd", data, country="UK")


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_in_a_mod_is_left_out_of_an_add_and_refused_in_a_query(nothing):
    assert "<Phone></Phone>" in mod(Phone=nothing)
    assert "<TermsRef></TermsRef>" in mod(TermsRef=nothing)
    assert "<JobStartDate></JobStartDate>" in mod(JobStartDate=nothing)
    assert "Phone" not in add(Phone=nothing, TermsRef=nothing, BillAddress={"Addr1": nothing})
    assert refused("CustomerQuery", {"ListID": [nothing]}).rule == "empty"


@pytest.mark.parametrize(
    "fields, rule",
    [
        ({"JobStatus": None}, "clear"),
        ({"EditSequence": None}, "required"),
        ({"CreditCardInfo": {"ExpirationMonth": None}}, "clear"),
        ({"AdditionalContactRef": [{"ContactName": "a", "ContactValue": ""}]}, "required"),
    ],
)
def test_what_cannot_be_emptied_is_refused(fields, rule):
    data = {"CustomerMod": {"ListID": "1-1", "EditSequence": "1"} | fields}
    assert refused("CustomerMod", data).rule == rule


def test_a_custom_field_is_emptied_by_an_empty_value(complaints):
    field = {"OwnerID": "0", "DataExtName": "Route", "ListDataExtType": "Customer", "ListObjRef": {"ListID": "1-1"}}
    text = build.build("DataExtMod", {"DataExtMod": field | {"DataExtValue": ""}})
    assert "<DataExtValue></DataExtValue>" in text
    assert complaints(envelope.document([text])) == []


def test_an_invoice_keeps_its_customer_and_its_lines_items():
    known = {"TxnID": "1-1", "EditSequence": "1"}
    assert refused("InvoiceMod", {"InvoiceMod": known | {"CustomerRef": None}}).rule == "clear"
    line = {"TxnLineID": "-1", "Quantity": None}
    assert refused("InvoiceMod", {"InvoiceMod": known | {"InvoiceLineMod": [line]}}).rule == "clear"


@pytest.mark.parametrize(
    "name, data",
    [
        ("CustomerQuery", {"ListID": ["1-1"], "ActiveStatus": "All"}),
        ("CustomerQuery", {"ListID": ["1-1"], "FullName": ["Acme"]}),
        ("InvoiceAdd", {"InvoiceAdd": {"CustomerRef": ACME, "InvoiceLineAdd": [{"Rate": 1, "RatePercent": 2}]}}),
        (
            "InvoiceQuery",
            {"ModifiedDateRangeFilter": {"FromModifiedDate": "2026-01-01"}, "TxnDateRangeFilter": {"DateMacro": "All"}},
        ),
    ],
)  # fmt: skip
def test_branches_that_exclude_each_other_are_refused(name, data):
    assert refused(name, data).rule == "branch"


def test_a_choice_that_must_be_made_is_asked_for():
    item = {"ItemServiceAdd": {"Name": "Hour"}}
    problem = refused("ItemServiceAdd", item)
    assert (problem.path, problem.rule) == ("ItemServiceAdd", "required")
    assert "SalesOrPurchase" in str(problem)


def test_mixed_lines_keep_their_order():
    lines = {
        "CustomerRef": {"FullName": "A"},
        "InvoiceLineAdd": [{"Desc": "1"}, {"Desc": "3"}],
        "InvoiceLineGroupAdd": [{"ItemGroupRef": {"FullName": "G"}}],
    }
    order = ["InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineAdd"]
    text = build.build("InvoiceAdd", {"InvoiceAdd": lines | {"#order": order}})
    assert re.findall(r"<(InvoiceLine\w*Add)>", text) == order
    assert read.request(text).data == {"InvoiceAdd": lines | {"#order": order}}
    grouped = build.build("InvoiceAdd", {"InvoiceAdd": lines})
    assert re.findall(r"<(InvoiceLine\w*Add)>", grouped) == sorted(order)
    assert refused("InvoiceAdd", {"InvoiceAdd": lines | {"#order": order[:2]}}).rule == "order"


def test_macros_are_attributes():
    data = {"InvoiceAdd": {"@defMacro": "TxnID:Inv1", "CustomerRef": {"FullName": "A"}}}
    text = build.build("InvoiceAdd", data)
    assert '<InvoiceAdd defMacro="TxnID:Inv1">' in text
    assert build.check(text) == text
    assert (
        refused("InvoiceAdd", {"InvoiceAdd": {"@useMacro": "x", "CustomerRef": {"FullName": "A"}}}).rule == "attribute"
    )


def test_times_are_local_and_without_an_offset():
    query = {"MaxReturned": 10, "FromModifiedDate": datetime(2026, 2, 7, 14, 30)}
    assert "<FromModifiedDate>2026-02-07T14:30:00<" in build.build("CustomerQuery", query)
    assert "<FromModifiedDate>2026-02-07<" in build.build("CustomerQuery", {"FromModifiedDate": date(2026, 2, 7)})
    aware = {"FromModifiedDate": datetime(2026, 2, 7, tzinfo=UTC)}
    assert refused("CustomerQuery", aware).rule == "type"
    assert refused("CustomerQuery", {"FromModifiedDate": "2026-02-07T14:30:00Z"}).rule == "format"
    assert refused("CustomerQuery", {"FromModifiedDate": "2026-02-30"}).rule == "format"


@pytest.mark.parametrize(
    "name, given_attributes, data, path",
    [
        ("TermsQuery", {"iterator": "Start"}, {"MaxReturned": 1}, "@iterator"),
        ("CustomerQuery", {"iterator": "Begin"}, {"MaxReturned": 1}, "@iterator"),
        ("CustomerQuery", {"iterator": "Start"}, {}, "MaxReturned"),
        ("CustomerQuery", {"iterator": "Continue"}, {"MaxReturned": 1}, "@iteratorID"),
        ("CustomerQuery", {"iteratorID": "{1}"}, {}, "@iteratorID"),
        ("CustomerQuery", {"requestID": "1"}, {}, "@requestID"),
        ("HostQuery", {"metaData": "MetaDataOnly"}, {}, "@metaData"),
    ],
)
def test_attributes_that_do_not_belong_are_refused(name, given_attributes, data, path):
    assert refused(name, data, attributes=given_attributes).path == path


def test_an_iterator_may_be_stopped_without_its_filters():
    text = build.build("CustomerQuery", {}, attributes={"iterator": "Stop", "iteratorID": "{1}"})
    assert text == '<CustomerQueryRq iterator="Stop" iteratorID="{1}"></CustomerQueryRq>'


def test_a_request_id_has_fifty_characters_at_most_and_is_quoted():
    assert 'requestID="&quot;&lt;&#233;"' in build.build("HostQuery", {}, request_id='"<é')
    assert refused("HostQuery", {}, request_id="x" * 51).rule == "length"


def test_text_that_is_not_in_order_is_refused_by_the_check():
    text = "<CustomerAddRq><CustomerAdd><Phone>1</Phone><Name>A</Name></CustomerAdd></CustomerAddRq>"
    with pytest.raises(BadRequest) as caught:
        build.check(text)
    assert (caught.value.path, caught.value.rule) == ("CustomerAddRq/CustomerAdd/Phone", "order")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        "<CustomerAddRq>",
        "<NoSuchRq/>",
        "<QBXML/>",
        "<QBXML><QBXMLMsgsRq><NoSuchRq/></QBXMLMsgsRq></QBXML>",
        '<!DOCTYPE x [<!ENTITY e "x">]><HostQueryRq>&e;</HostQueryRq>',
        "<HostQueryRq>&undefined;</HostQueryRq>",
        "<a>" * 1000,
        "<CustomerQueryRq><ListID>1</ListID></CustomerQueryRq> and more",
        b"\xff\xfe<\x00",
    ],
)
def test_text_that_is_no_request_is_refused(text):
    with pytest.raises(BadRequest):
        build.requests_of(text)


def test_the_requests_of_a_document_come_one_by_one():
    one, two = build.build("HostQuery", {}, request_id="1"), add(Notes="é & ü")
    assert build.requests_of(envelope.document([one, two])) == [one, two]
    assert build.requests_of(two) == [two]
    assert build.check(envelope.document([one, two])) == one + two


@given(st.data(), NAMES)
def test_what_is_built_reads_back_and_is_valid(complaints, data, name):
    country = data.draw(st.sampled_from(catalogue.request(name).countries))
    content = data.draw(st.composite(drawn)(catalogue.request(name).fields, country))
    text = build.build(name, content, country=country, attributes=attributes(name))
    assert text.isascii()
    assert read.request(text).data == content
    assert build.check(text, country=country) == text
    assert complaints(envelope.document([text]), country) == []


@pytest.mark.parametrize("name", catalogue.requests())
@settings(max_examples=max(3, settings.default.max_examples // 20))
@given(data=st.data())
def test_every_request_reads_back_as_it_was_built(name, data):
    country = data.draw(st.sampled_from(catalogue.request(name).countries))
    content = data.draw(st.composite(drawn)(catalogue.request(name).fields, country))
    text = build.build(name, content, country=country, attributes=attributes(name))
    assert read.request(text).data == content


KEYS = st.sampled_from(["Name", "ListID", "#order", "@x", "y"])
RUBBISH = st.recursive(
    st.none() | st.text(max_size=9) | st.integers() | st.decimals() | st.booleans() | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5), RUBBISH),
    st.sampled_from(["CustomerAdd", "CustomerMod", "InvoiceMod", "CustomerQuery"]),
)
def test_whatever_is_given_the_one_complaint_is_bad_request(rubbish, name):
    for data in (rubbish, {name: rubbish}, {name: {"Name": rubbish, "InvoiceLineMod": rubbish, "ListID": "1"}}):
        try:
            assert build.build(name, data).isascii()
        except BadRequest:
            continue
