"""First meetings: what is certain, what is ambiguous, what is merely near."""

from __future__ import annotations

import pytest

from syncapp.engine.match import Keys, keys, match, near_name, score
from tests.engine.support import MAPPING, Q, S, candidate


def own(**fields):
    return keys({"name": "Acme", **fields}, MAPPING.match)


def found(*candidates, parent=None, rivals=(), **fields):
    return match(own(**fields), parent, candidates, rivals)


def ids(candidates):
    return [c.link_id for c in candidates]


def test_an_id_that_stands_on_the_record_is_certain_whatever_the_names_say():
    result = found(candidate(Q, 2, {"name": "Other"}, by_id=True, parent="link 9"), candidate(Q, 3, {}))
    assert result.certain.link_id == 2
    assert "id" in result.how


def test_exactly_the_same_name_is_certain():
    result = found(candidate(Q, 2, {}), candidate(Q, 3, {"name": "Acme 2"}))
    assert result.certain.link_id == 2
    assert result.how == "exactly the same name"


@pytest.mark.parametrize("name", ["ACME", "acme", "Acme.", "Acme Inc", "Ácme"])
def test_a_name_that_is_merely_alike_is_not_certain(name):
    assert found(candidate(Q, 2, {"name": name})).certain is None


def test_spaces_do_not_make_another_name():
    assert found(candidate(Q, 2, {"name": " Acme   Ltd "}), name="Acme Ltd").certain.link_id == 2


def test_the_same_name_twice_is_ambiguous():
    result = found(candidate(Q, 2, {}), candidate(Q, 3, {}))
    assert result.certain is None
    assert ids(result.ambiguous) == [2, 3]


def test_two_records_that_claim_the_same_id_are_ambiguous():
    result = found(candidate(Q, 2, {"name": "B"}, by_id=True), candidate(Q, 3, {"name": "C"}, by_id=True))
    assert result.certain is None
    assert ids(result.ambiguous) == [2, 3]


def test_of_two_that_claim_the_id_the_one_with_the_name_is_meant():
    result = found(candidate(Q, 2, {}, by_id=True), candidate(Q, 3, {"name": "C"}, by_id=True))
    assert result.certain.link_id == 2


def test_the_same_name_under_another_parent_is_another_record():
    assert found(candidate(Q, 2, {}, parent="link 8"), parent="link 7") == found()


def test_the_same_name_under_the_linked_parent_is_certain():
    both = candidate(Q, 2, {}, parent="link 8"), candidate(Q, 3, {}, parent="link 7")
    assert found(*both, parent="link 7").certain.link_id == 3


def test_a_name_that_another_record_of_the_own_side_has_is_ambiguous():
    result = found(candidate(Q, 2, {}), rivals=(candidate(S, 9, {}),))
    assert result.certain is None
    assert ids(result.ambiguous) == [2]


def test_a_namesake_under_another_parent_is_no_rival():
    rival = candidate(S, 9, {}, parent="link 8")
    assert found(candidate(Q, 2, {}), rivals=(rival,)).certain.link_id == 2


def test_an_id_is_certain_whoever_else_has_the_name():
    assert found(candidate(Q, 2, {}, by_id=True), rivals=(candidate(S, 9, {}),)).certain.link_id == 2


def test_where_nothing_has_the_name_rivals_do_not_matter():
    assert found(candidate(Q, 2, {"name": "Other"}), rivals=(candidate(S, 9, {}),)) == found()


def test_records_without_a_name_are_never_the_same_by_name():
    assert found(candidate(Q, 2, {"name": ""}), name="") == found()


def test_near_ones_come_best_first_and_then_by_link():
    result = found(
        candidate(Q, 5, {"name": "Other", "phone": "555 123 4567"}),
        candidate(Q, 4, {"name": "Acme Inc"}),
        candidate(Q, 3, {"name": "ACME"}),
        candidate(Q, 2, {"name": "Other", "email": "A@B.C"}),
        candidate(Q, 6, {"name": "Nobody"}),
        email="a@b.c",
        phone="(555) 123-4567",
    )
    assert result.certain is None
    assert [(c.link_id, score) for c, score in result.near] == [(3, 0.8), (4, 0.8), (2, 0.7), (5, 0.5)]


def test_near_ones_stand_under_the_same_parent():
    assert found(candidate(Q, 2, {"name": "ACME"}, parent="link 8"), parent="link 7").near == ()


def test_an_ambiguous_name_goes_before_what_is_near():
    """With a rival, a namesake is not merely the nearest of those that are alike."""
    result = found(candidate(Q, 2, {}), candidate(Q, 3, {"name": "ACME"}), rivals=(candidate(S, 9, {}),))
    assert (ids(result.ambiguous), result.near) == ([2], ())


SCORES = {
    "nothing in common": (Keys("A", "a", "a@x", "1234567"), Keys("B", "b", "b@x", "7654321"), 0),
    "name": (Keys("A", "a", "", ""), Keys("a.", "a", "", ""), 0.8),
    "e-mail": (Keys("A", "a", "a@x", ""), Keys("B", "b", "a@x", ""), 0.7),
    "phone": (Keys("A", "a", "", "1234567"), Keys("B", "b", "", "1234567"), 0.5),
    "name and e-mail": (Keys("A", "a", "a@x", ""), Keys("A", "a", "a@x", ""), 0.94),
    "e-mail and phone": (Keys("A", "a", "a@x", "1"), Keys("B", "b", "a@x", "1"), 0.85),
    "all": (Keys("A", "a", "a@x", "1"), Keys("A", "a", "a@x", "1"), 0.97),
    "what is empty tells nothing": (Keys("", "", "", ""), Keys("", "", "", ""), 0),
}


@pytest.mark.parametrize("one, other, expected", SCORES.values(), ids=SCORES)
def test_scores(one, other, expected):
    assert score(one, other) == score(other, one) == expected


NEAR = {
    "Acme, Inc.": "acme",
    "The ACME Company": "acme",
    "Müller GmbH": "muller",
    "O'Hara & Sons": "ohara and sons",
    "O’Hara and Sons": "ohara and sons",
    "Smith-Jones": "smith jones",
    "The Company": "the company",  # nothing but legal forms: they are the name
    "STRASSE": "strasse",
    "Straße": "strasse",
    "松本": "松本",
    "": "",
}


@pytest.mark.parametrize("name, near", NEAR.items())
def test_near_names(name, near):
    assert near_name(name) == near


PHONES = {
    "(555) 123-4567": "5551234567",
    "+1 555 123 4567": "5551234567",
    "123-4567": "1234567",
    "123": "",
    "no number": "",
    "": "",
}


@pytest.mark.parametrize("phone, key", PHONES.items())
def test_phones_are_compared_by_their_last_ten_digits(phone, key):
    assert own(phone=phone).phone == key


def test_keys_of_a_record_that_says_nothing_find_nothing():
    assert keys({}, MAPPING.match) == Keys("", "", "", "")
    assert keys({"name": None, "email": None, "phone": None}, MAPPING.match) == Keys("", "", "", "")


def test_e_mails_are_compared_without_case():
    assert own(email=" Ann@Example.COM ").email == "ann@example.com"


def test_keys_are_cut_to_what_a_column_holds():
    long = own(name="x" * 400, email="x" * 400)
    assert [len(key) for key in (long.name, long.near, long.email)] == [300, 300, 300]
