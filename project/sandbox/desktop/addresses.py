"""Addresses: five lines of storage, and the block that QuickBooks prints from them."""

from __future__ import annotations

from . import errors

LINES = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")
LINES_MAX = 5
LINE_LENGTH_MAX = 41
_ADDRESSES = frozenset(("BillAddress", "ShipAddress", "VendorAddress", "EmployeeAddress", "OtherNameAddress"))
# A country line is printed for foreign addresses only.
_HOME = {
    "US": {"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"},
    "CA": {"ca", "canada"},
    "UK": {"uk", "gb", "united kingdom", "great britain"},
}

Address = dict[str, str]


def is_address(field: str) -> bool:
    return field in _ADDRESSES


def merged(kept: Address, sent: Address, country: str) -> Address:
    """What is stored after a change; an empty aggregate clears all. Fault 3205 if it needs more than five lines."""
    if not sent:
        return {}
    address = {name: value for name, value in {**kept, **sent}.items() if value}
    if len(printed(address, country)) > LINES_MAX:
        raise errors.Fault(3205, "The address is invalid: it has more lines than QuickBooks can store.")
    return address


def printed(address: Address, country: str) -> list[str]:
    """The lines as on an envelope."""
    lines = [address[name] for name in LINES if address.get(name)]
    region = " ".join(address[name] for name in ("State", "PostalCode") if address.get(name))
    city = ", ".join(part for part in (address.get("City"), region) if part)
    if city:
        lines.append(city)
    abroad = address.get("Country", "")
    if abroad and abroad.casefold() not in _HOME[country]:
        lines.append(abroad)
    return lines


def block(address: Address, country: str) -> Address:
    """Lines that are put together are cut where they are too long."""
    return dict(zip(LINES, (line[:LINE_LENGTH_MAX] for line in printed(address, country)), strict=False))
