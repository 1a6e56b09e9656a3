"""What an answer says at a glance: which requests it answers, with which status, and where in the text.

Words    part  one Rs element: its attributes, its place in the text, and how many records it holds
Rule     pure; the records themselves are read by qbxml.read, when somebody wants them
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from qbwc.qbxml.errors import BadResponse

# Above this, records are dropped as soon as they are counted, so that memory stays flat.
WHOLE_TREE_CHARACTERS_MAX = 2_000_000
START = r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(/?)>"
# References to characters that XML forbids; old QuickBooks data holds some.
FORBIDDEN = re.compile(r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.IGNORECASE)
DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


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
        return {part.request_id: part for part in self.parts}


def look(text: str) -> Answers:
    """Take an answer apart; BadResponse if it is no qbXML answer at all."""
    for candidate in (text, FORBIDDEN.sub("", text)):
        try:
            status, parts = _parse(candidate)
        except etree.XMLSyntaxError as error:
            problem = str(error)
            continue
        return Answers(status, tuple(_placed(text, parts)))
    raise BadResponse(f"QuickBooks's answer is not well-formed: {problem}")


def _parse(text: str) -> tuple[int | None, list[Part]]:
    data = DECLARATION.sub("", text, count=1).strip().encode("utf-8", "replace")
    if not data:
        raise BadResponse("QuickBooks's answer is empty")
    if b"<!DOCTYPE" in data[:2000]:
        raise BadResponse("an answer with a document type is never QuickBooks's")
    if len(data) > WHOLE_TREE_CHARACTERS_MAX:
        return _parse_large(data)
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    answers = root.find("QBXMLMsgsRs") if root.tag == "QBXML" else None
    if answers is None:
        raise BadResponse(f"no QBXMLMsgsRs in an answer that begins with <{root.tag}>")
    parts = []
    for element in answers:
        if not isinstance(element.tag, str):
            continue
        records = [child for child in element if isinstance(child.tag, str) and child.tag.endswith("Ret")]
        modified = max((_wall_clock(record) for record in records), default="")
        parts.append(_part(element, len(records), modified))
    return _number(answers.get("messageSetStatusCode")), parts


def _parse_large(data: bytes) -> tuple[int | None, list[Part]]:
    parts: list[Part] = []
    records, modified, status, answers_seen = 0, "", None, False
    for _, element in etree.iterparse(io.BytesIO(data), events=("end",), huge_tree=True, resolve_entities=False):
        tag = element.tag
        if tag.endswith("Ret") and _is_record(element):
            records += 1
            modified = max(modified, _wall_clock(element))
            _forget(element)
        elif tag.endswith("Rs") and tag != "QBXMLMsgsRs":
            parts.append(_part(element, records, modified))
            records, modified = 0, ""
            _forget(element)
        elif tag == "QBXMLMsgsRs":
            answers_seen, status = True, _number(element.get("messageSetStatusCode"))
    if not answers_seen:
        raise BadResponse("no QBXMLMsgsRs in the answer")
    return status, parts


def _is_record(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag.endswith("Rs")


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _part(element: etree._Element, records: int, modified: str) -> Part:
    return Part(
        name=str(element.tag).removesuffix("Rs"),
        request_id=str(element.get("requestID") or ""),
        status=_number(element.get("statusCode")),
        severity=str(element.get("statusSeverity") or ""),
        message=str(element.get("statusMessage") or ""),
        count=_number(element.get("retCount")),
        remaining=_number(element.get("iteratorRemainingCount")),
        iterator_id=str(element.get("iteratorID") or ""),
        records=records,
        modified=modified,
    )


def _wall_clock(record: etree._Element) -> str:
    """`2026-02-03T10:02:44-08:00` without its offset, which QuickBooks gets wrong in summer."""
    return (record.findtext("TimeModified") or "")[:19]


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _placed(text: str, parts: list[Part]) -> Iterator[Part]:
    """Each part with its span in the text; one that cannot be found again gets none."""
    position = 0
    for part in parts:
        tag = re.escape(part.name + "Rs")
        start = re.compile(f"<{tag}{START}").search(text, position)
        if start is None:
            yield part
            continue
        end = start.end()
        if not start.group(1):
            closing = re.compile(f"</{tag}\\s*>").search(text, end)
            end = closing.end() if closing else len(text)
        position = end
        yield Part(**{**part.__dict__, "start": start.start(), "end": end})
