"""The web-server flow: a person is asked in the browser, and a code comes back that is worth one sign-in.

Words    approval   the page on which a person allows an app or denies it; skipped where it was allowed before
         code       what travels through the browser: good for fifteen minutes and for one use
         challenge  PKCE: the hash of a secret that only the app knows and shows when it hands in the code
Rule     an unknown app or a wrong callback address is shown as a page, never sent to that address
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .wire import Request, Response

if TYPE_CHECKING:
    from .auth import App, Doors

CODE_MINUTES_MAX = 15
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
SCOPES = frozenset({"api", "refresh_token", "offline_access", "full", "web", "id", "openid", "profile", "email"})
APPROVAL_PATH = "setup/secur/remoteaccessauthorizationpage.apexp"


@dataclass
class Code:
    text: str
    client_id: str
    user_id: str
    redirect_uri: str
    challenge: str
    scope: str
    made_at: datetime
    used: bool = False


class CodeRefused(Exception):
    """The token endpoint does not take the code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class WebFlow:
    """The browser's side of one org; ``browser_user`` is whoever sits before it."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.codes: dict[str, Code] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.browser_user = ""

    @property
    def _user_id(self) -> str:
        return self.browser_user or self.doors.default_person

    def authorize(self, request: Request) -> Response:
        asked = request.query
        app = self.doors.apps.get(asked.get("client_id", ""))
        if app is None:
            return _page("error=invalid_client_id&error_description=client identifier invalid")
        if asked.get("redirect_uri", "") not in app.callback_urls:
            return _page("error=redirect_uri_mismatch&error_description=redirect_uri must match configuration")
        refusal = self._refusal(app, asked)
        if refusal:
            return _back(asked, error=refusal[0], error_description=refusal[1])
        if self._user_id in app.approved and "consent" not in asked.get("prompt", ""):
            return self._allow(app, asked)
        request_id = self.doors.random_text(24)
        self.asked[request_id] = asked
        return _approval(request_id, app.client_id)

    def _refusal(self, app: App, asked: dict[str, str]) -> tuple[str, str] | None:
        if app.blocked:
            return "OAUTH_APP_BLOCKED", "this app is blocked by admin"
        if asked.get("response_type") != "code":
            return "unsupported_response_type", "response type not supported"
        if not asked.get("code_challenge"):
            return "invalid_request", "missing required code challenge"
        if not CHALLENGE.fullmatch(asked["code_challenge"]) or asked.get("code_challenge_method", "S256") != "S256":
            return "invalid_request", "invalid code challenge"
        unknown = set(asked.get("scope", "api").split()) - SCOPES
        return ("invalid_scope", f"the requested scope is invalid: {' '.join(sorted(unknown))}") if unknown else None

    def decide(self, request: Request) -> Response:
        """What the person said on the approval page."""
        asked = self.asked.pop(request.form.get("source", ""), None)
        app = self.doors.apps.get(asked["client_id"]) if asked else None
        if asked is None or app is None:
            return _page("error=invalid_request&error_description=the page has expired")
        if request.form.get("decision") != "allow":
            return _back(asked, error="access_denied", error_description="end-user denied authorization")
        app.approved.add(self._user_id)
        return self._allow(app, asked)

    def _allow(self, app: App, asked: dict[str, str]) -> Response:
        code = Code(
            f"aPrx{self.doors.random_text(60)}",
            app.client_id,
            self._user_id,
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("scope", "api"),
            self.doors.org.now(),
        )
        self.codes[code.text] = code
        return _back(asked, code=code.text)

    def take(self, app: App, form: dict[str, str]) -> Code:
        """The code that a form hands in, used up whatever comes of it."""
        code = self.codes.get(form.get("code", ""))
        if code is None or code.client_id != app.client_id:
            raise CodeRefused("invalid_grant", "invalid authorization code")
        late = self.doors.org.now() - code.made_at > timedelta(minutes=CODE_MINUTES_MAX)
        if code.used or late:
            raise CodeRefused("invalid_grant", "expired authorization code")
        code.used = True
        if form.get("redirect_uri") != code.redirect_uri:
            raise CodeRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(proof, code.challenge):
            raise CodeRefused("invalid_grant", "invalid code verifier")
        return code


def _back(asked: dict[str, str], **answer: str) -> Response:
    """To the app's callback address, with what it gave us to recognise its own request by."""
    if "state" in asked:
        answer["state"] = asked["state"]
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    return Response(302, None, {"Location": f"{asked['redirect_uri']}{joint}{urlencode(answer)}"})


def _page(text: str) -> Response:
    return Response(400, f"<html><body><p>{escape(text)}</p></body></html>", content_type="text/html;charset=UTF-8")


def _approval(request_id: str, app: str) -> Response:
    buttons = "".join(
        f'<button name="decision" value="{value}">{label}</button>'
        for value, label in (("allow", "Allow"), ("deny", "Deny"))
    )
    form = (
        f'<form method="post" action="/{APPROVAL_PATH}"><input type="hidden" name="source" value="{request_id}">'
        f"{buttons}</form>"
    )
    body = f"<html><body><h1>Allow Access?</h1><p>{escape(app)} is asking to access your data.</p>{form}</body></html>"
    return Response(200, body, content_type="text/html;charset=UTF-8")
