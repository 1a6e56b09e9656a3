"""The files of this project, and what their Python says, for the tests of the house rules."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("qbwc", "syncapp", "project", "scripts")
GENERATED = ("qbwc/qbxml/catalogue_data/", "/migrations/", "/static/vendor/")


@cache
def tracked() -> list[str]:
    """Every file under version control, and those that are about to be."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file() and not any(g in name for g in GENERATED))


def python_files(*tops: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and (not tops or name.split("/")[0] in tops)]


@cache
def text(name: str) -> str:
    """The file's text, or nothing if it is none."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name), filename=name)


def imports(name: str) -> set[str]:
    """The full names of all modules that a file imports, wherever in it."""
    package = name.removesuffix(".py").removesuffix("/__init__").split("/")
    if not name.endswith("__init__.py"):
        package = package[:-1]
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def functions(name: str) -> Iterator[tuple[str, int]]:
    """Each function and its number of lines."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def remarks(name: str) -> Iterator[str]:
    """Comments and docstrings of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(text(name)).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("# ")
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
