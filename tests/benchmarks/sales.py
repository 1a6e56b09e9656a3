"""Won opportunities of five lines become invoices in QuickBooks, and their numbers and totals come back.

Customers and items come from QuickBooks before that, which is not measured. How a run goes is told in system.py.
"""

from __future__ import annotations

from typing import Any

from tests.benchmarks import system
from tests.benchmarks.books import Books, Deals
from tests.benchmarks.system import System

LINES = 5


class Sales(System):
    sides = (Deals, Books)


def measure(records: int, given: Any) -> dict[str, Any]:
    """One size, whole."""
    flows = {"customer": {"only_won": False, "near_matches": "ignore"}, "item": {"on": True}, "sale": {"on": True}}
    sales = Sales(flows, given.minutes, given.bulk_from)

    def change(number: int) -> None:
        sales.salesforce.ask("edit_deals", given.changes - given.changes // 2, f"Ours {number}")
        sales.quickbooks.ask("edit_sold", given.changes // 2, f"Theirs {number}")

    try:
        sales.quickbooks.ask("fill", 0, max(5, records // 10))
        sales.quickbooks.ask("stock")
        sales.come_to_rest()
        sales.salesforce.ask("sell", records, LINES)
        told = system.per_record(sales.come_to_rest(), records)
        told |= {"in_step": sales.in_step("sale"), "otherwise": sales.otherwise("sale")}
        told["rows_in_jobs"] = sales.jobs()
        told |= {"brought_back": sales.salesforce.ask("brought_back"), "invoiced": sales.quickbooks.ask("invoiced")}
        figures = {"records": records, "bulk_from": given.bulk_from, "sales": told, "peak_megabytes": sales.memory()}
        sales.quickbooks.ask("sold_known", given.changes)
        return figures | (system.later_cycles(sales, given.cycles, change) if given.cycles else {})
    finally:
        sales.close()


def main() -> None:
    arguments = system.arguments("sales", __doc__.split("\n")[0], sizes=[1000, 10_000], cycles=5)
    arguments.add_argument("--changes", type=int, default=10, help="records changed before each later cycle")
    arguments.add_argument("--bulk-from", type=int, help="from so many records on Bulk API 2.0 is used; 0: never")
    given = arguments.parse_args()
    system.run("sales", given, lambda records: measure(records, given), part="sales", passed=["changes", "bulk_from"])


if __name__ == "__main__":
    main()
