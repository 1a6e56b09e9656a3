"""Random worlds of sales, and every document that they send against Intuit's schema, where that is."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.qbxml.conftest import SCHEMA
from tests.sales.rough import RoughSales
from tests.world.conftest import worlds
from tests.world.world import run_world, seeds

__all__ = ["worlds"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_transaction_exists_once_and_no_line_is_lost_or_doubled(worlds):
    for seed in seeds(worlds(1, 200)):
        run_world(RoughSales, seed)


def test_every_document_that_is_sent_is_valid(stocked):
    if not SCHEMA.exists():
        pytest.skip("Intuit's 13.0 schema is not beside the repository")
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    sent, execute = [], stocked.web_connector._execute
    stocked.web_connector._execute = lambda document: (sent.append(document), execute(document))[1]
    for kind in ("Invoice", "Sales Order", "Sales Receipt", "Estimate"):
        deal = stocked.opportunity(("Setup", 2, 75), ("Cable", 1, 3), name=kind, QB_Transaction_Type__c=kind)
        stocked.salesforce.update(deal, QB_PO_Number__c="PO-1")
    stocked.rest()
    for row in stocked.salesforce.records("OpportunityLineItem"):
        stocked.salesforce.update(row["Id"], Quantity=5, Description="Changed")
    stocked.rest()
    assert any("<InvoiceModRq" in document for document in sent)
    assert any("<EstimateModRq" in document for document in sent)
    problems = []
    for document in sent:
        text = document.replace('<?qbxml version="14.0"?>', "")
        if not schema.validate(etree.fromstring(text.encode())):
            problems += [f"{error.path}: {error.message}" for error in schema.error_log]
    assert problems == []
