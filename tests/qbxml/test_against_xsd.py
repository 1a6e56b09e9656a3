"""The catalogue against a fresh reading of Intuit's schema: every element of every request and answer."""

from __future__ import annotations

import re
import tarfile

import pytest

from qbwc.qbxml import catalogue
from qbwc.qbxml.catalogue import Content, Field

from .conftest import SCHEMA
from .xsd import Declared, Xsd

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="Intuit's schema files are not beside the repository")
TYPES = {
    "STRTYPE": "str", "IDTYPE": "id", "BOOLTYPE": "bool", "DATETYPE": "date", "DATETIMETYPE": "datetime",
    "TIMEINTERVALTYPE": "interval", "AMTTYPE": "amount", "PRICETYPE": "price", "QUANTYPE": "quantity",
    "PERCENTTYPE": "percent", "FLOATTYPE": "float", "INTTYPE": "int", "GUIDTYPE": "guid", "ENUMTYPE": "enum",
    "UUIDTYPE": "str", "MACROTYPE": "str",
}  # fmt: skip
NEWER = "14.0"


class Comparison:
    """What differs, as sentences; and what the schema has that we left out, by name."""

    def __init__(self, xsd: Xsd) -> None:
        self.xsd = xsd
        self.differences: list[str] = []
        self.left_out: set[str] = set()
        self.compared = 0
        self._done: set[tuple[str, int, int, bool]] = set()

    def content(self, declared: Declared, content: Content, path: str, in_us: bool) -> None:
        kind = declared.inner
        assert kind is not None
        key = kind.base or "", kind.sourceline or 0, id(content), in_us
        if key in self._done:
            return
        self._done.add(key)
        theirs: dict[str, Declared] = {}
        for below in self.xsd.below(kind):
            theirs.setdefault(below.name, below)
        self._same(
            path, "order", [n for n in content.fields if n in theirs], [n for n in theirs if n in content.fields]
        )
        added = [field.name for field in content.fields.values() if field.name not in theirs and field.since != NEWER]
        self._same(path, "names that the schema lacks", added, [])
        self.left_out |= theirs.keys() - content.fields.keys()
        for name, below in theirs.items():
            if name in content.fields:
                self._field(f"{path}/{name}", content.fields[name], below, in_us)

    def _field(self, path: str, field: Field, declared: Declared, in_us: bool) -> None:
        self.compared += 1
        in_us = in_us and "US" not in field.absent
        self._same(path, "required", field.required, declared.required)
        self._same(path, "repeats", field.most, declared.most)
        self._same(path, "attributes", set(field.attributes), set(declared.attributes))
        if declared.inner is not None:
            self._same(path, "type", field.type, "aggregate")
            self.content(declared, field.content or Content((), {}, frozenset()), path, in_us)
            return
        self._same(path, "type", field.type, TYPES[declared.base])
        self._same(path, "tokens", [t for t, since in field.values.items() if since != NEWER], declared.tokens)
        # The schema has the lengths of the US alone; ids have one and the same everywhere.
        if in_us and field.type != "id":
            self._same(path, "length", field.limit("US"), declared.length)

    def _same(self, path: str, what: str, ours: object, theirs: object) -> None:
        if ours != theirs:
            self.differences.append(f"{path}: {what} is {ours}, in the schema {theirs}")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    found = Comparison(Xsd(SCHEMA.parent))
    for name in catalogue.requests():
        facts, in_us = catalogue.request(name), "US" in catalogue.request(name).countries
        message = found.xsd.message(f"{name}Rq")
        found._same(name, "attributes", {n: a.required for n, a in facts.attributes.items()}, message.attributes)
        found.content(message, facts.fields, f"{name}Rq", in_us)
        found.content(found.xsd.message(f"{name}Rs"), catalogue.answer(name).fields, f"{name}Rs", in_us)
    return found


def test_order_required_repeats_types_tokens_and_lengths_are_the_schemas(comparison):
    assert comparison.differences == []
    assert comparison.compared > 7_000


@pytest.fixture(scope="module")
def in_no_desktop() -> set[str]:
    """Names that Intuit's samples mark as absent from QuickBooks Desktop in every country."""
    with tarfile.open(SCHEMA.parent / "qbxmlops.tar.xz") as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith("qbxmlops130.xml"))
        text = archive.extractfile(member).read().decode("latin-1")
    return set(re.findall(r"^\s*<(\w+)\b.*not in QBD\|QBCA\|QBUK\|QBAU", text, re.M))


def test_only_what_no_desktop_has_is_left_out(comparison, in_no_desktop):
    messages = comparison.xsd.messages("QBXMLMsgsRq")
    assert comparison.left_out - in_no_desktop == set()
    assert {name[:-2] for name in messages} - set(catalogue.requests()) == {"PayrollLastPeriodQuery"}
    assert "PayrollLastPeriodQueryRq" in in_no_desktop


def test_every_request_has_its_answer(comparison):
    answers = {name[:-2] for name in comparison.xsd.messages("QBXMLMsgsRs")}
    assert set(catalogue.requests()) <= answers


def test_iterators_and_metadata_are_where_the_schema_has_them(comparison):
    for name in catalogue.requests():
        facts, attributes = catalogue.request(name), comparison.xsd.message(f"{name}Rq").attributes
        assert (facts.iterator, facts.metadata) == ("iterator" in attributes, "metaData" in attributes), name


def test_reports_are_in_the_catalogue():
    reports = [name for name in catalogue.requests() if name.endswith("ReportQuery")]
    assert {"GeneralSummaryReportQuery", "AgingReportQuery", "CustomDetailReportQuery"} <= set(reports)
    assert len(reports) >= 9
