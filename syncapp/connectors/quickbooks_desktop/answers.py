"""What a closed request of the outbox says: outcomes of operations, records seen, or what to ask next.

Status codes and their policies are those of qbwc.qbxml.status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from qbwc import outbox
from qbwc.models import Request
from qbwc.qbxml import status
from qbwc.qbxml.errors import BadRequest, BadResponse
from qbwc.qbxml.read import Result
from syncapp.connectors.quickbooks_desktop.connector import DesktopConnector, legible
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import OWNER
from syncapp.records import Applied, Deferred, Missing, Operation, Outcome, Record, Rejected, Stale, Taken, Verb

NAME_TAKEN, STALE, FOUND_NOTHING, SOME_MISSING = 3100, 3200, 1, 500
GONE = (3000, 3120)


@dataclass
class Heard:
    """What one answer tells."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    finding_out: list[int] = field(default_factory=list)  # operations whose outcome is asked for now
    mentioned: dict[str, str] = field(default_factory=dict)  # records, with when they were modified last
    # By customer, the ids of all its records, where its Ret told them all.
    whole: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Unintelligible(Exception):
    """The answer cannot be read; it stays in the outbox for a person."""


def result_of(request: Request) -> Result | None:
    """The answer, or None where there is none (refused, cancelled, unknown)."""
    if request.state != Request.State.ANSWERED:
        return None
    try:
        return outbox.read_answer(request)
    except BadResponse as problem:
        raise Unintelligible(str(problem)) from problem


def hear(request: Request, about: str, kind: str, operation: Operation | None, connector: DesktopConnector) -> Heard:
    """``about`` is the first word of the request's reference, ``kind`` what it is of; ``operation``: the one it names,
    if still open."""
    heard = _hear(request, about, kind, operation, connector)
    outcome = heard.outcomes.get(operation.id) if operation is not None else None
    if operation is not None and operation.verb is Verb.CREATE and isinstance(outcome, Applied):
        number = str(outcome.record.fields.get("number") or "")
        if number and connector.numbers(operation):
            connector.look_who_shares(operation, number)
    return heard


def sharers(request: Request) -> tuple[str, int]:
    """The number that was asked for, and how many records of that type have it; ("", 0) where nobody tells."""
    result = result_of(request)
    if result is None or result.status:
        return "", 0
    found = [str(ret.data.get("RefNumber") or "") for ret in result.records]
    wanted = re.search("<RefNumber>([^<]*)</", request.body)
    own = unescape(wanted.group(1)) if wanted else ""
    return own, sum(each.casefold() == own.casefold() for each in found) if own else 0


def _hear(request: Request, about: str, kind: str, operation: Operation | None, connector: DesktopConnector) -> Heard:
    result = result_of(request)
    spelling, settings = SPELLINGS[kind], connector.reading(kind)
    if about == "number":
        return _hear_numbers(result, operation, connector) if operation is not None else Heard()
    own, with_custom = connector.own(kind), f"<{OWNER}>" in request.body
    read = [(one, ret.data) for ret in result.records for one in spelling.all_records(ret, settings)] if result else []
    records = [own.read(record, data, with_custom=with_custom) for record, data in read]
    if about == "op" and operation is not None:
        return _hear_operation(request, result, records, operation, connector)
    if about == "seek" and operation is not None:
        return _hear_sought(request, result, records, operation, connector)
    if about == "taken" and operation is not None:
        return _hear_taken(result, records, operation)
    if about in ("found", "doubt") and operation is not None:
        if result is None or result.status not in (0, FOUND_NOTHING, SOME_MISSING):
            return Heard()  # not told; it is asked again
        return _hear_found(request, records, operation) if about == "found" else _hear_doubtful(records, operation)
    if about == "deleted" and result is not None:
        gone = [spelling.deleted(ret) for ret in result.records]
        return Heard(records=[record for record in gone if record is not None])
    told = [spelling.whole(ret, request.company.qbxml_version) for ret in result.records] if result else []
    whole = dict(filter(None, told))
    if about == "read" and result is not None:
        return Heard(records=records + _missing(request, kind, records), whole=whole)
    mentioned = filter(None, map(spelling.mentioned, result.records)) if result and spelling.mentions else ()
    return Heard(records=records, mentioned=dict(mentioned), whole=whole)


def _hear_operation(
    request: Request, result: Result | None, records: list[Record], operation: Operation, connector: DesktopConnector
) -> Heard:
    if result is None:
        return _without_answer(request, operation)
    code = result.status
    if code < 1000 and records:
        if connector.own(operation.kind).overrides.reads_custom:  # no answer to a write tells custom fields
            connector.read(operation.kind, [records[0].id])
        return Heard(outcomes={operation.id: Applied(records[0])})
    if code < 1000:
        return _recovered(result, operation, connector)
    if code == NAME_TAKEN:
        connector.ask_who_has(operation)
        return Heard(finding_out=[operation.id])
    if code == STALE or (code in GONE and operation.verb is Verb.UPDATE):
        connector.read(operation.kind, [operation.record_id])
        return Heard(outcomes={operation.id: Stale()})
    return Heard(outcomes={operation.id: _refusal(code, result.message, operation, connector)})


