"""The outside world in processes of its own, so that its memory and its time are not counted as the application's.

Words    Outside     a child process that holds one part of the sandbox, and is asked things through a pipe
         Salesforce  an org behind a loopback port
         QuickBooks  a company file with its Web Connector
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from typing import Any

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock

WAIT_SECONDS = 0.3  # between two calls of a session that waits; the real one takes five seconds
ADDED = 20_000  # records inserted at a time, while the org is locked


class Outside:
    """``ask("edit", 5)`` calls the method of that name over there and returns what it returns."""

    def __init__(self, kind: type, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(kind, arguments, theirs), daemon=True)
        self._process.start()
        self.pid = self._process.pid

    def ask(self, name: str, *arguments: Any) -> Any:
        self.begin(name, *arguments)
        return self.result()

    def begin(self, name: str, *arguments: Any) -> None:
        self._pipe.send((name, arguments))

    def has_ended(self, seconds: float = 0) -> bool:
        return self._pipe.poll(seconds)

    def result(self) -> Any:
        ok, value = self._pipe.recv()
        if not ok:
            raise RuntimeError(value)
        return value

    def stop(self) -> None:
        self._process.kill()
        self._process.join(timeout=10)


def _serve(kind: type, arguments: tuple, pipe: Any) -> None:
    part = kind(*arguments)
    while True:
        try:
            name, given = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, getattr(part, name)(*given)))
        except Exception as problem:
            pipe.send((False, f"{name}: {problem!r}"))


def customer(number: int) -> dict[str, str]:
    """What both sides' records are made of: every customer is somebody else, and has a full address."""
    return {
        "name": f"Customer {number:06d} Ltd",
        "street": f"{number} Main Street",
        "city": "San Mateo",
        "state": "CA",
        "postal_code": f"{10_000 + number % 90_000}",
        "phone": f"6{number:09d}",
        "first": f"Anna{number % 100}",
        "last": f"Lund{number:06d}",
        "email": f"anna.{number}@customer{number}.example",
    }


class Salesforce:
    def __init__(self) -> None:
        from project.sandbox.salesforce import Org, serve

        self.clock = Clock(real=True)
        self.org = Org("acme", clock=self.clock, chance=Chance(1))
        self.org.daily_limit = 10_000_000
        self.server = serve(self.org)
        self.ids: list[str] = []

    def about(self) -> dict[str, str]:
        known = self.org.credentials
        return {
            "url": self.server.url,
            "domain": known.domain,
            "client_id": known.client_id,
            "client_secret": known.client_secret,
        }

    def fill(self, first: int, number: int) -> None:
        for start in range(first, first + number, ADDED):
            some = [customer(n) for n in range(start, min(start + ADDED, first + number))]
            ids = self.org.insert_many("Account", [_account(each) for each in some])
            contacts = [_contact(each, account) for each, account in zip(some, ids, strict=True)]
            self.org.insert_many("Contact", contacts)
            self.ids += ids

    def edit(self, number: int, text: str) -> None:
        for record_id in self.ids[:number]:
            self.org.update(record_id, Phone=text)

    def count(self) -> int:
        return len(self.org.records("Account"))

    def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def calls(self) -> int:
        """API calls so far, as Salesforce counts them: those of composite requests are one."""
        return self.org.api_used


def _account(each: dict[str, str]) -> dict[str, str]:
    return {
        "Name": each["name"],
        "Phone": each["phone"],
        "BillingStreet": each["street"],
        "BillingCity": each["city"],
        "BillingState": each["state"],
        "BillingPostalCode": each["postal_code"],
    }


def _contact(each: dict[str, str], account: str) -> dict[str, str]:
    return {"AccountId": account, "FirstName": each["first"], "LastName": each["last"], "Email": each["email"]}


class QuickBooks:
    def __init__(self, port: int, username: str, password: str, file_id: str) -> None:
        from project.sandbox.desktop import CompanyFile
        from project.sandbox.qwc import Registration
        from project.sandbox.web_connector import WebConnector

        url = f"http://localhost:{port}/qbwc/"
        self.clock, chance = Clock(real=True), Chance(2)
        self.file = CompanyFile("Acme", clock=self.clock, chance=chance, edition="Enterprise")
        self.connector = WebConnector(
            self.file,
            url=url,
            username=username,
            password=password,
            clock=self.clock,
            chance=chance,
            registration=Registration(url=url, username=username, file_id=file_id),
            no_op_pause_seconds=WAIT_SECONDS,
            keep_exchanges=False,
        )
        self.ids: list[str] = []

    def fill(self, first: int, number: int) -> None:
        for each in map(customer, range(first, first + number)):
            self.ids.append(
                self.file.add_customer(
                    Name=each["name"],
                    CompanyName=each["name"],
                    FirstName=each["first"],
                    LastName=each["last"],
                    BillAddress={
                        "Addr1": each["street"],
                        "City": each["city"],
                        "State": each["state"],
                        "PostalCode": each["postal_code"],
                    },
                    Phone=each["phone"],
                    Email=each["email"],
                )
            )

    def edit(self, number: int, text: str) -> None:
        for list_id in self.ids[:number]:
            self.file.edit_customer(list_id, Phone=text)

    def count(self) -> int:
        return len(self.file.lists.shelf("Customer").in_order("Customer"))

    def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def use_port(self, port: int) -> None:
        """The server was started again, somewhere else."""
        self.connector.url = self.connector._soap.url = f"http://localhost:{port}/qbwc/"

    def update(self) -> dict[str, Any]:
        """One run of the Web Connector; what it called and what QuickBooks did."""
        before = os.times()
        result = self.connector.update()
        after = os.times()
        calls = Counter(result.soap_calls)
        waits = calls.pop("getLastError", 0)
        result.log.clear()
        return {
            "status": result.status,
            "error": result.error,
            "calls": dict(calls),
            "waits": waits,
            "documents": result.documents,
            "executed": result.executed,
            "cpu": after.user + after.system - before.user - before.system,
        }
