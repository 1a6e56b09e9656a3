"""Further contacts of a customer: those beside the one that travels with the customer itself.

Rule     every field is QuickBooks's own: its interface changes contacts, but adds none to a customer that is there
         (qbXML 12.0 and later: CustomerRet's ContactsRet; CustomerAdd's Contacts; CustomerMod's ContactsMod)
"""

from __future__ import annotations

from syncapp.mapping.codecs import Reference, Text
from syncapp.mapping.customers import S, one_address
from syncapp.mapping.documents import owned, text
from syncapp.mapping.fields import MatchKeys, RecordMapping

CONTACTS = RecordMapping(
    kind="contact",
    label="Contact",
    plural="Contacts",
    fields=(
        owned("name", "Name", text(121)),
        owned("customer", "Customer", Reference("customer")),
        owned("salutation", "Salutation", text(40)),
        owned("first_name", "First name", text(40)),
        owned("last_name", "Last name", text(80)),
        owned("title", "Job title", text(128)),
        owned("email", "E-mail", Text({S: 80}, {S: one_address})),
        owned("phone", "Phone", text(40)),
        owned("mobile", "Mobile phone", text(40)),
        owned("quickbooks_id", "QuickBooks id", text(80)),
    ),
    match=MatchKeys(name="name", email="email", parent="customer", counterpart="quickbooks_id"),
)
