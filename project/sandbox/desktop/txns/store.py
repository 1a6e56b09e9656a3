"""The transactions of a company file, their ids and links, and the indexes that keep 100,000 of them quick.

Words    line        one row of a transaction; a group line holds the rows of its items
         posting     what a transaction does to one account, in cents, debits positive
         application an amount by which a payment or a credit makes a document smaller
         order link  a row of a bill or an invoice that was made from a row of an order
Rule     TxnIDs and TxnLineIDs come from one counter; EditSequence grows with every modification.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

Custom = dict[str, dict[str, str]]


@dataclass(slots=True)
class Line:
    """``data`` holds the fields as QuickBooks prints them; references hold a ListID."""

    name: str  # the element by which a Ret shows it
    data: dict[str, Any] = field(default_factory=dict)
    line_id: str = ""
    amount: int = 0
    lines: list[Line] = field(default_factory=list)
    order: tuple[str, str] | None = None  # (TxnID, TxnLineID) of the order that it came from
    custom: Custom = field(default_factory=dict)

    @property
    def quantity(self) -> Decimal:
        return Decimal(self.data.get("Quantity") or "0")


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    cents: int
    entity: str = ""
    line_id: str = ""


@dataclass(slots=True)
class Application:
    payer: str  # the payment or credit
    target: str  # the document that it makes smaller
    cents: int = 0
    discount: int = 0
    discount_account: str = ""
    discount_class: str = ""
    by: str = ""  # the transaction in which somebody set it: the payer itself, or a payment that sets a credit

    @property
    def total(self) -> int:
        return self.cents + self.discount


class Txn:
    """One transaction. ``total`` is its amount in cents and in its own currency, never negative by its kind."""

    __slots__ = (
        "cleared",
        "created",
        "custom",
        "data",
        "date",
        "edit_sequence",
        "entity",
        "kind",
        "lines",
        "locked",
        "modified",
        "number",
        "postings",
        "ref",
        "stock",
        "subtotal",
        "tax",
        "total",
        "txn_id",
        "voided",
    )

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.txn_id = ""
        self.number = 0
        self.created = self.modified = self.edit_sequence = 0
        self.entity = ""
        self.date = ""
        self.ref = ""
        self.data: dict[str, Any] = {}
        self.lines: list[Line] = []
        self.custom: Custom = {}
        self.total = self.subtotal = self.tax = 0
        self.voided = False
        self.locked = False
        self.cleared: dict[str, str] = {}
        self.postings: list[Posting] = []
        self.stock: dict[str, tuple[str, str, str]] = {}  # item: on hand, on order, on sales order

    def draft(self) -> Txn:
        """A copy on which a change is tried out."""
        twin = Txn(self.kind)
        for slot in self.__slots__:
            value = getattr(self, slot)
            setattr(twin, slot, copy.deepcopy(value) if slot in ("data", "lines", "custom", "cleared") else value)
        return twin

    def take(self, draft: Txn) -> None:
        for slot in self.__slots__:
            setattr(self, slot, getattr(draft, slot))

    def all_lines(self) -> Iterator[Line]:
        """Every row, those of groups included."""
        for line in self.lines:
            yield line
            yield from line.lines

    def names(self) -> set[str]:
        """The customer, vendor or other name that it is of; entries and deposits have one in each row."""
        found = {line.data["EntityRef"] for line in self.lines if line.data.get("EntityRef")}
        return found | {self.entity} if self.entity else found

    def line(self, line_id: str) -> Line | None:
        return next((each for each in self.all_lines() if each.line_id == line_id), None)

    def touch(self, now: int) -> None:
        self.modified = max(now, self.modified)
        self.edit_sequence = max(now, self.edit_sequence + 1)

    def as_json(self) -> dict[str, Any]:
        plain = {slot: getattr(self, slot) for slot in self.__slots__}
        return {**plain, "lines": [asdict(each) for each in self.lines], "postings": [asdict(p) for p in self.postings]}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Txn:
        txn = cls(state["kind"])
        for slot, value in state.items():
            setattr(txn, slot, value)
        txn.lines = [_line(each) for each in state["lines"]]
        txn.postings = [Posting(**each) for each in state["postings"]]
        txn.stock = {item: (moves[0], moves[1], moves[2]) for item, moves in state["stock"].items()}
        return txn


def _line(state: dict[str, Any]) -> Line:
    order = (state["order"][0], state["order"][1]) if state["order"] else None
    return Line(**{**state, "lines": [_line(each) for each in state["lines"]], "order": order})


Index = dict[str, dict[str, None]]  # a key: the TxnIDs under it, in the order in which they came
Place = tuple[str, int, str]  # date, number, TxnID: oldest first


class Txns:
    """All transactions of a file, and what they add up to."""

    def __init__(self) -> None:
        self.counter = 0
        self.number = 0
        self.by_id: dict[str, Txn] = {}
        self.by_time: dict[str, dict[str, Txn]] = {}
        self.by_day: dict[str, list[Place]] = {}
        self.by_ref: dict[str, dict[str, None]] = {}
        self.by_entity: dict[str, dict[str, None]] = {}
        self.open: dict[str, dict[str, None]] = {}  # entity: documents that are not paid
        self.credits: dict[str, dict[str, None]] = {}  # entity: payments and credits that are not used up
        self.paid_by: dict[str, list[Application]] = {}
        self.pays: dict[str, list[Application]] = {}
        self.set_by: dict[str, list[Application]] = {}
        self.drawn: dict[tuple[str, str], dict[tuple[str, str], None]] = {}  # order's row: rows made from it
        self.deposited: dict[str, str] = {}  # payment: deposit
        self.last_ref: dict[str, str] = {}
        self.special: dict[str, str] = {}  # which account QuickBooks keeps for what
        self.balances: dict[str, int] = {}  # account: cents at home, debits positive
        self.stock: dict[str, list[Decimal]] = {}  # item: on hand, on order, on sales order

    # Ids

    def next_id(self, now: int) -> str:
        self.counter += 1
        return f"{self.counter:X}-{now}"

    def skip_id(self) -> None:
        """QuickBooks uses a number for itself between a transaction and its rows."""
        self.counter += 1

    # Looking up

    def get(self, txn_id: str, *kinds: str) -> Txn | None:
        txn = self.by_id.get(txn_id)
        return txn if txn is not None and (not kinds or txn.kind in kinds) else None

    def in_order(self, kind: str, first: str = "", last: str = "") -> Iterator[Txn]:
        """Oldest first, between two dates (inclusive)."""
        places = self.by_day.get(kind, [])
        start = bisect_left(places, (first, 0, "")) if first else 0
        stop = bisect_right(places, (last, 1 << 62, "")) if last else len(places)
        return (self.by_id[places[at][2]] for at in range(start, stop))

    def count(self, kind: str) -> int:
        return len(self.by_day.get(kind, ()))

    def modified_since(self, kind: str, unix: int) -> Iterator[Txn]:
        """Newest first, without looking at the others."""
        for txn in reversed(self.by_time.get(kind, {}).values()):
            if txn.modified < unix:
                return
            yield txn

    def with_ref(self, ref: str) -> Iterator[Txn]:
        return (self.by_id[each] for each in self.by_ref.get(ref.casefold(), ()))

    def of_entity(self, entity: str) -> Iterator[Txn]:
        return (self.by_id[each] for each in self.by_entity.get(entity, ()))

    # Putting in and taking out

    def put(self, txn: Txn) -> None:
        self.by_id[txn.txn_id] = txn
        self.by_time.setdefault(txn.kind, {})[txn.txn_id] = txn
        insort(self.by_day.setdefault(txn.kind, []), (txn.date, txn.number, txn.txn_id))
        if txn.ref:
            self.by_ref.setdefault(txn.ref.casefold(), {})[txn.txn_id] = None
        for name in txn.names():
            self.by_entity.setdefault(name, {})[txn.txn_id] = None
        for line in txn.all_lines():
            if line.order is not None:
                self.drawn.setdefault(line.order, {})[txn.txn_id, line.line_id] = None
            if line.data.get("PaymentTxnID"):
                self.deposited[line.data["PaymentTxnID"]] = txn.txn_id

    def pull(self, txn: Txn, keep_time: bool = False) -> None:
        """Out of every index, before it changes or goes."""
        del self.by_id[txn.txn_id]
        if not keep_time:
            del self.by_time[txn.kind][txn.txn_id]
        places = self.by_day[txn.kind]
        del places[bisect_left(places, (txn.date, txn.number, txn.txn_id))]
        if txn.ref:
            _drop(self.by_ref, txn.ref.casefold(), txn.txn_id)
        for name in txn.names():
            _drop(self.by_entity, name, txn.txn_id)
        for index in (self.open, self.credits):
            _drop(index, txn.entity, txn.txn_id)
        for line in txn.all_lines():
            if line.order is not None:
                self.drawn.get(line.order, {}).pop((txn.txn_id, line.line_id), None)
            if line.data.get("PaymentTxnID"):
                self.deposited.pop(line.data["PaymentTxnID"], None)

    def take_out(self, txn: Txn) -> list[Index]:
        """Out of the indexes for a correction that is no modification: its place in time stays. Where it was open."""
        held = [index for index in (self.open, self.credits) if txn.txn_id in index.get(txn.entity, {})]
        self.pull(txn, keep_time=True)
        return held

    def put_back(self, txn: Txn, held: list[Index]) -> None:
        self.put(txn)
        for index in held:
            index.setdefault(txn.entity, {})[txn.txn_id] = None

    def touch(self, txn: Txn, now: int) -> None:
        txn.touch(now)
        held = self.by_time[txn.kind]
        held[txn.txn_id] = held.pop(txn.txn_id)

    # Applications

    def apply(self, each: Application) -> None:
        for index, key in self._indexed(each):
            index.setdefault(key, []).append(each)

    def unapply(self, each: Application) -> None:
        for index, key in self._indexed(each):
            # By identity: two applications may be equal.
            left = [other for other in index.get(key, []) if other is not each]
            if left:
                index[key] = left
            else:
                index.pop(key, None)

    def _indexed(self, each: Application) -> tuple[tuple[dict[str, list[Application]], str], ...]:
        return (self.paid_by, each.target), (self.pays, each.payer), (self.set_by, each.by)

    def paid(self, txn_id: str) -> int:
        return sum(each.total for each in self.paid_by.get(txn_id, ()))

    def used(self, txn_id: str) -> int:
        return sum(each.cents for each in self.pays.get(txn_id, ()))

    def discounts(self, txn_id: str) -> int:
        return sum(each.discount for each in self.pays.get(txn_id, ()))

    def remaining(self, txn: Txn) -> int:
        """What is open of a document, or not used up of a payment or a credit."""
        return txn.total - self.paid(txn.txn_id) - self.used(txn.txn_id)

    def note_open(self, txn: Txn, side: int) -> None:
        """A document (side +1) or a credit (-1) is open as long as something remains of it."""
        if not side or not txn.entity:
            return
        index = self.open if side > 0 else self.credits
        if not txn.voided and txn.data.get("IsPending") != "true" and self.remaining(txn):
            index.setdefault(txn.entity, {})[txn.txn_id] = None
        else:
            _drop(index, txn.entity, txn.txn_id)

    # Custom fields

    def holder(self, kind: str, txn_id: str, line_id: str = "") -> tuple[Custom, Callable[[int], None]] | None:
        """Where the custom fields of a transaction or of one of its lines are kept, and how to note a change."""
        txn = self.get(txn_id, kind)
        held = txn.line(line_id) if txn is not None and line_id else txn
        if txn is None or held is None:
            return None
        return held.custom, lambda now: self.touch(txn, now)

    # What lists show of it

    def account_balance(self, list_id: str) -> int:
        return self.balances.get(list_id, 0)

    def on_hand(self, list_id: str) -> Decimal:
        return self._stock(list_id, 0)

    def on_order(self, list_id: str) -> Decimal:
        return self._stock(list_id, 1)

    def on_sales_order(self, list_id: str) -> Decimal:
        return self._stock(list_id, 2)

    def _stock(self, list_id: str, which: int) -> Decimal:
        held = self.stock.get(list_id)
        return held[which] if held else Decimal(0)

    # Storage

    def as_json(self) -> dict[str, Any]:
        return {
            "counter": self.counter,
            "number": self.number,
            "last_ref": self.last_ref,
            "special": self.special,
            "records": [txn.as_json() for held in self.by_time.values() for txn in held.values()],
            "open": [txn_id for held in self.open.values() for txn_id in held],
            "credits": [txn_id for held in self.credits.values() for txn_id in held],
            "applications": [asdict(each) for held in self.pays.values() for each in held],
            "balances": self.balances,
            "stock": {item: [str(each) for each in moves] for item, moves in self.stock.items()},
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Txns:
        txns = cls()
        for name in ("counter", "number", "last_ref", "special", "balances"):
            setattr(txns, name, state[name])
        for each in state["records"]:
            txns.put(Txn.from_json(each))
        for name, index in (("open", txns.open), ("credits", txns.credits)):
            for txn_id in state[name]:
                index.setdefault(txns.by_id[txn_id].entity, {})[txn_id] = None
        for each in state["applications"]:
            txns.apply(Application(**each))
        txns.stock = {item: [Decimal(each) for each in moves] for item, moves in state["stock"].items()}
        return txns


def _drop(index: Index, key: str, txn_id: str) -> None:
    held = index.get(key)
    if held is not None:
        held.pop(txn_id, None)
        if not held:
            del index[key]
