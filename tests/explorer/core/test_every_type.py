"""The connector round-trips each record type: add, query, modify, delete or void."""

from __future__ import annotations

from typing import Any

import pytest

from syncapp.explorer import doubts, fields, kinds, results
from syncapp.explorer.models import Job, Row
from tests.explorer.core import samples
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db

WHOLE = {**samples.LISTS, **samples.TRANSACTIONS}
ADDABLE = sorted(name for name, kind in kinds.record_types().items() if "add" in kind.requests)


@pytest.fixture
def office(db):
    return Office(file=samples.furnished())


def made(office: Office, record_type: str, record: dict[str, Any]) -> dict[str, Any]:
    """What the sample refers to by an id: a bill or a credit that is open."""
    if record_type.startswith("BillPayment"):
        bill = added(office, "Bill", samples.TRANSACTIONS["Bill"][0]).record_id
        return {**record, "AppliedToTxnAdd": [{"TxnID": bill, "PaymentAmount": "5"}]}
    if record_type == "ARRefundCreditCard":
        credit = added(office, "CreditMemo", samples.TRANSACTIONS["CreditMemo"][0]).record_id
        return {**record, "RefundAppliedToTxnAdd": [{"TxnID": credit, "RefundAmount": "5"}]}
    return record


def added(office: Office, record_type: str, record: dict[str, Any]) -> Row:
    return done(office.ask(record_type, "add", record))


def done(job: Job) -> Row:
    row = Row.objects.get(job=job)
    assert row.state == Row.State.DONE, row.problem
    return row


def found(office: Office, record_type: str, record_id: str) -> list[dict[str, Any]]:
    kind = kinds.record_types()[record_type]
    lines = {"IncludeLineItems": "true"} if "IncludeLineItems" in kind.content("query").fields else {}
    job = office.ask(record_type, "query", {kind.id_name: [record_id], **lines})
    assert job.state == Job.State.DONE, job.problem
    return [data for _, data in results.records(job)]


def test_every_type_that_can_be_added_has_a_sample_or_a_reason():
    assert sorted({*WHOLE, *samples.OTHERWISE}) == ADDABLE


@pytest.mark.parametrize("record_type", sorted(WHOLE))
def test_a_record_makes_the_round(office, record_type):
    kind = kinds.record_types()[record_type]
    record, change = WHOLE[record_type]
    row = added(office, record_type, made(office, record_type, record))
    [there] = found(office, record_type, row.record_id)
    assert there["EditSequence"] == row.record["EditSequence"]
    holds(there, record)
    assert bool(change) <= ("modify" in kind.requests), "a change for what cannot be changed"
    if change:
        done(office.ask(record_type, "modify", {kind.id_name: row.record_id, **change}))
        [there] = found(office, record_type, row.record_id)
        holds(there, change)
    if "void" in kind.requests:
        done(office.ask(record_type, "void", {kind.id_name: row.record_id}))
        assert voided(found(office, record_type, row.record_id)[0])
    if "delete" in kind.requests:
        done(office.ask(record_type, "delete", {kind.id_name: row.record_id}))
        assert found(office, record_type, row.record_id) == []


def holds(there: dict[str, Any], sent: dict[str, Any]) -> None:
    """The plain values that were sent are there; lines and references under the names that a Ret has for them."""
    for name, value in sent.items():
        kept = there.get(name) if name in there else there.get(name.removesuffix("Mod"))
        if isinstance(value, str) and name in there:
            if name.endswith("Ref"):
                assert kept["FullName"] == value
            else:
                assert doubts.equal(kept, value.lower() if isinstance(kept, bool) else value), name
        elif isinstance(value, dict):
            for inner, text in value.items():
                assert fields.value_at(kept, inner) is not None, f"{name}/{inner} of {text!r}"


def voided(record: dict[str, Any]) -> bool:
    """Its memo says so; where there is none, all that it amounts to is nothing."""
    lines = [line for each in record.values() if isinstance(each, list) for line in each if isinstance(line, dict)]
    amounts = [each["Amount"] for each in (record, *lines) if "Amount" in each]
    return "VOID" in str(record.get("Memo", "")) or all(doubts.equal(amount, "0") for amount in amounts)
