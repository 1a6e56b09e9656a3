"""Lets spyne 2.14 be imported on Python 3.12 and later.

It carries an old copy of six, whose importer those versions no longer support. The real six takes its place,
under the names that spyne imports, before spyne is imported for the first time.
"""

from __future__ import annotations

import importlib
import sys

MOVED = (
    "collections_abc",
    "http_cookies",
    "urllib",
    "urllib.parse",
    "urllib.request",
    "urllib.error",
    "http_client",
    "cPickle",
)


def install() -> None:
    if sys.version_info < (3, 12) or "spyne" in sys.modules:
        return
    six = importlib.import_module("six")
    six.get_function_name = lambda function: function.__name__
    sys.modules["spyne.util.six"] = six
    sys.modules["spyne.util.six.moves"] = six.moves
    for name in MOVED:
        sys.modules[f"spyne.util.six.moves.{name}"] = importlib.import_module(f"six.moves.{name}")


install()
