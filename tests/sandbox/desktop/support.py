"""Shared by the tests of QuickBooks in miniature: a file, documents, answers as plain data, Intuit's schema."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile, Refused

SHARED = Path(__file__).resolve().parents[3] / "../shared"
SCHEMA = SHARED / "qbxml" / "qbxmlops130.xsd"
OWNER = "{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}"
FILE = "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}"
NOTHING = "A query request did not find a matching object in QuickBooks"


@lru_cache
def schema() -> etree.XMLSchema | None:
    return etree.XMLSchema(etree.parse(str(SCHEMA))) if SCHEMA.exists() else None


needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="Intuit's 13.0 schema is not beside the project")


def company(name: str = "Acme Widgets", **options: Any) -> CompanyFile:
    return CompanyFile(name, clock=Clock(), chance=Chance(1), **options)


def document(body: str, attributes: str = 'onError="continueOnError"', version: str = "13.0") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<?qbxml version="{version}"?>\n'
        f"<QBXML><QBXMLMsgsRq {attributes}>{body}</QBXMLMsgsRq></QBXML>"
    )


def ask(file: CompanyFile, body: str, attributes: str = "", version: str = "13.0", app: Any = "Sync") -> Any:
    """Process, check the answer against Intuit's schema where it is at hand, and return the QBXMLMsgsRs."""
    attributes = attributes if "onError" in attributes else f'{attributes} onError="continueOnError"'
    text = file.process(document(body, attributes, version), app)
    assert text.startswith('<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs')
    root = etree.fromstring(text.encode())
    judge = schema()
    if judge is not None and "<IncludeRetElement>" not in body:
        assert judge.validate(root), f"{judge.error_log}\n{text}"
    return root[0]


def one(file: CompanyFile, body: str, attributes: str = "", version: str = "13.0", app: Any = "Sync") -> Any:
    """The only XxxRs of an answer."""
    answers = ask(file, body, attributes, version, app)
    assert len(answers) == 1
    return answers[0]


def status(rs: Any) -> int:
    return int(rs.get("statusCode"))


def plain(node: Any) -> Any:
    """An element as text or a dict; repeated children are lists."""
    if not len(node):
        return node.text or ""
    found: dict[str, Any] = {}
    for child in node:
        value = plain(child)
        if child.tag in found:
            kept = found[child.tag]
            found[child.tag] = [*kept, value] if isinstance(kept, list) else [kept, value]
        else:
            found[child.tag] = value
    return found


def rets(rs: Any) -> list[dict[str, Any]]:
    return [plain(child) for child in rs]


def names(rs: Any) -> list[str]:
    return [each["FullName"] for each in rets(rs)]


def customer_add(inner: str = "<Name>Acme</Name>", request_id: str = "1") -> str:
    return f'<CustomerAddRq requestID="{request_id}"><CustomerAdd>{inner}</CustomerAdd></CustomerAddRq>'


def customer_mod(record: dict[str, Any], inner: str, request_id: str = "1") -> str:
    head = f"<ListID>{record['ListID']}</ListID><EditSequence>{record['EditSequence']}</EditSequence>"
    return f'<CustomerModRq requestID="{request_id}"><CustomerMod>{head}{inner}</CustomerMod></CustomerModRq>'


def query(inner: str = "", attributes: str = "") -> str:
    return f'<CustomerQueryRq requestID="q" {attributes}>{inner}</CustomerQueryRq>'


def named(*full_names: str) -> str:
    return query("".join(f"<FullName>{escape(name)}</FullName>" for name in full_names))


def refusal(file: CompanyFile, text: str) -> str:
    """The HRESULT with which a document is thrown back; fails if it was not."""
    before = file.executed.total()
    with pytest.raises(Refused) as caught:
        file.process(text)
    assert file.executed.total() == before
    return caught.value.hresult
