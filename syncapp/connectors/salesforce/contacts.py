"""Which of an account's contacts is the billing contact, and what a change of it means.

Words    chosen  the contact that stands for the customer's contact: the ticked one, else by the setting
         key     made from the customer and the person's name; unique in the org, so that a person is created once
Rules    1 Several ticked: the oldest holds, and a warning says so.
         2 Another name is another person, unless it only fills in what was missing or differs in case and spaces. With
           ``contact_rename = "new"`` that person is looked for among the account's contacts by name, or created, and
           ticked; the former one is unticked and otherwise left alone. With "rename" the contact is renamed.
         3 A whole name is never taken away from a contact: where QuickBooks has none any more, that is refused.
         4 What was chosen by the setting is ticked with the first write, so that a second contact changes nothing.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncapp.connectors.salesforce.fields import CONTACT_KEY, TICK, Row, contact_fields, contact_row, same
from syncapp.connectors.salesforce.parts import PartPlan
from syncapp.records import Value

NAMES = ("contact_first_name", "contact_last_name")


@dataclass(frozen=True)
class Choice:
    contact: Row | None = None
    warning: str = ""


def choose(contacts: Sequence[Row], fallback: str) -> Choice:
    """The billing contact among an account's contacts.

    one ticked      that one
    several ticked  the oldest, with a warning
    none ticked     only: the account's only contact; newest_with_email: as it says; none: nobody
    """
    ordered = sorted(contacts, key=lambda row: (row["CreatedDate"], row["Id"]))
    ticked = [row for row in ordered if row[TICK]]
    if ticked:
        names = ", ".join(full_name(row) for row in ticked)
        warning = f"{len(ticked)} contacts are ticked as billing contact ({names}): untick all but one."
        return Choice(ticked[0], warning if len(ticked) > 1 else "")
    if fallback == "only" and len(ordered) == 1:
        return Choice(ordered[0])
    if fallback == "newest_with_email":
        with_email = [row for row in ordered if row["Email"]]
        return Choice(with_email[-1] if with_email else None)
    return Choice()


def full_name(row: Row) -> str:
    return " ".join(part for part in (row["FirstName"], row["LastName"]) if part)


def plan_contact(
    asked: Mapping[str, Value], contacts: Sequence[Row], chosen: Row | None, *, rename: str, key_seed: str
) -> PartPlan:
    """What to write so that the billing contact says what was asked. Nothing asked: only the tick is made sure."""
    if chosen is None:
        return _without_chosen(asked, contacts, key_seed)
    current = contact_fields(chosen)
    now = _name(current)
    new = _name({**current, **asked})
    if any(now) and not any(new):
        why = "QuickBooks names no contact any more; Salesforce keeps the name. Untick or delete the contact there."
        kept = {name: value for name, value in asked.items() if name not in NAMES}
        plan = _onto(chosen, kept)
        plan.refused = {name: why for name in NAMES if name in asked}
        return plan
    if rename == "rename" or now == new or same_person(now, new):
        return _onto(chosen, asked)
    found = find_by_name(contacts, new)
    if found is not None and found["Id"] != chosen["Id"]:
        plan = _onto(found, asked)
    else:
        plan = _insert({**current, **asked}, key_seed)
    plan.carried = tuple(asked)
    plan.untick = chosen["Id"] if chosen[TICK] else ""
    return plan


def _without_chosen(asked: Mapping[str, Value], contacts: Sequence[Row], key_seed: str) -> PartPlan:
    if not any(asked.values()):
        return PartPlan(carried=tuple(asked))
    found = find_by_name(contacts, _name(asked))
    return _onto(found, asked) if found is not None else _insert(asked, key_seed)


def _onto(contact: Row, asked: Mapping[str, Value]) -> PartPlan:
    current = contact_fields(contact)
    fields = contact_row({name: value for name, value in asked.items() if not same(value, current[name])})
    if not contact[TICK]:
        fields[TICK] = True
    return PartPlan(update={"id": contact["Id"], **fields} if fields else None, carried=tuple(asked))


def _insert(values: Mapping[str, Value], key_seed: str) -> PartPlan:
    filled = {name: value for name, value in values.items() if value not in (None, "")}
    row = contact_row({"contact_last_name": None, **filled})
    row[TICK] = True
    row[CONTACT_KEY] = contact_key(key_seed, _name(values))
    return PartPlan(insert=row, carried=tuple(values))


def contact_key(seed: str, name: tuple[str, str]) -> str:
    return hashlib.sha256("\n".join((seed, *name)).encode()).hexdigest()[:32]


def find_by_name(contacts: Sequence[Row], name: tuple[str, str]) -> Row | None:
    """The account's oldest contact of that name."""
    same_name = [row for row in contacts if any(name) and _name(contact_fields(row)) == name]
    return min(same_name, key=lambda row: (row["CreatedDate"], row["Id"]), default=None)


def same_person(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Equal but for what one of them leaves out."""
    return any(other) and all(a == b or not a or not b for a, b in zip(one, other, strict=True))


def _name(fields: Mapping[str, Value]) -> tuple[str, str]:
    """First and last name as they are compared."""
    first, last = (" ".join(str(fields.get(name) or "").split()).casefold() for name in NAMES)
    return first, last
