"""Whether documents and payments tie out: counts and totals of both sides, per month and per customer.

Words    bucket      one kind's records of one month, or of one customer, in one currency
         sums        how many records, what they come to, and what is left of them (balance, or unused)
Rules    1 Salesforce's sums are asked for anew each time. QuickBooks's are those of its last complete listing and of
           all changes since; what that listing lacked is a difference of its own. Each currency is added up by itself.
         2 Where a month or a customer differs, the records are compared one by one: date, account, currency, amounts.
         3 What was deleted in QuickBooks counts on neither side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from qbwc.models import Pull
from syncapp import bulk
from syncapp.flows import FLOWS
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Record, Side
from syncapp.references import LinkedRecords

if TYPE_CHECKING:
    from syncapp.connectors.salesforce.documents import Documents

# The neutral fields that hold a kind's amount and what is left of it.
AMOUNTS = {"payment": ("amount", "unused"), "credit": ("amount", "unused")}
DOCUMENT_AMOUNTS = ("total", "balance")
DIFFERENCES_MAX = 200
NO_CUSTOMER = ""


@dataclass
class Sums:
    count: int = 0
    total: Decimal = Decimal(0)
    left: Decimal = Decimal(0)

    def add(self, count: int, total: Any, left: Any) -> None:
        self.count += count
        self.total += Decimal(str(total or 0))
        self.left += Decimal(str(left or 0))

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "total": f"{self.total:.2f}", "left": f"{self.left:.2f}"}


@dataclass
class Bucket:
    name: str  # "2026-01", or an account's id
    currency: str = ""  # of all its amounts; empty where QuickBooks has only one
    quickbooks: Sums = field(default_factory=Sums)
    salesforce: Sums = field(default_factory=Sums)

    @property
    def ties(self) -> bool:
        return self.quickbooks.as_json() == self.salesforce.as_json()


Buckets = dict[tuple[str, str], Bucket]  # by name and currency


@dataclass
class Difference:
    """One record that is not the same on both sides, with where to find it."""

    name: str
    what: str
    quickbooks_id: str = ""
    salesforce_id: str = ""
    link: int | None = None


@dataclass
class Tally:
    kind: str
    read_at: datetime | None  # when the last complete listing of QuickBooks was asked for
    months: list[Bucket]
    customers: list[Bucket]
    names: Mapping[str, str]  # of accounts
    differences: list[Difference]

    @property
    def ties(self) -> bool:
        return not self.differences and all(each.ties for each in (*self.months, *self.customers))


def tally(pair: Pair, reader: Documents, *, first: str = "", last: str = "") -> Tally:
    """Tie out one kind between two dates (inclusive; empty: from the beginning, or to the end)."""
    kind = reader.kind
    months: Buckets = {}
    customers: Buckets = {}
    amount, left = AMOUNTS.get(kind, DOCUMENT_AMOUNTS)
    accounts, names = _accounts(pair, kind)
    for row in _known(pair, kind).iterator(chunk_size=500):
        day, currency = str(row.fields.get("date") or ""), str(row.fields.get("currency") or "")
        if (first and day < first) or (last and day > last):
            continue
        said = (1, row.fields.get(amount), row.fields.get(left))
        account = accounts.get(str(row.fields.get("customer") or ""), NO_CUSTOMER)
        _in(months, day[:7], currency).quickbooks.add(*said)
        _in(customers, account, currency).quickbooks.add(*said)
    for month, account, currency, count, total, rest in reader.sums(first, last):
        _in(months, month, currency).salesforce.add(count, total, rest)
        _in(customers, account, currency).salesforce.add(count, total, rest)
    began = _listed_at(pair, kind)
    one_by_one = OneByOne(pair, reader, accounts, first, last)
    of_months = one_by_one.of_months(sorted({each.name for each in months.values() if not each.ties}))
    of_accounts = one_by_one.of_accounts(sorted({each.name for each in customers.values() if not each.ties}))
    return Tally(
        kind=kind,
        read_at=began,
        months=sorted(months.values(), key=lambda each: (each.name, each.currency)),
        customers=sorted(customers.values(), key=lambda each: (names.get(each.name, ""), each.name, each.currency)),
        names=names,
        differences=list(islice(chain(_lacking(pair, kind, began), of_months, of_accounts), DIFFERENCES_MAX)),
    )


def _in(found: Buckets, name: str, currency: str) -> Bucket:
    return found.setdefault((name, currency), Bucket(name, currency))


def _known(pair: Pair, kind: str) -> QuerySet[MirrorRecord]:
    return MirrorRecord.objects.filter(pair=pair, side=Side.QUICKBOOKS.value, kind=kind, deleted=False, wanted=True)


def _accounts(pair: Pair, kind: str) -> tuple[dict[str, str], dict[str, str]]:
    """The account that stands for each customer, and what it is called."""
    # As text: a ListID such as 8000000E-1795550782 would be read as a number.
    query = _known(pair, kind).values_list(KT("fields__customer"), flat=True).distinct()
    ids = [str(each) for each in query if each]
    references = LinkedRecords(pair)
    records = [(Side.QUICKBOOKS, Record(kind, each, "", {"customer": each})) for each in ids]
    references.load(FLOWS[kind].mapping, records)
    links = {each: references.link_of(Side.QUICKBOOKS, "customer", each) for each in ids}
    found = {each: references.record_of(link, Side.SALESFORCE) or NO_CUSTOMER for each, link in links.items() if link}
    return found, {found[each]: references.name_of(link) for each, link in links.items() if link and found[each]}


def _listed_at(pair: Pair, kind: str) -> datetime | None:
    pulls = Pull.objects.filter(company=pair.desktop, reference=f"pull/{pair.pk}/{kind}/full", state=Pull.State.DONE)
    return pulls.order_by("-id").values_list("created_at", flat=True).first()


# Differences -----------------------------------------------------------------------------


def _lacking(pair: Pair, kind: str, began: datetime | None) -> Iterator[Difference]:
    """Records that QuickBooks's last complete listing did not show, though nobody has told of their deletion."""
    rows = list(_known(pair, kind).filter(as_of__lt=began)[:DIFFERENCES_MAX]) if began else []
    links = _links(pair, kind, [row.record_id for row in rows])
    for row in rows:
        link, salesforce_id = links.get(row.record_id, (None, ""))
        yield Difference(
            row.name, "QuickBooks's last complete listing does not show it.", row.record_id, salesforce_id, link
        )


