"""One field of a pair's own mapping as a form: what is entered becomes the table that a settings file would hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from syncapp.admin.pair_form import POLICIES
from syncapp.mapping.overrides import BOTH, OFF, TO_QUICKBOOKS, TO_SALESFORCE, TYPES

DIRECTIONS = [
    ("", "As the default has it"),
    (BOTH, "Both ways"),
    (TO_QUICKBOOKS, "To QuickBooks only"),
    (TO_SALESFORCE, "To Salesforce only"),
    (OFF, "Off"),
]
INPUT = {"class": "connector-input", "autocomplete": "off", "spellcheck": "false"}
PAIR_OF_WORDS = re.compile(r"(.+?)\s*(?:=|→)\s*(.+)")


def _input(**more: Any) -> forms.TextInput:
    return forms.TextInput(attrs={**INPUT, **more})


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "connector-input"})


class FieldForm(forms.Form):
    """``table`` is what the form means, in the words of the settings."""

    name = forms.CharField(
        label="Name",
        max_length=40,
        widget=_input(list="known-fields"),
        help_text="One of the defaults, to change it; or a new one in small letters, such as legal_name.",
    )
    label = forms.CharField(required=False, max_length=60, widget=_input(), help_text="How people read it.")
    salesforce = forms.CharField(
        label="Salesforce field",
        required=False,
        max_length=120,
        widget=_input(list="salesforce-fields", placeholder="as the default has it"),
        help_text="Its API name, such as Legal_Name__c.",
    )
    quickbooks = forms.CharField(
        label="QuickBooks element",
        required=False,
        max_length=120,
        widget=_input(list="quickbooks-elements", placeholder="as the default has it"),
        help_text="Such as JobStatus; a custom field is custom: and its name.",
    )
    direction = forms.ChoiceField(choices=DIRECTIONS, required=False, widget=_select())
    conflict = forms.ChoiceField(
        label="In a conflict",
        choices=[("", "As the flow has it"), *POLICIES.items()],
        required=False,
        widget=_select(),
        help_text="Where it goes both ways.",
    )
    type = forms.ChoiceField(
        label="What it holds",
        choices=[("", "As the default has it, else text"), *TYPES.items()],
        required=False,
        widget=_select(),
    )
    formula = forms.CharField(
        required=False,
        max_length=2000,
        widget=_input(placeholder='upper(left(Name, 3)) & "-" & Region__c'),
        help_text="One way. Names are those of the side that it comes from.",
    )
    value = forms.CharField(
        label="Constant",
        required=False,
        max_length=255,
        widget=_input(),
        help_text="The same in every record; one way.",
    )
    words = forms.CharField(
        label="Words that differ",
        required=False,
        widget=forms.Textarea(attrs={**INPUT, "rows": 3, "placeholder": "Hot = Preferred"}),
        help_text="A line for each: Salesforce's = QuickBooks's.",
    )

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()

    def clean_words(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in filter(None, (line.strip() for line in self.cleaned_data["words"].splitlines())):
            pair = PAIR_OF_WORDS.fullmatch(line)
            if pair is None:
                raise forms.ValidationError(f"“{line}” must be two words with = between them.")
            found[pair[1]] = pair[2]
        return found

    @property
    def table(self) -> dict[str, Any]:
        data = {key: value for key, value in self.cleaned_data.items() if key not in ("name", "words") and value}
        if words := self.cleaned_data.get("words"):
            data["values"] = words
        return data


def initial(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    words = "\n".join(f"{ours} = {theirs}" for ours, theirs in table.get("values", {}).items())
    return {**table, "name": name, "words": words}
