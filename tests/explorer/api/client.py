"""A program that uses the API over the real WSGI application, and holds every answer against the OpenAPI document."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes

import jsonschema
from django.core.handlers.wsgi import WSGIHandler

from syncapp.explorer.api.app import api

PROBLEM = "application/problem+json"


@cache
def document():
    return json.loads(json.dumps(api.get_openapi_schema()))


@cache
def addresses():
    """(pattern, methods) of every path of the document, fixed ones first."""
    paths = sorted(document()["paths"].items(), key=lambda each: each[0].count("{"))
    return [(re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path)) + r"\Z"), found) for path, found in paths]


def described(method, path):
    """What the document says of this request; None where it says nothing."""
    for pattern, methods in addresses():
        if pattern.match(path) and method.lower() in methods:
            return methods[method.lower()]
    return None


@cache
def validator(pointer):
    schema = {"$ref": f"#{pointer}", "components": document()["components"], "paths": document()["paths"]}
    return jsonschema.Draft202012Validator(schema)


def check(method, path, answer):
    """Every answer is one that the document promises."""
    if answer.status >= 400 and method != "HEAD":
        assert answer.headers["Content-Type"] == PROBLEM, answer.body[:300]
        validator("/components/schemas/ProblemTold").validate(answer.json)
        assert answer.json["status"] == answer.status
    assert "Set-Cookie" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    operation = described(method, path.partition("?")[0])
    if operation is None or method == "HEAD":
        return
    promised = operation["responses"].get(str(answer.status))
    if answer.status not in (405, 500):
        assert promised, (
            f"{method} {path} answered {answer.status}, which the document does not name: {answer.body[:300]}"
        )
    content = (promised or {}).get("content", {})
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if content and answer.body and answer.status != 405:
        assert kind in content, f"{method} {path} answered {kind}, the document says {sorted(content)}"
        if kind.endswith("json") and "$ref" in json.dumps(content[kind]):
            schema = {**content[kind]["schema"], "components": document()["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json)


class Program:
    """Sends requests with its token; `answer.json` is the body."""

    def __init__(self, token=None, address="203.0.113.5"):
        self.token, self.address = token, address

    def __call__(self, method, path, body=None, *, raw=None, headers=None, kind="application/json"):
        path = path if path.startswith("/") else f"/api/v1/{path}"
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = call(method, path, sent, {**given, **(headers or {})}, kind, self.address)
        check(method, path, answer)
        return answer

    def get(self, path, **options):
        return self("GET", path, **options)

    def post(self, path, body=None, **options):
        return self("POST", path, body, **options)

    def upload(self, path, file, headers=None, name="customers.csv", **members):
        """A form with a file, as a browser or curl sends it."""
        end = "a-line-that-is-in-no-file"
        parts = [
            f'--{end}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in members.items()
        ]
        head = f'--{end}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        raw = "".join(f"{part}\r\n" for part in parts).encode() + head.encode() + file + f"\r\n--{end}--\r\n".encode()
        return self.post(path, raw=raw, headers=headers, kind=f"multipart/form-data; boundary={end}")

    def all(self, path):
        """Every item of a list, page by page."""
        found = []
        while path:
            page = self.get(path).json
            found += page["items"]
            path = page["next"]
        return found


def call(method, path, body, headers, kind, address):
    where, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(where).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    began = {}

    def start(status, sent, exc_info=None):
        began.update(status=int(status[:3]), headers=dict(sent))

    response = handler()(environ, start)
    content = b"".join(response)
    response.close()
    is_json = began["headers"].get("Content-Type", "").partition(";")[0].endswith("json")
    return SimpleNamespace(
        status=began["status"],
        headers=began["headers"],
        body=content,
        json=json.loads(content) if content and is_json else None,
    )


@cache
def handler():
    return WSGIHandler()
