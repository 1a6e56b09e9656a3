"""Data for every request of the catalogue: the least that it needs, and all that one branch of it can hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from qbwc.qbxml import catalogue
from qbwc.qbxml.catalogue import Content, Field, Group

VALUES = {
    "id": "80000001-1770138927",
    "bool": True,
    "date": date(2026, 2, 7),
    "datetime": "2026-02-07T14:30:00",
    "interval": "PT1H30M",
    "amount": Decimal("12.50"),
    "price": Decimal("1.23456"),
    "quantity": Decimal("-3.5"),
    "percent": Decimal("8.25"),
    "float": Decimal("1.0825"),
    "int": 7,
    "guid": "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}",
}


def available(field: Field, country: str, version: float = 13.0) -> bool:
    return country not in field.absent and float(field.since) <= version


def attributes(name: str) -> dict[str, str]:
    """The attributes that a request cannot do without."""
    known = catalogue.request(name).attributes.items()
    return {key: facts.values[0] if facts.values else "x" for key, facts in known if facts.required}


class Example:
    """Chooses what goes in; ``turn`` picks the branch of every choice, so that several turns reach them all."""

    def __init__(self, country: str, turn: int, full: bool) -> None:
        self.country = country
        self.turn = turn
        self.full = full

    def of(self, content: Content) -> dict[str, object]:
        data: dict[str, object] = {}
        for item in content.items:
            self._add(item, data)
        return data

    def _add(self, item: Field | Group, data: dict[str, object]) -> None:
        if isinstance(item, Field):
            if available(item, self.country) and (item.required or self.full):
                data[item.name] = self._value(item)
        elif item.kind == "seq" or (item.required or self.full):
            branches = [branch for branch in item.branches if self._possible(branch)]
            if branches and (item.kind == "choice" or item.required or self.full):
                before = dict(data)
                for inner in branches[self.turn % len(branches)]:
                    self._add(inner, data)
                if item.required and data == before and not self.full:
                    self._add_first(branches[self.turn % len(branches)], data)

    def _add_first(self, branch: tuple[Field | Group, ...], data: dict[str, object]) -> None:
        """A branch of which nothing is required still needs one element to be chosen."""
        field = next(inner for inner in branch if isinstance(inner, Field) and available(inner, self.country))
        data[field.name] = self._value(field)

    def _possible(self, branch: tuple[Field | Group, ...]) -> bool:
        fields = [f for item in branch for f in ([item] if isinstance(item, Field) else item.fields())]
        return any(available(field, self.country) for field in fields)

    def _value(self, field: Field) -> object:
        if field.content is not None:
            value: object = self.of(field.content) or self._of_reference(field)
        elif field.values:
            tokens = [token for token, since in field.values.items() if token and float(since or 0) <= 13]
            value = tokens[self.turn % 2 - 1]
        elif field.type == "int":
            value = max(7 if field.high is None else min(7, field.high), field.low or 0)
        else:
            value = VALUES.get(field.type) or ("x" * (field.limit(self.country) or 8))[:60]
        return [value] if field.repeats else value

    def _of_reference(self, field: Field) -> dict[str, object]:
        inner = Example(self.country, self.turn, full=True).of(field.content)
        return dict(list(inner.items())[:1])


NAMES = st.sampled_from(catalogue.requests())


def texts(limit: int) -> st.SearchStrategy[str]:
    """Texts that QuickBooks holds as they are: Windows-1252 without controls."""
    alphabet = st.characters(codec="cp1252", exclude_categories=["Cc", "Cf"], exclude_characters=":")
    return st.text(alphabet, min_size=1, max_size=min(limit, 12)).filter(lambda text: text.strip())


def drawn(draw: st.DrawFn, content: Content, country: str) -> dict[str, object]:
    """Random data for a content, each choice held to one branch."""
    data: dict[str, object] = {}
    for item in content.items:
        _draw_item(draw, item, country, data)
    return data


def _draw_item(draw: st.DrawFn, item: Field | Group, country: str, data: dict[str, object]) -> None:
    if isinstance(item, Field):
        if available(item, country) and (item.required or draw(st.integers(0, 3)) == 0):
            values = [_draw_value(draw, item, country) for _ in range(1 + item.repeats * draw(st.integers(0, 1)))]
            data[item.name] = values if item.repeats else values[0]
        return
    if not (item.required or draw(st.booleans())):
        return
    branches = [b for b in item.branches if Example(country, 0, False)._possible(b)]
    if not branches:
        return
    before = len(data)
    for inner in (chosen := draw(st.sampled_from(branches))):
        _draw_item(draw, inner, country, data)
    if item.required and len(data) == before:
        for inner in chosen:
            Example(country, 0, True)._add(inner, data)


def _draw_value(draw: st.DrawFn, field: Field, country: str) -> object:
    if field.content is not None:
        return drawn(draw, field.content, country) or Example(country, 0, True).of(field.content)
    if field.values:
        return draw(st.sampled_from([t for t, since in field.values.items() if t and float(since or 0) <= 13]))
    if field.type in ("str", "enum"):
        return draw(texts(field.limit(country) or 12))
    if field.low is not None or field.high is not None:
        return draw(st.integers(field.low or 0, 9999 if field.high is None else field.high))
    return draw(KINDS[field.type])


def numbers(largest: int, places: int) -> st.SearchStrategy[Decimal]:
    """Exact numbers, some of them written with an exponent (1E+3)."""
    found = st.decimals(-largest, largest, places=places)
    return st.one_of(found, found.map(Decimal.normalize), st.integers(-largest, largest).map(Decimal))


OFFSETS = st.sampled_from(["", "-08:00", "+05:30", "+00:00"])
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())
KINDS: dict[str, st.SearchStrategy[object]] = {
    "bool": st.booleans(),
    "date": st.dates(),
    "datetime": st.one_of(st.builds(str.__add__, MOMENTS, OFFSETS), st.dates().map(str)),
    "interval": st.builds("PT{}H{}M{}S".format, st.integers(0, 999), st.integers(0, 59), st.integers(0, 59)),
    "guid": st.uuids().map(lambda guid: "{" + str(guid).upper() + "}"),
    "id": st.builds("{:X}-{}".format, st.integers(0, 2**32), st.integers(0, 2**31)),
    "int": st.integers(-9999, 9999),
    "amount": numbers(10**12, 2),
    **dict.fromkeys(("price", "quantity", "percent", "float"), numbers(10**9, 5)),
}
