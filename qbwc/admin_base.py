"""What the admin's pages of tables that grow share: they are read-only, and quick with any number of rows.

Words    heavy   columns with large texts, which a list leaves in the database
Rule     no page counts, sorts or reads more of a large table than it shows
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ShowFacets
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from qbwc.masking import masked

COUNTED_MAX = 10_000
SHOWN_CHARACTERS_MAX = 100_000


class BoundedPaginator(Paginator):
    """Counts no further than a person turns pages; beyond that, filters and search lead on."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by()[:COUNTED_MAX].count()


class QuickAdmin(ModelAdmin):
    """Read-only, newest first, in the order of the key alone unless ``sortable_by`` names what an index sorts."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_sheet = True
    list_disable_select_all = True
    ordering = ("-id",)
    sortable_by: tuple[str, ...] = ()
    actions: Any = None
    heavy: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer(*self.heavy) if is_list(request) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A number is an id; anything else is looked up exactly, since only that can use an index."""
        term = search_term.strip()
        if term.isascii() and term.isdigit() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        if not term:
            return queryset, False
        wanted = Q()
        for name in self.search_fields:
            wanted |= Q(**{name: term})
        return queryset.filter(wanted), False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Django's own history of edits is empty for what nobody edits."""
        extra_context = {"show_history": False, **(extra_context or {})}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return bool(match and match.url_name and match.url_name.endswith("_changelist"))


def shown(text: str) -> SafeString:
    """A document for a person: masked, cut, and with its lines kept."""
    return format_html('<pre style="white-space: pre-wrap">{}</pre>', masked(text[:SHOWN_CHARACTERS_MAX]))
