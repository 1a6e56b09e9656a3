"""Pulls: every record arrives once at least, whatever dies in between, and nothing is lost without being seen."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given
from lxml import etree

from qbwc import outbox, pulls, service, signals, windows
from qbwc.models import Request
from tests.qbwc.conversation import customer, ok, rs, wrap


class Records:
    """A company's customers: answers counts, iterators and windows as QuickBooks does, in this session only."""

    def __init__(self, moments):
        self.moments = list(moments)
        self.iterators: dict[str, list[int]] = {}
        self.pages: list[list[int]] = []
        self.ranges: list[tuple[str, str]] = []
        self.counts = 0

    def new_session(self):
        self.iterators.clear()

    def __call__(self, document):
        root = etree.fromstring(document.encode())[0]
        return wrap("".join(self.one(element) for element in root)) if len(root) else ok(document)

    def one(self, element):
        name, request_id = element.tag.removesuffix("Rq"), element.get("requestID")
        found = self.within(element.findtext("FromModifiedDate") or "", element.findtext("ToModifiedDate") or "")
        if element.get("metaData") == "MetaDataOnly":
            self.counts += 1
            return rs(name, request_id, "", more=f' retCount="{len(found)}"')
        assert element.findtext("ActiveStatus") == "All"
        size = int(element.findtext("MaxReturned"))
        if element.get("iterator") == "Start":
            self.ranges.append((element.findtext("FromModifiedDate") or "", element.findtext("ToModifiedDate") or ""))
            if not found:
                return rs(name, request_id, "", 1, "A query request did not find a matching object in QuickBooks")
            iterator = f"{{{len(self.ranges)}-{len(self.pages)}}}"
            self.iterators[iterator] = found
        else:
            iterator = element.get("iteratorID")
            if iterator not in self.iterators:
                return rs(name, request_id, "", 3391, "The iteratorID is not valid.")
        rest = self.iterators[iterator]
        page, self.iterators[iterator] = rest[:size], rest[size:]
        self.pages.append(page)
        more = f' iteratorRemainingCount="{len(self.iterators[iterator])}" iteratorID="{iterator}"'
        return rs(name, request_id, "".join(customer(n, self.moments[n] + "-08:00") for n in page), more=more)

    def within(self, start, end):
        return [
            n for n, moment in enumerate(self.moments) if (not start or moment >= start) and (not end or moment <= end)
        ]


def moments(number, start=datetime(2015, 1, 1), step=timedelta(hours=1)):
    return [(start + n * step).isoformat() for n in range(number)]


@pytest.fixture
def small(settings):
    settings.QBWC_PAGE_RECORDS = 10
    settings.QBWC_WINDOW_RECORDS = 50


@pytest.fixture
def heard():
    """The names in every page announced, and every pull_progressed."""
    names: list[str] = []
    progress: list[tuple[str, int]] = []

    def closed(requests, **_):
        for request in requests:
            if request.pull is not None:
                names.extend(record.data["Name"] for record in outbox.read_answer(request).records)

    def progressed(pull, requests, **_):
        progress.append((pull.state, len(requests)))

    signals.request_closed.connect(closed)
    signals.pull_progressed.connect(progressed)
    yield names, progress
    signals.request_closed.disconnect(closed)
    signals.pull_progressed.disconnect(progressed)


def everybody(number):
    return {f"Customer {n}" for n in range(number)}


def test_a_small_pull_is_one_count_and_its_pages(company, connector, small, heard):
    books = Records(moments(35))
    pull = pulls.start(company, "CustomerQuery", reference="customers")
    assert pulls.open_for(company, "customers") == pull
    documents = connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.counted) == ("done", 35, 35)
    assert pull.watermark == moments(35)[-1]
    assert len(documents) == 5
    names, progress = heard
    assert set(names) == everybody(35)
    assert progress == [("open", 1)] * 3 + [("done", 1)]
    assert pulls.open_for(company, "customers") is None


