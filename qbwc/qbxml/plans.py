"""Plans: the catalogue of one request, compiled for one version and one country, so that building is quick.

Words    step     writes one element, or refuses it with the reason why it cannot stand there
         plan     writes the content of an aggregate: a step for each name, and the order they come in
         empties  what None and "" mean: "drop" in an Add (there is nothing to clear), "clear" in a Mod, "refuse"
                  elsewhere (a lookup by no id would find everything), "keep" when a text is checked
Rule     a plan holds no state. What it writes is ASCII, in the catalogue's order whatever the order of the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from . import catalogue, values
from .catalogue import Content, Field, Group
from .errors import BadRequest, shown
from .markup import ORDER, TEXT, escape, quote
from .text import to_quickbooks

PLANS_MAX = 4096

_PLAIN = re.compile(r"[ !-%'-;=?-~]+").fullmatch
_NOT_NAMED_BY_COLON = re.compile(r"\w+(Add|Mod)").fullmatch

# What an empty element cannot clear, beyond what the schema says, from the SDK Programmer's Guide.
_LINE = {"ItemRef", "Quantity", "Rate", "Amount", "SalesTaxCodeRef", "OverrideItemAccountRef"}
NOT_CLEARABLE = {
    "InvoiceMod": {"CustomerRef", "ARAccountRef", "TemplateRef"},
    "InvoiceLineMod": _LINE,
}
# Required, but emptied by being empty: the value of a custom field.
EMPTY_THOUGH_REQUIRED = {"DataExtValue"}
# Types whose elements cannot stand empty at all.
NEVER_EMPTY = {"int", "guid", "enum"}


class Context:
    """What a plan is compiled for."""

    __slots__ = ("country", "empties", "version")

    def __init__(self, version: str, country: str, empties: str) -> None:
        self.version = version
        self.country = country
        self.empties = empties

    def key(self) -> tuple[str, str, str]:
        return self.version, self.country, self.empties


class Step:
    """Writes one element at one place."""

    __slots__ = ("empties", "field", "holder", "must", "name", "order")

    def __init__(self, field: Field, order: int, holder: str, context: Context) -> None:
        self.field = field
        self.name = field.name
        self.order = order
        self.holder = holder
        self.empties = context.empties
        self.must = field.required

    def write(self, value: object) -> str:
        raise BadRequest("", "unknown", value)

    def pieces(self, value: object) -> list[str]:
        return [text] if (text := self.write(value)) else []

    def _empty(self, value: object) -> str:
        """What None or "" is written as here."""
        if self.empties == "drop":
            return ""
        if self.empties == "refuse":
            raise BadRequest("", "empty", value, "a value is needed here")
        if self.field.type in NEVER_EMPTY and "" not in self.field.values:
            raise BadRequest("", "clear", value, "this element cannot be empty")
        if self.empties == "clear":
            if self.must and self.name not in EMPTY_THOUGH_REQUIRED:
                raise BadRequest("", "required", value, "a value is required")
            if self.name in NOT_CLEARABLE.get(self.holder, ()):
                raise BadRequest("", "clear", value, "QuickBooks does not let this be cleared")
        return f"<{self.name}></{self.name}>"

    def _attributes(self, value: Mapping[str, object]) -> str:
        """The attributes among the data ("@useMacro"), written out."""
        found = ""
        for key, given in value.items():
            if key[:1] == "@":
                if key[1:] not in self.field.attributes or not isinstance(given, str):
                    raise BadRequest("", "attribute", given, f"there is no attribute {key[1:]!r} here")
                found += f" {key[1:]}={quote(given)}"
        return found


class Refused(Step):
    """An element that this version or this country does not have."""

    __slots__ = ("message", "rule")

    def __init__(self, field: Field, order: int, holder: str, context: Context, rule: str, message: str) -> None:
        super().__init__(field, order, holder, context)
        self.rule = rule
        self.message = message
        self.must = False

    def write(self, value: object) -> str:
        if value is None and self.empties == "drop":
            return ""
        raise BadRequest("", self.rule, value, self.message)


class Text(Step):
    """Free text, and ids."""

    __slots__ = ("close", "colon", "limit", "open")

    def __init__(self, field: Field, order: int, holder: str, context: Context) -> None:
        super().__init__(field, order, holder, context)
        self.open = f"<{field.name}>"
        self.close = f"</{field.name}>"
        self.limit = field.limit(context.country) or (36 if field.type == "id" else 1 << 30)
        # The colon separates the levels of a full name, so no record's own name may hold it.
        self.colon = field.name == "Name" and _NOT_NAMED_BY_COLON(holder) is not None

    def write(self, value: object) -> str:
        if type(value) is str and len(value) <= self.limit and not self.colon and _PLAIN(value):
            return self.open + value + self.close
        if value is None or value == "":
            return self._empty(value)
        if isinstance(value, Mapping) and self.field.attributes:
            return self._with_attributes(value)
        if not isinstance(value, str):
            raise BadRequest("", "type", value, f"{shown(value)} is not text")
        spelt = to_quickbooks(value)
        if spelt == "":
            return self._empty(value)
        if len(spelt) > self.limit:
            message = f"{len(spelt)} characters are too many; at most {self.limit} fit"
            raise BadRequest("", "length", value, message)
        if self.colon and ":" in spelt:
            raise BadRequest("", "colon", value, "a name cannot hold a colon, which separates parent and child")
        return self.open + escape(spelt) + self.close

    def _with_attributes(self, value: Mapping[str, object]) -> str:
        inner = value.get(TEXT)
        written = self.write(inner) if inner is not None else self.open + self.close
        return written.replace(self.open, f"<{self.name}{self._attributes(value)}>", 1)


class Typed(Step):
    """Numbers, dates, booleans, GUIDs."""

    __slots__ = ("close", "convert", "open")

    def __init__(self, field: Field, order: int, holder: str, context: Context) -> None:
        super().__init__(field, order, holder, context)
        self.open = f"<{field.name}>"
        self.close = f"</{field.name}>"
        self.convert = values.WRITERS[field.type]

    def write(self, value: object) -> str:
        if value is None or value == "":
            return self._empty(value)
        text = self.convert(value)
        low, high = self.field.low, self.field.high
        if (low is not None and Decimal(text) < low) or (high is not None and Decimal(text) > high):
            raise BadRequest("", "range", value, f"{text} is not between {low} and {high or 'any number'}")
        return self.open + text + self.close


class Token(Step):
    """A value out of a list."""

    __slots__ = ("allowed", "written")

    def __init__(self, field: Field, order: int, holder: str, context: Context) -> None:
        super().__init__(field, order, holder, context)
        version = float(context.version)
        self.allowed = [token for token, since in field.values.items() if not since or float(since) <= version]
        self.written = {token: f"<{field.name}>{token}</{field.name}>" for token in self.allowed if token}

    def write(self, value: object) -> str:
        if value is None or value == "":
            return self._empty(value)
        written = self.written.get(value) if isinstance(value, str) else None
        if written is None:
            choices = ", ".join(self.allowed)
            raise BadRequest("", "enum", value, f"{shown(value)} is not one of {choices}")
        return written


class Aggregate(Step):
    """An element with elements inside."""

    __slots__ = ("close", "open", "plan")

    def __init__(self, field: Field, order: int, holder: str, context: Context) -> None:
        super().__init__(field, order, holder, context)
        self.open = f"<{field.name}>"
        self.close = f"</{field.name}>"
        self.plan = plan_of(field.content or Content((), {}, frozenset()), field.name, context)

    def write(self, value: object) -> str:
        if not isinstance(value, Mapping):
            if value is None or value == "":
                return self._nothing(value)
            raise BadRequest("", "type", value, f"{shown(value)} is not a group of elements")
        inner = self.plan.write(value)
        opening = self.open
        if self.field.attributes and (attributes := self._attributes(value)):
            opening = f"<{self.name}{attributes}>"
        elif not inner:
            return self._nothing(value)
        return opening + inner + self.close

    def _nothing(self, value: object) -> str:
        """What an aggregate without elements is written as: None, {}, or one whose elements were all left out."""
        if self.empties == "drop":
            if value and self.field.is_reference:
                raise BadRequest("", "empty", value, "a reference needs a ListID or a FullName")
        elif not self.plan.may_be_empty:
            self.plan.write({})  # says what is missing
        return self._empty(value)


class Repeated(Step):
    """An element that may come several times, given as a list."""

    __slots__ = ("single",)

    def __init__(self, single: Step) -> None:
        super().__init__(single.field, single.order, single.holder, Context("", "", single.empties))
        self.single = single

    def write(self, value: object) -> str:
        return "".join(self.pieces(value))

    def pieces(self, value: object) -> list[str]:
        if not isinstance(value, list | tuple):
            value = () if value is None else (value,)
        if 0 < self.field.most < len(value):
            message = f"{len(value)} are too many; at most {self.field.most} may be given"
            raise BadRequest("", "many", value, message)
        found = []
        for index, entry in enumerate(value):
            try:
                text = self.single.write(entry)
            except BadRequest as problem:
                raise problem.under(f"[{index}]") from None
            if text:
                found.append(text)
        return found


class Plan:
    """Writes the content of one aggregate."""

    __slots__ = ("content", "holder", "may_be_empty", "mixed", "required", "simple", "steps")

    def __init__(self, content: Content, holder: str, context: Context) -> None:
        self.content = content
        self.holder = holder
        self.steps = {
            name: _step(field, order, holder, context) for order, (name, field) in enumerate(content.fields.items())
        }
        top = [item for item in content.items if isinstance(item, Field)]
        self.required = frozenset(field.name for field in top if self.steps[field.name].must)
        self.simple = len(top) == len(content.items)
        self.mixed = content.mixed
        self.may_be_empty = all(self._skippable(item) for item in content.items)

    def write(self, data: Mapping[str, object]) -> str:
        texts: dict[str, str] = {}
        steps, last, sorted_already = self.steps, -1, True
        for name, value in data.items():
            step = steps.get(name)
            if step is None:
                self._check_unknown(name, value)
                continue
            try:
                text = step.write(value)
            except BadRequest as problem:
                raise problem.under(name) from None
            if text:
                texts[name] = text
                if step.order < last:
                    sorted_already = False
                last = step.order
        if not self.required <= texts.keys():
            self.complain_of_missing(texts)
        if not self.simple:
            return "".join(self._arrange(self.content.items, texts, data))
        if sorted_already:
            return "".join(texts.values())
        return "".join(texts[name] for name in sorted(texts, key=lambda name: steps[name].order))

    def complain_of_missing(self, texts: Mapping[str, str]) -> None:
        missing = next(name for name in self.steps if name in self.required and name not in texts)
        raise BadRequest(missing, "required", None, "a value is required")

    def _check_unknown(self, name: str, value: object) -> None:
        if not isinstance(name, str) or (name[:1] != "@" and not (name == ORDER and self.mixed)):
            raise BadRequest(str(name), "unknown", value, f"there is no such element in {self.holder}")

    def _arrange(
        self, items: Iterable[Field | Group], texts: Mapping[str, str], data: Mapping[str, object]
    ) -> Iterator[str]:
        """The texts in the catalogue's order, each choice held to one branch."""
        for item in items:
            if isinstance(item, Field):
                if item.name in texts:
                    yield texts[item.name]
                elif self.steps[item.name].must:
                    raise BadRequest(item.name, "required", None, "a value is required")
                continue
            names = [field.name for field in item.fields() if field.name in texts]
            if not names:
                if not self._skippable(item):
                    choices = ", ".join(dict.fromkeys(field.name for field in item.fields()))
                    raise BadRequest("", "required", None, f"{self.holder} needs one of {choices}")
            elif item.kind == "choice" and item.mixes:
                yield from self._mix(item, names, texts, data)
            else:
                yield from self._arrange(self._branch(item, names), texts, data)

    def _branch(self, group: Group, names: list[str]) -> tuple[Field | Group, ...]:
        for branch in group.branches:
            if set(names) <= {name for item in branch for name in _names(item)}:
                return branch
        first = next(b for b in group.branches if any(names[0] in _names(item) for item in b))
        other = next(n for n in names if not any(n in _names(item) for item in first))
        raise BadRequest(other, "branch", None, f"{other} cannot be given together with {names[0]}")

    def _mix(self, group: Group, names: list[str], texts: Mapping[str, str], data: Mapping[str, object]) -> list[str]:
        given = data.get(ORDER)
        order = [name for name in given if name in names] if isinstance(given, list | tuple) else []
        if not order:
            return [texts[name] for name in names]
        waiting = {name: self.steps[name].pieces(data[name])[::-1] for name in names}
        if sorted(order) != sorted(name for name, pieces in waiting.items() for _ in pieces):
            raise BadRequest(ORDER, "order", given, "the order does not name each element exactly once")
        return [waiting[name].pop() for name in order]

    def _skippable(self, item: Field | Group) -> bool:
        if isinstance(item, Field):
            return not self.steps[item.name].must
        if not item.required:
            return True
        return any(all(self._skippable(inner) for inner in branch) for branch in item.branches)


