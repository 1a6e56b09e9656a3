"""The resources of single records: describe, read, create, update, delete, upsert, and the change lists."""

from __future__ import annotations

from typing import Any

from . import api_pages, dml, ids, replication
from .call import Call
from .describe import describe_global, describe_sobject, sobject_summary
from .errors import SalesforceError, is_deleted, not_found, unknown_field
from .intake import find_by_key
from .schema import SObject
from .soql import attributes, field_getter
from .store import Row
from .wire import Response, http_date

ANSWERED_UPSERTS_SINCE = 46


def route(call: Call) -> Response:
    parts = call.parts[1:]
    if not parts:
        return Response(200, describe_global(call.org, call.user_id, call.version))
    sobject = call.sobject(parts[0])
    if len(parts) == 1:
        return _of_sobject(call, sobject)
    if len(parts) > 3:
        raise not_found()
    if len(parts) == 3:
        return _by_key(call, sobject, parts[1], parts[2])
    reads = {"describe": _describe, "updated": _updated, "deleted": _deleted, "listviews": api_pages.list_views}
    if parts[1].lower() in reads:
        return reads[parts[1].lower()](call, sobject)
    return _record(call, sobject, parts[1])


def _of_sobject(call: Call, sobject: SObject) -> Response:
    if call.method == "GET":
        summary = sobject_summary(call.org, call.user_id, sobject, call.version)
        return Response(200, {"objectDescribe": summary, "recentItems": []})
    if call.method != "POST":
        raise call.method_refused("HEAD,GET,POST")
    return _create(call, sobject, call.object_body())


def _create(call: Call, sobject: SObject, body: dict[str, Any], **more: Any) -> Response:
    record_id = dml.insert(call.tx, sobject, body)
    headers = {"Location": f"/services/data/v{call.version}/sobjects/{sobject.name}/{record_id}"}
    return Response(201, {"id": record_id, "success": True, "errors": [], **more}, headers, records=1)


def _describe(call: Call, sobject: SObject) -> Response:
    changed_at = call.org.schema_changed_at.replace(microsecond=0)
    since = call.request.moment("if-modified-since") if call.request else None
    headers = {"Last-Modified": http_date(changed_at), "ETag": f'"{call.org.security}"'}
    if since is not None and changed_at <= since:
        return Response(304, None, headers)
    return Response(200, describe_sobject(call.org, call.user_id, sobject, call.version), headers)


def _updated(call: Call, sobject: SObject) -> Response:
    return Response(200, replication.updated(call.org, sobject, dict(call.query)))


def _deleted(call: Call, sobject: SObject) -> Response:
    return Response(200, replication.deleted(call.org, sobject, dict(call.query)))


# Records by their id -------------------------------------------------------------------


def _record(call: Call, sobject: SObject, text: str) -> Response:
    record_id = ids.full(text)
    if call.method == "GET":
        return _read(call, sobject, _present(call, sobject, record_id))
    if call.method not in ("PATCH", "DELETE"):
        raise call.method_refused("HEAD,GET,PATCH,DELETE")
    if record_id is None:
        raise SalesforceError("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {text}")
    row = dml.live_row(call.tx, sobject, record_id)
    body = call.object_body() if call.method == "PATCH" else {}
    if _precondition_failed(call, sobject, row):
        return Response(412, "")
    if call.method == "PATCH":
        dml.update(call.tx, sobject, record_id, body)
    else:
        dml.delete(call.tx, sobject, record_id)
    return Response(204, None, records=1)


def _present(call: Call, sobject: SObject, record_id: str | None) -> Row:
    row = call.org.table(sobject).get(record_id)
    if row is None:
        raise not_found()
    if row["IsDeleted"]:
        raise is_deleted()
    return row


def _precondition_failed(call: Call, sobject: SObject, row: Row) -> bool:
    """Whether the record was changed after If-Unmodified-Since, which knows whole seconds only."""
    limit = _header_moment(call, "if-unmodified-since")
    if limit is None:
        return False
    if call.org.happens("stale_version"):
        dml.write_system(call.tx.as_system(), sobject, row["Id"], {})
        return True
    return bool(row["SystemModstamp"].replace(microsecond=0) > limit)


def _header_moment(call: Call, name: str) -> Any:
    holder = call.request
    if holder is None or name not in holder.headers:
        return None
    return holder.moment(name)


def _read(call: Call, sobject: SObject, row: Row) -> Response:
    stamp = row["SystemModstamp"]
    headers = {"Last-Modified": http_date(stamp)}
    since = _header_moment(call, "if-modified-since")
    if since is not None and stamp.replace(microsecond=0) <= since:
        return Response(304, None, headers)
    if _precondition_failed(call, sobject, row):
        return Response(412, "")
    wanted = [name for name in call.query.get("fields", "").split(",") if name]
    return Response(200, shown(call, sobject, row, wanted), headers, records=1)


def shown(call: Call, sobject: SObject, row: Row, wanted: list[str]) -> dict[str, Any]:
    readable = call.org.access(call.user_id, sobject).readable
    fields = list(readable.values())
    if wanted:
        unknown = next((name for name in wanted if name.strip().lower() not in readable), None)
        if unknown is not None:
            raise unknown_field(unknown, sobject.name)
        fields = [readable[name.strip().lower()] for name in wanted]
    found: dict[str, Any] = {"attributes": attributes(sobject.name, row["Id"], call.version)}
    for field in fields:
        found[field.name] = field_getter(field)(row)
    return found


# Records by an external id -------------------------------------------------------------


def _by_key(call: Call, sobject: SObject, name: str, value: str) -> Response:
    matches = find_by_key(call.tx, sobject, name, value)
    if len(matches) > 1:
        base = f"/services/data/v{call.version}/sobjects/{sobject.name}"
        return Response(300, [f"{base}/{each}" for each in matches])
    if call.method == "PATCH":
        return _upsert(call, sobject, name, value, matches)
    if not matches:
        raise not_found()
    return _record(call, sobject, matches[0])


def _upsert(call: Call, sobject: SObject, name: str, value: str, matches: list[str]) -> Response:
    body = call.object_body()
    field = sobject.field(name)
    canonical = field.name if field else name
    if canonical.lower() in (key.lower() for key in body):
        text = f"The {canonical} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", text)
    if matches:
        row = dml.live_row(call.tx, sobject, matches[0])
        if _precondition_failed(call, sobject, row):
            return Response(412, "")
        dml.update(call.tx, sobject, matches[0], body)
        if int(call.version.partition(".")[0]) < ANSWERED_UPSERTS_SINCE:
            return Response(204, None, records=1)
        return Response(200, {"id": matches[0], "success": True, "errors": [], "created": False}, records=1)
    if call.query.get("updateOnly", "").lower() == "true" or canonical == "Id":
        raise not_found()
    return _create(call, sobject, {canonical: value, **body}, created=True)
