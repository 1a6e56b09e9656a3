"""The endpoint that the Web Connector calls, and the pages around it."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from qbwc import check, qwc_file, soap
from qbwc.conf import conf
from qbwc.models import Company
from qbwc.operations import wsdl
from qbwc.qbxml import status

log = logging.getLogger(__name__)

TEXT_XML = "text/xml; charset=utf-8"
READ_BYTES = 1024 * 1024


class TooLarge(Exception):
    """The client sends more than one call may have."""


@csrf_exempt
def endpoint(request: HttpRequest) -> HttpResponse:
    """POST: one SOAP call. GET and HEAD: 200, because the Web Connector checks the certificate with one."""
    if request.method == "POST":
        return _call(request)
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse("Use POST.", status=405, content_type="text/plain", headers={"Allow": "GET, HEAD, POST"})
    if any(name.lower() == "wsdl" for name in request.GET):
        return HttpResponse(wsdl(qwc_file.endpoint_url()), content_type=TEXT_XML)
    return HttpResponse("This address is for the QuickBooks Web Connector.\n", content_type="text/plain")


def _call(request: HttpRequest) -> HttpResponse:
    try:
        answer = soap.answer(_body(request), client_address(request))
    except TooLarge:
        return _fault(f"A call may have at most {conf.CALL_BYTES} bytes.")
    except soap.NotSoap as error:
        return _fault(str(error))
    except Exception:
        log.exception("a SOAP call could not be answered")
        return _fault(soap.BROKEN)
    return HttpResponse(answer, content_type=TEXT_XML)


def _fault(reason: str) -> HttpResponse:
    return HttpResponse(soap.fault(reason), status=500, content_type=TEXT_XML)


def _body(request: HttpRequest) -> bytes:
    """The whole call, however Django bounds the bodies of other pages; never more than the limit in memory."""
    limit = int(conf.CALL_BYTES)
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    source = request.META["wsgi.input"] if chunked and request.META.get("wsgi.input_terminated") else request
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := source.read(READ_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise TooLarge
    except OSError as error:
        raise soap.NotSoap("The call broke off.") from error
    return b"".join(pieces) if len(pieces) != 1 else pieces[0]


def client_address(request: HttpRequest) -> str:
    """The client's address; what a proxy reports is believed only for as many proxies as are set."""
    proxies = int(conf.PROXIES)
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and forwarded:
        return forwarded[-min(proxies, len(forwarded))]
    return str(request.META.get("REMOTE_ADDR", ""))


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """The Web Connector opens this when the set-up file is added; it must answer 200 without a login.

    Whoever sits at the QuickBooks PC looks up here what a code means.
    """
    asked = request.GET.get("code", "")
    context = {"app_name": conf.APP_NAME, "asked": asked, "meanings": status.look_up(asked)}
    return render(request, "qbwc/support.html", context)


@require_safe
@staff_member_required
@permission_required("qbwc.view_company", raise_exception=True)
def download(request: HttpRequest, key: str) -> HttpResponse:
    company = get_object_or_404(Company, key=key)
    try:
        text = qwc_file.document(company)
    except qwc_file.NotPossible as error:
        return HttpResponse(str(error), status=409, content_type="text/plain")
    name = f'attachment; filename="{company.key}.qwc"'
    return HttpResponse(text, content_type="application/x-qwc", headers={"Content-Disposition": name})


@require_safe
@staff_member_required
def check_page(request: HttpRequest) -> HttpResponse:
    """The address as a QuickBooks PC sees it."""
    results = check.check(qwc_file.endpoint_url(), qwc_file.support_url()) if "run" in request.GET else []
    context = {
        "results": results,
        "url": qwc_file.endpoint_url(),
        "debug": settings.DEBUG,
        "here": reverse("qbwc:check"),
    }
    return render(request, "qbwc/check.html", context)
