"""Card numbers go to QuickBooks, and stay nowhere else: not in rows, not on pages, not in files of what failed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qbwc.models import Message, Request
from syncapp.explorer import imports, service
from syncapp.explorer.models import Job, ResultPage, Row
from tests.explorer.core.office import Office, rows

pytestmark = pytest.mark.django_db
CARD, SHOWN = "4111111111111111", "************1111"
CUSTOMER = {"Name": "Acme", "CreditCardInfo": {"CreditCardNumber": CARD, "NameOnCard": "Ann"}}


@pytest.fixture
def office(db):
    office = Office()
    office.file.settings.personal_data = True
    return office


def test_a_row_that_is_done_keeps_no_card_number(office):
    row = office.only(office.ask("Customer", "add", CUSTOMER))
    assert row.state == Row.State.DONE
    assert office.file.customers()[0]["CreditCardInfo"]["CreditCardNumber"] == CARD
    assert row.data["CreditCardInfo"] == {"CreditCardNumber": SHOWN, "NameOnCard": "Ann"}
    assert CARD not in str(row.record)
    assert CARD not in str([*Request.objects.values_list("body"), *Message.objects.values_list("body", "response")])


def test_an_upload_forgets_the_numbers_of_what_is_done_and_keeps_what_can_be_tried_again(office):
    office.file.add_customer(Name="Bolt")
    text = f"Name,Card\nAcme,{CARD}\nBolt,{CARD}\n".encode()
    job = imports.upload(office.company, "Customer", "add", "cards.csv", text, "ann")
    imports.remap(job, {"Name": "Name", "Card": "CreditCardInfo/CreditCardNumber"})
    service.start_import(job, "ann")
    done, failed = rows(office.run(job))
    assert (done.state, failed.state) == (Row.State.DONE, Row.State.FAILED)
    assert done.source == [{"Name": "Acme", "Card": SHOWN}]
    assert failed.data["CreditCardInfo"]["CreditCardNumber"] == CARD


def test_no_page_shows_a_card_number_and_no_form_sends_its_stars(office, admin_client):
    job = service.submit(office.company, "Customer", "query", [{}], asked_by="ann", fields=["Name", "CreditCardInfo"])
    record = {**CUSTOMER, "ListID": "8-1", "EditSequence": "5"}
    ResultPage.objects.create(job=job, number=1, first=0, count=1, records=[["Customer", record]])
    Job.objects.filter(pk=job.pk).update(
        state="done", done=1, total=1, fields=["Name", "CreditCardInfo/CreditCardNumber"]
    )
    waiting = service.submit(office.company, "Customer", "add", [CUSTOMER], asked_by="ann")
    row = office.only(waiting)
    page = reverse("admin:explorer_job_change", args=[job.pk])
    form = reverse("admin:explorer_job_compose", args=["acme", "Customer", "modify"])
    for url in (
        page,
        f"{page}?record=0",
        f"{form}?source={job.pk}:0",
        reverse("admin:explorer_job_change", args=[waiting.pk]) + f"?row={row.pk}",
    ):
        shown = admin_client.get(url).content.decode()
        assert "Acme" in shown, url
        assert CARD not in shown, url
    assert SHOWN not in admin_client.get(f"{form}?source={job.pk}:0").content.decode()
