"""Account and Customer, in both directions, with the billing contact and the hierarchy."""

from __future__ import annotations

from syncapp.flows.base import COMMON, Flow, Setting, on
from syncapp.mapping.customers import CUSTOMERS

FLOW = Flow(
    kind="customer",
    mapping=CUSTOMERS,
    active_field="active",
    settings=(
        on(True, "Accounts and customers are kept in step."),
        *COMMON,
        Setting("only_won", True, (), "Only Accounts with a won Opportunity become customers."),
        Setting("condition", "", (), "A SOQL condition on Account, instead: only those become customers."),
        Setting("jobs", "skip", ("skip", "accounts"), "Jobs are left out, or become child accounts."),
        Setting(
            "contact_fallback",
            "only",
            ("only", "newest_with_email", "none"),
            "Which contact bills where none is ticked: the only one, the newest with an e-mail, or none.",
        ),
        Setting(
            "contact_rename",
            "new",
            ("new", "rename"),
            "A billing contact with another name in QuickBooks: another person, or the same one renamed.",
        ),
        Setting(
            "person_accounts",
            "keep",
            ("keep", "create", "leave_out"),
            "Person accounts are customers as others are; customers who are called as their contact is become such, "
            "too; or person accounts are left out.",
        ),
        Setting(
            "person_record_type", "", (), "The DeveloperName of the record type of new ones; empty: the org's first."
        ),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
        Setting("careful", [], (), "Fields for which Salesforce's version is checked record by record."),
    ),
)
