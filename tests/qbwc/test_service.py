from __future__ import annotations

from qbwc import outbox, signals
from qbwc.models import Company
from tests.qbwc.conversation import ok


def test_a_request_travels_and_its_answer_is_announced(company, connector):
    heard = []

    def hear(sender, requests, session, **_):
        assert sender is Company
        heard.extend(requests)

    signals.request_closed.connect(hear)
    try:
        request = outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Acme"}}, reference="a/1")
        documents = connector.update(ok)
    finally:
        signals.request_closed.disconnect(hear)
    assert "<Name>Acme</Name>" in documents[0]
    assert [one.pk for one in heard] == [request.pk]
    request.refresh_from_db()
    assert (request.state, request.status_code, request.announced) == ("answered", 0, True)
    result = outbox.read_answer(request)
    assert result.records[0].data["ListID"].endswith("-1770138927")
    assert not outbox.has_work(company)
