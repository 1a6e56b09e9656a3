"""From what is known of a link to the one thing that should be done next, or the reason why nothing is.

Rule     a plan is data: it can be shown (preview), counted (safety) and thrown away; making one changes nothing.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncapp.engine import rows
from syncapp.engine.barriers import BARRED, barriers, left_alone
from syncapp.engine.compare import Change, compare
from syncapp.engine.fitting import fit, loosely
from syncapp.engine.gone import plan_gone
from syncapp.engine.match import Candidate, match
from syncapp.engine.policy import decide
from syncapp.engine.refusals import refusal, sentence
from syncapp.engine.situation import WHOLE_RECORD, Draft, Plan, References, Rules, Situation
from syncapp.engine.waiting import Wait, Waits, waiting
from syncapp.mapping.codecs import DoesNotFit
from syncapp.mapping.fields import Field, RecordMapping
from syncapp.records import Record, Side, Value, Verb


def plan_link(situation: Situation, rules: Rules, references: References) -> Plan:
    """The next step of one link.

    1. Nothing while an operation is open, or a record is being read again.
    2. Gone records: by the setting.
    3. Half a link: find the other half, or create it, or say why not.
    4. A whole link: what must travel, one side at a time, Salesforce first since it answers at once.
    """
    if situation.open:
        return Plan("under_way", "An operation is under way.")
    if situation.suspect:
        return Plan("waiting", "Its record is being read again, since it had changed.")
    gone = [s for s in Side if situation.ids[s] and (record := situation.records[s]) and record.deleted]
    if gone:
        return plan_gone(situation, rules, gone)
    missing = [s for s in Side if situation.ids[s] and situation.records[s] is None]
    if missing:
        return Plan("waiting", f"Its record in {missing[0].label} has not been read yet.")
    if all(situation.ids.values()):
        return _plan_whole(situation, rules, references)
    return _plan_half(situation, rules, references)


def canonical(each: Field, value: Value, side: Side, references: References) -> Any:
    """A value as it is compared; a reference is compared by the link of what it refers to."""
    if not each.reference:
        return each.codec.canonical(rows.linked(each, value, side, references))
    if not value:
        return None
    if each.loose and side is each.owner:
        loose = loosely(each, value, side, references)
        return f"link {loose}" if loose is not None else None
    link = references.link_of(side, each.reference, str(value))
    return f"link {link}" if link is not None else f"{side.value} {value}"


def canonical_fields(record: Record, mapping: RecordMapping, side: Side, references: References) -> dict[str, Any]:
    known = [f for f in mapping.fields if f.travels and not (f.added and f.name not in record.fields)]
    return {f.name: canonical(f, record.fields.get(f.name), side, references) for f in known}


# Half a link -----------------------------------------------------------------------


def _plan_half(situation: Situation, rules: Rules, references: References) -> Plan:
    side = Side.SALESFORCE if situation.ids[Side.SALESFORCE] else Side.QUICKBOOKS
    record = situation.records[side]
    assert record is not None
    if not situation.ready:
        return Plan("waiting", "Both sides must have been listed completely before anything is matched or created.")
    if situation.keys is not None:
        parent = _parent(record, rules, side, references)
        rivals = [r for r in situation.rivals if r.parent == parent]
        found = match(situation.keys, parent, situation.candidates, rivals)
        near = [c for c, _ in found.near] if rules.near_matches == "ask" else []
        for each in [*filter(None, [found.certain]), *found.ambiguous, *near]:
            if each.busy:
                return Plan(
                    "waiting", f"Waiting for “{each.keys.name}”, which may be the same.", waits_for=each.link_id
                )
        if found.certain is not None:
            return _plan_matched(situation, rules, references, found.certain, found.how)
        if found.ambiguous:
            own = situation.keys
            alike = [r for r in rivals if r.keys.name == own.name or (own.code and r.keys.code == own.code)]
            return _ambiguous(found.ambiguous, alike, side, rules)
        if found.near and rules.near_matches == "ask" and (record.wanted or situation.needed):
            return _proposed(found.near, side)
    if not (record.wanted or situation.needed):
        return Plan("unwanted", record.why_unwanted or "Left out by the settings.")
    if side.other not in rules.writes_to:
        return Plan("unwanted", f"The settings say that nothing is written to {side.other.label}.")
    if side.other not in rules.creates_in:
        return Plan("unwanted", f"The settings say that nothing is created in {side.other.label}.")
    if situation.made_of:
        reason = f"It was made of {situation.made_of}, which is read first: an opportunity may have it already."
        return Plan("waiting", reason, detail={"unread": rules.mapping.kind}, look_for=situation.made_of)
    if situation.unread:
        reason = f"Its record in {side.other.label}, {situation.unread}, has not been read yet."
        return Plan("waiting", reason, look_for=situation.unread)
    if situation.buried:
        reason = f"Its record in {side.other.label} was deleted, and is not made again."
        return Plan("gone", f"{reason} Clear its QuickBooks id, and it is given a new one.")
    if situation.stands:
        reason = f"Its record in {side.other.label} is there, and not linked with it: no second one is made."
        return Plan("closed", f"{reason} Clear its QuickBooks id, and it is given a new one.")
    if side is Side.SALESFORCE and situation.obstacle is not None:
        return Plan(*situation.obstacle)
    if side is Side.SALESFORCE and situation.held is not None:
        return situation.held
    return _plan_create(situation, rules, references, side, record)


def _parent(record: Record, rules: Rules, side: Side, references: References) -> Any:
    name = rules.mapping.match.parent
    return canonical(rules.mapping.field(name), record.fields.get(name), side, references) if name else None


def _plan_matched(situation: Situation, rules: Rules, references: References, other: Candidate, how: str) -> Plan:
    """Both halves become one link; what follows is planned as if they were one already."""
    side = Side.SALESFORCE if situation.ids[Side.SALESFORCE] else Side.QUICKBOOKS
    whole = replace(
        situation,
        ids={**situation.ids, side.other: other.record.id},
        records={**situation.records, side.other: other.record},
        candidates=(),
    )
    plan = _plan_whole(whole, rules, references)
    return replace(plan, match=other, how=how)


def _ambiguous(candidates: Sequence[Candidate], rivals: Sequence[Candidate], side: Side, rules: Rules) -> Plan:
    called = "name or code" if rules.mapping.match.code else "name"
    shown = [{"link": c.link_id, "id": c.record.id, "name": c.keys.name} for c in candidates]
    if len(candidates) > 1:
        reason = f"{len(candidates)} records in {side.other.label} have this {called}."
    else:
        reason = f"{len(rivals) + 1} records in {side.label} have this {called}, and one in {side.other.label}."
    return Plan("conflict", reason + " Link the right ones by hand, or rename one.", detail={"candidates": shown})


def _proposed(near: Sequence[tuple[Candidate, float]], side: Side) -> Plan:
    best = near[:5]
    shown = [{"link": c.link_id, "id": c.record.id, "name": c.keys.name, "score": score} for c, score in best]
    reason = f"It may be “{best[0][0].keys.name}” in {side.other.label}. Accept the match, or say that it is another."
    return Plan("proposed", reason, detail={"candidates": shown})


def _plan_create(situation: Situation, rules: Rules, references: References, side: Side, record: Record) -> Plan:
    target, name = side.other, rules.mapping.match.name
    stopped = barriers(record, situation, rules, target, new=True)
    if WHOLE_RECORD in stopped:
        return Plan("refused", stopped[WHOLE_RECORD], detail={BARRED: True})
    fields = [f for f in rules.mapping.fields if f.travels and f.apart is not target]
    carried = [f for f in fields if f.owner in (None, side) or not f.erases]
    waits: list[Wait] = []
    values: dict[str, Value] = {}
    basis: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for each in carried:
        value = record.fields.get(each.name)
        now = canonical(each, value, side, references)
        if now is None and each.name != name:
            continue
        if message := stopped.get(each.name) or refusal(situation, target, each.name, now):
            problems[each.name] = message
            continue
        fitted = fit(each, value, now, target, situation, references)
        if isinstance(fitted, Waits):
            waits += fitted.all
            continue
        if isinstance(fitted, DoesNotFit):
            problems[each.name] = fitted.message
            continue
        values[each.name], basis[each.name] = fitted, now
    if waits:
        return waiting(waits)
    lacking = next((each for each in (name, *rules.mapping.indispensable) if each in problems), "")
    if lacking:  # a record may lack anything else
        reason = f"{rules.mapping.field(lacking).label}: {sentence(problems[lacking])}"
        return Plan("refused", reason, detail=_detail(problems, {}))
    stamp = fingerprint(basis)
    if message := refusal(situation, target, WHOLE_RECORD, stamp):
        return Plan("refused", message)
    draft = Draft(
        side=target,
        verb=Verb.CREATE,
        record_id="",
        counterpart_id=record.id,
        values=values,
        sent=_sent(values, rules, target, references),
        basis=basis,
    )
    return Plan("under_way", f"Being created in {target.label}.", detail=_detail(problems, {}), write=draft)


def fingerprint(values: Mapping[str, Any]) -> str:
    """Stands for a record as it was refused; any edit of it changes the fingerprint, so that it is tried again."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


