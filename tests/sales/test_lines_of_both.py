"""The lines of sales, case by case: what people do on each side, and what both sides hold once all is at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from project.sandbox.desktop.txns import references

pytestmark = pytest.mark.django_db

DEAL = (("Setup", 2, 75), ("Cable", 10, 3.5))


@dataclass
class Row:
    """``books`` are the lines as somebody puts them in QuickBooks: the places of those that stay, and new ones.

    Both sides are at rest between ``books`` and ``later``; ``at_once`` is done in QuickBooks after ``later``, before
    anything is read. Steps of ``later`` are named in ``step``.
    """

    name: str
    later: Sequence[tuple] = ()
    books: Sequence[int | dict] = ()
    at_once: Sequence[int | dict] = ()
    lines: Sequence[tuple] = DEAL
    shown: Sequence[tuple] = ()  # each line in QuickBooks: item, quantity, amount
    deal: Sequence[tuple] = ()  # each product of the opportunity: name, quantity, total
    state: str = "in_step"
    reason: str = ""


GROUP = {"row": "InvoiceLineGroup", "ItemGroupRef": "Kit"}
SUM, LOYAL, TEXT = {"ItemRef": "Sum"}, {"ItemRef": "Loyal"}, {"Desc": "Thank you"}


def sold(item, quantity, rate):
    return {"ItemRef": item, "Quantity": str(quantity), "Rate": str(rate)}


TABLE = [
    Row(
        "a group above a line that is changed keeps its members and its place",
        books=[GROUP, 0, 1],
        later=[("quantity", "Setup", 4)],
        shown=[("Kit", None, 82), (".Setup", 1, 75), (".Cable", 2, 7), ("Setup", 4, 300), ("Cable", 10, 35)],
        deal=[("Setup", 4, 300), ("Cable", 10, 35)],
        reason="QuickBooks's total without tax is 417.00, Salesforce's amount 335.00.",
    ),
    Row(
        "a group stays where the line above it is removed and another one is added",
        books=[0, GROUP, 1, TEXT],
        later=[("remove", "Setup"), ("add", "Freight", 1, 10)],
        shown=[
            *(("Kit", None, 82), (".Setup", 1, 75), (".Cable", 2, 7)),
            *(("Cable", 10, 35), ("Freight", 1, 10), ("Thank you", None, 0)),
        ],
        deal=[("Cable", 10, 35), ("Freight", 1, 10)],
        reason="QuickBooks's total without tax is 127.00, Salesforce's amount 45.00.",
    ),
    Row(
        "subtotals and what is taken off them stay among lines that change",
        books=[0, SUM, LOYAL, 1, SUM, TEXT],
        later=[("quantity", "Setup", 4), ("quantity", "Cable", 20)],
        shown=[
            *(("Setup", 4, 300), ("Sum", None, 300), ("Loyal", None, -30)),
            *(("Cable", 20, 70), ("Sum", None, 40), ("Thank you", None, 0)),
        ],
        deal=[("Setup", 4, 300), ("Cable", 20, 70)],
        reason="QuickBooks's total without tax is 340.00, Salesforce's amount 370.00.",
    ),
    Row(
        "shipping is a line as any other",
        lines=[("Setup", 2, 75), ("Freight", 1, 12)],
        later=[("price", "Freight", 15)],
        shown=[("Setup", 2, 150), ("Freight", 1, 15)],
        deal=[("Setup", 2, 150), ("Freight", 1, 15)],
    ),
    Row(
        "nothing of a product, for nothing, is nothing in both",
        lines=[("Setup", 0, 75), ("Cable", 3, 0)],
        shown=[("Setup", 0, 0), ("Cable", 3, 0)],
        deal=[("Setup", 0, 0), ("Cable", 3, 0)],
    ),
    Row(
        "a quantity of nothing comes from QuickBooks, and none at all counts as one",
        books=[{"ItemRef": "Setup", "Quantity": "0", "Rate": "75"}, {"ItemRef": "Cable", "Amount": "35.00"}],
        shown=[("Setup", 0, 0), ("Cable", None, 35)],
        deal=[("Setup", 0, 0), ("Cable", 1, 35)],
    ),
    Row(
        "a line of no quantity stays as it is where another changes, and takes one that Salesforce gives it",
        books=[{"ItemRef": "Setup", "Amount": "80.00"}, {"ItemRef": "Cable", "Amount": "35.00"}],
        later=[("quantity", "Cable", 2)],
        shown=[("Setup", None, 80), ("Cable", 2, 70)],
        deal=[("Setup", 1, 80), ("Cable", 2, 70)],
    ),
    Row(
        "a credit among the products",
        lines=[("Setup", 2, 75), ("Cable", -2, 3.5)],
        later=[("quantity", "Setup", 3)],
        shown=[("Setup", 3, 225), ("Cable", -2, -7)],
        deal=[("Setup", 3, 225), ("Cable", -2, -7)],
    ),
    Row(
        "a discount's item takes no quantity, and is taken off as often as Salesforce says",
        lines=[("Setup", 2, 75), ("Rebate", 2, -5)],
        later=[("quantity", "Rebate", 3)],
        shown=[("Setup", 2, 150), ("Rebate", None, -15)],
        deal=[("Setup", 2, 150), ("Rebate", 3, -15)],
    ),
    Row(
        "put into another order in Salesforce, nothing is lost, and QuickBooks keeps its own",
        later=[("place", "Setup", 50), ("quantity", "Cable", 4)],
        shown=[("Setup", 2, 150), ("Cable", 4, 14)],
        deal=[("Cable", 4, 14), ("Setup", 2, 150)],
    ),
    Row(
        "entered in another order in QuickBooks, nothing is lost, and Salesforce keeps its own",
        books=[1, sold("Setup", 2, 75)],
        shown=[("Cable", 10, 35), ("Setup", 2, 150)],
        deal=[("Setup", 2, 150), ("Cable", 10, 35)],
    ),
    Row(
        "a line added on each side: QuickBooks's hold as a whole, once each",
        later=[("add", "Setup", 1, 10)],
        at_once=[0, 1, sold("Cable", 1, 4)],
        shown=[("Setup", 2, 150), ("Cable", 10, 35), ("Cable", 1, 4)],
        deal=[("Setup", 2, 150), ("Cable", 10, 35), ("Cable", 1, 4)],
    ),
    Row(
        "the same line added on each side is one line",
        later=[("add", "Setup", 1, 10)],
        at_once=[0, 1, sold("Setup", 1, 10)],
        shown=[("Setup", 2, 150), ("Cable", 10, 35), ("Setup", 1, 10)],
        deal=[("Setup", 2, 150), ("Cable", 10, 35), ("Setup", 1, 10)],
    ),
    Row(
        "the last product goes: QuickBooks cannot do without a line, and says so",
        lines=[("Setup", 2, 75)],
        later=[("remove", "Setup")],
        shown=[("Setup", 2, 150)],
        state="refused",
        reason="Lines: It has no products any more, and QuickBooks leaves no transaction without lines. Give it a",
    ),
]


def put(world, row, places):
    """The lines of the deal's invoice, as somebody enters them."""
    txn_id = world.sale(row.name).quickbooks_id.rpartition(":")[2]
    there = [(each.name, each.line_id) for each in world.file.txns.get(txn_id).lines]
    lines = []
    for place in places:
        if isinstance(place, int):
            name, line_id = there[place]
            lines.append({"row": name.removesuffix("Ret"), "TxnLineID": line_id})
        else:
            lines.append({"TxnLineID": "-1", **place})
    world.file.edit_txn(txn_id, lines=lines)


