"""What people do in the admin: each deed does what it says, asks first, and is recorded with who did it."""

from __future__ import annotations

import ast

import pytest
from django.urls import reverse
from django_q.models import Schedule

from qbwc.models import Company
from syncapp import mirror, runs
from syncapp.admin import jobs
from syncapp.mapping.customers import CUSTOMERS
from syncapp.models import Cursor, HistoryEntry, Link, Operation, Org, Pair, Run
from syncapp.records import Side
from tests.syncapp.oversight.conftest import customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """Tasks that would have been queued."""
    found = []

    def note(*args, **kwargs):
        found.append((args, kwargs))

    monkeypatch.setattr("syncapp.wake.async_task", note)
    monkeypatch.setattr("syncapp.admin.pairs.async_task", note)
    return found


def do(client, name, row, **fields):
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])
    return client.post(url, {"_form_submitted": "True", **fields})


def done(response):
    return response.status_code == 200 and "HX-Redirect" in response.headers


@pytest.fixture
def halves(pair):
    """Two records with nearly the same name, proposed to one another."""
    mirror.store(pair, Side.SALESFORCE, CUSTOMERS, [customer("001A", "Pomona Design Inc.")])
    mirror.store(pair, Side.QUICKBOOKS, CUSTOMERS, [customer("80000001-1", "Pomona Design")])
    ours, theirs = Link.objects.get(salesforce_id="001A"), Link.objects.get(quickbooks_id="80000001-1")
    for one, other in ((ours, theirs), (theirs, ours)):
        row = {"link": other.pk, "id": other.salesforce_id or other.quickbooks_id, "name": other.name, "score": 0.8}
        one.state, one.detail, one.dirty = "proposed", {"candidates": [row]}, False
        one.save()
    return ours, theirs


def test_a_possible_match_is_shown_beside_its_record_with_the_dialogs_that_decide(admin_client, halves):
    for one, other in (halves, reversed(halves)):
        shown = admin_client.get(reverse("admin:syncapp_link_change", args=[one.pk])).content.decode()
        assert f'<td class="oversight-text"><span>{other.name}</span></td>' in shown
        assert f'class="oversight-button" href="{reverse("admin:syncapp_link_accept", args=[one.pk])}"' in shown


def test_a_dialog_asks_before_anything_is_done(admin_client, linked):
    response = admin_client.get(reverse("admin:syncapp_link_holds_salesforce", args=[linked.pk]))
    assert "cannot be undone" in response.content.decode()
    linked.refresh_from_db()
    assert linked.decisions == {}


@pytest.mark.parametrize("side", ["salesforce", "quickbooks"])
def test_a_side_holds_for_all_fields_in_conflict(
    admin_client, linked, queued, side, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert done(do(admin_client, f"holds_{side}", linked))
    linked.refresh_from_db()
    assert linked.decisions == {"phone": {"side": side, "values": ["555-0100", "555-0199"]}}
    assert linked.dirty
    entry = HistoryEntry.objects.get()
    assert (entry.event, entry.side, entry.who) == ("decided", side, "admin")
    assert [task[0][:2] for task in queued] == [("syncapp.tasks.sync_pair", linked.pair_id)]


def test_fields_can_be_decided_one_by_one(admin_client, linked):
    linked.detail = {"conflicts": {"phone": ["1", "2"], "fax": ["3", "4"], "name": ["5", "6"]}}
    linked.save()
    assert done(do(admin_client, "decide", linked, side_phone="salesforce", side_fax="quickbooks", side_name=""))
    linked.refresh_from_db()
    assert {name: choice["side"] for name, choice in linked.decisions.items()} == {
        "phone": "salesforce",
        "fax": "quickbooks",
    }
    response = do(admin_client, "decide", linked)
    assert "Choose a side for at least one field." in response.content.decode()


def test_a_conflict_that_is_over_cannot_be_decided(admin_client, linked):
    Link.objects.update(detail={})
    assert "Nothing is in conflict here any more." in do(admin_client, "holds_salesforce", linked).content.decode()


def test_trying_again_forgets_refusals_and_waits(admin_client, linked):
    Link.objects.update(refused={"quickbooks": {"phone": ["1", "no"]}}, failures=3)
    assert done(do(admin_client, "try_again", linked))
    linked.refresh_from_db()
    assert (linked.refused, linked.failures, linked.dirty) == ({}, 0, True)
    assert HistoryEntry.objects.get().who == "admin"


def test_an_accepted_match_becomes_one_link(admin_client, halves):
    ours, theirs = halves
    form = admin_client.get(reverse("admin:syncapp_link_accept", args=[ours.pk])).content.decode()
    assert "Pomona Design (80000001-1, 80% alike)" in form
    assert done(do(admin_client, "accept", ours, candidate=theirs.pk))
    link = Link.objects.get()
    assert (link.salesforce_id, link.quickbooks_id, link.how) == ("001A", "80000001-1", "as proposed")
    assert HistoryEntry.objects.get(event="linked").who == "admin"


def test_only_what_was_proposed_can_be_accepted(admin_client, halves):
    ours, _ = halves
    other = Link.objects.create(pair=ours.pair, kind="customer", quickbooks_id="other")
    assert not done(do(admin_client, "accept", ours, candidate=other.pk))
    assert Link.objects.count() == 3


def test_a_match_that_is_none_is_not_proposed_again(admin_client, halves):
    ours, theirs = halves
    assert done(do(admin_client, "not_a_match", ours))
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.not_matches, theirs.not_matches) == ([theirs.pk], [ours.pk])
    assert HistoryEntry.objects.get().who == "admin"


