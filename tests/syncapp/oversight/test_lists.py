"""Lists stay quick however many rows there are: as many queries for many as for few, and none that scans."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from syncapp import mirror
from syncapp.admin import search
from syncapp.mapping.customers import CUSTOMERS
from syncapp.models import Cursor, HistoryEntry, Link, Operation, Org, Pair, Run
from syncapp.records import Side
from tests.syncapp.oversight.conftest import customer

pytestmark = pytest.mark.django_db
LISTS = ["link", "mirrorrecord", "operation", "historyentry", "run", "cursor", "pair", "org"]


def fill(pair, number):
    names = [f"Customer {i:04}" for i in range(number)]
    for side, start in ((Side.SALESFORCE, "001"), (Side.QUICKBOOKS, "80")):
        mirror.store(pair, side, CUSTOMERS, [customer(f"{start}{i:015}", name) for i, name in enumerate(names)])
    run = Run.objects.create(pair=pair, trigger="schedule", state="done")
    for link in Link.objects.filter(operations=None, waiting_for=None):
        operation = Operation.objects.create(
            pair=pair, link=link, run=run, side="quickbooks", kind="customer", verb="create", key=str(link.pk),
            state="applied",
        )  # fmt: skip
        HistoryEntry.objects.create(pair=pair, link=link, operation=operation, event="created", name=link.name)
        Link.objects.create(
            pair=pair, kind="customer", salesforce_id=f"w{link.pk}", state="waiting", waiting_for=link, name=link.name
        )


def queries(client, url):
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in found.captured_queries]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_many_rows_takes_no_more_queries_than_one_of_few(admin_client, pair, name):
    url = reverse(f"admin:syncapp_{name}_changelist")
    fill(pair, 2)
    few = len(queries(admin_client, url))
    fill(pair, 80)
    many = queries(admin_client, url)
    assert len(many) <= few
    assert len(many) <= 10


def test_the_overview_takes_no_more_queries_for_many_pairs(admin_client, pair):
    Run.objects.create(pair=pair, trigger="schedule", state="done")
    few = len(queries(admin_client, reverse("admin:index")))
    for i in range(5):
        org = Org.objects.create(key=f"org{i}", domain="x", client_id="x")
        other = Pair.objects.create(key=f"pair{i}", org=org, desktop=pair.desktop)
        Link.objects.create(pair=other, kind="customer", salesforce_id="001A")
        Run.objects.create(pair=other, trigger="schedule", state="done")
    assert len(queries(admin_client, reverse("admin:index"))) <= few


def test_lists_leave_heavy_columns_in_the_database(admin_client, pair):
    fill(pair, 3)
    for name, column in [("link", "base"), ("mirrorrecord", "fields"), ("operation", "values"), ("run", "plan")]:
        found = queries(admin_client, reverse(f"admin:syncapp_{name}_changelist"))
        assert not any(f'"syncapp_{name}"."{column}"' in sql for sql in found)


def test_counting_stops_at_what_a_person_may_page_through(admin_client, pair):
    found = queries(admin_client, reverse("admin:syncapp_link_changelist"))
    counts = [sql for sql in found if "COUNT(" in sql and "syncapp_link" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def found_by(term):
    return set(Link.objects.filter(pk__in=search.link_ids(term)).values_list("name", flat=True))


def test_links_are_found_by_the_beginning_of_a_name_or_by_an_id(pair):
    mirror.store(
        pair, Side.SALESFORCE, CUSTOMERS, [customer("001A00000000001AAA", "Café Pomona"), customer("001B", "Other")]
    )
    mirror.store(pair, Side.QUICKBOOKS, CUSTOMERS, [customer("80000001-1", "Blue Foods, Inc.")])
    assert found_by("cafe pom") == {"Café Pomona"}
    assert found_by("BLUE") == {"Blue Foods, Inc."}
    assert found_by("001A00000000001") == {"Café Pomona"}
    assert found_by("001A00000000001AAA") == {"Café Pomona"}
    assert found_by("80000001-1") == {"Blue Foods, Inc."}
    assert found_by("foods") == set()
    assert found_by("  ") == set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_searching_scans_no_table(pair):
    fill(pair, 3)
    with CaptureQueriesContext(connection) as found:
        search.link_ids("Customer 0001")
        search.link_ids("001A00000000001")
        search.mirror_ids("customer")
    for query in found.captured_queries:
        if "syncapp_pair" in query["sql"].split("WHERE")[0]:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = [row[3] for row in cursor.fetchall()]
        assert not any(step.startswith("SCAN syncapp") for step in plan), (query["sql"], plan)


def test_lists_can_be_filtered_by_pair_kind_and_state(admin_client, pair):
    fill(pair, 2)
    url = reverse("admin:syncapp_link_changelist")
    for choice, expected in [
        (f"pair={pair.pk}&kind=customer&state=waiting", 8), ("state=new", 4), ("state=refused", 0), ("kind=vendor", 0),
        ("pair=999", 0), ("pair=x", 8),
    ]:  # fmt: skip
        assert admin_client.get(f"{url}?{choice}").context["cl"].result_count == expected, choice


def test_every_list_can_be_searched(admin_client, pair):
    fill(pair, 2)
    Cursor.objects.create(pair=pair, side="salesforce", kind="customer")
    for name, expected in [("link", 4), ("mirrorrecord", 2), ("operation", 2), ("historyentry", 2)]:
        response = admin_client.get(f"{reverse(f'admin:syncapp_{name}_changelist')}?q=Customer+0001")
        assert response.context["cl"].result_count == expected, name
    response = admin_client.get(f"{reverse('admin:syncapp_operation_changelist')}?q={Operation.objects.first().key}")
    assert response.context["cl"].result_count == 1
