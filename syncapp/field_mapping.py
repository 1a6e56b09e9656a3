"""A pair's field mapping as people see, check and change it; the admin's page and the commands share it.

Words    line     one field of a flow, with how both sides call it, which way it goes and who wins
         finding  what speaks against the pair's own fields, by the catalogue of qbXML or the org's own description
Rules    1 What the settings alone can tell is checked whenever they are saved; the catalogue, too. Salesforce is asked
           where a person waits for it, and before each cycle (connectors/salesforce/connector.py); QuickBooks for its
           custom fields with its next session (custom_fields.py).
         2 A change of the mapping has every record read and compared again; it is kept in the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from qbwc.models import Company
from syncapp import audit, custom_fields
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.quickbooks_desktop import default_names as quickbooks_names
from syncapp.connectors.quickbooks_desktop import own_fields
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.flows import FLOWS, settings_of
from syncapp.mapping import line_fields, overrides_read
from syncapp.mapping.finding import Finding
from syncapp.mapping.line_fields import Part
from syncapp.mapping.overrides import OFF, Override, is_fixed
from syncapp.mapping.registry import MAPPINGS
from syncapp.mapping.sale_source import OPPORTUNITY
from syncapp.models import Pair
from syncapp.records import Side
from syncapp.settings_rules import plan_again

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
DEFAULT, CHANGED, OWN, SWITCHED_OFF = "default", "changed", "own", "off"
WAYS = {None: "both", S: "to_quickbooks", Q: "to_salesforce"}


@dataclass(frozen=True)
class Line:
    name: str
    label: str
    salesforce: str
    quickbooks: str
    direction: str
    conflict: str  # empty where it goes one way
    origin: str  # DEFAULT, CHANGED, OWN or SWITCHED_OFF
    fixed: bool = False  # it cannot be changed
    made_by: str = ""  # the formula or the constant
    words: Mapping[str, str] | None = None


def lines(kind: str, settings: Mapping[str, Any]) -> list[Line]:
    """Every field of a flow with complete settings: the defaults in their order, then the pair's own."""
    from syncapp.connectors.salesforce import default_names  # costs a second, which only this page should pay

    own = {each.name: each for each in overrides_read.of(kind, settings).fields}
    theirs, ours = quickbooks_names.NAMES[kind], default_names.names_of(kind, settings)
    policies, policy = settings.get("conflict_by_field", {}), settings.get("conflict", "quickbooks")
    found: list[Line] = []
    default = MAPPINGS[kind]
    for each in default.fields:
        if not each.travels:
            continue
        names = (ours.get(each.name, ""), theirs.get(each.name, ""))
        if each.name in own:
            found.append(_line(own.pop(each.name), names, policies.get(each.name, policy)))
            continue
        direction, fixed = WAYS[each.owner], "fields" not in settings or is_fixed(each, default)
        conflict = policies.get(each.name, policy) if each.owner is None else ""
        found.append(Line(each.name, each.label, *names, direction, conflict, DEFAULT, fixed))
    found += [_line(each, ("", ""), policy) for each in own.values()]
    return found + [_line_field(each, settings) for each in line_fields.of(settings).parts]


def _line_field(each: Part, settings: Mapping[str, Any]) -> Line:
    """Lines travel as one, so that one policy holds for all that they say."""
    policy = settings.get("conflict_by_field", {}).get("lines", settings.get("conflict", ""))
    way, conflict = ("both", policy) if policy and not each.custom else ("to_salesforce", "")
    name = f"line_fields.{each.column}"
    return Line(name, f"Line: {each.column}", each.column, each.element.name, way, conflict, OWN, fixed=True)


def _line(each: Override, names: tuple[str, str], policy: str) -> Line:
    origin = SWITCHED_OFF if each.direction == OFF else CHANGED if each.default else OWN
    made_by = str(each.formula) if each.formula is not None else ""
    source = each.owner if made_by else None
    return Line(
        name=each.name,
        label=each.label,
        salesforce="" if source is S else each.spelt.get(S) or names[0],
        quickbooks="" if source is Q else each.spelt.get(Q) or names[1],
        direction=each.direction,
        conflict=(each.conflict or policy) if each.owner is None and each.direction != OFF else "",
        origin=origin,
        made_by=made_by,
        words=each.values or None,
    )


# Checking ---------------------------------------------------------------------------------


def judge_quickbooks(kind: str, settings: Mapping[str, Any], company: Company | None = None) -> list[Finding]:
    """By the catalogue; with a company whose QuickBooks has called, by what that one speaks, too."""
    own = overrides_read.of(kind, settings)
    if not own:
        return []
    found = _clashes(kind, settings)
    known = company is not None and company.last_contact_at is not None
    version, country = (company.qbxml_version, company.country) if company and known else ("", "US")
    found += own_fields.judge(own, SPELLINGS[kind], version=version, country=country)
    if company is None:
        return found
    return [*found, *own_fields.undefined(own, SPELLINGS[kind], custom_fields.definitions(company))]


