"""A small company as Salesforce and QuickBooks know it at the start, and what a good sync must make of it.

Words    case     one company with its record on either side or on both, what it is here to show, and how it must end
         crosses  a case whose records end up linked, one on each side; the rest stays where it is, for a stated reason
Rule     what is special stands here word for word; what is ordinary (people, phones, streets) comes from the seed.
         No telephone number or mail address occurs twice unless it is meant to: equal ones are a hint at a match.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from .desktop import CompanyFile
from .ordinary import Maker, Person, Place, domain_of, filled
from .salesforce import Org

SEED = 2026
TICK = "QB_Billing_Contact__c"
FURTHER = ("Evergreen Nursery", "Mia", "Stone")  # a customer with one more contact
ASKED = "Thistle Tailors"
VENDORS = ("Office Supply Depot", "City Water & Power", "Brightline Insurance")

IN_STEP, PROPOSED, UNWANTED, CONFLICT, REFUSED = "in_step", "proposed", "unwanted", "conflict", "refused"


@dataclass(frozen=True)
class Case:
    """``account`` and ``customer`` are fields beside the name, None where that side has no such record."""

    name: str
    shows: str
    account: Mapping[str, Any] | None = None
    customer: Mapping[str, Any] | None = None
    people: tuple[Person, ...] = ()  # the Account's contacts
    won: bool = True
    open_opportunity: bool = False
    parent: str = ""  # the name of the case above it, on whichever side knows it
    other_name: str = ""  # the customer's, where it is spelt differently
    state: str = IN_STEP
    reason: str = ""  # words that the stated reason must hold
    differs: frozenset[str] = field(default_factory=frozenset)  # fields that cannot be equal at the end
    asked: bool = False  # linked, and a person must decide on a field
    number: int = 0

    @property
    def key(self) -> str:
        return f"{self.number:02d} {self.name}"

    @property
    def customer_name(self) -> str:
        return self.other_name or self.name

    @property
    def crosses(self) -> bool:
        """A field that is refused, or asked for, does not keep the rest of a record from crossing."""
        return self.state in (IN_STEP, REFUSED) or self.asked


@dataclass(frozen=True)
class Filled:
    """The ids under which a side holds the cases, by the case's key."""

    ids: Mapping[str, str]


# The cases ---------------------------------------------------------------------------


def cases(seed: int = SEED) -> list[Case]:
    """All of them, in the order in which they are entered: parents before children."""
    maker = Maker(seed)
    groups = (_alike, _phones_differ, _gaps, _nearly, _only_in_salesforce, _not_won, _awkward_names, _hierarchies)
    more = (_jobs_and_inactive, _contacts, _addresses, _only_in_quickbooks, _twice, _asked)
    found = [case for group in (*groups, *more) for case in group(maker)]
    return [replace(case, number=number) for number, case in enumerate(found, 1)]


def _alike(maker: Maker) -> Iterator[Case]:
    names = (
        *("Bluebird Landscaping", "Cascade Dental Group", "Delta Freight Lines", "Elm Street Veterinary"),
        *("Foxglove Florists", "Granite State Roofing", "Hawthorne Books", "Ivy League Tutoring"),
    )
    for name in names:
        place, phone, person = maker.place(), maker.phone(), maker.person(name)
        yield Case(
            name,
            "the same on both sides: only to be linked",
            account={"Phone": phone, **place.as_billing},
            customer={"Phone": phone, **place.as_elements, **person.as_elements},
            people=(person,),
        )


def _phones_differ(maker: Maker) -> Iterator[Case]:
    for name in ("Juniper Catering", "Kestrel Aviation", "Larkspur Hotels"):
        place = maker.place()
        yield Case(
            name,
            "other telephone numbers: QuickBooks holds, as the settings say",
            account={"Phone": maker.phone(), **place.as_billing},
            customer={"Phone": maker.phone(), **place.as_elements},
        )


