"""Rules of an org's setup: a permission set is assigned once, and currencies have one rate at a time."""

from __future__ import annotations

from decimal import Decimal

from .errors import SalesforceError
from .store import Row
from .transaction import Tx


def assignment(tx: Tx, row: Row, old: Row | None) -> None:
    for same in tx.below("PermissionSetAssignment", "AssigneeId", row.get("AssigneeId") or ""):
        if same["PermissionSetId"] == row.get("PermissionSetId") and same["Id"] != row["Id"]:
            text = f"duplicate value found: PermissionSetId duplicates value on record with id: {same['Id'][:15]}"
            raise SalesforceError("DUPLICATE_VALUE", text, ["PermissionSetId", "AssigneeId"])


def assignment_saved(tx: Tx, row: Row, old: Row | None) -> None:
    tx.org.secured()


def assignment_gone(tx: Tx, row: Row) -> None:
    tx.org.secured()


# Currencies ----------------------------------------------------------------------------


def is_active(tx: Tx, code: str) -> bool:
    rows = tx.org.tables["CurrencyType"].rows.values()
    return any(row["IsoCode"] == code and row["IsActive"] for row in rows)


def currency(tx: Tx, row: Row, old: Row | None) -> None:
    for other in tx.org.tables["CurrencyType"].rows.values():
        if other["Id"] != row["Id"] and other["IsoCode"] == row.get("IsoCode"):
            text = f"duplicate value found: IsoCode duplicates value on record with id: {other['Id'][:15]}"
            raise SalesforceError("DUPLICATE_VALUE", text, ["IsoCode"])
    if old is None and len(row.get("IsoCode") or "") != 3:
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: IsoCode", ["IsoCode"])
    if row.get("ConversionRate") is not None and row["ConversionRate"] <= 0:
        text = "field integrity exception: ConversionRate (must be greater than zero)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["ConversionRate"])
    if row["IsCorporate"] and (not row["IsActive"] or row.get("ConversionRate") != 1):
        text = "The corporate currency stays active, and its conversion rate is 1"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["ConversionRate", "IsActive"])


def currency_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """A new currency may be chosen on every record from now on."""
    for sobject in tx.org.schema:
        field = sobject.field("CurrencyIsoCode")
        if field is not None and row["IsoCode"] not in field.values:
            field.values = (*field.values, row["IsoCode"])


def dated_rate(tx: Tx, row: Row, old: Row | None) -> None:
    known = [each["IsoCode"] for each in tx.org.tables["CurrencyType"].rows.values()]
    if row.get("IsoCode") is not None and row["IsoCode"] not in known:
        text = f"field integrity exception: IsoCode ({row['IsoCode']} is no currency of this organization)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["IsoCode"])
    if row.get("ConversionRate") is not None and row["ConversionRate"] <= Decimal(0):
        text = "field integrity exception: ConversionRate (must be greater than zero)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["ConversionRate"])
    for other in _rates(tx, row.get("IsoCode")):
        if other["Id"] != row["Id"] and other["StartDate"] == row.get("StartDate"):
            text = f"duplicate value found: StartDate duplicates value on record with id: {other['Id'][:15]}"
            raise SalesforceError("DUPLICATE_VALUE", text, ["StartDate"])


def dated_rate_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """Each rate ends on the day on which the next one starts."""
    rates = sorted(_rates(tx, row["IsoCode"]), key=lambda each: each["StartDate"])
    ends = [each["StartDate"] for each in rates[1:]]
    for rate, end in zip(rates, [*ends, None], strict=True):
        if rate.get("NextStartDate") != end:
            tx.write("DatedConversionRate", rate["Id"], {"NextStartDate": end})


def dated_rate_gone(tx: Tx, row: Row) -> None:
    dated_rate_saved(tx, row, None)


def _rates(tx: Tx, code: str | None) -> list[Row]:
    rows = tx.org.tables["DatedConversionRate"].rows.values()
    return [row for row in rows if row["IsoCode"] == code and not row["IsDeleted"]]
