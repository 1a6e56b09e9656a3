"""Both sides' books beside each other: what of every kind stands where, and what it comes to.

Words    tied     a record of Salesforce carries the id of QuickBooks's
         missing  a record of QuickBooks that ought to stand in Salesforce, and does not
Rule     everything is read from the two programs, nothing from the product's tables; what ought to stand in Salesforce
         follows from what stands in QuickBooks: items that are sold, and documents and payments of known customers
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from project.sandbox.page.desk import Desk
from project.sandbox.page.papers import DOCUMENTS, PAYMENTS
from project.sandbox.page.plain import View

DELETED = "Deleted in QuickBooks"
NOT_SOLD = ("Group", "Subtotal", "Payment", "SalesTax", "SalesTaxGroup")
ZERO, CENT = Decimal(0), Decimal("0.01")

Views = Mapping[str, View]


@dataclass(frozen=True)
class Sum:
    """One line of the table: so many records, and what they come to, on either side."""

    kind: str
    what: str
    salesforce: tuple[int, Decimal]
    quickbooks: tuple[int, Decimal]

    @property
    def equal(self) -> bool:
        return self.salesforce == self.quickbooks


class Books:
    """Both sides as they are now."""

    def __init__(self, desk: Desk) -> None:
        self.accounts, self.customers = desk.accounts(), desk.customers()
        self.products, self.items = desk.wares.products(), desk.wares.items()
        self.levels, self.books = desk.levels.levels(), desk.levels.books()
        self.deals = desk.deals.opportunities()
        self.shown_documents, self.documents = desk.papers.shown_documents(), desk.papers.documents()
        self.shown_payments, self.payments = desk.papers.shown_payments(), desk.papers.payments()
        self._names = {view["tie"]: view["name"] for view in self.accounts.values() if view["tie"]}
        self._ids = {self._full_name(list_id): list_id for list_id in self.customers}

    def _full_name(self, list_id: str) -> str:
        view = self.customers[list_id]
        return f"{view['parent']}:{view['name']}" if view["parent"] else str(view["name"])

    def account_of(self, customer: str) -> str | None:
        """The name of the Account of a customer, or of the customer above a job that has none."""
        while customer:
            name = self._names.get(self._ids.get(customer))
            if name is not None:
                return str(name)
            customer = customer.rpartition(":")[0]
        return None

    # What ought to stand in Salesforce

    def sold(self) -> Views:
        return {key: item for key, item in self.items.items() if item["type"] not in NOT_SOLD and item["active"]}

    def known(self, papers: Views) -> Views:
        return {key: view for key, view in papers.items() if self.account_of(view["customer"]) is not None}

    # What differs

    def differences(self) -> list[str]:
        """A sentence for each record, and each field, that is not the same on both sides."""
        found = list(self._compare("Item", self.sold(), self.products, _ITEM))
        found += self._compare("", self.known(self.documents), self.shown_documents, _DOCUMENT)
        found += self._compare("", self.known(self.payments), self.shown_payments, _PAYMENT)
        return [*found, *self._levels(), *self._people(), *self._sales(), *self._balances()]

    def _compare(self, noun: str, there: Views, here: Views, fields: tuple[str, ...]) -> Iterator[str]:
        tied: dict[str, list[View]] = {}
        for view in here.values():
            if view["tie"] and view.get("status") != DELETED:
                tied.setdefault(view["tie"], []).append(view)
        for key, view in there.items():
            name = f"{noun} {view['name']}".strip()
            mine = tied.pop(key, [])
            if len(mine) != 1:
                yield f"{name} stands {len(mine)} times in Salesforce." if mine else f"{name} is not in Salesforce."
            for each in mine:
                yield from self._fields(name, each, view, fields)
        for key, views in tied.items():
            if key not in self.items or self.items[key]["active"]:
                yield f"{noun} {views[0]['name']} stands in Salesforce, and not in QuickBooks.".strip()

    def _fields(self, name: str, here: View, there: View, fields: tuple[str, ...]) -> Iterator[str]:
        for field in fields:
            mine, theirs = here[field], there[field]
            if field == "customer":
                theirs = self.account_of(theirs)
            if field == "lines":
                mine, theirs = _rows(mine), _rows(theirs)
            if field in ("price", "number") and theirs is None:
                continue  # a percentage is no price; and what has no number is shown by its id
            if mine != theirs and not (field in _MONEY and _money(mine) == _money(theirs)):
                yield f"{name}: {field} is “{mine}” in Salesforce and “{theirs}” in QuickBooks."

    def prices_of(self, level: View) -> list[tuple[str, Decimal]]:
        """What a level's price book must hold: its own prices, or each item's with the percentage."""
        if level["lines"]:
            return sorted((str(each["item"]), _money(each["amount"])) for each in level["lines"])
        share = 1 + Decimal(level["percent"] or 0) / 100
        priced = [each for each in self.sold().values() if each["price"] is not None and each["type"] in _PRICED]
        return sorted(
            (str(each["name"]), (Decimal(each["price"]) * share).quantize(CENT, ROUND_HALF_UP)) for each in priced
        )

    def _levels(self) -> Iterator[str]:
        held = {book["tie"]: book for book in self.books.values() if book["tie"]}
        for key, level in self.levels.items():
            book = held.get(key)
            if book is None:
                yield f"Price level {level['name']} is not in Salesforce."
                continue
            prices = sorted((str(each["item"]), _money(each["amount"])) for each in book["lines"])
            if (book["name"], prices) != (level["name"], self.prices_of(level)):
                yield f"Price book {book['name']} holds {prices}, and {level['name']} is {self.prices_of(level)}."

    def _people(self) -> Iterator[str]:
        """Each further contact of a customer stands at its account; others may stand there, too."""
        for account in self.accounts.values():
            customer = self.customers.get(account["tie"] or "")
            if customer is None:
                continue
            for name in _names(customer["others"]):
                if _names(account["others"]).count(name) != 1:
                    yield f"{name} of {customer['name']} is not once at the account, but: {account['others']}."

    def _sales(self) -> Iterator[str]:
        for deal in self.deals.values():
            if not deal["tie"]:
                continue
            txn = self.documents.get(deal["tie"])
            if txn is None:
                if deal["status"] != DELETED:
                    yield f"Opportunity {deal['name']} is tied to a transaction that is not in QuickBooks."
                continue
            name = f"Opportunity {deal['name']}"
            shown = [view["deal"] for view in self.shown_documents.values() if view["tie"] == deal["tie"]]
            if shown != [deal["name"]]:
                yield f"{name}: its document names {shown}."
            for field in ("number", "total", "balance"):
                if deal[field] != txn[field] and _money(deal[field]) != _money(txn[field]):
                    yield f"{name}: {field} is “{deal[field]}” in Salesforce and “{txn[field]}” in QuickBooks."
            if txn["status"] != "Void" and _rows(deal["lines"]) != _rows(txn["lines"]):
                yield f"{name}: its lines are {_rows(deal['lines'])}, and {_rows(txn['lines'])} in QuickBooks."

    def _balances(self) -> Iterator[str]:
        """What each Account owes is what its invoices still owe, less what is left of payments and credits."""
        owed: dict[str, Decimal] = {}
        for view in self.shown_documents.values():
            if view["type"] == "Invoice" and view["customer"]:
                owed[view["customer"]] = owed.get(view["customer"], ZERO) + _money(view["balance"])
        for view in self.shown_payments.values():
            if view["customer"]:
                owed[view["customer"]] = owed.get(view["customer"], ZERO) - _money(view["unused"])
        for account in self.accounts.values():
            if account["tie"] and _money(account["balance"]) != owed.get(account["name"], ZERO):
                wanted = owed.get(account["name"], ZERO)
                yield f"{account['name']} owes {account['balance']}, and its documents come to {wanted}."

    # What it comes to

    def sums(self) -> list[Sum]:
        """Every kind, counted and added up on both sides."""
        accounts = [view for view in self.accounts.values() if view["tie"]]
        customers = [self.customers[view["tie"]] for view in accounts if view["tie"] in self.customers]
        found = [_sum("Accounts and customers", "owed", accounts, customers, "balance")]
        found.append(self._contacts(accounts))
        products = [view for view in self.products.values() if view["tie"] and view["active"]]
        priced = [each for each in self.sold().values() if each["price"] is not None]
        ids = {each["id"] for each in priced}
        found.append(_sum("Products and items", "prices", [p for p in products if p["tie"] in ids], priced, "price"))
        stocked = [each for each in self.sold().values() if each["on_hand"] is not None]
        shown = [p for p in products if p["on_hand"] is not None]
        found += [_sum("  in stock", name, shown, stocked, key) for name, key in _QUANTITIES]
        found.append(self._prices())
        deals = [view for view in self.deals.values() if view["tie"] in self.documents]
        txns = [self.documents[view["tie"]] for view in deals]
        found += [_sum("Won opportunities", name, deals, txns, key) for name, key in _OWED]
        for words in DOCUMENTS.values():
            here = [v for v in self.shown_documents.values() if v["type"] == words and v["status"] != DELETED]
            there = [v for v in self.known(self.documents).values() if v["type"] == words]
            what = _OWED if words in ("Invoice", "Credit Memo") else _OWED[:1]
            found += [_sum(f"{words}s", name, here, there, key) for name, key in what]
        for words in PAYMENTS.values():
            here = [v for v in self.shown_payments.values() if v["type"] == words and v["status"] != DELETED]
            there = [v for v in self.known(self.payments).values() if v["type"] == words]
            found += [_sum(f"{words}s", name, here, there, key) for name, key in _PAID]
        return found

    def _contacts(self, accounts: list[View]) -> Sum:
        """Those that QuickBooks has, and how many of them Salesforce shows."""
        pairs = [(view, self.customers[view["tie"]]) for view in accounts if view["tie"] in self.customers]
        there = [(view, name) for view, customer in pairs for name in _names(customer["others"])]
        here = [name for view, name in there if name in _names(view["others"])]
        return Sum("Further contacts", "", (len(here), ZERO), (len(there), ZERO))

    def _prices(self) -> Sum:
        books = [book for book in self.books.values() if book["tie"] and book["active"]]
        shown = sum((_money(each["amount"]) for book in books for each in book["lines"]), ZERO)
        wanted = sum((price for level in self.levels.values() for _, price in self.prices_of(level)), ZERO)
        return Sum("Price levels", "prices", (len(books), shown), (len(self.levels), wanted))


_PRICED = ("Service", "NonInventory", "OtherCharge", "Inventory", "InventoryAssembly")
_ITEM = ("name", "price", "about", "active", "on_hand", "on_order", "available", "type")
_DOCUMENT = ("type", "number", "customer", "date", "due", "subtotal", "tax", "total", "balance", "memo", "lines")
_PAYMENT = ("type", "number", "customer", "date", "amount", "unused", "method", "memo", "applied")
_MONEY = ("price", "subtotal", "tax", "total", "balance", "amount", "unused")
_QUANTITIES = (("on hand", "on_hand"), ("on sales orders", "on_order"))
_OWED = (("total", "total"), ("still open", "balance"))
_PAID = (("amount", "amount"), ("not applied", "unused"))


def _names(text: str | None) -> list[str]:
    return text.split(" · ") if text else []


def _money(value: object) -> Decimal:
    """Nothing is zero."""
    return Decimal(str(value)) if value not in (None, "") else ZERO


def _rows(lines: list[View]) -> list[tuple[str, Decimal, Decimal]]:
    """Without their order, which QuickBooks's window and its groups tell each in its own way."""
    return sorted((str(each["item"]), _money(each["quantity"]), _money(each["amount"])) for each in lines)


def _sum(kind: str, what: str, here: list[View], there: list[View], field: str) -> Sum:
    mine, theirs = (sum((_money(view[field]) for view in views), ZERO) for views in (here, there))
    return Sum(kind, what, (len(here), mine), (len(there), theirs))
