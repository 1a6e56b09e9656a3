"""Small first pages of several pulls share a message with other reads; whatever happens, each pull gets through."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from lxml import etree

from qbwc import messages, outbox, pulls
from qbwc.models import Message, Request
from tests.qbwc.conversation import NOTHING_EXECUTED, ok, requests_in, rs, wrap
from tests.qbwc.test_pulls import Records, moments

SINCE = "2014-01-01T00:00:00"
NAMES = ["CustomerQuery", "VendorQuery", "ItemQuery"]


class Books:
    """Records of several types behind one QuickBooks."""

    def __init__(self, **numbers):
        self.kinds = {f"{name}Query": Records(moments(number)) for name, number in numbers.items()}

    def new_session(self):
        for records in self.kinds.values():
            records.new_session()

    def __call__(self, document):
        if not requests_in(document):
            return ok(document)
        asked = etree.fromstring(document.encode())[0]
        return wrap("".join(self.one(element) for element in asked))

    def one(self, element):
        name = element.tag.removesuffix("Rq")
        return self.kinds[name].one(element) if name in self.kinds else rs(name, element.get("requestID"))


def shape(document):
    """What a document asks, in short: the type, and what of an iterator."""
    return [
        f"{name} {given.get('iterator', given.get('metaData', ''))}".strip() for name, given in requests_in(document)
    ]


def travelled(documents):
    return [shape(document) for document in documents if requests_in(document)]


def ended(started):
    for pull in started:
        pull.refresh_from_db()
    return [(pull.state, pull.received, pull.restarts) for pull in started]


@pytest.fixture
def deltas(company):
    return [pulls.start(company, name, since=SINCE) for name in NAMES]


def test_what_changed_lately_is_asked_for_in_one_message_and_what_is_more_goes_on_alone(company, connector, deltas):
    outbox.enqueue(company, "CompanyQuery", {}, priority=1000)
    books = Books(Customer=3, Vendor=120, Item=0)
    documents = connector.update(books)
    assert travelled(documents) == [
        ["CompanyQuery", "CustomerQuery Start", "VendorQuery Start", "ItemQuery Start"],
        ["VendorQuery Continue"],
    ]
    assert re.findall("<MaxReturned>(.*?)</MaxReturned>", "".join(documents)) == ["50", "50", "50", "500"]
    assert ended(deltas) == [("done", 3, 0), ("done", 120, 0), ("done", 0, 0)]


def test_of_transactions_a_first_page_is_smaller(company):
    pulls.start(company, "InvoiceQuery", since=SINCE)
    assert "<MaxReturned>25</MaxReturned>" in Request.objects.get().body


def test_complete_listings_share_their_counts_and_what_is_counted_as_little(company, connector):
    started = [pulls.start(company, name) for name in NAMES]
    documents = connector.update(Books(Customer=50, Vendor=51, Item=7))
    assert travelled(documents) == [
        [f"{name} MetaDataOnly" for name in NAMES],
        ["CustomerQuery Start"],
        ["VendorQuery Start"],
        ["ItemQuery Start"],
    ], "in order, and what is large alone"
    assert ended(started) == [("done", 50, 0), ("done", 51, 0), ("done", 7, 0)]


def test_full_pages_go_alone_and_before_everything_but_what_is_urgent(company, connector, settings):
    settings.QBWC_PAGE_RECORDS = 60
    pulls.start(company, "CustomerQuery")
    outbox.enqueue(company, "HostQuery", {})
    outbox.enqueue(company, "CompanyQuery", {}, priority=1000)
    assert travelled(connector.update(Books(Customer=130))) == [
        ["CompanyQuery", "CustomerQuery MetaDataOnly", "HostQuery"],
        ["CustomerQuery Start"],
        ["CustomerQuery Continue"],
        ["CustomerQuery Continue"],
    ]


def test_the_pages_of_one_message_ask_for_so_many_records_at_most(company, connector):
    for number in range(12):
        pulls.start(company, "CustomerQuery", since=SINCE, reference=str(number))
    documents = connector.update(Books(Customer=1))
    assert travelled(documents) == [["CustomerQuery Start"] * 10, ["CustomerQuery Start"] * 2]


@pytest.mark.parametrize("how", ["silence", "closed", "asked again", "hresult"])
def test_the_answer_to_a_shared_message_is_lost_and_each_pull_starts_again(company, connector, deltas, how):
    books = Books(Customer=60, Vendor=2, Item=1)
    connector.authenticate()
    books(connector.send())
    if how == "hresult":
        assert connector.receive("", "0x8004040D", "ticket") == -1
    if how == "closed":
        connector.close()
    if how == "asked again":
        books(connector.send())
    books.new_session()
    connector.update(books)
    states = ended(deltas)
    assert [(state, received) for state, received, _ in states] == [("done", 60), ("done", 2), ("done", 1)]
    assert all(restarts for _, _, restarts in states)


def test_a_session_that_dies_after_a_shared_message_repeats_only_what_was_not_complete(company, connector, deltas):
    books = Books(Customer=60, Vendor=2, Item=1)
    connector.authenticate()
    connector.receive(books(connector.send()))
    connector.close()
    books.new_session()
    assert travelled(connector.update(books)) == [["CustomerQuery Start"], ["CustomerQuery Continue"]]
    assert ended(deltas) == [("done", 60, 1), ("done", 2, 0), ("done", 1, 0)]


def test_of_a_shared_message_that_is_refused_only_the_culprits_pull_ends(company, connector, deltas):
    books = Books(Customer=1, Vendor=1, Item=1)
    documents = connector.update(
        lambda document: (NOTHING_EXECUTED, "no") if "VendorQuery" in document else books(document)
    )
    assert [len(each) for each in travelled(documents)] == [3, 1, 1, 1]
    assert [state for state, _, _ in ended(deltas)] == ["done", "failed", "done"]


def test_an_answer_that_lacks_one_of_the_pages_costs_only_that_pull_a_new_start(company, connector, deltas):
    books = Books(Customer=1, Vendor=1, Item=1)
    first = []

    def answer(document):
        text = books(document)
        if requests_in(document) and not first:
            first.append(document)
            return re.sub("<VendorQueryRs.*?</VendorQueryRs>", "", text, flags=re.S)
        return text

    connector.update(answer)
    assert ended(deltas) == [("done", 1, 0), ("done", 1, 1), ("done", 1, 0)]


def test_what_is_too_much_for_quickbooks_together_is_asked_one_by_one(company, connector, deltas):
    books = Books(Customer=1, Vendor=1, Item=1)
    plain = outbox.enqueue(company, "CompanyQuery", {})
    connector.update(lambda document: ("0x8004040E", "out of memory"))
    assert [len(each) for each in travelled(connector.update(books))] == [1, 1, 1, 1]
    plain.refresh_from_db()
    assert plain.state == "answered"
    assert ended(deltas) == [("done", 1, 0)] * 3


def test_of_an_answer_that_nobody_can_read_only_the_one_at_fault_is_given_up(company, connector, deltas, settings):
    settings.QBWC_PULL_RESTARTS = 2
    books = Books(Customer=1, Vendor=1, Item=1)
    documents = connector.update(lambda document: books(document).replace("</VendorQueryRs>", ""))
    assert sorted(len(each) for each in travelled(documents)) == [1, 1, 1, 1, 1, 3]
    assert ended(deltas) == [("done", 1, 0), ("failed", 0, 3), ("done", 1, 0)]


def test_an_answer_that_breaks_us_again_and_again_is_asked_for_one_by_one(company, connector, deltas):
    connector.authenticate()
    connector.send()
    messages.unreadable(Message.objects.get(), timezone.now())
    connector.close()
    assert [len(each) for each in travelled(connector.update(Books(Customer=1, Vendor=1, Item=1)))] == [1, 1, 1]
    assert [state for state, _, _ in ended(deltas)] == ["done", "done", "done"]
