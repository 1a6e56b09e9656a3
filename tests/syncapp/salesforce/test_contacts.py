"""Who the billing contact is, and what another name there means."""

from __future__ import annotations

import pytest

from syncapp.connectors.salesforce.contacts import choose, find_by_name, plan_contact, same_person
from syncapp.connectors.salesforce.fields import CONTACT, CONTACT_KEY, NO_LAST_NAME, TICK


def contact(number: int, first: str | None, last: str, *, ticked=False, email=None, **more):
    row = {each.name: None for each in CONTACT.values()}
    return {
        **row,
        "Id": f"003{number:015d}",
        "AccountId": "001",
        "CreatedDate": f"2026-01-{number:02d}T00:00:00.000+0000",
        "SystemModstamp": "2026-02-01T00:00:00.000+0000",
        "FirstName": first,
        "LastName": last,
        "Email": email,
        TICK: ticked,
        CONTACT_KEY: None,
        **more,
    }


JANE = contact(1, "Jane", "Doe", ticked=True, email="jane@acme.example", Title="CFO")
BOB = contact(2, "Bob", "Roe")
SUE = contact(3, "Sue", "Poe", email="sue@acme.example")


@pytest.mark.parametrize(
    "contacts, fallback, chosen",
    [
        ([BOB, JANE, SUE], "only", JANE),
        ([BOB], "only", BOB),
        ([BOB, SUE], "only", None),
        ([BOB], "none", None),
        ([BOB, SUE], "newest_with_email", SUE),
        ([BOB], "newest_with_email", None),
        ([], "only", None),
    ],
)
def test_the_ticked_contact_is_chosen_and_else_whom_the_setting_says(contacts, fallback, chosen):
    assert choose(contacts, fallback).contact == chosen


def test_of_two_ticked_contacts_the_oldest_holds_and_a_warning_names_both():
    other = contact(4, "Ann", "Lee", ticked=True)
    for contacts in ([JANE, other], [other, JANE]):
        choice = choose(contacts, "only")
        assert choice.contact == JANE
        assert "Jane Doe" in choice.warning
        assert "Ann Lee" in choice.warning


@pytest.mark.parametrize(
    "one, other, same",
    [
        (("jane", "doe"), ("jane", "doe"), True),
        (("", "doe"), ("jane", "doe"), True),
        (("jane", ""), ("jane", "doe"), True),
        (("jane", "doe"), ("bob", "doe"), False),
        (("jane", "doe"), ("bob", "roe"), False),
        (("", ""), ("jane", "doe"), True),
        (("jane", "doe"), ("", ""), False),
    ],
)
def test_filling_in_a_name_leaves_the_person_and_another_name_does_not(one, other, same):
    assert same_person(one, other) is same


def plan(asked, contacts, chosen, rename="new"):
    return plan_contact(asked, contacts, chosen, rename=rename, key_seed="acme|8000-1")


def test_another_email_is_written_to_the_contact_that_is_there():
    made = plan({"contact_email": "new@acme.example"}, [JANE], JANE)
    assert made.update == {"id": JANE["Id"], "Email": "new@acme.example"}
    assert made.insert is None


def test_what_is_there_already_is_not_written_again():
    assert plan({"contact_email": "jane@acme.example"}, [JANE], JANE).update is None


def test_another_name_makes_a_new_contact_that_takes_over_what_quickbooks_still_holds():
    made = plan({"contact_first_name": "Max", "contact_last_name": "Moe"}, [JANE, BOB], JANE)
    assert made.update is None
    assert made.untick == JANE["Id"]
    assert (made.insert["FirstName"], made.insert["LastName"], made.insert["Email"], made.insert["Title"]) == (
        "Max",
        "Moe",
        "jane@acme.example",
        "CFO",
    )
    assert made.insert[TICK] is True


def test_another_name_finds_the_accounts_contact_of_that_name_and_ticks_it():
    made = plan({"contact_first_name": "BOB", "contact_last_name": "Roe"}, [JANE, BOB], JANE)
    assert made.insert is None
    assert made.untick == JANE["Id"]
    assert made.update["id"] == BOB["Id"]
    assert made.update[TICK] is True


def test_the_setting_renames_the_contact_instead():
    made = plan({"contact_last_name": "Moe"}, [JANE, BOB], JANE, rename="rename")
    assert made.update == {"id": JANE["Id"], "LastName": "Moe"}
    assert made.untick == ""


def test_a_name_that_quickbooks_no_longer_has_is_not_taken_from_the_contact():
    asked = {"contact_first_name": None, "contact_last_name": None, "contact_email": None}
    made = plan(asked, [JANE], JANE)
    assert set(made.refused) == {"contact_first_name", "contact_last_name"}
    assert made.update == {"id": JANE["Id"], "Email": None}


def test_a_contact_without_a_last_name_gets_the_one_that_says_so():
    made = plan({"contact_email": "office@acme.example"}, [], None)
    assert made.insert["LastName"] == NO_LAST_NAME
    assert made.insert["Email"] == "office@acme.example"


def test_nothing_asked_of_nobody_writes_nothing():
    made = plan({"contact_email": None}, [BOB, SUE], None)
    assert made.insert is None
    assert made.update is None


def test_the_contact_that_the_setting_chose_is_ticked_with_the_first_write():
    assert plan({}, [BOB], BOB).update == {"id": BOB["Id"], TICK: True}
    assert plan({}, [JANE], JANE).update is None


def test_the_key_is_the_same_for_the_same_person_of_the_same_customer():
    first = plan({"contact_first_name": "Max", "contact_last_name": "Moe"}, [], None).insert[CONTACT_KEY]
    again = plan({"contact_first_name": "max ", "contact_last_name": "MOE"}, [JANE], JANE).insert[CONTACT_KEY]
    other = plan_contact({"contact_last_name": "Moe"}, [], None, rename="new", key_seed="b|1").insert[CONTACT_KEY]
    assert first == again
    assert first != other
    assert len(first) <= 40


def test_of_two_contacts_with_one_name_the_oldest_is_found():
    twin = contact(9, "Bob", "Roe")
    assert find_by_name([twin, BOB], ("bob", "roe")) == BOB
    assert find_by_name([twin, BOB], ("", "")) is None
