"""Responses as a broken line, a damaged file or an enemy would make them; each is made anew by its seed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator

from .conftest import captures

STATUS = 'statusCode="0" statusSeverity="Info" statusMessage="Status OK"'
LINES = (
    "<InvoiceLineRet>\n<TxnLineID>1-{0}</TxnLineID>\n<Quantity>2</Quantity>\n<Amount>3.00</Amount>\n</InvoiceLineRet>\n"
)
OWN = [
    f"""<?xml version="1.0" ?>
<QBXML>
<QBXMLMsgsRs newMessageSetID="a1" messageSetStatusCode="0">
<CustomerAddRs requestID="7" {STATUS}>
<CustomerRet>
<ListID>80000001-1770138927</ListID>
<TimeModified>2026-02-03T10:02:44-08:00</TimeModified>
<Name>Ac&#233;me &amp; Sons</Name>
<IsActive>true</IsActive>
<Balance>12.50</Balance>
<DataExtRet>
<OwnerID>0</OwnerID>
<DataExtName>Route</DataExtName>
<DataExtType>STR255TYPE</DataExtType>
<DataExtValue>“7” – é</DataExtValue>
</DataExtRet>
</CustomerRet>
</CustomerAddRs>
<InvoiceQueryRs requestID="8" {STATUS} retCount="1" iteratorRemainingCount="0" iteratorID="{{1}}">
<InvoiceRet>
<TxnID>1-2</TxnID>
{LINES.format(1)}<InvoiceLineGroupRet>
<TxnLineID>1-9</TxnLineID>
</InvoiceLineGroupRet>
{LINES.format(2)}</InvoiceRet>
</InvoiceQueryRs>
</QBXMLMsgsRs>
</QBXML>
""",
]
PIECES = [
    b"<", b">", b"&", b"</", b"/>", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b'"', b"'", b"=", b"\x00",
    b"\x0b", b"&#0;", b"&#x1F;", b"&#xD800;", b"&#99999999999;", b"&nbsp;", b"&amp;", b"&lol;", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<QBXML>", b"</QBXML>", b"<QBXMLMsgsRs>", b"</QBXMLMsgsRs>",
    b"<CustomerRet>", b"</CustomerRet>", b"<x:y xmlns:x='u'/>", b'<CustomerAddRs requestID="7" statusCode="0">',
    b"</CustomerAddRs>", b' statusCode="0"', b' xmlns="http://x/"', b"<!DOCTYPE QBXML [<!ENTITY lol 'lol'>]>",
    b'<!DOCTYPE QBXML SYSTEM "file:///etc/hostname">', b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?xml version='1.0' encoding='utf-7'?>", b"<TimeModified>", b"</TimeModified>", b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80", b"1E999999999", b"NaN", b"-0.00", b"\xd9\xa3", b"9" * 500,
]  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-7", "cp037", "shift_jis", "utf-8-sig")


def samples() -> list[bytes]:
    return [text.encode() for text in [*OWN, *(text for text in captures() if "QBXMLMsgsRs" in text)]]


class Damage:
    """Between one and four kinds of damage to a response, chosen by a seed."""

    def __init__(self, seed: int, responses: list[bytes]) -> None:
        self.chance = random.Random(seed)
        self.responses = responses

    def document(self) -> bytes:
        document = self.chance.choice(self.responses)
        if len(document) > 20_000 and self.chance.random() < 0.9:
            document = self.responses[0]
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 4))):
            kinds = (
                self.cut, self.flip, self.insert, self.drop, self.repeat, self.splice, self.recode, self.deepen,
                self.number, self.rename, self.swap, self.namespace,
            )  # fmt: skip
            document = self.chance.choice(kinds)(document)[:200_000]
        return document

    def place(self, document: bytes) -> int:
        """Anywhere, but rather where markup begins or ends."""
        at = self.chance.randrange(len(document) + 1)
        if self.chance.random() < 0.6:
            return max(document.find(self.chance.choice((b"<", b">", b'"', b"=")), at), 0)
        return at

    def cut(self, document: bytes) -> bytes:
        at = self.place(document)
        return self.chance.choice((document[:at], document[at:]))

    def flip(self, document: bytes) -> bytes:
        damaged = bytearray(document)
        for _ in range(self.chance.choice((1, 1, 3, 30))):
            if damaged:
                damaged[self.chance.randrange(len(damaged))] ^= 1 << self.chance.randrange(8)
        return bytes(damaged)

    def insert(self, document: bytes) -> bytes:
        at = self.place(document)
        return document[:at] + self.chance.choice(PIECES) * self.chance.choice((1, 1, 1, 2, 50)) + document[at:]

    def drop(self, document: bytes) -> bytes:
        start = self.place(document)
        return document[:start] + document[max(start, self.place(document)) :]

    def repeat(self, document: bytes) -> bytes:
        start, end = sorted((self.place(document), self.place(document)))
        return document[:end] + document[start:end] * self.chance.choice((1, 1, 3)) + document[end:]

    def splice(self, document: bytes) -> bytes:
        other = self.chance.choice(self.responses)
        return document[: self.place(document)] + other[self.place(other) :]

    def recode(self, document: bytes) -> bytes:
        name = self.chance.choice(ENCODINGS)
        text = document.decode("utf-8", "replace")
        if self.chance.random() < 0.3:
            text = text.replace('version="1.0"', f'version="1.0" encoding="{self.chance.choice(ENCODINGS)}"')
        return text.encode(name, "replace")

    def deepen(self, document: bytes) -> bytes:
        at, times = self.place(document), self.chance.choice((10, 70, 3000))
        name = self.chance.choice((b"a", b"CustomerRet", b"QBXML", b"x:y"))
        opened = b"<" + name + b">"
        closed = (b"</" + name + b">") if self.chance.random() < 0.7 else b""
        return document[:at] + opened * times + closed * times + document[at:]

    def number(self, document: bytes) -> bytes:
        """A number in an attribute or an element becomes one that nobody can hold."""
        digits = [at for at, byte in enumerate(document) if 48 <= byte <= 57]
        if not digits:
            return document
        at = self.chance.choice(digits)
        huge = (b"9" * 30, b"9" * 5000, b"-1", b"0x10", b"1e400", b"", b"\xc2\xb2", b"1_0", b" 7 ", b"4294967296")
        return document[:at] + self.chance.choice(huge) + document[at + 1 :]

    def rename(self, document: bytes) -> bytes:
        old = self.chance.choice(
            (b"CustomerAddRs", b"CustomerRet", b"QBXMLMsgsRs", b"requestID", b"statusCode", b"ListID")
        )
        new = self.chance.choice((b"X", b"InvoiceModRs", b"Rs", b"Ret", b"requestID", b"statusCode", b"x:CustomerRet"))
        return document.replace(old, new, self.chance.choice((-1, 1)))

    def swap(self, document: bytes) -> bytes:
        one, two, three = sorted(self.place(document) for _ in range(3))
        return document[:one] + document[two:three] + document[one:two] + document[three:]

    def namespace(self, document: bytes) -> bytes:
        given = self.chance.choice((b'xmlns="http://x/"', b'xmlns:x="http://x/"', b"xmlns=''", b'xml:lang="en"'))
        return document.replace(b"<QBXML", b"<" + self.chance.choice((b"", b"x:")) + b"QBXML " + given, 1)


def seeds(first: int, how_many: int) -> Iterable[int]:
    """The responses to make; FUZZ_SEED=… makes that one again."""
    given = os.environ.get("FUZZ_SEED")
    return [int(given)] if given else range(first, first + how_many)


def damaged(some: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    responses = samples()
    for seed in some:
        yield seed, Damage(seed, responses).document()
