"""The Web Connector against a server that follows a script."""

from __future__ import annotations

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile, QuickBooks
from project.sandbox.faults import Faults
from project.sandbox.soap_wire import Reply, WireError
from project.sandbox.soap_wire import result as read
from project.sandbox.web_connector import EXCHANGES_MAX, NO_OPS_MAX, WebConnector

from .server import ScriptedServer, strings
from .support import FILE, OWNER, customer_add, customer_mod, document, one, status

ADD_A = document(customer_add("<Name>A</Name>"))
ADD_B = document(customer_add("<Name>B</Name>"))


def world(documents=(), faults=None, seed=1, quickbooks=None, **options):
    clock, chance = Clock(), Chance(seed)
    answers = options.pop("answers", {})
    server = ScriptedServer(list(documents), **answers)
    file = CompanyFile("Acme", clock=clock, chance=chance, faults=faults)
    connector = WebConnector(
        quickbooks(file) if quickbooks else file,
        username="acme-qbwc",
        password="s3cret",
        clock=clock,
        chance=chance,
        wsgi_app=server,
        faults=faults,
        **options,
    )
    return connector, server, file


def created(file):
    return [each["Name"] for each in file.customers()]


def test_a_session_makes_its_calls_in_the_real_order():
    connector, server, file = world([ADD_A, ADD_B])
    result = connector.update()
    assert server.methods() == [
        "serverVersion",
        "clientVersion",
        "authenticate",
        "sendRequestXML",
        "receiveResponseXML",
        "sendRequestXML",
        "receiveResponseXML",
        "closeConnection",
    ]
    assert created(file) == ["A", "B"]
    assert (result.ok, result.status, result.error) == (True, "OK", "")
    assert (result.executed, result.documents, result.progress) == (2, 2, [50, 100])
    assert result.calls == 8
    assert "<CustomerAddRs" in result.exchanges[0].response


def test_the_calls_look_like_those_of_net():
    connector, server, _ = world([ADD_A])
    connector.update()
    request = server.requests[2]
    assert request["CONTENT_TYPE"] == "text/xml; charset=utf-8"
    assert request["HTTP_SOAPACTION"] == '"http://developer.intuit.com/authenticate"'
    assert "MS Web Services Client Protocol" in request["HTTP_USER_AGENT"]
    assert request["body"].startswith(b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap=')
    assert b'<authenticate xmlns="http://developer.intuit.com/"><strUserName>acme-qbwc</strUserName>' in request["body"]
    assert b'<serverVersion xmlns="http://developer.intuit.com/" />' in server.requests[0]["body"]


def test_the_first_request_brings_the_facts_of_the_company_and_the_others_do_not():
    connector, server, file = world([ADD_A, ADD_B])
    connector.update()
    first, second = server.arguments("sendRequestXML")
    assert '<HostQueryRs requestID="0"' in first["strHCPResponse"]
    assert f"<DataExtValue>{FILE}</DataExtValue>" in first["strHCPResponse"]
    assert OWNER in first["strHCPResponse"]
    assert second["strHCPResponse"] == ""
    for call in (first, second):
        assert call["strCompanyFileName"] == file.path
        assert (call["qbXMLCountry"], call["qbXMLMajorVers"], call["qbXMLMinorVers"]) == ("US", "16", "0")


def test_the_facts_may_be_missing():
    connector, server, _ = world([ADD_A], company_facts=False)
    assert connector.update().ok
    assert server.arguments("sendRequestXML")[0]["strHCPResponse"] == ""


def test_an_answer_arrives_with_empty_hresult_and_message():
    connector, server, _ = world([ADD_A])
    connector.update()
    call = server.arguments("receiveResponseXML")[0]
    assert call["response"].startswith('<?xml version="1.0" ?>\n<QBXML>')
    assert (call["hresult"], call["message"]) == ("", "")
    assert b"<hresult /><message />" in server.requests[-2]["body"]


def test_a_refused_document_arrives_as_hresult_and_the_session_goes_on():
    connector, server, file = world([ADD_A.replace("Name", "Nome"), ADD_B])
    result = connector.update()
    call = server.arguments("receiveResponseXML")[0]
    assert (call["response"], call["hresult"]) == ("", "0x80040400")
    assert call["message"] == "QuickBooks found an error when parsing the provided XML text stream."
    assert created(file) == ["B"]
    assert result.ok
    assert (result.documents, result.executed) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (("t", "none"), "No data exchange", ""),
        (("t", "NONE"), "No data exchange", ""),
        (("", "nvu"), "Invalid password for username acme-qbwc", "QBWC1040"),
        (("t", "Busy"), "Application busy", ""),
        (("t", "", "60"), "Update postponed by application", ""),
        (("t", "none", "60", "300"), "Update postponed by application", ""),
    ],
)
def test_without_work_quickbooks_is_not_opened_but_the_connection_is_closed(answer, status, error):
    connector, server, _ = world([ADD_A], answers={"authenticate": strings(*answer)})
    result = connector.update()
    assert (result.status, result.error) == (status, error)
    assert server.methods()[3:] == ["closeConnection"]
    assert server.arguments("closeConnection")[0]["ticket"] == answer[0]


