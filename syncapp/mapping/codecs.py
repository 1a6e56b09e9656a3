"""How a value is compared, kept and made to fit: one codec for each sort of field.

canonical   the JSON-able form in which two sides are compared and the base is kept
dump/load   to and from what a JSON column can hold
fit         the value as the given side can take it; raises DoesNotFit, never cuts silently
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from syncapp.records import Side, Value


class DoesNotFit(Exception):
    """The value cannot be stored on that side as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


# How a side writes a text, by side: what its characters lack is spelt with what they hold. May raise DoesNotFit.
Spelling = Mapping[Side, Callable[[str], str]]


def _spelt(spelling: Spelling, side: Side, text: str) -> str:
    return spelling[side](text) if side in spelling else text


class Codec(Protocol):
    def canonical(self, value: Value) -> Any: ...
    def dump(self, value: Value) -> Any: ...
    def load(self, stored: Any) -> Value: ...
    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value: ...


class Plain:
    """What most codecs share: nothing to convert, empty text is nothing."""

    def canonical(self, value: Value) -> Any:
        return self.dump(value)

    def dump(self, value: Value) -> Any:
        return None if value == "" else value

    def load(self, stored: Any) -> Value:
        return stored

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        return value


def collapse(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True)
class Text(Plain):
    """One line of text; ``limits`` are characters, by side."""

    limits: Mapping[Side, int]
    spelling: Spelling = field(default_factory=dict)

    def canonical(self, value: Value) -> Any:
        return collapse(str(value)) or None if value is not None else None

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        if value is None:
            return None
        text = collapse(_spelt(self.spelling, side, str(value)))
        most = self.limits.get(side, len(text))
        if len(text) > most:
            raise DoesNotFit(f"it has {len(text)} characters, and {side.label} takes {most}")
        return text or None


@dataclass(frozen=True)
class Lines(Plain):
    """Several lines; QuickBooks keeps them as so many lines of so many characters."""

    limits: Mapping[Side, tuple[int, int]]  # lines, characters in each
    spelling: Spelling = field(default_factory=dict)

    def canonical(self, value: Value) -> Any:
        if value is None:
            return None
        lines = [collapse(line) for line in str(value).splitlines()]
        return "\n".join(line for line in lines if line) or None

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        text = self.canonical(value)
        if text is None or side not in self.limits:
            return text
        most_lines, most = self.limits[side]
        text = self.canonical(_spelt(self.spelling, side, str(text))) or ""
        lines = text.split("\n")
        if len(lines) > most_lines:
            raise DoesNotFit(f"it has {len(lines)} lines, and {side.label} takes {most_lines}")
        for line in lines:
            if len(line) > most:
                raise DoesNotFit(f"the line “{line}” has {len(line)} characters, and {side.label} takes {most}")
        return text or None


@dataclass(frozen=True)
class Paragraphs(Plain):
    """A text of any number of lines; only its length is limited."""

    limits: Mapping[Side, int]
    spelling: Spelling = field(default_factory=dict)

    def canonical(self, value: Value) -> Any:
        if value is None:
            return None
        return "\n".join(line.rstrip() for line in str(value).splitlines()).strip() or None

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        text = self.canonical(value)
        if text is None:
            return None
        text = _spelt(self.spelling, side, str(text))
        most = self.limits.get(side, len(text))
        if len(text) > most:
            raise DoesNotFit(f"it has {len(text)} characters, and {side.label} takes {most}")
        return text


@dataclass(frozen=True)
class Name(Plain):
    """A record's name, made to fit by a stated rule that can be undone, since the base keeps both spellings.

    1. What the side's characters lack is spelt with what they hold.
    2. A forbidden character becomes the ``instead`` character.
    3. A name that is too long, or taken by another record, ends in " ~" and four characters derived from the
       record it came from: always the same four for the same record.
    """

    limits: Mapping[Side, int]
    forbidden: Mapping[Side, str]
    instead: str = "-"
    spelling: Spelling = field(default_factory=dict)

    def canonical(self, value: Value) -> Any:
        return collapse(str(value)) or None if value is not None else None

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        text = self.canonical(value)
        if text is None:
            raise DoesNotFit(f"{side.label} needs a name")
        text = collapse(_spelt(self.spelling, side, text))
        for character in self.forbidden.get(side, ""):
            text = collapse(text.replace(character, self.instead))
        most = self.limits.get(side, len(text) + 6)
        if len(text) <= most and not taken:
            return text
        mark = f" ~{short_mark(seed)}"
        return text[: most - len(mark)].rstrip() + mark


@dataclass(frozen=True)
class Path(Plain):
    """A name with those above it, divided by colons, as QuickBooks's lists with levels have full names.

    The last name is made to fit as a Name is; those above it belong to other records and must fit as they are.
    """

    name: Name
    levels: int = 5

    def canonical(self, value: Value) -> Any:
        if value is None:
            return None
        return ":".join(filter(None, (collapse(level) for level in str(value).split(":")))) or None

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        text = self.canonical(value)
        if text is None or side not in self.name.limits:
            return text if text is not None else self.name.fit(value, side)
        *above, last = text.split(":")
        if len(above) >= self.levels:
            raise DoesNotFit(f"it has {len(above) + 1} levels, and {side.label} takes {self.levels}")
        for level in above:
            if self.name.fit(level, side, seed=seed) != level:
                raise DoesNotFit(f"{side.label} cannot have a record called “{level}” above it")
        return ":".join([*above, str(self.name.fit(last, side, seed=seed, taken=taken))])


def short_mark(seed: str) -> str:
    """Four letters or digits that stand for the seed."""
    return base64.b32encode(hashlib.sha256(seed.encode()).digest())[:4].decode()


@dataclass(frozen=True)
class Money(Plain):
    """An amount; nothing said counts as ``default``, if there is one."""

    places: int = 2
    default: Decimal | None = None

    def canonical(self, value: Value) -> Any:
        value = self.default if value is None else value
        return None if value is None else str(self._rounded(value))

    def dump(self, value: Value) -> Any:
        return None if value is None else str(value)

    def load(self, stored: Any) -> Value:
        return None if stored is None else Decimal(stored)

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        return None if value is None else self._rounded(value)

    def _rounded(self, value: Value) -> Decimal:
        quantum = Decimal(1).scaleb(-self.places)
        rounded = Decimal(str(value)).quantize(quantum, rounding=ROUND_HALF_UP)
        return rounded + 0  # minus zero is zero


@dataclass(frozen=True)
class Flag(Plain):
    """Yes or no; nothing said counts as ``default``."""

    default: bool = False

    def canonical(self, value: Value) -> Any:
        return self.default if value is None else bool(value)

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        return bool(self.canonical(value))


@dataclass(frozen=True)
class Day(Plain):
    def dump(self, value: Value) -> Any:
        return value.isoformat() if isinstance(value, date) else None

    def load(self, stored: Any) -> Value:
        return None if stored is None else date.fromisoformat(stored)


@dataclass(frozen=True)
class Reference(Plain):
    """Another record, by its id on that side; compared by the link that ties both.

    ``loose``: nobody waits for it. The owner's side may name several, one a line: the first that stands on both sides
    holds, or none.
    """

    kind: str
    loose: bool = False

    def ids(self, value: Value) -> list[str]:
        return str(value).split("\n") if value and self.loose else [str(value)] if value else []
