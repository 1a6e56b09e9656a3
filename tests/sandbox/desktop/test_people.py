"""What people do in QuickBooks, and what tests see of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from project.sandbox.desktop import CompanyFile, Fault, Settings
from project.sandbox.desktop.lists import KINDS
from project.sandbox.desktop.settings import Product, Quirks

from .support import company, customer_mod, named, one, rets, status


def test_people_add_and_edit_with_plain_values_in_any_order():
    file = company()
    list_id = file.add_customer(
        Phone="1",
        Name="Acme",
        CreditLimit=Decimal("10"),
        IsActive=True,
        BillAddress={"City": "Rome"},
        TermsRef="Net 30",
        JobStartDate=date(2026, 2, 3),
    )
    shown = file.customer(list_id)
    assert shown["CreditLimit"] == Decimal("10.00")
    assert shown["IsActive"] is True
    assert shown["Sublevel"] == 0
    assert shown["JobStartDate"] == date(2026, 2, 3)
    assert shown["TermsRef"]["FullName"] == "Net 30"
    file.edit_customer(list_id, Phone=None, CreditLimit="", BillAddress={"Addr1": "x"}, TermsRef=None)
    shown = file.customer(list_id)
    assert not {"Phone", "CreditLimit", "TermsRef"} & set(shown)
    assert shown["BillAddress"] == {"Addr1": "x", "City": "Rome"}


def test_people_are_bound_by_the_same_rules():
    file = company()
    file.add_customer(Name="Acme")
    for fields in ({"Name": "ACME"}, {"Name": "x" * 42}, {"Name": "A:B"}, {"Name": "B", "TermsRef": "Never"}):
        with pytest.raises(Fault):
            file.add_customer(**fields)
    assert len(file.customers()) == 1


def test_a_field_that_does_not_exist_is_the_callers_mistake():
    with pytest.raises(ValueError, match="no field 'Colour'"):
        company().add_customer(Name="A", Colour="red")


def test_a_list_without_a_window_is_the_callers_mistake():
    with pytest.raises(ValueError, match="no window to write a Template"):
        company().add("Template", Name="A")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_list_can_be_looked_at(kind):
    file = company(settings=Settings(multi_currency=True))
    for each in file.elements(kind):
        assert file.element(kind, each["ListID"]) == each


def test_what_people_change_is_stale_for_applications():
    file = company()
    list_id = file.add_customer(Name="A")
    read = rets(one(file, named("A")))[0]
    file.edit_customer(list_id, Phone="2")
    assert status(one(file, customer_mod(read, "<Phone>3</Phone>"))) == 3200


def test_people_may_edit_what_they_have_open_themselves():
    file = company()
    list_id = file.add_customer(Name="A")
    file.lock(list_id)
    file.edit_customer(list_id, Phone="2")
    assert file.customer(list_id)["Phone"] == "2"


def test_lists_are_returned_in_order_with_the_inactive_ones():
    file = company()
    for name in ("b", "A", "C"):
        file.add_customer(Name=name)
    file.make_inactive(file.find("b")["ListID"])
    assert [(each["Name"], each["IsActive"]) for each in file.customers()] == [("A", True), ("b", False), ("C", True)]
    assert file.find("nobody") is None


def test_custom_fields_are_seen_by_people():
    file = company()
    file.define_custom_field("Route")
    list_id = file.add_customer(Name="A")
    body = (
        "<DataExtModRq><DataExtMod><OwnerID>0</OwnerID><DataExtName>Route</DataExtName><ListDataExtType>Customer"
        "</ListDataExtType><ListObjRef><FullName>A</FullName></ListObjRef><DataExtValue>North</DataExtValue></DataExtMod>"
        "</DataExtModRq>"
    )
    assert status(one(file, body)) == 0
    assert file.customer(list_id)["DataExtRet"][0]["DataExtValue"] == "North"


def test_new_customers_are_taxed_by_default_where_sales_tax_is_on():
    on = company()
    assert "SalesTaxCodeRef" in on.customer(add_to(on))
    off = company(settings=Settings(sales_tax=False))
    assert "SalesTaxCodeRef" not in off.customer(add_to(off))


def add_to(file: CompanyFile) -> str:
    return file.add_customer(Name="A")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Product(edition="Mac"),
        lambda: Product(country="FR"),
        lambda: Product(year=1999),
        lambda: Quirks(unknown_set_status=1),
        lambda: Quirks(addresses_in_mods="ignore"),
        lambda: company(quirks=Quirks(offsets="none")),
    ],
)
def test_settings_that_make_no_sense_are_refused(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize(
    ("edition", "name"),
    [
        ("Pro", "QuickBooks Desktop Pro 2024"),
        ("Premier", "QuickBooks Desktop Premier 2024"),
        ("Enterprise", "QuickBooks Desktop Enterprise 24.0"),
    ],
)
def test_the_edition_is_told_by_the_products_name(edition, name):
    assert company(edition=edition).product.name == name


def test_a_canadian_file_knows_what_an_american_one_does_not():
    file = company(country="CA")
    list_id = file.add_customer(Name="A", SalesTaxCountry="Canada")
    assert file.customer(list_id)["SalesTaxCountry"] == "Canada"
    assert "ItemSalesTaxRef" not in file.customer(list_id)