def _gaps(maker: Maker) -> Iterator[Case]:
    shows = "each side knows what the other lacks"
    place = maker.place()
    yield Case("Maple Leaf Movers", shows, account=place.as_billing, customer={"Fax": maker.phone()})
    person = maker.person("Nimbus Software")
    yield Case("Nimbus Software", shows, account={"AccountNumber": "NS-204"}, customer=person.as_elements)
    person = maker.person("Orchard Park Clinic")
    yield Case(
        "Orchard Park Clinic",
        shows,
        account={},
        customer={"Phone": maker.phone(), "TermsRef": "Net 15"},
        people=(person,),
    )


def _nearly(maker: Maker) -> Iterator[Case]:
    shows = "perhaps the same company: proposed, never linked unasked"
    pairs = (
        ("Acme Inc.", "ACME, Incorporated"),
        ("Pinnacle Consulting LLC", "Pinnacle Consulting"),
        ("Quarry & Sons", "Quarry and Sons Ltd."),
    )
    for name, other in pairs:
        account, customer = {"Phone": maker.phone()}, {"Phone": maker.phone(), **maker.place().as_elements}
        yield Case(name, shows, account, customer, other_name=other, state=PROPOSED, reason="It may be")
    person = maker.person("Riverbend Brewing")
    yield Case(
        "Riverbend Brewing",
        "another name, but the same mail address",
        account={"Phone": maker.phone()},
        customer={"Phone": maker.phone(), "Email": person.email},
        people=(person,),
        other_name="RB Beverages",
        state=PROPOSED,
        reason="It may be",
    )


def _only_in_salesforce(maker: Maker) -> Iterator[Case]:
    names = ("Sable Photography", "Tamarack Engineering", "Umbra Lighting Design", "Vineyard Ridge Winery")
    for name in (*names, "Willow Creek Farms"):
        account = {"Phone": maker.phone(), "Website": f"https://www.{domain_of(name)}", **maker.place().as_billing}
        yield Case(name, "won in Salesforce: becomes a customer", account=account, people=(maker.person(name),))


def _not_won(maker: Maker) -> Iterator[Case]:
    for name in ("Xenon Labs", "Yellowstone Outfitters", "Zephyr Charter Flights"):
        yield Case(
            name,
            "nothing won yet: stays in Salesforce",
            account={"Phone": maker.phone()},
            won=False,
            open_opportunity=name != "Xenon Labs",
            state=UNWANTED,
            reason="no won opportunity",
        )


def _awkward_names(maker: Maker) -> Iterator[Case]:
    names = (
        ("International Association of Independent Coffee Roasters", "a name over 41 characters"),
        ("Studio 54: Stage Rentals", "a colon, which QuickBooks keeps for itself"),
        ("Office Supply Depot", "a name that a vendor has"),
        ("Sunrise Bakery", "a name that occurs twice in Salesforce"),
        ("Sunrise Bakery", "the other one of that name"),
        ("Rocket Toys 🚀", "a sign that QuickBooks cannot hold"),
    )
    for name, shows in names:
        account = {"Phone": maker.phone(), **maker.place().as_billing}
        yield Case(name, shows, account=account, differs=frozenset({"name"}))
    place = Place(("Straße des 17. Juni 135",), "Düsseldorf", "", "40213", "Germany")
    person = Person("Zoë", "Müller-Lüdenscheidt", "zoe@cafe-zoe.example", maker.phone())
    account = {"Phone": maker.phone(), **place.as_billing}
    yield Case("Café Zoë & Söhne", "accents, which QuickBooks can hold", account=account, people=(person,))


