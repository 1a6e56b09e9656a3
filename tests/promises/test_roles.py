"""Viewer, operator, administrator: what each may do on each page; and what people change is told in the history."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from qbwc.models import Company
from syncapp import roles
from syncapp.models import HistoryEntry, Link, Org, Pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(monkeypatch):
    monkeypatch.setattr("syncapp.admin.pairs.async_task", lambda *given, **more: None)
    monkeypatch.setattr("syncapp.wake.async_task", lambda *given, **more: None)
    org = Org.objects.create(key="acme", domain="acme.my", client_id="id", client_secret="very secret")
    company = Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")
    made = Pair.objects.create(key="acme", org=org, desktop=company, first_run="apply")
    Link.objects.create(pair=made, kind="customer", salesforce_id="001A", name="ACME", dirty=False)
    return made


@pytest.fixture
def as_role(client):
    def sign_in(role):
        user = User.objects.create_user(role.lower(), password="a long password", is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        client.force_login(user)
        return client

    return sign_in


def address(name, *args):
    return reverse(f"admin:{name}", args=args)


def opens(name, *args):
    return lambda client: client.get(address(name, *args)).status_code == 200


def runs(client):
    pair = Pair.objects.get()
    client.post(address("syncapp_pair_sync_now", pair.pk), {"_form_submitted": "True"})
    return HistoryEntry.objects.filter(event="sync asked for").exists()


def tries_again(client):
    link = Link.objects.get()
    client.post(address("syncapp_link_changelist"), {"action": "bulk_retry", "_selected_action": [link.pk]})
    return Link.objects.get().dirty


def edits_pair(client):
    page = client.get(address("syncapp_pair_change", Pair.objects.get().pk)).content.decode()
    return 'name="schedule"' in page


def edits_org(client):
    org = Org.objects.get()
    form = {
        "key": "acme",
        "auth": org.auth,
        "domain": "other.my",
        "client_id": "id",
        "username": "",
        "bulk_from": 10000,
    }
    client.post(address("syncapp_org_change", org.pk), {**form, "new_client_secret": "a new secret"})
    return Org.objects.defer("client_secret").get().domain == "other.my"


def replaces_password(client):
    chosen = {"action": "rotate_password", "_selected_action": [Company.objects.get().pk]}
    client.post(address("qbwc_company_changelist"), chosen)
    return bool(Company.objects.get().password_hash)


def makes_webhook(client):
    return client.post(address("syncapp_webhook_add"), {"pair": Pair.objects.get().pk}).status_code == 200


V, OP, A = "Viewer", "Operator", "Administrator"
MAY = [
    (opens("syncapp_link_changelist"), (V, OP, A)),
    (opens("syncapp_historyentry_changelist"), (V, OP, A)),
    (opens("qbwc_request_changelist"), (V, OP, A)),
    (opens("syncapp_org_changelist"), (V, OP, A)),
    (opens("explorer_job_changelist"), (V, OP, A)),
    (opens("explorer_job_compose", "acme", "Customer", "add"), (OP, A)),
    (opens("explorer_job_compose", "acme", "Customer", "delete"), (A,)),
    (tries_again, (OP, A)),
    (runs, (OP, A)),
    (edits_pair, (A,)),
    (edits_org, (A,)),
    (replaces_password, (A,)),
    (makes_webhook, (A,)),
    (opens("explorer_apitoken_add"), (A,)),
    (opens("auth_user_changelist"), (A,)),
]


@pytest.mark.parametrize("role", [V, OP, A])
def test_a_role_may_do_what_it_says_and_nothing_else(as_role, pair, role):
    client = as_role(role)
    may = [deed(client) for deed, _ in MAY]
    assert may == [role in those for _, those in MAY]


def test_no_role_makes_groups_or_sees_what_django_keeps(as_role):
    """Groups are rights; who may change them could make an administrator of a viewer without anybody's noticing."""
    for role in roles.ROLES:
        names = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {app for app, _ in names} <= {*roles.OURS, "auth"}
        assert ("auth", "change_group") not in names


def test_a_migration_puts_a_role_back_and_leaves_other_groups_alone():
    own = Group.objects.create(name="Accountants")
    own.permissions.set(Permission.objects.filter(codename="view_link"))
    Group.objects.get(name=V).permissions.add(*Permission.objects.filter(codename="change_org"))
    roles.ensure_roles()
    assert not Group.objects.get(name=V).permissions.filter(codename="change_org").exists()
    assert own.permissions.count() == 1


def test_what_people_change_of_orgs_and_companies_is_told_without_secrets(as_role, pair):
    client = as_role(A)
    assert edits_org(client)
    told = HistoryEntry.objects.get()
    assert (told.event, told.who, told.name) == ("org changed", "administrator", "Salesforce org acme")
    assert told.changes == {"domain": ["acme.my", "other.my"], "client_secret": ["set", "replaced"]}
    company = Company.objects.get()
    form = {"name": "Acme Limited", "username": "acme-qbwc", "company_file": "", "run_every_minutes": "30"}
    client.post(address("qbwc_company_change", company.pk), {**form, "paused": "on"})
    assert replaces_password(client)
    entries = list(HistoryEntry.objects.order_by("pk").values_list("event", "changes"))[1:]
    [changed, replaced] = entries
    assert changed[0] == "company changed"
    assert changed[1]["name"] == ["Acme Ltd", "Acme Limited"]
    assert changed[1]["paused"] == [False, True]
    assert replaced == ("password replaced", {})
    page = client.get(address("syncapp_historyentry_changelist")).content.decode()
    assert "org changed" in page
    assert "a new secret" not in page
