"""Installing and removing our fields and permission set in an org, by the Metadata API's REST resource.

Rules    1 Deploying the same package again changes nothing, so installing may be repeated at any time.
         2 A package holds only what is ours; no layout of a standard object, since deploying one replaces it whole.
         3 Fields made by a deployment are visible to nobody, so the permission set is assigned to our user at once.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.errors import Lost, Refused, Unreachable
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import assignment_id, permission_set_id
from syncapp.connectors.salesforce.schema import (
    CUSTOM_FIELDS,
    OBJECT_PERMISSIONS,
    PERMISSION_SET,
    PERMISSION_SET_LABEL,
    CustomField,
)

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
POLLS_MAX = 200
POLL_SECONDS = 3.0
OPTIONS = {
    "allowMissingFiles": False,
    "checkOnly": False,
    "ignoreWarnings": True,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "singlePackage": True,
}
Say = Callable[[str], None]


def install(gateway: Gateway, say: Say, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Deploy the fields and the permission set, and assign the set to our user."""
    deploy(gateway, package_zip(gateway.version), say, poll_seconds=poll_seconds)
    permission_set = permission_set_id(gateway)
    if not permission_set:
        raise ConnectorError(
            "The package was deployed, but its permission set cannot be found.",
            remedy="Give the sync's user “View Setup and Configuration”, and run the command again.",
            retry_seconds=None,
        )
    assign(gateway, permission_set)
    say(f"The permission set {PERMISSION_SET} is assigned to the sync's user.")
    gateway.forget_describes()


def remove(gateway: Gateway, say: Say, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Take back the assignment, then the fields, with all that they hold, and the permission set."""
    permission_set = permission_set_id(gateway)
    if permission_set:
        assigned = assignment_id(gateway, permission_set)
        if assigned:
            gateway.delete("PermissionSetAssignment", assigned)
    deploy(gateway, removal_zip(gateway.version), say, poll_seconds=poll_seconds)
    gateway.forget_describes()


def assign(gateway: Gateway, permission_set: str) -> None:
    if assignment_id(gateway, permission_set):
        return
    assignee = gateway.org.user_id
    try:
        gateway.create("PermissionSetAssignment", {"AssigneeId": assignee, "PermissionSetId": permission_set})
    except Refused as error:
        if error.problem.code != "DUPLICATE_VALUE":
            raise


# Deploying ---------------------------------------------------------------------------


def deploy(gateway: Gateway, package: bytes, say: Say, *, poll_seconds: float) -> None:
    """Hand over a package and wait until Salesforce is done with it; ConnectorError says what it complains of."""
    body = json.dumps({"deployOptions": OPTIONS})
    try:
        answer = gateway.upload(
            "metadata/deployRequest",
            {"json": (None, body, "application/json"), "file": ("package.zip", package, "application/zip")},
        )
    except Refused as error:
        raise ConnectorError(
            f"Salesforce refused the package: {error.message}",
            remedy="The sync's user needs “Modify Metadata Through Metadata API Functions”.",
            retry_seconds=None,
        ) from None
    deployment = str(answer["id"])
    say(f"Salesforce is at work on deployment {deployment}.")
    for _ in range(POLLS_MAX):
        result = _result(gateway, deployment)
        if result.get("done"):
            _raise_failures(result)
            return
        time.sleep(poll_seconds)
    raise ConnectorError(
        f"Deployment {deployment} has not come to an end yet.",
        remedy="Look at Deployment Status in Setup, and run the command again when it has.",
        retry_seconds=None,
    )


def _result(gateway: Gateway, deployment: str) -> Mapping[str, object]:
    try:
        return dict(gateway.get(f"metadata/deployRequest/{deployment}?includeDetails=true")["deployResult"])
    except (Lost, Unreachable):
        return {}


def _raise_failures(result: Mapping[str, object]) -> None:
    if result.get("success"):
        return
    details = result.get("details")
    failures = details.get("componentFailures", []) if isinstance(details, Mapping) else []
    told = [f"{each.get('fullName') or each.get('fileName')}: {each.get('problem')}" for each in failures]
    said = "; ".join(told) or str(result.get("errorMessage") or result.get("status"))
    raise ConnectorError(f"Salesforce could not deploy the package: {said}.", retry_seconds=None)


# The package -------------------------------------------------------------------------


def package_zip(version: str) -> bytes:
    files = {
        "package.xml": _manifest(version, with_members=True),
        f"permissionsets/{PERMISSION_SET}.permissionset": _permission_set(),
    }
    for sobject in dict.fromkeys(each.sobject for each in CUSTOM_FIELDS):
        fields = [_field(each) for each in CUSTOM_FIELDS if each.sobject == sobject]
        files[f"objects/{sobject}.object"] = _document("CustomObject", "".join(fields))
    return _zip(files)


def removal_zip(version: str) -> bytes:
    return _zip(
        {
            "package.xml": _manifest(version, with_members=False),
            "destructiveChanges.xml": _manifest(version, with_members=True),
        }
    )


def _zip(files: Mapping[str, str]) -> bytes:
    """The same bytes for the same files: no time of day goes into it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), text.encode())
    return buffer.getvalue()


def _document(root: str, inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>\n'


def _element(name: str, *inner: str) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"


def _text(name: str, value: str) -> str:
    return _element(name, escape(value))


def _manifest(version: str, *, with_members: bool) -> str:
    types = ""
    if with_members:
        members = "".join(_text("members", each.full_name) for each in CUSTOM_FIELDS)
        types = _element("types", members, _text("name", "CustomField"))
        types += _element("types", _text("members", PERMISSION_SET), _text("name", "PermissionSet"))
    return _document("Package", types + _text("version", version))


def _field(each: CustomField) -> str:
    elements = {"fullName": each.name, "label": each.label, "inlineHelpText": each.help, "type": each.type, **each.more}
    return _element("fields", *(_text(name, value) for name, value in sorted(elements.items())))


def _permission_set() -> str:
    fields = [
        _element(
            "fieldPermissions", _text("editable", "true"), _text("field", each.full_name), _text("readable", "true")
        )
        for each in CUSTOM_FIELDS
    ]
    objects = [
        _element(
            "objectPermissions",
            _text("allowCreate", str(writes).lower()),
            _text("allowDelete", "false"),
            _text("allowEdit", str(writes).lower()),
            _text("allowRead", "true"),
            _text("modifyAllRecords", "false"),
            _text("object", sobject),
            # A record that our user cannot see would be created a second time.
            _text("viewAllRecords", "true"),
        )
        for sobject, writes in OBJECT_PERMISSIONS.items()
    ]
    about = _text("description", "What the QuickBooks sync's user needs to see and edit.")
    return _document("PermissionSet", about + "".join(fields) + _text("label", PERMISSION_SET_LABEL) + "".join(objects))
