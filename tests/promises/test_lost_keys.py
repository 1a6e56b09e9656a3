"""A secret that no key decrypts any more is said so, by name of the setting, and stops nothing else."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from qbwc import outbox
from qbwc.models import Company
from syncapp.models import Org, Pair
from syncapp.receivers import on_request_closed

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(settings):
    org = Org.objects.create(key="acme", domain="acme.my", client_id="id", client_secret="a secret", access_token="t")
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    made = Pair.objects.create(key="acme", org=org, desktop=company)
    settings.SECRETS_KEYS = ["another key"]
    return made


@pytest.mark.parametrize("command", [("sync", "acme"), ("salesforce_package", "check", "acme")])
def test_a_command_names_the_setting(pair, command):
    with pytest.raises(CommandError, match="SECRETS_KEYS"):
        call_command(*command)


def test_the_orgs_page_opens_and_its_sign_in_names_the_setting(pair, admin_client):
    page = reverse("admin:syncapp_org_change", args=[pair.org_id])
    assert "SECRETS_KEYS" in admin_client.get(page).content.decode()
    admin_client.post(reverse("admin:syncapp_org_try_to_sign_in", args=[pair.org_id]), {"_form_submitted": "True"})
    assert "SECRETS_KEYS no longer lists: add that key, or enter it again." in admin_client.get(page).content.decode()


def test_answers_of_quickbooks_are_taken_all_the_same(pair):
    request = outbox.enqueue(pair.desktop, "CustomerQuery", {}, reference=f"read/{pair.pk}/customer")
    outbox.cancel(request.pk)
    request.refresh_from_db()
    on_request_closed(Company, [request])
