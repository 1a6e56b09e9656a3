"""manage.py webhook: the address at which a pair can be called, and its secret."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.command_user import command_user
from syncapp import webhook
from syncapp.models import Pair, Webhook

EPILOG = """
docs/webhook.md tells how a Flow, Apex or an outbound message calls it. Exit status: 0 fine, 2 wrong usage.
"""


class Command(BaseCommand):
    help = "Shows how a pair is called when something has changed in Salesforce; makes, rotates or ends its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--new-secret", action="store_true", help="make a secret and show it once; a former one ends")
        what.add_argument("--off", action="store_true", help="end the secret, so that nobody is let in with it")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.filter(key=options["pair"]).first()
        if pair is None:
            known = ", ".join(Pair.objects.values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no pair “{options['pair']}”; there are: {known}.", returncode=2)
        if options["new_secret"]:
            secret = webhook.make_secret(pair, who=command_user())
            self.stdout.write(f"{webhook.address(pair)}\nAuthorization: Bearer {secret}\n")
            self.stdout.write("The secret is shown only this once; a former one lets nobody in any more.")
        elif options["off"]:
            done = webhook.switch_off(pair, who=command_user())
            self.stdout.write("Its secret lets nobody in any more." if done else "It has no secret.")
        else:
            self._tell(pair)

    def _tell(self, pair: Pair) -> None:
        row = Webhook.objects.filter(pair=pair).first() or Webhook(pair=pair)
        for line in (
            f"Address            {webhook.address(pair)}",
            f"Secret             {f'made {row.made_at:%Y-%m-%d %H:%M} UTC' if row.made_at else 'none: --new-secret'}",
            f"Outbound messages  {'taken' if pair.outbound_messages else 'not taken (the setting outbound_messages)'}",
            f"Calls              {row.calls}{f', the last {row.last_call_at:%Y-%m-%d %H:%M} UTC' if row.calls else ''}",
            f"Refused            {row.refused}{f', the last time: {row.last_refusal}' if row.refused else ''}",
        ):
            self.stdout.write(line)
