"""What other implementations got wrong, each as a test of this one."""

from __future__ import annotations

import pytest

from qbwc import outbox, pulls
from qbwc.models import Request
from tests.qbwc.conversation import WebConnector, hcp_of, message_attributes, ok, requests_in, rs, wrap


def query(company, **options):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1}, **options)


def add(company, name="Acme", **options):
    return outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": name}}, **options)


def test_nothing_found_is_not_an_error_and_the_session_goes_on(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    empty, after = query(company), query(company)

    def answer(document):
        (name, given), *_ = requests_in(document)
        return wrap(rs(name, given["requestID"], "", 1, "A query request did not find a matching object in QuickBooks"))

    assert len(connector.update(answer)) == 2
    for row in (empty, after):
        row.refresh_from_db()
        assert (row.state, row.status_code, row.failed) == ("answered", 1, False)


@pytest.mark.parametrize("code", [500, 530, 3100, 3170, 3200, 3250, 9100, 12345])
def test_no_status_of_one_request_ends_the_session_or_stops_the_others(company, connector, code):
    bad, good = query(company), query(company)

    def answer(document):
        return wrap(
            "".join(
                rs(name, given["requestID"], "", code if given["requestID"] == str(bad.pk) else 0, "said")
                for name, given in requests_in(document)
            )
        )

    connector.authenticate()
    assert connector.receive(answer(connector.send())) == 100
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status_code, good.status_code) == (code, 0)
    assert bad.status_message == "said"


def test_each_answer_of_a_message_has_its_own_status(company, connector):
    rows = [query(company) for _ in range(3)]
    codes = dict(zip([str(row.pk) for row in rows], [0, 3120, 1], strict=True))

    def answer(document):
        return wrap("".join(rs(n, g["requestID"], "", codes[g["requestID"]]) for n, g in requests_in(document)))

    connector.update(answer)
    assert [Request.objects.get(pk=row.pk).status_code for row in rows] == [0, 3120, 1]


def test_an_add_stuck_in_error_is_never_posted_again(company, connector):
    """A job left enabled posted over a hundred deposits elsewhere."""
    add(company)

    def answer(document):
        saved = "There was an error when saving."
        return wrap("".join(rs(name, given["requestID"], "", 3180, saved) for name, given in requests_in(document)))

    assert len(connector.update(answer)) <= 2
    for _ in range(5):
        assert connector.update(answer) == []


def test_an_hresult_answer_never_brings_the_same_request_for_ever(company, connector):
    query(company)
    documents = connector.update(lambda document: ("0x80040400", "parse error"))
    assert len(documents) == 1
    assert connector.authenticate()[1] == "none"


def test_requests_come_in_the_order_of_queueing_never_last_in_first_out(company, connector, settings):
    settings.QBWC_REQUESTS_PER_MESSAGE = 1
    rows = [query(company) for _ in range(12)]
    documents = connector.update(ok)
    assert [int(requests_in(document)[0][1]["requestID"]) for document in documents] == [row.pk for row in rows]


def test_the_request_id_is_kept_on_every_page(company, connector, settings):
    settings.QBWC_PAGE_RECORDS = 1
    pulls.start(company, "CustomerQuery", since="2020-01-01T00:00:00")
    pages = iter([2, 1, 0])
    seen = []

    def answer(document):
        (name, given), *_ = requests_in(document)
        seen.append(given["requestID"])
        left = next(pages)
        record = "<CustomerRet>\n<ListID>1-1</ListID>\n</CustomerRet>\n"
        more = f' iteratorRemainingCount="{left}" iteratorID="{{i}}"'
        return wrap(rs(name, given["requestID"], record, more=more))

    connector.update(answer)
    assert len(set(seen)) == 3
    assert set(Request.objects.filter(pull__isnull=False).values_list("state", flat=True)) == {"answered"}


def test_a_due_poll_is_never_refused_for_having_just_been_here(company, connector):
    for _ in range(3):
        query(company)
        assert len(connector.update(ok)) == 1


def test_a_crash_leaves_nothing_in_process_for_ever(company, connector):
    row = query(company)
    connector.authenticate()
    connector.send()
    connector.update(ok)
    row.refresh_from_db()
    assert row.state == "answered"


