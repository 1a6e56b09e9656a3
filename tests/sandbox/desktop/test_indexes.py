"""Whatever is done, the quick ways to a record agree with the slow ones, and every answer fits the schema."""

from __future__ import annotations

import random

import pytest

from project.sandbox.desktop import Fault

from .support import ask, company, customer_add, customer_mod, names, one, query

STEPS = 120


def act(file, chance):
    customers = file.customers()
    some = chance.choice(customers) if customers else None
    name = f"N{chance.randint(1, 25)}"
    parent = f"<ParentRef><FullName>{some['FullName']}</FullName></ParentRef>" if some and chance.random() < 0.4 else ""
    deed = chance.choice(["add", "add", "add", "mod", "mod", "rename", "delete", "merge", "inactive", "wait", "top"])
    if deed == "add" or some is None:
        one(file, customer_add(f"<Name>{name}</Name>{parent}"))
    elif deed == "mod":
        one(file, customer_mod(some, f"<Phone>{chance.randint(1, 9)}</Phone>"))
    elif deed == "rename":
        one(file, customer_mod(some, f"<Name>{name}</Name>{parent}"))
    elif deed == "top":
        one(file, customer_mod(some, "<ParentRef></ParentRef>"))
    elif deed == "delete":
        one(file, f"<ListDelRq><ListDelType>Customer</ListDelType><ListID>{some['ListID']}</ListID></ListDelRq>")
    elif deed == "merge":
        file.merge_customers(some["ListID"], chance.choice(customers)["ListID"])
    elif deed == "inactive":
        file.make_inactive(some["ListID"])
    else:
        file.clock.advance(chance.randint(0, 4000))


def full_name(shelf, record):
    return f"{full_name(shelf, shelf.by_id[record.parent])}:{record.name}" if record.parent else record.name


def assert_consistent(file):
    shelf = file.lists.shelf("Customer")
    records = list(shelf.by_id.values())
    assert {record.key: record for record in records} == shelf.by_key
    assert {record.list_id for record in records} == set(shelf.by_time)
    assert all(record.full_name == full_name(shelf, record) for record in records)
    assert all(record.key == record.full_name.casefold() for record in records)
    modified = [record.modified for record in shelf.by_time.values()]
    assert modified == sorted(modified)
    children = {(parent, child) for parent, below in shelf.children.items() for child in below}
    assert children == {(record.parent, record.list_id) for record in records if record.parent}
    assert all(record.full_name.count(":") < 5 for record in records)
    assert shelf.in_order("Customer") == sorted(records, key=lambda record: record.full_name.casefold().split(":"))


@pytest.mark.parametrize("seed", range(12))
def test_indexes_agree_with_the_records_after_any_deeds(seed):
    file, chance = company(), random.Random(seed)
    for _ in range(STEPS):
        try:
            act(file, chance)
        except Fault:
            continue
    assert_consistent(file)
    everything = names(one(file, query("<ActiveStatus>All</ActiveStatus>")))
    assert everything == [each["FullName"] for each in file.customers()]
    since = file.customers()[len(everything) // 2]["TimeModified"][:19]
    body = query(f"<ActiveStatus>All</ActiveStatus><FromModifiedDate>{since}</FromModifiedDate>")
    wanted = [each["FullName"] for each in file.customers() if each["TimeModified"][:19] >= since]
    assert names(one(file, body)) == wanted, f"seed {seed}"
    ask(file, "<TermsQueryRq/><ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>")
    copy = company("Copy")
    copy.load_json(file.to_json())
    assert_consistent(copy)
