"""Edits of accounts and customers, and how each must have arrived when everything is at rest again."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from project.sandbox import example
from project.sandbox.page import check
from project.sandbox.page.edit import Edit
from project.sandbox.page.world import World
from syncapp.models import Link

View = dict[str, Any]


# What the edits are made with ----------------------------------------------------------


def _link(world: World, name: str) -> Link:
    cases = [case for case in example.cases(world.seed) if name in (case.name, case.customer_name)]
    ids = (world.accounts.ids.get(cases[0].key), world.customers.ids.get(cases[0].key))
    return check.links_of(world, *ids)[0]


def _both(world: World, link_id: int) -> tuple[View, View] | None:
    link = Link.objects.get(pk=link_id)
    account = world.desk.accounts().get(link.salesforce_id or "")
    customer = world.desk.customers().get(link.quickbooks_id or "")
    return (account, customer) if account and customer else None


def _says(world: World, link_id: int, **wanted: Any) -> str:
    """Whether both sides hold these values, and are otherwise equal."""
    views = _both(world, link_id)
    if views is None:
        return "one of the two records is missing"
    for side, view in zip(("Salesforce", "QuickBooks"), views, strict=True):
        for name, value in wanted.items():
            if view[name] != value:
                return f"{side} has {name} “{view[name]}” instead of “{value}”"
    return " ".join(check.differences(*views, frozenset()))


def _edit(world: World, side: str, record_id: str | None, **values: Any) -> None:
    world.desk.do(side, "edit", record_id or "", values)


# The edits ----------------------------------------------------------------------------


def _phone_in_salesforce(world: World) -> Edit:
    link = _link(world, "Bluebird Landscaping")
    _edit(world, "salesforce", link.salesforce_id, phone="650-555-9001")
    return Edit(
        "Bluebird Landscaping gets another phone in Salesforce",
        lambda: _says(world, link.pk, phone="650-555-9001"),
    )


def _address_in_quickbooks(world: World) -> Edit:
    link = _link(world, "Cascade Dental Group")
    _edit(world, "quickbooks", link.quickbooks_id, street="12 New Street\nSuite 300", city="Boulder", terms="Net 30")
    wanted = {"street": "12 New Street\nSuite 300", "city": "Boulder", "terms": "Net 30"}
    return Edit("Cascade Dental Group moves, and gets terms, in QuickBooks", lambda: _says(world, link.pk, **wanted))


def _different_fields_on_both(world: World) -> Edit:
    link = _link(world, "Delta Freight Lines")
    _edit(world, "salesforce", link.salesforce_id, email="dispatch@delta-freight-lines.example")
    _edit(world, "quickbooks", link.quickbooks_id, fax="503-555-9002")
    wanted = {"email": "dispatch@delta-freight-lines.example", "fax": "503-555-9002"}
    return Edit(
        "Delta Freight Lines changes on both sides, in different fields", lambda: _says(world, link.pk, **wanted)
    )


def _same_field_on_both(world: World) -> Edit:
    link = _link(world, "Elm Street Veterinary")
    _edit(world, "salesforce", link.salesforce_id, phone="303-555-9003")
    _edit(world, "quickbooks", link.quickbooks_id, phone="303-555-9004")
    return Edit(
        "Elm Street Veterinary gets two different phones: QuickBooks holds",
        lambda: _says(world, link.pk, phone="303-555-9004"),
    )


def _renamed(world: World) -> Edit:
    link = _link(world, "Copper Kettle Brewing")
    _edit(world, "quickbooks", link.quickbooks_id, name="Copper Kettle Brewing Company")
    return Edit(
        "Copper Kettle Brewing is renamed in QuickBooks",
        lambda: _says(world, link.pk, name="Copper Kettle Brewing Company"),
    )


def _inactive(world: World) -> Edit:
    link = _link(world, "Driftwood Furniture")
    _edit(world, "quickbooks", link.quickbooks_id, active=False)
    return Edit("Driftwood Furniture becomes inactive in QuickBooks", lambda: _says(world, link.pk, active=False))


def _won(world: World) -> Edit:
    link = _link(world, "Yellowstone Outfitters")
    world.desk.do("salesforce", "win", link.salesforce_id or "", {})
    return Edit(
        "Yellowstone Outfitters' opportunity is won: it becomes a customer",
        lambda: _says(world, link.pk, name="Yellowstone Outfitters"),
    )


def _new_account(world: World) -> Edit:
    name = "Beacon Hill Interiors"
    values = {"name": name, "phone": "617-555-9005", "last": "Shaw", "first": "Ida", "won": True}
    record_id = world.desk.do("salesforce", "add", "", values)
    wanted = {"name": name, "phone": "617-555-9005", "last": "Shaw"}
    return Edit(f"{name} is new in Salesforce, and won", lambda: _says_new(world, wanted, salesforce_id=record_id))


def _new_customer(world: World) -> Edit:
    name = "Cobblestone Pottery"
    record_id = world.desk.do("quickbooks", "add", "", {"name": name, "phone": "912-555-9006", "terms": "Net 15"})
    wanted = {"name": name, "phone": "912-555-9006", "terms": "Net 15"}
    return Edit(f"{name} is new in QuickBooks", lambda: _says_new(world, wanted, quickbooks_id=record_id))


def _says_new(world: World, wanted: dict[str, Any], **record: str) -> str:
    link = Link.objects.filter(pair=world.pair, **record).first()
    return _says(world, link.pk, **wanted) if link is not None else "nothing has seen it"


def _deleted(world: World) -> Edit:
    """An Account without a won opportunity, since Salesforce keeps the others."""
    link = _link(world, "Highland Dairy")
    world.desk.do("salesforce", "delete", link.salesforce_id or "", {})

    def problem() -> str:
        now = Link.objects.get(pk=link.pk)
        told = now.state == "gone" and "Deleted in Salesforce" in now.reason
        kept = (link.quickbooks_id or "") in world.desk.customers()
        return "" if told and kept else f"it is “{now.state}” ({now.reason}), customer kept: {kept}"

    return Edit("Highland Dairy is deleted in Salesforce: the customer stays, and a person is told", problem)


def _decided(world: World) -> Edit:
    """On the record's page in the admin, as a person does it."""
    link = _link(world, example.ASKED)
    account = world.desk.accounts()[link.salesforce_id or ""]
    person = Client(SERVER_NAME="localhost")
    person.force_login(get_user_model().objects.get())
    address = reverse("admin:syncapp_link_holds_salesforce", args=[link.pk])
    person.post(address, {"_form_submitted": "True", "reason": "Asked them on the phone."})
    return Edit(
        f"A person decides in the admin that Salesforce holds for {example.ASKED}'s fax",
        lambda: _says(world, link.pk, fax=account["fax"]),
    )


def _further(world: World) -> Edit:
    link = _link(world, example.FURTHER[0])
    customer = world.file.customer(link.quickbooks_id or "")
    row = next(each for each in customer["ContactsRet"] if each["FirstName"] == example.FURTHER[1])
    same = {name: row[name] for name in ("ListID", "EditSequence", "FirstName")}
    world.file.edit_customer(customer["ListID"], ContactsMod=[{**same, "LastName": "Stone-Reed"}])

    def problem() -> str:
        account = world.desk.accounts()[link.salesforce_id or ""]
        return "" if account["others"] == "Mia Stone-Reed" else f"Salesforce has “{account['others']}”"

    return Edit("A further contact of Evergreen Nursery marries in QuickBooks: so in Salesforce", problem)


EDITS = (
    *(_phone_in_salesforce, _address_in_quickbooks, _different_fields_on_both, _same_field_on_both, _renamed),
    *(_inactive, _won, _new_account, _new_customer, _deleted, _decided, _further),
)
