"""Queries of lists: the three branches, filters, counts and iterators.

Rule     by ids, by full names, or by filters, never mixed (the rule's choice sees to that). Ids and names that are
         not there make status 500 beside the others; filters that match nothing make status 1, no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors, records, views, writer
from .answers import NOTHING_FOUND, Answer
from .fields import references
from .kinds import KINDS
from .lists import Record, name_order
from .reader import Call
from .rules import RETS

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

# Wall times are ambiguous for an hour in autumn: look a little further back than the bound says.
WALL_CLOCK_SLACK_SECONDS = 2 * 3600
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "LessThan": lambda a, b: a < b,
    "LessThanEqual": lambda a, b: a <= b,
    "Equal": lambda a, b: a == b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEqual": lambda a, b: a >= b,
}


@dataclass
class Iteration:
    """An iterator: what is still to come, and what it was started with."""

    iterator_id: str
    remaining: list[tuple[str, str]]  # (kind, ListID)
    filters: str


def list_query(file: CompanyFile, call: Call, session: Session) -> Answer:
    assert call.rule is not None
    kinds = call.rule.rets
    kinds = _available(file, kinds)
    if call.attributes.get("iterator"):
        return _iterated(file, call, session, kinds)
    found, missing = _select(file, kinds, call.data)
    limit = int(call.data.get("MaxReturned") or 0)
    return _answer(file, call, found[:limit] if limit else found, missing, len(found))


def _available(file: CompanyFile, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """A list that is not there at all is 3250; a query of several shows those that are there."""
    found = []
    for kind in kinds:
        try:
            records.check_available(file, KINDS[kind], queries=True)
        except errors.Fault:
            if len(kinds) == 1:
                raise
        else:
            found.append(kind)
    return tuple(found)


def _answer(file: CompanyFile, call: Call, page: list[Record], missing: list[str], total: int) -> Answer:
    answer = Answer.not_found(missing) if missing else Answer()
    if not total and not missing:
        answer = Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        answer.attributes.append(("retCount", str(total)))
    if metadata != "MetaDataOnly":
        answer.body = render(file, call, page)
    return answer


def render(file: CompanyFile, call: Call, page: Iterable[Record]) -> str:
    only = frozenset(call.data.get("IncludeRetElement", ()))
    owners = call.data.get("OwnerID", ())
    return "".join(
        writer.ret(f"{record.kind}Ret", RETS[record.kind], views.view(file, record, owners), call.version, only)
        for record in page
    )


def _iterated(file: CompanyFile, call: Call, session: Session, kinds: tuple[str, ...]) -> Answer:
    act = call.attributes["iterator"]
    iterator_id = call.attributes.get("iteratorID", "")
    if act == "Stop":
        if session.iterators.pop(iterator_id, None) is None:
            raise errors.bad_iterator(iterator_id)
        return Answer()
    if "MaxReturned" not in call.data:
        raise errors.missing("MaxReturned")
    filters = _fingerprint(call.data)
    if act == "Start":
        found, _ = _select(file, kinds, call.data)
        if not found:
            answer = _answer(file, call, [], [], 0)
            if file.quirks.empty_iterator_counts:
                answer.attributes.append(("iteratorRemainingCount", "0"))
            return answer
        iteration = Iteration(file.chance.guid(), [(each.kind, each.list_id) for each in found], filters)
        session.iterators[iteration.iterator_id] = iteration
    else:
        known = session.iterators.get(iterator_id)
        if known is None or known.filters != filters:
            raise errors.bad_iterator(iterator_id)
        iteration = known
    return _next_page(file, call, session, iteration)


def _next_page(file: CompanyFile, call: Call, session: Session, iteration: Iteration) -> Answer:
    """Records deleted since the iterator was started are passed over; one that is used up closes itself."""
    size = int(call.data["MaxReturned"])
    taken, iteration.remaining = iteration.remaining[:size], iteration.remaining[size:]
    total = len(taken) + len(iteration.remaining)
    page = [record for kind, list_id in taken if (record := file.lists.get(kind, list_id)) is not None]
    answer = _answer(file, call, page, [], total)
    answer.attributes.append(("iteratorRemainingCount", str(len(iteration.remaining))))
    answer.attributes.append(("iteratorID", iteration.iterator_id))
    if not iteration.remaining:
        del session.iterators[iteration.iterator_id]
    return answer


def _fingerprint(data: dict[str, Any]) -> str:
    return repr({name: value for name, value in data.items() if name not in ("MaxReturned", "IncludeRetElement")})


def _select(file: CompanyFile, kinds: tuple[str, ...], data: dict[str, Any]) -> tuple[list[Record], list[str]]:
    """The records asked for, and the ids or names among them that do not exist."""
    if "ListID" in data:
        return _looked_up(data["ListID"], lambda list_id: file.lists.find(kinds, list_id))
    if "FullName" in data or "Name" in data:
        names = data.get("FullName") or data["Name"]
        return _looked_up(names, lambda name: file.lists.find(kinds, "", name) if name else None)
    return _filtered(file, kinds, data), []


def _looked_up(keys: list[str], find: Callable[[str], Record | None]) -> tuple[list[Record], list[str]]:
    found: dict[str, Record] = {}
    missing = []
    for key in keys:
        record = find(key) if key else None
        if record is None:
            missing.append(key)
        else:
            found[record.list_id] = record
    return list(found.values()), missing


def _filtered(file: CompanyFile, kinds: tuple[str, ...], data: dict[str, Any]) -> list[Record]:
    low, high = file.time.window(data.get("FromModifiedDate", ""), data.get("ToModifiedDate", ""))
    tests = [_status_test(data.get("ActiveStatus", "ActiveOnly")), *_name_tests(data)]
    tests += [*_balance_tests(file, data), *_particular_tests(file, data)]
    if low or high:
        tests.append(lambda record: _in_window(file.time.wall(record.modified), low, high))
    if low:
        recent = [record for record in _recent(file, kinds, low) if all(test(record) for test in tests)]
        return sorted(recent, key=lambda record: (kinds.index(record.kind), name_order(record)))
    everything = (record for kind in kinds for record in file.lists.shelf(kind).in_order(kind))
    return [record for record in everything if all(test(record) for test in tests)]


def _recent(file: CompanyFile, kinds: tuple[str, ...], low: str) -> Iterator[Record]:
    since = file.time.unix(low) - WALL_CLOCK_SLACK_SECONDS
    shelves = {id(shelf): shelf for shelf in (file.lists.shelf(kind) for kind in kinds)}
    for shelf in shelves.values():
        yield from (record for record in shelf.modified_since(since) if record.kind in kinds)


def _in_window(wall: str, low: str, high: str) -> bool:
    return (not low or wall >= low) and (not high or wall <= high)


Test = Callable[[Record], bool]


def _status_test(status: str) -> Test:
    if status == "All":
        return lambda record: True
    return lambda record: record.is_active == (status == "ActiveOnly")


def _name_tests(data: dict[str, Any]) -> list[Test]:
    if "NameFilter" in data:
        text = data["NameFilter"]["Name"].casefold()
        criterion = data["NameFilter"]["MatchCriterion"]
        if criterion == "StartsWith":
            return [lambda record: record.key.startswith(text)]
        if criterion == "EndsWith":
            return [lambda record: record.key.endswith(text)]
        return [lambda record: text in record.key]
    if "NameRangeFilter" in data:
        low = data["NameRangeFilter"].get("FromName", "").casefold()
        high = data["NameRangeFilter"].get("ToName", "").casefold()
        if low and high and low > high:
            raise errors.Fault(3031, f'The range is invalid: "{low}" comes after "{high}".')
        return [lambda record: record.key >= low and (not high or record.key <= high)]
    return []


def _balance_tests(file: CompanyFile, data: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    if "TotalBalanceFilter" in data:
        compare = _COMPARE[data["TotalBalanceFilter"]["Operator"]]
        amount = int(Decimal(data["TotalBalanceFilter"]["Amount"] or 0) * 100)
        tests.append(lambda record: compare(views.total_balance(file, record), amount))
    if "CurrencyFilter" in data:
        if not file.settings.multi_currency:
            raise errors.not_available()
        tests.append(_reference_test(file, "CurrencyRef", ("Currency",), data["CurrencyFilter"]))
    if "ClassFilter" in data:
        if not file.settings.class_tracking:
            raise errors.not_available()
        tests.append(_reference_test(file, "ClassRef", ("Class",), data["ClassFilter"]))
    return tests


def _particular_tests(file: CompanyFile, data: dict[str, Any]) -> list[Test]:
    """The filters that single lists have."""
    tests: list[Test] = []
    for field in ("AccountType", "PaymentMethodType"):
        if field in data:
            wanted = set(data[field])
            tests.append(lambda record, field=field, wanted=wanted: record.data.get(field) in wanted)  # type: ignore[misc]
    if data.get("DoneStatus", "All") != "All":
        done = "true" if data["DoneStatus"] == "DoneOnly" else "false"
        tests.append(lambda record: record.data.get("IsDone") == done)
    if data.get("ItemRef"):
        item = records.resolve(file, "ItemRef", data["ItemRef"], "query")
        tests.append(lambda record: ("ItemRef", item) in references(record.data))
    low, high = data.get("FromEffectiveDate", ""), data.get("ToEffectiveDate", "")
    if low or high:
        tests.append(lambda record: any(low <= day and (not high or day <= high) for day in _effective(record)))
    return tests


def _effective(record: Record) -> list[str]:
    return [each["EffectiveDate"] for each in record.data.get("RateHistory", ())]


def reference_test(file: CompanyFile, kinds: tuple[str, ...], wanted: dict[str, Any]) -> Callable[[str], bool]:
    """Whether an id is among these; "…WithChildren" takes the whole branch."""
    roots = [file.lists.find(kinds, list_id) for list_id in wanted.get("ListID", [])]
    roots += [file.lists.find(kinds, "", name) for name in wanted.get("FullName", [])]
    ids = {root.list_id for root in roots if root is not None}
    branch = file.lists.find(kinds, wanted.get("ListIDWithChildren", ""), wanted.get("FullNameWithChildren", ""))
    if branch is not None:
        ids |= {branch.list_id, *(each.list_id for each in file.lists.shelf(branch.kind).below(branch))}
    return ids.__contains__


def _reference_test(file: CompanyFile, field: str, kinds: tuple[str, ...], wanted: dict[str, Any]) -> Test:
    test = reference_test(file, kinds, wanted)
    return lambda record: test(record.data.get(field, ""))
