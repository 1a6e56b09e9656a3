"""The table of all kinds of transactions, and what is particular to each.

Words    family   how a kind is worked out: which module's functions are asked
         rows     the names of a kind's lines: in an Add, in a Mod, in a Ret, and of its groups
         side     on which side of the books a kind stands with its customer or vendor: +1 makes the balance
                  larger (invoices, bills), -1 smaller (payments, credits), 0 leaves it alone
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CUSTOMER, VENDOR = ("Customer",), ("Vendor",)
NAMES = ("Customer", "Vendor", "Employee", "OtherName")


@dataclass(frozen=True)
class Rows:
    add: str
    mod: str
    ret: str
    style: str
    group_add: str = ""
    group_mod: str = ""
    group_ret: str = ""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name in (self.add, self.mod, self.group_add, self.group_mod) if name)


@dataclass(frozen=True)
class TxnKind:
    name: str
    family: str
    title: str  # how QuickBooks' messages call it
    entity: str = ""  # the field that names the customer, vendor or payee
    entity_kinds: tuple[str, ...] = ()
    side: int = 0
    rows: tuple[Rows, ...] = ()
    account: str = ""  # the field of its main account
    account_types: tuple[str, ...] = ()
    special: str = ""  # the account that QuickBooks takes by itself
    may_void: bool = False
    may_delete: bool = True
    posts: bool = True
    numbers: str = ""  # kinds with the same word share their automatic RefNumbers
    date: str = "TxnDate"
    editions: tuple[str, ...] = ("Pro", "Premier", "Enterprise")
    needs: str = ""  # the setting that must be on


def _sales(kind: str, style: str = "sales") -> tuple[Rows, ...]:
    row, group = f"{kind}Line", f"{kind}LineGroup"
    return (Rows(f"{row}Add", f"{row}Mod", f"{row}Ret", style, f"{group}Add", f"{group}Mod", f"{group}Ret"),)


def _plain(word: str, style: str) -> tuple[Rows, ...]:
    return (Rows(f"{word}Add", f"{word}Mod", f"{word}Ret", style),)


_PURCHASE = (
    *_plain("ExpenseLine", "expense"),
    Rows(
        "ItemLineAdd", "ItemLineMod", "ItemLineRet", "cost", "ItemGroupLineAdd", "ItemGroupLineMod", "ItemGroupLineRet"
    ),
)
_RECEIVABLE: dict[str, Any] = {
    "account": "ARAccountRef",
    "account_types": ("AccountsReceivable",),
    "special": "AccountsReceivable",
}
_PAYABLE: dict[str, Any] = {
    "account": "APAccountRef",
    "account_types": ("AccountsPayable",),
    "special": "AccountsPayable",
}
_UNDEPOSITED = ("Bank", "OtherCurrentAsset", "OtherAsset", "OtherCurrentLiability", "CreditCard", "Equity")
_CUSTOMERS: dict[str, Any] = {"entity": "CustomerRef", "entity_kinds": CUSTOMER}
_VENDORS: dict[str, Any] = {"entity": "VendorRef", "entity_kinds": VENDOR}
_PAYEES: dict[str, Any] = {"entity": "PayeeEntityRef", "entity_kinds": NAMES}
_PREMIER = ("Premier", "Enterprise")

KINDS: dict[str, TxnKind] = {
    kind.name: kind
    for kind in (
        TxnKind(
            "Estimate",
            "sales",
            "Estimate",
            **_CUSTOMERS,
            rows=_sales("Estimate"),
            posts=False,
            numbers="estimate",
            needs="estimates",
        ),
        TxnKind(
            "SalesOrder",
            "sales",
            "Sales Order",
            **_CUSTOMERS,
            rows=_sales("SalesOrder"),
            posts=False,
            numbers="sales order",
            editions=_PREMIER,
        ),
        TxnKind(
            "Invoice",
            "sales",
            "Invoice",
            **_CUSTOMERS,
            side=1,
            rows=_sales("Invoice"),
            **_RECEIVABLE,
            may_void=True,
            numbers="invoice",
        ),
        TxnKind(
            "CreditMemo",
            "sales",
            "Credit Memo",
            **_CUSTOMERS,
            side=-1,
            rows=_sales("CreditMemo"),
            **_RECEIVABLE,
            may_void=True,
            numbers="invoice",
        ),
        TxnKind(
            "SalesReceipt",
            "sales",
            "Sales Receipt",
            **_CUSTOMERS,
            rows=_sales("SalesReceipt"),
            account="DepositToAccountRef",
            account_types=_UNDEPOSITED,
            special="UndepositedFunds",
            may_void=True,
            numbers="sales receipt",
        ),
        TxnKind("Charge", "charge", "Statement Charge", **_CUSTOMERS, side=1, **_RECEIVABLE, may_void=True),
        TxnKind("ReceivePayment", "payment", "Receive Payment", **_CUSTOMERS, side=-1, **_RECEIVABLE),
        TxnKind(
            "ARRefundCreditCard", "refund", "Credit Card Refund", **_CUSTOMERS, side=1, **_RECEIVABLE, may_void=True
        ),
        TxnKind(
            "PurchaseOrder",
            "purchase",
            "Purchase Order",
            **_VENDORS,
            rows=_sales("PurchaseOrder", "purchase"),
            posts=False,
            numbers="purchase order",
        ),
        TxnKind(
            "ItemReceipt", "purchase", "Item Receipt", **_VENDORS, side=1, rows=_PURCHASE, **_PAYABLE, may_void=True
        ),
        TxnKind("Bill", "purchase", "Bill", **_VENDORS, side=1, rows=_PURCHASE, **_PAYABLE, may_void=True),
        TxnKind(
            "VendorCredit", "purchase", "Vendor Credit", **_VENDORS, side=-1, rows=_PURCHASE, **_PAYABLE, may_void=True
        ),
        TxnKind(
            "BillPaymentCheck",
            "payment",
            "Bill Payment",
            entity="PayeeEntityRef",
            entity_kinds=VENDOR,
            side=-1,
            **_PAYABLE,
            may_void=True,
            numbers="check",
        ),
        TxnKind(
            "BillPaymentCreditCard",
            "payment",
            "Bill Payment",
            entity="PayeeEntityRef",
            entity_kinds=VENDOR,
            side=-1,
            **_PAYABLE,
            may_void=True,
        ),
        TxnKind(
            "Check",
            "purchase",
            "Check",
            **_PAYEES,
            rows=_PURCHASE,
            account="AccountRef",
            account_types=("Bank",),
            may_void=True,
            numbers="check",
        ),
        TxnKind(
            "CreditCardCharge",
            "purchase",
            "Credit Card Charge",
            **_PAYEES,
            rows=_PURCHASE,
            account="AccountRef",
            account_types=("CreditCard",),
            may_void=True,
        ),
        TxnKind(
            "CreditCardCredit",
            "purchase",
            "Credit Card Credit",
            **_PAYEES,
            rows=_PURCHASE,
            account="AccountRef",
            account_types=("CreditCard",),
            may_void=True,
        ),
        TxnKind(
            "SalesTaxPaymentCheck",
            "tax payment",
            "Sales Tax Payment",
            entity="PayeeEntityRef",
            entity_kinds=VENDOR,
            rows=_plain("SalesTaxPaymentCheckLine", "tax"),
            account="BankAccountRef",
            account_types=("Bank",),
            numbers="check",
        ),
        TxnKind(
            "Deposit",
            "deposit",
            "Deposit",
            rows=_plain("DepositLine", "deposit"),
            account="DepositToAccountRef",
            account_types=("Bank", "OtherCurrentAsset"),
            may_void=True,
        ),
        TxnKind("Transfer", "transfer", "Transfer"),
        TxnKind(
            "JournalEntry",
            "journal",
            "Journal Entry",
            rows=(Rows("JournalDebitLine", "JournalLineMod", "JournalDebitLine", "journal"),),
            may_void=True,
            numbers="journal entry",
        ),
        TxnKind(
            "InventoryAdjustment",
            "adjustment",
            "Inventory Adjustment",
            entity="CustomerRef",
            entity_kinds=CUSTOMER,
            rows=_plain("InventoryAdjustmentLine", "adjustment"),
            account="AccountRef",
            may_void=True,
            numbers="inventory adjustment",
        ),
        TxnKind("BuildAssembly", "build", "Build Assembly", numbers="build assembly", editions=_PREMIER),
        TxnKind(
            "TransferInventory",
            "site transfer",
            "Inventory Transfer",
            posts=False,
            rows=_plain("TransferInventoryLine", "site transfer"),
            editions=("Enterprise",),
            needs="multi_site",
        ),
        TxnKind(
            "TimeTracking",
            "activity",
            "Time Activity",
            entity="EntityRef",
            entity_kinds=("Employee", "Vendor", "OtherName"),
            posts=False,
        ),
        TxnKind(
            "VehicleMileage",
            "activity",
            "Vehicle Mileage",
            entity="CustomerRef",
            entity_kinds=CUSTOMER,
            posts=False,
            date="TripEndDate",
        ),
    )
}