def test_a_large_pull_is_cut_into_windows_of_time(company, connector, small, heard):
    books = Records(moments(400))
    pull = pulls.start(company, "CustomerQuery")
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.restarts) == ("done", 400, 0)
    assert set(heard[0]) == everybody(400)
    assert len(heard[0]) == 400
    assert 8 <= len(books.ranges) <= 20
    assert books.ranges[0][0] == ""
    assert books.ranges[-1][1] == "", "what is edited meanwhile must be in the last window"
    for (_, end), (start, _) in zip(books.ranges, books.ranges[1:], strict=False):
        assert datetime.fromisoformat(start) - datetime.fromisoformat(end) == timedelta(seconds=1)
    assert all(len(page) <= 10 for page in books.pages)


def test_records_of_one_second_stay_one_window(company, connector, small, heard):
    books = Records(["2020-01-01T00:00:00"] * 120)
    pull = pulls.start(company, "CustomerQuery")
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 120)
    assert set(heard[0]) == everybody(120)


def test_finished_windows_are_kept_when_a_session_dies(company, connector, small, heard):
    books = Records(moments(200))
    pull = pulls.start(company, "CustomerQuery")
    connector.authenticate()
    while pull.state == "open" and sum(window["done"] for window in pull.windows) < 2:
        connector.receive(books(connector.send()))
        pull.refresh_from_db()
    for _ in range(2):
        connector.receive(books(connector.send()))
    connector.send()
    complete = [windows.key(window) for window in pull.windows if window["done"]]
    started = len(books.ranges)
    books.new_session()
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 200)
    assert pull.restarts == 1
    assert set(heard[0]) == everybody(200)
    restarted = books.ranges[started:]
    assert not {f"{start}|{end}" for start, end in restarted} & set(complete)


@pytest.mark.parametrize("how", ["closed", "silent", "page lost", "hresult"])
def test_the_open_window_starts_again_however_its_session_ended(company, connector, small, heard, how):
    books = Records(moments(45))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    connector.authenticate()
    connector.receive(books(connector.send()))
    if how == "page lost":
        books(connector.send())
    if how == "hresult":
        connector.send()
        assert connector.receive("", "0x8004040D", "ticket") == -1
    if how == "closed":
        connector.close()
    books.new_session()
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received, len(books.ranges)) == ("done", 45, 2)
    assert set(heard[0]) == everybody(45)


def test_a_page_asked_for_twice_in_one_session_is_never_skipped(company, connector, small, heard):
    """The first asking may have moved the iterator on, so continuing would lose a page without a trace."""
    books = Records(moments(45))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    connector.authenticate()
    connector.receive(books(connector.send()))
    books(connector.send())
    document = connector.send()
    assert 'iterator="Start"' in document
    connector.receive(books(document))
    while (document := connector.send()) != "":
        connector.receive(books(document))
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 45)
    assert set(heard[0]) == everybody(45)


def test_an_iterator_that_quickbooks_forgot_starts_again(company, connector, small, heard):
    books = Records(moments(45))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    forgotten = []

    def answer(document):
        if 'iterator="Continue"' in document and not forgotten:
            forgotten.append(document)
            books.new_session()
        return books(document)

    connector.update(answer)
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.restarts) == ("done", 45, 1)
    assert set(heard[0]) == everybody(45)


def test_a_pull_that_never_gets_through_fails_visibly(company, connector, small, settings):
    settings.QBWC_WINDOW_ATTEMPTS = 3
    books = Records(moments(45))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")

    def answer(document):
        books.new_session() if 'iterator="Continue"' in document else None
        return books(document)

    connector.update(answer)
    pull.refresh_from_db()
    assert pull.state == "failed"
    assert "3 times" in pull.problem
    assert not outbox.has_work(company)


