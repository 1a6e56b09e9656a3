"""One field's value: from JSON to what is stored, from what is stored to JSON, strictly.

Stored are str, bool, int, Decimal, date, aware datetime, and 18-character ids; a missing key stands for null.
Text is trimmed, an empty text is null, numbers are rounded half up to the field's scale, as the platform does.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from . import ids
from .errors import SalesforceError, broken_json
from .schema import NUMBER_TYPES, Field

EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+\.[A-Za-z0-9-]{2,}")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
YEARS = range(1700, 4001)


def load(field: Field, raw: Any) -> Any:
    """Check one JSON value against its field; the stored form, or None for null."""
    if field.type == "boolean":
        return _boolean(field, raw)
    if raw is None or raw == "":
        return None
    if field.is_text:
        return _text(field, raw)
    if field.type in NUMBER_TYPES:
        return _number(field, raw)
    if field.type == "int":
        return _integer(field, raw)
    if field.type == "date":
        return _date(field, raw)
    if field.type == "datetime":
        return _moment(field, raw)
    return reference(field, raw)


def dump(value: Any) -> Any:
    """The JSON form of a stored value."""
    if isinstance(value, str | bool) or value is None or type(value) is int:
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return stamp_text(value)
    return value.isoformat()


def stamp_text(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def _misfit(field: Field, raw: Any) -> SalesforceError:
    kinds = {bool: "VALUE_TRUE" if raw is True else "VALUE_FALSE", int: "VALUE_NUMBER_INT", str: "VALUE_STRING"}
    kinds |= {dict: "START_OBJECT", list: "START_ARRAY", float: "VALUE_NUMBER_FLOAT"}
    kind = kinds.get(type(raw), "VALUE_NUMBER_FLOAT")
    shown = raw if not isinstance(raw, dict | list) else ""
    return broken_json(
        f"Cannot deserialize instance of {field.type} from {kind} value {shown} "
        "or request may be missing a required field at [line:1, column:1]"
    )


def _boolean(field: Field, raw: Any) -> bool:
    if raw is None:
        text = f"{field.label}: value not of required type: null"
        raise SalesforceError("INVALID_TYPE_ON_FIELD_IN_RECORD", text, [field.name])
    if not isinstance(raw, bool):
        raise _misfit(field, raw)
    return raw


def _text(field: Field, raw: Any) -> str | None:
    if not isinstance(raw, str):
        raise _misfit(field, raw)
    value = raw.strip()
    if len(value) > field.length:
        text = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise SalesforceError("STRING_TOO_LONG", text, [field.name])
    if not value:
        return None
    if field.type == "email" and not EMAIL.fullmatch(value):
        text = f"{field.label}: invalid email address: {value}"
        raise SalesforceError("INVALID_EMAIL_ADDRESS", text, [field.name])
    if field.restricted:
        _check_choice(field, value)
    return value


def _check_choice(field: Field, value: str) -> None:
    chosen = value.split(";") if field.type == "multipicklist" else [value]
    for choice in chosen:
        if choice not in field.values:
            text = f"{field.label}: bad value for restricted picklist field: {choice}"
            raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [field.name])


def _number(field: Field, raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise _misfit(field, raw)
    try:
        exact = Decimal(str(raw))
    except InvalidOperation:
        raise _misfit(field, raw) from None
    whole_digits_max = field.precision - field.scale
    if not exact.is_finite() or abs(exact) >= Decimal(10) ** whole_digits_max:
        text = f"{field.label}: value outside of valid range on numeric field: {raw}"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])
    return exact.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)


def _integer(field: Field, raw: Any) -> int:
    value = raw
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value):
        value = int(value)
    if isinstance(value, float | Decimal) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(field, raw)
    if abs(value) >= 2**31:
        text = f"{field.label}: value outside of valid range on numeric field: {raw}"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])
    return value


def _date(field: Field, raw: Any) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or not DATE.fullmatch(raw):
        raise _misfit(field, raw)
    try:
        value = date.fromisoformat(raw)
    except ValueError:
        raise _misfit(field, raw) from None
    if value.year not in YEARS:
        text = f"{field.label}: invalid date: {raw}"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])
    return value


def _moment(field: Field, raw: Any) -> datetime:
    if isinstance(raw, datetime) and raw.tzinfo:
        return raw.astimezone(UTC)
    value = parse_moment(raw) if isinstance(raw, str) else None
    if value is None:
        raise _misfit(field, raw)
    return value


def parse_moment(text: str) -> datetime | None:
    if not MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def reference(field: Field, raw: Any) -> str:
    record_id = ids.full(raw)
    if record_id is None:
        text = f"{field.label}: id value of incorrect type: {raw}"
        raise SalesforceError("MALFORMED_ID", text, [field.name])
    return record_id