def _clashes(kind: str, settings: Mapping[str, Any]) -> list[Finding]:
    """Own fields that write where a default writes, too: the two would undo each other for ever."""
    from syncapp.connectors.salesforce import default_names

    ours, theirs = default_names.names_of(kind, settings), quickbooks_names.NAMES[kind]
    main = ours["quickbooks_id"].partition(".")[0] if "quickbooks_id" in ours else "Product2"
    mapping = FLOWS[kind].mapping_for(settings)
    held = {
        S: {ours[each.name]: each for each in mapping.fields if each.name in ours and each.travels},
        Q: {theirs[each.name]: each for each in mapping.fields if each.name in theirs and each.travels},
    }
    found: list[Finding] = []
    for each in overrides_read.of(kind, settings).own:
        for side in Side:
            name = each.spelt.get(side, "")
            rival = held[side].get(f"{main}.{name}" if side is S else name)
            if rival is not None and each.owner is not side and rival.owner is not side:
                remedy = f"Switch that off (fields.{rival.name} = {{ direction = “off” }}), or change it instead."
                what = f"{side.label}'s {name} is written by the default field “{rival.name}” as well"
                found.append(Finding(each.name, side, what, remedy))
    return found


def judge_salesforce(pair: Pair, kind: str, settings: Mapping[str, Any]) -> list[Finding]:
    """By the org's description of its objects, asked for now. Raises ConnectorError."""
    from syncapp.connectors.salesforce.connector import SalesforceConnector

    if not overrides_read.of(kind, settings) and not line_fields.of(settings):
        return []
    known = custom_fields.definitions(pair.desktop)
    own = overrides_read.of(kind, settings).own
    lengths = {each.name: own_fields.length(each, SPELLINGS[kind], known) for each in own}
    return SalesforceConnector(pair.org, pair.desktop.key, {kind: settings}).judge(kind, fresh=True, lengths=lengths)


def judge(pair: Pair, kind: str, settings: Mapping[str, Any]) -> tuple[list[Finding], str]:
    """All findings; and why Salesforce could not be asked, if it could not."""
    found = judge_quickbooks(kind, settings, pair.desktop)
    try:
        return [*found, *judge_salesforce(pair, kind, settings)], ""
    except ConnectorError as problem:
        return found, f"{problem.message} {problem.remedy}".strip()


def warnings(pair: Pair) -> list[str]:
    """What Salesforce says against the pair's own fields, flow by flow, for those who have just saved them."""
    found: list[str] = []
    for kind, settings in settings_of(pair.flows).items():
        try:
            said = [str(each) for each in judge_salesforce(pair, kind, settings)]
        except ConnectorError as problem:
            said = [f"Salesforce could not be asked whether it has the fields: {problem.message}"]
        found += [f"{FLOWS[kind].mapping.plural}: {each}" for each in said]
    return found + source_warnings(pair)


def source_warnings(pair: Pair) -> list[str]:
    """What stands in the way of sales that are not opportunities, as the org describes itself."""
    from syncapp.connectors.salesforce.connector import SalesforceConnector

    settings = settings_of(pair.flows)
    if not settings["sale"]["on"] or settings["sale"]["source"] == OPPORTUNITY:
        return []
    try:
        SalesforceConnector(pair.org, pair.desktop.key, settings).check("sale")
    except ConnectorError as problem:
        return [f"{FLOWS['sale'].mapping.plural}: {problem.message} {problem.remedy}".strip()]
    return []


# Changing ---------------------------------------------------------------------------------


def with_field(pair: Pair, kind: str, name: str, table: Mapping[str, Any] | None) -> dict[str, Any]:
    """A flow's complete settings with one field as given, or (None) as the default has it. Raises BadSetting."""
    given = dict(pair.flows.get(kind, {}))
    fields = {key: value for key, value in given.get("fields", {}).items() if key != name or table is not None}
    if table is not None:
        fields[name] = dict(table)
    return FLOWS[kind].complete({**given, "fields": fields})


@transaction.atomic
def save(pair: Pair, kind: str, fields: Mapping[str, Any], *, who: str) -> bool:
    """Store a flow's own fields; whether anything changed. Raises BadSetting."""
    row = Pair.objects.select_for_update().get(pk=pair.pk)
    state = audit.pair_state(row)
    before = row.flows.get(kind, {}).get("fields", {})
    if before == fields:
        return False
    flow = {**row.flows.get(kind, {}), "fields": dict(fields)}
    if not fields:
        del flow["fields"]
    FLOWS[kind].complete(flow)
    former, row.flows = row.flows, {**row.flows, kind: flow}
    row.save(update_fields=["flows"])
    audit.tell_pair(row, "field mapping changed", audit.changes(state, audit.pair_state(row)), who=who)
    plan_again(row, former)
    pair.flows = row.flows
    return True
