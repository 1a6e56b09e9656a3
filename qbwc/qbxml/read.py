"""Read what QuickBooks answers.

Words    answer   the whole response: the message set's own status, and one result for each request
         result   the answer to one request: its status and the records that came with it
         Ret      one record in the plain shape: dicts and lists, values by the catalogue's types
Rule     lenient: unknown elements and tokens are kept as text, values that are not of their type stay text; what
         can come several times is always a list. Only a response that makes no sense is a BadResponse, and whatever
         the bytes are, no other exception leaves this module.

The order among mixed elements (lines and line groups of a transaction) is kept under "#order" where more than one kind
occurs; attributes of elements (reports have them) are "@name", and the text beside them is "#text".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, BinaryIO

from . import catalogue, parse
from .catalogue import Content, Field
from .errors import BadResponse, shown
from .markup import ORDER, TEXT
from .values import READERS
from .values import read as convert

_ENVELOPE, _MESSAGE_SET, _RESULT, _RECORD = range(4)


@dataclass(slots=True)
class Ret:
    name: str  # "Customer", for a CustomerRet
    data: dict[str, Any]


@dataclass(slots=True)
class Result:
    name: str  # "CustomerQuery", for a CustomerQueryRs
    request_id: str
    status: int
    severity: str
    message: str
    records: list[Ret] = field(default_factory=list)
    iterator_id: str = ""
    remaining: int | None = None
    count: int | None = None
    recovery: dict[str, Any] | None = None


@dataclass(slots=True)
class Answer:
    message_set_id: str = ""
    message_set_status: int | None = None
    results: list[Result] = field(default_factory=list)


class Shape:
    """How one element is read: what its text becomes, whether it repeats, and what may stand inside."""

    __slots__ = ("children", "convert", "is_aggregate", "mixes", "name", "repeats", "within_mix")

    def __init__(self, name: str, convert: Callable[[str], object] | None, repeats: bool, is_aggregate: bool) -> None:
        self.name = name
        self.convert = convert
        self.repeats = repeats
        self.is_aggregate = is_aggregate
        self.children: dict[str, Shape] = {}
        self.mixes = False  # holds elements that come in any order
        self.within_mix = False  # is such an element


UNKNOWN = Shape("", None, False, False)
_shapes: dict[int, Shape] = {}


def _shape_of(known: Field, within_mix: bool) -> Shape:
    """Shapes are made once for each field, since the catalogue holds every field once."""
    key = id(known) * 2 + within_mix
    if key not in _shapes:
        shape = Shape(known.name, READERS.get(known.type), known.repeats or within_mix, known.content is not None)
        shape.within_mix = within_mix
        if known.content:
            _fill(shape, known.content)
        _shapes[key] = shape
    return _shapes[key]


def _fill(shape: Shape, content: Content) -> None:
    shape.mixes = bool(content.mixed)
    shape.children = {name: _shape_of(known, name in content.mixed) for name, known in content.fields.items()}


@cache
def _answer_shape(name: str) -> Shape:
    try:
        content = catalogue.answer(name).fields
    except catalogue.UnknownRequest:
        return UNKNOWN
    shape = Shape(name, None, False, True)
    _fill(shape, content)
    shape.mixes = False
    return shape


class _Reader:
    """The handlers of one parse; ``out`` collects what is complete, in the document's order."""

    def __init__(self) -> None:
        self.out: list[Answer | Result | Ret] = []
        self.answer: Answer | None = None
        self._result: Result | None = None
        self._waiting = False  # the result was not put out yet
        self._loose: dict[str, Any] = {}
        self._open = 0  # how many elements around the current record are open
        self._stack: list[tuple[dict[str, Any], Shape]] = []
        self._text: list[str] = []
        self._rs = UNKNOWN
        self._skipping = 0
        self.parser = parse.new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        stack = self._stack
        self._text.clear()
        if stack:
            if len(stack) > parse.DEPTH_MAX:
                raise BadResponse(f"the response is nested more than {parse.DEPTH_MAX} deep")
            shape = stack[-1][1].children.get(tag, UNKNOWN)
        elif self._skipping or self._open < _RECORD:
            self._start_outside(tag, attributes)
            return
        else:
            shape = self._rs.children.get(tag, UNKNOWN)
        data: dict[str, Any] = {}
        if attributes:
            for name, value in attributes.items():
                data["@" + name] = value
        stack.append((data, shape))

    def _start_outside(self, tag: str, attributes: dict[str, str]) -> None:
        """An element above the records: QBXML, QBXMLMsgsRs, XxxRs; what is beside them is skipped."""
        if self._skipping or not self._belongs(tag):
            self._skipping += 1
            if self._skipping > parse.DEPTH_MAX:
                raise BadResponse(f"the response is nested more than {parse.DEPTH_MAX} deep")
            return
        if self._open == _MESSAGE_SET:
            self._start_message_set(attributes)
        elif self._open == _RESULT:
            self._start_result(tag.removesuffix("Rs"), attributes)
        self._open += 1

    def _belongs(self, tag: str) -> bool:
        if self._open == _ENVELOPE and tag != "QBXML":
            raise BadResponse(f"the response is not qbXML but begins with {shown(tag)}")
        return self._open == _ENVELOPE or tag.endswith("Rs" if self._open == _RESULT else "QBXMLMsgsRs")

    def _start_message_set(self, attributes: dict[str, str]) -> None:
        if self.answer is None:
            status = attributes.get("messageSetStatusCode")
            self.answer = Answer(attributes.get("newMessageSetID", ""), None if status is None else _status(status))
            self.out.append(self.answer)

    def _start_result(self, name: str, attributes: dict[str, str]) -> None:
        get = attributes.get
        self._rs = _answer_shape(name)
        self._loose = {}
        self._waiting = True
        self._result = Result(
            name=name,
            request_id=get("requestID", ""),
            status=_status(get("statusCode", "")),
            severity=get("statusSeverity", ""),
            message=get("statusMessage", ""),
            iterator_id=get("iteratorID", ""),
            remaining=_count(get("iteratorRemainingCount")),
            count=_count(get("retCount")),
        )

    def _end(self, tag: str) -> None:
        stack = self._stack
        if not stack:
            self._end_outside()
            return
        data, shape = stack.pop()
        value: Any = data
        if not data or not shape.is_aggregate:
            value = self._leaf(data, shape)
        elif shape.mixes and ORDER in data and len(set(data[ORDER])) == 1:
            del data[ORDER]
        self._text.clear()
        if not stack:
            self._end_record(tag, value, shape)
            return
        parent = stack[-1][0]
        if shape.within_mix:
            parent.setdefault(ORDER, []).append(tag)
        if tag not in parent:
            parent[tag] = [value] if shape.repeats else value
        elif shape.repeats or isinstance(parent[tag], list):
            parent[tag].append(value)
        else:
            parent[tag] = [parent[tag], value]

    def _leaf(self, data: dict[str, Any], shape: Shape) -> Any:
        """What an element without elements inside says, or one that the catalogue does not know."""
        if shape.is_aggregate:
            return data
        text = "".join(self._text)
        if data:
            if any(key[:1] != "@" for key in data) or not text:
                return data
            return data | {TEXT: _converted(text, shape)}
        return text if shape.convert is None else _converted(text, shape)

    def _end_record(self, tag: str, value: Any, shape: Shape) -> None:
        result = self._result
        assert result is not None  # a record lies within a result
        if tag == "ErrorRecovery" and isinstance(value, dict):
            result.recovery = value
        elif tag.endswith("Ret") and isinstance(value, dict):
            self._put_result()
            self.out.append(Ret(tag[:-3], value))
        elif tag in self._loose and not isinstance(self._loose[tag], list):
            self._loose[tag] = [self._loose[tag], value]
        elif tag in self._loose:
            self._loose[tag].append(value)
        else:
            self._loose[tag] = [value] if shape.repeats else value

    def _put_result(self) -> None:
        if self._waiting and self._result is not None:
            self._waiting = False
            self.out.append(self._result)

    def _end_outside(self) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        self._open -= 1
        if self._open == _RESULT and self._result is not None:
            self._put_result()
            if self._loose:
                self.out.append(Ret(self._result.name, self._loose))
            self._result = None


