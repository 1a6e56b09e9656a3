"""A settings file as read: its tables, each key of the right type, and what speaks against it so far."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from syncapp.explorer import settings_file
from syncapp.settings_rules import KEYS, SECRETS

TABLES = {**KEYS, settings_file.SECTION: settings_file.KEYS}
TYPE_NAMES = {str: "a text in quotes", int: "a whole number", bool: "true or false", dict: "a table, { … }"}
TYPE_NAMES[list] = "a list, [ … ]"


class BadFile(Exception):
    """The file cannot be taken; nothing was written."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Report:
    """What was done, line by line; passwords that were made are shown here and never again."""

    done: list[tuple[str, str, list[str]]] = field(default_factory=list)  # what became of it, its table, its keys
    warnings: list[str] = field(default_factory=list)
    made_passwords: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return any(what != "unchanged" for what, _, _ in self.done)


class Work:
    """One file on its way into the database: judging.py collects problems, applying.py is for a file without any."""

    def __init__(self, text: str) -> None:
        self.problems: list[str] = []
        self.report = Report()
        self.tables: dict[str, dict[str, dict[str, Any]]] = {section: {} for section in TABLES}
        self.stored: dict[str, dict[str, Any]] = {section: {} for section in TABLES}  # rows by key; see judging.py
        for section, named in _parse(text).items():
            self._take(section, named)

    def problem(self, section: str, name: str, key: str, message: str) -> None:
        self.problems.append(f"[{section}.{name}] {key}: {message}")

    def _take(self, section: str, named: Any) -> None:
        if section == "online":
            self.problems.append("[online]: QuickBooks Online is not supported yet. Use [desktop.NAME].")
        elif section not in TABLES:
            known = ", ".join(f"[{each}.NAME]" for each in TABLES)
            self.problems.append(f"[{section}]: there is no such table. There are {known}.")
        elif not isinstance(named, dict) or not all(isinstance(each, dict) for each in named.values()):
            self.problems.append(f"[{section}]: give each entry a name of its own, as in [{section}.acme].")
        else:
            for name, table in named.items():
                self._take_table(section, name, table)

    def _take_table(self, section: str, name: str, table: dict[str, Any]) -> None:
        where = f"[{section}.{name}]"
        longest = {"desktop": 40, settings_file.SECTION: 60}.get(section, 50)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or len(name) > longest:
            rule = f"may hold letters, digits, - and _, and at most {longest} of them"
            self.problems.append(f"{where}: the name {rule}. Rename the table.")
            return
        keys = TABLES[section]
        for key, value in table.items():
            if key not in keys:
                self.problems.append(f"{where} {key}: there is no such key. There are {', '.join(keys)}.")
            elif not isinstance(value, keys[key]) or (keys[key] is int and isinstance(value, bool)):
                shown = "what is given" if key in SECRETS else repr(value)
                self.problems.append(f"{where} {key}: {shown} is not {TYPE_NAMES[keys[key]]}.")
        fitting = {key: value for key, value in table.items() if key in keys and isinstance(value, keys[key])}
        self.tables[section][name] = fitting


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        hint = " Put Windows paths in 'single quotes'." if re.search("escape|hex", str(problem)) else ""
        raise BadFile([f"The file is not TOML: {problem}.{hint}"]) from None
