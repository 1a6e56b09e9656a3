"""Record ids: the checksum and the two lengths."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.sandbox.salesforce import ids


@pytest.mark.parametrize(
    ("short", "suffix"),
    [("001xx000003DGb2", "AAG"), ("012000000000000", "AAA"), ("00Dx0000000BV7z", "EAG"), ("005x00000012Q9P", "AAU")],
)
def test_the_checksum_is_that_of_real_ids(short, suffix):
    assert ids.with_checksum(short) == short + suffix


@given(st.text(string.ascii_letters + string.digits, min_size=15, max_size=15))
def test_either_length_names_the_same_record_and_a_wrong_checksum_names_none(short):
    full = ids.with_checksum(short)
    assert ids.full(short) == ids.full(full) == full
    assert ids.full(full.swapcase()) in (None, full)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_ids_sort_in_the_order_of_their_making(first, second):
    made = ids.make("001", "A1", first), ids.make("001", "A1", second)
    assert (made[0] < made[1]) == (first < second)


@pytest.mark.parametrize("text", ["", "001", "001xx000003DGb!", "001xx000003DGb2AAA", None, 17])
def test_what_is_no_id_is_none(text):
    assert ids.full(text) is None
