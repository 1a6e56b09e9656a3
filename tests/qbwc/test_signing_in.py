"""Who may call, and what happens then: tickets, passwords, guessing, overlapping sessions, connection errors."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from qbwc import outbox, passwords, service, throttle
from qbwc.models import Company, LoginFailure, Session
from tests.qbwc.conversation import WebConnector, hcp_of, ok, requests_in


def query(company):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})


@pytest.fixture
def known(company):
    """A company whose QuickBooks was met before, so that only work is a reason for a session."""
    company.facts = {"product": "QuickBooks Pro 2014"}
    company.save()
    return company


def test_nothing_to_do_is_none_and_opens_no_session(known, connector):
    ticket, answer = connector.authenticate()
    assert (bool(ticket), answer) == (True, "none")
    assert connector.close() == "OK"
    assert not Session.objects.exists()
    known.refresh_from_db()
    assert known.last_contact_at is not None


def test_a_company_never_met_gets_a_session_to_learn_from(company, connector):
    assert connector.update(ok) == []
    company.refresh_from_db()
    assert company.facts["product"]
    assert connector.authenticate()[1] == "none"


def test_work_is_a_ticket_and_the_file_to_open(known, connector):
    query(known)
    assert connector.authenticate()[1] == ""
    known.company_file = r"C:\Books\Acme.QBW"
    known.save()
    assert connector.authenticate()[1] == known.company_file


@pytest.mark.parametrize(
    ("user", "password"), [("acme-qbwc", "wrong"), ("nobody", "wrong"), ("", ""), ("acme-qbwc", "")]
)
def test_a_wrong_user_and_a_wrong_password_are_told_alike(company, user, password):
    assert WebConnector(user, password).authenticate() == ["", "nvu"]
    assert not Session.objects.exists()


def test_a_company_without_a_password_lets_nobody_in(company):
    Company.objects.update(password_hash="")
    for password in ("", company.password):
        assert WebConnector(company.username, password).authenticate() == ["", "nvu"]


def test_the_old_password_dies_with_a_new_one(company, connector):
    passwords.set_password(company)
    assert connector.authenticate() == ["", "nvu"]


def test_while_paused_there_is_nothing_to_do(company, connector):
    query(company)
    Company.objects.update(paused=True)
    assert connector.authenticate()[1] == "none"


def test_tickets_are_long_random_and_unique(company, connector):
    query(company)
    tickets = {connector.authenticate()[0] for _ in range(20)}
    assert len(tickets) == 20
    assert all(re.fullmatch(r"[\w-]{32,64}", ticket) for ticket in tickets)


# Passwords -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["short", "x" * 40, "a" * 10 + "b" * 10, "nineteen-characters"])
def test_weak_passwords_are_refused(company, given):
    with pytest.raises(passwords.TooWeak):
        passwords.set_password(company, given)


def test_a_password_given_is_taken(company):
    given = "correct horse battery staple"
    assert passwords.set_password(company, given) == given
    assert WebConnector(company.username, given).authenticate()[1] != "nvu"


def test_passwords_made_are_long_and_kept_as_a_keyed_hash(company, settings):
    password = passwords.set_password(company)
    assert len(password) >= 20
    assert password not in company.password_hash
    assert passwords.matches(password, company.password_hash)
    settings.QBWC_PASSWORD_KEY = "another key"
    assert not passwords.matches(password, company.password_hash)


@pytest.mark.parametrize("stored", ["", "plain", "md5$x$y", "blake2b$$", "blake2b$00$zz"])
def test_no_stored_rubbish_is_ever_a_match(stored):
    assert not passwords.matches("plain", stored)
    assert not passwords.matches("", stored)


# Guessing ------------------------------------------------------------------------------------------------


def test_guessing_is_slowed_and_tells_nothing(company):
    guesser = WebConnector(company.username, "wrong", address="198.51.100.1")
    answers = [guesser.authenticate()[1] for _ in range(8)]
    assert answers == ["nvu"] * 5 + ["busy"] * 3
    guesser.password = company.password
    assert guesser.authenticate()[1] == "busy", "a right guess must look like a wrong one"


def test_the_right_user_elsewhere_is_not_locked_out(company, connector):
    query(company)
    guesser = WebConnector(company.username, "wrong", address="198.51.100.1")
    for _ in range(50):
        guesser.authenticate()
    assert connector.authenticate()[1] == ""


def test_the_wait_ends(company):
    now = timezone.now()
    for _ in range(100):
        throttle.failed("u", "a", now)
    assert throttle.look("u", "a", now)[0] == 300
    assert throttle.look("u", "a", now + timedelta(seconds=301))[0] == 0


def test_an_address_that_tries_many_users_waits_too(company):
    for number in range(20):
        WebConnector(f"user{number}", "wrong", address="198.51.100.1").authenticate()
    assert WebConnector("user99", "wrong", address="198.51.100.1").authenticate()[1] == "busy"


def test_the_right_password_forgets_the_failures(company, connector):
    query(company)
    connector.password = "wrong"
    for _ in range(4):
        connector.authenticate()
    connector.password = company.password
    assert connector.authenticate()[1] == ""
    connector.password = "wrong"
    assert [connector.authenticate()[1] for _ in range(2)] == ["nvu", "nvu"]


def test_old_failures_are_forgotten_by_the_sweep(company):
    throttle.failed("u", "a", timezone.now() - timedelta(days=2))
    service.sweep()
    assert not LoginFailure.objects.exists()


@pytest.mark.parametrize(("proxies", "seen"), [(0, "203.0.113.7"), (1, "198.51.100.9"), (2, "198.51.100.1")])
def test_a_proxys_word_is_believed_only_as_far_as_set(company, connector, settings, proxies, seen):
    from tests.qbwc.conversation import soap_document

    settings.QBWC_PROXIES = proxies
    body = soap_document("authenticate", {"strUserName": company.username, "strPassword": company.password})
    connector.http("POST", body=body, HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.1, 198.51.100.9")
    company.refresh_from_db()
    assert company.last_address == seen


# Sessions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ticket", ["", "invented", "x" * 5000])
def test_an_unknown_ticket_is_answered_and_gets_nothing(company, connector, ticket):
    query(company)
    connector.ticket = ticket
    assert connector.send() == ""
    assert "not known" in connector.error()
    assert connector.receive("<x/>") == -1
    assert connector.close() == "OK"
    assert connector.call("connectionError", ticket=ticket, hresult="0x80040414", message="x") == "done"


def test_a_closed_ticket_is_dead(company, connector):
    query(company)
    connector.authenticate()
    assert connector.close() == "OK"
    assert connector.close() == "OK"
    assert connector.send() == ""
    assert connector.error()
    assert connector.receive("<x/>") == -1


def test_an_answer_out_of_turn_gets_minus_one_and_a_reason(company, connector):
    query(company)
    connector.authenticate()
    assert connector.receive("<x/>") == -1
    assert "out of turn" in connector.error()
    assert connector.send() != ""


def test_a_second_sign_in_ends_the_first_session(company, connector):
    rows = [query(company) for _ in range(2)]
    connector.authenticate()
    first = connector.ticket
    connector.send()
    second = WebConnector(company.username, company.password, hcp=connector.hcp)
    second.authenticate()
    document = second.send()
    assert {given["requestID"] for _, given in requests_in(document)} == {str(row.pk) for row in rows}
    assert connector.send() == ""
    assert "newer session" in connector.error()
    assert connector.ticket == first
    assert second.receive(ok(document)) == 100


def test_after_a_crash_the_user_may_log_in_again_at_once(company, connector):
    query(company)
    for _ in range(3):
        assert connector.authenticate()[1] not in {"none", "nvu", "busy"}
        assert connector.send()


def test_an_empty_session_ends_without_an_error(company, connector):
    connector.authenticate()
    assert (connector.send(), connector.error(), connector.close()) == ("", "", "OK")


def test_progress_is_100_only_when_nothing_is_left(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    for _ in range(4):
        query(company)
    connector.authenticate()
    assert [connector.receive(ok(connector.send())) for _ in range(4)] == [25, 50, 75, 100]


# When QuickBooks cannot be opened ------------------------------------------------------------------------


def connection_error(connector, hresult, message="It said no."):
    return connector.call("connectionError", ticket=connector.ticket, hresult=hresult, message=message)


@pytest.fixture
def paired(company):
    company.company_file = r"C:\Books\Acme.QBW"
    company.facts = {"product": "x"}
    company.save()
    query(company)
    return company


@pytest.mark.parametrize("hresult", ["0x80040416", "0x80040417"])
def test_a_closed_quickbooks_is_given_the_path_once(paired, connector, hresult):
    connector.authenticate()
    Session.objects.update(given_path="")
    assert connection_error(connector, hresult) == paired.company_file
    assert connection_error(connector, hresult) == "done"


def test_another_open_file_is_never_taken(paired, connector):
    connector.authenticate()
    assert connection_error(connector, "0x8004040A") == "done"
    assert connector.error()


def test_a_file_that_moved_is_tried_as_the_open_one_because_it_is_checked_anyway(paired, connector):
    connector.authenticate()
    assert connection_error(connector, "0x80040403") == ""
    assert connection_error(connector, "0x80040403") == "done"


@pytest.mark.parametrize(
    "hresult", ["0x80040414", "0x80040408", "0x80040418", "0x8004041D", "0x80040420", "0x99999999", ""]
)
def test_every_other_error_ends_with_a_remedy_where_people_look(paired, connector, hresult):
    connector.authenticate()
    assert connection_error(connector, hresult) == "done"
    assert connector.error()
    assert "\n" not in connector.error()
    assert len(connector.error()) <= 200
    paired.refresh_from_db()
    assert paired.problem
    assert connector.close()
    assert outbox.has_work(paired)


def test_a_modal_dialog_in_mid_session_ends_it_with_the_remedy(paired, connector):
    connector.hcp = hcp_of(paired.file_guid)
    connector.authenticate()
    connector.send()
    assert connector.receive("", "0x80040414", "A modal dialog box is showing.") == -1
    assert "dialog" in connector.error().lower()
    connector.close()
    assert len(connector.update(ok)) == 1
    paired.refresh_from_db()
    assert paired.problem == ""


# Health --------------------------------------------------------------------------------------------------


def test_a_company_is_late_after_several_missed_calls(company, connector):
    assert not company.late
    connector.authenticate()
    company.refresh_from_db()
    assert company.next_expected_at == company.last_contact_at + timedelta(minutes=10)
    later = company.last_contact_at + timedelta(minutes=31)
    assert not company.is_late(company.last_contact_at + timedelta(minutes=29))
    assert company.is_late(later)
    company.paused = True
    assert not company.is_late(later)
    company.paused, company.run_every_minutes = False, 0
    assert not company.is_late(later)
