"""What can be filled in for a record type and an action: for forms, for the API's schemas, for the columns of a CSV.

Words    entry   one element: how it is called, what it takes, and what stands inside
         leaf    an entry that takes a value itself; a reference counts as one, by its FullName
         path    "BillAddress/City"; of repeated elements "InvoiceLineAdd[2]/ItemRef", counted from 1
         custom  "custom:Region": the custom field Region of a record
         plain   a record as JSON holds it: amounts and dates as text

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from qbwc.qbxml import values
from qbwc.qbxml.catalogue import Content, Field, Group
from qbwc.qbxml.errors import BadRequest
from syncapp.explorer import kinds
from syncapp.explorer.kinds import RecordType

CUSTOM = "custom:"
EXACT = frozenset({"amount", "price", "quantity", "percent", "float"})
HELP = {
    "amount": "An amount such as 1234.50, without thousands separators.",
    "price": "A number with up to five decimals.",
    "quantity": "A number with up to five decimals.",
    "percent": "A number: 8.25 means 8.25 %.",
    "float": "A decimal number.",
    "int": "A whole number.",
    "bool": "true or false.",
    "date": "A date such as 2026-02-07.",
    "datetime": "A time on the QuickBooks PC's clock, such as 2026-02-07T14:30:00.",
    "interval": "A length of time such as PT1H30M.",
    "guid": "A GUID in braces.",
    "reference": "The name in full, as QuickBooks shows it (Parent:Child), or the ListID.",
}
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_STEP = re.compile(r"([^\[\]/]+)(?:\[(\d+)\])?").fullmatch
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?").fullmatch


@dataclass(frozen=True, slots=True)
class Alternative:
    """The place of an entry in a choice: of the same choice, only entries of one branch may be given."""

    choice: str
    branch: int
    required: bool  # one of the branches must be given


@dataclass(frozen=True, slots=True)
class Entry:
    path: str
    name: str
    label: str
    type: str  # str, id, bool, int, amount, price, quantity, percent, float, date, datetime, interval, guid, enum …
    limit: int | None = None  # the longest text
    required: bool = False  # whenever what holds it is given
    low: int | None = None
    high: int | None = None
    values: tuple[str, ...] = ()
    since: str = ""  # the qbXML version that has it first
    repeats: bool = False
    reference: bool = False
    children: tuple[Entry, ...] = ()
    alternatives: tuple[Alternative, ...] = ()  # outermost first
    refused: str = ""  # why this QuickBooks has it not
    help: str = ""


def label(name: str) -> str:
    """ "BillAddress" is "Bill address" to people, "CustomerRef" is "Customer", "Addr2" is "Line 2"."""
    name = re.sub(r"^Addr(\d)$", r"Line\1", name)
    name = re.sub(r"^Is(?=[A-Z])|(?<=[a-z])(Ref|Ret|Add|Mod)$", "", name)
    first, *rest = _CAPITALS.split(re.sub(r"(?<=[a-z])(\d+)$", r" \1", name))
    return " ".join([first, *(word if word.isupper() else word.lower() for word in rest)])


# What may be given ---------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def entries(record_type: str, action: str, version: str = "13.0", country: str = "US") -> tuple[Entry, ...]:
    """All that may be given, in QuickBooks's order; empty if the record type does not know the action."""
    kind = kinds.find(record_type)
    if kind is None or action not in kind.requests:
        return ()
    if action in ("delete", "void") and kind.id_name:
        return _naming(kind, "0")
    found = tuple(_entries(kind.content(action).items, "", (), version, country))
    if action == "modify" and kind.id_name:
        return _to_modify(kind, found)
    return found


def _entries(
    items: Sequence[Field | Group], above: str, place: tuple[Alternative, ...], version: str, country: str
) -> Iterator[Entry]:
    for number, item in enumerate(items):
        if isinstance(item, Field):
            yield _entry(item, above, place, version, country)
        elif item.kind == "choice" and not item.mixes:
            name = f"{place[-1].choice}.{place[-1].branch}.{number}" if place else f"{above}#{number}"
            for branch, inner in enumerate(item.branches):
                there = (*place, Alternative(name, branch, item.required))
                yield from _entries(inner, above, there, version, country)
        else:
            for inner in item.branches:
                for entry in _entries(inner, above, place, version, country):
                    yield entry if item.required and item.kind == "seq" else replace(entry, required=False)


