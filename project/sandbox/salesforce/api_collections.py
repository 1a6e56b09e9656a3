"""Up to 200 records in one call: each succeeds or fails by itself, unless all or none was asked for.

Rule  the HTTP status is 200 whatever becomes of the records; failures speak of ``statusCode``, not ``errorCode``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from . import dml, ids
from .api_records import shown
from .call import Call
from .errors import SalesforceError, no_such_record, not_found
from .intake import find_by_key
from .schema import SObject
from .wire import Response

Json = dict[str, Any]
RECORDS_MAX = 200
READ_RECORDS_MAX = 2000
READ_RECORDS_BY_GET_MAX = 800
TYPE_RUNS_MAX = 10
ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"


def route(call: Call) -> Response:
    parts = call.parts[2:]
    if len(parts) == 1 and call.method in ("GET", "POST"):
        return _read(call, call.sobject(parts[0]))
    if len(parts) == 2 and call.method == "PATCH":
        return _upsert(call, call.sobject(parts[0]), parts[1])
    if parts:
        raise not_found()
    handlers = {"POST": _create, "PATCH": _update, "DELETE": _delete}
    if call.method not in handlers:
        raise call.method_refused("POST,PATCH,DELETE")
    return handlers[call.method](call)


def _records(call: Call) -> list[Json]:
    records = call.object_body().get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise SalesforceError("INVALID_INPUT", "The request must carry a list of records")
    _check_count(len(records), RECORDS_MAX)
    return records


def _check_count(count: int, most: int) -> None:
    if count > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", text)


def _type_name(record: Json) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        text = "Missing entity type information. sObject requires a separate 'attributes' field map."
        raise SalesforceError("INVALID_INPUT", text)
    return name


def _check_runs(names: Iterable[str]) -> None:
    runs = sum(1 for _ in groupby(name.lower() for name in names))
    if runs > TYPE_RUNS_MAX:
        text = f"You can't have more than {TYPE_RUNS_MAX} chunks of different types in one request; there are {runs}."
        raise SalesforceError("LIMIT_EXCEEDED", text)


def _sobject(call: Call, name: str) -> SObject:
    found = call.org.visible(call.user_id, name)
    if found is None:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return found


def _all_or_none(call: Call) -> bool:
    return call.object_body().get("allOrNone") is True


def _each(call: Call, jobs: Sequence[Callable[[], Json]], *, all_or_none: bool) -> Response:
    """Run every job in a savepoint of its own; with all or none, one failure takes the others back."""
    start = call.tx.mark()
    results: list[Json] = []
    for job in jobs:
        mark = call.tx.mark()
        try:
            results.append(job())
        except SalesforceError as refusal:
            call.tx.roll_back(mark)
            results.append(refusal.for_result_list())
    if all_or_none and not all(result["success"] for result in results):
        call.tx.roll_back(start)
        innocent = SalesforceError("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK).for_result_list()
        results = [innocent if result["success"] else result for result in results]
    return Response(200, results, records=sum(result["success"] for result in results))


def _done(record_id: str, **more: Any) -> Json:
    return {"id": record_id, "success": True, "errors": [], **more}


def _create(call: Call) -> Response:
    records = _records(call)
    _check_runs(_type_name(record) for record in records)

    def job(record: Json) -> Json:
        return _done(dml.insert(call.tx, _sobject(call, _type_name(record)), record))

    jobs = [lambda record=record: job(record) for record in records]
    return _each(call, jobs, all_or_none=_all_or_none(call))


def _update(call: Call) -> Response:
    records = _records(call)
    _check_runs(_type_name(record) for record in records)

    def job(record: Json) -> Json:
        sobject = _sobject(call, _type_name(record))
        fields = {name: value for name, value in record.items() if name.lower() != "id"}
        given = next((value for name, value in record.items() if name.lower() == "id"), None)
        if given is None:
            raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
        record_id = _id(sobject, given)
        dml.update(call.tx, sobject, record_id, fields)
        return _done(record_id)

    jobs = [lambda record=record: job(record) for record in records]
    return _each(call, jobs, all_or_none=_all_or_none(call))


def _id(sobject: SObject, given: Any) -> str:
    record_id = ids.full(given)
    if record_id is None or record_id[:3] != sobject.prefix:
        text = f"{sobject.label} ID: id value of incorrect type: {given}"
        raise SalesforceError("MALFORMED_ID", text, ["Id"])
    return record_id


def _upsert(call: Call, sobject: SObject, name: str) -> Response:
    records = _records(call)
    if any(_type_name(record).lower() != sobject.name.lower() for record in records):
        raise SalesforceError("INVALID_INPUT", f"All records of this call must be of type {sobject.name}")
    find_by_key(call.tx, sobject, name, None)  # refuses a field that is no key
    seen: set[str] = set()

    def job(record: Json) -> Json:
        key = next((value for each, value in record.items() if each.lower() == name.lower()), None)
        fields = {each: value for each, value in record.items() if each.lower() != name.lower()}
        if key is None and name.lower() == "id":
            return _done(dml.insert(call.tx, sobject, fields), created=True)
        if key is None:
            raise SalesforceError("MISSING_ARGUMENT", f"{name} not specified", [name])
        if str(key).casefold() in seen:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", [name])
        seen.add(str(key).casefold())
        return _upsert_one(call, sobject, name, key, fields)

    jobs = [lambda record=record: job(record) for record in records]
    return _each(call, jobs, all_or_none=_all_or_none(call))


def _upsert_one(call: Call, sobject: SObject, name: str, key: Any, fields: Json) -> Json:
    matches = find_by_key(call.tx, sobject, name, key)
    if len(matches) > 1:
        text = f"More than one record found for external id field: {matches}"
        raise SalesforceError("DUPLICATE_EXTERNAL_ID", text, [name])
    if matches:
        dml.update(call.tx, sobject, matches[0], fields)
        return _done(matches[0], created=False)
    if name.lower() == "id":
        raise no_such_record()
    return _done(dml.insert(call.tx, sobject, {name: key, **fields}), created=True)


def _delete(call: Call) -> Response:
    listed = [each for each in call.query.get("ids", "").split(",") if each]
    _check_count(len(listed), RECORDS_MAX)

    def job(given: str) -> Json:
        record_id = ids.full(given)
        if record_id is None:
            raise SalesforceError("MALFORMED_ID", f"malformed id {given}")
        sobject = call.org.schema.by_prefix(record_id[:3])
        if sobject is None:
            raise no_such_record()
        dml.delete(call.tx, sobject, record_id)
        return _done(record_id)

    jobs = [lambda given=given: job(given) for given in listed]
    return _each(call, jobs, all_or_none=call.query.get("allOrNone", "").lower() == "true")


def _read(call: Call, sobject: SObject) -> Response:
    """Records in the order asked for; null where there is none."""
    if call.method == "POST":
        body = call.object_body()
        listed, fields = body.get("ids"), body.get("fields")
        most = READ_RECORDS_MAX
    else:
        listed, fields = (call.query.get(name, "").split(",") for name in ("ids", "fields"))
        most = READ_RECORDS_BY_GET_MAX
    if not isinstance(listed, list) or not isinstance(fields, list) or not fields:
        raise SalesforceError("INVALID_INPUT", "The request must carry ids and fields")
    _check_count(len(listed), most)
    table = call.org.table(sobject)
    found: list[Json | None] = []
    for given in listed:
        row = table.get(ids.full(given))
        live = row is not None and not row["IsDeleted"]
        found.append(shown(call, sobject, row, fields) if row is not None and live else None)
    return Response(200, found, records=len(found))
