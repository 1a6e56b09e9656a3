"""A pair's own field mapping, as Salesforce spells it: which fields are read, how they are written, and whether the org
has them.

Words    column   a field of the main object, by its API name; `Owner.Name` is one of another record, and only read
Rules    1 What a reader hears of a record is completed by its ``Own``; what is written to it is, too.
         2 An outcome names fields by their keys, whatever Salesforce called them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from syncapp.connectors.salesforce.fields import Row, read_lines, same
from syncapp.mapping.finding import Finding
from syncapp.mapping.line_fields import LineFields
from syncapp.mapping.overrides import Override, Overrides
from syncapp.records import Applied, Operation, Outcome, Rejected, Side, Value

S, Q = Side.SALESFORCE, Side.QUICKBOOKS


@dataclass(frozen=True)
class Own:
    overrides: Overrides

    def __bool__(self) -> bool:
        return bool(self.overrides)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.overrides.names(S)

    @property
    def written(self) -> frozenset[str]:
        """Those of the columns that the sync writes."""
        return frozenset(each.spelt[S] for each in self.overrides.own if each.spelt.get(S) and each.owner is not S)

    def read(self, fields: Mapping[str, Value], row: Row) -> dict[str, Value]:
        return self.overrides.read(S, fields, lambda name: _value(row, name))

    def usual(self, operation: Operation) -> Operation:
        """The operation with the defaults' names wherever Salesforce spells a field as ever."""
        return replace(operation, values=self.overrides.usual(S, operation.values)) if self else operation

    def row(self, values: Mapping[str, Value], before: Mapping[str, Value] | None = None) -> dict[str, Any]:
        """What of an operation's values goes to the pair's own columns: all there is, or what differs."""
        if not self:
            return {}
        told = {key: each for each in self.overrides.own for key in [each.key] if key in values}
        news = {
            key: values[key]
            for key, each in told.items()
            if before is None or not same(values[key], each.told(S, before.get(key)))
        }
        found = self.overrides.spelt(S, news)
        return {name: _sent(value) for name, value in found.items() if before is not None or value not in (None, "")}

    def named(self, neutral: Mapping[str, str]) -> dict[str, str]:
        """Neutral names by column, for what Salesforce complains of."""
        return {**neutral, **{each.spelt[S]: each.key for each in self.overrides.own if each.spelt.get(S)}}

    def ended(self, outcome: Outcome) -> Outcome:
        if not self:
            return outcome
        keys = {each.name: each.key for each in self.overrides.own if each.reads_default(S)}
        if isinstance(outcome, Rejected):
            return replace(outcome, fields=tuple(keys.get(name, name) for name in outcome.fields))
        if isinstance(outcome, Applied) and outcome.refused:
            return replace(outcome, refused={keys.get(name, name): why for name, why in outcome.refused.items()})
        return outcome


def _value(row: Row, name: str) -> Value:
    """LookupError where the row was read without it."""
    first, _, rest = name.partition(".")
    value = row[first]
    if rest:
        value = (value or {}).get(rest)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    return read_lines(value)


