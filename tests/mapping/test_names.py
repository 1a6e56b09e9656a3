"""What every mapping keeps to, whatever it is of."""

from __future__ import annotations

from collections import Counter

import pytest

from syncapp.flows import FLOWS


@pytest.mark.parametrize("kind", FLOWS)
def test_no_two_fields_of_a_mapping_have_one_name(kind):
    names = Counter(field.name for field in FLOWS[kind].mapping.fields)
    assert [name for name, times in names.items() if times > 1] == []
