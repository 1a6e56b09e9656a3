"""States and countries where an org offers them as picklists: the name and the code have to agree.

A small part of the standard lists, enough to meet every rule: several countries, states of some of them only.
"""

from __future__ import annotations

from .errors import SalesforceError
from .schema import SObject
from .store import Row

COUNTRY_CODES = {"US": "United States", "CA": "Canada", "GB": "United Kingdom", "AU": "Australia", "DE": "Germany"}
STATE_CODES = {
    ("US", "CA"): "California",
    ("US", "NY"): "New York",
    ("US", "TX"): "Texas",
    ("US", "WA"): "Washington",
    ("CA", "ON"): "Ontario",
    ("CA", "QC"): "Quebec",
    ("CA", "BC"): "British Columbia",
    ("AU", "NSW"): "New South Wales",
    ("AU", "VIC"): "Victoria",
}


def settle_addresses(sobject: SObject, row: Row, given: frozenset[str]) -> None:
    """Make name and code agree in every address of a record that has codes; refuse what is not on the lists."""
    for item in sobject:
        if item.type == "address" and f"{item.name.removesuffix('Address')}CountryCode".lower() in sobject.fields:
            _settle(item.name.removesuffix("Address"), row, given)


def _settle(prefix: str, row: Row, given: frozenset[str]) -> None:
    names = COUNTRY_CODES
    country = _agree(row, given, f"{prefix}Country", names, "country")
    of_country = {code: name for (land, code), name in STATE_CODES.items() if land == country}
    state = _agree(row, given, f"{prefix}State", of_country, "state")
    if state and not country:
        text = "A country/territory must be specified before specifying a state value for field: "
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", f"{text}{prefix} State/Province", [f"{prefix}State"])


def _agree(row: Row, given: frozenset[str], field: str, known: dict[str, str], kind: str) -> str | None:
    by_code = f"{field}Code" in given and field not in given
    name, code = row.get(field), row.get(f"{field}Code")
    if by_code:
        name = known.get(code) if code else None
        found = code if name else None
    else:
        found = next((each for each, text in known.items() if name and text.lower() == name.lower()), None)
    asked = code if by_code else name
    if asked and found is None:
        text = (
            f"There's a problem with this {kind}, even though it may appear correct. "
            f"Please select a {kind} from the list of valid {'countries' if kind == 'country' else 'states'}.: {field}"
        )
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, [field])
    for key, value in ((field, known.get(found) if found else None), (f"{field}Code", found)):
        if value is None:
            row.pop(key, None)
        else:
            row[key] = value
    return found
