"""A lost answer is never guessed: what QuickBooks did is found out before anything else is written."""

from __future__ import annotations

import pytest
from django.utils import timezone

from qbwc import outbox, service, signals
from qbwc.models import Message, Request, Session
from tests.qbwc.conversation import message_attributes, ok, recovered, requests_in, wrap


@pytest.fixture
def lost(company, connector):
    """An Add that was handed over and whose answer never came."""
    request = outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Acme"}}, reference="c/1")
    connector.authenticate()
    document = connector.send()
    assert requests_in(document)[0][0] == "CustomerAdd"
    return request, document


def next_session(connector) -> str:
    assert connector.authenticate()[1] not in {"none", "nvu", "busy"}
    return connector.send()


def is_check(document: str, original: str) -> bool:
    attributes, set_id = message_attributes(document), message_attributes(original)["newMessageSetID"]
    return (
        attributes["newMessageSetID"] == attributes["oldMessageSetID"] == set_id
        and attributes["onError"] == "continueOnError"
        and not requests_in(document)
    )


def test_a_lost_answer_is_found_out_before_anything_is_sent_again(company, connector, lost):
    request, document = lost
    outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Other"}}, priority=100)
    check = next_session(connector)
    assert is_check(check, document)
    connector.receive(recovered(document))
    request.refresh_from_db()
    assert (request.state, request.status_code, request.recovered) == ("answered", 0, True)
    result = outbox.read_answer(request)
    assert result.recovery["ListID"] == "80000001-1"
    assert result.records == []
    assert "<Name>Other</Name>" in connector.send()


@pytest.mark.parametrize("ending", ["close", "silence", "ask again"])
def test_it_does_not_matter_how_the_session_ended(connector, lost, ending):
    _, document = lost
    if ending == "ask again":
        assert is_check(connector.send(), document)
        return
    if ending == "close":
        connector.close()
    assert is_check(next_session(connector), document)


def test_what_was_never_executed_goes_again_with_the_same_bytes_and_id(connector, lost):
    request, document = lost
    next_session(connector)
    assert 0 < connector.receive(wrap("", ' messageSetStatusCode="600"')) < 100
    assert connector.send() == document
    connector.receive(ok(document))
    request.refresh_from_db()
    assert (request.state, request.recovered, request.attempts) == ("answered", False, 1)


def test_it_goes_again_even_when_lost_a_second_time(connector, lost):
    request, document = lost
    for _ in range(3):
        assert is_check(next_session(connector), document)
        connector.receive(wrap("", ' messageSetStatusCode="600"'))
        assert connector.send() == document
    assert is_check(next_session(connector), document)
    connector.receive(recovered(document))
    request.refresh_from_db()
    assert request.state == "answered"


def test_a_refusal_found_out_later_closes_the_request_with_it(connector, lost):
    request, document = lost
    next_session(connector)
    connector.receive(recovered(document, 3100, "The name is already in use."))
    request.refresh_from_db()
    assert (request.state, request.status_code, request.recovered) == ("answered", 3100, True)


UNDECIDED = {
    "9002": wrap("", ' messageSetStatusCode="9002"'),
    "9005": wrap("", ' messageSetStatusCode="9005"'),
    "9001": wrap("", ' messageSetStatusCode="9001"'),
    "an empty answer": "",
    "0 without an answer to the request": wrap("", ' messageSetStatusCode="0"'),
    "no status at all": wrap(""),
    "nonsense": "<html>",
}


