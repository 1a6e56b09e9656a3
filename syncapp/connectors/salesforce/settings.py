"""The settings of the customers flow, as far as Salesforce's side is concerned.

only_won          true (default): only accounts with a won opportunity lead to new customers
all               true: every account does
condition         or those that meet a SOQL condition on Account
contact_fallback  where no contact is ticked: "only" (default), "newest_with_email", "none"
contact_rename    another name at the billing contact: "new" (default) contact, or "rename" the old one
person_accounts   "keep" (default): they are customers as others are; "create": customers who are people become such,
                  too; "leave_out"
person_record_type  the DeveloperName of the record type of new ones; empty: the org's first
duplicates        a duplicate rule objects: "stop" (default), or "save" nevertheless
careful           fields which are written by a conditional update each, so that not even an edit of the last second
                  is overwritten; one call per record
overlap           seconds: how far back a fetch looks again for changes that were slow to appear
batch_size        records in one call, at most and by default 200; fewer where the org's own automation needs it
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.fields import ACCOUNT, CONTACT
from syncapp.connectors.salesforce.gateway import RECORDS_MAX
from syncapp.connectors.salesforce.sales_sources import OPPORTUNITY, Source

WON = OPPORTUNITY.ready  # a condition on Opportunity
WON_BY = "won_by"  # the source of sales and what makes one ready; given by the connector
CHOICES = {
    "contact_fallback": ("only", "newest_with_email", "none"),
    "contact_rename": ("new", "rename"),
    "person_accounts": ("keep", "create", "leave_out"),
    "duplicates": ("stop", "save"),
}


@dataclass(frozen=True)
class KindSettings:
    """What every kind's flow may set."""

    wanted: str = ""  # a SOQL condition on the main object; empty: all are wanted
    condition: str = ""  # the same as a person wrote it
    why_unwanted: str = "It does not meet the condition of the settings."
    duplicates: str = "stop"
    careful: frozenset[str] = field(default_factory=frozenset)
    overlap_seconds: int = 600
    batch_size: int = RECORDS_MAX


@dataclass(frozen=True)
class CustomerSettings(KindSettings):
    wanted: str = WON
    why_unwanted: str = "It has no won opportunity."
    won_by: Source | None = OPPORTUNITY  # whose condition ``wanted`` is; None: it is one on Account
    contact_fallback: str = "only"
    contact_rename: str = "new"
    person_accounts: str = "keep"
    person_record_type: str = ""


def customer_settings(given: Mapping[str, Any]) -> CustomerSettings:
    """Reads the flow's settings; ConnectorError names one that makes no sense. Other sides' settings are passed by."""
    for name, choices in CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise _wrong(name, f"one of {', '.join(choices)}")
    careful = given.get("careful", [])
    known = {*ACCOUNT, *CONTACT}
    if not isinstance(careful, list | tuple) or not set(careful) <= known:
        raise _wrong("careful", f"a list of some of {', '.join(sorted(known))}")
    wanted, why, won_by = _wanted(given)
    return CustomerSettings(
        wanted=wanted,
        condition="" if won_by else wanted,
        why_unwanted=why,
        won_by=won_by,
        careful=frozenset(careful),
        person_record_type=str(given.get("person_record_type", "")).strip(),
        **pace(given),
        **_chosen(given),
    )


def kind_settings(given: Mapping[str, Any], fields: Collection[str]) -> KindSettings:
    """The settings of a kind whose records may be chosen by a condition; ``fields`` may be named as careful."""
    if not set(careful := given.get("careful", [])) <= set(fields):
        raise _wrong("careful", f"a list of some of {', '.join(sorted(fields))}")
    if (duplicates := given.get("duplicates", "stop")) not in CHOICES["duplicates"]:
        raise _wrong("duplicates", f"one of {', '.join(CHOICES['duplicates'])}")
    condition = str(given.get("condition", "")).strip()
    return KindSettings(
        wanted=condition,
        condition=condition,
        duplicates=duplicates,
        careful=frozenset(careful),
        **pace(given),
    )


def _chosen(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(given.get(name, choices[0])) for name, choices in CHOICES.items()}


def pace(given: Mapping[str, Any]) -> dict[str, Any]:
    """How far back a fetch looks, and how many records go into a call."""
    return {
        "overlap_seconds": _number(given, "overlap", 600, 0, 86_400),
        "batch_size": _number(given, "batch_size", RECORDS_MAX, 1, RECORDS_MAX),
    }


def _wanted(given: Mapping[str, Any]) -> tuple[str, str, Source | None]:
    condition = given.get("condition", "")
    if not isinstance(condition, str):
        raise _wrong("condition", "a SOQL condition on Account, as text")
    if condition.strip():
        return condition.strip(), "It does not meet the condition of the settings.", None
    if given.get("all", False) or not given.get("only_won", True):
        return "", "", None
    source, ready = given.get(WON_BY, (OPPORTUNITY, WON))
    if source is OPPORTUNITY:
        return WON, CustomerSettings.why_unwanted, source
    return ready, f"It has no {source.noun} that is ready.", source


def _number(given: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(name, f"a number from {least} to {most}")
    return value


def _wrong(name: str, expected: str) -> ConnectorError:
    return ConnectorError(f"The setting {name} must be {expected}.", retry_seconds=None)
