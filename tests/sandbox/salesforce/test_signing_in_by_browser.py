"""The web-server flow with PKCE: a person allows the app, and a code is turned into tokens once."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .wiring import PATH

BACK = "https://sync.example/salesforce/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
LOGIN = "login.salesforce.com"
TOKEN = "/services/oauth2/token"


@pytest.fixture
def app(org):
    return org.add_app("3MVG9web", "s3cret", callback_urls=[BACK])


def authorize(raw, **changed):
    asked = {
        "response_type": "code",
        "client_id": "3MVG9web",
        "redirect_uri": BACK,
        "scope": "api refresh_token",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    return raw.ask("GET", f"/services/oauth2/authorize?{query}", host=LOGIN)


def sent_back(answer):
    location = answer.getheader("Location")
    assert location.startswith(BACK + "?")
    return {key: value[0] for key, value in parse_qs(urlsplit(location).query).items()}


def decide(raw, page, decision="allow"):
    source = re.search(r'name="source" value="(\w+)"', page).group(1)
    action = re.search(r'action="([^"]+)"', page).group(1)
    body = urlencode({"source": source, "decision": decision})
    return raw.ask("POST", action, body, host=LOGIN, **{"Content-Type": "application/x-www-form-urlencoded"})


def allowed(raw):
    status, page, answer = authorize(raw)
    if status == 200:
        status, _, answer = decide(raw, page)
    assert status == 302
    return sent_back(answer)["code"]


def exchange(raw, code, **changed):
    form = {"grant_type": "authorization_code", "code": code, "client_id": "3MVG9web", "client_secret": "s3cret"}
    form |= {"redirect_uri": BACK, "code_verifier": VERIFIER, **changed}
    return raw.form(TOKEN, host=LOGIN, **form)


def test_a_person_allows_the_app_once_and_its_code_opens_a_session_as_that_person(org, app, stranger):
    status, page, _ = authorize(stranger)
    assert status == 200
    _, _, answer = decide(stranger, page)
    back = sent_back(answer)
    assert back["state"] == "xyz"
    status, body = exchange(stranger, back["code"])
    assert status == 200
    assert set(body) >= {"access_token", "refresh_token", "instance_url", "id", "scope", "token_type", "issued_at"}
    assert (body["scope"], body["id"].rpartition("/")[2]) == ("api refresh_token", org.person)
    stranger.token = body["access_token"]
    assert stranger.ask("GET", f"{PATH}/limits")[0] == 200
    assert authorize(stranger)[0] == 302
    assert authorize(stranger, prompt="login consent")[0] == 200


def test_a_person_may_deny(app, stranger):
    _, page, _ = authorize(stranger)
    _, _, answer = decide(stranger, page, "deny")
    back = sent_back(answer)
    assert back == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "xyz"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "api banana"}, "invalid_scope"),
    ],
)
def test_a_request_that_is_wrong_goes_back_with_the_reason(app, stranger, changed, error):
    status, _, answer = authorize(stranger, **changed)
    assert (status, sent_back(answer)["error"]) == (302, error)


def test_an_app_that_was_blocked_is_told_so(app, stranger):
    app.blocked = True
    assert sent_back(authorize(stranger)[2])["error"] == "OAUTH_APP_BLOCKED"


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"client_id": "nope"}, "invalid_client_id"), ({"redirect_uri": BACK + "/x"}, "redirect_uri_mismatch")],
)
def test_an_unknown_app_or_address_is_shown_as_a_page(app, stranger, changed, said):
    status, page, answer = authorize(stranger, **changed)
    assert (status, answer.getheader("Location")) == (400, None)
    assert said in page


@pytest.mark.parametrize(
    ("changed", "error", "description"),
    [
        ({"code": "nope"}, "invalid_grant", "invalid authorization code"),
        ({"code_verifier": "w" * 50}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": ""}, "invalid_grant", "invalid code verifier"),
        ({"redirect_uri": BACK + "/x"}, "redirect_uri_mismatch", "redirect_uri must match configuration"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
    ],
)
def test_a_code_is_worth_nothing_without_all_that_belongs_to_it(app, stranger, changed, error, description):
    code = allowed(stranger)
    assert exchange(stranger, **{"code": code, **changed}) == (
        400,
        {"error": error, "error_description": description},
    )


def test_a_code_works_once_and_for_a_quarter_of_an_hour(app, stranger, clock):
    code = allowed(stranger)
    assert exchange(stranger, code)[0] == 200
    assert exchange(stranger, code)[1]["error_description"] == "expired authorization code"
    late = allowed(stranger)
    clock.advance(901)
    assert exchange(stranger, late)[1]["error_description"] == "expired authorization code"


def test_a_refresh_token_rotates_and_dies_when_nobody_uses_it(app, stranger, clock):
    app.rotates, app.refresh_idle_days = True, 30
    _, body = exchange(stranger, allowed(stranger))
    form = {"grant_type": "refresh_token", "client_id": "3MVG9web", "client_secret": "s3cret"}
    clock.advance(29 * 86400)
    status, fresh = stranger.form(TOKEN, host=LOGIN, refresh_token=body["refresh_token"], **form)
    assert (status, fresh["scope"]) == (200, "api refresh_token")
    assert fresh["refresh_token"] != body["refresh_token"]
    clock.advance(31 * 86400)
    status, refused = stranger.form(TOKEN, host=LOGIN, refresh_token=fresh["refresh_token"], **form)
    assert (status, refused["error"]) == (400, "invalid_grant")


def test_without_the_scope_there_is_no_refresh_token(app, stranger):
    _, page, answer = authorize(stranger, scope="api")
    _, _, answer = decide(stranger, page)
    _, body = exchange(stranger, sent_back(answer)["code"])
    assert "refresh_token" not in body
