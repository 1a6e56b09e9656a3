"""Settings hold for every record from the moment they are saved, whatever is under way then."""

from __future__ import annotations

import pytest

from syncapp import reconcile, settings_rules
from syncapp.configure import configure
from syncapp.flows import FLOWS
from syncapp.models import Link, Pair
from syncapp.records import Side
from tests.world.half import HalfWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return HalfWorld(0, winner=Side.SALESFORCE)


def save_settings(world, **changes):
    """What the admin and ``configure`` do."""
    pair = Pair.objects.get()
    pair.flows = {"customer": {**pair.flows["customer"], **changes}}
    pair.save(update_fields=["flows"])
    settings_rules.plan_again(pair)


def test_a_cycle_that_began_under_former_settings_plans_nothing_more_by_them(world):
    world.create_account("Acme", phone="1", fax="1")
    world.come_to_rest()
    customer = world.file.find("Acme")["ListID"]
    world.file.edit_customer(customer, Phone="2")
    (account,) = world.salesforce_records().values()
    world.edit_account(account["id"], phone="3")
    before = Pair.objects.get()
    flow = FLOWS["customer"]
    rules = flow.rules(flow.complete(before.flows["customer"]))
    save_settings(world, conflict="ask")
    assert reconcile.chunk(before, rules).seen == 0
    assert Link.objects.get().dirty
    world.pair.refresh_from_db()
    world.come_to_rest()
    assert Link.objects.get().state == "conflict"


def test_the_next_cycle_goes_by_the_new_settings(world):
    world.create_account("Acme", phone="1", fax="1")
    world.come_to_rest()
    save_settings(world, direction="to_quickbooks")
    world.pair.refresh_from_db()
    world.file.edit_customer(world.file.find("Acme")["ListID"], Phone="2")
    world.come_to_rest()
    (account,) = world.salesforce_records().values()
    assert account["phone"] == "1"


def test_a_problem_with_a_settings_file_never_prints_a_secret(db):
    secret = 1234567890
    text = f'[salesforce.acme]\nclient_secret = {secret}\n[desktop.acme]\nusername = "u"\npassword = {secret}\n'
    with pytest.raises(Exception, match="client_secret") as problem:
        configure(text)
    assert str(secret) not in str(problem.value)
