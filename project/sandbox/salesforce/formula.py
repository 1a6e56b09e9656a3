"""Formulas of custom fields: the part of the language that a package such as ours has any use for, checked and run.

Grammar  text in single or double quotes, numbers, true and false, field paths over relationships, the operators of
         arithmetic, comparison and logic, ``&`` for text, and the functions listed below
Rule     a formula that this part does not understand fails the deployment rather than being guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .schema import Field, SObject
from .store import Row

Value = Callable[[Row], Any]
TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    |(?P<mark>&&|\|\||<>|!=|<=|>=|==|[-+*/&=<>!(),]))""",
    re.VERBOSE,
)
LEVELS = (("||",), ("&&",), ("=", "==", "<>", "!=", "<", "<=", ">", ">="), ("&", "+", "-"), ("*", "/"))
KINDS = {"double": "number", "currency": "number", "percent": "number", "int": "number", "boolean": "boolean"}
KINDS |= {"date": "date", "datetime": "datetime", "picklist": "picklist", "multipicklist": "picklist"}
TITLES = {"number": "Number", "boolean": "Boolean", "text": "Text", "date": "Date", "datetime": "Datetime"}
HOPS_MAX = 10


class FormulaError(Exception):
    """What the platform says of a formula that it does not take."""


@dataclass(frozen=True)
class Part:
    """A piece of a formula: its kind, and how it is worked out."""

    kind: str
    value: Value


@dataclass(frozen=True)
class World:
    """What a formula may look at: fields by object and name as they would be, rows, today."""

    find_object: Callable[[str], SObject | None]
    find_field: Callable[[SObject, str], Field | None]
    fields: Callable[[SObject], list[Field]]
    row: Callable[[str, str | None], Row | None]
    read: Callable[[str, str, Row], Any]
    now: Callable[[], datetime]


def compile_formula(text: str, sobject: SObject | None, world: World) -> Part:
    reader = _Reader(text, sobject, world)
    part = reader.level(0)
    if reader.place < len(reader.tokens):
        raise FormulaError(f"Syntax error. Extra {reader.tokens[reader.place][1]}")
    return part


def fit(part: Part, wanted: str, scale: int, blank_as_zero: bool) -> Value:
    """The formula's value in the form of its field."""
    if part.kind not in (wanted, "null"):
        titles = TITLES.get(part.kind, part.kind), TITLES[wanted]
        raise FormulaError(
            f"Formula result is data type ({titles[0]}), incompatible with expected data type ({titles[1]})."
        )

    def value(row: Row) -> Any:
        found = part.value(row)
        if wanted == "number":
            if found is None:
                return Decimal(0).quantize(Decimal(1).scaleb(-scale)) if blank_as_zero else None
            return Decimal(found).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        if wanted == "boolean":
            return bool(found)
        return found if found != "" else None

    return value


