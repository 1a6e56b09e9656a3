from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc.qbxml import status

from .conftest import FACTS

POLICIES = {"OK", "EMPTY", "FIX", "REREAD", "RETRY", "HUMAN", "RECOVER"}
HRESULT_POLICIES = {"RETRY_LATER", "HUMAN", "FIX_REQUEST", "SUPPLY_PATH", "END_SESSION", "INTERNAL"}
QBWC_POLICIES = {"HUMAN", "ADMIN", "RETRY_LATER"}

TABLES = [
    (status.STATUS, status.explain, POLICIES),
    (status.HRESULTS, status.explain_hresult, HRESULT_POLICIES),
    (status.QBWC, status.explain_qbwc, QBWC_POLICIES),
]


@pytest.mark.parametrize("table, explain, policies", TABLES, ids=["status", "hresult", "qbwc"])
def test_every_code_says_what_why_and_what_to_do(table, explain, policies):
    for code in table:
        meaning = explain(code)
        assert meaning.code == code
        assert meaning.policy in policies
        assert all(len(part) > 3 for part in (meaning.meaning, meaning.cause, meaning.remedy)), code
        assert meaning.remedy.endswith("."), code


@pytest.mark.parametrize(
    "code, policy",
    [
        (0, "OK"), (1, "EMPTY"), (500, "EMPTY"), (600, "RECOVER"), (1000, "RETRY"), (3100, "FIX"), (3120, "REREAD"),
        (3140, "FIX"), (3175, "RETRY"), (3200, "REREAD"), (3250, "HUMAN"), (3391, "RETRY"), (9002, "RECOVER"),
        (17, "OK"), (777, "OK"), (2030, "FIX"), (3042, "FIX"), (3310, "FIX"), (9050, "RECOVER"), (9150, "FIX"),
        (99999, "FIX"), (-1, "FIX"),
    ],
)  # fmt: skip
def test_a_code_leads_to_its_reaction(code, policy):
    assert status.explain(code).policy == policy


def test_the_text_decides_where_the_code_covers_many_causes():
    saving = "There was an error when saving a Customers list. QuickBooks error message: "
    assert status.explain(3180, saving + "It has been modified by another user.").policy == "RETRY"
    assert status.explain(3180, saving + "The account number is already in use.").policy == "FIX"
    assert status.explain(3180).policy == "FIX"


@pytest.mark.parametrize("form", ["0x80040414", "0X80040414", " 80040414 ", "-2147220460", -2147220460, 0x80040414])
def test_an_hresult_is_known_in_every_form(form):
    assert status.explain_hresult(form).code == "0x80040414"
    assert status.explain_hresult(form).policy == "RETRY_LATER"


@pytest.mark.parametrize(
    "code, policy",
    [
        ("0x80040400", "FIX_REQUEST"), ("0x80040416", "SUPPLY_PATH"), ("0x80040417", "SUPPLY_PATH"),
        ("0x8004040D", "END_SESSION"), ("0x8004041A", "HUMAN"), ("0x8004040C", "INTERNAL"),
        ("0x8004040a", "RETRY_LATER"),
        ("0x80049999", "END_SESSION"), ("", "END_SESSION"),
    ],
)  # fmt: skip
def test_an_hresult_leads_to_its_reaction(code, policy):
    assert status.explain_hresult(code).policy == policy


@given(st.text() | st.integers())
def test_any_hresult_has_a_meaning(code):
    assert status.explain_hresult(code).policy in HRESULT_POLICIES


@given(st.integers())
def test_any_code_has_a_meaning(code):
    assert status.explain(code).policy in POLICIES
    assert status.explain_qbwc(code).policy in QBWC_POLICIES


@pytest.mark.parametrize(
    "text, names",
    [
        ("QBWC1012", ["QBWC1012"]),
        ("qbwc 1048: could not verify", ["QBWC1048"]),
        ("0x80040414", ["0x80040414"]),
        ("-2147220460", ["0x80040414"]),
        ("3180", ["status 3180"]),
        (" 1010 ", ["QBWC1010", "status 1010"]),
        ("1048", ["QBWC1048"]),
        ('<CustomerAddRs requestID="1" statusCode="3200" statusSeverity="Error">', ["status 3200"]),
        ("QBWC1013: error 0x80040408 and 0x8004040a", ["QBWC1013", "0x80040408", "0x8004040A"]),
        ("77777", ["status 77777"]),
        ("", []),
        ("the invoice 3180 of 2026", []),
        ("QBWC10121 0x8004041 0x800404144", []),
    ],
)
def test_codes_are_looked_up_as_people_have_them(text, names):
    found = status.look_up(text)
    assert list(found) == names
    assert all(name.endswith(str(meaning.code)) for name, meaning in found.items())


@given(st.text())
def test_whatever_is_looked_up_there_is_an_answer(text):
    assert isinstance(status.look_up(text), dict)


needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside the repository")
UNCERTAIN = {3300, 3310, 3320}  # the facts themselves do not know what they mean


def first_cells(heading: str, following: str) -> list[str]:
    """The first cell of each row of a section's tables."""
    section = FACTS.read_text(encoding="utf-8").split(f"\n{heading} ")[1].split(f"\n{following} ")[0]
    return re.findall(r"^\| ([^|]+?) \|", section, re.M)


def numbers(text: str, digits: str) -> set[int]:
    """The numbers in a text, and all those within its ranges."""
    found = {int(number) for number in re.findall(rf"\b{digits}\b", text)}
    for low, high in re.findall(rf"\b({digits})–({digits})\b", text):
        found |= set(range(int(low), int(high) + 1))
    return found


@needs_facts
def test_no_status_code_of_the_facts_is_missing():
    codes = set().union(*(numbers(cell, r"\d{1,4}") for cell in first_cells("## 10.", "## 11.")))
    assert len(codes) > 150
    unknown = status.explain(99999).meaning
    assert {code for code in codes if status.explain(code).meaning == unknown} == UNCERTAIN
    single = {int(cell) for cell in first_cells("## 10.", "## 11.") if cell.isdigit()}
    assert single <= status.STATUS.keys()


@needs_facts
def test_no_hresult_of_the_facts_is_missing():
    """Some rows name several: "0x80040404 / 405", "0x800706BA/BE"."""
    found = set()
    for cell in first_cells("### 5.2", "### 5.3"):
        full = re.findall(r"0x[0-9A-F]{8}", cell)
        found |= set(full)
        found |= {full[-1][: 10 - len(end)] + end for end in re.findall(r"/ ?([0-9A-F]{2,3})\b", cell) if full}
    assert {"0x80040405", "0x80040429", "0x80040412", "0x800706BE", "0x80010108"} <= found
    whole = FACTS.read_text(encoding="utf-8").split("\n## 5. ")[1].split("\n## 6. ")[0]
    found |= set(re.findall(r"0x8[0-9A-Fa-f]{7}", whole))
    assert {f"0x{code[2:].upper()}" for code in found} - status.HRESULTS.keys() == set()


@needs_facts
def test_no_code_of_the_web_connector_is_missing():
    section = FACTS.read_text(encoding="utf-8").split("\n### 5.3 ")[1].split("\nLog:")[0]
    named = re.findall(r"(?:^\| |· |, )([\d/–]+)", section, re.M)
    codes = set().union(*(numbers(cell.replace("/", " "), r"1\d{3}") for cell in named))
    assert len(codes) > 40
    assert codes - status.QBWC.keys() == set()
