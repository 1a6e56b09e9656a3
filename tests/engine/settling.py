"""Two records that are planned and written until they rest, each side with an idea of its own of a tidy text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from syncapp.engine.agree import agree, learn
from syncapp.engine.plan import Draft, Plan, Rules, Situation, canonical_fields, plan_link
from syncapp.mapping.fields import RecordMapping
from syncapp.records import Record, Side
from tests.engine.support import IDS, Ties

WRITES_MAX = 2  # one to each side: whatever was changed, no more can be needed

Tidy = Callable[[Any], Any]


@dataclass
class Pair:
    """What both sides hold, and what they last agreed on."""

    mapping: RecordMapping
    records: dict[Side, Record]
    tidy: Mapping[Side, Tidy]
    base: dict[str, dict[str, Any]] = field(default_factory=dict)
    ties: Ties = field(default_factory=Ties)

    def situation(self, **more: Any) -> Situation:
        base = {side: self.base.get(side.value, {}) for side in Side}
        return Situation(1, dict(IDS), dict(self.records), base, **more)

    def now(self, side: Side) -> dict[str, Any]:
        return canonical_fields(self.records[side], self.mapping, side, self.ties)

    def edit(self, side: Side, values: Mapping[str, Any]) -> None:
        self.records[side] = replace(self.records[side], fields={**self.records[side].fields, **values})

    def plan(self, rules: Rules) -> Plan:
        plan = plan_link(self.situation(), rules, self.ties)
        if plan.agreed:
            self.base = learn(self.base, plan.agreed)
        return plan

    def write(self, draft: Draft) -> None:
        """The target stores it, in its own spelling."""
        assert draft.expected_version == self.records[draft.side].version
        self.edit(draft.side, {name: self.tidy[draft.side](value) for name, value in draft.values.items()})

    def settle(self, draft: Draft, *, touched: bool = False) -> None:
        """It was applied, and the answer holds the record as it is by now."""
        stored = self.now(draft.side)
        self.base = agree(
            self.base, target=draft.side, basis=draft.basis, sent=draft.sent, stored=stored, touched=touched
        )

    def step(self, rules: Rules) -> Plan:
        """Plan, and settle what is planned as applied."""
        plan = self.plan(rules)
        if plan.write is not None:
            self.write(plan.write)
            self.settle(plan.write)
        return plan

    def rest(self, rules: Rules) -> Plan:
        """The plan that is made once there is nothing left to write."""
        for _ in range(WRITES_MAX):
            plan = self.step(rules)
            if plan.write is None:
                break
        last = self.step(rules)
        assert last.write is None, f"it does not rest: {last.write}"
        again = plan_link(self.situation(), rules, self.ties)
        assert again == replace(last, agreed={})
        return last
