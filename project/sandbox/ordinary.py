"""Ordinary people, places and numbers for an example, always the same ones for the same seed.

Each is spelt as both programs take it: Salesforce's fields and QuickBooks's elements.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from .chance import Chance


def filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    email: str = ""
    phone: str = ""
    ticked: bool = False

    @property
    def as_contact(self) -> dict[str, Any]:
        return filled(FirstName=self.first, LastName=self.last, Email=self.email, Phone=self.phone)

    @property
    def as_elements(self) -> dict[str, Any]:
        return filled(FirstName=self.first, LastName=self.last, Email=self.email, AltPhone=self.phone)


@dataclass(frozen=True)
class Place:
    street: tuple[str, ...]
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def as_billing(self) -> dict[str, Any]:
        """As an Account holds it; Salesforce ends lines as browsers send them."""
        return filled(
            BillingStreet="\r\n".join(self.street),
            BillingCity=self.city,
            BillingState=self.state,
            BillingPostalCode=self.postal_code,
            BillingCountry=self.country,
        )

    @property
    def as_elements(self) -> dict[str, Any]:
        lines = {f"Addr{n}": line for n, line in enumerate(self.street, 1)}
        rest = filled(City=self.city, State=self.state, PostalCode=self.postal_code, Country=self.country)
        return {"BillAddress": lines | rest}


_FIRST = (
    *("Ana", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kim", "Laura", "Marco"),
    *("Nadia", "Oscar", "Priya", "Quinn", "Rosa"),
)
_LAST = (
    *("Adams", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "Garcia", "Huang", "Ito", "Jensen", "Kowalski"),
    *("Lopez", "Moreau", "Novak", "Okafor"),
)
_STREETS = ("Main Street", "Oak Avenue", "Market Street", "Harbor Road", "Mill Lane", "Pine Street", "Sunset Drive")
_CITIES = (
    ("San Mateo", "CA", "944", "650"),
    ("Portland", "OR", "972", "503"),
    ("Boulder", "CO", "803", "303"),
    ("Austin", "TX", "787", "512"),
    ("Madison", "WI", "537", "608"),
    ("Savannah", "GA", "314", "912"),
)


class Maker:
    """Ordinary people, places and numbers; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Chance(seed)
        self._count = 0

    def phone(self) -> str:
        self._count += 1
        return f"{self._chance.pick(_CITIES)[3]}-555-{self._count:04d}"

    def place(self) -> Place:
        city, state, zone, _ = self._chance.pick(_CITIES)
        street = f"{self._chance.number(10, 990)} {self._chance.pick(_STREETS)}"
        return Place((street,), city, state, f"{zone}{self._chance.number(10, 99)}")

    def person(self, company: str, *, ticked: bool = False) -> Person:
        first, last = self._chance.pick(_FIRST), self._chance.pick(_LAST)
        self._count += 1
        mail = f"{first}.{last}{self._count}@{domain_of(company)}".lower()
        return Person(first, last, mail, self.phone(), ticked)


def domain_of(company: str) -> str:
    plain = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode().lower()
    return f"{re.sub(r'[^a-z0-9]+', '-', plain).strip('-')[:40].strip('-')}.example"
