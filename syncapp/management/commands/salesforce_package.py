"""Install, check or remove what the product adds to a Salesforce org."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import package
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import missing_fields, remedy
from syncapp.connectors.salesforce.schema import CUSTOM_FIELDS
from syncapp.models import Org


class Command(BaseCommand):
    help = (
        "Installs the sync's fields and permission set in a Salesforce org and assigns the set to the sync's user, "
        "checks that they are there and visible, or removes them with all that they hold. Installing again changes "
        "nothing. Exit status: 0 if all is well, 1 if not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["install", "check", "remove"], help="what to do in the org")
        parser.add_argument("org", help="the org's key, as in the settings file or the admin")
        parser.add_argument("--yes", action="store_true", help="remove without asking")
        parser.add_argument(
            "--poll-seconds", type=float, default=package.POLL_SECONDS, help="pause between looks at a deployment"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            gateway = Gateway(self._org(options["org"]))
            if options["action"] == "install":
                package.install(gateway, self.stdout.write, poll_seconds=options["poll_seconds"])
                self._check(gateway)
            elif options["action"] == "check":
                self._check(gateway)
            else:
                self._remove(gateway, options)
        except ConnectorError as error:
            raise CommandError(" ".join(part for part in (error.message, error.remedy) if part)) from None
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None

    def _org(self, key: str) -> Org:
        try:
            return Org.objects.get(key=key)
        except Org.DoesNotExist:
            known = ", ".join(Org.objects.values_list("key", flat=True)) or "none yet: see manage.py configure"
            raise CommandError(f"There is no Salesforce org “{key}”. Known orgs: {known}.") from None

    def _check(self, gateway: Gateway) -> None:
        missing = missing_fields(gateway, fresh=True)
        for name, what in missing.items():
            self.stderr.write(f"{name} {what}.")
        if missing:
            raise CommandError(remedy(gateway, set(missing)))
        self.stdout.write(self.style.SUCCESS(f"All fields of “{gateway.org.key}” are there, visible and editable."))

    def _remove(self, gateway: Gateway, options: dict[str, Any]) -> None:
        names = ", ".join(each.full_name for each in CUSTOM_FIELDS)
        if not options["yes"]:
            self.stdout.write(f"This removes {names}, with all that they hold.")
            if input("Type the org's key to go on: ").strip() != gateway.org.key:
                raise CommandError("Nothing was removed.")
        package.remove(gateway, self.stdout.write, poll_seconds=options["poll_seconds"])
        self.stdout.write(self.style.SUCCESS(f"Removed {names}."))
