"""The rules of items: accounts of the right types, prices, members of groups and assemblies, first quantities."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors
from .draft import Draft
from .kinds import ITEMS as ITEMS
from .lists import Record

if TYPE_CHECKING:
    from .company_file import CompanyFile

STOCKED = ("ItemInventory", "ItemInventoryAssembly")
# Which types of accounts an item may use.
_NOT_FOR_ITEMS = ("AccountsReceivable", "AccountsPayable", "NonPosting")
_INCOME = ("Income", "OtherIncome")
_COST = ("CostOfGoodsSold",)
_STOCK = ("OtherCurrentAsset",)
_FIXED = ("FixedAsset", "OtherAsset", "OtherCurrentAsset")
_MONEY = ("Bank", "OtherCurrentAsset")
MEMBERS_MAX = 50


def price(item: Record, cost: bool = False) -> Decimal:
    """The sales price, or what it costs."""
    for data in (item.data, item.data.get("SalesAndPurchase", {}), item.data.get("SalesOrPurchase", {})):
        for field in ("PurchaseCost" if cost else "SalesPrice", "Price"):
            if data.get(field):
                return Decimal(data[field])
    return Decimal(0)


def _account(file: CompanyFile, holder: dict[str, Any], field: str, types: tuple[str, ...]) -> None:
    """It must be given, and of one of these types (or, without types, of any that an item may post to)."""
    if not holder.get(field):
        raise errors.no_account(field)
    record = file.lists.get("Account", holder[field])
    held = record.data.get("AccountType", "") if record is not None else ""
    if held not in types if types else held in _NOT_FOR_ITEMS:
        raise errors.wrong_account(record.full_name if record else "", field)


def two_sided(file: CompanyFile, draft: Draft) -> None:
    """SalesOrPurchase or SalesAndPurchase, which a Mod cannot exchange for each other."""
    kept, old = draft.kept, draft.record.data if draft.record is not None else {}
    for part in ("SalesOrPurchase", "SalesAndPurchase"):
        if part in kept and old and part not in old:
            raise errors.conflicting(part)
    if "SalesAndPurchase" in kept:
        part = kept["SalesAndPurchase"]
        if not part.get("ExpenseAccountRef"):
            raise errors.not_saved(
                file.quirks.missing_expense_account, "Items", draft.name, "An expense account must be specified."
            )
        _account(file, part, "ExpenseAccountRef", ())
        _account(file, part, "IncomeAccountRef", ())
    else:
        part = kept.setdefault("SalesOrPurchase", {})
        # A price and a percentage exclude each other: the newer one stays.
        sent = draft.sent.get("SalesOrPurchaseMod", {})
        for mine, other in (("Price", "PricePercent"), ("PricePercent", "Price")):
            if sent.get(mine):
                part.pop(other, None)
        _account(file, part, "AccountRef", ())


def inventory(file: CompanyFile, draft: Draft) -> None:
    kept = draft.kept
    _account(file, kept, "IncomeAccountRef", _INCOME)
    _account(file, kept, "COGSAccountRef", _COST)
    _account(file, kept, "AssetAccountRef", _STOCK)
    if draft.record is None:
        quantity = Decimal(kept.get("QuantityOnHand") or 0)
        value = kept.pop("TotalValue", "")
        if value and not quantity:
            raise errors.invalid("TotalValue", value, "There is no quantity on hand.")
        cost = Decimal(value) / quantity if value else Decimal(kept.get("PurchaseCost") or 0)
        if quantity:
            kept["AverageCost"] = f"{cost:.5f}".rstrip("0").rstrip(".") if cost % Decimal("0.01") else f"{cost:.2f}"
    if draft.sent.get("ClearItemsInGroup") == "true":
        kept.pop("ItemInventoryAssemblyLine", None)
    _check_members(file, draft, kept.get("ItemInventoryAssemblyLine", ()), "ItemInventoryRef", _in_assemblies)


def group(file: CompanyFile, draft: Draft) -> None:
    if draft.sent.get("ClearItemsInGroup") == "true":
        draft.kept.pop("ItemGroupLine", None)
    draft.kept.setdefault("IsPrintItemsInGroup", "false")
    _check_members(file, draft, draft.kept.get("ItemGroupLine", ()), "ItemRef", _in_groups)


def _in_groups(item: Record) -> bool:
    return item.kind not in ("ItemGroup", "ItemSalesTaxGroup")


def _in_assemblies(item: Record) -> bool:
    return item.kind in (*STOCKED, "ItemService", "ItemNonInventory", "ItemOtherCharge")


def _check_members(file: CompanyFile, draft: Draft, members: Any, field: str, fits: Any) -> None:
    if len(members) > MEMBERS_MAX and field == "ItemRef":
        raise errors.invalid(field, str(len(members)), "There are too many items in this group.")
    for each in members:
        item = file.lists.find(ITEMS, each[field]) if each.get(field) else None
        if item is not None and (not fits(item) or item is draft.record):
            raise errors.wrong_item(item.full_name, field)
        if item is not None and draft.record is not None and _contains(file, item, draft.record.list_id):
            raise errors.wrong_item(item.full_name, field)


def _contains(file: CompanyFile, item: Record, wanted: str) -> bool:
    """Whether an assembly needs itself, over however many others."""
    for each in item.data.get("ItemInventoryAssemblyLine", ()):
        below = file.lists.find(ITEMS, each.get("ItemInventoryRef", ""))
        if below is not None and (below.list_id == wanted or _contains(file, below, wanted)):
            return True
    return False


def fixed_asset(file: CompanyFile, draft: Draft) -> None:
    _account(file, draft.kept, "AssetAccountRef", _FIXED)
    draft.kept.setdefault("FixedAssetSalesInfo", {})


def discount(file: CompanyFile, draft: Draft) -> None:
    for mine, other in (("DiscountRate", "DiscountRatePercent"), ("DiscountRatePercent", "DiscountRate")):
        if draft.sent.get(mine):
            draft.kept.pop(other, None)
    _account(file, draft.kept, "AccountRef", ())


def payment(file: CompanyFile, draft: Draft) -> None:
    """Without an account its payments go to Undeposited Funds."""
    if draft.kept.get("DepositToAccountRef"):
        _account(file, draft.kept, "DepositToAccountRef", _MONEY)


def sales_tax(file: CompanyFile, draft: Draft) -> None:
    if Decimal(draft.kept.get("TaxRate") or 0) > 0 and not draft.kept.get("TaxVendorRef"):
        raise errors.missing("TaxVendorRef")


def tax_group(file: CompanyFile, draft: Draft) -> None:
    members = draft.kept.get("ItemSalesTaxRef", ())
    for each in members:
        item = file.lists.find(ITEMS, each)
        if item is not None and item.kind != "ItemSalesTax":
            raise errors.wrong_item(item.full_name, "ItemSalesTaxRef")
    if not any(members):
        raise errors.missing("ItemSalesTaxRef")


# What a Ret shows beside the kept fields -------------------------------------------------


def show(file: CompanyFile, record: Record, shown: dict[str, Any]) -> None:
    if not file.settings.bar_codes:
        shown.pop("BarCodeValue", None)
    if record.kind in STOCKED:
        held = Decimal(record.data.get("QuantityOnHand") or 0) + file.txns.on_hand(record.list_id)
        shown["QuantityOnHand"] = quantity(held)
        shown.setdefault("AverageCost", "0.00")
        shown["QuantityOnOrder"] = quantity(file.txns.on_order(record.list_id))
        shown["QuantityOnSalesOrder"] = quantity(file.txns.on_sales_order(record.list_id))


def quantity(value: Decimal) -> str:
    """Without trailing zeros: 2, 1.5."""
    return f"{value.normalize():f}" if value else "0"


def can_build(file: CompanyFile, assembly: Record) -> Decimal:
    """How many of an assembly its components, as they lie in stock, are enough for."""
    enough: list[Decimal] = []
    for each in assembly.data.get("ItemInventoryAssemblyLine", ()):
        part = file.lists.find(STOCKED, each.get("ItemInventoryRef", ""))
        needed = Decimal(each.get("Quantity") or 0)
        if part is not None and needed:
            held = Decimal(part.data.get("QuantityOnHand") or 0) + file.txns.on_hand(part.list_id)
            enough.append(max(held // needed, Decimal(0)))
    return min(enough, default=Decimal(0))
