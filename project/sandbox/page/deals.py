"""Opportunities with their lines, as sales people see and edit them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from project.sandbox.example_books import enter_deal
from project.sandbox.page.plain import Refusal, View, amount, count, given, number, plain, tie
from project.sandbox.salesforce import Org

DEAL = {"name": "Name", "po_number": "QB_PO_Number__c", "type": "QB_Transaction_Type__c"}
TOLD = {
    "number": "QB_Number__c",
    "status": "QB_Status__c",
    "total": "QB_Total__c",
    "balance": "QB_Balance__c",
}
WON = "Closed Won"


class Deals:
    def __init__(self, org: Org) -> None:
        self.org = org

    def opportunities(self) -> dict[str, View]:
        names = {row["Id"]: row["Name"] for sobject in ("Account", "Product2") for row in self.org.records(sobject)}
        lines: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.org.records("OpportunityLineItem"):
            lines[row["OpportunityId"]].append(row)
        return {row["Id"]: _view(row, lines[row["Id"]], names) for row in self.org.records("Opportunity")}

    def add(self, record_id: str, values: Mapping[str, Any]) -> str:
        account = self._account(values.get("customer"))
        lines = [self._line(each) for each in values.get("lines") or []]
        return enter_deal(
            self.org,
            account,
            str(values.get("name") or ""),
            lines,
            stage=WON if values.get("won") else "Prospecting",
            type=values.get("type") or "",
            po_number=values.get("po_number") or "",
        )

    def _account(self, name: Any) -> str:
        for row in self.org.records("Account"):
            if name and row["Name"] == name:
                return str(row["Id"])
        raise Refusal("Salesforce: choose the Account.")

    def _line(self, given_: Mapping[str, Any]) -> tuple[str, Decimal, Decimal]:
        product = next((row for row in self.org.records("Product2") if row["Name"] == given_.get("item")), None)
        if product is None:
            raise Refusal("Salesforce: choose the product of each line.")
        quantity = number(given_.get("quantity"), "a quantity") or Decimal(1)
        price = amount(given_.get("rate"))
        return str(product["Id"]), quantity, self._list_price(product["Id"]) if price is None else price

    def _list_price(self, product: str) -> Decimal:
        for row in self.org.records("PricebookEntry"):
            if row["Product2Id"] == product:
                return Decimal(row["UnitPrice"])
        return Decimal(0)

    def edit(self, record_id: str, values: Mapping[str, Any]) -> str:
        fields = given(values, DEAL)
        if fields:
            self.org.update(record_id, **fields)
        if "lines" in values:
            self._write_lines(record_id, values["lines"])
        return record_id

    def _write_lines(self, deal: str, lines: list[Mapping[str, Any]]) -> None:
        """Those with an id stay, others are new, the rest goes."""
        rows = {row["Id"]: row for row in self.org.records("OpportunityLineItem") if row["OpportunityId"] == deal}
        for place, each in enumerate(lines, 1):
            product, quantity, price = self._line(each)
            held = rows.pop(each.get("id") or "", None)
            if held is None:
                line: dict[str, Any] = {"Quantity": quantity, "UnitPrice": price, "SortOrder": place}
                self.org.insert("OpportunityLineItem", OpportunityId=deal, Product2Id=product, **line)
            elif (held["Quantity"], held["UnitPrice"]) != (quantity, price):
                self.org.update(held["Id"], Quantity=quantity, UnitPrice=price)
        for gone in rows:
            self.org.delete(gone)

    def win(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.org.update(record_id, StageName=WON)
        return record_id

    def delete(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.org.delete(record_id)
        return record_id


def _view(row: Mapping[str, Any], lines: list[Mapping[str, Any]], names: Mapping[str, str]) -> View:
    view = {ours: row.get(theirs) for ours, theirs in {**DEAL, **TOLD}.items()}
    ordered = sorted(lines, key=lambda each: (each.get("SortOrder") is None, each.get("SortOrder") or 0, each["Id"]))
    return plain(
        {
            **view,
            "id": row["Id"],
            "tie": tie(row),
            "customer": names.get(row.get("AccountId") or ""),
            "stage": row.get("StageName"),
            "won": bool(row.get("IsWon")),
            "closed": bool(row.get("IsClosed")),
            "amount": row.get("Amount"),
            "lines": [
                {
                    "id": each["Id"],
                    "item": names.get(each["Product2Id"]),
                    "quantity": count(each["Quantity"]),
                    "rate": f"{each['UnitPrice']:.2f}",
                    "amount": f"{each['TotalPrice']:.2f}",
                }
                for each in ordered
            ],
        }
    )
