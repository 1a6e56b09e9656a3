"""Further contacts of QuickBooks's customers in Salesforce; one way."""

from __future__ import annotations

from syncapp.flows.base import Flow, Setting, on
from syncapp.mapping.contacts import CONTACTS

FLOW = Flow(
    kind=CONTACTS.kind,
    mapping=CONTACTS,
    settings=(
        on(False, "Further contacts of QuickBooks's customers stand at their accounts."),
        Setting("on_delete", "nothing", ("nothing", "unlink"), "What follows a deletion on one side."),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
    ),
)
