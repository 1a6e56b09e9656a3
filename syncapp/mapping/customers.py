"""Account and Customer: the fields they share, in neutral names.

Lengths are those of qbXML's CustomerAdd and of Salesforce's describe of Account and Contact. Where a side spells a
field differently, or holds it in another object (the billing contact), its connector knows.
"""

from __future__ import annotations

import re

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.text import to_quickbooks
from syncapp.mapping.codecs import DoesNotFit, Flag, Lines, Money, Name, Plain, Reference, Text
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.records import Side

S, Q = Side.SALESFORCE, Side.QUICKBOOKS


def in_quickbooks(text: str) -> str:
    """The text in the characters that QuickBooks Desktop has; spelt that way, it may be longer."""
    try:
        return to_quickbooks(text)
    except BadRequest as problem:
        raise DoesNotFit(f"QuickBooks has no characters for “{text[:50]}”") from problem


def one_address(text: str) -> str:
    """An e-mail address, which is all that a Salesforce e-mail field takes; QuickBooks takes any text for one."""
    if not EMAIL.fullmatch(text):
        raise DoesNotFit(f"“{text[:80]}” is not one e-mail address")
    return text


SPELLING = {Q: in_quickbooks}
EMAIL = re.compile(r"""[^@\s,;:<>()"]+@[^@\s,;:<>()"]+\.[^@\s,;:<>()".]{2,}""")


def text(salesforce: int, quickbooks: int) -> Text:
    return Text({S: salesforce, Q: quickbooks}, SPELLING)


def address(prefix: str, label: str) -> tuple[Field, ...]:
    # QuickBooks stores five lines: those of the street, the line of the city, and the country's.
    return (
        Field(f"{prefix}_street", f"{label} street", Lines({Q: (3, 41), S: (5, 80)}, SPELLING)),
        Field(f"{prefix}_city", f"{label} city", text(40, 31)),
        Field(f"{prefix}_state", f"{label} state", text(80, 21)),
        Field(f"{prefix}_postal_code", f"{label} postal code", text(20, 13)),
        Field(f"{prefix}_country", f"{label} country", text(80, 31)),
    )


CUSTOMERS = RecordMapping(
    kind="customer",
    label="Customer",
    plural="Customers",
    fields=(
        Field("name", "Name", Name({S: 255, Q: 41}, forbidden={Q: ":"}, spelling=SPELLING)),
        Field("parent", "Parent", Reference("customer")),
        Field("active", "Active in QuickBooks", Flag(default=True)),
        *address("billing", "Billing"),
        *address("shipping", "Shipping"),
        Field("phone", "Phone", text(40, 21)),
        Field("fax", "Fax", text(40, 21)),
        Field("account_number", "Account number", text(40, 99)),
        Field("contact_salutation", "Billing contact's salutation", text(40, 15)),
        Field("contact_first_name", "Billing contact's first name", text(40, 25)),
        Field("contact_last_name", "Billing contact's last name", text(80, 25)),
        Field("contact_title", "Billing contact's job title", text(128, 41)),
        Field("contact_email", "Billing contact's e-mail", Text({S: 80, Q: 1023}, {**SPELLING, S: one_address})),
        Field("contact_phone", "Billing contact's phone", text(40, 21)),
        Field("quickbooks_id", "QuickBooks id", text(80, 36), owner=Q),
        Field("full_name", "Full name in QuickBooks", text(255, 209), owner=Q),
        Field("terms", "Terms", text(31, 31), owner=Q),
        Field("tax_code", "Tax code", text(3, 3), owner=Q),
        Field("credit_limit", "Credit limit", Money(), owner=Q),
        Field("balance", "Balance", Money(), owner=Q),
        Field("currency", "Currency", Plain(), only=Q),
        Field("website", "Website", text(255, 255), only=S),
        Field("stands_for", "Who has the account of a job that has none", Plain(), only=Q),
    ),
    match=MatchKeys(name="name", email="contact_email", phone="phone", parent="parent", counterpart="quickbooks_id"),
)