def _hierarchies(maker: Maker) -> Iterator[Case]:
    shows = "a hierarchy of two levels below the parent"
    yield Case("Northwind Holdings", "not won itself, but a parent is needed", {"Phone": maker.phone()}, won=False)
    account = {"Phone": maker.phone(), **maker.place().as_billing}
    yield Case("Northwind Logistics", shows, account, parent="Northwind Holdings")
    yield Case("Northwind Cold Storage", shows, {"Phone": maker.phone()}, parent="Northwind Logistics")
    shows = "the same hierarchy on both sides"
    for name, parent in (("Meridian Group", ""), ("Meridian Retail", "Meridian Group")):
        phone = {"Phone": maker.phone()}
        yield Case(name, shows, account=phone, customer=phone, parent=parent)
    shows = "a hierarchy that only QuickBooks knows"
    yield Case("Keystone Properties", shows, customer={"Phone": maker.phone(), **maker.place().as_elements})
    yield Case("Keystone Tower", shows, customer={"Phone": maker.phone()}, parent="Keystone Properties")


def _jobs_and_inactive(maker: Maker) -> Iterator[Case]:
    phone = {"Phone": maker.phone()}
    yield Case("Lighthouse Builders", "a customer with jobs", account=phone, customer=phone)
    for name, status in (("Kitchen remodel", "InProgress"), ("Roof repair", "Closed")):
        yield Case(
            name,
            "a job stays in QuickBooks",
            customer={"JobStatus": status},
            parent="Lighthouse Builders",
            state=UNWANTED,
            reason="A job",
        )
    for name in ("Old Mill Antiques", "Pier Nine Seafood"):
        yield Case(
            name,
            "no longer a customer: stays in QuickBooks",
            customer={"Phone": maker.phone(), "IsActive": False},
            state=UNWANTED,
            reason="Inactive",
        )
    shared: dict[str, Any] = {"Phone": maker.phone()}
    customer = {**shared, "IsActive": False}
    yield Case("Quiet Harbor Marina", "inactive in QuickBooks, and Salesforce learns it", shared, customer)


def _contacts(maker: Maker) -> Iterator[Case]:
    rows = (
        ("Redwood Legal", "the ticked contact is the one for bills", (False, True)),
        ("Seaside Realty", "the only contact is the one for bills", (False,)),
        ("Trailhead Sports", "two are ticked: the older one holds", (True, True)),
        ("Urban Grind Coffee", "two contacts, none ticked: nobody is guessed", (False, False)),
    )
    for name, shows, ticks in rows:
        people = tuple(maker.person(name, ticked=ticked) for ticked in ticks)
        yield Case(name, shows, account={"Phone": maker.phone(), **maker.place().as_billing}, people=people)


def _addresses(maker: Maker) -> Iterator[Case]:
    three = Place(("Violet Hill Museum", "East Wing, Second Floor", "1 Museum Way"), "Austin", "TX", "78701")
    yield Case("Violet Hill Museum", "three lines of street", account={"Phone": maker.phone(), **three.as_billing})
    four = Place(("Westgate Hospital", "Accounts Payable", "Building C", "400 Westgate Road"), "Boulder", "CO", "80301")
    yield Case(
        "Westgate Hospital",
        "four lines of street, and QuickBooks has room for three: the rest crosses",
        account={"Phone": maker.phone(), **four.as_billing},
        state=REFUSED,
        reason="Billing street",
        differs=frozenset({"billing street"}),
    )
    yield Case(
        "Bayview Answering Service",
        "a telephone number too long for QuickBooks: the rest crosses",
        account={"Phone": "+1 (415) 555-0199 ext. 12345", **maker.place().as_billing},
        state=REFUSED,
        reason="Phone",
        differs=frozenset({"phone"}),
    )
    free = Place(("Alpine Ski School", "Lodge 4", "Mountain Road", "Truckee, CA 96161"))
    yield Case("Alpine Ski School", "an address of lines only", customer={"Phone": maker.phone(), **free.as_elements})
    abroad = Place(("Bahnhofstrasse 21",), "Zürich", "", "8001", "Switzerland")
    yield Case("Zürcher Uhren AG", "an address abroad", customer={"Phone": maker.phone(), **abroad.as_elements})


