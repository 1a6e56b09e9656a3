"""Names and texts as people write them, to QuickBooks and back."""

from __future__ import annotations

import pytest

from syncapp.models import Link
from tests.world.world import TABLES

pytestmark = pytest.mark.django_db

TAKEN = ("x" * 255, "a:b:c", "...", "Acme", "ACME", "Of a vendor", "щ" * 41, "ctl\x07name", "line\r\nbreak", "-", ":")
TAKEN += (
    "A & B <C> \"D\" 'E'",
    "é" * 41,
    "Tab\tname",
    "Z\u0301\u0302algo",
    "Emoji \U0001f600 Ltd",
    "a\u00a0b",
    "„quotes“",
)
NOT_TAKEN = ("\U0001f600", "شركة الاختبار", "東京株式会社")


def test_every_name_is_made_to_fit_or_refused_with_a_reason(world):
    world.file.add("Vendor", Name="Of a vendor")
    for name in (*TAKEN, *NOT_TAKEN):
        world.salesforce.insert("Account", Name=name)
    before = sorted(a["Name"] for a in world.salesforce.records("Account"))
    world.rest()
    assert sorted(a["Name"] for a in world.salesforce.records("Account")) == before
    assert len(world.file.customers()) == len(TAKEN)
    refused = Link.objects.exclude(state="in_step")
    assert sorted(refused.values_list("name", flat=True)) == sorted(NOT_TAKEN)
    assert all("no characters" in reason for reason in refused.values_list("reason", flat=True))


def test_a_name_that_grows_when_it_is_spelt_is_made_to_fit_and_its_account_keeps_it(world):
    world.salesforce.insert("Account", Name="Щ" * 20, Phone="1")
    world.rest()
    [customer] = world.file.customers()
    assert (len(customer["Name"]), customer["Name"][:10]) == (41, "ShchShchSh")
    world.file.edit_customer(customer["ListID"], Phone="2")
    world.rest()
    assert world.account("Щ" * 20)["Phone"] == "2"


def test_when_all_is_forgotten_the_accounts_keep_their_own_spelling(world):
    world.salesforce.insert("Account", Name="Щукин", BillingStreet="Łódzka 1", BillingCity="Łódź")
    world.rest()
    for model in TABLES[:-2]:
        model.objects.all().delete()
    world.rest()
    account = world.account("Щукин")
    assert (account["BillingStreet"], account["BillingCity"]) == ("Łódzka 1", "Łódź")
    assert [c["Name"] for c in world.file.customers()] == ["Shchukin"]
    assert list(Link.objects.values_list("state", flat=True)) == ["in_step"]


def test_addresses_that_are_too_long_are_refused_alone(world):
    world.salesforce.insert(
        "Account", Name="Six lines", BillingStreet="1\n2\n3\n4\n5\n6", BillingCity="City", Phone="1"
    )
    world.salesforce.insert("Account", Name="Gaps", BillingStreet="1\n\n\n2", BillingCity="City")
    five = {f"Addr{n}": str(n) for n in range(1, 6)}
    world.file.add_customer(Name="Five lines", BillAddress=five)
    world.file.add_customer(Name="Long mail", Email=f"{'a' * 80}@example.com", LastName="Person", Phone="2")
    world.rest()
    assert (world.customer("Six lines")["BillAddress"], world.customer("Six lines")["Phone"]) == ({"City": "City"}, "1")
    assert world.customer("Gaps")["BillAddress"] == {"Addr1": "1", "Addr2": "2", "City": "City"}
    assert world.account("Five lines")["BillingStreet"].split() == list("12345")
    assert world.account("Long mail")["Phone"] == "2"
    assert world.states() == {
        "Six lines": "refused",
        "Gaps": "in_step",
        "Five lines": "in_step",
        "Long mail": "refused",
    }
