"""Several calls in one: composite, batch, graph and tree.

Words    subrequest   one call inside; later ones may use ``@{reference.field}`` of what earlier ones answered
Rule     the whole answers 200; every subrequest carries its own status and the body that it would have had alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import dml
from .call import Call
from .errors import SalesforceError, broken_json
from .schema import SObject
from .wire import Response

Json = dict[str, Any]
Dispatch = Callable[[Call], Response]
SUBREQUESTS_MAX = 25
HEAVY_SUBREQUESTS_MAX = 5
GRAPHS_MAX = 75
NODES_MAX = 500
TREE_RECORDS_MAX = 200
TREE_DEPTH_MAX = 5
REFERENCE = re.compile(r"@\{([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


class NoSuchReference(Exception):
    """A reference names nothing that was answered."""


def route(call: Call, dispatch: Dispatch) -> Response:
    if call.method != "POST":
        raise call.method_refused("POST")
    kind = call.parts[1].lower() if len(call.parts) > 1 else ""
    if kind == "":
        return _composite(call, dispatch)
    if kind == "batch":
        return _batch(call, dispatch)
    if kind == "graph":
        return _graphs(call, dispatch)
    return _tree(call, call.sobject(call.parts[2]))


def _listed(body: Json, name: str, most: int) -> list[Json]:
    found = body.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise broken_json(f"The request must carry a list named {name}")
    if len(found) > most:
        text = f"The limit of {most} has been exceeded by {name}, which holds {len(found)}"
        raise SalesforceError("LIMIT_EXCEEDED", text)
    return found


# Composite and graph -------------------------------------------------------------------


def _composite(call: Call, dispatch: Dispatch) -> Response:
    body = call.object_body()
    requests = _listed(body, "compositeRequest", SUBREQUESTS_MAX)
    heavy = [each for each in requests if re.search(r"/(query|queryAll|composite)(/|\?|$)", str(each.get("url")))]
    if len(heavy) > HEAVY_SUBREQUESTS_MAX:
        text = f"Limit of {HEAVY_SUBREQUESTS_MAX} query and collection operations exceeded"
        raise SalesforceError("LIMIT_EXCEEDED", text)
    answers = run_together(call, dispatch, requests, all_or_none=body.get("allOrNone") is True)
    return Response(200, {"compositeResponse": [answer for answer, _ in answers]}, records=_sum(answers))


def _sum(answers: list[tuple[Json, int]]) -> int:
    return sum(count for _, count in answers)


def run_together(call: Call, dispatch: Dispatch, requests: list[Json], *, all_or_none: bool) -> list[tuple[Json, int]]:
    """Run subrequests in order; each answer with the number of records that it concerned."""
    references = [each.get("referenceId") for each in requests]
    named = all(isinstance(each, str) for each in references)
    if not named or len(set(references)) != len(references):
        raise broken_json("Every subrequest needs a referenceId of its own")
    start = call.tx.mark()
    known: dict[str, Any] = {}
    answers: list[tuple[Json, int]] = []
    failed = False
    for request in requests:
        halted = failed and all_or_none
        response = _halted(HALTED) if halted else _subrequest(call, dispatch, request, known)
        failed = failed or response.status >= 400
        known[str(request["referenceId"])] = response.body if response.status < 400 else None
        answers.append((_answer(request, response), response.records))
    if failed and all_or_none:
        call.tx.roll_back(start)
        answers = [(_taken_back(answer), 0) for answer, _ in answers]
    return answers


def _answer(request: Json, response: Response) -> Json:
    headers = {name: value for name, value in response.headers.items() if name == "Location"}
    return {
        "body": response.body,
        "httpHeaders": headers,
        "httpStatusCode": response.status,
        "referenceId": request["referenceId"],
    }


def _halted(text: str) -> Response:
    refusal = SalesforceError("PROCESSING_HALTED", text)
    return Response(400, refusal.for_record_call())


def _taken_back(answer: Json) -> Json:
    if answer["httpStatusCode"] >= 400:
        return answer
    return {**answer, "body": _halted(HALTED).body, "httpHeaders": {}, "httpStatusCode": 400}


def _subrequest(call: Call, dispatch: Dispatch, request: Json, known: Mapping[str, Any]) -> Response:
    try:
        url = _filled(str(request.get("url", "")), known)
        body = _filled(request.get("body"), known)
    except NoSuchReference as missing:
        return _halted(f"Invalid reference specified. {missing}")
    prefix, _, rest = url.removeprefix("/services/data/").partition("/")
    if not url.startswith("/services/data/v") or not rest:
        refusal = SalesforceError("INVALID_INPUT", f"The url {url} of a subrequest is not one of this API")
        return Response(400, refusal.for_record_call())
    headers = request.get("httpHeaders") or {}
    return _inner(call, dispatch, str(request.get("method", "GET")), prefix[1:], rest, body, headers)


def _inner(
    call: Call, dispatch: Dispatch, method: str, version: str, rest: str, body: Any, headers: Mapping[str, str]
) -> Response:
    split = urlsplit(rest)
    if not split.path.strip("/") or not isinstance(headers, dict):
        refusal = SalesforceError("INVALID_INPUT", "A subrequest needs a url of this API, and headers as an object")
        return Response(400, refusal.for_record_call())
    mark = call.tx.mark()
    allowed = call.tx.allow_duplicates
    parts = [unquote(part) for part in split.path.split("/") if part]
    if parts[0].lower() == "composite" and (len(parts) < 2 or parts[1].lower() != "sobjects"):
        return _halted("Composite requests cannot be nested")
    inner = Call(
        call.org,
        call.user_id,
        version,
        method.upper(),
        parts,
        dict(parse_qsl(split.query, keep_blank_values=True)),
        call.tx,
        {name.lower(): str(value) for name, value in headers.items()},
        body,
    )
    try:
        return dispatch(inner)
    except SalesforceError as refusal:
        call.tx.roll_back(mark)
        return Response(refusal.status, refusal.for_record_call())
    finally:
        call.tx.allow_duplicates = allowed


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with every reference in it replaced by what it refers to."""
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole:
            return _look_up(whole, known)
        return REFERENCE.sub(lambda match: str(_look_up(match, known)), value)
    if isinstance(value, dict):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return value


