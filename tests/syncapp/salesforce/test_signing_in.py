"""Signing in: three ways, the same org as ever, one sign-in for many, and no secret in what is logged or told."""

from __future__ import annotations

import logging
import threading
import traceback

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncapp.connectors.base import ConnectorError, NotAuthorised, WrongIdentity
from syncapp.connectors.salesforce import auth, transport
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.models import Org

from .conftest import create, fetched


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def sign_in(org):
    auth.sign_in(org, transport.session())
    return Org.objects.get(pk=org.pk)


def test_client_credentials_give_a_token_and_teach_the_orgs_ids(world, bare_org):
    org = sign_in(bare_org)
    assert org.access_token
    assert org.org_id == world.org.id
    assert org.user_id.startswith("005")
    assert org.instance_url.startswith("https://acme.my.salesforce.com")
    assert org.token_version == 1
    assert org.problem == ""


def test_a_signed_statement_gives_a_token(db, world, key):
    org = Org.objects.create(key="acme", auth="jwt", private_key=pem(key), **world.jwt(key))
    assert sign_in(org).access_token


def test_user_name_and_password_give_a_token(db, world):
    org = Org.objects.create(key="acme", auth="password", **world.password())
    assert sign_in(org).access_token


@pytest.mark.parametrize(
    "domain, audience",
    [
        ("login", "https://login.salesforce.com"),
        ("acme.my", "https://login.salesforce.com"),
        ("test", "https://test.salesforce.com"),
        ("acme--dev.sandbox.my", "https://test.salesforce.com"),
    ],
)
def test_the_statement_is_addressed_to_production_or_sandbox(key, domain, audience):
    org = Org(auth="jwt", domain=domain, client_id="3MVG", username="sync@acme.example", private_key=pem(key))
    claims = jwt.decode(auth.assertion(org, 1_000), options={"verify_signature": False})
    assert claims == {"iss": "3MVG", "sub": "sync@acme.example", "aud": audience, "exp": 1_000 + auth.JWT_SECONDS}


@pytest.mark.parametrize(
    "domain, host",
    [
        ("acme.my", "acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/", "acme.my.salesforce.com"),
        ("Acme.my.salesforce.com", "acme.my.salesforce.com"),
        ("login", "login.salesforce.com"),
        ("acme--dev.sandbox.my", "acme--dev.sandbox.my.salesforce.com"),
    ],
)
def test_the_domain_may_be_given_in_any_form(domain, host):
    assert auth.host(Org(domain=domain)) == host


@pytest.mark.parametrize(
    "auth_kind, wrong, named",
    [
        ("client_credentials", {"client_secret": "wrong"}, "client_id"),
        ("client_credentials", {"client_secret": ""}, "client_secret"),
        ("client_credentials", {"domain": "login"}, "My Domain"),
        ("password", {"password": "wrong"}, "password"),
        ("jwt", {"private_key": "-----BEGIN"}, "private_key"),
    ],
)
def test_a_refused_sign_in_names_the_setting_to_look_at(db, world, auth_kind, wrong, named):
    given = {
        "client_credentials": world.client_credentials(),
        "password": world.password(),
        "jwt": {"domain": "acme.my", "client_id": "3MVG", "username": "sync@acme.example"},
    }[auth_kind]
    org = Org.objects.create(key="acme", auth=auth_kind, **{**given, **wrong})
    with pytest.raises(NotAuthorised) as caught:
        sign_in(org)
    told = f"{caught.value.message} {caught.value.remedy}"
    assert named in told
    assert "wrong" not in told.replace("wrong-", "")
    assert caught.value.retry_seconds is None
    assert Org.objects.get().problem == told


