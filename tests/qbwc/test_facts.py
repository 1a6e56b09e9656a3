"""What a QuickBooks told of itself decides what it is sent: before anything is queued, and again when it is sent."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command

from qbwc import facts, outbox
from qbwc.models import Request
from qbwc.qbxml import build, catalogue, read
from qbwc.qbxml.errors import BadRequest
from tests.qbwc.conversation import hcp_of, ok, requests_in, rs, wrap

PRO = {"edition": "Pro", "product": "QuickBooks Pro 2014"}
PREMIER = {"edition": "Premier", "product": "QuickBooks Premier 2014"}
ENTERPRISE = {"edition": "Enterprise", "product": "QuickBooks Enterprise 24"}


def off(*names: str) -> dict:
    return {"preferences": dict.fromkeys(names, False)}


def on(*names: str) -> dict:
    return {"preferences": dict.fromkeys(names, True)}


SITE = "<InventorySiteRef><ListID>1-1</ListID></InventorySiteRef>"
# facts, request, a piece of its body, a word of the reason; the same with facts that allow it
CASES = [
    (PRO, "SalesOrderAdd", "", "sales orders", PREMIER),
    (PRO, "SalesOrderQuery", "", "sales orders", ENTERPRISE),
    ({"edition": "Simple Start"}, "SalesOrderMod", "", "sales orders", {"edition": ""}),
    (PRO, "BuildAssemblyAdd", "", "assemblies", PREMIER),
    (PRO, "ItemInventoryAssemblyAdd", "", "assemblies", {**PREMIER, **on("inventory")}),
    (PRO, "PriceLevelAdd", "<PriceLevelPerItem></PriceLevelPerItem>", "single items", PREMIER),
    (PRO, "UnitOfMeasureSetAdd", "", "units of measure", PREMIER),
    (PRO, "InvoiceAdd", "<UnitOfMeasure>box</UnitOfMeasure>", "units of measure", PREMIER),
    (PREMIER, "InventorySiteAdd", "", "inventory sites", {**ENTERPRISE, **on("multi_site")}),
    (PREMIER, "InvoiceAdd", SITE, "inventory sites", ENTERPRISE),
    (PREMIER, "ItemSitesQuery", "", "inventory sites", ENTERPRISE),
    (PREMIER, "InvoiceAdd", "<SerialNumber>1</SerialNumber>", "serial and lot", ENTERPRISE),
    ({**ENTERPRISE, **off("multi_site")}, "InvoiceAdd", SITE, "switched off", {**ENTERPRISE, **on("multi_site")}),
    (off("multi_currency"), "CurrencyQuery", "", "Multiple currencies", on("multi_currency")),
    (off("multi_currency"), "InvoiceAdd", "<ExchangeRate>1.1</ExchangeRate>", "Multiple currencies", {}),
    (off("multi_currency"), "CustomerAdd", "<CurrencyRef><ListID>1</ListID></CurrencyRef>", "Multiple", {}),
    (off("classes"), "InvoiceAdd", "<ClassRef><ListID>1</ListID></ClassRef>", "Class tracking", on("classes")),
    (off("classes"), "ClassAdd", "", "Class tracking", on("classes")),
    (off("inventory"), "ItemInventoryQuery", "", "Inventory", on("inventory")),
    (off("inventory"), "InventoryAdjustmentAdd", "", "Inventory", on("inventory")),
    (off("price_levels"), "CustomerAdd", "<PriceLevelRef></PriceLevelRef>", "Price levels", on("price_levels")),
    (off("estimates"), "EstimateAdd", "", "Estimates", on("estimates")),
    (off("sales_tax"), "ItemSalesTaxAdd", "", "Sales tax", on("sales_tax")),
    (off("sales_tax"), "InvoiceAdd", "<ItemSalesTaxRef></ItemSalesTaxRef>", "Sales tax", on("sales_tax")),
    (off("time_tracking"), "TimeTrackingAdd", "", "Time tracking", on("time_tracking")),
    (off("bar_codes"), "ItemServiceAdd", "<BarCode></BarCode>", "Bar codes", on("bar_codes")),
    ({"personal_data": False}, "CustomerAdd", "<CreditCardInfo></CreditCardInfo>", "personal", {"personal_data": True}),
    ({"personal_data": False}, "EmployeeAdd", "<SSN>1</SSN>", "personal data", {}),
    ({"read_only": True}, "CustomerAdd", "", "read-only", {"read_only": False}),
    ({"read_only": True}, "TxnVoid", "", "read-only", {}),
    ({"versions": ["7.0", "12.0"]}, "LeadQuery", "", "needs 13.0", {"versions": ["13.0"]}),
    ({"country": "CA"}, "SalesTaxPayableQuery", "", "in CA", {"country": "US"}),
    ({"closing_date": "2025-12-31"}, "InvoiceAdd", "<TxnDate>2025-12-31</TxnDate>", "books", {"closing_date": ""}),
]  # fmt: skip


@pytest.mark.parametrize("told, name, body, word, better", CASES, ids=range(len(CASES)))
def test_what_this_quickbooks_cannot_do_is_refused_with_reason_and_remedy(told, name, body, word, better):
    reason = facts.refusal(name, body, told)
    assert word in reason
    assert len(re.findall(r"\.(?:\s|$)", reason)) >= 2  # the reason, and what to do
    assert facts.refusal(name, body, better) == ""
    assert facts.refusal(name, body, {}) == ""


@pytest.mark.parametrize(
    "told, name, body",
    [
        (PRO, "InvoiceAdd", "<Memo>SalesOrder</Memo>"),
        (PRO, "PriceLevelAdd", "<PriceLevelFixedPercentage>1</PriceLevelFixedPercentage>"),
        (PRO, "ItemInventoryAdd", ""),
        (off("classes"), "InvoiceQuery", ""),
        (off("classes"), "InvoiceQuery", "<IncludeRetElement>ClassRef</IncludeRetElement>"),
        (off("multi_currency"), "InvoiceQuery", "<IncludeRetElement>CurrencyRef</IncludeRetElement>"),
        (off("estimates"), "EstimateQuery", ""),
        ({"read_only": True}, "CustomerQuery", ""),
        ({"personal_data": False}, "CustomerAdd", "<CreditLimit>1.00</CreditLimit>"),
        ({"closing_date": "2025-12-31"}, "InvoiceAdd", "<TxnDate>2026-01-01</TxnDate>"),
        ({"closing_date": "2025-12-31"}, "CustomerAdd", "<JobStartDate>2020-01-01</JobStartDate>"),
        ({"closing_date": "2025-12-31"}, "InvoiceQuery", "<TxnDate>2020-01-01</TxnDate>"),
        ({"versions": ["garbage"], "country": "FR"}, "LeadQuery", ""),
        ({"sample": True}, "CustomerAdd", ""),
    ],
)
def test_what_it_can_do_is_not_refused(told, name, body):
    assert facts.refusal(name, body, told) == ""


def test_every_limit_is_tried_above():
    def met(limit: facts.Limit) -> bool:
        text = {limit.reason.format(product=told.get("product", "This QuickBooks")) for told, *_ in CASES}
        return any(facts.refusal(name, body, told).startswith(tuple(text)) for told, name, body, *_ in CASES)

    assert [limit.reason for limit in facts.LIMITS if not met(limit)] == []


def test_a_limit_names_only_what_qbxml_has():
    elements = set().union(*(names_in(catalogue.request(name).fields) for name in catalogue.requests()))
    for limit in facts.LIMITS:
        _, pattern = facts._patterns(limit)
        assert not limit.elements or any(pattern.search(f"<{element}>") for element in elements), limit
        for noun in limit.requests.split("|"):
            wanted = re.compile(f"{noun or '-'}{facts.VERBS}")
            assert not noun or any(wanted.fullmatch(name) for name in catalogue.requests()), noun


def names_in(content: catalogue.Content) -> set[str]:
    inner = (names_in(field.content) for field in content.fields.values() if field.content)
    return set(content.fields).union(*inner)


def test_the_preferences_are_learnt():
    inner = (
        "<PreferencesRet><AccountingPreferences><IsUsingClassTracking>true</IsUsingClassTracking>"
        "<ClosingDate>2025-12-31</ClosingDate></AccountingPreferences>"
        "<SalesTaxPreferences><PaySalesTax>Monthly</PaySalesTax></SalesTaxPreferences><CurrentAppAccessRights>"
        "<IsAutomaticLoginAllowed>true</IsAutomaticLoginAllowed>"
        "<IsPersonalDataAccessAllowed>false</IsPersonalDataAccessAllowed></CurrentAppAccessRights>"
        "<ItemsAndInventoryPreferences><IsBarcodeEnabled>false</IsBarcodeEnabled></ItemsAndInventoryPreferences>"
        "</PreferencesRet>"
    )
    learnt = facts.learn(read.read(wrap(rs("PreferencesQuery", "2", inner))).results).facts
    assert learnt == {
        "preferences": {"classes": True, "bar_codes": False, "sales_tax": True, "time_tracking": False},
        "closing_date": "2025-12-31",
        "personal_data": False,
        "automatic_login": True,
    }


# At the outbox -------------------------------------------------------------------------

ORDER = {"SalesOrderAdd": {"CustomerRef": {"ListID": "1-1"}, "SalesOrderLineAdd": [{"ItemRef": {"ListID": "2-2"}}]}}


def test_what_is_ruled_out_is_not_queued(company):
    outbox.enqueue(company, "SalesOrderAdd", ORDER)
    company.facts = PRO
    for given in ({"data": ORDER}, {"body": build.build("SalesOrderAdd", ORDER)}):
        with pytest.raises(BadRequest, match="no sales orders") as caught:
            outbox.enqueue(company, "SalesOrderAdd", **given)
        assert (caught.value.path, caught.value.rule) == ("SalesOrderAdd", "unavailable")
    assert Request.objects.count() == 1


def test_the_command_tells_what_is_ruled_out(company, tmp_path):
    company.facts = PRO
    company.save()
    (tmp_path / "a.xml").write_text(build.build("SalesOrderAdd", ORDER))
    with pytest.raises(CommandError, match="no sales orders; only Premier and Enterprise do"):
        call_command("enqueue", "acme", str(tmp_path / "a.xml"), stdout=io.StringIO())
    assert not Request.objects.exists()


def test_what_became_impossible_is_refused_when_it_is_sent(company, connector):
    connector.hcp = hcp_of(company.file_guid, product="QuickBooks Enterprise 24.0")
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.update(ok)
    company.refresh_from_db()
    row = outbox.enqueue(company, "SalesOrderAdd", ORDER)
    connector.hcp = hcp_of(company.file_guid, product="QuickBooks Pro 2014")
    assert connector.update(ok) == []
    row.refresh_from_db()
    assert (row.state, "no sales orders" in row.status_message) == ("refused", True)


def test_a_read_only_application_is_asked_once_in_a_session(company, connector):
    def refusing(document):
        parts = (rs(name, given["requestID"], "", 3263, "Read-only") for name, given in requests_in(document))
        return wrap("".join(parts))

    first, second = (outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": name}}) for name in "AB")
    Request.objects.update(alone=True)
    connector.update(refusing)
    first.refresh_from_db()
    second.refresh_from_db()
    company.refresh_from_db()
    assert (first.status_code, second.state, second.status_code) == (3263, "refused", None)
    assert "new set-up file" in second.status_message
    with pytest.raises(BadRequest, match="read-only"):
        outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "C"}})
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.update(ok)
    company.refresh_from_db()
    outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "C"}})
