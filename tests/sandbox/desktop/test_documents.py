"""What throws a whole document back."""

from __future__ import annotations

import pytest

from .support import ask, company, customer_add, document, one, query, refusal, rets, status

PARSE = "0x80040400"
GOOD = document(customer_add())


@pytest.mark.parametrize(
    "text",
    [
        " " + GOOD,
        "\ufeff" + GOOD,
        GOOD.replace('<?xml version="1.0" encoding="utf-8"?>\n', ""),
        GOOD.replace('<?qbxml version="13.0"?>\n', ""),
        GOOD.replace('<?qbxml version="13.0"?>', '<?qbxml v="13.0"?>'),
        GOOD.replace("</QBXML>", ""),
        GOOD.replace("<Name>Acme</Name>", "<Name>Acme&#x1;</Name>"),
        GOOD.replace("<Name>Acme</Name>", "<Name>Acme & Sons</Name>"),
        GOOD.replace("<QBXML>", '<!DOCTYPE QBXML [<!ENTITY a "b">]><QBXML>'),
        GOOD.replace(' onError="continueOnError"', ""),
        GOOD.replace("continueOnError", "whenever"),
        GOOD.replace("onError=", 'color="red" onError='),
        GOOD.replace("QBXMLMsgsRq", "QBXMLMsgsRx"),
        GOOD.replace("</QBXMLMsgsRq>", '</QBXMLMsgsRq><QBXMLMsgsRq onError="stopOnError"/>'),
        GOOD.replace("CustomerAddRq", "CustomerAdoreRq"),
        GOOD.replace("<CustomerAdd>", '<CustomerAdd defColor="x">'),
        GOOD.replace("<CustomerAdd>", "<CustomerAdd>text"),
        GOOD.replace("<Name>", "text<Name>"),
        GOOD.replace("<Name>Acme</Name>", ""),
        GOOD.replace("<Name>Acme</Name>", "<Name>Acme</Name><Name>Acme</Name>"),
        GOOD.replace("<Name>Acme</Name>", "<Phone>1</Phone><Name>Acme</Name>"),
        GOOD.replace("<Name>Acme</Name>", "<Name>Acme</Name><Colour>red</Colour>"),
        GOOD.replace("<Name>Acme</Name>", "<Name><b>Acme</b></Name>"),
        GOOD.replace("<Name>Acme</Name>", "<Name>Acme</Name><SalesTaxCountry>US</SalesTaxCountry>"),
        document(query("<FromModifiedDate>2026-01-01</FromModifiedDate><MaxReturned>5</MaxReturned>")),
        document(query("<ListID>80000001-1</ListID><ActiveStatus>All</ActiveStatus>")),
        document(query("<ListID>80000001-1</ListID><FullName>Acme</FullName>")),
        document(query("<NameFilter><Name>A</Name></NameFilter>")),
        document(query("", 'metaData="Some"')),
        document('<TermsQueryRq iterator="Start"><MaxReturned>5</MaxReturned></TermsQueryRq>'),
        document('<HostQueryRq metaData="NoMetaData"/>'),
    ],
)  # fmt: skip
def test_a_document_of_the_wrong_shape_is_thrown_back_before_anything_is_done(text):
    file = company()
    assert refusal(file, text) == PARSE
    assert file.customers() == []


def test_a_good_request_beside_a_bad_one_is_not_executed_either():
    file = company()
    assert refusal(file, document(customer_add() + "<CustomerAddRq><CustomerAdd/></CustomerAddRq>")) == PARSE
    assert file.customers() == []


@pytest.mark.parametrize("version", ["99.0", "13.5", "CA3.0", ""])
def test_an_unsupported_version_has_an_hresult_of_its_own(version):
    assert refusal(company(), document(customer_add(), version=version)) == "0x80040423"


def test_older_programs_support_fewer_versions():
    assert refusal(company(year=2013), document(customer_add(), version="13.0")) == "0x80040423"
    assert status(one(company(year=2013), customer_add(), version="12.0")) == 0


def test_roll_back_on_error_is_not_supported():
    assert refusal(company(), document(customer_add(), 'onError="rollbackOnError"')) == "0x80040413"