def test_postponing_and_the_minimum_interval_count_under_auto_run_only():
    answer = {"authenticate": strings("t", "", "60", "300")}
    result = world([ADD_A], answers=answer)[0].update()
    assert (result.postpone_seconds, result.minimum_run_seconds) == (60, 300)
    result = world([ADD_A], answers=answer, auto_run=False)[0].update()
    assert (result.postpone_seconds, result.ok) == (0, True)


@pytest.mark.parametrize(
    "array",
    [
        "",
        "<string>t</string>",
        "<item>t</item><item>none</item>",
        '<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/Arrays">t</string>' * 2,
        '<string>t</string><string xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
    ],
)
def test_an_array_that_net_cannot_read_ends_the_session(array):
    result = world([ADD_A], answers={"authenticate": array})[0].update()
    assert (result.error, result.status) == ("QBWC1012", "Index was outside the bounds of the array.")


@pytest.mark.parametrize(
    ("answer", "error"),
    [("E:Please update", "QBWC1037"), ("O:99.0", "QBWC1037"), ("hello", "QBWC1046"), ("W:careful", ""), ("", "")],
)
def test_the_server_may_object_to_the_clients_version(answer, error):
    connector, server, _ = world([ADD_A], answers={"clientVersion": answer})
    assert connector.update().error == error
    assert ("authenticate" in server.methods()) == (not error)


def test_an_empty_request_asks_for_the_last_error_and_ends():
    connector, server, _ = world(answers={"getLastError": "Nothing to do"})
    result = connector.update()
    assert (result.status, result.error, result.finished) == ("Nothing to do", "QBWC1031", True)
    assert server.methods()[-2:] == ["getLastError", "closeConnection"]
    assert world(answers={"getLastError": ""})[0].update().ok


def test_no_op_waits_and_asks_again():
    waits = []
    connector, server, file = world(answers={"getLastError": "NoOp"})
    connector.while_waiting = lambda: (waits.append(connector.clock.now()), server.documents.append(ADD_A))
    result = connector.update()
    assert result.ok
    assert created(file) == ["A"]
    assert len(waits) == 1
    assert (connector.clock.now() - waits[0]).total_seconds() == 5
    assert server.arguments("sendRequestXML")[1]["strHCPResponse"] == ""


def test_no_op_without_end_is_ended():
    connector, server, _ = world(answers={"getLastError": "NoOp"})
    result = connector.update()
    assert (result.error, result.soap_calls["getLastError"]) == ("QBWC1041", NO_OPS_MAX + 1)
    assert server.methods()[-1] == "closeConnection"


def test_a_session_without_end_is_ended(monkeypatch):
    monkeypatch.setattr("project.sandbox.web_connector.EXCHANGES_MAX", 5)
    document_without_end = document("<HostQueryRq/>")
    connector, _, _ = world(answers={"sendRequestXML": document_without_end, "receiveResponseXML": "0"})
    result = connector.update()
    assert (result.error, result.documents) == ("QBWC1042", 5)
    assert EXCHANGES_MAX == 100_000


def test_a_negative_answer_asks_for_the_last_error_and_ends():
    connector, server, _ = world([ADD_A, ADD_B], answers={"receiveResponseXML": "-1", "getLastError": "Disk full"})
    result = connector.update()
    assert (result.status, result.error) == ("Disk full", "QBWC1031")
    assert server.methods()[-2:] == ["getLastError", "closeConnection"]
    assert result.documents == 1


def test_an_answer_that_is_no_number_ends_the_session():
    result = world([ADD_A], answers={"receiveResponseXML": "fine"})[0].update()
    assert result.error == "QBWC1042"


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "302 Found", "500 Oops"])
def test_the_certificate_check_wants_200(status):
    connector, server, _ = world([ADD_A])
    server.get_status = status
    assert connector.update().error == "QBWC1048"
    assert server.calls == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("302 Found", "text/html", "The request failed with HTTP status 302"),
        ("403 Forbidden", "text/html", "HTTP status 403"),
        ("500 Internal Server Error", "text/html", "HTTP status 500"),
        ("200 OK", "text/html", "expected 'text/xml'"),
        ("200 OK", "application/soap+xml; charset=utf-8", "expected 'text/xml'"),
    ],
)
def test_what_is_no_soap_answer_ends_the_session(status, kind, words):
    connector, server, _ = world([ADD_A])
    server.status, server.content_type = status, kind
    result = connector.update()
    assert result.error == "QBWC1012"
    assert words in result.status
    assert not result.finished


