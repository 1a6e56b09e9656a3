"""The lines of a sale in qbXML: which of them Salesforce can show, and a Mod that loses none of the others.

Words    row     a line that both sides show: a product, a quantity, an amount
         layout  all lines of the transaction in their order: rows, discounts that belong to a row, and those that only
                 QuickBooks shows: groups, subtotals, percentages, lines of text
Rules    1 A Mod that names a line deletes every line that it does not name. So all are named, in their order.
         2 Quantity and rate are sent where they come to the amount; otherwise quantity and amount.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.markup import ORDER
from syncapp.connectors.quickbooks_desktop.documents_lines import held
from syncapp.mapping import line_fields
from syncapp.mapping.document_rows import rows_of
from syncapp.mapping.line_fields import LineFields
from syncapp.records import Row, Value

A_DISCOUNT = (
    "One of its products is a discount in QuickBooks, which takes its amount off. Make that product's price negative"
)
CENT = Decimal("0.01")
NEW = "-1"
WITH_SERVICE_DATE = ("Invoice", "SalesReceipt")
ROW, HIDDEN, GROUP, DISCOUNT = "row", "hidden", "group", "discount"
Element = tuple[str, dict[str, Any]]


# Reading -------------------------------------------------------------------------------


def read_lines(
    txn: str, data: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[tuple[Row, ...], list[dict[str, Any]]]:
    """The rows, and the layout."""
    rows: list[dict[str, Any]] = []
    layout: list[dict[str, Any]] = []
    plain, group = f"{txn}LineRet", f"{txn}LineGroupRet"
    for name, line in _in_order(data, plain, group):
        place: dict[str, Any] = {"id": line["TxnLineID"], "sort": HIDDEN}
        if name == group:
            place |= {"sort": GROUP, "members": [each["TxnLineID"] for each in line.get(plain) or ()]}
        elif _belongs_above(line, layout, settings):
            place |= {"sort": DISCOUNT, "of": layout[-1]["id"]}
            rows[-1]["amount"] += line["Amount"]
            rows[-1]["discounted"] = "yes"
        elif _is_row(line, settings):
            place["sort"] = ROW
            rows.append(_row(txn, line, line_fields.of(settings)))
        layout.append(place)
    return tuple(rows), layout


def _in_order(data: Mapping[str, Any], *names: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Lines and groups as they follow one another."""
    waiting = {name: list(data.get(name) or ()) for name in names}
    for name in data.get(ORDER) or [each for each in names for _ in waiting[each]]:
        if waiting.get(name):
            yield name, waiting[name].pop(0)


