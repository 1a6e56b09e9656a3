"""The Web Connector over a real socket, and the .qwc file that it is set up with."""

from __future__ import annotations

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.qwc import QwcError, read_qwc
from project.sandbox.web_connector import WebConnector

from .server import ScriptedServer
from .support import FILE, OWNER, customer_add, document

QWC = f"""<?xml version="1.0"?>
<QBWCXML>
  <AppName>Acme Sync</AppName>
  <AppID></AppID>
  <AppURL>https://app.example.com/qbwc/</AppURL>
  <AppDescription>Acme Sync for QuickBooks</AppDescription>
  <AppSupport>https://app.example.com/support/</AppSupport>
  <UserName>acme-7f3c</UserName>
  <OwnerID>{OWNER}</OwnerID>
  <FileID>{FILE}</FileID>
  <QBType>QBFS</QBType>
  <Scheduler><RunEveryNMinutes>15</RunEveryNMinutes></Scheduler>
</QBWCXML>
"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served():
    server = ScriptedServer([document(customer_add("<Name>Zo&#235; &amp; Co</Name>"))])
    http = make_server("localhost", 0, server, handler_class=Quiet)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield server, f"http://localhost:{http.server_port}/qbwc/"
    http.shutdown()
    http.server_close()
    thread.join()


def connector(url, file):
    return WebConnector(file, username="u", password="p", clock=file.clock, chance=file.chance, url=url)


def test_a_session_over_http(served):
    server, url = served
    file = CompanyFile("Acme", clock=Clock(), chance=Chance(1))
    result = connector(url, file).update()
    assert result.ok, result.log
    assert [each["Name"] for each in file.customers()] == ["Zoë & Co"]
    assert "Zo&#235; &amp; Co" in server.arguments("receiveResponseXML")[0]["response"]


def test_a_server_that_is_not_there():
    file = CompanyFile("Acme", clock=Clock(), chance=Chance(1))
    result = connector("http://localhost:1/qbwc/", file).update()
    assert result.error == "QBWC1048"
    assert "Unable to connect to the remote server" in result.status


def set_up(qwc, **options):
    file = CompanyFile("Acme", clock=Clock(), chance=Chance(1))
    return WebConnector.from_qwc(file, qwc, password="p", clock=file.clock, chance=file.chance, **options), file


def test_a_qwc_file_sets_up_the_application_and_marks_the_company_file():
    server = ScriptedServer()
    connector, file = set_up(QWC, wsgi_app=server)
    connector.update()
    assert connector.url == "https://app.example.com/qbwc/"
    assert connector.registration.run_every_seconds == 900
    assert server.arguments("authenticate")[0]["strUserName"] == "acme-7f3c"
    assert server.requests[0]["HTTP_HOST"] == "app.example.com"
    assert file.company_custom[OWNER]["FileID"] == FILE
    assert list(file.apps) == ["Acme Sync"]


def test_adding_the_same_qwc_again_changes_nothing_and_another_machine_is_refused():
    connector, file = set_up(QWC)
    before = file.to_json()
    WebConnector.from_qwc(file, QWC, password="p", clock=file.clock, chance=file.chance)
    assert file.to_json() == before
    file.apps.clear()
    connector.registration.machine = "LAPTOP"
    with pytest.raises(ValueError, match="another machine"):
        connector.registration.add_to(file)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<?xml", "\ufeff<?xml", "must begin with"),
        ("</QBWCXML>", "", "not well-formed"),
        ("QBWCXML", "QWC", "root element"),
        ("<UserName>acme-7f3c</UserName>", "", "UserName is missing"),
        (OWNER, OWNER.strip("{}"), "OwnerID is a GUID in braces"),
        ("QBFS", "QBPOS", "QBType"),
        ("<AppSupport>https://app.", "<AppSupport>https://www.", "QBWC1000"),
    ],
)
def test_a_qwc_file_that_qbwc_would_refuse(old, new, words):
    with pytest.raises(QwcError, match=words):
        read_qwc(QWC.replace(old, new))


def test_a_read_only_application_cannot_be_registered():
    with pytest.raises(QwcError, match="QBWC1039"):
        set_up(QWC.replace("<QBType>", "<IsReadOnly>true</IsReadOnly><QBType>"))


def test_the_certificate_is_checked_at_its_own_address_if_there_is_one():
    asked = []
    server = ScriptedServer()

    def app(environ, start_response):
        asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return server(environ, start_response)

    qwc = QWC.replace("<QBType>", "<CertURL>https://app.example.com/cert/</CertURL><QBType>")
    set_up(qwc, wsgi_app=app)[0].update()
    assert asked[:2] == [("GET", "/cert/"), ("POST", "/qbwc/")]
