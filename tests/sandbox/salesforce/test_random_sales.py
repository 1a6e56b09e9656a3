"""Whatever is done to sales and books in whatever order, what the org works out by itself always holds."""

from __future__ import annotations

import random

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults
from project.sandbox.salesforce import Org, SalesforceError, serve

from .packages import invoices
from .wiring import client_for, install

KINDS = ("Opportunity", "OpportunityLineItem", "OpportunityContactRole", "Invoice__c", "Line__c", "Account", "Contact")


class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.clock = Clock()
        self.org = Org("acme", clock=self.clock, chance=Chance(seed), faults=Faults())
        with serve(self.org) as server:
            install(client_for(self.org, server), self.org, invoices())
        self.refused = 0
        book = self.org.standard_pricebook
        self.entries = []
        for number in range(3):
            item = self.org.insert("Product2", Name=f"P{number}", IsActive=True)
            facts = {"Pricebook2Id": book, "Product2Id": item, "UnitPrice": number + 1, "IsActive": True}
            self.entries.append(self.org.insert("PricebookEntry", **facts))

    def one(self, kind, deleted=False):
        rows = [row["Id"] for row in self.org.records(kind, deleted=True) if row["IsDeleted"] is deleted]
        return self.random.choice(rows) if rows else None

    def step(self):
        kind = self.random.choice(KINDS)
        act = self.random.choice(
            [self.make, self.make, self.change, self.change, self.remove, self.restore, self.merge]
        )
        try:
            act(kind)
        except SalesforceError:
            self.refused += 1
        self.clock.advance(self.random.choice([0, 1, 90]))

    def money(self):
        return self.random.randint(-500, 5000) / 100

    def facts(self, kind):
        one, pick = self.one, self.random.choice
        stage = pick(["Prospecting", "Closed Won", "Closed Lost"])
        return {
            "Account": lambda: {"Name": "A", "ParentId": pick([None, one("Account")])},
            "Contact": lambda: {"LastName": "C", "AccountId": pick([None, one("Account")])},
            "Opportunity": lambda: {
                "Name": "D",
                "StageName": stage,
                "CloseDate": "2026-03-01",
                "AccountId": one("Account"),
                "Amount": self.money(),
            },
            "OpportunityLineItem": lambda: {
                "OpportunityId": one("Opportunity"),
                "PricebookEntryId": pick(self.entries),
                "Quantity": self.random.randint(1, 9),
                pick(["UnitPrice", "TotalPrice"]): self.money(),
                "Discount": pick([None, 10, 100]),
            },
            "OpportunityContactRole": lambda: {
                "OpportunityId": one("Opportunity"),
                "ContactId": one("Contact"),
                "IsPrimary": pick([True, False]),
            },
            "Invoice__c": lambda: {"Name": "I", "Due__c": "2026-03-01", "Account__c": pick([None, one("Account")])},
            "Line__c": lambda: {"Invoice__c": one("Invoice__c"), "Amount__c": pick([None, self.money()])},
        }[kind]()

    def make(self, kind):
        self.org.insert(kind, **self.facts(kind))

    def change(self, kind):
        fixed = ("OpportunityId", "PricebookEntryId", "Invoice__c")
        given = {name: value for name, value in self.facts(kind).items() if name not in fixed}
        chosen = self.random.sample(sorted(given), self.random.randint(1, len(given)))
        if (found := self.one(kind)) is not None:
            self.org.update(found, **{name: given[name] for name in chosen})

    def remove(self, kind):
        if (found := self.one(kind)) is not None:
            self.org.delete(found)

    def restore(self, kind):
        if (found := self.one(kind, deleted=True)) is not None:
            self.org.undelete(found)

    def merge(self, kind):
        winner, loser = self.one("Account"), self.one("Account")
        if winner and loser and winner != loser:
            self.org.merge(winner, loser)

    def check(self):
        live = {kind: {row["Id"]: row for row in self.org.records(kind)} for kind in KINDS}
        for row in live["Opportunity"].values():
            lines = [each for each in live["OpportunityLineItem"].values() if each["OpportunityId"] == row["Id"]]
            assert row["HasOpportunityLineItem"] is bool(lines)
            if lines:
                assert row["Amount"] == sum(each["TotalPrice"] for each in lines)
            roles = [each for each in live["OpportunityContactRole"].values() if each["OpportunityId"] == row["Id"]]
            primary = [each["ContactId"] for each in roles if each["IsPrimary"]]
            assert len(primary) <= 1
            assert row["ContactId"] == (primary[0] if primary else None)
            assert row["IsWon"] is (row["StageName"] == "Closed Won")
        for row in live["Invoice__c"].values():
            amounts = [each["Amount__c"] for each in live["Line__c"].values() if each["Invoice__c"] == row["Id"]]
            assert row["Lines_Count__c"] == len(amounts)
            assert row["Lines_Total__c"] == sum(each for each in amounts if each is not None)
        self.check_references(live)

    def check_references(self, live):
        """No live record belongs to, or points at, one that is in the recycle bin."""
        for kind, rows in live.items():
            for item in self.org.schema[kind]:
                if item.reference_to not in live or item.name == "MasterRecordId":
                    continue
                targets = live[item.reference_to]
                dangling = [row["Id"] for row in rows.values() if row[item.name] and row[item.name] not in targets]
                assert dangling == [], f"{kind}.{item.name}"
        for kind, rows in live.items():
            assert self.org.tables[kind].live == len(rows)


@pytest.mark.parametrize("seed", range(6))
def test_what_the_org_works_out_by_itself_always_holds(seed):
    world = World(seed)
    for number in range(400):
        world.step()
        try:
            world.check()
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}, step {number}: {wrong}") from wrong
    assert world.refused < 300
