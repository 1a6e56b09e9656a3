"""What travels together, in which order, and what happens to a document that QuickBooks refuses as a whole."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from qbwc import kinds, outbox
from qbwc.kinds import Candidate, together
from qbwc.models import Request
from tests.qbwc.conversation import NOTHING_EXECUTED, message_attributes, ok, requests_in

INVOICE = {"InvoiceAdd": {"CustomerRef": {"ListID": "1-1"}, "InvoiceLineAdd": [{"ItemRef": {"ListID": "2-2"}}]}}


def add(company, name, **options):
    return outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": name}}, **options)


def query(company, **options):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1}, **options)


def names(document):
    return [name for name, _ in requests_in(document)]


def travelled(documents):
    return [names(document) for document in documents if requests_in(document)]


def test_queries_share_a_message(company, connector):
    for _ in range(5):
        query(company)
    assert travelled(connector.update(ok)) == [["CustomerQuery"] * 5]


def test_adds_to_lists_share_a_message_under_one_id(company, connector):
    for number in range(5):
        add(company, f"Acme {number}")
    documents = connector.update(ok)
    assert travelled(documents) == [["CustomerAdd"] * 5]
    assert message_attributes(documents[0])["onError"] == "continueOnError"


def test_before_qbxml_11_writes_travel_alone(company, connector, settings):
    settings.QBWC_QBXML_VERSION = "10.0"
    from tests.qbwc.conversation import hcp_of

    connector.hcp = hcp_of(company.file_guid, versions=("8.0", "10.0", "13.0"))
    add(company, "a")
    add(company, "b")
    documents = connector.update(ok)
    assert travelled(documents) == [["CustomerAdd"]] * 2
    assert '<?qbxml version="10.0"?>' in documents[0]


def test_a_transaction_travels_alone(company, connector):
    for _ in range(3):
        outbox.enqueue(company, "InvoiceAdd", INVOICE)
    assert travelled(connector.update(ok)) == [["InvoiceAdd"]] * 3


def test_reads_never_travel_with_writes_and_the_order_is_kept(company, connector):
    add(company, "a")
    query(company)
    query(company)
    add(company, "b")
    outbox.enqueue(company, "InvoiceAdd", INVOICE)
    add(company, "c")
    assert travelled(connector.update(ok)) == [
        ["CustomerAdd"],
        ["CustomerQuery", "CustomerQuery"],
        ["CustomerAdd"],
        ["InvoiceAdd"],
        ["CustomerAdd"],
    ]


def test_a_setting_sends_them_singly(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    for _ in range(3):
        query(company)
    assert travelled(connector.update(ok)) == [["CustomerQuery"]] * 3


def test_a_message_has_a_size(company, connector, settings):
    settings.QBWC_MESSAGE_BYTES = 1000
    for _ in range(20):
        outbox.enqueue(company, "CustomerQuery", {"FullName": ["x" * 180]})
    documents = connector.update(ok)
    assert sum(len(requests_in(document)) for document in documents) == 20
    assert all(len(document) < 1600 for document in documents)
    assert len(documents) >= 5


def test_a_slow_or_large_answer_halves_the_next_message(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 8
    settings.QBWC_ANSWER_BYTES = 100
    for _ in range(20):
        query(company)
    sizes = [len(group) for group in travelled(connector.update(ok))]
    assert sizes[:4] == [8, 4, 2, 1]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 10**6),
        name=st.sampled_from(["CustomerAdd", "CustomerQuery", "InvoiceAdd", "ItemServiceMod", "ListDel", "HostQuery"]),
        body=st.text("x", min_size=1, max_size=30),
        alone=st.booleans(),
        pull_id=st.none(),
        depends_on_id=st.none(),
        checked_for=st.just(""),
    ),
    min_size=1,
    max_size=12,
)


@given(CANDIDATES, st.integers(1, 12), st.integers(1, 200), st.sampled_from([(10, 0), (13, 0)]))
def test_what_shares_a_message_may_share_it(candidates, most, size, version):
    chosen = together(candidates, requests_max=most, characters_max=size, version=version)
    assert chosen == candidates[: len(chosen)]
    assert 1 <= len(chosen) <= most
    if len(chosen) > 1:
        assert sum(len(one.body) for one in chosen) <= size
        assert not any(one.alone for one in chosen)
        assert len({kinds.is_read(one.name) for one in chosen}) == 1
        assert all(kinds.is_read(one.name) or (kinds.is_list_write(one.name) and version >= (11, 0)) for one in chosen)


# Order ---------------------------------------------------------------------------------------------------


def ids(documents):
    return [int(given["requestID"]) for document in documents for _, given in requests_in(document)]


def test_priority_goes_first_and_within_it_the_order_of_queueing(company, connector):
    rows = [query(company, priority=priority) for priority in (0, 5, 0, 5, -1)]
    expected = [rows[1].pk, rows[3].pk, rows[0].pk, rows[2].pk, rows[4].pk]
    assert ids(connector.update(ok)) == expected


def test_the_answers_find_their_requests_whatever_their_order(company, connector):
    rows = [query(company) for _ in range(3)]
    connector.authenticate()
    document = connector.send()
    answer = ok(document)
    head, *parts = answer.split("<CustomerQueryRs ")
    last, tail = parts[-1].split("</QBXMLMsgsRs>")
    parts[-1] = last
    reordered = head + "".join("<CustomerQueryRs " + part for part in reversed(parts)) + "</QBXMLMsgsRs>" + tail
    connector.receive(reordered)
    for row in rows:
        row.refresh_from_db()
        assert outbox.read_answer(row).records[0].data["Name"] == f"Customer {row.pk}"


# Quarantine ----------------------------------------------------------------------------------------------


def refusing(culprit):
    def answer(document):
        if culprit in document:
            return NOTHING_EXECUTED, "QuickBooks found an error when parsing the provided XML text stream."
        return ok(document)

    return answer


@pytest.mark.parametrize("hresult", ["0x80040400", "0x80040413", "0x80040428", "0x80040429"])
def test_only_the_culprit_is_quarantined_and_the_session_goes_on(company, connector, hresult):
    rows = [add(company, f"Acme {number}") for number in range(6)]
    after = query(company)

    def answer(document):
        return (hresult, "no") if "Acme 3" in document else ok(document)

    documents = connector.update(answer)
    for row in [*rows, after]:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["answered"] * 3 + ["refused"] + ["answered"] * 2
    assert after.state == "answered"
    assert hresult in rows[3].status_message
    sets = [message_attributes(one).get("newMessageSetID") for one in documents if requests_in(one)]
    used = [one for one in sets if one]
    assert len(used) == len(set(used)), "other bytes under the same id would be error 9001"


def test_a_culprit_among_reads_is_quarantined_alone(company, connector):
    rows = [outbox.enqueue(company, "CustomerQuery", {"FullName": [name]}) for name in ("a", "bad", "c")]
    connector.update(refusing("bad"))
    states = [Request.objects.get(pk=row.pk).state for row in rows]
    assert states == ["answered", "refused", "answered"]


def test_a_refused_request_is_never_sent_again_by_itself(company, connector):
    row = add(company, "bad")
    assert len(travelled(connector.update(refusing("bad")))) == 1
    assert connector.authenticate()[1] == "none"
    row.refresh_from_db()
    assert row.state == "refused"


def test_an_unsupported_version_is_lowered(company, connector):
    from tests.qbwc.conversation import hcp_of

    connector.hcp = hcp_of(company.file_guid, versions=("12.0", "13.0"))
    row = query(company)

    def answer(document):
        return ("0x80040423", "unsupported") if 'version="13.0"' in document else ok(document)

    documents = connector.update(answer)
    assert '<?qbxml version="12.0"?>' in documents[1]
    row.refresh_from_db()
    company.refresh_from_db()
    assert row.state == "answered"
    assert company.qbxml_version == "12.0"
