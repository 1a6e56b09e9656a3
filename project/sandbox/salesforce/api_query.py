"""Query and queryAll: the first page at once, the others by a locator, which is one user's and lives two days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .call import Call
from .errors import SalesforceError
from .soql import Result, Select
from .state import Cursor
from .wire import Response

CURSOR_DAYS_MAX = 2
PAGE_ROWS_MAX = 2000
PAGE_ROWS_MIN = 200


def route(call: Call) -> Response:
    if call.method != "GET":
        raise call.method_refused("HEAD,GET")
    if len(call.parts) > 1:
        return _more(call, call.parts[1])
    text = call.query.get("q")
    if not text:
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    include_deleted = call.parts[0].lower() == "queryall"
    result = Select(call.org, call.user_id, call.version, include_deleted=include_deleted).run(text)
    if result.counts_only:
        return Response(200, {"totalSize": len(result.rows), "done": True, "records": []})
    return _page(call, "", Cursor(call.user_id, result, _size(call), call.org.now()), 0)


def _size(call: Call) -> int:
    size = call.org.page_size
    option = call.headers.get("sforce-query-options", "")
    _, _, asked = option.partition("batchSize=")
    if asked.strip().isdigit():
        size = min(PAGE_ROWS_MAX, max(PAGE_ROWS_MIN, int(asked)))
    return size


def _more(call: Call, locator: str) -> Response:
    cursor_id, _, place = locator.partition("-")
    cursor = call.org.cursors.get(cursor_id)
    too_old = cursor is not None and call.org.now() - cursor.made_at > timedelta(days=CURSOR_DAYS_MAX)
    if cursor is None or cursor.user_id != call.user_id or too_old or not place.isdigit():
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, cursor_id, cursor, int(place))


def _page(call: Call, cursor_id: str, cursor: Cursor, start: int) -> Response:
    """A page is as long as the server likes it to be: never more than asked for, sometimes less."""
    result: Result = cursor.result
    size = cursor.size
    if size > 1 and call.org.chance.happens(call.org.page_shrink):
        size = call.org.chance.number(1, size - 1)
    records = result.records(start, start + size)
    stop = start + len(records)
    body: dict[str, Any] = {"totalSize": len(result.rows), "done": stop >= len(result.rows)}
    if not body["done"]:
        cursor_id = cursor_id or call.org.keep_cursor(cursor)
        body["nextRecordsUrl"] = f"/services/data/v{call.version}/query/{cursor_id}-{stop}"
    elif cursor_id:
        call.org.cursors.pop(cursor_id, None)
    body["records"] = records
    return Response(200, body, records=len(records))
