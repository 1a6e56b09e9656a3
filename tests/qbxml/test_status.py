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


@pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside the repository")
def test_no_code_of_the_facts_is_missing():
    facts = FACTS.read_text(encoding="utf-8")
    listed = facts.split("\n## 10. ")[1].split("\n## 11. ")[0]
    codes = {
        int(code) for row in re.findall(r"^\| ([\d, /]+?) \|", listed, re.M) for code in re.findall(r"\d{1,4}", row)
    }
    uncertain = {3300, 3310, 3320}
    assert codes - uncertain <= status.STATUS.keys()
    hresults = facts.split("\n### 5.2 ")[1].split("\n### 5.3 ")[0]
    assert set(re.findall(r"^\| (0x[0-9A-F]{8}) \|", hresults, re.M)) <= status.HRESULTS.keys()
