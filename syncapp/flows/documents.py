"""Documents of QuickBooks in Salesforce: each sort a flow of its own, all of them one way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from syncapp.flows.base import FIELDS, Flow, Setting, on
from syncapp.mapping import line_fields
from syncapp.mapping.documents import DELETED, DOCUMENTS, SORTS
from syncapp.mapping.fields import RecordMapping
from syncapp.records import Value

SINCE = "The first date: what is older is not read. Such as 2026-01-01; empty: everything."
MARK, NOTHING, UNLINK = "mark", "nothing", "unlink"


def judge(settings: Mapping[str, Any]) -> str:
    if since := settings["since"]:
        try:
            known = date.fromisoformat(since).isoformat() == since
        except ValueError:
            known = False
        if not known:
            return f"since is “{since}”, but must be a date such as 2026-01-01."
    if settings["open_every_minutes"] < 0:
        return "open_every_minutes must be a number of minutes; 0 never reads open ones again."
    return line_fields.problem(settings) if "line_fields" in settings else ""


def one_way(
    mapping: RecordMapping, about: str, open_help: str, gone: Mapping[str, Value], more: tuple[Setting, ...] = ()
) -> Flow:
    return Flow(
        kind=mapping.kind,
        mapping=mapping,
        gone_values={"status": DELETED, **gone},
        read_once=True,
        judge=judge,
        settings=(
            on(False, about),
            Setting("since", "", (), SINCE),
            Setting("open_every_minutes", 60, (), open_help),
            Setting(
                "on_delete",
                MARK,
                (MARK, NOTHING, UNLINK),
                "What follows a deletion in QuickBooks: the status says so, nothing, or the record is let go.",
            ),
            FIELDS,
            *more,
        ),
    )


LINE_FIELDS = Setting(
    "line_fields",
    {},
    (),
    "Further fields of lines: a field of Salesforce's lines = an element of QuickBooks's, such as Room__c = Other1. "
    f"There are {', '.join(line_fields.ELEMENTS)}, and custom:NAME.",
)
OPEN_HELP = "How often open ones are read again, since a payment need not change them; 0: never."
FLOWS = tuple(
    one_way(
        DOCUMENTS[sort.kind],
        f"{sort.plural} of QuickBooks stand in Salesforce, with their lines.",
        OPEN_HELP,
        # Nothing is owed of it any more.
        {"balance": Decimal(0)} if sort.kind in ("invoice", "credit_memo") else {},
        (LINE_FIELDS,),
    )
    for sort in SORTS
)
NAMES = {f"{sort.kind}s": sort.kind for sort in SORTS}