# A whole link ------------------------------------------------------------------------


def _plan_whole(situation: Situation, rules: Rules, references: References) -> Plan:
    records = {side: record for side, record in situation.records.items() if record is not None}
    now = {side: canonical_fields(records[side], rules.mapping, side, references) for side in Side}
    result = compare([f for f in rules.mapping.fields if f.travels], situation.base, now)
    agreed = {name: now[Side.SALESFORCE][name] for name in result.agreed}
    if situation.restless and result.changes:
        names = ", ".join(change.field.label for change in result.changes)
        return Plan("conflict", f"Written too often today, so it rests until tomorrow: {names}.", agreed=agreed)
    conflicts: dict[str, Any] = {}
    problems: dict[str, str] = {}
    waits: list[Wait] = []
    barred = False
    fields: dict[Side, dict[str, Value]] = {side: {} for side in Side}
    spelt: dict[str, Mapping[Side, Any]] = {}
    for change in result.changes:
        if _same_by_rule(change, situation, now):
            spelt[change.field.name] = {side: now[side][change.field.name] for side in Side}
            continue
        sure = change.winner if change.field.owner or change.field.name not in situation.doubts else None
        winner = sure or _settled_by(change, rules, situation, records, now)
        if winner is None:
            conflicts[change.field.name] = [
                now[Side.SALESFORCE][change.field.name],
                now[Side.QUICKBOOKS][change.field.name],
            ]
            continue
        target, name = winner.other, change.field.name
        if target not in rules.writes_to:
            continue
        value = now[winner][name]
        stopped = _stopped(situation, rules, records, target, name)
        if message := stopped or refusal(situation, target, name, value):
            problems[name], barred = message, barred or bool(stopped)
            continue
        fitted = fit(change.field, records[winner].fields.get(name), value, target, situation, references)
        if isinstance(fitted, Waits):
            waits += fitted.all
        elif isinstance(fitted, DoesNotFit):
            problems[name] = fitted.message
        else:
            fields[target][name] = fitted
    problems |= _wrong(situation, rules, now)
    write = _first_write(situation, rules, references, records, now, fields)
    plan = _verdict(write, agreed, conflicts, problems, waiting(waits) if waits else None, rules)
    if plan.state == "in_step" and rules.mapping.remark is not None:
        plan = replace(plan, reason=rules.mapping.remark({side: record.fields for side, record in records.items()}))
    lacking = [n for s in Side for n in rows.missing(rules.mapping.fields, records[s], s, references)]
    if barred and plan.state == "refused":
        plan = replace(plan, detail={**plan.detail, BARRED: True})
    return replace(plan, spelt=spelt, listens_to=references.likely(lacking) if lacking else None)


