"""The dialogs of a link's page: each asks for what it must know, or for a reason, before anything is done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.utils.html import format_html_join
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from syncapp.admin.base import number, said
from syncapp.admin.link_page import field_label
from syncapp.models import Link, Operation
from syncapp.oversight import mapping_for
from syncapp.records import Side

UNDER_WAY = "An operation on this record is under way. Wait until it is settled, then try again."


class LinkForm(BaseDialogForm):
    """Knows its link; ``needs_rest``: nothing may be under way."""

    needs_rest = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        query = Link.objects.select_related("pair").defer("base")
        self.link = get_object_or_404(query, pk=number(self.object_id))
        self.mapping = mapping_for(self.link.pair, self.link.kind)
        self.prepare()

    def prepare(self) -> None:
        """For forms whose fields depend on the link."""

    def render_before_template(self) -> str:
        """unfold's dialog shows the errors of fields only."""
        return format_html_join(
            "", '<p class="oversight-note oversight-danger">{}</p>', ((e,) for e in self.non_field_errors())
        )

    def clean(self) -> dict[str, Any]:
        if self.needs_rest and self.link.operations.filter(state__in=Operation.OPEN).exists():
            raise forms.ValidationError(UNDER_WAY)
        return self.cleaned_data

    @property
    def conflicts(self) -> dict[str, Any]:
        found: dict[str, Any] = self.link.detail.get("conflicts", {})
        return found


class HoldsForm(LinkForm):
    """One side holds for every field in conflict."""

    def clean(self) -> dict[str, Any]:
        if not self.conflicts:
            raise forms.ValidationError("Nothing is in conflict here any more.")
        return super().clean()


class DecideForm(HoldsForm):
    """One choice for each field in conflict."""

    def prepare(self) -> None:
        for name, (ours, theirs) in self.conflicts.items():
            choices = [
                (Side.SALESFORCE.value, f"Salesforce: {said(ours)}"),
                (Side.QUICKBOOKS.value, f"QuickBooks: {said(theirs)}"),
                ("", "Decide later"),
            ]
            self.fields[f"side_{name}"] = forms.ChoiceField(
                label=field_label(self.mapping, name),
                choices=choices,
                required=False,
                widget=UnfoldAdminRadioSelectWidget(),
            )

    def chosen(self) -> dict[Side, list[str]]:
        found: dict[Side, list[str]] = {side: [] for side in Side}
        for name in self.conflicts:
            if side := self.cleaned_data.get(f"side_{name}"):
                found[Side(side)].append(name)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not any(self.chosen().values()):
            raise forms.ValidationError("Choose a side for at least one field.")
        return data


class AcceptForm(LinkForm):
    needs_rest = True
    candidate = forms.ChoiceField(label="It is the same as", widget=UnfoldAdminRadioSelectWidget())

    def prepare(self) -> None:
        rows = self.link.detail.get("candidates", [])
        names = dict(Link.objects.filter(pk__in=[row["link"] for row in rows]).values_list("pk", "name"))
        field = self.fields["candidate"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(row["link"]), _candidate(row, names)) for row in rows if row["link"] in names]
        if len(field.choices) == 1:
            field.initial = field.choices[0][0]


def _candidate(row: dict[str, Any], names: dict[int, str]) -> str:
    likeness = f", {row['score']:.0%} alike" if "score" in row else ""
    return f"{names[row['link']] or row['name']} ({row['id']}{likeness})"


class NotMatchForm(LinkForm):
    def clean(self) -> dict[str, Any]:
        if not self.link.detail.get("candidates"):
            raise forms.ValidationError("No match is proposed here any more.")
        return super().clean()


class UnlinkForm(LinkForm):
    needs_rest = True
    reason = forms.CharField(
        label="Reason", max_length=300, help_text="Kept in the history.", widget=UnfoldAdminTextInputWidget()
    )

    def clean(self) -> dict[str, Any]:
        if not self.link.whole:
            raise forms.ValidationError("This record is not linked.")
        return super().clean()


class ByHandForm(LinkForm):
    needs_rest = True
    record_id = forms.CharField(label="Id of the other record", max_length=50, widget=UnfoldAdminTextInputWidget())
    reason = forms.CharField(
        label="Reason", max_length=150, help_text="Kept in the history.", widget=UnfoldAdminTextInputWidget()
    )
    other: Link | None = None

    def prepare(self) -> None:
        side = Side.QUICKBOOKS if self.link.salesforce_id else Side.SALESFORCE
        where = "It stands on the page of that record's own link, and in Salesforce's address bar."
        if side is Side.QUICKBOOKS:
            where = "The ListID or TxnID, which stands on the page of that record's own link."
        self.fields["record_id"].label = f"Id of the record in {side.label}"
        self.fields["record_id"].help_text = where

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.link.whole:
            raise forms.ValidationError("This record is linked already: unlink it first.")
        side = Side.QUICKBOOKS if self.link.salesforce_id else Side.SALESFORCE
        column = f"{side.value}_id" if len(data.get("record_id", "")) != 15 else f"{side.value}_id__startswith"
        query = Link.objects.filter(pair=self.link.pair_id, kind=self.link.kind, **{column: data.get("record_id", "")})
        self.other = query.exclude(pk=self.link.pk).first() if data.get("record_id") else None
        if data.get("record_id") and self.other is None:
            raise forms.ValidationError(
                {"record_id": f"No {self.link.kind} with this id has been read from {side.label}. Check it."}
            )
        return data