def _entry(field: Field, above: str, place: tuple[Alternative, ...], version: str, country: str) -> Entry:
    path = f"{above}/{field.name}" if above else field.name
    refused = ""
    if float(field.since) > float(version):
        refused = f"This needs qbXML {field.since} or later."
    elif country in field.absent:
        refused = f"QuickBooks does not have this in {country}."
    inner = field.content.items if field.content and not refused else ()
    kind = "reference" if field.is_reference else field.type
    tokens = tuple(token for token, since in field.values.items() if not since or float(since) <= float(version))
    return Entry(
        path=path,
        name=field.name,
        label=label(field.name),
        type=kind,
        limit=_limit(field, country),
        required=field.required and not refused,
        low=field.low,
        high=field.high,
        values=tuple(token for token in tokens if token),
        since=field.since,
        repeats=field.repeats,
        reference=field.is_reference,
        children=tuple(_entries(inner, path, (), version, country)),
        alternatives=place,
        refused=refused,
        help=HELP.get(kind, ""),
    )


def _limit(field: Field, country: str) -> int | None:
    if field.is_reference and field.content:
        return field.content.fields["FullName"].limit(country)
    return field.limit(country) or (36 if field.type == "id" else None)


def _naming(kind: RecordType, choice: str) -> tuple[Entry, ...]:
    """Which record is meant: by its id, or by a name that is looked up first."""
    said = {kind.id_name: "The id that QuickBooks gave it."}
    told = "Looked up first; exactly one record must have it."
    known = kind.content("query").fields
    return tuple(
        Entry(
            path=name,
            name=name,
            label=label(name),
            type="id" if name == kind.id_name else "str",
            limit=36 if name == kind.id_name else known[name].limit(),
            alternatives=(Alternative(choice, branch, required=True),),
            help=said.get(name, told),
        )
        for branch, name in enumerate(kind.queried_by or (kind.id_name,))
    )


