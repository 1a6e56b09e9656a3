"""Journal entries: debits and credits that must come to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import header, lines, money, references
from .families import Stock, family
from .job import Job, not_saved
from .store import Line, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

DEBIT, CREDIT = "JournalDebitLine", "JournalCreditLine"
_NAMED = {"AccountsReceivable": "Customer", "AccountsPayable": "Vendor"}


@family("journal")
class Journal:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        reading = lines.Reading(job.file, job.kind)
        if job.is_new:
            for name, sent in lines.sent_rows(job.sent, (DEBIT, CREDIT)):
                line = Line(name)
                lines.merge(reading, line.data, {key: value for key, value in sent.items() if key != "TxnLineID"})
                job.draft.lines.append(line)
        else:
            self._change(job, reading)
        for line in job.draft.lines:
            self._check(job, line)
        total = {name: sum(line.amount for line in job.draft.lines if line.name == name) for name in (DEBIT, CREDIT)}
        if total[DEBIT] != total[CREDIT]:
            raise not_saved(
                job.kind,
                "The transaction is not in balance. Make sure the amounts in the debit column "
                "equal the amounts in the credit column.",
            )
        job.draft.total = total[DEBIT]
        header.default(job, IsAdjustment="false")

    def _change(self, job: Job, reading: lines.Reading) -> None:
        sent = lines.sent_rows(job.sent, ("JournalLineMod",))
        if not sent:
            return
        held = {line.line_id: (at, line) for at, line in enumerate(job.draft.lines)}
        kept: list[Line] = []
        last = -1
        for _, row in sent:
            line_id = row["TxnLineID"]
            if line_id == lines.NEW:
                if not row.get("JournalLineType"):
                    raise errors.missing("JournalLineType")
                line = Line("")
            elif line_id not in held:
                raise errors.not_found(line_id)
            else:
                at, line = held[line_id]
                if at <= last:
                    raise lines.wrong_order(line_id)
                last = at
            if row.get("JournalLineType"):
                line.name = DEBIT if row["JournalLineType"] == "Debit" else CREDIT
            fields = {key: value for key, value in row.items() if key not in ("TxnLineID", "JournalLineType")}
            lines.merge(reading, line.data, fields)
            kept.append(line)
        job.draft.lines = kept

    def _check(self, job: Job, line: Line) -> None:
        line.amount = money.cents(line.data.get("Amount") or "")
        if line.amount < 0:
            raise not_saved(job.kind, "Amounts cannot be negative.")
        if line.data.get("Amount"):
            line.data["Amount"] = money.amount(line.amount)
        if not line.data.get("AccountRef"):
            if line.amount:
                raise errors.missing("AccountRef")
            return
        wanted = _NAMED.get(references.account_type(job.file, line.data["AccountRef"]))
        if wanted is None:
            return
        name = job.file.lists.find((wanted,), line.data.get("EntityRef", "")) if line.data.get("EntityRef") else None
        if name is None:
            raise not_saved(job.kind, f"A line with this account needs the name of a {wanted.lower()}.")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        return [
            Posting(
                line.data["AccountRef"],
                line.amount if line.name == DEBIT else -line.amount,
                line.data.get("EntityRef", ""),
                line.line_id,
            )
            for line in txn.lines
            if line.data.get("AccountRef")
        ]

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        if file.settings.multi_currency:
            shown.setdefault("IsHomeCurrencyAdjustment", "false")
            shown.setdefault("IsAmountsEnteredInHomeCurrency", "false")
