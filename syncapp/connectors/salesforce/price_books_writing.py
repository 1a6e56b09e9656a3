"""Writing price books: few books with many prices, each book by itself.

Rules    1 A book is inserted with its unique id; one that exists already is completed as an update.
         2 All entries of the book are read just before they are written; only what differs is sent. An entry that the
           level no longer has becomes inactive: it is never deleted, since opportunities may refer to it.
         3 A price needs a standard price of the same product and currency. In the org's own currency the products' flow
           keeps it; in another one it is made here, once, with the level's price, and then left alone.
         4 A book has been written when exactly its prices are there. What passes by itself is planned again; what
           Salesforce refuses is said of the prices as a whole, with the products that it was about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syncapp.bulk import chunks
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.batches import BatchWriter, problems_of
from syncapp.connectors.salesforce.change import LOST, before_writing, gone
from syncapp.connectors.salesforce.errors import REMEDIES, Lost, Problem, Refused, outcome_of, seconds_until_again
from syncapp.connectors.salesforce.fields import external_id
from syncapp.connectors.salesforce.gateway import PARTS_MAX, RECORDS_MAX, Gateway, Row, collection_part
from syncapp.connectors.salesforce.reading import Seen
from syncapp.connectors.salesforce.soql import portions, quote, quote_all
from syncapp.mapping.document_rows import rows_of
from syncapp.mapping.price_levels import PRICES
from syncapp.records import Applied, Deferred, Operation, Outcome, Rejected, Stale, Unknown, Verb

if TYPE_CHECKING:
    from syncapp.connectors.salesforce.price_books import PriceBooks

CURRENCY = "CurrencyIsoCode"
ENTRY = "PricebookEntry"
NAMED_MAX = 5  # products that a refusal names
PRICE_REMEDIES = {
    "STANDARD_PRICE_NOT_DEFINED": "Give the product a price in the standard price book, then try the level again.",
    "FIELD_INTEGRITY_EXCEPTION": "The product or its price is archived, or its standard price is not active.",
}
PRODUCTS_PER_QUERY = 400


class Ended(Exception):
    """The operation has its outcome before it came to its end."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass
class Entries:
    """What is to be sent, in this order."""

    freed: list[dict[str, Any]] = field(default_factory=list)  # from following the standard price
    standard: list[dict[str, Any]] = field(default_factory=list)
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def steps(self) -> list[tuple[str, list[dict[str, Any]]]]:
        return [("PATCH", self.freed), ("POST", self.standard), ("POST", self.inserts), ("PATCH", self.updates)]


