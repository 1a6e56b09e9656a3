"""`manage.py operation …`: saved operations, and whatever is asked once, from the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.management.commands._company import company_of
from syncapp.explorer import console, export, imports, saved, service
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, Row, SavedOperation
from syncapp.explorer.problems import Refused

BY = "command"
FAILED, STILL_OPEN = 3, 4
EPILOG = """
A path names an element: --set Name=Acme --set BillAddress/City=Lund --set 'InvoiceLineAdd[1]/ItemRef=Consulting'
--set custom:Region=West. QuickBooks answers when its Web Connector calls next: --wait so long for it.
Exit status: 0 done (or, without --wait, accepted); 1 refused, nothing was sent; 2 wrong arguments; 3 the job failed, or
rows of it did; 4 still open after --wait.
"""


class Command(BaseCommand):
    help = "Runs saved operations, and queries, adds, modifies, deletes and voids records of QuickBooks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        what = parser.add_subparsers(
            dest="what", required=True, metavar="list|show|run|job|query|add|modify|delete|void"
        )
        what.add_parser("list", help="every saved operation, with its schedule")
        show = what.add_parser("show", help="one saved operation, and the qbXML that it would send")
        show.add_argument("key", metavar="KEY", help="key of the saved operation")
        run = what.add_parser("run", help="run a saved operation now", epilog=EPILOG)
        run.add_argument("key", metavar="KEY", help="key of the saved operation")
        _setting(run)
        _outcome(run)
        job = what.add_parser("job", help="what became of a job", epilog=EPILOG)
        job.add_argument("id", metavar="ID", type=int, help="number of the job")
        _outcome(job)
        for action in Action.values:
            _asking(what.add_parser(action, help=f"{action} records, once", epilog=EPILOG), action)

    def handle(self, *args: Any, **options: Any) -> None:
        acts = {"list": self._list, "show": self._show, "run": self._run, "job": self._job}
        try:
            acts.get(options["what"], self._ask)(options)
        except Refused as refusal:
            for problem in refusal.problems:
                row = f"record {problem.row}: " if problem.row else ""
                self.stderr.write(f"{row}{problem}")
            number = len(refusal.problems)
            raise CommandError(f"Refused for {number} reason{'s' if number > 1 else ''}; nothing was sent.") from None

    # Saved operations

    def _list(self, options: dict[str, Any]) -> None:
        for operation in SavedOperation.objects.select_related("company"):
            when = operation.schedule or "by hand"
            state = "" if operation.enabled else "  switched off"
            self.stdout.write(
                f"{operation.key}  {operation.company.key}  {operation.record_type} {operation.action}  {when}{state}"
            )

    def _show(self, options: dict[str, Any]) -> None:
        operation = _saved(options["key"])
        self.stdout.write(f"{operation.key}: {operation.name or operation.key}")
        self.stdout.write(f"company   {operation.company.key}")
        self.stdout.write(f"does      {operation.record_type} {operation.action}")
        self.stdout.write(
            f"schedule  {operation.schedule or 'by hand'}{'' if operation.enabled else ' (switched off)'}"
        )
        if operation.next_run_at:
            self.stdout.write(f"next      {operation.next_run_at:%Y-%m-%d %H:%M %Z}")
        if (waiting := saved.open_job(operation)) is not None:
            self.stdout.write(f"open      job {waiting.pk}; until it has ended, the schedule starts no other")
        self.stdout.write(saved.preview(operation).qbxml)

    def _run(self, options: dict[str, Any]) -> None:
        operation = _saved(options["key"])
        _confirmed(operation.action, options)
        changes, custom = console.values(options["set"])
        if custom:
            changes[service.CUSTOM] = custom
        self._follow(service.run_saved(operation, asked_by=BY, changes=changes), options)

    # Asked once

    def _ask(self, options: dict[str, Any]) -> None:
        action, company = options["what"], company_of(options["company"])
        if not options["dry_run"]:
            _confirmed(action, options)
        if options.get("csv"):
            self._import(company, action, options)
            return
        records, custom = console.records(options["set"], options["from_json"])
        if action == Action.QUERY and len(records) != 1:
            raise CommandError("A query has one set of filters.", returncode=2)
        wanted = options.get("field") or []
        if options["dry_run"]:
            self._preview(company, action, options["type"], records, custom, wanted)
            return
        job = service.submit(company, options["type"], action, records, fields=wanted, custom=custom, asked_by=BY)
        self._follow(job, options)

    def _preview(
        self, company: Any, action: str, kind: str, records: list[Any], custom: list[Any] | None, wanted: list[str]
    ) -> None:
        for number, record in enumerate(records):
            theirs = custom[number] if custom else None
            self.stdout.write(service.preview(company, kind, action, record, theirs, fields=wanted).qbxml)

    def _import(self, company: Any, action: str, options: dict[str, Any]) -> None:
        if options["set"] or options["from_json"]:
            raise CommandError("Give --csv alone, or --set and --from-json.", returncode=2)
        try:
            content = Path(options["csv"]).read_bytes()
        except OSError as problem:
            raise CommandError(f"{options['csv']} cannot be read: {problem.strerror}.", returncode=2) from None
        job = imports.upload(company, options["type"], action, Path(options["csv"]).name, content, asked_by=BY)
        if options["map"]:
            imports.remap(job, {**job.mapping, **console.mapping(options["map"], job.columns)})
        problems = imports.dry_run(job)
        for each in problems:
            self.stderr.write(f"row {each.row}: {each}")
        if options["dry_run"]:
            service.cancel(job, BY)
            self.stdout.write(
                f"{job.rows.count()} rows, {len({each.row for each in problems})} of them cannot be sent."
            )
            return
        self._follow(service.start_import(job, BY), options)

    # What became of it

    def _job(self, options: dict[str, Any]) -> None:
        job = Job.objects.select_related("company").filter(pk=options["id"]).first()
        if job is None:
            raise CommandError(f"There is no job {options['id']}.")
        self._follow(job, options)

    def _follow(self, job: Job, options: dict[str, Any]) -> None:
        until = time.monotonic() + (options["wait"] or 0)
        job.refresh_from_db()
        while job.is_open and time.monotonic() < until:
            console.pause()
            job.refresh_from_db()
        self.stderr.write(f"job {job.pk}: {console.told(job)}")
        if job.is_open:
            if options["wait"]:
                raise CommandError(
                    f"Job {job.pk} is still open; see `manage.py operation job {job.pk}`.", returncode=STILL_OPEN
                )
            return
        with _output(options["output"], self.stdout) as out:
            for piece in _written(job, options["format"]):
                out.write(piece)
        bad = job.rows.exclude(state=Row.State.DONE).count()
        if bad or job.state != Job.State.DONE:
            reason = job.problem or f"{bad} of its rows were not done"
            raise CommandError(f"Job {job.pk} is {job.state}: {reason}", returncode=FAILED)


def _saved(key: str) -> SavedOperation:
    operation = SavedOperation.objects.select_related("company").filter(key=key).first()
    if operation is None:
        known = ", ".join(SavedOperation.objects.values_list("key", flat=True)[:20]) or "none"
        raise CommandError(f"There is no saved operation “{key}”. There are: {known}.")
    return operation


def _confirmed(action: str, options: dict[str, Any]) -> None:
    if action in DESTRUCTIVE and not options["yes"]:
        raise CommandError(f"To {action} records in QuickBooks for good, add --yes.", returncode=2)


def _written(job: Job, form: str) -> Iterable[str]:
    writers = {"csv": export.csv_rows, "json": export.json_text, "xml": export.xml_text, "table": console.table}
    return writers[form](job)


@contextmanager
def _output(name: str | None, standard: Any) -> Iterator[IO[str]]:
    if not name or name == "-":
        yield getattr(standard, "_out", sys.stdout)
        return
    try:
        with Path(name).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as problem:
        raise CommandError(f"{name} cannot be written: {problem.strerror}.") from None


def _setting(parser: CommandParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="one element; may be repeated")


def _outcome(parser: CommandParser) -> None:
    parser.add_argument("--wait", type=int, metavar="SECONDS", help="wait so long for the end of the job")
    parser.add_argument(
        "--format", choices=["table", "csv", "json", "xml"], default="table", help="how the result is shown (table)"
    )
    parser.add_argument("--output", metavar="FILE", help="write the result into this file")
    parser.add_argument("--yes", action="store_true", help="delete or void without asking again")


def _asking(parser: CommandParser, action: str) -> None:
    parser.add_argument("company", metavar="COMPANY", help="key of the company")
    parser.add_argument("type", metavar="TYPE", help="record type, such as Customer or Invoice")
    _setting(parser)
    parser.add_argument(
        "--from-json", metavar="FILE|-", help="a record, or a list of records, as JSON; --set is laid over each"
    )
    if action == Action.QUERY:
        parser.add_argument("--field", action="append", metavar="PATH", help="only this element; may be repeated")
    if action in (Action.ADD, Action.MODIFY):
        parser.add_argument("--csv", metavar="FILE", help="records from a CSV file, one in each line")
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=PATH", help="what a column of the CSV fills"
        )
    parser.add_argument("--dry-run", action="store_true", help="only check, and show the qbXML; nothing is sent")
    _outcome(parser)
