"""What one value costs its request, and only its request."""

from __future__ import annotations

import pytest

from .support import ask, company, customer_add, customer_mod, document, one, query, rets, status


@pytest.mark.parametrize(
    ("inner", "code", "words"),
    [
        (f"<Name>{'x' * 42}</Name>", 3070, f'The string "{"x" * 42}" in the field "Name" is too long.'),
        (f"<Name>A</Name><Phone>{'1' * 22}</Phone>", 3070, '"Phone" is too long'),
        (f"<Name>A</Name><BillAddress><City>{'c' * 32}</City></BillAddress>", 3070, '"City" is too long'),
        (f"<Name>A</Name><TermsRef><FullName>{'t' * 32}</FullName></TermsRef>", 3070, '"FullName" is too long'),
        ("<Name>A</Name><IsActive>True</IsActive>", 3010, "IsActive"),
        ("<Name>A</Name><JobStartDate>2026-13-01</JobStartDate>", 3020, "JobStartDate"),
        ("<Name>A</Name><JobStartDate>1.2.2026</JobStartDate>", 3020, "JobStartDate"),
        ("<Name>A</Name><CreditLimit>5.0</CreditLimit>", 3040, "CreditLimit"),
        ("<Name>A</Name><CreditLimit>1,000.00</CreditLimit>", 3040, "CreditLimit"),
        ("<Name>A</Name><JobStatus>Done</JobStatus>", 3110, 'The enumerated value "Done" in the field "JobStatus"'),
        ("<Name>A</Name><ExternalGUID>abc</ExternalGUID>", 3065, "ExternalGUID"),
        (f"<Name>A</Name><TermsRef><ListID>{'8' * 37}</ListID></TermsRef>", 3000, "ListID"),
    ],
)
def test_a_bad_value_fails_its_request_with_the_code_of_its_type(inner, code, words):
    file = company()
    bad, good = ask(file, customer_add(inner, "1") + customer_add("<Name>Good</Name>", "2"))
    assert status(bad) == code
    assert bad.get("statusSeverity") == "Error"
    assert words in bad.get("statusMessage")
    assert status(good) == 0
    assert [each["Name"] for each in file.customers()] == ["Good"]


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<MaxReturned>0</MaxReturned>", 3085),
        ("<MaxReturned>many</MaxReturned>", 3085),
        ("<FromModifiedDate>2026-02-01T00:00:00Z</FromModifiedDate>", 3020),
        ("<FromModifiedDate>2026-02-30</FromModifiedDate>", 3020),
        ("<FromModifiedDate>2026-03-01</FromModifiedDate><ToModifiedDate>2026-02-01</ToModifiedDate>", 3030),
        ("<NameRangeFilter><FromName>B</FromName><ToName>A</ToName></NameRangeFilter>", 3031),
        ("<ActiveStatus>Everything</ActiveStatus>", 3110),
    ],
)
def test_a_bad_filter_fails_the_query(inner, code):
    assert status(one(company(), query(inner))) == code


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("5", "5.00"),
        ("5.00", "5.00"),
        ("+12.34", "12.34"),
        ("-0.10", "-0.10"),
        ("9999999999999.99", "9999999999999.99"),
    ],
)
def test_amounts_have_two_decimals(sent, kept):
    rs = one(company(), customer_add(f"<Name>A</Name><CreditLimit>{sent}</CreditLimit>"))
    assert rets(rs)[0]["CreditLimit"] == kept


@pytest.mark.parametrize(("sent", "kept"), [("1", "true"), ("0", "false"), (" true ", "true")])
def test_booleans_are_printed_as_words(sent, kept):
    rs = one(company(), customer_add(f"<Name>A</Name><IsActive>{sent}</IsActive>"))
    assert rets(rs)[0]["IsActive"] == kept


def test_strings_are_trimmed():
    rs = one(company(), customer_add("<Name>  Acme \n</Name><Phone>   </Phone>"))
    assert rets(rs)[0]["Name"] == "Acme"
    assert "Phone" not in rets(rs)[0]


def test_what_windows_1252_lacks_becomes_a_question_mark():
    rs = one(company(), customer_add("<Name>Ko&#322;o &#8364; caf&#233;</Name>"))
    assert rets(rs)[0]["Name"] == "Ko?o € café"


def test_names_that_lose_their_letters_collide():
    body = customer_add("<Name>东京</Name>", "1") + customer_add("<Name>大阪</Name>", "2")
    assert [status(each) for each in ask(company(), body)] == [0, 3100]


def test_an_empty_element_clears_in_a_mod_and_counts_for_nothing_in_an_add():
    file = company()
    added = rets(one(file, customer_add("<Name>A</Name><Phone>1</Phone><Fax></Fax><CreditLimit></CreditLimit>")))[0]
    assert not {"Fax", "CreditLimit"} & set(added)
    changed = rets(one(file, customer_mod(added, "<Phone></Phone>")))[0]
    assert "Phone" not in changed


def test_the_length_is_measured_before_trimming():
    assert status(one(company(), customer_add(f"<Name>{'x' * 41} </Name>"))) == 3070
    assert status(one(company(), customer_add(f"<Name>{'x' * 41}</Name>"))) == 0


def test_references_to_characters_outside_ascii_are_read_as_those_characters():
    file = company()
    file.process(document(customer_add("<Name>Zo&#235;</Name>")))
    assert file.find("ZOË") is not None
