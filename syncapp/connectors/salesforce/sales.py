"""Sales in Salesforce: an Opportunity with its products is one record.

Rules    1 Every opportunity is read, so that one that is no longer won leads to nothing; what may become a transaction
           is said by ``_why_unwanted``.
         2 An opportunity of before the flow was switched on leads to one only if somebody chooses a transaction type on
           it, if it was edited since, or if the settings reach back to its close date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, external_id, same
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.reading import Reader, Seen
from syncapp.connectors.salesforce.sales_fields import (
    CONTACT_COLUMNS,
    LINE_COLUMNS,
    OPPORTUNITY,
    OPPORTUNITY_COLUMNS,
    TYPE,
    sale_fields,
    sale_row,
)
from syncapp.connectors.salesforce.sales_writing import SalesWriter
from syncapp.connectors.salesforce.settings import kind_settings
from syncapp.connectors.salesforce.soql import parse_moment
from syncapp.mapping.sales import NO_TYPE, TOO_OLD
from syncapp.records import Operation, Value

NAME_LENGTH = 120
RECORD_TYPE = ("RecordType.Name", "RecordType.DeveloperName")


class Sales(Reader):
    kind = "sale"
    main, part = "Opportunity", "OpportunityLineItem"
    to_main, relation = "OpportunityId", "Opportunity"
    noun = "opportunity"
    neutral = {each.name: name for name, each in OPPORTUNITY.items()}
    part_columns = LINE_COLUMNS

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        super().__init__(gateway, company_key, kind_settings(given, set(OPPORTUNITY)))
        self.default_type = str(given.get("type", "Invoice"))
        self.record_types: Mapping[str, str] = given.get("record_types", {})
        self.since = str(given.get("since", ""))
        self.started = str(given.get("started", ""))
        self.stage, self.called = (
            str(given.get("stage", "")).strip(),
            str(given.get("opportunity_name", "Invoice {number}")),
        )
        self.price_book = str(given.get("price_book", "")).strip()
        self._columns: tuple[str, ...] = ()

    def writer(self) -> SalesWriter:
        return SalesWriter(self.gateway, self)

    # Reading

    @property
    def main_columns(self) -> str:
        if not self._columns:
            [known] = self.gateway.describe(self.main)
            currency = ["CurrencyIsoCode"] if "CurrencyIsoCode" in known else []
            record_type = RECORD_TYPE if self.record_types and "RecordTypeId" in known else ()
            contact = (f"Contact.{name}" for name in CONTACT_COLUMNS)
            self._columns = (*OPPORTUNITY_COLUMNS, *currency, *record_type, *contact)
        return ", ".join(self._columns)

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=None,
            fields=sale_fields(main, parts, self.company_key, self._type_by_rule(main) or self.default_type),
            company_key=self.company_key,
            meets=meets,
            why_unwanted=self._why_unwanted(main, parts, meets),
            matches=False,
        )

    def _why_unwanted(self, main: Row, parts: Sequence[Row], meets: bool) -> str:
        if elsewhere := self.linked_elsewhere(main):
            return elsewhere
        if main[TYPE] == NO_TYPE:
            return "Its transaction type says that it becomes none."
        if not main["IsWon"]:
            return "It is not won."
        if not parts:
            return "It has no products."
        if not main["AccountId"]:
            return "It has no account."
        if not main[TYPE] and self._type_by_rule(main) == NO_TYPE:
            return f"The settings leave out its record type, {main['RecordType']['Name']}."
        if not meets:
            return self.settings.why_unwanted
        return "" if main[TYPE] or self._is_new(main) else TOO_OLD

    def _type_by_rule(self, main: Row) -> str:
        """What the settings say of its record type; empty where they say nothing."""
        of = main.get("RecordType") or {}
        names = (str(of.get("DeveloperName")), str(of.get("Name")))
        return next((self.record_types[name] for name in names if name in self.record_types), "")

    def check_condition(self) -> None:
        super().check_condition()
        if not self.record_types:
            return
        there = self.gateway.query("SELECT Name, DeveloperName FROM RecordType WHERE SobjectType = 'Opportunity'")
        names = {name for page in there for row in page for name in (row["Name"], row["DeveloperName"])}
        if unknown := sorted(set(self.record_types) - names):
            known = ", ".join(sorted(names)) or "none"
            raise ConnectorError(
                f"Opportunities have no record type “{unknown[0]}”.",
                remedy=f"Correct record_types in the pair's sales settings; there are: {known}.",
                retry_seconds=None,
            )

    def _is_new(self, main: Row) -> bool:
        if self.since and str(main["CloseDate"]) >= self.since:
            return True
        return not self.started or parse_moment(main["LastModifiedDate"]) >= datetime.fromisoformat(self.started)

    def may_be_told(self, notice: Notice) -> bool:
        """A write makes an opportunity look edited, and so one that is too old would be sent."""
        return notice.error != TOO_OLD

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        main = {name: value for name, value in values.items() if name in OPPORTUNITY}
        return main, {name: value for name, value in values.items() if name == "lines"}

    def key_of(self, operation: Operation) -> str:
        return external_id(self.company_key, operation.counterpart_id.rpartition(":")[2])

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        """A won opportunity of a transaction; its products are rows of their own."""
        number = str(operation.values.get("number") or "").strip() or operation.counterpart_id.rpartition(":")[2]
        name = self.called.replace("{number}", number)[:NAME_LENGTH]
        row = sale_row(self.split(operation.values)[0], self.company_key)
        return {**row, EXTERNAL_ID: self.key_of(operation), "Name": name}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        changed = {name: value for name, value in asked.items() if not same(value, before.fields[name])}
        return sale_row(changed, self.company_key)

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        if "customer" not in operation.values:
            return "", ""
        return "customer", "Its account is gone, or the sync's user may not see it."