def test_a_soap_fault_ends_the_session():
    fault = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
        "<faultstring>boom</faultstring></s:Fault></s:Body></s:Envelope>"
    )
    for code in (200, 500):
        with pytest.raises(WireError, match="boom"):
            read("authenticate", Reply(code, "", {"content-type": "text/xml"}, fault.encode()))
    with pytest.raises(WireError, match="not well-formed"):
        read("authenticate", Reply(200, "", {"content-type": "text/xml"}, b"<a>"))


# QuickBooks cannot be reached


def with_path(path):
    return {"authenticate": strings("t", path)}


def test_a_closed_quickbooks_is_reported_and_started_with_the_path_that_the_server_knows():
    quickbooks = None

    def closed(file):
        nonlocal quickbooks
        quickbooks = QuickBooks(file)
        quickbooks.close()
        return quickbooks

    connector, server, file = world([ADD_A], quickbooks=closed, answers={"connectionError": "done"})
    result = connector.update()
    assert server.arguments("connectionError")[0]["hresult"] == "0x80040416"
    assert (result.error, server.methods()[-1]) == ("QBWC1013", "closeConnection")
    server.answers["connectionError"] = file.path
    assert connector.update().ok
    assert created(file) == ["A"]
    assert quickbooks.running


@pytest.mark.parametrize(
    ("prepare", "path", "hresult"),
    [
        (lambda q: setattr(q, "open_file", None), "", "0x80040417"),
        (lambda q: q.close(), "C:\\nowhere.qbw", "0x80040403"),
        (lambda q: None, "C:\\other.qbw", "0x8004040A"),
        (lambda q: q.files[0].apps.clear(), "", "0x80040418"),
        (lambda q: q.files[0].open_modal_dialog(), "", "0x80040414"),
    ],
)
def test_each_obstacle_has_its_hresult(prepare, path, hresult):
    connector, server, file = world(
        [ADD_A], quickbooks=QuickBooks, answers={**with_path(path), "connectionError": "done"}
    )
    prepare(connector.quickbooks)
    result = connector.update()
    assert server.arguments("connectionError")[0]["hresult"] == hresult
    assert server.arguments("connectionError")[0]["message"]
    assert result.error == "QBWC1013"
    assert created(file) == []


def test_unattended_access_must_be_granted():
    connector, server, file = world([ADD_A], answers={"connectionError": "done"})
    server.answers["authenticate"] = strings("t", file.path)
    connector.quickbooks.close()
    connector.quickbooks.unattended = False
    connector.update()
    assert server.arguments("connectionError")[0]["hresult"] == "0x8004041D"


def test_the_server_can_name_another_file_only_so_often():
    connector, server, _ = world([ADD_A], answers={**with_path("C:\\x"), "connectionError": "C:\\y"})
    result = connector.update()
    assert (result.error, result.soap_calls["connectionError"]) == ("QBWC1013", 5)
    assert server.methods()[-1] == "closeConnection"


def test_a_dialog_that_opens_in_mid_session_refuses_the_next_document():
    connector, server, file = world([ADD_A, ADD_B])
    server.answers["receiveResponseXML"] = lambda _: (file.open_modal_dialog(), "50" if server.documents else "100")[1]
    connector.update()
    assert [call["hresult"] for call in server.arguments("receiveResponseXML")] == ["", "0x80040414"]
    assert created(file) == ["A"]


# The address


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://app.example.com/qbwc/", "QBWC1010"),
        ("https://192.168.1.5/qbwc/", "QBWC1001"),
        ("https://[::1]/qbwc/", "QBWC1001"),
        ("http://localhost:8000/qbwc/", ""),
        ("https://app.example.com/qbwc/", ""),
    ],
)
def test_the_address_is_https_or_localhost_and_no_number(url, error):
    assert world([ADD_A], url=url)[0].update().error == error


# Faults


def test_a_lost_request_was_never_executed():
    connector, server, file = world([ADD_A], Faults(lost_request=1.0))
    result = connector.update()
    assert (created(file), result.documents) == ([], 0)
    assert server.methods()[-1] == "sendRequestXML"
    assert result.faults == ["lost_request"]
    assert not result.finished


