"""A pair's own field mapping, as qbXML spells it: elements and custom fields, how they are read and written, and
whether QuickBooks has them.

Words    path     an element of a record, such as `JobStatus`, `BillAddress.City` or `ClassRef` (by its full name)
         custom   a custom field that people see (OwnerID 0): `custom:Region`
Rules    1 Custom fields are told only where a query asks for them, so every query for records does.
         2 No Add and no Mod can carry them: DataExtMod, which works on an empty one too, or DataExtDel follows by
           itself. Neither checks a version, and neither tells the record's new one: it is read again.
Pure: no Django, no I/O, no clock. Sources: qbXML's DataExtAdd, DataExtMod and the Ret of each record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qbwc.qbxml import catalogue
from qbwc.qbxml.catalogue import Field
from syncapp.connectors.quickbooks_desktop.spelling import Asked, Spelling
from syncapp.mapping.finding import Finding
from syncapp.mapping.formula_values import as_day, as_flag, as_number, as_text
from syncapp.mapping.overrides import CUSTOM, Override, Overrides
from syncapp.records import Operation, Record, Side, Value, Verb

Q = Side.QUICKBOOKS
PUBLIC = "0"
OWNER = "OwnerID"


@dataclass(frozen=True)
class Own:
    overrides: Overrides
    reads_lines: bool = False  # custom fields of lines are read, too

    def __bool__(self) -> bool:
        return bool(self.overrides)

    # Reading

    def asked(self, asked: Asked) -> Asked:
        """The query, so that it tells custom fields, too."""
        return Asked(asked.name, self.filters(asked.name, asked.data))

    def filters(self, query: str, filters: Mapping[str, Any]) -> dict[str, Any]:
        if not (self.overrides.reads_custom or self.reads_lines) or query not in _with_owner(query):
            return dict(filters)
        return {**filters, OWNER: [PUBLIC]}

    def read(self, record: Record, data: Mapping[str, Any], *, with_custom: bool) -> Record:
        """``with_custom``: the query asked for custom fields."""

        def look(name: str) -> Value:
            if not name.startswith(CUSTOM):
                return _element(data, name)
            if not with_custom:
                raise LookupError(name)
            return custom_field(data, name.removeprefix(CUSTOM))

        return replace(record, fields=self.overrides.read(Q, record.fields, look))

    # Writing

    def usual(self, operation: Operation) -> Operation:
        return replace(operation, values=self.overrides.usual(Q, operation.values)) if self else operation

    def completed(self, asked: Asked, values: Mapping[str, Value]) -> Asked:
        """The Add or Mod with the pair's own elements."""
        own = {name: v for name, v in self.overrides.spelt(Q, values).items() if not name.startswith(CUSTOM)}
        if not own:
            return asked
        data = dict(asked.data[asked.name])
        for path, value in own.items():
            _put(data, asked.name, path.split("."), value)
        return Asked(asked.name, {**asked.data, asked.name: data})

    def apart(self, operation: Operation, spelling: Spelling) -> Asked | None:
        """The request for the one custom field that the operation is about, if it is about one."""
        own = self.overrides.spelt(Q, operation.values)
        names = [name for name in own if name.startswith(CUSTOM)]
        if operation.verb is not Verb.UPDATE or not names:
            return None
        [name] = names
        value = as_text(own[name])
        request = "DataExtMod" if value else "DataExtDel"
        data = {OWNER: PUBLIC, "DataExtName": name.removeprefix(CUSTOM), **spelling.holder(operation.record_id)}
        return Asked(request, {request: {**data, "DataExtValue": value} if value else data})

    # What QuickBooks complains of

    def at_fault(self, path: Sequence[str], values: Mapping[str, Value]) -> tuple[str, ...]:
        """The keys of the pair's own fields that a refusal's path of elements names."""
        keys = {name: key for name, key in self.overrides.keys(Q).items() if key in values}
        custom = [key for name, key in keys.items() if name.startswith(CUSTOM) and "DataExtValue" in path]
        elements = "/".join(path)
        return tuple(custom + [key for name, key in keys.items() if name.replace(".", "/") in elements])

    def names(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Defaults' names as keys, where the pair replaced them."""
        keys = self.overrides.keys(Q)
        return tuple(keys.get(name, name) for name in fields)


def _with_owner(query: str) -> tuple[str, ...]:
    return (query,) if catalogue.exists(query) and catalogue.request(query).find(OWNER) else ()


def _element(data: Mapping[str, Any], path: str) -> Value:
    found: Any = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):  # a reference
        found = found.get("FullName")
    return None if isinstance(found, list | tuple) else found


