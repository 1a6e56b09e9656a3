"""Links: the list in which everything is found, each record's page, and what people may do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from qbwc.admin_base import QuickAdmin
from syncapp import by_hand, links
from syncapp.admin import link_forms as forms
from syncapp.admin import link_page, search
from syncapp.admin.base import (
    LINK_COLOURS,
    ORG_SECRETS,
    KindFilter,
    PairFilter,
    dialog,
    goes_to,
    moment,
    number,
    short,
    who,
)
from syncapp.flows import FLOWS
from syncapp.models import Link, Pair
from syncapp.oversight import GROUPS, singular
from syncapp.records import Side
from syncapp.wake import wake

# Of one action on a list: it runs while a person waits.
AT_ONCE_MAX = 500


class StateFilter(SimpleListFilter):
    """One state, or a group of them as the overview counts them."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [*Link.State.choices, *((name, f"All {name}") for name, states in GROUPS.items() if len(states) > 1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        # Pairs and kinds are spelt out, since the index of states begins with them.
        pairs = list(Pair.objects.values_list("pk", flat=True))
        return queryset.filter(pair__in=pairs, kind__in=list(FLOWS), state__in=GROUPS.get(value, (value,)))


OVERWRITES = "The values of the other side are overwritten, which cannot be undone from here."


