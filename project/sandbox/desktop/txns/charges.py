"""Statement charges: one row that a customer owes, without a form around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import amounts, credits, header, lines, money, references
from .families import Stock, family
from .job import Job, not_saved
from .store import Line, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_ROW = ("ItemRef", "Desc", "Quantity", "Rate", "Amount")


@family("charge")
class Charges:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        data = job.draft.data
        if not data.get("ItemRef"):
            raise errors.missing("ItemRef")
        line = Line("", {name: data[name] for name in _ROW if name in data})
        line.amount = job.old.total if job.old is not None else 0
        fresh = job.old is None or job.old.data.get("ItemRef") != data["ItemRef"]
        sent = {name: job.sent[name] for name in _ROW if name in job.sent}
        twin = Txn("Charge")
        twin.lines = [line]
        amounts.work_out(twin, [lines.Row(line, sent, "sales", fresh)], amounts.Terms(job.file, taxed=False))
        data.update({name: line.data[name] for name in _ROW if name in line.data})
        job.draft.total = line.amount
        if job.draft.total < 0:
            raise not_saved(job.kind, "The amount cannot be negative.")
        header.default(job, DueDate=job.draft.date)
        credits.check_total(job)

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        item = references.found(file, "ItemRef", txn.data["ItemRef"])
        account = txn.data.get("OverrideItemAccountRef") or (
            references.income_account(file, item) if item is not None else ""
        )
        return [Posting(txn.data["ARAccountRef"], txn.total, txn.entity), Posting(account, -txn.total, txn.entity)]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        item = references.found(file, "ItemRef", txn.data["ItemRef"])
        if item is None or item.kind not in references.STOCKED:
            return {}
        return {item.list_id: (str(-money.number(txn.data.get("Quantity") or "0")), "0", "0")}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        remaining = file.txns.remaining(txn)
        shown["Amount"] = money.amount(txn.total)
        shown["BalanceRemaining"] = money.amount(remaining)
        shown["IsPaid"] = "false" if remaining else "true"
