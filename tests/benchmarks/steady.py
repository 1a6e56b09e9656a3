"""Cycles in which ten records have changed, among many that are linked, with every flow on.

Of the records that are linked at first one in ten is a customer, one in ten an opportunity with its invoice, six are
invoices of the history, and two payments of these. How a run goes is told in system.py.
"""

from __future__ import annotations

from typing import Any

from tests.benchmarks import system
from tests.benchmarks.books import FIRST_DAY, Books, Deals
from tests.benchmarks.system import System

# (which side, what is edited, how many): the ten changes of each cycle.
CHANGES = (
    *(("salesforce", "edit", 2), ("salesforce", "edit_deals", 2), ("quickbooks", "edit", 2)),
    *(("quickbooks", "edit_sold", 1), ("quickbooks", "edit_invoices", 2), ("quickbooks", "edit_payments", 1)),
)


class Steady(System):
    sides = (Deals, Books)


def every_flow() -> dict[str, Any]:
    from syncapp.flows import FLOWS

    since = {"on": True, "since": FIRST_DAY.isoformat()}
    told = {
        kind: since if any(s.name == "since" for s in flow.settings) else {"on": True} for kind, flow in FLOWS.items()
    }
    return told | {"customer": {"only_won": False, "near_matches": "ignore"}, "sale": {"on": True}}


def measure(records: int, given: Any) -> dict[str, Any]:
    """One size, whole."""
    system_ = Steady({"customer": {"only_won": False, "near_matches": "ignore"}, "item": {"on": True}}, given.minutes)

    def change(number: int) -> None:
        for side, what, how_many in CHANGES:
            text = f"555-{number:04d}" if what == "edit" else f"{side} {number}"
            getattr(system_, side).ask(what, how_many, text)

    try:
        tenth = max(5, records // 10)
        system_.quickbooks.ask("fill", 0, tenth)
        system_.quickbooks.ask("stock")
        system_.come_to_rest()
        system_.quickbooks.ask("history", 6 * tenth, 1, 3, 0)
        system_.switch_on(every_flow())
        system_.salesforce.ask("sell", tenth, 1)
        first = system_.come_to_rest()
        linked = system_.in_step(*system_.pair.flows)
        first = system.per_record(first, sum(linked.values()))
        first |= {"in_step": linked, "otherwise": system_.otherwise(*system_.pair.flows)}
        system_.salesforce.ask("accounts_known", 2)
        system_.quickbooks.ask("sold_known", 1)
        figures = {"records": records, "first_sync": first, "peak_megabytes": system_.memory()}
        return figures | system.later_cycles(system_, given.cycles, change)
    finally:
        system_.close()


def main() -> None:
    arguments = system.arguments("steady", __doc__.split("\n")[0], sizes=[1000, 10_000], cycles=7)
    given = arguments.parse_args()
    system.run("steady", given, lambda records: measure(records, given), part="first_sync", passed=[])


if __name__ == "__main__":
    main()
