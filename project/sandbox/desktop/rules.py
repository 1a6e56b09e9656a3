"""The one table of what QuickBooks accepts and returns, in the notation of notation.py.

To add a list or a transaction: write its requests into REQUESTS and its Ret into RETS, and give it an entry in
lists.py. Names, order, limits and versions are the SDK's (qbXML 13.0, Desktop editions).
"""

from __future__ import annotations

from dataclasses import dataclass

from .notation import Content, Version, compile_content, version
from .rules_text import FRAGMENTS, REQUEST_TEXT, RET_TEXT


@dataclass(frozen=True)
class Request:
    name: str
    since: Version
    content: Content
    metadata: bool = False
    iterator: bool = False
    rets: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return not self.name.endswith("Query")


def _request(name: str, head: str, text: str) -> Request:
    """The head is "1.0", with "metadata" or "iterator" (which includes metadata), and "-> Ret Ret"."""
    facts, _, rets = head.partition("->")
    since, *abilities = facts.split()
    return Request(
        name=name,
        since=version(since),
        content=compile_content(text, FRAGMENTS),
        metadata=bool(abilities),
        iterator="iterator" in abilities,
        rets=tuple(rets.split()),
    )


REQUESTS: dict[str, Request] = {name: _request(name, head, text) for name, (head, text) in REQUEST_TEXT.items()}
RETS: dict[str, Content] = {name: compile_content(text, FRAGMENTS) for name, text in RET_TEXT.items()}

# Requests that real QuickBooks has and this miniature has not: they end with status 1030 rather than a parse error.
_ELSEWHERE = {
    "Query": "Account Bill BillPaymentCheck Charge Check CreditMemo CustomerMsg Deposit Entity Estimate Invoice Item "
    "ItemDiscount ItemFixedAsset ItemGroup ItemInventory ItemInventoryAssembly ItemNonInventory ItemOtherCharge "
    "ItemPayment ItemSalesTax ItemSalesTaxGroup ItemService ItemSites ItemSubtotal JournalEntry Lead PriceLevel "
    "PurchaseOrder ReceivePayment SalesOrder SalesReceipt ShipMethod Template TimeTracking Transaction "
    "VendorCredit VendorType CompanyActivity InventoryAdjustment InventorySite UnitOfMeasureSet ToDo",
    "Add": "Account Bill Charge Check CreditMemo Deposit Estimate Invoice ItemDiscount ItemGroup ItemInventory "
    "ItemNonInventory ItemOtherCharge ItemPayment ItemSalesTax ItemService JournalEntry Lead PriceLevel "
    "PurchaseOrder ReceivePayment SalesOrder SalesReceipt ShipMethod TimeTracking VendorCredit InventoryAdjustment",
    "Mod": "Account Bill Charge Check CreditMemo Estimate Invoice ItemDiscount ItemGroup ItemInventory "
    "ItemNonInventory ItemOtherCharge ItemPayment ItemSalesTax ItemService JournalEntry Lead PriceLevel "
    "PurchaseOrder ReceivePayment SalesOrder SalesReceipt Vendor Employee OtherName Class SalesRep SalesTaxCode",
    "": "TxnDel TxnVoid ListMerge",
}
ELSEWHERE = frozenset(f"{name}{act}" for act, names in _ELSEWHERE.items() for name in names.split())
