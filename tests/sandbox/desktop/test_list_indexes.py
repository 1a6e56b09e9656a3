"""Whatever is done to lists that are trees, or that refer to each other, the quick ways to a record stay right."""

from __future__ import annotations

import random

import pytest

from project.sandbox.desktop import Fault
from project.sandbox.desktop.fields import references
from project.sandbox.desktop.kinds import KINDS, TARGETS

from .support import company, one
from .test_indexes import full_name
from .test_lists import NEEDED, whole

STEPS = 120
PLAYED = ("Class", "Account", "ItemService", "ItemNonInventory", "ItemGroup", "CustomerType", "Customer", "Vendor")


def act(file, chance: random.Random) -> None:
    kind = chance.choice(PLAYED)
    held = file.lists.shelf(kind).in_order(kind)
    some = chance.choice(held) if held else None
    name = f"N{chance.randint(1, 12)}"
    deed = chance.choice(["add", "add", "add", "rename", "move", "delete", "merge", "wait"])
    if deed == "add" or some is None:
        file.add(kind, Name=name, **NEEDED.get(kind, {}), **extras(file, kind, some, chance))
    elif deed == "rename":
        file.edit(kind, some.list_id, Name=name)
    elif deed == "move" and KINDS[kind].hierarchical:
        file.edit(kind, some.list_id, ParentRef={"ListID": chance.choice(held).list_id})
    elif deed == "delete":
        body = f"<ListDelType>{kind}</ListDelType><ListID>{some.list_id}</ListID>"
        one(file, f"<ListDelRq>{body}</ListDelRq>")
    elif deed == "merge":
        file.merge(kind, some.list_id, chance.choice(held).list_id)
    else:
        file.clock.advance(chance.randint(0, 4000))


def extras(file, kind, some, chance: random.Random):
    found = {}
    if some is not None and KINDS[kind].hierarchical and chance.random() < 0.5:
        found["ParentRef"] = {"ListID": some.list_id}
    classes = file.lists.shelf("Class").in_order("Class")
    if classes and kind in ("ItemService", "Customer", "Vendor"):
        found["ClassRef"] = {"ListID": chance.choice(classes).list_id}
    services = file.lists.shelf("ItemService").in_order("ItemService")
    if services and kind == "ItemGroup":
        found["ItemGroupLine"] = [{"ItemRef": {"ListID": chance.choice(services).list_id}, "Quantity": "1"}]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_indexes_and_references_are_right_after_any_deeds(seed):
    file, chance = whole(), random.Random(seed)
    for _ in range(STEPS):
        try:
            act(file, chance)
        except Fault:
            continue
    everything = [record for shelf in file.lists.shelves.values() for record in shelf.by_id.values()]
    assert file.deleted.entries
    assert any(record.parent for record in everything)
    copy = company("Copy")
    copy.load_json(file.to_json())
    for each in (file, copy):
        assert_right(each, seed)


def assert_right(file, seed: int) -> None:
    for shelf in file.lists.shelves.values():
        records = list(shelf.by_id.values())
        assert {record.key: record for record in records} == shelf.by_key, f"seed {seed}"
        assert {record.list_id for record in records} == set(shelf.by_time)
        children = {(parent, child) for parent, below in shelf.children.items() for child in below}
        assert children == {(record.parent, record.list_id) for record in records if record.parent}
        for record in records:
            if KINDS[record.kind].hierarchical:
                assert record.full_name == full_name(shelf, record)
                assert record.full_name.count(":") < 5
            for field, list_id in references(record.data):
                found = file.lists.find(TARGETS[field], list_id)
                assert found is not None, f"seed {seed}: {record.full_name} refers to what is gone with {field}"
