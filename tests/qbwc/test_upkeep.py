"""The set-up file, the address check, what is kept and masked, the commands, and the admin."""

from __future__ import annotations

import io
import json
import re
import threading
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import etree

from qbwc import check, masking, outbox, qwc_file, service
from qbwc.models import Message, Request
from tests.qbwc.conversation import ok, requests_in, rs, wrap


def query(company, **options):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1}, **options)


# The set-up file -----------------------------------------------------------------------------------------


@pytest.fixture
def public(settings):
    settings.PUBLIC_URL = "https://sync.example.com"


def element(text, name):
    return etree.fromstring(text.encode()).findtext(name)


def test_the_setup_file_keeps_every_rule(company, public):
    company.name = "Müller & Söhne <Ltd> with a very long name that goes on"
    text = qwc_file.document(company)
    assert text.isascii()
    assert text.startswith("<?xml")
    assert re.fullmatch(r"\{[0-9A-F-]{36}\}", element(text, "OwnerID"))
    assert element(text, "FileID") == company.file_guid
    assert element(text, "OwnerID") != element(text, "FileID")
    assert element(text, "AppURL") == "https://sync.example.com/qbwc/"
    assert element(text, "AppSupport").startswith("https://sync.example.com/")
    assert (element(text, "UserName"), element(text, "QBType")) == (company.username, "QBFS")
    assert len(element(text, "AppName")) <= 32
    assert element(text, "Scheduler/RunEveryNMinutes") == "10"
    assert element(text, "IsReadOnly") is None
    assert element(text, "AppID") == ""
    assert "assword" not in text


def test_the_setup_file_is_the_same_each_time(company, public):
    assert qwc_file.document(company) == qwc_file.document(company)


def test_two_companies_share_the_owner_id_and_nothing_else(company, make_company, public):
    one, two = qwc_file.document(company), qwc_file.document(make_company("other"))
    assert element(one, "OwnerID") == element(two, "OwnerID")
    for name in ("FileID", "UserName", "AppUniqueName", "AppName"):
        assert element(one, name) != element(two, name)


