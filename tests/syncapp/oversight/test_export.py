"""What is exported is taken back exactly: every setting of every flow, whatever the words in it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc.models import Company
from syncapp.configure import configure
from syncapp.export import export
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Org, Pair
from syncapp.settings_rules import PAIR_KEYS

pytestmark = pytest.mark.django_db
# Whatever a person can type, and what TOML and JSON write otherwise: quotes, backslashes, controls, emoji.
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


def value_of(setting):
    if setting.name == "fields":
        grade = {"salesforce": st.just("Grade__c"), "quickbooks": st.just("custom:Grade"), "label": words}
        grade |= {"values": st.dictionaries(words, words, max_size=3)}
        return st.fixed_dictionaries({"grade": st.fixed_dictionaries(grade)})
    if setting.choices:
        one = st.sampled_from(setting.choices)
        return st.lists(one, unique=True) if isinstance(setting.default, list | tuple) else one
    if isinstance(setting.default, bool):
        return st.booleans()
    if isinstance(setting.default, int):
        return st.integers(0, 100)
    if isinstance(setting.default, dict):
        return st.just({}) if setting.name == "conflict_by_field" else st.dictionaries(words, words, max_size=2)
    return words if isinstance(setting.default, str) else st.just(setting.default)


def table_of(flow):
    return st.fixed_dictionaries({}, optional={setting.name: value_of(setting) for setting in flow.settings})


flows_of_a_pair = st.fixed_dictionaries({}, optional={kind: table_of(flow) for kind, flow in FLOWS.items()})


def sensible(flows):
    """Without what the flows themselves refuse."""
    found = {}
    for kind, table in flows.items():
        kept = dict(table)
        for name in table:
            try:
                FLOWS[kind].complete({**{n: v for n, v in kept.items() if n != name}, name: table[name]})
            except BadSetting:
                del kept[name]
        try:
            FLOWS[kind].complete(kept)
        except BadSetting:
            continue
        found[kind] = kept
    return found


@settings(max_examples=8)
@given(flows=flows_of_a_pair)
def test_every_setting_of_every_flow_is_exported_and_taken_back_exactly(flows):
    for model in (Pair, Company, Org):
        model.objects.all().delete()
    org = Org.objects.create(key="acme", domain="acme.my", client_id="id", client_secret="env:PATH", bulk_from=7000)
    company = Company.objects.create(key="acme", name='Ac"me \\ Söhne', username="acme-qbwc", paused=True)
    given_flows = {kind: table for kind, table in sensible(flows).items() if table}
    Pair.objects.create(key="acme", org=org, desktop=company, flows=given_flows, outbound_messages=True)
    given_flows = Pair.objects.get().flows  # with the moment at which sales were switched on
    exported = export()
    assert set(tomllib.loads(exported)["pair"]["acme"]) <= set(PAIR_KEYS)
    for model in (Pair, Company, Org):
        model.objects.all().delete()
    configure(exported)
    assert Pair.objects.get().flows == given_flows
    assert (Org.objects.get().bulk_from, Company.objects.get().name) == (7000, company.name)
    assert without_password(export()) == exported
    assert not configure(exported).changed


def without_password(text):
    """The company that was made anew was given one."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("password"))
