"""Price levels become further price books, where that is asked for; one way, from QuickBooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncapp.flows.base import Flow, Setting, on
from syncapp.mapping.price_levels import LEAVE_OUT, NEAREST, PRICE_LEVELS, STANDARD, BadNames, book_names

STEPS = ("0.01", "0.05", "0.10", "0.25", "0.50", "1.00")


def judge(settings: Mapping[str, Any]) -> str:
    try:
        every, named = book_names(settings["levels"])
    except BadNames as problem:
        return f"levels: {problem}."
    if settings["on"] and not (every or named):
        return "levels is empty. Name price levels of QuickBooks, divided by semicolons, or say all."
    home = settings["home_currency"]
    if home and not (len(home) == 3 and home.isalpha() and home.isupper()):
        return f"home_currency is “{home}”, but must be a code of three letters, such as USD."
    return ""


FLOW = Flow(
    kind=PRICE_LEVELS.kind,
    mapping=PRICE_LEVELS,
    active_field="active",
    left_to_cycles=True,
    judge=judge,
    settings=(
        on(False, "Price levels become price books, with the prices that they come to. Needs the items' flow."),
        Setting(
            "levels",
            "all",
            (),
            "Which levels: all, or their names, divided by semicolons. Trade = Partners names the book of a level.",
        ),
        Setting(
            "rounding",
            NEAREST,
            (NEAREST, *(f"up_{step}" for step in STEPS)),
            "A price by percentage: to the nearest cent, or up to a multiple, as it is set in the levels.",
        ),
        Setting(
            "others",
            LEAVE_OUT,
            (LEAVE_OUT, STANDARD),
            "Items that a level of single prices does not name: not in its book, or there at their standard price.",
        ),
        Setting("home_currency", "", (), "The ISO code of QuickBooks's own currency, where it has several."),
        Setting(
            "on_delete",
            "deactivate",
            ("deactivate", "nothing", "unlink"),
            "What follows the deletion of a level: its book becomes inactive, nothing, or the book is let go.",
        ),
    ),
)