@pytest.mark.parametrize("answer", UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_decided_becomes_unknown_and_is_told(connector, lost, answer):
    request, _ = lost
    heard = []
    hear = lambda requests, **_: heard.extend(requests)  # noqa: E731
    signals.request_closed.connect(hear)
    try:
        next_session(connector)
        connector.receive(answer)
    finally:
        signals.request_closed.disconnect(hear)
    request.refresh_from_db()
    assert request.state == Request.State.UNKNOWN
    assert "look before" in request.status_message
    assert [one.pk for one in heard] == [request.pk]
    assert connector.send() == ""
    assert not outbox.has_work(request.company)


def test_9002_means_never_executed_only_where_the_setting_says_so(connector, lost, settings):
    settings.QBWC_9002_MEANS_NOT_EXECUTED = True
    _, document = lost
    next_session(connector)
    connector.receive(UNDECIDED["9002"])
    assert connector.send() == document


def test_a_status_check_without_an_answer_is_made_again_and_bounded(connector, lost, settings):
    settings.QBWC_CHECK_ATTEMPTS = 3
    request, document = lost
    for _ in range(3):
        assert is_check(next_session(connector), document)
    connector.authenticate()
    assert connector.send() == ""
    request.refresh_from_db()
    assert request.state == Request.State.UNKNOWN


def test_a_status_check_refused_by_a_dialog_is_made_in_the_next_session(connector, lost):
    request, document = lost
    next_session(connector)
    assert connector.receive("", "0x80040414", "A modal dialog box is showing.") == -1
    assert "0x80040414" in connector.error()
    connector.close()
    assert is_check(next_session(connector), document)
    request.refresh_from_db()
    assert request.state == Request.State.SENT


def test_a_person_who_looked_can_send_an_unknown_request_again(company, connector, lost):
    request, document = lost
    next_session(connector)
    connector.receive(UNDECIDED["9002"])
    outbox.resend(request.pk)
    again = connector.send()
    assert message_attributes(again)["newMessageSetID"] != message_attributes(document)["newMessageSetID"]
    connector.receive(ok(again))
    request.refresh_from_db()
    assert request.state == "answered"


def test_reads_lost_are_simply_asked_again(company, connector):
    request = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    first = connector.send()
    assert "MessageSetID" not in first
    second = next_session(connector)
    assert requests_in(second) == requests_in(first)
    connector.receive(ok(second))
    request.refresh_from_db()
    assert (request.state, request.attempts) == ("answered", 2)


def test_a_read_that_is_never_answered_is_given_up_with_a_reason(company, connector, settings):
    settings.QBWC_REQUEST_ATTEMPTS = 3
    request = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    for _ in range(3):
        assert next_session(connector)
    assert connector.authenticate()[1] == "none"
    request.refresh_from_db()
    assert request.state == Request.State.REFUSED
    assert "3 times" in request.status_message


def test_an_error_that_leaves_the_outcome_open_ends_the_session_and_is_checked(connector, lost):
    request, document = lost
    assert connector.receive("", "0x8004040D", "The session ticket is invalid.") == -1
    assert "0x8004040D" in connector.error()
    assert connector.close() != ""
    request.refresh_from_db()
    assert request.state == Request.State.SENT
    assert is_check(next_session(connector), document)


def test_an_answer_without_the_request_is_checked_too(connector, lost):
    _, document = lost
    connector.receive(wrap(""))
    assert is_check(connector.send(), document)


def test_an_unreadable_answer_to_a_write_is_checked_too(connector, lost):
    _, document = lost
    assert 0 < connector.receive("<QBXML><QBXMLMsgsRs><CustomerAddRs") < 100
    assert is_check(connector.send(), document)
    assert Message.objects.filter(response__contains="<CustomerAddRs").exists()


def test_no_status_check_is_made_in_another_company(company, connector, lost):
    from tests.qbwc.conversation import hcp_of

    connector.hcp = hcp_of("{00000000-0000-0000-0000-000000000001}", "Somebody Else")
    assert next_session(connector) == ""
    assert "Somebody Else" in connector.error()


def test_only_one_write_message_is_ever_in_flight(company, connector, lost):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(company=company, kind="write", body="x", message_set_id="y", sent_at=timezone.now())


def test_an_answer_that_comes_late_changes_nothing(company, connector, lost):
    request, document = lost
    old = connector.ticket
    next_session(connector)
    connector.receive(recovered(document))
    new, connector.ticket = connector.ticket, old
    assert connector.receive(ok(document)) == -1
    assert "newer session" in connector.error()
    connector.ticket = new
    request.refresh_from_db()
    assert request.recovered


def test_the_same_answer_twice_is_taken_once(company, connector, lost):
    request, document = lost
    answer = ok(document)
    first = connector.receive(answer)
    closed_at = Request.objects.get(pk=request.pk).closed_at
    assert connector.receive(answer) == first
    assert Request.objects.get(pk=request.pk).closed_at == closed_at


# Letting QuickBooks forget -------------------------------------------------------------------------------


def test_a_confirmed_outcome_is_cleared_in_a_document_of_its_own_at_the_end(company, connector):
    outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Acme"}})
    documents = connector.update(ok)
    assert [bool(requests_in(document)) for document in documents] == [True, False]
    attributes = message_attributes(documents[1])
    assert attributes["oldMessageSetID"] == message_attributes(documents[0])["newMessageSetID"]
    assert "newMessageSetID" not in attributes
    assert not Message.objects.filter(to_clear=True).exists()


def test_clearing_is_bounded_and_no_reason_for_a_session(company, connector, settings):
    settings.QBWC_CLEARS_PER_SESSION = 2
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    for number in range(5):
        outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": f"Acme {number}"}})
    assert len(connector.update(ok)) == 7
    assert Message.objects.filter(to_clear=True).count() == 3
    assert connector.authenticate()[1] == "none"


def test_nothing_unconfirmed_is_ever_cleared(company, connector, lost):
    assert not Message.objects.filter(to_clear=True).exists()
    next_session(connector)
    connector.receive(UNDECIDED["9002"])
    assert connector.send() == ""
    assert not Message.objects.filter(kind="clear").exists()


def test_message_set_ids_are_short_and_unique(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    for number in range(5):
        outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": f"Acme {number}"}})
    documents = [document for document in connector.update(ok) if requests_in(document)]
    ids = {message_attributes(document)["newMessageSetID"] for document in documents}
    assert len(ids) == 5
    assert all(len(one) <= 20 for one in ids)


# Dead sessions -------------------------------------------------------------------------------------------


def test_a_session_that_nobody_calls_any_more_is_ended(company, connector, lost):
    long_ago = timezone.now() - timezone.timedelta(hours=13)
    Session.objects.update(last_call_at=long_ago)
    assert service.sweep()["sessions"] == 1
    assert connector.send() == ""
    assert Message.objects.get(kind="write").state == "lost"
