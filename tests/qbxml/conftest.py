from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
SCHEMA = SHARED / "qbxml" / "qbxmlops130.xsd"
FACTS = SHARED / "facts" / "qbwc.md"


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    if not SCHEMA.exists():
        pytest.skip("Intuit's 13.0 schema is not beside the repository")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


@pytest.fixture(scope="session")
def complaints(schema):
    """What Intuit's schema says against a document; nothing if it is valid."""

    def complain(document: str, country: str = "US") -> list[str]:
        schema.validate(etree.fromstring(document.encode()))
        # Its longest lengths are those of the US; other countries have a few fields with more room.
        passed = [] if country == "US" else ["SCHEMAV_CVC_MAXLENGTH_VALID"]
        return [f"{error.path}: {error.message}" for error in schema.error_log if error.type_name not in passed]

    return complain


def captures() -> list[str]:
    """The qbXML documents of the wire captures in the facts; none if the facts are not there."""
    if not FACTS.exists():
        return []
    chapter = FACTS.read_text(encoding="utf-8").split("\n## 13. ")[1].split("\n## 14. ")[0]
    found = re.findall(r"```xml\n(.*?)```", chapter, re.S)
    return [text.strip() for text in found if "<QBXML>" in text and "…" not in re.sub(r"<!--.*?-->", "", text)]
