"""What kind of QuickBooks this is, what its company has switched on, and how it acts where sources disagree."""

from __future__ import annotations

from dataclasses import dataclass

# The first year of QuickBooks that brought each qbXML version (SDK release notes).
QBXML_SINCE_YEAR = (
    (2002, "1.0 1.1"),
    (2003, "2.0 2.1"),
    (2004, "3.0"),
    (2005, "4.0 4.1"),
    (2006, "5.0"),
    (2007, "6.0"),
    (2008, "7.0"),
    (2009, "8.0"),
    (2010, "9.0"),
    (2011, "10.0"),
    (2012, "11.0"),
    (2013, "12.0"),
    (2014, "13.0"),
    (2021, "14.0"),
    (2022, "15.0"),
    (2023, "16.0"),
)
EDITIONS = ("Pro", "Premier", "Enterprise")
COUNTRIES = ("US", "CA", "UK")


@dataclass
class Settings:
    """The company's preferences, as far as requests depend on them."""

    sales_tax: bool = True
    multi_currency: bool = False
    class_tracking: bool = False
    price_levels: bool = True
    inventory: bool = True
    units_of_measure: bool = False  # Premier and Enterprise
    bar_codes: bool = False  # Enterprise
    personal_data: bool = False  # may applications see credit cards and the like?
    estimates: bool = True
    multi_site: bool = False  # inventory in several places (Enterprise)
    closing_date: str = ""  # "2025-12-31": what is dated so or earlier is closed


@dataclass
class Quirks:
    """Points on which the sources are not sure; a product must work whichever way each is set."""

    # A status check of a message set that QuickBooks does not know: 600, or 9002.
    unknown_set_status: int = 600
    # A Mod that names some lines of an address: the others stay ("merge") or are emptied ("replace").
    addresses_in_mods: str = "merge"
    # The offset in timestamps: "correct" for the instant, or "fixed" (always winter time).
    offsets: str = "correct"
    # An iterator without any match says iteratorRemainingCount="0", or nothing.
    empty_iterator_counts: bool = False
    # JobStatus and PreferredDeliveryMethod are shown when they are None.
    shows_none: bool = True
    # An out-of-date EditSequence is answered with the record as it is now (or with nothing).
    stale_shows_record: bool = False
    # An omitted RefNumber is the last one counted up ("auto"), or stays empty ("blank").
    ref_numbers: str = "auto"
    # A payment on an invoice, or an invoice of an order, changes the other's TimeModified and EditSequence.
    payments_touch_documents: bool = True

    # An item that is bought and sold lacks its expense account: 3180 (cannot be saved), or 3270.
    missing_expense_account: int = 3180

    def __post_init__(self) -> None:
        if self.missing_expense_account not in (3180, 3270):
            raise ValueError(f"A missing expense account is 3180 or 3270, not {self.missing_expense_account}.")
        if self.unknown_set_status not in (600, 9002):
            raise ValueError(f"An unknown message set is answered 600 or 9002, not {self.unknown_set_status}.")
        if self.addresses_in_mods not in ("merge", "replace"):
            raise ValueError(f"Addresses in Mods merge or replace, not {self.addresses_in_mods!r}.")
        if self.ref_numbers not in ("auto", "blank"):
            raise ValueError(f"Omitted RefNumbers are auto or blank, not {self.ref_numbers!r}.")


@dataclass(frozen=True)
class Product:
    """Edition, year and country of the program."""

    edition: str = "Pro"
    year: int = 2024
    country: str = "US"

    def __post_init__(self) -> None:
        if self.edition not in EDITIONS:
            raise ValueError(f"The edition is one of {', '.join(EDITIONS)}, not {self.edition!r}.")
        if self.country not in COUNTRIES:
            raise ValueError(f"The country is one of {', '.join(COUNTRIES)}, not {self.country!r}.")
        if self.year < QBXML_SINCE_YEAR[0][0]:
            raise ValueError(f"QuickBooks {self.year} knows no qbXML.")

    @property
    def name(self) -> str:
        if self.edition == "Enterprise":
            return f"QuickBooks Desktop Enterprise {self.year - 2000}.0"
        return f"QuickBooks Desktop {self.edition} {self.year}"

    @property
    def major(self) -> int:
        return self.year - 1990

    @property
    def supported(self) -> list[str]:
        return [each for year, versions in QBXML_SINCE_YEAR if year <= self.year for each in versions.split()]
