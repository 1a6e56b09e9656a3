"""Install, check, upgrade or remove what the product adds to a Salesforce org."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import org_package
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import package
from syncapp.connectors.salesforce.checking import State
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import told
from syncapp.connectors.salesforce.metadata_xml import package_zip
from syncapp.connectors.salesforce.sales_parts import package_of
from syncapp.models import Org

EPILOG = """
check says what is missing, what differs, what the sync's user may not see, and what the org's edition lacks. Only what
the flows of the org's pairs need counts as wrong. Exit status: 0 if all is well, 1 if not.
"""


class Command(BaseCommand):
    help = (
        "Installs the sync's fields, objects, pages and permission sets in a Salesforce org, checks them, upgrades "
        "them from an older version, or removes them with all that they hold. Installing again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("action", choices=["install", "check", "upgrade", "remove"], help="what to do in the org")
        parser.add_argument("org", help="the org's key, as in the settings file or the admin")
        parser.add_argument(
            "--dry-run", action="store_true", help="let Salesforce judge what would be done, and change nothing"
        )
        parser.add_argument(
            "--assign",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="give the sync's user the permission set after installing; done unless --no-assign is given",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="remove although records would be lost; install although the org seems too small, or has a newer "
            "version; upgrade although nothing has changed",
        )
        parser.add_argument(
            "--output",
            metavar="FILE",
            help="write the package to a zip file for an administrator who deploys it with a tool of their own, and "
            "do nothing in the org",
        )
        parser.add_argument("--yes", action="store_true", help="remove without asking")
        parser.add_argument(
            "--poll-seconds", type=float, default=package.POLL_SECONDS, help="pause between looks at a deployment"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"install": self._install, "upgrade": self._install, "check": self._check, "remove": self._remove}
        try:
            actions[options["action"]](Gateway(self._org(options["org"])), options)
        except ConnectorError as error:
            raise CommandError("\n".join(part for part in (error.message, error.remedy) if part)) from None
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None

    def _org(self, key: str) -> Org:
        try:
            return Org.objects.get(key=key)
        except Org.DoesNotExist:
            known = ", ".join(Org.objects.values_list("key", flat=True)) or "none yet: see manage.py configure"
            raise CommandError(f"There is no Salesforce org “{key}”. Known orgs: {known}.") from None

    def _install(self, gateway: Gateway, options: dict[str, Any]) -> None:
        if options["output"]:
            whole = package_of(gateway.org)
            Path(options["output"]).write_bytes(package_zip(gateway.version, whole))
            parts = f", with our fields on {', '.join(whole.parts)}," if whole.parts else ""
            self.stdout.write(f"Version {whole.version} of the package{parts} is in {options['output']}.")
            return
        act = package.upgrade if options["action"] == "upgrade" else package.install
        act(
            gateway,
            self.stdout.write,
            poll_seconds=options["poll_seconds"],
            assign=options["assign"],
            check_only=options["dry_run"],
            force=options["force"],
        )
        if not options["dry_run"]:
            self._judge(org_package.look(gateway), gateway, quiet=True)

    def _check(self, gateway: Gateway, options: dict[str, Any]) -> None:
        self._judge(org_package.look(gateway), gateway)

    def _judge(self, state: State, gateway: Gateway, *, quiet: bool = False) -> None:
        if not quiet:
            self.stdout.write(state.version)
            for note in state.notes:
                self.stdout.write(note)
        for line in told(state.rest):
            self.stdout.write(f"{line}. No flow that is on needs it.")
        for line in told(state.problems):
            self.stderr.write(f"{line}.")
        if not state.good:
            raise CommandError(state.remedy)
        self.stdout.write(
            self.style.SUCCESS(f"What the flows of “{gateway.org.key}” need is there, visible and editable.")
        )
        if state.remedy and not quiet:
            self.stdout.write(state.remedy)

    def _remove(self, gateway: Gateway, options: dict[str, Any]) -> None:
        org = gateway.org
        on = ", ".join(org.pairs.filter(enabled=True).values_list("key", flat=True))
        if on:
            self.stdout.write(f"Pairs that are still on: {on}. They will stop with an error.")
        if not options["yes"] and not options["dry_run"]:
            self.stdout.write("This removes our fields, objects and permission sets, with all that they hold.")
            if input("Type the org's key to go on: ").strip() != org.key:
                raise CommandError("Nothing was removed.")
        package.remove(
            gateway,
            self.stdout.write,
            poll_seconds=options["poll_seconds"],
            force=options["force"],
            check_only=options["dry_run"],
        )
        if not options["dry_run"]:
            org_package.forget(org)
            self.stdout.write(self.style.SUCCESS(f"Our package is not in “{org.key}” any more."))
