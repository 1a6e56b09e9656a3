"""Signing in: an access token by the org's way, kept on the Org row for every process.

Words    token version  counts the tokens an Org row has had; who finds it moved on uses the newer token
Rules    1 One thread of a process signs in at a time, and stores by compare-and-swap; two processes at once cost one
           sign-in too many and no more, since none of these grants takes the older token away. (A row lock held
           during the call would stop every other writer of an embedded database.)
         2 The org that answers is the org that answered the first time, or nothing is stored and nothing is written.
         3 Errors name the setting to look at; no secret is in any of them.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.exceptions import ImproperlyConfigured

from syncapp.connectors.base import ConnectorError, NotAuthorised, WrongIdentity
from syncapp.connectors.salesforce.errors import Lost, of_wire, problem_of
from syncapp.connectors.salesforce.transport import patiently
from syncapp.models import Org
from syncapp.secrets import reveal

JWT_SECONDS = 180  # Salesforce takes at most five minutes
TOKEN_TIMEOUT = (5, 30)
SHARED_HOSTS = ("login", "test")

_locks: dict[int, threading.Lock] = defaultdict(threading.Lock)


def sign_in(org: Org, session: requests.Session, *, refused_version: int | None = None) -> None:
    """Leave a fresh token on ``org``, in memory and in its row.

    1. If another thread or process has stored a newer token than the one that was refused, take that.
    2. Ask Salesforce for one.
    3. Is it the same org as ever? If not, stop.
    4. Store it, unless somebody stored one meanwhile; then take theirs.
    """
    with _locks[org.pk]:
        org.refresh_from_db()
        if org.access_token and refused_version is not None and org.token_version != refused_version:
            return
        try:
            answer = patiently(lambda: _ask(org, session))
            found = _identity(org, answer)
        except ConnectorError as error:
            note_problem(org, error)
            raise
        stored = Org.objects.filter(pk=org.pk, token_version=org.token_version).update(
            token_version=org.token_version + 1,
            access_token=str(answer["access_token"]),
            instance_url=str(answer["instance_url"]),
            problem="",
            **found,
        )
        org.refresh_from_db()
        if not stored and not org.access_token:
            raise ConnectorError("The Salesforce org's settings were changed during the sign-in.", retry_seconds=5)


def note_problem(org: Org, error: ConnectorError | None) -> None:
    """Show on the org why it cannot be worked with, or that it can again."""
    text = " ".join(part for part in (error.message, error.remedy) if part) if error else ""
    if org.problem != text:
        org.problem = text
        Org.objects.filter(pk=org.pk).update(problem=text)


def host(org: Org) -> str:
    """The host that gives tokens; the domain may have been pasted as a whole address."""
    domain = org.domain.strip().lower()
    domain = (urlsplit(domain).hostname or "") if "://" in domain else domain.strip("/")
    return f"{domain.removesuffix('.salesforce.com')}.salesforce.com"


def _ask(org: Org, session: requests.Session) -> dict[str, Any]:
    form, basic = _grant(org)
    url = f"https://{host(org)}/services/oauth2/token"
    try:
        response = session.post(url, data=form, auth=basic, timeout=TOKEN_TIMEOUT, allow_redirects=False)
        body = response.json()
    except requests.RequestException as error:
        raise of_wire(error) from None
    if response.status_code >= 500:
        raise Lost(f"Salesforce's sign-in is not available just now (HTTP {response.status_code}).")
    if response.status_code != 200 or not isinstance(body, dict):
        raise explain(org, body)
    if not body.get("access_token") or not body.get("instance_url"):
        raise ConnectorError("Salesforce's sign-in answered without a token.", retry_seconds=60)
    return body


def _secret(value: str) -> str:
    """The secret itself; one that refers to a variable which is not set is a matter for a person."""
    try:
        return reveal(value)
    except ImproperlyConfigured as problem:
        raise NotAuthorised(str(problem), remedy="Set it where the services are started.") from None


def _grant(org: Org) -> tuple[dict[str, str], tuple[str, str] | None]:
    """The form to post, and what goes into HTTP Basic."""
    _check_filled(org)
    if org.auth == Org.Auth.JWT:
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return {"grant_type": grant, "assertion": assertion(org, int(time.time()))}, None
    secret = _secret(org.client_secret)
    if org.auth == Org.Auth.CLIENT_CREDENTIALS:
        return {"grant_type": "client_credentials"}, (org.client_id, secret)
    return {
        "grant_type": "password",
        "client_id": org.client_id,
        "client_secret": secret,
        "username": org.username,
        "password": _secret(org.password) + _secret(org.security_token),
    }, None


def _check_filled(org: Org) -> None:
    needed = Org.NEEDS.get(org.auth, ())
    empty = [name for name in needed if not getattr(org, name)]
    if empty:
        raise NotAuthorised(
            f"The settings of the Salesforce org “{org.key}” lack {', '.join(empty)}.",
            remedy=f"Signing in by {org.auth} needs {', '.join(needed)}.",
        )
    if org.auth == Org.Auth.CLIENT_CREDENTIALS and host(org).split(".")[0] in SHARED_HOSTS:
        raise NotAuthorised(
            "Client credentials work on the org's own domain only.",
            remedy="Set domain to its My Domain, such as acme.my, or acme--dev.sandbox.my for a sandbox.",
        )


def assertion(org: Org, now: int) -> str:
    """The signed statement of who we are; ``now`` in seconds since 1970."""
    import jwt

    sandbox = host(org).startswith("test.") or ".sandbox." in host(org) or ".scratch." in host(org)
    claims = {
        "iss": org.client_id,
        "sub": org.username,
        "aud": f"https://{'test' if sandbox else 'login'}.salesforce.com",
        "exp": now + JWT_SECONDS,
    }
    try:
        return jwt.encode(claims, _secret(org.private_key), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise NotAuthorised(
            "The private_key of the Salesforce org cannot be read.",
            remedy="It must be an RSA key in PEM, without a pass phrase, whole, from BEGIN to END.",
        ) from None


def _identity(org: Org, answer: Mapping[str, Any]) -> dict[str, str]:
    """The ids of org and user, which end the token's id address; refused if the org is another one."""
    org_id, user_id = (long_id(part) for part in str(answer.get("id", "")).rstrip("/").split("/")[-2:])
    if not org_id.startswith("00D") or not user_id.startswith("005"):
        raise ConnectorError("Salesforce's sign-in did not say which org and user it is for.", retry_seconds=60)
    if org.org_id and long_id(org.org_id) != org_id:
        raise WrongIdentity(
            f"Another Salesforce org answers: {org_id}, while “{org.key}” is {org.org_id}. Nothing is written.",
            remedy="Put the former domain and client back; or make a new org and pair for the other one.",
        )
    return {"org_id": org_id, "user_id": user_id}