@pytest.mark.parametrize(
    ("inner", "version"),
    [
        ("<Name>A</Name><JobTitle>Boss</JobTitle>", "11.0"),
        ("<Name>A</Name><ExternalGUID>{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}</ExternalGUID>", "7.0"),
        ("<Name>A</Name><Notes>x</Notes>", "2.1"),
    ],
)
def test_an_element_newer_than_the_declared_version_is_thrown_back(inner, version):
    assert refusal(company(), document(customer_add(inner), version=version)) == PARSE
    assert status(one(company(), customer_add(inner))) == 0


def test_a_request_newer_than_the_declared_version_is_thrown_back():
    assert refusal(company(), document("<CurrencyQueryRq/>", version="7.0")) == PARSE


def test_what_is_newer_than_the_declared_version_is_not_returned():
    file = company()
    file.add_customer(Name="A", Phone="1", JobTitle="Boss")
    assert "JobTitle" in rets(one(file, query()))[0]
    old = rets(one(file, query(), version="11.0"))[0]
    assert not {"JobTitle", "AdditionalContactRef", "PreferredDeliveryMethod"} & set(old)


def test_comments_and_indentation_are_welcome():
    text = document("\n  <!-- hello -->\n  " + customer_add("\n <Name>Ac<!-- x -->me</Name>\n") + "\n")
    file = company()
    file.process(text)
    assert [each["Name"] for each in file.customers()] == ["Acme"]


def test_an_empty_message_set_is_a_valid_document():
    assert len(ask(company(), "")) == 0


def test_answers_come_in_the_order_of_the_requests_and_repeat_their_ids():
    answers = ask(company(), '<HostQueryRq requestID="a"/><PreferencesQueryRq requestID=""/><CompanyQueryRq/>')
    assert [each.tag for each in answers] == ["HostQueryRs", "PreferencesQueryRs", "CompanyQueryRs"]
    assert [each.get("requestID") for each in answers] == ["a", "", None]


def test_a_request_id_of_more_than_fifty_characters_fails_its_request_alone():
    answers = ask(company(), customer_add("<Name>A</Name>", "x" * 51) + customer_add("<Name>B</Name>", "x" * 50))
    assert [status(each) for each in answers] == [1060, 0]


def test_a_request_that_the_miniature_lacks_says_so():
    assert status(ask(company(), '<JobReportQueryRq requestID="1"/>')[0]) == 1030


def test_stop_on_error_leaves_the_rest_undone():
    file = company()
    body = (
        customer_add("<Name>A</Name>", "1") + customer_add("<Name>a</Name>", "2") + customer_add("<Name>B</Name>", "3")
    )
    answers = ask(file, body, 'onError="stopOnError"')
    assert [status(each) for each in answers] == [0, 3100, 3231]
    assert answers[2].get("statusMessage") == "The request has not been processed."
    assert [each["Name"] for each in file.customers()] == ["A"]


def test_continue_on_error_does_the_rest():
    body = (
        customer_add("<Name>A</Name>", "1") + customer_add("<Name>a</Name>", "2") + customer_add("<Name>B</Name>", "3")
    )
    assert [status(each) for each in ask(company(), body)] == [0, 3100, 0]


def test_include_none_returns_the_status_alone():
    rs = one(company(), customer_add(), 'responseData="includeNone" onError="continueOnError"')
    assert status(rs) == 0
    assert len(rs) == 0


def test_the_text_of_an_answer_is_ascii_without_indentation():
    file = company()
    file.add_customer(Name='René "R" O\'Hara <&>')
    text = file.process(document(query()))
    assert text.isascii()
    assert "<Name>Ren&#233; &quot;R&quot; O&apos;Hara &lt;&amp;&gt;</Name>\n" in text
    assert not any(line.startswith((" ", "\t")) for line in text.splitlines())
    assert "<?qbxml" not in text


def test_an_answer_without_content_closes_itself():
    assert '<CustomerQueryRs statusCode="1" statusSeverity="Info" statusMessage="A query request did not find' in (
        text := company().process(document("<CustomerQueryRq/>"))
    )
    assert '" />\n</QBXMLMsgsRs>' in text