def test_the_setup_file_takes_its_options(company, public):
    text = qwc_file.document(company, every_seconds=90, unattended=False, personal_data="pdpRequired", read_only=True)
    assert element(text, "Scheduler/RunEveryNSeconds") == "90"
    assert element(text, "UnattendedModePref") == "umpRequired"
    assert (element(text, "PersonalDataPref"), element(text, "IsReadOnly")) == ("pdpRequired", "true")
    company.run_every_minutes = 0
    assert element(qwc_file.document(company), "Scheduler") is None


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://sync.example.com", True),
        ("http://localhost:8000", True),
        ("http://sync.example.com", False),
        ("https://203.0.113.7", False),
        ("https://[2001:db8::1]", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_only_addresses_that_the_web_connector_takes_get_a_file(company, settings, url, good):
    settings.PUBLIC_URL = url
    if good:
        qwc_file.document(company)
    else:
        with pytest.raises(qwc_file.NotPossible):
            qwc_file.document(company)


# The check of an address ---------------------------------------------------------------------------------


@pytest.fixture
def serve():
    servers = []

    def start(app):
        class Quiet(WSGIRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

        server = make_server("localhost", 0, app, handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://localhost:{server.server_port}/qbwc/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def reply(start_response, status, content_type, body, **headers):
    given = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(status, given + [(name.replace("_", "-"), value) for name, value in headers.items()])
    return [body]


def good(environ, start_response):
    from qbwc import soap
    from qbwc.operations import wsdl

    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return reply(start_response, "200 OK", "text/xml; charset=utf-8", soap.answer(body))
    if environ["QUERY_STRING"] == "wsdl":
        return reply(start_response, "200 OK", "text/xml", wsdl("http://localhost/").encode())
    return reply(start_response, "200 OK", "text/plain", b"hello")


def bad_findings(url):
    return {finding.name for finding in check.check(url) if not finding.ok}


def test_a_good_address_passes(serve):
    assert bad_findings(serve(good)) <= {"keep-alive"}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (lambda e, s: reply(s, "405 No", "text/plain", b"") if e["REQUEST_METHOD"] == "GET" else good(e, s), "GET"),
        (lambda e, s: reply(s, "301 Moved", "text/html", b"", Location="https://x/"), "GET"),
        (lambda e, s: reply(s, "200 OK", "text/html", b"<html>"), "a call"),
        (lambda e, s: reply(s, "404 No", "text/html", b"") if "support" in e["PATH_INFO"] else good(e, s), "support"),
        (lambda e, s: reply(s, "200 OK", "text/plain", b"x") if e["QUERY_STRING"] else good(e, s), "WSDL"),
    ],
)
def test_what_is_wrong_is_found_with_a_remedy(serve, wrong, found):
    findings = [finding for finding in check.check(serve(wrong)) if not finding.ok]
    assert any(found in finding.name for finding in findings)
    assert all(finding.remedy for finding in findings)


def test_a_scheme_or_an_ip_address_that_is_refused_is_named():
    assert {"scheme"} <= bad_findings("ftp://sync.example.com/")
    assert {"scheme", "host name"} <= bad_findings("http://127.0.0.1:1/qbwc/")
    assert "connection" in bad_findings("http://localhost:1/qbwc/")


def test_the_command_tells_and_fails_with_a_status(serve, capsys):
    call_command("check_qwc", serve(good), stdout=io.StringIO())
    with pytest.raises(CommandError, match="failed"):
        call_command("check_qwc", "http://localhost:1/qbwc/", stdout=io.StringIO())


# Masking and keeping -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("<CreditCardNumber>4111111111111111</CreditCardNumber>", "411111111111"),
        ("<Notes>card 4111 1111 1111 1111 thanks</Notes>", "4111 1111"),
        ("<SSN>123-45-6789</SSN>", "123-45"),
        ("<Notes>her number is 123-45-6789</Notes>", "123-45-6789"),
        ("<strPassword>hello-there</strPassword>", "hello-"),
    ],
)
def test_secrets_are_masked_in_place(text, hidden):
    masked = masking.masked(text)
    assert hidden not in masked
    assert len(masked) == len(text)


@pytest.mark.parametrize(
    "text", ["<ListID>80000A21-1770138927</ListID>", "<Phone>415-555-6579</Phone>", "<x>1234567890123456</x>"]
)
def test_ordinary_values_are_left_alone(text):
    assert masking.masked(text) == text


def card(document):
    number = "<CreditCardNumber>4111111111111111</CreditCardNumber>"
    record = f"<CustomerRet>\n<ListID>1-1</ListID>\n<CreditCardInfo>\n{number}\n</CreditCardInfo>\n</CustomerRet>\n"
    return wrap("".join(rs(name, given["requestID"], record) for name, given in requests_in(document)))


def test_what_is_kept_is_masked_and_its_answers_stay_readable(company, connector):
    rows = [query(company) for _ in range(2)]
    connector.update(card)
    assert Message.objects.filter(response__contains="4111111111111111").exists()
    service.sweep()
    assert not Message.objects.filter(response__contains="4111111111111111").exists()
    row = Request.objects.get(pk=rows[1].pk)
    assert outbox.read_answer(row).request_id == str(row.pk)
    assert outbox.read_answer(row).records[0].data["ListID"] == "1-1"


def test_nothing_is_masked_or_deleted_before_it_is_consumed(company, connector, settings):
    from qbwc import signals

    def deaf(**_):
        raise RuntimeError

    signals.request_closed.connect(deaf)
    try:
        query(company)
        connector.update(card)
        Request.objects.update(closed_at=timezone.now() - timedelta(days=90))
        service.sweep()
        assert Message.objects.filter(response__contains="4111111111111111").exists()
        assert Request.objects.exists()
    finally:
        signals.request_closed.disconnect(deaf)


def test_large_texts_are_cut_after_a_while(company, connector, settings):
    settings.QBWC_KEEP_BYTES = 100
    row = query(company)
    connector.update(ok)
    service.sweep()
    assert Request.objects.get(pk=row.pk).answer
    Message.objects.update(answered_at=timezone.now() - timedelta(days=2))
    service.sweep()
    assert Request.objects.get(pk=row.pk).answer == ""
    assert all(len(message.response) <= 100 for message in Message.objects.all())


