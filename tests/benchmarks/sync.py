"""A first sync of many customers, half of them from each side, and then cycles in which ten have changed.

1. The first sync, from nothing to rest.
2. Hours later a cycle with changes: it reads again what QuickBooks changed within the overlap of the first sync.
3. Cycles until QuickBooks has been told to forget the outcomes it stored of the first sync, some in each session.
4. The cycles that are compared.

The parts run as they do in production: gunicorn answers the Web Connector, a worker (this process) runs the cycles, and
Salesforce and QuickBooks are processes of their own, the sandbox's. Every size has a database and processes of its own.
"""

from __future__ import annotations

import cProfile
import json
import os
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks import common, later
from tests.benchmarks.outside import Outside, QuickBooks, Salesforce

POLL_SECONDS = 0.05  # how often the worker looks whether it was woken
QUIET_HOURS = 4  # between the first sync and the cycles: longer than any overlap of what is read again
ROUNDS_MAX = 60
FORGETTING_MAX = 60


class Sync:
    """One org, one company and the application between them; ``minutes`` bounds each way to rest."""

    def __init__(self, records: int, minutes: float) -> None:
        self.records, self.minutes = records, minutes
        self.queries = 0
        self.cpu_before: dict[str, float] = {}
        self.salesforce = Outside(Salesforce)
        known = self.salesforce.ask("about")
        os.environ["SALESFORCE_LOOPBACK_URL"] = known["url"]
        later.install()
        common.set_up()
        self._make_pair(known)
        self._fill()

    def _make_pair(self, known: dict[str, str]) -> None:
        from qbwc import passwords
        from qbwc.models import Company
        from syncapp.connectors.salesforce import package
        from syncapp.connectors.salesforce.gateway import Gateway
        from syncapp.models import Org, Pair

        company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
        password = passwords.set_password(company)
        org = Org.objects.create(
            key="acme", domain=known["domain"], client_id=known["client_id"], client_secret=known["client_secret"]
        )
        package.install(Gateway(org), lambda line: None, poll_seconds=0)
        flows = {"customer": {"only_won": False}}
        self.pair = Pair.objects.create(key="acme", org=org, desktop=company, first_run="apply", flows=flows)
        self.web = common.Web("tests.benchmarks.later")
        self.quickbooks = Outside(
            QuickBooks, self.web.port, company.username, password, "{" + str(company.file_id).upper() + "}"
        )

    def _fill(self) -> None:
        half = self.records // 2
        self.salesforce.begin("fill", 0, half)
        self.quickbooks.ask("fill", half, self.records - half)
        self.salesforce.result()

    def hours_pass(self) -> None:
        seconds = QUIET_HOURS * 3600
        for part in (self.salesforce, self.quickbooks):
            part.ask("pass_seconds", seconds)
        later.pass_seconds(seconds)
        self.web.stop()
        self.web = common.Web("tests.benchmarks.later")
        self.quickbooks.ask("use_port", self.web.port)

    def close(self) -> None:
        self.web.stop()
        for part in (self.salesforce, self.quickbooks):
            part.stop()
        common.disconnect()

    # Running

    def come_to_rest(self) -> dict[str, Any]:
        """Cycles and updates until nothing is left to do; what that took."""
        began, cpu = time.monotonic(), self._cpu()
        calls, queries = self.salesforce.ask("calls"), self.queries
        soap: dict[str, int] = {}
        waits = cycles = rounds = 0
        while rounds < ROUNDS_MAX and time.monotonic() - began < self.minutes * 60:
            rounds += 1
            cycles += self._cycle("schedule")
            self.quickbooks.begin("update")
            while not self.quickbooks.has_ended(POLL_SECONDS):
                cycles += self._cycle_if_woken()
            told = self.quickbooks.result()
            if told["error"]:
                raise RuntimeError(f"the Web Connector stopped: {told}")
            waits += told["waits"]
            for name, number in told["calls"].items():
                soap[name] = soap.get(name, 0) + number
            if self._at_rest():
                break
        seconds = time.monotonic() - began
        used = {name: round(value - cpu[name], 2) for name, value in self._cpu().items()}
        return {
            "seconds": round(seconds, 2),
            "at_rest": self._at_rest(),
            "cpu_seconds": used,
            "worker_queries": self.queries - queries,
            "salesforce_calls": self.salesforce.ask("calls") - calls,
            "soap_calls": sum(soap.values()),
            "waits": waits,
            "cycles": cycles,
            "rounds": rounds,
        }

    def _cycle(self, trigger: str) -> int:
        from syncapp.models import Pair
        from syncapp.tasks import run_cycle

        run = run_cycle(Pair.objects.select_related("org", "desktop").get(pk=self.pair.pk), trigger=trigger)
        if run is None or run.state != "done":
            raise RuntimeError(f"a cycle did not go through: {run and (run.state, run.message)}")
        return 1

    def _cycle_if_woken(self) -> int:
        from syncapp.cycle import WOKEN
        from syncapp.models import Pair

        return self._cycle(WOKEN) if Pair.objects.filter(pk=self.pair.pk, woken_at__isnull=False).exists() else 0

    def _at_rest(self) -> bool:
        from qbwc.models import Request
        from syncapp import links
        from syncapp.flows import kinds_on
        from syncapp.models import Operation

        open_still = Operation.objects.filter(state__in=Operation.OPEN).exists()
        asked = Request.objects.filter(state__in=("queued", "sent")).exists()
        return not (open_still or asked or links.any_due(self.pair, kinds_on(self.pair.flows)))

    def _cpu(self) -> dict[str, float]:
        return {"worker": common.cpu_seconds(), "web": common.cpu_seconds(self.web.pid)}

    def count_query(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, parameters, many, context)