def test_unlinking_needs_a_reason_which_is_kept(admin_client, linked):
    assert not done(do(admin_client, "unlink", linked, reason=""))
    assert Link.objects.count() == 1
    assert done(do(admin_client, "unlink", linked, reason="Two different firms."))
    assert sorted(Link.objects.values_list("salesforce_id", "quickbooks_id"), key=str) == [
        ("001A", None),
        (None, "80000001-1"),
    ]
    entry = HistoryEntry.objects.get(event="unlinked")
    assert (entry.message, entry.who) == ("Two different firms.", "admin")


def test_records_are_linked_by_hand_with_a_reason(admin_client, halves):
    ours, _ = halves
    response = do(admin_client, "by_hand", ours, record_id="nobody", reason="x")
    assert "No customer with this id has been read from QuickBooks" in response.content.decode()
    assert done(do(admin_client, "by_hand", ours, record_id="80000001-1", reason="The owner said so"))
    link = Link.objects.get()
    assert link.whole
    assert HistoryEntry.objects.get(event="linked").message == "Linked by hand: The owner said so."


def test_nothing_is_linked_or_parted_while_an_operation_is_under_way(admin_client, linked):
    Operation.objects.create(
        pair=linked.pair, link=linked, side="quickbooks", kind="customer", verb="update", key="k", state="submitted"
    )
    response = do(admin_client, "unlink", linked, reason="x")
    assert "An operation on this record is under way" in response.content.decode()
    assert Link.objects.get().whole


def test_the_page_of_a_conflict_offers_to_decide_and_to_unlink(admin_client, linked):
    html = admin_client.get(reverse("admin:syncapp_link_change", args=[linked.pk])).content.decode()
    assert "/unlink/" in html
    assert "/by_hand/" not in html
    assert "/accept/" not in html
    assert "/holds_salesforce/" in html


def test_the_page_of_a_possible_match_offers_to_accept_it(admin_client, halves):
    html = admin_client.get(reverse("admin:syncapp_link_change", args=[halves[0].pk])).content.decode()
    assert "/accept/" in html
    assert "/by_hand/" in html
    assert "/unlink/" not in html
    assert "/holds_salesforce/" not in html


def test_an_address_that_leads_to_nothing_is_not_found(admin_client, linked):
    for name in ("syncapp_link_unlink", "syncapp_link_decide", "syncapp_pair_sync_now", "syncapp_org_try_to_sign_in"):
        for wrong in ("0", "x", "9" * 30):
            url = reverse(f"admin:{name}", args=[wrong])
            assert admin_client.post(url, {"_form_submitted": "True", "reason": "x"}).status_code == 404, url


def test_the_page_of_a_link_is_not_saved(admin_client, linked):
    assert admin_client.post(reverse("admin:syncapp_link_change", args=[linked.pk]), {}).status_code == 405


def test_many_conflicts_are_decided_at_once_after_they_were_shown(admin_client, linked):
    url = reverse("admin:syncapp_link_changelist")
    chosen = {"action": "bulk_quickbooks", "_selected_action": [linked.pk]}
    shown = admin_client.post(url, chosen)
    assert "Changed on both sides" in shown.content.decode()
    linked.refresh_from_db()
    assert linked.decisions == {}
    admin_client.post(url, {**chosen, "confirmed": "yes"})
    linked.refresh_from_db()
    assert linked.decisions["phone"]["side"] == "quickbooks"
    admin_client.post(url, {"action": "bulk_retry", "_selected_action": [linked.pk]})
    assert HistoryEntry.objects.filter(event="retried", who="admin").exists()


