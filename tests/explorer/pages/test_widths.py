"""The lists that people work in all day fit into a common screen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qbwc.models import Company
from syncapp.models import Link, Org, Pair

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVERHANG = "[...document.querySelectorAll('#result_list')].map(t => t.scrollWidth - t.parentElement.clientWidth)[0]"


@pytest.fixture
def links(transactional_db):
    org = Org.objects.create(key="acme", domain="acme.my", client_id="id", client_secret="very secret", org_id="00D1")
    company = Company.objects.create(key="acme-west-coast", name="Acme Ltd", username="acme-qbwc")
    pair = Pair.objects.create(key="acme-west-coast", org=org, desktop=company)
    reason = "Changed on both sides: Phone, Billing address, Fax. Choose which side holds, or change one of them. " * 2
    for i, state in enumerate(Link.State.values):
        Link.objects.create(
            pair=pair, kind="customer", salesforce_id=f"0015g00000Xyz{i:02}AAK", quickbooks_id=f"8000{i:04}-1234567890",
            state=state, name="Northern Lights Landscaping and Snow Removal", reason=reason,
        )  # fmt: skip


def test_the_list_of_links_fits(page, look, links):
    page.goto(reverse("admin:syncapp_link_changelist"))
    look("links")
    assert page.evaluate(OVERHANG) <= 0
