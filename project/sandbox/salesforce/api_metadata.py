"""The REST resource of the Metadata API: a package comes in, and its deployment is asked about until it is done."""

from __future__ import annotations

import json
import re
from typing import Any

from . import ids
from .call import Call
from .deploy import Deployer, Deployment
from .errors import SalesforceError, broken_json, not_found
from .wire import Response


def route(call: Call) -> Response:
    if len(call.parts) < 2 or call.parts[1].lower() != "deployrequest":
        raise not_found()
    if len(call.parts) == 2:
        if call.method != "POST":
            raise call.method_refused("POST")
        return _deploy(call)
    deployment = call.org.deployments.get(ids.full(call.parts[2]) or "")
    if deployment is None:
        raise SalesforceError("INVALID_ID_FIELD", "No deployment found with that id", status=404)
    if call.method == "PATCH":
        return _cancel(deployment)
    return _status(call, deployment)


def _deploy(call: Call) -> Response:
    parts = _multipart(call)
    try:
        options = json.loads(parts["json"])["deployOptions"]
        data = parts["file"]
    except (KeyError, ValueError, TypeError):
        raise broken_json("The request needs a part 'json' with deployOptions and a part 'file'") from None
    if options.get("testLevel") == "NoTestRun" and ".sandbox." not in call.org.domain:
        raise SalesforceError("INVALID_OPERATION", "testLevel of NoTestRun cannot be used in production organizations")
    deployment_id = ids.make("0Af", call.org.pod, call.org.next_serial())
    deployment = Deployment(deployment_id, options, data, polls_left=call.org.deploy_polls)
    call.org.deployments[deployment_id] = deployment
    body = {"id": deployment_id, "deployOptions": options, "deployResult": _shown(deployment, "Pending")}
    return Response(201, body)


def _multipart(call: Call) -> dict[str, bytes]:
    content_type = call.headers.get("content-type", "")
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if not content_type.startswith("multipart/form-data") or match is None or call.request is None:
        raise SalesforceError("INVALID_CONTENT_TYPE", "multipart/form-data is needed here", status=415)
    found: dict[str, bytes] = {}
    for part in call.request.body.split(b"--" + match.group(1).encode()):
        head, _, data = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        if name:
            found[name.group(1).decode()] = data.removesuffix(b"\r\n")
    return found


def _status(call: Call, deployment: Deployment) -> Response:
    """Pending, in progress, done: the work happens when the last poll but one has come."""
    if not deployment.result and deployment.polls_left > 0:
        deployment.polls_left -= 1
        status = "InProgress" if deployment.polls_left == 0 else "Pending"
        return Response(200, {"id": deployment.id, "deployResult": _shown(deployment, status)})
    if not deployment.result:
        deployment.result = Deployer(call.org, call.user_id, deployment.options).run(deployment.data)
    result = _shown(deployment, "") | deployment.result
    if call.query.get("includeDetails", "").lower() != "true":
        result.pop("details", None)
    return Response(200, {"id": deployment.id, "deployOptions": deployment.options, "deployResult": result})


def _shown(deployment: Deployment, status: str) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": status,
        "done": False,
        "success": False,
        "checkOnly": bool(deployment.options.get("checkOnly")),
        "numberComponentErrors": 0,
        "numberComponentsDeployed": 0,
        "numberComponentsTotal": 0,
    }


def _cancel(deployment: Deployment) -> Response:
    if not deployment.result:
        deployment.result = {"status": "Canceled", "done": True, "success": False}
    return Response(202, {"id": deployment.id, "deployResult": _shown(deployment, "") | deployment.result})
