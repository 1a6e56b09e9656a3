"""Queries of transactions: by ids, by numbers, or by filters, with counts and iterators.

Rule     ids and numbers that are not there make status 500 beside the others; filters that match nothing make
         status 1, no error. An iterator remembers the ids when it starts and a place among them; a page looks only
         at its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors, writer
from project.sandbox.desktop.answers import NOTHING_FOUND, Answer
from project.sandbox.desktop.reader import Call
from project.sandbox.desktop.rules import RETS

from . import filters, header, views
from .kinds import KINDS
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile
    from project.sandbox.desktop.session import Session


# How one transaction is printed.
Show = Callable[["CompanyFile", Call, Txn], str]


@dataclass
class TxnIteration:
    """An iterator: the ids in their order, how many have been shown, and what it was started with."""

    iterator_id: str
    ids: list[str]
    shown: int
    filters: str

    @property
    def remaining(self) -> int:
        return len(self.ids) - self.shown


def txn_query(file: CompanyFile, call: Call, session: Session) -> Answer:
    assert call.rule is not None
    kinds = tuple(name for name in call.rule.rets if name in KINDS) or (call.name.removesuffix("Query"),)
    for kind in kinds:
        header.check_kind(file, KINDS[kind])
    if call.attributes.get("iterator"):
        return iterated(file, call, session, lambda: filters.select(file, kinds, call.data))
    if "TxnID" in call.data:
        return _looked_up(file, call, *_by_ids(file, kinds, call.data["TxnID"]))
    for name in ("RefNumber", "RefNumberCaseSensitive"):
        if name in call.data:
            return _looked_up(file, call, *_by_numbers(file, kinds, call.data[name], name))
    found = filters.select(file, kinds, call.data)
    size = int(call.data.get("MaxReturned") or 0)
    if call.attributes.get("metaData", "NoMetaData") == "NoMetaData":
        page = list(islice(found, size) if size else found)
        return answer(file, call, page, len(page))
    everything = list(found)
    return answer(file, call, everything[:size] if size else everything, len(everything))


def _by_ids(file: CompanyFile, kinds: tuple[str, ...], wanted: Iterable[str]) -> tuple[list[Txn], list[str]]:
    found: dict[str, Txn] = {}
    missing = []
    for txn_id in wanted:
        txn = file.txns.get(txn_id, *kinds)
        if txn is None:
            missing.append(txn_id)
        else:
            found[txn_id] = txn
    return list(found.values()), missing


def _by_numbers(
    file: CompanyFile, kinds: tuple[str, ...], wanted: Iterable[str], name: str
) -> tuple[list[Txn], list[str]]:
    """One number may belong to several transactions."""
    found: dict[str, Txn] = {}
    missing = []
    for ref in wanted:
        held = [txn for txn in file.txns.with_ref(ref) if txn.kind in kinds and (name == "RefNumber" or txn.ref == ref)]
        if not held:
            missing.append(ref)
        found |= {txn.txn_id: txn for txn in sorted(held, key=lambda txn: (txn.date, txn.number))}
    return list(found.values()), missing


def _looked_up(file: CompanyFile, call: Call, found: list[Txn], missing: list[str]) -> Answer:
    shown = answer(file, call, found, len(found))
    if missing:
        other = Answer.not_found(missing)
        shown.code, shown.message = other.code, other.message
    return shown


def answer(file: CompanyFile, call: Call, page: list[Txn], total: int, show: Show | None = None) -> Answer:
    shown = Answer() if total else Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        shown.attributes.append(("retCount", str(total)))
    if metadata != "MetaDataOnly":
        shown.body = "".join((show or render)(file, call, txn) for txn in page)
    return shown


def render(file: CompanyFile, call: Call, txn: Txn) -> str:
    data = call.data
    wanted = views.Wanted(
        lines="true" in (data.get("IncludeLineItems"), data.get("IncludeComponentLineItems")),
        links=data.get("IncludeLinkedTxns") == "true",
        owners=data.get("OwnerID") or (),
    )
    return ret(call, txn, views.view(file, txn, wanted))


def ret(call: Call, txn: Txn, shown: dict[str, Any]) -> str:
    only = frozenset(call.data.get("IncludeRetElement") or ())
    return writer.ret(f"{txn.kind}Ret", RETS[txn.kind], shown, call.version, only)


# Iterators


def iterated(
    file: CompanyFile, call: Call, session: Session, select: Callable[[], Iterator[Txn]], show: Show | None = None
) -> Answer:
    """Start, Continue or Stop; an iterator is valid in the session that started it, with the filters of its start."""
    act, iterator_id = call.attributes["iterator"], call.attributes.get("iteratorID", "")
    held: dict[str, Any] = session.iterators
    if act == "Stop":
        if held.pop(iterator_id, None) is None:
            raise errors.bad_iterator(iterator_id)
        return Answer()
    if "MaxReturned" not in call.data:
        raise errors.missing("MaxReturned")
    fingerprint = f"{call.name} {_fingerprint(call.data)}"
    if act == "Start":
        iteration = TxnIteration(file.chance.guid(), [txn.txn_id for txn in select()], 0, fingerprint)
        if not iteration.ids:
            shown = answer(file, call, [], 0)
            if file.quirks.empty_iterator_counts:
                shown.attributes.append(("iteratorRemainingCount", "0"))
            return shown
        held[iteration.iterator_id] = iteration
    else:
        known = held.get(iterator_id)
        if not isinstance(known, TxnIteration) or known.filters != fingerprint:
            raise errors.bad_iterator(iterator_id)
        iteration = known
    return _next_page(file, call, held, iteration, show)


def _next_page(
    file: CompanyFile, call: Call, held: dict[str, Any], iteration: TxnIteration, show: Show | None
) -> Answer:
    """Transactions deleted since the start are passed over; an iterator that is used up closes itself."""
    total = iteration.remaining
    until = iteration.shown + int(call.data["MaxReturned"])
    ids, iteration.shown = iteration.ids[iteration.shown : until], min(until, len(iteration.ids))
    page = [txn for txn_id in ids if (txn := file.txns.get(txn_id)) is not None]
    shown = answer(file, call, page, total, show)
    shown.attributes.append(("iteratorRemainingCount", str(iteration.remaining)))
    shown.attributes.append(("iteratorID", iteration.iterator_id))
    if not iteration.remaining:
        del held[iteration.iterator_id]
    return shown


def _fingerprint(data: dict[str, Any]) -> str:
    return repr({name: value for name, value in data.items() if name not in ("MaxReturned", "IncludeRetElement")})
