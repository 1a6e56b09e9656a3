"""The chart of accounts: what a new company has, and what QuickBooks keeps for itself.

Rule     a sub-account has its parent's type; an account number is used once; accounts that QuickBooks makes for
         itself (non-posting ones, and those with a SpecialAccountType) are made by it alone, or by SpecialAccountAdd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .draft import Draft
from .lists import Record
from .values import money

if TYPE_CHECKING:
    from .company_file import CompanyFile

# number, name, type, special type: what every new company has. Sales orders are not for Pro.
STOCK = (
    ("10100", "Checking", "Bank", ""),
    ("10300", "Savings", "Bank", ""),
    ("11000", "Accounts Receivable", "AccountsReceivable", "AccountsReceivable"),
    ("12000", "Undeposited Funds", "OtherCurrentAsset", "UndepositedFunds"),
    ("12100", "Inventory Asset", "OtherCurrentAsset", "InventoryAssets"),
    ("15000", "Furniture and Equipment", "FixedAsset", ""),
    ("18700", "Security Deposits Asset", "OtherAsset", ""),
    ("20000", "Accounts Payable", "AccountsPayable", "AccountsPayable"),
    ("20500", "QuickBooks Credit Card", "CreditCard", ""),
    ("24000", "Payroll Liabilities", "OtherCurrentLiability", "PayrollLiabilities"),
    ("25500", "Sales Tax Payable", "OtherCurrentLiability", "SalesTaxPayable"),
    ("27000", "Bank Loan", "LongTermLiability", ""),
    ("30000", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("30700", "Owners Draw", "Equity", ""),
    ("32000", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("40100", "Sales Income", "Income", ""),
    ("40500", "Service Income", "Income", ""),
    ("49900", "Uncategorized Income", "Income", "UncategorizedIncome"),
    ("50000", "Cost of Goods Sold", "CostOfGoodsSold", "CostOfGoodsSold"),
    ("62000", "Insurance Expense", "Expense", ""),
    ("64900", "Office Supplies", "Expense", ""),
    ("66000", "Payroll Expenses", "Expense", "PayrollExpenses"),
    ("69800", "Uncategorized Expenses", "Expense", "UncategorizedExpenses"),
    ("70200", "Interest Income", "OtherIncome", ""),
    ("80000", "Ask My Accountant", "OtherExpense", ""),
    ("90100", "Estimates", "NonPosting", "Estimates"),
    ("90200", "Purchase Orders", "NonPosting", "PurchaseOrders"),
    ("90300", "Sales Orders", "NonPosting", "SalesOrders"),
)
# What SpecialAccountAdd makes: name and type.
SPECIAL = {special: (name, kind) for _, name, kind, special in STOCK if special} | {
    "CondenseItemAdjustmentExpenses": ("Condense Item Adjustment", "Expense"),
    "DirectDepositLiabilities": ("Direct Deposit Liabilities", "OtherCurrentLiability"),
    "ExchangeGainLoss": ("Exchange Gain or Loss", "OtherExpense"),
    "ItemReceiptAccount": ("Inventory Offset", "OtherCurrentLiability"),
    "PettyCash": ("Petty Cash", "Bank"),
    "ReconciliationDifferences": ("Reconciliation Discrepancies", "Expense"),
}
_CASH_FLOW = {
    "AccountsReceivable": "Operating",
    "AccountsPayable": "Operating",
    "CreditCard": "Operating",
    "OtherCurrentAsset": "Operating",
    "OtherCurrentLiability": "Operating",
    "FixedAsset": "Investing",
    "OtherAsset": "Investing",
    "LongTermLiability": "Financing",
    "Equity": "Financing",
    "Bank": "NotApplicable",
}
# Types that an account keeps for good, and that no other account can take.
_FIXED_TYPES = ("AccountsReceivable", "AccountsPayable", "NonPosting")


def stock(edition: str) -> list[dict[str, Any]]:
    found = []
    for number, name, kind, special in STOCK:
        if special == "SalesOrders" and edition == "Pro":
            continue
        fields = {"Name": name, "AccountType": kind, "AccountNumber": number}
        found.append(fields | ({"SpecialAccountType": special} if special else {}))
    return found


_GROW_BY_CREDITS = frozenset(
    (
        *("AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability"),
        *("Equity", "Income", "OtherIncome"),
    )
)


def prepare(file: CompanyFile, draft: Draft) -> None:
    kept, old = draft.kept, draft.record.data.get("AccountType", "") if draft.record is not None else ""
    kind = kept.get("AccountType", "")
    if not old and kind == "NonPosting":
        raise errors.not_saved(3180, "Accounts", draft.name, "Non-posting accounts are made by QuickBooks alone.")
    if old and kind != old and (old in _FIXED_TYPES or kind in _FIXED_TYPES or "SpecialAccountType" in kept):
        raise errors.not_saved(3180, "Accounts", draft.name, "The type of this account cannot be changed.")
    if draft.parent is not None and draft.parent.data.get("AccountType") != kind:
        raise errors.not_saved(3180, "Accounts", draft.name, "A subaccount has the type of its parent account.")
    number = kept.get("AccountNumber")
    for other in file.lists.shelf("Account").by_id.values() if number else ():
        if other is not draft.record and other.data.get("AccountNumber") == number:
            raise errors.not_saved(3180, "Accounts", draft.name, "This account number is already in use.")
    line = kept.pop("TaxLineID", "")
    if line:
        kept["TaxLineInfoRet"] = {"TaxLineID": line}


def show(file: CompanyFile, record: Record, shown: dict[str, Any]) -> None:
    shown["CashFlowClassification"] = _CASH_FLOW.get(record.data.get("AccountType", ""), "None")
    shelf = file.lists.shelf("Account")
    own = balance(file, record)
    shown["Balance"] = money(own)
    shown["TotalBalance"] = money(own + sum(balance(file, below) for below in shelf.below(record)))


def balance(file: CompanyFile, record: Record) -> int:
    """In cents, positive on the side on which accounts of its type grow."""
    sign = -1 if record.data.get("AccountType") in _GROW_BY_CREDITS else 1
    return record.balance + sign * file.txns.account_balance(record.list_id)