def test_old_rows_go_and_unknown_ones_stay(company, connector, settings):
    old, unknown, fresh = query(company), query(company), query(company)
    connector.update(ok)
    Request.objects.filter(pk__in=[old.pk, unknown.pk]).update(closed_at=timezone.now() - timedelta(days=31))
    Request.objects.filter(pk=unknown.pk).update(state="unknown")
    service.sweep()
    assert set(Request.objects.values_list("pk", flat=True)) == {unknown.pk, fresh.pk}


# Commands ------------------------------------------------------------------------------------------------


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_qwc_prints_and_writes_the_file(company, tmp_path):
    assert run("qwc", "acme") == qwc_file.document(company)
    run("qwc", "acme", output=str(tmp_path / "a.qwc"))
    assert (tmp_path / "a.qwc").read_text() == qwc_file.document(company)
    with pytest.raises(CommandError, match="Known: acme"):
        run("qwc", "nobody")
    with pytest.raises(CommandError, match="could not be written"):
        run("qwc", "acme", output=str(tmp_path / "no" / "a.qwc"))


def test_qwc_password_gives_a_new_one_that_works(company, connector):
    connector.password = run("qwc_password", "acme").strip()
    assert len(connector.password) >= 20
    assert connector.authenticate()[1] != "nvu"


DOCUMENT = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    "<CustomerAddRq><CustomerAdd><Name>A</Name></CustomerAdd></CustomerAddRq>"
    "<CustomerQueryRq><MaxReturned>1</MaxReturned></CustomerQueryRq></QBXMLMsgsRq></QBXML>"
)


def test_enqueue_takes_a_document_request_by_request(company, tmp_path, monkeypatch):
    (tmp_path / "a.xml").write_text(DOCUMENT)
    ids = [int(line) for line in run("enqueue", "acme", str(tmp_path / "a.xml")).split()]
    assert list(Request.objects.order_by("id").values_list("id", "name")) == list(
        zip(ids, ["CustomerAdd", "CustomerQuery"], strict=True)
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(DOCUMENT))
    first, second = run("enqueue", "acme", "-", chain=True).split()
    assert Request.objects.get(pk=second).depends_on_id == int(first)


@pytest.mark.parametrize(
    "document", ["", "<x/>", "nonsense", DOCUMENT.replace("<Name>A", "<Name>" + "x" * 50), "<!DOCTYPE x>" + DOCUMENT]
)
def test_enqueue_takes_all_or_nothing(company, tmp_path, document):
    (tmp_path / "a.xml").write_text(document)
    with pytest.raises(CommandError):
        run("enqueue", "acme", str(tmp_path / "a.xml"))
    with pytest.raises(CommandError):
        run("enqueue", "acme", str(tmp_path / "missing.xml"))
    assert not Request.objects.exists()


def test_requests_lists_cancels_and_sends_again(company, connector, make_company):
    done = query(company, reference="x")
    connector.update(ok)
    waiting = query(company)
    assert f"{waiting.pk}  queued  CustomerQuery" in run("requests", "acme")
    (row,) = json.loads(run("requests", "acme", json=True, state=["answered"]))
    assert (row["id"], row["status_code"], row["reference"]) == (done.pk, 0, "x")
    assert row["answer"].startswith("<CustomerQueryRs")
    assert "cancelled" in run("requests", "acme", cancel=[waiting.pk])
    with pytest.raises(CommandError, match="not cancelled"):
        run("requests", "acme", cancel=[waiting.pk])
    assert "queued again" in run("requests", "acme", resend=[waiting.pk, done.pk])
    with pytest.raises(CommandError, match="Not a request of"):
        run("requests", make_company("other").key, cancel=[waiting.pk])


