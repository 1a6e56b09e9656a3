"""A world in which people do everything: rename, move, tick contacts, make inactive, delete, merge, use names twice.

What each edit meant cannot be followed here; what must hold at rest can: every record has one link, nothing was made
twice, whatever is in step is equal on both sides, and whatever is not says why.
"""

from __future__ import annotations

from decimal import Decimal

from project.sandbox.desktop import Fault
from project.sandbox.salesforce import SalesforceError
from syncapp.models import Link
from tests.world.whole import WholeWorld

QUIET = ("in_step", "conflict", "refused", "proposed", "gone", "closed", "unwanted", "waiting")
SHARED = {
    "Phone": "Phone",
    "Fax": "Fax",
    "AccountNumber": "AccountNumber",
}
ADDRESS = {
    "BillingCity": "City",
    "BillingState": "State",
    "BillingPostalCode": "PostalCode",
    "BillingCountry": "Country",
}
CONTACT = {"FirstName": "FirstName", "LastName": "LastName", "Email": "Email"}


class RoughWorld(WholeWorld):
    ACTIONS = (
        *("person_edits_account", "person_edits_customer", "person_ticks_contact", "person_edits_contact"),
        *("person_renames", "person_moves", "person_makes_inactive", "person_deletes", "person_repeats_a_name"),
        *("person_changes_balance", "person_merges"),
    )

    def _org(self):
        org = super()._org()
        self.word = 0
        return org

    def live(self, rounds=9, faults=0.05):
        for _ in range(3):
            self.step("person_adds_account")
            self.step("person_adds_customer")
        for _ in range(rounds):
            self._draw_faults(faults)
            for _ in range(self.random.randint(1, 4)):
                self.step(self.random.choice(self.ACTIONS))
            for name in self.random.sample(["cycle", "poll", "cycle", "poll", "sweep"], 3):
                self.step(name)
                self.step(self.random.choice(self.ACTIONS))
        self.come_to_rest()
        self.check()

    # People

    def unique(self, prefix="w"):
        self.word += 1
        return f"{prefix}{self.word}"

    def accounts(self):
        return self.salesforce.records("Account")

    def customers(self):
        return self.file.customers()

    def attempt(self, act, *args, **fields):
        """A person's act that the system itself may refuse."""
        try:
            return act(*args, **fields) or "done"
        except (SalesforceError, Fault) as refusal:
            return f"refused: {refusal}"

    def person_adds_account(self):
        fields = {"Name": self.unique("Account "), "Phone": self.unique(), "BillingStreet": self.unique("1 ")}
        return self.attempt(self.salesforce.insert, "Account", **fields)

    def person_adds_customer(self):
        return self.attempt(self.file.add_customer, Name=self.unique("Customer "), Fax=self.unique())

    def person_edits_account(self):
        account = self.random.choice(self.accounts() or [None])
        if account is None:
            return "nothing"
        field = self.random.choice([*SHARED, *ADDRESS, "BillingStreet"])
        value = self.random.choice([self.unique(), self.unique(), None])
        if field == "BillingStreet" and value:
            value = f"{value} Road\r\nFloor 2"
        return self.attempt(self.salesforce.update, account["Id"], **{field: value})

    def person_edits_customer(self):
        customer = self.random.choice(self.customers() or [None])
        if customer is None:
            return "nothing"
        kind = self.random.choice(["plain", "address", "contact"])
        if kind == "plain":
            fields = {self.random.choice(list(SHARED.values())): self.random.choice([self.unique(), ""])}
        elif kind == "address":
            fields = {"BillAddress": {"Addr1": self.unique("2 "), "City": self.unique()}}
        else:
            fields = self.person()
        return self.attempt(self.file.edit_customer, customer["ListID"], **fields)

    def person_ticks_contact(self):
        account = self.random.choice(self.accounts() or [None])
        if account is None:
            return "nothing"
        ticked = [c for c in self.contacts(account["Id"]) if c.get("QB_Billing_Contact__c")]
        for contact in ticked:
            self.attempt(self.salesforce.update, contact["Id"], QB_Billing_Contact__c=False)
        fields = {"AccountId": account["Id"], "QB_Billing_Contact__c": True, **self.person()}
        return self.attempt(self.salesforce.insert, "Contact", **fields)

    def person(self):
        word = self.unique()
        return {"FirstName": f"F{word}", "LastName": f"L{word}", "Email": f"{word}@example.com"}

    def person_edits_contact(self):
        contact = self.random.choice(self.salesforce.records("Contact") or [None])
        if contact is None:
            return "nothing"
        return self.attempt(self.salesforce.update, contact["Id"], Email=f"{self.unique()}@example.com")

    def contacts(self, account_id):
        return [c for c in self.salesforce.records("Contact") if c["AccountId"] == account_id]

    def person_renames(self):
        name = self.unique("Renamed ")
        if self.random.random() < 0.5 and self.accounts():
            return self.attempt(self.salesforce.update, self.random.choice(self.accounts())["Id"], Name=name)
        if self.customers():
            return self.attempt(self.file.edit_customer, self.random.choice(self.customers())["ListID"], Name=name)
        return "nothing"

    def person_moves(self):
        if self.random.random() < 0.5 and len(self.accounts()) > 1:
            one, other = self.random.sample(self.accounts(), 2)
            return self.attempt(self.salesforce.update, one["Id"], ParentId=self.random.choice([other["Id"], None]))
        if len(self.customers()) > 1:
            one, other = self.random.sample(self.customers(), 2)
            return self.attempt(self.file.edit_customer, one["ListID"], ParentRef={"ListID": other["ListID"]})
        return "nothing"

    def person_makes_inactive(self):
        customer = self.random.choice(self.customers() or [None])
        if customer is None:
            return "nothing"
        active = self.random.choice(["true", "false"])
        return self.attempt(self.file.edit_customer, customer["ListID"], IsActive=active)

    def person_deletes(self):
        if self.random.random() < 0.5 and self.accounts():
            return self.attempt(self.salesforce.delete, self.random.choice(self.accounts())["Id"])
        if self.customers():
            return self.attempt(self.file.delete_customer, self.random.choice(self.customers())["ListID"])
        return "nothing"

    def person_repeats_a_name(self):
        names = [a["Name"] for a in self.accounts()] + [c["Name"] for c in self.customers()]
        if not names:
            return "nothing"
        name = self.random.choice(names)
        if self.random.random() < 0.5:
            return self.attempt(self.salesforce.insert, "Account", Name=name, Phone=self.unique())
        return self.attempt(self.file.add, "Vendor", Name=self.random.choice([name, self.unique("Vendor ")]))

    def person_changes_balance(self):
        customer = self.random.choice(self.customers() or [None])
        if customer is None:
            return "nothing"
        amount = Decimal(self.random.randint(0, 99999)) / 100
        return self.attempt(self.file.set_balance, customer["ListID"], amount)

    def person_merges(self):
        if self.random.random() < 0.7:
            return "not now"
        if self.random.random() < 0.5 and len(self.accounts()) > 1:
            one, other = self.random.sample(self.accounts(), 2)
            return self.attempt(self.salesforce.merge, one["Id"], other["Id"])
        if len(self.customers()) > 1:
            one, other = self.random.sample(self.customers(), 2)
            return self.attempt(self.file.merge_customers, one["ListID"], other["ListID"])
        return "nothing"

    # What must hold

    def check(self):
        accounts = {a["Id"]: a for a in self.accounts()}
        customers = {c["ListID"]: c for c in self.customers()}
        links = list(Link.objects.filter(kind="customer"))
        for side, alive in (("salesforce_id", accounts), ("quickbooks_id", customers)):
            linked = [getattr(link, side) for link in links if getattr(link, side) in alive]
            assert sorted(linked) == sorted(alive), f"each record has one link: {side} {set(alive) ^ set(linked)}"
        guids = [c["ExternalGUID"] for c in customers.values() if c.get("ExternalGUID")]
        assert len(guids) == len(set(guids)), "a customer was created twice"
        for link in links:
            assert link.state in QUIET, f"{link.name} is {link.state}"
            assert link.state == "in_step" or link.reason, f"{link.name} is {link.state} and says not why"
            account, customer = accounts.get(link.salesforce_id), customers.get(link.quickbooks_id)
            if link.state == "in_step":
                assert account, f"{link.name} is in step without an account"
                assert customer, f"{link.name} is in step without a customer"
                self.check_equal(link, account, customer)

    def check_equal(self, link, account, customer):
        pairs = [(field, account[field], customer.get(element)) for field, element in SHARED.items()]
        address = customer.get("BillAddress") or {}
        pairs += [(field, account[field], address.get(element)) for field, element in ADDRESS.items()]
        lines = [address.get(f"Addr{n}") for n in range(1, 6)]
        street = (account["BillingStreet"] or "").splitlines()
        pairs.append(("BillingStreet", [line for line in street if line], [line for line in lines if line]))
        if " ~" not in customer["Name"]:
            pairs.append(("Name", account["Name"], customer["Name"]))
        pairs.append(("QB_Id__c", account["QB_Id__c"], f"acme:{customer['ListID']}"))
        pairs.append(("QB_Active__c", account["QB_Active__c"], str(customer.get("IsActive", True)).lower() == "true"))
        ticked = [c for c in self.contacts(account["Id"]) if c.get("QB_Billing_Contact__c")]
        if len(ticked) == 1:
            pairs += [(field, ticked[0][field], customer.get(element)) for field, element in CONTACT.items()]
        different = [pair for pair in pairs if (pair[1] or None) != (pair[2] or None)]
        assert not different, f"{link.name} is in step and differs: {different}"
