"""The synchronisation shares its outbox with people: what they queue never holds up what is ours."""

from __future__ import annotations

import pytest

from qbwc import outbox
from qbwc.models import Message, Request
from syncapp.models import Link, Operation
from syncapp.records import Side
from tests.world.half import HalfWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return HalfWorld(0, winner=Side.SALESFORCE)


@pytest.mark.parametrize("reference", ["op", "op/", "op/mine", "pull/all", "read/1/2/3", "taken/99999999999999999999"])
def test_a_persons_request_may_have_any_reference(world, reference):
    outbox.enqueue(world.company, "CustomerQuery", {"FullName": ["Nobody"]}, reference=reference)
    world.create_account("Acme", phone="1", fax="1")
    world.come_to_rest()
    assert set(world.quickbooks_records()) == {"Acme"}
    assert not Request.objects.filter(announced=False).exists()


def test_an_answer_that_cannot_be_read_is_found_out_by_looking(world, monkeypatch):
    world.create_account("Acme", phone="1", fax="1")
    read = outbox.read_answer

    def read_badly(request):
        if request.name == "CustomerAdd":
            raise outbox.read.BadResponse("cut off")
        return read(request)

    monkeypatch.setattr(outbox, "read_answer", read_badly)
    world.come_to_rest()
    assert set(world.quickbooks_records()) == {"Acme"}
    assert Link.objects.get().state == "in_step"
    assert Operation.objects.get(verb="create").state == "applied"
    assert Message.objects.filter(kind="write", body__contains="CustomerAdd").count() == 1
