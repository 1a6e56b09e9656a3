"""How fast qbXML is read and built, as shares of what lxml takes when nothing is kept of the same documents."""

from __future__ import annotations

import gc
import io
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.benchmarks import common
from tests.benchmarks.endpoint import customer

SIZES = (9, 1000)  # records in a document: about 10 KB and 1 MB
ADD = {
    "Name": "Customer 1",
    "IsActive": True,
    "CompanyName": "Company & Sons",
    "FirstName": "Renée",
    "LastName": "Lund",
    "BillAddress": {"Addr1": "1 Main Street", "City": "San Mateo", "State": "CA", "PostalCode": "94402"},
    "Phone": "650-555-0142",
    "Email": "ap@example.com",
    "CreditLimit": Decimal("1000.00"),
    "ExternalGUID": "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}",
}
SPELT = {name: value if isinstance(value, dict) else str(value) for name, value in ADD.items()} | {"IsActive": "true"}
LOAD = """
import json, sys, time, tracemalloc
if measure := sys.argv[1] == "memory":
    tracemalloc.start()
def now():
    return tracemalloc.get_traced_memory()[0] / 1e6 if measure else time.perf_counter() * 1000
marks = [now()]
from qbwc.qbxml import build, catalogue, read
marks.append(now())
catalogue.exists("CustomerAdd")
marks.append(now())
build.build("CustomerAdd", {"CustomerAdd": {"Name": "A"}})
marks.append(now())
for name in catalogue.requests():
    catalogue.request(name), catalogue.answer(name)
marks.append(now())
names = ("import", "read_the_file", "first_request_built", "all_requests_and_answers")
print(json.dumps({name: later - before for name, before, later in zip(names, marks, marks[1:])}))
"""


def document(records: int) -> bytes:
    inside = "".join(map(customer, range(records)))
    return (
        '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<CustomerQueryRs requestID="1" statusCode="0" '
        f'statusSeverity="Info" statusMessage="Status OK">\n{inside}</CustomerQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n'
    ).encode()


def iterparse(data: bytes) -> int:
    """lxml alone: every element is seen, and forgotten."""
    from lxml import etree

    seen = 0
    for _, element in etree.iterparse(io.BytesIO(data), events=("end",), huge_tree=True):
        seen += 1
        element.clear()
    return seen


def per_second(actions: dict[str, Callable[[], Any]], seconds: float, rounds: int) -> dict[str, float]:
    """The median of so many rounds, in which the actions take turns; each is done once before they begin."""
    rates: dict[str, list[float]] = {name: [] for name in actions}
    for action in actions.values():
        action()
    for _ in range(rounds):
        gc.collect()
        for name, action in actions.items():
            count, began = 0, time.perf_counter()
            while (spent := time.perf_counter() - began) < seconds / rounds or not count:
                action()
                count += 1
            rates[name].append(count / spent)
    return {name: statistics.median(found) for name, found in rates.items()}


def reading(records: int, seconds: float, rounds: int) -> dict[str, Any]:
    from qbwc import answers
    from qbwc.qbxml import read

    data = document(records)
    text = data.decode()
    megabytes = len(data) / 1e6
    actions: dict[str, Callable[[], Any]] = {
        "lxml_iterparse": lambda: iterparse(data),
        "read": lambda: read.read(data),
        "stream": lambda: sum(1 for _ in read.stream(io.BytesIO(data))),
        "look": lambda: answers.look(text),
    }
    rates = per_second(actions, seconds, rounds)
    return {
        "bytes": len(data),
        "megabytes_per_second": {name: round(rate * megabytes, 1) for name, rate in rates.items()},
        "records_per_second": {name: round(rate * records) for name, rate in rates.items()},
        "share_of_lxml": {name: common.ratio(rate, rates["lxml_iterparse"]) for name, rate in rates.items()},
        "peak_megabytes": {name: _peak(actions[name]) for name in ("read", "stream")},
    }


def _peak(action: Callable[[], Any]) -> float:
    """Of Python's own objects; libxml2's are not among them."""
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1e6, 2)


def lxml_build() -> str:
    """The same request by lxml alone, with every value spelt and every element in its place already."""
    from lxml import etree

    def fill(parent: Any, data: Mapping[str, Any]) -> None:
        for name, value in data.items():
            child = etree.SubElement(parent, name)
            if isinstance(value, dict):
                fill(child, value)
            else:
                child.text = value

    root = etree.Element("CustomerAddRq")
    fill(root, {"CustomerAdd": SPELT})
    return etree.tostring(root).decode()


def building(seconds: float, rounds: int) -> dict[str, Any]:
    from qbwc.qbxml import build

    text = build.build("CustomerAdd", {"CustomerAdd": ADD})
    assert lxml_build() == text
    actions: dict[str, Callable[[], Any]] = {
        "lxml": lxml_build,
        "customer_add": lambda: build.build("CustomerAdd", {"CustomerAdd": ADD}),
        "check": lambda: build.check(text, version="13.0", country="US"),
    }
    rates = per_second(actions, seconds, rounds)
    return {
        "per_second": {name: round(rate) for name, rate in rates.items()},
        "share_of_lxml": {name: common.ratio(rate, rates["lxml"]) for name, rate in rates.items()},
    }


def loading() -> dict[str, dict[str, float]]:
    """In processes of their own: the catalogue is loaded once in a process's life."""
    return {"milliseconds": _loaded("time"), "megabytes": _loaded("memory")}


def _loaded(measure: str) -> dict[str, float]:
    command = [sys.executable, "-c", LOAD, measure]
    ended = subprocess.run(command, cwd=common.ROOT, stdout=subprocess.PIPE, check=True)
    return {name: round(value, 2) for name, value in json.loads(ended.stdout).items()}


def main() -> None:
    arguments = common.parser("qbxml", __doc__)
    arguments.add_argument("--seconds", type=float, default=3, help="for each figure")
    arguments.add_argument("--rounds", type=int, default=3, help="in so many pieces, of which the median counts")
    given = arguments.parse_args()
    with common.surroundings("sqlite"):
        import django

        django.setup()
        read = {f"{size} records": reading(size, given.seconds, given.rounds) for size in SIZES}
        common.show(
            {"reading": read, "building": building(given.seconds, given.rounds), "loading_the_catalogue": loading()}
        )


if __name__ == "__main__":
    main()
