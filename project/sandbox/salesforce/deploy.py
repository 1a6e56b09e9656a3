"""Deployments: a package is judged part by part, and applied to the living schema if nothing is wrong with it.

Fields that a deployment brings are visible to nobody until a permission set that grants them is assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .deploy_fields import judge_fields, judge_objects, not_in_zip
from .deploy_pages import judge_layout, judge_tab, judge_views
from .deploy_plan import Plan
from .deploy_removals import judge_removals
from .deploy_sets import judge_set
from .metadata import FOLDERS, BadPackage, BadPart, Package, Part, read_package
from .state import OrgState

Judge = Callable[[Plan, Part, bytes], None]


@dataclass
class Deployment:
    id: str
    options: dict[str, Any]
    data: bytes
    polls_left: int
    result: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False


class Deployer:
    """Judges one package for one org; ``run`` says how it ended."""

    def __init__(self, org: OrgState, user_id: str, options: dict[str, Any]) -> None:
        self.org = org
        self.options = options
        self.parts: list[Part] = []
        tabs = {name for kind, name in org.pages if kind == "CustomTab"}
        self.plan = Plan(org, user_id, options, objects={item.name: item for item in org.schema}, tabs=tabs)

    def run(self, data: bytes) -> dict[str, Any]:
        try:
            package = read_package(data)
        except BadPackage as problem:
            return {**self._result("Failed"), "errorMessage": str(problem), "errorStatusCode": "UNKNOWN_EXCEPTION"}
        except BadPart as problem:
            self.parts.append(Part("", "package.xml", "package.xml", problem=problem.problem, line=problem.line))
            return self._result("Failed")
        for part in self._judge(package):
            self.parts.append(part)
        failed = any(part.problem and not part.warning for part in self.parts)
        if not failed and not self.options.get("checkOnly"):
            self._apply()
        return self._result("Failed" if failed else "Succeeded")

    def _apply(self) -> None:
        for part in self.parts:
            if part.apply is not None and not part.problem:
                part.apply()
        for finish in self.plan.finish:
            finish()
        self.org.secured()

    def _result(self, status: str) -> dict[str, Any]:
        failures = [part.shown() for part in self.parts if part.problem]
        errors = sum(1 for part in self.parts if part.problem and not part.warning)
        return {
            "status": status,
            "done": True,
            "success": status == "Succeeded",
            "checkOnly": bool(self.options.get("checkOnly")),
            "numberComponentErrors": errors,
            "numberComponentsDeployed": len(self.parts) - len(failures) if status == "Succeeded" else 0,
            "numberComponentsTotal": len(self.parts),
            "details": {
                "componentFailures": failures,
                "componentSuccesses": [part.shown() for part in self.parts if not part.problem],
                "runTestResult": {"numFailures": 0, "numTestsRun": 0, "failures": [], "successes": []},
            },
        }

    def _judge(self, package: Package) -> Iterator[Part]:
        plan = self.plan
        plan.package = package
        plan.leaving = {name for names in package.removals.values() for name in names}
        yield from judge_removals(plan)
        yield from judge_objects(plan)
        yield from judge_fields(plan)
        yield from self._files(package, "CustomTab", judge_tab)
        yield from judge_views(plan)
        yield from self._files(package, "Layout", judge_layout)
        yield from self._files(package, "PermissionSet", judge_set)
        yield from self._unlisted(package)

    def _files(self, package: Package, kind: str, judge: Judge) -> Iterator[Part]:
        folder, suffix = next((name, end) for name, (each, end) in FOLDERS.items() if each == kind)
        for name in package.members.get(kind, ()):
            part = Part(kind, name, f"{folder}/{name}{suffix}")
            try:
                if part.file not in package.files:
                    raise not_in_zip(name, kind)
                judge(self.plan, part, package.files[part.file])
            except BadPart as problem:
                part.problem, part.line = problem.problem, problem.line
            yield part

    def _unlisted(self, package: Package) -> Iterator[Part]:
        """Files that the manifest does not mention are refused too."""
        for file in package.files:
            folder, _, rest = file.partition("/")
            kind, suffix = FOLDERS.get(folder, ("", ""))
            if not kind or not rest.endswith(suffix):
                continue
            name = rest.removesuffix(suffix)
            mentioned = name in package.members.get(kind, ())
            if kind == "CustomObject":
                listed = (*package.members.get("CustomField", ()), *package.members.get("ListView", ()))
                mentioned = mentioned or any(each.startswith(f"{name}.") for each in listed)
            if not mentioned:
                yield Part(kind, name, file, problem="Not in package.xml")