# The admin -----------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client, db):
    user = get_user_model().objects.create_superuser("boss", "boss@example.com", "x")
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", ["company", "session", "request", "message", "pull"])
def test_every_list_and_page_opens(company, connector, staff, model):
    from qbwc import pulls

    pulls.start(company, "CustomerQuery", since="2020-01-01T00:00:00")
    query(company)
    connector.update(card)
    page = staff.get(reverse(f"admin:qbwc_{model}_changelist"))
    assert page.status_code == 200
    from django.apps import apps

    row = apps.get_model("qbwc", model).objects.first()
    page = staff.get(reverse(f"admin:qbwc_{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert "4111111111111111" not in page.content.decode()
    assert company.password_hash not in page.content.decode()
    assert connector.ticket not in page.content.decode()


def test_a_failed_request_is_explained_where_people_look(company, connector, staff):
    from html import escape

    from qbwc.qbxml import status

    def refusing(document):
        return wrap("".join(rs(name, given["requestID"], "", 3260, "No") for name, given in requests_in(document)))

    row, whole = query(company), query(company)
    Request.objects.update(alone=True)
    answers = iter([refusing, lambda _: ("0x80040400", "QuickBooks found an error")])
    connector.update(lambda document: next(answers)(document))
    for pk, meaning in ((row.pk, status.explain(3260)), (whole.pk, status.explain_hresult("0x80040400"))):
        page = staff.get(reverse("admin:qbwc_request_change", args=[pk])).content.decode()
        for text in (meaning.meaning, meaning.cause, meaning.remedy):
            assert escape(text) in page
        assert meaning.remedy in run("requests", "acme")
    page = staff.get(reverse("admin:qbwc_message_change", args=[Message.objects.get(hresult="0x80040400").pk]))
    assert escape(status.explain_hresult("0x80040400").remedy) in page.content.decode()


def test_long_lists_are_neither_counted_nor_read_whole(company, staff):
    first = query(company)
    Request.objects.bulk_create(
        [Request(company=company, name="CustomerQuery", body="SECRETBODY", state="queued") for _ in range(300)]
    )
    for path in ("", "?state__exact=queued", f"?q={first.pk}", "?q=CustomerQuery", "?p=3"):
        with CaptureQueriesContext(__import__("django.db").db.connection) as captured:
            page = staff.get(reverse("admin:qbwc_request_changelist") + path)
        assert page.status_code == 200
        requests = [one["sql"] for one in captured.captured_queries if 'FROM "qbwc_request"' in one["sql"]]
        assert len(captured.captured_queries) < 25
        counts = [sql for sql in requests if "COUNT(" in sql]
        assert counts
        assert all("LIMIT 10000" in sql for sql in counts), counts
        assert not any('"qbwc_request"."body"' in sql for sql in requests), requests


def test_actions_cancel_send_again_and_give_passwords(company, connector, staff):
    row = query(company)
    url = reverse("admin:qbwc_request_changelist")
    staff.post(url, {"action": "cancel", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.state == "cancelled"
    staff.post(url, {"action": "resend", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.state == "queued"
    old = company.password_hash
    url = reverse("admin:qbwc_company_changelist")
    page = staff.post(url, {"action": "rotate_password", "_selected_action": [company.pk]}, follow=True)
    company.refresh_from_db()
    assert company.password_hash != old
    shown = re.search(r"is (\w{20,}) \(it is shown", page.content.decode())
    connector.password = shown.group(1)
    assert connector.authenticate()[1] != "nvu"
    assert shown.group(1) not in staff.get(url).content.decode()


def test_a_new_company_shows_its_password_once(staff):
    from qbwc.models import Company

    data = {"key": "new", "name": "New", "username": "new-qbwc", "company_file": "", "run_every_minutes": 5}
    page = staff.post(reverse("admin:qbwc_company_add"), data, follow=True)
    assert "it is shown only this once" in page.content.decode()
    assert Company.objects.get(key="new").password_hash


def test_the_setup_file_is_for_staff_only(company, client, staff):
    url = reverse("qbwc:download", args=["acme"])
    page = staff.get(url)
    assert (page.status_code, page.headers["Content-Disposition"]) == (200, 'attachment; filename="acme.qwc"')
    staff.logout()
    assert staff.get(url).status_code == 302
    assert staff.get(reverse("qbwc:check")).status_code == 302


def test_the_check_page_opens(staff):
    assert staff.get(reverse("qbwc:check")).status_code == 200
