"""What QuickBooks tells of itself: HostQuery, CompanyQuery, PreferencesQuery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import addresses, views, writer
from .answers import Answer
from .reader import Call
from .rules import RETS

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

HOME_CURRENCIES = {"US": "US Dollar", "CA": "Canadian Dollar", "UK": "British Pound Sterling"}
CAPACITY = {"Pro": 14_500, "Premier": 14_500, "Enterprise": 1_000_000}


def host(file: CompanyFile, call: Call, session: Session) -> Answer:
    shown: dict[str, Any] = {
        "ProductName": file.product.name,
        "MajorVersion": str(file.product.major),
        "MinorVersion": "0",
        "Country": file.product.country,
        "SupportedQBXMLVersion": file.product.supported,
        "IsAutomaticLogin": "false",
        "QBFileMode": "SingleUser",
    }
    if call.data.get("IncludeListMetaData", {}).get("IncludeMaxCapacity") == "true":
        most = str(CAPACITY[file.product.edition])
        shown["ListMetaData"] = {name: {"MaxCapacity": most} for name in _capacities()}
    return _answer(call, "Host", shown)


def _capacities() -> list[str]:
    held = RETS["Host"].by_name["ListMetaData"].inner
    return [element.name for element in held.elements] if held is not None else []


def company(file: CompanyFile, call: Call, session: Session) -> Answer:
    address = {"Addr1": "P.O. Box 12345", "City": "San Mateo", "State": "CA", "PostalCode": "94402", "Country": "US"}
    shown: dict[str, Any] = {
        "IsSampleCompany": "false",
        "CompanyName": file.name,
        "LegalCompanyName": f"{file.name}, Inc.",
        "Address": address,
        "AddressBlock": addresses.block(address, file.product.country),
        "Phone": "650-555-0100",
        "Email": "books@example.com",
        "FirstMonthFiscalYear": "January",
        "FirstMonthIncomeTaxYear": "January",
        "CompanyType": "ManufacturerorManufacturersRepAgent",
        "TaxForm": "Form1120",
        "SubscribedServices": {
            "Service": [
                {"Name": "QuickBooks Online Banking", "Domain": "banking.qb", "ServiceStatus": "Never"},
            ]
        },
        "AccountantCopy": {"AccountantCopyExists": "false"},
        "DataExtRet": views.custom_fields(file, file.company_custom, call.data.get("OwnerID", ())),
    }
    return _answer(call, "Company", shown)


def preferences(file: CompanyFile, call: Call, session: Session) -> Answer:
    settings = file.settings
    shown: dict[str, Any] = {
        "AccountingPreferences": {
            "IsUsingAccountNumbers": "true",
            "IsRequiringAccounts": "true",
            "IsUsingClassTracking": _yes(settings.class_tracking),
            "IsUsingAuditTrail": "true",
            "IsAssigningJournalEntryNumbers": "true",
            "ClosingDate": settings.closing_date,
        },
        "FinanceChargePreferences": {
            "AnnualInterestRate": "0.00",
            "MinFinanceCharge": "0.00",
            "GracePeriod": "0",
            "IsAssessingForOverdueCharges": "false",
            "CalculateChargesFrom": "DueDate",
            "IsMarkedToBePrinted": "false",
        },
        "JobsAndEstimatesPreferences": {
            "IsUsingEstimates": _yes(settings.estimates),
            "IsUsingProgressInvoicing": "false",
            "IsPrintingItemsWithZeroAmounts": "false",
        },
        "MultiCurrencyPreferences": _currencies(file),
        "MultiLocationInventoryPreferences": {
            "IsMultiLocationInventoryAvailable": _yes(file.product.edition == "Enterprise"),
            "IsMultiLocationInventoryEnabled": _yes(settings.multi_site),
        },
        "PurchasesAndVendorsPreferences": {
            "IsUsingInventory": _yes(settings.inventory),
            "DaysBillsAreDue": "10",
            "IsAutomaticallyUsingDiscounts": "false",
        },
        "ReportsPreferences": {"AgingReportBasis": "AgeFromDueDate", "SummaryReportBasis": "Accrual"},
        "SalesAndCustomersPreferences": {
            "IsTrackingReimbursedExpensesAsIncome": "false",
            "IsAutoApplyingPayments": "true",
            "PriceLevels": {"IsUsingPriceLevels": _yes(settings.price_levels), "IsRoundingSalesPriceUp": "true"},
        },
        "SalesTaxPreferences": _sales_tax(file),
        "TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"},
        "CurrentAppAccessRights": {
            "IsAutomaticLoginAllowed": "false",
            "IsPersonalDataAccessAllowed": _yes(settings.personal_data),
        },
        "ItemsAndInventoryPreferences": {
            "EnhancedInventoryReceivingEnabled": "false",
            "IsTrackingSerialOrLotNumber": "None",
            "FIFOEnabled": "false",
            "IsRSBEnabled": "false",
            "IsBarcodeEnabled": _yes(settings.bar_codes),
        },
    }
    return _answer(call, "Preferences", shown)


def _currencies(file: CompanyFile) -> dict[str, Any]:
    shown: dict[str, Any] = {"IsMultiCurrencyOn": _yes(file.settings.multi_currency)}
    home = file.lists.find(("Currency",), "", HOME_CURRENCIES[file.product.country])
    if file.settings.multi_currency and home is not None:
        shown["HomeCurrencyRef"] = {"ListID": home.list_id, "FullName": home.full_name}
    return shown


def _sales_tax(file: CompanyFile) -> dict[str, Any]:
    """The whole aggregate is absent where sales tax is off."""
    if not file.settings.sales_tax:
        return {}
    taxes = file.default_taxes()
    non = file.lists.find(("SalesTaxCode",), "", "Non")
    references = {
        "DefaultItemSalesTaxRef": file.lists.shelf("ItemSalesTax").in_order("ItemSalesTax")[0],
        "DefaultTaxableSalesTaxCodeRef": taxes["SalesTaxCodeRef"],
        "DefaultNonTaxableSalesTaxCodeRef": non,
    }
    shown: dict[str, Any] = {
        name: {"ListID": record.list_id, "FullName": record.full_name} for name, record in references.items() if record
    }
    return {**shown, "PaySalesTax": "Quarterly"}


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _answer(call: Call, name: str, shown: dict[str, Any]) -> Answer:
    only = frozenset(call.data.get("IncludeRetElement", ()))
    return Answer(body=writer.ret(f"{name}Ret", RETS[name], shown, call.version, only))
