"""What a record says of how it stands, and how that fits into a field."""

from __future__ import annotations

import pytest

from syncapp.engine.standing import cut, standing

REASON = "Name: It is taken. Choose another one."
SAID = [
    ("in_step", "", {"whole": True}, ("In step", "")),
    ("in_step", "Its total differs by 3.00.", {"whole": True}, ("In step", "Its total differs by 3.00.")),
    ("under_way", "Being created in QuickBooks.", {"whole": False}, ("On its way to QuickBooks", "")),
    ("under_way", "Being updated in QuickBooks.", {"whole": True}, None),
    ("waiting", "Waiting for …", {"whole": False, "waits_for": "customer ACME"}, ("Waiting for customer ACME", "")),
    ("waiting", "The item is locked. It is tried again by itself.", {"whole": True}, ("Waiting", ...)),
    ("conflict", "Changed on both sides: Phone.", {"whole": True}, ("A person must decide", ...)),
    ("proposed", "It may be “Acme”.", {"whole": False}, ("A person must decide: possible match", ...)),
    ("refused", REASON, {"whole": True, "refused_by": ["QuickBooks"]}, ("Refused by QuickBooks", ...)),
    (
        "refused",
        REASON,
        {"whole": True, "refused_by": ["Salesforce", "QuickBooks"]},
        ("Refused by Salesforce and QuickBooks", ...),
    ),
    ("refused", "Phone: it is too long.", {"whole": True}, ("Cannot be taken over", ...)),
    ("gone", "Deleted in QuickBooks; still in Salesforce.", {"whole": True}, ("Deleted in QuickBooks", ...)),
    ("unwanted", "It is not won.", {"whole": False}, ("Left out", ...)),
    ("closed", "Unlinked, as the settings say.", {"whole": True}, ("No longer linked", ...)),
    ("new", "", {"whole": False}, None),
]


@pytest.mark.parametrize("state, reason, facts, said", SAID)
def test_each_state_has_words_for_those_who_work_in_salesforce(state, reason, facts, said):
    found = standing(state, reason, **facts)
    if said is None:
        assert found is None
    else:
        assert found is not None
        assert (found.status, found.error) == (said[0], reason if said[1] is ... else said[1])


CUTS = [
    ("as it is", 40, "as it is"),
    ("two  spaces\nand lines", 40, "two spaces and lines"),
    # The remedy, which stands at the end, is kept whole.
    ("The name of the customer is taken by a vendor. Choose another.", 40, "The name of the … Choose another."),
    # One that takes more than half of the room is not.
    ("It is taken. Choose a name that no customer, vendor or employee has.", 40, "It is taken. Choose a name that no…"),
    ("x" * 50, 40, "x" * 39 + "…"),
    ("", 40, ""),
]


@pytest.mark.parametrize("text, most, fits", CUTS)
def test_what_is_too_long_loses_its_middle_and_keeps_the_remedy(text, most, fits):
    assert cut(text, most) == fits
    assert len(cut(text, most)) <= most
