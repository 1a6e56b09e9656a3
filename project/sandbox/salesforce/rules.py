"""What the platform does by itself when records of the standard objects are saved or deleted.

Accounts form no circles; a contact's name is composed; an opportunity's flags follow its stage and its amount its
lines; a price needs a standard price first; a permission set is assigned once.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .errors import SalesforceError
from .schema import SObject
from .store import Row
from .transaction import Tx

ANCESTORS_MAX = 500
CENT = Decimal("0.01")


def before(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    rule = BEFORE.get(sobject.name)
    if rule is not None:
        rule(tx, row, old)


def after(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    rule = AFTER.get(sobject.name)
    if rule is not None:
        rule(tx, row, old)


def before_delete(tx: Tx, sobject: SObject, row: Row) -> None:
    """An account with an opportunity that was won cannot be deleted."""
    if sobject.name != "Account":
        return
    table = tx.org.tables["Opportunity"]
    won = [each for each in table.pointing_at("AccountId", row["Id"]) if _counts(table.rows[each])]
    if won:
        text = (
            f"Your attempt to delete {row['Name']} could not be completed because it is associated with the "
            f"following closed won opportunities.: {', '.join(table.rows[each]['Name'] for each in won)}\n"
        )
        raise SalesforceError("DELETE_FAILED", text)


def archived_instead(tx: Tx, sobject: SObject, row: Row) -> bool:
    """A product that is on lines of opportunities is archived; its prices and its book stay for good."""
    lookups = {"Product2": "Product2Id", "PricebookEntry": "PricebookEntryId"}
    if sobject.name not in lookups:
        return False
    table = tx.org.tables["OpportunityLineItem"]
    lines = [table.rows[each] for each in table.pointing_at(lookups[sobject.name], row["Id"])]
    if all(line["IsDeleted"] for line in lines):
        return False
    if sobject.name == "PricebookEntry":
        text = f"Your attempt to delete {row['Name']} could not be completed because it is associated with products"
        raise SalesforceError("DELETE_FAILED", text)
    _write(tx, "Product2", row["Id"], {"IsArchived": True, "IsActive": False})
    return True


def _counts(opportunity: Row) -> bool:
    return bool(opportunity["IsWon"]) and not opportunity["IsDeleted"]


def after_delete(tx: Tx, sobject: SObject, row: Row) -> None:
    if sobject.name == "OpportunityLineItem":
        _recalculate(tx, row["OpportunityId"])
    elif sobject.name == "PermissionSetAssignment":
        tx.org.secured()


def _account(tx: Tx, row: Row, old: Row | None) -> None:
    parent = row.get("ParentId")
    if parent is None or (old is not None and old.get("ParentId") == parent):
        return
    accounts = tx.org.tables["Account"]
    ancestor: str | None = parent
    for _ in range(ANCESTORS_MAX):
        if ancestor is None:
            return
        if ancestor == row["Id"]:
            break
        above = accounts.get(ancestor)
        ancestor = above.get("ParentId") if above else None
    text = "attempting to create a circular dependency: ParentId"
    raise SalesforceError("CIRCULAR_DEPENDENCY", text, ["ParentId"])


def _contact(tx: Tx, row: Row, old: Row | None) -> None:
    row["Name"] = " ".join(filter(None, (row.get("FirstName"), row.get("LastName"))))


def _opportunity(tx: Tx, row: Row, old: Row | None) -> None:
    stage_name = row.get("StageName")
    if old is None or old.get("StageName") != stage_name:
        stage = _stage(tx, stage_name)
        row["IsClosed"], row["IsWon"] = (stage["IsClosed"], stage["IsWon"]) if stage else (False, False)
        row["LastStageChangeDate"] = row["SystemModstamp"]
        same_as_before = old is not None and old.get("Probability") == row.get("Probability")
        if stage and (row.get("Probability") is None or same_as_before):
            row["Probability"] = stage["DefaultProbability"]
    if old is not None and old["HasOpportunityLineItem"]:
        row["Amount"] = old.get("Amount")
        if row.get("Pricebook2Id") != old.get("Pricebook2Id"):
            text = "field integrity exception: Pricebook2Id (price book cannot change while there are products)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["Pricebook2Id"])


def _stage(tx: Tx, name: str | None) -> Row | None:
    stages = tx.org.tables["OpportunityStage"].rows.values()
    return next((stage for stage in stages if stage["MasterLabel"] == name), None)


def _opportunity_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """A contact given at creation becomes the primary contact role."""
    if old is None and row.get("ContactId"):
        role = {"OpportunityId": row["Id"], "ContactId": row["ContactId"], "IsPrimary": True}
        _plant(tx, "OpportunityContactRole", role)


def _plant(tx: Tx, name: str, stored: dict[str, Any]) -> None:
    sobject = tx.org.schema[name]
    stamps = {"CreatedDate": tx.stamp, "LastModifiedDate": tx.stamp, "SystemModstamp": tx.stamp}
    who = {"CreatedById": tx.user_id, "LastModifiedById": tx.user_id}
    tx.put(sobject, {"Id": tx.org.new_id(sobject), "IsDeleted": False, **stamps, **who, **stored})


def _role_saved(tx: Tx, row: Row, old: Row | None) -> None:
    if not row["IsPrimary"]:
        return
    table = tx.org.tables["OpportunityContactRole"]
    for other in table.pointing_at("OpportunityId", row["OpportunityId"]):
        if other != row["Id"] and table.rows[other]["IsPrimary"]:
            _write(tx, "OpportunityContactRole", other, {"IsPrimary": False})


def _write(tx: Tx, name: str, record_id: str, stored: dict[str, Any]) -> None:
    old = tx.org.tables[name].rows[record_id]
    row = {**old, **stored, "SystemModstamp": tx.stamp_after(old)}
    tx.put(tx.org.schema[name], row)


def _line(tx: Tx, row: Row, old: Row | None) -> None:
    opportunity = tx.org.tables["Opportunity"].get(row.get("OpportunityId"))
    if opportunity is None or row.get("Quantity") is None:
        return  # the check of required fields refuses it
    entry = _entry_of_line(tx, row, opportunity)
    row["PricebookEntryId"], row["Product2Id"] = entry["Id"], entry["Product2Id"]
    product = tx.org.tables["Product2"].rows[entry["Product2Id"]]
    row["ListPrice"], row["ProductCode"] = entry["UnitPrice"], product.get("ProductCode")
    row["Name"] = f"{opportunity['Name']} {product['Name']}"[:376]
    _price_line(row, old)


def _entry_of_line(tx: Tx, row: Row, opportunity: Row) -> Row:
    entries = tx.org.tables["PricebookEntry"]
    book = opportunity.get("Pricebook2Id")
    entry = entries.get(row.get("PricebookEntryId"))
    if entry is None and row.get("Product2Id") and book:
        of_product = [entries.rows[each] for each in entries.pointing_at("Product2Id", row["Product2Id"])]
        entry = next((each for each in of_product if each["Pricebook2Id"] == book), None)
    if entry is None:
        text = "Required fields are missing: [PricebookEntryId]"
        raise SalesforceError("REQUIRED_FIELD_MISSING", text, ["PricebookEntryId"])
    if book and entry["Pricebook2Id"] != book:
        text = (
            "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the "
            "one assigned to the opportunity)"
        )
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["PricebookEntryId"])
    return entry


def _price_line(row: Row, old: Row | None) -> None:
    """Price and total determine each other; one of them has to be given, and only one."""
    changed = {name for name in ("UnitPrice", "TotalPrice") if row.get(name) != (old or {}).get(name)}
    if len(changed) == 2 or (old is None and not changed):
        text = "specify either UnitPrice or TotalPrice, but not both"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["UnitPrice", "TotalPrice"])
    factor = 1 - (row.get("Discount") or Decimal(0)) / 100
    quantity = row["Quantity"]
    if changed == {"TotalPrice"} and row.get("TotalPrice") is not None and quantity * factor:
        row["UnitPrice"] = (row["TotalPrice"] / quantity / factor).quantize(CENT, ROUND_HALF_UP)
    else:
        row["TotalPrice"] = (row["UnitPrice"] * quantity * factor).quantize(CENT, ROUND_HALF_UP)
    row["Subtotal"] = (row["UnitPrice"] * quantity).quantize(CENT, ROUND_HALF_UP)


def _line_saved(tx: Tx, row: Row, old: Row | None) -> None:
    _recalculate(tx, row["OpportunityId"], tx.org.tables["PricebookEntry"].rows[row["PricebookEntryId"]])


def _recalculate(tx: Tx, opportunity_id: str, entry: Row | None = None) -> None:
    opportunity = tx.org.tables["Opportunity"].rows[opportunity_id]
    if opportunity["IsDeleted"]:
        return
    table = tx.org.tables["OpportunityLineItem"]
    lines = [table.rows[each] for each in table.pointing_at("OpportunityId", opportunity_id)]
    live = [line for line in lines if not line["IsDeleted"]]
    stored: dict[str, Any] = {"HasOpportunityLineItem": bool(live)}
    if live:
        stored["Amount"] = sum((line["TotalPrice"] for line in live), Decimal(0))
    if entry is not None and not opportunity.get("Pricebook2Id"):
        stored["Pricebook2Id"] = entry["Pricebook2Id"]
    _write(tx, "Opportunity", opportunity_id, stored)


def _price(tx: Tx, row: Row, old: Row | None) -> None:
    book = tx.org.tables["Pricebook2"].get(row.get("Pricebook2Id"))
    product = tx.org.tables["Product2"].get(row.get("Product2Id"))
    if old is not None or book is None or product is None:
        return
    table = tx.org.tables["PricebookEntry"]
    entries = [table.rows[each] for each in table.pointing_at("Product2Id", product["Id"])]
    books = {entry["Pricebook2Id"] for entry in entries if not entry["IsDeleted"]}
    if book["Id"] in books:
        text = "This price definition already exists in this price book"
        raise SalesforceError("DUPLICATE_VALUE", text)
    standard = {row["Id"] for row in tx.org.tables["Pricebook2"].rows.values() if row["IsStandard"]}
    if not book["IsStandard"] and not books & standard:
        text = "Before creating a custom price, create a standard price."
        raise SalesforceError("STANDARD_PRICE_NOT_DEFINED", text)
    row["Name"], row["ProductCode"] = product["Name"], product.get("ProductCode")


def _assignment(tx: Tx, row: Row, old: Row | None) -> None:
    table = tx.org.tables["PermissionSetAssignment"]
    for other in table.pointing_at("AssigneeId", row.get("AssigneeId") or ""):
        same = table.rows[other]
        if same["PermissionSetId"] == row.get("PermissionSetId") and not same["IsDeleted"]:
            text = f"duplicate value found: PermissionSetId duplicates value on record with id: {other[:15]}"
            raise SalesforceError("DUPLICATE_VALUE", text, ["PermissionSetId", "AssigneeId"])


def _assignment_saved(tx: Tx, row: Row, old: Row | None) -> None:
    tx.org.secured()


Rule = Callable[[Tx, Row, Row | None], None]
BEFORE: dict[str, Rule] = {
    "Account": _account,
    "Contact": _contact,
    "Opportunity": _opportunity,
    "OpportunityLineItem": _line,
    "PricebookEntry": _price,
    "PermissionSetAssignment": _assignment,
}
AFTER: dict[str, Rule] = {
    "Opportunity": _opportunity_saved,
    "OpportunityContactRole": _role_saved,
    "OpportunityLineItem": _line_saved,
    "PermissionSetAssignment": _assignment_saved,
}
