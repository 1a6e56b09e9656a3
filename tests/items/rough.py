"""A rough world in which people keep customers and items at once, on both sides, with every fault.

Both sides may write items; products lead to new ones. What must hold at rest: every record has one link, nothing was
made twice, what is in step is equal, and whatever is not says why; quantities on products are QuickBooks's own.
"""

from __future__ import annotations

from decimal import Decimal

from syncapp.models import Link
from tests.world.rough import QUIET, RoughWorld

TYPES = ("ItemService", "ItemInventory", "ItemDiscount")


class RoughItems(RoughWorld):
    ACTIONS = (
        *RoughWorld.ACTIONS,
        *("person_adds_item", "person_adds_product", "person_edits_item", "person_edits_product") * 2,
        *("person_prices_item", "person_prices_product", "person_renames_item", "person_deletes_item") * 2,
        *("person_repeats_an_item", "person_moves_item", "person_counts_stock"),
    )

    def _set_up_pair(self):
        super()._set_up_pair()
        self.account = {"ListID": self.file.add("Account", Name="Takings", AccountType="Income")}
        self.cost = {"ListID": self.file.add("Account", Name="Cost of Goods", AccountType="CostOfGoodsSold")}
        self.stock = {"ListID": self.file.add("Account", Name="Stock", AccountType="OtherCurrentAsset")}
        item = {"on": True, "direction": "both", "create_items": True, "income_account": "Takings"}
        item |= {"conflict": self.winner.value, "near_matches": "ignore"}
        self.pair.flows = {**self.pair.flows, "item": item, "stock": {"on": True, "every_minutes": 0}}
        self.pair.save(update_fields=["flows"])

    # What there is

    def items(self):
        return [(kind, item) for kind in TYPES for item in self.file.elements(kind)]

    def an_item(self):
        return self.random.choice(self.items() or [(None, None)])

    def products(self):
        return self.salesforce.records("Product2")

    def a_product(self):
        return self.random.choice(self.products() or [None])

    def prices(self):
        standard = self.salesforce.standard_pricebook
        rows = [row for row in self.salesforce.records("PricebookEntry") if row["Pricebook2Id"] == standard]
        return {row["Product2Id"]: row for row in rows}

    def amount(self):
        return str(Decimal(self.random.randint(1, 99999)) / 100)

    # People

    def person_adds_item(self, name=""):
        name = name or self.unique("Item ")
        kind = self.random.choice(TYPES)
        if kind == "ItemService":
            more = {"SalesOrPurchase": {"Price": self.amount(), "Desc": self.unique(), "AccountRef": self.account}}
        elif kind == "ItemDiscount":
            more = {"DiscountRate": self.amount(), "AccountRef": self.account}
        else:
            accounts = {"IncomeAccountRef": self.account, "COGSAccountRef": self.cost, "AssetAccountRef": self.stock}
            more = {"SalesPrice": self.amount(), "QuantityOnHand": str(self.random.randint(1, 9)), **accounts}
        return self.attempt(self.file.add, kind, Name=name, **more)

    def person_adds_product(self, name=""):
        name = name or self.unique("Product ")
        product = self.attempt(self.salesforce.insert, "Product2", Name=name, IsActive=True, Description=self.unique())
        if self.random.random() < 0.5 and not product.startswith("refused"):
            self._price(product)
        return product

    def _price(self, product_id):
        book = self.salesforce.standard_pricebook
        known = self.prices().get(product_id)
        amount = float(self.amount())
        if known:
            return self.attempt(self.salesforce.update, known["Id"], UnitPrice=amount)
        fields = {"Product2Id": product_id, "Pricebook2Id": book, "UnitPrice": amount, "IsActive": True}
        return self.attempt(self.salesforce.insert, "PricebookEntry", **fields)

    def person_edits_item(self):
        kind, item = self.an_item()
        if item is None:
            return "nothing"
        if self.random.random() < 0.3:
            active = self.random.choice(["true", "false"])
            return self.attempt(self.file.edit, kind, item["ListID"], IsActive=active)
        text = self.random.choice([self.unique("Item text "), "two\nlines"])
        more = {
            "ItemService": {"SalesOrPurchaseMod": {"Desc": text}},
            "ItemInventory": {"SalesDesc": text},
            "ItemDiscount": {"ItemDesc": text},
        }[kind]
        return self.attempt(self.file.edit, kind, item["ListID"], **more)

    def person_prices_item(self):
        kind, item = self.an_item()
        if item is None:
            return "nothing"
        more = {
            "ItemService": {"SalesOrPurchaseMod": {"Price": self.amount()}},
            "ItemInventory": {"SalesPrice": self.amount()},
            "ItemDiscount": {"DiscountRate": self.amount()},
        }[kind]
        return self.attempt(self.file.edit, kind, item["ListID"], **more)

    def person_edits_product(self):
        product = self.a_product()
        if product is None:
            return "nothing"
        field = self.random.choice(["Description", "IsActive", "ProductCode"])
        value = self.random.random() < 0.7 if field == "IsActive" else self.unique("Product text ")
        return self.attempt(self.salesforce.update, product["Id"], **{field: value})

    def person_prices_product(self):
        product = self.a_product()
        return "nothing" if product is None else self._price(product["Id"])

    def person_renames_item(self):
        name = self.unique("Renamed ")
        if self.random.random() < 0.5 and self.products():
            return self.attempt(self.salesforce.update, self.a_product()["Id"], Name=name)
        kind, item = self.an_item()
        return "nothing" if item is None else self.attempt(self.file.edit, kind, item["ListID"], Name=name)

    def person_deletes_item(self):
        if self.random.random() < 0.5:
            return "not now"
        if self.random.random() < 0.5 and self.products():
            return self.attempt(self.salesforce.delete, self.a_product()["Id"])
        kind, item = self.an_item()
        return "nothing" if item is None else self.attempt(self.file.delete, kind, item["ListID"])

    def person_repeats_an_item(self):
        names = [product["Name"] for product in self.products()] + [item["Name"] for _, item in self.items()]
        if not names:
            return "nothing"
        name = self.random.choice(names)
        return self.person_adds_item(name) if self.random.random() < 0.5 else self.person_adds_product(name)

    def person_moves_item(self):
        some = [item for kind, item in self.items() if kind == "ItemService"]
        if len(some) < 2:
            return "nothing"
        one, other = self.random.sample(some, 2)
        return self.attempt(self.file.edit, "ItemService", one["ListID"], ParentRef={"ListID": other["ListID"]})

    def person_counts_stock(self):
        kind, item = self.an_item()
        if kind != "ItemInventory":
            return "nothing"
        line = {"ItemRef": {"ListID": item["ListID"]}, "Quantity": str(self.random.randint(1, 5))}
        buyer = self.random.choice(self.customers() or [None])
        if buyer is None:
            return "nothing"
        return self.attempt(self.file.enter, "SalesOrder", [line], CustomerRef={"ListID": buyer["ListID"]})

    # What must hold

    def check(self):
        super().check()
        products = {product["Id"]: product for product in self.products()}
        items = {item["ListID"]: (kind, item) for kind, item in self.items()}
        links = list(Link.objects.filter(kind="item"))
        for side, alive in (("salesforce_id", products), ("quickbooks_id", items)):
            linked = [getattr(link, side) for link in links if getattr(link, side) in alive]
            assert sorted(linked) == sorted(alive), f"each has one link: {side} {set(alive) ^ set(linked)}"
        guids = [item["ExternalGUID"] for _, item in items.values() if item.get("ExternalGUID")]
        assert len(guids) == len(set(guids)), "an item was created twice"
        prices = self.prices()
        for link in links:
            assert link.state in QUIET, f"{link.name} is {link.state}"
            assert link.state == "in_step" or link.reason, f"{link.name} is {link.state} and says not why"
            if link.state == "in_step":
                assert link.salesforce_id in products, f"{link.name} is in step without a product"
                kind, item = items[link.quickbooks_id]
                self.check_item(link, kind, item, products[link.salesforce_id], prices.get(link.salesforce_id))

    def check_item(self, link, kind, item, product, entry):
        holder = item.get("SalesOrPurchase") or {} if kind == "ItemService" else item
        text = holder.get({"ItemService": "Desc", "ItemInventory": "SalesDesc"}.get(kind, "ItemDesc"))
        amount = holder.get({"ItemService": "Price", "ItemInventory": "SalesPrice"}.get(kind, "DiscountRate")) or 0
        price = -Decimal(amount) if kind == "ItemDiscount" else Decimal(amount)
        pairs = [
            ("Description", (product["Description"] or "").splitlines(), (text or "").splitlines()),
            ("price", Decimal(str(entry["UnitPrice"] if entry else 0)), price),
            ("IsActive", product["IsActive"], str(item.get("IsActive", True)).lower() == "true"),
            ("QB_Id__c", product["QB_Id__c"], f"acme:{item['ListID']}"),
        ]
        if " ~" not in item["FullName"]:
            pairs.append(("Name", product["Name"], item["FullName"]))
        if kind == "ItemInventory" and not item.get("ParentRef"):
            pairs.append(("on hand", Decimal(str(product["QB_On_Hand__c"] or 0)), Decimal(item["QuantityOnHand"])))
        different = [pair for pair in pairs if pair[1] != pair[2]]
        assert not different, f"{link.name} is in step and differs: {different}"
