"""What an object looks like to one user: the describe calls.  A field that the user may not see is not there."""

from __future__ import annotations

from typing import Any

from .schema import NUMBER_TYPES, Field, SObject
from .state import OrgState

Json = dict[str, Any]
SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
    "address": "urn:address",
}
MASTER_RECORD_TYPE = "012000000000000AAA"


def sobject_summary(org: OrgState, user_id: str, sobject: SObject, version: str) -> Json:
    rights = org.access(user_id, sobject).rights
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "createable": sobject.createable and "allowCreate" in rights,
        "custom": sobject.custom,
        "customSetting": False,
        "deletable": sobject.deletable and "allowDelete" in rights,
        "feedEnabled": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": True,
        "mergeable": sobject.mergeable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.replicateable,
        "retrieveable": True,
        "searchable": True,
        "triggerable": sobject.replicateable,
        "undeletable": sobject.deletable and sobject.undeletable,
        "updateable": sobject.updateable and "allowEdit" in rights,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def describe_global(org: OrgState, user_id: str, version: str) -> Json:
    seen = [item for item in org.schema if org.visible(user_id, item.name)]
    summaries = [sobject_summary(org, user_id, item, version) for item in sorted(seen, key=lambda item: item.name)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": summaries}


def describe_sobject(org: OrgState, user_id: str, sobject: SObject, version: str) -> Json:
    access = org.access(user_id, sobject)
    fields = [_field(sobject, item, access.createable, access.updateable) for item in access.readable.values()]
    children: list[Json] = [
        {
            "cascadeDelete": item.cascade,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": item.name,
            "junctionIdListNames": [],
            "relationshipName": item.children or None,
            "restrictedDelete": item.restrict,
        }
        for child, item in org.schema.lookups_to(sobject.name)
        if org.visible(user_id, child.name) and item.name.lower() in org.access(user_id, child).readable
    ]
    return {
        **sobject_summary(org, user_id, sobject, version),
        "childRelationships": children,
        "compactLayoutable": True,
        "fields": fields,
        "recordTypeInfos": _record_types(org, sobject),
    }


def _record_types(org: OrgState, sobject: SObject) -> list[Json]:
    default = org.default_record_types.get(sobject.name)
    rows = [row for row in org.tables["RecordType"].rows.values() if row["SobjectType"] == sobject.name]
    found = [
        {
            "active": row["IsActive"],
            "available": row["IsActive"],
            "defaultRecordTypeMapping": row["Id"] == default,
            "developerName": row["DeveloperName"],
            "master": False,
            "name": row["Name"],
            "recordTypeId": row["Id"],
            "urls": {},
        }
        for row in rows
    ]
    return [*found, _master_record_type(default is None)]


def _master_record_type(is_default: bool) -> Json:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": is_default,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {},
    }


def _soap_type(item: Field) -> str:
    return "xsd:double" if item.type in NUMBER_TYPES else SOAP_TYPES.get(item.type, "xsd:string")


def _field(sobject: SObject, item: Field, createable: frozenset[str], updateable: frozenset[str]) -> Json:
    return {
        "aggregatable": item.filterable,
        "autoNumber": bool(item.auto_number),
        "byteLength": item.length * 3 if item.is_text else item.length,
        "calculated": item.calculated,
        "calculatedFormula": item.formula or None,
        "cascadeDelete": item.cascade,
        "caseSensitive": item.case_sensitive,
        "compoundFieldName": item.compound or None,
        "controllerName": None,
        "createable": item.name in createable,
        "custom": item.custom,
        "defaultValue": item.default,
        "defaultValueFormula": item.default_formula or None,
        "defaultedOnCreate": item.defaulted,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": 9 if item.type == "int" else 0,
        "encrypted": False,
        "externalId": item.external_id,
        "filterable": item.filterable,
        "groupable": item.filterable and item.type not in NUMBER_TYPES | {"datetime"},
        "htmlFormatted": False,
        "idLookup": item.id_lookup or item.external_id,
        "inlineHelpText": item.help or None,
        "label": item.label,
        "length": item.length,
        "mask": None,
        "name": item.name,
        "nameField": item.name_field,
        "nillable": item.nillable,
        "permissionable": item.governed or (not item.custom and item.createable and item.nillable),
        "picklistValues": [_choice(value, item.default_value) for value in item.values],
        "precision": item.precision,
        "referenceTo": [item.reference_to] if item.reference_to else [],
        "relationshipName": item.relationship or None,
        "relationshipOrder": 0 if item.master else None,
        "restrictedDelete": item.restrict,
        "restrictedPicklist": item.restricted,
        "scale": item.scale,
        "soapType": _soap_type(item),
        "sortable": item.sortable,
        "type": item.type,
        "unique": item.unique,
        "updateable": item.name in updateable,
    }


def _choice(value: str, default: Any) -> Json:
    return {"active": True, "defaultValue": value == default, "label": value, "validFor": None, "value": value}
