"""Payments and credits on documents: who may pay what, and how much is left.

Rule     a payment, a credit memo or a vendor credit pays documents of the same customer (or of its jobs) or vendor
         and of the same account; never more than is open, never more than it has left. People may also apply what a
         journal entry credits the customer with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import money
from .job import Job, bad_value
from .kinds import KINDS
from .store import Application, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

PAYABLE = {"ARAccountRef": ("Invoice", "Charge"), "APAccountRef": ("Bill", "ItemReceipt")}
CREDITS = {
    "ARAccountRef": ("CreditMemo", "ReceivePayment"),
    "APAccountRef": ("VendorCredit", "BillPaymentCheck", "BillPaymentCreditCard"),
}


def family_of(file: CompanyFile, entity: str) -> list[str]:
    """A customer and its jobs; a vendor alone."""
    record = file.lists.find(("Customer",), entity)
    if record is None:
        return [entity]
    return [entity, *(each.list_id for each in file.lists.shelf("Customer").below(record))]


def is_related(file: CompanyFile, one: str, other: str) -> bool:
    return one == other or other in family_of(file, one) or one in family_of(file, other)


def open_document(job: Job, txn_id: str, account: str) -> Txn:
    """The document to pay. One that is unknown, someone else's or paid already cannot be found (3120)."""
    txn = job.file.txns.get(txn_id, *PAYABLE[account])
    if (
        txn is None
        or txn.voided
        or txn.data.get("IsPending") == "true"
        or not is_related(job.file, job.draft.entity, txn.entity)
        or txn.data.get(account) != job.draft.data.get(account)
    ):
        raise errors.not_found(txn_id)
    return txn


def open_credit(job: Job, txn_id: str, account: str) -> Txn:
    kinds = (*CREDITS[account], "JournalEntry") if job.by_hand else CREDITS[account]
    txn = job.file.txns.get(txn_id, *kinds)
    if txn is not None and txn.kind == "JournalEntry" and not txn.voided and _credited(job, txn, account):
        return txn
    if txn is None or txn.voided or not is_related(job.file, job.draft.entity, txn.entity):
        raise errors.not_found(txn_id)
    return txn


def _credited(job: Job, entry: Txn, account: str) -> bool:
    """Whether the whole entry is a credit of the customer: the only kind that is known here."""
    rows = [line for line in entry.lines if line.name == "JournalCreditLine" and line.amount]
    return all(
        line.data.get("AccountRef") == job.draft.data.get(account)
        and is_related(job.file, job.draft.entity, line.data.get("EntityRef", ""))
        for line in rows
    )


def in_use(txn: Txn) -> errors.Fault:
    return errors.Fault(
        3176,
        f'A related object "{txn.txn_id}" is already in use.  QuickBooks error message: '
        "The transaction could not be locked. It is in use by another user.",
    )


def check_total(job: Job) -> None:
    """A document that was paid cannot become smaller than what was paid."""
    if job.old is None:
        return
    txns = job.file.txns
    used = txns.paid(job.old.txn_id) + txns.used(job.old.txn_id)
    if job.draft.total < used:
        raise bad_value(
            "Amount", money.amount(job.draft.total), "The amount cannot be less than what has been applied to it."
        )


class Remaining:
    """What is left of each transaction while applications are planned."""

    def __init__(self, file: CompanyFile, but: Iterable[Application] = ()) -> None:
        self.file = file
        self.left: dict[str, int] = {}
        for each in but:
            self.left[each.target] = self.of(each.target) + each.total
            self.left[each.payer] = self.of(each.payer) + each.cents

    def of(self, txn_id: str) -> int:
        if txn_id not in self.left:
            txn = self.file.txns.get(txn_id)
            self.left[txn_id] = self.file.txns.remaining(txn) if txn is not None else 0
        return self.left[txn_id]

    def take(self, txn_id: str, cents: int) -> None:
        self.left[txn_id] = self.of(txn_id) - cents


def planned_credits(
    job: Job, target: str, sent: Iterable[Mapping[str, Any]], account: str, remaining: Remaining
) -> list[Application]:
    """SetCredit: credits that existed before, put on a document."""
    found = []
    for each in sent:
        credit = open_credit(job, each["CreditTxnID"], account)
        cents = money.cents(each["AppliedAmount"])
        if cents <= 0 or cents > remaining.of(credit.txn_id):
            raise bad_value("SetCredit AppliedAmount", each["AppliedAmount"], "You cannot apply more than the credit.")
        remaining.take(credit.txn_id, cents)
        found.append(Application(credit.txn_id, target, cents))
        job.settles(credit.txn_id)
    return found


def set_on_document(job: Job) -> None:
    """SetCredit on an invoice: the credits are applied as soon as it stands."""
    remaining = Remaining(job.file)
    found = planned_credits(job, "", job.sent["SetCredit"], "ARAccountRef", remaining)
    already = job.file.txns.paid(job.old.txn_id) if job.old is not None else 0
    if sum(each.cents for each in found) > job.draft.total - already:
        raise bad_value("SetCredit AppliedAmount", job.sent["SetCredit"][0]["AppliedAmount"], TOO_MUCH)

    def apply(txn: Txn) -> None:
        for each in found:
            each.target, each.by = txn.txn_id, txn.txn_id
            job.file.txns.apply(each)

    job.later.append(apply)


TOO_MUCH = "You cannot pay more than the amount due."


def check_payment(field: str, cents: int, text: str, target: str, remaining: Remaining) -> None:
    if cents > remaining.of(target):
        raise bad_value(field, text, TOO_MUCH)


def split(file: CompanyFile, txn: Txn, account: str) -> list[Posting]:
    """What a payment or credit posts: to each customer whose document it pays, and the rest to its own."""
    sign = -1 if account == txn.data.get("ARAccountRef") else 1
    shares: dict[str, int] = {txn.entity: txn.total}
    for each in file.txns.pays.get(txn.txn_id, ()):
        target = file.txns.get(each.target)
        if target is not None and KINDS[target.kind].side:
            shares[txn.entity] -= each.cents
            shares[target.entity] = shares.get(target.entity, 0) + each.total
    return [Posting(account, sign * cents, entity) for entity, cents in shares.items()]
