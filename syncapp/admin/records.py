"""What the engine remembers, to be read only: operations, history, records as last seen, and cursors."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from syncapp.admin import search
from syncapp.admin.base import (
    OPERATION_COLOURS,
    KindFilter,
    PairFilter,
    badge,
    definitions,
    link_to,
    moment,
    said,
    short,
)
from syncapp.mapping.fields import field_label
from syncapp.models import Cursor, HistoryEntry, MirrorRecord, Operation, Pair, SideChoice
from syncapp.oversight import mapping_for


def labelled(pair: Pair | None, kind: str, values: dict[str, Any]) -> list[tuple[str, Any]]:
    """A record's stored fields by their labels, in the mapping's order; then those of a former mapping."""
    mapping = mapping_for(pair, kind) if pair else None
    if mapping is None:
        return list(values.items())
    found = [(f.label, values[f.name]) for f in mapping.fields if f.name in values and not f.replaced]
    return found + [(field_label(mapping, name), value) for name, value in values.items() if not mapping.has(name)]


@admin.register(Operation)
class OperationAdmin(QuickAdmin):
    list_display = (
        *(moment("created_at", "Created"), "link_", "verb", "side", "state_", "message_"),
        moment("closed_at", "Settled"),
    )
    list_select_related = ("link",)
    list_filter = (PairFilter, "state", "side", "verb")
    search_fields = ("key",)
    search_help_text = f"{search.HELP}, or an operation's key"
    heavy = ("values", "basis", "link__base", "link__detail")
    nothing_yet = "Each write to a side is listed here before it is sent."
    fields = (
        *("link_", "run_", "verb", "side", "state_shown", "message", "code", "record_id", "counterpart_id"),
        *("values_", "planned_from", "expected_version", "key"),
        *(moment("created_at", "Created"), moment("submitted_at", "Handed over"), moment("closed_at", "Settled")),
    )
    readonly_fields = fields

    @display(description="Record")
    def link_(self, operation: Operation) -> SafeString | str:
        return link_to(operation.link)

    @display(description="Run")
    def run_(self, operation: Operation) -> SafeString | str:
        return link_to(operation.run)

    @display(description="State", label=OPERATION_COLOURS)
    def state_(self, operation: Operation) -> tuple[str, str]:
        return operation.state, operation.get_state_display()

    @display(description="State")
    def state_shown(self, operation: Operation) -> SafeString:
        return badge(operation.get_state_display(), OPERATION_COLOURS.get(operation.state, "default"))

    @display(description="Message")
    def message_(self, operation: Operation) -> str:
        return short(operation.message)

    @display(description="Values")
    def values_(self, operation: Operation) -> SafeString:
        return definitions(labelled(operation.pair, operation.kind, operation.values))

    @display(description="Planned from")
    def planned_from(self, operation: Operation) -> SafeString:
        return definitions(labelled(operation.pair, operation.kind, operation.basis.get("source", {})))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        found = Q(link__in=search.link_ids(search_term)) | Q(key=search_term.strip())
        return queryset.filter(found), False


@admin.register(HistoryEntry)
class HistoryAdmin(QuickAdmin):
    list_display = (moment("at", "When"), "link_", "event", "side_", "changes_", "message_", "who_")
    list_select_related = ("link", "pair")
    list_filter = (PairFilter,)
    search_fields = ("name",)
    search_help_text = search.HELP
    heavy = ("link__base", "link__detail")
    nothing_yet = "What happens to a record, and every change of settings, is listed here."
    fields = (
        moment("at", "When"),
        "pair",
        "link_",
        "event",
        "side_",
        "before_and_after",
        "message",
        "who_",
        "operation_",
    )
    readonly_fields = fields

    @display(description="Record")
    def link_(self, entry: HistoryEntry) -> SafeString | str:
        return link_to(entry.link, entry.name) if entry.link_id else entry.name or "—"

    @display(description="Side")
    def side_(self, entry: HistoryEntry) -> str:
        return SideChoice(entry.side).label if entry.side else "—"

    @display(description="Changes")
    def changes_(self, entry: HistoryEntry) -> str:
        kind = entry.link.kind if entry.link else ""
        return short(", ".join(label for label, _ in labelled(entry.pair, kind, entry.changes)), 100)

    @display(description="Message")
    def message_(self, entry: HistoryEntry) -> str:
        return short(entry.message)

    @display(description="Who")
    def who_(self, entry: HistoryEntry) -> str:
        return entry.who or "the synchronisation"

    @display(description="Operation")
    def operation_(self, entry: HistoryEntry) -> SafeString | str:
        return link_to(entry.operation)

    @display(description="Before and after")
    def before_and_after(self, entry: HistoryEntry) -> SafeString:
        kind = entry.link.kind if entry.link else ""
        rows = labelled(entry.pair, kind, entry.changes)
        return definitions((label, f"{said(before)} → {said(after)}") for label, (before, after) in rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(link__in=search.link_ids(search_term)), False


@admin.register(MirrorRecord)
class MirrorAdmin(QuickAdmin):
    list_display = (
        "name_",
        "kind",
        "pair",
        "side",
        "record_id",
        "deleted",
        "wanted",
        "suspect",
        moment("as_of", "Asked for"),
    )
    list_select_related = ("pair",)
    list_filter = (PairFilter, KindFilter, "side")
    search_fields = ("name",)
    search_help_text = search.HELP
    heavy = ("fields",)
    readonly_fields = (
        *(
            "name",
            "pair",
            "kind",
            "side",
            "record_id",
            "version",
            moment("modified", "Changed there"),
            moment("as_of", "Asked for"),
            "deleted",
            "merged_into",
        ),
        *("wanted", "why_unwanted", "suspect", "fields_", "counterpart_key", "origin"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields

    @display(description="Name", ordering="name")
    def name_(self, row: MirrorRecord) -> str:
        return row.name or row.record_id

    @display(description="Fields")
    def fields_(self, row: MirrorRecord) -> SafeString:
        return definitions(labelled(row.pair, row.kind, row.fields))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=search.mirror_ids(search_term)), False


@admin.register(Cursor)
class CursorAdmin(QuickAdmin):
    list_display = (
        *("pair", "side", "kind", "complete", moment("full_at", "Last complete listing")),
        moment("moved_at", "Last moved"),
    )
    list_select_related = ("pair",)
    list_filter = (PairFilter,)
    fields = ("pair", "side", "kind", "value", "complete", "full_at", "moved_at")
    readonly_fields = fields
