"""The queue: dependencies, delays, repetition, cancelling, sending again; and that it stays quick when long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qbwc import announce, messages, outbox, service, signals
from qbwc.models import Company, Request, Session
from qbwc.qbxml.errors import BadRequest
from tests.qbwc.conversation import ok, requests_in, rs, wrap


def add(company, name="Acme", **options):
    return outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": name}}, **options)


def query(company, **options):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1}, **options)


def state(request):
    request.refresh_from_db()
    return request.state


def failing(name):
    """QuickBooks says no to whatever names this."""

    def answer(document):
        if name not in document:
            return ok(document)
        inside = "".join(rs(kind, given["requestID"], "", 3100, "in use") for kind, given in requests_in(document))
        return wrap(inside)

    return answer


def test_what_is_not_valid_never_gets_in(company):
    with pytest.raises(BadRequest):
        add(company, "x" * 42)
    with pytest.raises(BadRequest):
        outbox.enqueue(company, "CustomerQuery", body="<CustomerQueryRq><Nonsense/></CustomerQueryRq>")
    with pytest.raises(ValueError, match="not a CustomerAdd"):
        outbox.enqueue(company, "CustomerAdd", body="<CustomerQueryRq/>")
    assert not Request.objects.exists()


def test_a_request_may_come_as_text(company, connector):
    row = outbox.enqueue(
        company, "", body='<CustomerQueryRq requestID="mine"><MaxReturned>1</MaxReturned></CustomerQueryRq>'
    )
    connector.update(ok)
    assert (row.name, state(row)) == ("CustomerQuery", "answered")


# Dependencies --------------------------------------------------------------------------------------------


def test_a_request_waits_for_another_and_uses_what_it_returned(company, connector):
    parent = add(company)
    child = outbox.enqueue(
        company,
        "CustomerAdd",
        {"CustomerAdd": {"Name": "Job", "ParentRef": {"ListID": "@{ListID}"}}},
        depends_on=parent,
        priority=10,
    )
    documents = connector.update(ok)
    assert "<Name>Acme</Name>" in documents[0]
    assert f"<ListID>8000{parent.pk:04X}-1770138927</ListID>" in documents[1]
    assert "@{" not in documents[1]
    assert state(child) == "answered"
    assert "@{ListID}" in child.body


def test_a_request_can_wait_for_one_that_is_done_already(company, connector):
    parent = add(company)
    connector.update(ok)
    child = add(company, "Job", depends_on=parent.pk)
    assert child.ready
    connector.update(ok)
    assert state(child) == "answered"


def test_a_failure_parks_its_children_and_theirs_with_the_reason(company, connector):
    parent = add(company, "bad")
    child = add(company, "child", depends_on=parent)
    grandchild = add(company, "grandchild", depends_on=child)
    bystander = add(company, "bystander")
    heard = []
    hear = lambda requests, **_: heard.extend(one.pk for one in requests)  # noqa: E731
    signals.request_closed.connect(hear)
    try:
        connector.update(failing("bad"))
    finally:
        signals.request_closed.disconnect(hear)
    assert [state(one) for one in (parent, child, grandchild, bystander)] == [
        "answered", "cancelled", "cancelled", "answered",
    ]  # fmt: skip
    assert f"request {parent.pk}" in child.status_message
    assert {parent.pk, child.pk, grandchild.pk} <= set(heard)


def test_a_child_of_a_failed_request_is_not_queued_at_all(company, connector):
    parent = add(company, "bad")
    connector.update(failing("bad"))
    child = add(company, "child", depends_on=parent)
    assert state(child) == "cancelled"


def test_a_quarantined_parent_parks_its_children(company, connector):
    parent = add(company, "bad")
    child = add(company, "child", depends_on=parent)
    connector.update(lambda document: ("0x80040400", "no") if requests_in(document) else ok(document))
    assert (state(parent), state(child)) == ("refused", "cancelled")


def test_a_value_that_the_parent_did_not_return_refuses_the_child(company, connector):
    parent = add(company)
    data = {"CustomerAdd": {"Name": "Job", "ParentRef": {"ListID": "@{NoSuchThing}"}}}
    child = outbox.enqueue(company, "CustomerAdd", data, depends_on=parent)
    connector.update(ok)
    assert state(child) == "refused"
    assert "NoSuchThing" in child.status_message


def test_a_recovered_parent_gives_its_id(company, connector):
    from tests.qbwc.conversation import recovered

    parent = add(company)
    data = {"CustomerAdd": {"Name": "Job", "ParentRef": {"ListID": "@{ListID}"}}}
    outbox.enqueue(company, "CustomerAdd", data, depends_on=parent)
    connector.authenticate()
    document = connector.send()
    connector.authenticate()
    connector.send()
    connector.receive(recovered(document))
    assert "<ListID>80000001-1</ListID>" in connector.send()


def test_a_dependency_on_another_companys_request_is_refused(company, make_company):
    stranger = add(make_company("other"))
    with pytest.raises(ValueError, match="does not exist in this company"):
        add(company, depends_on=stranger)


# Time ----------------------------------------------------------------------------------------------------


def test_a_delayed_request_waits_for_its_moment(company, connector):
    row = query(company, not_before=timezone.now() + timedelta(hours=1))
    company.facts = {"known": True}
    company.save()
    assert connector.authenticate()[1] == "none"
    Request.objects.filter(pk=row.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert outbox.has_work(company)
    assert len(connector.update(ok)) == 1
    assert state(row) == "answered"


def test_a_recurring_request_comes_again_after_its_interval(company, connector):
    row = query(company, repeat_minutes=60, reference="hourly")
    connector.update(ok)
    following = Request.objects.get(reference="hourly", state="queued")
    assert following.pk != row.pk
    assert timedelta(minutes=59) < following.not_before - timezone.now() <= timedelta(minutes=60)
    assert connector.authenticate()[1] == "none"
    assert outbox.cancel(following.pk)
    assert not Request.objects.filter(state="queued").exists()


def test_a_session_waits_while_work_is_being_prepared(company, connector, settings):
    query(company)
    outbox.hold(company, 60)
    connector.authenticate()
    assert 0 < connector.receive(ok(connector.send())) < 100
    assert (connector.send(), connector.error()) == ("", "NoOp")
    row = query(company)
    assert requests_in(connector.send())[0][1]["requestID"] == str(row.pk)
    outbox.hold(company, 0)
    assert connector.receive(ok(wrap_query(row))) == 100


def wrap_query(row):
    return f'<QBXML><QBXMLMsgsRq><CustomerQueryRq requestID="{row.pk}"/></QBXMLMsgsRq></QBXML>'


def test_waiting_is_bounded(company, connector, settings):
    settings.QBWC_NOOPS = 3
    outbox.hold(company, 3600)
    connector.authenticate()
    for _ in range(3):
        assert (connector.send(), connector.error()) == ("", "NoOp")
    assert (connector.send(), connector.error()) == ("", "")


# Ending and beginning again ------------------------------------------------------------------------------


def test_cancelling_works_until_it_is_out(company, connector):
    row, child = add(company), None
    child = add(company, "child", depends_on=row)
    assert outbox.cancel(row.pk)
    assert not outbox.cancel(row.pk)
    assert (state(row), state(child)) == ("cancelled", "cancelled")
    out = add(company, "out")
    connector.authenticate()
    connector.send()
    assert not outbox.cancel(out.pk)


def test_what_a_person_cancels_is_told_by_the_sweep(company):
    row = add(company)
    outbox.cancel(row.pk)
    heard = []
    hear = lambda requests, **_: heard.extend(one.pk for one in requests)  # noqa: E731
    signals.request_closed.connect(hear)
    try:
        service.sweep()
        service.sweep()
    finally:
        signals.request_closed.disconnect(hear)
    assert heard == [row.pk]


def test_sending_again_is_for_what_was_not_done(company, connector):
    done, failed, read = add(company), add(company, "bad"), query(company)
    connector.update(failing("bad"))
    connector.update(failing("nothing"))
    waiting = query(company)
    Request.objects.filter(pk=done.pk).update(status_code=0)
    with pytest.raises(outbox.NotPossible, match="done twice"):
        outbox.resend(done.pk)
    with pytest.raises(outbox.NotPossible, match="queued"):
        outbox.resend(waiting.pk)
    outbox.resend(failed.pk)
    outbox.resend(read.pk)
    connector.update(ok)
    assert [state(one) for one in (failed, read)] == ["answered", "answered"]
    assert failed.status_code == 0


# Announcing ----------------------------------------------------------------------------------------------


def test_a_receiver_that_fails_never_breaks_the_call_and_is_told_again(company, connector):
    row = add(company, reference="x")
    calls = []

    def hear(requests, **_):
        calls.append([one.pk for one in requests])
        Company.objects.filter(pk=company.pk).update(name="half done")
        if len(calls) == 1:
            raise RuntimeError("receiver")

    signals.request_closed.connect(hear)
    try:
        connector.authenticate()
        document = connector.send()
        assert connector.receive(ok(document)) > 0
        assert state(row) == "answered"
        assert not row.announced
        assert Company.objects.get(pk=company.pk).name != "half done"
        assert [one.pk for one in outbox.unannounced()] == [row.pk]
        assert service.sweep()["announced"] == 1
    finally:
        signals.request_closed.disconnect(hear)
    assert calls == [[row.pk], [row.pk]]
    assert not outbox.unannounced().exists()


def test_requests_of_one_message_are_announced_together(company, connector):
    rows = [query(company) for _ in range(4)]
    calls = []
    hear = lambda requests, session, sender, **_: calls.append((sender, [one.pk for one in requests]))  # noqa: E731
    signals.request_closed.connect(hear)
    try:
        connector.update(ok)
    finally:
        signals.request_closed.disconnect(hear)
    assert calls == [(Company, [one.pk for one in rows])]


def test_what_a_receiver_queues_goes_in_the_same_session(company, connector):
    add(company, "first")

    def hear(requests, **_):
        if "first" in requests[0].body:
            add(company, "second")

    signals.request_closed.connect(hear)
    try:
        documents = connector.update(ok)
    finally:
        signals.request_closed.disconnect(hear)
    assert "second" in documents[1]


# Many ----------------------------------------------------------------------------------------------------


def fill(company, number):
    first = query(company)
    Request.objects.bulk_create(
        [
            Request(company=company, name=first.name, body=first.body, checked_for=first.checked_for)
            for _ in range(number - 1)
        ],
        batch_size=1000,
    )


def statements(captured):
    control = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")
    return [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(control)]


@pytest.mark.parametrize("queued", [10, 20_000])
def test_a_call_takes_few_statements_however_much_is_queued(company, connector, settings, queued):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    fill(company, queued)
    connector.authenticate()
    connector.receive(ok(connector.send()))
    with CaptureQueriesContext(
        connection,
    ) as sending:
        document = connector.send()
    answer = ok(document)
    with CaptureQueriesContext(connection) as receiving:
        connector.receive(answer)
    assert len(statements(sending)) <= 5, statements(sending)
    assert len(statements(receiving)) <= 6, statements(receiving)
    assert not [sql for sql in statements(sending) + statements(receiving) if "COUNT(" in sql]


def test_the_choice_of_work_reads_the_index_and_sorts_nothing(company, connector):
    fill(company, 3000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE qbwc_request")
    connector.authenticate()
    session = Session.objects.select_related("company").get(ticket=connector.ticket)
    with CaptureQueriesContext(connection) as captured:
        messages._candidates(session)
    (sql,) = statements(captured)
    with connection.cursor() as cursor:
        cursor.execute(
            ("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql.replace("%", "%%")
        )
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "qbwc_request_queue" in plan, plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_nobody_consumed_requests_are_found_by_the_index(company, connector):
    fill(company, 3)
    connector.update(ok)
    assert announce.pending() == 0
