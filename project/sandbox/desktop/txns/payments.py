"""Payments of customers and of bills, and refunds of credits.

Rule     the sum of what is applied is at most the payment; a customer's payment may leave a rest, a bill's is exactly
         what it pays. With IsAutoApply, QuickBooks looks for one open document of just that amount, then pays the
         oldest ones first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import credits, header, money, references
from .families import Stock, family
from .job import Job, bad_value, not_saved
from .kinds import KINDS
from .store import Application, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_TYPES = {
    "DepositToAccountRef": ("Bank", "OtherCurrentAsset", "OtherAsset", "CreditCard", "OtherCurrentLiability"),
    "BankAccountRef": ("Bank",),
    "CreditCardAccountRef": ("CreditCard",),
    "RefundFromAccountRef": ("Bank", "CreditCard", "OtherCurrentAsset"),
}
_MONEY = {
    "ReceivePayment": "DepositToAccountRef",
    "BillPaymentCheck": "BankAccountRef",
    "BillPaymentCreditCard": "CreditCardAccountRef",
    "ARRefundCreditCard": "RefundFromAccountRef",
}


def _check_money_account(job: Job) -> None:
    field, data = _MONEY[job.kind.name], job.draft.data
    if field not in data:
        if field == "DepositToAccountRef" or field == "RefundFromAccountRef":
            data[field] = references.special_account(job.file, "UndepositedFunds")
        else:
            raise errors.missing(field)
    elif job.sent.get(field):
        record = references.found(job.file, field, data[field])
        if record is not None:
            references.check_account(job.file, field, record, _TYPES[field])


@family("payment")
class Payments:
    def prepare(self, job: Job) -> None:
        if job.old is not None and job.old.txn_id in job.file.txns.deposited and "TotalAmount" in job.sent:
            raise not_saved(job.kind, "This payment has been deposited and its amount cannot be changed.")
        header.fill(job)
        _check_money_account(job)
        rows = job.sent.get("AppliedToTxnAdd" if job.is_new else "AppliedToTxnMod")
        own = _own(job)
        remaining = credits.Remaining(job.file, own if rows else ())
        found = [each for row in rows or () for each in _applied(job, row, remaining)]
        applied = sum(each.cents for each in found if not each.payer)
        if not rows and job.old is not None:
            applied = sum(each.cents for each in own if each.payer == job.old.txn_id)
        self._total(job, applied)
        if job.is_new and job.sent.get("IsAutoApply") == "true":
            found = _automatic(job, remaining)
        job.later.append(lambda txn: _put(job, txn, own if rows else [], found))
        for each in own if rows else ():
            job.settles(each.target)
            job.settles(each.payer)
        if not rows and job.old is not None:
            for each in own:
                job.settles(each.target, modified=False)

    def _total(self, job: Job, applied: int) -> None:
        draft = job.draft
        if job.kind.name == "ReceivePayment":
            text = draft.data.get("TotalAmount") or money.amount(applied)
            draft.data["TotalAmount"] = text
            draft.total = money.cents(text)
            if draft.total < applied:
                raise bad_value("TotalAmount", text, "The amount is less than what has been applied.")
        else:
            text = job.sent.get("Amount") or ""
            draft.total = applied if job.old is None or "AppliedToTxnMod" in job.sent else job.old.total
            if text and money.cents(text) != draft.total:
                raise bad_value("Amount", text, "The amount must be what is applied to the bills.")
        if draft.total < 0:
            raise not_saved(job.kind, "The amount cannot be negative.")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        account = txn.data[KINDS[txn.kind].account]
        sign = 1 if txn.kind == "ReceivePayment" else -1
        found = [Posting(txn.data[_MONEY[txn.kind]], sign * txn.total, "")]
        for each in file.txns.pays.get(txn.txn_id, ()):
            if each.discount:
                found.append(Posting(each.discount_account, sign * each.discount))
        return [*found, *credits.split(file, txn, account)]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        home = header.in_home_currency(file, txn.data, txn.total)
        if txn.kind == "ReceivePayment":
            shown["TotalAmount"] = money.amount(txn.total)
            shown["TotalAmountInHomeCurrency"] = home
            shown["UnusedPayment"] = money.amount(file.txns.remaining(txn))
            shown["UnusedCredits"] = money.amount(_other_credits(file, txn))
        else:
            shown["Amount"] = money.amount(txn.total)
            shown["AmountInHomeCurrency"] = home
            shown.setdefault("IsToBePrinted", "false")
        shown["AppliedToTxnRet"] = [_show_applied(file, each) for each in file.txns.pays.get(txn.txn_id, ())]


def _own(job: Job) -> list[Application]:
    """What the payment has applied so far: itself and the credits that were set in it."""
    return list(job.file.txns.set_by.get(job.old.txn_id, ())) if job.old is not None else []


def _applied(job: Job, row: Mapping[str, Any], remaining: credits.Remaining) -> list[Application]:
    """One AppliedToTxn: a payment, credits and a discount on one document."""
    account = job.kind.account
    target = credits.open_document(job, row["TxnID"], account)
    if target.locked:
        raise credits.in_use(target)
    if not remaining.of(target.txn_id):
        raise errors.not_found(target.txn_id)
    name = "AppliedToTxnAdd" if job.is_new else "AppliedToTxnMod"
    payment, discount = money.cents(row.get("PaymentAmount") or ""), money.cents(row.get("DiscountAmount") or "")
    if payment < 0 or discount < 0:
        raise bad_value(f"{name} payment amount", row.get("PaymentAmount", ""), "The amount cannot be negative.")
    if not payment and not discount and not row.get("SetCredit"):
        raise errors.missing("PaymentAmount")
    discount_account = _discount_account(job, row) if discount else ""
    total = payment + discount
    credits.check_payment(f"{name} payment amount", total, row.get("PaymentAmount") or "", target.txn_id, remaining)
    remaining.take(target.txn_id, total)
    found = []
    if total:
        held = references.resolve(job.file, "DiscountClassRef", row.get("DiscountClassRef") or {}, job.kind.name)
        of_class = held.list_id if held is not None else ""
        found.append(Application("", target.txn_id, payment, discount, discount_account, of_class))
    set_credits = credits.planned_credits(job, target.txn_id, row.get("SetCredit") or (), account, remaining)
    for each in set_credits:
        if each.cents > remaining.of(target.txn_id):
            raise bad_value("SetCredit AppliedAmount", money.amount(each.cents), credits.TOO_MUCH)
        remaining.take(target.txn_id, each.cents)
    job.settles(target.txn_id)
    return found + set_credits


def _discount_account(job: Job, row: Mapping[str, Any]) -> str:
    record = references.resolve(job.file, "DiscountAccountRef", row.get("DiscountAccountRef") or {}, job.kind.name)
    if record is None:
        raise errors.missing("DiscountAccountRef")
    return record.list_id


def _automatic(job: Job, remaining: credits.Remaining) -> list[Application]:
    """One open document of just that amount, otherwise the oldest first."""
    txns, left = job.file.txns, job.draft.total
    account = job.kind.account
    open_ones = [
        txn
        for entity in credits.family_of(job.file, job.draft.entity)
        for txn_id in txns.open.get(entity, ())
        if (txn := txns.get(txn_id, *credits.PAYABLE[account])) is not None
        and txn.data.get(account) == job.draft.data[account]
    ]
    open_ones.sort(key=lambda txn: (txn.date, txn.number))
    exact = [txn for txn in open_ones if remaining.of(txn.txn_id) == left]
    found = []
    for txn in exact[:1] or open_ones:
        cents = min(left, remaining.of(txn.txn_id))
        if cents > 0:
            found.append(Application("", txn.txn_id, cents))
            job.settles(txn.txn_id)
            left -= cents
    return found


def _put(job: Job, txn: Txn, gone: list[Application], found: list[Application]) -> None:
    for each in gone:
        job.file.txns.unapply(each)
    for each in found:
        each.payer, each.by = each.payer or txn.txn_id, txn.txn_id
        job.file.txns.apply(each)


def _other_credits(file: CompanyFile, txn: Txn) -> int:
    """What other credits the customer has left."""
    txns = file.txns
    others = (txns.get(txn_id, "CreditMemo") for txn_id in txns.credits.get(txn.entity, ()))
    return sum(txns.remaining(each) for each in others if each is not None)


def _show_applied(file: CompanyFile, each: Application) -> dict[str, Any]:
    target = file.txns.by_id[each.target]
    shown: dict[str, Any] = {
        "TxnID": target.txn_id,
        "TxnType": target.kind,
        "TxnDate": target.date,
        "RefNumber": target.ref,
        "BalanceRemaining": money.amount(file.txns.remaining(target)),
        "Amount": money.amount(each.cents),
    }
    if each.discount:
        shown["DiscountAmount"] = money.amount(each.discount)
        shown["DiscountAccountRef"] = references.shown(file, "DiscountAccountRef", each.discount_account)
    if each.discount_class:
        shown["DiscountClassRef"] = references.shown(file, "DiscountClassRef", each.discount_class)
    shown["LinkedTxn"] = [
        {
            "TxnID": credit.txn_id,
            "TxnType": credit.kind,
            "TxnDate": credit.date,
            "RefNumber": credit.ref,
            "LinkType": "AMTTYPE",
            "Amount": money.amount(-other.cents),
        }
        for other in file.txns.paid_by.get(each.target, ())
        if other.by == each.by and other.payer != each.payer and (credit := file.txns.get(other.payer)) is not None
    ]
    return shown


@family("refund")
class Refunds:
    """A credit paid back to the customer's card: the credits' rest becomes smaller."""

    def prepare(self, job: Job) -> None:
        header.fill(job)
        _check_money_account(job)
        remaining = credits.Remaining(job.file)
        found = []
        for row in job.sent.get("RefundAppliedToTxnAdd") or ():
            credit = credits.open_credit(job, row["TxnID"], "ARAccountRef")
            cents = money.cents(row["RefundAmount"])
            if cents <= 0 or cents > remaining.of(credit.txn_id):
                raise bad_value("RefundAmount", row["RefundAmount"], "You cannot refund more than the credit.")
            remaining.take(credit.txn_id, cents)
            found.append(Application(credit.txn_id, "", cents))
            job.settles(credit.txn_id)
        job.draft.total = sum(each.cents for each in found)

        def put(txn: Txn) -> None:
            for each in found:
                each.target, each.by = txn.txn_id, txn.txn_id
                job.file.txns.apply(each)

        job.later.append(put)

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        account = txn.data["ARAccountRef"]
        return [Posting(account, txn.total, txn.entity), Posting(txn.data["RefundFromAccountRef"], -txn.total)]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        shown["TotalAmount"] = money.amount(txn.total)
        shown["TotalAmountInHomeCurrency"] = header.in_home_currency(file, txn.data, txn.total)
        shown["RefundAppliedToTxnRet"] = [
            {
                "TxnID": credit.txn_id,
                "TxnType": credit.kind,
                "TxnDate": credit.date,
                "RefNumber": credit.ref,
                "CreditRemaining": money.amount(file.txns.remaining(credit)),
                "RefundAmount": money.amount(each.cents),
            }
            for each in file.txns.paid_by.get(txn.txn_id, ())
            if (credit := file.txns.get(each.payer)) is not None
        ]
