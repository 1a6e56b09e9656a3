"""Adjustments of inventory, built assemblies, and moves between sites."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors
from project.sandbox.desktop.lists import Record

from . import header, lines, money, references
from .families import Stock, family
from .job import Job, not_saved
from .store import Line, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

ZERO = "0"


def on_hand(file: CompanyFile, item: Record) -> Decimal:
    """What the item was created with, and what has come and gone since."""
    return money.number(item.data.get("QuantityOnHand") or ZERO) + file.txns.on_hand(item.list_id)


def unit_cost(item: Record) -> Decimal:
    return money.number(references.sales_part(item.data).get("PurchaseCost") or ZERO)


def _stocked(job: Job, line: Line) -> Record:
    item = references.found(job.file, "ItemRef", line.data.get("ItemRef", ""))
    if item is None:
        raise errors.missing("ItemRef")
    if item.kind not in references.STOCKED:
        raise errors.Fault(3280, f'The item "{item.full_name}" is not of the type that is needed here.')
    return item


@family("adjustment")
class Adjustments:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        reading = lines.Reading(job.file, job.kind)
        rows = lines.add(reading, job.sent) if job.is_new else lines.change(reading, job.draft, job.sent) or []
        if job.is_new:
            job.draft.lines = lines.top(rows)
        for row in rows:
            item = _stocked(job, row.line)
            if job.is_new or row.fresh:
                self._adjust(job, row, item)
            else:
                row.line.data.setdefault("QuantityDifference", ZERO)
                row.line.data.setdefault("ValueDifference", "0.00")
        for line in job.draft.lines:
            line.amount = money.cents(line.data["ValueDifference"])
        job.draft.total = abs(sum(line.amount for line in job.draft.lines))

    def _adjust(self, job: Job, row: lines.Row, item: Record) -> None:
        sent: Mapping[str, Any] = {}
        for name in ("QuantityAdjustment", "ValueAdjustment", "SerialNumberAdjustment", "LotNumberAdjustment"):
            row.line.data.pop(name, None)
            sent = row.sent.get(name) or sent
        held = on_hand(job.file, item)
        if sent.get("NewQuantity"):
            difference = money.number(sent["NewQuantity"]) - held
        else:
            difference = money.number(
                sent.get("QuantityDifference")
                or sent.get("CountAdjustment")
                or row.sent.get("QuantityDifference")
                or ZERO
            )
        if sent.get("NewValue"):
            value = money.cents(sent["NewValue"]) - money.to_cents(held * unit_cost(item))
        elif sent.get("ValueDifference") or row.sent.get("ValueDifference"):
            value = money.cents(sent.get("ValueDifference") or row.sent["ValueDifference"])
        else:
            value = money.to_cents(difference * unit_cost(item))
        row.line.data["QuantityDifference"] = money.quantity(difference)
        row.line.data["ValueDifference"] = money.amount(value)

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        found = []
        for line in txn.lines:
            item = references.found(file, "ItemRef", line.data["ItemRef"])
            if item is not None:
                found.append(Posting(references.expense_account(file, item), line.amount, "", line.line_id))
                found.append(Posting(txn.data["AccountRef"], -line.amount))
        return found

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        found: dict[str, Decimal] = {}
        for line in txn.lines:
            held = found.get(line.data["ItemRef"], Decimal(0))
            found[line.data["ItemRef"]] = held + money.number(line.data["QuantityDifference"])
        return {item: (str(held), ZERO, ZERO) for item, held in found.items()}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        return


@family("build")
class Builds:
    """Components become an assembly. With too few of them it stays pending, if that is allowed."""

    def prepare(self, job: Job) -> None:
        header.fill(job)
        data = job.draft.data
        assembly = self._assembly(job.file, data)
        number = money.number(data.get("QuantityToBuild") or ZERO)
        if number <= 0:
            raise errors.missing("QuantityToBuild")
        short = number > self._can_build(job.file, assembly) + (self._built(job.old) if job.old is not None else 0)
        if short and job.sent.get("MarkPendingIfRequired") != "true":
            raise not_saved(job.kind, "There are not enough components to build that many.")
        data["QuantityToBuild"] = money.quantity(number)
        data["IsPending"] = "true" if short else "false"

    def _assembly(self, file: CompanyFile, data: Mapping[str, Any]) -> Record:
        found = references.found(file, "ItemInventoryAssemblyRef", data.get("ItemInventoryAssemblyRef", ""))
        if found is None:
            raise errors.missing("ItemInventoryAssemblyRef")
        return found

    def _built(self, txn: Txn) -> Decimal:
        return Decimal(0) if txn.data.get("IsPending") == "true" else money.number(txn.data["QuantityToBuild"])

    def _components(self, file: CompanyFile, assembly: Record) -> list[tuple[Record, Decimal]]:
        found = []
        for each in assembly.data.get("ItemInventoryAssemblyLine") or ():
            item = file.lists.find(references.ITEMS, references.pointed(each, "ItemInventoryRef"))
            if item is not None:
                found.append((item, money.number(each.get("Quantity") or "1")))
        return found

    def _can_build(self, file: CompanyFile, assembly: Record) -> Decimal:
        stocked = [(item, need) for item, need in self._components(file, assembly) if item.kind in references.STOCKED]
        possible = [on_hand(file, item) // need for item, need in stocked if need]
        return max(Decimal(0), min(possible, default=Decimal(10**6)))

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        return []

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        number = money.number(txn.data["QuantityToBuild"])
        assembly = self._assembly(file, txn.data)
        found = {assembly.list_id: (str(number), ZERO, ZERO)}
        for item, need in self._components(file, assembly):
            if item.kind in references.STOCKED:
                found[item.list_id] = (str(-need * number), ZERO, ZERO)
        return found

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        assembly = self._assembly(file, txn.data)
        number = money.number(txn.data["QuantityToBuild"])
        shown["QuantityCanBuild"] = money.quantity(self._can_build(file, assembly))
        shown["QuantityOnHand"] = money.quantity(on_hand(file, assembly))
        shown["QuantityOnSalesOrder"] = money.quantity(file.txns.on_sales_order(assembly.list_id))
        shown["ComponentItemLineRet"] = [
            {
                "ItemRef": {"ListID": item.list_id, "FullName": item.full_name},
                "Desc": references.sales_part(item.data).get("SalesDesc") or "",
                "QuantityOnHand": money.quantity(on_hand(file, item)),
                "QuantityNeeded": money.quantity(need * number),
            }
            for item, need in self._components(file, assembly)
        ]


@family("site transfer")
class SiteTransfers:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        header.check_two(job, "FromInventorySiteRef", "ToInventorySiteRef", "sites")
        reading = lines.Reading(job.file, job.kind)
        rows = lines.add(reading, job.sent) if job.is_new else lines.change(reading, job.draft, job.sent) or []
        if job.is_new:
            job.draft.lines = lines.top(rows)
        for row in rows:
            _stocked(job, row.line)
            if "QuantityToTransfer" in row.line.data:
                row.line.data["QuantityTransferred"] = row.line.data.pop("QuantityToTransfer")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        return []

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        return
