"""Handing a package to the Metadata API's REST resource, and finding out what became of it.

Words    deployment  one package in Salesforce's hands; by its id it is asked about until it is done
         traces      what the org shows once the package was carried out
Rules    1 A package is handed over once. If the answer to that is lost, the org is looked at until it shows the traces;
           the package is not handed over a second time.
         2 Once the id is known, a question about it may be lost as often as it likes: it is asked again.
         3 A deployment is carried out as a whole or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.errors import Lost, Refused, Unreachable
from syncapp.connectors.salesforce.gateway import Gateway

POLLS_MAX = 200
LOOKS_MAX = 20
POLL_SECONDS = 3.0
TOLD_MAX = 20
OPTIONS = {
    "allowMissingFiles": False,
    "checkOnly": False,
    "ignoreWarnings": True,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "singlePackage": True,
}
# What to do about a component that Salesforce does not take, by a part of what it says.
HINTS = (
    ("cannot change type", "The org has a field of that name with another type: rename or delete it there."),
    ("referenced elsewhere", "Take it out of the formulas, rules, flows and reports that use it."),
    ("is used by", "Take it out of what uses it."),
    ("assigned to users", "Take the permission set from them first."),
    ("more than", "The org's edition allows no more of them: delete custom fields or objects that nobody needs."),
    ("limit", "The org's edition allows no more of them: delete custom fields or objects that nobody needs."),
    ("does not resolve", "The org lacks an object that the package refers to: its edition, or a feature that is off."),
)
RIGHT = (
    "The sync's user needs “Modify Metadata Through Metadata API Functions”: give it that right in its profile or a "
    "permission set, at least until the package is in place. Or let an administrator deploy what --output writes."
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Component:
    """One part of a package that Salesforce did not take."""

    kind: str
    name: str
    problem: str
    line: int | None = None

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.kind} {self.name}{where}: {self.problem}".strip()


class NotDeployed(ConnectorError):
    """Salesforce did not take the package, and changed nothing."""

    def __init__(self, summary: str, components: Sequence[Component]) -> None:
        told = [str(each) for each in components[:TOLD_MAX]]
        if len(components) > TOLD_MAX:
            told.append(f"and {len(components) - TOLD_MAX} more")
        said = " ".join(each.problem for each in components).lower()
        hints = dict.fromkeys(hint for part, hint in HINTS if part in said)
        message = "\n - ".join([summary, *told])
        super().__init__(message, remedy=" ".join(hints), retry_seconds=None)
        self.components = tuple(components)


def deploy(
    gateway: Gateway,
    package: bytes,
    say: Say,
    *,
    poll_seconds: float,
    traces: Callable[[], bool],
    check_only: bool = False,
) -> None:
    """Hand over a package and wait until Salesforce is done with it; raises ConnectorError if it did not take it.

    ``check_only``: Salesforce judges the package and changes nothing.
    """
    try:
        deployment = _hand_over(gateway, package, check_only=check_only)
    except Lost as error:
        if check_only:
            raise
        say(f"{error.message} Looking whether the org shows what the package brings.")
        _look_for_traces(traces, poll_seconds)
        return
    say(f"Salesforce is at work on deployment {deployment}.")
    _raise_failures(_wait(gateway, deployment, poll_seconds))


def _hand_over(gateway: Gateway, package: bytes, *, check_only: bool) -> str:
    body = json.dumps({"deployOptions": {**OPTIONS, "checkOnly": check_only}})
    parts = {"json": (None, body, "application/json"), "file": ("package.zip", package, "application/zip")}
    try:
        answer = gateway.upload("metadata/deployRequest", parts)
    except Refused as error:
        rights = error.status == 403 or error.problem.code.startswith("INSUFFICIENT_ACCESS")
        raise ConnectorError(
            f"Salesforce refused the package, and changed nothing: {error.message}",
            remedy=RIGHT if rights else error.remedy,
            retry_seconds=None,
        ) from None
    try:
        return str(answer["id"])
    except (TypeError, KeyError):
        raise Lost("Salesforce's answer to a package makes no sense.") from None


def _look_for_traces(traces: Callable[[], bool], poll_seconds: float) -> None:
    for _ in range(LOOKS_MAX):
        try:
            if traces():
                return
        except (Lost, Unreachable):
            pass
        time.sleep(poll_seconds)
    raise ConnectorError(
        "Whether Salesforce has taken the package is not known, and it was not sent a second time.",
        remedy="Look at Deployment Status in Setup. When nothing is under way there, run the command again.",
        retry_seconds=None,
    )


def _wait(gateway: Gateway, deployment: str, poll_seconds: float) -> Mapping[str, Any]:
    for _ in range(POLLS_MAX):
        result = _result(gateway, deployment)
        if result.get("done"):
            return result
        time.sleep(poll_seconds)
    raise ConnectorError(
        f"Deployment {deployment} has not come to an end yet.",
        remedy="Look at Deployment Status in Setup, and run the command again when it has.",
        retry_seconds=None,
    )


def _result(gateway: Gateway, deployment: str) -> Mapping[str, Any]:
    try:
        result = gateway.get(f"metadata/deployRequest/{deployment}?includeDetails=true")["deployResult"]
    except (Lost, Unreachable, TypeError, KeyError):
        return {}
    return result if isinstance(result, Mapping) else {}


def _raise_failures(result: Mapping[str, Any]) -> None:
    if result.get("success"):
        return
    details = result.get("details")
    failures = details.get("componentFailures") if isinstance(details, Mapping) else None
    components = [_component(each) for each in failures or () if each.get("problemType") != "Warning"]
    why = str(result.get("errorMessage") or result.get("status") or "no reason was given")
    said = "Salesforce did not take the package, and changed nothing"
    raise NotDeployed(f"{said}:" if components else f"{said}: {why}.", components)


def _component(each: Mapping[str, Any]) -> Component:
    line = each.get("lineNumber")
    return Component(
        str(each.get("componentType") or ""),
        str(each.get("fullName") or each.get("fileName") or "package.xml"),
        str(each.get("problem") or "no reason was given"),
        int(line) if line else None,
    )
