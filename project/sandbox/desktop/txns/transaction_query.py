"""TransactionQuery: any kinds of transactions at once, each as a summary and as the rows that it posted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import writer
from project.sandbox.desktop.answers import Answer
from project.sandbox.desktop.reader import Call
from project.sandbox.desktop.rules import RETS

from . import filters, header, money, queries, references
from .kinds import KINDS, NAMES
from .store import Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile
    from project.sandbox.desktop.session import Session

Data = Mapping[str, Any]
# Kinds that this query does not know (its TxnType has no word for them).
_UNKNOWN = ("TimeTracking", "VehicleMileage", "TransferInventory")
_ITEM_TYPES = {
    "Assembly": ("ItemInventoryAssembly",),
    "Discount": ("ItemDiscount",),
    "FixedAsset": ("ItemFixedAsset",),
    "Inventory": ("ItemInventory",),
    "InventoryAndAssembly": references.STOCKED,
    "NonInventory": ("ItemNonInventory",),
    "OtherCharge": ("ItemOtherCharge",),
    "Payment": ("ItemPayment",),
    "SalesTax": ("ItemSalesTax", "ItemSalesTaxGroup"),
    "Service": ("ItemService",),
}
_INCOME, _EXPENSE = ("Income", "OtherIncome"), ("Expense", "OtherExpense")
_ASSETS = ("Bank", "AccountsReceivable", "OtherCurrentAsset", "FixedAsset", "OtherAsset")
_LIABILITIES = ("AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability")
_ACCOUNT_TYPES = {
    "APAndSalesTax": ("AccountsPayable", "OtherCurrentLiability"),
    "APOrCreditCard": ("AccountsPayable", "CreditCard"),
    "ARAndAP": ("AccountsReceivable", "AccountsPayable"),
    "Asset": _ASSETS,
    "BalanceSheet": (*_ASSETS, *_LIABILITIES, "Equity"),
    "BankAndARAndAPAndUF": ("Bank", "AccountsReceivable", "AccountsPayable", "OtherCurrentAsset"),
    "BankAndUF": ("Bank", "OtherCurrentAsset"),
    "CostOfSales": ("CostOfGoodsSold",),
    "CurrentAsset": ("Bank", "AccountsReceivable", "OtherCurrentAsset"),
    "CurrentAssetAndExpense": ("Bank", "AccountsReceivable", "OtherCurrentAsset", *_EXPENSE),
    "CurrentLiability": ("AccountsPayable", "CreditCard", "OtherCurrentLiability"),
    "EquityAndIncomeAndExpense": ("Equity", *_INCOME, *_EXPENSE),
    "ExpenseAndOtherExpense": _EXPENSE,
    "IncomeAndExpense": (*_INCOME, *_EXPENSE),
    "IncomeAndOtherIncome": _INCOME,
    "Liability": _LIABILITIES,
    "LiabilityAndEquity": (*_LIABILITIES, "Equity"),
    "OrdinaryExpense": ("Expense",),
    "OrdinaryIncome": ("Income",),
    "OrdinaryIncomeAndCOGS": ("Income", "CostOfGoodsSold"),
    "OrdinaryIncomeAndExpense": ("Income", "Expense"),
    "OtherIncomeOrExpense": ("OtherIncome", "OtherExpense"),
}


def query(file: CompanyFile, call: Call, session: Session) -> Answer:
    if call.attributes.get("iterator"):
        return queries.iterated(file, call, session, lambda: _select(file, call.data), render)
    if "TxnID" in call.data:
        found = list(_by_ids(file, call.data["TxnID"]))
        held = {txn.txn_id for txn in found}
        missing = [txn_id for txn_id in call.data["TxnID"] if txn_id not in held]
        shown = queries.answer(file, call, found, len(found), render)
        if missing:
            other = Answer.not_found(missing)
            shown.code, shown.message = other.code, other.message
        return shown
    size = int(call.data.get("MaxReturned") or 0)
    selected = _select(file, call.data)
    page = list(islice(selected, size) if size else selected)
    return queries.answer(file, call, page, len(page), render)


def _by_ids(file: CompanyFile, wanted: list[str]) -> Iterator[Txn]:
    found = {txn_id: file.txns.get(txn_id) for txn_id in wanted}
    return (txn for txn in found.values() if txn is not None and txn.kind not in _UNKNOWN)


def _select(file: CompanyFile, data: Data) -> Iterator[Txn]:
    kinds = tuple(kind for kind in KINDS if kind not in _UNKNOWN)
    types = data.get("TransactionTypeFilter", {}).get("TxnTypeFilter") or ["All"]
    if "All" not in types:
        kinds = tuple(kind for kind in kinds if kind in types)
    posting = data.get("TransactionPostingStatusFilter") or "Either"
    if posting != "Either":
        kinds = tuple(kind for kind in kinds if KINDS[kind].posts == (posting == "Posting"))
    tests = [*_numbers(data), *_more(file, data)]
    return (txn for txn in filters.select(file, kinds, data) if all(test(txn) for test in tests))


def _numbers(data: Data) -> list[filters.Test]:
    if data.get("RefNumberCaseSensitive"):
        exact = set(data["RefNumberCaseSensitive"])
        return [lambda txn: txn.ref in exact]
    if data.get("RefNumber"):
        folded = {ref.casefold() for ref in data["RefNumber"]}
        return [lambda txn: txn.ref.casefold() in folded]
    return []


def _more(file: CompanyFile, data: Data) -> list[filters.Test]:
    tests: list[filters.Test] = []
    entity = data.get("TransactionEntityFilter", {}).get("EntityTypeFilter")
    if entity:
        tests.append(lambda txn: file.lists.find((entity,), txn.entity) is not None if txn.entity else False)
    account = data.get("TransactionAccountFilter")
    if account:
        test_account = _account_test(file, account)
        tests.append(lambda txn: any(test_account(each) for each in filters.accounts_of(txn)))
    item = data.get("TransactionItemFilter")
    if item:
        test_item = _item_test(file, item)
        tests.append(lambda txn: any(test_item(each) for each in filters.items_of(txn)))
    if data.get("TransactionClassFilter"):
        classes = filters.ids(file, ("Class",), data["TransactionClassFilter"])
        tests.append(lambda txn: bool(classes & _classes(txn)))
    paid = data.get("TransactionPaidStatusFilter") or "Either"
    if paid != "Either":
        tests.append(lambda txn: filters.is_paid(file, txn) == (paid == "Closed"))
    return tests


def _account_test(file: CompanyFile, wanted: Data) -> Callable[[str], bool]:
    kind = wanted.get("AccountTypeFilter")
    if kind:
        types = _ACCOUNT_TYPES.get(kind, (kind,))
        return lambda account: references.account_type(file, account) in types
    ids = filters.ids(file, ("Account",), wanted)
    return lambda account: account in ids


def _item_test(file: CompanyFile, wanted: Data) -> Callable[[str], bool]:
    kind = wanted.get("ItemTypeFilter")
    if kind:
        every = tuple(each for each in references.ITEMS if each != "ItemFixedAsset")
        kinds = _ITEM_TYPES.get(kind, every)
        return lambda item: (found := references.found(file, "ItemRef", item)) is not None and found.kind in kinds
    ids = filters.ids(file, references.ITEMS, wanted)
    return lambda item: item in ids


def _classes(txn: Txn) -> set[str]:
    return {txn.data.get("ClassRef", "")} | {line.data.get("ClassRef", "") for line in txn.all_lines()}


# What is shown


def render(file: CompanyFile, call: Call, txn: Txn) -> str:
    """The summary is what the transaction did to its main account; the others are its rows."""
    level = call.data.get("TransactionDetailLevelFilter") or "All"
    main, *rows = txn.postings or [Posting("", txn.total, txn.entity)]
    found = [] if level == "AllExceptSummary" else [(main, "")]
    if level != "SummaryOnly":
        found += [(each, each.line_id) for each in rows if each.line_id]
    only = frozenset(call.data.get("IncludeRetElement") or ())
    return "".join(
        writer.ret("TransactionRet", RETS["Transaction"], _shown(file, txn, each, line_id), call.version, only)
        for each, line_id in found
    )


def _shown(file: CompanyFile, txn: Txn, posting: Posting, line_id: str) -> dict[str, Any]:
    line = txn.line(line_id) if line_id else None
    entity = posting.entity or (txn.entity if line is None else "")
    named = file.lists.find(NAMES, entity) if entity else None
    shown: dict[str, Any] = {
        "TxnType": txn.kind,
        "TxnID": txn.txn_id,
        "TxnLineID": line_id,
        "TimeCreated": file.time.stamp(txn.created),
        "TimeModified": file.time.stamp(txn.modified),
        "TxnDate": txn.date,
        "RefNumber": txn.ref,
        "Amount": money.amount(posting.cents),
        "Memo": (line.data.get("Memo") or line.data.get("Desc") or "")
        if line is not None
        else txn.data.get("Memo", ""),
    }
    if named is not None:
        shown["EntityRef"] = {"ListID": named.list_id, "FullName": named.full_name}
    if posting.account:
        shown["AccountRef"] = references.shown(file, "AccountRef", posting.account)
    if file.settings.multi_currency and txn.data.get("CurrencyRef"):
        shown["CurrencyRef"] = references.shown(file, "CurrencyRef", txn.data["CurrencyRef"])
        shown["ExchangeRate"] = txn.data.get("ExchangeRate", "")
        shown["AmountInHomeCurrency"] = header.in_home_currency(file, txn.data, posting.cents)
    return shown
