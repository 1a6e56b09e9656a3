"""What is old is forgotten; what is open, and every link, stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qbwc.models import Company
from syncapp import clock, retention
from syncapp.models import BulkJob, HistoryEntry, Link, Operation, Org, Pair, Run

pytestmark = pytest.mark.django_db


def test_old_history_is_forgotten_and_links_and_open_operations_stay(settings):
    settings.KEEP_DAYS = 30
    company = Company.objects.create(key="acme", username="acme-qbwc")
    org = Org.objects.create(key="acme", domain="acme.my", client_id="x")
    pair = Pair.objects.create(key="acme", org=org, desktop=company)
    old, new = clock.now() - timedelta(days=31), clock.now() - timedelta(days=29)
    links = [Link.objects.create(pair=pair, kind="customer", salesforce_id=str(n)) for n in range(3)]
    common = {"pair": pair, "side": "salesforce", "kind": "customer", "verb": "update", "key": "k"}
    Operation.objects.create(link=links[0], state="applied", closed_at=old, **common)
    kept = [
        Operation.objects.create(link=links[1], state="applied", closed_at=new, **common),
        Operation.objects.create(link=links[2], state="finding_out", created_at=old, submitted_at=old, **common),
    ]
    HistoryEntry.objects.create(pair=pair, link=links[0], event="updated", at=old)
    recent = HistoryEntry.objects.create(pair=pair, link=links[0], event="updated", at=new)
    Run.objects.create(pair=pair, trigger="schedule", state="done", started_at=old, finished_at=old)
    running = Run.objects.create(pair=pair, trigger="schedule", started_at=old)
    BulkJob.objects.create(org=pair.org, company_key="acme", kind="invoice", way="ingest", load="1", part="main")
    BulkJob.objects.update(put_away_at=old)
    assert retention.tidy() == 4
    assert not BulkJob.objects.exists()
    assert set(Operation.objects.all()) == set(kept)
    assert list(HistoryEntry.objects.all()) == [recent]
    assert list(Run.objects.all()) == [running]
    assert Link.objects.count() == 3