def _converted(text: str, shape: Shape) -> Any:
    if shape.convert is None:
        return text
    try:
        return shape.convert(text) if text else None
    except ValueError:
        return text


def _status(text: str) -> int:
    number = _count(text)
    if number is None:
        raise BadResponse(f"{shown(text)} is not a status code")
    return number


def _count(text: str | None) -> int | None:
    return int(text) if text and len(text) <= 12 and text.isascii() and text.isdigit() else None


def read(response: str | bytes) -> Answer:
    """The whole response. Control characters that XML forbids are taken out if it cannot be parsed with them."""
    document = parse.as_utf8(response)
    if not document:
        raise BadResponse("the response is empty")
    try:
        return _read_once(document)
    except BadResponse:
        repaired = parse.repaired(document)
        if repaired == document:
            raise
        return _read_once(repaired)


def _read_once(document: bytes) -> Answer:
    reader = _Reader()
    parse.feed(reader.parser, document, last=True)
    if reader.answer is None:
        raise BadResponse("the response holds no answers")
    for part in reader.out:
        if isinstance(part, Result):
            reader.answer.results.append(part)
        elif isinstance(part, Ret):
            reader.answer.results[-1].records.append(part)
    return reader.answer


def stream(source: BinaryIO | bytes) -> Iterator[Answer | Result | Ret]:
    """A large response part by part, in memory that does not grow: the answer (without results), then each
    result (without records) followed by its records. ``recovery`` of a result is known once the next part has come.
    """
    reader = _Reader()
    for chunk in parse.chunks(source):
        parse.feed(reader.parser, chunk)
        parts, reader.out[:] = list(reader.out), ()
        yield from parts
    parse.feed(reader.parser, b"", last=True)
    if reader.answer is None:
        raise BadResponse("the response holds no answers")
    yield from reader.out


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was written, its data in the plain shape and by the catalogue's types."""

    name: str
    request_id: str
    attributes: dict[str, str]
    data: dict[str, Any]


def request(text: str | bytes) -> Request:
    """The counterpart of ``build``; BadResponse if the text is not well-formed."""
    element = parse.tree(text)
    name = element.tag.removesuffix("Rq")
    attributes = dict(element.attributes)
    request_id = attributes.pop("requestID", "")
    content = catalogue.request(name).fields if catalogue.exists(name) else None
    return Request(name, request_id, attributes, _typed(parse.data_of(element, content), content))


def _typed(data: dict[str, Any], content: Content | None) -> dict[str, Any]:
    known = content.fields if content else {}
    return {key: _typed_value(value, known.get(key)) for key, value in data.items()}


def _typed_value(value: Any, known: Field | None) -> Any:
    if known is None:
        return value
    if isinstance(value, list):
        return [_typed_value(entry, known) for entry in value]
    return _typed(value, known.content) if isinstance(value, dict) else convert(known.type, value)
