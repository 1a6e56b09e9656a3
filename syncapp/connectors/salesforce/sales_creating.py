"""Making won opportunities of QuickBooks's invoices: each with all of its products, or not at all.

Rules    1 An opportunity carries our unique id. One that exists already is found by reading back, and is compared with
           its invoice afterwards, as any other that is tied.
         2 Several go in one call, each in a graph of its own. Products take their prices from the price book of the
           settings, in the invoice's currency; where one has none, its opportunity is refused, and the product named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.change import LOST, Change
from syncapp.connectors.salesforce.errors import Lost, Problem, Refused, problem_of
from syncapp.connectors.salesforce.fields import EXTERNAL_ID
from syncapp.connectors.salesforce.gateway import Answer, Part, plain
from syncapp.connectors.salesforce.reading import MAIN
from syncapp.connectors.salesforce.sales_fields import line_row
from syncapp.connectors.salesforce.soql import quote
from syncapp.mapping.document_rows import rows_of
from syncapp.records import Deferred, Operation, Rejected, Unknown

if TYPE_CHECKING:
    from syncapp.connectors.salesforce.sales_writing import SalesWriter

HALTED = "PROCESSING_HALTED"
ADD_A_PRICE = "Add the product to the {noun}'s price book, in its currency, and make the price active."
GRAPHS_MAX, PARTS_MAX = 75, 500  # of one call
OPPORTUNITY_ID = "@{part0.id}"  # of the graph's first part


class NoPrice(Exception):
    """Products that the opportunity's price book does not sell; the message names them."""


@dataclass
class _Opening:
    change: Change
    parts: list[Part]


def create_opportunities(writer: SalesWriter, operations: Sequence[Operation]) -> None:
    """Notes an outcome for each of them."""
    if not operations:
        return
    openings: list[_Opening] = []
    stage, book = _stage(writer), _price_book(writer)
    prices = _prices(writer, book, operations)
    for operation in operations:
        try:
            opening = _opening(writer, operation, stage, book, prices)
        except NoPrice as problem:
            remedy = ADD_A_PRICE.format(noun=writer.reader.noun)
            writer.outcomes[operation.id] = Rejected(str(problem), code="NO_PRICE", remedy=remedy)
            continue
        if len(opening.parts) > PARTS_MAX:
            message = f"It has {len(opening.parts) - 1} lines, and Salesforce takes {PARTS_MAX - 1} at once"
            writer.outcomes[operation.id] = Rejected(message, code="TOO_MANY_LINES")
            continue
        openings.append(opening)
    for some in _batches(openings):
        if _send(writer, some):
            _read_back(writer, [each.change for each in some])


def _stage(writer: SalesWriter) -> str:
    """The one that the settings name, if it is won, or the first that is."""
    where = "IsWon = true AND IsActive = true"
    rows = writer.rows(f"SELECT MasterLabel FROM OpportunityStage WHERE {where} ORDER BY SortOrder")
    won = [str(row["MasterLabel"]) for row in rows]
    wanted = writer.reader.stage
    if (wanted in won) if wanted else won:
        return wanted or won[0]
    raise ConnectorError(
        f"“{wanted}” is no stage of Salesforce's that counts as won." if wanted else "Salesforce has no won stage.",
        remedy=f"Correct stage in the pair's sales settings: {', '.join(won) or 'the org needs one that is won'}.",
        retry_seconds=None,
    )


def _price_book(writer: SalesWriter) -> str:
    """Its id."""
    name = writer.reader.price_book
    where = f"Name = {quote(name)}" if name else "IsStandard = true"
    found = writer.rows(f"SELECT Id FROM Pricebook2 WHERE {where} AND IsActive = true LIMIT 1")
    if found:
        return str(found[0]["Id"])
    called = f"price book “{name}”" if name else "standard price book"
    raise ConnectorError(
        f"Salesforce has no active {called}.",
        remedy="Opportunities that are made of invoices need one: correct price_book in the pair's sales settings.",
        retry_seconds=None,
    )


def _prices(writer: SalesWriter, book: str, operations: Sequence[Operation]) -> Mapping[str | None, Mapping[str, str]]:
    """Price book entries of all products, by currency."""
    wanted: dict[str | None, set[str]] = {}
    for each in operations:
        wanted.setdefault(_currency(writer, each), set()).update(_products(each))
    return {currency: writer.prices_in(book, currency, sorted(products)) for currency, products in wanted.items()}


