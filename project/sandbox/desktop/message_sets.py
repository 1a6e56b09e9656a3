"""Message-set recovery: what the company file remembers of the documents that carried an id.

    attributes                 what happens
    new only, unknown          executed, its statuses stored
    new only, known            not executed again; the stored statuses (9001 if the content differs)
    old = new                  a status check; nothing is executed
    old only                   forgotten; 600 if there was nothing
    old, then another new      old forgotten, new handled as above
Rule     the store belongs to the file, per application: a restored backup brings back what it knew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from . import writer
from .answers import Answer, rs
from .notation import Version
from .reader import Envelope

ID_LENGTH_MAX = 24
CLEAR_ALL = "CLR-ALL-MSG-SETS"
RECOVERY_SINCE: Version = (11, 0)
OK, CHECKSUM_DIFFERS, ID_INVALID = 0, 9001, 9004


@dataclass
class StoredStatus:
    name: str
    request_id: str | None
    code: int
    message: str
    recovery: dict[str, str]


@dataclass
class StoredSet:
    checksum: str
    statuses: list[StoredStatus]


Execute = Callable[[Envelope], list[tuple[str, str | None, Answer]]]


class MessageSets:
    def __init__(self) -> None:
        self._apps: dict[str, dict[str, StoredSet]] = {}

    def known(self, app: str) -> list[str]:
        """The ids that the file remembers for an application."""
        return list(self._apps.get(app, ()))

    def handle(self, envelope: Envelope, app: str, unknown_status: int, execute: Execute) -> str:
        """The answer's document, having executed the requests only if they were to be."""
        new, old = envelope.new_set or "", envelope.old_set or ""
        if not new and not old:
            return _document([], [answer.text(name, rid) for name, rid, answer in execute(envelope)])
        stored = self._apps.setdefault(app, {})
        if max(len(new), len(old)) > ID_LENGTH_MAX:
            return _document(_status(new, ID_INVALID), [])
        if old == new:
            return self._check(stored, envelope, new, unknown_status)
        known = self._forget(stored, old)
        if not new:
            return _document(_status("", OK if known else 600), [])
        if new in stored:
            return self._check(stored, envelope, new, unknown_status)
        results = execute(envelope)
        stored[new] = StoredSet(
            _checksum(envelope.body),
            [StoredStatus(name, rid, each.code, each.message, each.recovery) for name, rid, each in results],
        )
        return _document(_status(new, OK), [answer.text(name, rid) for name, rid, answer in results])

    def _forget(self, stored: dict[str, StoredSet], old: str) -> bool:
        if old == CLEAR_ALL:
            stored.clear()
            return True
        return stored.pop(old, None) is not None

    def _check(self, stored: dict[str, StoredSet], envelope: Envelope, new: str, unknown_status: int) -> str:
        if new not in stored:
            return _document(_status(new, unknown_status), [])
        kept = stored[new]
        if envelope.calls and _checksum(envelope.body) != kept.checksum:
            return _document(_status(new, CHECKSUM_DIFFERS), [])
        return _document(_status(new, OK), [_stored_text(each, envelope.version) for each in kept.statuses])

    def as_json(self) -> dict[str, Any]:
        return {app: {key: asdict(each) for key, each in sets.items()} for app, sets in self._apps.items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> MessageSets:
        sets = cls()
        for app, kept in state.items():
            sets._apps[app] = {
                key: StoredSet(each["checksum"], [StoredStatus(**status) for status in each["statuses"]])
                for key, each in kept.items()
            }
        return sets


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _status(new: str, code: int) -> list[tuple[str, str]]:
    head = [("newMessageSetID", new)] if new else []
    return [*head, ("messageSetStatusCode", str(code))]


def _document(attributes: list[tuple[str, str]], texts: list[str]) -> str:
    return writer.document(attributes, texts)


def _stored_text(stored: StoredStatus, version: Version) -> str:
    """A status without its Ret; since 11.0 with the ids by which the object can be found."""
    body = ""
    if stored.recovery and version >= RECOVERY_SINCE:
        lines = "".join(f"<{key}>{writer.escape(value)}</{key}>\n" for key, value in stored.recovery.items())
        body = f"<ErrorRecovery>\n{lines}</ErrorRecovery>\n"
    return rs(stored.name, stored.request_id, stored.code, stored.message, [], body)
