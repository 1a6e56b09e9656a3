"""Saved operations from the settings file, and back into it."""

from __future__ import annotations

import pytest

from qbwc.models import Company
from syncapp.configure import BadFile, configure
from syncapp.explorer.models import SavedOperation
from syncapp.export import export

pytestmark = pytest.mark.django_db
FILE = """
[desktop.acme]
username = "acme-qbwc"

[operation.late]
company = "desktop.acme"
record_type = "Invoice"
action = "query"
name = "What is late"
fields = ["RefNumber", "BalanceRemaining"]
schedule = "0 6 * * *"

[operation.late.data]
PaidStatus = "NotPaidOnly"
TxnDateRangeFilter = { ToTxnDate = 2026-01-31 }
"""


def test_the_file_makes_a_saved_operation_and_a_second_time_changes_nothing():
    report = configure(FILE)
    assert [(what, table) for what, table, _ in report.done] == [
        ("created", "desktop.acme"),
        ("created", "operation.late"),
    ]
    made = SavedOperation.objects.get()
    assert (made.company.key, made.record_type, made.name) == ("acme", "Invoice", "What is late")
    assert made.data == {"PaidStatus": "NotPaidOnly", "TxnDateRangeFilter": {"ToTxnDate": "2026-01-31"}}
    assert made.next_run_at
    assert [what for what, _, _ in configure(FILE).done] == ["unchanged", "unchanged"]


def test_what_is_left_out_stays_and_what_differs_is_named():
    configure(FILE)
    report = configure('[operation.late]\nenabled = false\nname = "Late"\n')
    assert report.done == [("updated", "operation.late", ["enabled", "name"])]
    made = SavedOperation.objects.get()
    assert (made.enabled, made.name, made.schedule, made.next_run_at) == (False, "Late", "0 6 * * *", None)


def test_the_export_is_a_file_that_changes_nothing_and_makes_the_same_elsewhere(monkeypatch):
    configure(FILE)
    before = SavedOperation.objects.values("key", "name", "record_type", "action", "data", "fields", "schedule").get()
    text = export()
    monkeypatch.setenv("ACME_QBWC_PASSWORD", "a password of 25 letters!")
    assert ("unchanged", "operation.late", []) in configure(text).done
    SavedOperation.objects.all().delete()
    Company.objects.all().delete()
    configure(text)
    assert SavedOperation.objects.values(*before).get() == before


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("PaidStatus", "PaidSatus", "[operation.late] data: PaidSatus:"),
        ('"Invoice"', '"Invioce"', "[operation.late] record_type: "),
        (
            'desktop.acme"\nrecord',
            'desktop.acne"\nrecord',
            "[operation.late] company: there is no [desktop.acne]",
        ),
        ('action = "query"\n', "", "[operation.late] action: it is missing"),
        ("0 6 * * *", "daily", "[operation.late] schedule: "),
        ('fields = ["RefNumber", "BalanceRemaining"]', 'fields = "RefNumber"', "is not a list"),
        ("name =", "nmae =", "there is no such key"),
    ],
)
def test_what_is_wrong_is_told_by_table_and_key_and_nothing_is_written(old, new, said):
    assert old in FILE
    with pytest.raises(BadFile) as problem:
        configure(FILE.replace(old, new))
    assert said in str(problem.value)
    assert not SavedOperation.objects.exists()
    assert not Company.objects.exists()


def test_a_check_writes_nothing():
    assert configure(FILE, check=True).changed
    assert not SavedOperation.objects.exists()
