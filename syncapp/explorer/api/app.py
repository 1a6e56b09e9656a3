"""The API itself: its description, its parts, and how it reads and answers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from syncapp.explorer.api import companies, files, imports, jobs, records, saved
from syncapp.explorer.api.auth import Bearer
from syncapp.explorer.api.door import only_known_parameters, told
from syncapp.explorer.api.problems import MEDIA_TYPE, SORTS
from syncapp.explorer.api.reading import StrictParser

DESCRIPTION = """
Query, add, modify, delete and void the records of QuickBooks companies.

QuickBooks answers when its Web Connector calls next. So every question and every change becomes a **job**: it is
answered with 202 and the job's address, and read there until its state is `done`, `failed` or `cancelled`; or a webhook
tells the end.

Send `Authorization: Bearer TOKEN`. Send an `Idempotency-Key` of your own with whatever must not be done twice: the same
key with the same request brings the same job.

Errors are problem documents (RFC 9457): `detail` says what is wrong, `errors` names each place.
""".strip()
FAILURES = {"400": "malformed", "401": "unauthorized", "403": "forbidden", "404": "not-found", "413": "too-large"}
FAILURES |= {"422": "invalid", "429": "too-many-requests"}
ANYWHERE = ("400", "404", "413", "422")


class Api(NinjaAPI):
    """With the problems that any request can end in written into the OpenAPI document."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**kwargs)
        document["servers"] = [{"url": "/"}]
        for methods in document["paths"].values():
            for operation in methods.values():
                _tell_problems(operation)
        return document


def _tell_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    statuses = {str(status): content for status, content in responses.items()}
    for status, content in statuses.items():
        if status >= "400":
            content["content"] = {MEDIA_TYPE: next(iter(content["content"].values()))}
    for status, sort in FAILURES.items():
        if operation.get("security") or status in ANYWHERE:
            described = {"description": SORTS[sort][1], "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
            statuses.setdefault(status, described)
    operation["responses"] = dict(sorted(statuses.items()))


PROBLEM = {"$ref": "#/components/schemas/ProblemTold"}

api = Api(
    title="QuickBooks connector",
    version="1",
    description=DESCRIPTION,
    auth=Bearer(),
    parser=StrictParser(),
    urls_namespace="connector-api",
)
api.add_decorator(only_known_parameters, mode="view")
api.add_router("", companies.router)
api.add_router("", records.router)
api.add_router("", imports.router)
api.add_router("", jobs.router)
api.add_router("", files.router)
api.add_router("", saved.router)


def _told(request: HttpRequest, problem: Exception | type[Exception]) -> HttpResponse:
    return told(request, problem if isinstance(problem, Exception) else problem())


for _sort in (Exception, HttpError, Http404, ValidationError):
    api.add_exception_handler(_sort, _told)
