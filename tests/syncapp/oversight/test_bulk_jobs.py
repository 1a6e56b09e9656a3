"""Large loads in the admin, and from how many records on there are any."""

from __future__ import annotations

import pytest
from django.urls import reverse

from syncapp.admin.orgs import OrgForm
from syncapp.configure import BadFile, configure
from syncapp.models import BulkJob, Org

pytestmark = pytest.mark.django_db


def test_a_failed_load_says_what_it_was_and_why(pair, admin_client):
    job = BulkJob.objects.create(
        org=pair.org,
        company_key="acme",
        kind="customer",
        way="ingest",
        load="1",
        part="main",
        sobject="Account",
        state="failed",
        rows=12_345,
        calls=17,
        message="InternalServerError : The job could not be processed",
    )
    for page in (reverse("admin:syncapp_bulkjob_changelist"), reverse("admin:syncapp_bulkjob_change", args=[job.pk])):
        text = admin_client.get(page).content.decode()
        assert "Create customers: Account" in text.replace("Customers", "customers")
        assert "InternalServerError" in text
        assert "Failed" in text
    assert "Large loads" in admin_client.get(reverse("admin:index")).content.decode()


def test_too_small_loads_are_refused_where_they_are_set(pair):
    form = OrgForm({"key": "acme", "auth": "client_credentials", "domain": "a", "bulk_from": "500"}, instance=pair.org)
    assert "at least 2000" in str(form.errors["bulk_from"])


def test_the_settings_file_says_it_too_without_a_new_sign_in(acme):
    configure(acme)
    Org.objects.update(access_token="token")
    given = acme.replace("[salesforce.acme]", "[salesforce.acme]\nbulk_from = 500", 1)
    with pytest.raises(BadFile, match=r"\[salesforce.acme\] bulk_from: it is 500"):
        configure(given)
    configure(given.replace("bulk_from = 500", "bulk_from = 0"))
    org = Org.objects.get()
    assert (org.bulk_from, org.access_token) == (0, "token")
