"""Everything that can be said of a settings file before the first write."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models

from qbwc import passwords
from qbwc.models import Company
from syncapp import custom_fields, field_mapping
from syncapp.configure.reading import Work
from syncapp.flows import FLOWS, NAMES
from syncapp.flows.base import BadSetting
from syncapp.models import Org, Pair
from syncapp.secrets import REFERENCE
from syncapp.settings_rules import (
    MANNERS,
    NEEDS,
    OPTIONAL,
    SCHEDULE_MINUTES_MIN,
    SECRETS,
    bulk_problem,
    schedule_problem,
    shortest_minutes,
    source_problem,
)


class Judge:
    """Reads what is stored, and fills the work's problems and warnings."""

    def __init__(self, work: Work) -> None:
        self.problems = work.problems
        self.report = work.report
        self.tables = work.tables
        self.stored = work.stored
        self.problem = work.problem

    def judge(self) -> None:
        sources: dict[str, type[models.Model]] = {"salesforce": Org, "desktop": Company, "pair": Pair}
        judges: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        judges |= {"salesforce": self._judge_org, "desktop": self._judge_company, "pair": self._judge_pair}
        for section, model in sources.items():
            rows = model._default_manager.filter(key__in=list(self.tables[section]))
            self.stored[section] = {row.key: row for row in rows}  # type: ignore[attr-defined]
        for section, judge in judges.items():
            for name, table in self.tables[section].items():
                judge(name, table)
        self._judge_unique()

    def _judge_secret(self, section: str, name: str, key: str, value: str) -> str:
        """The secret itself; a variable that is missing is a problem that names it."""
        if not value.startswith(REFERENCE):
            return value
        variable = value.removeprefix(REFERENCE)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            self.problem(section, name, key, f"“{value}” names no variable. Write env:NAME, such as env:ACME_SECRET.")
        elif not os.environ.get(variable):
            self.problem(section, name, key, f"the environment variable {variable} is not set. Set it, then run again.")
        return os.environ.get(variable, "")

    def _judge_org(self, name: str, table: dict[str, Any]) -> None:
        stored = self.stored["salesforce"].get(name)
        auth = table.get("auth", stored.auth if stored else Org.Auth.CLIENT_CREDENTIALS)
        if auth not in NEEDS:
            ways = ", ".join(f"“{each}”" for each in NEEDS)
            why = (
                "signing in through a browser needs the wizard, which this version does not have"
                if auth == "web"
                else ""
            )
            why = why or f"“{auth}” is no way to sign in"
            self.problem("salesforce", name, "auth", f"{why}. Use {ways}.")
            return
        for key in NEEDS[auth]:
            if not table.get(key, getattr(stored, key, "")):
                self.problem("salesforce", name, key, f"it is missing, and auth = “{auth}” needs it. Add it.")
        if problem := bulk_problem(table.get("bulk_from", 0)):
            self.problem("salesforce", name, "bulk_from", problem)
        useless = set(table) - {"auth", *MANNERS, *NEEDS[auth], *OPTIONAL.get(auth, ())}
        for key in sorted(useless):
            self.report.warnings.append(f"[salesforce.{name}] {key}: it is not used by auth = “{auth}”.")
        for key in SECRETS:
            self._judge_secret("salesforce", name, key, table.get(key, ""))

    def _judge_company(self, name: str, table: dict[str, Any]) -> None:
        stored = self.stored["desktop"].get(name)
        if not table.get("username", stored.username if stored else ""):
            self.problem(
                "desktop", name, "username", "it is missing. Add the name that the Web Connector signs in with."
            )
        if "password" in table:
            self._judge_password(name, table)
        path = table.get("company_file", "")
        if path and not re.match(r"^([A-Za-z]:[\\/]|\\\\|//)", path):
            remedy = r"Give it whole, such as 'C:\QuickBooks\Acme.qbw', or leave it empty"
            self.problem("desktop", name, "company_file", f"“{path}” is not the full path of a file. {remedy}.")
        elif path and not path.lower().endswith(".qbw"):
            self.problem("desktop", name, "company_file", f"“{path}” is no company file: its name must end with .qbw.")
        if table.get("run_every_minutes", 0) < 0:
            self.problem(
                "desktop", name, "run_every_minutes", "it cannot be less than 0 (0: only when started by hand)."
            )
        if "file_id" in table:
            self._judge_file_id(name, table, stored)

    def _judge_password(self, name: str, table: dict[str, Any]) -> None:
        password = self._judge_secret("desktop", name, "password", table["password"])
        if not table["password"]:
            remedy = "Leave the key out to have one made and shown once"
            self.problem("desktop", name, "password", f"it is empty. {remedy}.")
        elif password and (len(password) < passwords.LENGTH_MIN or len(set(password)) < passwords.DIFFERENT_MIN):
            rule = f"at least {passwords.LENGTH_MIN} characters, {passwords.DIFFERENT_MIN} of them different"
            remedy = "Choose a longer one, or leave the key out to have one made"
            self.problem("desktop", name, "password", f"a Web Connector password needs {rule}. {remedy}.")
        table["password"] = password

    def _judge_file_id(self, name: str, table: dict[str, Any], stored: Company | None) -> None:
        try:
            table["file_id"] = UUID(table["file_id"].strip("{} "))
        except ValueError:
            self.problem(
                "desktop", name, "file_id", f"“{table.pop('file_id')}” is no GUID. Leave the key out to have one made."
            )
            return
        if stored and stored.company_name and stored.file_id != table["file_id"]:
            why = "the company file already holds the FileID that we gave it"
            self.problem("desktop", name, "file_id", f"{why}. Leave the key out, or add another company.")

    def _judge_pair(self, name: str, table: dict[str, Any]) -> None:
        stored: Pair | None = self.stored["pair"].get(name)
        org = self._judge_reference(name, table, "salesforce", "salesforce", stored.org.key if stored else "")
        company = self._judge_reference(name, table, "quickbooks", "desktop", stored.desktop.key if stored else "")
        table["salesforce"], table["quickbooks"] = org, company
        if stored and stored.links.exists():
            for key, old in (("salesforce", stored.org.key), ("quickbooks", stored.desktop.key)):
                if table[key] and table[key] != old:
                    why = f"the pair's links belong to “{old}”"
                    self.problem("pair", name, key, f"{why}. Put it back, and add another pair for the other one.")
        if "schedule" in table:
            self._judge_schedule(name, table["schedule"])
        if (first := table.get("first_run", "apply")) not in Pair.FirstRun.values:
            may = " or ".join(f"“{each}”" for each in Pair.FirstRun.values)
            self.problem("pair", name, "first_run", f"it is “{first}”, but may be {may}.")
        known = stored.desktop if stored else Company.objects.filter(key=company).first() or Company()
        for flow_name, kind in NAMES.items():
            try:
                settings = FLOWS[kind].complete(table.get(flow_name, {}))
            except BadSetting as problem:
                self.problem("pair", name, flow_name, problem.reason)
                continue
            except (TypeError, AttributeError) as problem:
                self.problem("pair", name, flow_name, str(problem))
                continue
            if kind == "sale" and flow_name in table and (why := source_problem(stored, settings)):
                self.problem("pair", name, flow_name, why)
            for each in field_mapping.judge_quickbooks(kind, settings, known):
                if each.warning and custom_fields.definitions(known) is None:  # else checking.py tells
                    self.report.warnings.append(f"[pair.{name}] {flow_name}: {each}")
                elif not each.warning:
                    self.problem("pair", name, flow_name, str(each))

    def _judge_reference(self, name: str, table: dict[str, Any], key: str, section: str, stored: str) -> str:
        """The name of the org or company that a pair names; empty if there is none, which is a problem."""
        given = table.get(key, f"{section}.{stored}" if stored else "")
        prefix, dot, rest = given.partition(".")
        kind, target = (prefix, rest) if dot else (section if key == "salesforce" else "", given)
        wanted = f"{key} = “acme”" if key == "salesforce" else f"{key} = “desktop.acme”"
        if not given:
            self.problem("pair", name, key, f"it is missing. Name what is paired, as in {wanted}.")
        elif kind == "online":
            self.problem("pair", name, key, "QuickBooks Online is not supported yet. Use a [desktop.NAME].")
        elif kind != section:
            self.problem("pair", name, key, f"“{given}” does not say what it is. Write it as in {wanted}.")
        elif target not in self.tables[section] and not self._model(section).objects.filter(key=target).exists():
            self.problem("pair", name, key, f"there is no [{section}.{target}]. Add that table, or correct the name.")
        else:
            return target
        return ""

    @staticmethod
    def _model(section: str) -> Any:
        return Org if section == "salesforce" else Company

    def _judge_schedule(self, name: str, schedule: str) -> None:
        if problem := schedule_problem(schedule):
            self.problem("pair", name, "schedule", problem)
            return
        shortest = shortest_minutes(schedule) or 0
        if shortest < SCHEDULE_MINUTES_MIN:
            why = f"cycles would be {shortest:g} minutes apart; each costs calls of Salesforce's daily allowance"
            self.report.warnings.append(
                f"[pair.{name}] schedule: {why}. {SCHEDULE_MINUTES_MIN} minutes or more are usual."
            )

    def _judge_unique(self) -> None:
        """User names, company files and FileIDs belong to one company each; an org and a company to one pair."""
        for key in ("username", "company_file", "file_id"):
            owners: dict[Any, str] = {}
            values = [(name, table[key]) for name, table in self.tables["desktop"].items() if table.get(key)]
            for name, value in values:
                rival = owners.setdefault(value, name)
                others = Company.objects.filter(**{key: value}).exclude(key__in=list(self.tables["desktop"]))
                rival = rival if rival != name else next((other.key for other in others), "")
                if rival:
                    remedy = "Each company needs one of its own"
                    self.problem("desktop", name, key, f"“{value}” is used by [desktop.{rival}] already. {remedy}.")
        pairs: dict[tuple[str, str], str] = {}
        for row in Pair.objects.exclude(key__in=list(self.tables["pair"])).values_list(
            "org__key", "desktop__key", "key"
        ):
            pairs[row[0], row[1]] = row[2]
        for name, table in self.tables["pair"].items():
            both = (table["salesforce"], table["quickbooks"])
            if all(both) and (rival := pairs.setdefault(both, name)) != name:
                why = f"[pair.{rival}] joins the same org and company"
                self.problem("pair", name, "quickbooks", f"{why}. Keep one of the two pairs.")
