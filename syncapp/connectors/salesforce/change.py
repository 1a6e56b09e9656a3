"""One operation on its way to Salesforce: what is sent to the Account and to a Contact, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.contacts import ContactPlan, plan_contact
from syncapp.connectors.salesforce.errors import REMEDIES, Problem, Refused, outcome_of, seconds_until_again
from syncapp.connectors.salesforce.fields import (
    ACCOUNT,
    ACCOUNT_NEUTRAL,
    CONTACT_KEY,
    EXTERNAL_ID,
    Row,
    account_row,
    external_id,
    other_company,
    same,
    split,
)
from syncapp.connectors.salesforce.reading import Reader, Seen
from syncapp.records import (
    Applied,
    Deferred,
    Missing,
    Operation,
    Outcome,
    Rejected,
    Stale,
    Unknown,
    Value,
    Verb,
)

ABSENT = ("INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED", "NOT_FOUND")
LOST = "LOST"  # the code of a part whose end is not known


@dataclass
class Change:
    operation: Operation
    me: str  # the id of our user
    before: Seen | None = None  # None for a create
    after: Seen | None = None  # None once read_back: it is nowhere
    read_back: bool = False
    plan: ContactPlan = field(default_factory=ContactPlan)
    account_insert: dict[str, Any] | None = None
    account_update: dict[str, Any] | None = None
    contact_insert: dict[str, Any] | None = None
    contact_update: dict[str, Any] | None = None
    wrote_account: bool = False
    wrote_contact: bool = False
    overtaken: bool = False  # a conditional update found that the record had changed
    account_problem: Problem | None = None
    contact_problem: Problem | None = None
    outcome: Outcome | None = None  # known before the batch is read back

    @property
    def empty(self) -> bool:
        parts = (self.account_insert, self.account_update, self.contact_insert, self.contact_update, self.plan.untick)
        return not any(parts)

    @property
    def exists_untouched(self) -> bool:
        """A create that had happened before, and nobody but us has been at the record since."""
        if not self._exists or self.after is None:
            return False
        rows = [self.after.account, *([self.after.choice.contact] if self.after.choice.contact else [])]
        return all(row["LastModifiedById"] == self.me for row in rows)

    @property
    def _exists(self) -> bool:
        problem = self.account_problem
        create = self.operation.verb is Verb.CREATE and self.before is None
        return create and problem is not None and problem.code == "DUPLICATE_VALUE" and self.after is not None

    def note(self, part: str, problem: Problem | None) -> None:
        if part == "account":
            self.wrote_account, self.account_problem = True, problem
        else:
            self.wrote_contact, self.contact_problem = True, problem

    def not_sent(self, error: ConnectorError) -> Outcome:
        """The batch was certainly not carried out; a conditional update may have been, before it."""
        if self.outcome is not None:
            return self.outcome
        if self.wrote_account or self.wrote_contact:
            return Unknown(error.message)
        if isinstance(error, Refused):
            return Rejected(error.message, code=error.problem.code, remedy=error.remedy)
        return Deferred(error.message, error.retry_seconds or 3600)

    # How it ended --------------------------------------------------------------------

    def ended(self) -> Outcome:
        """The outcome, once the batch was read back.

        nothing known of a part, or not read back   unknown
        a conditional update came too late          stale
        the Account was refused                     what its problem means
        the Contact may be taken later              stale (update) or deferred (create): planned again
        the Contact was refused                     applied, with the contact's fields as refused
        """
        if self.outcome is not None:
            return self.outcome
        if LOST in {problem.code for problem in (self.account_problem, self.contact_problem) if problem}:
            return Unknown("Salesforce did not say how it ended.")
        if self.overtaken and self.operation.verb is Verb.CREATE:
            return Deferred("The account was changed at the same moment.", 10)
        if self.overtaken:
            return Stale(self.after.record if self.after else None)
        if self.account_problem is not None:
            return self._account_refused(self.account_problem)
        if self.after is None:
            return Unknown("It was written, but could not be read back.")
        if self.after.gone:
            return gone(self.after)
        if self.contact_problem is not None:
            return self._contact_refused(self.after, self.contact_problem)
        return Applied(self.after.record, touched=self._touched(self.after), refused=self.plan.refused)

    def _account_refused(self, problem: Problem) -> Outcome:
        if self._exists and self.after is not None:
            return Applied(self.after.record, touched=True)
        if problem.code in ABSENT:
            return self._absent(problem)
        return outcome_of(problem, ACCOUNT_NEUTRAL)

    def _absent(self, problem: Problem) -> Outcome:
        """A record that is not there: the Account itself, or the parent that it was to be given."""
        if not self.read_back:
            return Unknown("It was refused, and could not be read again.")
        if self.operation.verb is Verb.UPDATE and (self.after is None or self.after.gone):
            return gone(self.after)
        if "parent" in self.operation.values:
            remedy = "Its parent account is gone, or the sync's user may not see it."
            return Rejected(problem.message, code=problem.code, remedy=remedy, fields=("parent",))
        if self.operation.verb is Verb.UPDATE and self.after is not None:
            return Stale(self.after.record)
        return Rejected(problem.message, code=problem.code)

    def _contact_refused(self, after: Seen, problem: Problem) -> Outcome:
        if isinstance(outcome_of(problem, {}), Rejected) and not self._contact_is_there(after, problem):
            why = f"{problem.message} ({problem.code})"
            if remedy := REMEDIES.get(problem.code):
                why = f"{why}. {remedy}"
            refused = {name: why for name in self.plan.carried if name in self.operation.values}
            return Applied(after.record, touched=self._touched(after), refused={**self.plan.refused, **refused})
        if self.operation.verb is Verb.CREATE:
            return Deferred(f"Its contact: {problem.message}", seconds_until_again(problem) or 10)
        return Stale(after.record)

    def _contact_is_there(self, after: Seen, problem: Problem) -> bool:
        """Created before, and still one of the account's contacts."""
        key = (self.contact_insert or {}).get(CONTACT_KEY)
        return problem.code == "DUPLICATE_VALUE" and any(key and row[CONTACT_KEY] == key for row in after.contacts)

    def _touched(self, after: Seen) -> bool:
        """Whether somebody else has been at the Account or the billing contact since we read or wrote it."""
        before = self.before
        if self.wrote_account:
            account = after.account["LastModifiedById"] != self.me
        else:
            account = before is not None and after.account["SystemModstamp"] != before.account["SystemModstamp"]
        contact, former = after.choice.contact, before.choice.contact if before else None
        if self.wrote_contact and not self.contact_problem:
            return account or contact is None or contact["LastModifiedById"] != self.me
        return account or _stamp(contact) != _stamp(former)