def _hear_numbers(result: Result | None, operation: Operation, connector: DesktopConnector) -> Heard:
    """Which of the numbers are used: the operation is sent with the first that is not."""
    if result is None:
        return Heard(outcomes={operation.id: Deferred("Whether its number is free could not be asked.", seconds=60)})
    if result.status not in (0, FOUND_NOTHING, SOME_MISSING):
        return Heard(outcomes={operation.id: _refusal(result.status, result.message, operation, connector)})
    name = result.name.removesuffix("Query")
    used = {str(ret.data.get("RefNumber")) for ret in result.records} | connector.numbers_on_their_way(f"{name}Add")
    used = {each.casefold() for each in used}
    wanted = connector.numbers(operation)
    number = next((each for each in wanted if each.casefold() not in used), "")
    if not number:
        message = f"The number “{wanted[0]}” is used in QuickBooks already"
        remedy = "Give it another QuickBooks Number, or have the next free one taken (duplicate_numbers = next)."
        return Heard(outcomes={operation.id: Rejected(message, code="NUMBER_USED", remedy=remedy)})
    try:
        connector.send(operation, number)
    except BadRequest as problem:
        fields = connector.fields_at_fault(problem.path, operation)
        return Heard(outcomes={operation.id: Rejected(str(problem), code=problem.rule, fields=fields)})
    return Heard()


def _without_answer(request: Request, operation: Operation) -> Heard:
    """Closed without an answer: refused before it was executed, cancelled by a person, or in doubt for good."""
    if request.state == Request.State.UNKNOWN:
        return Heard(finding_out=[operation.id])
    message = request.status_message or "QuickBooks refused the request."
    return Heard(outcomes={operation.id: Rejected(message, code=str(request.status_code or request.state))})


def _recovered(result: Result, operation: Operation, connector: DesktopConnector) -> Heard:
    """Done, as error recovery tells, which gives an id and no record: the record is read before anything is agreed."""
    recovery = result.recovery or {}
    record_id = SPELLINGS[operation.kind].id_in(recovery, operation) or operation.record_id
    if not record_id:
        return Heard(finding_out=[operation.id])
    connector.read_found(operation, record_id, str(recovery.get("EditSequence") or ""))
    return Heard(finding_out=[operation.id])


def _hear_sought(
    request: Request, result: Result | None, records: list[Record], operation: Operation, connector: DesktopConnector
) -> Heard:
    """All records among which a lost create would be: our key stands on it, or it never came to be."""
    if result is None or result.status not in (0, FOUND_NOTHING):
        return Heard()  # not told; it is asked again
    for record in records:
        if record.origin == operation.key:
            return Heard(outcomes={operation.id: Applied(record, touched=True)})
    if not request.reference.endswith("/everywhere"):
        connector.look_for_lost(operation, wide=True)
        return Heard()
    return Heard(outcomes={operation.id: Missing("QuickBooks does not have it: it was never created.")})


def _hear_found(request: Request, records: list[Record], operation: Operation) -> Heard:
    """Agreement only if the record's version shows that nobody else has touched it since."""
    version = request.reference.split("/")[2]
    if not records:
        return Heard(outcomes={operation.id: Missing("The record was deleted after it was written.")})
    spelt = {name: legible(value) for name, value in operation.values.items()}
    applied = Applied(records[0], touched=records[0].version != version, spelt=spelt)
    return Heard(outcomes={operation.id: applied})


def _hear_doubtful(records: list[Record], operation: Operation) -> Heard:
    """An update that nobody can tell of: what the record holds now tells, or a person does (syncapp.settle)."""
    if not records:
        return Heard(outcomes={operation.id: Missing("The record is no longer there.")})
    return Heard(outcomes={operation.id: Stale(records[0], doubtful=True)})


def _hear_taken(result: Result | None, records: list[Record], operation: Operation) -> Heard:
    """Who has the name: our own earlier create, another customer, or a vendor, employee or other name."""
    holder = records[0] if records else None
    if holder is not None and holder.origin == operation.key and operation.verb is Verb.CREATE:
        spelt = {name: legible(value) for name, value in operation.values.items()}
        return Heard(outcomes={operation.id: Applied(holder, touched=True, spelt=spelt)})
    name = operation.values.get("name")
    whose = SPELLINGS[operation.kind].whose(holder is not None)
    message = f"The name “{name}” is used by {whose} in QuickBooks"
    return Heard(outcomes={operation.id: Taken(message, holder)})


def _refusal(code: int, message: str, operation: Operation, connector: DesktopConnector) -> Outcome:
    meaning = status.explain(code)
    if meaning.policy == "RETRY":
        return Deferred(message or meaning.meaning, seconds=60)
    message = connector.in_names(message)
    named = re.search(r'in the field "([^"]+)"', message) or re.search(r'The "([^"]+)" field', message)
    spelling = SPELLINGS[operation.kind]
    fields = connector.fields_at_fault(named.group(1).replace(" ", ""), operation) if named else ()
    fields = fields or spelling.fields_named(message, operation)
    remedy = spelling.remedy(message, operation) or meaning.remedy
    return Rejected(message or meaning.meaning, code=str(code), remedy=remedy, fields=fields)


def _missing(request: Request, kind: str, records: list[Record]) -> list[Record]:
    """Of the ids that were asked for by id, those which QuickBooks no longer has."""
    spelling = SPELLINGS[kind]
    if not spelling.asked_by_its_id:
        return []
    named = re.findall(r"<(?:ListID|TxnID)>([^<]+)</", request.body)
    gone = {spelling.id_asked(request.name, each) for each in named} - {record.id for record in records}
    return [Record(kind=kind, id=each, version="", deleted=True) for each in sorted(gone)]
