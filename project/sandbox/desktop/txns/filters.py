"""Which transactions a query means: ids, numbers, or filters of dates, names, accounts and states.

Rule     each filter is a test of one transaction; the narrowest index that the query allows yields the candidates,
         oldest first, so that a page costs what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors
from project.sandbox.desktop.lists import KINDS as LIST_KINDS

from . import dates, header, references
from .kinds import KINDS, NAMES
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

Data = Mapping[str, Any]
Test = Callable[[Txn], bool]
# Wall times are ambiguous for an hour in autumn: look a little further back than the bound says.
WALL_CLOCK_SLACK_SECONDS = 2 * 3600


def select(file: CompanyFile, kinds: tuple[str, ...], data: Data) -> Iterator[Txn]:
    """The transactions that match, oldest first."""
    tests = [*_tests(file, data), *_modified(file, data)]
    found = _candidates(file, kinds, data)
    return (txn for txn in found if all(test(txn) for test in tests)) if tests else found


def _range(data: Data, *names: str) -> Data:
    found: Data = next((data[name] for name in names if name in data), {})
    return found


def _candidates(file: CompanyFile, kinds: tuple[str, ...], data: Data) -> Iterator[Txn]:
    txns = file.txns
    low, _ = _modified_window(file, data)
    if low:
        since = file.time.unix(low) - WALL_CLOCK_SLACK_SECONDS
        recent = [txn for kind in kinds for txn in txns.modified_since(kind, since)]
        first, last = _days(file, data)
        recent = [txn for txn in recent if (not first or txn.date >= first) and (not last or txn.date <= last)]
        return iter(sorted(recent, key=_age))
    ids = _entities(file, data)
    first, last = _days(file, data)
    if ids is not None:
        named = list(
            {txn.txn_id: txn for entity in ids for txn in txns.of_entity(entity) if txn.kind in kinds}.values()
        )
        named = [txn for txn in named if (not first or txn.date >= first) and (not last or txn.date <= last)]
        return iter(sorted(named, key=_age))
    if len(kinds) == 1:
        return txns.in_order(kinds[0], first, last)
    return iter(sorted((txn for kind in kinds for txn in txns.in_order(kind, first, last)), key=_age))


def _age(txn: Txn) -> tuple[str, int]:
    return txn.date, txn.number


# Dates


def _modified_window(file: CompanyFile, data: Data) -> tuple[str, str]:
    window = _range(data, "ModifiedDateRangeFilter", "TransactionModifiedDateRangeFilter")
    if window.get("DateMacro"):
        first, last = dates.macro(window["DateMacro"], header.today(file))
        return file.time.window(first, last)
    return file.time.window(window.get("FromModifiedDate", ""), window.get("ToModifiedDate", ""))


def _modified(file: CompanyFile, data: Data) -> list[Test]:
    low, high = _modified_window(file, data)
    if not low and not high:
        return []

    def test(txn: Txn) -> bool:
        wall = file.time.wall(txn.modified)
        return (not low or wall >= low) and (not high or wall <= high)

    return [test]


def _days(file: CompanyFile, data: Data) -> tuple[str, str]:
    window = _range(data, "TxnDateRangeFilter", "TransactionDateRangeFilter")
    if window.get("DateMacro"):
        return dates.macro(window["DateMacro"], header.today(file))
    first, last = window.get("FromTxnDate", ""), window.get("ToTxnDate", "")
    if first and last and first > last:
        raise errors.Fault(3030, f'The date range is invalid: "{first}" is later than "{last}".')
    return first, last


# Names, accounts, items


def ids(file: CompanyFile, kinds: tuple[str, ...], wanted: Data) -> set[str]:
    """The ListIDs that a filter names; "…WithChildren" takes the whole branch."""
    kinds = tuple(kind for kind in kinds if kind in LIST_KINDS)
    found = [file.lists.find(kinds, list_id) for list_id in wanted.get("ListID") or ()]
    found += [file.lists.find(kinds, "", name) for name in wanted.get("FullName") or ()]
    chosen = {record.list_id for record in found if record is not None}
    list_id, full_name = wanted.get("ListIDWithChildren") or "", wanted.get("FullNameWithChildren") or ""
    branch = file.lists.find(kinds, list_id, full_name) if list_id or full_name else None
    if branch is not None:
        chosen |= {branch.list_id, *(each.list_id for each in file.lists.shelf(branch.kind).below(branch))}
    return chosen


def _entities(file: CompanyFile, data: Data) -> set[str] | None:
    wanted = _range(data, "EntityFilter", "TransactionEntityFilter", "TimeTrackingEntityFilter")
    if not wanted or "EntityTypeFilter" in wanted:
        return None
    return ids(file, NAMES, wanted)


def _tests(file: CompanyFile, data: Data) -> list[Test]:
    tests: list[Test] = []
    entities = _entities(file, data)
    if entities is not None:
        tests.append(lambda txn: bool(entities & txn.names()))
    if data.get("AccountFilter"):
        accounts = ids(file, ("Account",), data["AccountFilter"])
        tests.append(lambda txn: bool(accounts & accounts_of(txn)))
    if data.get("ItemFilter"):
        items = ids(file, references.ITEMS, data["ItemFilter"])
        tests.append(lambda txn: bool(items & items_of(txn)))
    if data.get("SiteFilter"):
        sites = ids(file, ("InventorySite",), data["SiteFilter"])
        fields = ("FromInventorySiteRef", "ToInventorySiteRef", "InventorySiteRef")
        tests.append(lambda txn: any(txn.data.get(field) in sites for field in fields))
    if data.get("CurrencyFilter"):
        if not file.settings.multi_currency:
            raise errors.not_available()
        currencies = ids(file, ("Currency",), data["CurrencyFilter"])
        tests.append(lambda txn: txn.data.get("CurrencyRef") in currencies)
    return [*tests, *number_tests(data), *_state_tests(file, data)]


def accounts_of(txn: Txn) -> set[str]:
    """Every account that the transaction names or posts to."""
    named = {value for field, value in txn.data.items() if field.endswith("AccountRef") and isinstance(value, str)}
    return named | {each.account for each in txn.postings}


def items_of(txn: Txn) -> set[str]:
    fields = ("ItemRef", "ItemGroupRef", "ItemInventoryAssemblyRef", "ItemServiceRef", "ItemSalesTaxRef")
    named = {txn.data[field] for field in fields if isinstance(txn.data.get(field), str)}
    return named | {line.data[field] for line in txn.all_lines() for field in fields if line.data.get(field)}


# Numbers


def number_tests(data: Data) -> list[Test]:
    """RefNumberFilter and RefNumberRangeFilter: without regard to case; numbers are compared as numbers."""
    if data.get("RefNumberFilter"):
        text = data["RefNumberFilter"]["RefNumber"].casefold()
        criterion = data["RefNumberFilter"]["MatchCriterion"]
        if criterion == "StartsWith":
            return [lambda txn: txn.ref.casefold().startswith(text)]
        if criterion == "EndsWith":
            return [lambda txn: txn.ref.casefold().endswith(text)]
        return [lambda txn: text in txn.ref.casefold()]
    if data.get("RefNumberRangeFilter"):
        low = data["RefNumberRangeFilter"].get("FromRefNumber", "")
        high = data["RefNumberRangeFilter"].get("ToRefNumber", "")
        if low and high and number_key(low) > number_key(high):
            raise errors.Fault(3031, f'The range is invalid: "{low}" comes after "{high}".')
        return [
            lambda txn: (
                bool(txn.ref)
                and (not low or number_key(txn.ref) >= number_key(low))
                and (not high or number_key(txn.ref) <= number_key(high))
            )
        ]
    return []


def number_key(text: str) -> tuple[int, int, str]:
    if text.isdecimal() and text.isascii():
        return 0, int(text), ""
    return 1, 0, text.casefold()


# States


def _state_tests(file: CompanyFile, data: Data) -> list[Test]:
    tests: list[Test] = []
    status = data.get("PaidStatus") or "All"
    if status != "All":
        tests.append(lambda txn: is_paid(file, txn) == (status == "PaidOnly"))
    pending = data.get("PendingStatus") or "All"
    if pending != "All":
        tests.append(lambda txn: (txn.data.get("IsPending") == "true") == (pending == "PendingOnly"))
    return tests


def is_paid(file: CompanyFile, txn: Txn) -> bool:
    if not KINDS[txn.kind].side:
        return True
    return not file.txns.remaining(txn) and txn.data.get("IsPending") != "true"
