"""Items in Salesforce: a Product2 and its entry in the standard price book are one record; quantities are its fields.

Rules    1 A product that the sync creates gets its standard price in the same call; one that is linked without a price
           gets the item's with the first write of one. Without it nobody could sell the product.
         2 An entry's own IsActive is left alone: whether a product is sold is said by the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.fields import (
    EXTERNAL_ID,
    Spelling,
    external_id,
    own_id,
    same,
)
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.parts import PartPlan
from syncapp.connectors.salesforce.product_fields import (
    ENTRY_COLUMNS,
    PRODUCT,
    PRODUCT_COLUMNS,
    QUANTITIES,
    STOCK_COLUMNS,
)
from syncapp.connectors.salesforce.reading import Query, Reader, Seen
from syncapp.connectors.salesforce.settings import kind_settings
from syncapp.connectors.salesforce.soql import quote
from syncapp.records import Operation, Value

NOT_ASKED_FOR = "Products lead to no new items, as the settings say."


class _Products(Reader):
    """What both kinds share: the object, and how our fields are spelt in it."""

    main = "Product2"
    noun = "product"
    spellings: Mapping[str, Spelling]

    def _row(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Neutral values as the product takes them."""
        known = {name: each for name, each in self.spellings.items() if name in values}
        row = {each.name: each.write(values[name]) for name, each in known.items()}
        if values.get("quickbooks_id"):
            row[EXTERNAL_ID] = external_id(self.company_key, str(values["quickbooks_id"]))
        return row

    def _fields(self, main: Row) -> dict[str, Value]:
        fields = {name: each.read(main.get(each.name)) for name, each in self.spellings.items()}
        return {**fields, "quickbooks_id": own_id(main, self.company_key)}

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        main = {name: value for name, value in values.items() if name in self.spellings}
        return main, {name: value for name, value in values.items() if name not in main}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        return self._row({name: value for name, value in asked.items() if not same(value, before.fields[name])})

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        main, _ = self.split(operation.values)
        row = {name: value for name, value in self._row(main).items() if value not in (None, "")}
        return {**row, EXTERNAL_ID: external_id(self.company_key, operation.counterpart_id)}


class Products(_Products):
    kind = "item"
    part = "PricebookEntry"
    to_main, relation = "Product2Id", "Product2"
    neutral = {each.name: name for name, each in PRODUCT.items()}
    spellings = PRODUCT
    part_columns = ENTRY_COLUMNS

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        settings = kind_settings(given, {*PRODUCT, "price"})
        self.creates = bool(given.get("create_items", False))
        # Nobody need be asked which products meet the condition where none leads to an item.
        super().__init__(gateway, company_key, settings if self.creates else replace(settings, wanted="", condition=""))
        self._standard_book = ""

    @property
    def main_columns(self) -> str:
        return ", ".join(PRODUCT_COLUMNS)

    def parts_where(self, condition: str) -> Query:
        return super().parts_where(f"{condition} AND Pricebook2.IsStandard = true")

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        entry = min(parts, key=lambda row: str(row["Id"]), default=None)
        price = Decimal(str(entry["UnitPrice"])) if entry and entry["UnitPrice"] is not None else None
        why = self.linked_elsewhere(main) or ("" if self.creates else NOT_ASKED_FOR)
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=entry,
            fields={**self._fields(main), "price": price},
            company_key=self.company_key,
            meets=meets,
            why_unwanted=why or ("" if meets else self.settings.why_unwanted),
        )

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        return {"IsActive": True, **super().insert_row(operation)}

    def plan_part(self, operation: Operation, asked: Mapping[str, Value], before: Seen | None) -> PartPlan:
        entry = before.part if before else None
        price = asked.get("price") or Decimal(0)
        if entry is None:
            if before is not None and asked.get("price") is None:
                # Somebody deleted it, or there never was one: a price of nothing would count as the product's own.
                return PartPlan(carried=tuple(asked))
            book = self._book()
            insert = {"Pricebook2Id": book, "UnitPrice": price, "IsActive": True}
            return PartPlan(insert=insert, carried=tuple(asked))
        if "price" not in asked or Decimal(str(entry["UnitPrice"])) == price:
            return PartPlan(carried=tuple(asked))
        return PartPlan(update={"id": entry["Id"], "UnitPrice": price}, carried=tuple(asked))

    def _book(self) -> str:
        """The standard price book's id; an org has exactly one."""
        if not self._standard_book:
            rows = [
                row for page in self.gateway.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true") for row in page
            ]
            if not rows:
                raise ConnectorError(
                    f"Salesforce org “{self.gateway.org.key}” shows no standard price book.",
                    remedy="Let the sync's user read price books (its profile, or the permission set).",
                    retry_seconds=None,
                )
            self._standard_book = str(rows[0]["Id"])
        return self._standard_book

    def asks_for_part(self, operation: Operation) -> bool:
        return True

    def part_is_there(self, after: Seen, insert: Mapping[str, Any]) -> bool:
        return bool(after.parts)


class Quantities(_Products):
    """The same products, as far as they show quantities: those that are tied to an item of this company."""

    kind = "stock"
    neutral = {each.name: name for name, each in QUANTITIES.items()}
    spellings = QUANTITIES

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        super().__init__(gateway, company_key, kind_settings(given, set(QUANTITIES)))

    @property
    def main_columns(self) -> str:
        return ", ".join(STOCK_COLUMNS)

    def only(self, condition: str) -> str:
        return f"({condition}) AND {EXTERNAL_ID} LIKE {quote(self.company_key + ':%')}"

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        why = self.linked_elsewhere(main) or "Its item has no quantities."
        fields = {**self._fields(main), "name": main["Name"]}
        return Seen(self.kind, main, parts, None, fields, self.company_key, why_unwanted=why, matches=False)
