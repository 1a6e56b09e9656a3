"""One org of the sandbox, with the words in which these tests speak of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

from cryptography.hazmat.primitives import serialization

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults
from project.sandbox.salesforce import Org
from project.sandbox.salesforce.server import serve


class World:
    """``org`` is a person at work in Salesforce's pages; ``clock`` is everybody's."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.org = Org("acme", clock=clock, chance=Chance(1), faults=Faults())
        self.server = serve(self.org)

    def stop(self):
        self.server.stop()

    # How we sign in

    @property
    def credentials(self):
        return self.org.credentials

    def client_credentials(self):
        given = self.credentials
        return {"domain": given.domain, "client_id": given.client_id, "client_secret": given.client_secret}

    def password(self):
        given = self.credentials
        more = {"username": given.username, "password": given.password, "security_token": given.security_token}
        return {**self.client_credentials(), **more}

    def jwt(self, key):
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        app = self.org.add_app("3MVG9jwt", "", run_as=self.org.integration_user, public_key=public.decode())
        return {
            "domain": self.credentials.domain,
            "client_id": app.client_id,
            "username": self.credentials.username,
        }

    # What was called

    def calls(self):
        return len([each for each in self.org.calls() if "oauth2" not in each.path])

    def sign_ins(self):
        return len([each for each in self.org.calls() if "oauth2/token" in each.path])

    # People's work

    def account(self, name, **fields):
        return self.org.insert("Account", Name=name, **fields)

    def many_accounts(self, count):
        return self.org.insert_many("Account", [{"Name": f"Account {number:05d}"} for number in range(count)])

    def contact(self, account, first, last, **fields):
        return self.org.insert("Contact", AccountId=account, FirstName=first, LastName=last, **fields)

    def contacts_of(self, account):
        return [row for row in self.org.records("Contact") if row["AccountId"] == account]

    def opportunity(self, account, *, won):
        stage = "Closed Won" if won else "Prospecting"
        return self.org.insert("Opportunity", AccountId=account, Name="Deal", StageName=stage, CloseDate="2026-01-31")

    def take_permission_set_away(self):
        for row in self.org.records("PermissionSetAssignment"):
            self.org.delete(row["Id"])

    def save_late(self, record_id, *, seconds_ago, as_user="", **fields):
        """An edit whose transaction began a while ago, and ends now."""
        now = self.org.now
        self.org.now = lambda: now() - timedelta(seconds=seconds_ago)
        try:
            self.org.update(record_id, as_user=as_user, **fields)
        finally:
            self.org.now = now

    def duplicate_rule(self, sobject):
        def same_name(row):
            return [
                each["Id"]
                for each in self.org.records(sobject)
                if each["Name"] == row["Name"] and each["Id"] != row["Id"]
            ]

        self.org.duplicate_rules[sobject] = same_name

    def kill_tokens(self):
        self.org.doors.expire()


class Killed(BaseException):
    """The process is gone."""


class Fate:
    killed = False


@contextmanager
def killed_at(gateway, step, answered):
    """The process dies at this call: before it leaves; or, of those that write, once it was ``answered``."""
    original, calls, fate = gateway._call, 0, Fate()

    def call(action, *, reads):
        nonlocal calls
        calls += not (answered and reads)
        if calls == step and not answered:
            raise Killed
        result = original(action, reads=reads)
        if calls == step and not reads:
            raise Killed
        return result

    gateway._call = call
    try:
        yield fate
    except Killed:
        fate.killed = True
    finally:
        gateway._call = original


def around_the_next_write(
    connector, *, before: Callable[[], object] = lambda: None, after: Callable[[], object] = lambda: None
) -> None:
    """Something happens just before the connector's next call that writes, and something just after it."""
    gateway = connector.gateway
    original = gateway._call

    def call(action, *, reads):
        if reads:
            return original(action, reads=True)
        gateway._call = original
        before()
        try:
            return original(action, reads=False)
        finally:
            after()

    gateway._call = call
