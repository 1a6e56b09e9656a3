"""Customers in Salesforce: an Account and its billing contact are one record, or a person account is both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import people
from syncapp.connectors.salesforce.contacts import choose, plan_contact
from syncapp.connectors.salesforce.fields import (
    ACCOUNT,
    ACCOUNT_COLUMNS,
    ACCOUNT_NEUTRAL,
    CONTACT_COLUMNS,
    CONTACT_KEY,
    EXTERNAL_ID,
    account_fields,
    account_row,
    contact_fields,
    external_id,
    same,
    split,
)
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.parts import PartPlan
from syncapp.connectors.salesforce.reading import WANTED, Query, Reader, Seen
from syncapp.connectors.salesforce.settings import CustomerSettings, customer_settings
from syncapp.records import Operation, Value


class Customers(Reader):
    kind = "customer"
    main, part = "Account", "Contact"
    to_main, relation = "AccountId", "Account"
    noun = "account"
    neutral = ACCOUNT_NEUTRAL
    part_columns = CONTACT_COLUMNS
    settings: CustomerSettings

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        super().__init__(gateway, company_key, customer_settings(given))
        self._columns: tuple[str, ...] = ()
        self._person_type = ""

    @property
    def watched(self) -> tuple[tuple[str, str], ...]:
        won_by = self.settings.won_by
        wins = ((won_by.main, won_by.account),) if won_by else ()
        return (*super().watched, *wins)

    # Reading

    @property
    def main_columns(self) -> str:
        if not self._columns:
            [known] = self.gateway.describe("Account")
            # Asking for these fields in an org without person accounts is an error.
            self._columns = (*ACCOUNT_COLUMNS, *(people.COLUMNS if people.IS_PERSON in known else ()))
        return ", ".join(self._columns)

    def wanted_where(self, condition: str) -> Query:
        if (won_by := self.settings.won_by) is None:
            return super().wanted_where(condition)
        soql = f"SELECT {won_by.account} FROM {won_by.main} WHERE {condition} AND ({self.settings.wanted})"
        return Query(WANTED, f"{soql}{self._grouped}")

    def all_wanted(self) -> Query:
        query = super().all_wanted()
        return replace(query, soql=query.soql.removesuffix(self._grouped)) if self.settings.won_by else query

    @property
    def _grouped(self) -> str:
        return f" GROUP BY {self.settings.won_by.account}" if self.settings.won_by else ""

    def of_main(self, column: str) -> str:
        if (won_by := self.settings.won_by) is None:
            return column
        return won_by.account if column == "Id" else f"{won_by.account_relation}.{column}"

    def wanted_id(self, row: Row) -> str:
        return str(row[self.settings.won_by.account if self.settings.won_by else "Id"])

    def condition_query(self) -> str:
        if won_by := self.settings.won_by:
            return f"SELECT Id FROM {won_by.main} WHERE ({self.settings.wanted})"
        return super().condition_query()

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        if people.is_person(main):
            return self._see_person(main, meets)
        choice = choose(parts, self.settings.contact_fallback)
        self.warn(main["Id"], choice.warning)
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=choice.contact,
            fields={**account_fields(main, self.company_key), **contact_fields(choice.contact)},
            company_key=self.company_key,
            meets=meets,
            why_unwanted=self._why_unwanted(main, meets),
        )

    def _see_person(self, main: Row, meets: bool) -> Seen:
        """The contact behind it shows what the account shows, and nobody may write to it."""
        return Seen(
            kind=self.kind,
            main=main,
            parts=(),
            part=None,
            fields={**account_fields(main, self.company_key), **people.person_fields(main)},
            company_key=self.company_key,
            meets=meets,
            why_unwanted=self._why_unwanted(main, meets),
        )

    def _why_unwanted(self, account: Row, meets: bool) -> str:
        if elsewhere := self.linked_elsewhere(account):
            return elsewhere
        if people.is_person(account) and self.settings.person_accounts == "leave_out":
            return "It is a person account; the settings leave those out."
        return "" if meets else self.settings.why_unwanted

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        person = people.is_person(before.main) if before else self._becomes_person(values)
        return (dict(values), {}) if person else split(values)

    def _becomes_person(self, values: Mapping[str, Value]) -> bool:
        return self.settings.person_accounts == "create" and people.to_be_a_person(values)

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        values = operation.values
        given = account_row(self.split(values)[0], self.company_key)
        if self._becomes_person(values):
            given |= people.person_row(values) | {"RecordTypeId": self._record_type_of_people()}
            given = {name: value for name, value in given.items() if name not in people.NEVER_WRITTEN}
        row = {name: value for name, value in given.items() if value not in (None, "")}
        row[EXTERNAL_ID] = external_id(self.company_key, operation.counterpart_id)
        row.setdefault(ACCOUNT["active"].name, True)
        return row

    def _record_type_of_people(self) -> str:
        if not self._person_type:
            found = [row for page in self.gateway.query(people.RECORD_TYPES) for row in page]
            wanted = self.settings.person_record_type
            chosen = [row for row in found if wanted in ("", row["DeveloperName"])]
            if not chosen:
                raise ConnectorError(
                    f"Salesforce has no record type for person accounts{f' called {wanted}' if wanted else ''}.",
                    remedy="Correct person_accounts or person_record_type in the pair's customers settings.",
                    retry_seconds=None,
                )
            self._person_type = str(chosen[0]["Id"])
        return self._person_type

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        """What differs. An Account that is being linked also says whether it is active: nobody had said so before."""
        current = before.fields
        different = {name: value for name, value in asked.items() if not same(value, current[name])}
        row = account_row(different, self.company_key)
        if people.is_person(before.main):
            refused = people.cannot_take(asked, current)
            row |= people.person_row({name: value for name, value in different.items() if name not in refused})
            row = {name: value for name, value in row.items() if name not in people.NEVER_WRITTEN}
        if row.get(EXTERNAL_ID) and current["active"] is None:
            row[ACCOUNT["active"].name] = asked.get("active") is not False
        return row

    def cannot_take(self, operation: Operation, before: Seen) -> dict[str, str]:
        return people.cannot_take(operation.values, before.fields) if people.is_person(before.main) else {}

    def plan_part(self, operation: Operation, asked: Mapping[str, Value], before: Seen | None) -> PartPlan:
        if people.is_person(before.main) if before else self._becomes_person(operation.values):
            return PartPlan()
        return plan_contact(
            asked,
            before.parts if before else (),
            before.part if before else None,
            rename=self.settings.contact_rename,
            key_seed=f"{self.company_key}|{operation.counterpart_id or operation.record_id}",
        )

    def asks_for_part(self, operation: Operation) -> bool:
        if self._becomes_person(operation.values):
            return False
        return any(value for name, value in operation.values.items() if name.startswith("contact_"))

    def part_is_there(self, after: Seen, insert: Mapping[str, Any]) -> bool:
        key = insert.get(CONTACT_KEY)
        return any(key and row[CONTACT_KEY] == key for row in after.parts)

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        if "parent" not in operation.values:
            return "", ""
        return "parent", "Its parent account is gone, or the sync's user may not see it."
