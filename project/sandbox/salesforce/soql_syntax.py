"""SOQL as text: tokens and the tree that they make.  Knows no schema; unknown names are found out later.

Grammar  a condition is one comparison, ``NOT`` one simple one, or simple ones joined all by ``AND`` or all by
         ``OR``; whatever mixes them needs parentheses, as on the platform ("unexpected token: OR")
Words    path     a field reached over parents: Account.Owner.Name
         place    where in the text something stands, for the caret in the refusal
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from .errors import SalesforceError
from .soql_dates import COUNTED_WORDS, FUNCTIONS, PLAIN_WORDS
from .soql_tree import Aggregate, AllFields, Compare, Condition, Joined, Literal, Not, Order, Path, Query, Within
from .values import parse_moment

TEXT_MAX = 100_000
TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<moment>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d*)?|[+-]?\.\d+)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?::\d+)?)
    | (?P<mark><=|>=|!=|<>|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
AGGREGATES = ("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX")
RESERVED = {"AND", "OR", "NOT", "FROM", "WHERE", "ORDER", "GROUP", "LIMIT", "OFFSET", "USING", "FOR", "ASC", "DESC"}
AND_MORE = {"HAVING", "NULLS", "INCLUDES", "EXCLUDES", "LIKE", "IN"}
NAMES_TOO = {"ORDER", "GROUP"}  # objects whose names are words of the language, too
SUBQUERIES_MAX = 20


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else ""


def refusal(code: str, text: str, place: int, message: str) -> SalesforceError:
    """A refusal as the platform words it: the query, a caret below, the place, the reason."""
    flat = re.sub(r"\s", " ", text)
    start = max(0, place - 40)
    shown = flat[start : place + 60]
    caret = " " * (place - start) + "^"
    return SalesforceError(code, f"\n{shown}\n{caret}\nERROR at Row:1:Column:{place + 1}\n{message}")


def parse(text: str) -> Query:
    if len(text) > TEXT_MAX:
        message = "SOQL statements cannot be longer than 100000 characters."
        raise SalesforceError("MALFORMED_QUERY", message)
    parser = _Parser(text)
    query = parser.query()
    parser.end()
    return query


def _tokens(text: str) -> list[Token]:
    tokens = []
    place = 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = TOKEN.match(stripped, place)
        if match is None:
            where = place + len(stripped[place:]) - len(stripped[place:].lstrip())
            raise refusal("MALFORMED_QUERY", text, where, f"unexpected token: '{stripped[where]}'")
        kind = str(match.lastgroup)
        tokens.append(Token(kind, match.group(kind), match.start(kind)))
        place = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.next = 0

    # -- walking

    @property
    def token(self) -> Token:
        if self.next < len(self.tokens):
            return self.tokens[self.next]
        return Token("end", "<EOF>", len(self.text))

    def step(self) -> Token:
        token = self.token
        self.next += 1
        return token

    def unexpected(self, token: Token | None = None) -> SalesforceError:
        token = token or self.token
        return refusal("MALFORMED_QUERY", self.text, token.place, f"unexpected token: '{token.text}'")

    def take(self, *words: str) -> bool:
        """Step over these words or marks if they come next."""
        for ahead, word in enumerate(words):
            place = self.next + ahead
            token = self.tokens[place] if place < len(self.tokens) else Token("end", "", 0)
            if word not in (token.word, token.text if token.kind == "mark" else None):
                return False
        self.next += len(words)
        return True

    def need(self, word: str) -> None:
        if not self.take(word):
            raise self.unexpected()

    def name(self) -> Token:
        token = self.token
        if token.kind != "name" or token.word in RESERVED:
            raise self.unexpected()
        return self.step()

    def number(self) -> int:
        token = self.token
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected()
        return int(self.step().text)

    def end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected()

    # -- the query

    def query(self, *, nested: bool = False) -> Query:
        query = Query(self.text)
        self.need("SELECT")
        self._select(query, nested)
        self.need("FROM")
        source = self.step() if self.token.word in NAMES_TOO else self.name()
        query.sobject, query.place = source.text, source.place
        self.take("AS")
        if self.token.kind == "name" and self.token.word not in RESERVED | AND_MORE | {"ALL"}:
            query.alias = self.step().text
        if self.take("USING"):
            self.need("SCOPE")
            self.name()
        if self.take("WHERE"):
            query.where = self._condition()
        if self.take("GROUP", "BY"):
            query.group = self._listed(self._plain_path)
        if query.group and self.take("HAVING"):
            query.having = self._condition()
        if self.take("ORDER", "BY"):
            query.order = self._listed(self._order)
        if self.take("LIMIT"):
            query.limit = self.number()
        if self.take("OFFSET"):
            query.offset = self.number()
        if self.take("FOR"):
            self.name()
        return query

    def _listed(self, one: Any) -> list[Any]:
        found = [one()]
        while self.take(","):
            found.append(one())
        return found

    def _select(self, query: Query, nested: bool) -> None:
        if not nested and self.take("COUNT", "(", ")"):
            query.counts_only = True
            return
        query.select = self._listed(self._selected)
        if sum(isinstance(item, Query) for item in query.select) > SUBQUERIES_MAX:
            raise refusal("MALFORMED_QUERY", self.text, 0, f"Maximum {SUBQUERIES_MAX} sub-selects are allowed.")

    def _selected(self) -> Path | Query | Aggregate | AllFields:
        if self.take("("):
            inner = self.query(nested=True)
            self.need(")")
            return inner
        token = self.token
        if token.word == "FIELDS" and self.take("FIELDS", "("):
            kind = self.name().word
            self.need(")")
            return AllFields(kind, token.place)
        found = self.path()
        named = self.token.kind == "name" and self.token.word not in RESERVED
        return replace(found, alias=self.step().text) if named else found

    def path(self) -> Path | Aggregate:
        """A field, a function of one, or an aggregate."""
        token = self.name()
        if not self.take("("):
            return Path(tuple(token.text.split(".")), token.place)
        if token.word not in AGGREGATES and token.word not in FUNCTIONS:
            raise self.unexpected(token)
        if token.word == "COUNT" and self.take(")"):
            return Aggregate(token.word, None, "")
        inner = self.name()
        self.need(")")
        path = Path(tuple(inner.text.split(".")), inner.place)
        return Aggregate(token.word, path, "") if token.word in AGGREGATES else replace(path, function=token.word)

    def _plain_path(self) -> Path:
        place, found = self.token, self.path()
        if isinstance(found, Aggregate):
            raise self.unexpected(place)
        return found

    def _order(self) -> Order:
        path = self.path()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        last = False
        if self.take("NULLS"):
            last = self.take("LAST")
            if not last:
                self.need("FIRST")
        return Order(path, descending, last)

    # -- conditions

    def _condition(self) -> Condition:
        if self.take("NOT"):
            return Not(self._simple())
        terms = [self._simple()]
        word = self.token.word
        if word not in ("AND", "OR"):
            return terms[0]
        while self.take(word):
            terms.append(self._simple())
        if self.token.word in ("AND", "OR"):
            raise refusal("MALFORMED_QUERY", self.text, self.token.place, f"unexpected token: {self.token.word}")
        return Joined(word, tuple(terms))

    def _simple(self) -> Condition:
        if self.take("("):
            inner = self._condition()
            self.need(")")
            return inner
        place, path = self.token, self.path()
        if self.token.word in ("INCLUDES", "EXCLUDES"):
            return self._includes(place, path)
        if self.take("NOT", "IN"):
            return self._within(place, path, negated=True)
        if self.take("IN"):
            return self._within(place, path, negated=False)
        if self.take("LIKE"):
            return Compare(path, "LIKE", self._literal())
        token = self.step()
        if token.kind != "mark" or token.text in "(),":
            raise self.unexpected(token)
        return Compare(path, "!=" if token.text == "<>" else token.text, self._literal())

    def _includes(self, place: Token, path: Path | Aggregate) -> Within:
        negated = self.step().word == "EXCLUDES"
        found = self._within(place, path, negated=negated)
        if found.query is not None:
            raise self.unexpected(place)
        return replace(found, of_choices=True)

    def _within(self, place: Token, path: Path | Aggregate, *, negated: bool) -> Within:
        self.need("(")
        if isinstance(path, Aggregate):
            raise self.unexpected(place)
        if self.token.word == "SELECT":
            inner = self.query(nested=True)
            self.need(")")
            return Within(path, (), inner, negated)
        found = self._listed(self._literal)
        self.need(")")
        return Within(path, tuple(found), None, negated)

    def _literal(self) -> Literal:
        token = self.step()
        value = self._value(token)
        if value is None:
            raise self.unexpected(token)
        return value

    def _value(self, token: Token) -> Literal | None:
        if token.kind == "string":
            return Literal("string", self._unescape(token), token.place)
        if token.kind == "number":
            return Literal("number", Decimal(token.text), token.place)
        if token.kind == "moment":
            moment = parse_moment(token.text)
            return Literal("moment", moment.astimezone(UTC), token.place) if moment else None
        if token.kind == "date":
            return Literal("date", _day(token.text), token.place) if _day(token.text) else None
        if token.word in ("TRUE", "FALSE"):
            return Literal("boolean", token.word == "TRUE", token.place)
        if token.word == "NULL":
            return Literal("null", None, token.place)
        word, _, count = token.word.partition(":")
        if (word in PLAIN_WORDS and not count) or (word in COUNTED_WORDS and count):
            return Literal("day", (word, int(count or 0)), token.place)
        return None

    def _unescape(self, token: Token) -> str:
        """Undo the escapes, but keep ``\\_`` and ``\\%``, which only LIKE can tell from wildcards."""

        def one(match: re.Match[str]) -> str:
            letter = match.group(1)
            if letter in "_%":
                return match.group(0)
            if letter not in ESCAPES:
                message = f"Illegal escape sequence: \\{letter}"
                raise refusal("MALFORMED_QUERY", self.text, token.place, message)
            return ESCAPES[letter]

        return re.sub(r"\\(.)", one, token.text[1:-1], flags=re.DOTALL)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
