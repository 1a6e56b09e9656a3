"""Results as files: CSV, JSON, and QuickBooks's own XML; streamed, whatever their size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from syncapp.explorer import export
from syncapp.explorer.api.auth import job_of, require
from syncapp.explorer.api.jobs import ANY
from syncapp.explorer.api.problems import Problem

router = Router(tags=["Jobs"])
WRITERS = {"csv": export.csv_rows, "json": export.json_text, "xml": export.xml_text}
TYPES = {"csv": "text/csv", "json": "application/json", "xml": "application/xml"}
CONTENT = {kind: {"schema": {"type": "object" if form == "json" else "string"}} for form, kind in TYPES.items()}


@router.get(
    "/jobs/{int:job_id}/result.{form}",
    response={200: None},
    openapi_extra={"responses": {200: {"description": "OK", "content": CONTENT}}},
    summary="The whole result as a file: csv, json or xml",
)
def download(request: HttpRequest, job_id: int, form: str) -> Any:
    """Of a change: its rows, with what became of each, as csv or json; QuickBooks's XML is kept for queries only."""
    job = job_of(require(request, *ANY), job_id)
    if form not in WRITERS:
        raise Problem("not-found", f"A result comes as {', '.join(WRITERS)}.")
    headers = {"Content-Disposition": f'attachment; filename="{job.record_type}-{job.action}-{job.pk}.{form}"'}
    kind = f"{TYPES[form]}; charset=utf-8"
    return StreamingHttpResponse(_bytes(WRITERS[form](job)), content_type=kind, headers=headers)


def _bytes(pieces: Iterable[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode()
