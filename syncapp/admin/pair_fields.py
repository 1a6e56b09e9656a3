"""What a pair's forms need beside Django's own fields: a table as lines of text, and the dialog of a backfill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget


class TableField(forms.CharField):
    """A setting that is a table: a line for each entry, “name = value”."""

    def __init__(self, **more: Any) -> None:
        more["help_text"] = f"{more.get('help_text', '')} One line each: name = value.".strip()
        super().__init__(widget=UnfoldAdminTextareaWidget(), **more)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name} = {each}" for name, each in value.items()) if isinstance(value, Mapping) else value

    def clean(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in str(super().clean(value) or "").splitlines():
            name, equals, each = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not (name and equals and each):
                raise forms.ValidationError(f"“{line.strip()}” is no line of the form name = value.")
            found[name] = each
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class BackfillForm(BaseDialogForm):
    since = forms.DateField(
        label="Closed since", widget=UnfoldAdminDateWidget(), help_text="The first close date that is to be sent."
    )
    send = forms.BooleanField(
        label="Send them",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Left unticked, they are only counted.",
    )
