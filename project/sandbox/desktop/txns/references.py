"""What a transaction points to: where each reference may lead, and what is read there (prices, rates, accounts).

Rule     an unknown or inactive record is Fault 3140, an account of a wrong type 3153; accounts that QuickBooks
         keeps for itself (receivables, payables, undeposited funds …) come into being when first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors, lists
from project.sandbox.desktop.lists import Record

from . import money
from .kinds import NAMES
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

Data = Mapping[str, Any]

ITEMS = (
    "ItemService",
    "ItemNonInventory",
    "ItemOtherCharge",
    "ItemInventory",
    "ItemInventoryAssembly",
    "ItemFixedAsset",
    "ItemSubtotal",
    "ItemDiscount",
    "ItemPayment",
    "ItemSalesTax",
    "ItemSalesTaxGroup",
    "ItemGroup",
)
STOCKED = ("ItemInventory", "ItemInventoryAssembly")
_TARGETS: dict[str, tuple[str, ...]] = {
    "ItemRef": ITEMS,
    "ItemGroupRef": ("ItemGroup",),
    "ItemServiceRef": ("ItemService",),
    "ItemInventoryAssemblyRef": ("ItemInventoryAssembly",),
    "ItemSalesTaxRef": ("ItemSalesTax", "ItemSalesTaxGroup"),
    "CustomerRef": ("Customer",),
    "VendorRef": ("Vendor",),
    "PayeeEntityRef": NAMES,
    "EntityRef": NAMES,
    "ShipToEntityRef": NAMES,
    "ClassRef": ("Class",),
    "DiscountClassRef": ("Class",),
    "OverrideClassRef": ("Class",),
    "CustomerSalesTaxCodeRef": ("SalesTaxCode",),
    "SalesTaxCodeRef": ("SalesTaxCode",),
    "TermsRef": ("StandardTerms", "DateDrivenTerms"),
    "SalesRepRef": ("SalesRep",),
    "CustomerMsgRef": ("CustomerMsg",),
    "TemplateRef": ("Template",),
    "ShipMethodRef": ("ShipMethod",),
    "PaymentMethodRef": ("PaymentMethod",),
    "PriceLevelRef": ("PriceLevel",),
    "CurrencyRef": ("Currency",),
    "InventorySiteRef": ("InventorySite",),
    "InventorySiteLocationRef": ("InventorySite",),
    "FromInventorySiteRef": ("InventorySite",),
    "ToInventorySiteRef": ("InventorySite",),
    "OverrideUOMSetRef": ("UnitOfMeasureSet",),
    "PayrollItemWageRef": ("PayrollItemWage",),
    "VehicleRef": ("Vehicle",),
}
# The name that an account gets which QuickBooks makes for itself, and its type.
_SPECIAL = {
    "AccountsReceivable": ("Accounts Receivable", "AccountsReceivable"),
    "AccountsPayable": ("Accounts Payable", "AccountsPayable"),
    "UndepositedFunds": ("Undeposited Funds", "OtherCurrentAsset"),
    "SalesTaxPayable": ("Sales Tax Payable", "OtherCurrentLiability"),
    "InventoryAssets": ("Inventory Asset", "OtherCurrentAsset"),
    "CostOfGoodsSold": ("Cost of Goods Sold", "CostOfGoodsSold"),
    "UncategorizedIncome": ("Uncategorized Income", "Income"),
    "UncategorizedExpenses": ("Uncategorized Expenses", "Expense"),
}


def targets(field: str) -> tuple[str, ...]:
    """The kinds of records to which a reference of that name may lead, as far as this file has such lists."""
    kinds = ("Account",) if field.endswith("AccountRef") else _TARGETS.get(field, ())
    return tuple(kind for kind in kinds if kind in lists.KINDS)


def is_reference(field: str) -> bool:
    return field.endswith("Ref")


def resolve(file: CompanyFile, field: str, sent: Data, where: str, kinds: tuple[str, ...] = ()) -> Record | None:
    """The record meant, or None for an empty reference."""
    list_id, full_name = sent.get("ListID") or "", sent.get("FullName") or ""
    if not list_id and not full_name:
        return None
    record = file.lists.find(kinds or targets(field), list_id, full_name)
    if record is None or not record.is_active:
        raise errors.bad_reference(field.removesuffix("Ref"), list_id or full_name, where)
    return record


def found(file: CompanyFile, field: str, list_id: str) -> Record | None:
    """The record behind a stored reference, also if it has become inactive since."""
    return file.lists.find(targets(field), list_id) if list_id else None


def shown(file: CompanyFile, field: str, list_id: str) -> dict[str, str]:
    record = found(file, field, list_id)
    return {"ListID": list_id, "FullName": record.full_name if record is not None else ""}


def pointed(data: Data, field: str) -> str:
    """The ListID of a reference in a list record, however the list keeps it."""
    value = data.get(field)
    if isinstance(value, Mapping):
        return str(value.get("ListID") or "")
    return str(value or "")


def points_to(txn: Txn, kind: str, list_id: str) -> bool:
    """Whether the transaction, at its head or in a row, refers to this record."""
    for data in (txn.data, *(line.data for line in txn.all_lines())):
        for field, value in data.items():
            if value == list_id and is_reference(field) and kind in targets(field):
                return True
    return False


def refer(file: CompanyFile, record: Record) -> bool:
    """Whether any transaction refers to a record, so that it cannot be deleted."""
    txns = file.txns
    if record.kind in NAMES and record.list_id in txns.by_entity:
        return True
    return any(points_to(txn, record.kind, record.list_id) for txn in txns.by_id.values())


def move(file: CompanyFile, gone: Record, kept: Record) -> None:
    """Two records become one: whatever referred to the first refers to the second."""
    for txn in list(file.txns.by_id.values()):
        if not points_to(txn, gone.kind, gone.list_id):
            continue
        places = file.txns.take_out(txn)
        for data in (txn.data, *(line.data for line in txn.all_lines())):
            for field, value in data.items():
                if value == gone.list_id and is_reference(field) and gone.kind in targets(field):
                    data[field] = kept.list_id
        if txn.entity == gone.list_id and gone.kind in NAMES:
            txn.entity = kept.list_id
        txn.postings = [
            replace(each, entity=kept.list_id) if each.entity == gone.list_id and gone.kind in NAMES else each
            for each in txn.postings
        ]
        file.txns.put_back(txn, places)


# Accounts


def check_account(file: CompanyFile, field: str, record: Record, types: tuple[str, ...]) -> None:
    if types and record.data.get("AccountType") not in types:
        raise errors.Fault(
            3153, f'The account "{record.full_name}" in the field "{field}" is not of the type that is needed.'
        )


def special_account(file: CompanyFile, special: str) -> str:
    """The ListID of an account that QuickBooks keeps for itself."""
    name, kind = _SPECIAL[special]
    held = file.txns.special.get(special)
    if held and file.lists.find(("Account",), held) is not None:
        return held
    shelf = file.lists.shelf("Account")
    accounts = [each for each in shelf.in_order("Account") if each.data.get("SpecialAccountType") == special]
    accounts += [each for each in shelf.in_order("Account") if each.data.get("AccountType") == kind][
        : 1 if special in ("AccountsReceivable", "AccountsPayable", "CostOfGoodsSold") else 0
    ]
    record = accounts[0] if accounts else file.lists.find(("Account",), "", name)
    if record is None:
        now = file.clock.unix()
        record = Record("Account", shelf.next_id(now), name, "", now)
        record.data = {"AccountType": kind, "SpecialAccountType": special}
        shelf.add(record)
    file.txns.special[special] = record.list_id
    return record.list_id


def open_special_accounts(file: CompanyFile) -> None:
    """A new company has all of them, if it has accounts at all."""
    if "Account" in lists.KINDS:
        for special in _SPECIAL:
            special_account(file, special)


def account_type(file: CompanyFile, list_id: str) -> str:
    record = file.lists.find(("Account",), list_id) if list_id else None
    return str(record.data.get("AccountType", "")) if record is not None else ""


# Items


def sales_part(data: Data) -> Data:
    """An item's fields for sales, by the names that inventory items give them."""
    if "SalesOrPurchase" in data:
        part = data["SalesOrPurchase"]
        return {
            "SalesDesc": part.get("Desc"),
            "SalesPrice": part.get("Price"),
            "PricePercent": part.get("PricePercent"),
            "IncomeAccountRef": part.get("AccountRef"),
            "PurchaseDesc": part.get("Desc"),
            "PurchaseCost": part.get("Price"),
            "ExpenseAccountRef": part.get("AccountRef"),
        }
    if "SalesAndPurchase" in data:
        part = data["SalesAndPurchase"]
        return part if isinstance(part, Mapping) else {}
    return {
        **data,
        "SalesDesc": data.get("SalesDesc") or data.get("ItemDesc"),
        "PurchaseDesc": data.get("PurchaseDesc") or data.get("ItemDesc"),
    }