def _names(item: Field | Group) -> set[str]:
    return {item.name} if isinstance(item, Field) else {field.name for field in item.fields()}


def _step(field: Field, order: int, holder: str, context: Context) -> Step:
    if float(field.since) > float(context.version):
        return Refused(field, order, holder, context, "version", f"this needs qbXML {field.since} or later")
    if context.country in field.absent:
        message = f"QuickBooks does not have this in {context.country}"
        return Refused(field, order, holder, context, "country", message)
    kinds: dict[str, Callable[..., Step]] = {"aggregate": Aggregate, "str": Text, "id": Text}
    kind = Token if field.values else kinds.get(field.type, Typed if field.type in values.WRITERS else Text)
    step = kind(field, order, holder, context)
    return Repeated(step) if field.repeats else step


@lru_cache(maxsize=PLANS_MAX)
def _plan(content_id: int, holder: str, key: tuple[str, str, str]) -> Plan:
    return Plan(_contents[content_id], holder, Context(*key))


_contents: dict[int, Content] = {}


def plan_of(content: Content, holder: str, context: Context) -> Plan:
    # The catalogue holds every content once and for good, so its identity is a key that needs no hashing of the tree.
    _contents[id(content)] = content
    return _plan(id(content), holder, context.key())


def plan_for(name: str, version: str, country: str, empties: str) -> Plan:
    return plan_of(catalogue.request(name).fields, name, Context(version, country, empties))
