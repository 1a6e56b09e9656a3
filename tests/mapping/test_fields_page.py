"""The page and the command of a pair's field mapping: everything is shown, checked, tried on a record, then saved."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from syncapp.models import HistoryEntry, Pair
from tests.explorer.pages.conftest import look, page
from tests.mapping.world import MappedWorld

__all__ = ["look", "page"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(transactional_db):
    world = MappedWorld()
    yield world
    world.close()


def command(*arguments):
    out = io.StringIO()
    call_command("field_mapping", *arguments, stdout=out)
    return out.getvalue()


def fill(page, button, **values):
    for name, value in values.items():
        element = page.locator(f"#change [name={name}]")
        if element.evaluate("each => each.tagName") == "SELECT":
            element.select_option(value)
        else:
            element.fill(value)
    with page.expect_navigation():
        page.click(f"#change button[name=_{button}]")


def text(page):
    page.wait_for_selector("text=All fields")
    return page.inner_text("body")


def test_a_field_is_checked_tried_on_a_record_and_saved(world, page, look):
    world.salesforce.insert("Account", Name="Acme", Legal_Name__c="Acme Holding GmbH", Phone="5")
    world.come_to_rest()
    pair = Pair.objects.get()
    page.goto(f"/admin/syncapp/pair/{pair.pk}/change/")
    page.goto(page.get_attribute("a:has-text('Field mapping')", "href"))
    assert "Account.BillingCity" in text(page)
    assert "BillAddress.City" in text(page)

    # What one side does not have is named, with the remedy, and not saved.
    fill(page, "save", name="legal_name", salesforce="Legal_Nmae__c", quickbooks="JobStatsu")
    assert "Account has no field Legal_Nmae__c" in text(page)
    assert "QuickBooks's customer has no element JobStatsu" in text(page)
    fill(page, "save", salesforce="Legal_Name__c", quickbooks="IsActive")
    assert "QuickBooks's IsActive holds no text. Set type = “flag”." in text(page)
    fill(page, "save", quickbooks="custom:Legal name", direction="both", formula="upper(Name)")
    assert "a formula or a value goes one way" in text(page)
    look("fields-refused")
    assert Pair.objects.get().flows["customer"].get("fields") == {}

    # Tried on a record: Salesforce tells at once, QuickBooks with the next call; nothing is written.
    fill(page, "try", formula="", record="Acme")
    assert "QuickBooks is asked for this record" in text(page)
    world.poll()
    fill(page, "try")
    row = page.inner_text("tr:has(th:has-text('Legal name'))").split("\t")
    assert [cell.strip() for cell in row][1:5] == ["Acme Holding GmbH", "—", "", "Acme Holding GmbH"]
    look("fields-tried")
    world.poll()
    assert (world.custom(), Pair.objects.get().flows["customer"]["fields"]) == ({}, {})

    fill(page, "save")
    assert "Saved. Every record is read" in text(page)
    assert "YOUR OWN" in page.inner_text("tr:has(th:has-text('Legal name'))").upper()
    look("fields-saved")
    assert HistoryEntry.objects.get(event="field mapping changed").who == "ann"
    world.pair.refresh_from_db()
    world.come_to_rest()
    assert world.custom() == {"Legal name": "Acme Holding GmbH"}

    # The pair's other settings leave the mapping alone, and the command says the same as the page.
    page.goto(f"/admin/syncapp/pair/{pair.pk}/change/")
    page.click("button[name=_save]")
    assert set(Pair.objects.get().flows["customer"]["fields"]) == {"legal_name"}
    [line] = [each for each in command("acme", "customers", "--own").splitlines() if "legal_name" in each]
    words = ("legal_name", "(Legal", "name)", "Legal_Name__c", "custom:Legal", "name", "both", "salesforce", "own")
    assert line.split() == [*words]
    assert command("acme", "--check").splitlines() == [
        "Warning: Customers: fields.legal_name: QuickBooks's custom:Legal name holds up to 255 characters, and "
        "Account.Legal_Name__c only 80. A text of more than 80 does not travel to Salesforce, and nothing is cut.",
        "Both sides have what the field mapping names.",
    ]
    assert "Acme Holding GmbH" in command("acme", "customers", "--try", "Acme")
    world.salesforce.hide("Account.Legal_Name__c")
    with pytest.raises(CommandError, match="needs correcting"):
        command("acme", "customers", "--check")
    assert "Account has no field Legal_Name__c" in world.cycle()