def _sent(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else value


# Whether the org has them -----------------------------------------------------------------

LINES = "line_fields"
# Which of Salesforce's types can hold what; a text can be shown in any field of text.
TEXTS = (
    *("string", "textarea", "picklist", "multipicklist", "phone", "email", "url", "combobox", "id"),
    "encryptedstring",
)
HOLDS: dict[str, tuple[str, ...]] = {
    "text": (*TEXTS, "reference"),
    "lines": TEXTS,
    "number": ("double", "currency", "percent", "int", "long"),
    "date": ("date", "datetime"),
    "flag": ("boolean",),
}


def judge(
    overrides: Overrides,
    sobject: str,
    described: Mapping[str, Mapping[str, Any]],
    lengths: Mapping[str, int | None] | None = None,
) -> Iterator[Finding]:
    """What is wrong with the pair's own fields in this org, as its describe shows them to the sync's user.

    ``lengths`` is how many characters QuickBooks holds, by the override's name.
    """
    for each in overrides.own:
        for name in each.names(S):
            if problem := _absent(name, sobject, described):
                yield Finding(each.name, S, *problem)
        column = each.spelt.get(S, "")
        if column in described:
            yield from _column(each, f"{sobject}.{column}", described[column])
        yield from _too_long(each, sobject, described.get(column), (lengths or {}).get(each.name))


def judge_lines(own: LineFields, sobject: str, described: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """The same of the further fields of a sale's lines."""
    for each in own.parts:
        name = each.column
        if problem := _absent(name, sobject, described):
            yield Finding(name, S, *problem, setting=LINES)
            continue
        there, wanted = described[name], "date" if each.element.day else "text"
        lacking = [word for word in ("createable", "updateable") if there.get(word) is False]
        if lacking:
            what = f"{sobject}.{name} is not {' or '.join(lacking)}, so nothing can be written to it"
            yield Finding(name, S, what, "Let the sync's user edit it, or choose another field.", setting=LINES)
        if there["type"] not in HOLDS[wanted]:
            theirs = f"QuickBooks's {each.element.name} holds a {wanted}"
            what = f"{sobject}.{name} is of the type {there['type']}, and {theirs}"
            yield Finding(name, S, what, "Choose another field.", setting=LINES)


def _absent(name: str, sobject: str, described: Mapping[str, Mapping[str, Any]]) -> tuple[str, str] | None:
    first, _, rest = name.partition(".")
    if rest:
        first = f"{first.removesuffix('__r')}__c" if first.endswith("__r") else f"{first}Id"
    if first in described:
        return None
    alike = next((known for known in described if known.lower() == first.lower()), "")
    remedy = f"Create it in Salesforce, let the sync's user see it (a permission set does), or correct {name}."
    if alike:
        remedy = f"Write it {alike}: capitals count."
    return f"{sobject} has no field {first}, or the sync's user may not see it", remedy


def _column(each: Override, name: str, there: Mapping[str, Any]) -> Iterator[Finding]:
    if each.owner is not S:
        lacking = [word for word in ("createable", "updateable") if there.get(word) is False]
        if lacking:
            what = "calculated by Salesforce" if there.get("calculated") else f"not {' or '.join(lacking)}"
            remedy = "Let the sync's user edit it, or set direction = “to_quickbooks”."
            yield Finding(each.name, S, f"{name} is {what}, so nothing can be written to it", remedy)
    if there["type"] not in HOLDS[each.type] and not (each.type == "text" and each.owner is S):
        may = next((word for word, types in HOLDS.items() if there["type"] in types), "")
        remedy = f"Set type = “{may}”, or choose another field." if may else "Choose another field."
        yield Finding(each.name, S, f"{name} is of the type {there['type']}, which holds no {each.type}", remedy)
    yield from _picklist(each, name, there)


def _too_long(each: Override, sobject: str, there: Mapping[str, Any] | None, theirs: int | None) -> Iterator[Finding]:
    """A text of one side that the other has no room for; where a formula or a word map makes it, that is not known."""
    if each.type not in ("text", "lines") or each.formula is not None or each.values or not theirs:
        return
    name, ours = f"{sobject}.{each.spelt.get(S)}", _room(there) if there is not None else None
    if there is None and each.reads_default(S) and each.default is not None:
        name, ours = f"the usual field “{each.default.label}”", getattr(each.default.codec, "limits", {}).get(S)
    if not ours:
        return
    quickbooks = f"QuickBooks's {each.spelt.get(Q) or each.label}"
    ends = {S: (name, ours), Q: (quickbooks, theirs)}
    for target in Side:
        (long, most), (short, least) = ends[target.other], ends[target]
        if each.owner is not target and most > least:
            what = f"{long} holds up to {most} characters, and {short} only {least}"
            remedy = f"A text of more than {least} does not travel to {target.label}, and nothing is cut."
            yield Finding(each.name, target, what, remedy, warning=True)


def _room(there: Mapping[str, Any]) -> int | None:
    """How many characters a field can hold; of fixed choices, those of the longest."""
    if there["type"] not in TEXTS:
        return None
    if there["type"] == "picklist" and there.get("restrictedPicklist") and there.get("values"):
        return max(len(value) for value in there["values"])
    return there.get("length") or None


def _picklist(each: Override, name: str, there: Mapping[str, Any]) -> Iterator[Finding]:
    """Words that a restricted picklist does not have would be refused one by one; a constant says so at once."""
    values = there.get("values") or ()
    if there["type"] not in ("picklist", "multipicklist") or not values:
        return
    words = list(each.values)
    if each.formula is not None and each.formula.constant and each.owner is not S:
        words.append(str(each.formula))
    if there["type"] == "multipicklist":
        words = [one for word in words for one in word.split(";")]
    if strange := [word for word in words if word not in values]:
        restricted = there.get("restrictedPicklist", False)
        remedy = f"It has {', '.join(values)}."
        yield Finding(each.name, S, f"{name} has no choice “{strange[0]}”", remedy, warning=not restricted)
