"""A minimal record of every type that QuickBooks can add, and a change to it, as a person would fill them in.

The books that they refer to are those of the sandbox's own tests: customers Acme and Bolt, the vendor Supplies Inc, the
employee Erin Lund, items Widget, Setup, Cable …, and the accounts of a new company.
"""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import Any

from django.utils import timezone

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.faults import Faults
from tests.sandbox.desktop.books import books
from tests.sandbox.desktop.test_lists import EVERYTHING

STOCKED = {
    "IncomeAccountRef": "Sales Income",
    "COGSAccountRef": "Cost of Goods Sold",
    "AssetAccountRef": "Inventory Asset",
}
SOLD = {"SalesOrPurchase": {"Desc": "d", "Price": "5", "AccountRef": "Sales Income"}}
ITEM_LINE = {"ItemRef": "Setup", "Quantity": "2", "Rate": "10"}
EXPENSE_LINE = {"AccountRef": "Office Supplies", "Amount": "12.5"}
MEMO, NOTE = {"Memo": "changed"}, {"Notes": "changed"}


def sale(kind: str, **more: Any) -> dict[str, Any]:
    return {"CustomerRef": "Acme", f"{kind}LineAdd": [ITEM_LINE], **more}


def purchase(kind: str, **more: Any) -> dict[str, Any]:
    return {"VendorRef": "Supplies Inc", **more, "ExpenseLineAdd": [EXPENSE_LINE]}


# type -> the record and a change to it ({} where QuickBooks has no Mod)
LISTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Account": ({"Name": "New", "AccountType": "Expense"}, {"Desc": "changed"}),
    "BillingRate": ({"Name": "New", "FixedBillingRate": "50"}, {}),
    "Class": ({"Name": "New"}, {"IsActive": "false"}),
    "Currency": ({"Name": "New", "CurrencyCode": "CHF"}, {"IsActive": "false"}),
    "Customer": ({"Name": "New", "BillAddress": {"City": "Lund"}}, {"Phone": "1"}),
    "CustomerMsg": ({"Name": "New"}, {}),
    "CustomerType": ({"Name": "New"}, {}),
    "DateDrivenTerms": ({"Name": "New", "DayOfMonthDue": "10"}, {}),
    "Employee": ({"FirstName": "New", "LastName": "One"}, {"Phone": "1"}),
    "InventorySite": ({"Name": "New"}, {"SiteDesc": "changed"}),
    "ItemDiscount": ({"Name": "New", "AccountRef": "Sales Income", "DiscountRatePercent": "10"}, {"ItemDesc": "x"}),
    "ItemFixedAsset": (
        {
            "Name": "New",
            "AcquiredAs": "New",
            "PurchaseDesc": "Van",
            "PurchaseDate": "2026-01-02",
            "AssetAccountRef": "Furniture and Equipment",
        },
        {"PurchaseDesc": "Truck"},
    ),
    "ItemGroup": ({"Name": "New", "ItemGroupLine": [{"ItemRef": "Setup", "Quantity": "1"}]}, {"ItemDesc": "changed"}),
    "ItemInventory": ({"Name": "New", **STOCKED}, {"SalesDesc": "changed"}),
    "ItemInventoryAssembly": ({"Name": "New", **STOCKED}, {"SalesDesc": "changed"}),
    "ItemNonInventory": ({"Name": "New", **SOLD}, {"SalesOrPurchaseMod": {"Desc": "changed"}}),
    "ItemOtherCharge": ({"Name": "New", **SOLD}, {"SalesOrPurchaseMod": {"Desc": "changed"}}),
    "ItemPayment": ({"Name": "New"}, {"ItemDesc": "changed"}),
    "ItemSalesTax": ({"Name": "New", "TaxRate": "5", "TaxVendorRef": "Supplies Inc"}, {"ItemDesc": "changed"}),
    "ItemSalesTaxGroup": ({"Name": "New", "ItemSalesTaxRef": ["San Mateo"]}, {"ItemDesc": "changed"}),
    "ItemService": ({"Name": "New", **SOLD}, {"SalesOrPurchaseMod": {"Desc": "changed"}}),
    "ItemSubtotal": ({"Name": "New"}, {"ItemDesc": "changed"}),
    "JobType": ({"Name": "New"}, {}),
    "Lead": ({"FullName": "New"}, {"FullName": "New", "MainPhone": "1"}),
    "OtherName": ({"Name": "New"}, {"Phone": "1"}),
    "PaymentMethod": ({"Name": "New"}, {}),
    "PayrollItemWage": ({"Name": "New", "WageType": "Bonus", "ExpenseAccountRef": "Payroll Expenses"}, {}),
    "PriceLevel": ({"Name": "New", "PriceLevelFixedPercentage": "-5"}, {"IsActive": "false"}),
    "SalesRep": ({"Initial": "NW", "SalesRepEntityRef": "Landlord"}, {"IsActive": "false"}),
    "SalesTaxCode": ({"Name": "Neu", "IsTaxable": "true"}, {"Desc": "changed"}),
    "ShipMethod": ({"Name": "New"}, {}),
    "StandardTerms": ({"Name": "New", "StdDueDays": "45"}, {}),
    "ToDo": ({"Notes": "New"}, {"Notes": "changed"}),
    "UnitOfMeasureSet": (
        {"Name": "New", "UnitOfMeasureType": "Count", "BaseUnit": {"Name": "each", "Abbreviation": "ea"}},
        {},
    ),
    "Vehicle": ({"Name": "New", "Desc": "Van"}, {"Desc": "changed"}),
    "Vendor": ({"Name": "New"}, {"Phone": "1"}),
    "VendorType": ({"Name": "New"}, {}),
    "WorkersCompCode": (
        {"Name": "New", "RateEntry": [{"Rate": "1.5", "EffectiveDate": "2026-01-01"}]},
        {"Desc": "changed"},
    ),
}

TRANSACTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ARRefundCreditCard": (
        {
            "CustomerRef": "Acme",
            "PaymentMethodRef": "Visa",
            "RefundAppliedToTxnAdd": [{"TxnID": "1-1", "RefundAmount": "5"}],
        },
        {},
    ),
    "Bill": (purchase("Bill", RefNumber="N1"), MEMO),
    "BillPaymentCheck": (
        {
            "PayeeEntityRef": "Supplies Inc",
            "BankAccountRef": "Checking",
            "IsToBePrinted": "true",
            "AppliedToTxnAdd": [{"TxnID": "1-1", "PaymentAmount": "5"}],
        },
        {},
    ),
    "BillPaymentCreditCard": (
        {
            "PayeeEntityRef": "Supplies Inc",
            "CreditCardAccountRef": "Visa Card",
            "AppliedToTxnAdd": [{"TxnID": "1-1", "PaymentAmount": "5"}],
        },
        {},
    ),
    "BuildAssembly": ({"ItemInventoryAssemblyRef": "Robot", "QuantityToBuild": "1"}, MEMO),
    "Charge": ({"CustomerRef": "Acme", "ItemRef": "Setup", "Quantity": "2", "Rate": "10"}, {"Desc": "changed"}),
    "Check": ({"AccountRef": "Checking", "PayeeEntityRef": "Landlord", "ExpenseLineAdd": [EXPENSE_LINE]}, MEMO),
    "CreditCardCharge": ({"AccountRef": "Visa Card", "ExpenseLineAdd": [EXPENSE_LINE]}, MEMO),
    "CreditCardCredit": ({"AccountRef": "Visa Card", "ExpenseLineAdd": [EXPENSE_LINE]}, MEMO),
    "CreditMemo": (sale("CreditMemo"), MEMO),
    "Deposit": (
        {"DepositToAccountRef": "Checking", "DepositLineAdd": [{"AccountRef": "Service Income", "Amount": "5"}]},
        MEMO,
    ),
    "Estimate": (sale("Estimate"), MEMO),
    "InventoryAdjustment": (
        {
            "AccountRef": "Office Supplies",
            "InventoryAdjustmentLineAdd": [{"ItemRef": "Widget", "QuantityAdjustment": {"QuantityDifference": "1"}}],
        },
        MEMO,
    ),
    "Invoice": (sale("Invoice", RefNumber="N1"), MEMO),
    "ItemReceipt": (purchase("ItemReceipt"), MEMO),
    "JournalEntry": (
        {
            "JournalDebitLine": [{"AccountRef": "Office Supplies", "Amount": "5"}],
            "JournalCreditLine": [{"AccountRef": "Checking", "Amount": "5"}],
        },
        {"TxnDate": "2026-01-05"},
    ),
    "PurchaseOrder": (
        {"VendorRef": "Supplies Inc", "PurchaseOrderLineAdd": [{"ItemRef": "Widget", "Quantity": "1", "Rate": "10"}]},
        MEMO,
    ),
    "ReceivePayment": ({"CustomerRef": "Acme", "TotalAmount": "5", "IsAutoApply": "false"}, MEMO),
    "SalesOrder": (sale("SalesOrder"), MEMO),
    "SalesReceipt": (sale("SalesReceipt"), MEMO),
    "TimeTracking": (
        {"TxnDate": "2026-01-05", "EntityRef": "Erin Lund", "Duration": "PT1H30M"},
        {"EntityRef": "Erin Lund", "TxnDate": "2026-01-05", "Duration": "PT2H0M", **NOTE},
    ),
    "Transfer": (
        {"TransferFromAccountRef": "Checking", "TransferToAccountRef": "Savings", "Amount": "5"},
        MEMO,
    ),
    "TransferInventory": (
        {
            "FromInventorySiteRef": "North",
            "ToInventorySiteRef": "South",
            "TransferInventoryLineAdd": [{"ItemRef": "Widget", "QuantityToTransfer": "1"}],
        },
        MEMO,
    ),
    "VehicleMileage": ({"VehicleRef": "Van", "TotalMiles": "12", "TripStartDate": "2026-01-05"}, {}),
    "VendorCredit": (purchase("VendorCredit"), MEMO),
}

# Types with an Add that do not make the round, and why.
OTHERWISE = {
    "SpecialAccount": "makes an account of QuickBooks's own, which is queried as an Account and cannot be deleted",
    "SpecialItem": "makes an item of QuickBooks's own, which is queried as an Item and cannot be deleted",
    "DataExtDef": "defines a custom field: it has no id, and is queried and deleted by its own names",
    "DataExt": "is a value of another record's: it goes with that record, as its custom field",
    "SalesTaxPaymentCheck": "pays tax that is owed, which the sandbox does not work out",
}


def furnished(seed: int = 1) -> Any:
    """The books, with what the samples refer to beside that; everything is switched on."""
    file = CompanyFile(
        "Acme",
        clock=Clock(timezone.now().astimezone(UTC)),
        chance=Chance(seed),
        faults=Faults(),
        settings=EVERYTHING,
        edition="Enterprise",
    )
    file.restore(_backup())
    return file


@cache
def _backup() -> bytes:
    file = books(settings=EVERYTHING)
    for name in ("North", "South"):
        file.add("InventorySite", Name=name)
    file.add("Vehicle", Name="Van")
    file.add("ItemInventoryAssembly", Name="Robot", **{name: {"FullName": each} for name, each in STOCKED.items()})
    backup: bytes = file.snapshot()
    return backup
