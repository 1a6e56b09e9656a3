"""The fields at the head of a transaction: who, when, which account, which number; and what they default to.

Rule     an omitted field of an Add is taken from the customer, the vendor or the preferences; an omitted field of a
         Mod stays. What must have a value cannot be cleared (3190).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import addresses, errors
from project.sandbox.desktop.lists import Record

from . import money, references
from .job import Job, not_saved
from .kinds import TxnKind

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

# Handled by name, in the families' modules.
_OWN = frozenset(
    (
        *("TxnID", "EditSequence", "IsAutoApply", "ClearExpenseLines", "ClearItemLines", "CreateChangeOrder"),
        *("CashBackInfoAdd", "CashBackInfoMod", "RemovePending", "MarkPendingIfRequired", "@defMacro"),
    )
)
_NOT_CLEARABLE = frozenset(
    ("CustomerRef", "VendorRef", "ARAccountRef", "APAccountRef", "TemplateRef", "AccountRef", "BankAccountRef")
)
_MAY_LACK_ENTITY = frozenset(
    (
        *("SalesReceipt", "PurchaseOrder", "Check", "CreditCardCharge", "CreditCardCredit"),
        *("InventoryAdjustment", "VehicleMileage"),
    )
)
_SITES = frozenset(("InventorySiteRef", "InventorySiteLocationRef", "FromInventorySiteRef", "ToInventorySiteRef"))
_TAXES = frozenset(("ItemSalesTaxRef", "SalesTaxCodeRef", "CustomerSalesTaxCodeRef"))
_CLASSES = frozenset(("ClassRef", "DiscountClassRef", "OverrideClassRef"))
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
REF_LENGTH_MAX = 11


def check_two(job: Job, start: str, end: str, what: str) -> None:
    """Something goes from one place to another one."""
    data = job.draft.data
    for field in (start, end):
        if field not in data:
            raise errors.missing(field)
    if data[start] == data[end]:
        raise not_saved(job.kind, f"The two {what} must be different.")


def fill(job: Job) -> None:
    """The head of the draft from what was sent."""
    check_kind(job.file, job.kind)
    _check_features(job.file, job.sent)
    for field, value in job.sent.items():
        if field in _OWN or isinstance(value, list):
            continue
        if field == "CreditCardTxnInfoMod":
            held = job.draft.data.get("CreditCardTxnInfo", {})
            job.draft.data["CreditCardTxnInfo"] = _card(held, value)
            continue
        _fill_field(job, field, value)
    _entity(job)
    _date(job)
    _account(job)
    _number(job)
    _currency(job)
    check_closing(job)


def _card(held: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a card's payment, part by part, under the names that an Add has for the parts."""
    parts = {name.removesuffix("Mod"): value for name, value in sent.items()}
    return {**held, **{name: {**held.get(name, {}), **value} for name, value in parts.items()}}


def _fill_field(job: Job, field: str, value: Any) -> None:
    data = job.draft.data
    if not value and field in _NOT_CLEARABLE:
        if job.is_new:
            return
        raise errors.Fault(3190, f'The "{field}" element cannot be cleared.')
    if references.is_reference(field) and isinstance(value, Mapping):
        kinds = job.kind.entity_kinds if field == job.kind.entity else ()
        record = references.resolve(job.file, field, value, job.kind.name, kinds)
        value = record.list_id if record is not None else ""
    elif field.endswith("Address") and isinstance(value, Mapping):
        merge = job.file.quirks.addresses_in_mods == "merge"
        value = addresses.merged(data.get(field, {}) if merge else {}, dict(value), job.file.product.country)
    if value:
        data[field] = value
    else:
        data.pop(field, None)


def check_kind(file: CompanyFile, kind: TxnKind) -> None:
    """3250 for what this edition has not, or the company has not switched on."""
    if file.product.edition not in kind.editions or (kind.needs and not getattr(file.settings, kind.needs)):
        raise errors.not_available()


def _check_features(file: CompanyFile, sent: Mapping[str, Any]) -> None:
    settings = file.settings
    for field in _named(sent):
        if (
            (field in _CLASSES and not settings.class_tracking)
            or (field in ("CurrencyRef", "ExchangeRate") and not settings.multi_currency)
            or (field in _TAXES and not settings.sales_tax)
            or (field == "PriceLevelRef" and not settings.price_levels)
            or (field in _SITES and not settings.multi_site)
            or (field in ("SerialNumber", "LotNumber") and file.product.edition != "Enterprise")
        ):
            raise errors.not_available()


def _named(sent: Any) -> Iterator[str]:
    """The names of all fields with a value, however deep."""
    if isinstance(sent, Mapping):
        for name, value in sent.items():
            if value:
                yield name
                yield from _named(value)
    elif isinstance(sent, list | tuple):
        for each in sent:
            yield from _named(each)


def _entity(job: Job) -> None:
    kind, data = job.kind, job.draft.data
    if not kind.entity:
        return
    if kind.entity not in data and kind.name not in _MAY_LACK_ENTITY:
        raise errors.missing(kind.entity)
    job.draft.entity = data.get(kind.entity, "")


