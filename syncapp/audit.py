"""What people set of orgs, companies, pairs and saved operations, in the history: who, what it was, and what it is.

Words    state    a row's settings by the names of the settings file
Rules    1 What is set of an org or a company is told in the history of each of its pairs; where it has none, without a
           pair.
         2 No secret's text is told: only that it was set, replaced or removed, and the variable that it is read from.
         3 What was created is told by what differs from the defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from qbwc.models import Company
from syncapp import history
from syncapp.flows import FLOWS, NAMES
from syncapp.models import HistoryEntry, Org, Pair
from syncapp.secrets import REFERENCE, UnreadableSecret
from syncapp.settings_rules import COMPANY_KEYS, ORG_KEYS, PAIR_COLUMNS, SECRETS

# Whoever knows such an address may be let in by it.
HIDDEN = (*SECRETS, "webhook_url")
NOTHING = "—"
UNREADABLE = "a secret that no key decrypts"
LENGTH_MAX = 1000  # of one value


def stored_secret(org: Org, name: str) -> str | None:
    """The secret as it is stored; None if no key decrypts it."""
    try:
        return str(getattr(org, name))
    except UnreadableSecret:
        return None


# States ----------------------------------------------------------------------------------


def org_state(org: Org) -> dict[str, Any]:
    plain = {key: getattr(org, key) for key in ORG_KEYS if key not in SECRETS}
    held = {key: stored_secret(org, key) for key in SECRETS}
    return plain | {key: UNREADABLE if value is None else value for key, value in held.items()}


def company_state(company: Company) -> dict[str, Any]:
    return {key: getattr(company, key) for key in COMPANY_KEYS if key not in SECRETS}


def pair_state(pair: Pair) -> dict[str, Any]:
    ends = {
        "salesforce": pair.org.key if pair.org_id else "",
        "quickbooks": f"desktop.{pair.desktop.key}" if pair.desktop_id else "",
    }
    return ends | {key: getattr(pair, key) for key in PAIR_COLUMNS} | dict(_flows_state(pair.flows))


def _flows_state(flows: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each flow's settings, and each field of its own mapping, by itself."""
    for flow_name, kind in NAMES.items():
        defaults = {setting.name: setting.default for setting in FLOWS[kind].settings}
        for name, value in (defaults | dict(flows.get(kind, {}))).items():
            if name == "fields" and isinstance(value, Mapping):
                yield from ((f"{flow_name}.fields.{field}", table) for field, table in value.items())
            else:
                yield f"{flow_name}.{name}", value


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """{setting: [before, after]} of what differs; values in clear, for the functions below."""
    names = [*after, *(name for name in before if name not in after)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


# Telling ---------------------------------------------------------------------------------


def tell_org(row: Org, event: str, changed: Mapping[str, Any], *, who: str) -> None:
    _write(Pair.objects.filter(org=row), f"Salesforce org {row.key}", event, who, changed)


def tell_company(row: Company, event: str, changed: Mapping[str, Any], *, who: str) -> None:
    _write(Pair.objects.filter(desktop=row), f"QuickBooks company {row.key}", event, who, changed)


def tell_pair(row: Pair, event: str, changed: Mapping[str, Any], *, who: str) -> None:
    _write(Pair.objects.filter(pk=row.pk), row.key, event, who, changed)


def tell_operation(of: Company, key: str, event: str, changed: Mapping[str, Any], *, who: str) -> None:
    """Of a saved operation."""
    _write(Pair.objects.filter(desktop=of), f"Saved operation {key}", event, who, changed)


def on_company_changed(sender: Any, company: Any, event: str, who: str, changes: Any, **kwargs: Any) -> None:
    """The signal of the floor below."""
    tell_company(company, event, changes, who=who)


def _write(pairs: Any, name: str, event: str, who: str, changed: Mapping[str, Any]) -> None:
    told = {key: _told(key, before, after) for key, (before, after) in changed.items()}
    ids = list(pairs.values_list("pk", flat=True)) or [None]
    entry = {"event": event, "name": name[:300], "who": who[:150], "changes": told}
    history.write(HistoryEntry(pair_id=pk, **entry) for pk in ids)


def _told(key: str, before: Any, after: Any) -> list[Any]:
    if key not in HIDDEN:
        return [_plain(before), _plain(after)]
    return [_masked(before, "set"), _masked(after, "replaced" if before else "set")]


def _masked(secret: Any, text: str) -> str:
    """A reference names a variable, which is no secret."""
    if not secret:
        return NOTHING
    return secret if isinstance(secret, str) and secret.startswith(REFERENCE) else text


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False, default=str)
        return json.loads(text) if len(text) <= LENGTH_MAX else f"{text[: LENGTH_MAX - 1]}…"
    return str(value)[:LENGTH_MAX]
