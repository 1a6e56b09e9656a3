"""Complete listings by Bulk query jobs: the same as page by page, resumed, and replaced where a job fails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp.connectors.salesforce import fetching
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.models import BulkJob

from .conftest import fetched
from .world import killed_at

HOSTILE = 'Ümit & "Söhne", Ltd.\nSecond line, 100 %'


@pytest.fixture
def many(world, org, settings, monkeypatch):
    """Seventy accounts with contacts, some won, some in the recycle bin; fifty are many here."""
    monkeypatch.setattr(fetching, "PAGE", 20)
    settings.SALESFORCE_BULK_WAIT_SECONDS = 0
    org.bulk_from = 50
    org.save()
    bulk = world.org.bulk
    bulk.delay_seconds, bulk.page_rows = -10, 17  # done before anybody looks
    for number, account in enumerate(world.many_accounts(70)):
        world.contact(account, "Ann", f"Lee {number}", Email=f"ann{number}@lee.example")
        if number % 3 == 0:
            world.opportunity(account, won=number % 2 == 0)
        if number % 10 == 9:
            world.org.delete(account)
    world.account(HOSTILE[:20].replace("\n", " "), BillingStreet=HOSTILE, Description="#N/A", Phone="  1 ")
    return world


def by_pages(org, cursor="", **settings):
    org.bulk_from = 0
    return fetched(SalesforceConnector(org, "acme", {"customer": settings}), cursor, full=True)[0]


def by_jobs(org, cursor="", **settings):
    org.bulk_from = 50
    return fetched(SalesforceConnector(org, "acme", {"customer": settings}), cursor, full=True)


def test_jobs_list_exactly_what_pages_list_and_are_removed_afterwards(many, org):
    expected = by_pages(org)
    calls = many.calls()
    found, cursor = by_jobs(org)
    assert found == expected
    assert len(found) == 64
    assert many.org.bulk.jobs == {}
    jobs = BulkJob.objects.order_by("pk")
    assert [(job.part, job.sobject, job.state) for job in jobs] == [
        ("main", "Account", "done"),
        ("part", "Contact", "done"),
        ("wanted", "Opportunity", "done"),
    ]
    assert jobs[0].rows == 64
    # The first page with the newest stamps, and the count; all the rest are the jobs' own.
    assert many.calls() - calls == sum(job.calls for job in jobs) + 2
    assert by_jobs(org, cursor)[0] == by_pages(org, cursor)  # those in the recycle bin, too
    assert len(by_jobs(org, cursor)[0]) == 71


def test_a_listing_that_takes_long_is_left_to_the_next_cycle_and_changes_go_on_meanwhile(many, org):
    expected, cursor = by_jobs(org)
    many.org.bulk.delay_seconds = 1800
    many.clock.advance(3600)
    connector = SalesforceConnector(org, "acme", {"customer": {}})
    batches = list(connector.fetch("customer", cursor, full=True))
    assert any(batch.unfinished for batch in batches)
    asked = set(many.org.bulk.jobs)
    changed = next(iter(expected))
    many.clock.advance(60)
    many.org.update(changed, Phone="555-0199")
    batches = list(connector.fetch("customer", cursor, full=True))
    told = {record.id: record for batch in batches for record in batch.records}
    assert told[changed].fields["phone"] == "555-0199"
    changed_at = max(batch.as_of for batch in batches)
    assert set(many.org.bulk.jobs) == asked
    many.clock.advance(1800)
    batches = list(connector.fetch("customer", cursor, full=True))
    assert len({record.id for batch in batches for record in batch.records}) == 71
    assert all(batch.as_of < changed_at for batch in batches)  # so that it replaces nothing that is newer
    assert not any(batch.unfinished for batch in batches)
    assert many.org.bulk.jobs == {}
    followed = fetched(connector, batches[-1].cursor)[0]
    assert followed[changed].fields["phone"] == "555-0199"


def test_without_an_earlier_listing_nothing_is_told_until_the_jobs_have_ended(many, org):
    many.org.bulk.delay_seconds = 1800
    [batch] = SalesforceConnector(org, "acme", {"customer": {}}).fetch("customer", "", full=True)
    assert (batch.records, batch.cursor, batch.unfinished) == ((), "", True)


@pytest.mark.parametrize("fate", ["failed", "partly"])
def test_a_job_that_fails_leaves_the_listing_to_pages_and_jobs_rest_for_an_hour(many, org, fate):
    expected = by_pages(org)
    many.org.bulk.fail_next(fate)
    assert by_jobs(org)[0] == expected
    failed = BulkJob.objects.get(state="failed")
    assert "InternalServerError" in failed.message
    made = BulkJob.objects.count()
    assert by_jobs(org)[0] == expected
    assert BulkJob.objects.count() == made
    many.clock.advance(3700)
    assert by_jobs(org)[0] == expected
    assert BulkJob.objects.filter(state="done").count() == 5


def test_a_job_that_never_ends_is_given_up_after_a_day(many, org):
    many.org.bulk.fail_next("stuck")
    assert by_jobs(org)[0] == {}
    many.clock.advance(25 * 3600)
    assert len(by_jobs(org)[0]) == 64
    assert "24 hours" in BulkJob.objects.get(state="failed").message


def test_a_day_whose_jobs_are_used_up_is_read_by_pages(many, org):
    many.org.bulk.query_jobs.count(10_000)
    assert len(by_jobs(org)[0]) == 64
    assert "ExceededQuota" in BulkJob.objects.get().message


def test_jobs_that_ask_for_what_is_no_longer_wanted_are_dropped(many, org):
    many.org.bulk.delay_seconds = 1800
    by_jobs(org)
    found, _ = by_jobs(org, condition="Name LIKE 'Account%'")
    assert found == {}
    assert BulkJob.objects.filter(state="aborted").count() == 3
    many.clock.advance(1800)
    assert by_jobs(org, condition="Name LIKE 'Account%'")[0] == by_pages(org, condition="Name LIKE 'Account%'")


def test_few_records_are_read_by_pages(many, org):
    org.bulk_from = 72
    fetched(SalesforceConnector(org, "acme", {"customer": {}}), full=True)
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize("answered", [False, True], ids=["before a call", "after a call that writes"])
def test_a_process_killed_at_any_call_leaves_a_listing_that_another_one_completes(many, org, answered):
    expected = by_pages(org, all=True)
    org.bulk_from = 50
    many.org.bulk.page_rows = 60
    for step in range(1, 40):
        connector = SalesforceConnector(org, "acme", {"customer": {"all": True}})
        with killed_at(connector.gateway, step, answered) as fate:
            fetched(connector, full=True)
        if not fate.killed:
            break
        assert by_jobs(org, all=True)[0] == expected, step
        assert not BulkJob.objects.filter(put_away_at__isnull=True).exists(), step
    assert step == (5 if answered else 13)


def test_opportunities_products_and_documents_are_read_alike_by_jobs(many, org):
    insert = many.org.insert
    account = many.org.records("Account")[0]["Id"]
    contact = insert("Contact", AccountId=account, LastName="Lee", MailingStreet=HOSTILE, MailingCity="Bonn")
    for number in range(25):
        insert("Product2", Name=f"Thing {number}", QB_Id__c=f"acme:P{number}", QB_On_Hand__c=number)
        more = {"ContactId": contact} if number % 2 else {}
        insert("Opportunity", Name=f"Deal {number}", StageName="Closed Won", CloseDate="2026-01-31", **more)
        for kind, key in (("Invoice", "I"), ("Estimate", "E")):
            document = insert(
                "QB_Invoice__c",
                Name=f"{key}{number}",
                QB_Type__c=kind,
                QB_Id__c=f"acme:{key}{number}",
                QB_Account__c=account,
                QB_Total__c=Decimal(number) / 4,
                QB_Txn_Date__c="2026-01-31",
                QB_Memo__c=HOSTILE,
            )
            for line in range(number % 3):
                own = {"QB_Id__c": f"acme:{key}{number}:L{line}", "QB_Line_Number__c": line + 1}
                insert("QB_Invoice_Line__c", QB_Invoice__c=document, QB_Quantity__c=2, QB_Rate__c="0.125", **own)
    for kind in ("item", "stock", "sale", "invoice", "estimate"):
        org.bulk_from = 0
        pages = listed(org, kind)
        org.bulk_from = 20
        assert listed(org, kind) == pages
        assert len(pages) >= 25
    assert set(BulkJob.objects.values_list("kind", "state")) == {
        (kind, "done") for kind in ("item", "stock", "sale", "invoice", "estimate")
    }


def listed(org, kind):
    connector = SalesforceConnector(org, "acme", {kind: {}})
    return {record.id: record for batch in connector.fetch(kind, "", full=True) for record in batch.records}
