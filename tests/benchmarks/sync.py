"""A first sync of many customers, half of them from each side, and then cycles in which ten have changed.

How a run goes, and what is measured of it, is told in system.py.
"""

from __future__ import annotations

from typing import Any

from tests.benchmarks import system
from tests.benchmarks.system import System


def measure(records: int, changes: int, cycles: int, minutes: float) -> dict[str, Any]:
    """One size, whole."""
    sync = System({"customer": {"only_won": False}}, minutes)

    def change(number: int) -> None:
        sync.salesforce.ask("edit", changes - changes // 2, f"555-1{number:03d}")
        sync.quickbooks.ask("edit", changes // 2, f"555-2{number:03d}")

    try:
        half = records // 2
        sync.salesforce.begin("fill", 0, half)
        sync.quickbooks.ask("fill", half, records - half)
        sync.salesforce.result()
        first = system.per_record(sync.come_to_rest(), records)
        first |= {"in_step": sync.in_step("customer"), "otherwise": sync.otherwise("customer")}
        figures = {"records": records, "first_sync": first, "peak_megabytes": sync.memory()}
        return figures | (system.later_cycles(sync, cycles, change) if cycles else {})
    finally:
        sync.close()


def main() -> None:
    arguments = system.arguments("sync", __doc__.split("\n")[0], sizes=[1000, 10_000], cycles=5)
    arguments.add_argument("--changes", type=int, default=10, help="records changed before each later cycle")
    given = arguments.parse_args()
    system.run(
        "sync",
        given,
        lambda records: measure(records, given.changes, given.cycles, given.minutes),
        part="first_sync",
        passed=["changes"],
    )


if __name__ == "__main__":
    main()