def _is_row(line: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    item = (line.get("ItemRef") or {}).get("ListID")
    shown = line.get("Amount") is not None and line.get("RatePercent") is None
    return bool(item) and shown and item not in settings.get("unsold", ())


def _belongs_above(line: Mapping[str, Any], layout: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> bool:
    """A discount of our own making, just below the row that it is of."""
    item = (line.get("ItemRef") or {}).get("FullName")
    ours = settings["discounts"] == "line" and item == settings["discount_item"].strip()
    return bool(ours and layout and layout[-1]["sort"] == ROW and line.get("Amount") is not None)


def _row(txn: str, line: Mapping[str, Any], own: LineFields) -> dict[str, Any]:
    row = {
        "id": line["TxnLineID"],
        "product": line["ItemRef"]["ListID"],
        "description": line.get("Desc"),
        "quantity": _quantity(line),
        "amount": line["Amount"],
        "rate": line.get("Rate"),
        "service_date": line.get("ServiceDate") if txn in WITH_SERVICE_DATE else None,
        "tax_code": (line.get("SalesTaxCodeRef") or {}).get("FullName"),
    }
    usual = {name: value for name, value in row.items() if value not in (None, "")}
    return own.line(usual, {each.key: held(line, each) for each in own.parts})


def _quantity(line: Mapping[str, Any]) -> Decimal:
    """None said counts as one; so does none at all where there is an amount all the same."""
    quantity = line.get("Quantity")
    return Decimal(1) if quantity is None or (not quantity and line["Amount"]) else Decimal(quantity)


# Writing -------------------------------------------------------------------------------


def adds(txn: str, lines: Value, settings: Mapping[str, Any]) -> dict[str, Any]:
    found = [element for row in rows_of(lines) for element in _new(txn, row, settings, "Add")]
    return _together(found)


def mods(txn: str, lines: Value, current: Mapping[str, Value], settings: Mapping[str, Any]) -> dict[str, Any]:
    """All lines as they are to be."""
    now = {row["id"]: row for row in rows_of(current.get("lines"))}
    wanted = rows_of(lines)
    kept = {row["id"]: row for row in wanted if row.get("id") in now}
    after = _new_after(wanted, kept)
    found = [element for row in after.get("", ()) for element in _new(txn, row, settings, "Mod")]
    layout: Any = current.get("layout") or ()
    discounts = {place["of"]: place["id"] for place in layout if place["sort"] == DISCOUNT}
    for place in layout:
        if place["sort"] == GROUP:
            members = [{"TxnLineID": each} for each in place["members"]]
            group = {"TxnLineID": place["id"], **({f"{txn}LineMod": members} if members else {})}
            found.append((f"{txn}LineGroupMod", group))
        elif place["sort"] == HIDDEN:
            found.append((f"{txn}LineMod", {"TxnLineID": place["id"]}))
        elif place["id"] in kept:
            row = kept[place["id"]]
            found += _kept(txn, row, now[row["id"]], discounts.get(row["id"], ""), settings)
            found += [element for each in after.get(row["id"], ()) for element in _new(txn, each, settings, "Mod")]
    return _together(found)


def _new_after(wanted: Sequence[Row], kept: Mapping[str, Row]) -> dict[str, list[Row]]:
    """The new lines, by the line that stays and that they follow."""
    found: dict[str, list[Row]] = {}
    last = ""
    for row in wanted:
        if row.get("id") in kept:
            last = row["id"]
        else:
            found.setdefault(last, []).append(row)
    return found


def _together(found: Sequence[Element]) -> dict[str, Any]:
    data: dict[str, Any] = {ORDER: [name for name, _ in found]}
    for name, line in found:
        data.setdefault(name, []).append(line)
    return data if found else {}


def _new(txn: str, row: Row, settings: Mapping[str, Any], act: str) -> Iterator[Element]:
    name, head = f"{txn}Line{act}", {"TxnLineID": NEW} if act == "Mod" else {}
    line = {**head, "ItemRef": {"ListID": row["product"]}}
    if row.get("description"):
        line["Desc"] = row["description"]
    if row.get("service_date") and txn in WITH_SERVICE_DATE:
        line["ServiceDate"] = row["service_date"]
    if tax_code := row.get("tax_code") or settings["tax_code"].strip():
        line["SalesTaxCodeRef"] = {"FullName": tax_code}
    line |= {element: value for element, value in _own(txn, row, {}, settings).items() if value is not None}
    yield name, {**line, **_priced(row, settings)}
    if discount := _discount(row, settings):
        yield name, {**head, "ItemRef": {"FullName": settings["discount_item"].strip()}, "Amount": discount}


def _kept(txn: str, row: Row, before: Row, discount_id: str, settings: Mapping[str, Any]) -> Iterator[Element]:
    name = f"{txn}LineMod"
    line: dict[str, Any] = {"TxnLineID": row["id"]}
    if row.get("description") != before.get("description"):
        line["Desc"] = row.get("description")
    if row.get("service_date") != before.get("service_date") and txn in WITH_SERVICE_DATE:
        line["ServiceDate"] = row.get("service_date")
    if row.get("tax_code") and row["tax_code"] != before.get("tax_code"):  # QuickBooks lets nobody clear it
        line["SalesTaxCodeRef"] = {"FullName": row["tax_code"]}
    line |= _own(txn, row, before, settings)
    if (row["quantity"], row["amount"]) == (before["quantity"], before["amount"]):
        yield name, line
        if discount_id:
            yield name, {"TxnLineID": discount_id}
        return
    yield name, {**line, **_priced(row, settings)}
    if discount := _discount(row, settings):
        item = {"ItemRef": {"FullName": settings["discount_item"].strip()}} if not discount_id else {}
        yield name, {"TxnLineID": discount_id or NEW, **item, "Amount": discount}


def _own(txn: str, row: Row, before: Row, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The pair's own parts of a line that are to be others; None empties one."""
    found: dict[str, Any] = {}
    for each in line_fields.of(settings).parts:
        value, element = row.get(each.key) or None, each.element
        if each.custom or value == before.get(each.key) or txn not in {name.replace(" ", "") for name in element.types}:
            continue
        if value is None and element.usual == "tax_code":  # QuickBooks lets nobody clear it
            continue
        found[element.name] = {"FullName": value} if value and element.reference else value
    return found


def _priced(row: Row, settings: Mapping[str, Any]) -> dict[str, Any]:
    quantity, amount, rate = row["quantity"], row["amount"], row.get("rate")
    if _discount(row, settings):
        amount = row["list_amount"]
    if row["product"] in settings.get("rebates", ()):  # QuickBooks's discounts know no quantity, and no sign
        if amount > 0:
            raise BadRequest("Line/Amount", "range", amount, A_DISCOUNT)
        return {"Amount": amount}
    if amount < 0 and quantity == 1:
        return {"Amount": amount}
    if rate is not None and (quantity * rate).quantize(CENT, ROUND_HALF_UP) == amount:
        return {"Quantity": quantity, "Rate": rate}
    return {"Quantity": quantity, "Amount": amount}


def _discount(row: Row, settings: Mapping[str, Any]) -> Decimal:
    """What a line of its own takes off this one."""
    if settings["discounts"] != "line" or not row.get("discount") or row.get("list_amount") is None:
        return Decimal(0)
    return Decimal(row["amount"] - row["list_amount"])
