"""Sales in Salesforce: an Opportunity with its products is one record.

Rules    1 Every opportunity is read, so that one that is no longer won leads to nothing; what may become a transaction
           is said by ``_why_unwanted``.
         2 An opportunity of before the flow was switched on leads to one only if somebody chooses a transaction type on
           it, if it was edited since, or if the settings reach back to its close date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, external_id, own_id, same
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.reading import Reader, Seen
from syncapp.connectors.salesforce.sales_fields import sale_fields, sale_row
from syncapp.connectors.salesforce.sales_sources import (
    OPPORTUNITY,
    ORDER,
    QUOTE,
    STATUS_CODE,
    TYPE,
    Source,
    misfits,
    ready_of,
    source_of,
)
from syncapp.connectors.salesforce.sales_writing import SalesWriter
from syncapp.connectors.salesforce.settings import KindSettings, kind_settings
from syncapp.connectors.salesforce.soql import parse_moment, quote
from syncapp.mapping import line_fields
from syncapp.mapping.sales import NO_TYPE, TOO_OLD
from syncapp.records import Operation, Value

NAME_LENGTH = 120
ACCOUNT_OF_QUOTE = "A quote's account is its opportunity's. Change it there, or put the customer back in QuickBooks."
ACTIVATED = (
    "The order is activated, and Salesforce keeps its account, date and products as they are. Put it back to Draft, or "
    "change the transaction in QuickBooks back."
)
RECORD_TYPE = ("RecordType.Name", "RecordType.DeveloperName")


class Sales(Reader):
    kind = "sale"

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        self.source = source = source_of(given)
        super().__init__(gateway, company_key, _settings(source, given))
        self.main, self.part = source.main, source.lines.name
        self.to_main, self.relation = source.lines.parent, source.lines.relation
        self.noun = source.noun
        self.neutral = {each.name: name for name, each in source.header.items()}
        self.default_type = str(given.get("type", "Invoice"))
        self.record_types: Mapping[str, str] = given.get("record_types", {})
        self.since = str(given.get("since", ""))
        self.started = str(given.get("started", ""))
        self.stage, self.called = (
            str(given.get("stage", "")).strip(),
            str(given.get("opportunity_name", "Invoice {number}")),
        )
        self.home = str(given.get("home_currency", ""))
        self.price_book = str(given.get("price_book", "")).strip()
        self.line_fields = line_fields.of(given)
        self.part_columns = (*source.lines.columns, *self.line_fields.columns)
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
            self._columns = (*self.source.columns, *currency, *record_type, *self.source.paths)
        return ", ".join(self._columns)

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        default_type = self._type_by_rule(main) or self.default_type
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=None,
            fields=sale_fields(main, parts, self.company_key, default_type, self.source, self.line_fields),
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
        if not self._is_ready(main):
            return self.source.unready
        if not parts:
            return "It has no products."
        if not main[self.source.account]:
            return "It has no account."
        if self._is_sold_by_opportunity(main):
            return "Its opportunity has become a transaction in QuickBooks; it is not sent a second time."
        if not main[TYPE] and self._type_by_rule(main) == NO_TYPE:
            return f"The settings leave out its record type, {main['RecordType']['Name']}."
        if not meets:
            return self.settings.why_unwanted
        return "" if main[TYPE] or self._is_new(main) else TOO_OLD

    def _is_ready(self, main: Row) -> bool:
        """As far as the record tells; other conditions have been asked of Salesforce."""
        return bool(main["IsWon"]) if self.source is OPPORTUNITY else True

    def _is_sold_by_opportunity(self, main: Row) -> bool:
        """A record that is tied itself is not meant: it came first."""
        deal = main.get(self.source.opportunity) or {} if self.source.opportunity else {}
        return bool(deal and own_id(deal, self.company_key) and not own_id(main, self.company_key))

    def _type_by_rule(self, main: Row) -> str:
        """What the settings say of its record type; empty where they say nothing."""
        of = main.get("RecordType") or {}
        names = (str(of.get("DeveloperName")), str(of.get("Name")))
        return next((self.record_types[name] for name in names if name in self.record_types), "")

    def check_condition(self) -> None:
        super().check_condition()
        if not self.record_types:
            return
        where = f"SobjectType = {quote(self.main)}"
        there = self.gateway.query(f"SELECT Name, DeveloperName FROM RecordType WHERE {where}")
        names = {name for page in there for row in page for name in (row["Name"], row["DeveloperName"])}
        if unknown := sorted(set(self.record_types) - names):
            known = ", ".join(sorted(names)) or "none"
            raise ConnectorError(
                f"{self.source.plural.capitalize()} have no record type “{unknown[0]}”.",
                remedy=f"Correct record_types in the pair's sales settings; there are: {known}.",
                retry_seconds=None,
            )

    def check_source(self) -> None:
        """Raises ConnectorError where a custom object's fields are not such as the settings take them for."""
        if problems := misfits(self.source, *self.gateway.describe(self.main, self.part)):
            self.gateway.forget_describes()
            raise ConnectorError(
                " ".join(problems), remedy="Correct source_fields in the pair's sales settings.", retry_seconds=None
            )

    def _is_new(self, main: Row) -> bool:
        if self.since and str(main[self.source.header["date"].name] or main["SystemModstamp"][:10]) >= self.since:
            return True
        return not self.started or parse_moment(main["LastModifiedDate"]) >= datetime.fromisoformat(self.started)

    def may_be_told(self, notice: Notice) -> bool:
        """A write makes an opportunity look edited, and so one that is too old would be sent."""
        return notice.error != TOO_OLD

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        header, closed = self.source.header, self.source.only_read
        main = {name: value for name, value in values.items() if name in header and name not in closed}
        return main, {name: value for name, value in values.items() if name == "lines"}

    def key_of(self, operation: Operation) -> str:
        return external_id(self.company_key, operation.counterpart_id.rpartition(":")[2])

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        """A won opportunity of a transaction; its products are rows of their own."""
        number = str(operation.values.get("number") or "").strip() or operation.counterpart_id.rpartition(":")[2]
        name = self.called.replace("{number}", number)[:NAME_LENGTH]
        row = sale_row(self.split(operation.values)[0], self.company_key, self.source)
        return {**row, EXTERNAL_ID: self.key_of(operation), "Name": name}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        held = self._held(before)
        changed = {
            name: value for name, value in asked.items() if name not in held and not same(value, before.fields[name])
        }
        return sale_row(changed, self.company_key, self.source)

    def cannot_take(self, operation: Operation, before: Seen) -> dict[str, str]:
        held = self._held(before)
        return {
            name: held[name]
            for name, value in operation.values.items()
            if name in held and not same(value, before.fields[name])
        }

    def _held(self, before: Seen) -> dict[str, str]:
        """What Salesforce does not let anybody change of this very record, each with the reason and the remedy."""
        if self.source is QUOTE:
            return {"customer": ACCOUNT_OF_QUOTE}
        if self.source is ORDER and before.main[STATUS_CODE] == "Activated":
            return dict.fromkeys(("customer", "date", "lines"), ACTIVATED)
        return {}

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        if "customer" not in operation.values:
            return "", ""
        return "customer", "Its account is gone, or the sync's user may not see it."


def _settings(source: Source, given: Mapping[str, Any]) -> KindSettings:
    """Of a source that does not say itself whether it is ready, Salesforce is asked: the condition is part of that."""
    found = kind_settings(given, set(source.header))
    if source is OPPORTUNITY:
        return found
    ready = ready_of(source, given)
    both = f"({ready}) AND ({found.condition})" if found.condition else ready
    told = (
        source.unready if ready == source.ready and source.unready else f"It is not ready: {ready} is not true of it."
    )
    why = f"{told.rstrip('.')}, or it does not meet the condition of the settings." if found.condition else told
    return replace(found, wanted=both, condition=both, why_unwanted=why)
