"""The org's page in the admin: what state our package is in there, and what to do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from .packages import run


@pytest.fixture
def viewer(client, db):
    user = User.objects.create_user("vera", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_org"))
    client.force_login(user)
    return client


def page(client, org):
    return client.get(reverse("admin:syncapp_org_change", args=[org.pk])).content.decode()


def check(client, org):
    url = reverse("admin:syncapp_org_check_package", args=[org.pk])
    return client.post(url, {"_form_submitted": "True"})


def test_the_page_says_that_nobody_has_looked_yet(admin_client, bare_org):
    assert "Not looked at yet" in page(admin_client, bare_org)


def test_the_page_shows_what_is_wrong_with_the_remedy(admin_client, bare_org):
    assert "HX-Redirect" in check(admin_client, bare_org).headers
    html = page(admin_client, bare_org)
    assert "Contact.QB_Billing_Contact__c, Contact.QB_Id__c, Contact.QB_Key__c: each is missing, or not visible" in html
    assert "Run manage.py salesforce_package install acme" in html
    assert "not as the flows need it" in html
    assert "Our package is not installed" in html


def test_the_page_shows_that_all_is_well_after_an_installation(admin_client, bare_org):
    run("install", "acme")
    html = page(admin_client, bare_org)
    assert "as the flows need it" in html
    assert "not as the flows need it" not in html
    assert "Version 1 is installed, which is the current one." in html
    assert "The org has a single currency" in html
    run("remove", "acme", "--yes")
    assert "Not looked at yet" in page(admin_client, bare_org)


def test_a_sign_in_that_fails_is_told_on_the_page(admin_client, bare_org):
    bare_org.client_secret = "wrong"
    bare_org.save()
    check(admin_client, bare_org)
    assert "consumer key and secret" in page(admin_client, bare_org)


def test_who_only_views_sees_the_state_and_may_not_ask_salesforce(viewer, bare_org):
    run("install", "acme")
    html = page(viewer, bare_org)
    assert "Version 1 is installed" in html
    assert "Check the package" not in html
    assert check(viewer, bare_org).status_code == 403
