"""Deleting, and finding out what was deleted."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Fault

from .support import NOTHING, company, customer_mod, one, plain, query, rets, status


def delete(list_id, kind="Customer"):
    return f'<ListDelRq requestID="d"><ListDelType>{kind}</ListDelType><ListID>{list_id}</ListID></ListDelRq>'


def deleted(*kinds, window=""):
    wanted = "".join(f"<ListDelType>{kind}</ListDelType>" for kind in kinds or ("Customer",))
    return f"<ListDeletedQueryRq>{wanted}{window}</ListDeletedQueryRq>"


def test_a_deleted_customer_is_gone_and_is_listed():
    file = company()
    list_id = file.add_customer(Name="Old Customer")
    file.clock.advance(3600)
    rs = one(file, delete(list_id))
    assert plain(rs) == {
        "ListDelType": "Customer",
        "ListID": list_id,
        "TimeDeleted": "2026-02-03T10:00:00-08:00",
        "FullName": "Old Customer",
    }
    assert status(one(file, query())) == 1
    assert rets(one(file, deleted())) == [
        {
            "ListDelType": "Customer",
            "ListID": list_id,
            "TimeCreated": "2026-02-03T09:00:00-08:00",
            "TimeDeleted": "2026-02-03T10:00:00-08:00",
            "FullName": "Old Customer",
        }
    ]


def test_deleting_twice_finds_nothing():
    file = company()
    list_id = file.add_customer(Name="A")
    assert status(one(file, delete(list_id))) == 0
    assert status(one(file, delete(list_id))) == 3120
    assert status(one(file, delete("nonsense"))) == 3000
    assert status(one(file, delete("80000001-1", "ItemService"))) == 3120


def test_a_mod_of_a_deleted_customer_finds_nothing():
    file = company()
    record = file.customer(file.add_customer(Name="A"))
    file.delete_customer(record["ListID"])
    assert status(one(file, customer_mod(record, "<Phone>1</Phone>"))) == 3120


def test_what_is_in_use_cannot_be_deleted():
    file = company()
    top = file.add_customer(Name="Top")
    file.add_customer(Name="Job", ParentRef="Top")
    owing = file.add_customer(Name="Owing", OpenBalance=5)
    assert status(one(file, delete(top))) == 3160
    assert status(one(file, delete(owing))) == 3160
    terms = file.find("Net 30", "StandardTerms")["ListID"]
    file.add_customer(Name="C", TermsRef="Net 30")
    assert status(one(file, delete(terms, "StandardTerms"))) == 3160


def test_only_the_named_types_come_grouped_and_oldest_first():
    file = company()
    for name in ("A", "B"):
        list_id = file.add_customer(Name=name)
        file.clock.advance(10)
        file.delete_customer(list_id)
    vendor = file.add("Vendor", Name="V")
    file.delete("Vendor", vendor)
    assert [each["FullName"] for each in rets(one(file, deleted("Vendor", "Customer")))] == ["V", "A", "B"]
    assert [each["FullName"] for each in rets(one(file, deleted("Customer")))] == ["A", "B"]
    rs = one(file, deleted("ItemInventory"))
    assert (status(rs), rs.get("statusMessage")) == (1, NOTHING)


def test_the_window_of_dates_is_inclusive():
    file = company()
    list_id = file.add_customer(Name="A")
    file.delete_customer(list_id)
    window = "<DeletedDateRangeFilter><FromDeletedDate>{}</FromDeletedDate></DeletedDateRangeFilter>"
    assert status(one(file, deleted(window=window.format("2026-02-03T09:00:00")))) == 0
    assert status(one(file, deleted(window=window.format("2026-02-03T09:00:01")))) == 1


def test_after_ninety_days_nobody_remembers():
    file = company()
    file.delete_customer(file.add_customer(Name="A"))
    file.clock.advance(89 * 86400)
    assert status(one(file, deleted())) == 0
    file.clock.advance(86400)
    assert status(one(file, deleted())) == 1


def test_no_transaction_was_ever_deleted():
    file = company()
    body = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
    assert status(one(file, body)) == 1


def test_a_merge_looks_like_a_deletion_and_moves_jobs_and_balance():
    file = company()
    gone = file.add_customer(Name="Gone", OpenBalance=5)
    file.add_customer(Name="Job", ParentRef="Gone")
    kept = file.add_customer(Name="Kept")
    file.merge_customers(gone, kept)
    assert [each["FullName"] for each in file.customers()] == ["Kept", "Kept:Job"]
    assert str(file.customer(kept)["Balance"]) == "5.00"
    assert [each["FullName"] for each in rets(one(file, deleted()))] == ["Gone"]


def test_a_merge_that_cannot_be_changes_nothing():
    file = company()
    top = file.add_customer(Name="Top")
    job = file.add_customer(Name="Job", ParentRef="Top")
    other = file.add_customer(Name="Other")
    file.add_customer(Name="job", ParentRef="Other")
    before = file.customers()
    for pair in ((top, top), (top, job), (top, other)):
        with pytest.raises(Fault):
            file.merge_customers(*pair)
    assert file.customers() == before
