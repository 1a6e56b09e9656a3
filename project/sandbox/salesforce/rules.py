"""What the platform does by itself when records are saved or deleted: the table of all such rules, and the common ones.

Words    before   may change the row that is about to be saved, or refuse it
         after    writes other records that depend on the saved one
Rule     record types, currencies and states are checked on every object that has them; the rest is one object's own.
"""

from __future__ import annotations

from collections.abc import Callable

from . import rules_deals, rules_lines, rules_orders, rules_people, rules_prices, rules_setup
from .errors import SalesforceError
from .schema import SObject
from .states import settle_addresses
from .store import Row
from .transaction import Tx

MASTER_RECORD_TYPE = "012000000000000AAA"
Rule = Callable[[Tx, Row, Row | None], None]
DeleteRule = Callable[[Tx, Row], None]

BEFORE: dict[str, Rule] = {
    "Account": rules_people.account,
    "Contact": rules_people.contact,
    "Opportunity": rules_deals.opportunity,
    "OpportunityLineItem": rules_lines.opportunity_line,
    "Quote": rules_orders.quote,
    "QuoteLineItem": rules_lines.quote_line,
    "Order": rules_orders.order,
    "OrderItem": rules_lines.order_item,
    "PricebookEntry": rules_prices.entry,
    "PermissionSetAssignment": rules_setup.assignment,
    "CurrencyType": rules_setup.currency,
    "DatedConversionRate": rules_setup.dated_rate,
}
AFTER: dict[str, Rule] = {
    "Account": rules_people.account_saved,
    "Opportunity": rules_deals.opportunity_saved,
    "OpportunityContactRole": rules_deals.role_saved,
    "OpportunityLineItem": rules_deals.line_saved,
    "QuoteLineItem": rules_orders.quote_line_saved,
    "OrderItem": rules_orders.order_item_saved,
    "Product2": rules_prices.product_saved,
    "PricebookEntry": rules_prices.entry_saved,
    "PermissionSetAssignment": rules_setup.assignment_saved,
    "CurrencyType": rules_setup.currency_saved,
    "DatedConversionRate": rules_setup.dated_rate_saved,
}
BEFORE_DELETE: dict[str, DeleteRule] = {
    "Account": rules_people.account_leaves,
    "Contact": rules_people.contact_leaves,
    "Pricebook2": rules_prices.book_leaves,
    "PricebookEntry": rules_prices.entry_leaves,
    "Order": rules_orders.order_leaves,
    "OrderItem": rules_orders.order_item_leaves,
}
AFTER_DELETE: dict[str, DeleteRule] = {
    "OpportunityLineItem": rules_deals.line_gone,
    "OpportunityContactRole": rules_deals.role_gone,
    "QuoteLineItem": rules_orders.quote_line_gone,
    "OrderItem": rules_orders.order_item_gone,
    "PermissionSetAssignment": rules_setup.assignment_gone,
    "DatedConversionRate": rules_setup.dated_rate_gone,
}


def before(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    _check_record_type(tx, sobject, row, old)
    _check_currency(tx, sobject, row, old)
    if tx.org.switches.state_picklists:
        settle_addresses(sobject, row, tx.given)
    if (rule := BEFORE.get(sobject.name)) is not None:
        rule(tx, row, old)


def after(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    if (rule := AFTER.get(sobject.name)) is not None:
        rule(tx, row, old)


def before_delete(tx: Tx, sobject: SObject, row: Row) -> None:
    if (rule := BEFORE_DELETE.get(sobject.name)) is not None:
        rule(tx, row)


def archived_instead(tx: Tx, sobject: SObject, row: Row) -> bool:
    """A product or a book that lines refer to is archived; it stays for good."""
    if sobject.name == "Product2":
        return rules_prices.archive_product(tx, row)
    return sobject.name == "Pricebook2" and rules_prices.archive_book(tx, row)


def after_delete(tx: Tx, sobject: SObject, row: Row) -> None:
    if (rule := AFTER_DELETE.get(sobject.name)) is not None:
        rule(tx, row)


def _check_record_type(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    type_id = row.get("RecordTypeId")
    if type_id == MASTER_RECORD_TYPE:
        row.pop("RecordTypeId")
        return
    if type_id is None or (old is not None and old.get("RecordTypeId") == type_id):
        return
    found = tx.row("RecordType", type_id)
    if found is None or found["SobjectType"] != sobject.name or not found["IsActive"]:
        text = f"Record Type ID: this ID value isn't valid for the user: {type_id}"
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", text, ["RecordTypeId"])


def _check_currency(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    code = row.get("CurrencyIsoCode")
    if (
        code is None
        or "currencyisocode" not in sobject.fields
        or (old is not None and old.get("CurrencyIsoCode") == code)
    ):
        return
    if not rules_setup.is_active(tx, code):
        text = f"Currency ISO Code: bad value for restricted picklist field: {code}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, ["CurrencyIsoCode"])
