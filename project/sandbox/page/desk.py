"""What a person can see and do on the demo's page: both programs' records, in plain words, and edits of either side.

Rule     only what people do in the programs themselves is used, so that an edit here is like one made there;
         a program's own refusal is told in its own words, as Refusal
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from project.sandbox.desktop import CompanyFile
from project.sandbox.desktop.errors import Fault
from project.sandbox.example import TICK, add_opportunity
from project.sandbox.page.deals import Deals
from project.sandbox.page.levels import Levels
from project.sandbox.page.papers import Papers
from project.sandbox.page.plain import Refusal, View, amount, clean, given, plain, tie
from project.sandbox.page.wares import Wares
from project.sandbox.salesforce import Org
from project.sandbox.salesforce.errors import SalesforceError

# Our words for what both programs hold, and each one's own.
ACCOUNT = {
    "name": "Name",
    "phone": "Phone",
    "fax": "Fax",
    "number": "AccountNumber",
    "street": "BillingStreet",
    "city": "BillingCity",
    "state": "BillingState",
    "postal_code": "BillingPostalCode",
    "country": "BillingCountry",
    "active": "QB_Active__c",
}
CONTACT = {"first": "FirstName", "last": "LastName", "email": "Email", "contact_phone": "Phone"}
ACCOUNT_SHOWN = {
    "terms": "QB_Terms__c",
    "tax_code": "QB_Tax_Code__c",
    "credit_limit": "QB_Credit_Limit__c",
    "balance": "QB_Balance__c",
}
CUSTOMER = {
    "name": "Name",
    "phone": "Phone",
    "fax": "Fax",
    "number": "AccountNumber",
    "first": "FirstName",
    "last": "LastName",
    "email": "Email",
    "contact_phone": "AltPhone",
    "credit_limit": "CreditLimit",
}
CUSTOMER_PLACE = {"city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}
CUSTOMER_REFERENCES = {"terms": "TermsRef", "tax_code": "SalesTaxCodeRef"}
STREET_LINES = 5

Act = Callable[[str, Mapping[str, Any]], str]


class Desk:
    """Both programs, as one person uses them."""

    def __init__(self, org: Org, file: CompanyFile) -> None:
        self.org, self.file = org, file
        self.wares, self.deals, self.papers = Wares(org, file), Deals(org), Papers(org, file)
        self.levels = Levels(org, file)
        self.edits = 0  # how many times somebody has changed something
        self.edited = threading.Event()

    # What is there

    def accounts(self) -> dict[str, View]:
        """Every Account by its id, with its contact for bills."""
        contacts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for contact in self.org.records("Contact"):
            contacts[contact.get("AccountId") or ""].append(contact)
        won = {each["AccountId"] for each in self.org.records("Opportunity") if each.get("IsWon")}
        rows = {row["Id"]: row for row in self.org.records("Account")}
        return {record_id: self._account(row, rows, contacts[record_id], won) for record_id, row in rows.items()}

    def _account(
        self,
        row: Mapping[str, Any],
        rows: Mapping[str, Mapping[str, Any]],
        contacts: list[Mapping[str, Any]],
        won: set[str],
    ) -> View:
        contact = billing_contact(contacts) or {}
        further = [each for each in contacts if each["Id"] != contact.get("Id")]
        view = {ours: row.get(theirs) for ours, theirs in {**ACCOUNT, **ACCOUNT_SHOWN}.items()}
        view |= {ours: contact.get(theirs) for ours, theirs in CONTACT.items()}
        parent = rows.get(row.get("ParentId") or "")
        linked = bool(row.get("QB_Id__c"))
        return plain(
            {
                **view,
                "id": row["Id"],
                "tie": tie(row),
                "parent": parent["Name"] if parent else None,
                "won": row["Id"] in won,
                "others": _others(f"{each.get('FirstName') or ''} {each['LastName']}" for each in further),
                # Before the Account is linked the box says nothing.
                "active": bool(row.get("QB_Active__c")) if linked else True,
            }
        )

    def customers(self) -> dict[str, View]:
        """Every customer by its ListID, inactive ones and jobs too."""
        return {each["ListID"]: self._customer(each) for each in self.file.customers()}

    def _customer(self, element: Mapping[str, Any]) -> View:
        address = element.get("BillAddress") or {}
        lines = [address.get(f"Addr{n}") for n in range(1, STREET_LINES + 1)]
        job = element.get("JobStatus")
        own = (element.get("FirstName"), element.get("LastName"))
        people = element.get("ContactsRet") or []
        further = [each for each in people if (each.get("FirstName"), each.get("LastName")) != own]
        view = {ours: element.get(theirs) for ours, theirs in CUSTOMER.items()}
        view |= {ours: address.get(theirs) for ours, theirs in CUSTOMER_PLACE.items()}
        view |= {ours: (element.get(theirs) or {}).get("FullName") for ours, theirs in CUSTOMER_REFERENCES.items()}
        return plain(
            {
                **view,
                "id": element["ListID"],
                "street": "\n".join(line for line in lines if line),
                "parent": (element.get("ParentRef") or {}).get("FullName"),
                "active": element.get("IsActive", True),
                "balance": element.get("TotalBalance"),
                "others": _others(f"{each['FirstName']} {each.get('LastName') or ''}" for each in further),
                "job": job if job and job != "None" and element.get("Sublevel") else None,
            }
        )

    def terms(self) -> list[str]:
        return [each["Name"] for each in self.file.elements("StandardTerms")]

    # What a person does

    def do(self, side: str, act: str, record_id: str, values: Mapping[str, Any], kind: str = "customer") -> str:
        """One edit; the record's id, or that of what was entered. Raises Refusal with the program's own words."""
        found = self._acts().get((kind, side, act))
        if found is None:
            raise Refusal("The page knows no such thing to do.")
        try:
            done = found(record_id, clean(values))
        except SalesforceError as error:
            raise Refusal(f"Salesforce: {error.message}") from error
        except Fault as error:
            raise Refusal(f"QuickBooks: {error.message}") from error
        self.edits += 1
        self.edited.set()
        return done

    def _acts(self) -> dict[tuple[str, str, str], Act]:
        wares, deals, papers, levels = self.wares, self.deals, self.papers, self.levels
        on_paper = {"edit": papers.edit, "pay": papers.pay, "void": papers.void, "delete": papers.delete}
        by_kind: dict[tuple[str, str], dict[str, Act]] = {
            ("customer", "salesforce"): {
                "add": self._add_account,
                "edit": self._edit_account,
                "delete": self._delete_account,
                "win": self._win,
            },
            ("customer", "quickbooks"): {
                "add": self._add_customer,
                "edit": self._edit_customer,
                "delete": self._delete_customer,
            },
            ("item", "salesforce"): {
                "add": wares.add_product,
                "edit": wares.edit_product,
                "delete": wares.delete_product,
            },
            ("item", "quickbooks"): {
                "add": wares.add_item,
                "edit": wares.edit_item,
                "adjust": wares.adjust,
                "delete": wares.delete_item,
            },
            ("level", "salesforce"): {"edit": levels.edit_book},
            ("level", "quickbooks"): {
                "add": levels.add_level,
                "edit": levels.edit_level,
                "delete": levels.delete_level,
            },
            ("sale", "salesforce"): {"add": deals.add, "edit": deals.edit, "win": deals.win, "delete": deals.delete},
            ("sale", "quickbooks"): {**on_paper, "invoice": papers.invoice},
            ("document", "salesforce"): {"edit": papers.tamper},
            ("document", "quickbooks"): {
                **on_paper,
                "add": papers.enter,
                "invoice": papers.invoice,
                "refund": papers.refund,
            },
            ("payment", "salesforce"): {"edit": papers.tamper},
            ("payment", "quickbooks"): {
                "add": papers.receive,
                "edit": papers.edit_payment,
                "delete": papers.delete,
            },
        }
        return {(*of, act): run for of, acts in by_kind.items() for act, run in acts.items()}

    def _add_account(self, record_id: str, values: Mapping[str, Any]) -> str:
        account = self.org.insert("Account", **given(values, ACCOUNT))
        self._write_contact(account, values)
        if values.get("won"):
            add_opportunity(self.org, account, str(values.get("name")), won=True)
        return account

    def _edit_account(self, record_id: str, values: Mapping[str, Any]) -> str:
        fields = given(values, ACCOUNT)
        if fields:
            self.org.update(record_id, **fields)
        self._write_contact(record_id, values)
        return record_id

    def _write_contact(self, account: str, values: Mapping[str, Any]) -> None:
        fields = given(values, CONTACT)
        if not fields:
            return
        contact = billing_contact([row for row in self.org.records("Contact") if row.get("AccountId") == account])
        if contact is not None:
            self.org.update(contact["Id"], **fields)
        elif any(fields.values()):
            self.org.insert("Contact", **{**fields, "AccountId": account, TICK: True})

    def _delete_account(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.org.delete(record_id)
        return record_id

    def _win(self, record_id: str, values: Mapping[str, Any]) -> str:
        """Close the Account's open opportunity as won, or enter one that is."""
        account = self.accounts().get(record_id)
        if account is None:
            raise Refusal("Salesforce: this Account is not there any more.")
        for each in self.org.records("Opportunity"):
            if each.get("AccountId") == record_id and not each.get("IsClosed"):
                self.org.update(each["Id"], StageName="Closed Won")
                return record_id
        add_opportunity(self.org, record_id, str(account["name"]), won=True)
        return record_id

    def _add_customer(self, record_id: str, values: Mapping[str, Any]) -> str:
        return self.file.add_customer(**self._elements(values))

    def _edit_customer(self, record_id: str, values: Mapping[str, Any]) -> str:
        elements = self._elements(values)
        if elements:
            self.file.edit_customer(record_id, **elements)
        return record_id

    def _delete_customer(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.file.delete_customer(record_id)
        return record_id

    def _elements(self, values: Mapping[str, Any]) -> dict[str, Any]:
        elements = given(values, CUSTOMER)
        if "active" in values:
            elements["IsActive"] = bool(values["active"])
        if "credit_limit" in values:
            elements["CreditLimit"] = amount(values["credit_limit"])
        for ours, theirs in CUSTOMER_REFERENCES.items():
            if ours in values:
                elements[theirs] = values[ours] or None
        if {"street", *CUSTOMER_PLACE} & set(values):
            elements["BillAddress"] = _address(values)
        return elements


def _others(names: Iterable[str]) -> str | None:
    """People beside the one for bills."""
    return " · ".join(sorted(name.strip() for name in names)) or None


def billing_contact(contacts: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The ticked contact (the oldest of several), else the only one."""
    ordered = sorted(contacts, key=lambda row: (str(row.get("CreatedDate")), row["Id"]))
    ticked = [row for row in ordered if row.get(TICK)]
    if ticked:
        return ticked[0]
    return ordered[0] if len(ordered) == 1 else None


def _address(values: Mapping[str, Any]) -> dict[str, Any]:
    """All lines, those that are no longer there as empty ones."""
    address: dict[str, Any] = {theirs: values[ours] for ours, theirs in CUSTOMER_PLACE.items() if ours in values}
    if "street" in values:
        lines = [line for line in str(values["street"] or "").splitlines() if line.strip()]
        if len(lines) > STREET_LINES:
            raise Refusal(f"QuickBooks has room for {STREET_LINES} lines of address.")
        address |= {f"Addr{n}": lines[n - 1] if n <= len(lines) else "" for n in range(1, STREET_LINES + 1)}
    return address
