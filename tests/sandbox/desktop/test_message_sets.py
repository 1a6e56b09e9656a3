"""Message-set recovery: what the file remembers, and what it tells."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Quirks

from .support import ask, company, customer_add, customer_mod, plain, rets, status


def send(file, body="", new="", old="", version="13.0", app="Sync"):
    attributes = (f'newMessageSetID="{new}" ' if new else "") + (f'oldMessageSetID="{old}"' if old else "")
    return ask(file, body, attributes, version, app)


def code(rs):
    return rs.get("messageSetStatusCode")


def test_a_new_set_is_executed_and_its_repetition_is_not():
    file = company()
    first = send(file, customer_add(), new="w1")
    assert (code(first), first.get("newMessageSetID"), status(first[0])) == ("0", "w1", 0)
    assert first[0][0].tag == "CustomerRet"
    again = send(file, customer_add(), new="w1")
    assert (code(again), status(again[0])) == ("0", 0)
    assert [child.tag for child in again[0]] == ["ErrorRecovery"]
    assert len(file.customers()) == 1
    assert file.executed["CustomerAdd"] == 1


def test_a_status_check_tells_the_ids_of_what_was_written():
    file = company()
    guid = "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}"
    record = rets(send(file, customer_add(f"<Name>A</Name><ExternalGUID>{guid}</ExternalGUID>"), new="w1")[0])[0]
    check = send(file, new="w1", old="w1")
    assert (code(check), check.get("newMessageSetID"), check[0].get("requestID")) == ("0", "w1", "1")
    assert plain(check[0]) == {
        "ErrorRecovery": {"ListID": record["ListID"], "EditSequence": record["EditSequence"], "ExternalGUID": guid}
    }


def test_before_11_a_status_check_tells_the_status_alone():
    file = company()
    send(file, customer_add(), new="w1", version="10.0")
    check = send(file, new="w1", old="w1", version="10.0")
    assert (status(check[0]), len(check[0])) == (0, 0)


def test_refusals_are_remembered_as_well():
    file = company()
    file.add_customer(Name="Acme")
    send(file, customer_add(), new="w1")
    check = send(file, new="w1", old="w1")
    assert status(check[0]) == 3100
    assert "already in use" in check[0].get("statusMessage")


@pytest.mark.parametrize("unknown", [600, 9002])
def test_a_status_check_of_an_unknown_set_executes_nothing(unknown):
    file = company(quirks=Quirks(unknown_set_status=unknown))
    for body in ("", customer_add()):
        rs = send(file, body, new="w1", old="w1")
        assert (code(rs), len(rs)) == (str(unknown), 0)
    assert file.customers() == []


def test_other_content_under_a_known_id_is_9001_and_is_not_executed():
    file = company()
    send(file, customer_add(), new="w1")
    rs = send(file, customer_add("<Name>Other</Name>"), new="w1")
    assert (code(rs), len(rs)) == ("9001", 0)
    assert code(send(file, customer_add(" <Name>Acme</Name>"), new="w1")) == "9001"
    assert len(file.customers()) == 1


def test_clearing_forgets_and_then_the_same_bytes_are_executed_again():
    file = company()
    send(file, customer_add(), new="w1")
    assert file.sets.known("Sync") == ["w1"]
    cleared = send(file, old="w1")
    assert (code(cleared), len(cleared)) == ("0", 0)
    assert code(send(file, old="w1")) == "600"
    assert status(send(file, customer_add(), new="w1")[0]) == 3100


def test_the_steady_state_clears_the_last_set_with_the_next():
    file = company()
    send(file, customer_add("<Name>A</Name>"), new="w1")
    rs = send(file, customer_add("<Name>B</Name>"), new="w2", old="w1")
    assert (code(rs), status(rs[0])) == ("0", 0)
    assert file.sets.known("Sync") == ["w2"]
    assert code(send(file, customer_add("<Name>C</Name>"), new="w3", old="never-stored")) == "0"


def test_ids_of_more_than_24_characters_are_refused():
    file = company()
    assert code(send(file, customer_add(), new="x" * 25)) == "9004"
    assert file.customers() == []
    assert code(send(file, customer_add(), new="x" * 24)) == "0"


def test_the_store_is_kept_apart_for_each_application():
    file = company()
    send(file, customer_add(), new="w1")
    assert code(send(file, new="w1", old="w1", app="Another")) == "600"


def test_queries_without_ids_leave_nothing_behind():
    file = company()
    rs = ask(file, "<CustomerQueryRq/>")
    assert (code(rs), rs.get("newMessageSetID")) == (None, None)
    assert file.sets.known("Sync") == []


def test_a_restored_backup_knows_only_what_it_knew():
    file = company()
    send(file, customer_add("<Name>A</Name>"), new="w1")
    backup = file.snapshot()
    send(file, customer_add("<Name>B</Name>"), new="w2", old="w1")
    file.restore(backup)
    assert [each["Name"] for each in file.customers()] == ["A"]
    assert code(send(file, new="w2", old="w2")) == "600"
    assert code(send(file, new="w1", old="w1")) == "0"


def test_the_file_is_the_same_after_being_written_out_and_read_back():
    file = company()
    file.define_custom_field("Route")
    record = rets(send(file, customer_add(), new="w1")[0])[0]
    job = file.add_customer(Name="Job", ParentRef="Acme")
    file.add_customer(Name="Gone")
    file.delete_customer(file.find("Gone")["ListID"])
    other = company("Another")
    other.load_json(file.to_json())
    assert other.customers() == file.customers()
    assert other.name == "Acme Widgets"
    assert code(send(other, new="w1", old="w1")) == "0"
    assert other.to_json() == file.to_json()
    assert status(send(other, customer_mod(record, "<Phone>1</Phone>"))[0]) == 0
    assert other.add_customer(Name="Next") not in (record["ListID"], job)


@pytest.mark.parametrize("text", ["{}", "[]", '{"lists": 1}', "no json"])
def test_what_is_no_company_file_is_refused(text):
    with pytest.raises(ValueError):
        company().load_json(text)
