"""A cycle tells records how they stand once its work is done, and whatever goes wrong there harms nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncapp import clock, links, mirror
from syncapp.connectors.base import ConnectorError
from syncapp.mapping.customers import CUSTOMERS
from syncapp.models import Cursor, Link, MirrorRecord, Pair
from syncapp.records import Record, Side
from syncapp.tasks import run_cycle

from .conftest import Side_, customer

pytestmark = pytest.mark.django_db


class Telling(Side_):
    tells = frozenset({"customer"})

    def __init__(self, *args):
        super().__init__(*args)
        self.told, self.says, self.broken = [], {}, None

    def tell(self, kind, notices):
        if self.broken:
            raise self.broken
        self.told += [(each.record_id, each.status, each.error) for each in notices]
        return {each.record_id: self.says.get(each.record_id, "") for each in notices}


@pytest.fixture
def salesforce(linked, sides):
    sides[Side.SALESFORCE] = Telling(Side.SALESFORCE)
    return sides[Side.SALESFORCE]


def cycle(pair):
    run = run_cycle(Pair.objects.get(pk=pair.pk), trigger="test")
    return run.state, run.message


CONFLICT = ("001A", "A person must decide", "Changed on both sides: Phone. Choose which side holds.")


def test_what_is_news_is_told_once(pair, salesforce, linked):
    assert cycle(pair) == ("done", "")
    assert salesforce.told == [CONFLICT]
    cycle(pair)
    links.save([Link.objects.get(pk=linked.pk)])  # looked at again, and it stands as before
    cycle(pair)
    assert salesforce.told == [CONFLICT]


def test_it_can_be_switched_off(pair, salesforce):
    Pair.objects.update(status_on_record=False)
    assert cycle(pair) == ("done", "")
    assert salesforce.told == []


def test_a_side_that_cannot_be_told_fails_no_cycle_and_is_told_later(pair, salesforce):
    salesforce.broken = ConnectorError("The allowance is used up.", remedy="Wait.")
    assert cycle(pair) == ("done", "Statuses were not written: The allowance is used up. Wait.")
    salesforce.broken = ZeroDivisionError("a fault of ours")
    state, message = cycle(pair)
    assert (state, "a fault of ours" in message) == ("done", True)
    salesforce.broken = None
    cycle(pair)
    assert salesforce.told == [CONFLICT]


def test_what_a_record_refuses_is_a_warning_and_not_tried_again(pair, salesforce, linked):
    salesforce.says = {"001A": "A validation rule says no."}
    warning = "Pomona Design: its status could not be written: A validation rule says no."
    assert cycle(pair) == ("done", warning)
    assert cycle(pair) == ("done", "")
    assert Link.objects.get(pk=linked.pk).state == "conflict"
    Link.objects.filter(pk=linked.pk).update(state="in_step", reason="", untold=True)
    salesforce.says = {}
    cycle(pair)
    assert salesforce.told[-1] == ("001A", "In step", "")


def test_who_is_not_wanted_is_told_only_if_something_else_was_said_before(pair, salesforce):
    left_out = {"state": "unwanted", "reason": "It has no won opportunity.", "dirty": False}
    Link.objects.update(**left_out)
    cycle(pair)
    assert salesforce.told == []
    assert not Link.objects.filter(untold=True).exists()
    Link.objects.update(told="something", untold=True)
    cycle(pair)
    assert salesforce.told == [("001A", "Left out", "It has no won opportunity.")]


def test_nothing_is_told_before_both_sides_were_listed(pair, salesforce, sides):
    """Until then every record waits, also those that nobody will want."""
    sides[Side.QUICKBOOKS].answers_later = True
    Cursor.objects.filter(side="quickbooks").update(complete=False)
    cycle(pair)
    assert salesforce.told == []


def test_an_unwanted_record_that_waits_for_the_listing_which_ended_a_moment_ago_is_not_told(pair, salesforce):
    """The listing ends while the cycle tells: our write would make an old opportunity look edited, and so be sent."""
    waits = {"state": "waiting", "reason": "Both sides must have been listed completely.", "quickbooks_id": None}
    Link.objects.update(**waits, dirty=True, retry_at=clock.now() + timedelta(hours=1), untold=True)
    MirrorRecord.objects.filter(side="salesforce").update(wanted=False, why_unwanted="It is too old.")
    cycle(pair)
    assert salesforce.told == []
    MirrorRecord.objects.filter(side="salesforce").update(wanted=True)
    Link.objects.update(untold=True)
    cycle(pair)
    assert [status for _, status, _ in salesforce.told] == ["Waiting"]


def test_after_a_complete_listing_all_that_was_told_is_compared_again(pair, salesforce):
    """So what somebody wrote over it, or a restored backup of ours does not know, does not stay."""
    cycle(pair)
    Cursor.objects.update(full_at=clock.now() - timedelta(days=2))
    cycle(pair)
    assert salesforce.told == [CONFLICT, CONFLICT]


def test_a_link_that_moves_on_while_it_is_told_is_told_anew(pair, linked):
    link = Link.objects.get(pk=linked.pk)
    links.save([Link.objects.get(pk=linked.pk)])
    link.told = "what it was"
    links.note_told(pair, [link])
    assert Link.objects.get(pk=link.pk).untold


def test_a_record_of_which_only_the_version_moved_is_no_news(pair, linked):
    """Our own write moves it; then nothing is planned again, and “newest” still goes by the last change that counts."""
    at = clock.now() - timedelta(hours=1)
    fields = MirrorRecord.objects.get(record_id="001A").fields
    MirrorRecord.objects.filter(record_id="001A").update(modified=at)
    told = Record("customer", "001A", "2", {**CUSTOMERS.load(fields)}, modified=clock.now())
    assert mirror.store(pair, Side.SALESFORCE, CUSTOMERS, [told]) == 0
    row = MirrorRecord.objects.get(record_id="001A")
    assert (row.version, row.modified) == ("2", at)
    assert not Link.objects.get(pk=linked.pk).dirty
    edited = customer("001A", "Pomona Design", phone="555-0177")
    assert mirror.store(pair, Side.SALESFORCE, CUSTOMERS, [edited]) == 1
    assert Link.objects.get(pk=linked.pk).dirty