def test_sessions_that_die_again_and_again_end_a_pull_only_after_very_many(company, connector, small, settings):
    settings.QBWC_PULL_RESTARTS = 20
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    for number in range(21):
        connector.authenticate()
        pull.refresh_from_db()
        assert (pull.state, pull.restarts) == ("open", number)
        assert connector.send()
    assert connector.authenticate()[1] == "none"
    pull.refresh_from_db()
    assert pull.state == "failed"


def test_missing_records_are_noticed(company, connector, small, settings):
    """QuickBooks announced 45, and one page lacks a record."""
    settings.QBWC_WINDOW_ATTEMPTS = 2
    books = Records(moments(45))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")

    def answer(document):
        text = books(document)
        return (
            re.sub(r"<CustomerRet>.*?</CustomerRet>\n", "", text, count=1, flags=re.S)
            if "Continue" in document
            else text
        )

    connector.update(answer)
    pull.refresh_from_db()
    assert pull.state == "failed"
    assert "announced 45" in pull.problem


def test_a_delta_pull_is_one_window_from_the_moment_given(company, connector, small, heard):
    books = Records(moments(300))
    pull = pulls.start(company, "CustomerQuery", since=moments(300)[280] + "-05:00")
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.received, books.counts, len(books.ranges)) == (20, 0, 1)
    assert books.ranges[0] == (moments(300)[280], "")
    assert pull.watermark == moments(300)[-1]


def test_an_empty_pull_keeps_its_watermark(company, connector, small):
    pull = pulls.start(company, "CustomerQuery", since="2030-01-01T00:00:00")
    connector.update(Records(moments(5)))
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.watermark) == ("done", 0, "2030-01-01T00:00:00")


def test_a_watermark_is_quickbooks_own_clock_without_the_offset_it_gets_wrong(company, connector, small):
    pull = pulls.start(company, "CustomerQuery")
    connector.update(Records(["2026-07-01T10:00:00", "2026-11-01T01:30:00"]))
    pull.refresh_from_db()
    assert pull.watermark == "2026-11-01T01:30:00"


def test_a_contacts_own_date_is_not_taken_for_the_records(company, connector, small):
    """A later date inside a record must not move the watermark past records that changed before it."""
    pull = pulls.start(company, "CustomerQuery", since="2020-01-01T00:00:00")
    contact = "<ContactsRet>\n<ListID>1-1</ListID>\n<TimeModified>2029-01-01T00:00:00</TimeModified>\n</ContactsRet>\n"

    def answer(document):
        return Records(moments(3))(document).replace("</CustomerRet>", contact + "</CustomerRet>")

    connector.update(answer)
    pull.refresh_from_db()
    assert pull.watermark < "2029"


def test_a_pull_that_is_open_already_is_returned(company):
    first = pulls.start(company, "CustomerQuery", reference="customers")
    second = pulls.start(company, "CustomerQuery", reference="customers", since="2020-01-01T00:00:00")
    assert first.pk == second.pk
    assert Request.objects.count() == 1


def test_a_due_pull_counts_as_work(company, connector):
    company.facts = {"known": True}
    company.save()
    assert connector.authenticate()[1] == "none"
    pulls.start(company, "CustomerQuery")
    assert connector.authenticate()[1] == ""


def test_a_query_without_an_iterator_is_one_request(company, connector):
    pull = pulls.start(company, "TermsQuery")

    def answer(document):
        assert "iterator" not in document
        assert "MaxReturned" not in document
        number = re.search(r'requestID="(\d+)"', document).group(1)
        return wrap(rs("TermsQuery", number, "<StandardTermsRet>\n<Name>Net 30</Name>\n</StandardTermsRet>\n"))

    connector.update(answer)
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 1)


