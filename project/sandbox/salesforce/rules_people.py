"""Rules of accounts and contacts: no circles, composed names, and people who are accounts.

Words    person account   an account whose record type says that it is a person; a contact that nobody may touch stands
                          behind it and shows the same values
"""

from __future__ import annotations

from typing import Any

from .errors import SalesforceError
from .store import Row
from .transaction import Tx

ANCESTORS_MAX = 500
NAME_FIELDS = ("FirstName", "LastName", "Salutation")
ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country")
# Fields of the account -> fields of the contact behind it.
MIRRORED = {
    **{name: name for name in (*NAME_FIELDS, "Phone", "Fax", "Description", "OwnerId")},
    **{f"Person{name}": name for name in ("MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Email")},
    **{f"Person{name}": name for name in ("Title", "Department", "LeadSource", "Birthdate", "HasOptedOutOfEmail")},
    **{f"Person{kind}{part}": f"{kind}{part}" for kind in ("Mailing", "Other") for part in ADDRESS_PARTS},
}


def account(tx: Tx, row: Row, old: Row | None) -> None:
    if tx.org.switches.person_accounts:
        _person_or_business(tx, row, old)
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


def _person_or_business(tx: Tx, row: Row, old: Row | None) -> None:
    record_type = tx.row("RecordType", row.get("RecordTypeId"))
    person = bool(record_type and record_type["IsPersonType"])
    if old is not None and old["IsPersonAccount"] != person:
        text = "The record type of a person account cannot become one of a business account, nor the other way round"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["RecordTypeId"])
    row["IsPersonAccount"] = person
    own = {name for name in tx.given if name in NAME_FIELDS or (name.startswith("Person") and name in MIRRORED)}
    refused = sorted({"Name", "ParentId"} & tx.given if person else own)
    if refused:
        text = (
            f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set."
        )
        raise SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", text, refused)
    if not person:
        return
    if row.get("LastName") is None:
        raise SalesforceError("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"])
    row["Name"] = " ".join(filter(None, (row.get("FirstName"), row["LastName"])))


def account_saved(tx: Tx, row: Row, old: Row | None) -> None:
    if not row.get("IsPersonAccount"):
        return
    shown: dict[str, Any] = {there: row.get(here) for here, there in MIRRORED.items()}
    shown |= {"Name": row["Name"], "HasOptedOutOfEmail": bool(row.get("PersonHasOptedOutOfEmail"))}
    known = row.get("PersonContactId")
    if known is None:
        kept = {name: value for name, value in shown.items() if value is not None}
        contact_id = tx.plant("Contact", {**kept, "AccountId": row["Id"], "IsPersonAccount": True})
        tx.write("Account", row["Id"], {"PersonContactId": contact_id}, silent=True)
    elif (contact_row := tx.row("Contact", known)) is not None and not contact_row["IsDeleted"]:
        tx.write("Contact", known, shown)


def contact(tx: Tx, row: Row, old: Row | None) -> None:
    if tx.org.switches.person_accounts:
        _keep_off_people(tx, row, old)
    row["Name"] = " ".join(filter(None, (row.get("FirstName"), row.get("LastName"))))


def _keep_off_people(tx: Tx, row: Row, old: Row | None) -> None:
    if old is not None and old["IsPersonAccount"]:
        text = "The contact of a person account is read-only; change its account instead"
        raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", text)
    row.setdefault("IsPersonAccount", False)
    account_row = tx.row("Account", row.get("AccountId"))
    if account_row is not None and account_row["IsPersonAccount"]:
        text = "A contact cannot be associated with a person account"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["AccountId"])


def account_leaves(tx: Tx, row: Row) -> None:
    """An account with an opportunity that was won cannot be deleted, nor one with an activated order."""
    won = [each for each in tx.below("Opportunity", "AccountId", row["Id"]) if each["IsWon"]]
    if won:
        raise associated(row, "closed won opportunities", [each["Name"] for each in won])
    active = [each for each in tx.below("Order", "AccountId", row["Id"]) if each.get("StatusCode") == "Activated"]
    if active:
        raise associated(row, "activated orders", [each["OrderNumber"] for each in active])


def associated(row: Row, what: str, names: list[str]) -> SalesforceError:
    text = (
        f"Your attempt to delete {row.get('Name')} could not be completed because it is associated with the "
        f"following {what}.: {', '.join(names)}\n"
    )
    return SalesforceError("DELETE_FAILED", text)


def contact_leaves(tx: Tx, row: Row) -> None:
    if row.get("IsPersonAccount"):
        text = "The contact of a person account is deleted with its account only"
        raise SalesforceError("DELETE_FAILED", text)
