"""Deposits, transfers between accounts, and payments of sales tax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import accounts, errors

from . import header, lines, money, references
from .families import Stock, family
from .job import Job, not_saved
from .store import Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

# What waits in Undeposited Funds until it is taken to the bank.
DEPOSITABLE = ("ReceivePayment", "SalesReceipt")


@family("deposit")
class Deposits:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        reading = lines.Reading(job.file, job.kind)
        rows = lines.add(reading, job.sent) if job.is_new else lines.change(reading, job.draft, job.sent) or []
        if job.is_new:
            job.draft.lines = lines.top(rows)
        for row in rows:
            self._row(job, row)
        seen = [line.data["PaymentTxnID"] for line in job.draft.lines if line.data.get("PaymentTxnID")]
        if len(seen) != len(set(seen)):
            raise errors.not_found(seen[-1])
        self._cash_back(job)
        back = money.cents(job.draft.data.get("CashBackInfoRet", {}).get("Amount") or "")
        job.draft.total = sum(line.amount for line in job.draft.lines) - back
        if job.draft.total < 0:
            raise not_saved(job.kind, "The deposit's total cannot be negative.")

    def _row(self, job: Job, row: lines.Row) -> None:
        line, txn_id = row.line, row.line.data.get("PaymentTxnID", "")
        if not txn_id:
            if not line.data.get("AccountRef"):
                raise errors.missing("AccountRef")
            line.amount = money.cents(line.data.get("Amount") or "0.00")
            line.data["Amount"] = money.amount(line.amount)
            return
        payment = job.file.txns.get(txn_id, *DEPOSITABLE)
        holder = job.file.txns.deposited.get(txn_id)
        elsewhere = holder is not None and (job.old is None or holder != job.old.txn_id)
        if payment is None or payment.voided or elsewhere:
            raise errors.not_found(txn_id)
        undeposited = references.special_account(job.file, "UndepositedFunds")
        if payment.data.get("DepositToAccountRef") != undeposited:
            raise errors.not_found(txn_id)
        line.amount = payment.total
        line.data.update(
            TxnType=payment.kind,
            TxnID=payment.txn_id,
            EntityRef=payment.entity,
            AccountRef=undeposited,
            PaymentMethodRef=payment.data.get("PaymentMethodRef", ""),
            CheckNumber=line.data.get("OverrideCheckNumber") or payment.data.get("CheckNumber") or payment.ref,
            Memo=line.data.get("OverrideMemo") or payment.data.get("Memo", ""),
            Amount=money.amount(payment.total),
        )

    def _cash_back(self, job: Job) -> None:
        sent = job.sent.get("CashBackInfoAdd") or job.sent.get("CashBackInfoMod")
        if not sent:
            return
        held: dict[str, Any] = job.draft.data.setdefault("CashBackInfoRet", {})
        lines.merge(lines.Reading(job.file, job.kind), held, sent)
        if not held.get("AccountRef"):
            raise errors.missing("AccountRef")
        held.setdefault("Amount", "0.00")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        found = [Posting(txn.data["DepositToAccountRef"], txn.total)]
        back = txn.data.get("CashBackInfoRet") or {}
        if back:
            found.append(Posting(back["AccountRef"], money.cents(back["Amount"])))
        for line in txn.lines:
            found.append(Posting(line.data["AccountRef"], -line.amount, line.data.get("EntityRef", ""), line.line_id))
        return found

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        shown["DepositTotal"] = money.amount(txn.total)
        shown["DepositTotalInHomeCurrency"] = header.in_home_currency(file, txn.data, txn.total)
        back = txn.data.get("CashBackInfoRet")
        if back:
            shown["CashBackInfoRet"] = {
                **back,
                "TxnLineID": txn.txn_id,
                "AccountRef": references.shown(file, "AccountRef", back["AccountRef"]),
            }


@family("transfer")
class Transfers:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        data = job.draft.data
        header.check_two(job, "TransferFromAccountRef", "TransferToAccountRef", "accounts")
        data["Amount"] = data.get("Amount") or "0.00"
        job.draft.total = money.cents(data["Amount"])

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        return [
            Posting(txn.data["TransferToAccountRef"], txn.total),
            Posting(txn.data["TransferFromAccountRef"], -txn.total),
        ]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        for side in ("From", "To"):
            record = references.found(file, "AccountRef", txn.data[f"Transfer{side}AccountRef"])
            if record is not None:
                shown[f"{side}AccountBalance"] = money.amount(accounts.balance(file, record))


@family("tax payment")
class TaxPayments:
    def prepare(self, job: Job) -> None:
        if not job.file.settings.sales_tax:
            raise errors.not_available()
        header.fill(job)
        reading = lines.Reading(job.file, job.kind)
        if job.is_new:
            rows = lines.add(reading, job.sent)
            job.draft.lines = lines.top(rows)
            for row in rows:
                if not row.line.data.get("ItemSalesTaxRef"):
                    raise errors.missing("ItemSalesTaxRef")
                row.line.amount = money.cents(row.line.data.get("Amount") or "")
        job.draft.total = sum(line.amount for line in job.draft.lines)
        header.default(job, IsToBePrinted="false")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        payable = references.special_account(file, "SalesTaxPayable")
        return [
            Posting(txn.data["BankAccountRef"], -txn.total),
            *(Posting(payable, line.amount, txn.entity, line.line_id) for line in txn.lines),
        ]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        shown["Amount"] = money.amount(txn.total)


def waiting(file: CompanyFile) -> list[tuple[Txn, Mapping[str, Any]]]:
    """What has not been taken to the bank yet (ReceivePaymentToDeposit)."""
    undeposited = references.special_account(file, "UndepositedFunds")
    found: list[tuple[Txn, Mapping[str, Any]]] = []
    for kind in DEPOSITABLE:
        for txn in file.txns.in_order(kind):
            waits = txn.data.get("DepositToAccountRef") == undeposited and txn.txn_id not in file.txns.deposited
            if waits and txn.total and not txn.voided:
                found.append((txn, txn.data))
    return found
