"""The catalogue, against the facts that people rely on most."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from qbwc.qbxml import catalogue

from .conftest import FACTS, SCHEMA

ROOT = Path(__file__).resolve().parents[2]


def names(text: str) -> set[str]:
    return set(text.split())


def test_an_unknown_request_is_a_key_error_that_names_it():
    with pytest.raises(catalogue.UnknownRequest, match="CustomerSing"):
        catalogue.request("CustomerSing")
    assert not catalogue.exists("CustomerSing")


@pytest.mark.parametrize(
    "name, since",
    [
        ("CustomerAdd", "2.0"), ("InvoiceMod", "3.0"), ("SalesOrderAdd", "3.0"), ("SalesReceiptMod", "5.0"),
        ("ReceivePaymentMod", "6.0"), ("SalesTaxCodeMod", "8.0"), ("AccountMod", "6.0"), ("PriceLevelAdd", "4.0"),
        ("CurrencyQuery", "8.0"), ("InventoryAdjustmentMod", "9.0"), ("ItemSitesQuery", "10.0"), ("ListMerge", "7.0"),
        ("TransactionQuery", "4.0"), ("LeadAdd", "13.0"), ("ItemFixedAssetAdd", "3.0"),
        ("ItemInventoryAssemblyMod", "3.0"),
    ],
)  # fmt: skip
def test_a_request_has_its_first_version(name, since):
    # A few came with 2.1, of which there is no sample; either is long before every version in use.
    assert catalogue.request(name).since in (since, "2.1" if since == "3.0" else since)


@pytest.mark.parametrize(
    "name, path, limit",
    [
        ("CustomerAdd", "CustomerAdd/Name", 41), ("CustomerAdd", "CustomerAdd/BillAddress/City", 31),
        ("CustomerAdd", "CustomerAdd/TermsRef/FullName", 31), ("CustomerAdd", "CustomerAdd/SalesRepRef/FullName", 5),
        ("CustomerAdd", "CustomerAdd/Email", 1023), ("CustomerMod", "CustomerMod/EditSequence", 16),
        ("InvoiceAdd", "InvoiceAdd/RefNumber", 11), ("InvoiceAdd", "InvoiceAdd/PONumber", 25),
        ("InvoiceAdd", "InvoiceAdd/InvoiceLineAdd/Desc", 4095),
        ("ReceivePaymentAdd", "ReceivePaymentAdd/RefNumber", 20),
        ("ItemServiceAdd", "ItemServiceAdd/Name", 31), ("SalesTaxCodeAdd", "SalesTaxCodeAdd/Name", 3),
        ("AccountAdd", "AccountAdd/AccountNumber", 7), ("CustomerQuery", "IncludeRetElement", 50),
    ],
)  # fmt: skip
def test_a_text_has_its_limit(name, path, limit):
    assert catalogue.request(name).find(path).limit() == limit


def test_a_field_knows_its_version_and_countries():
    request = catalogue.request("CustomerAdd")
    assert request.find("CustomerAdd/JobTitle").since == "12.0"
    assert request.find("CustomerAdd/BillAddress/Addr5").since == "6.0"
    assert request.find("CustomerAdd/TaxRegistrationNumber").countries == ("CA", "UK", "AU")
    assert request.find("CustomerAdd/ItemSalesTaxRef").countries == ("US", "AU")
    assert request.find("CustomerAdd/Suffix") is None
    assert request.find("CustomerAdd/Name/Nothing") is None
    assert request.find("CustomerAdd/ParentRef").is_reference
    assert not request.find("CustomerAdd/AdditionalContactRef").is_reference


def test_iterators_and_metadata_are_where_quickbooks_has_them():
    both = names(
        "Bill Customer Invoice Item ItemService JournalEntry ReceivePayment SalesOrder Transaction Vendor ItemSites"
    )
    counted = names(
        "Account Class Currency CustomerMsg Employee ListDeleted PriceLevel SalesRep SalesTaxCode Terms TxnDeleted"
    )
    neither = names("Host Company CompanyActivity Preferences AccountTaxLineInfo")
    for wanted, group in (((True, True), both), ((False, True), counted), ((False, False), neither)):
        for name in group:
            facts = catalogue.request(name + "Query")
            assert (facts.iterator, facts.metadata) == wanted, name


def test_what_an_answer_may_hold_is_known():
    assert "ItemService" in catalogue.answer("ItemQuery").records
    assert names("StandardTerms DateDrivenTerms") == set(catalogue.answer("TermsQuery").records)
    customer = catalogue.answer("CustomerQuery").records["Customer"].content
    assert (customer.find("Balance").type, customer.find("DataExtRet").repeats) == ("amount", True)


def test_14_0_adds_what_it_adds():
    request = catalogue.request("Form1099CategoryAccountMappingMod")
    assert request.find("Form1099CategoryAccountMappingMod/FormType").since == "14.0"


@pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside the repository")
def test_every_listed_request_and_record_has_its_elements_in_the_listed_order():
    chapter = FACTS.read_text(encoding="utf-8").split("\n## 12. ")[1].split("\n#### Enumerations")[0]
    listings = re.findall(r"^(\w+R(?:q|et)) —(.*?)(?=^\w+ —|^```)", chapter, re.M | re.S)
    assert len(listings) > 80
    records = {f"{key}Ret": ret for name in catalogue.requests() for key, ret in catalogue.answer(name).records.items()}
    for name, listing in listings:
        content = records[name].content if name.endswith("Ret") else catalogue.request(name[:-2]).fields
        assert listed(listing) == list(content.fields), name


def listed(listing: str) -> list[str]:
    """The names on the first level of a listing, in their order."""
    previous = None
    while previous != listing:
        previous, listing = listing, re.sub(r"\{[^{}]*\}|\[[^\]]*\]|enum(@[\d.]+)?\([^()]*\)", " ", listing)
    words = re.findall(r"(?<![:@«≤≥§\w])([A-Za-z]\w+)", re.sub(r"\(OR[?*+]*(@[\d.]+)?:", "(", listing))
    return list(dict.fromkeys(words))


def test_what_nobody_asks_for_is_not_loaded():
    """Importing reads no file; one request makes its own fields, not those of two hundred others."""
    code = (
        "from qbwc.qbxml import build, catalogue, read; before = catalogue._data.cache_info().currsize; "
        "catalogue.request('CustomerAdd'); one = catalogue._field.cache_info().currsize; "
        "[catalogue.request(name) for name in catalogue.requests()]; "
        "print(before, one, catalogue._field.cache_info().currsize)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    before, one, whole = map(int, run.stdout.split())
    assert (before, one < 150, whole > 1000) == (0, True, True), run.stdout


@pytest.mark.slow
@pytest.mark.skipif(not SCHEMA.exists(), reason="Intuit's schema files are not beside the repository")
def test_the_catalogue_is_byte_for_byte_what_the_script_derives(tmp_path):
    code = (
        "import sys, derive_catalogue as d; from pathlib import Path; "
        "d.TARGET = Path(sys.argv.pop()); sys.exit(d.main())"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(SCHEMA.parent), str(tmp_path / "catalogue.json")],
        cwd=ROOT / "scripts", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (tmp_path / "catalogue.json").read_bytes() == catalogue.DATA.read_bytes()
