"""Imports go one way, and what is called pure is pure."""

from __future__ import annotations

import ast

import pytest

from tests.house.files import imports, python_files, text, tree

OURS = {"qbwc", "syncapp", "project", "tests", "scripts"}
MAY_IMPORT = {
    "qbwc": {"qbwc"},
    "syncapp": {"syncapp", "qbwc"},
    "project": {"project", "syncapp", "qbwc"},
    "scripts": {"scripts", "qbwc"},
}
SANDBOX = "project/sandbox/"
# The demo wires the sandbox to the product; nothing else in it may know the product, or Django.
DEMO = ("project/sandbox/management/", "project/sandbox/page/")
PURE = (
    "qbwc/qbxml/",
    "qbwc/session.py",
    "syncapp/records.py",
    "syncapp/limits.py",
    "syncapp/mapping/",
    "syncapp/engine/",
)
# The world outside: frameworks, networks, files, clocks and chance.
WORLD = (
    *(
        "django",
        "django_q",
        "spyne",
        "requests",
        "simple_salesforce",
        "httpx",
        "urllib.request",
        "http",
        "socket",
        "ssl",
    ),
    *("os", "sys", "subprocess", "shutil", "tempfile", "sqlite3", "logging", "threading", "asyncio"),
    *("time", "random", "secrets", "uuid.uuid1", "uuid.uuid4"),
)
CLOCKS = {"now", "utcnow", "today"}
OPENERS = {"open", "input", "print"}


def tops(name: str) -> set[str]:
    return {module.split(".")[0] for module in imports(name)}


def is_pure(name: str) -> bool:
    """Listed above, or said by the module itself."""
    said = ast.get_docstring(tree(name)) or ""
    return name.startswith(PURE) or any(line.startswith("Pure") for line in said.splitlines())


PRODUCT_FILES = python_files(*MAY_IMPORT)
PURE_FILES = [name for name in python_files("qbwc", "syncapp") if is_pure(name)]


@pytest.mark.parametrize("floor, below", MAY_IMPORT.items())
def test_imports_go_one_way(floor, below):
    upwards = {name: up for name in python_files(floor) if (up := tops(name) & OURS - below)}
    assert upwards == {}


def test_the_product_does_not_know_the_sandbox():
    """Nor does the wiring: the demo comes to it."""
    outside = [name for name in PRODUCT_FILES if not name.startswith(SANDBOX)]
    assert [name for name in outside if any(m.startswith("project.sandbox") for m in imports(name))] == []


def test_the_sandbox_is_written_from_the_facts_alone():
    inside = [name for name in PRODUCT_FILES if name.startswith(SANDBOX) and not name.startswith(DEMO)]
    assert len(inside) > 20
    assert {name: bad for name in inside if (bad := tops(name) & {"qbwc", "syncapp", "django", "django_q"})} == {}


def test_what_is_pure_was_found():
    assert [start for start in PURE if not any(name.startswith(start) for name in PURE_FILES)] == []


def test_pure_modules_touch_nothing_outside():
    def outside(name: str) -> set[str]:
        return {module for module in imports(name) if any(f"{module}.".startswith(f"{it}.") for it in WORLD)}

    assert {name: found for name in PURE_FILES if (found := outside(name))} == {}


def test_pure_modules_read_no_clock_and_open_no_file():
    found = []
    for name in PURE_FILES:
        for node in ast.walk(tree(name)):
            called = node.func if isinstance(node, ast.Call) else None
            clock = isinstance(called, ast.Attribute) and called.attr in CLOCKS
            if clock or (isinstance(called, ast.Name) and called.id in OPENERS):
                found.append(f"{name}:{called.lineno} {ast.unparse(called)}")
    assert found == []


def test_pure_modules_stand_on_pure_modules():
    files = python_files("qbwc", "syncapp")
    known = {n.removesuffix(".py").removesuffix("/__init__").replace("/", "."): n for n in files}
    found = []
    for name in PURE_FILES:
        below = [known[module] for module in imports(name) if module in known]
        found += [f"{name} imports {other}" for other in below if text(other).strip() and not is_pure(other)]
    assert found == []
