"""What an answer says at a glance: which requests it answers, with which status, and where in the text.

Words    part  one Rs element: its attributes, its place in the text, and how many records it holds
Rule     pure, and flat in memory; the records themselves are read by qbxml.read, when somebody wants them. Whatever
         the text is, values come out that the tables can hold, or BadResponse
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qbwc.qbxml import parse
from qbwc.qbxml.errors import BadResponse, shown

NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII).fullmatch
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?", re.ASCII).match
# How deep they stand in the document.
ROOT, ANSWERS, PART, RECORD, FIELD = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Part:
    name: str  # CustomerQuery
    request_id: str
    status: int | None
    severity: str
    message: str
    count: int | None  # retCount
    remaining: int | None
    iterator_id: str
    records: int
    modified: str  # the highest TimeModified, wall clock only
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Answers:
    message_set_status: int | None
    parts: tuple[Part, ...]

    def by_request(self) -> dict[str, Part]:
        """Each request's part; none for one whose status is missing, or that is answered twice."""
        times = Counter(part.request_id for part in self.parts)
        return {part.request_id: part for part in self.parts if part.status is not None and times[part.request_id] == 1}


def look(text: str) -> Answers:
    """Take an answer apart; BadResponse if it is no qbXML answer at all."""
    bare = text.lstrip(parse.BEFORE)
    data = parse.as_utf8(bare)
    if not data:
        raise BadResponse("QuickBooks's answer is empty")
    try:
        # A parser would take zeros for the other half of UTF-16, and count the bytes of that.
        found = _Look(parse.blanked(data) if b"\0" in data else data)
    except BadResponse:
        # Old company data holds characters that XML forbids.
        found = _Look(parse.blanked(data))
    if not found.answered:
        raise BadResponse("QuickBooks's answer holds no QBXMLMsgsRs")
    places = _in_characters(data, found.places, len(text) - len(bare))
    parts = (
        _part(name, attributes, records, modified, start, end)
        for (name, attributes, records, modified), (start, end) in zip(found.parts, places, strict=True)
    )
    return Answers(found.status, tuple(parts))


class _Look:
    """One pass through the document."""

    def __init__(self, data: bytes) -> None:
        self.answered = False
        self.status: int | None = None
        self.parts: list[tuple[str, Mapping[str, str], int, str]] = []
        self.places: list[tuple[int, int]] = []
        self._data = data
        self._parser = parse.new_parser()
        self._handle()
        parse.feed(self._parser, data, last=True)

    def _handle(self) -> None:
        """The handlers are closures, since they are called for every element of a large answer."""
        parser = self._parser
        depth = records = begun = 0
        name = modified = ""
        given: Mapping[str, str] = {}
        moment: list[str] = []
        inside = {ANSWERS: False, PART: False, RECORD: False}

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth, records, begun, name, modified, given
            depth += 1
            if depth >= FIELD:
                if depth == FIELD and tag == "TimeModified" and inside[RECORD]:
                    moment.clear()
                    parser.CharacterDataHandler = moment.append
                elif depth > parse.DEPTH_MAX:
                    raise BadResponse(f"the answer is nested more than {parse.DEPTH_MAX} deep")
            elif depth == RECORD:
                inside[RECORD] = inside[PART] and tag.endswith("Ret")
                records += inside[RECORD]
            elif depth == PART:
                inside[PART] = inside[ANSWERS] and tag.endswith("Rs")
                name, given, records, modified, begun = tag[:-2], attributes, 0, "", parser.CurrentByteIndex
            elif depth == ANSWERS:
                inside[ANSWERS] = tag == "QBXMLMsgsRs"
                if inside[ANSWERS] and not self.answered:
                    self.answered, self.status = True, _number(attributes.get("messageSetStatusCode"))
            elif tag != "QBXML":
                raise BadResponse(f"QuickBooks's answer begins with {shown(tag)}")

        def end(tag: str) -> None:
            nonlocal depth, modified
            if depth == FIELD and tag == "TimeModified" and inside[RECORD]:
                parser.CharacterDataHandler = None
                modified = max(modified, _wall_clock("".join(moment)))
            elif depth == PART and inside[PART]:
                self.parts.append((name, given, records, modified))
                self.places.append((begun, self._end_of(begun, parser.CurrentByteIndex)))
            depth -= 1

        parser.StartElementHandler = start
        parser.EndElementHandler = end

    def _end_of(self, start: int, at: int) -> int:
        """Where an element ends: an end tag is told by its first byte, an empty element by what follows it."""
        empty = self._data.endswith(b"/>", start, at) and self._data.find(b"<", start + 1, at) < 0
        return at if empty else self._data.index(b">", at) + 1


def _in_characters(data: bytes, places: Sequence[tuple[int, int]], before: int) -> list[tuple[int, int]]:
    """Places among bytes as places among characters, so many of which stood before."""
    if data.isascii():
        return [(start + before, end + before) for start, end in places]
    found, byte, character = [], 0, before
    for place in places:
        counted = []
        for at in place:
            character += len(data[byte:at].decode())
            byte = at
            counted.append(character)
        found.append((counted[0], counted[1]))
    return found


def _part(name: str, given: Mapping[str, str], records: int, modified: str, start: int, end: int) -> Part:
    return Part(
        name=name,
        request_id=given.get("requestID", ""),
        status=_number(given.get("statusCode")),
        severity=given.get("statusSeverity", ""),
        message=given.get("statusMessage", ""),
        count=_number(given.get("retCount")),
        remaining=_number(given.get("iteratorRemainingCount")),
        iterator_id=given.get("iteratorID", ""),
        records=records,
        modified=modified,
        start=start,
        end=end,
    )


def _wall_clock(moment: str) -> str:
    """`2026-02-03T10:02:44-08:00` without its offset, which QuickBooks gets wrong in summer; "" if it is no moment."""
    found = MOMENT(moment)
    return found[0] if found else ""


def _number(text: str | None) -> int | None:
    """A number as the tables can hold it."""
    return int(text) if text and NUMBER(text) else None
