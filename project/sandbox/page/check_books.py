"""Whether items, sales, documents and payments stand as the example says they must, on both sides.

Rule     what must be is computed from the example and from what both programs hold; of the product's tables only the
         links are looked at, for the stated reasons
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from project.sandbox import example_books
from project.sandbox.example_books import DEALS, OPENED, PAPERS, WARES, Deal, Paper
from project.sandbox.page.books import Books
from project.sandbox.page.world import World
from syncapp.models import Link

# What the two workstations of the example are made of.
BUILT = {"Standing Desk": 2, "Office Chair": 2, "Desk Lamp": 2}
OUT = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1}
DEALS_OUT = ("Invoice", "Sales Receipt")
GROUP_OF = {example_books.GROUP: ("Office Chair", "Desk Lamp")}


def problems(world: World) -> list[str]:
    """What is not as it should be, a sentence each."""
    books = Books(world.desk)
    found = books.differences()
    for deal in DEALS:
        found += _deal(world, books, deal)
    opened = {deal["name"] for deal in books.deals.values()} & {f"Invoice {paper.number}" for paper in PAPERS}
    if opened != {f"Invoice {number}" for number in OPENED}:
        found.append(f"The invoices that became opportunities are {sorted(opened)}.")
    for paper in PAPERS:
        found += _paper(world, books, paper)
    found += _stock(books)
    found += _alone(world, books)
    return found


def _deal(world: World, books: Books, deal: Deal) -> Iterator[str]:
    link = Link.objects.filter(pair=world.pair, kind="sale", salesforce_id=world.deals[deal.name]).first()
    state, reason = (link.state, link.reason) if link is not None else ("unseen", "")
    if state != deal.state or deal.reason not in reason:
        yield f"Opportunity {deal.name} is “{state}” ({reason or 'no reason'}) instead of “{deal.state}”."
    tie = books.deals[world.deals[deal.name]]["tie"]
    if not deal.becomes:
        if tie:
            yield f"Opportunity {deal.name} has become a transaction, and should not have."
        return
    txn = books.documents.get(tie or "")
    if txn is None:
        yield f"Opportunity {deal.name} has become no transaction."
        return
    lines = [(each["item"], Decimal(each["quantity"]), Decimal(each["rate"])) for each in txn["lines"]]
    wanted = [(name, Decimal(quantity), Decimal(price)) for name, quantity, price in deal.lines]
    for what, is_, should in (
        ("type", txn["type"], deal.becomes),
        ("customer", txn["customer"], deal.account),
        ("sum before tax", Decimal(txn["subtotal"]), deal.amount),
        ("PO number", txn["po_number"] or "", deal.po_number),
        ("lines", lines, wanted),
    ):
        if is_ != should:
            yield f"Opportunity {deal.name}: the transaction's {what} is “{is_}” instead of “{should}”."


def _paper(world: World, books: Books, paper: Paper) -> Iterator[str]:
    """Those that wait say for what; the others have been compared already."""
    if not paper.waits_for:
        return
    link = Link.objects.filter(pair=world.pair, kind="invoice", quickbooks_id=world.papers[paper.number]).first()
    said = link.reason if link is not None else ""
    if link is None or link.state != "waiting" or paper.waits_for not in said:
        yield f"{paper.kind} {paper.number} does not say that it waits for {paper.waits_for}, but “{said}”."


def _stock(books: Books) -> Iterator[str]:
    """What lies in stock is what lay there at the start, less what was built with, and sold."""
    held = {ware.full_name: ware.on_hand - BUILT.get(ware.full_name, 0) for ware in WARES if ware.on_hand}
    moved: list[tuple[str, int]] = []
    for paper in PAPERS:
        sign = 0 if paper.voided else OUT.get(paper.kind, 0)
        for name, quantity in paper.lines:
            moved += [(each, sign * quantity) for each in GROUP_OF.get(name, (name,))]
    for deal in DEALS:
        moved += [(name, quantity) for name, quantity, _ in deal.lines if deal.becomes in DEALS_OUT]
    for name, quantity in moved:
        if name in held:
            held[name] -= quantity
    for item in books.items.values():
        if item["name"] in held and item["on_hand"] != str(held[item["name"]]):
            yield f"{item['name']}: {item['on_hand']} are on hand, and should be {held[item['name']]}."


def _alone(world: World, books: Books) -> Iterator[str]:
    """What only Salesforce has stays there, and leads to nothing that nobody asked for."""
    names = {item["name"] for item in books.items.values()}
    for ware in WARES:
        if not ware.kind and ware.name in names:
            yield f"{ware.name} has become an item, and the settings do not say so."
    made = {deal["tie"] for deal in books.deals.values() if deal["tie"]}
    strange = set(books.documents) - made - set(world.papers.values())
    if strange:
        yield f"There are {len(strange)} documents in QuickBooks that nobody has made."
