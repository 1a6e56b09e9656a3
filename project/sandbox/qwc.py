"""The .qwc file as the Web Connector reads it, and what it then writes into the company file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from .desktop import CompanyFile

_GUID = re.compile(r"\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
_REQUIRED = ("AppName", "AppID", "AppURL", "AppDescription", "AppSupport", "UserName", "OwnerID", "FileID", "QBType")


class QwcError(ValueError):
    """The Web Connector would refuse this .qwc file."""


@dataclass
class Registration:
    """One application of one company in the Web Connector."""

    url: str
    username: str
    app: str = "Sync"
    owner_id: str = "{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}"
    file_id: str = "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}"
    cert_url: str = ""
    read_only: bool = False
    run_every_seconds: int = 0
    machine: str = "BOOKSPC"

    def add_to(self, file: CompanyFile) -> None:
        """As when the Admin answers the certificate dialog with yes; again for a known application does nothing."""
        known = file.apps.get(self.app)
        if known is not None and known["file_id"] == self.file_id:
            return
        if self.read_only:
            # QuickBooks lets the application write nothing, so QBWC cannot store the FileID either.
            raise QwcError("QBWC1039: an application that is read-only cannot be registered. Leave IsReadOnly out.")
        file.register_app(
            self.app,
            owner_id=self.owner_id,
            file_id=self.file_id,
            machine=self.machine,
        )


def read_qwc(text: str) -> Registration:
    if not text.startswith("<"):
        raise QwcError("The file must begin with '<': no byte order mark, no blank.")
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise QwcError(f"The file is not well-formed XML: {error}") from error
    if root.tag != "QBWCXML":
        raise QwcError(f"The root element is QBWCXML, not {root.tag}.")
    values = {str(node.tag): (node.text or "").strip() for node in root}
    for name in _REQUIRED:
        if name not in values or (not values[name] and name != "AppID"):
            raise QwcError(f"{name} is missing.")
    for name in ("OwnerID", "FileID"):
        if _GUID.fullmatch(values[name]) is None:
            raise QwcError(f"{name} is a GUID in braces, not {values[name]!r}.")
    if urlsplit(values["AppSupport"]).hostname != urlsplit(values["AppURL"]).hostname:
        raise QwcError("QBWC1000: AppSupport and AppURL must be on the same host.")
    if values["QBType"] != "QBFS":
        raise QwcError(f"QBType is QBFS for QuickBooks Desktop, not {values['QBType']!r}.")
    return Registration(
        url=values["AppURL"],
        username=values["UserName"],
        app=values["AppName"],
        owner_id=values["OwnerID"],
        file_id=values["FileID"],
        cert_url=values.get("CertURL", ""),
        read_only=values.get("IsReadOnly") == "true",
        run_every_seconds=_schedule(root),
    )


def _schedule(root: etree._Element) -> int:
    for name, factor in (("RunEveryNSeconds", 1), ("RunEveryNMinutes", 60)):
        text = root.findtext(f"Scheduler/{name}", "").strip()
        if text.isdigit():
            return int(text) * factor
    return 0