def measure(records: int, changes: int, cycles: int, minutes: float) -> dict[str, Any]:
    """One size, whole."""
    sync = Sync(records, minutes)
    from django.db import connection

    try:
        with connection.execute_wrapper(sync.count_query):
            first = sync.come_to_rest()
            figures = {"records": records, "first_sync": _per_record(sync, first), **_memory(sync)}
            sync.hours_pass()
            figures["first_cycle_after"] = _change(sync, changes, 0)
            sync.hours_pass()
            figures["cycles_until_forgotten"] = _forget(sync, changes)
            figures["cycle_with_changes"] = [_change(sync, changes, 1 + number) for number in range(cycles)]
    finally:
        sync.close()
    return figures


def _per_record(sync: Sync, told: dict[str, Any]) -> dict[str, Any]:
    from django.db.models import Count

    from syncapp.models import Link

    states = dict(Link.objects.values_list("state").annotate(n=Count("id")))
    linked = states.get("in_step", 0)
    thousands = sync.records / 1000
    return told | {
        "in_step": linked,
        "other_states": {state: number for state, number in states.items() if state != "in_step"},
        "records_per_second": common.rate(linked, told["seconds"]),
        "cpu_milliseconds_per_record": round(sum(told["cpu_seconds"].values()) / sync.records * 1000, 3),
        "worker_queries_per_record": round(told["worker_queries"] / sync.records, 3),
        "salesforce_calls_per_1000": round(told["salesforce_calls"] / thousands, 2),
        "soap_calls_per_1000": round(told["soap_calls"] / thousands, 2),
    }


def _memory(sync: Sync) -> dict[str, Any]:
    return {"peak_megabytes": {"worker": common.peak_megabytes(), "web": common.peak_megabytes(sync.web.pid)}}


def _change(sync: Sync, changes: int, number: int) -> dict[str, Any]:
    sync.salesforce.ask("edit", changes - changes // 2, f"555-01{number:02d}")
    sync.quickbooks.ask("edit", changes // 2, f"555-02{number:02d}")
    return sync.come_to_rest()


def _forget(sync: Sync, changes: int) -> int:
    """Cycles until QuickBooks was told to forget the outcomes of the first sync: each session tells it some."""
    from qbwc.models import Message

    for number in range(FORGETTING_MAX):
        if Message.objects.filter(to_clear=True).count() == 0:
            return number
        _change(sync, changes, 50 + number)
    return FORGETTING_MAX


# All sizes -------------------------------------------------------------------------------------------------


def compare(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest size against the one before it, and against the smallest."""
    smallest, largest = sizes[0], sizes[-1]
    before = sizes[-2] if len(sizes) > 1 else smallest
    return {
        "cost_per_record_largest_to_one_before": common.ratio(_cost(largest), _cost(before)),
        "seconds_per_record_largest_to_one_before": common.ratio(
            before["first_sync"]["records_per_second"], largest["first_sync"]["records_per_second"]
        ),
        "worker_memory_largest_to_one_before": _memory_ratio(largest, before, "worker"),
        "web_memory_largest_to_one_before": _memory_ratio(largest, before, "web"),
        "cycle_with_changes_largest_to_smallest": common.ratio(
            _fastest(largest, "seconds"), _fastest(smallest, "seconds")
        ),
        "cycle_with_changes_queries_largest_to_smallest": common.ratio(
            _fastest(largest, "worker_queries"), _fastest(smallest, "worker_queries")
        ),
    }


def _cost(size: dict[str, Any]) -> float:
    return size["first_sync"]["cpu_milliseconds_per_record"]


def _memory_ratio(one: dict[str, Any], other: dict[str, Any], name: str) -> float:
    return common.ratio(one["peak_megabytes"][name], other["peak_megabytes"][name])


def _fastest(size: dict[str, Any], name: str) -> float:
    return min(cycle[name] for cycle in size["cycle_with_changes"])


def main() -> None:
    arguments = common.parser("sync", __doc__.split("\n")[0])
    common.add_database(arguments)
    arguments.add_argument("--records", type=int, nargs="+", default=[1000, 10_000], help="sizes, smallest first")
    arguments.add_argument("--changes", type=int, default=10, help="records changed before each later cycle")
    arguments.add_argument("--cycles", type=int, default=3, help="later cycles; the fastest counts")
    arguments.add_argument("--minutes", type=float, default=30, help="the most that a first sync may take")
    arguments.add_argument(
        "--profile", default="", metavar="FILE", help="with --one: write the worker's cProfile there"
    )
    arguments.add_argument("--one", action="store_true", help="the only size, in this process")
    given = arguments.parse_args()
    if given.one:
        with common.surroundings(given.database):
            profile = cProfile.Profile()
            if given.profile:
                profile.enable()
            figures = measure(given.records[0], given.changes, given.cycles, given.minutes)
            if given.profile:
                profile.dump_stats(given.profile)
            common.show(figures)
        return
    sizes = [_in_a_process(records, given) for records in given.records]
    common.show({"database": common.kind(given.database), "sizes": sizes, "ratios": compare(sizes)})


def _in_a_process(records: int, given: Any) -> dict[str, Any]:
    """A process keeps the most memory it ever had, so each size needs its own."""
    command = [sys.executable, "-m", "tests.benchmarks.sync", "--one", "--records", str(records)]
    for name in ("database", "changes", "cycles", "minutes"):
        command += [f"--{name}", str(getattr(given, name))]
    ended = subprocess.run(command, cwd=common.ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(ended.stdout)


if __name__ == "__main__":
    main()
