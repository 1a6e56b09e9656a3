"""What the last look at our package in an org found, on the org's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from syncapp.admin.base import badge
from syncapp.models import Org

NOT_LOOKED = "Not looked at yet: “Check the package” does it."


def shown(org: Org) -> SafeString | str:
    """Version, what is wrong with the remedy, and what is worth knowing; all of it may be told to who only views."""
    found: Mapping[str, Any] = org.package
    if not found:
        return NOT_LOOKED
    good = bool(found.get("good"))
    at = f"{timezone.localtime(datetime.fromisoformat(found['at'])):%Y-%m-%d %H:%M:%S %Z}"
    state = badge("as the flows need it" if good else "not as the flows need it", "success" if good else "danger")
    return format_html(
        "<p>{} {} <span class='oversight-moment'>({})</span></p>{}<p>{}</p>{}{}",
        state,
        found.get("version", ""),
        at,
        _listed("", _sentences(found.get("problems", ()))),
        found.get("remedy", ""),
        _listed("No flow that is on needs these:", _sentences(found.get("rest", ()))),
        _listed("Good to know:", found.get("notes", ())),
    )


def _sentences(findings: Iterable[str]) -> list[str]:
    return [f"{each}." for each in findings]


def _listed(title: str, lines: Iterable[str]) -> SafeString | str:
    items = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    return format_html("<p>{}</p><ul>{}</ul>", title, items) if items else ""
