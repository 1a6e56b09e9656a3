"""What follows where a record was deleted on one side, by the setting.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.engine.refusals import refusal, sentence
from syncapp.engine.situation import Draft, Plan, Rules, Situation
from syncapp.records import Record, Side, Verb


def plan_gone(situation: Situation, rules: Rules, gone: list[Side]) -> Plan:
    alive = [s for s in Side if situation.ids[s] and s not in gone]
    if not alive:
        where = " and ".join(side.label for side in gone)
        return Plan("closed", f"Deleted in {where}.")
    lost = situation.records[gone[0]]
    assert lost is not None
    merged = f", merged into {lost.merged_into}" if lost.merged_into else ""
    reason = f"Deleted in {gone[0].label}{merged}; still in {alive[0].label}."
    survivor = situation.records[alive[0]]
    if rules.on_delete == "unlink":
        return Plan("closed", reason + " Unlinked, as the settings say.", detail={"unlink": True})
    told = {name: v for name, v in rules.gone_values.items() if rules.mapping.field(name).owner is not alive[0]}
    if rules.on_delete in ("deactivate", "mark") and survivor and told and alive[0] in rules.writes_to:
        return _tell_of_it(situation, rules, alive[0], survivor, reason)
    return Plan("gone", reason + " Nothing was done, as the settings say.")


def _tell_of_it(situation: Situation, rules: Rules, side: Side, survivor: Record, reason: str) -> Plan:
    """The survivor is made inactive, or says that the other one was deleted."""
    fields = [(rules.mapping.field(name), value) for name, value in rules.gone_values.items()]
    wanted = {each.name: (value, each.codec.canonical(value)) for each, value in fields}
    said = {each.name: each.codec.canonical(survivor.fields.get(each.name)) for each, _ in fields}
    news = {name: value for name, (value, canonical) in wanted.items() if said[name] != canonical}
    basis = {name: wanted[name][1] for name in news}
    if not news:
        return Plan("gone", f"{reason} It is {rules.gone_words.removeprefix('made ')}, as the settings say.")
    for name, value in basis.items():
        if message := refusal(situation, side, name, value):
            return Plan("refused", f"{reason} It could not be {rules.gone_words}: {sentence(message)}")
    if situation.restless:
        return Plan("gone", reason + " Written too often today, so it rests until tomorrow.")
    draft = Draft(
        side=side,
        verb=Verb.UPDATE,
        record_id=survivor.id,
        counterpart_id="",
        values=news,
        sent=basis,
        basis=basis,
        expected_version=survivor.version,
        overwrites=any(each.owner is None for each, _ in fields),
    )
    return Plan("under_way", f"{reason} It is being {rules.gone_words}, as the settings say.", write=draft)
