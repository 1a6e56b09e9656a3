"""How a record stands, in words for those who look at it in Salesforce, and how they are made to fit into a field.

Words    standing  a short state that list views can be sorted and filtered by, and one sentence or two that explain it
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

GAP = " … "
ELLIPSIS = "…"
IN_STEP = "In step"
LEFT_OUT = "Left out"


@dataclass(frozen=True)
class Standing:
    status: str
    error: str = ""  # with the remedy, where there is one


def standing(
    state: str, reason: str, *, whole: bool, waits_for: str = "", refused_by: Collection[str] = ()
) -> Standing | None:
    """What is said of a record whose link is in this state; None while there is nothing new to say.

    ``whole``: it has a counterpart; ``waits_for`` names what it waits for, as in "customer ACME"; ``refused_by`` are
    the sides that refused one of its values.
    """
    match state:
        case "in_step":
            return Standing(IN_STEP, reason)
        case "under_way":
            # A change of what is linked already is over in a moment, or at the next poll.
            return None if whole else Standing("On its way to QuickBooks")
        case "waiting":
            return Standing(f"Waiting for {waits_for}") if waits_for else Standing("Waiting", reason)
        case "conflict":
            return Standing("A person must decide", reason)
        case "proposed":
            return Standing("A person must decide: possible match", reason)
        case "refused":
            sides = " and ".join(refused_by)
            return Standing(f"Refused by {sides}" if sides else "Cannot be taken over", reason)
        case "gone":
            return Standing("Deleted in QuickBooks", reason)
        case "unwanted":
            return Standing(LEFT_OUT, reason)
        case "closed":
            return Standing("No longer linked", reason)
    return None


def cut(text: str, most: int) -> str:
    """The text in at most so many characters.

    The remedy stands at the end, so what does not fit is taken from the middle: the last sentence is kept whole if it
    takes no more than half of the room. Else the end is cut off. "…" stands where something is missing.
    """
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    last = text[text.rstrip(".!?").rfind(". ") + 2 :] if ". " in text.rstrip(".!?") else ""
    if last and len(last) <= most // 2:
        return _at_a_word(text, most - len(last) - len(GAP)) + GAP + last
    return _at_a_word(text, most - len(ELLIPSIS)) + ELLIPSIS


def _at_a_word(text: str, most: int) -> str:
    """The beginning, up to a word's end where one is near."""
    start = text[:most]
    at = start.rfind(" ")
    return (start[:at] if at > most // 2 else start).rstrip(" ,;:")
