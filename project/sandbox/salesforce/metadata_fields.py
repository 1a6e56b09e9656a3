"""Custom fields and objects as their XML describes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import groupby
from typing import Any

from .fields import audit, owner
from .metadata import (
    NAMESPACE,
    BadPart,
    Element,
    check_elements,
    child_text,
    children,
    read_choice,
    read_flag,
    read_number,
)
from .rollups import OPERATIONS
from .schema import Field, Schema, SObject, Summary

NAME = re.compile(r"(?!.*__.*__c$)[A-Za-z][A-Za-z0-9_]{0,39}__c")
LABEL_MAX = 40
EXTERNAL_IDS_MAX = 25
FIELD_ELEMENT_NAMES = (
    "fullName label type length precision scale externalId unique caseSensitive required defaultValue description "
    "inlineHelpText visibleLines valueSet referenceTo relationshipName relationshipLabel relationshipOrder "
    "reparentableMasterDetail writeRequiresMasterRead deleteConstraint displayFormat startingNumber trackHistory "
    "trackFeedHistory trackTrending businessStatus securityClassification formula formulaTreatBlanksAs "
    "summarizedField summaryForeignKey summaryOperation summaryFilterItems"
)
OBJECT_ELEMENT_NAMES = (
    "label pluralLabel nameField deploymentStatus sharingModel description fields enableActivities enableHistory "
    "enableReports enableSearch enableFeeds enableBulkApi enableSharing enableStreamingApi allowInChatterGroups "
    "actionOverrides compactLayoutAssignment externalSharingModel gender startsWith searchLayouts visibility "
    "listViews"
)
FIELD_ELEMENTS = frozenset(FIELD_ELEMENT_NAMES.split())
OBJECT_ELEMENTS = frozenset(OBJECT_ELEMENT_NAMES.split())
SHARING_MODELS = ("Private", "Read", "ReadWrite", "ControlledByParent")


def _length(element: Element, kind: str, least: int = 1, most: int = 255) -> dict[str, Any]:
    return {"type": kind, "length": read_number(element, "length", least, most)}


def _long(element: Element, lines: int = 2) -> dict[str, Any]:
    read_number(element, "visibleLines", lines, 50)
    if read_flag(element, "required"):
        raise BadPart("Cannot specify 'required' for a CustomField of this type")
    return _length(element, "textarea", 256, 131_072)


def _digits(kind: str) -> Callable[[Element], dict[str, Any]]:
    def read(element: Element) -> dict[str, Any]:
        precision = read_number(element, "precision", 1, 18)
        return {"type": kind, "precision": precision, "scale": read_number(element, "scale", 0, precision)}

    return read


def _checkbox(element: Element) -> dict[str, Any]:
    if child_text(element, "defaultValue") not in ("true", "false"):
        raise BadPart("Must specify a default value of true or false for a CustomField of type Checkbox")
    if read_flag(element, "required"):
        raise BadPart("Cannot specify 'required' for a CustomField of type Checkbox")
    default = read_flag(element, "defaultValue")
    return {"type": "boolean", "default": default, "nillable": False, "defaulted": True}


def _picklist(element: Element) -> dict[str, Any]:
    for value_set in children(element, "valueSet"):
        check_elements(value_set, VALUE_SET_ELEMENTS, "ValueSet")
    definition = element.find(f"{NAMESPACE}valueSet/{NAMESPACE}valueSetDefinition")
    if definition is None:
        raise BadPart("Must specify either valueSet with a definition or a global value set for a picklist")
    check_elements(definition, frozenset({"sorted", "value"}), "ValueSetValuesDefinition")
    listed = children(definition, "value")
    for each in listed:
        check_elements(each, VALUE_ELEMENTS, "CustomValue")
    values = tuple(child_text(each, "fullName") for each in listed)
    if not values or not all(values) or len(set(values)) != len(values):
        raise BadPart("Every picklist value needs a fullName of its own", definition.sourceline)
    defaults = [child_text(each, "fullName") for each in listed if read_flag(each, "default")]
    if len(defaults) > 1:
        raise BadPart("Only one picklist value can be the default value", definition.sourceline)
    restricted = any(read_flag(each, "restricted") for each in children(element, "valueSet"))
    facts: dict[str, Any] = {"type": "picklist", "length": 255, "values": values, "restricted": restricted}
    return facts | {"default_value": defaults[0] if defaults else None}


def _multi(element: Element) -> dict[str, Any]:
    read_number(element, "visibleLines", 3, 10)
    return {**_picklist(element), "type": "multipicklist", "length": 4099}


def _lookup(element: Element) -> dict[str, Any]:
    target, name = child_text(element, "referenceTo"), child_text(element, "relationshipName")
    if not target:
        raise BadPart("Must specify 'referenceTo' for a CustomField of this type")
    if not name or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise BadPart("Must specify a 'relationshipName' that begins with a letter")
    full_name = child_text(element, "fullName")
    constraint = read_choice(element, "deleteConstraint", ("SetNull", "Restrict", "Cascade"), "DeleteConstraint")
    required = read_flag(element, "required")
    if required and constraint == "SetNull":
        raise BadPart(f"Must specify 'Cascade' or 'Restrict' for deleteConstraint of the required lookup {full_name}")
    restrict = constraint == "Restrict" or (required and not constraint)
    more = {"restrict": restrict, "cascade": constraint == "Cascade"}
    facts = {"type": "reference", "length": 18, "reference_to": target, "children": f"{name}__r"}
    return {**facts, **more, "relationship": f"{full_name.removesuffix('__c')}__r"}


def _master(element: Element) -> dict[str, Any]:
    read_number(element, "relationshipOrder", 0, 1)
    for name in ("required", "deleteConstraint"):
        if child_text(element, name):
            raise BadPart(f"Cannot specify '{name}' for a CustomField of type MasterDetail")
    reading = read_flag(element, "writeRequiresMasterRead")
    rest = {"nillable": False, "cascade": True, "master": True, "restrict": False, "reading_master": reading}
    return {**_lookup(element), **rest, "updateable": read_flag(element, "reparentableMasterDetail")}


def _auto_number(element: Element) -> dict[str, Any]:
    pattern = child_text(element, "displayFormat")
    if not re.fullmatch(r"[^{}]*\{0+\}[^{}]*", pattern):
        raise BadPart("Must specify a 'displayFormat' such as A-{0000} for a CustomField of type AutoNumber")
    return {"type": "string", "length": 30, "auto_number": pattern, "createable": False, "updateable": False}


def _summary(element: Element) -> dict[str, Any]:
    """The summary alone; its type follows from the field that it sums up, which is looked for later."""
    operation = read_choice(element, "summaryOperation", ("count", "sum", "min", "max"), "SummaryOperations")
    key, summed = child_text(element, "summaryForeignKey"), child_text(element, "summarizedField")
    if not operation or "." not in key:
        raise BadPart("Must specify 'summaryOperation' and 'summaryForeignKey' for a CustomField of type Summary")
    if (operation == "count") == bool(summed):
        raise BadPart("A summary needs a 'summarizedField', unless it counts")
    child, _, lookup = key.partition(".")
    if summed and summed.partition(".")[0] != child:
        raise BadPart("'summarizedField' and 'summaryForeignKey' are of different objects")
    filters = []
    for each in children(element, "summaryFilterItems"):
        check_elements(each, frozenset({"field", "operation", "value", "valueField"}), "FilterItem")
        comparing = read_choice(each, "operation", tuple(OPERATIONS), "FilterOperation")
        filters.append((child_text(each, "field").rpartition(".")[2], comparing, child_text(each, "value")))
    summary = Summary(child, lookup, operation, summed.partition(".")[2], tuple(filters))
    return {"type": "double", "precision": 18, "summary": summary, **CALCULATED}


def _formula(element: Element, kind: str) -> dict[str, Any]:
    if kind not in FORMULA_TYPES:
        raise BadPart(f"Cannot specify 'formula' for a CustomField of type {kind}")
    for name in ("length", "required", "unique", "externalId", "defaultValue"):
        if child_text(element, name) not in ("", "false"):
            raise BadPart(f"Cannot specify '{name}' for a formula field")
    read_choice(element, "formulaTreatBlanksAs", ("BlankAsBlank", "BlankAsZero"), "TreatBlanksAs")
    facts: dict[str, Any] = {"type": FORMULA_TYPES[kind], "formula": child_text(element, "formula"), **CALCULATED}
    if kind == "Text":
        facts["length"] = 1300
    if kind in ("Number", "Currency", "Percent"):
        facts |= {"precision": 18, "scale": read_number(element, "scale", 0, 18)}
    return facts


CALCULATED = {"calculated": True, "createable": False, "updateable": False}
FORMULA_TYPES = {"Text": "string", "Number": "double", "Currency": "currency", "Percent": "percent", "Date": "date"}
FORMULA_TYPES |= {"DateTime": "datetime", "Checkbox": "boolean"}
VALUE_SET_ELEMENTS = frozenset({"restricted", "valueSetDefinition", "controllingField", "valueSettings"})
VALUE_ELEMENTS = frozenset({"fullName", "default", "label", "color", "description", "isActive"})
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
    "MultiselectPicklist": _multi,
    "Html": lambda element: _long(element, 10),
    "Summary": _summary,
    "Lookup": _lookup,
    "MasterDetail": _master,
    "AutoNumber": _auto_number,
}
KEY_TYPES = {"Text", "Number", "Email", "AutoNumber"}


def read_field(element: Element, known_objects: set[str]) -> Field:
    """One custom field; BadPart if Salesforce would not take it."""
    check_elements(element, FIELD_ELEMENTS, "CustomField")
    single = [str(each.tag) for each in element if each.tag != NAMESPACE + "summaryFilterItems"]
    if any(len(list(same)) > 1 for _, same in groupby(sorted(single))):
        raise BadPart("Error parsing file: an element of type CustomField appears twice", element.sourceline)
    name, label, kind = (child_text(element, each) for each in ("fullName", "label", "type"))
    if not NAME.fullmatch(name):
        raise BadPart(f"The name '{name}' is not a valid name of a custom field", element.sourceline)
    if not label or len(label) > LABEL_MAX:
        raise BadPart(f"Field {name} needs a label of at most {LABEL_MAX} characters", element.sourceline)
    if kind not in TYPES:
        raise BadPart(f"'{kind}' is not a valid value for the enum 'FieldType'", element.sourceline)
    facts = {"custom": True, "label": label, "help": child_text(element, "inlineHelpText"), **_facts(element, kind)}
    if read_flag(element, "required"):
        facts["nillable"] = False
    facts |= _key_facts(element, kind)
    if facts.get("reference_to") and facts["reference_to"] not in known_objects:
        raise BadPart(f"referenceTo value of '{facts['reference_to']}' does not resolve to a valid sObject type")
    return Field(name, **facts)


def _facts(element: Element, kind: str) -> dict[str, Any]:
    if child_text(element, "formula"):
        return _formula(element, kind)
    facts = TYPES[kind](element)
    default = child_text(element, "defaultValue")
    if default and kind not in ("Checkbox", "Picklist", "MultiselectPicklist"):
        facts["default_formula"] = default
    if read_flag(element, "required") and kind in ("AutoNumber", "Summary"):
        raise BadPart(f"Cannot specify 'required' for a CustomField of type {kind}")
    return facts


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
    derived = bool(old.formula) != bool(new.formula) or bool(old.summary) != bool(new.summary)
    kinds = (old.type, old.reference_to, old.master, bool(old.auto_number))
    if kinds != (new.type, new.reference_to, new.master, bool(new.auto_number)) or derived:
        raise BadPart(f"Cannot change type of {sobject.name}.{new.name} from {old.type} to {new.type}")
    return old != new


def check_keys(sobject: SObject, coming: list[Field]) -> None:
    keys = {item.name for item in sobject if item.custom and item.external_id}
    keys |= {item.name for item in coming if item.external_id}
    if len(keys) > EXTERNAL_IDS_MAX:
        raise BadPart(f"{sobject.name} would have more than {EXTERNAL_IDS_MAX} external ids")


def read_object(element: Element, name: str, schema: Schema) -> SObject:
    """A custom object with its name field; its other fields come one by one."""
    check_elements(element, OBJECT_ELEMENTS, "CustomObject")
    if not NAME.fullmatch(name):
        raise BadPart(f"The name '{name}' is not a valid name of a custom object")
    for wanted in ("label", "pluralLabel", "deploymentStatus", "sharingModel"):
        if not child_text(element, wanted):
            raise BadPart(f"Must specify a non-empty {wanted} for the CustomObject")
    read_choice(element, "deploymentStatus", ("Deployed", "InDevelopment"), "DeploymentStatus")
    sharing = read_choice(element, "sharingModel", SHARING_MODELS, "SharingModel")
    name_element = element.find(NAMESPACE + "nameField")
    if name_element is None:
        raise BadPart("Must specify a nameField for the CustomObject")
    old = schema.find(name)
    prefix = old.prefix if old else ""
    labels = child_text(element, "label"), child_text(element, "pluralLabel")
    made = SObject(name, *labels, prefix, custom=True, sharing=sharing)
    made.add(audit())
    made.add([_name_field(name_element)])
    if sharing != "ControlledByParent":
        made.add([owner()])
    for each in made:
        each.label = each.label or each.name
    return made


def _name_field(element: Element) -> Field:
    known = {"label", "type", "displayFormat", "startingNumber", "trackHistory", "trackFeedHistory"}
    check_elements(element, frozenset(known), "CustomField")
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
