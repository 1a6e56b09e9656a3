"""Every request of the catalogue, as small and as large as it can be, against Intuit's schema."""

from __future__ import annotations

import pytest

from qbwc.qbxml import build, catalogue, envelope, read

from .examples import Example, attributes

TURNS = 6


def documents(name: str, country: str, full: bool):
    for turn in range(TURNS):
        data = Example(country, turn, full).of(catalogue.request(name).fields)
        text = build.build(name, data, country=country, request_id="1", attributes=attributes(name))
        yield data, text


def in_country(country: str) -> list[str]:
    return [name for name in catalogue.requests() if country in catalogue.request(name).countries]


@pytest.mark.parametrize("name", catalogue.requests())
@pytest.mark.parametrize("full", [False, True], ids=["least", "most"])
def test_intuits_schema_accepts_what_is_built(name, full, complaints):
    countries = catalogue.request(name).countries
    for country in countries:
        for data, text in documents(name, country, full):
            assert complaints(envelope.document([text]), country) == [], (country, data)


@pytest.mark.parametrize("name", catalogue.requests())
def test_a_built_request_passes_its_own_check_unchanged(name):
    country = catalogue.request(name).countries[0]
    for full in (False, True):
        for _, text in documents(name, country, full):
            assert build.check(text, country=country) == text


@pytest.mark.parametrize("name", catalogue.requests())
def test_what_was_built_is_read_back(name):
    country = catalogue.request(name).countries[0]
    for full in (False, True):
        for data, text in documents(name, country, full):
            assert read.request(text).data == data


@pytest.mark.parametrize("version", ["14.0", "15.0", "16.0", "17.0"])
def test_a_later_version_takes_whatever_13_0_takes(version):
    for name in catalogue.requests():
        country = catalogue.request(name).countries[0]
        data = Example(country, 0, full=True).of(catalogue.request(name).fields)
        texts = {
            build.build(name, data, version=each, country=country, attributes=attributes(name))
            for each in ("13.0", version)
        }
        assert len(texts) == 1, name
        assert build.check(texts.pop(), version=version, country=country)
    assert f'<?qbxml version="{version}"?>' in envelope.document([], version=version)


def test_the_whole_catalogue_is_there():
    assert len(catalogue.requests()) == 231
    assert [name for name in catalogue.requests() if catalogue.answer(name).name != name] == []
    assert len(in_country("US")) > 200