def _wrong(situation: Situation, rules: Rules, now: Mapping[Side, Mapping[str, Any]]) -> dict[str, str]:
    """What a side gave a field by itself, and should not have."""
    assigned = [each for each in rules.mapping.fields if each.assigned and each.owner]
    found = {e.name: refusal(situation, e.owner, e.name, now[e.owner].get(e.name)) for e in assigned if e.owner}
    return {name: why for name, why in found.items() if why}


def _stopped(situation: Situation, rules: Rules, records: Mapping[Side, Record], target: Side, name: str) -> str:
    """Why this field of the target is left alone, as far as that is known without asking."""
    return left_alone(rules, records[target]) or barriers(
        records[target.other], situation, rules, target, new=False
    ).get(name, "")


def _same_by_rule(change: Change, situation: Situation, now: Mapping[Side, Mapping[str, Any]]) -> bool:
    """At a first meeting: QuickBooks holds what the rule makes of Salesforce's value, so they mean the same.

    So it is when our own tables were lost, and a name that had been made to fit is met again.
    """
    each, (ours, theirs) = change.field, (now[side][change.field.name] for side in (Side.SALESFORCE, Side.QUICKBOOKS))
    met = any(each.name in situation.base[side] for side in Side)
    if met or change.winner or each.reference or ours is None or theirs is None:
        return False
    for taken in (False, True):
        try:
            fitted = each.codec.fit(ours, Side.QUICKBOOKS, seed=situation.ids[Side.SALESFORCE] or "", taken=taken)
        except DoesNotFit:
            return False
        if each.codec.canonical(fitted) == theirs:
            return True
    return False


