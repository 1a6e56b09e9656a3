"""The customers' mapping, held against qbXML's own catalogue: names, limits, and what a connector makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from qbwc.qbxml import build, catalogue
from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop import customers
from syncapp.connectors.quickbooks_desktop.spelling import modified
from syncapp.mapping.codecs import Lines, Name, Text
from syncapp.mapping.customers import CUSTOMERS
from syncapp.records import Operation, Side, Verb

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
SETTINGS = {"jobs": "skip"}
SPELLING = customers.Customers()
KEY = "0f0e6b1c-7c1b-4b0e-9c58-0b7b5f0c2d11"
COUNTRIES = ("US", "CA", "UK", "AU")
RET = catalogue.answer("CustomerQuery").records["Customer"].content
WRITES = {name: catalogue.request(name).find(name).content for name in (customers.ADD, customers.MOD)}


def longest(field):
    """A value that takes all the room which the mapping gives QuickBooks."""
    codec = field.codec
    if isinstance(codec, (Text, Name)):
        return "x" * codec.limits[Q]
    if isinstance(codec, Lines):
        lines, length = codec.limits[Q]
        return "\n".join(["x" * length] * lines)
    return {"parent": "80000001-1770138927", "active": True, "balance": Decimal(1), "credit_limit": Decimal(1)}[
        field.name
    ]


def sent(verb, values, **more):
    operation = Operation(7, KEY, Q, "customer", verb, "80000002-1770138927", "001", values, "1770138927", **more)
    return (SPELLING.add if verb is Verb.CREATE else SPELLING.mod)(operation, SETTINGS).data


def read(data, settings=SETTINGS):
    return SPELLING.record(Ret("Customer", data), settings)


TRAVELLING = [f for f in CUSTOMERS.fields if f.travels and f.owner is None]
FULL = {f.name: longest(f) for f in TRAVELLING}


def paths(data, above=""):
    for name, value in data.items():
        yield above + name
        if isinstance(value, Mapping):
            yield from paths(value, f"{above}{name}/")


@pytest.mark.parametrize("verb", list(Verb))
def test_every_element_that_is_written_exists(verb):
    data = sent(verb, FULL)
    (request,) = data
    for path in paths(data[request]):
        assert WRITES[request].find(path) is not None, path


@pytest.mark.parametrize("verb", list(Verb))
def test_every_field_that_may_be_written_is_written(verb):
    """Each changes what is sent: none is forgotten on the way."""
    for field in TRAVELLING:
        without = {name: value for name, value in FULL.items() if name != field.name}
        assert sent(verb, without) != sent(verb, FULL), field.name


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("verb", list(Verb))
def test_a_customer_that_fills_every_limit_is_a_good_request(verb, country):
    data = sent(verb, FULL)
    (request,) = data
    text = build.build(request, data, country=country)
    assert text.startswith(f"<{request}Rq>")


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("request_name", WRITES)
def test_no_limit_of_the_mapping_is_wider_than_quickbooks(request_name, country):
    content = WRITES[request_name]
    checked = set()
    for name, element in customers.PLAIN.items():
        codec = CUSTOMERS.field(name).codec
        if isinstance(codec, (Text, Name)):
            assert codec.limits[Q] <= content.find(element).limit(country), name
            checked.add(name)
    for prefix, element in customers.ADDRESSES.items():
        for part, inner in customers.ADDRESS.items():
            name = f"{prefix}_{part}"
            assert CUSTOMERS.field(name).codec.limits[Q] <= content.find(f"{element}/{inner}").limit(country), name
            checked.add(name)
        lines, length = CUSTOMERS.field(f"{prefix}_street").codec.limits[Q]
        for n in range(1, lines + 1):
            assert length <= content.find(f"{element}/Addr{n}").limit(country)
        checked.add(f"{prefix}_street")
    limited = {f.name for f in TRAVELLING if isinstance(f.codec, (Text, Name, Lines))}
    assert limited == checked


@pytest.mark.parametrize("name, path", [("terms", "TermsRef/FullName"), ("tax_code", "SalesTaxCodeRef/FullName")])
def test_what_salesforce_is_to_hold_of_quickbooks_fits_there(name, path):
    assert CUSTOMERS.field(name).codec.limits[S] >= RET.find(path).limit("US")


def test_what_is_only_read_from_quickbooks_fits_into_salesforce():
    """A value that QuickBooks may hold and Salesforce may not would be refused for ever."""
    for name, element in customers.PLAIN.items():
        codec = CUSTOMERS.field(name).codec
        if isinstance(codec, (Text, Name)) and name not in TOO_LONG_FOR_SALESFORCE:
            assert codec.limits[S] >= RET.find(element).limit("US"), name


# Salesforce's own fields are narrower here, and a longer value is refused with the reason: an e-mail has at most 80
# characters there, and an account number 40.
TOO_LONG_FOR_SALESFORCE = {"contact_email", "account_number"}


class Recording(dict):
    """A CustomerRet that notes what is asked of it."""

    def __init__(self, above="", asked=None, **values):
        super().__init__(values)
        self.above, self.asked = above, asked if asked is not None else set()

    def __getitem__(self, name):
        self.asked.add(self.above + name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.asked.add(self.above + name)
        return super().get(name, default)


@pytest.mark.parametrize("jobs", ["skip", "accounts"])
def test_every_element_that_is_read_exists(jobs):
    asked = set()
    parts = [*customers.ADDRESSES.values(), *customers.REFERENCES.values(), "ParentRef"]
    inner = {name: Recording(f"{name}/", asked, filled=True) for name in parts}
    read(Recording("", asked, ListID="1", EditSequence="1", Sublevel=1, **inner), {"jobs": jobs})
    assert {"Name", "BillAddress/City", "ShipAddress/Addr5", "TermsRef/FullName", "ParentRef/ListID"} <= asked
    for path in asked:
        assert RET.find(path) is not None, path


def test_the_names_of_the_requests_exist():
    for name in (SPELLING.query, customers.ADD, customers.MOD):
        assert catalogue.exists(name)
    assert set(SPELLING.lists) <= catalogue.answer(SPELLING.query).records.keys()


@pytest.mark.parametrize("element", [*customers.PLAIN.values(), *customers.PARTS, "ParentRef"])
def test_every_element_that_a_refusal_may_name_exists_and_means_a_field(element):
    content = WRITES[customers.ADD]
    assert content.find(element) or content.find(f"BillAddress/{element}")
    fields = SPELLING.fields_at_fault(element, {field.name: "x" for field in CUSTOMERS.fields})
    assert fields
    assert all(CUSTOMERS.field(name) for name in fields)


def echoed(data):
    """The CustomerRet that QuickBooks would answer."""
    ((_, given),) = data.items()
    return {"ListID": "80000002-1770138927", "EditSequence": "1770138928", **given}


@pytest.mark.parametrize("verb", list(Verb))
def test_what_is_written_is_read_back_as_it_was(verb):
    record = read(echoed(sent(verb, FULL)))
    assert {name: record.fields[name] for name in FULL} == FULL


def test_a_read_record_says_something_of_every_field_that_travels():
    record = read({"ListID": "1", "EditSequence": "2"})
    assert record.fields.keys() == {f.name for f in CUSTOMERS.fields if f.only is not S}


def test_an_update_sends_what_changed_and_the_version():
    data = sent(Verb.UPDATE, {"phone": None}, current=FULL)
    assert data == {"CustomerMod": {"ListID": "80000002-1770138927", "EditSequence": "1770138927", "Phone": None}}


def test_an_address_travels_as_a_whole_and_what_is_empty_is_sent_as_empty():
    held = {"billing_street": "1 Main\nRoom 2\nDoor 3", "billing_city": "Paris", "billing_state": "X"}
    data = sent(Verb.UPDATE, {"billing_city": "Rome", "billing_state": None}, current=held)
    street = {"Addr1": "1 Main", "Addr2": "Room 2", "Addr3": "Door 3", "Addr4": "", "Addr5": ""}
    place = {"City": "Rome", "State": "", "PostalCode": "", "Country": ""}
    assert data["CustomerMod"]["BillAddress"] == street | place
    assert "ShipAddress" not in data["CustomerMod"]


def test_a_create_sends_nothing_that_is_empty():
    data = sent(Verb.CREATE, {"name": "Acme", "phone": None, "fax": "", "billing_street": "1 Main", "parent": None})
    assert data["CustomerAdd"].keys() == {"Name", "CompanyName", "ExternalGUID", "BillAddress"}
    assert data["CustomerAdd"]["BillAddress"] == {"Addr1": "1 Main"}


def test_a_create_carries_our_mark_which_is_read_back():
    data = sent(Verb.CREATE, {"name": "Acme"})
    assert data["CustomerAdd"] == {"Name": "Acme", "CompanyName": "Acme", "ExternalGUID": "{" + KEY + "}"}
    assert read(echoed(data)).origin == KEY


WANTED = {
    "a customer": ({"Sublevel": 0}, "skip", ""),
    "inactive": ({"IsActive": False}, "skip", "Inactive in QuickBooks."),
    "a job": ({"Sublevel": 1, "JobStatus": "Awarded"}, "skip", "A job; the settings leave jobs out."),
    "a job that becomes an account": ({"Sublevel": 1, "JobStatus": "Awarded"}, "accounts", ""),
    "a subordinate customer without a job": ({"Sublevel": 1, "JobStatus": "None"}, "skip", ""),
    "an inactive job": (
        {"Sublevel": 1, "JobStatus": "Awarded", "IsActive": False},
        "accounts",
        "Inactive in QuickBooks.",
    ),
}


@pytest.mark.parametrize("data, jobs, why", WANTED.values(), ids=WANTED)
def test_which_customers_become_accounts(data, jobs, why):
    record = read({"ListID": "1", "EditSequence": "2", **data}, {"jobs": jobs})
    assert (record.wanted, record.why_unwanted) == (not why, why)


def test_the_balance_counts_jobs_where_they_have_no_account():
    data = {"ListID": "1", "EditSequence": "2", "Balance": Decimal(1), "TotalBalance": Decimal(3)}
    assert read(data, {"jobs": "skip"}).fields["balance"] == Decimal(3)
    assert read(data, {"jobs": "accounts"}).fields["balance"] == Decimal(1)


@pytest.mark.parametrize(
    "sequence, year", [("1770138927", 2026), ("12", None), ("", None), ("abc", None), ("9" * 12, None)]
)
def test_the_time_of_a_change_is_told_only_where_it_is_one(sequence, year):
    moment = modified(sequence)
    assert (moment.year if moment else None) == year


def test_a_mapping_keeps_and_loads_its_own_fields_only():
    kept = CUSTOMERS.dump({"name": "Acme", "balance": Decimal("1.5"), "phone": "", "nonsense": 1})
    assert kept == {"name": "Acme", "balance": "1.5", "phone": None}
    assert CUSTOMERS.load({**kept, "nonsense": 1}) == {"name": "Acme", "balance": Decimal("1.5"), "phone": None}


def test_the_names_of_fields_are_unique_and_the_match_keys_are_fields():
    names = [f.name for f in CUSTOMERS.fields]
    assert len(names) == len(set(names)) == len({f.label for f in CUSTOMERS.fields})
    keys = CUSTOMERS.match
    assert {keys.name, keys.email, keys.phone, keys.parent, keys.counterpart} <= set(names)


def test_only_references_refer():
    assert {f.name: f.reference for f in CUSTOMERS.fields if f.reference} == {"parent": "customer"}
    assert not replace(CUSTOMERS.field("website"), only=Q).travels
    assert CUSTOMERS.field("name").travels
