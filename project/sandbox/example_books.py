"""What the example's company sells, has sold and was paid, and what its sales people have won in Salesforce.

Words    ware   an item of QuickBooks, a product of Salesforce, or the same on both sides
         deal   an opportunity with its lines, and what must become of it in QuickBooks
         paper  a document or a payment that the bookkeeper has entered in QuickBooks
Rule     customers are those of example.py, by the name that QuickBooks knows them by
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .desktop import CompanyFile
from .salesforce import Org

SERVICE, NON_INVENTORY, CHARGE, STOCK = "ItemService", "ItemNonInventory", "ItemOtherCharge", "ItemInventory"
INCOME, SERVICES, COST, ASSET = "Sales Income", "Service Income", "Cost of Goods Sold", "Inventory Asset"
STOCK_ACCOUNTS = {"IncomeAccountRef": INCOME, "COGSAccountRef": COST, "AssetAccountRef": ASSET}
INVOICE, ORDER, RECEIPT, ESTIMATE = "Invoice", "Sales Order", "Sales Receipt", "Estimate"


@dataclass(frozen=True)
class Ware:
    """``product`` is the price under which Salesforce knows it already; empty: it does not."""

    name: str
    kind: str = ""  # of QuickBooks; empty: only Salesforce has it
    price: str = ""
    about: str = ""
    on_hand: int = 0
    parent: str = ""
    product: str = ""
    active: bool = True

    @property
    def full_name(self) -> str:
        return f"{self.parent}:{self.name}" if self.parent else self.name


WARES = (
    Ware("Consulting", SERVICE, "120.00", "An hour of advice", product="110.00"),
    Ware("Installation", SERVICE, "95.00", "An hour of a fitter", product="95.00"),
    Ware("Delivery", SERVICE, "35.00", "Delivery within 50 miles"),
    Ware("Custom Signage", NON_INVENTORY, "180.00", "A sign made to order"),
    Ware("Rush Handling", CHARGE, "25.00", "Sent the same day"),
    Ware("Desk Lamp", STOCK, "49.90", "Desk lamp, brass", 40, product="49.90"),
    Ware("Office Chair", STOCK, "219.00", "Office chair, black", 36, product="219.00"),
    Ware("Headrest", STOCK, "39.00", "Headrest for the office chair", 30, parent="Office Chair"),
    Ware("Standing Desk", STOCK, "549.00", "Standing desk, oak, 63 inches", 20, product="549.00"),
    Ware("Filing Cabinet", STOCK, "139.50", "Filing cabinet, three drawers", 12, product="139.50"),
    Ware("Fax Machine", STOCK, "99.00", "Discontinued", 1, active=False),
    Ware("Espresso Machine", product="1290.00", about="Not yet entered in QuickBooks"),
)
# The kinds that have rules of their own: an assembly, a group, a discount, a subtotal, a payment, a fixed asset.
ASSEMBLY, GROUP, DISCOUNT, SUBTOTAL, DEPOSIT, VAN = (
    *("Workstation", "Starter Office", "Trade Discount", "Subtotal", "Deposit Received", "Delivery Van"),
)
# A price level of single items; the other one, Trade, takes a tenth off all prices.
LEVEL, LEVEL_PRICES = "Schools", {"Standing Desk": "499.00", "Office Chair": "199.00"}
TRADE = "Trade"


@dataclass(frozen=True)
class Deal:
    """``lines`` are (product, quantity, price). ``becomes`` is empty where nothing may come of it, with the reason."""

    name: str
    account: str
    lines: tuple[tuple[str, int, str], ...]
    type: str = ""  # chosen on the opportunity; empty: an invoice, as the settings say
    becomes: str = INVOICE
    stage: str = "Closed Won"
    state: str = "in_step"
    reason: str = ""
    po_number: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((quantity * Decimal(price) for _, quantity, price in self.lines), Decimal(0))


DEALS = (
    Deal("Reading corner", "Hawthorne Books", (("Office Chair", 6, "219.00"), ("Desk Lamp", 6, "49.90"))),
    Deal(
        "Consulting room",
        "Elm Street Veterinary",
        (("Standing Desk", 2, "549.00"), ("Installation", 4, "95.00")),
        po_number="PO-7781",
    ),
    Deal("Studio furniture", "Sable Photography", (("Desk Lamp", 4, "45.00"), ("Consulting", 3, "120.00"))),
    Deal("Dispatch desks", "Delta Freight Lines", (("Standing Desk", 4, "529.00"),), ORDER, ORDER),
    Deal("Window lamps", "Foxglove Florists", (("Desk Lamp", 5, "49.90"),), RECEIPT, RECEIPT),
    Deal(
        "Practice archive",
        "Cascade Dental Group",
        (("Filing Cabinet", 3, "139.50"), ("Consulting", 2, "120.00")),
        ESTIMATE,
        ESTIMATE,
    ),
    Deal(
        "Coffee corner",
        "Ivy League Tutoring",
        (("Espresso Machine", 1, "1290.00"), ("Installation", 2, "95.00")),
        becomes="",
        state="waiting",
        reason="Espresso Machine",
    ),
    Deal(
        "Reception",
        "Summit Services",
        (("Office Chair", 2, "219.00"),),
        becomes="",
        state="waiting",
        reason="Summit Services",
    ),
    Deal(
        "Site office",
        "Granite State Roofing",
        (("Filing Cabinet", 2, "139.50"), ("Office Chair", 2, "219.00")),
        stage="Negotiation/Review",
        becomes="",
        state="unwanted",
        reason="not won",
    ),
)


@dataclass(frozen=True)
class Paper:
    """``pays`` names the documents by their numbers, with the amounts; ``rest`` is what else QuickBooks takes."""

    kind: str
    number: str
    customer: str
    lines: tuple[tuple[str, int], ...] = ()  # item and quantity; no quantity is a line without one
    days_ago: int = 20
    due_in: int = 30
    amount: str = ""
    pays: tuple[tuple[str, str], ...] = ()
    voided: bool = False
    waits_for: str = ""  # why it cannot come to Salesforce yet
    rest: Mapping[str, Any] = field(default_factory=dict)


PAPERS = (
    Paper("Invoice", "1001", "Bluebird Landscaping", (("Consulting", 8), ("Desk Lamp", 4)), 52),
    Paper("Invoice", "1002", "Copper Kettle Brewing", ((GROUP, 2), (SUBTOTAL, 0), (DISCOUNT, 0), ("Delivery", 1)), 40),
    Paper("Invoice", "1003", "Evergreen Nursery", (("Filing Cabinet", 2), ("Delivery", 1)), 45, 15),
    Paper("Invoice", "1004", "Fairhaven School District", (("Standing Desk", 5), ("Installation", 10)), 25, 60),
    Paper("Invoice", "1005", "Golden Gate Cycles", (("Custom Signage", 1), ("Rush Handling", 1)), 18, voided=True),
    Paper("Invoice", "1006", "Lighthouse Builders:Kitchen remodel", (("Consulting", 5),), 15),
    Paper("Invoice", "1007", "Maple Leaf Movers", (("Office Chair", 3), ("Office Chair:Headrest", 3)), 12),
    Paper("Invoice", "1008", "ACME, Incorporated", (("Desk Lamp", 1),), 9, waits_for="ACME, Incorporated"),
    Paper("SalesReceipt", "2001", "Juniper Catering", (("Desk Lamp", 2), ("Delivery", 1)), 11),
    Paper("Estimate", "3001", "Kestrel Aviation", (("Standing Desk", 3), ("Installation", 6)), 10),
    Paper("SalesOrder", "4001", "Larkspur Hotels", (("Office Chair", 4), ("Filing Cabinet", 1)), 8),
    Paper("CreditMemo", "5001", "Maple Leaf Movers", (("Office Chair:Headrest", 1),), 6),
    Paper("CreditMemo", "5002", "Golden Gate Cycles", (("Delivery", 1),), 5),
    Paper("ARRefundCreditCard", "6001", "Golden Gate Cycles", days_ago=3, pays=(("5002", "20.00"),)),
    Paper("ReceivePayment", "8101", "Bluebird Landscaping", days_ago=30, pays=(("1001", ""),)),
    Paper("ReceivePayment", "8102", "Copper Kettle Brewing", days_ago=14, pays=(("1002", "200.00"),)),
    Paper("ReceivePayment", "8103", "Fairhaven School District", days_ago=4, amount="500.00"),
)
CREDITED = ("1007", "5001", "20.00")  # an invoice, the credit memo that pays a part of it, and how much
OPENED_DAYS = 13  # invoices of so many days, or fewer, become opportunities where they came from none
OPENED = ("1007",)  # and of those at the start, this one does; 1008 waits for its customer
NEW_INVOICE = "1009"  # the next number that QuickBooks counts up


# Entering them -----------------------------------------------------------------------


def fill_products(org: Org) -> dict[str, str]:
    """The products that Salesforce knows already, with their standard prices; ids by name."""
    book = org.standard_pricebook
    found: dict[str, str] = {}
    for ware in WARES:
        if ware.product:
            found[ware.name] = org.insert("Product2", Name=ware.name, Description=ware.about, IsActive=True)
            price: dict[str, Any] = {"UnitPrice": Decimal(ware.product), "IsActive": True}
            org.insert("PricebookEntry", Pricebook2Id=book, Product2Id=found[ware.name], **price)
    return found


def fill_deals(org: Org, products: Mapping[str, str]) -> dict[str, str]:
    """The opportunities, after the Accounts; ids by name."""
    accounts: dict[str, str] = {}
    for row in org.records("Account"):
        accounts.setdefault(row["Name"], row["Id"])
    return {
        deal.name: enter_deal(
            org,
            accounts[deal.account],
            deal.name,
            [(products[name], Decimal(quantity), Decimal(price)) for name, quantity, price in deal.lines],
            stage=deal.stage,
            type=deal.type,
            po_number=deal.po_number,
        )
        for deal in DEALS
    }


def enter_deal(
    org: Org,
    account: str,
    name: str,
    lines: list[tuple[str, Decimal, Decimal]],
    *,
    stage: str = "Closed Won",
    type: str = "",
    po_number: str = "",
) -> str:
    """An opportunity, its lines (the product's id, quantity, price), and then its stage, as sales people do it."""
    head = {"AccountId": account, "Name": name, "StageName": "Prospecting"}
    more: dict[str, Any] = {"QB_Transaction_Type__c": type or None, "QB_PO_Number__c": po_number or None}
    day = org.clock.now().date().isoformat()
    deal = org.insert("Opportunity", **head, **more, CloseDate=day, Pricebook2Id=org.standard_pricebook)
    for place, (product, quantity, price) in enumerate(lines, 1):
        line: dict[str, Any] = {"Quantity": quantity, "UnitPrice": price, "SortOrder": place}
        org.insert("OpportunityLineItem", OpportunityId=deal, Product2Id=product, **line)
    if stage != "Prospecting":
        org.update(deal, StageName=stage)
    return deal


def fill_items(file: CompanyFile) -> None:
    for ware in WARES:
        if ware.kind:
            list_id = file.add(ware.kind, **_item(ware))
            if not ware.active:
                file.edit(ware.kind, list_id, IsActive=False)
    parts = [{"ItemInventoryRef": name, "Quantity": 1} for name in ("Standing Desk", "Office Chair", "Desk Lamp")]
    assembly = {"SalesDesc": "Desk, chair and lamp, put together", "SalesPrice": Decimal("779.00"), **STOCK_ACCOUNTS}
    file.add("ItemInventoryAssembly", Name=ASSEMBLY, ItemInventoryAssemblyLine=parts, **assembly)
    members = [{"ItemRef": name, "Quantity": 1} for name in ("Office Chair", "Desk Lamp")]
    file.add("ItemGroup", Name=GROUP, ItemDesc="Chair and lamp", IsPrintItemsInGroup=True, ItemGroupLine=members)
    file.add("ItemDiscount", Name=DISCOUNT, AccountRef=INCOME, DiscountRatePercent=Decimal(10))
    file.add("ItemSubtotal", Name=SUBTOTAL, ItemDesc="Subtotal")
    file.add("ItemPayment", Name=DEPOSIT, ItemDesc="Received with the order")
    bought = {"AcquiredAs": "New", "PurchaseDesc": "Van", "PurchaseDate": _today(file) - timedelta(days=400)}
    file.add("ItemFixedAsset", Name=VAN, AssetAccountRef="Furniture and Equipment", **bought)
    file.enter("BuildAssembly", ItemInventoryAssemblyRef=ASSEMBLY, QuantityToBuild=2)


def fill_levels(file: CompanyFile) -> None:
    """Beside the level that every company of the sandbox has, which takes a tenth off."""
    rows = [{"ItemRef": name, "CustomPrice": Decimal(price)} for name, price in LEVEL_PRICES.items()]
    file.add("PriceLevel", Name=LEVEL, PriceLevelPerItem=rows)


def _item(ware: Ware) -> dict[str, Any]:
    parent = {"ParentRef": ware.parent} if ware.parent else {}
    head = {"Name": ware.name, **parent}
    price = Decimal(ware.price)
    if ware.kind == STOCK:
        cost = (price / 2).quantize(Decimal("0.01"))
        stock = {"SalesDesc": ware.about, "SalesPrice": price, "PurchaseCost": cost, "QuantityOnHand": ware.on_hand}
        return {**head, **stock, **STOCK_ACCOUNTS}
    account = SERVICES if ware.kind == SERVICE else INCOME
    return {**head, "SalesOrPurchase": {"Desc": ware.about, "Price": price, "AccountRef": account}}


def fill_books(file: CompanyFile) -> dict[str, str]:
    """The documents and payments, after customers and items; TxnIDs by number."""
    ids: dict[str, str] = {}
    for paper in PAPERS:
        day = _today(file) - timedelta(days=paper.days_ago)
        if paper.pays or paper.amount:
            ids[paper.number] = _pay(file, paper, day, ids)
            continue
        dates = {"TxnDate": day}
        if paper.kind in ("Invoice", "Estimate"):
            dates["DueDate"] = day + timedelta(days=paper.due_in)
        rows = [row_of(item, quantity) for item, quantity in paper.lines]
        head = {"CustomerRef": paper.customer, "RefNumber": paper.number, **paper.rest}
        ids[paper.number] = file.enter(paper.kind, rows, **head, **dates)
        if paper.voided:
            file.void_txn(ids[paper.number])
    invoice, credit, amount = CREDITED
    file.edit_txn(ids[invoice], SetCredit=[{"CreditTxnID": ids[credit], "AppliedAmount": Decimal(amount)}])
    return ids


def row_of(item: str, quantity: Decimal | int | None = None, rate: Decimal | None = None) -> dict[str, Any]:
    """A line as people enter it: an item with how many, and at what price if it is not the item's own."""
    if item == GROUP:
        return {"row": "InvoiceLineGroup", "ItemGroupRef": item, "Quantity": quantity or 1}
    more = {"Quantity": quantity or None, "Rate": rate}
    return {"ItemRef": item, **{name: value for name, value in more.items() if value is not None}}


def _pay(file: CompanyFile, paper: Paper, day: date, ids: Mapping[str, str]) -> str:
    if paper.kind == "ARRefundCreditCard":
        ((number, amount),) = paper.pays
        return refund(file, ids[number], paper.customer, Decimal(amount), RefNumber=paper.number, TxnDate=day)
    said: dict[str, Any] = {"RefNumber": paper.number, "TxnDate": day, "PaymentMethodRef": "Check"}
    if paper.pays:
        ((number, amount),) = paper.pays
        return file.pay(ids[number], amount or None, **said)
    return file.receive(paper.customer, paper.amount, IsAutoApply=False, **said)


def refund(file: CompanyFile, credit: str, customer: str, amount: Decimal, **fields: Any) -> str:
    """Money goes back to the customer's card, out of a credit memo."""
    rows = [{"TxnID": credit, "RefundAmount": amount}]
    return file.enter("ARRefundCreditCard", CustomerRef=customer, RefundAppliedToTxnAdd=rows, **fields)


def opened_since(today: date) -> date:
    """The first date of invoices that become opportunities."""
    return today - timedelta(days=OPENED_DAYS)


def _today(file: CompanyFile) -> date:
    return file.clock.now().date()
