"""The whole application with the sandbox around it, each part in a process of its own, and what a run of it took.

gunicorn answers the Web Connector, a worker (this process) runs the cycles, Salesforce and QuickBooks are processes of
the sandbox's: figures of memory and CPU time are of the first two. Every size has a database and processes of its own.

Words    measured  from a moment until nothing is left to do
"""

from __future__ import annotations

import cProfile
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import common, later
from tests.benchmarks.outside import Outside, QuickBooks, Salesforce

POLL_SECONDS = 0.05  # how often the worker looks whether it was woken
QUIET_HOURS = 4  # between the first sync and the cycles: longer than any overlap of what is read again
ROUNDS_MAX = 60
FORGETTING_MAX = 200


class System:
    """One org, one company and the application between them; ``minutes`` bounds each way to rest.

    ``bulk_from``: from so many records on they travel by Bulk API 2.0; 0: never; None: as is usual.
    """

    sides: tuple[type, type] = (Salesforce, QuickBooks)

    def __init__(self, flows: dict[str, Any], minutes: float, bulk_from: int | None = None) -> None:
        self.minutes, self.bulk_from = minutes, bulk_from
        self.queries = 0
        salesforce, self.kind_of_quickbooks = self.sides
        self.salesforce = Outside(salesforce)
        known = self.salesforce.ask("about")
        os.environ["SALESFORCE_LOOPBACK_URL"] = known["url"]
        later.install()
        common.set_up()
        self._make_pair(known, flows)

    def _make_pair(self, known: dict[str, str], flows: dict[str, Any]) -> None:
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
        if self.bulk_from is not None:
            Org.objects.update(bulk_from=self.bulk_from)
        package.install(Gateway(org), lambda line: None, poll_seconds=0)
        self.pair = Pair.objects.create(key="acme", org=org, desktop=company, first_run="apply", flows=flows)
        self.web = common.Web("tests.benchmarks.later")
        self.quickbooks = Outside(
            self.kind_of_quickbooks, self.web.port, company.username, password, "{" + str(company.file_id).upper() + "}"
        )

    def switch_on(self, flows: dict[str, Any]) -> None:
        """These flows as well, from now on."""
        self.pair.flows = {**self.pair.flows, **flows}
        self.pair.save(update_fields=["flows"])

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
        from django.db import connection

        with connection.execute_wrapper(self._count_query):
            return self._come_to_rest()

    def _come_to_rest(self) -> dict[str, Any]:
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
        outside = {name: used.pop(name) for name in ("salesforce", "quickbooks")}
        return {
            "seconds": round(seconds, 2),
            "at_rest": self._at_rest(),
            "cpu_seconds": used,
            "sandbox_cpu_seconds": outside,
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
        from syncapp.models import BulkJob, Operation

        open_still = Operation.objects.filter(state__in=Operation.OPEN).exists()
        asked = Request.objects.filter(state__in=("queued", "sent")).exists()
        loading = BulkJob.objects.filter(put_away_at__isnull=True).exists()
        return not (open_still or asked or loading or links.any_due(self.pair, kinds_on(self.pair.flows)))

    def _cpu(self) -> dict[str, float]:
        pids = {"web": self.web.pid, "salesforce": self.salesforce.pid, "quickbooks": self.quickbooks.pid}
        return {"worker": common.cpu_seconds()} | {name: common.cpu_seconds(pid) for name, pid in pids.items()}

    def _count_query(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, parameters, many, context)

    # Figures

    def in_step(self, *kinds: str) -> dict[str, int]:
        from django.db.models import Count

        from syncapp.models import Link

        found = Link.objects.filter(kind__in=kinds, state="in_step").order_by()
        return dict(found.values_list("kind").annotate(n=Count("id")))

    def otherwise(self, *kinds: str) -> dict[str, int]:
        """Links of these kinds that are not in step, by their state and reason."""
        from django.db.models import Count

        from syncapp.models import Link

        found = Link.objects.filter(kind__in=kinds).exclude(state="in_step").order_by()
        return {f"{state}: {why}": n for state, why, n in found.values_list("state", "reason").annotate(n=Count("id"))}

    def jobs(self) -> dict[str, int]:
        """How many rows travelled in jobs of Bulk API 2.0, by way."""
        from django.db.models import Sum

        from syncapp.models import BulkJob

        return dict(BulkJob.objects.order_by().values_list("way").annotate(n=Sum("rows")))

    def memory(self) -> dict[str, float]:
        return {"worker": common.peak_megabytes(), "web": common.peak_megabytes(self.web.pid)}


def per_record(told: dict[str, Any], records: int) -> dict[str, Any]:
    """What a run took, for so many records."""
    cpu = {name: round(seconds / records * 1000, 3) for name, seconds in told["cpu_seconds"].items()}
    thousands = records / 1000
    return told | {
        "records_per_second": common.rate(records, told["seconds"]),
        "cpu_milliseconds_per_record": {**cpu, "both": round(sum(cpu.values()), 3)},
        "worker_queries_per_record": round(told["worker_queries"] / records, 3),
        "salesforce_calls_per_1000": round(told["salesforce_calls"] / thousands, 2),
        "soap_calls_per_1000": round(told["soap_calls"] / thousands, 2),
    }


# Later cycles ----------------------------------------------------------------------------------------------


def later_cycles(system: System, cycles: int, change: Callable[[int], None]) -> dict[str, Any]:
    """Cycles among many records in which some have changed; ``change`` changes them, and is told how many cycles went
    before.

    1. Hours later a cycle with changes: it reads again what QuickBooks changed within the overlap of the first sync.
    2. Cycles until QuickBooks has been told to forget the outcomes it stored of the first sync, some in each session.
    3. The cycles that are compared.
    """

    def cycle(number: int) -> dict[str, Any]:
        change(number)
        return system.come_to_rest()

    system.hours_pass()
    first = cycle(0)
    system.hours_pass()
    forgotten = _forget(cycle)
    return {
        "first_cycle_after": first,
        "cycles_until_forgotten": forgotten,
        "cycle_with_changes": [cycle(1 + forgotten + number) for number in range(cycles)],
    }


def _forget(cycle: Callable[[int], Any]) -> int:
    from qbwc.models import Message

    for number in range(FORGETTING_MAX):
        if Message.objects.filter(to_clear=True).count() == 0:
            return number
        cycle(1 + number)
    return FORGETTING_MAX


def middle(size: dict[str, Any], name: str) -> float:
    return statistics.median(cycle[name] for cycle in size["cycle_with_changes"])


def middle_cpu(size: dict[str, Any]) -> float:
    return statistics.median(sum(cycle["cpu_seconds"].values()) for cycle in size["cycle_with_changes"])


# All sizes -------------------------------------------------------------------------------------------------


def compare(sizes: list[dict[str, Any]], part: str) -> dict[str, Any]:
    """The largest size against the one before it, and of cycles against the smallest; ``part`` is what was measured."""
    smallest, largest = sizes[0], sizes[-1]
    before = sizes[-2] if len(sizes) > 1 else smallest

    def cost(size: dict[str, Any]) -> float:
        return size[part]["cpu_milliseconds_per_record"]["both"]

    def memory(name: str) -> float:
        return common.ratio(largest["peak_megabytes"][name], before["peak_megabytes"][name])

    found = {
        "cost_per_record_largest_to_one_before": common.ratio(cost(largest), cost(before)),
        "seconds_per_record_largest_to_one_before": common.ratio(
            before[part]["records_per_second"], largest[part]["records_per_second"]
        ),
        "worker_memory_largest_to_one_before": memory("worker"),
        "web_memory_largest_to_one_before": memory("web"),
    }
    if largest.get("cycle_with_changes"):
        found |= {
            f"cycle_with_changes_{name}_largest_to_smallest": common.ratio(middle(largest, of), middle(smallest, of))
            for name, of in {"seconds": "seconds", "queries": "worker_queries"}.items()
        }
        cpu = common.ratio(middle_cpu(largest), middle_cpu(smallest))
        found["cycle_with_changes_cpu_largest_to_smallest"] = cpu
    return found


def arguments(name: str, description: str, *, sizes: list[int], cycles: int) -> Any:
    """What every benchmark of the whole system is told."""
    found = common.parser(name, description)
    common.add_database(found)
    found.add_argument("--records", type=int, nargs="+", default=sizes, help="sizes, smallest first")
    found.add_argument("--cycles", type=int, default=cycles, help="later cycles that are compared; 0: none")
    found.add_argument("--minutes", type=float, default=30, help="the most that a first sync may take")
    found.add_argument("--profile", default="", metavar="FILE", help="with --one: write the worker's cProfile there")
    found.add_argument("--one", action="store_true", help="the only size, in this process")
    return found


def run(name: str, given: Any, measure: Callable[[int], dict[str, Any]], *, part: str, passed: list[str]) -> None:
    """Measure each size in a process of its own, since a process keeps the most memory that it ever had.

    ``passed``: the arguments that each of them is given.
    """
    if not given.one:
        sizes = [_in_a_process(name, records, given, passed) for records in given.records]
        common.show({"database": common.kind(given.database), "sizes": sizes, "ratios": compare(sizes, part)})
        return
    with common.surroundings(given.database):
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        figures = measure(given.records[0])
        if given.profile:
            profile.dump_stats(given.profile)
        common.show(figures)


def _in_a_process(name: str, records: int, given: Any, passed: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--one", "--records", str(records)]
    for each in ("database", "cycles", "minutes", *passed):
        if getattr(given, each) is not None:
            command += [f"--{each.replace('_', '-')}", str(getattr(given, each))]
    ended = subprocess.run(command, cwd=common.ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(ended.stdout)
