"""The set-up file that a person gives to the Web Connector: who we are, where, and how often to call.

Rule     the same company gives the same file every time: new GUIDs would leave orphans in the company file
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse

from qbwc.conf import conf
from qbwc.identity import owner_guid
from qbwc.models import Company

APP_NAME_LENGTH_MAX = 32
DESCRIPTION_LENGTH_MAX = 80
PERSONAL_DATA = ("pdpNotNeeded", "pdpOptional", "pdpRequired")


class NotPossible(Exception):
    """The Web Connector would refuse the file; the message says why."""


def public_url() -> str:
    return str(getattr(settings, "PUBLIC_URL", "http://localhost:8000")).rstrip("/")


def endpoint_url() -> str:
    return public_url() + reverse("qbwc:endpoint")


def support_url() -> str:
    return public_url() + reverse("qbwc:support")


def document(
    company: Company,
    *,
    every_seconds: int | None = None,
    unattended: bool = True,
    personal_data: str = "pdpNotNeeded",
    read_only: bool = False,
) -> str:
    """The text of the company's .qwc file, in ASCII; NotPossible where no Web Connector would take it."""
    if personal_data not in PERSONAL_DATA:
        raise NotPossible(f"personal data must be one of {', '.join(PERSONAL_DATA)}")
    check_address(endpoint_url())
    name = _ascii(f"{conf.APP_NAME} {company.name}")[:APP_NAME_LENGTH_MAX].strip()
    elements = [
        ("AppName", name),
        ("AppID", ""),
        ("AppURL", endpoint_url()),
        ("AppDescription", _ascii(conf.APP_DESCRIPTION)[:DESCRIPTION_LENGTH_MAX]),
        ("AppSupport", support_url()),
        ("UserName", company.username),
        ("OwnerID", owner_guid()),
        ("FileID", company.file_guid),
        ("QBType", "QBFS"),
        ("AppUniqueName", _ascii(f"{conf.APP_NAME} {company.key}")),
        ("AuthFlags", "0x0"),
        ("Notify", "false"),
        ("PersonalDataPref", personal_data),
        ("UnattendedModePref", "umpOptional" if unattended else "umpRequired"),
    ]
    if read_only:
        elements.append(("IsReadOnly", "true"))
    lines = [f"  <{tag}>{escape(text)}</{tag}>" for tag, text in elements]
    lines += _scheduler(company, every_seconds)
    return "\n".join(['<?xml version="1.0"?>', "<QBWCXML>", *lines, "</QBWCXML>", ""])


def _scheduler(company: Company, every_seconds: int | None) -> list[str]:
    if every_seconds:
        return [f"  <Scheduler><RunEveryNSeconds>{every_seconds}</RunEveryNSeconds></Scheduler>"]
    if company.run_every_minutes:
        return [f"  <Scheduler><RunEveryNMinutes>{company.run_every_minutes}</RunEveryNMinutes></Scheduler>"]
    return []


def check_address(url: str) -> None:
    """https with a host name, or localhost: the Web Connector takes nothing else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_ip(host):
        raise NotPossible(f"{host} is an IP address; the Web Connector wants a host name. Set PUBLIC_URL to one.")
    if parts.scheme != "https" and host != "localhost":
        raise NotPossible(
            "The Web Connector wants https (http only for localhost). Set PUBLIC_URL to an https address."
        )


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()
