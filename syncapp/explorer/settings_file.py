"""Saved operations in the settings file: [operation.KEY], beside orgs, companies and pairs.

Rule     what the file leaves out stays as it is; what could not be sent is refused with its path, and the whole file
         with it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from qbwc.models import Company
from syncapp.explorer import saved
from syncapp.explorer.models import SavedOperation
from syncapp.explorer.problems import Problem, Refused

SECTION = "operation"
KEYS: dict[str, type] = {
    "name": str,
    "company": str,
    "record_type": str,
    "action": str,
    "data": dict,
    "fields": list,
    "schedule": str,
    "enabled": bool,
    "webhook_url": str,
}
NEEDED = ("company", "record_type", "action")
BY = "settings file"


def write(key: str, table: Mapping[str, Any], *, by: str = BY) -> tuple[str, list[str]]:
    """Make or change one: what became of it, and the keys that differ. Refused if it could not be sent."""
    values = {name: _plain(value) for name, value in table.items()}
    stored = SavedOperation.objects.select_related("company").filter(key=key).first()
    if missing := [name for name in NEEDED if name not in values and stored is None]:
        raise _refused(missing[0], "it is missing. Add it")
    if "company" in values:
        values["company"] = _company(values["company"])
    if stored is None:
        chosen = {name: values.pop(name) for name in NEEDED}
        saved.create(key=key, created_by=by, **chosen, **values)
        return "created", sorted(table)
    changed = sorted(name for name, value in values.items() if getattr(stored, name) != value)
    if changed:
        saved.change(stored, by=by, **{name: values[name] for name in changed})
    return ("updated" if changed else "unchanged"), changed


def problems(refusal: Refused) -> Iterator[tuple[str, str]]:
    """Of each problem the key of the file that it is about, and what to say."""
    for each in refusal.problems:
        top = each.path.split("/")[0]
        about = top if top in KEYS or not top else "data"
        said = f"{each.message} {each.remedy}".strip() if each.path == about else str(each)
        yield about or "record_type", said


def tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every saved operation as the file has it."""
    for operation in SavedOperation.objects.select_related("company"):
        values = {name: getattr(operation, name) for name in KEYS}
        given = {name: value for name, value in values.items() if value not in ("", {}, [])}
        yield f"{SECTION}.{operation.key}", {**given, "company": f"desktop.{operation.company.key}"}


def _company(given: str) -> Company:
    key = given.removeprefix("desktop.")
    company = Company.objects.filter(key=key).first()
    if company is None:
        raise _refused("company", f"there is no [desktop.{key}]. Add that table, or correct the name")
    return company


def _refused(key: str, message: str) -> Refused:
    return Refused([Problem(key, f"{message}.")])


def _plain(value: Any) -> Any:
    """TOML has dates and numbers; records have them as text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value.isoformat() if isinstance(value, date | time) else value
