"""One change on its way: what was sent, the draft that it makes, and what is to be done once nothing refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from .kinds import TxnKind
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile


@dataclass
class Job:
    file: CompanyFile
    kind: TxnKind
    draft: Txn
    sent: Mapping[str, Any]
    old: Txn | None = None
    by_hand: bool = False  # a person does it: what applications may not do is open to people
    # After the draft is in place: applications, links, and what follows from them.
    later: list[Callable[[Txn], None]] = field(default_factory=list)
    touched: dict[str, bool] = field(default_factory=dict)  # other transactions to settle anew; True: modified, too
    warning: tuple[int, str] | None = None

    @property
    def is_new(self) -> bool:
        return self.old is None

    def settles(self, txn_id: str, modified: bool = True) -> None:
        self.touched[txn_id] = self.touched.get(txn_id, False) or modified


def not_saved(kind: TxnKind, why: str) -> errors.Fault:
    """The rule of the books that a transaction would break."""
    return errors.Fault(3180, f"There was an error when saving a {kind.title}.  QuickBooks error message: {why}")


def bad_value(field_name: str, value: str, why: str) -> errors.Fault:
    return errors.Fault(
        3210, f'The "{field_name}" field has an invalid value "{value}".  QuickBooks error message: {why}'
    )