_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(short: str) -> str:
    """The 18 characters of an id that may be given in 15; only the long form survives programs that ignore case."""
    if len(short) != 15:
        return short
    parts = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(_CHECKS[sum(1 << bit for bit, c in enumerate(part) if c.isupper())] for part in parts)


# What the sign-in's errors mean ------------------------------------------------------

GRANTS = (
    ("authentication failure", "Check username, password and security_token; the user may be locked, or frozen."),
    ("invalid_grant: expired", "Sign in again, or check how long the app's policies let a session live."),
    ("user hasn't approved", "Let an administrator pre-authorise the app for the user's profile or permission set."),
    ("audience is invalid", "Check domain: login for production, test or the sandbox's own domain for sandboxes."),
    ("no client credentials user", "Choose a run-as user in the app's Client Credentials Flow settings."),
    ("ip restricted", "Allow this server's address, or the present hour, in the user's profile or the app's policies."),
    ("invalid assertion", "Check private_key: it must belong to the certificate of the app."),
    ("invalid_app_access", "Let an administrator give the user access to the app."),
)


def explain(org: Org, body: Any) -> ConnectorError:
    """A refused sign-in in plain words; the setting at fault is named where Salesforce's text gives it away."""
    problem = problem_of(body)
    code, text = problem.code, problem.message
    where = f"Salesforce refused the sign-in of “{org.key}”: {text}."
    if code == "rate_limit_exceeded" or "login rate exceeded" in text.lower():
        return ConnectorError(where, remedy="Too many sign-ins within the hour: it goes on later.", retry_seconds=900)
    if code in ("unknown_error", "org_unavailable", "server_error", "temporarily_unavailable", "NO_JSON"):
        return ConnectorError(where, retry_seconds=60)
    if code in ("invalid_client", "invalid_client_id"):
        named = "client_id" if "identifier" in text.lower() else "client_id and client_secret"
        return NotAuthorised(where, remedy=f"Check {named}: they are the app's consumer key and secret.")
    if code in ("inactive_user", "inactive_org"):
        return NotAuthorised(where, remedy=f"The {code.removeprefix('inactive_')} is inactive: activate it again.")
    if code == "unsupported_grant_type" or code == "OAUTH_APP_BLOCKED":
        return NotAuthorised(where, remedy=f"The org or the app does not allow signing in by {org.auth}: allow it.")
    for hint, remedy in GRANTS:
        if hint in f"{code}: {text}".lower():
            return NotAuthorised(where, remedy=remedy)
    return NotAuthorised(where, remedy="Check the settings of the org and of its External Client App.")