def test_a_lost_answer_was_executed():
    connector, server, file = world([ADD_A], Faults(lost_answer=1.0))
    result = connector.update()
    assert (created(file), result.executed) == (["A"], 1)
    assert server.methods()[-1] == "sendRequestXML"
    assert not result.finished


def test_a_crash_of_quickbooks_says_nothing_of_whether_the_work_was_done():
    ends, codes = set(), set()
    for seed in range(12):
        connector, server, file = world([ADD_A, ADD_B], Faults(quickbooks_crash=1.0), seed=seed)
        result = connector.update()
        first, second = server.arguments("receiveResponseXML")
        assert first["response"] == second["response"] == ""
        assert result.finished
        codes.add(first["hresult"])
        ends.add(tuple(created(file)))
        assert "B" not in created(file)
        connector.faults.stop()
        server.documents.append(ADD_B)
        assert connector.update().ok
    assert ends == {(), ("A",)}
    assert codes == {"0x80040402", "0x8004040D", "0x80010108"}


def test_an_answer_can_be_delivered_twice():
    connector, server, file = world([ADD_A], Faults(answer_twice=1.0))
    connector.update()
    first, second = server.arguments("receiveResponseXML")
    assert first == second
    assert created(file) == ["A"]


def test_a_killed_session_says_nothing_more():
    connector, _, _ = world([ADD_A], Faults(session_killed=0.3), seed=4)
    killed = [connector.update() for _ in range(20)]
    assert any(result.faults == ["session_killed"] for result in killed)
    assert all(not result.finished for result in killed if result.faults)


def test_an_error_page_comes_before_or_after_the_server_has_worked():
    seen = set()
    for seed in range(20):
        connector, server, _ = world([ADD_A], Faults(error_500=1.0), seed=seed)
        result = connector.update()
        assert result.error == "QBWC1012"
        seen.add(tuple(server.methods()))
    assert seen == {(), ("serverVersion",)}


def test_a_slow_call_takes_time_and_sometimes_too_much():
    ends = set()
    for seed in range(20):
        connector, _, _ = world([], Faults(slow=1.0), seed=seed, answers={"authenticate": strings("t", "none")})
        before = connector.clock.now()
        result = connector.update()
        assert (connector.clock.now() - before).total_seconds() >= 5
        ends.add(result.status)
    assert "The operation has timed out" in ends


def test_a_dialog_at_the_begin_or_in_mid_session():
    connector, server, _ = world([ADD_A], Faults(modal_dialog=1.0), answers={"connectionError": "done"})
    connector.update()
    assert server.arguments("connectionError")[0]["hresult"] == "0x80040414"


def test_the_wrong_company_file_is_another_company_or_a_stranger():
    ends = set()
    for seed in range(12):
        connector, server, file = world([ADD_A], Faults(wrong_company_file=1.0), seed=seed)
        server.answers["connectionError"] = "done"
        connector.update()
        assert created(file) == []
        assert connector.quickbooks.open_file is file
        if "connectionError" in server.methods():
            ends.add(server.arguments("connectionError")[0]["hresult"])
        else:
            facts = server.arguments("sendRequestXML")[0]["strHCPResponse"]
            assert "<CompanyName>Another Company</CompanyName>" in facts
            assert FILE not in facts
            ends.add("another company")
    assert ends == {"0x80040418", "another company"}


def test_the_wrong_company_file_with_a_path_is_noticed_by_quickbooks():
    connector, server, file = world([ADD_A], Faults(wrong_company_file=1.0))
    server.answers |= {"authenticate": strings("t", file.path), "connectionError": "done"}
    connector.update()
    assert server.arguments("connectionError")[0]["hresult"] == "0x8004040A"


def test_faults_that_strike_records():
    for faults, code in ((Faults(lock=1.0), 3175), (Faults(stale_version=1.0), 3200)):
        _, _, file = world([], faults)
        record = file.customer(file.add_customer(Name="A"))
        assert status(one(file, customer_mod(record, "<Phone>1</Phone>"))) == code
        assert "Phone" not in file.find("A")


def test_the_same_seed_makes_the_same_run():
    def run():
        connector, _, file = world([ADD_A, ADD_B] * 5, Faults.all(0.1), seed=9)
        return [connector.update().log for _ in range(10)], created(file)

    assert run() == run()


def test_the_log_reads_like_qwclog():
    connector, _, _ = world([ADD_A])
    log = connector.update().log
    assert log[0].endswith("UTC : *** Calling serverVersion().")
    assert any("Received from authenticate(): <authRet[0]='ticket-1'><authRet[1]=''>" in line for line in log)
    assert not any("s3cret" in line for line in log)
