"""The REST resources of Bulk API 2.0: jobs/ingest and jobs/query."""

from __future__ import annotations

import base64
from typing import Any

from . import bulk_csv, bulk_rows, ids
from .bulk import DONE, Job
from .call import Call
from .errors import SalesforceError, broken_json, not_found
from .soql import Select
from .values import stamp_text
from .wire import Response, html

Json = dict[str, Any]
INGEST_KEYS = frozenset(
    {"object", "operation", "externalIdFieldName", "contentType", "lineEnding", "columnDelimiter", "assignmentRuleId"}
)
QUERY_KEYS = frozenset({"operation", "query", "contentType", "lineEnding", "columnDelimiter"})
UNSUPPORTED = frozenset({"PermissionSetAssignment", "OpportunityStage", "RecordType", "CurrencyType"})
RESULTS = {"successfulresults", "failedresults", "unprocessedrecords"}


def route(call: Call) -> Response:
    kind = call.parts[1].lower() if len(call.parts) > 1 else ""
    if kind not in ("ingest", "query") or len(call.parts) > 4:
        raise not_found()
    if len(call.parts) == 2:
        return _all(call, kind)
    job = call.org.bulk.find(ids.full(call.parts[2]) or "", kind)
    if job is None:
        raise not_found()
    if len(call.parts) == 3:
        return _one(call, job)
    part = call.parts[3].lower()
    if kind == "ingest" and part == "batches":
        return _upload(call, job)
    if kind == "ingest" and part in RESULTS:
        return _ingest_results(call, job, part)
    if kind == "query" and part == "results":
        return _query_results(call, job)
    raise not_found()


def _all(call: Call, kind: str) -> Response:
    if call.method == "GET":
        mine = [job for job in call.org.bulk.jobs.values() if job.kind == kind]
        return Response(200, {"done": True, "nextRecordsUrl": None, "records": [_shown(job) for job in mine]})
    if call.method != "POST":
        raise call.method_refused("GET,HEAD,POST")
    job = _make_ingest(call) if kind == "ingest" else _make_query(call)
    return Response(200, _shown(job))


def _settings(call: Call, known: frozenset[str]) -> Json:
    body = call.object_body()
    unknown = sorted(set(body) - known)
    if unknown:
        raise broken_json(f'Unrecognized field "{unknown[0]}" (not marked as ignorable)')
    choices = (
        ("contentType", ("CSV",)),
        ("lineEnding", bulk_csv.LINE_ENDINGS),
        ("columnDelimiter", bulk_csv.DELIMITERS),
    )
    for name, allowed in choices:
        if name in body and body[name] not in allowed:
            raise SalesforceError("INVALIDJOB", f"InvalidJob : {name} must be one of {', '.join(allowed)}")
    return body


def _make_ingest(call: Call) -> Job:
    body = _settings(call, INGEST_KEYS)
    operation, key = body.get("operation"), str(body.get("externalIdFieldName") or "")
    if operation not in bulk_rows.OPERATIONS:
        raise SalesforceError("INVALIDJOB", f"InvalidJob : Unknown operation: {operation}")
    sobject = call.org.visible(call.user_id, str(body.get("object") or ""))
    if sobject is None or sobject.name in UNSUPPORTED:
        raise SalesforceError("INVALIDENTITY", f"Entity '{body.get('object')}' is not supported by the Bulk API.")
    if operation == "hardDelete":
        text = "hardDelete is not permitted without the permission Bulk API Hard Delete"
        raise SalesforceError("FEATURENOTENABLED", text)
    if (operation == "upsert") != bool(key):
        text = "InvalidJob : externalIdFieldName is needed for upsert, and for nothing else"
        raise SalesforceError("INVALIDJOB", text)
    field = call.org.access(call.user_id, sobject).readable.get(key.lower()) if key else None
    if key and (field is None or not (field.external_id or field.id_lookup)):
        text = f"InvalidJob : Field name provided, {key} does not match an External ID, Salesforce Id, or indexed field"
        raise SalesforceError("INVALIDJOB", f"{text} for {sobject.name}")
    return call.org.bulk.make(kind="ingest", sobject=sobject.name, operation=operation, key=key, **_common(call, body))


def _common(call: Call, body: Json) -> Json:
    return {
        "user_id": call.user_id,
        "version": call.version,
        "delimiter": body.get("columnDelimiter", "COMMA"),
        "line_ending": body.get("lineEnding", "LF"),
    }


