"""Salesforce as the engine sees it, for customers: an Account and its billing contact are one record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncapp import clock
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.change import gone
from syncapp.connectors.salesforce.fetching import Fetcher
from syncapp.connectors.salesforce.fields import external_id
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import require_fields
from syncapp.connectors.salesforce.reading import KIND, PORTION, Reader, Seen
from syncapp.connectors.salesforce.settings import customer_settings
from syncapp.connectors.salesforce.soql import portions
from syncapp.connectors.salesforce.writing import Writer
from syncapp.models import Org
from syncapp.records import Applied, Batch, Missing, Operation, Outcome, Record, Side, Stale, Verb


class SalesforceConnector:
    """The Connector of one org for one company, to be used by one thread.

    ``company_key`` is the first part of the ids that our records carry there; ``settings`` are those of the customers
    flow (settings.py). ConnectorError, from here, means that nothing was written.
    """

    side = Side.SALESFORCE
    answers_later = False

    def __init__(self, org: Org, company_key: str, settings: Mapping[str, Any] | None = None) -> None:
        self.gateway = Gateway(org)
        self.company_key = company_key
        self.reader = Reader(self.gateway, company_key, customer_settings(settings or {}))

    def check(self) -> None:
        """Raises ConnectorError, with the remedy, if sign-in, our fields or the settings' condition are not right."""
        require_fields(self.gateway, fresh=True)
        self.reader.check_condition()

    def fetch(self, kind: str, cursor: str, *, full: bool = False) -> Iterator[Batch]:
        _only_customers(kind)
        require_fields(self.gateway)
        yield from Fetcher(self.reader).fetch(cursor, full=full)
        self.gateway.save_usage()

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        for each in operations:
            _only_customers(each.kind)
        require_fields(self.gateway)
        outcomes = Writer(self.gateway, self.reader).submit(operations)
        self.gateway.save_usage()
        return outcomes

    def find_out(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """By looking: a create by the id that it carries; an update is read, and then planned again."""
        creates = [each for each in operations if each.verb is Verb.CREATE]
        updates = [each for each in operations if each.verb is Verb.UPDATE]
        outcomes = self._find_creates(creates)
        seen = {each.id: each for each in self.reader.read([each.record_id for each in updates])}
        for operation in updates:
            found = seen.get(operation.record_id)
            if found is None or found.gone:
                outcomes[operation.id] = gone(found)
            else:
                outcomes[operation.id] = Stale(found.record, doubtful=True)
        return outcomes

    def read(self, kind: str, ids: Sequence[str]) -> Batch:
        """These records as they are now, those that are nowhere as deleted."""
        _only_customers(kind)
        as_of = clock.now()
        found = {each.id: each.record for each in self.reader.read(ids)}
        lost = [
            Record(kind=KIND, id=each, version="", deleted=True) for each in dict.fromkeys(ids) if each not in found
        ]
        return Batch((*found.values(), *lost), as_of=as_of)

    def preparing(self, more: bool) -> None:
        """Nobody waits here."""

    def withdraw(self, operations: Sequence[Operation]) -> set[int]:
        """Nothing waits here: what was submitted has been sent."""
        return set()

    def warnings(self, kind: str) -> Mapping[str, str]:
        """What a person should look at, by record id, among the records that this connector has read so far."""
        _only_customers(kind)
        return self.reader.warnings

    def _find_creates(self, operations: Sequence[Operation]) -> dict[int, Outcome]:
        writer = Writer(self.gateway, self.reader)
        wanted = [external_id(self.company_key, each.counterpart_id) for each in operations]
        found: dict[str, Seen] = {}
        for some in portions(self.reader.accounts_where("QB_Id__c IN ()").soql, wanted, most=PORTION):
            queries = writer.created_queries(some)
            for seen in self.reader.gather(queries, self.reader.ask(queries)):
                if not seen.gone:
                    found[seen.account["QB_Id__c"]] = seen
        me = self.gateway.org.user_id
        return {
            operation.id: _became_of(operation, found.get(key), me)
            for operation, key in zip(operations, wanted, strict=True)
        }


def _became_of(operation: Operation, seen: Seen | None, me: str) -> Outcome:
    """How a doubtful create ended.

    A create of which the contact is missing had not come to its end: asked for again, it finds its Account and
    completes it. If somebody has been at the Account since, the contact may be missing because of them.
    """
    if seen is None:
        return Missing("It was not created.")
    contact = seen.choice.contact
    touched = any(row["LastModifiedById"] != me for row in (seen.account, contact) if row)
    asked = any(value for name, value in operation.values.items() if name.startswith("contact_"))
    if asked and contact is None and not touched:
        return Missing("It was created without its contact.")
    return Applied(seen.record, touched=touched or (asked and contact is None))


def _only_customers(kind: str) -> None:
    if kind != KIND:
        raise ConnectorError(f"Salesforce's side does not know the kind “{kind}”.", retry_seconds=None)
