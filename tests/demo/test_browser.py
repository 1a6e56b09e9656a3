"""The running demo in a real browser: edits travel both ways, the admin tells of them, and Ctrl-C leaves nothing."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHROMIUM
from tests.demo.support import RunningDemo, processes_of

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
ARRIVAL_MS = 60_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(demo: RunningDemo, browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(ARRIVAL_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(demo.page_url)
    yield page
    page.close()
    assert problems == []


def shot(page: sync_api.Page, name: str) -> None:
    if folder := os.environ.get("DEMO_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def card(page: sync_api.Page, side: str, name: str) -> sync_api.Locator:
    return page.locator(f".card.{side}", has=page.get_by_role("button", name=f"Edit {name},"))


def in_step(page: sync_api.Page, name: str) -> sync_api.Locator:
    row = page.locator(".row", has=page.get_by_role("button", name=f"Edit {name},"))
    return row.locator(".in_step")


def edit(page: sync_api.Page, side: str, name: str, **values: str) -> None:
    card(page, side, name).get_by_role("button").click()
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.locator("dialog[open]").wait_for(state="detached")


def test_an_edit_travels_to_the_other_side_and_back(demo, page):
    expect = sync_api.expect
    expect(in_step(page, "Bluebird Landscaping")).to_be_visible(timeout=ARRIVAL_MS)
    expect(page.get_by_role("button", name="On its way 0")).to_be_visible(timeout=ARRIVAL_MS)
    shot(page, "at-rest")
    edit(page, "salesforce", "Bluebird Landscaping", Phone="650-555-7001")
    there = card(page, "quickbooks", "Bluebird Landscaping")
    expect(there).to_contain_text("650-555-7001", timeout=ARRIVAL_MS)
    expect(there.locator(".arrived")).to_contain_text("650-555-7001")
    shot(page, "arrived")
    expect(in_step(page, "Bluebird Landscaping")).to_be_visible(timeout=ARRIVAL_MS)
    edit(page, "quickbooks", "Bluebird Landscaping", Phone="650-555-7002", City="Boulder")
    here = card(page, "salesforce", "Bluebird Landscaping")
    expect(here).to_contain_text("650-555-7002", timeout=ARRIVAL_MS)
    expect(here).to_contain_text("Boulder", timeout=ARRIVAL_MS)


def test_a_won_opportunity_makes_a_customer(demo, page):
    card(page, "salesforce", "Xenon Labs").get_by_role("button").click()
    shot(page, "editor")
    page.get_by_role("button", name="Win an opportunity").click()
    sync_api.expect(card(page, "quickbooks", "Xenon Labs")).to_be_visible(timeout=ARRIVAL_MS)


def test_a_new_customer_with_markup_in_its_name_is_shown_as_it_is(demo, page):
    name = "<img src=x onerror=alert(1)> & Co"
    page.get_by_role("button", name="Add a customer").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    sync_api.expect(card(page, "quickbooks", name)).to_be_visible()
    sync_api.expect(card(page, "salesforce", name)).to_be_visible(timeout=ARRIVAL_MS)
    assert page.locator("img").count() == 0


def show(page: sync_api.Page, label: str) -> None:
    page.get_by_role("navigation", name="Kinds of records").get_by_role("button", name=label).click()


def row_of(page: sync_api.Page, name: str) -> sync_api.Locator:
    return page.locator(".row", has=page.get_by_role("button", name=f"Edit {name},"))


def act(page: sync_api.Page, side: str, name: str, label: str, value: str = "") -> None:
    card(page, side, name).get_by_role("button").click()
    page.locator("dialog").get_by_role("button", name=label, exact=True).click()
    if value:
        page.locator("dialog input").fill(value)
        page.get_by_role("button", name="Save").click()
    page.locator("dialog[open]").wait_for(state="detached")


def test_a_won_opportunity_becomes_an_invoice_whose_number_and_payment_come_back(demo, page):
    expect = sync_api.expect
    show(page, "Opportunities")
    act(page, "salesforce", "Site office", "Win it")
    there = row_of(page, "Site office").locator(".card.quickbooks")
    expect(there).to_contain_text("717.00", timeout=ARRIVAL_MS)
    name = there.get_by_role("button").inner_text()
    here = card(page, "salesforce", "Site office")
    expect(here).to_contain_text(name.removeprefix("Invoice "), timeout=ARRIVAL_MS)
    expect(here).to_contain_text("Total with tax 776.15", use_inner_text=True)
    expect(here.locator(".arrived").first).to_be_visible()
    shot(page, "sale")
    act(page, "quickbooks", name, "Receive a payment", "700.00")
    expect(here).to_contain_text("76.15", timeout=ARRIVAL_MS)
    show(page, "Payments")
    paid = page.locator(".card.salesforce", has_text=f"700.00 of {name.removeprefix('Invoice ')}")
    expect(paid).to_contain_text("Granite State Roofing", timeout=ARRIVAL_MS)
    shot(page, "payment")


def test_an_invoice_entered_in_quickbooks_stands_in_salesforce_and_lowers_the_stock(demo, page):
    expect = sync_api.expect
    show(page, "Items")
    act(page, "quickbooks", "Standing Desk", "Adjust the quantity", "50")
    expect(card(page, "salesforce", "Standing Desk")).to_contain_text("50", timeout=ARRIVAL_MS)
    edit(page, "quickbooks", "Standing Desk", Price="600.00")
    expect(card(page, "salesforce", "Standing Desk")).to_contain_text("600.00", timeout=ARRIVAL_MS)
    shot(page, "items")
    show(page, "Invoices & more")
    page.get_by_role("button", name="Enter a document").click()
    page.get_by_label("Customer", exact=True).select_option("Hawthorne Books")
    page.get_by_label("Line 1: item").select_option("Standing Desk")
    page.get_by_label("Line 1: quantity").fill("3")
    page.get_by_role("button", name="One more line").click()
    page.get_by_label("Line 2: item").select_option("Delivery")
    page.get_by_label("Line 2: price").fill("20.00")
    shot(page, "entering")
    page.get_by_role("button", name="Save").click()
    page.locator("dialog[open]").wait_for(state="detached")
    entered = page.locator(".row", has_text="1,820.00")
    expect(entered.locator(".card.salesforce")).to_contain_text("Hawthorne Books", timeout=ARRIVAL_MS)
    expect(entered.locator(".card.salesforce")).to_contain_text("3 Standing Desk", use_inner_text=True)
    shot(page, "document")
    page.on("dialog", lambda dialog: dialog.accept())
    act(page, "quickbooks", entered.locator(".card.quickbooks").get_by_role("button").inner_text(), "Void")
    show(page, "Items")
    expect(card(page, "salesforce", "Standing Desk")).to_contain_text("50", timeout=ARRIVAL_MS)


def test_what_the_program_refuses_is_told_in_its_words(demo, page):
    page.get_by_role("button", name="Add a customer").click()
    page.get_by_label("Name", exact=True).fill("Hawthorne Books")
    page.get_by_role("button", name="Save").click()
    sync_api.expect(page.get_by_role("alert")).to_contain_text("already in use")
    shot(page, "refused")
    page.get_by_role("button", name="Cancel").click()


def test_the_filter_shows_what_needs_a_person(demo, page):
    page.get_by_role("button", name="Needs you").click()
    possible = page.locator(".row", has=page.get_by_role("button", name="Edit Acme Inc.,"))
    sync_api.expect(possible).to_contain_text("ACME, Incorporated", timeout=ARRIVAL_MS)
    sync_api.expect(possible).to_contain_text("Possible match", timeout=ARRIVAL_MS)
    sync_api.expect(card(page, "salesforce", "Hawthorne Books")).to_have_count(0)
    shot(page, "needs-you")


def sign_in(demo: RunningDemo, page: sync_api.Page) -> None:
    page.goto(demo.admin_url)
    page.get_by_label(re.compile("username", re.I)).fill("admin")
    page.get_by_label(re.compile("password", re.I)).fill(demo.password)
    page.get_by_role("button", name=re.compile("log in", re.I)).click()
    page.wait_for_url("**/admin/")


def test_the_admin_tells_what_happened_to_a_record(demo, page):
    sync_api.expect(in_step(page, "Bluebird Landscaping")).to_be_visible(timeout=ARRIVAL_MS)
    edit(page, "salesforce", "Bluebird Landscaping", Phone="650-555-7003")
    there = card(page, "quickbooks", "Bluebird Landscaping")
    sync_api.expect(there).to_contain_text("650-555-7003", timeout=ARRIVAL_MS)
    link = page.get_by_role("link", name="Timeline of Bluebird Landscaping")
    address = link.get_attribute("href")
    sign_in(demo, page)
    shot(page, "admin")
    page.goto(address)
    sync_api.expect(page.locator("body")).to_contain_text("650-555-7003")
    shot(page, "timeline")


def test_a_person_decides_a_conflict_on_its_page(demo, page):
    expect = sync_api.expect
    name = "Thistle Tailors"
    fax = card(page, "salesforce", name).locator("dl > div", has_text="Fax").inner_text()
    address = page.get_by_role("link", name=f"Decide in the admin of {name}").get_attribute("href")
    sign_in(demo, page)
    page.goto(address)
    expect(page.locator("body")).to_contain_text("Changed on both sides: Fax")
    page.get_by_role("link", name="Salesforce holds").last.click()
    dialog = page.locator("#dialog")
    shot(page, "deciding")
    dialog.get_by_role("button", name="Salesforce holds").click()
    expect(page.locator("body")).to_contain_text("The next cycle acts on it.")
    page.goto(demo.page_url)
    expect(card(page, "quickbooks", name)).to_contain_text(fax.removeprefix("Fax").strip(), timeout=ARRIVAL_MS)
    expect(in_step(page, name)).to_be_visible(timeout=ARRIVAL_MS)


def test_a_percentage_of_a_price_level_changes_its_price_book(demo, page):
    show(page, "Price levels")
    book = card(page, "salesforce", "Trade")
    sync_api.expect(book).to_contain_text("108.00", timeout=ARRIVAL_MS)
    card(page, "quickbooks", "Trade").get_by_role("button").click()
    page.get_by_label(re.compile("^Per cent on all prices")).fill("-25")
    page.get_by_role("button", name="Save").click()
    sync_api.expect(book).to_contain_text("90.00", timeout=ARRIVAL_MS)
    shot(page, "price-levels")


def test_on_a_phone_nothing_is_wider_than_the_screen(demo, page):
    page.set_viewport_size({"width": 390, "height": 800})
    card(page, "salesforce", "Hawthorne Books").wait_for()
    for part in ("Customers", "Items", "Price levels", "Opportunities", "Invoices & more", "Payments"):
        show(page, part)
        page.locator(".card").first.wait_for()
        shot(page, f"phone-{part.split()[0].lower()}")
        wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= screen, part


def test_ctrl_c_ends_everything(demo):
    """Last, since it ends what the other tests use."""
    assert processes_of(demo.data)
    assert demo.stop(signal.SIGINT) == 0, demo.said
    assert "Stopped." in demo.said
    assert processes_of(demo.data) == []


def test_a_stop_by_the_system_ends_everything_too(tmp_path):
    demo = RunningDemo(tmp_path)
    demo.wait()
    assert demo.stop(signal.SIGTERM) == 0, demo.said
    assert processes_of(tmp_path) == []
