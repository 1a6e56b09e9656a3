"""One company and one org in which everything happens at once: customers, items, stock, sales, documents, payments.

The seed says whether it is Pro or Enterprise, with sales tax or without, in one currency or in two, and who wins.
What must hold at rest: every record of each kind stands on the other side once, no line is lost or doubled, totals and
balances are equal to the cent, and whatever is not in step says why.
"""

from __future__ import annotations

import random
from decimal import Decimal

from project.sandbox.desktop.settings import Settings
from project.sandbox.salesforce import Switches
from syncapp.models import Link
from syncapp.records import Side
from tests.documents.world import FLOWS as DOCUMENTS
from tests.documents.world import BookWorld
from tests.sales.rough import RoughSales
from tests.world.rough import QUIET

SALES = (
    *("win", "win", "quantity_in_salesforce", "line_in_salesforce", "line_gone_in_salesforce"),
    *("date_in_salesforce", "date_in_quickbooks"),
)
PEOPLE = (
    *("phone_in_salesforce", "phone_in_quickbooks", "renames_customer", "adds_customer"),
    *("price_in_quickbooks", "renames_item", "counts_stock"),
)
EURO = {"ARAccountRef": "Receivable EUR", "ExchangeRate": "1.25"}


class Everything(BookWorld, RoughSales):
    ACTIONS = (*BookWorld.ACTIONS, *SALES, *PEOPLE)
    buyer = "Acme"

    def __init__(self, seed):
        draw = random.Random(f"everything {seed}")
        euros = draw.random() < 0.3
        self.company_settings = Settings(sales_tax=draw.random() < 0.6, multi_currency=euros)
        self.switches = Switches(currencies=("USD", "EUR") if euros else ())
        edition = draw.choice(["Pro", "Enterprise"])
        super().__init__(seed, edition=edition, winner=draw.choice(list(Side)))
        if euros:
            euro = {"FullName": "Euro"}
            self.file.add("Account", Name="Receivable EUR", AccountType="AccountsReceivable", CurrencyRef=euro)
            self.file.add_customer(Name="Eau", CurrencyRef=euro)
        self.euros = euros
        self.widget = self.inventory("Widget", "9.50", QuantityOnHand="40")
        policy = {"conflict": self.winner.value}
        customer = {"only_won": False, "near_matches": "ignore", **policy}
        others = {kind: {} for kind in DOCUMENTS if kind != "sales_order" or edition == "Enterprise"}
        self.flows(customer=customer, item=policy, stock={"every_minutes": 0}, sale=self.sale_settings(), **others)
        self.come_to_rest()

    def sale_settings(self):
        return {"conflict": self.winner.value, "started": "2020-01-01T00:00:00+00:00"}

    # People

    def who(self):
        return self.random.choice(["Acme", "Bolt", *(["Eau"] if self.euros else [])])

    def attempt(self, act, *args, **fields):
        if fields.get("CustomerRef") == "Eau" or args[:1] == ("Eau",):
            fields |= EURO
        return super().attempt(act, *args, **fields)

    def an_account(self):
        return self.random.choice(self.salesforce.records("Account") or [None])

    def phone_in_salesforce(self):
        account = self.an_account()
        return self.salesforce.update(account["Id"], Phone=self.next_number()) if account else "nothing"

    def phone_in_quickbooks(self):
        customer = self.random.choice(self.file.customers())
        return self.attempt(self.file.edit_customer, customer["ListID"], Phone=self.next_number())

    def renames_customer(self):
        """Another than those that the bookkeepers name."""
        others = [each for each in self.file.customers() if each["Name"] not in ("Acme", "Bolt", "Eau")]
        if not others:
            return "nothing"
        name = f"Renamed {self.next_number()}"
        return self.attempt(self.file.edit_customer, self.random.choice(others)["ListID"], Name=name)

    def adds_customer(self):
        name = f"Another {self.next_number()}"
        if self.random.random() < 0.5:
            return self.salesforce.insert("Account", Name=name)
        return self.attempt(self.file.add_customer, Name=name)

    def price_in_quickbooks(self):
        price = str(Decimal(self.random.randint(1, 9999)) / 100)
        return self.attempt(self.file.edit, "ItemInventory", self.widget, SalesPrice=price)

    def renames_item(self):
        return self.attempt(self.file.edit, "ItemInventory", self.widget, Name=f"Widget {self.next_number()}")

    def counts_stock(self):
        """A sale of it, since nothing else moves it here."""
        item = {"ListID": self.widget}
        line = {"ItemRef": item, "Quantity": self.random.randint(1, 3)}
        number = self.next_number()
        return self.attempt(self.file.enter, "Invoice", [line], CustomerRef=self.who(), RefNumber=number)

    # A whole life

    def live(self, rounds=8, faults=0.05):
        self.step("win")
        BookWorld.live(self, rounds, faults)

    # What must hold

    def check(self):
        BookWorld.check(self)
        self.check_sales()
        self.check_customers()
        self.check_stock()

    def check_sales(self):
        kinds = ("Invoice", "SalesReceipt", "SalesOrder", "Estimate")
        marks = [each["ExternalGUID"] for kind in kinds for each in self.file.txns_of(kind) if each.get("ExternalGUID")]
        assert len(marks) == len(set(marks)), "A TRANSACTION WAS MADE TWICE"
        for link in Link.objects.filter(kind="sale"):
            assert link.state in QUIET, f"{link.name} is {link.state}"
            assert link.reason or link.state == "in_step", f"NO REASON {link.state} {link.name}"
            if link.state == "in_step" and link.whole:
                self.check_lines(link)
                self.check_total(link)

    def check_total(self, link):
        kind, _, txn_id = link.quickbooks_id.rpartition(":")
        found = self.file.txn(txn_id)
        [deal] = [row for row in self.salesforce.records("Opportunity") if row["Id"] == link.salesforce_id]
        total = found.get("TotalAmount", found.get("Subtotal", 0) + found.get("SalesTaxTotal", 0))
        assert deal["QB_Total__c"] == total, f"{kind} {link.name}: {deal['QB_Total__c']} is not {total}"

    def check_customers(self):
        accounts = {row["Id"]: row for row in self.salesforce.records("Account")}
        customers = {row["ListID"]: row for row in self.file.customers()}
        links = list(Link.objects.filter(kind="customer"))
        assert sorted(link.quickbooks_id for link in links if link.quickbooks_id) == sorted(customers)
        assert sorted(link.salesforce_id for link in links if link.salesforce_id) == sorted(accounts)
        for link in links:
            assert link.state in QUIET, f"{link.name} is {link.state}"
            if link.state == "in_step":
                account, customer = accounts[link.salesforce_id], customers[link.quickbooks_id]
                ours, theirs = (account["Name"], account["Phone"]), (customer["Name"], customer.get("Phone"))
                assert ours == theirs, f"{ours} is not {theirs}"
                assert account["QB_Balance__c"] == customer.get("TotalBalance"), f"{link.name}'s balance"

    def check_stock(self):
        [item] = [each for each in self.file.elements("ItemInventory") if each["ListID"] == self.widget]
        product = self.products()[item["Name"]]
        assert self.prices()[item["Name"]] == float(item["SalesPrice"])
        assert product["QB_On_Hand__c"] == Decimal(item["QuantityOnHand"])
