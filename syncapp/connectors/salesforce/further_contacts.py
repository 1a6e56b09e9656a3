"""Further contacts in Salesforce: Contacts of accounts, but for those that Salesforce itself keeps behind people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncapp.connectors.salesforce.fields import (
    EXTERNAL_ID,
    FURTHER,
    FURTHER_COLUMNS,
    TICK,
    external_id,
    own_id,
    same,
)
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.people import IS_PERSON
from syncapp.connectors.salesforce.reading import Reader, Seen
from syncapp.connectors.salesforce.settings import kind_settings
from syncapp.records import Operation, Value

ONLY_FROM_QUICKBOOKS = "QuickBooks takes a further contact of a customer by hand only."


class FurtherContacts(Reader):
    kind = "contact"
    main = "Contact"
    noun = "contact"
    neutral = {each.name: name for name, each in FURTHER.items()}

    def __init__(self, gateway: Gateway, company_key: str, given: Mapping[str, Any]) -> None:
        super().__init__(gateway, company_key, kind_settings(given, set(FURTHER)))

    @property
    def main_columns(self) -> str:
        return ", ".join(FURTHER_COLUMNS)

    def only(self, condition: str) -> str:
        """Of any account, since one that is tied only now may have had the same contact all along."""
        [known] = self.gateway.describe(self.main)
        people = f" AND {IS_PERSON} = false" if IS_PERSON in known else ""
        return f"({condition}) AND AccountId != null{people}"

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        fields = {name: each.read(main.get(each.name)) for name, each in FURTHER.items()}
        return Seen(
            kind=self.kind,
            main=main,
            parts=parts,
            part=None,
            fields={**fields, "quickbooks_id": own_id(main, self.company_key)},
            company_key=self.company_key,
            why_unwanted=self.linked_elsewhere(main) or ONLY_FROM_QUICKBOOKS,
            matches=not main[TICK],  # that one travels with the customer
        )

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        return {name: value for name, value in values.items() if name in FURTHER}, {}

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        given = self._row({"last_name": None, **operation.values})
        row = {name: value for name, value in given.items() if value not in (None, "")}
        return {**row, EXTERNAL_ID: external_id(self.company_key, operation.counterpart_id)}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        return self._row({name: value for name, value in asked.items() if not same(value, before.fields[name])})

    def _row(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Neutral values as the contact takes them; Salesforce makes its name of first and last name."""
        row = {FURTHER[name].name: FURTHER[name].write(value) for name, value in values.items() if name in FURTHER}
        row.pop("Name", None)
        if values.get("quickbooks_id"):
            row[EXTERNAL_ID] = external_id(self.company_key, str(values["quickbooks_id"]))
        return row

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        if "customer" not in operation.values:
            return "", ""
        return "customer", "Its account is gone, or the sync's user may not see it."
