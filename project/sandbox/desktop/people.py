"""What people do in QuickBooks with mouse and keyboard, for tests and for the demo.

Fields have qbXML's names and plain Python values; None or "" empties one. The same rules apply as to applications
(names in use, lengths, references), as Fault; only EditSequence and other people's locks do not concern them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from . import merging, records, values, views
from .lists import KINDS, Record
from .notation import Content
from .rules import REQUESTS, RETS

if TYPE_CHECKING:
    from .company_file import CompanyFile


class People:
    """Mixed into CompanyFile."""

    @property
    def _file(self) -> CompanyFile:
        return cast("CompanyFile", self)

    def add(self, kind: str, **fields: Any) -> str:
        """A new element of any list that has an Add request; its ListID."""
        with self._file._lock:
            return records.add(self._file, kind, values.from_python(_form(kind, "Add"), fields, kind)).list_id

    def edit(self, kind: str, list_id: str, **fields: Any) -> None:
        form = _form(kind, "Mod" if f"{kind}Mod" in REQUESTS else "Add")
        with self._file._lock:
            record = records.existing(self._file, kind, list_id)
            records.change(self._file, record, values.from_python(form, fields, kind))

    def delete(self, kind: str, list_id: str) -> None:
        with self._file._lock:
            records.delete(self._file, records.existing(self._file, kind, list_id))

    def elements(self, kind: str) -> list[dict[str, Any]]:
        """The list as it is now, inactive ones included, in QuickBooks' order."""
        with self._file._lock:
            return [_plain(self._file, record) for record in self._file.lists.shelf(kind).in_order(kind)]

    def element(self, kind: str, list_id: str) -> dict[str, Any]:
        with self._file._lock:
            return _plain(self._file, records.existing(self._file, kind, list_id))

    def find(self, full_name: str, kind: str = "Customer") -> dict[str, Any] | None:
        with self._file._lock:
            record = self._file.lists.find((kind,), "", full_name)
            return _plain(self._file, record) if record is not None else None

    # Customers, the list that most is done with

    def add_customer(self, **fields: Any) -> str:
        return self.add("Customer", **fields)

    def edit_customer(self, list_id: str, **fields: Any) -> None:
        self.edit("Customer", list_id, **fields)

    def delete_customer(self, list_id: str) -> None:
        self.delete("Customer", list_id)

    def make_inactive(self, list_id: str) -> None:
        self.edit("Customer", list_id, IsActive=False)

    def customers(self) -> list[dict[str, Any]]:
        return self.elements("Customer")

    def customer(self, list_id: str) -> dict[str, Any]:
        return self.element("Customer", list_id)

    def merge_customers(self, gone_id: str, kept_id: str) -> None:
        """One customer is renamed to another's name: the first disappears, its jobs and balance move over."""
        self.merge("Customer", gone_id, kept_id)

    def merge(self, kind: str, gone_id: str, kept_id: str) -> None:
        with self._file._lock:
            gone, kept = (records.existing(self._file, kind, each) for each in (gone_id, kept_id))
            merging.merge(self._file, gone, kept)

    def set_balance(self, list_id: str, amount: Decimal | int | str) -> None:
        """Transactions are entered for a customer. Its record's TimeModified stays, as it mostly does."""
        with self._file._lock:
            record = records.existing(self._file, "Customer", list_id)
            record.balance = int(Decimal(amount) * 100)
            record.used = True

    def lock(self, list_id: str, kind: str = "Customer") -> None:
        """Somebody opens the record and leaves it open: applications get 3175."""
        records.existing(self._file, kind, list_id).locked = True

    def unlock(self, list_id: str, kind: str = "Customer") -> None:
        records.existing(self._file, kind, list_id).locked = False

    def open_modal_dialog(self, title: str = "Pay Bills") -> None:
        self._file.modal_dialog = title

    def close_modal_dialog(self) -> None:
        self._file.modal_dialog = ""


def _form(kind: str, act: str) -> Content:
    """The fields that people fill in: those of the request."""
    request = REQUESTS.get(f"{kind}{act}")
    form = request.content.by_name[f"{kind}{act}"].inner if request is not None else None
    if form is None:
        raise ValueError(f"This QuickBooks has no window to write a {kind} in.")
    return form


def _plain(file: CompanyFile, record: Record) -> dict[str, Any]:
    owners = list(record.custom) if KINDS[record.kind].custom_fields else []
    content = RETS[record.kind]
    shown = views.view(file, record, owners)
    return values.to_python(
        content, {name: value for name, value in shown.items() if value and name in content.by_name}
    )
