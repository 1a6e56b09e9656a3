"""The record types of QuickBooks and what can be done with each, as the catalogue of qbXML has it.

Words    record type  "Customer", "Invoice", "ItemService" …: the name that qbXML's requests begin with
         holder       the element around a change's data: "CustomerAdd" in a CustomerAddRq
         id           ListID of lists, TxnID of transactions; both are opaque text
Rule     nothing is written down here that the catalogue knows

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from qbwc.qbxml import catalogue
from qbwc.qbxml.catalogue import Content, Field

LIST, TRANSACTION, OTHER = "list", "transaction", "other"
SUFFIXES = {"query": "Query", "add": "Add", "modify": "Mod", "delete": "Del"}
# Requests that show a window in QuickBooks, or belong to mechanisms of their own.
LEFT_OUT = {"ListDisplay", "TxnDisplay", "List", "Txn"}
# What a query may be asked for by, best first; the first that a record type has names its records to people.
NAMES = ("FullName", "Name", "RefNumber", "Initial")
# What people call them, where the words of qbXML's name are not enough.
LABELS = {
    "Item": "Item of any type",
    "ItemNonInventory": "Non-inventory item",
    "PayrollItemNonWage": "Payroll item, non-wage",
    "PayrollItemWage": "Payroll item, wage",
    "Entity": "Name of any list",
    "CustomerMsg": "Customer message",
    "WorkersCompCode": "Workers' compensation code",
    "DateDrivenTerms": "Date-driven terms",
    "DataExt": "Value of a custom field",
    "DataExtDef": "Custom field",
    "TxnDeleted": "Deleted transactions",
    "ListDeleted": "Deleted list records",
    "ReceivePayment": "Payment received",
    "ReceivePaymentToDeposit": "Payment to deposit",
    "ARRefundCreditCard": "Refund to a credit card",
    "Form1099CategoryAccountMapping": "Accounts of form 1099",
    "SpecialItem": "Special item",
}
_ITEM = re.compile(r"Item(?!Receipt|Sites|Assemblies)(\w+)")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class RecordType:
    name: str
    sort: str  # LIST, TRANSACTION or OTHER
    requests: Mapping[str, str]  # action -> request: {"add": "CustomerAdd", "delete": "ListDel"}

    @property
    def label(self) -> str:
        """`ItemSalesTaxGroup` is "Sales tax group item" to people."""
        if self.name in LABELS:
            return LABELS[self.name]
        first, *rest = _CAPITALS.split(_ITEM.sub(r"\1Item", self.name))
        return " ".join([first, *(word if word.isupper() else word.lower() for word in rest)])

    @property
    def id_name(self) -> str:
        return {LIST: "ListID", TRANSACTION: "TxnID"}.get(self.sort, "")

    @property
    def queried_by(self) -> tuple[str, ...]:
        """The elements by which its query takes single records: ids first, then names."""
        known = self.content("query").fields if "query" in self.requests else {}
        return tuple(name for name in (self.id_name, *NAMES) if name in known)

    @property
    def iterates(self) -> bool:
        return "query" in self.requests and catalogue.request(self.requests["query"]).iterator

    def holder(self, action: str) -> str:
        """The element that wraps an Add's or a Mod's data; "" where the data stands in the request itself."""
        request = self.requests[action]
        return request if request in catalogue.request(request).fields.fields else ""

    def content(self, action: str) -> Content:
        """What a person fills in: the filters of a query, the record of a change."""
        request = self.requests[action]
        known = catalogue.request(request).fields
        holder = self.holder(action)
        inner = known.fields[holder].content if holder else known
        return inner or Content((), {}, frozenset())

    @property
    def answers(self) -> Mapping[str, Field]:
        """The records that its query brings: one type, or several ("Item" brings ItemService, ItemInventory …)."""
        return catalogue.answer(self.requests["query"]).records if "query" in self.requests else {}


def _sorts() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """The record types that ListDel, TxnDel and TxnVoid take."""
    found = []
    for request, field in (("ListDel", "ListDelType"), ("TxnDel", "TxnDelType"), ("TxnVoid", "TxnVoidType")):
        found.append(catalogue.request(request).fields.fields[field].values)
    return found[0], found[1], found[2]


def _found() -> Iterator[RecordType]:
    lists, transactions, voidable = _sorts()
    actions: dict[str, dict[str, str]] = {}
    for request in catalogue.requests():
        for action, suffix in SUFFIXES.items():
            name = request.removesuffix(suffix)
            if name != request and name not in LEFT_OUT:
                actions.setdefault(name, {})[action] = request
    for name, requests in actions.items():
        if name in lists:
            requests["delete"] = "ListDel"
        elif name in transactions:
            requests["delete"] = "TxnDel"
        if name in voidable:
            requests["void"] = "TxnVoid"
        yield RecordType(name, _sort(name, lists, transactions), requests)


def _sort(name: str, lists: Mapping[str, str], transactions: Mapping[str, str]) -> str:
    """What no deletion names (combined queries, some lists) shows its sort by what it is asked by."""
    if name in lists:
        return LIST
    if name in transactions:
        return TRANSACTION
    request = f"{name}Query"
    known = catalogue.request(request).fields.fields if catalogue.exists(request) else {}
    return LIST if "ListID" in known else TRANSACTION if "TxnID" in known else OTHER


@cache
def record_types() -> Mapping[str, RecordType]:
    """By name, in the catalogue's order."""
    return {found.name: found for found in _found()}


def find(name: str) -> RecordType | None:
    return record_types().get(name)