def test_connection_errors_delete_no_queued_work(company, connector):
    query(company)
    connector.authenticate()
    connector.call("connectionError", ticket=connector.ticket, hresult="0x80040408", message="x")
    connector.close()
    assert outbox.has_work(company)


def test_a_negative_answer_is_always_explained(company, connector):
    query(company)
    for hresult in ("0x80040402", "0x8004040D", "0x80010108", "0x1", "nonsense"):
        connector.authenticate()
        connector.send()
        assert connector.receive("", hresult, "") == -1
        assert connector.error()


def test_one_strange_value_does_not_cost_the_whole_answer(company, connector):
    row = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 2})
    record = (
        "<CustomerRet>\n<ListID>1-1</ListID>\n<IsActive>perhaps</IsActive>\n<Balance>lots</Balance>\n"
        "<NewElement>x</NewElement>\n<JobStatus>Imaginary</JobStatus>\n</CustomerRet>\n"
    )
    connector.update(lambda document: wrap(rs("CustomerQuery", str(row.pk), record)))
    row.refresh_from_db()
    assert row.state == "answered"
    assert outbox.read_answer(row).records[0].data["ListID"] == "1-1"


def test_control_characters_in_old_data_do_not_cost_the_answer(company, connector):
    row = query(company)
    record = "<CustomerRet>\n<ListID>1-1</ListID>\n<Notes>a&#x0B;b&#1;c</Notes>\n</CustomerRet>\n"
    connector.update(lambda document: wrap(rs("CustomerQuery", str(row.pk), record)))
    row.refresh_from_db()
    assert (row.state, row.status_code) == ("answered", 0)
    assert outbox.read_answer(row).records[0].data["Notes"]


def test_one_record_or_many_repeatable_elements_are_lists(company, connector):
    row = query(company)
    record = (
        "<CustomerRet>\n<ListID>1-1</ListID>\n<AdditionalContactRef>\n<ContactName>Main Phone</ContactName>\n"
        "<ContactValue>1</ContactValue>\n</AdditionalContactRef>\n</CustomerRet>\n"
    )
    connector.update(lambda document: wrap(rs("CustomerQuery", str(row.pk), record)))
    row.refresh_from_db()
    assert isinstance(outbox.read_answer(row).records[0].data["AdditionalContactRef"], list)


def test_four_connectors_in_turn_never_see_each_others_work(make_company):
    companies = [make_company(f"c{number}") for number in range(4)]
    connectors = []
    for company in companies:
        for number in range(6):
            add(company, f"of {company.key} {number}")
        connector = WebConnector(company.username, company.password, hcp=hcp_of(company.file_guid, company.key))
        connector.authenticate()
        connectors.append(connector)
    for _ in range(3):
        for company, connector in zip(companies, connectors, strict=True):
            document = connector.send()
            if document and requests_in(document):
                assert document.count(f"of {company.key} ") == len(requests_in(document))
            if document:
                connector.receive(ok(document))
    assert set(Request.objects.values_list("state", flat=True)) == {"answered"}
    sets = [company.messages.exclude(message_set_id="").count() for company in companies]
    assert sets == [1, 1, 1, 1]


def test_work_of_one_company_is_never_given_to_anothers_ticket(make_company):
    one, two = make_company("one"), make_company("two")
    add(one, "of one")
    query(two)
    first = WebConnector(one.username, one.password, hcp=hcp_of(one.file_guid, "one"))
    second = WebConnector(two.username, two.password, hcp=hcp_of(two.file_guid, "two"))
    first.authenticate()
    second.authenticate()
    written = first.send()
    asked = second.send()
    assert "of one" in written
    assert "of one" not in asked
    second.receive(ok(written))
    row = Request.objects.get(company=one)
    assert row.state == "sent", "an answer under another company's ticket closes nothing of ours"


def test_a_write_always_carries_an_id_and_a_read_never(company, connector):
    add(company)
    query(company)
    write, read, *_ = connector.update(ok)
    assert "newMessageSetID" in message_attributes(write)
    assert "oldMessageSetID" not in message_attributes(write)
    assert not {"newMessageSetID", "oldMessageSetID"} & set(message_attributes(read))
