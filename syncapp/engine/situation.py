"""All that is known of one link, the settings it is planned by, and what a plan is.

Words    situation   both records, the base, what was refused or decided, and who may be the same
         rules       a flow's settings, as far as planning needs them
         draft       the operation to open
         plan        what to write (at most one draft), what both sides are found to agree on, or why not
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from syncapp.engine.match import Candidate, Keys
from syncapp.engine.policy import Policy
from syncapp.mapping.abilities import ALL, Abilities, About
from syncapp.mapping.fields import RecordMapping
from syncapp.records import Record, Side, Value, Verb

# Compared like a field's value, it stands for a whole record that was refused when it was to be created.
WHOLE_RECORD = "*"


class References(Protocol):
    """Other records' links, as far as the situation needs them."""

    def link_of(self, side: Side, kind: str, record_id: str) -> int | None: ...
    def record_of(self, link_id: int, side: Side) -> str | None: ...
    def name_of(self, link_id: int) -> str: ...
    def likely(self, link_ids: Sequence[int]) -> int:
        """Of these half links, the one that will become whole first, as far as can be told."""
        ...


@dataclass(frozen=True)
class Rules:
    """The settings of a flow, as far as planning needs them."""

    mapping: RecordMapping
    policies: Mapping[str, Policy] = field(default_factory=dict)
    policy: Policy = Policy.QUICKBOOKS  # for fields without one of their own
    writes_to: frozenset[Side] = frozenset(Side)
    creates_in: frozenset[Side] = frozenset(Side)  # of those, where records come to be that were not there
    on_delete: str = "nothing"  # nothing | deactivate or mark | unlink
    gone_values: Mapping[str, Value] = field(default_factory=dict)  # what is written where the other record is gone
    gone_words: str = "made inactive"
    near_matches: str = "ask"  # ask | ignore
    abilities: Abilities = ALL  # of QuickBooks


@dataclass(frozen=True)
class Situation:
    link_id: int
    ids: Mapping[Side, str | None]
    records: Mapping[Side, Record | None]
    base: Mapping[Side, Mapping[str, Any]]
    open: bool = False  # an operation on it is not settled yet
    suspect: bool = False  # a record is being read again
    ready: bool = True  # both sides have been listed completely
    needed: bool = False  # something that is wanted refers to it
    obstacle: tuple[str, str] | None = None  # state and reason, why nothing can be created in QuickBooks just now
    held: Plan | None = None  # instead of a new record in QuickBooks: what it waits for there
    unread: str = ""  # the counterpart that it names, which has not been read yet
    buried: bool = False  # the counterpart that it names was deleted, and is not to be made again
    stands: bool = False  # the counterpart that it names is there, tied to another record or to none
    made_of: str = ""  # a record of its own side that it was made of; only reading that tells whether it is wanted
    name_taken: str = ""  # the name that another record was found to have
    restless: bool = False  # written too often today
    refused: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # side, field: [value, why]
    decisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    about: About = field(default_factory=dict)
    doubts: Sequence[str] = ()  # fields that only a person can decide
    candidates: Sequence[Candidate] = ()
    rivals: Sequence[Candidate] = ()  # other halves of its own side that have the same name
    keys: Keys | None = None


@dataclass(frozen=True)
class Draft:
    """The operation to open. ``basis`` is canonical, by field, of the side that the values come from."""

    side: Side
    verb: Verb
    record_id: str
    counterpart_id: str
    values: Mapping[str, Value]
    sent: Mapping[str, Any]
    basis: Mapping[str, Any]
    expected_version: str = ""
    overwrites: bool = False  # replaces something that a person may have written


@dataclass(frozen=True)
class Plan:
    state: str  # a Link.State
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    write: Draft | None = None
    agreed: Mapping[str, Any] = field(default_factory=dict)  # both say the same
    spelt: Mapping[str, Mapping[Side, Any]] = field(default_factory=dict)  # the same by the rule, spelt differently
    match: Candidate | None = None
    how: str = ""
    waits_for: int | None = None
    listens_to: int | None = None  # another link, which makes this one be planned again, and is not waited for
    needs: Sequence[int] = ()  # all that it waits for, where that is more than one record
    look_for: str = ""  # a record of the other side that must be read first
