"""The doors: every grant of the token endpoint, with the refusals in OAuth's words."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceExpiredSession

from project.sandbox.salesforce import Org, serve

from .wiring import PATH, VERSION, client_for, session_for

TOKEN = "/services/oauth2/token"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def test_client_credentials_sign_in_on_the_my_domain(org, sf):
    assert sf.sf_instance == "acme.my.salesforce.com"
    assert sf.query("SELECT Id FROM Organization")["records"][0]["Id"] == org.id


def test_the_token_answer_holds_exactly_what_it_should(org, stranger):
    status, body = stranger.form(TOKEN, grant_type="client_credentials", auth=(org.client_id, org.client_secret))
    assert status == 200
    assert set(body) == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
    assert "expires_in" not in body
    assert body["instance_url"] == "https://acme.my.salesforce.com"
    assert body["id"] == f"https://login.salesforce.com/id/{org.id}/{org.integration_user}"
    assert body["access_token"].startswith(org.id[:15] + "!AQ")
    assert body["issued_at"] == str(int(org.clock.now().timestamp() * 1000))


def test_client_credentials_are_refused_at_the_login_host(org, stranger):
    form = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
    assert stranger.form(TOKEN, host="login.salesforce.com", **form) == (
        400,
        {"error": "invalid_grant", "error_description": "request not supported on this domain"},
    )


@pytest.mark.parametrize(
    ("changed", "error", "description"),
    [
        ({"client_id": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
        ({"grant_type": "magic"}, "unsupported_grant_type", "grant type not supported"),
    ],
)
def test_wrong_keys_are_refused_in_oauths_words(org, stranger, changed, error, description):
    form = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
    status, body = stranger.form(TOKEN, **{**form, **changed})
    assert (status, body) == (400, {"error": error, "error_description": description})


def test_an_app_without_a_user_to_run_as_signs_nobody_in(org, stranger):
    org.add_app("lonely", "secret")
    status, body = stranger.form(TOKEN, grant_type="client_credentials", client_id="lonely", client_secret="secret")
    assert (status, body["error_description"]) == (400, "no client credentials user enabled")


def test_the_library_signs_in_with_a_jwt(org, server, key):
    private, public = pem(key)
    org.add_app("jwt-app", "unused", run_as=org.integration_user, public_key=public)
    sf = Salesforce(
        username=org.credentials.username,
        consumer_key="jwt-app",
        privatekey=private,
        instance_url=org.domain,
        version=VERSION,
        session=session_for(server),
    )
    assert sf.query("SELECT COUNT() FROM User")["totalSize"] == 2


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"aud": "https://acme.my.salesforce.com"}, "audience is invalid"),
        ({"aud": "https://test.salesforce.com"}, "audience is invalid"),
        ({"sub": "stranger@example.com"}, "user hasn't approved this consumer"),
        ({"exp": str(int(time.time()) - 10)}, "assertion expired"),
        ({"exp": int(time.time()) + 3600}, "invalid assertion"),
    ],
)
def test_a_jwt_that_says_something_wrong_is_refused(org, stranger, key, claims, description):
    private, public = pem(key)
    org.add_app("jwt-app", "unused", run_as=org.integration_user, public_key=public)
    right = {"iss": "jwt-app", "sub": org.credentials.username, "aud": "https://login.salesforce.com"}
    right["exp"] = str(int(time.time()) + 180)
    assertion = jwt.encode({**right, **claims}, private, algorithm="RS256")
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    status, body = stranger.form(TOKEN, host="login.salesforce.com", grant_type=grant, assertion=assertion)
    assert (status, body) == (400, {"error": "invalid_grant", "error_description": description})


def test_a_jwt_signed_by_another_key_is_refused(org, stranger, key):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    org.add_app("jwt-app", "unused", run_as=org.integration_user, public_key=pem(key)[1])
    claims = {"iss": "jwt-app", "sub": org.credentials.username, "aud": "https://login.salesforce.com"}
    assertion = jwt.encode({**claims, "exp": int(time.time()) + 180}, pem(other)[0], algorithm="RS256")
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    status, body = stranger.form(TOKEN, grant_type=grant, assertion=assertion)
    assert (status, body["error_description"]) == (400, "invalid assertion")


def test_the_password_flow_needs_the_security_token(org, stranger):
    given = org.credentials
    form = {"grant_type": "password", "client_id": given.client_id, "client_secret": given.client_secret}
    form["username"] = given.username
    status, body = stranger.form(TOKEN, **form, password=given.password)
    assert (status, body) == (400, {"error": "invalid_grant", "error_description": "authentication failure"})
    status, body = stranger.form(TOKEN, **form, password=given.password + given.security_token)
    assert status == 200
    assert body["id"].endswith(org.integration_user)


def test_an_org_can_have_the_password_flow_switched_off(org, stranger):
    org.doors.password_flow = False
    given = org.credentials
    form = {"grant_type": "password", "client_id": given.client_id, "client_secret": given.client_secret}
    password = given.password + given.security_token
    status, body = stranger.form(TOKEN, **form, username=given.username, password=password)
    assert (status, body["error_description"]) == (400, "authentication failure")


def test_a_rotated_refresh_token_dies_when_it_is_used(org, stranger):
    org.add_app("web", "secret", rotates=True)
    first = org.doors.issue_refresh_token("web", org.integration_user)
    form = {"grant_type": "refresh_token", "client_id": "web", "client_secret": "secret"}
    status, body = stranger.form(TOKEN, **form, refresh_token=first)
    assert status == 200
    assert body["refresh_token"] != first
    status, again = stranger.form(TOKEN, **form, refresh_token=first)
    assert (status, again) == (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
    assert stranger.form(TOKEN, **form, refresh_token=body["refresh_token"])[0] == 200


def test_without_rotation_no_new_refresh_token_is_sent(org, stranger):
    token = org.doors.issue_refresh_token(org.client_id, org.integration_user)
    form = {"client_id": org.client_id, "client_secret": org.client_secret, "refresh_token": token}
    status, body = stranger.form(TOKEN, grant_type="refresh_token", **form)
    assert status == 200
    assert "refresh_token" not in body


def test_revoking_the_refresh_token_ends_its_access_tokens(org, raw, stranger):
    token = org.doors.issue_refresh_token(org.client_id, org.integration_user)
    form = {"client_id": org.client_id, "client_secret": org.client_secret, "refresh_token": token}
    raw.token = stranger.form(TOKEN, grant_type="refresh_token", **form)[1]["access_token"]
    assert raw.ask("GET", f"{PATH}/limits")[0] == 200
    assert stranger.form("/services/oauth2/revoke", token=token) == (200, "")
    assert raw.ask("GET", f"{PATH}/limits")[0] == 401


def test_a_session_dies_when_it_is_idle_for_two_hours(org, clock, sf):
    for _ in range(4):
        clock.advance(3600)
        sf.query("SELECT Id FROM User LIMIT 1")
    clock.advance(7300)
    sf._salesforce_login_partial = None
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM User LIMIT 1")


def test_an_expired_session_answers_with_a_list_of_one_error(org, raw):
    org.doors.expire()
    status, body, _ = raw.ask("GET", f"{PATH}/limits")
    assert status == 401
    assert body == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_userinfo_and_the_identity_url_say_who_is_signed_in(org, raw):
    for path in ("/services/oauth2/userinfo", f"/id/{org.id}/{org.integration_user}"):
        status, body, _ = raw.ask("GET", path)
        assert status == 200
        assert (body["user_id"], body["organization_id"]) == (org.integration_user, org.id)
        assert body["preferred_username"] == org.credentials.username


def test_introspection_tells_a_live_token_from_a_dead_one(org, stranger):
    form = {"client_id": org.client_id, "client_secret": org.client_secret}
    token = stranger.form(TOKEN, grant_type="client_credentials", **form)[1]["access_token"]
    assert stranger.form("/services/oauth2/introspect", token=token, **form)[1]["active"] is True
    org.doors.expire()
    assert stranger.form("/services/oauth2/introspect", token=token, **form)[1] == {"active": False}


def test_soap_login_is_retired_and_can_be_switched_on_for_old_versions(org, server):
    given = org.credentials
    who = {"username": given.username, "password": given.password, "security_token": given.security_token}
    with pytest.raises(SalesforceAuthenticationFailed, match="disabled by default"):
        Salesforce(**who, domain=org.domain, version=VERSION, session=session_for(server))
    org.doors.soap_login = True
    sf = Salesforce(**who, domain=org.domain, version=VERSION, session=session_for(server))
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1
    with pytest.raises(SalesforceAuthenticationFailed, match="not available"):
        Salesforce(**who, domain=org.domain, version="66.0", session=session_for(server))


def test_two_orgs_behind_one_port_are_told_apart_by_host():
    acme, globex = Org("acme", number=1), Org("globex", number=2)
    with serve([acme, globex]) as running:
        first, second = client_for(acme, running), client_for(globex, running)
        first.Account.create({"Name": "Only at Acme"})
        assert first.query("SELECT COUNT() FROM Account")["totalSize"] == 1
        assert second.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    assert acme.id != globex.id