@pytest.mark.parametrize(
    "body, kind, named",
    [
        ({"error": "invalid_client_id", "error_description": "client identifier invalid"}, NotAuthorised, "client_id"),
        ({"error": "invalid_client", "error_description": "invalid client credentials"}, NotAuthorised, "secret"),
        ({"error": "invalid_grant", "error_description": "authentication failure"}, NotAuthorised, "security_token"),
        (
            {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"},
            NotAuthorised,
            "pre-authorise",
        ),
        ({"error": "invalid_grant", "error_description": "audience is invalid"}, NotAuthorised, "domain"),
        (
            {"error": "invalid_grant", "error_description": "no client credentials user enabled"},
            NotAuthorised,
            "run-as user",
        ),
        ({"error": "invalid_grant"}, NotAuthorised, "External Client App"),
        ({"error": "inactive_user", "error_description": "user is inactive"}, NotAuthorised, "user is inactive"),
        ({"error": "rate_limit_exceeded", "error_description": "login rate exceeded"}, ConnectorError, "later"),
        ({"error": "unknown_error", "error_description": "retry your request"}, ConnectorError, ""),
        ("<html>", ConnectorError, ""),
    ],
)
def test_every_error_of_the_token_endpoint_has_its_meaning(body, kind, named):
    error = auth.explain(Org(key="acme", auth="client_credentials"), body)
    assert type(error) is kind
    assert named in error.remedy
    assert (error.retry_seconds is None) is (kind is NotAuthorised)


def test_another_org_stops_everything_and_stores_nothing(world, bare_org):
    Org.objects.filter(pk=bare_org.pk).update(org_id="00D000000000000EAA", access_token="", token_version=4)
    with pytest.raises(WrongIdentity, match="00D000000000000EAA"):
        SalesforceConnector(bare_org, "acme", {"customer": {}}).submit([create(name="Acme")])
    bare_org.refresh_from_db()
    assert bare_org.access_token == ""
    assert bare_org.token_version == 4
    assert "Another Salesforce org" in bare_org.problem
    assert world.org.records("Account") == []


def test_a_token_that_dies_midway_is_renewed_once_and_nothing_is_lost(world, connector, org):
    world.many_accounts(2100)
    seen = 0
    version = org.token_version
    for batch in connector.fetch("customer", ""):
        seen += len(batch.records)
        world.kill_tokens()
    assert seen == 2100
    outcome = connector.submit([operation := create(name="Acme")])[operation.id]
    assert outcome.record.fields["name"] == "Acme"
    assert Org.objects.get(pk=org.pk).token_version > version
    assert len(world.org.records("Account")) == 2101


def test_a_token_that_another_process_renewed_is_taken(world, org):
    ours, theirs = Gateway(Org.objects.get(pk=org.pk)), Gateway(Org.objects.get(pk=org.pk))
    ours.get("limits")
    world.kill_tokens()
    theirs.get("limits")
    version = Org.objects.get(pk=org.pk).token_version
    before = world.sign_ins()
    ours.get("limits")
    assert world.sign_ins() == before
    assert ours.org.token_version == version


@pytest.mark.django_db(transaction=True)
def test_threads_that_find_the_token_dead_sign_in_once(world):
    org = Org.objects.create(key="acme", auth="client_credentials", **world.client_credentials())
    auth.sign_in(org, transport.session())
    world.kill_tokens()
    before = world.sign_ins()
    gateways = [Gateway(Org.objects.get(pk=org.pk)) for _ in range(4)]
    threads = [threading.Thread(target=_call_and_close, args=(each,)) for each in gateways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.sign_ins() == before + 1
    assert {each.org.token_version for each in gateways} == {2}


def _call_and_close(gateway):
    from django.db import connection

    try:
        gateway.get("limits")
    finally:
        connection.close()


def test_a_token_that_is_always_refused_ends_with_a_remedy(world, connector, org):
    connector.check()
    world.org.faults.token_expired = 1.0
    with pytest.raises(NotAuthorised, match="refuses every call"):
        fetched(connector)
    org.refresh_from_db()
    assert "refuses every call" in org.problem


def test_no_secret_is_logged_or_told(world, connector, org, caplog):
    caplog.set_level(logging.DEBUG)
    world.account("Very Secret Name")
    fetched(connector)
    told = ""
    world.org.delete(world.org.records("PermissionSetAssignment")[0]["Id"])
    try:
        fetched(connector)
    except ConnectorError as error:
        told = "".join(traceback.format_exception(error)) + error.message + error.remedy
    assert told
    org.refresh_from_db()
    text = caplog.text + told
    for secret in (org.access_token, world.client_credentials()["client_secret"], "Very Secret Name", "SELECT"):
        assert secret not in text
