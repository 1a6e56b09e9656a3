"""The only place that touches simple-salesforce: calls, their tokens, their errors, and the day's allowance.

Words    part     one request of several that travel in one call (Composite); Salesforce counts it as one
         answer   what came back for a part: its HTTP status and its body
Rules    1 A call that only reads may be repeated; one that writes is never sent twice, but for a 401, which says that
           nothing was done.
         2 The library's own sign-in is not used: it recurses without limit and drops headers.
         3 Neither addresses, bodies nor tokens are logged, and the library's exceptions go no further than here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import IO, Any, TypeVar

import requests
from django.conf import settings

from syncapp.connectors.base import ConnectorError, NotAuthorised
from syncapp.connectors.salesforce import auth, transport
from syncapp.connectors.salesforce.errors import Lost, Refused, Throttled, of_status, of_wire, problem_of
from syncapp.connectors.salesforce.soql import encoded
from syncapp.models import Org
from syncapp.secrets import reveal

Row = dict[str, Any]
Result = TypeVar("Result")

PARTS_MAX = 5  # so many queries and collections in one Composite call
RECORDS_MAX = 200  # in one collection
PIECE_BYTES = 1 << 16
DESCRIBE_SECONDS = 300
DESCRIBED = (
    *("type", "length", "precision", "scale", "unique", "externalId"),
    *("referenceTo", "createable", "updateable", "calculated", "restrictedPicklist", "label"),
)
# Choices of a standard field that are remembered: it can have hundreds, such as countries.
CHOICES_MAX = 60
ALLOWANCE_PAUSE_SECONDS = 900
USAGE_SECONDS = 60  # between two writes of the usage to the Org row

_described: dict[tuple[int, str, str], tuple[float, dict[str, Row]]] = {}
_used: dict[int, tuple[float, int, int]] = {}


@dataclass(frozen=True)
class Part:
    method: str
    path: str  # below the version, such as composite/sobjects
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> bool:
        return self.method == "GET"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def good(self) -> bool:
        return self.status < 300

    def need(self) -> Any:
        """The body of a success; else raises what the status stands for."""
        if not self.good:
            raise of_status(self.status, self.body)
        return self.body


def query_part(soql: str, *, include_deleted: bool = False) -> Part:
    return Part("GET", f"{'queryAll' if include_deleted else 'query'}/?q={encoded(soql)}")


def collection_part(method: str, sobject: str, records: Sequence[Row], *, headers: Mapping[str, str]) -> Part:
    """Records to create (POST) or to update (PATCH), each with its own result."""
    if len(records) > RECORDS_MAX:
        raise ValueError(f"A collection takes {RECORDS_MAX} records, not {len(records)}.")
    body = [{"attributes": {"type": sobject}, **plain(record)} for record in records]
    return Part(method, "composite/sobjects", {"allOrNone": False, "records": body}, headers)


def plain(record: Mapping[str, Any]) -> Row:
    """The record as JSON takes it: a Decimal as a number where a double holds it exactly, else as text."""
    return {name: _number(value) if isinstance(value, Decimal) else value for name, value in record.items()}


def _number(value: Decimal) -> float | str:
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


class Gateway:
    """One org, for one thread."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.session = transport.session()
        self.version = str(settings.SALESFORCE_API_VERSION)
        self.calls = 0
        self._client: Any = None
        self._client_version = -1
        self._usage_saved = 0.0

    # Reading ------------------------------------------------------------------

    def query(self, soql: str, *, include_deleted: bool = False) -> Iterator[list[Row]]:
        """The rows page by page; the next page is asked for when it is wanted."""
        answer = self._call(lambda client: client.query(soql, include_deleted=include_deleted), reads=True)
        yield from self.pages(answer)

    def count(self, soql: str) -> int:
        """What a SELECT COUNT() found."""
        return int(self._call(lambda client: client.query(soql), reads=True)["totalSize"])

    def pages(self, answer: Any) -> Iterator[list[Row]]:
        """The rows of a query's answer, and of the pages after it."""
        yield _rows(answer)
        while not answer.get("done", True):
            answer = self._following(answer["nextRecordsUrl"])
            yield _rows(answer)

    def _following(self, address: str) -> Any:
        return self._call(lambda client: client.query_more(address, identifier_is_url=True), reads=True)

    def together(self, parts: Sequence[Part]) -> list[Answer]:
        """Several requests in one call, carried out one after another, each for itself."""
        body = {"allOrNone": False, "compositeRequest": self._subrequests(parts)}
        answer = self._call(
            lambda client: client.restful("composite", method="POST", json=body),
            reads=all(part.reads for part in parts),
        )
        try:
            return _answers(answer)
        except (TypeError, KeyError, ValueError):
            raise Lost("Salesforce's answer to a composite call makes no sense.") from None

    def at_once(self, parts: Sequence[Part]) -> list[Answer]:
        """Writes of single records in one call, all of them or none: up to 500."""
        return self.graphs([parts])[0]

    def graphs(self, several: Sequence[Sequence[Part]]) -> list[list[Answer]]:
        """Several such in one call, each for itself: up to 75, with 500 parts together."""
        sent = [
            {"graphId": f"graph{number}", "compositeRequest": self._subrequests(parts)}
            for number, parts in enumerate(several)
        ]
        answer = self._call(
            lambda client: client.restful("composite/graph", method="POST", json={"graphs": sent}), reads=False
        )
        try:
            by_id = {each["graphId"]: _answers(each["graphResponse"]) for each in answer["graphs"]}
            return [by_id[each["graphId"]] for each in sent]
        except (TypeError, KeyError, ValueError, IndexError):
            raise Lost("Salesforce's answer to a graph makes no sense.") from None

    def _subrequests(self, parts: Sequence[Part]) -> list[Row]:
        return [
            {
                "method": part.method,
                "url": f"/services/data/v{self.version}/{part.path}",
                "referenceId": f"part{number}",
                **({"body": part.body} if part.body is not None else {}),
                **({"httpHeaders": dict(part.headers)} if part.headers else {}),
            }
            for number, part in enumerate(parts)
        ]

    def describe(self, *sobjects: str, fresh: bool = False) -> list[dict[str, Row]]:
        """For each object the fields that our user may see, by name: none of one that is not there or not visible to
        them, which Salesforce does not tell apart. Remembered for a few minutes."""
        self._ensure_token()
        keys = [(self.org.pk, self.org.user_id, sobject) for sobject in sobjects]
        if fresh or not all(self._still_known(key) for key in keys):
            answers = self.together([Part("GET", f"sobjects/{sobject}/describe") for sobject in sobjects])
            for key, answer in zip(keys, answers, strict=True):
                unseen = answer.status == 404 and problem_of(answer.body).code == "NOT_FOUND"
                _described[key] = (time.monotonic(), {} if unseen else _fields(answer.need()))
        return [_described[key][1] for key in keys]

    def _still_known(self, key: tuple[int, str, str]) -> bool:
        known = _described.get(key)
        return known is not None and time.monotonic() - known[0] < DESCRIBE_SECONDS

    def forget_describes(self) -> None:
        for key in [key for key in _described if key[0] == self.org.pk]:
            del _described[key]

    def get(self, path: str) -> Any:
        return self._call(lambda client: client.restful(path), reads=True)

    # Writing ------------------------------------------------------------------

    def patch_unless_changed(self, sobject: str, record_id: str, fields: Mapping[str, Any], since: datetime) -> bool:
        """Update one record, unless it was changed after ``since`` (whole seconds): then False."""
        headers = {"If-Unmodified-Since": format_datetime(since.astimezone(UTC), usegmt=True)}
        path = f"sobjects/{sobject}/{record_id}"
        try:
            self._call(
                lambda client: client.restful(path, method="PATCH", json=plain(fields), headers=headers), reads=False
            )
        except Refused as error:
            if error.status == 412:
                return False
            raise
        return True

    def create(self, sobject: str, fields: Mapping[str, Any]) -> str:
        answer = self._call(
            lambda client: client.restful(f"sobjects/{sobject}", method="POST", json=plain(fields)), reads=False
        )
        return str(answer["id"])

    def delete(self, sobject: str, record_id: str) -> None:
        self._call(lambda client: client.restful(f"sobjects/{sobject}/{record_id}", method="DELETE"), reads=False)

    def upload(self, path: str, parts: Mapping[str, tuple[str | None, Any, str]]) -> Any:
        """POST multipart/form-data; without the library's JSON content type, requests sets its own."""
        return self._call(
            lambda client: client._call_salesforce(
                "POST", client.base_url + path, headers={"Content-Type": None}, files=dict(parts)
            ).json(),
            reads=False,
        )

    # Jobs: what is neither a record nor a query's answer ------------------------

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A resource below the version; its JSON, or None where the answer is empty."""

        def ask(client: Any) -> Any:
            answer = client._call_salesforce(method, client.base_url + path, json=body)
            return answer.json() if answer.content else None

        return self._call(ask, reads=method == "GET")

    def send_file(self, path: str, file: IO[bytes], content_type: str) -> None:
        """PUT a file's whole content, read as it is sent."""

        def send(client: Any) -> None:
            file.seek(0)
            client._call_salesforce("PUT", client.base_url + path, headers={"Content-Type": content_type}, data=file)

        self._call(send, reads=False)

    def fetch_file(self, path: str, file: IO[bytes]) -> Mapping[str, str]:
        """GET what may be larger than memory into a file, and the answer's headers. A broken one starts anew."""

        def fetch(client: Any) -> Mapping[str, str]:
            with client._call_salesforce("GET", client.base_url + path, stream=True) as answer:
                file.seek(0)
                file.truncate()
                for piece in answer.iter_content(PIECE_BYTES):
                    file.write(piece)
                return dict(answer.headers)

        return self._call(fetch, reads=True)

    # The call -----------------------------------------------------------------

    def _call(self, action: Callable[[Any], Result], *, reads: bool) -> Result:
        self._check_allowance()
        try:
            if reads:
                return transport.patiently(lambda: self._once(action))
            return self._once(action)
        except Throttled as error:
            auth.note_problem(self.org, error)
            raise

    def _once(self, action: Callable[[Any], Result]) -> Result:
        """One call; after a 401, which means that nothing was done, once more with a fresh token."""
        for attempt in (1, 2):
            client = self._signed_in()
            self.calls += 1
            error, result = self._attempt(client, action)
            if error is None:
                return result
            if not isinstance(error, Refused) or error.status != 401:
                raise error
            if attempt == 1:
                auth.sign_in(self.org, self.session, refused_version=self._client_version)
        refusal = NotAuthorised(
            f"Salesforce gives “{self.org.key}” a token, but refuses every call made with it.",
            remedy="Check the app's policies and the user's session settings (high assurance), and its API permission.",
        )
        auth.note_problem(self.org, refusal)
        raise refusal

    def _attempt(self, client: Any, action: Callable[[Any], Result]) -> tuple[ConnectorError | None, Any]:
        from simple_salesforce.exceptions import SalesforceError

        try:
            result = action(client)
        except SalesforceError as error:
            if error.status == 401:  # before anything that reads the body, whose shape varies
                return Refused(problem_of(error.content), 401), None
            return of_status(error.status, error.content), None
        except requests.RequestException as error:
            return of_wire(error), None
        self._note_usage(client)
        return None, result

    def _ensure_token(self) -> None:
        if not self.org.access_token:
            auth.sign_in(self.org, self.session)

    def _signed_in(self) -> Any:
        """The library's client for the newest token that is known; importing the library takes a second or two."""
        from simple_salesforce import Salesforce

        self._ensure_token()
        if self._client is None or self._client_version != self.org.token_version:
            self._client = Salesforce(
                session_id=reveal(self.org.access_token),
                instance_url=self.org.instance_url,
                session=self.session,
                version=self.version,
                parse_float=Decimal,
                object_pairs_hook=dict,
            )
            self._client_version = self.org.token_version
        return self._client

    # The allowance --------------------------------------------------------------

    def _check_allowance(self) -> None:
        """Leave the org's last calls of the day to the org."""
        share = settings.SALESFORCE_API_SHARE
        at, used, allowed = _used.get(self.org.pk, (0.0, 0, 0))
        recent = time.monotonic() - at < ALLOWANCE_PAUSE_SECONDS
        if allowed and recent and used * 100 >= allowed * share:
            error = Throttled(
                f"The Salesforce org has used {used} of its {allowed} API calls; the rest is left to the org.",
                remedy=f"It goes on by itself below {share} % (SALESFORCE_API_SHARE).",
                retry_seconds=ALLOWANCE_PAUSE_SECONDS,
            )
            auth.note_problem(self.org, error)
            raise error

    def _note_usage(self, client: Any) -> None:
        usage = client.api_usage.get("api-usage")
        if usage is None:
            return
        now = time.monotonic()
        _used[self.org.pk] = (now, usage.used, usage.total)
        if self.org.problem:
            auth.note_problem(self.org, None)
        if now - self._usage_saved > USAGE_SECONDS:
            self.save_usage()

    def save_usage(self) -> None:
        """Write the allowance to the Org row, if it has changed."""
        _, used, allowed = _used.get(self.org.pk, (0.0, 0, 0))
        if allowed and (self.org.api_used, self.org.api_allowed) != (used, allowed):
            self.org.api_used, self.org.api_allowed = used, allowed
            Org.objects.filter(pk=self.org.pk).update(api_used=used, api_allowed=allowed)
        self._usage_saved = time.monotonic()


def _answers(answer: Any) -> list[Answer]:
    return [Answer(int(each["httpStatusCode"]), each["body"]) for each in answer["compositeResponse"]]


def _fields(description: Any) -> dict[str, Row]:
    try:
        return {each["name"]: _kept(each) for each in description["fields"]}
    except (TypeError, KeyError, AttributeError):
        raise Lost("Salesforce's description of an object makes no sense.") from None


def _kept(each: Mapping[str, Any]) -> Row:
    """What is remembered of a field."""
    row = {name: each.get(name) for name in DESCRIBED}
    if each.get("custom") or len(each.get("picklistValues") or ()) <= CHOICES_MAX:
        row["values"] = {choice["value"] for choice in each.get("picklistValues") or () if choice.get("active", True)}
    return row


def _rows(answer: Any) -> list[Row]:
    if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
        raise Lost("Salesforce's answer to a query makes no sense.")
    return answer["records"]
