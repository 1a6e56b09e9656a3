"""Documents go in few calls, with fields that the org allows, and a write that was interrupted is completed."""

from __future__ import annotations

import pytest

from syncapp.connectors.salesforce.errors import Lost
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.models import Link, Operation

pytestmark = pytest.mark.django_db

LINES = "QB_Invoice_Line__c"


@pytest.fixture
def calls(monkeypatch):
    """Every composite call that writes, as a list of (method, object or path, number of records)."""
    made = []
    real = Gateway.together

    def together(self, parts):
        writes = [part for part in parts if not part.reads]
        if writes:
            made.append(writes)
        return real(self, parts)

    monkeypatch.setattr(Gateway, "together", together)
    return made


def lose_the_answer_to_writes(monkeypatch, keep=None):
    """The next call that writes documents is carried out, as far as ``keep`` says, and its answer is lost."""
    real = Gateway.together
    struck = []

    def together(self, parts):
        writes = [part for part in parts if not part.reads and "QB_Invoice" in str(part.body)]
        if not writes or struck:
            return real(self, parts)
        struck.append(1)
        real(self, parts[: keep or len(parts)])
        raise Lost("The connection broke.")

    monkeypatch.setattr(Gateway, "together", together)
    return struck


def test_many_documents_go_with_their_lines_in_one_call(world, calls):
    world.rest()
    calls.clear()
    for number in range(60):
        world.invoice({"ItemRef": "Support"}, {"ItemRef": "Consulting"}, number=str(number))
    world.come_to_rest()
    ours = [parts for parts in calls if "QB_Invoice" in str(parts[0].body)]
    written = [[(part.method, len(part.body["records"])) for part in parts] for parts in ours]
    assert written == [[("POST", 60), ("POST", 120)]]


def test_only_what_differs_is_written(world, calls):
    invoice = world.invoice()
    world.rest()
    calls.clear()
    world.file.edit_txn(invoice, Memo="Changed")
    world.come_to_rest()
    ((part,),) = [parts for parts in calls if "QB_Invoice" in str(parts[0].body)]
    (row,) = part.body["records"]
    assert set(row) == {"attributes", "id", "QB_Memo__c", "QB_Modified__c", "QB_Synced_At__c"}


def test_every_field_that_is_sent_is_one_that_the_org_allows(world, calls):
    world.flows(customer={"only_won": False}, item={}, invoice={}, payment={})
    invoice = world.invoice(Memo="A", PONumber="7")
    world.file.pay(invoice, "10.00", RefNumber="77")
    world.rest()
    world.file.edit_txn(invoice, [{"ItemRef": "Support", "Quantity": 3}], Memo="B")
    world.rest()
    gateway = world.connectors()["salesforce"].gateway
    seen = set()
    for part in (part for parts in calls for part in parts if part.method != "DELETE"):
        for row in part.body["records"]:
            sobject = row["attributes"]["type"]
            [known] = gateway.describe(sobject)
            allowed = "createable" if part.method == "POST" else "updateable"
            names = {name.replace("__r", "__c") for name in row} - {"attributes", "id"}
            if sobject.startswith("QB_"):
                seen.add((part.method, sobject))
                assert {name for name in names if not known[name][allowed]} == set(), (part.method, sobject)
    assert {
        ("POST", "QB_Invoice__c"),
        ("PATCH", "QB_Invoice__c"),
        ("POST", LINES),
        ("POST", "QB_Allocation__c"),
    } <= seen


@pytest.mark.parametrize("keep", [None, 1], ids=["all of it was done", "only the main record was"])
def test_a_create_whose_answer_is_lost_is_found_and_completed(world, monkeypatch, keep):
    world.invoice()
    struck = lose_the_answer_to_writes(monkeypatch, keep)
    world.rest()
    assert struck
    assert len(world.salesforce.records("QB_Invoice__c")) == 1
    assert [line["QB_Item__c"] for line in world.lines("1001")] == ["Consulting", "Support"]
    assert world.states() == {"1001": "in_step"}


def test_a_change_whose_answer_is_lost_is_found_and_completed(world, monkeypatch):
    invoice = world.invoice()
    world.rest()
    struck = lose_the_answer_to_writes(monkeypatch, 1)
    world.file.edit_txn(
        invoice, [{"ItemRef": "Support", "Quantity": 3}, {"ItemRef": "Support", "Quantity": 4}], Memo="B"
    )
    world.rest()
    assert struck
    assert [float(line["QB_Quantity__c"]) for line in world.lines("1001")] == [3.0, 4.0]
    assert world.documents()["1001"]["QB_Memo__c"] == "B"
    assert world.states() == {"1001": "in_step"}


def test_a_line_that_the_org_refuses_leaves_the_document_and_says_why(world):
    def rule(row, before):
        return "Support is sold by others." if row.get("QB_Item__c") == "Support" else None

    world.salesforce.add_validation_rule(LINES, rule)
    world.invoice()
    world.come_to_rest()
    link = Link.objects.get(kind="invoice")
    assert link.state == "refused"
    assert "Support is sold by others." in link.reason
    assert [line["QB_Item__c"] for line in world.lines("1001")] == ["Consulting"]
    assert Operation.objects.filter(kind="invoice").count() == 1
