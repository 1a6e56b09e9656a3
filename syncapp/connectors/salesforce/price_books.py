"""Price books that follow price levels: a Pricebook2 and its active entries are one record, QuickBooks's own.

Words    home   the org's own currency, where it has several; a level without a currency is in it
Rules    1 Of a book's entries those count that are active, in the book's currency, and of products that are tied to
           items of this company: what else somebody sells by the book is left alone.
         2 The standard price book is none of these; its entries are written with the products (products.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncapp.connectors.salesforce.fields import EXTERNAL_ID, external_id, own_id, read_number, same
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.price_books_writing import CURRENCY, PriceBookWriter
from syncapp.connectors.salesforce.product_fields import BOOK_COLUMNS, BOOK_ENTRY_COLUMNS, PRICE_BOOK
from syncapp.connectors.salesforce.reading import PART, Query, Reader, Seen
from syncapp.connectors.salesforce.settings import KindSettings, pace
from syncapp.connectors.salesforce.soql import like, quote
from syncapp.records import Operation, Value

FROM_QUICKBOOKS = "Only price levels of QuickBooks lead to price books."


class PriceBooks(Reader):
    kind = "price_level"
    main, part = "Pricebook2", "PricebookEntry"
    to_main, relation = "Pricebook2Id", "Pricebook2"
    noun = "price book"
    neutral = {each.name: name for name, each in PRICE_BOOK.items()}

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        super().__init__(gateway, company_key, KindSettings(why_unwanted=FROM_QUICKBOOKS, **pace(given)))
        self._home = ""

    def writer(self) -> PriceBookWriter:
        return PriceBookWriter(self.gateway, self)

    # Reading

    @property
    def main_columns(self) -> str:
        return ", ".join(BOOK_COLUMNS)

    def only(self, condition: str) -> str:
        return f"({condition}) AND IsStandard = false"

    def parts_where(self, condition: str) -> Query:
        ours = f"{self.relation}.{EXTERNAL_ID} LIKE {quote(like(self.company_key))}"
        return Query(PART, self.entries_where(f"{condition} AND {ours} AND {self.relation}.IsStandard = false"))

    def entries_where(self, condition: str) -> str:
        """What asks for entries, with what tells whose product each one is."""
        columns = [*BOOK_ENTRY_COLUMNS, f"Product2.{EXTERNAL_ID}", *([CURRENCY] if self.currencies else [])]
        return f"SELECT {', '.join(columns)} FROM {self.part} WHERE {condition}"

    @property
    def currencies(self) -> bool:
        """Whether the org has several."""
        [known] = self.gateway.describe(self.part)
        return CURRENCY in known

    @property
    def home(self) -> str:
        if not self._home and self.currencies:
            rows = [r for page in self.gateway.query("SELECT IsoCode, IsCorporate FROM CurrencyType") for r in page]
            self._home = next((str(row["IsoCode"]) for row in rows if row["IsCorporate"]), "")
        return self._home

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        fields = {name: each.read(main.get(each.name)) for name, each in PRICE_BOOK.items()}
        wanted = str(fields["currency"] or self.home)
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=None,
            fields={**fields, "quickbooks_id": own_id(main, self.company_key), "prices": self.prices(parts, wanted)},
            company_key=self.company_key,
            meets=meets,
            why_unwanted=self.linked_elsewhere(main) or FROM_QUICKBOOKS,
        )

    def prices(self, entries: Sequence[Row], currency: str) -> Value:
        """The rows that these entries stand for, in the order of the items' ids."""
        counted = {item: row for row in entries if (item := self.item_of(row)) and self._counts(row, currency)}
        return (
            tuple(
                {"product": str(counted[item]["Product2Id"]), "price": read_number(counted[item]["UnitPrice"])}
                for item in sorted(counted)
            )
            or None
        )

    def item_of(self, entry: Row) -> str:
        """The id of the item that the entry's product is tied to, where that is one of this company's."""
        return own_id(entry.get("Product2") or {}, self.company_key) or ""

    def _counts(self, entry: Row, currency: str) -> bool:
        return bool(entry["IsActive"]) and (not self.currencies or entry[CURRENCY] == currency)

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        main = {name: value for name, value in values.items() if name in PRICE_BOOK}
        return main, {name: value for name, value in values.items() if name == "prices"}

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        main, _ = self.split(operation.values)
        row = {PRICE_BOOK[name].name: value for name, value in main.items() if value not in (None, "")}
        return {"IsActive": True, **row, EXTERNAL_ID: external_id(self.company_key, operation.counterpart_id)}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        different = {name: value for name, value in asked.items() if not same(value, before.fields[name])}
        row = {PRICE_BOOK[name].name: value for name, value in different.items()}
        if row.get(EXTERNAL_ID):
            row[EXTERNAL_ID] = external_id(self.company_key, str(different["quickbooks_id"]))
        return row