def income_account(file: CompanyFile, item: Record) -> str:
    if item.kind == "ItemPayment":
        return pointed(item.data, "DepositToAccountRef") or special_account(file, "UndepositedFunds")
    if item.kind in ("ItemSalesTax", "ItemSalesTaxGroup"):
        return special_account(file, "SalesTaxPayable")
    part = sales_part(item.data)
    return (
        pointed(part, "IncomeAccountRef") or pointed(part, "AccountRef") or special_account(file, "UncategorizedIncome")
    )


def expense_account(file: CompanyFile, item: Record) -> str:
    if item.kind in STOCKED:
        return pointed(item.data, "AssetAccountRef") or special_account(file, "InventoryAssets")
    part = sales_part(item.data)
    return (
        pointed(part, "ExpenseAccountRef")
        or pointed(part, "AccountRef")
        or special_account(file, "UncategorizedExpenses")
    )


def tax_rate(file: CompanyFile, list_id: str) -> Decimal:
    """The percentage of a sales tax item, or of all items in a group together."""
    record = found(file, "ItemSalesTaxRef", list_id)
    if record is None:
        return Decimal(0)
    if record.kind == "ItemSalesTaxGroup":
        members = record.data.get("ItemSalesTaxRef") or []
        ids = [pointed({"ref": each}, "ref") for each in members]
        return sum((tax_rate(file, each) for each in ids), Decimal(0))
    return money.number(record.data.get("TaxRate") or "0")


def is_taxable(file: CompanyFile, code: str) -> bool:
    record = found(file, "SalesTaxCodeRef", code)
    return record is not None and record.data.get("IsTaxable") == "true"


def level_price(file: CompanyFile, level: Record | None, item: Record, base: Decimal) -> Decimal:
    """An item's price by a price level: a percentage of all prices, or prices of single items."""
    if level is None:
        return base
    fixed = level.data.get("PriceLevelFixedPercentage")
    if fixed:
        return Decimal(money.to_cents(base * (1 + money.number(fixed) / 100))) / 100
    for each in level.data.get("PriceLevelPerItem") or level.data.get("PriceLevelPerItemRet") or ():
        if pointed(each, "ItemRef") == item.list_id:
            if each.get("CustomPrice"):
                return money.number(each["CustomPrice"])
            if each.get("CustomPricePercent"):
                return Decimal(money.to_cents(base * (1 + money.number(each["CustomPricePercent"]) / 100))) / 100
    return base