def step(world, row, act, product, *values):
    deal = world.sale(row.name).salesforce_id
    if act == "add":
        quantity, price, *place = values
        world.line(deal, product, quantity, price, SortOrder=place[0] if place else 90)
        return
    rows = world.salesforce.records("OpportunityLineItem")
    [found] = [r for r in rows if r["OpportunityId"] == deal and r["Product2Id"] == world.product(product)]
    if act == "remove":
        world.salesforce.delete(found["Id"])
    else:
        field = {"quantity": "Quantity", "place": "SortOrder", "price": "UnitPrice"}[act]
        world.salesforce.update(found["Id"], **{field: values[0]})


def shown(world, row):
    """What stands on the invoice; the members of a group with a dot."""
    found = []
    for line in world.file.txns.get(world.sale(row.name).quickbooks_id.rpartition(":")[2]).lines:
        found.append(said(world, line))
        found += [(f".{name}", *rest) for name, *rest in (said(world, each) for each in line.lines)]
    return found


def said(world, line):
    """``line`` is one of the sandbox's own."""
    ref = line.data.get("ItemRef") or line.data.get("ItemGroupRef")
    name = references.found(world.file, "ItemRef", ref).name if ref else line.data.get("Desc")
    quantity = float(line.data["Quantity"]) if line.data.get("Quantity") else None
    return name, quantity, line.amount / 100


