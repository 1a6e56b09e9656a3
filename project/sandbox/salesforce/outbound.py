"""What an org says of its own accord: outbound messages in SOAP, and a flow that calls a web address with JSON.

Words    message        an administrator's rule: when a record of this object is saved, tell this address
         notice         one record's change, waiting to be told; it carries what the record holds when it is told
Rule     an outbound message is repeated until it is acknowledged, less and less often, for a day; it may come twice and
         out of order.  A flow's call is made once.  Nothing is told unless somebody asked for it.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml import etree

from . import ids
from .schema import SObject
from .store import Row
from .values import dump, stamp_text

if TYPE_CHECKING:
    from .state import OrgState

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SOBJECT = "urn:sobject.enterprise.soap.sforce.com"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
UNPREFIXED: dict[Any, str] = {None: OUTBOUND}
NOTICES_MAX = 100
TRIED_FOR = timedelta(hours=24)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=2)
ANSWER_SECONDS_MAX = 10
ACKNOWLEDGED = re.compile(rb"<(?:\w+:)?Ack>\s*true\s*</(?:\w+:)?Ack>")


@dataclass(frozen=True)
class Message:
    id: str
    sobject: str
    url: str
    fields: tuple[str, ...] = ()
    style: str = "soap"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Notice:
    id: str
    message: Message
    record_id: str
    made_at: datetime
    due_at: datetime
    tries: int = 0


class Outbound:
    """The messages of one org; ``deliver`` sends what is due."""

    def __init__(self, org: OrgState) -> None:
        self.org = org
        self.messages: list[Message] = []
        self.waiting: list[Notice] = []
        self.repeats = 0.0  # how probable it is that an acknowledged message comes once more

    def add(
        self,
        sobject: str,
        url: str,
        fields: Iterable[str] = (),
        *,
        style: str = "soap",
        headers: Mapping[str, str] | None = None,
    ) -> Message:
        """From now on tell this address of every record of the object that is saved; style is soap or json."""
        kind = self.org.schema[sobject]
        unknown = [name for name in fields if kind.field(name) is None]
        if unknown or style not in ("soap", "json"):
            raise ValueError(f"An outbound message of style {style!r} cannot tell {unknown} of {kind.name}.")
        message_id = ids.make("04k", self.org.pod, self.org.next_serial())
        message = Message(message_id, kind.name, url, tuple(fields), style, dict(headers or {}))
        if not self.messages:
            self.org.listeners.append(self._heard)
        self.messages.append(message)
        return message

    def _heard(self, written: Iterable[tuple[SObject, Row]]) -> None:
        told = [(message, row) for sobject, row in written for message in self._of(sobject) if not row["IsDeleted"]]
        now = self.org.now()
        for message, row in told:
            notice_id = ids.make("04l", self.org.pod, self.org.next_serial())
            self.waiting.append(Notice(notice_id, message, row["Id"], now, now))
        if told and self.org.clock.real:
            threading.Thread(target=self.deliver, name="salesforce:outbound", daemon=True).start()

    def _of(self, sobject: SObject) -> list[Message]:
        return [message for message in self.messages if message.sobject == sobject.name]

    def deliver(self) -> int:
        """Send what is due, up to a hundred changes in a call; how many were acknowledged."""
        taken = 0
        for batch in self._batches():
            good = self._send(batch)
            with self.org.guard:
                taken += len(batch) if good else 0
                for notice in batch:
                    self._settle(notice, good)
        return taken

    def _batches(self) -> list[list[Notice]]:
        """Notices that are due, by message, and out of the queue while they are on their way."""
        with self.org.guard:
            now = self.org.now()
            self.waiting = [each for each in self.waiting if now - each.made_at <= TRIED_FOR]
            due = [each for each in self.waiting if each.due_at <= now]
            self.waiting = [each for each in self.waiting if each.due_at > now]
        found = []
        for message in self.messages:
            mine = [each for each in due if each.message == message]
            found += [mine[start : start + NOTICES_MAX] for start in range(0, len(mine), NOTICES_MAX)]
        return found

    def _settle(self, notice: Notice, good: bool) -> None:
        if notice.message.style == "json" or (good and not self.org.chance.happens(self.repeats)):
            return
        notice.tries += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(notice.tries - 1, 20))
        notice.due_at = self.org.now() + pause
        self.waiting.append(notice)

    def _send(self, batch: list[Notice]) -> bool:
        message = batch[0].message
        with self.org.guard:
            body = self._soap(batch) if message.style == "soap" else self._json(batch)
        kind = "text/xml; charset=UTF-8" if message.style == "soap" else "application/json"
        sent = {"Content-Type": kind, "User-Agent": "SFDC-Callout", **message.headers}
        if message.style == "soap":
            sent["SOAPAction"] = '""'
        url = urlsplit(message.url)
        opener = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = opener(url.netloc, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request("POST", f"{url.path or '/'}{'?' + url.query if url.query else ''}", body, sent)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return answer.status == 200 and (message.style == "json" or ACKNOWLEDGED.search(text) is not None)

    def _rows(self, batch: list[Notice]) -> list[tuple[Notice, dict[str, Any]]]:
        """What each record holds now; one that is gone since then is told of by its Id alone."""
        found = []
        for notice in batch:
            kind = self.org.schema.find(notice.message.sobject)
            row = self.org.tables[notice.message.sobject].get(notice.record_id) if kind else None
            named = [kind.field(name) for name in notice.message.fields] if kind and row else []
            values = {item.name: item.value(row) for item in named if item is not None and row is not None}
            found.append((notice, {"Id": notice.record_id, **values}))
        return found

    def _soap(self, batch: list[Notice]) -> bytes:
        message = batch[0].message
        envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE, "xsi": XSI})
        body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
        told = etree.SubElement(body, f"{{{OUTBOUND}}}notifications", nsmap=UNPREFIXED)
        base = f"https://{self.org.domain}.salesforce.com/services/Soap"
        _child(told, "OrganizationId", self.org.id)
        _child(told, "ActionId", message.id)
        _child(told, "SessionId", "").set(f"{{{XSI}}}nil", "true")
        _child(told, "EnterpriseUrl", f"{base}/c/62.0/{self.org.id[:15]}")
        _child(told, "PartnerUrl", f"{base}/u/62.0/{self.org.id[:15]}")
        for notice, values in self._rows(batch):
            one = _child(told, "Notification", "")
            _child(one, "Id", notice.id)
            record = etree.SubElement(one, f"{{{OUTBOUND}}}sObject", nsmap={"sf": SOBJECT})
            record.set(f"{{{XSI}}}type", f"sf:{message.sobject}")
            for name, value in values.items():
                if value is not None:
                    etree.SubElement(record, f"{{{SOBJECT}}}{name}").text = _written(value)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def _json(self, batch: list[Notice]) -> bytes:
        records = [{name: dump(value) for name, value in values.items()} for _, values in self._rows(batch)]
        return json.dumps({"sobject": batch[0].message.sobject, "records": records}).encode()


def _child(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{OUTBOUND}}}{name}")
    element.text = text or None
    return element


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return stamp_text(value).replace("+0000", "Z")
    return value.isoformat() if isinstance(value, date) else str(dump(value))
