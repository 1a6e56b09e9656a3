"""The address at which a pair is called: JSON with the secret in a header, or Salesforce's outbound messages in SOAP.

Rules    1 Every refusal is a document that programs can read (RFC 9457), and says what to do.
         2 Whatever is wrong with who calls (no such pair, no secret yet, a wrong one), the answer is the same.
         3 An outbound message can carry no header. It is let in where the pair's settings allow it, if it names the org
           that the pair signs in to; and it is acknowledged, or Salesforce repeats it for a day.
Facts    https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging.htm
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from lxml import etree

from qbwc import throttle
from qbwc.views import client_address
from syncapp import clock, webhook
from syncapp.models import Pair, Webhook

BODY_BYTES_MAX = 1024 * 1024
PROBLEM_JSON = "application/problem+json"
XML_TYPES = ("text/xml", "application/soap+xml", "application/xml")
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ACK = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>'
    f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
# None of the org's secrets is read here.
ORG_ID = ("key", "enabled", "org__org_id")
SECRET_REMEDY = (
    "Send “Authorization: Bearer SECRET” with the secret that the admin or manage.py webhook has shown for this pair; "
    "make a new one if it is lost."
)


class Refused(Exception):
    """Ends the call with this status and these words."""

    def __init__(self, status: int, title: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@csrf_exempt
def called(request: HttpRequest, key: str) -> HttpResponse:
    found = webhook.find(key)
    try:
        if request.method != "POST":
            raise Refused(405, "Use POST", "This address only takes POST.", Allow="POST")
        body = _body(request)
        if request.content_type in XML_TYPES:
            return _outbound(request, key, found, body)
        return _json(request, key, found, body)
    except Refused as refusal:
        webhook.refuse(found, f"{refusal.title}: {refusal.detail}")
        told = {"title": refusal.title, "status": refusal.status, "detail": refusal.detail}
        return JsonResponse(told, status=refusal.status, content_type=PROBLEM_JSON, headers=refusal.headers)


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "0")
    too_large = length.isascii() and length.isdigit() and int(length) > BODY_BYTES_MAX
    try:
        body = b"" if too_large else request.read(BODY_BYTES_MAX + 1)
    except (OSError, RequestDataTooBig):
        raise Refused(400, "The call broke off", "Its body did not come whole. Send it again.") from None
    if too_large or len(body) > BODY_BYTES_MAX:
        raise Refused(413, "Too much", f"A call may have {BODY_BYTES_MAX} bytes: send none of the records' data.")
    return body


# With the secret -----------------------------------------------------------------------


def _json(request: HttpRequest, key: str, found: Webhook | None, body: bytes) -> HttpResponse:
    scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    secret = text.strip() if scheme.lower() == "bearer" else request.headers.get("X-Webhook-Secret", "").strip()
    if not webhook.knows(found, secret) or found is None:
        raise _not_let_in(request, key, "The secret is missing or wrong.")
    _check_json(body)
    _check_enabled(found.pair)
    wait = webhook.call(found, webhook.FLOW)
    if wait:
        detail = "This call was noted, but there are too many: call once for many records, or for those that matter."
        raise Refused(429, "Too many calls", detail, Retry_After=str(wait))
    return JsonResponse({"status": "accepted", "detail": "A cycle reads what has changed."}, status=202)


def _check_json(body: bytes) -> None:
    """Nothing in it is used; but who sends something else has set it up otherwise than they think."""
    try:
        given: Any = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON", "Send a JSON object such as {}, or no body.") from None
    if not isinstance(given, dict | list):
        raise Refused(400, "The body is no JSON object", "Send a JSON object such as {}, or no body.")


def _check_enabled(pair: Pair) -> None:
    if not pair.enabled:
        raise Refused(409, "The pair is disabled", f"Enable the pair “{pair.key}” first: until then nothing is read.")


def _not_let_in(request: HttpRequest, key: str, why: str) -> Refused:
    name, address, now = f"webhook {key}", f"webhook {client_address(request)}", clock.now()
    wait, _ = throttle.look(name, address, now)
    if wait:
        detail = f"There were too many wrong calls from this address. Wait {wait} seconds."
        return Refused(429, "Too many wrong calls", detail, Retry_After=str(wait))
    throttle.failed(name, address, now)
    return Refused(401, "Not let in", f"{why} {SECRET_REMEDY}", WWW_Authenticate='Bearer realm="webhook"')


# Outbound messages -----------------------------------------------------------------------


def _outbound(request: HttpRequest, key: str, found: Webhook | None, body: bytes) -> HttpResponse:
    organisation = _organisation(body)
    pair = Pair.objects.filter(key=key, outbound_messages=True).select_related("org").only(*ORG_ID).first()
    if pair is None or not pair.org.org_id or organisation[:15] != pair.org.org_id[:15]:
        why = "Outbound messages are not switched on for this pair, or come from another org."
        raise _not_let_in(request, key, why)
    if pair.enabled:
        webhook.call(found or webhook.of_pair(pair), webhook.OUTBOUND)
    return HttpResponse(ACK, content_type="text/xml; charset=utf-8")


def _organisation(body: bytes) -> str:
    """The org that an outbound message says it comes from."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused(400, "The body is not XML", "Send an outbound message as Salesforce does, or JSON.") from None
    path = f"{{{ENVELOPE}}}Body/{{{OUTBOUND}}}notifications"
    tree: Any = root.getroottree()
    told = root.find(path) if root.tag == f"{{{ENVELOPE}}}Envelope" and not tree.docinfo.doctype else None
    if told is None:
        raise Refused(400, "No outbound message", "The body holds no notifications of Salesforce's outbound messages.")
    return str(told.findtext(f"{{{OUTBOUND}}}OrganizationId") or "").strip()
