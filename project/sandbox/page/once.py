"""The demo without a browser: run until everything is at rest, say how things stand, and judge it.

Rule     the same world and the same product as in the demo, in one process: the Web Connector calls the WSGI
         application directly, and cycles are made here instead of by the background worker
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.color import Style

from project.sandbox.page import check, check_books, edits, edits_books, table
from project.sandbox.page.books import Books
from project.sandbox.page.world import World
from syncapp import links
from syncapp.cycle import WOKEN
from syncapp.flows import FLOWS, kinds_on
from syncapp.models import Link, Operation, Run
from syncapp.tasks import run_cycle

ROUNDS_MAX = 20
NEEDS_A_PERSON, WAITING = table.NEEDS_A_PERSON, table.WAITING


class Once:
    def __init__(self, world: World, tell: Callable[[str], Any], style: Style) -> None:
        self.world, self.tell, self.style = world, tell, style
        self.wrong: list[str] = []

    def run(self) -> bool:
        """Whether all is as it should be."""
        self._until_rest("First sync")
        self._needs_a_person()
        self._table()
        self._judge("The example", [*check.problems(self.world), *check_books.problems(self.world)])
        self._judge("The plan", self._planned())
        if not self.wrong:
            self._edit()
        self.tell("")
        if self.wrong:
            self.tell(self.style.ERROR(f"{len(self.wrong)} things are not as they should be."))
        else:
            self.tell(self.style.SUCCESS("All is as it should be."))
        return not self.wrong

    def _edit(self) -> None:
        """What people change afterwards arrives, too."""
        self.tell("")
        self.tell(self.style.MIGRATE_HEADING("Edits on both sides"))
        made = [edit(self.world) for edit in (*edits.EDITS, *edits_books.EDITS)]
        self._until_rest("Sync after the edits")
        for edit in made:
            problem = edit.problem()
            self.tell(f"  {self._mark(not problem)} {edit.says}" + (f": {problem}" if problem else ""))
            self.wrong += [f"{edit.says}: {problem}"] if problem else []
        self._table()
        self._judge("Every record", Books(self.world.desk).differences())
        self._judge("The plan", self._planned())

    def while_waiting(self) -> None:
        """The server works on something, and the Web Connector waits for it: this is the background worker.

        As there, it asks QuickBooks for nothing more, or the call would never end.
        """
        run_cycle(self.world.pair, trigger=WOKEN)

    # Running

    def _until_rest(self, what: str) -> None:
        """Cycles and calls in turn, until one round has found nothing to do."""
        for number in range(1, ROUNDS_MAX + 1):
            before = Operation.objects.count()
            problem = self._round()
            if problem:
                self.wrong.append(problem)
                self.tell(self.style.ERROR(f"{what}: {problem}"))
                return
            if Operation.objects.count() == before and self._is_quiet():
                writes = Operation.objects.count()
                self.tell(f"{what}: at rest after {number} rounds; {writes} writes so far.")
                return
        self.wrong.append(f"{what} did not come to rest.")
        self.tell(self.style.ERROR(f"{what} did not come to rest within {ROUNDS_MAX} rounds."))

    def _round(self) -> str:
        """One cycle and one call; why it failed, or nothing."""
        run = run_cycle(self.world.pair, trigger="demo")
        if run is None or run.state != Run.State.DONE:
            return f"The cycle did not go through: {run.message if run else 'another cycle is at work.'}"
        result = self.world.connector.update()
        return "" if result.ok else f"The Web Connector: {result.error} {result.status}"

    def _is_quiet(self) -> bool:
        pair = self.world.pair
        due = links.any_due(pair, kinds_on(pair.flows))
        return not due and not Operation.objects.filter(pair=pair, state__in=Operation.OPEN).exists()

    def _planned(self) -> list[str]:
        """What a preview would still do."""
        run = run_cycle(self.world.pair, trigger="demo", preview=True)
        if run is None or run.state != Run.State.PREVIEW:
            return [f"The preview did not go through: {run.message if run else 'another cycle is at work.'}"]
        return [f"Still planned: {row['name']} ({row.get('verb', 'link')})." for row in run.plan]

    # Telling

    def _needs_a_person(self) -> None:
        """What waits for somebody, with the reason, by kind."""
        pair = self.world.pair
        asking = Link.objects.filter(pair=pair, state__in=(*NEEDS_A_PERSON, *WAITING)).order_by("name", "id")
        for kind in kinds_on(pair.flows):
            found = [link for link in asking if link.kind == kind]
            if not found:
                continue
            self.tell("")
            self.tell(self.style.MIGRATE_HEADING(f"{FLOWS[kind].mapping.plural} that wait for a person"))
            for link in found:
                side = "" if link.whole else f" ({'Salesforce' if link.salesforce_id else 'QuickBooks'})"
                self.tell(f"  {link.name}{side}: {link.get_state_display().lower()}. {link.reason}")

    def _table(self) -> None:
        """Every kind on both sides, and how its links stand."""
        sums = Books(self.world.desk).sums()
        self.tell("")
        for line in table.both_sides(sums):
            self.tell(self.style.ERROR(line) if line.endswith(table.DIFFERS) else line)
        self.wrong += [f"{each.kind}: {each.what} differs." for each in sums if not each.equal]
        self.tell("")
        for line in table.links(self.world.pair, kinds_on(self.world.pair.flows)):
            self.tell(line)

    def _judge(self, what: str, problems: list[str]) -> None:
        self.wrong += problems
        self.tell("")
        self.tell(
            f"{self._mark(not problems)} {what} {'stands as it should' if not problems else 'does not stand right'}."
        )
        for problem in problems:
            self.tell(self.style.ERROR(f"    {problem}"))

    def _mark(self, well: bool) -> str:
        return self.style.SUCCESS("ok") if well else self.style.ERROR("NO")
