"""All that leaves our application in a world: valid by Intuit's schema, and nothing that describe does not allow."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from lxml import etree

from project.sandbox.salesforce import Org

SCHEMA = Path(__file__).resolve().parents[2].parent / "shared" / "qbxml" / "qbxmlops130.xsd"
# Said to whoever writes a field that describe does not show as writable, or asks for one that is not there.
STRANGE = ("INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE", "MALFORMED_QUERY", "JSON_PARSER_ERROR")


@cache
def schema() -> etree.XMLSchema | None:
    """None where Intuit's schemas are not beside the repository: then nothing is said about qbXML."""
    return etree.XMLSchema(etree.parse(str(SCHEMA))) if SCHEMA.exists() else None


def invalid(documents: Iterable[str]) -> list[str]:
    judge = schema()
    if judge is None:
        return []
    found = []
    for document in documents:
        parsed = etree.fromstring(document.encode())
        if not judge.validate(parsed):
            found.append(f"{judge.error_log.last_error.message} in {document}")
    return found


def check_refusals(org: Org, allowed: Collection[str]) -> None:
    said = [each for entry in org.journal for each in entry.refusals]
    strange = [each for each in said if each.split()[0] in STRANGE and not set(each.split()[1:]) & set(allowed)]
    assert not strange, f"SALESFORCE KNOWS NO SUCH FIELD: {strange}"
