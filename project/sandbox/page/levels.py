"""Price levels of QuickBooks and price books of Salesforce, as a person sees and edits them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from project.sandbox.desktop import CompanyFile
from project.sandbox.page.plain import Refusal, View, number, plain, tie
from project.sandbox.salesforce import Org


class Levels:
    def __init__(self, org: Org, file: CompanyFile) -> None:
        self.org, self.file = org, file

    def books(self) -> dict[str, View]:
        """Every price book but the standard one, with its active prices."""
        names = {row["Id"]: row["Name"] for row in self.org.records("Product2")}
        prices: dict[str, list[View]] = defaultdict(list)
        for row in self.org.records("PricebookEntry"):
            if row["IsActive"]:
                prices[row["Pricebook2Id"]].append(_price(row["Id"], names[row["Product2Id"]], row["UnitPrice"]))
        return {
            row["Id"]: plain(
                {
                    "id": row["Id"],
                    "tie": tie(row),
                    "name": row["Name"],
                    "active": row["IsActive"],
                    "lines": sorted(prices[row["Id"]], key=lambda each: str(each["item"])),
                }
            )
            for row in self.org.records("Pricebook2")
            if not row["IsStandard"]
        }

    def levels(self) -> dict[str, View]:
        return {each["ListID"]: _level(each) for each in self.file.elements("PriceLevel")}

    def edit_book(self, record_id: str, values: Mapping[str, Any]) -> str:
        if "name" in values:
            self.org.update(record_id, Name=values["name"])
        return record_id

    def edit_level(self, record_id: str, values: Mapping[str, Any]) -> str:
        fields: dict[str, Any] = {"Name": values["name"]} if "name" in values else {}
        if "percent" in values:
            if self.levels()[record_id]["lines"]:
                raise Refusal("QuickBooks: this level has prices of single items, and no percentage.")
            fields["PriceLevelFixedPercentage"] = _share(values["percent"])
        if fields:
            self.file.edit("PriceLevel", record_id, **fields)
        return record_id

    def add_level(self, record_id: str, values: Mapping[str, Any]) -> str:
        share = _share(values.get("percent"))
        return self.file.add("PriceLevel", Name=values.get("name"), PriceLevelFixedPercentage=share)

    def delete_level(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.file.delete("PriceLevel", record_id)
        return record_id


def _share(given: Any) -> Decimal:
    found = number(given, "a percentage, such as -10")
    if found is None:
        raise Refusal("QuickBooks: by how many per cent do prices change? -10 takes a tenth off.")
    return found


def _level(element: Mapping[str, Any]) -> View:
    rows = element.get("PriceLevelPerItemRet") or []
    share = element.get("PriceLevelFixedPercentage")
    return plain(
        {
            "id": element["ListID"],
            "name": element["Name"],
            "active": element.get("IsActive", True),
            "percent": f"{Decimal(share).normalize():f}" if share is not None else None,
            "lines": [_price(row["ItemRef"]["ListID"], row["ItemRef"]["FullName"], row["CustomPrice"]) for row in rows],
        }
    )


def _price(key: str, item: str, price: Decimal) -> View:
    return {"id": key, "item": item, "quantity": None, "rate": None, "amount": f"{Decimal(price):.2f}"}
