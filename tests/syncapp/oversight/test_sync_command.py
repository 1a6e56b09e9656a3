"""manage.py sync: what it prints, what it leaves undone, and its exit status."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from syncapp import runs
from syncapp.connectors.base import NotAuthorised
from syncapp.models import Link, Pair, Run
from syncapp.records import Side
from tests.syncapp.oversight.conftest import customer

pytestmark = pytest.mark.django_db


def sync(*args):
    out = io.StringIO()
    call_command("sync", *args, stdout=out)
    return out.getvalue()


def test_a_cycle_says_what_it_did_and_what_is_in_step(pair, sides):
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design")]
    out = sync("acme")
    assert out.splitlines()[:2] == ["acme: Done", "  1 change for QuickBooks, some of which wait for the Web Connector"]
    assert "Customers: 1 in step, 0 waiting, 0 left out, 0 failing, 0 needs a person" in out
    assert [order.values["name"] for order in sides[Side.QUICKBOOKS].taken] == ["Pomona Design"]


def test_a_preview_prints_names_sides_verbs_and_values_and_writes_nothing(pair, sides):
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design", phone="555-0100")]
    out = sync("acme", "--preview")
    assert "Pomona Design: create in QuickBooks" in out
    assert "Phone: 555-0100" in out
    assert "nothing has been written" in out
    assert sides[Side.QUICKBOOKS].taken == []
    assert Run.objects.get().state == "preview"


def test_a_first_run_is_held_until_it_is_approved(pair, sides):
    Pair.objects.update(first_run="preview")
    sides[Side.QUICKBOOKS].records = [customer("80000001-1", "Pomona Design")]
    out = sync("acme")
    assert "Held: waiting for approval" in out
    assert "manage.py sync acme --approve" in out
    assert sides[Side.SALESFORCE].taken == []
    assert sync("acme", "--approve").startswith("acme: Done")
    assert len(sides[Side.SALESFORCE].taken) == 1


def test_what_needs_a_person_is_listed_with_its_reason(pair, sides):
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design Inc.")]
    sides[Side.QUICKBOOKS].records = [customer("80000001-1", "Pomona Design")]
    out = sync("acme")
    assert "2 needs a person" in out
    assert "Possible match: Pomona Design Inc.. It may be" in out


def test_the_result_as_json_can_be_read_by_programs(pair, sides):
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design")]
    found = json.loads(sync("acme", "--json", "--preview"))
    assert (found["state"], found["plan"][0]["verb"], found["plan"][0]["side"]) == ("preview", "create", "quickbooks")
    found = json.loads(sync("acme", "--json"))
    assert found["links"][0]["groups"]["in step"] == 1
    assert found["asking"] == []


def test_a_failed_run_ends_with_status_1_and_the_remedy(pair, sides):
    sides[Side.SALESFORCE].problem = NotAuthorised("Salesforce refused the sign-in.", remedy="Check client_id.")
    with pytest.raises(CommandError, match=r"refused the sign-in. Check client_id.") as caught:
        sync("acme")
    assert caught.value.returncode == 1


def test_a_fault_of_ours_ends_with_status_1_and_no_stack_trace(pair, sides):
    sides[Side.SALESFORCE].problem = ZeroDivisionError("secret detail")
    with pytest.raises(CommandError, match=r"a fault of ours \(ZeroDivisionError\)") as caught:
        sync("acme")
    assert caught.value.returncode == 1
    assert Run.objects.get().state == "failed"


def test_another_cycle_at_work_is_told(pair, sides):
    runs.take_lease(pair)
    with pytest.raises(CommandError, match="Another cycle of “acme” is at work") as caught:
        sync("acme")
    assert caught.value.returncode == 1


def test_wrong_usage_ends_with_status_2(pair, sides):
    for args in (["nobody"], ["acme", "--preview", "--approve"]):
        with pytest.raises(CommandError) as caught:
            sync(*args)
        assert getattr(caught.value, "returncode", 2) in (1, 2)
    with pytest.raises(CommandError, match=r"There is no pair “nobody”. There are: acme.") as caught:
        sync("nobody")
    assert caught.value.returncode == 2


def test_a_disabled_pair_is_not_synced_but_can_be_previewed(pair, sides):
    Pair.objects.update(enabled=False)
    with pytest.raises(CommandError, match="disabled") as caught:
        sync("acme")
    assert caught.value.returncode == 2
    assert "Preview" in sync("acme", "--preview")
    assert not Link.objects.filter(state="in_step").exists()
