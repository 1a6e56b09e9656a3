"""Who may do what on the connector's pages: each page and each button asks for itself."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from qbwc.models import Company
from syncapp.explorer import saved, service
from syncapp.explorer.models import ApiToken, Job, ResultPage, Row, SavedOperation

pytestmark = pytest.mark.django_db
VIEW = ("view_job", "view_savedoperation", "view_apitoken")


@pytest.fixture
def company(db):
    return Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")


@pytest.fixture
def somebody(client):
    def somebody(*permissions):
        user = User.objects.create_user("ann", password="x", is_staff=True)
        found = Permission.objects.filter(content_type__app_label="explorer", codename__in=permissions)
        assert found.count() == len(permissions)
        user.user_permissions.set(found)
        client.force_login(user)
        return client

    return somebody


def compose(record_type, action):
    return reverse("admin:explorer_job_compose", args=["acme", record_type, action])


def query_of(company):
    return service.submit(company, "Customer", "query", [{}], asked_by="ann")


def test_nobody_without_a_permission_sees_anything(somebody, company):
    client, job = somebody(), query_of(company)
    for url in (
        reverse("admin:explorer_job_connect"),
        reverse("admin:explorer_job_changelist"),
        reverse("admin:explorer_job_change", args=[job.pk]),
        reverse("admin:explorer_job_part", args=[job.pk]),
        reverse("admin:explorer_job_download", args=[job.pk, "csv"]),
        reverse("admin:explorer_job_failed", args=[job.pk]),
        reverse("admin:explorer_job_names", args=["acme"]),
        reverse("admin:explorer_job_upload"),
        compose("Customer", "query"),
        reverse("admin:explorer_savedoperation_changelist"),
        reverse("admin:explorer_apitoken_add"),
    ):
        assert client.get(url).status_code == 403, url


def test_who_may_view_sees_and_changes_nothing(somebody, company):
    client, job = somebody(*VIEW), query_of(company)
    page = client.get(reverse("admin:explorer_job_change", args=[job.pk])).content.decode()
    assert "Waiting for the Web Connector" in page
    assert 'value="cancel"' not in page
    start = client.get(reverse("admin:explorer_job_connect")).content.decode()
    assert "You may not do this." in start
    assert compose("Customer", "query") not in start
    assert client.get(compose("Customer", "query")).status_code == 403
    assert client.post(compose("Customer", "query"), {"_send": ""}).status_code == 403
    assert client.post(reverse("admin:explorer_job_do", args=[job.pk]), {"deed": "cancel"}).status_code == 403
    job.refresh_from_db()
    assert job.state == Job.State.OPEN


def test_who_may_add_does_not_destroy(somebody, company):
    client = somebody(*VIEW, "add_job")
    assert client.get(compose("Customer", "add")).status_code == 200
    for action in ("delete", "void"):
        url = compose("Invoice", action)
        assert client.get(url).status_code == 403
        sent = {"d:TxnID": "1-1", "_send": "", "confirmed": "yes"}
        assert client.post(url, sent).status_code == 403
    assert Job.objects.count() == 0
    job = service.submit(company, "Invoice", "void", [{"TxnID": "1-1"}], asked_by="bob")
    for deed in ("cancel", "retry", "was_done"):
        assert client.post(reverse("admin:explorer_job_do", args=[job.pk]), {"deed": deed}).status_code == 403


def test_what_destroys_is_confirmed_first(somebody, company):
    client = somebody(*VIEW, "destroy_records")
    page = client.post(compose("Invoice", "void"), {"d:TxnID": "1-1\n2-2", "_send": ""})
    assert Job.objects.count() == 0
    assert "Void 2 records of Acme Ltd?" in page.content.decode()
    client.post(compose("Invoice", "void"), {"d:TxnID": "1-1\n2-2", "confirmed": "yes"})
    job = Job.objects.get()
    assert (job.action, job.asked_by) == ("void", "ann")
    assert [row.data for row in job.rows.all()] == [{"TxnID": "1-1"}, {"TxnID": "2-2"}]


def test_the_confirmation_names_what_the_result_knows_of_the_record(somebody, company):
    client, job = somebody(*VIEW, "destroy_records"), query_of(company)
    Job.objects.filter(pk=job.pk).update(record_type="Invoice")
    record = {"TxnID": "1-1", "RefNumber": "1001", "CustomerRef": {"FullName": "Pomona <b>"}, "TxnDate": "2026-02-01"}
    ResultPage.objects.create(job=job, number=1, first=0, count=1, records=[["Invoice", record]])
    url = f"{compose('Invoice', 'void')}?source={job.pk}:0"
    assert "1-1" in client.get(url).content.decode()
    page = client.post(url, {"d:TxnID": "1-1", "source": f"{job.pk}:0", "_send": ""}).content.decode()
    assert "1001, Pomona &lt;b&gt;, of 2026-02-01" in page


def test_nothing_is_sent_when_nothing_is_named(somebody, company):
    client = somebody(*VIEW, "destroy_records")
    page = client.post(compose("Invoice", "void"), {"d:TxnID": " ", "_send": ""}).content.decode()
    assert "Nothing is named yet." in page
    assert Job.objects.count() == 0


def test_a_saved_operation_is_changed_and_run_by_those_who_may(somebody, company):
    operation = saved.create(company, "all", "Customer", "query", name="All customers")
    client = somebody(*VIEW)
    page = reverse("admin:explorer_savedoperation_change", args=[operation.pk])
    deeds = reverse("admin:explorer_savedoperation_do", args=[operation.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Mine"}).status_code == 403
    for deed in ("run", "delete"):
        assert client.post(deeds, {"deed": deed}).status_code == 403
    assert (SavedOperation.objects.get().name, Job.objects.count()) == ("All customers", 0)


def test_a_saved_deletion_is_not_run_without_its_confirmation(admin_client, company):
    operation = saved.create(company, "gone", "Customer", "delete", name="Gone", data={"FullName": "Gone"})
    deeds = reverse("admin:explorer_savedoperation_do", args=[operation.pk])
    assert admin_client.post(deeds, {"deed": "run"}).status_code == 403
    page = admin_client.get(f"{compose('Customer', 'delete')}?saved={operation.pk}").content.decode()
    assert "Gone" in page
    assert Job.objects.count() == 0


def test_nobody_gives_a_token_more_than_they_may_do(somebody, company):
    client = somebody(*VIEW, "add_job", "add_apitoken")
    url = reverse("admin:explorer_apitoken_add")
    assert client.post(url, {"name": "ERP", "scope": ["read", "destroy"]}).status_code == 403
    assert client.post(url, {"name": "ERP", "scope": ["read", "run"]}).status_code == 403
    assert ApiToken.objects.count() == 0
    response = client.post(url, {"name": "ERP", "scope": ["read", "write"], "company": ["acme"], "days": "30"})
    token = ApiToken.objects.get()
    assert (token.scopes, list(token.companies.all())) == (["read", "write"], [company])
    assert f"qbs_{token.prefix}_" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_token_is_revoked_from_the_list(admin_client, company):
    admin_client.post(reverse("admin:explorer_apitoken_add"), {"name": "ERP", "scope": ["read"]})
    token = ApiToken.objects.get()
    url = reverse("admin:explorer_apitoken_changelist")
    admin_client.post(url, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_row_of_another_job_cannot_be_decided_through_this_one(admin_client, company):
    mine = service.submit(company, "Customer", "add", [{"Name": "A"}], asked_by="ann")
    other = service.submit(company, "Invoice", "void", [{"TxnID": "1-1"}], asked_by="ann")
    Row.objects.filter(job=other).update(state=Row.State.UNKNOWN)
    sent = {"deed": "was_done", "row": other.rows.get().pk}
    assert admin_client.post(reverse("admin:explorer_job_do", args=[mine.pk]), sent).status_code == 404
    assert Row.objects.get(job=other).state == Row.State.UNKNOWN


def test_pages_for_what_does_not_exist_are_missing(admin_client, company):
    assert admin_client.get(compose("Customer", "void")).status_code == 404
    assert admin_client.get(compose("Nothing", "query")).status_code == 404
    missing = reverse("admin:explorer_job_compose", args=["nobody", "Customer", "query"])
    assert admin_client.get(missing).status_code == 404
    assert admin_client.get(reverse("admin:explorer_job_change", args=[999])).status_code == 404


def test_only_who_may_add_sets_the_schedule_of_what_adds(somebody, company):
    adds = saved.create(company, "weekly", "Vendor", "add", data={"Name": "Lehigh"}, created_by="boss")
    page = reverse("admin:explorer_savedoperation_change", args=[adds.pk])
    sent = {"name": "weekly", "schedule": "0 6 * * 1", "enabled": "on"}
    client = somebody(*VIEW, "change_savedoperation")
    assert client.post(page, sent).status_code == 403
    adds.refresh_from_db()
    assert adds.schedule == ""
    User.objects.get(username="ann").user_permissions.add(Permission.objects.get(codename="add_job"))
    assert client.post(page, sent).status_code == 302
    adds.refresh_from_db()
    assert adds.schedule == "0 6 * * 1"
