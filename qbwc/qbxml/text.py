"""Text as QuickBooks can hold it: Windows-1252, and no character that XML forbids.

Rule     applied in this order, to each text:
         1. Letters and their accents are joined (NFC); line ends become a line feed.
         2. What XML forbids and what cannot be seen (controls, joiners, byte order marks) goes; the code points
            128 to 159 are what Windows-1252 means by them, for that is how they got there.
         3. What Windows-1252 holds stays as it is.
         4. The rest is spelt with what it holds: by the table below (dashes, quotes, Latin, Greek and Cyrillic
            letters), else without its accents (Ő becomes O), else by its compatible form (ﬁ becomes fi).
         5. A letter or digit of any other script becomes "?"; any other sign (emoji) goes.
         A text that had letters or digits, or signs only, and keeps none of them is refused.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from .errors import BadRequest, shown

ENCODING = "cp1252"
_PLAIN = re.compile(r"[\t\n -~]*").fullmatch
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c")

# How Greek and Cyrillic letters are spelt; a letter without a spelling (the hard and soft signs) goes.
_LETTERS = """
α=a β=b γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh
щ=shch ъ= ы=y ь= э=e ю=yu я=ya є=ye і=i ї=i ґ=g ў=u ј=j љ=lj њ=nj ћ=c ђ=dj џ=dz ѕ=dz ќ=k ѓ=g
"""
_SIGNS = {
    "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-", "⁃": "-", "′": "'", "″": '"', "‛": "'", "‟": '"', "ʻ": "'",
    "ʼ": "'", "ʹ": "'", "⁄": "/", "∕": "/", "∶": ":", "∗": "*", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "→": "->",
    "←": "<-", "↔": "<->", "⇒": "=>", "№": "No.", "℮": "e", "℠": "SM", "Ω": "Ohm", "₽": "RUB", "₹": "INR", "₩": "KRW",
    "₪": "ILS", "₫": "VND", "₱": "PHP", "₺": "TRY", "₴": "UAH", "₿": "BTC", "√": "v", "●": "•", "▪": "•", "‣": "•",
    "✓": "x", "✔": "x", "☐": "-", "☑": "x",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i", "ŋ": "ng", "Ŋ": "NG", "ŧ": "t", "Ŧ": "T",
    "ĸ": "k", "ə": "a", "Ə": "A", "ẞ": "SS", "ȷ": "j", "ɓ": "b", "ɗ": "d", "ƒ": "ƒ",
}  # fmt: skip


def _table() -> dict[str, str]:
    small = dict(pair.split("=") for pair in _LETTERS.split())
    large = {letter.upper(): latin.capitalize() for letter, latin in small.items() if letter.upper() != letter}
    return large | small | _SIGNS


_TABLE = _table()


def to_quickbooks(value: str) -> str:
    """The text as QuickBooks will hold it; BadRequest (rule "characters") if nothing of it can be said."""
    if _PLAIN(value):
        return value
    kept = "".join(map(_spelt, _LINE_END.sub("\n", unicodedata.normalize("NFC", value))))
    if value.strip() and not kept.replace("?", "").strip() and value.replace("?", "").strip():
        raise BadRequest("", "characters", value, f"QuickBooks has no characters for {shown(value)}")
    return kept


def fits(value: str) -> bool:
    """Whether QuickBooks holds this text exactly as it is."""
    return to_quickbooks(value) == value


@cache
def _in_quickbooks(char: str) -> bool:
    try:
        char.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _spelt(char: str) -> str:
    if " " <= char <= "~" or char in "\t\n":
        return char
    if "\x80" <= char <= "\x9f":
        return _spelt_control(char)
    if char == "\x7f" or unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co", "Cf"):
        return char if char == "\xad" else ""
    return char if _in_quickbooks(char) else _nearest(char)


def _spelt_control(char: str) -> str:
    """A C1 control is nearly always a Windows-1252 byte that was taken for Latin-1."""
    try:
        return char.encode("latin-1").decode(ENCODING)
    except UnicodeDecodeError:
        return ""


def _nearest(char: str) -> str:
    if char in _TABLE:
        return _TABLE[char]
    parts = unicodedata.normalize("NFKD", char)
    spelt = "".join(_TABLE.get(part, part) for part in parts if not unicodedata.combining(part))
    if spelt and all(_in_quickbooks(part) for part in spelt):
        return spelt
    category = unicodedata.category(char)
    if category[0] in "LN":
        return "?"
    return " " if category[0] == "Z" else ""
