"""Rules of quotes and orders: totals follow the lines, and an order is made as a draft and activated with products."""

from __future__ import annotations

from decimal import Decimal

from .errors import SalesforceError
from .rules_lines import cents
from .standard_sales import ORDER_STATUSES
from .store import Row
from .transaction import Tx

FIXED_WHEN_ACTIVATED = ("AccountId", "Pricebook2Id", "CurrencyIsoCode", "EffectiveDate")
ZERO = Decimal(0)


def quote(tx: Tx, row: Row, old: Row | None) -> None:
    deal = tx.row("Opportunity", row.get("OpportunityId"))
    if deal is None:
        return  # the check of required fields refuses it
    for name in ("AccountId", "CurrencyIsoCode"):
        if deal.get(name):
            row[name] = deal[name]
    if old is None and row.get("Pricebook2Id") is None and deal.get("Pricebook2Id"):
        row["Pricebook2Id"] = deal["Pricebook2Id"]
    _keep_book(tx, row, old, "QuoteLineItem", "QuoteId")
    row.update(_quote_totals(tx, row))


def _keep_book(tx: Tx, row: Row, old: Row | None, line: str, lookup: str) -> None:
    if old is not None and row.get("Pricebook2Id") != old.get("Pricebook2Id") and tx.below(line, lookup, row["Id"]):
        text = "field integrity exception: Pricebook2Id (price book cannot change while there are products)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["Pricebook2Id"])


def _quote_totals(tx: Tx, row: Row) -> Row:
    lines = tx.below("QuoteLineItem", "QuoteId", row["Id"])
    subtotal = sum((line["Subtotal"] for line in lines), ZERO)
    total = sum((line["TotalPrice"] for line in lines), ZERO)
    extras = (row.get("Tax") or ZERO) + (row.get("ShippingHandling") or ZERO)
    discount = cents(100 * (subtotal - total) / subtotal) if subtotal else cents(ZERO)
    totals: Row = {"Subtotal": cents(subtotal), "TotalPrice": cents(total), "GrandTotal": cents(total + extras)}
    return {**totals, "Discount": discount, "LineItemCount": len(lines)}


def quote_line_saved(tx: Tx, row: Row, old: Row | None) -> None:
    _total_quote(tx, row["QuoteId"])


def quote_line_gone(tx: Tx, row: Row) -> None:
    _total_quote(tx, row["QuoteId"])


def _total_quote(tx: Tx, quote_id: str) -> None:
    parent = tx.org.tables["Quote"].rows[quote_id]
    if not parent["IsDeleted"]:
        tx.write("Quote", quote_id, _quote_totals(tx, parent))


# Orders --------------------------------------------------------------------------------


def order(tx: Tx, row: Row, old: Row | None) -> None:
    code = ORDER_STATUSES.get(row.get("Status") or "", "Draft")
    before = old.get("StatusCode", "Draft") if old is not None else ""
    if code == "Activated" and before == "":
        text = "Choose a valid order status and save your changes. Ask your Salesforce admin for details."
        raise SalesforceError("FAILED_ACTIVATION", text, ["Status"])
    if code == "Activated" and before == "Draft":
        if not tx.below("OrderItem", "OrderId", row["Id"]):
            raise SalesforceError("FAILED_ACTIVATION", "An order must have at least one product.")
        row["ActivatedDate"], row["ActivatedById"] = row["SystemModstamp"], tx.user_id
    if code == "Draft":
        row.pop("ActivatedDate", None)
        row.pop("ActivatedById", None)
    if code == before == "Activated" and old is not None:
        changed = [name for name in FIXED_WHEN_ACTIVATED if row.get(name) != old.get(name)]
        if changed:
            text = f"field integrity exception: {', '.join(changed)} (the order has been activated)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, changed)
    _keep_book(tx, row, old, "OrderItem", "OrderId")
    row["StatusCode"] = code
    row.setdefault("TotalAmount", cents(ZERO))
    _check_dates(row)


def _check_dates(row: Row) -> None:
    start, end = row.get("EffectiveDate"), row.get("EndDate")
    if start is not None and end is not None and end < start:
        text = "field integrity exception: EndDate (the order ends before it starts)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["EndDate"])


def order_item_saved(tx: Tx, row: Row, old: Row | None) -> None:
    _total_order(tx, row["OrderId"])


def order_item_gone(tx: Tx, row: Row) -> None:
    _total_order(tx, row["OrderId"])


def _total_order(tx: Tx, order_id: str) -> None:
    parent = tx.org.tables["Order"].rows[order_id]
    if not parent["IsDeleted"]:
        lines = tx.below("OrderItem", "OrderId", order_id)
        total = sum((line["TotalPrice"] for line in lines), ZERO)
        tx.write("Order", order_id, {"TotalAmount": cents(total)})


def order_leaves(tx: Tx, row: Row) -> None:
    if row.get("StatusCode") == "Activated":
        text = f"Your attempt to delete {row['OrderNumber']} could not be completed because it has been activated"
        raise SalesforceError("DELETE_FAILED", text)


def order_item_leaves(tx: Tx, row: Row) -> None:
    parent = tx.org.tables["Order"].rows[row["OrderId"]]
    if parent.get("StatusCode") == "Activated":
        text = f"Your attempt to delete {row['OrderItemNumber']} could not be completed: its order has been activated"
        raise SalesforceError("DELETE_FAILED", text)
