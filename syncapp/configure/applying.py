"""A settings file that nothing speaks against, into the database: what differs is written, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qbwc import passwords
from qbwc.models import Company
from syncapp import audit, checking
from syncapp.configure.reading import Work
from syncapp.explorer import settings_file
from syncapp.explorer.problems import Refused
from syncapp.flows import FLOWS, NAMES
from syncapp.models import Org, Pair
from syncapp.settings_rules import ACCESS, PAIR_COLUMNS, complete, plan_again, reschedule, reset_access, revealed

# How the file calls what our tables call otherwise.
FILE_NAMES = {"org": "salesforce", "desktop": "quickbooks"}


class Writer:
    def __init__(self, work: Work, who: str) -> None:
        self.who = who
        self.told: list[Callable[[], None]] = []  # once all pairs are there, since their histories tell it
        self.report = work.report
        self.tables = work.tables
        self.stored = work.stored
        self.problem = work.problem

    def write(self) -> None:
        for name, table in self.tables["salesforce"].items():
            self._write_org(name, table)
        for name, table in self.tables["desktop"].items():
            self._write_company(name, table)
        for name, table in self.tables["pair"].items():
            self._write_pair(name, table)
        for name, table in self.tables[settings_file.SECTION].items():
            self._write_operation(name, table)
        for tell in self.told:
            tell()

    def _write_operation(self, name: str, table: dict[str, Any]) -> None:
        try:
            what, keys = settings_file.write(name, table, by=self.who)
        except Refused as refusal:
            for key, message in settings_file.problems(refusal):
                self.problem(settings_file.SECTION, name, key, message)
        else:
            self.report.done.append((what, f"{settings_file.SECTION}.{name}", keys))

    def _store(self, section: str, row: Any, values: Mapping[str, Any]) -> list[str]:
        """Save what differs, and nothing else: other processes write to the same rows. What has changed."""
        new = row.pk is None
        changed = [key for key, value in values.items() if new or getattr(row, key) != value]
        for key in changed:
            setattr(row, key, values[key])
        if new:
            row.save()
        elif changed:
            row.save(update_fields=changed)
        what = "created" if new else "updated" if changed else "unchanged"
        self.report.done.append((what, f"{section}.{row.key}", self._spelt(changed)))
        return changed

    @staticmethod
    def _spelt(columns: list[str]) -> list[str]:
        """Columns by the names that the file uses."""
        return [name for key in columns for name in (NAMES if key == "flows" else [FILE_NAMES.get(key, key)])]

    def _write_org(self, name: str, table: dict[str, Any]) -> None:
        org = self.stored["salesforce"].get(name) or Org(key=name)
        new = org.pk is None
        before = {key: revealed(getattr(org, key)) for key in ACCESS}
        state = audit.org_state(org)
        self._store("salesforce", org, table)
        changes = audit.changes(state, audit.org_state(org))
        if new or changes:
            event = "org created" if new else "org changed"
            self.told.append(lambda: audit.tell_org(org, event, changes, who=self.who))
        if not new and any(revealed(getattr(org, key)) != value for key, value in before.items()):
            reset_access(org)

    def _write_company(self, name: str, table: dict[str, Any]) -> None:
        company = self.stored["desktop"].get(name) or Company(key=name, name=name)
        new = company.pk is None
        password = table.get("password", "")
        values = {key: value for key, value in table.items() if key != "password"}
        if not values.get("company_file"):
            values.pop("company_file", None)  # empty: what was learnt stays
        state = audit.company_state(company)
        self._store("desktop", company, values)
        changes = audit.changes(state, audit.company_state(company))
        known = bool(company.password_hash)
        if (password and not passwords.matches(password, company.password_hash)) or not (password or known):
            made = passwords.set_password(company, password)
            if not password:
                self.report.made_passwords[f"desktop.{name}"] = made
            _, where, changed = self.report.done[-1]
            self.report.done[-1] = ("created" if new else "updated", where, [*changed, "password"])
            changes["password"] = ["set" if known else "", "set"]
        if new or changes:
            event = "company created" if new else "company changed"
            self.told.append(lambda: audit.tell_company(company, event, changes, who=self.who))

    def _write_pair(self, name: str, table: dict[str, Any]) -> None:
        pair = self.stored["pair"].get(name) or Pair(key=name)
        new = pair.pk is None
        values: dict[str, Any] = {key: table[key] for key in PAIR_COLUMNS if key in table}
        values["org"] = Org.objects.get(key=table["salesforce"])
        values["desktop"] = Company.objects.get(key=table["quickbooks"])
        former, flows = pair.flows, dict(pair.flows)
        for flow_name, kind in NAMES.items():
            given = table.get(flow_name)
            if given is not None and (new or FLOWS[kind].complete(given) != complete(kind, flows)):
                flows[kind] = given
        state = audit.pair_state(pair)
        changed = self._store("pair", pair, {**values, "flows": flows})
        changes = audit.changes(state, audit.pair_state(pair))
        if new or changes:
            event = "pair created" if new else "settings changed"
            self.told.append(lambda: audit.tell_pair(pair, event, changes, who=self.who))
        self.report.warnings += [f"[pair.{name}] {problem}" for problem in checking.problems(pair)]
        if not new and "flows" in changed:
            plan_again(pair, former)
        if not new and "schedule" in changed:
            reschedule(pair)
