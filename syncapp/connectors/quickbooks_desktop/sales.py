"""How a sale is spelt in qbXML: an invoice, a sales order, a sales receipt or an estimate, each read and written.

Words    type    what Salesforce calls it ("Sales Order"); a record's id is the type, a colon and the TxnID
Rules    1 Of the company's transactions only those that are linked are read: a TransactionQuery tells which have
           changed, and they are read by TxnID.
         2 Transactions have no unique names. One whose answer was lost is looked for among its customer's of that type,
           and then among all that were changed since it was sent; our key stands on it.
         3 A transaction that is paid, void, closed, or that another one was made from is left alone, and says why.
         4 A number is looked up before it is used, since QuickBooks takes one twice; one that is used gives way to the
           next free one, or a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop.currencies import currency
from syncapp.connectors.quickbooks_desktop.cursor import BEGINNING
from syncapp.connectors.quickbooks_desktop.customers import ADDRESSES, _address
from syncapp.connectors.quickbooks_desktop.documents import amounts, is_void, made_of, status
from syncapp.connectors.quickbooks_desktop.sales_lines import adds, mods, read_lines
from syncapp.connectors.quickbooks_desktop.spelling import (
    Asked,
    Settings,
    Spelling,
    filled,
    modified,
    named,
    origin,
)
from syncapp.mapping.codecs import short_mark
from syncapp.mapping.sale_source import noun_of
from syncapp.mapping.sales import NOT_IN, TYPES
from syncapp.records import Operation, Record, Value

TXN = {each: each.replace(" ", "") for each in TYPES}
TYPE = {txn: each for each, txn in TXN.items()}
WITH_LINKS = ("Invoice", "SalesOrder", "Estimate")
# Entries of QuickBooks's lists, by their full names; the template is said by the settings alone.
REFERENCES = {
    "terms": "TermsRef",
    "class": "ClassRef",
    "sales_rep": "SalesRepRef",
    "ship_method": "ShipMethodRef",
    "tax_item": "ItemSalesTaxRef",
}
TEMPLATE = ("template", "TemplateRef")
PLAIN = {"po_number": "PONumber", "due_date": "DueDate", "ship_date": "ShipDate"}
# A lost transaction is looked for from so long before it was sent: QuickBooks's times are local, and clocks differ.
MARGIN = timedelta(days=2)
NUMBER_LENGTH_MAX = 11
VARIANTS = 10  # so many numbers are looked up for one transaction
# So long before its own date an invoice may have been entered, and not been touched since.
EARLY = timedelta(days=366)
FIELDS = {
    "CustomerRef": "customer",
    "TxnDate": "date",
    "RefNumber": "number",
    "Memo": "memo",
    **{element: name for name, element in {**PLAIN, **REFERENCES}.items()},
}
DEPOSITED = "has been deposited"
# How else QuickBooks calls what a reference is to.
NOUNS = {"SalesTaxItem": "tax_item", "Item": "", "ShippingMethod": "ship_method"}
WORDS = {
    "terms": "term of payment",
    "class": "class",
    "sales_rep": "sales rep",
    "ship_method": "ship method",
    "tax_item": "sales tax item",
    "template": "template",
}
FIELDS_OF = {name: element for element, name in FIELDS.items()}


class Sales(Spelling):
    kind = "sale"
    query = "TransactionQuery"
    mentions = True
    records = tuple((f"{txn}Query", txn) for txn in TYPE)
    requests = tuple(f"{txn}{verb}" for txn in TYPE for verb in ("Mod", "Add"))
    custom_of = "transactions"
    hides = ("Subtotal", "Payment", "SalesTax", "SalesTaxGroup", "Group")
    # One element for each transaction and none for its rows, or what a page holds is not what QuickBooks counts.
    filters: Mapping[str, Any] = {
        "TransactionTypeFilter": {"TxnTypeFilter": list(TYPE)},
        "TransactionDetailLevelFilter": "SummaryOnly",
    }

    # Reading

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        if ret.name not in TYPE:
            return None
        data = ret.data
        fields = _fields(ret.name, data, settings)
        why_unwanted = _why_unwanted(ret.name, data, fields, settings)
        return Record(
            kind=self.kind,
            id=record_id(ret.name, data["TxnID"]),
            version=str(data["EditSequence"]),
            fields=fields,
            modified=modified(str(data["EditSequence"])),
            wanted=not why_unwanted,
            why_unwanted=why_unwanted,
            matches=False,
            origin=origin(data),
        )

    def mentioned(self, ret: Ret) -> tuple[str, str] | None:
        txn = ret.data.get("TxnType") if ret.name == "Transaction" else None
        if txn not in TYPE:
            return None
        return record_id(txn, ret.data["TxnID"]), str(ret.data.get("TimeModified") or "")

    def leads_to_new(self, record: str, settings: Settings) -> bool:
        return bool(settings["from_invoices"]) and _txn(record) == "Invoice"

    def changed_since(self, since: str, settings: Settings) -> Mapping[str, Any]:
        began = settings["started"]
        start = since or (str((datetime.fromisoformat(began) - MARGIN).date()) if began else BEGINNING)
        if settings["from_invoices"] and not since:
            start = min(start, str(date.fromisoformat(settings["invoices_since"]) - EARLY))
        return {**self.filters, "TransactionModifiedDateRangeFilter": {"FromModifiedDate": start}}

    def deletions(self, since: str) -> Asked | None:
        span = {"FromDeletedDate": since}
        return Asked("TxnDeletedQuery", {"TxnDelType": list(TYPE), "DeletedDateRangeFilter": span})

    def deleted(self, ret: Ret) -> Record | None:
        txn = ret.data.get("TxnDelType") if ret.name == "TxnDeleted" else None
        if txn not in TYPE:
            return None
        return Record(kind=self.kind, id=record_id(txn, ret.data["TxnID"]), version="", deleted=True)

    def by_ids(self, ids: Sequence[str]) -> Asked:
        """All of one type."""
        [txn] = {_txn(each) for each in ids}
        return Asked(f"{txn}Query", {"TxnID": [_txn_id(each) for each in ids], **_with_all(txn)})

    def alike(self, ids: Sequence[str]) -> Iterator[list[str]]:
        for txn in dict.fromkeys(_txn(each) for each in ids):
            yield [each for each in ids if _txn(each) == txn]

    def remote_id(self, record_id: str) -> str:
        return _txn_id(record_id)

    def id_asked(self, request: str, remote_id: str) -> str:
        return record_id(request.removesuffix("Query"), remote_id)

    def id_in(self, recovery: Mapping[str, Any], operation: Operation) -> str:
        found = recovery.get("TxnID")
        return record_id(_type_of(operation), str(found)) if found else ""

    def lost(self, operation: Operation, sent: datetime, *, wide: bool) -> Asked | None:
        txn, customer = _type_of(operation), operation.values.get("customer")
        span = {"FromModifiedDate": (sent - MARGIN).strftime("%Y-%m-%dT%H:%M:%S")}
        where = {"ModifiedDateRangeFilter": span} if wide or not customer else {"EntityFilter": {"ListID": [customer]}}
        return Asked(f"{txn}Query", {**where, **_with_all(txn)})

    # Writing

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        values, txn = operation.values, _type_of(operation)
        data: dict[str, Any] = {
            "CustomerRef": {"ListID": values.get("customer")},
            "TxnDate": values.get("date"),
            "RefNumber": number or None,
            "Memo": values.get("memo") or _memo(settings, operation.counterpart_id),
            "ExternalGUID": "{" + operation.key + "}",
        }
        data |= {element: values.get(name) for name, element in PLAIN.items() if _held(txn, name)}
        for name, element in (*REFERENCES.items(), TEMPLATE):
            chosen = values.get(name) or settings.get(name, "").strip()
            if chosen and _held(txn, name):
                data[element] = {"FullName": chosen}
        for prefix, element in ADDRESSES.items():
            if any(values.get(name) for name in values if name.startswith(f"{prefix}_")):
                data[element] = _address(prefix, values)
        return Asked(f"{txn}Add", {f"{txn}Add": {**filled(data), **adds(txn, values.get("lines"), settings)}})

    def numbers(self, operation: Operation, settings: Settings) -> list[str]:
        if settings["numbers"] == "quickbooks":
            return []
        found = numbers_for(operation, settings)
        return found if settings["duplicate_numbers"] == "next" else found[:1]

    def holders_of(self, operation: Operation, numbers: Sequence[str]) -> Asked:
        return Asked(f"{_type_of(operation)}Query", {"RefNumber": list(numbers), "IncludeRetElement": ["RefNumber"]})

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        values, current, txn = operation.values, operation.current, _txn(operation.record_id)
        data: dict[str, Any] = {"TxnID": _txn_id(operation.record_id), "EditSequence": operation.expected_version}
        if values.get("customer"):
            data["CustomerRef"] = {"ListID": values["customer"]}
        # Said each time, so that a closed month is found out before anything is sent.
        data["TxnDate"] = values.get("date") or current.get("date")
        data |= {FIELDS_OF[name]: values[name] for name in (*PLAIN, "memo") if name in values and _held(txn, name)}
        for name, element in REFERENCES.items():
            if name in values and _held(txn, name):
                data[element] = {"FullName": values[name]} if values[name] else None
        if "lines" in values:
            data |= mods(txn, values["lines"], current, settings)
        return Asked(f"{txn}Mod", {f"{txn}Mod": data})

    def holder(self, record_id: str) -> dict[str, Any]:
        return {"TxnDataExtType": _txn(record_id), "TxnID": _txn_id(record_id)}

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        elements = named(path)
        found = [FIELDS[each] for each in elements if each in FIELDS]
        if any("Line" in each for each in elements):
            found.append("lines")
        return tuple(name for name in found if name in values)

    def remedy(self, message: str, operation: Operation) -> str:
        if DEPOSITED in message:
            return "Take it off its deposit in QuickBooks, and have it tried again; or undo the change in Salesforce."
        if "QuickBooks Item " in message:
            return "Have that item active in QuickBooks, or take its product off, and have it tried again."
        name = _named_in(message)
        if not name:
            return ""
        if operation.values.get(name):
            return f"Choose a {WORDS[name]} on it that QuickBooks has, in its full name."
        return f"The {name} of new transactions stands in the pair's sales settings: name one that exists."

    def fields_named(self, message: str, operation: Operation) -> tuple[str, ...]:
        """A change of what QuickBooks does not have is refused by itself; a new transaction is refused as a whole."""
        if DEPOSITED in message:
            return ("lines",) if "lines" in operation.values else ()
        name = _named_in(message)
        return (name,) if name in operation.values and operation.record_id else ()


def _named_in(message: str) -> str:
    """The neutral field that holds the reference which QuickBooks does not know."""
    found = re.search(r"invalid reference to QuickBooks (.+?) \"", message)
    said = found.group(1).replace(" ", "") if found else ""
    elements = {element.removesuffix("Ref"): name for name, element in (*REFERENCES.items(), TEMPLATE)}
    return elements.get(said) or NOUNS.get(said, "")


def _held(txn: str, name: str) -> bool:
    return name not in NOT_IN.get(TYPE[txn], ())


# Ids -----------------------------------------------------------------------------------


def record_id(txn: str, txn_id: str) -> str:
    return f"{TYPE[txn]}:{txn_id}"


def _txn(record: str) -> str:
    return TXN[record.rpartition(":")[0]]


def _txn_id(record: str) -> str:
    return record.rpartition(":")[2]


def _type_of(operation: Operation) -> str:
    if operation.record_id:
        return _txn(operation.record_id)
    return TXN[str(operation.values.get("type") or TYPES[0])]


def _with_all(txn: str) -> dict[str, Any]:
    return {"IncludeLineItems": True, **({"IncludeLinkedTxns": True} if txn in WITH_LINKS else {})}


def numbers_for(operation: Operation, settings: Settings) -> list[str]:
    """The number that a new transaction is to have, and those that it takes where that one is used.

    A used number is followed by "-1", "-2" and so on; where there is no room for that, or the number is one of our own
    making, by others that are made by the same rule.
    """
    given = str(operation.values.get("number") or "") if settings["numbers"] == "salesforce" else ""
    made = [_made(operation.counterpart_id, turn, settings["prefix"]) for turn in range(VARIANTS)]
    if not given:
        return made
    variants = [f"{given}-{turn}" for turn in range(1, VARIANTS)]
    return [given, *(variants if len(variants[0]) <= NUMBER_LENGTH_MAX else made)]


def _made(seed: str, turn: int, prefix: str) -> str:
    seed = f"{seed}{turn or ''}"
    return f"{prefix}{short_mark(seed)}{short_mark(seed[::-1])[:2]}"


def _why_unwanted(txn: str, data: Mapping[str, Any], fields: Mapping[str, Value], settings: Settings) -> str:
    """Why it leads to no new opportunity; empty if it does, unless it is tied to one."""
    if not settings["from_invoices"] or txn != "Invoice":
        return "No opportunity is tied to it."
    if str(data.get("TxnDate") or "") < settings["invoices_since"]:
        return f"It is older than {settings['invoices_since']}, from when on the settings make opportunities."
    if is_void(data, fields["total"]):
        return "It was voided before it led to an opportunity."
    if data.get("IsPending"):
        return "It is pending in QuickBooks."
    if origin(data):
        return "A program made it, as its mark tells: ours did so for an opportunity."
    return ""


# Fields --------------------------------------------------------------------------------


def _fields(txn: str, data: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
    total, applied, balance = amounts(txn, data)
    rows, layout = read_lines(txn, data, settings)
    return {
        "name": f"{TYPE[txn]} {data.get('RefNumber') or ''}".strip(),
        "type": TYPE[txn],
        "shown_type": TYPE[txn],
        "customer": (data.get("CustomerRef") or {}).get("ListID"),
        "date": data.get("TxnDate"),
        "number": data.get("RefNumber"),
        **{name: data.get(element) for name, element in {**PLAIN, "memo": "Memo"}.items()},
        **{name: (data.get(element) or {}).get("FullName") for name, element in REFERENCES.items()},
        "lines": rows or None,
        "layout": layout,
        "quickbooks_id": record_id(txn, data["TxnID"]),
        "status": status(txn, data, total, applied, balance),
        "total": total,
        "balance": balance,
        "subtotal": data.get("Subtotal"),
        "frozen": frozen(txn, data, total, applied),
        "modified": str(data.get("TimeModified") or ""),
        "bare_amount": None if rows else data.get("Subtotal"),
        "currency": currency(data),
        "txn": data["TxnID"],
        "came_from": "\n".join(made_of(data)) or None,
    }


def frozen(txn: str, data: Mapping[str, Any], total: Value, applied: Value) -> str | None:
    """Why it must be left alone; None where it may be changed."""
    if is_void(data, total):
        return "It was voided in QuickBooks."
    if txn == "Invoice" and isinstance(applied, Decimal) and applied:
        return (
            "It is paid in QuickBooks." if data.get("IsPaid") else "A payment or credit is applied to it in QuickBooks."
        )
    if txn == "SalesOrder" and data.get("IsFullyInvoiced"):
        return "It is invoiced in QuickBooks."
    if txn == "SalesOrder" and data.get("IsManuallyClosed"):
        return "It is closed in QuickBooks."
    if txn == "SalesOrder" and data.get("LinkedTxn"):
        return "Some of it is invoiced in QuickBooks."
    if txn == "Estimate" and data.get("IsActive") is False:
        return "It is inactive in QuickBooks."
    if txn == "Estimate" and data.get("LinkedTxn"):
        return "An order or an invoice was made from it in QuickBooks."
    return None


def _memo(settings: Mapping[str, Any], sale_id: str) -> str:
    """What tells people of QuickBooks which record of Salesforce it is."""
    return str(settings["memo"]).replace("{id}", sale_id).replace("{source}", noun_of(settings["source"]))
