"""How the fields of standard objects are written down, one call a field, and made into an object.

Words    fixed   a field that only the system writes
         audit   the fields that every object has: Id, IsDeleted, who and when
"""

from __future__ import annotations

from typing import Any

from .schema import Field, SObject


def text(name: str, length: int, **more: Any) -> Field:
    return Field(name, "string", length=length, **more)


def area(name: str, length: int, **more: Any) -> Field:
    return Field(name, "textarea", length=length, **more)


def phone(name: str) -> Field:
    return Field(name, "phone", length=40)


def pick(name: str, values: tuple[str, ...], length: int = 255, **more: Any) -> Field:
    return Field(name, "picklist", length=length, values=values, **more)


def flag(name: str, *, default: bool = False, **more: Any) -> Field:
    return Field(name, "boolean", nillable=False, defaulted=True, default=default, **more)


def number(name: str, kind: str, precision: int, scale: int, **more: Any) -> Field:
    return Field(name, kind, precision=precision, scale=scale, **more)


def lookup(name: str, to: str, relationship: str, children: str = "", **more: Any) -> Field:
    return Field(name, "reference", length=18, reference_to=to, relationship=relationship, children=children, **more)


def fixed(name: str, kind: str, **more: Any) -> Field:
    """A field that only the system writes."""
    return Field(name, kind, createable=False, updateable=False, **more)


def audit() -> list[Field]:
    stamps = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
    who: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False, "defaulted": True}
    return [
        fixed("Id", "id", label="Record ID", length=18, nillable=False, defaulted=True, id_lookup=True),
        fixed("IsDeleted", "boolean", nillable=False, defaulted=True, default=False),
        *(fixed(name, "datetime", nillable=False, defaulted=True) for name in stamps),
        lookup("CreatedById", "User", "CreatedBy", **who),
        lookup("LastModifiedById", "User", "LastModifiedBy", **who),
    ]


def owner() -> Field:
    return lookup("OwnerId", "User", "Owner", nillable=False, defaulted=True)


def address(prefix: str) -> list[Field]:
    whole = f"{prefix}Address"
    return [
        area(f"{prefix}Street", 255, compound=whole),
        text(f"{prefix}City", 40, compound=whole),
        text(f"{prefix}State", 80, compound=whole),
        text(f"{prefix}PostalCode", 20, compound=whole),
        text(f"{prefix}Country", 80, compound=whole),
        number(f"{prefix}Latitude", "double", 18, 15, compound=whole),
        number(f"{prefix}Longitude", "double", 18, 15, compound=whole),
        fixed(whole, "address"),
    ]


def make_object(name: str, prefix: str, fields: list[Field], plural: str = "", **more: Any) -> SObject:
    sobject = SObject(name, spaced(name), plural or f"{spaced(name)}s", prefix, **more)
    sobject.add(audit())
    sobject.add(fields)
    for item in sobject:
        item.label = item.label or spaced(item.name.removesuffix("Id") if item.reference_to else item.name)
        if item.reference_to:
            item.label = f"{item.label} ID"
    return sobject


def spaced(name: str) -> str:
    return "".join(
        f" {letter}" if letter.isupper() and place and name[place - 1].islower() else letter
        for place, letter in enumerate(name)
    )
