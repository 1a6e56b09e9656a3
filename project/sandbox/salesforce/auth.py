"""Who may come in: the token endpoint and its neighbours, and the sessions that they open.

Words    app       an external client app: key, secret, the user it runs as, the public key for JWTs
         session   an access token's life: it dies when idle for too long, when revoked, or when a fault kills it
         grant     a refresh token's life, with rotation if the app asks for it
Rule     the access token says nothing about when it ends; only a 401 does.
"""

from __future__ import annotations

import base64
import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

from .auth_web import CodeRefused, WebFlow
from .state import OrgState, User
from .wire import Request, Response, html

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_AHEAD_SECONDS_MAX = 300
SOAP_LOGIN_VERSION_MAX = 64
LETTERS = string.ascii_letters + string.digits


class AuthRefused(Exception):
    """The token endpoint said no, in OAuth's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.response = Response(status, {"error": error, "error_description": description})


@dataclass
class App:
    client_id: str
    client_secret: str
    run_as: str = ""
    public_key: str = ""
    rotates: bool = False
    approved: set[str] = field(default_factory=set)
    callback_urls: tuple[str, ...] = ()
    blocked: bool = False
    refresh_idle_days: int = 0  # a refresh token dies when nobody used it for so long; 0: it never does


@dataclass
class Session:
    token: str
    user_id: str
    client_id: str
    used_at: datetime


@dataclass
class Grant:
    refresh_token: str
    user_id: str
    client_id: str
    used_at: datetime
    scope: str = "api"


class Doors:
    """The sign-in side of one org."""

    def __init__(self, org: OrgState) -> None:
        self.org = org
        self.apps: dict[str, App] = {}
        self.sessions: dict[str, Session] = {}
        self.grants: dict[str, Grant] = {}
        self.web = WebFlow(self)
        self.default_person = ""  # who sits before the browser
        self.idle_seconds_max = 7200
        self.password_flow = True
        self.soap_login = False
        self.unix_time: Callable[[], float] = time.time  # JWTs are dated by the computer that signs them

    # -- sessions

    def open(self, user_id: str, client_id: str = "") -> Session:
        token = f"{self.org.id[:15]}!AQ{self.random_text(60)}"
        self.sessions[token] = Session(token, user_id, client_id, self.org.now())
        return self.sessions[token]

    def find(self, token: str) -> Session | None:
        """The live session of an access token; using it keeps it alive."""
        session = self.sessions.get(token)
        now = self.org.now()
        if session is None or now - session.used_at > timedelta(seconds=self.idle_seconds_max):
            self.sessions.pop(token, None)
            return None
        session.used_at = now
        return session

    def expire(self, user_id: str = "") -> None:
        """End the sessions of one user, or of all."""
        self.sessions = {key: each for key, each in self.sessions.items() if user_id and each.user_id != user_id}

    def issue_refresh_token(self, client_id: str, user_id: str, scope: str = "refresh_token api") -> str:
        """What a person's approval in the browser leaves behind."""
        grant = Grant(f"5Aep{self.random_text(80)}", user_id, client_id, self.org.now(), scope)
        self.grants[grant.refresh_token] = grant
        return grant.refresh_token

    def random_text(self, length: int) -> str:
        return "".join(self.org.random.choices(LETTERS, k=length))

    # -- the token endpoint

    def token(self, request: Request) -> Response:
        form = request.form
        grants = {
            "authorization_code": self._code,
            "client_credentials": self._client_credentials,
            "password": self._password,
            "refresh_token": self._refresh,
            JWT_BEARER: self._jwt,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise AuthRefused("unsupported_grant_type", "grant type not supported")
        if self.org.happens("rate_limit"):
            raise AuthRefused("rate_limit_exceeded", "login rate exceeded")
        return grant(request, form)

    def _app(self, request: Request, form: Mapping[str, str]) -> App:
        """The app by key and secret, from HTTP Basic or from the form."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        basic = request.headers.get("authorization", "")
        if basic.startswith("Basic "):
            try:
                decoded = base64.b64decode(basic[6:], validate=True).decode()
            except ValueError:
                raise AuthRefused("invalid_client", "invalid client credentials", 401) from None
            client_id, _, secret = decoded.partition(":")
        app = self.apps.get(client_id)
        if app is None:
            raise AuthRefused("invalid_client_id", "client identifier invalid")
        if secret != app.client_secret:
            raise AuthRefused("invalid_client", "invalid client credentials", 401 if basic else 400)
        return app

    def _client_credentials(self, request: Request, form: Mapping[str, str]) -> Response:
        if is_login_host(request.host):
            raise AuthRefused("invalid_grant", "request not supported on this domain")
        app = self._app(request, form)
        if app.run_as not in self.org.users:
            raise AuthRefused("invalid_grant", "no client credentials user enabled")
        return self._signed_in(app, self.org.users[app.run_as])

    def _password(self, request: Request, form: Mapping[str, str]) -> Response:
        app = self._app(request, form)
        user = self._user_named(form.get("username", ""))
        if not self.password_flow or user is None or form.get("password") != user.password + user.security_token:
            raise AuthRefused("invalid_grant", "authentication failure")
        return self._signed_in(app, user)

    def _jwt(self, request: Request, form: Mapping[str, str]) -> Response:
        assertion = form.get("assertion", "")
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise AuthRefused("invalid_grant", "invalid assertion") from None
        app = self.apps.get(str(claims.get("iss", "")))
        if app is None:
            raise AuthRefused("invalid_client_id", "client identifier invalid")
        self._check_signature(app, assertion)
        wanted = "https://test.salesforce.com" if ".sandbox." in self.org.domain else "https://login.salesforce.com"
        if claims.get("aud") != wanted:
            raise AuthRefused("invalid_grant", "audience is invalid")
        self._check_end(claims.get("exp"))
        user = self._user_named(str(claims.get("sub", "")))
        if user is None or user.id not in app.approved:
            raise AuthRefused("invalid_grant", "user hasn't approved this consumer")
        return self._signed_in(app, user)

    def _check_signature(self, app: App, assertion: str) -> None:
        options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            if not app.public_key:
                raise jwt.InvalidKeyError("the app has no certificate")
            jwt.decode(assertion, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
        except (jwt.PyJWTError, ValueError):
            raise AuthRefused("invalid_grant", "invalid assertion") from None

    def _check_end(self, exp: object) -> None:
        """``exp`` may be a number or, as simple-salesforce sends it, a text."""
        try:
            ahead = float(str(exp)) - self.unix_time()
        except ValueError:
            raise AuthRefused("invalid_grant", "invalid assertion") from None
        if not 0 < ahead <= JWT_AHEAD_SECONDS_MAX:
            raise AuthRefused("invalid_grant", "assertion expired" if ahead <= 0 else "invalid assertion")

    def _code(self, request: Request, form: Mapping[str, str]) -> Response:
        app = self._app(request, form)
        try:
            code = self.web.take(app, dict(form))
        except CodeRefused as refused:
            raise AuthRefused(refused.error, refused.description) from None
        response = self._signed_in(app, self.org.users[code.user_id])
        response.body["scope"] = code.scope
        if {"refresh_token", "offline_access", "full"} & set(code.scope.split()):
            response.body["refresh_token"] = self.issue_refresh_token(app.client_id, code.user_id, code.scope)
        return response

    def _refresh(self, request: Request, form: Mapping[str, str]) -> Response:
        app = self._app(request, form)
        grant = self.grants.get(form.get("refresh_token", ""))
        if grant is None or grant.client_id != app.client_id:
            raise AuthRefused("invalid_grant", "expired access/refresh token")
        idle = self.org.now() - grant.used_at
        if app.refresh_idle_days and idle > timedelta(days=app.refresh_idle_days):
            del self.grants[grant.refresh_token]
            raise AuthRefused("invalid_grant", "expired access/refresh token")
        grant.used_at = self.org.now()
        rotated = {"scope": grant.scope}
        if app.rotates:
            del self.grants[grant.refresh_token]
            rotated["refresh_token"] = self.issue_refresh_token(app.client_id, grant.user_id, grant.scope)
        response = self._signed_in(app, self.org.users[grant.user_id])
        response.body.update(rotated)
        return response

    def _user_named(self, username: str) -> User | None:
        found = (user for user in self.org.users.values() if user.username.lower() == username.lower())
        return next(found, None)

    def _signed_in(self, app: App, user: User) -> Response:
        if not user.active:
            raise AuthRefused("inactive_user", "user is inactive")
        session = self.open(user.id, app.client_id)
        issued_at = str(int(self.org.now().timestamp() * 1000))
        body = {
            "access_token": session.token,
            "signature": self.random_text(43) + "=",
            "scope": "api",
            "instance_url": self.instance_url,
            "id": self.identity_url(user.id),
            "token_type": "Bearer",
            "issued_at": issued_at,
        }
        return Response(200, body)

    @property
    def instance_url(self) -> str:
        return f"https://{self.org.domain}.salesforce.com"

    def identity_url(self, user_id: str) -> str:
        host = "test" if ".sandbox." in self.org.domain else "login"
        return f"https://{host}.salesforce.com/id/{self.org.id}/{user_id}"

    # -- its neighbours

    def revoke(self, request: Request) -> Response:
        token = request.form.get("token") or request.query.get("token", "")
        grant = self.grants.pop(token, None)
        if grant is not None:
            mine = (grant.user_id, grant.client_id)
            kept = {key: each for key, each in self.sessions.items() if (each.user_id, each.client_id) != mine}
            self.sessions = kept
        elif self.sessions.pop(token, None) is None:
            raise AuthRefused("unsupported_token_type", "this token type is not supported")
        return Response(200, "")

    def introspect(self, request: Request) -> Response:
        form = request.form
        app = self._app(request, form)
        session = self.find(form.get("token", ""))
        if session is None or session.client_id != app.client_id:
            return Response(200, {"active": False})
        end = session.used_at + timedelta(seconds=self.idle_seconds_max)
        body = {
            "active": True,
            "scope": "api",
            "client_id": app.client_id,
            "username": self.org.users[session.user_id].username,
            "sub": self.identity_url(session.user_id),
            "token_type": "access_token",
            "exp": int(end.timestamp()),
        }
        return Response(200, body)

    def user_info(self, session: Session) -> Response:
        row = self.org.tables["User"].rows[session.user_id]
        rest = f"{self.instance_url}/services/data/v{{version}}/"
        body: dict[str, Any] = {
            "sub": self.identity_url(session.user_id),
            "user_id": session.user_id,
            "organization_id": self.org.id,
            "preferred_username": row["Username"],
            "name": row["Name"],
            "email": row.get("Email"),
            "active": row["IsActive"],
            "zoneinfo": "GMT",
            "urls": {"rest": rest, "sobjects": f"{rest}sobjects/", "query": f"{rest}query/"},
        }
        return Response(200, body)

    def soap(self, request: Request) -> Response:
        """SOAP's login(): retired in new versions, switched off in new orgs."""
        version = float(request.parts[-1]) if request.parts[-1].replace(".", "", 1).isdigit() else 0.0
        text = request.body.decode("utf-8", "replace")
        if version > SOAP_LOGIN_VERSION_MAX:
            return _soap_fault("UNSUPPORTED_API_VERSION", "SOAP API login() is not available in this API version.")
        if not self.soap_login:
            return _soap_fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.")
        username, password = (_between(text, name) for name in ("username", "password"))
        user = self._user_named(username)
        if user is None or password != user.password + user.security_token:
            return _soap_fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
        session = self.open(user.id)
        server = f"{self.instance_url}/services/Soap/u/{version}/{self.org.id}"
        body = f"<loginResponse><result><serverUrl>{server}</serverUrl><sessionId>{session.token}</sessionId>"
        return _soap(200, f"{body}</result></loginResponse>")


def is_login_host(host: str) -> bool:
    return host.split(":")[0] in ("login.salesforce.com", "test.salesforce.com")


def _between(text: str, name: str) -> str:
    _, _, rest = text.partition(f"{name}>")
    return rest.partition("</")[0]


def _soap(status: int, body: str) -> Response:
    head = '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    head += ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    head += ' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>'
    return Response(status, f"{head}{body}</soapenv:Body></soapenv:Envelope>", content_type="text/xml;charset=UTF-8")


def _soap_fault(code: str, message: str) -> Response:
    detail = f"<sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>"
    detail += f"<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault>"
    fault = f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring><detail>{detail}</detail>"
    return _soap(500, f"<soapenv:Fault>{fault}</soapenv:Fault>")


def lost_page() -> Response:
    return html(404, "URL No Longer Exists")
