"""What the rows of a document come to, worked out from top to bottom as QuickBooks does.

Rule     an Amount that was sent counts, and the rate follows from it; otherwise Quantity × Rate, the rate being the
         one sent or the item's (by the price level), and a missing quantity counting as one. Percentages, discounts
         and subtotals look at what stands above them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from project.sandbox.desktop import errors
from project.sandbox.desktop.lists import Record

from . import money, references
from .lines import Row
from .store import Line, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

NO_SUM = ("ItemSubtotal",)
UNTAXED = ("ItemSubtotal", "ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup", "ItemGroup")
_PRICED = ("Quantity", "Rate", "RatePercent", "Amount", "Cost")


@dataclass
class Above:
    """What stands above the row that is being worked out."""

    last: int = 0  # the amount of the last row that has one
    since: int = 0  # what has come since the last subtotal
    everything: int = 0
    after_subtotal: bool = False
    lines: list[Line] = field(default_factory=list)

    def pass_by(self, amount: int, is_subtotal: bool) -> None:
        self.last = amount
        if is_subtotal:
            self.since = 0
        else:
            self.since += amount
            self.everything += amount
        self.after_subtotal = is_subtotal

    @property
    def subtotal(self) -> int:
        """Two subtotals in a row: the second one adds up all that is above."""
        return self.everything if self.after_subtotal else self.since


@dataclass
class Terms:
    """What the header says that rows depend on."""

    file: CompanyFile
    level: Record | None = None  # the customer's price level
    tax_code: str = ""  # "" leaves the items' own
    taxed: bool = True


def work_out(txn: Txn, rows: list[Row], terms: Terms) -> None:
    """Amounts for all lines of a draft. Rows that were not touched keep theirs, but for what depends on others."""
    by_line = {id(row.line): row for row in rows}
    above = Above()
    for line in txn.lines:
        if line.lines or line.data.get("ItemGroupRef"):
            for inner in line.lines:
                _one(inner, by_line.get(id(inner)), terms, above)
            line.amount = sum(each.amount for each in line.lines if not _is_subtotal(terms.file, each))
            line.data["TotalAmount"] = money.amount(line.amount)
            above.last = line.amount
        else:
            _one(line, by_line.get(id(line)), terms, above)


def _item(file: CompanyFile, line: Line) -> Record | None:
    return references.found(file, "ItemRef", line.data.get("ItemRef", ""))


def _is_subtotal(file: CompanyFile, line: Line) -> bool:
    item = _item(file, line)
    return item is not None and item.kind in NO_SUM


def _one(line: Line, row: Row | None, terms: Terms, above: Above) -> None:
    item = _item(terms.file, line)
    row = row or Row(line, {}, "", False)
    if item is None:
        if any(row.sent.get(name) for name in _PRICED):
            raise errors.missing("ItemRef")
        return
    cost = row.style in ("cost", "purchase") or "Cost" in line.data
    if row.fresh:
        _defaults(line, row, item, terms, cost)
    if item.kind == "ItemSubtotal":
        line.amount = above.subtotal
    elif item.kind == "ItemDiscount":
        _discount(line, row, item, above)
    elif item.kind in ("ItemSalesTax", "ItemSalesTaxGroup"):
        _tax_row(line, row, item, terms, above)
    elif item.kind == "ItemPayment":
        _payment_row(line, row)
    elif cost:
        _cost_row(line, row, item, "Rate" if row.style == "purchase" or "Rate" in line.data else "Cost")
    else:
        _priced(line, row, item, terms, above)
    line.data["Amount"] = money.amount(line.amount)
    above.pass_by(line.amount, item.kind == "ItemSubtotal")


def _defaults(line: Line, row: Row, item: Record, terms: Terms, cost: bool) -> None:
    part = references.sales_part(item.data)
    desc = part.get("PurchaseDesc" if cost else "SalesDesc")
    if desc and "Desc" not in row.sent:
        line.data["Desc"] = desc
    if cost and row.style == "purchase" and item.data.get("ManufacturerPartNumber"):
        line.data.setdefault("ManufacturerPartNumber", item.data["ManufacturerPartNumber"])
    if not terms.taxed or cost or item.kind in UNTAXED or row.sent.get("SalesTaxCodeRef"):
        return
    code = terms.tax_code or references.pointed(item.data, "SalesTaxCodeRef") or default_code(terms.file)
    if code:
        line.data["SalesTaxCodeRef"] = code


def default_code(file: CompanyFile) -> str:
    held = file.default_taxes().get("SalesTaxCodeRef")
    return held.list_id if held is not None else ""


def _by_amount(line: Line, sent: str, price: str) -> None:
    """The amount is given: the price follows from it."""
    line.amount = money.cents(sent)
    number = line.quantity if line.data.get("Quantity") else Decimal(1)
    line.data.pop("RatePercent", None)
    if number:
        line.data[price] = money.price(Decimal(line.amount) / 100 / number)


def _by_price(line: Line, price: str) -> None:
    number = line.quantity if line.data.get("Quantity") else Decimal(1)
    line.amount = money.to_cents(number * money.number(line.data.get(price) or "0"))


def _priced(line: Line, row: Row, item: Record, terms: Terms, above: Above) -> None:
    part = references.sales_part(item.data)
    sent = row.sent
    level = None
    if sent.get("PriceLevelRef"):
        level = references.resolve(terms.file, "PriceLevelRef", sent["PriceLevelRef"], "line")
    if sent.get("Amount"):
        _by_amount(line, sent["Amount"], "Rate")
        return
    if sent.get("Rate"):
        line.data["Rate"] = money.price(money.number(sent["Rate"]))
        line.data.pop("RatePercent", None)
    elif sent.get("RatePercent"):
        line.data["RatePercent"] = money.percent(money.number(sent["RatePercent"]))
        line.data.pop("Rate", None)
    elif row.fresh and part.get("PricePercent"):
        line.data["RatePercent"] = money.percent(money.number(part["PricePercent"]))
        line.data.pop("Rate", None)
    elif row.fresh or level is not None:
        base = money.number(part.get("SalesPrice") or "0")
        line.data["Rate"] = money.price(references.level_price(terms.file, level or terms.level, item, base))
    elif not sent.get("Quantity") and "RatePercent" not in line.data and not _marked_up(sent):
        return
    if "RatePercent" in line.data:
        line.amount = money.share(above.last, money.number(line.data["RatePercent"]))
    else:
        _by_price(line, "Rate")
    _mark_up(line)


def _marked_up(sent: object) -> bool:
    return isinstance(sent, dict) and bool(sent.get("MarkupRate") or sent.get("MarkupRatePercent"))


def _mark_up(line: Line) -> None:
    """Estimates only: what is added to the price."""
    if line.data.get("MarkupRatePercent"):
        line.amount += money.share(line.amount, money.number(line.data["MarkupRatePercent"]))
    elif line.data.get("MarkupRate"):
        line.amount += money.to_cents(money.number(line.data["MarkupRate"]))


def _cost_row(line: Line, row: Row, item: Record, price: str) -> None:
    sent = row.sent
    if sent.get("Amount"):
        _by_amount(line, sent["Amount"], price)
        return
    if sent.get(price):
        line.data[price] = money.price(money.number(sent[price]))
    elif row.fresh:
        line.data[price] = money.price(money.number(references.sales_part(item.data).get("PurchaseCost") or "0"))
    elif not sent.get("Quantity"):
        return
    _by_price(line, price)


def _discount(line: Line, row: Row, item: Record, above: Above) -> None:
    """A percentage of the row above, or an amount; always a reduction, whatever the sign that was sent."""
    sent = row.sent
    line.data.pop("Quantity", None)
    percent, rate = sent.get("RatePercent"), sent.get("Rate") or sent.get("Amount")
    if row.fresh and not percent and not rate:
        percent, rate = item.data.get("DiscountRatePercent"), item.data.get("DiscountRate")
    if percent:
        line.data["RatePercent"] = money.percent(-abs(money.number(percent)))
        line.data.pop("Rate", None)
    elif rate:
        line.data["Rate"] = money.price(-abs(money.number(rate)))
        line.data.pop("RatePercent", None)
    if line.data.get("RatePercent"):
        line.amount = money.share(above.last, money.number(line.data["RatePercent"]))
    else:
        line.amount = money.to_cents(money.number(line.data.get("Rate") or "0"))


def _tax_row(line: Line, row: Row, item: Record, terms: Terms, above: Above) -> None:
    """A tax item as a row of its own: its percentage of the row above."""
    if row.sent.get("Amount"):
        line.amount = money.cents(row.sent["Amount"])
        return
    rate = row.sent.get("RatePercent") or line.data.get("RatePercent")
    percent = money.number(rate) if rate else references.tax_rate(terms.file, item.list_id)
    line.data["RatePercent"] = money.percent(percent)
    line.data.pop("Rate", None)
    line.amount = money.share(above.last, percent)


def _payment_row(line: Line, row: Row) -> None:
    """Money taken at once: it makes the document smaller."""
    line.data.pop("Quantity", None)
    value = row.sent.get("Amount") or row.sent.get("Rate")
    if value:
        line.amount = -abs(money.to_cents(money.number(value)))
        line.data.pop("Rate", None)
