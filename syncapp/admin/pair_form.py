"""A pair's form: a proper field for each setting of each flow, made from the flows' own list of settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from syncapp.admin.pair_fields import TableField
from syncapp.engine.policy import Policy
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting, Flow, Setting
from syncapp.mapping.fields import Field
from syncapp.mapping.sales import SALES
from syncapp.models import Pair
from syncapp.settings_rules import (
    PAIR_SWITCHES,
    SCHEDULE_MINUTES_MIN,
    schedule_problem,
    shortest_minutes,
    source_problem,
)

POLICIES = {
    "quickbooks": "QuickBooks wins",
    "salesforce": "Salesforce wins",
    "newest": "The newest change wins",
    "ask": "A person decides",
}
# How a choice reads; one without an entry reads as it is stored.
CHOICES: dict[str, dict[Any, str]] = {
    "direction": {"both": "Both ways", "to_salesforce": "To Salesforce only", "to_quickbooks": "To QuickBooks only"},
    "conflict": POLICIES,
    "on_delete": {
        "nothing": "Nothing; it is shown",
        "deactivate": "The other record becomes inactive",
        "unlink": "The link is closed",
        "mark": "The record in Salesforce says so",
    },
    "near_matches": {"ask": "They are proposed", "ignore": "They are ignored"},
    "jobs": {"skip": "They are left out", "accounts": "They become child accounts"},
    "contact_fallback": {
        "only": "The only one there is",
        "newest_with_email": "The newest with an e-mail",
        "none": "None",
    },
    "contact_rename": {"new": "Another person", "rename": "The same person, renamed"},
    "duplicate_numbers": {"next": "The next free one is taken", "ask": "A person is asked"},
    "duplicates": {"stop": "Stop and show it", "save": "Save all the same"},
    "person_accounts": {
        "keep": "They are customers as others are",
        "create": "Customers who are people become such, too",
        "leave_out": "They are left out",
    },
    "hierarchy": {"full_name": "The full name", "family": "The own name, the parents as family"},
    "product_code": {"name": "The item's own name", "part_number": "The part number", "none": "Left alone"},
    "rounding": {
        "nearest": "To the nearest cent",
        **{f"up_{step}": f"Up to a multiple of {step}" for step in ("0.01", "0.05", "0.10", "0.25", "0.50", "1.00")},
    },
    "others": {"leave_out": "They are left out", "standard": "At their standard price"},
    "numbers": {
        "quickbooks": "QuickBooks counts",
        "salesforce": "The opportunity's, else made with the prefix",
        "prefix": "Made with the prefix",
    },
    "discounts": {"rate": "They reduce the rate", "line": "They are lines of their own"},
}
LABELS = {
    "conflict": "In a conflict",
    "conflict_by_field": "In a conflict",
    "on_delete": "After a deletion",
    "near_matches": "Names that are alike",
    "only_won": "Only won customers",
    "contact_fallback": "Billing contact, where none is ticked",
    "contact_rename": "Billing contact with another name",
    "duplicates": "Duplicate rules object",
    "careful": "Checked record by record",
}
BY_FIELD = "conflict_by_field"
OWN = "fields"  # the pair's own field mapping, which has a page of its own (field_mapping.py)


def form_name(flow: Flow, setting: str, inner: str = "") -> str:
    return "__".join(filter(None, (flow.kind, setting, inner)))


def contested(flow: Flow) -> Iterator[Field]:
    """Fields that both sides may change."""
    return (f for f in flow.mapping.fields if f.travels and f.owner is None)


def _field(flow: Flow, setting: Setting) -> forms.Field:
    label = _label(setting)
    common: dict[str, Any] = {"label": label, "help_text": setting.help, "required": False}
    if setting.choices:
        texts = CHOICES.get(setting.name, {})
        choices = [(choice, texts.get(choice, str(choice))) for choice in setting.choices]
        if isinstance(setting.default, list | tuple):  # some of them
            return forms.MultipleChoiceField(choices=choices, widget=UnfoldAdminSelectMultipleWidget(), **common)
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **(common | {"required": True}))
    if isinstance(setting.default, bool):
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **common)
    if isinstance(setting.default, int):
        return forms.IntegerField(widget=UnfoldAdminTextInputWidget(), **(common | {"required": True}))
    if isinstance(setting.default, list):
        choices = [(f.name, f.label) for f in contested(flow)]
        return forms.MultipleChoiceField(choices=choices, widget=UnfoldAdminSelectMultipleWidget(), **common)
    if isinstance(setting.default, dict):
        return TableField(**common)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(), **common)


def _policy_field(field: Field) -> forms.Field:
    choices = [("", "As for all fields"), *((p.value, POLICIES[p.value]) for p in Policy)]
    return forms.ChoiceField(label=field.label, choices=choices, required=False, widget=UnfoldAdminSelectWidget())


def spelt_out(pair: Pair) -> Iterator[tuple[str, Any]]:
    """All settings in words, for those who may only look."""
    for flow in FLOWS.values():
        given = pair.flows.get(flow.kind, {})
        for setting in flow.settings:
            value = given.get(setting.name, setting.default)
            label = f"{flow.mapping.plural}: {_label(setting).lower()}"
            if setting.name == OWN:
                continue
            if setting.name == BY_FIELD:
                for name, policy in value.items():
                    yield f"{label} of {flow.mapping.field(name).label.lower()}", POLICIES.get(policy, policy)
            else:
                yield label, _in_words(setting, value)


def _in_words(setting: Setting, value: Any) -> Any:
    texts = CHOICES.get(setting.name, {}) if setting.choices else {}
    if isinstance(value, Mapping):
        return [f"{name}: {each}" for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [texts.get(each, each) for each in value]
    return texts.get(value, value)


def _label(setting: Setting) -> str:
    return LABELS.get(setting.name) or setting.name.replace("_", " ").capitalize()


def shown(flow: Flow) -> list[Setting]:
    """The settings that the form has fields for."""
    return [setting for setting in flow.settings if setting.name != OWN]


def _all_fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for flow in FLOWS.values():
        for setting in shown(flow):
            if setting.name == BY_FIELD:
                found |= {form_name(flow, BY_FIELD, f.name): _policy_field(f) for f in contested(flow)}
            else:
                found[form_name(flow, setting.name)] = _field(flow, setting)
    return found


class _PairForm(forms.ModelForm):
    """Reads the flows' settings into its fields, and writes back what differs from the defaults."""

    class Meta:
        model = Pair
        fields = ("key", "org", "desktop", "enabled", "schedule", "first_run", *PAIR_SWITCHES)
        labels = {
            "org": "Salesforce org",
            "desktop": "QuickBooks company",
            "status_on_record": "Status on Salesforce's records",
            "outbound_messages": "Outbound messages start a cycle",
        }
        help_texts = {"schedule": "In cron terms: */10 * * * * is every ten minutes, 0 * * * * every hour."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for flow in FLOWS.values():
            given = self.instance.flows.get(flow.kind, {})
            for setting in shown(flow):
                value = given.get(setting.name, setting.default)
                if setting.name == BY_FIELD:
                    self.initial.update({form_name(flow, BY_FIELD, name): policy for name, policy in value.items()})
                else:
                    self.initial[form_name(flow, setting.name)] = value

    def clean_schedule(self) -> str:
        schedule: str = self.cleaned_data["schedule"]
        if problem := schedule_problem(schedule):
            raise forms.ValidationError(problem)
        return schedule

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for flow in FLOWS.values():
            try:
                settings = flow.complete(self.settings_of(flow, data))
            except BadSetting as problem:
                raise forms.ValidationError(str(problem)) from None
            if flow.kind == SALES.kind and (why := source_problem(self.instance, settings)):
                raise forms.ValidationError(f"{flow.mapping.plural}: {why}")
        return data

    def settings_of(self, flow: Flow, data: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for setting in flow.settings:
            if setting.name == OWN:
                value: Any = self.instance.flows.get(flow.kind, {}).get(OWN, {})
            elif setting.name == BY_FIELD:
                named = ((f.name, data.get(form_name(flow, BY_FIELD, f.name))) for f in contested(flow))
                value = {name: policy for name, policy in named if policy}
            else:
                value = data.get(form_name(flow, setting.name), setting.default)
            if value != setting.default:
                found[setting.name] = value
        return found

    def chosen_flows(self) -> dict[str, Any]:
        """All flows' settings as they are to be stored."""
        found = {flow.kind: self.settings_of(flow, self.cleaned_data) for flow in FLOWS.values()}
        others = {kind: value for kind, value in self.instance.flows.items() if kind not in FLOWS}
        return {**others, **{kind: value for kind, value in found.items() if value}}

    def warning(self) -> str:
        """What may be taken, but is unusual."""
        minutes = shortest_minutes(self.cleaned_data["schedule"]) or 0
        if minutes >= SCHEDULE_MINUTES_MIN:
            return ""
        return f"Cycles {minutes:g} minutes apart cost many calls of Salesforce's daily allowance."


PairForm: type[_PairForm] = type("PairForm", (_PairForm,), _all_fields())


def fieldsets(*, fixed: bool) -> list[tuple[str | None, dict[str, Any]]]:
    """The pair, then two groups for each flow: its settings, and who wins field by field."""
    ends = ("org_", "desktop_") if fixed else ("org", "desktop")
    own = {"fields": (("key", "enabled"), ends, ("schedule", "first_run"), PAIR_SWITCHES)}
    found: list[tuple[str | None, dict[str, Any]]] = [(None, own)]
    for flow in FLOWS.values():
        names = [form_name(flow, s.name) for s in shown(flow) if s.name != BY_FIELD]
        found.append((flow.mapping.plural, {"fields": _in_twos(names), "classes": ["tab"]}))
        if not any(s.name == BY_FIELD for s in flow.settings):
            continue
        names = [form_name(flow, BY_FIELD, f.name) for f in contested(flow)]
        title = f"{flow.mapping.plural}: who wins, field by field"
        found.append((title, {"fields": _in_twos(names), "classes": ["tab"]}))
    return found


def _in_twos(names: list[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(names[at : at + 2]) for at in range(0, len(names), 2))
