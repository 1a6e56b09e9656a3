"""From one HTTP request to one response, or to a line that goes dead: hosts, faults, sessions, limits, the journal.

Order    host, faults before the work, session, limits, the work under the org's guard, faults after the work
Rule     a lost request did nothing, a lost answer did everything; only somebody who looks can tell them apart.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import api_bulk, api_collections, api_composite, api_metadata, api_pages, api_query, api_records
from .auth import AuthRefused, is_login_host, lost_page
from .auth_web import APPROVAL_PATH
from .bulk import BATCHES_A_DAY_MAX, QUERY_JOBS_A_DAY_MAX
from .call import READ_METHODS, Call, resource_of
from .errors import SalesforceError, broken_json, not_found
from .org import Org
from .state import API_VERSIONS, Entry
from .transaction import Tx
from .wire import Request, Response, html

URI_BYTES_MAX = 16_384
RETIRED_VERSIONS = range(7, 31)
SLOW_SECONDS_MAX = 3
WRITING_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class Gateway:
    """The front door of one or several orgs, told apart by the host that is asked for."""

    def __init__(self, orgs: Sequence[Org]) -> None:
        self.orgs = list(orgs)

    def handle(self, request: Request) -> Response | None:
        """The response; None if the connection is to be dropped without one."""
        org = self._org_for(request)
        if org is None:
            return lost_page()
        return _Exchange(org, request).run()

    def _org_for(self, request: Request) -> Org | None:
        host = request.host.split(":")[0]
        for org in self.orgs:
            if host == f"{org.domain}.salesforce.com":
                return org
        if is_login_host(host):
            return self._signing_in(request)
        local = host in ("127.0.0.1", "localhost")
        return self.orgs[0] if local and len(self.orgs) == 1 else None

    def _signing_in(self, request: Request) -> Org | None:
        """At the login hosts the org is found by the app or the token that the form names."""
        text = request.body.decode("utf-8", "replace") + request.target
        if len(self.orgs) == 1:
            return self.orgs[0]
        for org in self.orgs:
            if any(key in text for key in org.doors.web.asked):
                return org
            keys = (*org.doors.apps, *org.doors.grants, *(user.username for user in org.users.values()))
            if org.id in request.path or any(key in text for key in keys):
                return org
        return self.orgs[0] if self.orgs else None


class _Exchange:
    def __init__(self, org: Org, request: Request) -> None:
        self.org = org
        self.request = request
        self.parts = request.parts
        rest = self.parts[:2] == ["services", "data"] and len(self.parts) > 3
        self.resource = resource_of(self.parts[3:]) if rest else "/".join(self.parts[:3])
        self.user_id = ""
        self.fault = ""
        self.writes = rest and _may_write(request, self.parts[3:])
        self.after: list[Callable[[], object]] = []

    def run(self) -> Response | None:
        response = self._before()
        if response is None and self.fault == "lost_request":
            return self._note(None)
        if response is None:
            with self.org.guard:
                response = self._answer()
            for run in self.after:
                run()
            response = self._lose(response)
        return self._note(response)

    # -- what goes wrong on the way

    def _strikes(self, fault: str) -> bool:
        """Whether this fault strikes here, by plan or by chance; the first one is remembered."""
        struck = self._planned(fault) is not None or self.org.happens(fault)
        if struck:
            self.fault = self.fault or fault
        return struck

    def _planned(self, fault: str) -> Callable[[], object] | bool | None:
        for planned in self.org.planned:
            if planned.fault == fault and (self.writes or not planned.writes_only):
                self.org.planned.remove(planned)
                return planned.run or True
        return None

    def _before(self) -> Response | None:
        run = self._planned("before")
        if callable(run):
            run()
        after = self._planned("after")
        if callable(after):
            self.after.append(after)
        if self._strikes("lost_request"):
            return None
        if self.org.clock.real and self.org.happens("slow"):
            time.sleep(self.org.chance.number(1, SLOW_SECONDS_MAX * 10) / 10)
        if len(self.request.target) > URI_BYTES_MAX:
            return html(414, "URI Too Long")
        if self._strikes("unavailable_503"):
            return self._unavailable()
        if self._strikes("error_500"):
            text = "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-1"
            return _refused(SalesforceError("UNKNOWN_EXCEPTION", text, status=500))
        return None

    def _unavailable(self) -> Response:
        if self.org.chance.happens(0.5):
            return html(503, "We are down for maintenance")
        return _refused(SalesforceError("SERVER_UNAVAILABLE", "Server unavailable, please try again", status=503))

    def _lose(self, response: Response) -> Response | None:
        """The work is done; the answer is lost on the line, or a proxy has lost patience."""
        if not self._strikes("lost_answer"):
            return response
        return html(504, "Gateway Timeout") if self.org.chance.happens(0.25) else None

    def _note(self, response: Response | None) -> Response | None:
        secret = self.parts[:2] == ["services", "oauth2"]
        entry = Entry(
            at=self.org.now(),
            method=self.request.method,
            path=self.request.path,
            resource=self.resource,
            query="" if secret else self.request.query.get("q", ""),
            user_id=self.user_id,
            records=response.records if response else 0,
            status=response.status if response else 0,
            fault=self.fault,
            writes=self.writes,
            refusals=tuple(_refusals(response.body)) if response and (self.writes or response.status >= 400) else (),
        )
        with self.org.guard:
            self.org.journal.append(entry)
            self.org.call_counts[entry.method, entry.resource] += 1
        return response

    # -- where it leads

    def _answer(self) -> Response:
        try:
            return self._door()
        except AuthRefused as refused:
            return refused.response
        except SalesforceError as refusal:
            return _refused(refusal)

    def _door(self) -> Response:
        doors = self.org.doors
        path = "/".join(self.parts).lower()
        if path == "services/oauth2/token" and self.request.method == "POST":
            return doors.token(self.request)
        if path == "services/oauth2/authorize" and self.request.method == "GET":
            return doors.web.authorize(self.request)
        if path == APPROVAL_PATH and self.request.method == "POST":
            return doors.web.decide(self.request)
        if path == "services/oauth2/revoke":
            return doors.revoke(self.request)
        if path == "services/oauth2/introspect" and self.request.method == "POST":
            return doors.introspect(self.request)
        if path == "services/oauth2/userinfo" or self.parts[:1] == ["id"]:
            self._sign_in()
            return doors.user_info(doors.sessions[self._token()])
        if path.startswith("services/soap/u/") and self.request.method == "POST":
            return doors.soap(self.request)
        if path.startswith("services/data") and not is_login_host(self.request.host):
            return self._data()
        return lost_page()

    def _token(self) -> str:
        kind, _, token = self.request.headers.get("authorization", "").partition(" ")
        if kind and kind.lower() not in ("bearer", "oauth"):
            raise SalesforceError("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", status=401)
        return token.strip()

    def _sign_in(self) -> None:
        token = self._token()
        if token in self.org.doors.sessions and self._strikes("token_expired"):
            del self.org.doors.sessions[token]
        session = self.org.doors.find(token)
        if session is None:
            raise SalesforceError("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        self.user_id = session.user_id

    def _data(self) -> Response:
        if len(self.parts) == 2:
            return Response(200, versions())
        version = self._version(self.parts[2])
        self._sign_in()
        response = self._counted()
        if response is None:
            response = self._work(version)
        used = f"api-usage={self.org.api_used}/{self.org.daily_limit}"
        response.headers["Sforce-Limit-Info"] = used
        return response

    def _version(self, text: str) -> str:
        number = text.removeprefix("v").removesuffix(".0")
        if not text.startswith("v") or not text.endswith(".0") or not number.isdigit():
            raise not_found()
        if int(number) in RETIRED_VERSIONS:
            text = f"The API version {number}.0 has been retired"
            raise SalesforceError("UNSUPPORTED_API_VERSION", text, status=410)
        if int(number) not in API_VERSIONS:
            raise not_found()
        return f"{number}.0"

    def _counted(self) -> Response | None:
        if not self.org.api_enabled:
            text = "API is not enabled for this Organization or Partner"
            return _refused(SalesforceError("API_DISABLED_FOR_ORG", text, status=403))
        if self.org.api_used >= self.org.daily_limit:
            text = "TotalRequests Limit exceeded."
            return _refused(SalesforceError("REQUEST_LIMIT_EXCEEDED", text, status=403))
        self.org.api_calls.count()
        if self._strikes("rate_limit"):
            text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            return _refused(SalesforceError("REQUEST_LIMIT_EXCEEDED", text, status=403))
        return None

    def _work(self, version: str) -> Response:
        self.org.bulk.run_due()
        tx = Tx(self.org, self.user_id)
        parts = self.parts[3:]
        body = None
        try:
            other = self.request.headers.get("content-type", "").startswith(("multipart/", "text/csv"))
            if self.request.body and not other and self.request.method not in READ_METHODS:
                body = self.request.json()
            call = Call(
                self.org,
                self.user_id,
                version,
                self.request.method,
                parts,
                self.request.query,
                tx,
                self.request.headers,
                body,
                self.request,
            )
            response = dispatch(call)
            self.org.committed(tx)
            return response
        except SalesforceError as refusal:
            tx.roll_back()
            return _refused(refusal)


def _may_write(request: Request, parts: list[str]) -> bool:
    """Whether a REST call is one that writes; composite calls and long reads are POSTs that need not be."""
    if request.method not in WRITING_METHODS:
        return False
    if parts[0].lower() == "jobs" and parts[1:2] == ["query"]:
        return False
    if parts[0].lower() == "composite" and parts[1:2] == ["sobjects"]:
        return not (request.method == "POST" and len(parts) == 3)
    if parts[0].lower() == "composite" and parts[1:2] != ["tree"]:
        return re.search(rb'"method"\s*:\s*"(POST|PATCH|PUT|DELETE)"', request.body, re.IGNORECASE) is not None
    return True


def _refused(refusal: SalesforceError) -> Response:
    return Response(refusal.status, refusal.for_record_call())


# A row whose parent was refused a moment ago: Salesforce says INVALID_FIELD, though every field is right.
NO_PARENT = "Foreign key external ID"


def _refusals(body: Any) -> Iterator[str]:
    """Each refusal within an answer: its code, and the fields that it names."""
    if isinstance(body, list):
        for each in body:
            yield from _refusals(each)
    elif isinstance(body, dict):
        code = body.get("errorCode") or body.get("statusCode")
        if str(body.get("message")).startswith(NO_PARENT):
            code = "NO_SUCH_PARENT"
        if isinstance(code, str):
            yield " ".join([code, *(body.get("fields") or ())])
        for name, value in body.items():
            if name != "records" and isinstance(value, list | dict):
                yield from _refusals(value)


def versions() -> list[dict[str, str]]:
    return [
        {"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number, label in sorted(API_VERSIONS.items())
    ]


def dispatch(call: Call) -> Response:
    head = call.parts[0].lower() if call.parts else ""
    if head == "":
        base = f"/services/data/v{call.version}"
        names = ("sobjects", "query", "queryAll", "composite", "limits", "metadata", "jobs", "tabs")
        return Response(200, {name: f"{base}/{name}" for name in names})
    if head == "sobjects":
        return api_records.route(call)
    if head in ("query", "queryall"):
        return api_query.route(call)
    if head == "jobs":
        return api_bulk.route(call)
    if head == "limits":
        return _limits(call)
    if head == "tabs" and len(call.parts) == 1:
        return api_pages.tabs(call)
    if head == "metadata":
        return api_metadata.route(call)
    if head == "composite" and len(call.parts) > 1 and call.parts[1].lower() == "sobjects":
        return api_collections.route(call)
    if head == "composite" and (len(call.parts) < 2 or _is_composite_kind(call)):
        return api_composite.route(call, dispatch)
    raise not_found()


def _is_composite_kind(call: Call) -> bool:
    kind = call.parts[1].lower()
    return kind in ("batch", "graph") or (kind == "tree" and len(call.parts) == 3)


def _limits(call: Call) -> Response:
    if len(call.parts) > 1 and call.parts[1].lower() == "recordcount":
        return _record_count(call)
    org, limit = call.org, call.org.daily_limit
    body = {
        "DailyApiRequests": {"Max": limit, "Remaining": max(0, limit - org.api_used)},
        "DailyBulkApiBatches": _left(BATCHES_A_DAY_MAX, org.bulk.batches.used),
        "DailyBulkV2QueryJobs": _left(QUERY_JOBS_A_DAY_MAX, org.bulk.query_jobs.used),
        "DataStorageMB": {"Max": org.storage_mb, "Remaining": max(0, org.storage_mb - org.storage_used_kb // 1024)},
        "FileStorageMB": {"Max": 10240, "Remaining": 10240},
        "SingleEmail": {"Max": 5000, "Remaining": 5000},
    }
    return Response(200, body)


def _left(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}


def _record_count(call: Call) -> Response:
    wanted = [name for name in call.query.get("sObjects", "").split(",") if name]
    if any(call.org.schema.find(name) is None for name in wanted):
        raise broken_json("sObjects names an object that does not exist")
    found = []
    for sobject in call.org.schema:
        count = call.org.table(sobject).live
        if count and (not wanted or sobject.name in wanted):
            found.append({"count": count, "name": sobject.name})
    return Response(200, {"sObjects": found})
