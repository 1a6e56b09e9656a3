"""Who may only look sees everything but secrets, and changes nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from qbwc.models import Company

pytestmark = pytest.mark.django_db

DEEDS = ("rotate_password", "accept_new_name", "forget_file", "pair_again")


@pytest.fixture
def company():
    return Company.objects.create(
        key="acme",
        name="Acme",
        username="acme-qbwc",
        password_hash="as it was",
        company_file=r"C:\acme.qbw",
        company_name="Acme",
        found_name="Acme Ltd",
    )


def staff(client, *permissions):
    user = User.objects.create_user("viewer", password="a long password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def act(client, deed, company):
    url = reverse("admin:qbwc_company_changelist")
    return client.post(url, {"action": deed, "_selected_action": [company.pk]}, follow=True)


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_may_only_view_companies_can_do_nothing_to_them(client, company, deed):
    response = act(staff(client, "view_company"), deed, company)
    now = Company.objects.get()
    assert (now.password_hash, now.company_file, now.company_name) == ("as it was", r"C:\acme.qbw", "Acme")
    assert "The password of" not in response.content.decode()


def test_whoever_may_change_companies_can_give_a_new_password(client, company):
    response = act(staff(client, "view_company", "change_company"), "rotate_password", company)
    assert "The password of acme-qbwc is" in response.content.decode()
    assert Company.objects.get().password_hash != "as it was"


@pytest.mark.parametrize("permissions, status", [((), 403), (("view_company",), 200)])
def test_the_setup_file_is_for_those_who_may_see_the_company(client, company, permissions, status):
    url = reverse("qbwc:download", args=[company.key])
    assert staff(client, *permissions).get(url).status_code == status