@admin.register(Link)
class LinkAdmin(QuickAdmin):
    # What it is stands below the name, so that the list fits into a common screen.
    list_display = ("name_", "state_", "reason_", "ids", moment("changed_at", "Changed"))
    list_select_related = ("pair",)
    list_filter = (PairFilter, KindFilter, StateFilter)
    sortable_by = ("name_",)
    search_fields = ("name",)
    search_help_text = search.HELP
    heavy = ("base", "refused", "decisions", "doubts", "not_matches")
    change_form_template = "syncapp/admin/link.html"
    nothing_yet = "A link stands for a record on either side, or on both. They come with the first run of a pair."
    actions = ("bulk_salesforce", "bulk_quickbooks", "bulk_retry")
    actions_detail = (
        {"title": "Decide", "icon": "balance", "items": ["holds_salesforce", "holds_quickbooks", "decide"]},
        {"title": "Match", "icon": "link", "items": ["accept", "not_a_match", "by_hand", "unlink"]},
        "try_again",
    )

    # The list

    @display(description="Name", ordering="name")
    def name_(self, link: Link) -> SafeString:
        sort = singular(link.kind)
        line = '<span class="oversight-name">{}<br><span class="oversight-small oversight-quiet">{}, {}</span></span>'
        return format_html(line, link.name or f"{sort} {link.pk}", sort, link.pair)

    @display(description="Ids")
    def ids(self, link: Link) -> SafeString:
        both = link.salesforce_id or "—", link.quickbooks_id or "—"
        return format_html('<span class="oversight-small oversight-ids">{}<br>{}</span>', *both)

    @display(description="State", label=LINK_COLOURS)
    def state_(self, link: Link) -> tuple[str, str]:
        return link.state, link.get_state_display()

    @display(description="Reason")
    def reason_(self, link: Link) -> SafeString:
        return format_html('<span class="oversight-reason">{}</span>', short(link.reason))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=search.link_ids(search_term)), False

    # Who may what: the page shows, its dialogs change

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("syncapp.change_link")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        query = Link.objects.select_related("pair__org", "pair__desktop", "waiting_for")
        link = query.defer(*(f"pair__{name}" for name in ORG_SECRETS)).filter(pk=number(object_id)).first()
        if link is not None:
            extra_context = {**(extra_context or {}), **link_page.context(link)}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return []

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Only what makes sense for this link as it is."""
        found = super().get_actions_detail(request, object_id)
        link = Link.objects.filter(pk=number(object_id)).defer("base").first()
        if link is None:
            return []
        sensible = {
            **dict.fromkeys(("holds_salesforce", "holds_quickbooks", "decide"), bool(link.detail.get("conflicts"))),
            **dict.fromkeys(("accept", "not_a_match"), bool(link.detail.get("candidates"))),
            "by_hand": not link.whole,
            "unlink": link.whole,
        }
        prefix = "syncapp_link_"
        return [each for each in found if sensible.get(each.action_name.removeprefix(prefix), True)]

    # What people do

    def _do(self, request: HttpRequest, object_id: str, deed: Callable[[Link], str | None], done: str) -> HttpResponse:
        """Do it to the link as it is now, while nothing is planned for the pair; then ask for a cycle."""
        with transaction.atomic():
            link = get_object_or_404(Link.objects.select_related("pair"), pk=number(object_id))
            links.lock(link.pair_id)
            link.refresh_from_db()
            problem = deed(link)
            if not problem:
                wake(link.pair)
        level = messages.ERROR if problem else messages.SUCCESS
        self.message_user(request, problem or f"{done} The next cycle acts on it.", level)
        return goes_to(reverse("admin:syncapp_link_change", args=[object_id]))

    @action(
        description="Salesforce holds",
        permissions=["change"],
        dialog=dialog("Salesforce holds for all fields in conflict", OVERWRITES, "Salesforce holds", forms.HoldsForm),
    )
    def holds_salesforce(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._holds(request, object_id, Side.SALESFORCE)

    @action(
        description="QuickBooks holds",
        permissions=["change"],
        dialog=dialog("QuickBooks holds for all fields in conflict", OVERWRITES, "QuickBooks holds", forms.HoldsForm),
    )
    def holds_quickbooks(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._holds(request, object_id, Side.QUICKBOOKS)

    def _holds(self, request: HttpRequest, object_id: str, side: Side) -> HttpResponse:
        return self._do(
            request, object_id, lambda link: links.decide(link, side, who=who(request)), f"{side.label} holds."
        )

    @action(
        description="Decide field by field",
        permissions=["change"],
        dialog=dialog("Which side holds?", OVERWRITES, "Decide", forms.DecideForm),
    )
    def decide(self, request: HttpRequest, form: forms.DecideForm, object_id: str) -> HttpResponse:
        def deed(link: Link) -> None:
            for side, names in form.chosen().items():
                if names:
                    links.decide(link, side, who=who(request), fields=names)

        return self._do(request, object_id, deed, "Decided.")

    @action(
        description="Try again",
        icon="refresh",
        permissions=["change"],
        dialog=dialog(
            "Try again", "What was refused is offered again, and a wait ends now.", "Try again", forms.LinkForm
        ),
    )
    def try_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, lambda link: links.try_again(link, who=who(request)), "It is tried again.")

    @action(
        description="Accept a match",
        permissions=["change"],
        dialog=dialog(
            "Accept a match",
            "Both records become one link, and their fields are brought in step by the pair's settings.",
            "Link them",
            forms.AcceptForm,
        ),
    )
    def accept(self, request: HttpRequest, form: forms.AcceptForm, object_id: str) -> HttpResponse:
        def deed(link: Link) -> str:
            other = Link.objects.filter(pk=form.cleaned_data["candidate"]).first()
            return by_hand.join(link, other, who=who(request), how="as proposed") if other else "That record is gone."

        return self._do(request, object_id, deed, "Linked.")

    @action(
        description="Not a match",
        permissions=["change"],
        dialog=dialog(
            "Not a match",
            "They are others, and are not proposed again. Each may then be created on the other side.",
            "They are others",
            forms.NotMatchForm,
        ),
    )
    def not_a_match(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, lambda link: links.not_a_match(link, who=who(request)), "Noted.")

    @action(
        description="Link by hand",
        permissions=["change"],
        dialog=dialog(
            "Link by hand",
            "Both records become one link, and their fields are brought in step by the pair's settings.",
            "Link them",
            forms.ByHandForm,
        ),
    )
    def by_hand(self, request: HttpRequest, form: forms.ByHandForm, object_id: str) -> HttpResponse:
        other, how = form.other, f"by hand: {form.cleaned_data['reason']}"
        assert other is not None
        return self._do(
            request, object_id, lambda link: by_hand.join(link, other, who=who(request), how=how), "Linked."
        )

    @action(
        description="Unlink",
        permissions=["change"],
        variant=ActionVariant.DANGER,
        dialog=dialog(
            "Unlink",
            "Each record stands alone again, and may then be created anew on the other side; a sale only once its "
            "QuickBooks id is cleared in Salesforce.",
            "Unlink",
            forms.UnlinkForm,
        ),
    )
    def unlink(self, request: HttpRequest, form: forms.UnlinkForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return self._do(
            request, object_id, lambda link: by_hand.part(link, who=who(request), reason=reason), "Unlinked."
        )

    # What people do to many

    @admin.action(description="Salesforce holds (conflicts)", permissions=["change"])
    def bulk_salesforce(self, request: HttpRequest, queryset: QuerySet[Link]) -> HttpResponse | None:
        return self._bulk_holds(request, queryset, Side.SALESFORCE)

    @admin.action(description="QuickBooks holds (conflicts)", permissions=["change"])
    def bulk_quickbooks(self, request: HttpRequest, queryset: QuerySet[Link]) -> HttpResponse | None:
        return self._bulk_holds(request, queryset, Side.QUICKBOOKS)

    def _bulk_holds(self, request: HttpRequest, queryset: QuerySet[Link], side: Side) -> HttpResponse | None:
        chosen = list(queryset.select_related("pair").order_by("pk")[:AT_ONCE_MAX])
        found = [link for link in chosen if link.detail.get("conflicts")]
        if not found:
            self.message_user(request, "Nothing is in conflict among the chosen ones.", messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": f"{side.label} holds",
                "warning": OVERWRITES,
                "rows": found,
                "action": request.POST["action"],
                "opts": self.opts,
            }
            return TemplateResponse(request, "syncapp/admin/confirm.html", context)
        self._each(found, lambda link: links.decide(link, side, who=who(request)))
        self.message_user(request, f"{side.label} holds for {_links(len(found))}. The next cycle acts on it.")
        return None

    @admin.action(description="Try again", permissions=["change"])
    def bulk_retry(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        found = list(queryset.select_related("pair").order_by("pk")[:AT_ONCE_MAX])
        self._each(found, lambda link: links.try_again(link, who=who(request)))
        self.message_user(request, f"{_links(len(found))} will be tried again in the next cycle.")

    def _each(self, found: list[Link], deed: Callable[[Link], None]) -> None:
        with transaction.atomic():
            pairs = {link.pair_id: link.pair for link in found}
            for _, pair in sorted(pairs.items()):
                links.lock(pair.pk)
            for link in found:
                link.refresh_from_db(fields=["decisions", "detail", "dirty"])
                deed(link)
            for pair in pairs.values():
                wake(pair)


def _links(number: int) -> str:
    return f"{number} link{'' if number == 1 else 's'}"
