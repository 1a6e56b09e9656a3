"""The history of many invoices and of payments for some of them comes to Salesforce, from a date on.

Customers and items come to Salesforce before that, which is not measured; then the flows of invoices and payments are
switched on. One invoice in ten is older than the date, and is left out. How a run goes is told in system.py.
"""

from __future__ import annotations

from typing import Any

from tests.benchmarks import system
from tests.benchmarks.books import FIRST_DAY, Books, Deals
from tests.benchmarks.system import System

LINES = 3
PAID_EVERY = 5


class Documents(System):
    sides = (Deals, Books)


def measure(records: int, given: Any) -> dict[str, Any]:
    """One size, whole; ``records`` are invoices, and the payments are records, too."""
    flows = {"customer": {"only_won": False, "near_matches": "ignore"}, "item": {"on": True}}
    books = Documents(flows, given.minutes, given.bulk_from)

    def change(number: int) -> None:
        books.quickbooks.ask("edit_invoices", given.changes - given.changes // 5, f"Changed {number}")
        books.quickbooks.ask("edit_payments", given.changes // 5, f"Changed {number}")

    try:
        books.quickbooks.ask("fill", 0, max(5, records // 20))
        books.quickbooks.ask("stock")
        books.come_to_rest()
        books.quickbooks.ask("history", records, LINES, PAID_EVERY, records // 10)
        since = {"on": True, "since": FIRST_DAY.isoformat()}
        books.switch_on({"invoice": since, "payment": since})
        told = books.come_to_rest()
        linked = books.in_step("invoice", "payment")
        told = system.per_record(told, sum(linked.values()) or 1)
        told |= {"in_step": linked, "otherwise": books.otherwise("invoice", "payment")}
        told["rows_in_jobs"] = books.jobs()
        told |= {"in_salesforce": books.salesforce.ask("documents"), "invoiced": books.quickbooks.ask("invoiced")}
        figures = {"records": records, "bulk_from": given.bulk_from, "history": told, "peak_megabytes": books.memory()}
        return figures | (system.later_cycles(books, given.cycles, change) if given.cycles else {})
    finally:
        books.close()


def main() -> None:
    arguments = system.arguments("documents", __doc__.split("\n")[0], sizes=[1000, 10_000], cycles=5)
    arguments.add_argument("--changes", type=int, default=10, help="records changed before each later cycle")
    arguments.add_argument("--bulk-from", type=int, help="from so many records on Bulk API 2.0 is used; 0: never")
    given = arguments.parse_args()
    system.run(
        "documents", given, lambda records: measure(records, given), part="history", passed=["changes", "bulk_from"]
    )


if __name__ == "__main__":
    main()
