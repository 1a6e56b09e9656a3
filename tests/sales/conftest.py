"""A world without chance in which customers, items and sales are kept in step."""

from __future__ import annotations

import pytest

from syncapp.models import Link
from tests.items.conftest import ItemWorld
from tests.world.conftest import _one_connection
from tests.world.stock import copy_of

__all__ = ["_one_connection"]

LONG_AGO = "2020-01-01T00:00:00+00:00"


class SalesWorld(ItemWorld):
    """``winner`` is QuickBooks. “Setup” and “Cable” are items, and products once all has come to rest."""

    def __init__(self, *, sale=None, **options):
        super().__init__(**{"edition": "Enterprise", **options})
        self.sales(**(sale or {}))
        self.service("Setup", "75.00")
        self.service("Cable", "3.50")

    def sales(self, **settings):
        given = {"conflict": self.winner.value, "started": LONG_AGO, **settings}
        customer = {"near_matches": "ignore", "conflict": self.winner.value}
        self.flows(customer=customer, item={}, sale=given)

    # People in Salesforce

    def account(self, name="ACME"):
        found = [row["Id"] for row in self.salesforce.records("Account") if row["Name"] == name]
        return found[0] if found else self.salesforce.insert("Account", Name=name)

    def product(self, name):
        return self.products()[name]["Id"]

    def standard_book(self):
        return next(row["Id"] for row in self.salesforce.records("Pricebook2") if row["IsStandard"])

    def opportunity(self, *lines, name="Deal", stage="Closed Won", account="ACME", **fields):
        """``lines`` are (product, quantity, price) and what else a line has."""
        record_id = self.salesforce.insert(
            "Opportunity",
            Name=name,
            AccountId=self.account(account) if account else None,
            StageName="Prospecting",
            CloseDate="2026-02-03",
            Pricebook2Id=self.standard_book(),
            **fields,
        )
        for place, (product, quantity, price, *more) in enumerate(lines, 1):
            self.line(record_id, product, quantity, price, SortOrder=place, **(more[0] if more else {}))
        self.salesforce.update(record_id, StageName=stage)
        return record_id

    def line(self, opportunity, product, quantity, price, **fields):
        return self.salesforce.insert(
            "OpportunityLineItem",
            OpportunityId=opportunity,
            Product2Id=self.product(product),
            Quantity=quantity,
            UnitPrice=price,
            **fields,
        )

    def deal(self, record_id):
        return next(row for row in self.salesforce.records("Opportunity") if row["Id"] == record_id)

    def deal_lines(self, record_id):
        """The products of an opportunity as people see them: name, quantity, total."""
        names = {row["Id"]: row["Name"] for row in self.salesforce.records("Product2")}
        rows = [row for row in self.salesforce.records("OpportunityLineItem") if row["OpportunityId"] == record_id]
        rows.sort(key=lambda row: (row.get("SortOrder") is None, row.get("SortOrder") or 0, row["Id"]))
        return [(names[row["Product2Id"]], float(row["Quantity"]), float(row["TotalPrice"])) for row in rows]

    # QuickBooks

    def documents(self, kind="Invoice"):
        return self.file.txns_of(kind)

    def document(self, kind="Invoice"):
        [found] = self.documents(kind)
        return found

    def document_lines(self, kind="Invoice"):
        found = self.document(kind).get(f"{kind}LineRet") or []
        return [(line["ItemRef"]["FullName"], line.get("Quantity"), line["Amount"]) for line in found]

    def sale(self, name="Deal"):
        return Link.objects.get(kind="sale", name=name)

    def sales_links(self):
        return Link.objects.filter(kind="sale").order_by("id")

    def sale_states(self):
        return {link.name: (link.state, link.reason) for link in self.sales_links()}


def with_products():
    """The world once its items are products."""
    world = SalesWorld()
    world.rest()
    return world


@pytest.fixture
def world(db):
    with copy_of(SalesWorld) as world:
        yield world


@pytest.fixture
def stocked(db):
    with copy_of(with_products) as world:
        yield world