class _Reader:
    def __init__(self, text: str, sobject: SObject | None, world: World) -> None:
        self.sobject = sobject
        self.world = world
        self.tokens = self._split(text)
        self.place = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        found, place, whole = [], 0, text.rstrip()
        while place < len(whole):
            match = TOKEN.match(whole, place)
            if match is None:
                raise FormulaError(f"Syntax error. Found '{whole[place:].strip()[:1]}'")
            found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            place = match.end()
        return found

    def peek(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def take(self, mark: str) -> bool:
        if self.peek() == mark and self.tokens[self.place][0] == "mark":
            self.place += 1
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise FormulaError(f"Syntax error. Missing '{mark}'")

    def level(self, number: int) -> Part:
        if number == len(LEVELS):
            return self.single()
        left = self.level(number + 1)
        while self.peek() in LEVELS[number] and self.tokens[self.place][0] == "mark":
            mark = self.tokens[self.place][1]
            self.place += 1
            left = _operate(mark, left, self.level(number + 1))
        return left

    def single(self) -> Part:
        if self.take("("):
            inner = self.level(0)
            self.need(")")
            return inner
        if self.take("-"):
            inner = self.single()
            expect("-", inner, "number")
            return Part("number", lambda row: -(inner.value(row) or Decimal(0)))
        if self.take("!"):
            inner = self.single()
            expect("!", inner, "boolean")
            return Part("boolean", lambda row: not inner.value(row))
        if self.place >= len(self.tokens):
            raise FormulaError("Syntax error. Missing an expression")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "text":
            plain = re.sub(r"\\(.)", r"\1", text[1:-1])
            return Part("text", lambda row: plain)
        if kind == "number":
            return Part("number", lambda row: Decimal(text))
        if kind != "name":
            raise FormulaError(f"Syntax error. Found '{text}'")
        if self.take("("):
            return self.call(text.upper())
        if text.upper() in ("TRUE", "FALSE"):
            return Part("boolean", lambda row: text.upper() == "TRUE")
        return Part("null", lambda row: None) if text.upper() == "NULL" else self.field(text)

    def call(self, name: str) -> Part:
        parts: list[Part] = []
        if not self.take(")"):
            parts.append(self.level(0))
            while self.take(","):
                parts.append(self.level(0))
            self.need(")")
        if name in ("TODAY", "NOW") and not parts:
            now = self.world.now
            return Part("date", lambda row: now().date()) if name == "TODAY" else Part("datetime", lambda row: now())
        if name not in FUNCTIONS:
            raise FormulaError(f"Unknown function {name}. Check spelling.")
        least, most, make = FUNCTIONS[name]
        if not least <= len(parts) <= most:
            raise FormulaError(f"Incorrect number of parameters for function '{name}()'. Received {len(parts)}")
        return make(name, parts)

    def field(self, text: str) -> Part:
        sobject = self.sobject
        hops: list[tuple[str, str]] = []
        names = text.split(".")
        for name in names[:-1]:
            fields = self.world.fields(sobject) if sobject else []
            hop = next(
                (each for each in fields if each.reference_to and each.relationship.lower() == name.lower()), None
            )
            target = self.world.find_object(hop.reference_to) if hop else None
            if hop is None or target is None or len(hops) == HOPS_MAX:
                raise FormulaError(f"Field {text} does not exist. Check spelling.")
            hops.append((hop.name, target.name))
            sobject = target
        found = self.world.find_field(sobject, names[-1]) if sobject else None
        if found is None or sobject is None:
            raise FormulaError(f"Field {text} does not exist. Check spelling.")
        if found.is_long or found.type == "address":
            raise FormulaError(f"You referenced an unsupported field type called {found.type} using {text}")
        return Part(KINDS.get(found.type, "text"), self._reader(hops, sobject.name, found.name))

    def _reader(self, hops: list[tuple[str, str]], sobject: str, name: str) -> Value:
        world = self.world

        def value(row: Row) -> Any:
            here: Row | None = row
            for lookup, target in hops:
                here = world.row(target, here.get(lookup)) if here else None
            return world.read(sobject, name, here) if here else None

        return value


def expect(where: str, part: Part, *kinds: str) -> None:
    if part.kind == "picklist" and "picklist" not in kinds:
        raise FormulaError("A picklist field is only supported in certain functions.")
    if part.kind not in (*kinds, "null"):
        wanted, got = TITLES.get(kinds[0], kinds[0]), TITLES.get(part.kind, part.kind)
        raise FormulaError(f"Incorrect parameter type for operator '{where}'. Expected {wanted}, received {got}")


def _operate(mark: str, left: Part, right: Part) -> Part:
    a, b = left.value, right.value
    if mark in ("&&", "||"):
        expect(mark, left, "boolean")
        expect(mark, right, "boolean")
        return Part("boolean", (lambda row: a(row) and b(row)) if mark == "&&" else (lambda row: a(row) or b(row)))
    if mark == "&" or (mark == "+" and "text" in (left.kind, right.kind)):
        expect(mark, left, "text")
        expect(mark, right, "text")
        return Part("text", lambda row: (a(row) or "") + (b(row) or ""))
    if mark in ("+", "-", "*", "/"):
        expect(mark, left, "number")
        expect(mark, right, "number")
        return Part("number", _arithmetic(mark, a, b))
    expect(mark, right, left.kind)
    return Part("boolean", _comparison(mark, a, b))


def _arithmetic(mark: str, a: Value, b: Value) -> Value:
    def value(row: Row) -> Any:
        x, y = a(row), b(row)
        if x is None or y is None:
            return None
        if mark == "/":
            return x / y if y else None
        return x + y if mark == "+" else x - y if mark == "-" else x * y

    return value


def _comparison(mark: str, a: Value, b: Value) -> Value:
    def value(row: Row) -> bool:
        x, y = a(row), b(row)
        if mark in ("=", "=="):
            return bool((x or None) == (y or None))
        if mark in ("<>", "!="):
            return bool((x or None) != (y or None))
        if x is None or y is None:
            return False
        return bool({"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[mark])

    return value


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:%Y-%m-%d %H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def _if(name: str, parts: list[Part]) -> Part:
    expect(name, parts[0], "boolean")
    kind = parts[1].kind if parts[1].kind != "null" else parts[2].kind
    expect(name, parts[2], kind)
    return Part(kind, lambda row: parts[1 if parts[0].value(row) else 2].value(row))


def _logic(name: str, parts: list[Part]) -> Part:
    for part in parts:
        expect(name, part, "boolean")
    if name == "NOT":
        return Part("boolean", lambda row: not parts[0].value(row))
    join = all if name == "AND" else any
    return Part("boolean", lambda row: join(part.value(row) for part in parts))


def _blank(name: str, parts: list[Part]) -> Part:
    if name in ("ISBLANK", "ISNULL"):
        return Part("boolean", lambda row: parts[0].value(row) in (None, ""))
    expect(name, parts[1], parts[0].kind)
    return Part(parts[0].kind, lambda row: parts[1 if parts[0].value(row) in (None, "") else 0].value(row))


def _link(name: str, parts: list[Part]) -> Part:
    for part in parts[:2]:
        expect(name, part, "text")
    target = parts[2].value if len(parts) > 2 else lambda row: "_blank"

    def value(row: Row) -> str:
        return f'<a href="{parts[0].value(row) or ""}" target="{target(row)}">{parts[1].value(row) or ""}</a>'

    return Part("text", value)


def _case(name: str, parts: list[Part]) -> Part:
    if len(parts) % 2:
        raise FormulaError(f"Incorrect number of parameters for function '{name}()'. Received {len(parts)}")
    pairs = list(zip(parts[1:-1:2], parts[2:-1:2], strict=True))

    def value(row: Row) -> Any:
        wanted = parts[0].value(row)
        return next((end for case, end in pairs if case.value(row) == wanted), parts[-1]).value(row)

    return Part(parts[-1].kind, value)


def _pick(name: str, parts: list[Part]) -> Part:
    expect(name, parts[0], "picklist")
    return Part("boolean", lambda row: (parts[0].value(row) or "") == parts[1].value(row))


def _text(name: str, parts: list[Part]) -> Part:
    expect(name, parts[0], "number", "picklist", "date", "datetime")
    return Part("text", lambda row: _written(parts[0].value(row)))


def _round(name: str, parts: list[Part]) -> Part:
    for part in parts:
        expect(name, part, "number")

    def value(row: Row) -> Any:
        found = parts[0].value(row)
        return None if found is None else found.quantize(Decimal(1).scaleb(-int(parts[1].value(row))), ROUND_HALF_UP)

    return Part("number", value)


def _day(name: str, parts: list[Part]) -> Part:
    expect(name, parts[0], "datetime", "date")

    def value(row: Row) -> date | None:
        found = parts[0].value(row)
        return found.date() if isinstance(found, datetime) else found

    return Part("date", value)


FUNCTIONS: dict[str, tuple[int, int, Callable[[str, list[Part]], Part]]] = {
    "IF": (3, 3, _if),
    "AND": (1, 30, _logic),
    "OR": (1, 30, _logic),
    "NOT": (1, 1, _logic),
    "ISBLANK": (1, 1, _blank),
    "ISNULL": (1, 1, _blank),
    "BLANKVALUE": (2, 2, _blank),
    "HYPERLINK": (2, 3, _link),
    "CASE": (4, 200, _case),
    "ISPICKVAL": (2, 2, _pick),
    "TEXT": (1, 1, _text),
    "ROUND": (2, 2, _round),
    "DATEVALUE": (1, 1, _day),
}
