"""The two ways in which qbXML can be wrong: ours before it is sent, theirs when it is read.

Rule     BadRequest is raised before anything leaves, and names the element, the rule and the value.
         BadResponse is the only exception that a response can cause, however broken or hostile it is.
"""

from __future__ import annotations

VALUE_LENGTH_MAX = 80


class BadRequest(ValueError):
    """QuickBooks would refuse this request; ``path`` is where, ``rule`` is why, ``value`` is what was given.

    Rules: unknown (no such request or element), branch (two alternatives that exclude each other), order, required,
    empty, clear (cannot be emptied), length, many (repeated too often), type, format, enum, range, decimals, colon,
    characters, version, country, attribute, well-formed, unavailable (not in this QuickBooks).
    """

    def __init__(self, path: str, rule: str, value: object = None, message: str = "") -> None:
        super().__init__(path, rule, value, message)
        self.path = path
        self.rule = rule
        self.value = value
        self.message = message

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.message or self.rule}"

    def under(self, name: str) -> BadRequest:
        """The same complaint seen from one level further up."""
        path = f"{name}/{self.path}" if self.path and not self.path.startswith("[") else f"{name}{self.path}"
        return BadRequest(path, self.rule, self.value, self.message)


class BadResponse(Exception):
    """What came back is not a qbXML answer that could be understood."""


def shown(value: object) -> str:
    """A value for a message: quoted, and short enough to read."""
    text = repr(value)
    return text if len(text) <= VALUE_LENGTH_MAX else text[: VALUE_LENGTH_MAX - 1] + "…"
