"""A line whose item becomes a product only later gets that product then, though the document has not changed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_lines_get_the_products_that_are_made_or_linked_later(world):
    made = world.service("Later", "5.00")
    linked = world.service("Also later", "6.00")
    world.invoice(*({"ItemRef": name, "Quantity": 1} for name in ("Consulting", "Later", "Also later")))
    for item in (made, linked):
        world.file.edit("ItemService", item, IsActive="false")
    world.rest()
    first, *others = world.lines("1001")
    assert first["QB_Product__c"] == world.products()["Consulting"]["Id"]
    assert [line["QB_Product__c"] for line in others] == [None, None]
    world.file.edit("ItemService", made, IsActive="true")
    world.salesforce.insert("Product2", Name="Also later", IsActive=True)
    world.rest()
    products = world.products()
    names = ("Consulting", "Later", "Also later")
    assert [line["QB_Product__c"] for line in world.lines("1001")] == [products[name]["Id"] for name in names]
    assert world.states() == {"1001": "in_step"}
