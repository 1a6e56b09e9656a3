"""Which object of Salesforce's sales are made of: what the settings may say, and what is wrong with what they say.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OPPORTUNITY = "opportunity"
STANDARD = (OPPORTUNITY, "quote", "order")
CUSTOM_SUFFIX = "__c"
_CUSTOM = re.compile(r"(?:[A-Za-z]\w{0,14}__)?[A-Za-z]\w{0,39}__c")
_COLUMN = re.compile(r"[A-Za-z]\w*")
LINE_KEYS = ("product", "quantity", "price", "discount", "description", "service_date", "tax_code")
NEEDED = ("account", "lines", "parent", "product", "quantity", "price")
# What source_fields may name of a custom object: the object of its lines, and columns of the two.
KEYS = ("account", "date", "amount", "lines", "parent", *LINE_KEYS)


def noun_of(source: str) -> str:
    """What people call a record of it."""
    return source.removesuffix(CUSTOM_SUFFIX).rpartition("__")[2].replace("_", " ").lower()


def judge(settings: Mapping[str, Any]) -> str:
    """Why the source makes no sense; or nothing."""
    name, named = settings["source"], settings["source_fields"]
    if name in STANDARD:
        return _judge_standard(name, settings)
    if not _CUSTOM.fullmatch(name) or "___" in name:
        return f"source is “{name}”, but may be {', '.join(STANDARD)}, or a custom object by its API name (Deal__c)."
    if unknown := sorted(set(named) - set(KEYS)):
        return f"source_fields names “{unknown[0]}”; it may name {', '.join(KEYS)}."
    if lacking := [key for key in NEEDED if not named.get(key)]:
        return f"source_fields.{lacking[0]} is missing. With source = “{name}” it must name {', '.join(NEEDED)}."
    for key, column in named.items():
        if not isinstance(column, str) or not _COLUMN.fullmatch(column):
            return f"source_fields.{key} is “{column}”, but must be an API name such as Amount__c."
    if not settings["ready"].strip():
        return f"ready is empty, but must say which records of {name} become transactions, as in Status__c = 'Won'."
    return _judge_others(name, settings)


def _judge_standard(name: str, settings: Mapping[str, Any]) -> str:
    if settings["source_fields"]:
        return f"source_fields is for custom objects; with source = “{name}” leave it out."
    if name == OPPORTUNITY:
        if settings["ready"].strip():
            return "ready is for other sources: an opportunity is ready once it is won. Use condition instead."
        return ""
    return _judge_others(name, settings)


def _judge_others(name: str, settings: Mapping[str, Any]) -> str:
    if settings["from_invoices"]:
        return f"from_invoices makes opportunities, and source is “{name}”. Switch it off, or use opportunities."
    return ""
