"""A company's customers as found in real files: plain ones, jobs, inactive ones, and names that make trouble."""

from __future__ import annotations

from typing import Any

from project.sandbox.chance import Chance

from .company_file import CompanyFile

_FIRST = ("Abigail", "Bruno", "Chloé", "Dmitri", "Esra", "Finn", "Grace", "Hugo", "Inés", "Jonas", "Kristy", "Renée")
_LAST = ("Abercrombie", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "García", "Hughes", "Ivanov", "O'Hara")
_TRADE = ("Robotics", "Bakery", "Dental", "Roofing", "Logistics", "Studio", "Farms", "Marine", "Optics", "Printing")
_PLACE = ("Bayside", "Hilltop", "Northern", "Pier 7", "Redwood", "Summit", "Union", "Valley", "Westgate", "Harbor")
_CITIES = (
    ("San Mateo", "CA", "94402"),
    ("Reno", "NV", "89501"),
    ("Portland", "OR", "97201"),
    ("Tucson", "AZ", "85701"),
)
_TERMS = ("Due on receipt", "Net 15", "Net 30", "Net 60")
_AWKWARD = ("Smith & Sons <Plumbing>", 'The "Best" Deli', "Łódź Import", "Müller GmbH", "A" * 41, "Zoë's Café #1")


def fill(file: CompanyFile, number: int, chance: Chance) -> list[str]:
    """Add that many customers and jobs; their ListIDs. The same chance makes the same company."""
    ids: list[str] = []
    for index in range(number):
        fields = _fields(index, chance)
        if index % 8 == 7 and ids:
            parent = file.customer(chance.pick(ids))
            if parent["Sublevel"] == 0:
                fields = {"Name": f"Job {index}", "ParentRef": parent["FullName"], "JobStatus": "InProgress"}
        ids.append(file.add_customer(**fields))
        if index % 15 == 14:
            file.make_inactive(ids[-1])
    return ids


def _fields(index: int, chance: Chance) -> dict[str, Any]:
    company = f"{chance.pick(_PLACE)} {chance.pick(_TRADE)}"
    first, last = chance.pick(_FIRST), chance.pick(_LAST)
    city, state, code = chance.pick(_CITIES)
    name = _AWKWARD[index // 7 % len(_AWKWARD)] if index % 7 == 6 and index < 7 * len(_AWKWARD) else ""
    return {
        "Name": name or f"{company} {index + 1}",
        "CompanyName": company,
        "FirstName": first,
        "LastName": last,
        "BillAddress": {
            "Addr1": company,
            "Addr2": f"{chance.number(1, 999)} Main St",
            "City": city,
            "State": state,
            "PostalCode": code,
        },
        "Phone": f"555-{chance.number(100, 999)}-{chance.number(1000, 9999)}",
        "Email": f"ap{index + 1}@example.com",
        "TermsRef": chance.pick(_TERMS),
        "AccountNumber": f"C-{10_000 + index}",
    }
