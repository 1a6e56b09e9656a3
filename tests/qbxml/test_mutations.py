"""A request that is wrong in one place is refused by us and by Intuit's schema alike; where not, the table says why."""

from __future__ import annotations

from collections import Counter

import pytest

from qbwc.qbxml import build, envelope
from qbwc.qbxml.errors import BadRequest

from .mutations import Mutation, of_requests

# What is wrong at every place; an emptied element or a missing one may be allowed where it stands.
ALWAYS_WRONG = {
    "unknown", "swapped", "too many", "two branches", "two branches, reversed", "missing", "too long", "wrong type",
    "bad enum", "too small", "too large",
}  # fmt: skip
SOMETIMES_RIGHT = {"empty", "emptied", "missing in a choice"}
# kind, type, our rule -> fields ("" for any), and why only we refuse it. The schema refuses nothing that we let pass.
DISAGREEMENTS: dict[tuple[str, str, str], tuple[str, str]] = {
    ("empty", "enum", "clear"): (
        "",
        "the schema puts a default in the place of the empty choice (ActiveStatus, JobStatus …): QuickBooks would do"
        " something that nobody has said",
    ),
    ("too large", "price", "range"): (
        "ConversionRatio",
        "the schema's price has no largest value; Intuit's own samples give one for this field",
    ),
}


def ours(mutation: Mutation) -> str:
    """The rule by which we refuse it; "" if we do not."""
    try:
        build.check(mutation.text)
    except BadRequest as problem:
        return problem.rule
    return ""


def test_every_mutation_is_refused_by_us():
    counts: Counter[str] = Counter()
    passed = []
    for mutation in of_requests():
        counts[mutation.kind] += 1
        if mutation.kind in ALWAYS_WRONG and not ours(mutation):
            passed.append(str(mutation))
    assert passed == []
    assert counts.keys() == ALWAYS_WRONG | SOMETIMES_RIGHT
    assert sum(counts.values()) > 12_000
    assert min(counts[kind] for kind in ALWAYS_WRONG - {"too small", "too large"}) > 200, counts


def test_we_and_intuits_schema_agree_on_every_mutation(complaints):
    needed: dict[tuple[str, str, str], set[str]] = {}
    unexplained = []
    for mutation in of_requests():
        rule, theirs = ours(mutation), complaints(envelope.document([mutation.text]))
        if bool(rule) == bool(theirs):
            continue
        key = mutation.kind, mutation.type, rule
        fields, _ = DISAGREEMENTS.get(key, ("-", ""))
        if not rule or fields not in ("", mutation.field):
            unexplained.append(f"{mutation}: we say {rule or 'nothing'}, the schema says {theirs}")
        needed.setdefault(key, set()).add(mutation.field)
    assert unexplained == []
    assert needed.keys() == DISAGREEMENTS.keys()


@pytest.mark.parametrize("key", DISAGREEMENTS)
def test_a_disagreement_has_its_explanation(key):
    assert len(DISAGREEMENTS[key][1]) > 40
