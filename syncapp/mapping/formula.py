"""A small language for values that are made of others: `upper(left(Name, 3)) & "-" & Region`.

Words    name   a field of the side that the value comes from, as that side spells it: `Rating`, `BillAddress.City`;
                in brackets where it has other characters: `[custom:Credit limit]`
         empty  no value; an empty text is the same
Rules    1 Every formula has a value, for whatever the fields hold: what cannot be worked out (a text that is no number,
           a division by nothing) is empty. Only a text that grows beyond all measure is refused: TooLong.
         2 Numbers are Decimal. Formulas know no clock, no chance and nothing outside of the record.
         3 A text that is a number or a date is one wherever a number or a date is needed.
Grammar  or, and, not; = != < <= > >=; &; + -; * /; -x; f(a, b); "text", 'text', 12.5, true, false, empty; (…)
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from syncapp.mapping.formula_values import FUNCTIONS, as_flag, as_number, as_text, joined, less, same, sum_of
from syncapp.records import Value

LENGTH_MAX = 2000
# So that neither reading nor working it out goes deeper than Python can.
TOKENS_MAX = 300
DEPTH_MAX = 20

Lookup = Callable[[str], Value]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)
      | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
      | \[(?P<bracket>[^\]]+)\]
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<sign><=|>=|!=|<>|[=<>&+\-*/(),])
    )""",
    re.VERBOSE,
)
KEYWORDS: dict[str, Value] = {"true": True, "false": False, "empty": None}
SIGN_WORDS = ("and", "or", "not")
COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")


class BadFormula(ValueError):
    """The formula cannot be read; the message says what is wrong, and where."""


# What a formula is made of --------------------------------------------------------------


@dataclass(frozen=True)
class Literal:
    value: Value

    def value_in(self, look: Lookup) -> Value:
        return self.value


@dataclass(frozen=True)
class Name:
    name: str

    def value_in(self, look: Lookup) -> Value:
        return look(self.name)


@dataclass(frozen=True)
class Call:
    """A function or a sign, with what it is applied to. ``if`` and ``default`` need not look at all of it."""

    name: str
    parts: tuple[Node, ...]

    def value_in(self, look: Lookup) -> Value:
        if self.name == "if":
            chosen = 1 if as_flag(self.parts[0].value_in(look)) else 2
            return self.parts[chosen].value_in(look) if chosen < len(self.parts) else None
        values = [part.value_in(look) for part in self.parts]
        return SIGNS[self.name](*values) if self.name in SIGNS else FUNCTIONS[self.name].act(*values)


Node = Literal | Name | Call


def _negated(value: Value) -> Value:
    number = as_number(value)
    return None if number is None else -number


SIGNS: dict[str, Callable[..., Value]] = {
    "&": joined,
    "+": sum_of,
    "-": lambda a, b: sum_of(a, _negated(b)),
    "*": FUNCTIONS["product"].act,
    "/": FUNCTIONS["quotient"].act,
    "negate": _negated,
    "=": same,
    "!=": lambda a, b: not same(a, b),
    "<>": lambda a, b: not same(a, b),
    "<": less,
    ">": lambda a, b: less(b, a),
    "<=": lambda a, b: less(a, b) or same(a, b),
    ">=": lambda a, b: less(b, a) or same(a, b),
    "and": lambda a, b: as_flag(a) and as_flag(b),
    "or": lambda a, b: as_flag(a) or as_flag(b),
    "not": lambda a: not as_flag(a),
}


@dataclass(frozen=True)
class Formula:
    """A formula that was read and makes sense; ``text`` as a person wrote it."""

    text: str
    root: Node

    @property
    def names(self) -> tuple[str, ...]:
        """The fields it speaks of, each once, in order."""
        return tuple(dict.fromkeys(_names(self.root)))

    @property
    def constant(self) -> bool:
        return isinstance(self.root, Literal)

    def value(self, look: Lookup) -> Value:
        """Its value, where ``look`` tells that of a field. Raises TooLong."""
        found = self.root.value_in(look)
        return None if found == "" else found

    def __str__(self) -> str:
        return self.text


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Call):
        for part in node.parts:
            yield from _names(part)


def constant(value: Value) -> Formula:
    return Formula(as_text(value), Literal(value))


# Reading ---------------------------------------------------------------------------------


