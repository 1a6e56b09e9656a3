"""XML in, safely: what both reading answers and checking requests stand on.

Rule     no document type, so no entities; nesting is bounded; the encoding is known before parsing; and whatever the
         bytes are, the one exception is BadResponse. Text is not bounded: an answer of 100 MB is an honest answer.

QuickBooks passes on control characters that old company data contain, which no XML parser accepts. They are
taken out (raw ones and their numeric references), and only those.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat

from .catalogue import Content
from .errors import BadResponse
from .markup import ORDER, TEXT, escape, quote

DEPTH_MAX = 64
CHUNK = 1 << 16
BEFORE = "\ufeff \t\r\n"  # what may stand before a document and is no part of it

_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_TO_SPACES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|5529[6-9]|55[3-9][0-9]{2}|5[67][0-9]{3}|6553[45])"
    rb"|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eE]|[fF]{4}));"
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_REFERENCE_LENGTH_MAX = 16
# The same in a text, for whoever shows a part of an answer by other means.
FORBIDDEN = re.compile(f"[{_CONTROLS.decode()}]|{_REFERENCE.pattern.decode()}")


def new_parser() -> expat.XMLParserType:
    """A parser of UTF-8 (whatever the document declares) that refuses document types."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise BadResponse("the document has a document type, which qbXML never has")


def feed(parser: expat.XMLParserType, chunk: bytes, last: bool = False) -> None:
    try:
        parser.Parse(chunk, last)
    except expat.ExpatError as problem:
        raise BadResponse(f"the document is not well-formed: {problem}") from None


def as_utf8(document: str | bytes) -> bytes:
    if isinstance(document, str):
        return document.lstrip(BEFORE).encode("utf-8", "replace")
    encoding = encoding_of(document[:256])
    if encoding == "utf-8":
        return document.removeprefix(codecs.BOM_UTF8).lstrip()
    return document.decode(encoding, "replace").lstrip(BEFORE).encode("utf-8", "replace")


def encoding_of(start: bytes) -> str:
    """The encoding that the first bytes of a document tell; UTF-8 if they tell none that is known."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _DECLARED.match(start)
    name = found[1].decode("ascii").lower() if found else "utf-8"
    return {"windows-1252": "cp1252", "iso-8859-1": "cp1252", "cp1252": "cp1252"}.get(name, "utf-8")


def repaired(document: bytes) -> bytes:
    """The document without the characters that XML forbids; bytes that are no UTF-8 are taken for Windows-1252."""
    try:
        document.decode("utf-8")
    except UnicodeDecodeError:
        document = document.decode("cp1252", "replace").encode("utf-8")
    return without_controls(document)


def without_controls(chunk: bytes) -> bytes:
    chunk = chunk.translate(None, _CONTROLS)
    return _REFERENCE.sub(b"", chunk) if b"&#" in chunk else chunk


def blanked(chunk: bytes) -> bytes:
    """The same with spaces in the place of those characters, so that everything stays where it was."""
    return _REFERENCE.sub(lambda found: b" " * len(found[0]), chunk.translate(_TO_SPACES))


def chunks(source: BinaryIO | bytes) -> Iterator[bytes]:
    """The document piece by piece, in UTF-8 and repaired, no reference cut in two."""
    if isinstance(source, bytes):
        pieces: Iterator[bytes] = (source[at : at + CHUNK] for at in range(0, len(source), CHUNK))
    else:
        pieces = iter(lambda: source.read(CHUNK), b"")
    first = next(pieces, b"")
    decoder = codecs.getincrementaldecoder(encoding_of(first[:256]))("replace")
    start, rest = True, b""
    for piece in _chain(first, pieces):
        text = decoder.decode(piece)
        if start:
            text = text.lstrip(BEFORE)
            start = not text
        chunk = rest + text.encode("utf-8", "replace")
        cut = chunk.rfind(b"&", max(0, len(chunk) - _REFERENCE_LENGTH_MAX))
        cut = len(chunk) if cut < 0 or b";" in chunk[cut:] else cut
        chunk, rest = chunk[:cut], chunk[cut:]
        yield without_controls(chunk)
    yield without_controls(rest + decoder.decode(b"", True).encode("utf-8"))


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


@dataclass(slots=True)
class Element:
    """One element of a small document, as it was written."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""


def tree(document: str | bytes) -> Element:
    """A small document as a tree; BadResponse if it cannot be parsed. Nothing is repaired."""
    parser = new_parser()
    top = Element("", {})
    stack = [top]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEPTH_MAX:
            raise BadResponse(f"the document is nested more than {DEPTH_MAX} deep")
        element = Element(tag, attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def text(piece: str) -> None:
        stack[-1].text += piece

    _handle(parser, start, lambda _: stack.pop(), text)
    feed(parser, as_utf8(document), last=True)
    return top.children[0]


def _handle(parser: Any, start: Callable[..., Any], end: Callable[..., Any], text: Callable[..., Any]) -> None:
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text


def written(element: Element) -> str:
    """A tree as text again, in ASCII and without the white space between elements."""
    attributes = "".join(f" {name}={quote(value)}" for name, value in element.attributes.items())
    inner = "".join(map(written, element.children)) if element.children else escape(element.text)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def data_of(element: Element, content: Content | None) -> dict[str, object]:
    """What stands below an element, in the plain shape that ``build`` takes, every value still text."""
    data: dict[str, Any] = {f"@{name}": value for name, value in element.attributes.items() if content is None}
    order = [child.tag for child in element.children if content and child.tag in content.mixed]
    for child in element.children:
        known = content.fields.get(child.tag) if content else None
        value = _value_of(child, known.content if known else None)
        previous = data.get(child.tag)
        if isinstance(previous, list):
            previous.append(value)
        elif child.tag in data:
            data[child.tag] = [previous, value]
        else:
            data[child.tag] = [value] if known and known.repeats else value
    if len(set(order)) > 1:
        data[ORDER] = order
    return data


def _value_of(element: Element, content: Content | None) -> object:
    attributes = {f"@{name}": value for name, value in element.attributes.items()}
    if element.children or content is not None:
        return data_of(element, content) | attributes
    return {**attributes, TEXT: element.text} if attributes else element.text
