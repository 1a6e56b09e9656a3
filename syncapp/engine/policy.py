"""Who wins where both sides changed a field."""

from __future__ import annotations

from enum import StrEnum

from syncapp.records import Record, Side


class Policy(StrEnum):
    QUICKBOOKS = "quickbooks"
    SALESFORCE = "salesforce"
    NEWEST = "newest"
    ASK = "ask"


def decide(policy: Policy, records: dict[Side, Record]) -> Side | None:
    """The side whose value holds, or None where a person must say.

    ``newest`` needs both times; where a side does not tell its own, or both are the same, it is not guessed.
    """
    if policy is Policy.QUICKBOOKS:
        return Side.QUICKBOOKS
    if policy is Policy.SALESFORCE:
        return Side.SALESFORCE
    if policy is Policy.NEWEST:
        ours, theirs = records[Side.SALESFORCE].modified, records[Side.QUICKBOOKS].modified
        if ours and theirs and ours != theirs:
            return Side.SALESFORCE if ours > theirs else Side.QUICKBOOKS
    return None
