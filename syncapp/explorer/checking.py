"""Whether a company can take what is asked of it, said before anything is sent; and how it would look.

Words    stand-in  "@{ListID}" stands in a preview for what QuickBooks is asked for first
Rule     reads the company's facts and writes nothing. Everything is built for the version and the country of this very
         company, by the builder that builds what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from qbwc import facts
from qbwc.models import Company
from qbwc.qbxml import build, catalogue
from qbwc.qbxml.errors import BadRequest
from syncapp.explorer import fields, kinds, problems, queries, steps
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import Row
from syncapp.explorer.problems import Problem, Refused, refused
from syncapp.explorer.steps import Progress, Task

STAND_IN = "@{%s}"


@dataclass(frozen=True, slots=True)
class Preview:
    """The requests in the order in which they would go; stand-ins are filled from the answers before."""

    qbxml: str
    requests: tuple[str, ...]


def kind_for(company: Company, record_type: str, action: str) -> RecordType:
    """The record type, if this company's QuickBooks knows the action for it."""
    kind = kinds.find(record_type)
    if kind is None:
        raise refused(f"QuickBooks has no record type {record_type!r}", rule="unknown", value=record_type)
    if action not in kind.requests:
        can = ", ".join(kind.requests)
        remedy = f"What QuickBooks offers for it: {can}."
        raise refused(f"{kind.label}: QuickBooks has no {action}", rule="unknown", value=action, remedy=remedy)
    known = catalogue.request(kind.requests[action])
    if float(known.since) > float(company.qbxml_version):
        raise refused(f"This needs qbXML {known.since}; {company} speaks {company.qbxml_version}", rule="version")
    if company.country not in known.countries:
        raise refused(f"QuickBooks does not have this in {company.country}", rule="country")
    return kind


def built(company: Company, name: str, data: Mapping[str, Any], attributes: Mapping[str, str] | None = None) -> str:
    """The request as it would be sent; Refused if this QuickBooks would not take it."""
    body = build.build(name, data, version=company.qbxml_version, country=company.country, attributes=attributes or {})
    if reason := facts.refusal(name, body, company.facts):
        raise refused(reason, rule="company")
    return body


# Queries -------------------------------------------------------------------------------------------------


def filters(
    company: Company, kind: RecordType, records: Sequence[Mapping[str, Any]], chosen: Sequence[str]
) -> dict[str, Any]:
    """The filters of a query, spelt and checked."""
    if len(records) != 1:
        raise refused(f"A query takes one set of filters, not {len(records)}", rule="many")
    _check_chosen(kind, chosen)
    spelt = fields.spelt(kind, "query", records[0])
    given = {name: value for name, value in spelt.items() if value not in (None, "", [], {})}
    preview_query(company, kind, given, chosen)
    return given


def _check_chosen(kind: RecordType, chosen: Sequence[str]) -> None:
    known = set(fields.columns(kind.name))
    groups = {path.rpartition("/")[0] for path in known} | {path.split("/")[0] for path in known}
    wrong = [
        Problem(path, f"{kind.label} has no such element", "unknown", path, remedy=problems.REMEDIES["unknown"])
        for path in chosen
        if not path.startswith(fields.CUSTOM) and path not in known and path not in groups
    ]
    if wrong:
        raise Refused(wrong)


def preview_query(company: Company, kind: RecordType, given: Mapping[str, Any], chosen: Sequence[str]) -> Preview:
    name, version = kind.requests["query"], company.qbxml_version
    data = queries.prepared(kind, given, chosen, version, company.country)
    try:
        return _preview([built(company, name, data)])
    except BadRequest as problem:
        raise Refused([problems.of(problem)]) from None


# Changes -------------------------------------------------------------------------------------------------


def check(company: Company, kind: RecordType, action: str, row: Row, *, numbered: bool = True) -> list[Problem]:
    """Spell a row's record, build all that would be sent for it, and say what is wrong with it."""
    number = row.number if numbered else None
    if not isinstance(row.data, Mapping):
        return [Problem("", "A record is a group of elements", "type", row=number)]
    row.data = fields.spelt(kind, action, row.data)
    row.custom = {str(name): str(value) for name, value in row.custom.items()}
    try:
        _requests(company, kind, action, row)
    except BadRequest as problem:
        return [problems.of(problem, kind.holder(action), number)]
    except Refused as problem:
        return [replace(each, row=number) for each in problem.problems]
    return []


def preview_row(company: Company, kind: RecordType, action: str, row: Row) -> Preview:
    """All that would be sent for a row that was checked, if all goes well."""
    return _preview(_requests(company, kind, action, row))


def _requests(company: Company, kind: RecordType, action: str, row: Row) -> list[str]:
    task = Task(
        kind=kind,
        action=action,
        data=row.data,
        custom=tuple(row.custom.items()),
        guid=f"{{{row.guid}}}",
        version=company.qbxml_version,
        country=company.country,
    )
    requests: list[str] = []
    filled = Progress()
    if steps.needs_look(task):
        if not steps.key(task)[0]:
            names = " or ".join(kind.queried_by) or kind.id_name
            raise refused("Which record is meant is not said", rule="required", remedy=f"Give {names}.")
        ask = steps.look(task, filled).ask
        requests.append(built(company, ask.name, ask.data) if ask else "")
        filled = Progress(record_id=STAND_IN % kind.id_name, edit_sequence=STAND_IN % "EditSequence")
    requests.append(built(company, *steps.request(task, filled)))
    filled = replace(filled, record_id=filled.record_id or str(row.data.get(kind.id_name) or STAND_IN % kind.id_name))
    return requests + _custom(company, task, filled)


def _custom(company: Company, task: Task, filled: Progress) -> list[str]:
    if not task.custom:
        return []
    if task.action not in ("add", "modify") or not steps.custom_type(task.kind)[0]:
        raise refused(f"{task.kind.label} takes no custom fields with {task.action}", path="custom", rule="unknown")
    requests = []
    for number, (label, _) in enumerate(task.custom):
        name, data = steps.custom_request(task, replace(filled, custom_done=number))
        try:
            requests.append(built(company, name, data))
        except BadRequest as problem:
            found = problems.of(problem)
            raise Refused([replace(found, path=f"{fields.CUSTOM}{label}")]) from None
    return requests


def _preview(requests: Sequence[str]) -> Preview:
    shown = tuple(_pretty(request) for request in requests)
    return Preview("\n".join(shown), shown)


def _pretty(request: str) -> str:
    element = etree.fromstring(request)
    etree.indent(element)
    return etree.tostring(element, encoding="unicode")
