"""The history tells who set what, wherever it was set: what it was, what it is, and no secret."""

from __future__ import annotations

import getpass

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from syncapp import links
from syncapp.configure import BadFile, configure
from syncapp.models import HistoryEntry, Org, Pair

pytestmark = pytest.mark.django_db
ME = f"{getpass.getuser()} (command line)"
SECRET = "a literal secret that nobody may read"


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def told():
    return list(HistoryEntry.objects.order_by("pk").values_list("name", "event", "who"))


def changes(event):
    return HistoryEntry.objects.filter(event=event).latest("pk").changes


def add(client, model, **values):
    answer = client.post(reverse(f"admin:{model}_add"), values)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def test_a_settings_file_is_told_in_the_history_of_the_pair_that_it_makes(acme):
    configure(acme)
    assert told() == [
        ("Salesforce org acme", "org created", ME),
        ("QuickBooks company acme", "company created", ME),
        ("acme", "pair created", ME),
    ]
    assert set(HistoryEntry.objects.values_list("pair__key", flat=True)) == {"acme"}
    assert changes("org created")["client_secret"] == ["—", "env:ACME_SF_SECRET"]
    assert changes("company created") == {"username": ["", "acme-qbwc"], "password": ["—", "set"]}
    assert changes("pair created") == {
        "salesforce": ["", "acme"],
        "quickbooks": ["", "desktop.acme"],
        "first_run": ["preview", "apply"],
    }


def test_of_a_changed_file_only_what_differs_is_told(acme):
    configure(acme)
    HistoryEntry.objects.all().delete()
    configure(acme)
    assert told() == []
    configure(acme.replace("only_won = true", "only_won = false").replace("*/10 ", "*/30 "), who="ann")
    assert told() == [("acme", "settings changed", "ann")]
    assert changes("settings changed") == {
        "schedule": ["*/10 * * * *", "*/30 * * * *"],
        "customers.only_won": [True, False],
    }


def test_a_field_of_the_mapping_is_told_by_itself(acme):
    configure(acme)
    configure(
        acme + '[pair.acme.items]\nfields = { line = { salesforce = "Family__c", quickbooks = "custom:Line" } }\n'
    )
    assert changes("settings changed") == {
        "items.fields.line": [None, {"salesforce": "Family__c", "quickbooks": "custom:Line"}]
    }


def test_a_replaced_secret_is_told_and_never_its_text(acme):
    configure(acme)
    configure(acme.replace("env:ACME_SF_SECRET", SECRET))
    assert changes("org changed") == {"client_secret": ["env:ACME_SF_SECRET", "replaced"]}
    configure(acme.replace("env:ACME_QBWC_PASSWORD", "another password of 27 let"))
    assert changes("company changed") == {"password": ["set", "replaced"]}
    assert not any(SECRET in str(row) or "another pass" in str(row) for row in HistoryEntry.objects.values())


def test_a_file_that_is_only_checked_or_refused_leaves_nothing(acme):
    configure(acme, check=True)
    with pytest.raises(BadFile):
        configure(acme.replace('"both"', '"up"'))
    assert told() == []


def test_an_org_and_a_company_without_a_pair_are_told_all_the_same(boss):
    add(boss, "syncapp_org", key="beta", auth="client_credentials", domain="beta.my", client_id="id",
        new_client_secret=SECRET, bulk_from="0")  # fmt: skip
    add(boss, "qbwc_company", key="beta", name="Beta", username="beta-qbwc", run_every_minutes="30")
    assert told() == [
        ("Salesforce org beta", "org created", "boss"),
        ("QuickBooks company beta", "company created", "boss"),
    ]
    assert changes("org created")["client_secret"] == ["—", "set"]
    assert changes("company created")["username"] == [None, "beta-qbwc"]
    page = boss.get(reverse("admin:syncapp_historyentry_changelist")).content.decode()
    assert "Salesforce org beta" in page
    entry = HistoryEntry.objects.earliest("pk")
    page = boss.get(reverse("admin:syncapp_historyentry_change", args=[entry.pk])).content.decode()
    assert "beta.my" in page
    assert SECRET not in page


def test_an_org_s_own_manners_are_told_as_its_credentials_are(boss, pair):
    form = {"auth": "client_credentials", "domain": "acme.my", "client_id": "id", "bulk_from": "5000"}
    boss.post(reverse("admin:syncapp_org_change", args=[pair.org_id]), form)
    assert changes("org changed") == {"bulk_from": [Org().bulk_from, 5000]}


def test_commands_name_the_operating_system_s_user(acme, pair):
    call_command("qwc_password", "acme")
    call_command("webhook", "acme", "--new-secret")
    call_command("webhook", "acme", "--off")
    assert told() == [
        ("QuickBooks company acme", "password replaced", ME),
        ("acme", "webhook secret made", ME),
        ("acme", "webhook secret ended", ME),
    ]


def test_saved_operations_are_told_with_their_address_masked(pair, settings):
    settings.WEBHOOK_SECRET = "a secret of more than thirty-two letters"
    table = '[operation.late]\ncompany = "acme"\nrecord_type = "Customer"\naction = "query"\n'
    configure(table + 'webhook_url = "https://example.com/hook/token"\n')
    configure(table + 'name = "Who pays late"\n')
    assert told() == [
        ("Saved operation late", "operation created", ME),
        ("Saved operation late", "operation changed", ME),
    ]
    assert changes("operation created")["webhook_url"] == ["—", "set"]
    assert changes("operation changed") == {"name": ["", "Who pays late"]}


def test_a_decision_is_told_by_the_labels_of_its_fields(linked):
    from syncapp.records import Side

    links.decide(linked, Side.QUICKBOOKS, who="ann")
    assert HistoryEntry.objects.get(event="decided").message == "QuickBooks holds for Phone."
    assert Pair.objects.get().flows == {}
