"""How a price level is spelt in qbXML.

Pure. Element names: qbXML's PriceLevelQuery. Every version since 4.0 has levels; a level with prices of single items is
there in Premier and Enterprise, and has a currency where the company keeps several.

Rule     a record says what the level says; what its prices come to is worked out from the items (syncapp.price_levels),
         and until then it is unfinished
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop.currencies import currency
from syncapp.connectors.quickbooks_desktop.spelling import Asked, Settings, Spelling, modified
from syncapp.mapping.price_levels import book_name
from syncapp.records import Operation, Record, Row, Value

LEFT_OUT = "The settings name other price levels."


class PriceLevels(Spelling):
    kind = "price_level"
    query = "PriceLevelQuery"
    lists = ("PriceLevel",)

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        data = ret.data
        if ret.name != "PriceLevel":
            return None
        level = str(data.get("Name") or "")
        book = book_name(level, settings["levels"])
        named = str((data.get("CurrencyRef") or {}).get("FullName") or "")
        code = currency(data)
        why = "" if book else LEFT_OUT
        if named and not code:
            why = f"Its currency, {named}, has no code that is known here."
        active = data.get("IsActive") is not False
        return Record(
            kind=self.kind,
            id=data["ListID"],
            version=str(data["EditSequence"]),
            fields={
                "name": book or level,
                "active": active and not why,
                "currency": None if code == (settings["home_currency"] or None) else code,
                "quickbooks_id": data["ListID"],
                "percent": data.get("PriceLevelFixedPercentage"),
                "custom": _custom(data.get("PriceLevelPerItemRet") or ()),
                "level": level,
            },
            modified=modified(str(data["EditSequence"])),
            wanted=active and not why,
            why_unwanted=why or ("" if active else "Inactive in QuickBooks."),
            matches=not why,
            unfinished=True,
        )

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        raise BadRequest("", "unknown", None, "price levels are QuickBooks's own")

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        raise BadRequest("", "unknown", None, "price levels are QuickBooks's own")

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        return ()


def _custom(rows: Sequence[Mapping[str, Any]]) -> Value:
    found: list[Row] = [
        {
            "item": (row.get("ItemRef") or {}).get("ListID"),
            "price": row.get("CustomPrice"),
            "percent": row.get("CustomPricePercent"),
        }
        for row in rows
    ]
    return tuple({name: value for name, value in row.items() if value is not None} for row in found) or None
