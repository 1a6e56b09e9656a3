"""What is special about single lists: completeness, account types, derived fields. A table of kinds and rules.

Words    draft    what a record is about to become: fields as they will be kept, and what was sent
Rule     a rule raises a Fault before anything is written; it may complete or rewrite the draft's fields.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from . import accounts, errors, items
from .draft import Draft as Draft
from .kinds import Kind
from .lists import Record

if TYPE_CHECKING:
    from .company_file import CompanyFile

Rule = Callable[["CompanyFile", Draft], None]

# Which lists hold a reference of that name; others are asked one and all.
HOLDERS: dict[str, tuple[str, ...]] = {
    "CustomerRef": ("ToDo",),
    "EmployeeRef": ("ToDo",),
    "LeadRef": ("ToDo",),
    "VendorRef": ("ToDo",),
    "SalesRepEntityRef": ("SalesRep",),
    "SupervisorRef": ("Employee",),
    "CustomerTypeRef": ("Customer",),
    "JobTypeRef": ("Customer",),
    "PreferredPaymentMethodRef": ("Customer",),
    "SalesRepRef": ("Customer",),
    "ItemRef": ("ItemGroup", "PriceLevel", "BillingRate"),
    "ItemInventoryRef": ("ItemInventoryAssembly",),
    "ItemPurchaseTaxRef": ("SalesTaxCode",),
    "ItemSalesTaxRef": ("Customer", "ItemSalesTaxGroup", "SalesTaxCode"),
    "PrefVendorRef": ("ItemService", "ItemNonInventory", "ItemOtherCharge", "ItemInventory", "ItemInventoryAssembly"),
    "TaxVendorRef": ("ItemSalesTax",),
    "VendorTypeRef": ("Vendor",),
    "PayrollItemWageRef": ("Employee",),
}


def prepare(file: CompanyFile, kind: Kind, draft: Draft) -> None:
    rule = _RULES.get(kind.name)
    if rule is not None:
        rule(file, draft)


def is_special(record: Record) -> bool:
    """QuickBooks keeps it for itself, and nobody can delete it."""
    return "SpecialAccountType" in record.data or "SpecialItemType" in record.data


# The lists themselves -------------------------------------------------------------------


def _price_level(file: CompanyFile, draft: Draft) -> None:
    """One percentage for all items, or prices of single items, which Pro has not."""
    kept, sent = draft.kept, draft.sent
    prices = sent.get("PriceLevelPerItem")
    if prices and file.product.edition == "Pro":
        raise errors.not_available()
    if prices:
        kept.pop("PriceLevelFixedPercentage", None)
        kept["PriceLevelPerItemRet"] = [_item_price(file, each) for each in kept["PriceLevelPerItemRet"]]
    elif sent.get("PriceLevelFixedPercentage"):
        kept.pop("PriceLevelPerItemRet", None)
    kept["PriceLevelType"] = "PerItem" if "PriceLevelPerItemRet" in kept else "FixedPercentage"
    if draft.record is not None and draft.record.data.get("PriceLevelType") != kept["PriceLevelType"]:
        raise errors.conflicting("PriceLevelType")


def _item_price(file: CompanyFile, sent: dict[str, Any]) -> dict[str, Any]:
    """An adjustment is worked out when it is entered; only its price is kept."""
    if "AdjustPercentage" not in sent:
        return sent
    item = file.lists.find(items.ITEMS, sent["ItemRef"])
    price = items.price(item, cost=sent["AdjustRelativeTo"] == "Cost") if item is not None else Decimal(0)
    price = (price * (1 + Decimal(sent["AdjustPercentage"]) / 100)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"ItemRef": sent["ItemRef"], "CustomPrice": f"{price:.2f}"}


def _billing_rate(file: CompanyFile, draft: Draft) -> None:
    kept = draft.kept
    kept["BillingRateType"] = "PerItem" if "BillingRatePerItemRet" in kept else "FixedRate"
    for each in kept.get("BillingRatePerItemRet", ()):
        item = file.lists.find(items.ITEMS, each["ItemRef"])
        if item is None or item.kind != "ItemService":
            raise errors.wrong_item(item.full_name if item else "", "BillingRatePerItem")
        if "AdjustPercentage" in each:
            rate = items.price(item) * (1 + Decimal(each.pop("AdjustPercentage")) / 100)
            each.pop("AdjustBillingRateRelativeTo", None)
            each["CustomRate"] = f"{rate.quantize(Decimal('0.01'), ROUND_HALF_UP):.2f}"


def _workers_comp(file: CompanyFile, draft: Draft) -> None:
    """The rate of today and the one that follows, by their dates."""
    today = file.time.day(file.clock.unix())
    kept = draft.kept
    history = sorted(kept.get("RateHistory", ()), key=lambda each: str(each["EffectiveDate"]))
    if draft.record is not None and "RateEntry" in draft.sent:
        dates = {each["EffectiveDate"] for each in history}
        older = [each for each in draft.record.data.get("RateHistory", ()) if each["EffectiveDate"] not in dates]
        history = sorted([*older, *history], key=lambda each: str(each["EffectiveDate"]))
    kept["RateHistory"] = history
    now = [each for each in history if each["EffectiveDate"] <= today]
    later = [each for each in history if each["EffectiveDate"] > today]
    for prefix, entry in (("Current", now[-1:]), ("Next", later[:1])):
        for field, source in (("Rate", "Rate"), ("EffectiveDate", "EffectiveDate")):
            kept.pop(f"{prefix}{field}", None)
            if entry:
                kept[f"{prefix}{field}"] = entry[0][source]


def _to_do(file: CompanyFile, draft: Draft) -> None:
    if not draft.kept.get("Notes"):
        raise errors.missing("Notes")
    draft.kept.setdefault("IsDone", "false")


def _lead(file: CompanyFile, draft: Draft) -> None:
    """Places and people of a lead are numbered by QuickBooks; a Mod names them by number, or -1 for new ones."""
    kept = draft.kept
    kept.setdefault("Status", "Hot")
    for sent, shown, number in (
        ("Locations", "LocationsRet", "LocationID"),
        ("LocationsMod", "LocationsRet", "LocationID"),
        ("LeadContacts", "LeadContactsRet", "LeadContactID"),
        ("LeadContactsMod", "LeadContactsRet", "LeadContactID"),
    ):
        if sent not in kept:
            continue
        entries = kept.pop(sent)
        known = {each[number]: each for each in kept.get(shown, ())}
        for each in entries:
            if each.get(number, "-1") == "-1":
                each = {**each, number: str(file.next_note_id())}
            elif each[number] not in known:
                raise errors.not_found(each[number])
            if number == "LocationID":
                each = {**each, "MainAddress": each["Location"]}
            known[each[number]] = {**known.get(each[number], {}), **each}
        kept[shown] = list(known.values())


def _unit_set(file: CompanyFile, draft: Draft) -> None:
    """Every unit has one name, and what is used by default is one of them."""
    kept = draft.kept
    units = [kept["BaseUnit"]["Name"], *(each["Name"] for each in kept.get("RelatedUnit", ()))]
    if len({unit.casefold() for unit in units}) != len(units):
        raise errors.name_in_use(next(unit for unit in reversed(units)))
    for each in kept.get("DefaultUnit", ()):
        if each["Unit"] not in units:
            raise errors.invalid("DefaultUnit", each["Unit"], "There is no such unit in this set.")


def _currency(file: CompanyFile, draft: Draft) -> None:
    draft.kept.setdefault("IsUserDefinedCurrency", "true")


def _sales_rep(file: CompanyFile, draft: Draft) -> None:
    if not draft.kept.get("SalesRepEntityRef"):
        raise errors.missing("SalesRepEntityRef")


def _names(file: CompanyFile, draft: Draft) -> None:
    if len(draft.kept.get("PrefillAccountRef", ())) > len(set(draft.kept.get("PrefillAccountRef", ()))):
        raise errors.conflicting("PrefillAccountRef")


_RULES: dict[str, Rule] = {
    "Account": accounts.prepare,
    "BillingRate": _billing_rate,
    "Currency": _currency,
    "ItemDiscount": items.discount,
    "ItemFixedAsset": items.fixed_asset,
    "ItemGroup": items.group,
    "ItemInventory": items.inventory,
    "ItemInventoryAssembly": items.inventory,
    "ItemNonInventory": items.two_sided,
    "ItemOtherCharge": items.two_sided,
    "ItemPayment": items.payment,
    "ItemSalesTax": items.sales_tax,
    "ItemSalesTaxGroup": items.tax_group,
    "ItemService": items.two_sided,
    "Lead": _lead,
    "PriceLevel": _price_level,
    "SalesRep": _sales_rep,
    "ToDo": _to_do,
    "UnitOfMeasureSet": _unit_set,
    "Vendor": _names,
    "WorkersCompCode": _workers_comp,
}
