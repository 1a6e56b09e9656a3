"""The shapes of the API: what is sent, and what comes back, as the OpenAPI document has them.

Rule     a member that is not known is refused by name: a word spelled wrong must not change what happens
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from syncapp.explorer.models import Action, Job, Row

JobState = Literal["draft", "open", "done", "failed", "cancelled"]
RowState = Literal["waiting", "queued", "done", "failed", "unknown", "skipped"]
ActionName = Literal["query", "add", "modify", "delete", "void"]
assert set(JobState.__args__) == set(Job.State.values)  # type: ignore[attr-defined]
assert set(RowState.__args__) == set(Row.State.values)  # type: ignore[attr-defined]
assert set(ActionName.__args__) == set(Action.values)  # type: ignore[attr-defined]


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


# Problems ----------------------------------------------------------------------------------


class ErrorTold(Told):
    path: str = Field(description="Where in what was sent, such as BillAddress/City.")
    rule: str = Field(description="Which rule it breaks, in one word.")
    message: str = Field(description="What is wrong, for people.")
    value: str | None = Field(description="What was given, shortened.")
    remedy: str
    row: int | None = Field(description="Which of several records, from 1.")


class ProblemTold(Told):
    type: str = Field(description="The sort of problem; its address explains it.")
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ErrorTold] = Field(default=[], description="What is wrong, place by place; the first 1,000.")
    errors_total: int = Field(default=0, description="How many there are, shown or not.")
    job: str | None = Field(default=None, description="The job that the problem is about.")


class SortTold(Told):
    type: str
    title: str
    status: int
    detail: str


# Companies and record types ----------------------------------------------------------------


class CompanyTold(Told):
    key: str
    name: str
    country: str
    qbxml_version: str
    edition: str = Field(description="Pro, Premier, Enterprise …, once QuickBooks has told it; else empty.")
    last_contact_at: datetime | None = Field(description="When the Web Connector called last.")
    late: bool = Field(description="Whether several expected calls have not come: jobs wait meanwhile.")
    paused: bool
    problem: str = Field(description="What stops this company now.")


class RecordTypeTold(Told):
    name: str
    label: str
    sort: Literal["list", "transaction", "other"]
    actions: list[ActionName]
    id_name: str = Field(description="ListID, TxnID, or nothing.")
    queried_by: list[str] = Field(description="By what single records are found.")


class AlternativeTold(Told):
    choice: str = Field(description="Of the elements of one choice …")
    branch: int = Field(description="… only those of one branch may be given.")
    required: bool = Field(description="Whether one of the branches must be given.")


class FieldTold(Told):
    path: str
    name: str
    label: str
    type: str
    limit: int | None = Field(description="The most characters.")
    required: bool
    low: int | None
    high: int | None
    values: list[str] = Field(description="What is allowed, where only certain words are.")
    since: str = Field(description="The qbXML version that has it first.")
    repeats: bool
    reference: bool = Field(description="Names another record, by FullName or ListID.")
    alternatives: list[AlternativeTold] = Field(description="The choices that it stands in, outermost first.")
    refused: str = Field(description="Why this company's QuickBooks does not have it.")
    help: str
    children: list[FieldTold]


class FormTold(Told):
    record_type: str
    action: ActionName
    request: str = Field(description="The qbXML request that is made of it.")
    fields: list[FieldTold]
    columns: list[str] = Field(description="The elements that a query's records have, by path.")


# Asking ------------------------------------------------------------------------------------

RECORD: dict[str, Any] = {
    "description": "Elements by name, as the record type's form has them; numbers as numbers or as texts."
}
WEBHOOK = "Told once the job has ended; see the documentation of webhooks."


class Ask(Sent):
    """A query with its filters, or one or more changes."""

    data: dict[str, Any] | None = Field(default=None, json_schema_extra=RECORD)
    records: list[dict[str, Any]] | None = Field(
        default=None, min_length=1, description="Several changes at once, instead of `data`; all or none is accepted."
    )
    fields: list[str] = Field(default=[], max_length=500, description="Of a query: the elements wanted; none: all.")
    custom: list[dict[str, str]] | None = Field(
        default=None, description="Custom fields of each record, by name, in the order of the records."
    )
    webhook_url: str = Field(default="", max_length=500, description=WEBHOOK)
    dry_run: bool = Field(default=False, description="Only check, and show the qbXML; nothing is sent.")
    confirm: bool = Field(default=False, description="Deleting and voiding need true.")


class PreviewTold(Told):
    records: int = Field(description="How many are fine.")
    qbxml: list[str] = Field(description="What would be sent for the first of them.")


# Jobs --------------------------------------------------------------------------------------


class LinksTold(Told):
    self: str
    records: str | None
    rows: str | None
    files: dict[str, str] = Field(description="The whole result as a file, by its form: csv, json, xml.")


class WebhookTold(Told):
    url: str
    state: str = Field(description="waiting, due, delivered, or why it was given up.")
    attempts: int
    next_at: datetime | None


class JobTold(Told):
    id: int
    company: str
    record_type: str
    action: ActionName
    state: JobState
    saved_operation: str | None
    fields: list[str]
    total: int | None = Field(description="Records in all, once that is known.")
    done: int = Field(description="Records received or changed.")
    failed: int
    problem: str
    remark: str
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    webhook: WebhookTold | None
    links: LinksTold


class JobWhole(JobTold):
    rows: dict[str, int] = Field(description="Of a change: how many of its rows are in which state.")


class JobsPage(Told):
    items: list[JobTold]
    next: str | None = Field(description="The address of the next page.")


class RecordTold(Told):
    type: str = Field(description="The record type; queries such as Item bring several.")
    record: dict[str, Any]


class RecordsPage(Told):
    items: list[RecordTold]
    next: str | None
    complete: bool = Field(description="False while the query still runs: more may come.")


class RowTold(Told):
    number: int
    state: RowState
    record_id: str
    problem: str
    status_code: int | None
    data: dict[str, Any]
    custom: dict[str, Any]
    record: dict[str, Any]


class RowsPage(Told):
    items: list[RowTold]
    next: str | None


class CancelledTold(Told):
    cancelled: int = Field(description="Rows or requests that will not be sent now.")
    job: JobWhole


class RetryAsk(Sent):
    rows: list[int] | None = Field(default=None, description="Numbers of failed or skipped rows; none: all of them.")


class DecideAsk(Sent):
    done: bool = Field(description="Whether a look into QuickBooks showed that it was done.")


class ImportTold(JobTold):
    columns: list[str] = Field(description="The columns of the file.")
    mapping: dict[str, str] = Field(description="Which element each column fills.")
    constants: dict[str, str] = Field(description="What every record gets, by path.")
    problems: list[ErrorTold] = Field(description="Of a draft: what is wrong, row by row; the first hundred.")


class RemapAsk(Sent):
    mapping: dict[str, str] | None = None
    constants: dict[str, str] | None = None
    dates: Literal["iso", "us"] | None = None


class StartAsk(Sent):
    confirm: bool = Field(default=False, description="Deleting and voiding need true.")


# Saved operations --------------------------------------------------------------------------

KEY = r"^[a-z0-9][a-z0-9_-]*$"


class SavedChange(Sent):
    name: str | None = Field(default=None, max_length=120)
    company: str | None = None
    record_type: str | None = Field(default=None, max_length=60)
    action: ActionName | None = None
    data: dict[str, Any] | None = Field(default=None, json_schema_extra=RECORD)
    fields: list[str] | None = Field(default=None, max_length=500)
    schedule: str | None = Field(default=None, max_length=100, description="Five fields in cron terms; empty: by hand.")
    enabled: bool | None = None
    webhook_url: str | None = Field(default=None, max_length=500, description=WEBHOOK)


class SavedAsk(SavedChange):
    key: str = Field(max_length=60, pattern=KEY)
    company: str
    record_type: str = Field(max_length=60)
    action: ActionName


class SavedTold(Told):
    key: str
    name: str
    company: str
    record_type: str
    action: ActionName
    data: dict[str, Any]
    fields: list[str]
    schedule: str
    enabled: bool
    webhook_url: str
    next_run_at: datetime | None
    waiting_for: str | None = Field(description="Its job that is still open: no other starts by schedule meanwhile.")
    created_by: str
    changed_at: datetime


class SavedPage(Told):
    items: list[SavedTold]
    next: str | None


class RunAsk(Sent):
    changes: dict[str, Any] = Field(default={}, description="Laid over the saved data for this run.")
    webhook_url: str = Field(default="", max_length=500, description=WEBHOOK)
    confirm: bool = Field(default=False, description="Deleting and voiding need true.")
