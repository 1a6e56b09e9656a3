"""First meeting: which existing records are the same. What is not certain is proposed, never linked.

Certain      one record carries the other's id, or our mark made from it; or the names are exactly the same, under
             parents that are linked to one another, and no other record has that name; or, where no name is, the codes,
             unless another record of its own side has the name of the one that the code finds
Near         the names are alike but for case, punctuation and legal form, or the e-mail or the phone is the same
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncapp.mapping.codecs import collapse
from syncapp.mapping.fields import MatchKeys
from syncapp.records import Record

# Legal forms that people add or leave out.
_FORMS = "inc incorporated llc llp lp ltd limited co corp corporation company plc gmbh ag sa srl bv nv pty pte the"
LEGAL_FORMS = frozenset(_FORMS.split())
NAME_WEIGHT, EMAIL_WEIGHT, PHONE_WEIGHT = 0.8, 0.7, 0.5


@dataclass(frozen=True)
class Keys:
    name: str
    near: str
    email: str
    phone: str
    code: str = ""


def keys(fields: Mapping[str, Any], match: MatchKeys) -> Keys:
    """What a record is looked up by; an empty key finds nothing."""
    phone = re.sub(r"\D", "", str(fields.get(match.phone) or ""))
    return Keys(
        name=collapse(str(fields.get(match.name) or ""))[:300],
        near=near_name(str(fields.get(match.name) or ""))[:300],
        email=str(fields.get(match.email) or "").strip().casefold()[:300],
        phone=phone[-10:] if len(phone) >= 7 else "",
        code=collapse(str(fields.get(match.code) or ""))[:300],
    )


def near_name(name: str) -> str:
    """The name without case, accents, punctuation and legal form."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"\w+", plain.replace("'", "").replace("’", ""))
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    return " ".join(kept)


@dataclass(frozen=True)
class Candidate:
    """The half of a link on the other side which may be the same."""

    link_id: int
    record: Record
    keys: Keys
    parent: Any  # canonical
    by_id: bool = False  # one of both holds the other's id, or a mark made from it
    busy: bool = False  # an operation on it is under way: what it will be tied to is not known yet


@dataclass(frozen=True)
class Match:
    certain: Candidate | None = None
    how: str = ""
    ambiguous: tuple[Candidate, ...] = ()
    near: tuple[tuple[Candidate, float], ...] = ()  # best first


def match(own: Keys, parent: Any, candidates: Sequence[Candidate], rivals: Sequence[Candidate] = ()) -> Match:
    """Which of the candidates is this record; ``parent`` is its parent in canonical form.

    ``rivals`` are other records of its own side with the same name or code, or with the name of a candidate: with one
    of the same under the same parent, neither is certain; and a candidate belongs to the one that has its name before
    it belongs to any that has its code.
    """
    by_id = [c for c in candidates if c.by_id]
    if len(by_id) == 1:
        return Match(certain=by_id[0], how="one of the records carries the other's id")
    same_name = [c for c in candidates if own.name and c.keys.name == own.name and c.parent == parent]
    beside = [r.keys for r in rivals if r.parent == parent]
    if len(same_name) == 1 and not any(r.name == own.name for r in beside):
        return Match(certain=same_name[0], how="exactly the same name")
    if same_name or by_id:
        return Match(ambiguous=tuple(same_name or by_id))
    named = {r.name for r in beside if r.name}
    same_code = [c for c in candidates if own.code and c.keys.code == own.code and c.keys.name not in named]
    if len(same_code) == 1 and not any(r.code == own.code for r in beside):
        return Match(certain=same_code[0], how="exactly the same code")
    if same_code:
        return Match(ambiguous=tuple(same_code))
    scored = [(c, score(own, c.keys)) for c in candidates if c.parent == parent]
    near = sorted((pair for pair in scored if pair[1] > 0), key=lambda pair: (-pair[1], pair[0].link_id))
    return Match(near=tuple(near))


def score(one: Keys, other: Keys) -> float:
    """How alike two records are, from 0 to 1."""
    doubt = 1.0
    for weight, a, b in (
        (NAME_WEIGHT, one.near, other.near),
        (EMAIL_WEIGHT, one.email, other.email),
        (PHONE_WEIGHT, one.phone, other.phone),
    ):
        if a and a == b:
            doubt *= 1 - weight
    return round(1 - doubt, 2)