# Pairs


def form_of(client, pair, **changes):
    """What a browser would send: the form as it is shown, with some changes."""
    response = client.get(reverse("admin:syncapp_pair_change", args=[pair.pk]))
    form = response.context["adminform"].form
    values = {}
    for name in form.fields:
        value = form.get_initial_for_field(form.fields[name], name)
        if value is not None and value is not False:
            values[name] = "on" if value is True else value
    values.update(changes)
    return {name: value for name, value in values.items() if value is not None}


def save(client, pair, **changes):
    url = reverse("admin:syncapp_pair_change", args=[pair.pk])
    return client.post(url, form_of(client, pair, **changes))


def test_a_flows_settings_are_proper_fields_and_are_stored_where_they_differ(admin_client, linked):
    pair = linked.pair
    Cursor.objects.update(full_at="2024-01-01T00:00Z")
    response = save(
        admin_client, pair, customer__direction="to_salesforce", customer__only_won=None,
        customer__conflict_by_field__phone="ask", customer__careful=["name"],
    )  # fmt: skip
    assert response.status_code == 302
    pair.refresh_from_db()
    assert pair.flows == {
        "customer": {
            "direction": "to_salesforce",
            "only_won": False,
            "conflict_by_field": {"phone": "ask"},
            "careful": ["name"],
        }
    }
    linked.refresh_from_db()
    assert linked.dirty
    assert not Cursor.objects.filter(full_at__isnull=False).exists()
    entry = HistoryEntry.objects.get(event="settings changed")
    assert entry.who == "admin"
    assert entry.changes["customers.direction"] == ["both", "to_salesforce"]
    assert entry.changes["customers.careful"] == [[], ["name"]]


def test_saving_what_is_there_changes_nothing(admin_client, linked):
    pair = linked.pair
    Pair.objects.update(flows={"customer": {"direction": "both", "only_won": True}}, last_cycle_at="2024-01-01T00:00Z")
    assert save(admin_client, pair).status_code == 302
    pair.refresh_from_db()
    assert pair.flows == {"customer": {"direction": "both", "only_won": True}}
    assert not HistoryEntry.objects.exists()
    linked.refresh_from_db()
    assert not linked.dirty


def test_a_schedule_that_is_none_is_refused(admin_client, pair):
    response = save(admin_client, pair, schedule="hourly")
    assert "is not a schedule" in response.content.decode()
    save(admin_client, pair, schedule="*/30 * * * *")
    pair.refresh_from_db()
    assert pair.next_cycle_at.minute in (0, 30)


def test_a_pair_is_added_in_the_admin(admin_client, pair):
    other = Company.objects.create(key="beta", username="beta")
    form = form_of(admin_client, pair, customer__direction="both")
    form |= {"key": "second", "org": pair.org_id, "desktop": other.pk, "first_run": "preview", "enabled": "on"}
    names = ("customer__only_won", "schedule")
    form |= {"schedule": "0 * * * *"} | {name: form[name] for name in names if name in form}
    assert admin_client.post(reverse("admin:syncapp_pair_add"), form).status_code == 302
    added = Pair.objects.get(key="second")
    assert (added.desktop, added.flows) == (other, {})


