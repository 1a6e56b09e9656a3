"""Requests about lists that neither add, change nor query elements in the common way, and those that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import accounts, errors, items, queries, records, views, writer
from .answers import NOTHING_FOUND, Answer
from .kinds import ITEMS, KINDS
from .lists import Record
from .reader import Call
from .rules import RETS

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

# What no sandbox can truly do, with the status that QuickBooks gives where it cannot either, and the reason.
REFUSED: dict[str, tuple[int, str]] = {
    "ListDisplayAdd": (3250, "opens a window of QuickBooks, and there is none"),
    "ListDisplayMod": (3250, "opens a window of QuickBooks, and there is none"),
    "TxnDisplayAdd": (3250, "opens a window of QuickBooks, and there is none"),
    "TxnDisplayMod": (3250, "opens a window of QuickBooks, and there is none"),
    "AccountTaxLineInfoQuery": (3250, "the lines of tax forms are not among the known facts"),
    "Form1099CategoryAccountMappingMod": (3250, "the boxes of form 1099 are not kept here"),
    "Form1099CategoryAccountMappingQuery": (3250, "the boxes of form 1099 are not kept here"),
    "SalesTaxReturnQuery": (3250, "the returns of Canadian and British tax agencies are not among the known facts"),
    "SalesTaxReturnLineQuery": (3250, "the returns of Canadian and British tax agencies are not among the known facts"),
    "DataEventRecoveryInfoQuery": (1030, "nobody subscribes to events over the Web Connector"),
    "DataEventRecoveryInfoDel": (1030, "nobody subscribes to events over the Web Connector"),
}
# The name and the kind of what SpecialItemAdd makes.
SPECIAL_ITEMS = {
    "FinanceCharge": ("Fin Chg", "ItemOtherCharge"),
    "ReimbursableExpenseGroup": ("Reimb Group", "ItemGroup"),
    "ReimbursableExpenseSubtotal": ("Reimb Subt", "ItemSubtotal"),
}
_ITEM_TYPES = {
    "Assembly": ("ItemInventoryAssembly",),
    "Inventory": ("ItemInventory",),
    "InventoryAndAssembly": items.STOCKED,
}


def refuse(file: CompanyFile, call: Call, session: Session) -> Answer:
    return Answer.of(errors.not_available() if REFUSED[call.name][0] == 3250 else errors.not_supported())


def special_account(file: CompanyFile, call: Call, session: Session) -> Answer:
    """An account that QuickBooks keeps for itself, made now instead of when it is first needed."""
    sent = call.data["SpecialAccountAdd"]
    if sent.get("CurrencyRef") and not file.settings.multi_currency:
        raise errors.not_available()
    special = sent["SpecialAccountType"]
    if special == "SalesOrders" and file.product.edition == "Pro":
        raise errors.not_available()
    name, kind = accounts.SPECIAL[special]
    fields = {"Name": name, "AccountType": kind, "SpecialAccountType": special}
    if sent.get("CurrencyRef"):
        fields["CurrencyRef"] = sent["CurrencyRef"]
    return _made(file, call, records.add(file, "Account", fields, own=True))


def special_item(file: CompanyFile, call: Call, session: Session) -> Answer:
    sent = call.data["SpecialItemAdd"]
    special = sent["SpecialItemType"]
    name, kind = SPECIAL_ITEMS[special]
    fields: dict[str, Any] = {"Name": name, "SpecialItemType": special}
    if "ExternalGUID" in sent:
        fields["ExternalGUID"] = sent["ExternalGUID"]
    if kind == "ItemOtherCharge":
        fields["SalesOrPurchase"] = {"AccountRef": {"FullName": "Uncategorized Income"}}
    return _made(file, call, records.add(file, kind, fields, own=True))


def _made(file: CompanyFile, call: Call, record: Record) -> Answer:
    only = frozenset(call.data.get("IncludeRetElement", ()))
    shown = views.view(file, record)
    body = writer.ret(f"{record.kind}Ret", RETS[record.kind], shown, call.version, only)
    return Answer(body=body, recovery={"ListID": record.list_id, "EditSequence": str(record.edit_sequence)})


def company_activity(file: CompanyFile, call: Call, session: Session) -> Answer:
    """This file was neither restored nor condensed."""
    return Answer(body=writer.ret("CompanyActivityRet", RETS["CompanyActivity"], {}, call.version))


def can_build(file: CompanyFile, call: Call, session: Session) -> Answer:
    records.check_available(file, KINDS["ItemInventoryAssembly"])
    reference = call.data["ItemInventoryAssemblyRef"]
    list_id, full_name = reference.get("ListID", ""), reference.get("FullName", "")
    assembly = file.lists.find(("ItemInventoryAssembly",), list_id, full_name)
    if assembly is None:
        raise errors.bad_reference("ItemInventoryAssembly", list_id or full_name, "ItemAssembliesCanBuildQuery")
    shown = {
        "ItemInventoryAssemblyRef": {"ListID": assembly.list_id, "FullName": assembly.full_name},
        "TxnDate": call.data["TxnDate"],
        "QuantityCanBuild": items.quantity(items.can_build(file, assembly)),
    }
    return Answer(body=writer.ret("ItemAssembliesCanBuildRet", RETS["ItemAssembliesCanBuild"], shown, call.version))


def bar_codes(file: CompanyFile, call: Call, session: Session) -> Answer:
    """Which items have these bar codes. Only where bar codes are switched on."""
    if not file.settings.bar_codes:
        raise errors.not_available()
    wanted = set(call.data.get("BarCodeValue", ()))
    found = [
        record
        for kind in ITEMS
        for record in file.lists.shelf(kind).in_order(kind)
        if (code := record.data.get("BarCodeValue")) and (not wanted or code in wanted)
    ]
    bodies = [
        {"ListType": record.kind, "ListID": record.list_id, "FullName": record.full_name[:50]} for record in found
    ]
    return _several(call, "BarCode", bodies)


def item_sites(file: CompanyFile, call: Call, session: Session) -> Answer:
    """What lies in stock of each item, in all sites together: which site holds it is not known here."""
    records.check_available(file, KINDS["InventorySite"])
    found = []
    wanted = call.data.get("ListID", ())
    items_named = call.data.get("ItemSiteFilter", {}).get("ItemFilter", {})
    test = queries.reference_test(file, items.STOCKED, items_named) if items_named else None
    for kind in _ITEM_TYPES.get(call.data.get("ItemTypeFilter", ""), items.STOCKED):
        for record in file.lists.shelf(kind).in_order(kind):
            named = (not wanted or record.list_id in wanted) and (test is None or test(record.list_id))
            if named and (call.data.get("ActiveStatus") == "All" or record.is_active):
                found.append(_site_entry(file, record))
    limit = int(call.data.get("MaxReturned") or 0)
    return _several(call, "ItemSites", found[:limit] if limit else found)


def _site_entry(file: CompanyFile, record: Record) -> dict[str, Any]:
    shown = views.view(file, record)
    assembly = record.kind == "ItemInventoryAssembly"
    entry = {
        **{field: shown[field] for field in ("ListID", "TimeCreated", "TimeModified", "EditSequence")},
        f"{record.kind}Ref": {"ListID": record.list_id, "FullName": record.full_name},
        "ReorderLevel": record.data.get("ReorderPoint", ""),
        "QuantityOnHand": shown["QuantityOnHand"],
        "QuantityOnPurchaseOrders": shown["QuantityOnOrder"],
        "QuantityOnSalesOrders": shown["QuantityOnSalesOrder"],
    }
    if assembly:
        entry["AssemblyBuildPoint"] = record.data.get("BuildPoint", "")
    return entry


def _several(call: Call, name: str, found: list[dict[str, Any]]) -> Answer:
    only = frozenset(call.data.get("IncludeRetElement", ()))
    answer = Answer() if found else Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        answer.attributes.append(("retCount", str(len(found))))
    if metadata != "MetaDataOnly":
        answer.body = "".join(writer.ret(f"{name}Ret", RETS[name], each, call.version, only) for each in found)
    return answer
