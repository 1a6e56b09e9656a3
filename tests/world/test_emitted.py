"""What worlds look at when they end: documents against Intuit's schema, and what Salesforce refused as strange."""

from __future__ import annotations

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults
from project.sandbox.salesforce import Org, serve
from syncapp.connectors.salesforce.gateway import Gateway, collection_part
from syncapp.models import Org as OurOrg
from tests.world import emitted

HEAD = '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
TAIL = "</QBXMLMsgsRq></QBXML>"


def test_a_document_with_elements_in_the_wrong_order_is_noticed():
    if emitted.schema() is None:
        pytest.skip("Intuit's schemas are not beside the repository")
    right = f"{HEAD}<CustomerQueryRq><ListID>80000001-1</ListID><OwnerID>0</OwnerID></CustomerQueryRq>{TAIL}"
    wrong = f"{HEAD}<CustomerQueryRq><OwnerID>0</OwnerID><ListID>80000001-1</ListID></CustomerQueryRq>{TAIL}"
    assert emitted.invalid([right]) == []
    assert len(emitted.invalid([wrong])) == 1


@pytest.mark.django_db
def test_a_field_that_describe_does_not_show_is_noticed_and_a_hidden_one_may_be_allowed(settings):
    org = Org("acme", clock=Clock(), chance=Chance(1), faults=Faults())
    server = serve(org)
    settings.SALESFORCE_LOOPBACK_URL = server.url
    known = org.credentials
    ours = OurOrg.objects.create(
        key="acme", domain=known.domain, client_id=known.client_id, client_secret=known.client_secret
    )
    try:
        rows = [{"Name": "A", "CreatedDate": "2026-01-01T00:00:00Z"}]
        Gateway(ours).together([collection_part("POST", "Account", rows, headers={})])
        with pytest.raises(AssertionError, match="CreatedDate"):
            emitted.check_refusals(org, ())
        emitted.check_refusals(org, ("CreatedDate",))
    finally:
        server.stop()
