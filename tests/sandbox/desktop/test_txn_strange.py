"""Strange but well-formed requests end with a status; nothing ever breaks, and what is refused changes nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from project.sandbox.desktop import Refused
from project.sandbox.desktop.notation import Choice, Content, Element
from project.sandbox.desktop.rules import REQUESTS
from project.sandbox.desktop.txns.kinds import KINDS

from .books import fields
from .support import document
from .test_txn_round_trips import BY_KIND, NAMED, VALUES, world

AMOUNTS = ("0.00", "-5.00", "9999999999999.99", "0.01", "12.50", "")
# Features that are off, or that few companies have.
RARE = (
    "CurrencyRef",
    "ExchangeRate",
    "SerialNumber",
    "LotNumber",
    "UnitOfMeasure",
    "PayrollItemWageRef",
    "TemplateRef",
)
NUMBERS = ("0", "-3", "9999999999", "0.00001", "2.5", "100", "")


class Maker:
    """Makes requests that follow the rule's shape with odd values and gaps."""

    def __init__(self, seed: int, ids: list[str]) -> None:
        self.chance = random.Random(seed)
        self.ids = ids
        self.own: dict[str, Any] = {}

    def content(self, content: Content) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in content.parts:
            if isinstance(part, Choice):
                if part.must or self.chance.random() < 0.6:
                    chosen = part.branches if part.mixed else (self.chance.choice(part.branches),)
                    for each in chosen:
                        found |= self.content(each)
            elif part.countries and "US" not in part.countries:
                continue
            elif part.least or self.chance.random() < (0.05 if part.name in RARE else 0.4):
                found[part.name] = self.repeated(part)
        return found

    def repeated(self, element: Element) -> Any:
        number = self.chance.randint(1, 3) if element.repeats else 1
        values = [self.value(element) for _ in range(number)]
        return values if element.repeats else values[0]

    def value(self, element: Element) -> Any:
        chance = self.chance
        if element.kind == "ref":
            known = self.own.get(element.name) or NAMED.get(element.name, "Acme")
            return known if chance.random() < 0.9 else chance.choice(["Acme", "Nowhere", ""])
        if element.inner is not None:
            return self.content(element.inner)
        if element.kind == "enum":
            return chance.choice(element.options)
        if element.kind == "id":
            return chance.choice([*self.ids, "-1", "FF-1", "strange", ""])
        if element.kind == "amount":
            return chance.choice(AMOUNTS)
        if element.kind in ("price", "quantity", "percent"):
            return chance.choice(NUMBERS)
        if element.kind == "bool":
            return chance.choice(["true", "false", ""])
        if element.kind == "date":
            return chance.choice(["2026-02-04", "1999-12-31", "9999-12-31", ""])
        if element.kind in VALUES:
            return VALUES[element.kind]
        return chance.choice(["text", "1", "x" * (element.limit or 1)])


@pytest.mark.parametrize("seed", range(8))
def test_nothing_breaks(seed):
    file = world()
    maker = Maker(seed, [])
    for round_ in range(2):
        for kind in KINDS:
            for act in ("Add", "Mod", "Query"):
                rule = REQUESTS.get(f"{kind}{act}")
                if rule is None or (act == "Mod" and not round_):
                    continue
                maker.own = BY_KIND.get(kind, {})
                sent = maker.content(rule.content)
                known = [txn for txn in file.txns.by_id.values() if txn.kind == kind]
                if act == "Mod" and known:
                    txn = maker.chance.choice(known)
                    sent[rule.name] |= {"TxnID": txn.txn_id, "EditSequence": str(txn.edit_sequence)}
                body = fields(**sent)
                before = file.to_json()
                try:
                    text = file.process(document(f"<{rule.name}Rq>{body}</{rule.name}Rq>"))
                except Refused:
                    text = 'statusSeverity="Error"'
                if 'statusSeverity="Error"' in text or act == "Query":
                    assert file.to_json() == before
        maker.ids = [*file.txns.by_id, *(line.line_id for txn in file.txns.by_id.values() for line in txn.lines)][:40]
    for txn_id in list(file.txns.by_id):
        txn = file.txns.get(txn_id)
        if txn is not None and txn_id not in file.txns.deposited:
            file.delete_txn(txn_id)
    assert not any(file.txns.balances.values())
    assert not any(number for held in file.txns.stock.values() for number in held)