def _to_modify(kind: RecordType, found: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """A Mod wants the id and the EditSequence; here a name will do, and what is left out is looked up."""
    known = {entry.name for entry in found}
    names = tuple(entry for entry in _naming(kind, "which") if entry.name == kind.id_name or entry.name not in known)
    latest = "Of the state that is changed; left out, the latest is read just before."
    rest = tuple(
        replace(entry, required=False, help=latest) if entry.name == "EditSequence" else entry
        for entry in found
        if entry.name != kind.id_name
    )
    return tuple(replace(entry, alternatives=()) for entry in names) + rest


def leaves(found: Sequence[Entry]) -> Iterator[Entry]:
    """Flat, for the columns of a CSV: a reference is one column, by its FullName."""
    for entry in found:
        if entry.refused:
            continue
        if entry.reference:
            yield replace(entry, path=f"{entry.path}/FullName")
        elif entry.children:
            for leaf in leaves(entry.children):
                yield replace(leaf, label=f"{entry.label}: {leaf.label}")
        elif entry.type != "aggregate":
            yield entry


def find(found: Sequence[Entry], path: str) -> Entry | None:
    """The entry at a path, whose indexes do not matter."""
    first, _, rest = re.sub(r"\[\d+\]", "", path).partition("/")
    entry = next((each for each in found if each.name == first), None)
    return find(entry.children, rest) if entry is not None and rest else entry


# What comes back -----------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def columns(record_type: str) -> tuple[str, ...]:
    """The paths of a query's records, in QuickBooks's order; of a combined query those of all its types."""
    kind = kinds.find(record_type)
    found: dict[str, None] = {}
    for record in kind.answers.values() if kind else ():
        found |= dict.fromkeys(_paths(record.content, ""))
    return tuple(found)


def _paths(content: Content | None, above: str) -> Iterator[str]:
    for name, field in (content.fields if content else {}).items():
        path = f"{above}{name}"
        if name == "DataExtRet":
            continue
        if field.content is not None:
            yield from _paths(field.content, f"{path}/")
        else:
            yield path


@lru_cache(maxsize=256)
def repeated(record_type: str) -> frozenset[str]:
    """The elements of a query's records that come several times, at the top of the record."""
    kind = kinds.find(record_type)
    records = kind.answers.values() if kind else ()
    contents = [record.content for record in records if record.content is not None]
    return frozenset(name for each in contents for name, field in each.fields.items() if field.repeats)


# Values in a record --------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def steps(path: str) -> tuple[tuple[str, int | None], ...]:
    """The names of a path, each with its index from 1 where there is one; ValueError if it is none."""
    found = [_STEP(part) for part in path.split("/")]
    if not all(found):
        raise ValueError(f"{path!r} is not a path such as BillAddress/City or InvoiceLineAdd[1]/ItemRef")
    return tuple((step[1], int(step[2]) if step[2] else None) for step in found if step)


def value_at(data: Any, path: str) -> Any:
    """The value at a path; None where there is nothing. A list without an index means its first."""
    if path.startswith(CUSTOM):
        return custom_fields(data).get(path.removeprefix(CUSTOM))
    for name, index in steps(path):
        if isinstance(data, list):
            data = data[0] if data else None
        if not isinstance(data, Mapping) or name not in data:
            return None
        data = data[name]
        if index is not None:
            listed = data if isinstance(data, list) else [data]
            data = listed[index - 1] if 0 < index <= len(listed) else None
    return data


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path, making what is on the way; lists grow up to the index."""
    walk = steps(path)
    here: dict[str, Any] = data
    for name, index in walk[:-1]:
        here = _inside(here, name, index)
    name, index = walk[-1]
    if index is None:
        here[name] = value
        return
    listed = here.setdefault(name, [])
    listed.extend([None] * (index - len(listed)))
    listed[index - 1] = value


def _inside(here: dict[str, Any], name: str, index: int | None) -> dict[str, Any]:
    if index is None and not isinstance(here.get(name), list):
        inner: dict[str, Any] = here.setdefault(name, {})
        return inner
    listed = here.setdefault(name, [])
    while len(listed) < (index or 1):
        listed.append({})
    within: dict[str, Any] = listed[(index or 1) - 1]
    return within


def custom_fields(data: Any) -> dict[str, Any]:
    """The custom fields of a record, by name."""
    found: Any = (data.get("DataExtRet") or []) if isinstance(data, Mapping) else []
    listed: list[Any] = found if isinstance(found, list) else [found]
    return {each["DataExtName"]: each.get("DataExtValue") for each in listed if "DataExtName" in each}


def plain(value: Any) -> Any:
    """A record as JSON can hold it: numbers with decimals, dates and GUIDs as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return f"{{{value}}}"
    return values.write_interval(value) if isinstance(value, timedelta) else value


def spelt(kind: RecordType, action: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it was given, ready to be kept and built: every number in the form of its element.

    "12.5" is a fine amount to people, but QuickBooks wants 12.50. What cannot be spelt stays as it is: build() says
    what is wrong with it.
    """
    return _spelt(kind.content(action) if action in kind.requests else None, data)


def _spelt(content: Content | None, data: Mapping[str, Any]) -> dict[str, Any]:
    known = content.fields if content else {}
    return {str(name): _spelt_value(known.get(name), value) for name, value in data.items()}


def _spelt_value(field: Field | None, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_spelt_value(field, each) for each in value]
    if isinstance(value, Mapping):
        return _spelt(field.content if field else None, value)
    if field is not None and field.is_reference and isinstance(value, str):
        return {"FullName": value} if value else None
    kind = field.type if field else ""
    if isinstance(value, str):
        value = value.strip() if kind in values.WRITERS else value
        if kind not in EXACT or not _DECIMAL(value):
            return value
        value = Decimal(value)
    if kind in values.WRITERS and value is not None and not isinstance(value, float):
        try:
            return values.WRITERS[kind](value)
        except BadRequest:
            return plain(value)
    return plain(value)
