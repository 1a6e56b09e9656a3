"""The package as a whole: our fields, our objects, and two permission sets, for the sync's user and for people.

Words    version  raised by hand whenever the package changes after a release; the org remembers it in the description
                  of the sync's permission set, with a fingerprint of everything that was deployed
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.connectors.salesforce.document_objects import DOCUMENT_FIELDS, DOCUMENT_OBJECTS
from syncapp.connectors.salesforce.metadata import Package, PermissionSet, Rights
from syncapp.connectors.salesforce.standard_fields import STANDARD_FIELDS

PACKAGE_VERSION = 1

# A record that the sync's user cannot see would be created a second time.
_KEEPS_IN_STEP = Rights(create=True, edit=True, view_all=True)
# Products and price books are not shared record by record.
_KEEPS_PRODUCTS = Rights(create=True, edit=True)
_OWNS = Rights(create=True, edit=True, delete=True, view_all=True, modify_all=True)
_OWN = [each.name for each in DOCUMENT_OBJECTS]

SYNC = PermissionSet(
    "QuickBooks_Sync",
    "QuickBooks Sync",
    "What the QuickBooks sync's user needs to see and edit.",
    {
        "Account": _KEEPS_IN_STEP,
        "Contact": _KEEPS_IN_STEP,
        "Opportunity": _KEEPS_IN_STEP,
        "Product2": _KEEPS_PRODUCTS,
        "Pricebook2": _KEEPS_PRODUCTS,
        **dict.fromkeys(_OWN, _OWNS),
    },
    edits_all=True,
)
PEOPLE = PermissionSet(
    "QuickBooks_User",
    "QuickBooks User",
    "For people: shows what QuickBooks holds, and lets them fill in what is theirs to fill in.",
    dict.fromkeys(_OWN, Rights()),
)

PACKAGE = Package(PACKAGE_VERSION, DOCUMENT_OBJECTS, (*STANDARD_FIELDS, *DOCUMENT_FIELDS), (SYNC, PEOPLE))
