"""Writing the products of sales as QuickBooks has their lines: all of one sale's, or none.

Rules    1 What touches lines is written sale by sale in one graph, which Salesforce carries out whole or
           not at all; everything else goes in batches, as with other records.
         2 A new product takes its price from the sale's own price book and currency. Where there is none, the
           lines are refused, and the price is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import sales_creating
from syncapp.connectors.salesforce.change import Change
from syncapp.connectors.salesforce.errors import Lost, Refused
from syncapp.connectors.salesforce.gateway import Part, plain
from syncapp.connectors.salesforce.reading import MAIN
from syncapp.connectors.salesforce.sales_creating import ADD_A_PRICE, NoPrice, create_opportunities, problem_in
from syncapp.connectors.salesforce.sales_fields import NoSuchPrice, line_row
from syncapp.connectors.salesforce.soql import quote, quote_all
from syncapp.connectors.salesforce.writing import Writer
from syncapp.mapping.document_rows import rows_of
from syncapp.records import Operation, Rejected, Unknown

if TYPE_CHECKING:
    from syncapp.connectors.salesforce.sales import Sales

CHANGE_SOME = "Change part of them in Salesforce by hand as QuickBooks has them, and have it tried again."
SAY_IT_OTHERWISE = (
    "Split the line in QuickBooks so that each part has a price in cents, or correct quantity and price in Salesforce."
)


class SalesWriter(Writer):
    reader: Sales

    @property
    def by_jobs(self) -> bool:
        """An opportunity is made with all of its products, or not at all."""
        return False

    def _create_all(self, operations: Sequence[Operation]) -> None:
        create_opportunities(self, operations)

    def _write_updates(self, changes: Sequence[Change]) -> None:
        with_lines = [change for change in changes if self._writes_lines(change)]
        super()._write_updates([change for change in changes if change not in with_lines])
        for change in with_lines:
            self._write_whole(change)

    @staticmethod
    def _writes_lines(change: Change) -> bool:
        return "lines" in change.operation.values and "lines" not in change.plan.refused

    def _write_whole(self, change: Change) -> None:
        try:
            parts = self._parts(change)
        except NoSuchPrice as problem:
            self.outcomes[change.operation.id] = Rejected(
                str(problem), code="NO_SUCH_PRICE", remedy=SAY_IT_OTHERWISE, fields=("lines",)
            )
            return
        except NoPrice as problem:
            remedy = ADD_A_PRICE.format(noun=self.reader.noun)
            self.outcomes[change.operation.id] = Rejected(
                str(problem), code="NO_PRICE", remedy=remedy, fields=("lines",)
            )
            return
        if len(parts) > sales_creating.PARTS_MAX:
            most = sales_creating.PARTS_MAX
            message = f"It needs {len(parts)} changes to its products, and Salesforce takes {most} at once"
            self.outcomes[change.operation.id] = Rejected(
                message, code="TOO_MANY_LINES", remedy=CHANGE_SOME, fields=("lines",)
            )
            return
        if parts and not self._send_graph(change, parts):
            return
        self._read_again(change)

    def _send_graph(self, change: Change, parts: Sequence[Part]) -> bool:
        """Whether an answer came; what it complains of is noted on the change."""
        try:
            answers = self.gateway.at_once(parts)
        except Lost as error:
            self.sent = True
            self.outcomes[change.operation.id] = Unknown(error.message)
            return False
        except ConnectorError as error:
            if not self.sent and not isinstance(error, Refused):
                raise
            self.outcomes[change.operation.id] = change.not_sent(error)
            return False
        self.sent = True
        change.note(MAIN, problem_in(answers, len(parts)))
        return True

    def _read_again(self, change: Change) -> None:
        queries = self._updated_queries([change])
        try:
            rows = self.reader.ask(queries)
        except ConnectorError:
            self.outcomes[change.operation.id] = Unknown("It was written, but could not be read back.")
            return
        met = {change.before.id} if change.before and change.before.meets else set()
        [*found] = self.reader.gather(queries, rows, met=met)
        change.read_back, change.after = True, found[0] if found else None
        self._note([change])

    # What is sent

    def _parts(self, change: Change) -> list[Part]:
        assert change.before is not None
        parts: list[Part] = []
        if change.main_update:
            fields = {name: value for name, value in change.main_update.items() if name != "id"}
            parts.append(Part("PATCH", f"sobjects/{self.reader.main}/{change.before.id}", plain(fields), self.headers))
        now = {row["id"]: row for row in rows_of(change.before.fields.get("lines"))}
        wanted = rows_of(change.operation.values["lines"])
        kept = {row["id"] for row in wanted if row.get("id") in now}
        spelt, decimals = self.reader.source.lines, self._decimals()
        prices = self._prices(change, [row["product"] for row in wanted if row.get("id") not in now])
        parts += [Part("DELETE", f"sobjects/{spelt.name}/{gone}") for gone in now if gone not in kept]
        for row in wanted:
            before = now.get(row.get("id"))
            body = line_row(row, before, spelt, decimals, own=self.reader.line_fields)
            if before is None:
                product = row["product"]
                by = {spelt.entry: prices[product]} if spelt.entry else {spelt.product: product}
                body = {name: value for name, value in body.items() if value is not None}
                parts.append(
                    Part("POST", f"sobjects/{spelt.name}", plain({**body, spelt.parent: change.before.id, **by}))
                )
            elif body:
                parts.append(Part("PATCH", f"sobjects/{spelt.name}/{row['id']}", plain(body)))
        return parts

    def _decimals(self) -> int:
        """How many of a price Salesforce keeps."""
        spelt = self.reader.source.lines
        [known] = self.gateway.describe(spelt.name)
        return int(known[spelt.price].get("scale") or 0)

    def _prices(self, change: Change, products: Sequence[str]) -> Mapping[str, str]:
        """The price book entry of each of these products; NoPrice names those that have none."""
        if not products or not self.reader.source.lines.entry:
            return {}
        assert change.before is not None
        main = change.before.main
        return self.known_prices(str(main["Pricebook2Id"] or ""), main.get("CurrencyIsoCode"), products)

    def known_prices(self, book: str, currency: str | None, products: Sequence[str]) -> dict[str, str]:
        """The same in this price book (empty: the standard one), and in this currency where the org has several."""
        found = self.prices_in(book, currency, products)
        if missing := sorted(set(products) - set(found)):
            names = self.rows(f"SELECT Name FROM Product2 WHERE Id IN {quote_all(missing)}")
            named = ", ".join(f"“{row['Name']}”" for row in names) or ", ".join(missing)
            in_currency = f" in {currency}" if currency else ""
            raise NoPrice(f"The {self.reader.noun}'s price book has no active price{in_currency} of {named}")
        return found

    def prices_in(self, book: str, currency: str | None, products: Sequence[str]) -> dict[str, str]:
        if not products:
            return {}
        where = f"Pricebook2Id = {quote(book)}" if book else "Pricebook2.IsStandard = true"
        where += f" AND IsActive = true AND Product2Id IN {quote_all(sorted(set(products)))}"
        where += f" AND CurrencyIsoCode = {quote(currency)}" if currency else ""
        entries = self.rows(f"SELECT Id, Product2Id FROM PricebookEntry WHERE {where}")
        return {str(row["Product2Id"]): str(row["Id"]) for row in entries}

    def rows(self, soql: str) -> list[dict[str, Any]]:
        return [row for page in self.gateway.query(soql) for row in page]
