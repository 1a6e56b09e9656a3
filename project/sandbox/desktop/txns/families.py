"""What every family of kinds can be asked, and which module answers for which family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .job import Job
from .store import Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

# item: changes of what is on hand, on order, on sales orders
Stock = dict[str, tuple[str, str, str]]


class Family(Protocol):
    def prepare(self, job: Job) -> None:
        """Fill the draft and check everything. Raises a Fault, having changed nothing but the draft."""

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]: ...

    def stock(self, file: CompanyFile, txn: Txn) -> Stock: ...

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        """Add the fields that are worked out to those that are stored."""


FAMILIES: dict[str, Family] = {}


def family(*names: str) -> Any:
    """Register a class for families."""

    def register(found: type) -> type:
        for name in names:
            FAMILIES[name] = found()
        return found

    return register
