"""A flow: one kind of record with its mapping, its settings and their defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from syncapp.engine.plan import Rules
from syncapp.engine.policy import Policy
from syncapp.mapping import line_fields, overrides_read
from syncapp.mapping.abilities import ALL, Abilities
from syncapp.mapping.fields import RecordMapping
from syncapp.mapping.overrides_read import BadOverride
from syncapp.records import Side, Value

DIRECTIONS = {
    "both": frozenset(Side),
    "to_salesforce": frozenset({Side.SALESFORCE}),
    "to_quickbooks": frozenset({Side.QUICKBOOKS}),
}


class BadSetting(ValueError):
    """A setting of a flow that makes no sense; the message names flow and setting, and says what it may be."""

    def __init__(self, flow: str, reason: str) -> None:
        super().__init__(f"{flow}: {reason}")
        self.reason = reason  # for where the flow is named already


@dataclass(frozen=True)
class Setting:
    """One setting: its default, what it may be (empty: anything of the default's type), and what it means."""

    name: str
    default: Any
    choices: tuple[Any, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Flow:
    kind: str
    mapping: RecordMapping
    settings: tuple[Setting, ...]
    active_field: str = ""
    gone_values: Mapping[str, Value] = field(default_factory=dict)  # instead: what a record says whose other is gone
    read_once: bool = False  # completely; from then on changes and deletions tell all
    left_to_cycles: bool = False  # its plans are large, and none is made inside a Web Connector call
    slow: frozenset[Side] = frozenset()  # sides that are not read in each cycle, but as often as every_minutes says
    judge: Callable[[Mapping[str, Any]], str] = lambda settings: ""  # why these settings make no sense together
    creates_in: Callable[[Mapping[str, Any]], frozenset[Side]] = lambda settings: frozenset(Side)

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given settings with the defaults of the rest; raises BadSetting."""
        known = {s.name: s for s in self.settings}
        if unknown := set(given) - set(known):
            names = ", ".join(sorted(known))
            raise BadSetting(self.mapping.plural, f"there is no setting “{sorted(unknown)[0]}”; there are {names}.")
        whole = {s.name: self._checked(s, given[s.name]) if s.name in given else s.default for s in self.settings}
        if problem := self.judge(whole):
            raise BadSetting(self.mapping.plural, problem)
        return whole

    def _checked(self, setting: Setting, value: Any) -> Any:
        if isinstance(setting.default, list) and setting.choices and isinstance(value, list):
            if unknown := [each for each in value if each not in setting.choices]:
                may = ", ".join(str(c) for c in setting.choices)
                raise BadSetting(self.mapping.plural, f"{setting.name} names “{unknown[0]}”, but may name: {may}.")
        elif setting.choices and value not in setting.choices:
            may = ", ".join(str(c) for c in setting.choices)
            raise BadSetting(self.mapping.plural, f"{setting.name} is “{value}”, but may be: {may}.")
        if not isinstance(value, type(setting.default)):
            wanted = type(setting.default).__name__
            raise BadSetting(self.mapping.plural, f"{setting.name} is “{value}”, but must be a {wanted}.")
        if setting.name == "conflict_by_field":
            self._check_fields(value)
        if setting.name == "fields":
            self._check_overrides(value)
        if setting.name == "careful" and (strange := set(value) - {f.name for f in self.mapping.fields if f.travels}):
            raise BadSetting(self.mapping.plural, f"careful names “{sorted(strange)[0]}”, which is no field.")
        return value

    def _check_fields(self, by_field: Mapping[str, str]) -> None:
        names = {f.name for f in self.mapping.fields if f.travels}
        for name, policy in by_field.items():
            if name not in names:
                raise BadSetting(self.mapping.plural, f"conflict_by_field names “{name}”, which is no field.")
            if policy not in {p.value for p in Policy}:
                may = ", ".join(p.value for p in Policy)
                raise BadSetting(self.mapping.plural, f"conflict_by_field.{name} is “{policy}”, but may be: {may}.")

    def _check_overrides(self, given: Mapping[str, Any]) -> None:
        try:
            overrides_read.read(self.mapping, given)
        except BadOverride as problem:
            raise BadSetting(self.mapping.plural, str(problem)) from None

    def mapping_for(self, settings: Mapping[str, Any]) -> RecordMapping:
        """The mapping that holds for a pair with these settings."""
        own = overrides_read.of(self.kind, settings)
        return line_fields.of(settings).mapping(own.mapping(self.mapping))

    def rules(self, settings: Mapping[str, Any]) -> Rules:
        own = overrides_read.of(self.kind, settings)
        policies = own.policies(settings.get("conflict_by_field", {}))
        return Rules(
            mapping=self.mapping_for(settings),
            policy=Policy(settings.get("conflict", Policy.QUICKBOOKS)),
            policies={name: Policy(policy) for name, policy in policies.items()},
            writes_to=DIRECTIONS[settings.get("direction", "to_salesforce")],
            creates_in=self.creates_in(settings),
            on_delete=settings["on_delete"],
            gone_values=self.gone_values or ({self.active_field: False} if self.active_field else {}),
            gone_words="marked as deleted" if self.gone_values else "made inactive",
            near_matches=settings.get("near_matches", "ignore"),
        )


@dataclass(frozen=True)
class Active:
    """A flow that is on, with a pair's settings, complete."""

    flow: Flow
    settings: Mapping[str, Any]
    abilities: Abilities = ALL  # of QuickBooks

    @property
    def kind(self) -> str:
        return self.flow.kind

    @property
    def mapping(self) -> RecordMapping:
        return self.rules.mapping

    @cached_property
    def rules(self) -> Rules:
        return replace(self.flow.rules(self.settings), abilities=self.abilities)

    def every(self, side: Side) -> timedelta:
        """How long what was read of this side is good enough; nothing: each cycle reads anew."""
        return timedelta(minutes=self.settings.get("every_minutes", 0) if side in self.flow.slow else 0)


def on(default: bool, help: str) -> Setting:
    """Whether the flow is on; what is off is neither read nor written."""
    return Setting("on", default, (), help)


FIELDS = Setting("fields", {}, (), "The pair's own field mapping: other fields, custom fields, constants, formulas.")
COMMON = (
    Setting("direction", "both", tuple(DIRECTIONS), "Which way changes travel."),
    Setting("conflict", "quickbooks", tuple(p.value for p in Policy), "Who wins where both sides changed a field."),
    Setting("conflict_by_field", {}, (), "The same for single fields, by neutral name."),
    Setting("on_delete", "nothing", ("nothing", "deactivate", "unlink"), "What follows a deletion on one side."),
    Setting("near_matches", "ask", ("ask", "ignore"), "Whether names that are merely alike are proposed to a person."),
    FIELDS,
)
TO_SALESFORCE = tuple(replace(s, default="to_salesforce") if s.name == "direction" else s for s in COMMON)
