"""What a QuickBooks told of itself, and what it therefore cannot take.

Words    facts  a plain dict, kept on the company: product, edition, versions, country, preferences …
         limit  something that this QuickBooks lacks, and the requests and elements that need it
Rule     pure; learns only from Host, Company and Preferences answers. What is not known speaks against nothing: an
         edition or a preference that QuickBooks did not tell forbids no request
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from qbwc.qbxml import catalogue

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
    } | {name: aggregate in data for name, aggregate in PRESENT.items()}
    for name, path in ACCESS.items():
        if _at(data, path) is not None:
            learnt.facts[name] = bool(_at(data, path))
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
    "bar_codes": "ItemsAndInventoryPreferences.IsBarcodeEnabled",
}
# QuickBooks leaves the whole aggregate out where the feature is off.
PRESENT = {"sales_tax": "SalesTaxPreferences", "time_tracking": "TimeTrackingPreferences"}
ACCESS = {
    "personal_data": "CurrentAppAccessRights.IsPersonalDataAccessAllowed",
    "automatic_login": "CurrentAppAccessRights.IsAutomaticLoginAllowed",
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


# What this QuickBooks cannot do --------------------------------------------------------------------------

Facts = Mapping[str, Any]
SMALL = ("Pro", "Simple Start")
NOT_ENTERPRISE = (*SMALL, "Premier", "Accountant")
VERBS = r"(?:Add|Mod|Del|Void|Merge|Query)"


class Limit(NamedTuple):
    """``requests`` and ``elements`` are alternatives of a pattern: a request meets the limit by either."""

    lacking: Callable[[Facts], bool]
    requests: str
    elements: str
    reads: bool  # whether a query meets it, too
    reason: str
    remedy: str


def _edition(*editions: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("edition") in editions


def _off(preference: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("preferences", {}).get(preference) is False


def _denied(right: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get(right) is False


_HIGHER = "Use QuickBooks Premier or Enterprise, or switch this off in the sync."
_ENTERPRISE = "Use QuickBooks Enterprise with Advanced Inventory, or switch this off in the sync."
_SWITCH = "Switch it on in QuickBooks under Edit > Preferences > {}, or switch it off in the sync."
_RIGHTS = "Edit > Preferences > Integrated Applications > Company Preferences > Properties"
_SITES = "InventorySite|ItemSites|TransferInventory"
_SITE_REFS = "(?:From|To)?InventorySite(?:Location)?Ref|SiteFilter|ItemSiteFilter"
_UNITS = "UnitOfMeasure|UnitOfMeasureSetRef"
_STOCK = "ItemInventory|ItemInventoryAssembly|InventoryAdjustment|BuildAssembly|ItemAssembliesCanBuild"

LIMITS = (
    Limit(
        lambda facts: facts.get("read_only") is True,
        r"\w+", "", False,
        "QuickBooks lets us only read: the application was added as read-only.",
        "Remove it from the Web Connector and add it again with a new set-up file.",
    ),
    Limit(
        _edition(*SMALL), "SalesOrder", "", True,
        "{product} has no sales orders; only Premier and Enterprise do.", _HIGHER,
    ),
    Limit(
        _edition(*SMALL), "BuildAssembly|ItemInventoryAssembly|ItemAssembliesCanBuild", "", True,
        "{product} has no assemblies; only Premier and Enterprise do.", _HIGHER,
    ),
    Limit(
        _edition(*SMALL), "", "PriceLevelPerItem", False,
        "{product} has no price levels for single items; only Premier and Enterprise do.", _HIGHER,
    ),
    Limit(
        _edition(*SMALL), "UnitOfMeasureSet", _UNITS, False,
        "{product} has no units of measure; only Premier and Enterprise do.", _HIGHER,
    ),
    Limit(
        _edition(*NOT_ENTERPRISE), _SITES, _SITE_REFS, True,
        "{product} has no inventory sites; only Enterprise does.", _ENTERPRISE,
    ),
    Limit(
        _edition(*NOT_ENTERPRISE), "", "SerialNumber|LotNumber", False,
        "{product} has no serial and lot numbers; only Enterprise does.", _ENTERPRISE,
    ),
    Limit(
        _off("multi_site"), _SITES, _SITE_REFS, True,
        "Inventory sites are switched off in this company.", _SWITCH.format("Items & Inventory"),
    ),
    Limit(
        _off("multi_currency"), "Currency", "CurrencyRef|ExchangeRate|CurrencyFilter", True,
        "Multiple currencies are switched off in this company, so a currency cannot be sent.",
        _SWITCH.format("Multiple Currencies") + " Once on, they stay on for good.",
    ),
    Limit(
        _off("classes"), "Class", "ClassRef", False,
        "Class tracking is switched off in this company, so a class cannot be sent.", _SWITCH.format("Accounting"),
    ),
    Limit(
        _off("inventory"), _STOCK, "", True,
        "Inventory is switched off in this company.", _SWITCH.format("Items & Inventory"),
    ),
    Limit(
        _off("price_levels"), "PriceLevel", "PriceLevelRef", False,
        "Price levels are switched off in this company.", _SWITCH.format("Sales & Customers"),
    ),
    Limit(
        _off("estimates"), "Estimate", "", False,
        "Estimates are switched off in this company.", _SWITCH.format("Jobs & Estimates"),
    ),
    Limit(
        _off("sales_tax"), "ItemSalesTax|ItemSalesTaxGroup|SalesTaxCode|SalesTaxPaymentCheck", "ItemSalesTaxRef", False,
        "Sales tax is switched off in this company.", _SWITCH.format("Sales Tax"),
    ),
    Limit(
        _off("time_tracking"), "TimeTracking", "", False,
        "Time tracking is switched off in this company.", _SWITCH.format("Time & Expenses"),
    ),
    Limit(
        _off("bar_codes"), "BarCode", "BarCode", False,
        "Bar codes are switched off in this company.", _SWITCH.format("Items & Inventory"),
    ),
    Limit(
        _denied("personal_data"), "", "CreditCardInfo|CreditCardTxnInfo(?:Mod)?|SSN", False,
        "We have no access to personal data, so card and social security numbers cannot be sent.",
        f"Allow it in QuickBooks under {_RIGHTS}.",
    ),
)  # fmt: skip
_TXN_DATE = re.compile(r"<TxnDate>(\d{4}-\d{2}-\d{2})</TxnDate>")


@cache
def _patterns(limit: Limit) -> tuple[re.Pattern[str], re.Pattern[str]]:
    nothing = r"(?!)"
    names = re.compile(f"(?:{limit.requests}){VERBS}" if limit.requests else nothing)
    return names, re.compile(rf"<(?:{limit.elements})[\s/>]" if limit.elements else nothing)


def refusal(name: str, body: str, facts: Facts) -> str:
    """Why this QuickBooks cannot take the request, and what to do; empty if nothing that it told speaks against it.

    Without a body ("") only the kind of request is judged, so that one can ask before anything is built.
    """
    reads = name.endswith("Query")
    for limit in LIMITS:
        if limit.lacking(facts) and (limit.reads or not reads):
            names, elements = _patterns(limit)
            if names.fullmatch(name) or elements.search(body):
                reason = limit.reason.format(product=facts.get("product") or "This QuickBooks")
                return f"{reason} {limit.remedy}"
    return _too_new(name, facts) or ("" if reads else _closed_books(body, facts))


def _too_new(name: str, facts: Facts) -> str:
    """Whole requests that its version or country does not have; elements are checked by qbxml.build."""
    if not catalogue.exists(name):
        return ""
    known, product = catalogue.request(name), facts.get("product") or "This QuickBooks"
    spoken = [float(version) for version in facts.get("versions", ()) if re.fullmatch(r"\d+(\.\d+)?", version)]
    if spoken and float(known.since) > max(spoken):
        return f"{product} takes qbXML {max(spoken)}; {name} needs {known.since}. Use a newer QuickBooks."
    country = facts.get("country")
    if country in catalogue.COUNTRIES and country not in known.countries:
        return f"{product} does not have {name} in {country}. Switch this off in the sync."
    return ""


def _closed_books(body: str, facts: Facts) -> str:
    closing, found = str(facts.get("closing_date") or ""), _TXN_DATE.search(body)
    if closing and found and found[1] <= closing:
        return (
            f"The transaction is dated {found[1]}, and the books are closed up to {closing}."
            " Give it a later date, or ask your accountant whether the closing date may be changed."
        )
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