def _stamp(contact: Row | None) -> tuple[str, str]:
    return (contact["Id"], contact["SystemModstamp"]) if contact else ("", "")


def gone(seen: Seen | None) -> Missing:
    """``seen`` in the recycle bin, or nowhere any more."""
    if seen is None:
        return Missing("The account is no longer there.")
    winner = seen.account["MasterRecordId"]
    return Missing(f"The account was merged into {winner}." if winner else "The account was deleted.")


# Beginning ---------------------------------------------------------------------------


def before_writing(operation: Operation, before: Seen | None, company_key: str) -> Outcome | None:
    """Why an update must not be written; None if it may."""
    if before is None or before.gone:
        return gone(before)
    record = before.record
    if operation.expected_version and record.version != operation.expected_version:
        return Stale(record)
    other = other_company(before.account, company_key)
    if other and operation.values.get("quickbooks_id"):
        return Rejected(
            f"The account is linked with another QuickBooks company, {other}.",
            code="LINKED_ELSEWHERE",
            remedy="Clear its QuickBooks id in Salesforce if it should belong to this company.",
            fields=("quickbooks_id",),
        )
    return None


def start_create(operation: Operation, reader: Reader) -> Change:
    key = reader.company_key
    account, contact = split(operation.values)
    row = {name: value for name, value in account_row(account, key).items() if value not in (None, "")}
    row[EXTERNAL_ID] = external_id(key, operation.counterpart_id)
    row.setdefault("QB_Active__c", True)
    plan = _plan(operation, contact, reader, None)
    insert = {**plan.insert, "Account": {EXTERNAL_ID: row[EXTERNAL_ID]}} if plan.insert else None
    return Change(operation, reader.gateway.org.user_id, plan=plan, account_insert=row, contact_insert=insert)


def start_update(operation: Operation, before: Seen, reader: Reader) -> Change:
    account, contact = split(operation.values)
    row = _account_changes(account, before, reader.company_key)
    plan = _plan(operation, contact, reader, before) if row or contact else ContactPlan()
    return Change(
        operation,
        reader.gateway.org.user_id,
        before=before,
        plan=plan,
        account_update={"id": before.id, **row} if row else None,
        contact_insert={**plan.insert, "AccountId": before.id} if plan.insert else None,
        contact_update=plan.update,
    )


def _account_changes(asked: Mapping[str, Value], before: Seen, company_key: str) -> dict[str, Any]:
    """What differs; an Account that is being linked also says whether it is active, which no one had said before."""
    current = before.fields
    row = account_row({name: value for name, value in asked.items() if not same(value, current[name])}, company_key)
    if row.get(EXTERNAL_ID) and current["active"] is None:
        row[ACCOUNT["active"].name] = asked.get("active") is not False
    return row


def _plan(operation: Operation, asked: Mapping[str, Value], reader: Reader, before: Seen | None) -> ContactPlan:
    return plan_contact(
        asked,
        before.contacts if before else (),
        before.choice.contact if before else None,
        rename=reader.settings.contact_rename,
        key_seed=f"{reader.company_key}|{operation.counterpart_id or operation.record_id}",
    )
