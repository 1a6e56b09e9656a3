"""Hours worked and miles driven: what can be billed later and posts nothing."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import header, money
from .families import Stock, family
from .job import Job, not_saved
from .store import Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
_MINUTES_OF_A_DAY = 24 * 60


@family("activity")
class Activities:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        if job.kind.name == "TimeTracking":
            self._time(job)
        else:
            self._trip(job)

    def _time(self, job: Job) -> None:
        data = job.draft.data
        found = _DURATION.fullmatch(data.get("Duration", ""))
        if found is None or not data.get("Duration", "").strip("PT"):
            raise errors.Fault(
                3035, f'There was an error when converting the time interval "{data.get("Duration", "")}".'
            )
        days, hours, minutes, _ = (int(part or 0) for part in found.groups())
        total = days * _MINUTES_OF_A_DAY + hours * 60 + minutes
        data["Duration"] = f"PT{total // 60}H{total % 60}M"
        if data.get("BillableStatus") == "Billable" and not data.get("CustomerRef"):
            raise errors.missing("CustomerRef")
        if data.get("CustomerRef") and data.get("ItemServiceRef"):
            header.default(job, BillableStatus="Billable")
        elif data.get("CustomerRef"):
            header.default(job, BillableStatus="NotBillable")

    def _trip(self, job: Job) -> None:
        data = job.draft.data
        if "OdometerEnd" in data:
            miles = money.number(data["OdometerEnd"]) - money.number(data.get("OdometerStart") or "0")
        else:
            miles = money.number(data.get("TotalMiles") or "0")
        if miles < 0:
            raise not_saved(job.kind, "The odometer cannot run backwards.")
        data["TotalMiles"] = money.quantity(miles)
        header.default(job, TripStartDate=job.draft.date)
        if date.fromisoformat(data["TripStartDate"]) > date.fromisoformat(job.draft.date):
            raise errors.Fault(3030, "The trip ends before it begins.")

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        return []

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return {}

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        return