def _products(operation: Operation) -> list[str]:
    return [str(row["product"]) for row in rows_of(operation.values.get("lines"))]


def _currency(writer: SalesWriter, operation: Operation) -> str | None:
    """The currency that the opportunity is in: the invoice's, or else the only one that QuickBooks keeps; None: the
    org has only one, or nobody knows."""
    [known] = writer.gateway.describe(writer.reader.main)
    currency = operation.values.get("currency") or writer.reader.home
    return str(currency) if currency and "CurrencyIsoCode" in known else None


def _opening(
    writer: SalesWriter, operation: Operation, stage: str, book: str, prices: Mapping[str | None, Mapping[str, str]]
) -> _Opening:
    currency, products = _currency(writer, operation), _products(operation)
    known = prices[currency]
    if not set(products) <= known.keys():
        known = writer.known_prices(book, currency, products)
    row = {**writer.reader.insert_row(operation), "StageName": stage}
    row |= {"CurrencyIsoCode": currency} if currency else {}
    row |= {"Pricebook2Id": book} if products else {}
    parts = [Part("POST", f"sobjects/{writer.reader.main}", plain(row), writer.headers)]
    for place, line in enumerate(rows_of(operation.values.get("lines")), 1):
        entry = {"OpportunityId": OPPORTUNITY_ID, "PricebookEntryId": known[str(line["product"])], "SortOrder": place}
        said = line_row(line, None, writer.reader.source.lines, own=writer.reader.line_fields)
        body = {name: value for name, value in said.items() if value not in (None, "")}
        parts.append(Part("POST", f"sobjects/{writer.reader.part}", plain({**body, **entry})))
    return _Opening(Change(operation, writer.reader, main_insert=row), parts)


def _batches(openings: Sequence[_Opening]) -> Iterator[list[_Opening]]:
    """As many to a call as it takes."""
    batch: list[_Opening] = []
    size = 0
    for each in openings:
        if batch and (len(batch) >= GRAPHS_MAX or size + len(each.parts) > PARTS_MAX):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.parts)
    if batch:
        yield batch


def _send(writer: SalesWriter, openings: Sequence[_Opening]) -> bool:
    """Whether an answer came; what it complains of is noted on the changes."""
    try:
        answers = writer.gateway.graphs([each.parts for each in openings])
    except ConnectorError as error:
        if not isinstance(error, Lost | Refused) and not writer.sent:
            raise
        writer.sent = writer.sent or isinstance(error, Lost)
        for each in openings:
            lost = Unknown(error.message) if isinstance(error, Lost) else each.change.not_sent(error)
            writer.outcomes[each.change.operation.id] = lost
        return False
    writer.sent = True
    for each, said in zip(openings, answers, strict=True):
        each.change.note(MAIN, problem_in(said, len(each.parts)))
    return True


def _read_back(writer: SalesWriter, changes: Sequence[Change]) -> None:
    reader = writer.reader
    by_key = {reader.key_of(each.operation): each for each in changes}
    for keys in reader.creatable(list(by_key), most=reader.settings.batch_size):
        some = [by_key[key] for key in keys]
        queries = reader.created(keys)
        try:
            found = {
                seen.main[EXTERNAL_ID]: seen for seen in reader.gather(queries, reader.ask(queries)) if not seen.gone
            }
        except ConnectorError:
            found = None
        for change in some:
            if found is not None:
                change.read_back, change.after = True, found.get(reader.key_of(change.operation))
            problem = change.main_problem
            halted = problem is not None and problem.code == HALTED
            later = Deferred("Salesforce halted, since others of the same call were refused.", 10)
            writer.outcomes[change.operation.id] = later if halted else change.ended()


def problem_in(answers: Sequence[Answer], count: int) -> Problem | None:
    """What the graph failed by; None if it was carried out."""
    if len(answers) != count:
        return Problem(LOST, "Salesforce's answer has not one result for each record.")
    failed = [problem_of(answer.body) for answer in answers if not answer.good]
    return next((problem for problem in failed if problem.code != HALTED), failed[0] if failed else None)
