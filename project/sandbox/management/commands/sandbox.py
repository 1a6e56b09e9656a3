"""Starts one part of the sandbox alone: QuickBooks Desktop with its Web Connector, or a Salesforce org."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile, sample
from project.sandbox.faults import Faults
from project.sandbox.qwc import QwcError, Registration, read_qwc
from project.sandbox.update import UpdateResult
from project.sandbox.web_connector import WebConnector

EPILOG = """
examples:
  manage.py sandbox desktop --qwc acme.qwc --password … --customers 40 --every 60
  manage.py sandbox desktop --url http://localhost:8000/qbwc/ --username acme-qbwc --password … --once
  manage.py sandbox salesforce --port 8001
"""


class Command(BaseCommand):
    help = "Starts QuickBooks Desktop or Salesforce in miniature, for trying things out without the real ones."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs["formatter_class"] = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True, metavar="desktop|salesforce")
        desktop = parts.add_parser("desktop", help="a company file, and a Web Connector that polls the server")
        desktop.add_argument(
            "--qwc", type=Path, metavar="FILE", help="the .qwc file to add: brings address, user and ids"
        )
        desktop.add_argument("--url", default="", help="the server's address, if no .qwc is given or to overrule it")
        desktop.add_argument("--username", default="", help="the Web Connector's user, if no .qwc is given")
        desktop.add_argument("--password", required=True, help="the password that the server showed for this user")
        desktop.add_argument("--owner-id", default="", metavar="{GUID}", help="OwnerID, if no .qwc is given")
        desktop.add_argument("--file-id", default="", metavar="{GUID}", help="FileID, if no .qwc is given")
        desktop.add_argument("--every", type=_seconds, default=60, metavar="SECONDS", help="time between updates (60)")
        desktop.add_argument(
            "--once", action="store_true", help="one update; the exit status tells whether it went well"
        )
        desktop.add_argument("--company", default="Acme Widgets", help="the company's name (Acme Widgets)")
        desktop.add_argument(
            "--customers", type=_count, default=0, metavar="N", help="fill a new file with N customers"
        )
        desktop.add_argument("--file", type=Path, metavar="STATE.json", help="keep the company file here between runs")
        desktop.add_argument("--log", action="store_true", help="print what would stand in QWCLog.txt")
        _common(desktop)
        salesforce = parts.add_parser("salesforce", help="an org that answers over HTTP on this computer")
        salesforce.add_argument("--port", type=_count, default=0, help="the port to listen on (0: a free one)")
        salesforce.add_argument("--org", default="acme", help="the org's name (acme)")
        _common(salesforce)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["part"] == "desktop":
                self._desktop(options)
            else:
                self._salesforce(options)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    # QuickBooks Desktop

    def _desktop(self, options: dict[str, Any]) -> None:
        registration = _registration(options)
        chance = Chance(options["seed"])
        file = CompanyFile(options["company"], clock=Clock(real=True), chance=chance, faults=_faults(options))
        self._load(file, options)
        try:
            connector = WebConnector(
                file,
                username=registration.username,
                password=options["password"],
                clock=file.clock,
                chance=chance,
                url=registration.url,
                faults=file.faults,
                registration=registration,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file.name} ({file.product.name}, {len(file.customers())} customers) polls {connector.url}")
        while True:
            result = connector.update()
            self._tell(result, options)
            if options["file"]:
                _save(file, options["file"])
            if options["once"]:
                if not result.ok:
                    raise CommandError(f"The update failed: {result.error} {result.status}".rstrip())
                return
            time.sleep(max(options["every"], result.postpone_seconds, result.minimum_run_seconds))

    def _load(self, file: CompanyFile, options: dict[str, Any]) -> None:
        path: Path | None = options["file"]
        if path is not None and path.exists():
            try:
                file.load_json(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CommandError(f"{path} cannot be read as a company file: {error}") from error
        elif path is not None and not path.parent.is_dir():
            raise CommandError(f"The folder of {path} does not exist.")
        if options["customers"] and not file.customers():
            sample.fill(file, options["customers"], Chance(options["seed"]))

    def _tell(self, result: UpdateResult, options: dict[str, Any]) -> None:
        if options["log"]:
            for line in result.log:
                self.stdout.write(line)
        faults = f", faults: {', '.join(result.faults)}" if result.faults else ""
        self.stdout.write(
            f"{result.error or 'ok'}: {result.status or 'finished'} "
            f"({result.documents} documents, {result.executed} requests done, {result.calls} calls{faults})"
        )

    # Salesforce

    def _salesforce(self, options: dict[str, Any]) -> None:
        # Here and not above: whoever wants QuickBooks alone need not load Salesforce.
        from project.sandbox.salesforce import Org, serve

        org = Org(options["org"], clock=Clock(real=True), chance=Chance(options["seed"]), faults=_faults(options))
        try:
            running = serve(org, port=options["port"])
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used: {error}") from error
        self.stdout.write(f"The Salesforce org {options['org']} answers at {running.url} (Ctrl-C ends it)")
        for name, value in vars(org.credentials).items():
            self.stdout.write(f"  {name} = {value}")
        try:
            while True:
                time.sleep(3600)
        finally:
            running.stop()


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="decides everything that happens by chance (1)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=P",
        help="let that fault happen with probability P, as in lost_answer=0.1; can be given several times",
    )


def _count(text: str) -> int:
    number = int(text) if text.isdigit() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"a whole number is needed, not {text!r}")
    return number


def _seconds(text: str) -> int:
    number = _count(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one second is needed")
    return number


def _faults(options: dict[str, Any]) -> Faults:
    values: dict[str, float] = {}
    for each in options["fault"]:
        name, _, text = each.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError as error:
            raise CommandError(f"A fault is written NAME=P, as in lost_answer=0.1, not {each!r}.") from error
    try:
        return Faults(**values)
    except TypeError as error:
        known = ", ".join(sorted(vars(Faults())))
        raise CommandError(f"There is no such fault among {', '.join(values)}. Known: {known}.") from error
    except ValueError as error:
        raise CommandError(str(error)) from error


def _registration(options: dict[str, Any]) -> Registration:
    """From the .qwc file, overruled by what is given beside it."""
    given = {name: options[name] for name in ("url", "username", "owner_id", "file_id") if options[name]}
    if options["qwc"]:
        try:
            registration = read_qwc(options["qwc"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, QwcError) as error:
            raise CommandError(f"{options['qwc']}: {error}") from error
        return Registration(**{**vars(registration), **given})
    if not options["url"] or not options["username"]:
        raise CommandError("Give --qwc FILE, or both --url and --username.")
    return Registration(**given)


def _save(file: CompanyFile, path: Path) -> None:
    """Written beside and moved over, so that a crash never leaves half a file."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(file.to_json(), encoding="utf-8")
    fresh.replace(path)