@dataclass
class PriceBookWriter(BatchWriter):
    gateway: Gateway
    reader: PriceBooks
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    sent: bool = False

    def _create_all(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self.outcomes[operation.id] = self._outcome(operation, None)

    def _update(self, operations: Sequence[Operation]) -> None:
        seen = {each.id: each for each in self.reader.read([each.record_id for each in operations])}
        for operation in operations:
            before = seen.get(operation.record_id)
            known = before_writing(operation, before, self.reader)
            self.outcomes[operation.id] = known or self._outcome(operation, before)

    def _outcome(self, operation: Operation, before: Seen | None) -> Outcome:
        try:
            self._refuse_foreign(operation, before)
            return self._write(operation, before or self._made(operation))
        except Ended as end:
            return end.outcome
        except Lost as error:
            self.sent = True
            return Unknown(error.message)
        except Refused as error:
            return Rejected(error.message, code=error.problem.code, remedy=error.remedy)
        except ConnectorError as error:
            if not self.sent:
                raise
            return Deferred(error.message, error.retry_seconds or 3600)

    def _refuse_foreign(self, operation: Operation, before: Seen | None) -> None:
        currency = self._currency(operation, before)
        if currency and not self.reader.currencies:
            why = f"Its prices are in {currency}, and the org has one currency."
            remedy = "If that is QuickBooks's own currency, name it as home_currency in the pair's settings."
            some = ("currency", "prices") if before else ()  # no book at all rather than one without prices
            fields = tuple(name for name in some if name in operation.values)
            raise Ended(Rejected(why, code="CURRENCY", remedy=remedy, fields=fields))

    def _currency(self, operation: Operation, before: Seen | None) -> str:
        """The currency that the level has of its own."""
        value = operation.values.get("currency", before.fields["currency"] if before else None)
        return str(value or "")

    # The book

    def _made(self, operation: Operation) -> Seen:
        """The new book, or the one that an earlier attempt has made."""
        [problem] = self._send("POST", self.reader.main, [self.reader.insert_row(operation)])
        if problem is not None and problem.code != "DUPLICATE_VALUE":
            raise Ended(_ended_by(problem, self.reader.neutral))
        queries = self.reader.created([external_id(self.reader.company_key, operation.counterpart_id)])
        found = [each for each in self.reader.gather(queries, self.reader.ask(queries)) if not each.gone]
        if not found:
            raise Ended(Unknown("It was written, but could not be read back."))
        return found[0]

    def _write(self, operation: Operation, before: Seen) -> Outcome:
        main, asked = self.reader.split(operation.values)
        row = self.reader.update_row(main, before)
        if row:
            [problem] = self._send("PATCH", self.reader.main, [{"id": before.id, **row}])
            if problem is not None:
                return _ended_by(problem, self.reader.neutral)
        problems = self._write_prices(operation, before) if asked else []
        found = self.reader.read([before.id])
        if not found or found[0].gone:
            return gone(found[0] if found else None, self.reader.noun)
        return self._ended(operation, found[0], problems)

    # Its prices

    def _write_prices(self, operation: Operation, before: Seen) -> list[tuple[str, Problem]]:
        """The products whose prices were not taken, each with the problem."""
        failed: list[tuple[str, Problem]] = []
        plan = self._plan(operation, before)
        for method, rows in plan.steps:
            for some in chunks(rows, RECORDS_MAX * PARTS_MAX):
                sent = [{name: value for name, value in row.items() if name != "product"} for row in some]
                problems = self._send(method, ENTRY, sent)
                named = zip(some, problems, strict=True)
                failed += [(str(row["product"]), problem) for row, problem in named if problem is not None]
        return failed

    def _plan(self, operation: Operation, before: Seen) -> Entries:
        currency = self._currency(operation, before) or self.reader.home
        there = self._rows(self.reader.entries_where(f"Pricebook2Id = {quote(before.id)}"))
        if self.reader.currencies:
            there = [row for row in there if row[CURRENCY] == currency]
        by_product = {str(row["Product2Id"]): row for row in there}
        wanted = {str(row["product"]): Decimal(str(row["price"])) for row in rows_of(operation.values["prices"])}
        plan = Entries()
        more = {CURRENCY: currency} if self.reader.currencies else {}
        for product, price in wanted.items():
            known = by_product.get(product)
            if known is None:
                new = {"Product2Id": product, "UnitPrice": price, "IsActive": True, **more}
                plan.inserts.append({"product": product, "Pricebook2Id": before.id, **new})
            else:
                _change(plan, known, price)
        for product, row in by_product.items():
            if product not in wanted and row["IsActive"] and self.reader.item_of(row):
                plan.updates.append({"product": product, "id": row["Id"], "IsActive": False})
        if plan.inserts and currency != self.reader.home:
            plan.standard = self._standard(plan.inserts, currency)
        return plan

    def _standard(self, inserts: Sequence[Row], currency: str) -> list[dict[str, Any]]:
        """A standard price in this currency for each of these that has none yet."""
        [book] = self._rows("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
        condition = f"Pricebook2Id = {quote(str(book['Id']))} AND {CURRENCY} = {quote(currency)} AND Product2Id IN "
        products = [str(row["product"]) for row in inserts]
        there: set[str] = set()
        for some in portions(f"SELECT Product2Id FROM {ENTRY} WHERE {condition}()", products, most=PRODUCTS_PER_QUERY):
            rows = self._rows(f"SELECT Product2Id FROM {ENTRY} WHERE {condition}{quote_all(some)}")
            there |= {str(row["Product2Id"]) for row in rows}
        return [{**row, "Pricebook2Id": book["Id"]} for row in inserts if row["product"] not in there]

    # How it ended

    def _ended(self, operation: Operation, after: Seen, problems: Sequence[tuple[str, Problem]]) -> Outcome:
        touched = after.main["LastModifiedById"] != self.gateway.org.user_id
        asked = "prices" in operation.values
        if not asked or PRICES.canonical(after.fields["prices"]) == PRICES.canonical(operation.values["prices"]):
            return Applied(after.record, touched=touched)
        if any(problem.code == LOST for _, problem in problems):
            return Unknown("Salesforce did not say how it ended.")
        lasting = [(product, each) for product, each in problems if seconds_until_again(each) is None]
        if lasting:
            return Applied(after.record, touched=touched, refused={"prices": self._why(lasting)})
        if operation.verb is Verb.CREATE:
            return Deferred("Some of its prices were not taken.", 10)
        return Stale(after.record)

    def _why(self, problems: Sequence[tuple[str, Problem]]) -> str:
        """Each reason once, with the products whose prices were not taken for it, and the remedy."""
        by_reason: dict[str, set[str]] = defaultdict(set)
        for product, each in problems:
            by_reason[_reason(each)].add(product)
        several = [sorted(products) for products in by_reason.values()]
        shown = [product for products in several for product in products[:NAMED_MAX]][:PRODUCTS_PER_QUERY]
        rows = self._rows(f"SELECT Id, Name FROM Product2 WHERE Id IN {quote_all(shown)}")
        names = {str(row["Id"]): f"“{row['Name']}”" for row in rows}
        return " ".join(
            f"Not taken for {_listed([names.get(each, each) for each in products])}: {reason}"
            for reason, products in zip(by_reason, several, strict=True)
        )

    # The calls

    def _send(self, method: str, sobject: str, rows: Sequence[Row]) -> list[Problem | None]:
        """Write them in one call; each one's problem."""
        portions_of = chunks(list(rows), RECORDS_MAX)
        some = list(portions_of)
        answers = self.gateway.together([collection_part(method, sobject, each, headers={}) for each in some])
        self.sent = True
        found: list[Problem | None] = []
        for each, answer in zip(some, answers, strict=True):
            found += problems_of(answer, len(each))
        return found

    def _rows(self, soql: str) -> list[Row]:
        return [row for page in self.gateway.query(soql) for row in page]


def _change(plan: Entries, known: Row, price: Decimal) -> None:
    """What makes this entry the one that is wanted. One that follows the standard price must be freed from it first."""
    own = {"product": str(known["Product2Id"]), "id": known["Id"]}
    different: dict[str, Any] = {}
    if known["UseStandardPrice"]:
        plan.freed.append({**own, "UseStandardPrice": False})
    if Decimal(str(known["UnitPrice"])) != price:
        different["UnitPrice"] = price
    if not known["IsActive"]:
        different["IsActive"] = True
    if different:
        plan.updates.append({**own, **different})


def _ended_by(problem: Problem, neutral: Mapping[str, str]) -> Outcome:
    return Unknown("Salesforce did not say how it ended.") if problem.code == LOST else outcome_of(problem, neutral)


def _reason(problem: Problem) -> str:
    remedy = PRICE_REMEDIES.get(problem.code) or REMEDIES.get(problem.code, "")
    return f"{problem.message.rstrip('. ')} ({problem.code}). {remedy}".rstrip()


def _listed(names: Sequence[str]) -> str:
    others = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {others} more" if others > 0 else "")