def custom_field(data: Mapping[str, Any], name: str) -> Value:
    held = data.get("DataExtRet") or ()
    each: Mapping[str, Any]
    for each in held if isinstance(held, list | tuple) else [held]:
        if str(each.get("DataExtName", "")).casefold() == name.casefold() and each.get(OWNER) in (PUBLIC, None):
            return each.get("DataExtValue")
    return None


def _put(data: dict[str, Any], request: str, path: Sequence[str], value: Value) -> None:
    """The value at its place, in the type that the element has."""
    known = catalogue.request(request).find("/".join([request, *path])) if catalogue.exists(request) else None
    inner = data
    for name in path[:-1]:
        inner[name] = dict(inner.get(name) or {})
        inner = inner[name]
    if request.endswith("Add") and value in (None, ""):
        return
    if known is not None and known.is_reference:
        inner[path[-1]] = {"FullName": as_text(value)} if value not in (None, "") else None
    else:
        inner[path[-1]] = _typed(value, known)


def _typed(value: Value, known: Field | None) -> Value:
    """What is no value of that type stays as it is, and is refused with the field's name before it is sent."""
    if value is None or known is None:
        return value
    if known.type in NUMBERS:
        number = as_number(value)
        whole = number is not None and known.type == "int" and number == int(number)
        return int(number) if whole and number is not None else value if number is None else number
    if known.type in DATES:
        return as_day(value) or value
    return as_flag(value) if known.type in FLAGS else as_text(value)


# Whether QuickBooks has them ----------------------------------------------------------------

NUMBERS = ("amount", "price", "percent", "quantity", "int", "float")
DATES = ("date", "datetime")
FLAGS = ("bool",)
TEXTS = ("str", "enum", "id", "guid")
HOLDS = {"text": TEXTS, "lines": TEXTS, "number": NUMBERS, "date": DATES, "flag": FLAGS}
# What a custom field of each type holds, and how many characters.
CUSTOM_HOLDS = {"AMTTYPE": "number", "PRICETYPE": "number", "QUANTYPE": "number", "PERCENTTYPE": "number"}
CUSTOM_HOLDS |= {"INTTYPE": "number", "DATETIMETYPE": "date"}
CUSTOM_LENGTHS = {"STR255TYPE": 255, "STR1024TYPE": 1024}


@dataclass(frozen=True)
class Definition:
    """A custom field as the company has it (DataExtDefRet)."""

    name: str
    type: str
    objects: tuple[str, ...]  # such as Customer, Item, Invoice


Definitions = Mapping[str, Definition]  # by name without capitals


def judge(overrides: Overrides, spelling: Spelling, *, version: str = "", country: str = "US") -> Iterator[Finding]:
    """What is wrong with the pair's own fields, by the catalogue; with the ``version`` that a company speaks, if known.

    Custom fields are each company's own: whether one is there, only QuickBooks can tell.
    """
    for each in overrides.own:
        custom = [name for name in each.names(Q) if name.startswith(CUSTOM)]
        if custom and not any(_with_owner(query) for query, _ in spelling.records):
            what = f"records of this kind have no custom fields such as {custom[0]}"
            yield Finding(each.name, Q, what, "Leave it out.")
        for path in each.names(Q):
            if not path.startswith(CUSTOM) and not _readable(path, spelling):
                remedy = f"There are {', '.join(elements(spelling)[:40])}; or custom: and the name of a custom field."
                yield Finding(each.name, Q, f"QuickBooks's {spelling.kind} has no element {path}", remedy)
        path = each.spelt.get(Q, "")
        if path and not path.startswith(CUSTOM) and _readable(path, spelling):
            yield from _element_findings(each, path, spelling, version, country)


def undefined(overrides: Overrides, spelling: Spelling, known: Definitions | None) -> Iterator[Finding]:
    """Custom fields that the company does not have, as it last told; None: it was not asked yet.

    Warnings: a custom field that was made since then is learnt with the next session.
    """
    objects = {"Item" if record.startswith("Item") else record for _, record in spelling.records}
    for each in overrides.own:
        for name in [name.removeprefix(CUSTOM) for name in each.names(Q) if name.startswith(CUSTOM)]:
            if problem := _undefined(each, name, objects, known):
                yield Finding(each.name, Q, *problem, warning=True)