def _date(job: Job) -> None:
    data = job.draft.data
    data.setdefault(job.kind.date, job.file.time.day(job.file.clock.unix()))
    job.draft.date = data[job.kind.date]


def _account(job: Job) -> None:
    kind, data = job.kind, job.draft.data
    if not kind.account:
        return
    if kind.account not in data:
        if not kind.special:
            raise errors.missing(kind.account)
        data[kind.account] = references.special_account(job.file, kind.special)
    elif kind.account in job.sent:
        record = references.found(job.file, kind.account, data[kind.account])
        if record is not None:
            references.check_account(job.file, kind.account, record, kind.account_types)


def _number(job: Job) -> None:
    """An omitted RefNumber of a kind that QuickBooks numbers is the last one, counted up."""
    data, kind = job.draft.data, job.kind
    waits = data.get("IsToBePrinted") == "true" and kind.numbers == "check"  # printing gives it its number
    counts = bool(kind.numbers) and not waits and job.file.quirks.ref_numbers == "auto"
    if job.is_new and "RefNumber" not in job.sent and counts:
        data["RefNumber"] = _after(job.file.txns.last_ref.get(kind.numbers, ""))
    job.draft.ref = data.get("RefNumber", "")


def _after(last: str) -> str:
    found = _LAST_NUMBER.search(last)
    if found is None:
        return "1" if not last else f"{last[: REF_LENGTH_MAX - 1]}1"
    counted = str(int(found[0]) + 1).zfill(len(found[0]))
    return (last[: found.start()] + counted + last[found.end() :])[-REF_LENGTH_MAX:]


def _currency(job: Job) -> None:
    """With several currencies, a transaction is in its customer's or vendor's, at the rate of the currency's list."""
    if not job.file.settings.multi_currency or not job.kind.posts:
        return
    data = job.draft.data
    entity = entity_of(job)
    if job.is_new and "CurrencyRef" not in data:
        data["CurrencyRef"] = (
            references.pointed(entity.data, "CurrencyRef") if entity is not None else ""
        ) or home_currency(job.file)
    currency = references.found(job.file, "CurrencyRef", data.get("CurrencyRef", ""))
    if "ExchangeRate" not in data:
        data["ExchangeRate"] = (currency.data.get("ExchangeRate") if currency is not None else "") or "1"


def home_currency(file: CompanyFile) -> str:
    code = {"US": "USD", "CA": "CAD", "UK": "GBP"}[file.product.country]
    held = file.lists.shelf("Currency").in_order("Currency")
    return next((each.list_id for each in held if each.data.get("CurrencyCode") == code), "")


def rate(data: Mapping[str, Any]) -> Decimal:
    return Decimal(data.get("ExchangeRate") or "1")


def entity_of(job: Job) -> Record | None:
    if not job.draft.entity:
        return None
    return job.file.lists.find(job.kind.entity_kinds, job.draft.entity)


def check_closing(job: Job, code: int = 3171) -> None:
    """Nothing changes in a period that is closed, and nothing comes into it."""
    closing = job.file.settings.closing_date
    days = [job.draft.date] + ([job.old.date] if job.old is not None else [])
    if closing and job.kind.posts and any(day <= closing for day in days):
        raise closed(code, job.old.txn_id if job.old is not None else "")


def closed(code: int, txn_id: str) -> errors.Fault:
    act = "delete" if code == 3161 else "modify"
    return errors.Fault(
        code,
        f'Cannot {act} the transaction "{txn_id}" because it is dated on or before the closing date of the company.',
    )


# What a new document takes from its customer or vendor


def take(job: Job, record: Record | None, fields: Mapping[str, str]) -> None:
    """Omitted fields of an Add from a record: our field by the record's."""
    if record is None or not job.is_new:
        return
    for field, theirs in fields.items():
        if field in job.draft.data or field in job.sent:
            continue
        value = record.data.get(theirs)
        if isinstance(value, Mapping) and references.is_reference(theirs):
            value = references.pointed(record.data, theirs)
        if value:
            job.draft.data[field] = dict(value) if isinstance(value, Mapping) else value


def default(job: Job, **fields: str) -> None:
    if job.is_new:
        for field, value in fields.items():
            if value and field not in job.draft.data:
                job.draft.data[field] = value


def template(file: CompanyFile, kind: str) -> str:
    """The form that a new document is printed on: the first of its type."""
    if "Template" not in file.lists.shelves and not references.targets("TemplateRef"):
        return ""
    held = file.lists.shelf("Template").in_order("Template")
    return next((each.list_id for each in held if each.data.get("TemplateType") == kind), "")


def today(file: CompanyFile) -> date:
    return date.fromisoformat(file.time.day(file.clock.unix()))


def in_home_currency(file: CompanyFile, data: Mapping[str, Any], value: int) -> str:
    """For a Ret; "" where the company has one currency only."""
    if not file.settings.multi_currency:
        return ""
    return money.amount(money.at_rate(value, rate(data)))
