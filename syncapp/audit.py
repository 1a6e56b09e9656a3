"""Changes of settings that concern several pairs, in the history of each: of an org, and of a company.

Rule     that a secret was replaced is told, and never what it was or is
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncapp import history
from syncapp.models import HistoryEntry, Org, Pair

REPLACED = ["—", "replaced"]


def org_changed(org: Org, *, who: str, changes: Mapping[str, Any], secrets: Sequence[str]) -> None:
    """``changes`` is {setting: [before, after]}; ``secrets`` are those that were replaced."""
    told = {**changes, **dict.fromkeys(secrets, REPLACED)}
    _write(Pair.objects.filter(org=org), f"Salesforce org {org.key}", "org changed", who, told)


def on_company_changed(sender: Any, company: Any, event: str, who: str, changes: Any, **kwargs: Any) -> None:
    _write(Pair.objects.filter(desktop=company), f"QuickBooks company {company.key}", event, who, changes)


def _write(pairs: Any, name: str, event: str, who: str, changes: Mapping[str, Any]) -> None:
    ids = pairs.values_list("pk", flat=True)
    told = {key: [_plain(before), _plain(after)] for key, (before, after) in changes.items()}
    history.write(HistoryEntry(pair_id=pk, event=event, name=name, who=who, changes=told) for pk in ids)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
