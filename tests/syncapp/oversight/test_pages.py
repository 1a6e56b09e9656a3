"""Every page of the admin answers, shows what it must, and shows no secret."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from qbwc.models import Company
from syncapp import clock, history
from syncapp.models import Cursor, HistoryEntry, Link, MirrorRecord, Operation, Org, Pair, Run

pytestmark = pytest.mark.django_db
MODELS = [Org, Pair, Run, Link, MirrorRecord, Operation, HistoryEntry, Cursor]


@pytest.fixture
def viewer(client, db):
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    wanted = Permission.objects.filter(codename__startswith="view_", content_type__app_label__in=["syncapp", "qbwc"])
    user.user_permissions.set(wanted)
    client.force_login(user)
    return client


@pytest.fixture
def world(linked):
    """One row of everything, about the link in conflict."""
    pair = linked.pair
    plan = [{"link": linked.pk, "name": "Pomona Design", "kind": "customer", "side": "quickbooks", "verb": "update",
             "values": {"Phone": "555-0100", "Fax": None}}]  # fmt: skip
    run = Run.objects.create(pair=pair, trigger="schedule", state="held", plan=plan, message="Approve it.")
    operation = Operation.objects.create(
        pair=pair, link=linked, run=run, side="quickbooks", kind="customer", verb="update", key="a-key",
        values={"phone": "555-0100"}, basis={"source": {"phone": "555-0100"}}, state="rejected",
        message="QuickBooks says no.",
    )  # fmt: skip
    entry = history.entry(linked, "updated", operation=operation, side="quickbooks", changes={"phone": ["1", "2"]})
    history.write([entry])
    return linked


def page(client, row_or_model):
    model = row_or_model if isinstance(row_or_model, type) else type(row_or_model)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    if isinstance(row_or_model, type):
        return client.get(reverse(f"{name}_changelist"))
    return client.get(reverse(f"{name}_change", args=[row_or_model.pk]))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_pages_answer_to_administrators(admin_client, world, model):
    assert page(admin_client, model).status_code == 200
    assert page(admin_client, model.objects.first()).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_pages_answer_to_viewers_who_may_change_nothing(viewer, world, model):
    assert page(viewer, model).status_code == 200
    response = page(viewer, model.objects.first())
    assert response.status_code == 200
    html = response.content.decode()
    assert 'name="_save"' not in html
    for forbidden in ("Sync now", "Try again", "Unlink", "Try to sign in"):
        assert forbidden not in html


def test_a_viewer_reads_the_settings_of_a_pair_in_words(viewer, world):
    Pair.objects.update(flows={"customer": {"direction": "to_salesforce", "conflict_by_field": {"phone": "ask"}}})
    html = page(viewer, Pair.objects.get()).content.decode()
    assert "To Salesforce only" in html
    assert "Customers: in a conflict of phone" in html
    assert "A person decides" in html


def test_a_viewer_cannot_act_by_calling_the_addresses(viewer, world):
    for name, pk in [
        ("syncapp_link_unlink", world.pk),
        ("syncapp_link_holds_salesforce", world.pk),
        ("syncapp_pair_sync_now", world.pair_id),
        ("syncapp_pair_approve", world.pair_id),
        ("syncapp_org_try_to_sign_in", world.pair.org_id),
    ]:
        response = viewer.post(reverse(f"admin:{name}", args=[pk]), {"_form_submitted": "True", "reason": "x"})
        assert response.status_code == 403, name
    world.refresh_from_db()
    assert world.whole
    assert world.decisions == {}


def test_the_overview_counts_by_state_and_leads_to_the_lists(admin_client, world):
    Company.objects.update(problem="Another company is open.")
    html = admin_client.get(reverse("admin:index")).content.decode()
    assert "needs a person" in html
    assert f"?pair={world.pair_id}&amp;kind=customer&amp;state=conflict" in html
    assert "Another company is open." in html
    assert "Web Connector&#x27;s last call" in html or "Web Connector's last call" in html
    filtered = admin_client.get(f"{reverse('admin:syncapp_link_changelist')}?state=needs+a+person")
    assert "Pomona Design" in filtered.content.decode()


def test_the_overview_without_pairs_says_how_to_begin(admin_client):
    assert "manage.py configure" in admin_client.get(reverse("admin:index")).content.decode()


def test_the_page_of_a_link_shows_both_sides_the_base_and_what_happened(admin_client, world):
    html = page(admin_client, world).content.decode()
    for text in ("555-0100", "555-0199", "555-0000", "Last agreed", "Changed on both sides", "QuickBooks says no.",
                 "1 → 2", "QuickBooks holds", "Decide field by field"):  # fmt: skip
        assert text in html, text
    assert 'class="oversight-conflict"' in html


def test_references_are_shown_by_name(admin_client, world):
    parent = Link.objects.create(pair=world.pair, kind="customer", salesforce_id="001P", name="Pomona Group")
    MirrorRecord.objects.filter(record_id="001A").update(fields={"name": "Pomona Design", "parent": "001P"})
    world.base = {"salesforce": {"parent": f"link {parent.pk}"}, "quickbooks": {"parent": f"link {parent.pk}"}}
    world.save()
    assert page(admin_client, world).content.decode().count("Pomona Group") >= 2


def test_what_it_waits_for_is_a_link(admin_client, world):
    parent = Link.objects.create(pair=world.pair, kind="customer", salesforce_id="001P", name="Pomona Group")
    Link.objects.filter(pk=world.pk).update(waiting_for=parent)
    assert "Waiting for" in page(admin_client, world).content.decode()
    assert "These wait for it" in page(admin_client, parent).content.decode()


def test_the_page_of_a_run_shows_its_plan_as_a_table(admin_client, world):
    html = page(admin_client, Run.objects.get()).content.decode()
    for text in ("The plan", "Pomona Design", "Update", "QuickBooks", "555-0100", "What it began"):
        assert text in html, text


def test_secrets_are_never_shown(admin_client, world):
    Org.objects.update(access_token="")
    org = Org.objects.get()
    org.access_token, org.client_secret = "token-of-ours", "very secret"
    org.save()
    html = page(admin_client, org).content.decode() + page(admin_client, Org).content.decode()
    assert "very secret" not in html
    assert "token-of-ours" not in html
    assert "Stored, and not shown" in html


def test_text_from_outside_is_escaped(admin_client, world):
    Link.objects.filter(pk=world.pk).update(name="<script>alert(1)</script>", reason="<b>no</b>")
    MirrorRecord.objects.filter(record_id="001A").update(fields={"name": "<img src=x>"})
    for html in (page(admin_client, world).content.decode(), page(admin_client, Link).content.decode()):
        assert "<script>alert(1)" not in html
        assert "<img src=x>" not in html
        assert "<b>no</b>" not in html


def test_a_kind_that_no_flow_knows_any_more_can_still_be_looked_at(admin_client, world):
    Link.objects.filter(pk=world.pk).update(kind="vendor")
    assert page(admin_client, world).status_code == 200


def test_a_link_that_is_gone_leads_back_to_the_list(admin_client, world):
    assert admin_client.get(reverse("admin:syncapp_link_change", args=[999999])).status_code == 302
    assert admin_client.get(reverse("admin:syncapp_link_change", args=["x"])).status_code == 302


def test_the_menu_holds_only_what_one_may_see(viewer, world):
    html = viewer.get(reverse("admin:index")).content.decode()
    assert reverse("admin:syncapp_link_changelist") in html
    assert reverse("admin:qbwc_company_changelist") in html
    assert reverse("admin:auth_user_changelist") not in html


def test_a_company_tells_from_where_its_web_connector_called(admin_client, pair):
    Company.objects.filter(pk=pair.desktop_id).update(last_address="203.0.113.7")
    assert "203.0.113.7" in page(admin_client, pair.desktop).content.decode()


def test_the_page_of_a_pair_says_that_the_web_connector_is_late(admin_client, world):
    Company.objects.update(last_contact_at=clock.now() - timedelta(hours=5), run_every_minutes=10)
    for shown in (page(admin_client, world.pair), admin_client.get(reverse("admin:index"))):
        assert "The Web Connector has not called for some time" in shown.content.decode()


def test_lists_without_rows_say_what_will_be_there(admin_client, db):
    assert "The first run comes by the schedule" in page(admin_client, Run).content.decode()
    filtered = admin_client.get(reverse("admin:syncapp_link_changelist"), {"q": "nobody"}).content.decode()
    assert "Nothing is like that" in filtered
    assert 'aria-label="Search"' in filtered
