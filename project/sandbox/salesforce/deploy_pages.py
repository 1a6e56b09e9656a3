"""Layouts, list views and tabs of a package: every name in them has to lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from .deploy_fields import not_in_zip, object_file
from .deploy_plan import Page, Plan
from .metadata import (
    BadPart,
    Element,
    Part,
    check_elements,
    child_text,
    children,
    local,
    parse_xml,
    read_choice,
    read_flag,
)
from .rollups import OPERATIONS
from .schema import Field, SObject

LAYOUT_ELEMENT_NAMES = (
    "customButtons emailDefault excludeButtons headers layoutSections miniLayout platformActionList quickActionList "
    "relatedContent relatedLists relatedObjects showEmailCheckbox showHighlightsPanel showInteractionLogPanel "
    "showRunAssignmentRulesCheckbox showSubmitAndAttachButton summaryLayout feedLayout multilineLayoutFields "
    "runAssignmentRulesDefault showKnowledgeComponent showSolutionSection customConsoleComponents"
)
LAYOUT_ELEMENTS = frozenset(LAYOUT_ELEMENT_NAMES.split())
SECTION_ELEMENTS = frozenset({"customLabel", "detailHeading", "editHeading", "label", "layoutColumns", "style"})
ITEM_CONTENTS = ("field", "emptySpace", "customLink", "page", "component", "canvas", "scontrol", "reportChartComponent")
ITEM_ELEMENTS = frozenset({*ITEM_CONTENTS, "behavior", "height", "showLabel", "showScrollbars", "width"})
RELATED_ELEMENTS = frozenset(
    {"customButtons", "excludeButtons", "fields", "quickActions", "relatedList", "sortField", "sortOrder"}
)
STYLES = ("TwoColumnsTopToBottom", "TwoColumnsLeftToRight", "OneColumn", "CustomLinks")
STANDARD_LISTS = (
    "RelatedActivityList",
    "RelatedHistoryList",
    "RelatedNoteList",
    "RelatedFileList",
    "RelatedContentNoteList",
)
VIEW_ELEMENTS = frozenset(
    {"fullName", "label", "filterScope", "columns", "filters", "booleanFilter", "sharedTo", "language"}
)
SCOPES = ("Everything", "Mine", "Queue", "Delegated", "Team", "MineAndMyGroups")
VIEW_COLUMNS = {"NAME", "OBJECT_ID", "CREATED_DATE", "LAST_UPDATE", "CREATEDBY_USER", "CREATEDBY_USER.ALIAS"}
VIEW_COLUMNS |= {"UPDATEDBY_USER", "UPDATEDBY_USER.ALIAS", "LAST_ACTIVITY"}
OWNER_COLUMNS = {"OWNER.ALIAS", "OWNER.FIRST_NAME", "OWNER.LAST_NAME"}
RELATED_COLUMNS = VIEW_COLUMNS | OWNER_COLUMNS
TAB_ELEMENT_NAMES = "customObject motif description label url page hasSidebar frameHeight icon splashPageLink"
TAB_ELEMENTS = frozenset(TAB_ELEMENT_NAMES.split())
VIEW_NAME = re.compile(r"[A-Za-z](?!.*__)[A-Za-z0-9_]{0,39}")
EXTRA_OPERATIONS = ("notContain", "includes", "excludes", "within")


def judge_layout(plan: Plan, part: Part, data: bytes) -> None:
    element = parse_xml(data, "Layout", part.file)
    object_name, _, label = part.name.partition("-")
    sobject = plan.objects.get(object_name)
    if sobject is None or not label or object_name in plan.leaving:
        raise BadPart(f"Parent entity failed to deploy: no CustomObject named {object_name} found")
    check_elements(element, LAYOUT_ELEMENTS, "Layout")
    shown: list[str] = []
    for section in children(element, "layoutSections"):
        _section(plan, sobject, section, shown)
    for item in plan.fields(sobject):
        if (item.required or item.master) and item.name not in shown:
            raise BadPart(f"Layout must contain an item for required layout field: {item.name}")
    for each in children(element, "relatedLists"):
        _related_list(plan, sobject, each)
    page = Page("Layout", part.name, sobject.name, unquote(label), tuple(shown))
    _keep(plan, part, page)


def _section(plan: Plan, sobject: SObject, section: Element, shown: list[str]) -> None:
    check_elements(section, SECTION_ELEMENTS, "LayoutSection")
    if not read_choice(section, "style", STYLES, "LayoutSectionStyle"):
        raise BadPart("Required field is missing: style", section.sourceline)
    columns = children(section, "layoutColumns")
    most = (
        1 if child_text(section, "style") == "OneColumn" else 3 if child_text(section, "style") == "CustomLinks" else 2
    )
    if len(columns) > most:
        raise BadPart(
            f"A section of style {child_text(section, 'style')} has at most {most} columns", section.sourceline
        )
    for column in columns:
        check_elements(column, frozenset({"layoutItems", "reserved"}), "LayoutColumn")
        for item in children(column, "layoutItems"):
            _item(plan, sobject, item, shown)


def _item(plan: Plan, sobject: SObject, item: Element, shown: list[str]) -> None:
    check_elements(item, ITEM_ELEMENTS, "LayoutItem")
    behavior = read_choice(item, "behavior", ("Edit", "Required", "Readonly"), "UiBehavior")
    contents = [local(each) for each in item if local(each) in ITEM_CONTENTS]
    if len(contents) != 1:
        raise BadPart("A layout item shows exactly one thing", item.sourceline)
    if contents[0] != "field":
        return
    name = child_text(item, "field")
    found = plan.field(sobject, name)
    if found is None or found.name != name:
        raise BadPart(f"In field: field - no CustomField named {sobject.name}.{name} found", item.sourceline)
    if not behavior:
        raise BadPart(f"Layout item {name} needs a behavior", item.sourceline)
    if name in shown:
        raise BadPart(f"Layout contains duplicate item: {name}", item.sourceline)
    if not _writable(found) and behavior != "Readonly":
        raise BadPart(f"Layout item {name} must be Readonly", item.sourceline)
    if (found.required or found.master) and behavior != "Required":
        raise BadPart(f"Layout item {name} must be Required", item.sourceline)
    shown.append(name)


def _writable(found: Field) -> bool:
    return found.createable or found.updateable or found.type == "address" or found.name_field


def _related_list(plan: Plan, sobject: SObject, element: Element) -> None:
    check_elements(element, RELATED_ELEMENTS, "RelatedListItem")
    name = child_text(element, "relatedList")
    child_name, _, lookup_name = name.partition(".")
    child = plan.objects.get(child_name)
    lookup = plan.field(child, lookup_name)
    if name in STANDARD_LISTS:
        return
    if child is None or lookup is None or lookup.reference_to != sobject.name:
        raise BadPart(f"Cannot find related list:{name}", element.sourceline)
    listed = [(each.text or "").strip() for each in children(element, "fields")]
    for column in [*listed, *filter(None, [child_text(element, "sortField")])]:
        if column not in RELATED_COLUMNS and not (plan.field(child, column) and column.endswith("__c")):
            raise BadPart(f"Invalid field:{column} in related list:{name}", element.sourceline)
    read_choice(element, "sortOrder", ("Asc", "Desc"), "SortOrder")


def _keep(plan: Plan, part: Part, page: Page) -> None:
    old = plan.org.pages.get((page.kind, page.name))
    part.created, part.changed = old is None, old != page
    part.apply = lambda: plan.org.pages.update({(page.kind, page.name): page})


# List views ----------------------------------------------------------------------------


def judge_views(plan: Plan) -> Iterator[Part]:
    """The list views that are listed, and all those of an object that is listed as a whole."""
    wanted = list(plan.package.members.get("ListView", ()))
    for name in plan.package.members.get("CustomObject", ()):
        element = object_file(plan.package, name)
        for each in children(element, "listViews") if element is not None else ():
            full_name = f"{name}.{child_text(each, 'fullName')}"
            wanted += [full_name] if full_name not in wanted else []
    for name in wanted:
        object_name, _, view = name.partition(".")
        part = Part("ListView", name, f"objects/{object_name}.object")
        try:
            element = object_file(plan.package, object_name)
            listed = children(element, "listViews") if element is not None else []
            found = [each for each in listed if child_text(each, "fullName") == view]
            if len(found) != 1:
                raise not_in_zip(name, "ListView")
            _judge_view(plan, part, found[0])
        except BadPart as problem:
            part.problem, part.line = problem.problem, problem.line
        yield part


def _judge_view(plan: Plan, part: Part, element: Element) -> None:
    object_name, _, view = part.name.partition(".")
    sobject = plan.objects.get(object_name)
    if sobject is None:
        raise BadPart(f"Entity of type CustomObject named '{object_name}' cannot be found")
    check_elements(element, VIEW_ELEMENTS, "ListView")
    label, scope = child_text(element, "label"), read_choice(element, "filterScope", SCOPES, "FilterScope")
    if not VIEW_NAME.fullmatch(view) or not label or not scope:
        raise BadPart("A list view needs a fullName, a label and a filterScope", element.sourceline)
    owned = sobject.field("OwnerId") is not None
    if scope == "Mine" and not owned:
        raise BadPart(f"The filterScope Mine is not one of {object_name}", element.sourceline)
    columns = tuple((each.text or "").strip() for each in children(element, "columns"))
    for column in columns:
        _check_column(plan, sobject, column, owned)
    for each in children(element, "filters"):
        check_elements(each, frozenset({"field", "operation", "value"}), "ListViewFilter")
        _check_column(plan, sobject, child_text(each, "field"), owned)
        if not read_choice(each, "operation", (*OPERATIONS, *EXTRA_OPERATIONS), "FilterOperation"):
            raise BadPart("Required field is missing: operation", each.sourceline)
    _keep(plan, part, Page("ListView", part.name, object_name, label, columns, scope))


def _check_column(plan: Plan, sobject: SObject, column: str, owned: bool) -> None:
    known = VIEW_COLUMNS | (OWNER_COLUMNS if owned else set())
    found = plan.field(sobject, column) if column.endswith("__c") else None
    if column not in known and (found is None or found.name != column or found.is_long):
        raise BadPart(f"Could not resolve list view column: {column}")


# Tabs ----------------------------------------------------------------------------------


def judge_tab(plan: Plan, part: Part, data: bytes) -> None:
    element = parse_xml(data, "CustomTab", part.file)
    check_elements(element, TAB_ELEMENTS, "CustomTab")
    sobject = plan.objects.get(part.name)
    if not read_flag(element, "customObject"):
        raise BadPart("This org takes tabs of custom objects only: customObject must be true")
    if sobject is None or not sobject.custom or part.name in plan.leaving:
        raise BadPart(f"In field: customObject - no CustomObject named {part.name} found")
    if child_text(element, "label"):
        raise BadPart("Cannot specify a label for the tab of a custom object")
    if not re.fullmatch(r"Custom\d{1,3}: .+", child_text(element, "motif")):
        raise BadPart("Must specify a motif such as 'Custom53: Bell' for the tab of a custom object")
    plan.tabs.add(part.name)
    _keep(plan, part, Page("CustomTab", part.name, part.name, sobject.plural))
