"""What QuickBooks accepts and returns: every request and Ret of the Desktop editions, qbXML 13.0.

The rules are data (rules_data/, derived from the SDK's files by scripts/derive_sandbox_rules.py) in the notation of
notation.py. A rule is compiled when it is first used, so that a company file opens quickly.

    REQUESTS["CustomerAdd"]   a Request
    RETS["Customer"]          the Content of a CustomerRet
    RETS["ListDel"]           what an answer without a Ret holds, by the request's name

Rule     where the facts about real QuickBooks differ from the SDK's files, CORRECTIONS says so, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .notation import Content, Version, compile_content, version

_DATA = Path(__file__).parent / "rules_data"

# (what is corrected, the text that stands there, the text that is right)
CORRECTIONS: tuple[tuple[str, str, str], ...] = (
    # Intuit's release notes: customers can be modified since 1.1. The samples begin with 2.0.
    ("CustomerMod", "1.0", "1.1"),
)


def _blocks(name: str) -> dict[str, tuple[str, str]]:
    """The entries of a file: first word -> (the rest of its line, the indented text below)."""
    found: dict[str, tuple[str, str]] = {}
    for block in (_DATA / f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if not block.startswith(" "):
            word, _, head = block.partition(" ")
            found[word] = (head, "")
        else:
            found[word] = (found[word][0], f"{found[word][1]} {block.strip()}".strip())
    found.pop("", None)
    return found


@dataclass(frozen=True)
class Request:
    name: str
    since: Version
    countries: tuple[str, ...]
    abilities: Mapping[str, Version]  # metaData and iterator, with the version that brought them
    rets: tuple[str, ...]
    text: str

    @cached_property
    def content(self) -> Content:
        return compile_content(self.text, FRAGMENTS)

    @property
    def metadata(self) -> bool:
        return "metaData" in self.abilities

    @property
    def iterator(self) -> bool:
        return "iterator" in self.abilities

    @property
    def writes(self) -> bool:
        return not self.name.endswith("Query")


def _request(name: str, head: str, text: str) -> Request:
    """The head is "1.0", "^US.CA" if not everywhere, "metaData" and "iterator@5.0", and "-> Ret Ret"."""
    facts, _, rets = head.partition("->")
    words = facts.split()
    since = version(words[0])
    abilities = {}
    for word in words[1:]:
        ability, _, brought = word.partition("@")
        if not word.startswith("^"):
            abilities[ability] = version(brought) if brought else since
    countries = next((tuple(word[1:].split(".")) for word in words if word.startswith("^")), ())
    return Request(name, since, countries, abilities, tuple(rets.split()), text)


class _Requests(Mapping[str, Request]):
    """Read at once, each made when it is asked for."""

    def __init__(self) -> None:
        self._blocks = _blocks("requests")
        self._made: dict[str, Request] = {}

    def __getitem__(self, name: str) -> Request:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _request(name, *_corrected(name, *self._blocks[name]))
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __contains__(self, name: object) -> bool:
        return name in self._blocks


class _Rets(Mapping[str, Content]):
    """Read at once, each compiled when it is asked for."""

    def __init__(self) -> None:
        self._blocks = _blocks("rets")
        self._made: dict[str, Content] = {}

    def __getitem__(self, name: str) -> Content:
        made = self._made.get(name)
        if made is None:
            _, text = _corrected(f"{name}Ret", *self._blocks[name])
            made = self._made[name] = compile_content(text, FRAGMENTS)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __contains__(self, name: object) -> bool:
        return name in self._blocks


def _corrected(name: str, head: str, text: str) -> tuple[str, str]:
    for rule, wrong, right in CORRECTIONS:
        if rule == name:
            if wrong not in head + text:
                raise ValueError(f"The correction of {name} finds no {wrong!r} in it.")
            head, text = head.replace(wrong, right), text.replace(wrong, right)
    return head, text


# Requests that real QuickBooks has and this miniature has not: each ends with status 1030, the document goes on.
_REPORTS = "GeneralSummary Job Time Aging BudgetSummary GeneralDetail CustomDetail CustomSummary PayrollDetail"
REPORTS = frozenset(f"{name}ReportQuery" for name in [*_REPORTS.split(), "PayrollSummary"])
FRAGMENTS: Mapping[str, str] = {name: text for name, (_, text) in _blocks("fragments").items()}
REQUESTS: Mapping[str, Request] = _Requests()
RETS: Mapping[str, Content] = _Rets()