def test_the_lines_of_sales_case_by_case(stocked):
    world = stocked
    world.file.add("ItemSubtotal", Name="Sum")
    world.file.add("ItemDiscount", Name="Loyal", DiscountRatePercent="10.0", AccountRef=world.accounts["Takings"])
    members = [{"ItemRef": "Setup", "Quantity": "1"}, {"ItemRef": "Cable", "Quantity": "2"}]
    world.file.add("ItemGroup", Name="Kit", ItemGroupLine=members)
    takings = world.accounts["Takings"]
    world.file.add("ItemOtherCharge", Name="Freight", SalesOrPurchase={"Price": "12.00", "AccountRef": takings})
    world.file.add("ItemDiscount", Name="Rebate", DiscountRate="5.00", AccountRef=takings)
    world.rest()
    for row in TABLE:
        world.opportunity(*row.lines, name=row.name)
    world.rest()
    for row in TABLE:
        if row.books:
            put(world, row, row.books)
    world.rest()
    for row in TABLE:
        for each in row.later:
            step(world, row, *each)
        if row.at_once:
            put(world, row, row.at_once)
    world.rest()
    found = {}
    for row in TABLE:
        link = world.sale(row.name)
        found[row.name] = (shown(world, row), world.deal_lines(link.salesforce_id), link.state, link.reason)
    for row in TABLE:
        books, deal, state, reason = found[row.name]
        assert books == list(row.shown), row.name
        assert deal == list(row.deal), row.name
        assert state == row.state, row.name
        assert row.reason in reason, row.name
        assert bool(reason) is bool(row.reason), row.name


REFUSED = [
    ("a discount that would be added", ("Rebate", 1, 5), "Make that product's price negative."),
    ("more money than QuickBooks counts", ("Cable", 1, 99999999999), "is not a number with up to five decimals."),
]


def test_an_invoice_is_made_with_all_of_its_lines_or_not_at_all(stocked):
    stocked.file.add("ItemDiscount", Name="Rebate", DiscountRate="5.00", AccountRef=stocked.accounts["Takings"])
    stocked.rest()
    for name, line, _ in REFUSED:
        stocked.opportunity(("Setup", 1, 75), line, name=name)
    stocked.rest()
    assert stocked.documents() == []
    for name, _, said in REFUSED:
        assert stocked.sale(name).state == "refused"
        assert said in stocked.sale(name).reason
    row = next(r for r in stocked.salesforce.records("OpportunityLineItem") if float(r["UnitPrice"]) == 5)
    stocked.salesforce.update(row["Id"], UnitPrice=-5)
    stocked.rest()
    assert stocked.document_lines() == [("Setup", 1, 75), ("Rebate", None, -5)]
