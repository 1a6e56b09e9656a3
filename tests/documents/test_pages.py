"""The admin's pages of documents say what is so: nothing that is in step looks as if it had changed."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from syncapp.models import Link

pytestmark = pytest.mark.django_db


def test_what_is_in_step_looks_so_whatever_its_ids_are(world, admin_client):
    """8000000E-1795550782 is an id, and no number; and each side's lines name the item by an id of its own."""
    world.flows(customer={"only_won": False, "near_matches": "ignore"}, item={}, invoice={})
    for number in range(16):
        name = f"Customer {number}"
        if re.match(r"\d+E", world.file.add_customer(Name=name)):
            world.invoice(number="E", customer=name)
    world.rest()
    link = Link.objects.get(kind="invoice", name="E")
    shown = admin_client.get(reverse("admin:syncapp_link_change", args=[link.pk])).content.decode()
    assert "2 lines" in shown
    assert [mark for mark in ("oversight-changed", "oversight-differs", "lines (", "{&#x27;id") if mark in shown] == []
    tied = reverse("admin:syncapp_pair_reconciliation", args=[world.pair.pk])
    page = admin_client.get(tied, {"compare": "page"}).content.decode()
    assert "Ties out" in page
    assert "Differs" not in page
