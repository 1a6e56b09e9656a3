"""Custom fields and objects as their XML describes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .fields import audit, owner
from .metadata import NAMESPACE, BadPart, Element, child_text, local, read_flag, read_number
from .schema import Field, Schema, SObject

NAME = re.compile(r"(?!.*__.*__c$)[A-Za-z][A-Za-z0-9_]{0,39}__c")
LABEL_MAX = 40
EXTERNAL_IDS_MAX = 25
FIELD_ELEMENT_NAMES = (
    "fullName label type length precision scale externalId unique caseSensitive required defaultValue description "
    "inlineHelpText visibleLines valueSet referenceTo relationshipName relationshipLabel relationshipOrder "
    "reparentableMasterDetail writeRequiresMasterRead deleteConstraint displayFormat startingNumber trackHistory "
    "trackFeedHistory trackTrending businessStatus securityClassification"
)
OBJECT_ELEMENT_NAMES = (
    "label pluralLabel nameField deploymentStatus sharingModel description fields enableActivities enableHistory "
    "enableReports enableSearch enableFeeds enableBulkApi enableSharing enableStreamingApi allowInChatterGroups "
    "actionOverrides compactLayoutAssignment externalSharingModel gender startsWith searchLayouts visibility "
    "listViews"
)
FIELD_ELEMENTS = frozenset(FIELD_ELEMENT_NAMES.split())
OBJECT_ELEMENTS = frozenset(OBJECT_ELEMENT_NAMES.split())


def _length(element: Element, kind: str, least: int = 1, most: int = 255) -> dict[str, Any]:
    return {"type": kind, "length": read_number(element, "length", least, most)}


def _long(element: Element) -> dict[str, Any]:
    read_number(element, "visibleLines", 2, 50)
    return _length(element, "textarea", 256, 131_072)


def _digits(kind: str) -> Callable[[Element], dict[str, Any]]:
    def read(element: Element) -> dict[str, Any]:
        precision = read_number(element, "precision", 1, 18)
        return {"type": kind, "precision": precision, "scale": read_number(element, "scale", 0, precision)}

    return read


def _checkbox(element: Element) -> dict[str, Any]:
    if child_text(element, "defaultValue") not in ("true", "false"):
        raise BadPart("Must specify a default value of true or false for a CustomField of type Checkbox")
    default = read_flag(element, "defaultValue")
    return {"type": "boolean", "default": default, "nillable": False, "defaulted": True}


def _picklist(element: Element) -> dict[str, Any]:
    definition = element.find(f"{NAMESPACE}valueSet/{NAMESPACE}valueSetDefinition")
    if definition is None:
        raise BadPart("Must specify either valueSet with a definition or a global value set for a picklist")
    values = tuple(child_text(each, "fullName") for each in definition.findall(NAMESPACE + "value"))
    value_set = element.find(NAMESPACE + "valueSet")
    restricted = value_set is not None and read_flag(value_set, "restricted")
    return {"type": "picklist", "length": 255, "values": values, "restricted": restricted}


def _lookup(element: Element) -> dict[str, Any]:
    target, name = child_text(element, "referenceTo"), child_text(element, "relationshipName")
    if not target:
        raise BadPart("Must specify 'referenceTo' for a CustomField of this type")
    if not name or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise BadPart("Must specify a 'relationshipName' that begins with a letter")
    full_name = child_text(element, "fullName")
    facts = {"type": "reference", "length": 18, "reference_to": target, "children": f"{name}__r"}
    return {**facts, "relationship": f"{full_name.removesuffix('__c')}__r"}


def _master(element: Element) -> dict[str, Any]:
    read_number(element, "relationshipOrder", 0, 1)
    rest = {"nillable": False, "cascade": True, "master": True}
    return {**_lookup(element), **rest, "updateable": read_flag(element, "reparentableMasterDetail")}


def _auto_number(element: Element) -> dict[str, Any]:
    pattern = child_text(element, "displayFormat")
    if not re.fullmatch(r"[^{}]*\{0+\}[^{}]*", pattern):
        raise BadPart("Must specify a 'displayFormat' such as A-{0000} for a CustomField of type AutoNumber")
    return {"type": "string", "length": 30, "auto_number": pattern, "createable": False, "updateable": False}


TYPES: dict[str, Callable[[Element], dict[str, Any]]] = {
    "Text": lambda element: _length(element, "string"),
    "TextArea": lambda element: {"type": "textarea", "length": 255},
    "LongTextArea": _long,
    "Number": _digits("double"),
    "Currency": _digits("currency"),
    "Percent": _digits("percent"),
    "Checkbox": _checkbox,
    "Date": lambda element: {"type": "date"},
    "DateTime": lambda element: {"type": "datetime"},
    "Email": lambda element: {"type": "email", "length": 80},
    "Phone": lambda element: {"type": "phone", "length": 40},
    "Url": lambda element: {"type": "url", "length": 255},
    "Picklist": _picklist,
    "Lookup": _lookup,
    "MasterDetail": _master,
    "AutoNumber": _auto_number,
}
KEY_TYPES = {"Text", "Number", "Email", "AutoNumber"}


def read_field(element: Element, known_objects: set[str]) -> Field:
    """One custom field; BadPart if Salesforce would not take it."""
    for child in element:
        if local(child) not in FIELD_ELEMENTS:
            problem = f"Error parsing file: Element {local(child)} invalid at this location in type CustomField"
            raise BadPart(problem, child.sourceline)
    name, label, kind = (child_text(element, each) for each in ("fullName", "label", "type"))
    if not NAME.fullmatch(name):
        raise BadPart(f"The name '{name}' is not a valid name of a custom field", element.sourceline)
    if not label or len(label) > LABEL_MAX:
        raise BadPart(f"Field {name} needs a label of at most {LABEL_MAX} characters", element.sourceline)
    if kind not in TYPES:
        raise BadPart(f"'{kind}' is not a valid value for the enum 'FieldType'", element.sourceline)
    facts = {"custom": True, "label": label, "help": child_text(element, "inlineHelpText"), **TYPES[kind](element)}
    if read_flag(element, "required"):
        facts["nillable"] = False
    facts |= _key_facts(element, kind)
    if facts.get("reference_to") and facts["reference_to"] not in known_objects:
        raise BadPart(f"referenceTo value of '{facts['reference_to']}' does not resolve to a valid sObject type")
    return Field(name, **facts)


def _key_facts(element: Element, kind: str) -> dict[str, bool]:
    names = ("externalId", "unique", "caseSensitive")
    external, unique, case_sensitive = (read_flag(element, each) for each in names)
    if external and kind not in KEY_TYPES:
        raise BadPart(f"Cannot specify 'externalId' for a CustomField of type {kind}")
    if unique and kind not in KEY_TYPES:
        raise BadPart(f"Cannot specify 'unique' for a CustomField of type {kind}")
    if case_sensitive and not unique:
        raise BadPart("Cannot specify 'caseSensitive' for a field that is not unique")
    return {"external_id": external, "unique": unique, "case_sensitive": case_sensitive}


def check_change(sobject: SObject, new: Field) -> bool:
    """Whether the field is new or differs; BadPart if it may not become what it would become."""
    old = sobject.field(new.name)
    if old is None:
        return True
    if old.type != new.type or old.reference_to != new.reference_to:
        raise BadPart(f"Cannot change type of {sobject.name}.{new.name} from {old.type} to {new.type}")
    return old != new


def check_keys(sobject: SObject, coming: list[Field]) -> None:
    keys = {item.name for item in sobject if item.custom and item.external_id}
    keys |= {item.name for item in coming if item.external_id}
    if len(keys) > EXTERNAL_IDS_MAX:
        raise BadPart(f"{sobject.name} would have more than {EXTERNAL_IDS_MAX} external ids")


def read_object(element: Element, name: str, schema: Schema) -> SObject:
    """A custom object with its name field; its other fields come one by one."""
    for child in element:
        if local(child) not in OBJECT_ELEMENTS:
            problem = f"Error parsing file: Element {local(child)} invalid at this location in type CustomObject"
            raise BadPart(problem, child.sourceline)
    if not NAME.fullmatch(name):
        raise BadPart(f"The name '{name}' is not a valid name of a custom object")
    for wanted in ("label", "pluralLabel", "deploymentStatus", "sharingModel"):
        if not child_text(element, wanted):
            raise BadPart(f"Must specify a non-empty {wanted} for the CustomObject")
    name_element = element.find(NAMESPACE + "nameField")
    if name_element is None:
        raise BadPart("Must specify a nameField for the CustomObject")
    old = schema.find(name)
    prefix = old.prefix if old else schema.next_custom_prefix()
    made = SObject(name, child_text(element, "label"), child_text(element, "pluralLabel"), prefix, custom=True)
    made.add(audit())
    made.add([_name_field(name_element)])
    if child_text(element, "sharingModel") != "ControlledByParent":
        made.add([owner()])
    for each in made:
        each.label = each.label or each.name
    return made


def _name_field(element: Element) -> Field:
    label, kind = child_text(element, "label"), child_text(element, "type")
    if kind == "AutoNumber":
        facts = _auto_number(element)
    elif kind == "Text":
        facts = {"type": "string", "length": 80, "nillable": False}
    else:
        raise BadPart(f"A nameField is of type Text or AutoNumber, not '{kind}'")
    if not label:
        raise BadPart("Must specify a label for the nameField")
    return Field("Name", label=label, name_field=True, **facts)


def stored_default(field: Field) -> Any:
    """What existing records hold in a new field: a checkbox its default, everything else nothing."""
    return field.default if field.type == "boolean" else None


def fits(field: Field, value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= field.length
    if isinstance(value, Decimal):
        return abs(value) < Decimal(10) ** (field.precision - field.scale)
    return True
