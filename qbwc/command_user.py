"""Who runs a command, for the records that are kept of what people do."""

from __future__ import annotations

import getpass
import os

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]


def command_user() -> str:
    """The operating system's user. Names in the environment are asked only where the system has none."""
    return f"{_name()} (command line)"


def _name() -> str:
    if pwd is not None:
        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container's user without a name
            return f"user {os.getuid()}"
    return getpass.getuser()
