"""What every new company has in its small lists. Its accounts are in accounts.py."""

from __future__ import annotations

from collections.abc import Mapping

ENTRIES: tuple[tuple[str, tuple[Mapping[str, str], ...]], ...] = (
    (
        "StandardTerms",
        tuple(
            {"Name": name, "StdDueDays": days, "StdDiscountDays": "0"}
            for name, days in (("Due on receipt", "0"), ("Net 15", "15"), ("Net 30", "30"), ("Net 60", "60"))
        ),
    ),
    ("SalesTaxCode", ({"Name": "Tax", "IsTaxable": "true"}, {"Name": "Non", "IsTaxable": "false"})),
    ("ItemSalesTax", ({"Name": "San Mateo", "TaxRate": "8.25"},)),
    (
        "PriceLevel",
        ({"Name": "Trade", "PriceLevelType": "FixedPercentage", "PriceLevelFixedPercentage": "-10.0"},),
    ),
    ("CustomerType", ({"Name": "Residential"}, {"Name": "Commercial"})),
    (
        "PaymentMethod",
        tuple({"Name": name, "PaymentMethodType": name} for name in ("Cash", "Check", "Visa")),
    ),
    ("ShipMethod", tuple({"Name": name} for name in ("UPS", "Federal Express", "US Mail"))),
    ("CustomerMsg", ({"Name": "Thank you for your business."}, {"Name": "Please remit to above address."})),
    (
        "Template",
        tuple(
            {"Name": name, "TemplateType": kind}
            for name, kind in (
                ("Intuit Product Invoice", "Invoice"),
                ("Intuit Service Invoice", "Invoice"),
                ("Custom Credit Memo", "CreditMemo"),
                ("Custom Sales Receipt", "SalesReceipt"),
                ("Custom Estimate", "Estimate"),
                ("Custom Sales Order", "SalesOrder"),
                ("Custom Purchase Order", "PurchaseOrder"),
            )
        ),
    ),
)
CURRENCIES = (
    *(("US Dollar", "USD"), ("Euro", "EUR")),
    *(("Canadian Dollar", "CAD"), ("British Pound Sterling", "GBP")),
)
