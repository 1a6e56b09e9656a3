"""Which lists there are, and what is particular to each.

Words    kind     which list a record is in, by its qbXML name: Customer, Vendor, StandardTerms …
         shelf    one or more kinds that share names and the counter of ids: the four lists of names are one
                  shelf, so a customer and a vendor cannot have the same name; so are all kinds of items
To add a list: a line in KINDS, where its references lead in TARGETS, and what is special in particulars.py.
"""

from __future__ import annotations

from dataclasses import dataclass

HIGHER = ("Premier", "Enterprise")


@dataclass(frozen=True)
class Kind:
    """What is particular to a list."""

    name: str
    shelf: str
    plural: str
    name_field: str = "Name"  # "" if its elements have no name
    parent_field: str = ""  # what names the element above, in lists that are trees
    custom_fields: str = ""  # the object type by which DataExt requests call it
    needs: str = ""  # the setting without which QuickBooks answers 3250
    editions: tuple[str, ...] = ()  # none: all

    @property
    def hierarchical(self) -> bool:
        """With Sublevel and a FullName of its own."""
        return self.parent_field == "ParentRef"


_TREE = "ParentRef"


def _item(name: str, tree: bool = False, needs: str = "", editions: tuple[str, ...] = ()) -> Kind:
    parent = _TREE if tree else ""
    return Kind(f"Item{name}", "items", "Items", "Name", parent, "Item", needs, editions)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("Customer", "names", "Customers", parent_field=_TREE, custom_fields="Customer"),
        Kind("Vendor", "names", "Vendors", custom_fields="Vendor"),
        Kind("Employee", "names", "Employees", custom_fields="Employee"),
        Kind("OtherName", "names", "Other Names", custom_fields="OtherName"),
        Kind("Account", "accounts", "Accounts", parent_field=_TREE, custom_fields="Account"),
        # In the order in which ItemQuery shows them.
        _item("Service", tree=True),
        _item("NonInventory", tree=True),
        _item("OtherCharge", tree=True),
        _item("Inventory", tree=True, needs="inventory"),
        _item("InventoryAssembly", tree=True, needs="inventory", editions=HIGHER),
        _item("FixedAsset"),
        _item("Subtotal"),
        _item("Discount", tree=True),
        _item("Payment"),
        _item("SalesTax", needs="sales_tax"),
        _item("SalesTaxGroup", needs="sales_tax"),
        _item("Group"),
        Kind("StandardTerms", "terms", "Terms"),
        Kind("DateDrivenTerms", "terms", "Terms"),
        Kind("SalesTaxCode", "tax codes", "Sales Tax Codes", needs="sales_tax"),
        Kind("SalesRep", "sales reps", "Sales Reps", name_field="Initial"),
        Kind("CustomerType", "customer types", "Customer Types", parent_field=_TREE),
        Kind("VendorType", "vendor types", "Vendor Types", parent_field=_TREE),
        Kind("JobType", "job types", "Job Types", parent_field=_TREE),
        Kind("Class", "classes", "Classes", parent_field=_TREE, needs="class_tracking"),
        Kind("PaymentMethod", "payment methods", "Payment Methods"),
        Kind("ShipMethod", "ship methods", "Ship Methods"),
        Kind("CustomerMsg", "customer messages", "Customer Messages"),
        Kind("PriceLevel", "price levels", "Price Levels", needs="price_levels"),
        Kind("BillingRate", "billing rates", "Billing Rate Levels", editions=HIGHER),
        Kind("Currency", "currencies", "Currencies", needs="multi_currency"),
        Kind("InventorySite", "sites", "Inventory Sites", "Name", "ParentSiteRef", "", "multi_site", ("Enterprise",)),
        Kind("UnitOfMeasureSet", "units", "Unit of Measure Sets", needs="units_of_measure", editions=HIGHER),
        Kind("PayrollItemWage", "payroll items", "Payroll Items"),
        Kind("PayrollItemNonWage", "payroll items", "Payroll Items"),
        Kind("WorkersCompCode", "workers comp codes", "Workers Comp Codes"),
        Kind("Vehicle", "vehicles", "Vehicles"),
        Kind("Template", "templates", "Templates"),
        Kind("ToDo", "to dos", "To Do Notes", name_field=""),
        Kind("Lead", "leads", "Leads", name_field="FullName"),
    )
}

NAMES = tuple(kind.name for kind in KINDS.values() if kind.shelf == "names")
ITEMS = tuple(kind.name for kind in KINDS.values() if kind.shelf == "items")
# Queries of these answer although the feature is off: an empty list, or what was there before it was switched off.
QUERIED_WHEN_OFF = frozenset(("Class", "PriceLevel", "SalesTaxCode", "ItemSalesTax", "ItemSalesTaxGroup"))

_ACCOUNTS = (
    "AccountRef IncomeAccountRef COGSAccountRef AssetAccountRef ExpenseAccountRef LiabilityAccountRef "
    "DepositToAccountRef PrefillAccountRef TaxOnPurchasesAccountRef TaxOnSalesAccountRef"
)
# Where a reference may point to, by the name of its element.
TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_ACCOUNTS.split(), ("Account",)),
    "BillingRateRef": ("BillingRate",),
    "ClassRef": ("Class",),
    "CurrencyRef": ("Currency",),
    "CustomerRef": ("Customer",),
    "CustomerTypeRef": ("CustomerType",),
    "EmployeeRef": ("Employee",),
    "ItemInventoryRef": ITEMS,  # a component of an assembly may be of any kind in newer versions
    "ItemPurchaseTaxRef": ("ItemSalesTax", "ItemSalesTaxGroup"),
    "ItemRef": ITEMS,
    "ItemSalesTaxRef": ("ItemSalesTax", "ItemSalesTaxGroup"),
    "JobTypeRef": ("JobType",),
    "LeadRef": ("Lead",),
    "PaymentMethodRef": ("PaymentMethod",),
    "PayrollItemWageRef": ("PayrollItemWage",),
    "PrefVendorRef": ("Vendor",),
    "PreferredPaymentMethodRef": ("PaymentMethod",),
    "PriceLevelRef": ("PriceLevel",),
    "PurchaseTaxCodeRef": ("SalesTaxCode",),
    "SalesRepEntityRef": ("Employee", "Vendor", "OtherName"),
    "SalesRepRef": ("SalesRep",),
    "SalesTaxCodeRef": ("SalesTaxCode",),
    "SupervisorRef": ("Employee",),
    "TaxVendorRef": ("Vendor",),
    "TermsRef": ("StandardTerms", "DateDrivenTerms"),
    "UnitOfMeasureSetRef": ("UnitOfMeasureSet",),
    "VendorRef": ("Vendor",),
    "VendorTypeRef": ("VendorType",),
}
# A reference to what the company has not switched on is refused with 3250.
REFERENCE_NEEDS = {
    "CurrencyRef": "multi_currency",
    "ClassRef": "class_tracking",
    "SalesTaxCodeRef": "sales_tax",
    "ItemSalesTaxRef": "sales_tax",
    "PriceLevelRef": "price_levels",
    "UnitOfMeasureSetRef": "units_of_measure",
}
