"""A world in which items and price levels are kept, and nothing else."""

from __future__ import annotations

from syncapp.models import Link
from tests.items.conftest import ItemWorld


class LevelWorld(ItemWorld):
    def __init__(self, **options):
        super().__init__(**options)
        for each in self.file.elements("PriceLevel"):  # those that every company has
            self.file.delete("PriceLevel", each["ListID"])
        self.levels()

    def rest(self):
        """To rest, and then nothing more."""
        self.come_to_rest()
        before = self.amount_of_work()
        self.cycle()
        self.poll()
        assert self.amount_of_work() == before, "it does not come to rest"

    def levels(self, **settings):
        self.flows(item={}, price_level=settings)

    def percentage(self, name, percent, **more):
        return self.file.add("PriceLevel", Name=name, PriceLevelFixedPercentage=percent, **more)

    def of_items(self, name, prices, **more):
        return self.file.add("PriceLevel", Name=name, PriceLevelPerItem=rows(prices), **more)

    def books(self):
        """Each further price book as people see it: its active prices by product, or None where it is inactive."""
        names = {row["Id"]: row["Name"] for row in self.salesforce.records("Product2")}
        found = {}
        for book in self.salesforce.records("Pricebook2"):
            if not book["IsStandard"]:
                own = [e for e in self.salesforce.records("PricebookEntry") if e["Pricebook2Id"] == book["Id"]]
                active = {names[e["Product2Id"]]: float(e["UnitPrice"]) for e in own if e["IsActive"]}
                found[book["Name"]] = active if book["IsActive"] else None
        return found

    def book_entry(self, book, product):
        book_id, product_id = self.book_id(book), self.products()[product]["Id"]
        [found] = [
            row
            for row in self.salesforce.records("PricebookEntry")
            if (row["Pricebook2Id"], row["Product2Id"]) == (book_id, product_id)
        ]
        return found

    def book_id(self, name):
        [found] = [row["Id"] for row in self.salesforce.records("Pricebook2") if row["Name"] == name]
        return found

    def level(self, name):
        return Link.objects.get(kind="price_level", name=name)


def rows(prices):
    return [{"ItemRef": {"ListID": item}, "CustomPrice": price} for item, price in prices.items()]