def _undefined(each: Override, name: str, objects: set[str], known: Definitions | None) -> tuple[str, str] | None:
    if known is None:
        return f"Whether QuickBooks has the custom field “{name}” is not known yet", "Its next session tells."
    definition = known.get(name.casefold())
    if definition is None:
        there = ", ".join(sorted(one.name for one in known.values() if objects & set(one.objects))) or "none"
        remedy = f"It has {there}. Make it in QuickBooks, or correct the name; it is looked for again."
        return f"QuickBooks has no custom field “{name}”", remedy
    if not objects & set(definition.objects):
        where = " or ".join(sorted(objects))
        return f"QuickBooks does not use the custom field “{name}” for {where}", "Tick it there in QuickBooks."
    holds = CUSTOM_HOLDS.get(definition.type, "text")
    if holds not in ("text", each.type) and each.apart is Q and each.spelt[Q] == f"{CUSTOM}{name}":
        return f"QuickBooks's custom field “{name}” holds a {holds}", f"Set type = “{holds}”."
    return None


def elements(spelling: Spelling) -> list[str]:
    """The elements of a record by their paths, that can be mapped: plain ones, and references by full name."""
    found: dict[str, None] = {}
    for query, record in spelling.records:
        top = catalogue.answer(query).records[record].content
        for known in top.fields.values() if top else ():
            found |= dict.fromkeys(_paths(known))
    return list(found)


def _paths(known: Field) -> list[str]:
    if known.repeats:
        return []
    if known.is_reference or known.content is None:
        return [known.name]
    return [f"{known.name}.{inner}" for each in known.content.fields.values() for inner in _paths(each)]


def _readable(path: str, spelling: Spelling) -> Field | None:
    for query, record in spelling.records:
        content = catalogue.answer(query).records[record].content
        found = content.find(path.replace(".", "/")) if content else None
        if found is not None and (found.content is None or found.is_reference) and not found.repeats:
            return found
    return None


def _element_findings(each: Override, path: str, spelling: Spelling, version: str, country: str) -> Iterator[Finding]:
    known = _readable(path, spelling)
    assert known is not None
    if each.owner is not Q:
        places = [(request, "/".join([request, *path.split(".")])) for request in spelling.requests]
        written = [found for request, place in places if (found := catalogue.request(request).find(place))]
        if not written:
            remedy = "Set direction = “to_salesforce”, or choose another element."
            yield Finding(each.name, Q, f"QuickBooks's {path} can be read, but not written", remedy)
            return
        known = written[0]
    kinds = TEXTS if known.is_reference else (known.type,)
    if not set(kinds) & set(HOLDS[each.type]):
        may = next((word for word, types in HOLDS.items() if known.type in types), "text")
        yield Finding(each.name, Q, f"QuickBooks's {path} holds no {each.type}", f"Set type = “{may}”.")
    if version and _number(known.since) > _number(version):
        remedy = "Choose another element, or a newer QuickBooks."
        yield Finding(each.name, Q, f"QuickBooks's {path} needs qbXML {known.since}, and it speaks {version}", remedy)
    if country in known.absent:
        yield Finding(each.name, Q, f"QuickBooks's {path} is not there in its edition ({country})", "Leave it out.")
    yield from _words(each, path, known)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _words(each: Override, path: str, known: Field) -> Iterator[Finding]:
    """Words that QuickBooks does not have for an element of a fixed choice; and a constant that is too long."""
    constant = str(each.formula) if each.formula is not None and each.formula.constant and each.owner is not Q else ""
    words = [*each.values.values(), *filter(None, [constant])]
    if known.values and (strange := [word for word in words if word not in known.values]):
        remedy = f"It has {', '.join(known.values)}."
        yield Finding(each.name, Q, f"QuickBooks's {path} has no “{strange[0]}”", remedy)
    most = known.limit()
    if most and (long := [word for word in words if len(word) > most]):
        what = f"“{long[0]}” has {len(long[0])} characters, and QuickBooks's {path} takes {most}"
        yield Finding(each.name, Q, what, "Shorten it; nothing is ever cut.")


def length(each: Override, spelling: Spelling, known: Definitions | None) -> int | None:
    """How many characters QuickBooks holds; None where it is not known."""
    path = each.spelt.get(Q, "")
    if not path:
        limits: Mapping[Side, int] = getattr(each.default.codec, "limits", {}) if each.default else {}
        return limits.get(Q) if each.reads_default(Q) else None
    if path.startswith(CUSTOM):
        definition = (known or {}).get(path.removeprefix(CUSTOM).casefold())
        return CUSTOM_LENGTHS.get(definition.type) if definition else None
    for request in spelling.requests:
        found = catalogue.request(request).find("/".join([request, *path.split(".")]))
        if found is not None:
            return found.limit()
    readable = _readable(path, spelling)
    return readable.limit() if readable else None
