"""What transactions do to the balances of accounts, customers and vendors, and to the stock of items.

Rule     each transaction remembers what it did, so that undoing it is exact. The balance of a customer is what was
         posted to receivables in its name, that of a vendor what was posted to payables.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from . import header, money, references
from .families import FAMILIES
from .kinds import KINDS
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_NAMES = ("Customer", "Vendor")


def undo(file: CompanyFile, txn: Txn) -> None:
    _move(file, txn, -1)
    txn.postings, txn.stock = [], {}


def settle(file: CompanyFile, txn: Txn) -> None:
    """Work out anew what the transaction does, after it or its links have changed."""
    undo(file, txn)
    family = FAMILIES[KINDS[txn.kind].family]
    alive = not txn.voided and txn.data.get("IsPending") != "true"
    if alive and KINDS[txn.kind].posts:
        txn.postings = [each for each in family.postings(file, txn) if each.cents]
    if alive:
        txn.stock = family.stock(file, txn)
    _move(file, txn, 1)
    file.txns.note_open(txn, KINDS[txn.kind].side)


def _move(file: CompanyFile, txn: Txn, sign: int) -> None:
    txns = file.txns
    rate = header.rate(txn.data)
    for each in txn.postings:
        home = money.at_rate(each.cents, rate)
        txns.balances[each.account] = txns.balances.get(each.account, 0) + sign * home
        if each.entity:
            _move_entity(file, each.account, each.entity, sign * each.cents)
    for item, moves in txn.stock.items():
        held = txns.stock.setdefault(item, [Decimal(0)] * 3)
        for which, move in enumerate(moves):
            held[which] += sign * Decimal(move)


def _move_entity(file: CompanyFile, account: str, entity: str, cents: int) -> None:
    record = file.lists.find(_NAMES, entity)
    if record is None:
        return
    kind = references.account_type(file, account)
    if kind == "AccountsReceivable" and record.kind == "Customer":
        record.balance += cents
    elif kind == "AccountsPayable" and record.kind == "Vendor":
        record.balance -= cents
