"""Names under which a document puts its objects, so that its later requests can point to them.

defMacro="TxnID:Inv1"    on what is added
useMacro="TxnID:Inv1"    in place of its id, further down in the same document
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from project.sandbox.desktop import errors
from project.sandbox.desktop.values import Macro

from .store import Txn

DEFINED = "@defMacro"


def filled(data: Any, known: Mapping[str, str]) -> Any:
    """The data with ids in place of names. Fault 9100 for a name that nothing has been put under."""
    if isinstance(data, Macro):
        if data not in known:
            raise errors.Fault(9100, f'The macro "{data}" is not defined.')
        return known[data]
    if isinstance(data, Mapping):
        return {name: filled(value, known) for name, value in data.items()}
    if isinstance(data, list):
        return [filled(value, known) for value in data]
    if isinstance(data, tuple):
        return tuple(filled(value, known) for value in data)
    return data


def note(known: dict[str, str], sent: Mapping[str, Any], txn: Txn) -> None:
    """Remember the ids of a new transaction and of its lines under the names that were given."""
    if sent.get(DEFINED):
        known[sent[DEFINED]] = txn.txn_id
    for line in txn.all_lines():
        if DEFINED in line.data:
            known[line.data.pop(DEFINED)] = line.line_id
