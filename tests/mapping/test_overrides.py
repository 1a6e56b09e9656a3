"""What the settings of a field mapping may say: each mistake is named with its field and remedy; and what they mean."""

from __future__ import annotations

import re
import textwrap
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from syncapp import field_mapping
from syncapp.connectors.quickbooks_desktop import default_names as quickbooks_names
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import Definition, elements, undefined
from syncapp.connectors.salesforce import default_names as salesforce_names
from syncapp.connectors.salesforce import own_fields
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.mapping import overrides_read
from syncapp.mapping.formula_values import FUNCTIONS
from syncapp.mapping.registry import MAPPINGS
from syncapp.records import Side

S, Q = Side.SALESFORCE, Side.QUICKBOOKS


def own(kind="customer", **fields):
    return overrides_read.read(MAPPINGS[kind], fields)


@pytest.mark.parametrize(
    "kind, field, table, problem",
    [
        ("customer", "x", "Region__c", "fields.x: it must be a table"),
        ("customer", "Region", {}, "fields.Region: a name has small letters"),
        ("customer", "name", {"salesforce": "Site"}, "fields.name: records are told apart or steered by this field"),
        ("sale", "lines", {"direction": "off"}, "fields.lines: records are told apart"),
        ("sale", "number", {"direction": "off"}, "fields.number: records are told apart"),
        ("customer", "x", {"sales": "A"}, "fields.x: there is no key “sales”; there are label, salesforce, "),
        ("customer", "x", {"places": True}, "fields.x: places is “True”, which is of the wrong type"),
        ("customer", "x", {"type": "money"}, "fields.x: type is “money”, but may be: text, lines, number, date, flag"),
        ("customer", "x", {"salesforce": "A-B"}, "fields.x: salesforce is “A-B”, but must be a field's API name"),
        ("customer", "x", {"quickbooks": "custom:" + "n" * 32}, "fields.x: quickbooks is “custom:nnn"),
        ("customer", "x", {"salesforce": "A"}, "fields.x: it needs both salesforce and quickbooks, or one of them"),
        ("customer", "x", {"quickbooks": "Notes", "formula": "left("}, "fields.x: the formula “left(” cannot be read"),
        ("customer", "x", {"quickbooks": "Notes", "formula": "A", "value": "b"}, "fields.x: it has a formula and a v"),
        (
            "customer",
            "x",
            {"quickbooks": "Notes", "formula": "A", "direction": "both"},
            "fields.x: a formula or a value goes one way: it cannot be worked out backwards.",
        ),
        (
            "customer",
            "x",
            {"quickbooks": "Notes", "salesforce": "A", "formula": "A"},
            "fields.x: a formula is written to one side",
        ),
        ("customer", "phone", {"formula": "A"}, "fields.phone: say with direction where it goes"),
        ("customer", "terms", {"direction": "both"}, "fields.terms: QuickBooks alone holds this field"),
        (
            "invoice",
            "x",
            {"salesforce": "A", "quickbooks": "Memo", "direction": "both"},
            "fields.x: Invoices are never written to QuickBooks",
        ),
        (
            "customer",
            "x",
            {"salesforce": "Owner.Name", "quickbooks": "Notes"},
            "fields.x: Owner.Name belongs to another record, which is not written: set direction = “to_quickbooks”",
        ),
        (
            "customer",
            "x",
            {"salesforce": "A", "quickbooks": "B", "values": {"a": "c", "b": "c"}},
            "fields.x: two of its values become “c” in QuickBooks, so the way back is not known",
        ),
        ("customer", "x", {"direction": "off"}, "fields.x: a field of your own is switched off by leaving it out"),
        (
            "customer",
            "x",
            {"salesforce": "A", "quickbooks": "B", "direction": "to_quickbooks", "conflict": "ask"},
            "fields.x: it goes one way, so there are no conflicts to settle",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_its_field_and_remedy(kind, field, table, problem):
    flow = FLOWS[kind]
    with pytest.raises(BadSetting) as refused:
        flow.complete({"fields": {field: table}})
    assert str(refused.value).startswith(f"{flow.mapping.plural}: {problem}")


def test_two_fields_may_not_write_to_the_same_place():
    with pytest.raises(overrides_read.BadOverride, match="Notes is written by two fields"):
        own(a={"salesforce": "A", "quickbooks": "Notes"}, b={"salesforce": "B", "quickbooks": "Notes"})


def test_values_are_kept_under_a_key_that_changes_with_what_the_field_means_and_with_nothing_else():
    def key(**table):
        return own(region={"salesforce": "Region__c", "quickbooks": "custom:Region", **table}).fields[0].key

    assert key() == key(label="Area", conflict="ask") == key(direction="to_quickbooks")
    others = [key(salesforce="Area__c"), key(quickbooks="custom:Area"), key(type="number"), key(values={"a": "b"})]
    assert len({key(), *others}) == 5
    assert own(phone={"direction": "to_quickbooks"}).fields[0].key == "phone"


def test_words_that_differ_are_told_both_ways_and_others_stay_as_they_are():
    [each] = own(x={"salesforce": "Rating", "quickbooks": "Notes", "values": {"Hot": "A"}}).fields
    assert [each.heard(S, word) for word in ("Hot", "Cold", None)] == ["A", "Cold", None]
    assert [each.told(S, word) for word in ("A", "Cold", None)] == ["Hot", "Cold", None]
    assert (each.heard(Q, "A"), each.told(Q, "A")) == ("A", "A")


def test_what_a_side_was_not_asked_for_or_what_is_no_value_of_the_type_is_not_known():
    mine = own(
        asked={"salesforce": "A__c", "quickbooks": "Notes"},
        count={"salesforce": "B__c", "quickbooks": "CreditLimit", "type": "number"},
        wrong={"salesforce": "C__c", "quickbooks": "JobDesc", "type": "number"},
    )
    row = {"B__c": "12.50", "C__c": "a dozen"}
    found = mine.read(S, {"name": "Acme"}, lambda name: row[name])
    assert found == {"name": "Acme", mine.fields[1].key: Decimal("12.50")}


@pytest.mark.parametrize(
    "kind, table, problem",
    [
        ("customer", {"salesforce": "A", "quickbooks": "Notes"}, ""),
        ("customer", {"salesforce": "A", "quickbooks": "JobTypeRef"}, ""),
        ("customer", {"salesforce": "A", "quickbooks": "custom:Region"}, ""),
        ("item", {"salesforce": "A", "quickbooks": "custom:Region"}, ""),
        ("sale", {"salesforce": "A", "quickbooks": "Other"}, ""),
        ("invoice", {"salesforce": "A", "quickbooks": "FOB"}, ""),
        ("payment", {"salesforce": "A", "quickbooks": "ARAccountRef"}, ""),
        ("customer", {"salesforce": "A", "quickbooks": "Colour"}, "QuickBooks's customer has no element Colour"),
        ("customer", {"salesforce": "A", "quickbooks": "BillAddress"}, "has no element BillAddress"),
        ("customer", {"salesforce": "A", "quickbooks": "TimeCreated"}, "can be read, but not written"),
        ("customer", {"salesforce": "A", "quickbooks": "CreditLimit"}, "Set type = “number”."),
        (
            "customer",
            {"quickbooks": "JobStatus", "value": "Won"},
            "QuickBooks's JobStatus has no “Won”. It has Awarded",
        ),
        (
            "customer",
            {"quickbooks": "JobDesc", "value": "5" * 100},
            "100 characters, and QuickBooks's JobDesc takes 99",
        ),
        ("customer", {"salesforce": "A", "formula": "Colour & 1"}, "has no element Colour"),
        ("sale", {"salesforce": "A", "quickbooks": "Colour"}, "has no element Colour"),
        ("customer", {"salesforce": "A", "quickbooks": "Fax"}, "Fax is written by the default field “fax” as well"),
        ("item", {"salesforce": "Family", "value": "A"}, "Family is written by the default field “family” as well"),
    ],
)
def test_the_catalogue_is_asked_whether_quickbooks_has_a_field(kind, table, problem):
    settings = FLOWS[kind].complete({"fields": {"x": table}})
    found = [str(each) for each in field_mapping.judge_quickbooks(kind, settings)]
    assert bool(found) == bool(problem), found
    assert not problem or (found[0].startswith("fields.x: ") and problem in found[0])


@pytest.mark.parametrize(
    "table, described, problem",
    [
        ({}, {"type": "string"}, ""),
        ({"salesforce": "region__c"}, {"type": "string"}, "Account has no field region__c"),
        ({}, {"type": "string", "updateable": False, "createable": False, "calculated": True}, "calculated by Sal"),
        ({"direction": "to_quickbooks"}, {"type": "string", "updateable": False}, ""),
        ({}, {"type": "double"}, "of the type double, which holds no text. Set type = “number”"),
        ({"type": "number", "quickbooks": "CreditLimit"}, {"type": "currency"}, ""),
        ({"values": {"Nort": "N"}}, {"type": "picklist", "values": {"North"}}, "has no choice “Nort”. It has North"),
    ],
)
def test_the_org_is_asked_whether_salesforce_has_a_field(table, described, problem):
    mine = own(x={"salesforce": "Region__c", "quickbooks": "Notes", **table})
    found = [str(each) for each in own_fields.judge(mine, "Account", {"Region__c": described})]
    assert bool(found) == bool(problem), found
    assert not problem or problem in found[0]


@pytest.mark.parametrize(
    "table, there, theirs, told",
    [
        ({}, {"type": "string", "length": 80}, 80, []),
        (
            {},
            {"type": "string", "length": 255},
            30,
            ["Account.Region__c holds up to 255 characters, and QuickBooks's Notes only 30. A text of more than 30"],
        ),
        ({"direction": "to_salesforce"}, {"type": "string", "length": 255}, 30, []),
        (
            {},
            {"type": "string", "length": 80},
            4095,
            ["QuickBooks's Notes holds up to 4095 characters, and Account.Region__c only 80. A text of more than 80"],
        ),
        ({"direction": "to_quickbooks"}, {"type": "string", "length": 80}, 4095, []),
        ({}, {"type": "string", "length": 80}, None, []),
        ({"values": {"a": "b"}}, {"type": "string", "length": 80}, 30, []),
        (
            {"direction": "to_quickbooks"},
            {"type": "picklist", "length": 255, "restrictedPicklist": True, "values": {"North", "South"}},
            5,
            [],
        ),
        (
            {"direction": "to_quickbooks"},
            {"type": "picklist", "length": 255, "restrictedPicklist": True, "values": {"North", "South"}},
            4,
            ["Account.Region__c holds up to 5 characters, and QuickBooks's Notes only 4."],
        ),
    ],
)
def test_a_longer_field_that_meets_a_shorter_one_is_told_with_both_lengths(table, there, theirs, told):
    mine = own(x={"salesforce": "Region__c", "quickbooks": "Notes", **table})
    found = list(own_fields.judge(mine, "Account", {"Region__c": there}, {"x": theirs}))
    assert len(found) == len(told), found
    assert all(text in str(each) and each.warning for text, each in zip(told, found, strict=True))


def test_a_multiple_choice_is_checked_choice_by_choice():
    mine = own(x={"salesforce": "Region__c", "value": "North;West"})
    there = {"type": "multipicklist", "values": {"North", "South"}, "restrictedPicklist": True}
    [found] = own_fields.judge(mine, "Account", {"Region__c": there})
    assert "has no choice “West”" in str(found)


REGION = Definition("Region", "STR255TYPE", ("Customer", "Vendor"))
LIMIT = Definition("Limit", "AMTTYPE", ("Customer",))


@pytest.mark.parametrize(
    "kind, table, known, told",
    [
        ("customer", {"quickbooks": "custom:region"}, [REGION], ""),
        ("customer", {"quickbooks": "custom:Region"}, None, "“Region” is not known yet. Its next session tells."),
        (
            "customer",
            {"quickbooks": "custom:Regoin"},
            [REGION, LIMIT],
            "no custom field “Regoin”. It has Limit, Region",
        ),
        ("item", {"quickbooks": "custom:Region"}, [REGION], "does not use the custom field “Region” for Item"),
        ("customer", {"quickbooks": "custom:Limit"}, [LIMIT], "“Limit” holds a number. Set type = “number”"),
        ("customer", {"quickbooks": "custom:Limit", "direction": "to_salesforce"}, [LIMIT], ""),
        ("customer", {"formula": "[custom:Area] & 1"}, [REGION], "QuickBooks has no custom field “Area”"),
    ],
)
def test_the_company_s_own_list_tells_whether_it_has_a_custom_field(kind, table, known, told):
    mine = overrides_read.of(kind, FLOWS[kind].complete({"fields": {"x": {"salesforce": "A", **table}}}))
    by_name = None if known is None else {each.name.casefold(): each for each in known}
    found = [str(each) for each in undefined(mine, SPELLINGS[kind], by_name)]
    assert bool(found) == bool(told), found
    assert not told or told in found[0]


@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_default_is_shown_with_what_both_sides_call_it(kind):
    travels = [each.name for each in MAPPINGS[kind].fields if each.travels]
    assert [name for name in travels if name not in salesforce_names.NAMES[kind]] == []
    assert [name for name in travels if name not in quickbooks_names.NAMES[kind]] == []
    shown = field_mapping.lines(kind, FLOWS[kind].complete({}))
    assert [each.name for each in shown] == travels
    assert all(each.origin == field_mapping.DEFAULT for each in shown)


def test_the_documentation_names_every_key_and_function_and_its_example_holds():
    text = (Path(__file__).parents[2] / "docs" / "field-mapping.md").read_text(encoding="utf-8")
    [example] = re.findall(r"(?:^    .*\n)+", text[text.index("## In the settings file") :], re.M)[:1]
    [pair] = tomllib.loads(textwrap.dedent(example))["pair"].values()
    settings = FLOWS["customer"].complete(pair["customers"])
    assert field_mapping.judge_quickbooks("customer", settings) == []
    known = [*overrides_read.KEYS, *(name for name, each in FUNCTIONS.items() if each.about)]
    assert [name for name in known if not re.search(rf"`[^`]*\b{name}\b", text)] == []


@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_element_that_is_offered_can_be_mapped(kind):
    settings = {"fields": {"x": {"salesforce": "A", "quickbooks": "Notes", "direction": "to_salesforce"}}}
    for path in elements(SPELLINGS[kind]):
        settings["fields"]["x"]["quickbooks"] = path
        found = field_mapping.judge_quickbooks(kind, FLOWS[kind].complete(settings))
        assert not [each for each in found if "has no element" in each.what], path