def read(text: str) -> Formula:
    """The formula in ``text``; BadFormula says what is wrong with it."""
    if len(text) > LENGTH_MAX:
        raise BadFormula(f"it has {len(text)} characters, and may have {LENGTH_MAX}")
    return Formula(text, _Reader(_tokens(text)).whole())


@dataclass(frozen=True)
class Token:
    sort: str
    text: str
    at: int


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    rest = len(text.rstrip())
    while at < rest:
        hit = TOKEN.match(text, at)
        if hit is None:
            where = at + len(text[at:]) - len(text[at:].lstrip())
            raise BadFormula(f"“{text[where : where + 10]}” at character {where + 1} makes no sense")
        sort = hit.lastgroup or ""
        found.append(Token("text" if sort in ("double", "single") else sort, hit.group(sort), hit.start(sort) + 1))
        at = hit.end()
    if len(found) > TOKENS_MAX:
        raise BadFormula(f"it has {len(found)} parts, and may have {TOKENS_MAX}")
    return found


class _Reader:
    """Precedence by descent: or, and, not, comparisons, &, + -, * /, -x."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Node:
        if not self.tokens:
            raise BadFormula("it is empty")
        node = self._either()
        if (left := self._next()) is not None:
            raise BadFormula(f"nothing was expected before “{left.text}” at character {left.at}")
        return node

    def _next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, *signs: str) -> str:
        token = self._next()
        if token is None or token.sort not in ("sign", "word") or token.text.lower() not in signs:
            return ""
        self.at += 1
        return token.text.lower()

    def _chain(self, inner: Callable[[], Node], *signs: str) -> Node:
        node = inner()
        while sign := self._take(*signs):
            node = Call(sign, (node, inner()))
        return node

    def _either(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadFormula(f"it is nested more than {DEPTH_MAX} deep")
        node = self._chain(lambda: self._chain(self._negation, "and"), "or")
        self.depth -= 1
        return node

    def _negation(self) -> Node:
        times = 0
        while self._take("not"):
            times += 1
        node = self._comparison()
        return Call("not", (node,)) if times % 2 else (Call("not", (Call("not", (node,)),)) if times else node)

    def _comparison(self) -> Node:
        node = self._joined()
        if sign := self._take(*COMPARISONS):
            return Call(sign, (node, self._joined()))
        return node

    def _joined(self) -> Node:
        return self._chain(lambda: self._chain(self._product, "+", "-"), "&")

    def _product(self) -> Node:
        return self._chain(self._signed, "*", "/")

    def _signed(self) -> Node:
        times = 0
        while self._take("-"):
            times += 1
        node = self._one()
        for _ in range(2 - times % 2 if times else 0):
            node = Call("negate", (node,))
        return node

    def _one(self) -> Node:
        token = self._next()
        if token is None:
            raise BadFormula("it ends where a value was expected")
        self.at += 1
        if token.sort == "number":
            return Literal(Decimal(token.text))
        if token.sort == "text":
            return Literal(token.text)
        if token.sort == "bracket":
            return Name(token.text.strip())
        if token.text == "(":
            return self._closed(self._either())
        if token.sort == "word" and token.text.lower() not in SIGN_WORDS:
            return self._word(token)
        raise BadFormula(f"a value was expected before “{token.text}” at character {token.at}")

    def _word(self, token: Token) -> Node:
        if self._take("("):
            return self._call(token)
        if token.text.lower() in KEYWORDS:
            return Literal(KEYWORDS[token.text.lower()])
        return Name(token.text)

    def _call(self, token: Token) -> Node:
        name = token.text.lower()
        known = FUNCTIONS.get(name)
        if known is None:
            public = ", ".join(each for each, function in FUNCTIONS.items() if function.about)
            raise BadFormula(f"there is no function “{token.text}”; there are {public}")
        parts: list[Node] = []
        if not self._take(")"):
            parts.append(self._either())
            while self._take(","):
                parts.append(self._either())
            if not self._take(")"):
                raise BadFormula(f"the bracket of {name}( is not closed")
        if not known.least <= len(parts) <= known.most:
            raise BadFormula(f"{name} is used as {known.about}")
        return Call(name, tuple(parts))

    def _closed(self, node: Node) -> Node:
        if not self._take(")"):
            raise BadFormula("a bracket is not closed")
        return node