@pytest.mark.parametrize(
    ("name", "how", "event"),
    [
        ("sync_now", {}, "sync asked for"),
        ("preview", {"preview": True}, "preview asked for"),
        ("approve", {"approve": True}, "approved"),
    ],
)
def test_the_buttons_queue_a_cycle_and_record_who(
    admin_client, pair, queued, name, how, event, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert done(do(admin_client, name, pair))
    assert queued == [(("syncapp.admin.jobs.cycle_now", pair.pk, "by admin"), how)]
    assert HistoryEntry.objects.get(event=event).who == "admin"


def test_no_cycle_is_queued_while_one_is_at_work_or_the_pair_is_disabled(admin_client, pair, queued):
    runs.take_lease(pair)
    do(admin_client, "sync_now", pair)
    Pair.objects.update(leased_until=None, enabled=False)
    do(admin_client, "sync_now", pair)
    assert queued == []
    assert not HistoryEntry.objects.exists()


def test_what_the_buttons_queue_runs_previews_and_approves(pair, sides):
    Pair.objects.update(first_run="preview")
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design")]
    jobs.cycle_now(pair.pk, "by admin", preview=True)
    assert Run.objects.first().state == "preview"
    jobs.cycle_now(pair.pk, "by admin", approve=True)
    assert Run.objects.first().state == "done"
    assert len(sides[Side.QUICKBOOKS].taken) == 1
    Pair.objects.update(enabled=False)
    jobs.cycle_now(pair.pk, "by admin")
    assert Run.objects.count() == 2


def test_an_approval_is_not_lost_because_another_cycle_is_at_work(pair, sides):
    Pair.objects.update(first_run="preview")
    sides[Side.SALESFORCE].records = [customer("001A", "Pomona Design")]
    lease = runs.take_lease(pair)
    jobs.cycle_now(pair.pk, "by admin", approve=True)
    assert sides[Side.QUICKBOOKS].taken == []
    runs.drop_lease(pair, lease)
    planned = Schedule.objects.get(func="syncapp.admin.jobs.cycle_now")
    jobs.cycle_now(*ast.literal_eval(planned.args), **ast.literal_eval(planned.kwargs))
    assert Run.objects.first().state == "done"
    assert len(sides[Side.QUICKBOOKS].taken) == 1


def test_approve_is_offered_where_something_waits(admin_client, pair):
    url = reverse("admin:syncapp_pair_change", args=[pair.pk])
    assert "/approve/" not in admin_client.get(url).content.decode()
    Pair.objects.update(held_because="Too many.")
    html = admin_client.get(url).content.decode()
    assert "/approve/" in html
    assert "Too many." in html


def test_a_pair_with_links_is_not_deleted(admin_client, linked):
    assert admin_client.get(reverse("admin:syncapp_pair_delete", args=[linked.pair_id])).status_code == 403


# Orgs


def org_form(**changes):
    return {
        "auth": "client_credentials",
        "domain": "acme.my",
        "client_id": "id",
        "username": "",
        "bulk_from": 10000,
        **changes,
    }


def test_an_empty_secret_keeps_what_is_stored_and_a_new_one_ends_the_token(admin_client, pair):
    org = pair.org
    org.access_token = "a token"
    org.save()
    url = reverse("admin:syncapp_org_change", args=[org.pk])
    assert admin_client.post(url, org_form()).status_code == 302
    org.refresh_from_db()
    assert (org.client_secret, org.access_token) == ("very secret", "a token")
    assert admin_client.post(url, org_form(new_client_secret="changed")).status_code == 302
    org = Org.objects.get()
    assert (org.client_secret, org.access_token, org.org_id, org.token_version) == ("changed", "", "00D1", 1)


def test_an_org_is_checked_for_what_its_way_of_signing_in_needs(admin_client, monkeypatch):
    response = admin_client.post(reverse("admin:syncapp_org_add"), org_form(key="beta", auth="jwt"))
    assert response.status_code == 200
    assert response.content.decode().count("“JWT bearer” needs it.") >= 2
    response = admin_client.post(
        reverse("admin:syncapp_org_add"), org_form(key="beta", new_client_secret="env:NOT_SET")
    )
    assert "The environment variable NOT_SET is not set here" in response.content.decode()
    monkeypatch.setenv("NOT_SET", "now it is")
    response = admin_client.post(
        reverse("admin:syncapp_org_add"), org_form(key="beta", new_client_secret="env:NOT_SET")
    )
    assert response.status_code == 302
    assert Org.objects.get().client_secret == "env:NOT_SET"


def test_a_secret_that_no_key_decrypts_does_not_hide_the_page_to_enter_it_again(admin_client, pair, settings):
    settings.SECRETS_KEYS = ["another key"]
    for name, args in (("changelist", []), ("change", [pair.org_id])):
        assert admin_client.get(reverse(f"admin:syncapp_org_{name}", args=args)).status_code == 200
    assert admin_client.get(reverse("admin:index")).status_code == 200
    assert admin_client.get(reverse("admin:syncapp_pair_changelist")).status_code == 200
    url = reverse("admin:syncapp_org_change", args=[pair.org_id])
    assert admin_client.post(url, org_form(new_client_secret="entered again")).status_code == 302
    assert Org.objects.values_list("client_secret", flat=True).get() == "entered again"


def test_signing_in_can_be_tried(admin_client, pair, monkeypatch):
    from syncapp.connectors.base import NotAuthorised
    from syncapp.connectors.salesforce import auth

    def refuse(org, session):
        raise NotAuthorised("Salesforce refused.", remedy="Check client_id.")

    monkeypatch.setattr(auth, "sign_in", refuse)
    assert done(do(admin_client, "try_to_sign_in", pair.org))
    page = admin_client.get(reverse("admin:syncapp_org_change", args=[pair.org_id])).content.decode()
    assert "Salesforce refused. Check client_id." in page
