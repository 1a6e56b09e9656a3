"""Outbound messages: an org that was asked to tells an address what changed, until the address says that it heard."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from lxml import etree

OUT = "{http://soap.sforce.com/2005/09/outbound}"
SF = "{urn:sobject.enterprise.soap.sforce.com}"
ACK = f'<notificationsResponse xmlns="{OUT[1:-1]}"><Ack>true</Ack></notificationsResponse>'


class Ear:
    """A web address that writes down what it is told, and answers as it is bidden."""

    def __init__(self):
        self.heard = []
        self.answers = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((self.path, dict(self.headers), body))
                status, text = ear.answers.pop(0) if ear.answers else (200, ACK)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/secret?a=1"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def notifications(self, place=-1):
        root = etree.fromstring(self.heard[place][2])
        return root, root.findall(f".//{OUT}Notification")


@pytest.fixture
def ear():
    found = Ear()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_a_message_tells_what_the_record_holds_when_it_is_sent(org, sf, ear):
    org.outbound.add("Account", ear.url, ["Name", "AnnualRevenue", "Phone"])
    account = sf.Account.create({"Name": "Acme & Co", "AnnualRevenue": 5})["id"]
    sf.Contact.create({"LastName": "Lee"})
    sf.Account.update(account, {"Phone": "1"})
    assert org.outbound.deliver() == 2
    path, headers, _ = ear.heard[0]
    assert (path, headers["Content-Type"]) == ("/hook/secret?a=1", "text/xml; charset=UTF-8")
    root, told = ear.notifications()
    assert root.findtext(f".//{OUT}OrganizationId") == org.id
    assert root.find(f".//{OUT}SessionId").attrib == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}
    assert len({each.findtext(f"{OUT}Id") for each in told}) == 2
    shown = [[told_of.text for told_of in each.find(f"{OUT}sObject")] for each in told]
    assert shown == [[account, "Acme & Co", "5.0", "1"]] * 2
    assert org.outbound.deliver() == 0


def test_a_message_that_is_not_acknowledged_comes_again_less_and_less_often_for_a_day(org, sf, ear, clock):
    org.outbound.add("Account", ear.url)
    sf.Account.create({"Name": "Acme"})
    ear.answers = [(500, ""), (200, ACK.replace("true", "false")), (200, "")]
    tries = []
    for minute in range(60):
        before = len(ear.heard)
        org.outbound.deliver()
        tries += [minute] * (len(ear.heard) - before)
        clock.advance(60)
    assert tries == [0, 1, 2, 3]
    ear.answers = [(503, "")] * 1000
    sf.Account.create({"Name": "Bolt"})
    for _ in range(30):
        org.outbound.deliver()
        clock.advance(3600)
    assert org.outbound.waiting == []


def test_many_changes_come_a_hundred_at_a_time_and_refused_writes_not_at_all(org, sf, ear):
    org.outbound.add("Account", ear.url)
    org.insert_many("Account", [{"Name": str(number)} for number in range(130)])
    with pytest.raises(Exception, match="REQUIRED_FIELD_MISSING"):
        org.insert("Account", Phone="1")
    assert org.outbound.deliver() == 130
    assert [len(ear.notifications(place)[1]) for place in range(len(ear.heard))] == [100, 30]


def test_a_message_may_come_twice(org, sf, ear, clock):
    org.outbound.add("Account", ear.url)
    org.outbound.repeats = 1.0
    sf.Account.create({"Name": "Acme"})
    org.outbound.deliver()
    org.outbound.repeats = 0.0
    clock.advance(60)
    org.outbound.deliver()
    first, second = (etree.fromstring(body).findtext(f".//{OUT}Notification/{OUT}Id") for _, _, body in ear.heard)
    assert first == second


def test_a_flow_calls_once_with_json_and_its_own_headers(org, sf, ear):
    org.outbound.add("Opportunity", ear.url, ["StageName"], style="json", headers={"X-Token": "t"})
    made = sf.Opportunity.create({"Name": "D", "StageName": "Closed Won", "CloseDate": "2026-03-01"})["id"]
    ear.answers = [(500, "")]
    assert org.outbound.deliver() == 0
    _, headers, body = ear.heard[0]
    assert headers["X-Token"] == "t"
    assert json.loads(body) == {"sobject": "Opportunity", "records": [{"Id": made, "StageName": "Closed Won"}]}
    assert org.outbound.waiting == []


def test_nobody_listening_is_no_error_and_nothing_is_told_unasked(org, sf):
    sf.Account.create({"Name": "Acme"})
    assert org.outbound.waiting == []
    org.outbound.add("Account", "http://127.0.0.1:9/none")
    sf.Account.create({"Name": "Acme"})
    assert org.outbound.deliver() == 0
    assert len(org.outbound.waiting) == 1
    with pytest.raises(ValueError, match="Nope"):
        org.outbound.add("Account", "http://127.0.0.1:9/none", ["Nope"])
