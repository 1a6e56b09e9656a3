"""Rules of opportunities: flags follow the stage, the amount follows the lines, one contact role is the primary one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .errors import SalesforceError
from .rules_lines import cents
from .store import Row
from .transaction import Tx


def opportunity(tx: Tx, row: Row, old: Row | None) -> None:
    if old is None or old.get("StageName") != row.get("StageName"):
        _enter_stage(tx, row, old)
    if old is not None and old["HasOpportunityLineItem"]:
        _keep_what_lines_need(row, old)
    _check_book(tx, row, old)
    _expect(row)


def _enter_stage(tx: Tx, row: Row, old: Row | None) -> None:
    stage = _stage(tx, row.get("StageName"))
    row["IsClosed"], row["IsWon"] = (stage["IsClosed"], stage["IsWon"]) if stage else (False, False)
    row["LastStageChangeDate"] = row["SystemModstamp"]
    for field, default in (("Probability", "DefaultProbability"), ("ForecastCategoryName", "ForecastCategoryName")):
        same_as_before = old is not None and old.get(field) == row.get(field)
        if stage and (row.get(field) is None or same_as_before):
            row[field] = stage[default]


def _stage(tx: Tx, name: str | None) -> Row | None:
    stages = tx.org.tables["OpportunityStage"].rows.values()
    return next((stage for stage in stages if stage["MasterLabel"] == name), None)


def _keep_what_lines_need(row: Row, old: Row) -> None:
    row["Amount"] = old["Amount"]
    for name, why in (("Pricebook2Id", "price book"), ("CurrencyIsoCode", "currency")):
        if row.get(name) != old.get(name):
            text = f"field integrity exception: {name} ({why} cannot change while there are products)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, [name])


def _check_book(tx: Tx, row: Row, old: Row | None) -> None:
    book = tx.row("Pricebook2", row.get("Pricebook2Id"))
    if book is None or (old is not None and old.get("Pricebook2Id") == book["Id"]):
        return
    if not book["IsActive"]:
        text = "field integrity exception: Pricebook2Id (pricebook is inactive)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["Pricebook2Id"])


def _expect(row: Row) -> None:
    amount, probability = row.get("Amount"), row.get("Probability")
    if amount is None or probability is None:
        row.pop("ExpectedRevenue", None)
    else:
        row["ExpectedRevenue"] = cents(amount * probability / 100)


def opportunity_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """A contact given at creation becomes the primary contact role."""
    if old is None and row.get("ContactId") and not tx.below("OpportunityContactRole", "OpportunityId", row["Id"]):
        role = {"OpportunityId": row["Id"], "ContactId": row["ContactId"], "IsPrimary": True}
        tx.plant("OpportunityContactRole", role)


# Contact roles -------------------------------------------------------------------------


def role_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """The primary contact shows as the opportunity's contact, which leaves no trace on the opportunity."""
    if row["IsPrimary"]:
        for other in tx.below("OpportunityContactRole", "OpportunityId", row["OpportunityId"]):
            if other["Id"] != row["Id"] and other["IsPrimary"]:
                tx.write("OpportunityContactRole", other["Id"], {"IsPrimary": False})
    _show_primary(tx, row["OpportunityId"])


def role_gone(tx: Tx, row: Row) -> None:
    _show_primary(tx, row["OpportunityId"])


def _show_primary(tx: Tx, opportunity_id: str) -> None:
    deal = tx.org.tables["Opportunity"].rows[opportunity_id]
    roles = tx.below("OpportunityContactRole", "OpportunityId", opportunity_id)
    contact = next((role["ContactId"] for role in roles if role["IsPrimary"]), None)
    if not deal["IsDeleted"] and deal.get("ContactId") != contact:
        tx.write("Opportunity", opportunity_id, {"ContactId": contact}, silent=True)


# Lines ---------------------------------------------------------------------------------


def line_saved(tx: Tx, row: Row, old: Row | None) -> None:
    _recalculate(tx, row["OpportunityId"], tx.org.tables["PricebookEntry"].rows[row["PricebookEntryId"]])


def line_gone(tx: Tx, row: Row) -> None:
    _recalculate(tx, row["OpportunityId"])


def _recalculate(tx: Tx, opportunity_id: str, entry: Row | None = None) -> None:
    deal = tx.org.tables["Opportunity"].rows[opportunity_id]
    if deal["IsDeleted"]:
        return
    live = tx.below("OpportunityLineItem", "OpportunityId", opportunity_id)
    stored: dict[str, Any] = {"HasOpportunityLineItem": bool(live)}
    if live:
        stored["Amount"] = sum((line["TotalPrice"] for line in live), Decimal(0))
        stored["TotalOpportunityQuantity"] = sum((line["Quantity"] for line in live), Decimal(0))
    if entry is not None and not deal.get("Pricebook2Id"):
        stored["Pricebook2Id"] = entry["Pricebook2Id"]
    whole = {**deal, **stored}
    _expect(whole)
    tx.write("Opportunity", opportunity_id, {**stored, "ExpectedRevenue": whole.get("ExpectedRevenue")})
