"""Tokens: shown once, kept as a hash, ended by time or by a person."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qbwc.models import Company
from syncapp import clock
from syncapp.explorer import tokens
from syncapp.explorer.models import ApiToken

pytestmark = pytest.mark.django_db


def company(key):
    return Company.objects.create(key=key, name=key.title(), username=f"{key}-qbwc")


def test_a_token_is_found_by_its_text_and_by_nothing_else():
    token, text = tokens.make("erp", ["read"])
    assert tokens.find(text) == token
    other = "a" if text[-1] != "a" else "b"
    for wrong in (text[:-1] + other, text[:-1], text + "a", text.upper(), f" {text}", "", "qbs_", "\0", "qbs_é"):
        assert tokens.find(wrong) is None


def test_the_database_holds_no_text_of_a_token_and_its_hash_needs_the_key(settings):
    token, text = tokens.make("erp", ["read"])
    stored = ApiToken.objects.filter(pk=token.pk).values().get()
    secret = text.rpartition("_")[2]
    assert not any(secret in str(value) for value in stored.values())
    settings.API_TOKEN_KEY = "another key"
    assert tokens.find(text) is None


def test_two_tokens_have_nothing_in_common():
    texts = {tokens.make(f"program {n}", ["read"])[1] for n in range(20)}
    assert len({text.split("_")[1] for text in texts}) == len({text.split("_")[2] for text in texts}) == 20


def test_a_token_ends_at_its_time(monkeypatch):
    token, text = tokens.make("erp", ["read"], days=2)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1, hours=23))
    assert tokens.find(text) == token
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, seconds=1))
    assert tokens.find(text) is None


def test_a_revoked_token_lets_nobody_in():
    token, text = tokens.make("erp", ["read"])
    assert tokens.revoke(token)
    assert tokens.find(text) is None
    assert not tokens.revoke(token)


def test_the_last_use_is_noted_once_a_minute(monkeypatch, django_assert_num_queries):
    token, text = tokens.make("erp", ["read"])
    first = clock.now()
    monkeypatch.setattr(clock, "now", lambda: first)
    tokens.find(text)
    monkeypatch.setattr(clock, "now", lambda: first + timedelta(seconds=59))
    with django_assert_num_queries(1):
        tokens.find(text)
    token.refresh_from_db()
    assert token.last_used_at == first
    monkeypatch.setattr(clock, "now", lambda: first + timedelta(seconds=60))
    tokens.find(text)
    token.refresh_from_db()
    assert token.last_used_at == first + timedelta(seconds=60)


def test_an_unknown_token_costs_what_a_known_one_does(monkeypatch, django_assert_num_queries):
    _, text = tokens.make("erp", ["read"])
    tokens.find(text)
    hashes = []
    real = tokens.hashed
    monkeypatch.setattr(tokens, "hashed", lambda given: hashes.append(given) or real(given))
    prefix = text.split("_")[1]
    for each in (text, text.replace(prefix, "a" * 12), "nonsense"):
        with django_assert_num_queries(1):
            tokens.find(each)
    assert len(hashes) == 3


def test_a_token_for_one_company_does_not_become_one_for_all_when_the_company_goes():
    acme, beta = company("acme"), company("beta")
    _, of_one = tokens.make("one", ["read"], companies=[acme])
    _, of_both = tokens.make("both", ["read"], companies=[acme, beta])
    _, of_all = tokens.make("all", ["read"])
    Company.objects.filter(key="acme").delete()
    assert tokens.find(of_one) is None
    assert tokens.companies_of(tokens.find(of_both)) == {beta.pk}
    assert tokens.companies_of(tokens.find(of_all)) is None


@pytest.mark.parametrize(
    "name, scopes, days, said",
    [
        ("", ["read"], None, "needs a name"),
        ("a\nb", ["read"], None, "needs a name"),
        ("erp", [], None, "at least one scope"),
        ("erp", ["admin"], None, "“admin” is no scope"),
        ("erp", ["read"], 0, "1 to 3660 days"),
        ("erp", ["read"], 10**9, "1 to 3660 days"),
        ("taken", ["read"], None, "already"),
    ],
)
def test_what_makes_no_token_is_said(name, scopes, days, said):
    tokens.make("taken", ["read"])
    with pytest.raises(tokens.BadToken, match=said):
        tokens.make(name, scopes, days=days)
    assert ApiToken.objects.count() == 1


# The command ---------------------------------------------------------------------------


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("api_token", *arguments, stdout=out, stderr=err)
    return out.getvalue()


def test_the_command_makes_a_token_that_works_and_lists_it_without_its_secret():
    acme = company("acme")
    text = run("create", "erp", "--scope", "read", "--scope", "write", "--company", "acme", "--days", "30").strip()
    token = tokens.find(text)
    assert token.scopes == ["read", "write"]
    assert tokens.companies_of(token) == {acme.pk}
    listed = run("list")
    assert "erp" in listed
    assert "valid" in listed
    assert "read,write" in listed
    assert text not in listed


def test_the_command_revokes():
    text = run("create", "erp", "--scope", "read").strip()
    run("revoke", "erp")
    assert tokens.find(text) is None
    assert "revoked" in run("list")
    with pytest.raises(CommandError, match="was revoked before"):
        run("revoke", "erp")
    with pytest.raises(CommandError, match="There is no token “nobody”"):
        run("revoke", "nobody")


def test_the_command_refuses_a_company_that_is_not_there():
    company("acme")
    with pytest.raises(CommandError, match="There is no company “acne”"):
        run("create", "erp", "--scope", "read", "--company", "acne")
    assert not ApiToken.objects.exists()
