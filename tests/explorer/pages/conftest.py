"""A browser at a served admin.

With PAGES_SHOTS set to a folder, each page that is looked at is kept as a picture; with PAGES_SCHEME=dark, a dark one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

PATIENCE_MS = 20_000
WIDTH = 1280


@pytest.fixture
def page(browser: Any, live_server: Any, client: Any) -> Iterator[Any]:
    """A page on which an administrator is signed in; whatever breaks in its scripts fails the test."""
    scheme = os.environ.get("PAGES_SCHEME", "light")
    size = {"width": WIDTH, "height": 900}
    context = browser.new_context(viewport=size, base_url=live_server.url, color_scheme=scheme)
    user = User.objects.create_superuser("ann", password="not needed here")
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert problems == []


@pytest.fixture
def look(page: Any) -> Callable[[str], None]:
    """Keeps a picture, and fails if the page is wider than the screen."""

    def look(name: str) -> None:
        if folder := os.environ.get("PAGES_SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.wait_for_function("document.documentElement && document.body")  # it may just be going elsewhere
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= page.viewport_size["width"], f"{name} is {wide} pixels wide"

    return look