def _make_query(call: Call) -> Job:
    body = _settings(call, QUERY_KEYS)
    operation, text = body.get("operation"), body.get("query")
    if operation not in ("query", "queryAll") or not isinstance(text, str) or not text:
        raise SalesforceError(
            "INVALIDJOB", "InvalidJob : A query job needs an operation, query or queryAll, and a query"
        )
    sobject = Select(call.org, call.user_id, call.version).check_flat(text)
    if sobject in UNSUPPORTED:
        raise SalesforceError("INVALIDENTITY", f"Entity '{sobject}' is not supported by the Bulk API.")
    return call.org.bulk.make(kind="query", sobject=sobject, operation=operation, query=text, **_common(call, body))


# One job -------------------------------------------------------------------------------


def _one(call: Call, job: Job) -> Response:
    if call.method == "GET":
        return Response(200, _shown(job, whole=True))
    if call.method == "DELETE":
        if job.state not in (*DONE, "UploadComplete"):
            raise _wrong_state(job)
        del call.org.bulk.jobs[job.id]
        return Response(204, None)
    if call.method != "PATCH":
        raise call.method_refused("GET,HEAD,PATCH,DELETE")
    state = call.object_body().get("state")
    if state == "Aborted" and job.state not in DONE:
        call.org.bulk.abort(job)
    elif state == "UploadComplete" and job.kind == "ingest" and job.state == "Open":
        call.org.bulk.close(job)
    else:
        raise _wrong_state(job)
    return Response(200, _shown(job))


def _wrong_state(job: Job) -> SalesforceError:
    return SalesforceError("INVALIDJOBSTATE", f"InvalidJobState : The job {job.id} is in state {job.state}")


def _upload(call: Call, job: Job) -> Response:
    if call.method != "PUT":
        raise call.method_refused("PUT")
    if job.state != "Open" or job.data is not None:
        raise _wrong_state(job)
    if not call.headers.get("content-type", "").lower().startswith("text/csv"):
        raise SalesforceError("INVALID_CONTENT_TYPE", "The data of a job are text/csv", status=415)
    data = call.request.body if call.request is not None else b""
    if len(data) > call.org.bulk.upload_bytes_max:
        return html(413, "Request Entity Too Large")
    job.data = data
    return Response(201, None)


def _shown(job: Job, *, whole: bool = False) -> Json:
    body: Json = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.user_id,
        "createdDate": stamp_text(job.made_at),
        "systemModstamp": stamp_text(job.changed_at or job.made_at),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
    if job.kind == "ingest":
        body["jobType"] = "V2Ingest"
        body["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
        if job.key:
            body["externalIdFieldName"] = job.key
    else:
        body["jobType"] = "V2Query"
    if whole:
        body |= {"numberRecordsProcessed": job.place, "retries": 0, "totalProcessingTime": 0}
        if job.kind == "ingest":
            body |= {"numberRecordsFailed": len(job.failures), "apiActiveProcessingTime": 0, "apexProcessingTime": 0}
        if job.state == "Failed":
            body["errorMessage"] = job.error
    return body


# Results -------------------------------------------------------------------------------


def _csv(job: Job, header: list[str], rows: list[list[str]], **headers: str) -> Response:
    body = bulk_csv.write(header, rows, job.delimiter, job.line_ending)
    return Response(200, body, headers, content_type="text/csv", records=len(rows))


def _ingest_results(call: Call, job: Job, part: str) -> Response:
    if call.method != "GET":
        raise call.method_refused("GET,HEAD")
    if job.state not in DONE:
        raise _wrong_state(job)
    if part == "successfulresults":
        rows = [[record_id, str(new).lower(), *cells] for record_id, new, cells in job.successes]
        return _csv(job, ["sf__Id", "sf__Created", *job.header], rows)
    if part == "failedresults":
        return _csv(job, ["sf__Id", "sf__Error", *job.header], [[*known, *cells] for *known, cells in job.failures])
    return _csv(job, job.header, job.rows[job.place :])


def _query_results(call: Call, job: Job) -> Response:
    if call.method != "GET":
        raise call.method_refused("GET,HEAD")
    if job.state != "JobComplete" or job.result is None:
        raise _wrong_state(job)
    start, asked = _place(call.query.get("locator", "")), call.query.get("maxRecords", "")
    if asked and (not asked.isdigit() or int(asked) < 1):
        raise SalesforceError("INVALIDJOB", f"InvalidJob : maxRecords is not a positive number: {asked}")
    size = min(int(asked or call.org.bulk.page_rows), call.org.bulk.page_rows)
    if start > len(job.result.rows):
        raise _bad_locator()
    rows = job.result.rows[start : start + size]
    stop = start + len(rows)
    locator = "null" if stop >= len(job.result.rows) else _locator(stop)
    shown = [job.result.show(row) for row in rows]
    return _csv(job, job.result.header, shown, **{"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(rows))})


def _locator(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(locator: str) -> int:
    if not locator:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise _bad_locator() from None


def _bad_locator() -> SalesforceError:
    return SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
