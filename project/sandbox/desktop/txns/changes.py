"""Adding, changing, voiding and deleting transactions.

Rule     a change is worked out on a draft, which may refuse it; then it is put in place in one go: out of the
         indexes, the new state in, applications and links, and the balances of all that it touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors
from project.sandbox.desktop.values import is_list_id

from . import header, ledger, money, orders
from .families import FAMILIES
from .job import Job, not_saved
from .kinds import KINDS
from .store import Application, Line, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

Data = Mapping[str, Any]
VOID = "VOID: "
MEMO_LENGTH_MAX = 4095


def add(file: CompanyFile, kind_name: str, data: Data, by_hand: bool = False) -> Job:
    """A new transaction. Raises a Fault, having changed nothing, if a rule is broken."""
    kind = KINDS[kind_name]
    job = Job(file, kind, Txn(kind_name), data, by_hand=by_hand)
    FAMILIES[kind.family].prepare(job)
    now = file.clock.unix()
    draft, txns = job.draft, file.txns
    draft.txn_id = txns.next_id(now)
    txns.skip_id()
    txns.number += 1
    draft.number = txns.number
    draft.created = draft.modified = draft.edit_sequence = now
    _give_ids(file, draft, now)
    txns.put(draft)
    if kind.numbers and draft.ref:
        txns.last_ref[kind.numbers] = draft.ref
    _finish(job, draft, now)
    return job


def modify(file: CompanyFile, kind_name: str, data: Data) -> Job:
    """What an application asks for with a Mod: guarded by EditSequence and by people who have the form open."""
    header.check_kind(file, KINDS[kind_name])
    txn = existing(file, kind_name, data["TxnID"])
    if txn.locked:
        raise locked(txn)
    if data["EditSequence"] != str(txn.edit_sequence):
        raise errors.stale(data["EditSequence"])
    return change(file, txn, data)


def change(file: CompanyFile, txn: Txn, data: Data, by_hand: bool = False) -> Job:
    kind = KINDS[txn.kind]
    job = Job(file, kind, txn.draft(), data, old=txn, by_hand=by_hand)
    FAMILIES[kind.family].prepare(job)
    job.draft.voided = txn.voided and not job.draft.total  # new amounts bring it back to life
    applied = file.txns.paid_by.get(txn.txn_id) or file.txns.pays.get(txn.txn_id)
    if applied and job.draft.entity != txn.entity:
        raise not_saved(kind, "The name cannot be changed while the transaction is linked to payments or credits.")
    now = file.clock.unix()
    _give_ids(file, job.draft, now)
    ledger.undo(file, txn)
    file.txns.pull(txn)
    txn.take(job.draft)
    txn.postings, txn.stock = [], {}
    file.txns.put(txn)
    txn.touch(now)
    if kind.numbers and txn.ref and "RefNumber" in data:
        file.txns.last_ref[kind.numbers] = txn.ref
    _finish(job, txn, now)
    return job


def existing(file: CompanyFile, kind: str, txn_id: str) -> Txn:
    if not is_list_id(txn_id):
        raise errors.bad_id(txn_id, "Transaction id")
    txn = file.txns.get(txn_id, kind)
    if txn is None:
        raise errors.not_found(txn_id)
    return txn


def locked(txn: Txn) -> errors.Fault:
    return errors.Fault(
        3175,
        f'There was an error when modifying the object "{txn.txn_id}" because it is already in use.  '
        "QuickBooks error message: The transaction could not be locked. It is in use by another user.",
    )


def _give_ids(file: CompanyFile, txn: Txn, now: int) -> None:
    for line in txn.all_lines():
        if not line.line_id:
            line.line_id = file.txns.next_id(now)


def _finish(job: Job, txn: Txn, now: int) -> None:
    for act in job.later:
        act(txn)
    job.draft = txn
    ledger.settle(job.file, txn)
    _settle_others(job.file, job.touched, txn, now)
    # A payer's postings name the customers whose documents it pays.
    for each in list(job.file.txns.paid_by.get(txn.txn_id, ())):
        payer = job.file.txns.get(each.payer)
        if payer is not None and each.payer not in job.touched:
            ledger.settle(job.file, payer)


def _settle_others(file: CompanyFile, touched: Mapping[str, bool], but: Txn, now: int) -> None:
    for txn_id, modified in touched.items():
        other = file.txns.get(txn_id)
        if other is None or other is but:
            continue
        ledger.settle(file, other)
        if modified and file.quirks.payments_touch_documents:
            file.txns.touch(other, now)


# Voiding and deleting


def delete(file: CompanyFile, txn: Txn) -> None:
    """The record goes; what it paid is open again, what paid it is unused again."""
    kind = KINDS[txn.kind]
    _check_free(file, txn, 3161)
    if not kind.may_delete or txn.txn_id in file.txns.deposited:
        raise errors.Fault(
            3160,
            f'Cannot delete the object specified by the id = "{txn.txn_id}".  QuickBooks error message: '
            "This transaction has been deposited.",
        )
    now = file.clock.unix()
    touched = _unlink(file, txn)
    ledger.undo(file, txn)
    file.txns.pull(txn)
    for line in txn.all_lines():
        file.txns.drawn.pop((txn.txn_id, line.line_id), None)
    _settle_others(file, touched, txn, now)
    file.deleted.note_txn(txn.kind, txn.txn_id, txn.created, now, txn.ref)


def void(file: CompanyFile, txn: Txn) -> None:
    """The record stays, with amounts of zero and a memo that says so."""
    kind = KINDS[txn.kind]
    _check_free(file, txn, 3171)
    if not kind.may_void or txn.txn_id in file.txns.deposited:
        raise errors.Fault(3185, f'There was an error when voiding the transaction "{txn.txn_id}".')
    now = file.clock.unix()
    touched = _unlink(file, txn)
    ledger.undo(file, txn)
    file.txns.pull(txn)
    if not txn.voided:
        txn.data["Memo"] = (VOID + txn.data.get("Memo", "")).strip()[:MEMO_LENGTH_MAX]
    txn.voided = True
    txn.total = txn.subtotal = txn.tax = 0
    for line in txn.all_lines():
        _empty(line)
    for field in ("Amount", "TotalAmount", "CashBackInfoRet"):
        if field in txn.data:
            txn.data[field] = money.amount(0) if isinstance(txn.data[field], str) else {}
    file.txns.put(txn)
    txn.touch(now)
    ledger.settle(file, txn)
    _settle_others(file, touched, txn, now)


def _empty(line: Line) -> None:
    line.amount = 0
    line.order = None
    line.data.pop("PaymentTxnID", None)
    for field in ("Amount", "TotalAmount"):
        if field in line.data:
            line.data[field] = money.amount(0)
    for field in ("Quantity", "QuantityDifference", "QuantityTransferred"):
        if field in line.data:
            line.data[field] = "0"
    if "ValueDifference" in line.data:
        line.data["ValueDifference"] = money.amount(0)


def _check_free(file: CompanyFile, txn: Txn, code: int) -> None:
    header.check_kind(file, KINDS[txn.kind])
    if txn.locked:
        raise locked(txn)
    closing = file.settings.closing_date
    if closing and KINDS[txn.kind].posts and txn.date <= closing:
        raise header.closed(code, txn.txn_id)


def _unlink(file: CompanyFile, txn: Txn) -> dict[str, bool]:
    """Take all applications of the transaction away, and name what they touched."""
    txns = file.txns
    touched: dict[str, bool] = {}
    linked: list[Application] = [*txns.paid_by.get(txn.txn_id, ()), *txns.pays.get(txn.txn_id, ())]
    for each in linked:
        txns.unapply(each)
        touched[each.payer] = touched[each.target] = True
    touched.pop(txn.txn_id, None)
    for txn_id in [*orders.sources(txn), *orders.made_from(file, txn)]:
        touched[txn_id] = True
    for line in txn.all_lines():
        payment = line.data.get("PaymentTxnID")
        if payment:
            touched[payment] = True
    if orders.is_order(txn):
        _cut_off(file, txn)
    return touched


def _cut_off(file: CompanyFile, order: Txn) -> None:
    """Rows that were made from the order are rows of their own from now on."""
    for line in order.all_lines():
        for txn_id, line_id in list(file.txns.drawn.pop((order.txn_id, line.line_id), ())):
            made = file.txns.get(txn_id)
            row = made.line(line_id) if made is not None else None
            if row is not None:
                row.order = None
