"""Executes the requests of a document one after the other, each with a status of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import about, custom_fields, deletions, merging, others, queries, records, views, writer
from .answers import NOT_PROCESSED, Answer
from .errors import Fault, not_supported
from .lists import KINDS, Record
from .reader import Call, Envelope
from .rules import REQUESTS, RETS
from .txns import handlers as txn_handlers

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

Handler = Callable[["CompanyFile", Call, "Session"], Answer]


def execute(file: CompanyFile, envelope: Envelope, session: Session) -> list[tuple[str, str | None, Answer]]:
    """Under stopOnError what follows a failure comes back as 3231, not done."""
    results: list[tuple[str, str | None, Answer]] = []
    stopped = False
    session.macros.clear()
    for call in envelope.calls:
        answer = Answer(3231, NOT_PROCESSED) if stopped else _one(file, call, session)
        stopped = stopped or (answer.failed and envelope.on_error == "stopOnError")
        if not envelope.with_data:
            answer.body = ""
        results.append((call.name, call.request_id, answer))
    return results


def _one(file: CompanyFile, call: Call, session: Session) -> Answer:
    if call.fault is not None:
        return Answer.of(call.fault)
    if call.rule is not None and call.rule.writes and file.is_read_only(session.app):
        return Answer(3263, "The application has been granted read-only access to this company file.")
    handler = HANDLERS.get(call.name)
    if handler is None:
        return Answer.of(not_supported())
    try:
        answer = handler(file, call, session)
    except Fault as fault:
        return _refused(file, call, fault)
    file.executed[call.name] += 1
    return answer


def _refused(file: CompanyFile, call: Call, fault: Fault) -> Answer:
    answer = Answer.of(fault)
    if fault.code == 3200 and file.quirks.stale_shows_record:
        kind, data = call.name.removesuffix("Mod"), call.data[call.name]
        if "TxnID" in data:
            answer.body = txn_handlers.now(file, call, kind, data["TxnID"])
            return answer
        record = file.lists.get(kind, data["ListID"])
        if record is not None:
            answer.body = _ret(file, call, record)
    return answer


def _add(file: CompanyFile, call: Call, session: Session) -> Answer:
    return _written(file, call, records.add(file, call.name.removesuffix("Add"), call.data[call.name]))


def _mod(file: CompanyFile, call: Call, session: Session) -> Answer:
    kind, data = call.name.removesuffix("Mod"), call.data[call.name]
    file.disturb(records.existing(file, kind, data["ListID"]))
    return _written(file, call, records.modify(file, kind, data))


def _written(file: CompanyFile, call: Call, record: Record) -> Answer:
    recovery = {"ListID": record.list_id, "EditSequence": str(record.edit_sequence)}
    if "ExternalGUID" in record.data:
        recovery["ExternalGUID"] = record.data["ExternalGUID"]
    return Answer(body=_ret(file, call, record), recovery=recovery)


def _ret(file: CompanyFile, call: Call, record: Record) -> str:
    only = frozenset(call.data.get("IncludeRetElement", ()))
    return writer.ret(f"{record.kind}Ret", RETS[record.kind], views.view(file, record), call.version, only)


def _handlers() -> dict[str, Handler]:
    handlers: dict[str, Handler] = {
        "HostQuery": about.host,
        "CompanyQuery": about.company,
        "PreferencesQuery": about.preferences,
        "ListDel": deletions.list_del,
        "ListMerge": merging.list_merge,
        "SpecialAccountAdd": others.special_account,
        "SpecialItemAdd": others.special_item,
        "CompanyActivityQuery": others.company_activity,
        "ItemAssembliesCanBuildQuery": others.can_build,
        "ItemSitesQuery": others.item_sites,
        "BarCodeQuery": others.bar_codes,
        "ListDeletedQuery": deletions.list_deleted_query,
        "TxnDeletedQuery": deletions.txn_deleted_query,
        "DataExtAdd": custom_fields.write_value,
        "DataExtMod": custom_fields.write_value,
        "DataExtDel": custom_fields.write_value,
        "DataExtDefAdd": custom_fields.define,
        "DataExtDefMod": custom_fields.redefine,
        "DataExtDefDel": custom_fields.undefine,
        "DataExtDefQuery": custom_fields.query_definitions,
    }
    handlers |= dict.fromkeys(others.REFUSED, others.refuse)
    handlers |= txn_handlers.handlers()
    for name, rule in REQUESTS.items():
        if name not in handlers and rule.rets and set(rule.rets) <= set(KINDS):
            handlers[name] = _add if name.endswith("Add") else _mod if name.endswith("Mod") else queries.list_query
    return handlers


HANDLERS: dict[str, Handler] = _handlers()
