"""The requests about transactions, and who answers each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors, writer
from project.sandbox.desktop.answers import NOTHING_FOUND, Answer
from project.sandbox.desktop.reader import Call
from project.sandbox.desktop.rules import REQUESTS, RETS
from project.sandbox.desktop.values import is_list_id

from . import (
    activities,
    banking,
    changes,
    charges,
    header,
    journal,
    macros,
    money,
    payments,
    purchases,
    queries,
    references,
    sales,
    stock,
    tax_owed,
    transaction_query,
    views,
)
from . import credits as crediting
from .job import Job
from .kinds import KINDS
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile
    from project.sandbox.desktop.session import Session

Handler = Callable[["CompanyFile", Call, "Session"], Answer]
# Each registers its families.
_FAMILIES = (activities, banking, charges, journal, payments, purchases, sales, stock)


def add(file: CompanyFile, call: Call, session: Session) -> Answer:
    sent = macros.filled(call.data[call.name], session.macros)
    job = changes.add(file, call.name.removesuffix("Add"), sent)
    macros.note(session.macros, sent, job.draft)
    return _written(file, call, job)


def mod(file: CompanyFile, call: Call, session: Session) -> Answer:
    sent = macros.filled(call.data[call.name], session.macros)
    kind = call.name.removesuffix("Mod")
    header.check_kind(file, KINDS[kind])
    file.disturb_txn(changes.existing(file, kind, sent["TxnID"]))
    return _written(file, call, changes.modify(file, kind, sent))


def _written(file: CompanyFile, call: Call, job: Job) -> Answer:
    code, message = job.warning or (0, "")
    shown = Answer(body=shown_whole(file, call, job.draft), recovery=recovery(job.draft))
    if code:
        shown.code, shown.message = code, message
    return shown


def shown_whole(file: CompanyFile, call: Call, txn: Txn) -> str:
    return queries.ret(call, txn, views.view(file, txn))


def now(file: CompanyFile, call: Call, kind: str, txn_id: str) -> str:
    """The transaction as it is, for a Mod that came too late."""
    txn = file.txns.get(txn_id, kind)
    return shown_whole(file, call, txn) if txn is not None else ""


def recovery(txn: Txn) -> dict[str, str]:
    found = {"TxnID": txn.txn_id, "TxnNumber": str(txn.number), "EditSequence": str(txn.edit_sequence)}
    if "ExternalGUID" in txn.data:
        found["ExternalGUID"] = txn.data["ExternalGUID"]
    return found


def _target(file: CompanyFile, call: Call, session: Session, word: str) -> Txn:
    sent = macros.filled(call.data, session.macros)
    txn = changes.existing(file, sent[word], sent["TxnID"])
    file.disturb_txn(txn, stale=False)
    return txn


def delete(file: CompanyFile, call: Call, session: Session) -> Answer:
    txn = _target(file, call, session, "TxnDelType")
    changes.delete(file, txn)
    shown = {
        "TxnDelType": txn.kind,
        "TxnID": txn.txn_id,
        "TimeDeleted": file.time.stamp(file.clock.unix()),
        "RefNumber": txn.ref,
    }
    return Answer(body=writer.inner(RETS["TxnDel"], shown, call.version), recovery={"TxnID": txn.txn_id})


def void(file: CompanyFile, call: Call, session: Session) -> Answer:
    txn = _target(file, call, session, "TxnVoidType")
    changes.void(file, txn)
    shown = {
        "TxnVoidType": txn.kind,
        "TxnID": txn.txn_id,
        "TimeCreated": file.time.stamp(txn.created),
        "TimeModified": file.time.stamp(txn.modified),
        "RefNumber": txn.ref,
    }
    return Answer(body=writer.inner(RETS["TxnVoid"], shown, call.version), recovery=recovery(txn))


def cleared_status(file: CompanyFile, call: Call, session: Session) -> Answer:
    """A line of a statement was found, or not; the transaction itself stays as it is."""
    sent = macros.filled(call.data[call.name], session.macros)
    if not is_list_id(sent["TxnID"]):
        raise errors.bad_id(sent["TxnID"], "Transaction id")
    txn = file.txns.get(sent["TxnID"])
    line_id = sent.get("TxnLineID") or ""
    if txn is None or (line_id and txn.line(line_id) is None):
        raise errors.not_found(line_id if txn is not None else sent["TxnID"])
    if txn.locked:
        raise changes.locked(txn)
    txn.cleared[line_id] = sent["ClearedStatus"]
    return Answer(recovery={"TxnID": txn.txn_id})


def to_deposit(file: CompanyFile, call: Call, session: Session) -> Answer:
    rows = []
    for txn, data in banking.waiting(file):
        shown: dict[str, Any] = {
            "TxnID": txn.txn_id,
            "TxnLineID": "",
            "TxnType": txn.kind,
            "TxnDate": txn.date,
            "RefNumber": txn.ref or data.get("CheckNumber", ""),
            "Amount": money.amount(txn.total),
        }
        if txn.entity:
            shown["CustomerRef"] = references.shown(file, "CustomerRef", txn.entity)
        rows.append(shown)
    return _listed(call, "ReceivePaymentToDeposit", rows)


def bills_to_pay(file: CompanyFile, call: Call, session: Session) -> Answer:
    """What is owed to a vendor, and the credits that it gave."""
    sent = call.data
    vendor = references.resolve(file, "PayeeEntityRef", sent["PayeeEntityRef"], call.name, ("Vendor",))
    if vendor is None:
        raise errors.missing("PayeeEntityRef")
    account = references.resolve(file, "APAccountRef", sent.get("APAccountRef") or {}, call.name)
    rows = []
    indexes = (file.txns.open, file.txns.credits)
    open_ones = [file.txns.by_id[txn_id] for index in indexes for txn_id in index.get(vendor.list_id, ())]
    for txn in sorted(open_ones, key=lambda each: (each.date, each.number)):
        if account is not None and txn.data.get("APAccountRef") != account.list_id:
            continue
        shown: dict[str, Any] = {
            "TxnID": txn.txn_id,
            "TxnType": txn.kind,
            "APAccountRef": references.shown(file, "APAccountRef", txn.data.get("APAccountRef", "")),
            "TxnDate": txn.date,
            "RefNumber": txn.ref,
        }
        remaining = money.amount(file.txns.remaining(txn))
        if txn.kind in crediting.PAYABLE["APAccountRef"]:
            due = txn.data.get("DueDate", "")
            if not sent.get("DueDate") or due <= sent["DueDate"]:
                rows.append({"BillToPay": {**shown, "DueDate": due, "AmountDue": remaining}})
        elif txn.kind in crediting.CREDITS["APAccountRef"]:
            rows.append({"CreditToApply": {**shown, "CreditRemaining": remaining}})
    return _listed(call, "BillToPay", rows)


def tax_owed_by_agency(file: CompanyFile, call: Call, session: Session) -> Answer:
    return _listed(call, "SalesTaxPayable", tax_owed.rows(file, call))


def _listed(call: Call, name: str, rows: list[dict[str, Any]]) -> Answer:
    shown = Answer() if rows else Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        shown.attributes.append(("retCount", str(len(rows))))
    if metadata != "MetaDataOnly":
        only = frozenset(call.data.get("IncludeRetElement") or ())
        shown.body = "".join(writer.ret(f"{name}Ret", RETS[name], each, call.version, only) for each in rows)
    return shown


def handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {
        "TxnDel": delete,
        "TxnVoid": void,
        "ClearedStatusMod": cleared_status,
        "TransactionQuery": transaction_query.query,
        "ReceivePaymentToDepositQuery": to_deposit,
        "BillToPayQuery": bills_to_pay,
        "SalesTaxPayableQuery": tax_owed_by_agency,
    }
    for kind in KINDS:
        for act, handler in (("Add", add), ("Mod", mod), ("Query", queries.txn_query)):
            if f"{kind}{act}" in REQUESTS:
                found[f"{kind}{act}"] = handler
    return found
