"""The present settings as a file that ``configure`` takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from qbwc.models import Company
from syncapp.explorer import settings_file
from syncapp.flows import NAMES
from syncapp.models import Org, Pair
from syncapp.secrets import REFERENCE
from syncapp.settings_rules import COMPANY_KEYS, MANNERS, NEEDS, OPTIONAL, PAIR_COLUMNS, SECRETS


def export() -> str:
    """The present settings as a file that ``configure`` takes; a stored secret is a reference to be filled in."""
    lines = ["# Secrets are references: set the named environment variables before this file is used.", ""]
    for org in Org.objects.all():
        used = ("auth", *NEEDS.get(org.auth, ()), *OPTIONAL.get(org.auth, ()), *MANNERS)
        values = {key: getattr(org, key) for key in used}
        secrets = {key: _reference(org.key, key, values[key]) for key in SECRETS if values.get(key)}
        lines += _table(f"salesforce.{org.key}", {**values, **secrets})
    for company in Company.objects.all():
        values = {key: getattr(company, key) for key in COMPANY_KEYS if key != "password"}
        values["file_id"] = company.file_guid
        values["password"] = _reference(company.key, "qbwc_password", "") if company.password_hash else ""
        lines += _table(f"desktop.{company.key}", values)
    for pair in Pair.objects.select_related("desktop").defer(*(f"org__{key}" for key in SECRETS)).select_related("org"):
        values = {key: getattr(pair, key) for key in PAIR_COLUMNS}
        flows = {name: pair.flows[kind] for name, kind in NAMES.items() if kind in pair.flows}
        ends = {"salesforce": pair.org.key, "quickbooks": f"desktop.{pair.desktop.key}"}
        lines += _table(f"pair.{pair.key}", {**ends, **values, **flows})
    for name, values in settings_file.tables():
        lines += _table(name, values)
    return "\n".join(lines)


def _reference(owner: str, key: str, value: str) -> str:
    return (
        value
        if value.startswith(REFERENCE)
        else f"{REFERENCE}{owner}_{key}".upper().replace("-", "_").replace("ENV:", REFERENCE)
    )


def _table(name: str, values: Mapping[str, Any]) -> list[str]:
    return [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in values.items() if value != ""), ""]


def _toml(value: Any) -> str:
    """A value as TOML writes it; JSON's texts, numbers and lists are TOML's as well."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)
