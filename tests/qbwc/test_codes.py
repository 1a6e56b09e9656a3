"""Codes explained where people look: the support page, the command, the Web Connector's own window."""

from __future__ import annotations

import io
from html import escape

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from qbwc import outbox
from qbwc.models import Session
from qbwc.qbxml import status


@pytest.mark.parametrize("code", ["QBWC1012", "0x80040414", "status code: 3180"])
def test_the_support_page_explains_a_code_to_anybody(client, db, code):
    page = client.get(reverse("qbwc:support"), {"code": code})
    (meaning,) = status.look_up(code).values()
    assert page.status_code == 200
    for text in (meaning.meaning, meaning.cause, meaning.remedy):
        assert escape(text) in page.content.decode()


def test_the_support_page_answers_whatever_it_is_asked(client, db):
    assert client.get(reverse("qbwc:support")).status_code == 200
    page = client.get(reverse("qbwc:support"), {"code": "<script>alert(1)</script>"}).content.decode()
    assert "no code in this" in page
    assert "<script>" not in page


def test_the_command_explains_codes():
    out = io.StringIO()
    call_command("explain", "QBWC1013:", "error", "0x80040408", stdout=out)
    for meaning in (status.explain_qbwc(1013), status.explain_hresult("0x80040408")):
        assert meaning.cause in out.getvalue()
        assert meaning.remedy in out.getvalue()
    with pytest.raises(CommandError, match="no code"):
        call_command("explain", "nothing")


@pytest.mark.parametrize("hresult", ["0x80040414", "-2147220460", "0x8004041A"])
def test_the_remedy_stands_in_the_web_connectors_window(company, connector, hresult):
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    assert connector.call("connectionError", ticket=connector.ticket, hresult=hresult, message="") == "done"
    assert status.explain_hresult(hresult).remedy in connector.error()


@pytest.mark.parametrize("hresult", sorted(status.HRESULTS))
def test_every_error_of_quickbooks_ends_a_call_with_its_remedy(company, connector, hresult):
    """An error in the middle of a session: it goes on, or getLastError says what to do."""
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    connector.send()
    meaning = status.explain_hresult(hresult)
    progress = connector.receive("", hresult, "")
    if meaning.policy == "FIX_REQUEST":
        assert progress >= 0
    else:
        assert progress == -1
        assert " ".join(meaning.remedy.split())[:80] in connector.error()


@pytest.mark.parametrize("hresult", ["0x80040416", "0X80040416", "-2147220458"])
def test_an_error_is_known_however_it_is_written(company, connector, hresult):
    """Where QuickBooks is closed, the path that was learnt is given."""
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    company.company_file = r"C:\Books\Acme.QBW"
    company.save()
    connector.authenticate()
    Session.objects.update(given_path="")
    told = connector.call("connectionError", ticket=connector.ticket, hresult=hresult, message="")
    assert told == company.company_file
