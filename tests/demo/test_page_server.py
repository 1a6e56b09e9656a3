"""The page's server: what it serves, and whom it refuses."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from project.sandbox.page.desk import Refusal
from project.sandbox.page.server import BODY_MAX, Page

JSON = {"Content-Type": "application/json"}


class Asked:
    def __init__(self) -> None:
        self.edits: list[dict[str, Any]] = []

    def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("act") == "refuse":
            raise Refusal("QuickBooks: no")
        if asked.get("act") == "break":
            raise RuntimeError("secret detail")
        self.edits.append(asked)
        return {"done": "1"}


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def page(asked: Asked) -> Iterator[Page]:
    page = Page(lambda: {"rows": []}, asked.do)
    yield page
    page.stop()


def call(page: Page, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=10)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers={"Host": f"localhost:{page.port}", **sent})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.headers


def post(page: Page, body: Any, **headers: str) -> tuple[int, str, Any]:
    own = {"Origin": f"http://localhost:{page.port}", "Content_Type": "application/json"}
    text = body if isinstance(body, str) else json.dumps(body)
    return call(page, "POST", "/api/do", text, **{**own, **headers})


def test_the_page_and_its_parts_are_served_with_a_strict_policy(page):
    for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
        status, text, headers = call(page, "GET", path)
        assert (status, headers["Content-Type"].split(";")[0]) == (200, kind)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert text


def test_the_page_takes_nothing_from_elsewhere(page):
    for path in ("/", "/page.css", "/page.js"):
        _, text, _ = call(page, "GET", path)
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert "innerHTML" not in text


def test_an_edit_from_the_page_is_done(page, asked):
    assert post(page, {"act": "edit"})[0] == 200
    assert asked.edits == [{"act": "edit"}]


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example:80"])
def test_another_host_is_refused_for_reading_too(page, asked, host):
    assert call(page, "GET", "/api/state", Host=host)[0] == 403
    assert post(page, {"act": "edit"}, Host=host)[0] == 403
    assert asked.edits == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost:1", "https://localhost"])
def test_an_edit_from_another_page_is_refused(page, asked, origin):
    assert post(page, {"act": "edit"}, Origin=origin)[0] == 403
    assert asked.edits == []


def test_a_plain_form_is_refused(page, asked):
    assert post(page, {"act": "edit"}, Content_Type="text/plain")[0] == 403
    assert asked.edits == []


@pytest.mark.parametrize("body", ["", "[]", "3", "{", "\xff"])
def test_what_is_no_edit_is_refused(page, asked, body):
    assert post(page, body)[0] == 400
    assert asked.edits == []


def test_a_huge_body_is_not_read(page, asked):
    assert post(page, "x" * 10, Content_Length=str(BODY_MAX + 1))[0] == 413
    assert asked.edits == []


def test_a_refusal_is_told_and_a_fault_is_not(page):
    status, text, _ = post(page, {"act": "refuse"})
    assert (status, json.loads(text)["error"]) == (422, "QuickBooks: no")
    status, text, _ = post(page, {"act": "break"})
    assert status == 500
    assert "secret detail" not in text


def test_unknown_paths_are_404(page):
    assert call(page, "GET", "/../../etc/passwd")[0] == 404
    assert call(page, "GET", "/page.html")[0] == 404
