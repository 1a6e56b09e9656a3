"""How Salesforce spells the neutral fields of a sale: its source, with its products and addresses.

Rules    1 QuickBooks's id of a sale is its type, a colon and the TxnID; QB_Id__c holds the company's key, a colon and
           the TxnID, as on every object of ours. The type stands in a field of its own.
         2 A line's amount is what is left after its discount; price and discount are kept beside it.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Row, day, external_id, own_id, read_lines
from syncapp.connectors.salesforce.sales_sources import OPPORTUNITY, Lines, Source
from syncapp.mapping.line_fields import NONE, LineFields, Part
from syncapp.mapping.sales import NOT_IN
from syncapp.records import Row as Line
from syncapp.records import Value

CENT = Decimal("0.01")
DESCRIPTION_LENGTH = 255
CUT = "…"  # the end of a description that is longer
ADDRESS_FIELDS = tuple(OPPORTUNITY.addresses)
WITH_SERVICE_DATE = ("Invoice", "Sales Receipt")


# Reading -------------------------------------------------------------------------------


def sale_fields(
    main: Row, lines: Sequence[Row], company_key: str, default_type: str, source: Source, own: LineFields = NONE
) -> dict[str, Value]:
    fields = {name: each.read(main.get(each.name)) for name, each in source.header.items()}
    kind = fields["type"] = fields["shown_type"] or default_type
    txn = own_id(main, company_key)
    fields["quickbooks_id"] = f"{kind}:{txn}" if txn else None
    fields |= dict.fromkeys(NOT_IN.get(str(kind), ()))
    fields["currency"] = main.get("CurrencyIsoCode")
    if lines or "bare_amount" not in fields:
        fields["bare_amount"] = None
    fields["amount"] = _amount(fields.get("amount"), main, source)
    fields |= dict.fromkeys(ADDRESS_FIELDS)
    fields |= {name: read_lines(_at(main, path)) for name, path in source.addresses.items()}
    place = source.lines.place

    def order(row: Row) -> tuple[bool, Any, str]:
        return (not place or row[place] is None, (row[place] or 0) if place else 0, row["Id"])

    fields["lines"] = tuple(_line(row, str(kind), source.lines, own) for row in sorted(lines, key=order)) or None
    return fields


def _amount(amount: Value, main: Row, source: Source) -> Value:
    added = [Decimal(str(main[name])) for name in source.added if main.get(name) is not None]
    return sum(added, amount) if isinstance(amount, Decimal) else amount


def _at(row: Row, path: str) -> Any:
    first, _, rest = path.partition(".")
    return _at(row.get(first) or {}, rest) if rest else row.get(first)


def _line(row: Row, kind: str, spelt: Lines, own: LineFields) -> Line:
    quantity, price = _decimal(row[spelt.quantity]) or Decimal(0), _decimal(row[spelt.price])
    discount = _decimal(row.get(spelt.discount))
    amount = _decimal(row[spelt.total]) if spelt.total else comes_to(quantity, price, discount)
    line = {
        "id": row["Id"],
        "product": row[spelt.product],
        "description": read_lines(row.get(spelt.description)),
        "quantity": quantity,
        "amount": amount,
        "service_date": day("").read(row.get(spelt.service_date)) if kind in WITH_SERVICE_DATE else None,
        "tax_code": row.get(spelt.tax_code),
        "rate": price if not discount else None,
        "discount": discount or None,
        "list_amount": (quantity * price).quantize(CENT, ROUND_HALF_UP) if price is not None else None,
    }
    usual = {name: value for name, value in line.items() if value not in (None, "")}
    return own.line(usual, {each.key: _held(row, each) for each in own.parts if kind in each.element.types})


def _held(row: Row, part: Part) -> Any:
    if part.element.day:
        return day(part.column).read(row.get(part.column))
    value = row.get(part.column)
    return read_lines(value) if isinstance(value, str) else value if value is None else str(value)


def comes_to(quantity: Decimal, price: Decimal | None, discount: Decimal | None) -> Decimal | None:
    """What a line comes to, to the cent; None where it has no price."""
    if price is None:
        return None
    return (quantity * price * (100 - (discount or 0)) / 100).quantize(CENT, ROUND_HALF_UP)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


# Writing -------------------------------------------------------------------------------


def sale_row(values: Mapping[str, Value], company_key: str, source: Source) -> dict[str, Any]:
    """Neutral values as the source's object takes them; lines are rows of their own."""
    header = source.header
    row = {header[name].name: header[name].write(value) for name, value in values.items() if name in header}
    if values.get("quickbooks_id"):
        row[EXTERNAL_ID] = external_id(company_key, str(values["quickbooks_id"]).rpartition(":")[2])
    return row


class NoSuchPrice(Exception):
    """A line whose price cannot be said in as many decimals as Salesforce keeps; the message says which."""


def line_row(
    line: Line, before: Line | None, spelt: Lines, decimals: int = 2, *, own: LineFields = NONE
) -> dict[str, Any]:
    """What is to be written of a line; all of it for a new one. Prices are kept with so many ``decimals``."""
    known = before or {}
    row: dict[str, Any] = {}
    if before is None or any(line.get(name) != known.get(name) for name in ("quantity", "amount")):
        row |= _money(line, known, spelt, decimals)
    if spelt.description and line.get("description") != known.get("description"):
        row[spelt.description] = _shortened(line.get("description"))
    if spelt.service_date and line.get("service_date") != known.get("service_date"):
        row[spelt.service_date] = day("").write(line.get("service_date"))
    if spelt.tax_code and line.get("tax_code") != known.get("tax_code"):
        row[spelt.tax_code] = line.get("tax_code")
    for each in own.parts:
        if line.get(each.key) != known.get(each.key):
            value = line.get(each.key)
            row[each.column] = day(each.column).write(value) if each.element.day else value
    return row


def _money(line: Line, known: Line, spelt: Lines, decimals: int) -> dict[str, Any]:
    """Quantity and price, or what it comes to, so that Salesforce shows QuickBooks's amount to the cent."""
    quantity, amount = line["quantity"].quantize(CENT, ROUND_HALF_UP), line["amount"]
    if spelt.by_total and quantity:  # a total cannot be divided by no quantity at all
        return {spelt.quantity: quantity, spelt.total: amount}
    if known.get("quantity") and "list_amount" in known:
        price = known.get("rate") or known["list_amount"] / known["quantity"]
        if comes_to(quantity, price, known.get("discount")) == amount:
            return {spelt.quantity: quantity}
    if not quantity and amount:
        raise NoSuchPrice(f"A line of {amount:.2f} has the quantity 0")
    price = amount / quantity if quantity else line.get("rate") or Decimal(0)
    price = price.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if comes_to(quantity, price, None) != amount:
        raise NoSuchPrice(
            f"{quantity:f} of a product come to {amount:.2f}, and no price of {decimals} decimals says so"
        )
    return {spelt.quantity: quantity, spelt.price: price, **({spelt.discount: None} if known.get("discount") else {})}


def _shortened(text: str | None) -> str | None:
    if text is None or len(text) <= DESCRIPTION_LENGTH:
        return text
    return text[: DESCRIPTION_LENGTH - len(CUT)] + CUT
