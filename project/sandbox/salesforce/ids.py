"""Record ids: fifteen characters that mean something, three more that check them.

Words    prefix    the first three characters, one per object (001 is an Account)
         pod       two characters that are the same for all records of one org
         checksum  three characters; each says which of five letters are capitals, so that an 18-character id
                   survives systems that ignore case
Rule     ids sort in the order in which they were made; replies always carry 18 characters.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def make(prefix: str, pod: str, number: int) -> str:
    text = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return with_checksum(f"{prefix}{pod}0{text}")


def with_checksum(short: str) -> str:
    suffix = ""
    for start in (0, 5, 10):
        chunk = short[start : start + 5]
        suffix += CHECKSUM[sum(1 << place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")]
    return short + suffix


def full(text: object) -> str | None:
    """The 18-character form of a 15- or 18-character id; None if it is no id at all."""
    if not isinstance(text, str) or not text.isascii() or not text.isalnum():
        return None
    if len(text) == 15:
        return with_checksum(text)
    if len(text) == 18 and with_checksum(text[:15]) == text:
        return text
    return None