def _look_up(match: re.Match[str], known: Mapping[str, Any]) -> Any:
    name, path = match.groups()
    here: Any = known.get(name)
    for key in re.findall(r"\.([A-Za-z0-9_]+)|\[(\d+)\]", path):
        try:
            here = here[key[0]] if key[0] else here[int(key[1])]
        except (KeyError, IndexError, TypeError):
            here = None
        if here is None:
            break
    if here is None or not path:
        raise NoSuchReference(f"No value for {name}{path} found in {name}")
    return here


def _graphs(call: Call, dispatch: Dispatch) -> Response:
    """Each graph is a composite of its own in which all or none is done."""
    graphs = _listed(call.object_body(), "graphs", GRAPHS_MAX)
    shown = []
    count = 0
    for graph in graphs:
        requests = _listed(graph, "compositeRequest", NODES_MAX)
        answers = run_together(call, dispatch, requests, all_or_none=True)
        good = all(answer["httpStatusCode"] < 400 for answer, _ in answers)
        count += _sum(answers)
        responses = {"compositeResponse": [answer for answer, _ in answers]}
        shown.append({"graphId": graph.get("graphId"), "graphResponse": responses, "isSuccessful": good})
    return Response(200, {"graphs": shown}, records=count)


# Batch ---------------------------------------------------------------------------------


def _batch(call: Call, dispatch: Dispatch) -> Response:
    body = call.object_body()
    results: list[Json] = []
    count = 0
    for request in _listed(body, "batchRequests", SUBREQUESTS_MAX):
        failed = any(result["statusCode"] >= 400 for result in results)
        if failed and body.get("haltOnError") is True:
            refusal = SalesforceError("BATCH_PROCESSING_HALTED", "Batch processing halted per request")
            results.append({"statusCode": 412, "result": refusal.for_record_call()})
            continue
        version, _, rest = str(request.get("url", "")).removeprefix("/services/data/").partition("/")
        method = str(request.get("method", "GET"))
        response = _inner(call, dispatch, method, version.lstrip("v"), rest, request.get("richInput"), {})
        count += response.records
        results.append({"statusCode": response.status, "result": response.body})
    failed = any(result["statusCode"] >= 400 for result in results)
    return Response(200, {"hasErrors": failed, "results": results}, records=count)


# Tree ----------------------------------------------------------------------------------


def _tree(call: Call, sobject: SObject) -> Response:
    records = _listed(call.object_body(), "records", TREE_RECORDS_MAX)
    results: list[Json] = []
    start = call.tx.mark()
    try:
        for record in records:
            _plant_tree(call, sobject, record, {}, results, depth=1)
    except SalesforceError as refusal:
        call.tx.roll_back(start)
        culprit = results[-1] if results else {"referenceId": ""}
        errors = refusal.for_result_list()["errors"]
        failure = {"referenceId": culprit["referenceId"], "errors": errors}
        return Response(400, {"hasErrors": True, "results": [failure]})
    return Response(201, {"hasErrors": False, "results": results}, records=len(results))


def _plant_tree(call: Call, sobject: SObject, record: Json, parent: Json, results: list[Json], *, depth: int) -> None:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    if not isinstance(attributes, dict):
        raise broken_json("Every record of a tree needs attributes with a type and a referenceId")
    reference = attributes.get("referenceId", "")
    results.append({"referenceId": reference, "id": None})
    place = len(results) - 1
    nested = {name: value for name, value in record.items() if isinstance(value, dict) and "records" in value}
    if depth > TREE_DEPTH_MAX or len(results) > TREE_RECORDS_MAX:
        raise SalesforceError("LIMIT_EXCEEDED", "The tree is too deep or holds too many records")
    own = {name: value for name, value in record.items() if name not in nested}
    results[place]["id"] = dml.insert(call.tx, sobject, {**own, **parent})
    for name, below in nested.items():
        lookups = call.org.schema.lookups_to(sobject.name)
        found = next(((kind, item) for kind, item in lookups if item.children.lower() == name.lower()), None)
        if found is None:
            raise SalesforceError("INVALID_FIELD", f"No such relationship '{name}' on {sobject.name}")
        kind, item = found
        if not isinstance(below["records"], list):
            raise broken_json(f"The records of {name} must be a list")
        for each in below["records"]:
            _plant_tree(call, kind, each, {item.name: results[place]["id"]}, results, depth=depth + 1)