def test_an_error_ends_the_pull_with_the_reason(company, connector):
    pull = pulls.start(company, "CustomerQuery", since="2020-01-01T00:00:00")
    heard = []
    hear = lambda pull, **_: heard.append(pull.state)  # noqa: E731
    signals.pull_progressed.connect(hear)
    try:
        connector.update(
            lambda document: wrap(rs("CustomerQuery", str(Request.objects.get().pk), "", 3260, "No right."))
        )
    finally:
        signals.pull_progressed.disconnect(hear)
    pull.refresh_from_db()
    assert pull.state == "failed"
    assert "3260" in pull.problem
    assert heard == ["failed"]


def test_a_refused_query_ends_its_pull(company, connector):
    pull = pulls.start(company, "CustomerQuery")
    connector.update(lambda document: ("0x80040400", "no"))
    pull.refresh_from_db()
    assert pull.state == "failed"
    assert "0x80040400" in pull.problem


def test_quickbooks_out_of_memory_gets_smaller_pages(company, connector, small):
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    pull.page_size = 40
    pull.save()
    connector.update(lambda document: ("0x8004040E", "out of memory"))
    pull.refresh_from_db()
    assert (pull.state, pull.page_size) == ("open", 20)


def test_progress_moves_by_records_and_says_100_only_at_the_end(company, connector, small):
    books = Records(moments(45))
    pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    connector.authenticate()
    told = []
    while True:
        told.append(connector.receive(books(connector.send())))
        if told[-1] == 100:
            break
    assert told == [22, 44, 66, 88, 100]


def test_a_pull_without_lists_takes_transactions_in_smaller_pages(company):
    pull = pulls.start(company, "InvoiceQuery", filters={"IncludeLineItems": True})
    assert pull.page_size == 100
    pull = pulls.start(company, "InvoiceQuery", since="2020-01-01T00:00:00")
    body = Request.objects.get(pull=pull).body
    assert "<ModifiedDateRangeFilter><FromModifiedDate>2020-01-01T00:00:00</FromModifiedDate>" in body


def test_a_kept_page_goes_on_with_its_pull(company, connector, small, settings, heard):
    settings.QBWC_SETTLE_BYTES = 10
    books = Records(moments(25))
    pull = pulls.start(company, "CustomerQuery", since="2014-01-01T00:00:00")
    connector.authenticate()
    for _ in range(10):
        document = connector.send()
        if document:
            connector.receive(books(document))
        elif connector.error() == "NoOp":
            service.sweep()
        else:
            break
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 25)
    assert set(heard[0]) == everybody(25)


# Windows, purely -----------------------------------------------------------------------------------------

STAMPS = st.lists(
    st.datetimes(datetime(1995, 1, 1), datetime(2026, 12, 1)).map(lambda moment: moment.replace(microsecond=0)),
    max_size=80,
)


@given(STAMPS, st.integers(1, 10))
def test_windows_cover_every_moment_once_and_come_down_to_size(stamps, most):
    today = date(2026, 12, 5)
    texts = sorted(stamp.isoformat() for stamp in stamps)

    def count(window):
        return sum(
            (not window["from"] or text >= window["from"]) and (not window["to"] or text <= window["to"])
            for text in texts
        )

    found = [windows.new(count=len(texts))]
    for _ in range(40):
        found, uncounted = windows.cut(found, most, 1000, today)
        if not uncounted:
            break
        for window in uncounted:
            windows.counted(found, window, count(window))
    merged = windows.merge(found, most)
    assert [window["count"] for window in merged] == [count(window) for window in merged]
    assert sum(count(window) for window in merged) == len(texts)
    assert merged[0]["from"] == ""
    assert merged[-1]["to"] == ""
    for window in merged:
        same = len(
            {text for text in texts if count(window) and (window["from"] or "0") <= text <= (window["to"] or "9")}
        )
        assert window["count"] <= most or same <= 2


def test_windows_never_multiply_without_end():
    found = [windows.new(count=10**9)]
    for _ in range(60):
        found, uncounted = windows.cut(found, 10, 50, date(2026, 1, 1))
        for window in uncounted:
            windows.counted(found, window, window["of"] // 2)
    assert len(found) <= 100