def _only_in_quickbooks(maker: Maker) -> Iterator[Case]:
    rows = (
        ("Copper Kettle Brewing", "Net 30", "Tax", "25000.00"),
        ("Driftwood Furniture", "Net 15", "Non", "8000.00"),
        ("Evergreen Nursery", "Due on receipt", "Tax", ""),
        ("Fairhaven School District", "Net 60", "Non", "100000.00"),
        ("Golden Gate Cycles", "Net 30", "Tax", "1500.00"),
        ("Highland Dairy", "", "Tax", ""),
    )
    for name, terms, tax, limit in rows:
        place, person = maker.place().as_elements, maker.person(name).as_elements
        money = {"TermsRef": terms, "SalesTaxCodeRef": tax, "CreditLimit": Decimal(limit) if limit else None}
        customer = {"Phone": maker.phone(), **place, **person, **filled(**money)}
        if name == FURTHER[0]:
            customer["Contacts"] = [{key: person[key] for key in ("FirstName", "LastName")}, *_further()]
        yield Case(name, "a customer whom Salesforce does not know yet", customer=customer)


def _further() -> list[dict[str, Any]]:
    """Further people of a customer, whom only QuickBooks knows."""
    reached = [{"ContactName": "Main Email", "ContactValue": "mia.stone@evergreen-nursery.example"}]
    return [{"FirstName": FURTHER[1], "LastName": FURTHER[2], "JobTitle": "Buyer", "AdditionalContactRef": reached}]


def _twice(maker: Maker) -> Iterator[Case]:
    shows = "two Accounts have the name of one customer: a person must say which it is"
    customer = {"Phone": maker.phone()}
    yield Case("Summit Services", shows, {"Phone": maker.phone()}, customer, state=CONFLICT, reason="have this name")
    yield Case("Summit Services", shows, {"Phone": maker.phone()}, state=CONFLICT, reason="have this name")


def _asked(maker: Maker) -> Iterator[Case]:
    account, customer = {"Fax": maker.phone()}, {"Fax": maker.phone()}
    shows = "two fax numbers, and the settings leave those to a person"
    more: dict[str, Any] = {"state": CONFLICT, "reason": "Fax", "differs": frozenset({"fax"}), "asked": True}
    yield Case(ASKED, shows, account, customer, **more)


# Entering them -----------------------------------------------------------------------


def fill_company(file: CompanyFile, seed: int = SEED) -> Filled:
    """Enter the customers and vendors, as people do at a desk."""
    for name in VENDORS:
        file.add("Vendor", Name=name)
    ids: dict[str, str] = {}
    by_name: dict[str, str] = {}
    inactive = []
    for case in cases(seed):
        if case.customer is None:
            continue
        fields = {name: value for name, value in case.customer.items() if name != "IsActive"}
        if case.parent:
            fields["ParentRef"] = {"ListID": by_name[case.parent]}
        list_id = file.add_customer(Name=case.customer_name, **fields)
        ids[case.key] = by_name[case.customer_name] = list_id
        if case.customer.get("IsActive") is False:
            inactive.append(list_id)
    for list_id in inactive:
        file.make_inactive(list_id)
    return Filled(ids)


def fill_org(org: Org, seed: int = SEED) -> Filled:
    """Enter the Accounts with their contacts and opportunities. The fields of ours must be installed."""
    ids: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for case in cases(seed):
        if case.account is None:
            continue
        entered: dict[str, Any] = {"Name": case.name, **case.account}
        if case.parent:
            entered["ParentId"] = by_name[case.parent]
        account = org.insert("Account", **entered)
        ids[case.key] = by_name[case.name] = account
        for person in case.people:
            fields: dict[str, Any] = {**person.as_contact, "AccountId": account}
            if person.ticked:
                fields[TICK] = True
            org.insert("Contact", **fields)
        if case.won or case.open_opportunity:
            add_opportunity(org, account, case.name, won=case.won)
    return Filled(ids)


def add_opportunity(org: Org, account: str, name: str, *, won: bool) -> str:
    stage = "Closed Won" if won else "Prospecting"
    closes = org.clock.now().date().isoformat()
    return org.insert("Opportunity", AccountId=account, Name=f"{name} – first order", StageName=stage, CloseDate=closes)
