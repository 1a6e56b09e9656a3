"""Sales on a pair's page: the backfill's button, and the table of record types."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.urls import reverse

from qbwc.models import Company
from syncapp import clock
from syncapp.admin.pair_fields import TableField
from syncapp.mapping.sales import SALES, TOO_OLD
from syncapp.models import HistoryEntry, Link, MirrorRecord, Org, Pair


@pytest.fixture
def pair(db):
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    org = Org.objects.create(key="acme", domain="acme.my", client_id="client", client_secret="secret")
    return Pair.objects.create(key="acme", org=org, desktop=company, flows={"sale": {"on": True}})


def left_alone(pair, day):
    Link.objects.create(pair=pair, kind="sale", salesforce_id=day, state="unwanted", reason=TOO_OLD)
    fields = SALES.dump({"date": date.fromisoformat(day)})
    known = {"side": "salesforce", "kind": "sale", "record_id": day, "fields": fields, "as_of": clock.now()}
    MirrorRecord.objects.create(pair=pair, **known)


def test_the_backfill_counts_first_and_reaches_back_when_it_is_ticked(admin_client, pair):
    page = reverse("admin:syncapp_pair_change", args=[pair.pk])
    left_alone(pair, "2025-12-31")
    left_alone(pair, "2026-02-03")
    html = admin_client.get(page).content.decode()
    assert "/reach_back/" in html
    button = next(part for part in html.split('"') if part.endswith("/reach_back/"))
    admin_client.post(button, {"_form_submitted": "True", "since": "2026-01-01"})
    told = admin_client.get(page).content.decode()
    assert "1 opportunity was closed since 2026-01-01" in told
    assert "since" not in Pair.objects.get().flows["sale"]
    admin_client.post(button, {"_form_submitted": "True", "since": "2026-01-01", "send": "on"})
    assert Pair.objects.get().flows["sale"]["since"] == "2026-01-01"
    assert HistoryEntry.objects.filter(changes={"sales.since": ["", "2026-01-01"]}).exists()


def test_the_backfill_is_offered_only_where_sales_are_on(admin_client, pair):
    Pair.objects.update(flows={})
    page = reverse("admin:syncapp_pair_change", args=[pair.pk])
    assert "/reach_back/" not in admin_client.get(page).content.decode()


def test_a_table_is_written_as_lines():
    field = TableField(required=False)
    assert field.clean("Service = Sales Receipt\n\n Internal use=None ") == {
        "Service": "Sales Receipt",
        "Internal use": "None",
    }
    assert field.prepare_value({"Service": "Estimate"}) == "Service = Estimate"
    assert field.clean("") == {}
    assert not field.has_changed({"Service": "Estimate"}, "Service = Estimate")
    with pytest.raises(forms.ValidationError, match="“Service” is no line of the form name = value"):
        field.clean("Service")
