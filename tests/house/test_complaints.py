"""docs/complaints.md names tests: each of them exists."""

from __future__ import annotations

import re

from tests.house.files import ROOT, python_files, text

PAGE = ROOT / "docs" / "complaints.md"


def test_every_complaint_has_a_test_or_a_reason_why_it_cannot_happen():
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 26))
    assert all("Proven by `" in row or "Can't happen: " in row for row in rows)


def test_every_test_that_is_named_there_exists():
    sources = "\n".join(map(text, python_files("tests")))
    named = re.findall(r"`(\w+)`", " ".join(re.findall(r"Proven by (.*)", PAGE.read_text())))
    assert len(named) > 25
    assert [name for name in named if f"def test_{name}(" not in sources] == []
