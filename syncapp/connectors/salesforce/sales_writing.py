"""Writing the products of opportunities as QuickBooks has their lines: all of one opportunity's, or none.

Rules    1 What touches lines is written opportunity by opportunity in one graph, which Salesforce carries out whole or
           not at all; everything else goes in batches, as with other records.
         2 A new product takes its price from the opportunity's own price book and currency. Where there is none, the
           lines are refused, and the price is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.change import LOST, Change
from syncapp.connectors.salesforce.errors import Lost, Problem, Refused, problem_of
from syncapp.connectors.salesforce.gateway import Answer, Part, plain
from syncapp.connectors.salesforce.reading import MAIN
from syncapp.connectors.salesforce.sales_fields import line_row
from syncapp.connectors.salesforce.soql import quote, quote_all
from syncapp.connectors.salesforce.writing import Writer
from syncapp.mapping.document_rows import rows_of
from syncapp.records import Rejected, Unknown

ITEM = "OpportunityLineItem"
HALTED = "PROCESSING_HALTED"


class NoPrice(Exception):
    """Products that the opportunity's price book does not sell; the message names them."""


class SalesWriter(Writer):
    def _write_updates(self, changes: Sequence[Change]) -> None:
        with_lines = [change for change in changes if "lines" in change.operation.values]
        super()._write_updates([change for change in changes if change not in with_lines])
        for change in with_lines:
            self._write_whole(change)

    def _write_whole(self, change: Change) -> None:
        try:
            parts = self._parts(change)
        except NoPrice as problem:
            self.outcomes[change.operation.id] = Rejected(
                str(problem),
                code="NO_PRICE",
                remedy="Add the product to the opportunity's price book, in its currency, and make the price active.",
                fields=("lines",),
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
        change.note(MAIN, _problem(answers, len(parts)))
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
            parts.append(Part("PATCH", f"sobjects/{self.reader.main}/{change.before.id}", plain(fields), self._headers))
        now = {row["id"]: row for row in rows_of(change.before.fields.get("lines"))}
        wanted = rows_of(change.operation.values["lines"])
        kept = {row["id"] for row in wanted if row.get("id") in now}
        prices = self._prices(change, [row["product"] for row in wanted if row.get("id") not in now])
        parts += [Part("DELETE", f"sobjects/{ITEM}/{gone}") for gone in now if gone not in kept]
        for row in wanted:
            before = now.get(row.get("id"))
            body = line_row(row, before)
            if before is None:
                entry = prices[row["product"]]
                body |= {"OpportunityId": change.before.id, "PricebookEntryId": entry}
                parts.append(Part("POST", f"sobjects/{ITEM}", plain(body)))
            elif body:
                parts.append(Part("PATCH", f"sobjects/{ITEM}/{row['id']}", plain(body)))
        return parts

    def _prices(self, change: Change, products: Sequence[str]) -> Mapping[str, str]:
        """The price book entry of each of these products; NoPrice names those that have none."""
        if not products:
            return {}
        assert change.before is not None
        main = change.before.main
        book = (
            f"Pricebook2Id = {quote(main['Pricebook2Id'])}" if main["Pricebook2Id"] else "Pricebook2.IsStandard = true"
        )
        currency = main.get("CurrencyIsoCode")
        where = f"{book} AND IsActive = true AND Product2Id IN {quote_all(sorted(set(products)))}"
        where += f" AND CurrencyIsoCode = {quote(currency)}" if currency else ""
        entries = self._rows(f"SELECT Id, Product2Id FROM PricebookEntry WHERE {where}")
        found = {str(row["Product2Id"]): str(row["Id"]) for row in entries}
        if missing := sorted(set(products) - set(found)):
            names = self._rows(f"SELECT Name FROM Product2 WHERE Id IN {quote_all(missing)}")
            named = ", ".join(f"“{row['Name']}”" for row in names) or ", ".join(missing)
            in_currency = f" in {currency}" if currency else ""
            raise NoPrice(f"The opportunity's price book has no active price{in_currency} of {named}")
        return found

    def _rows(self, soql: str) -> list[dict[str, Any]]:
        return [row for page in self.gateway.query(soql) for row in page]


def _problem(answers: Sequence[Answer], count: int) -> Problem | None:
    """What the graph failed by; None if it was carried out."""
    if len(answers) != count:
        return Problem(LOST, "Salesforce's answer has not one result for each record.")
    failed = [problem_of(answer.body) for answer in answers if not answer.good]
    return next((problem for problem in failed if problem.code != HALTED), failed[0] if failed else None)