def _settled_by(
    change: Change,
    rules: Rules,
    situation: Situation,
    records: dict[Side, Record],
    now: Mapping[Side, Mapping[str, Any]],
) -> Side | None:
    """Who wins a conflict: a person's decision about these very values, else the field's policy."""
    name = change.field.name
    values = [now[Side.SALESFORCE][name], now[Side.QUICKBOOKS][name]]
    decision = situation.decisions.get(name)
    if decision and decision.get("values") == values:
        return Side(decision["side"])
    if name in situation.doubts:
        return None
    return decide(rules.policies.get(name, rules.policy), records)


def _first_write(
    situation: Situation,
    rules: Rules,
    references: References,
    records: Mapping[Side, Record],
    now: Mapping[Side, Mapping[str, Any]],
    fields: Mapping[Side, Mapping[str, Value]],
) -> Draft | None:
    for target in (Side.SALESFORCE, Side.QUICKBOOKS):
        values = _at_once(fields[target], target, rules)
        if not values:
            continue
        return Draft(
            side=target,
            verb=Verb.UPDATE,
            record_id=records[target].id,
            counterpart_id=records[target.other].id,
            values=values,
            sent=_sent(values, rules, target, references),
            basis={name: now[target.other][name] for name in values},
            expected_version=records[target].version,
            overwrites=any(
                _belongs_to_people(rules.mapping.field(name)) and now[target].get(name) is not None for name in values
            ),
        )
    return None


def _at_once(values: Mapping[str, Value], target: Side, rules: Rules) -> Mapping[str, Value]:
    """What one write can carry: all that belongs to the record itself; and then, one by one, what is written apart."""
    apart = [name for name in values if rules.mapping.field(name).apart is target]
    if not apart or len(values) == 1:
        return values
    if len(apart) < len(values):
        return {name: value for name, value in values.items() if name not in apart}
    return {apart[0]: values[apart[0]]}


def _belongs_to_people(each: Field) -> bool:
    """Whether what is overwritten may have been entered by somebody."""
    return each.owner is None or each.added


def _verdict(
    write: Draft | None,
    agreed: Mapping[str, Any],
    conflicts: Mapping[str, Any],
    problems: Mapping[str, str],
    waits: Plan | None,
    rules: Rules,
) -> Plan:
    """One state for the link, the most pressing first; the rest stands in the detail.

    A field that waits for another record goes on waiting, whatever is the matter with the others.
    """
    detail = _detail(problems, conflicts)
    waits_for = waits.waits_for if waits else None
    label = {f.name: f.label for f in rules.mapping.fields}
    if write is not None:
        return Plan("under_way", f"Being updated in {write.side.label}.", detail=detail, write=write, agreed=agreed)
    if conflicts:
        names = ", ".join(label[name] for name in conflicts)
        reason = f"Changed on both sides: {names}. Choose which side holds."
        return Plan("conflict", reason, detail=detail, agreed=agreed, waits_for=waits_for)
    if problems:
        reason = " ".join(f"{label[name]}: {sentence(message)}" for name, message in problems.items())
        return Plan("refused", reason, detail=detail, agreed=agreed, waits_for=waits_for)
    if waits is not None:
        return replace(waits, agreed=agreed)
    return Plan("in_step", agreed=agreed)


def _detail(problems: Mapping[str, str], conflicts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: dict(value) for key, value in (("problems", problems), ("conflicts", conflicts)) if value}


def _sent(values: Mapping[str, Value], rules: Rules, target: Side, references: References) -> dict[str, Any]:
    return {name: canonical(rules.mapping.field(name), value, target, references) for name, value in values.items()}
