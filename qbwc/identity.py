"""Which company a session talks to: the one it was paired with, or none.

1. The FileID that the Web Connector stored in the company file must be ours.
2. The company's name must be the one that was learnt first; a person can accept a new one.
3. The path of the file is data: it may change, and is learnt anew whenever 1 and 2 hold.

Rule     nothing else is sent before this is settled
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from qbwc import facts
from qbwc.conf import conf
from qbwc.facts import Learnt
from qbwc.models import Company, Installation, Session
from qbwc.qbxml import read
from qbwc.qbxml.errors import BadResponse


def owner_guid() -> str:
    """Who we are to every QuickBooks, always the same: set, or made at the first use."""
    given = str(conf.OWNER_ID).strip("{} ")
    owner = uuid.UUID(given) if given else Installation.objects.get_or_create(pk=1)[0].owner_id
    return "{" + str(owner).upper() + "}"


def check_first_call(session: Session, hcp: str, country: str, version: str, now: datetime) -> str | None:
    """Judge by what came with the first call: a reason to stop, "" if all is well, None if it must be asked for."""
    learnt = _read(hcp) if hcp else Learnt()
    learnt.facts.setdefault("country", country or "US")
    if version:
        learnt.facts.setdefault("versions", [version])
    if not learnt.complete:
        return None
    return _judge(session, learnt, now)


def check_answer(session: Session, response: str, now: datetime) -> str:
    """Judge by the answer to our own question; a reason to stop, or ""."""
    learnt = _read(response)
    if not learnt.company_name:
        return _stop(session, "QuickBooks did not tell which company is open. Restart QuickBooks and update again.", "")
    return _judge(session, learnt, now)


def accept_name(company: Company) -> str:
    """A person says that the company was renamed: hold to the name found last."""
    if company.found_name:
        company.company_name, company.found_name, company.problem = company.found_name, "", ""
        company.save(update_fields=["company_name", "found_name", "problem"])
    return company.company_name


def learn_more(company: Company, more: Mapping[str, Any]) -> None:
    """Further facts beside those that are told at the start of a session."""
    with transaction.atomic():
        row = Company.objects.select_for_update().get(pk=company.pk)
        row.facts = {**row.facts, **more}
        row.save(update_fields=["facts"])
    company.facts = row.facts


def _read(document: str) -> Learnt:
    try:
        return facts.learn(read.read(document).results)
    except BadResponse:
        return Learnt()


def _judge(session: Session, learnt: Learnt, now: datetime) -> str:
    company = session.company
    if not facts.same_file_id(learnt.file_id, str(company.file_id)):
        known = company.company_name or company.name
        return _stop(
            session,
            f"The company open in QuickBooks, {learnt.company_name}, is not the one that this was set up for ({known})."
            " Open that company and update again; nothing was sent.",
            "",
        )
    if company.company_name and learnt.company_name != company.company_name:
        return _stop(
            session,
            f"The company is called {learnt.company_name} now and was {company.company_name} before. If it was"
            " renamed, accept the new name on its page in the admin, then update again; nothing was sent.",
            learnt.company_name,
        )
    _keep(session, learnt, now)
    return ""


def _keep(session: Session, learnt: Learnt, now: datetime) -> None:
    session.identity = "verified"
    company = session.company
    for name in ("refused_versions",):
        if name in company.facts and company.facts.get("product") == learnt.facts.get("product"):
            learnt.facts[name] = company.facts[name]
    path = session.company_file or company.company_file
    company.company_name, company.company_file = learnt.company_name, path
    company.facts = {**company.facts, "read_only": False, **learnt.facts}
    company.found_name, company.problem, company.facts_at = "", "", now
    company.save(update_fields=["company_name", "company_file", "facts", "found_name", "problem", "facts_at"])


def _stop(session: Session, reason: str, found_name: str) -> str:
    session.identity = "mismatch"
    company = session.company
    company.problem, company.found_name = reason, found_name
    company.save(update_fields=["problem", "found_name"])
    return reason