def _links(pair: Pair, kind: str, ids: Sequence[str]) -> dict[str, tuple[int | None, str]]:
    """Each record's link, and what it is in Salesforce."""
    found: dict[str, tuple[int | None, str]] = {}
    for some in bulk.chunks(ids):
        rows = Link.objects.filter(pair=pair, kind=kind, quickbooks_id__in=some)
        found |= {i or "": (pk, ours or "") for i, pk, ours in rows.values_list("quickbooks_id", "pk", "salesforce_id")}
    return found


Shown = dict[str, dict[str, Any]]
Known = dict[str, MirrorRecord]


@dataclass
class OneByOne:
    """Compares the records of what differs, each once."""

    pair: Pair
    reader: Documents
    accounts: Mapping[str, str]  # the account of each customer
    first: str
    last: str
    seen: set[str] = field(default_factory=set)

    def of_months(self, months: Sequence[str]) -> Iterator[Difference]:
        for month in months:
            known = _known(self.pair, self.reader.kind).filter(fields__date__startswith=month)
            yield from self._compared(dict(self.reader.of_month(month)), {row.record_id: row for row in known})

    def of_accounts(self, accounts: Sequence[str]) -> Iterator[Difference]:
        named = [each for each in accounts if each != NO_CUSTOMER]
        for some in bulk.chunks(named):
            customers = [customer for customer, account in self.accounts.items() if account in some]
            rows = _known(self.pair, self.reader.kind).filter(fields__customer__in=customers)
            known = {row.record_id: row for row in rows if self._is_within(str(row.fields.get("date") or ""))}
            yield from self._compared(dict(self.reader.of_accounts(some, self.first, self.last)), known)

    def _is_within(self, day: str) -> bool:
        return not ((self.first and day < self.first) or (self.last and day > self.last))

    def _compared(self, shown: Shown, known: Known) -> Iterator[Difference]:
        """What one side has elsewhere is looked for there: another date or account is a difference, and no loss."""
        ids = sorted({*shown, *known} - self.seen)
        self.seen |= set(ids)
        shown |= dict(self.reader.with_ids([each for each in ids if each not in shown]))
        for some in bulk.chunks([each for each in ids if each not in known]):
            known |= {row.record_id: row for row in _known(self.pair, self.reader.kind).filter(record_id__in=some)}
        links = _links(self.pair, self.reader.kind, ids)
        for each in ids:
            ours, theirs = shown.get(each), known.get(each)
            if what := self._what_differs(ours, theirs):
                name = str((theirs.name if theirs is not None else "") or (ours or {}).get("number") or each)
                yield Difference(name, what, each, str((ours or {}).get("id") or ""), links.get(each, (None,))[0])

    def _what_differs(self, ours: Mapping[str, Any] | None, theirs: MirrorRecord | None) -> str:
        if ours is None:
            return "It is not in Salesforce."
        if theirs is None:
            return "It is in Salesforce, and not in QuickBooks."
        told = []
        for name in ("date", "currency"):
            one, other = (str(value or "") for value in (ours[name], theirs.fields.get(name)))
            if one != other:
                told.append(f"{name} is {one or 'empty'} in Salesforce and {other or 'empty'} in QuickBooks")
        account = self.accounts.get(str(theirs.fields.get("customer") or ""), NO_CUSTOMER)
        if str(ours["customer"] or "") != account:
            told.append("account is another one in Salesforce than that of its customer in QuickBooks")
        for name in AMOUNTS.get(self.reader.kind, DOCUMENT_AMOUNTS):
            mine, its = (Decimal(str(value or 0)) for value in (ours[name], theirs.fields.get(name)))
            if mine != its:
                told.append(f"{name} is {mine:.2f} in Salesforce and {its:.2f} in QuickBooks")
        return f"{told[0][0].upper()}{'; '.join(told)[1:]}." if told else ""
