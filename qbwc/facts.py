"""What a QuickBooks told of itself, and what it therefore cannot take.

Words    facts  a plain dict, kept on the company: product, edition, versions, country, preferences …
Rule     pure; learns only from Host, Company and Preferences answers
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

EDITIONS = ("Enterprise", "Premier", "Accountant", "Simple Start", "Pro")


@dataclass
class Learnt:
    """One set of answers, sorted."""

    facts: dict[str, Any] = field(default_factory=dict)
    company_name: str = ""
    file_id: str = ""

    @property
    def complete(self) -> bool:
        """Whether the company can be told from others by this."""
        return bool(self.company_name and self.file_id)


def learn(results: Iterable[Any]) -> Learnt:
    """Sort the records of a Host, Company and Preferences answer into facts."""
    learnt = Learnt()
    for result in results:
        for record in result.records:
            READERS.get(record.name, _nothing)(learnt, record.data)
    return learnt


def _nothing(learnt: Learnt, data: Mapping[str, Any]) -> None:
    """Other records tell nothing."""


def _host(learnt: Learnt, data: Mapping[str, Any]) -> None:
    product = str(data.get("ProductName", ""))
    learnt.facts.update(
        product=product,
        edition=edition_of(product),
        release=f"{data.get('MajorVersion', '')}.{data.get('MinorVersion', '')}".strip("."),
        versions=[str(version) for version in _list(data.get("SupportedQBXMLVersion"))],
        file_mode=str(data.get("QBFileMode", "")),
    )
    if data.get("Country"):
        learnt.facts["country"] = str(data["Country"])


def _company(learnt: Learnt, data: Mapping[str, Any]) -> None:
    learnt.company_name = str(data.get("CompanyName", ""))
    learnt.facts["sample"] = bool(data.get("IsSampleCompany", False))
    for extension in _list(data.get("DataExtRet")):
        if extension.get("DataExtName") == "FileID":
            learnt.file_id = str(extension.get("DataExtValue", ""))


def _preferences(learnt: Learnt, data: Mapping[str, Any]) -> None:
    learnt.facts["preferences"] = {
        name: bool(_at(data, path)) for name, path in SWITCHES.items() if _at(data, path) is not None
    } | {"sales_tax": "SalesTaxPreferences" in data}
    closing = _at(data, "AccountingPreferences.ClosingDate")
    learnt.facts["closing_date"] = str(closing or "")


SWITCHES = {
    "inventory": "PurchasesAndVendorsPreferences.IsUsingInventory",
    "classes": "AccountingPreferences.IsUsingClassTracking",
    "account_numbers": "AccountingPreferences.IsUsingAccountNumbers",
    "multi_currency": "MultiCurrencyPreferences.IsMultiCurrencyOn",
    "estimates": "JobsAndEstimatesPreferences.IsUsingEstimates",
    "price_levels": "SalesAndCustomersPreferences.PriceLevels.IsUsingPriceLevels",
    "multi_site": "MultiLocationInventoryPreferences.IsMultiLocationInventoryEnabled",
}
READERS: dict[str, Callable[[Learnt, Mapping[str, Any]], None]] = {
    "Host": _host,
    "Company": _company,
    "Preferences": _preferences,
}


def edition_of(product: str) -> str:
    """QuickBooks names its edition only inside the product's name."""
    return next((edition for edition in EDITIONS if edition.lower() in product.lower()), "")


def same_file_id(one: str, other: str) -> bool:
    """GUIDs compare without braces and case."""
    return one.strip("{} ").lower() == other.strip("{} ").lower() != ""


def refusal(name: str, body: str, facts: Mapping[str, Any]) -> str:
    """Why this QuickBooks cannot take the request; empty if nothing speaks against it."""
    preferences = facts.get("preferences", {})
    if name.startswith("SalesOrder") and facts.get("edition") in {"Pro", "Simple Start"}:
        return f"{facts['product']} has no sales orders; only Premier and Enterprise do."
    if preferences.get("multi_currency") is False and ("<CurrencyRef>" in body or "<ExchangeRate>" in body):
        return "Multiple currencies are switched off in this company, so a currency cannot be sent."
    if preferences.get("classes") is False and "<ClassRef>" in body and not name.endswith("Query"):
        return "Class tracking is switched off in this company, so a class cannot be sent."
    if preferences.get("inventory") is False and name.startswith(("ItemInventory", "InventoryAdjustment")):
        return "Inventory is switched off in this company."
    return ""


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(data, list):
            data = data[0] if data else None
        if not isinstance(data, Mapping) or name not in data:
            return None
        data = data[name]
    return data
