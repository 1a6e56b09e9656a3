"""One Salesforce org in miniature: what a test or the demo holds in its hands.

The methods here are a person at work in Salesforce's pages: another user than the one as whom an app's calls run,
who sees every field and suffers no fault but slowness.  A refusal is a SalesforceError, as for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults

from . import dml, ids
from .auth import App, Doors
from .bulk import Bulk
from .editions import EDITIONS
from .errors import SalesforceError, no_such_record
from .outbound import Outbound
from .schema import SObject
from .standard import STAGES, Switches
from .state import OBJECT_RIGHTS, Entry, OrgState, Planned, Trigger, User
from .store import Row
from .transaction import Tx


@dataclass(frozen=True)
class Credentials:
    """All that a client needs to sign in to a new org, by whichever of its doors."""

    domain: str
    client_id: str
    client_secret: str
    username: str
    password: str
    security_token: str


class Org(OrgState):
    """``number`` tells the orgs of one world apart: it goes into the ids of all their records."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock | None = None,
        chance: Chance | None = None,
        faults: Faults | None = None,
        domain: str = "",
        number: int = 1,
        edition: str = "Enterprise",
        licences: int = 0,
        switches: Switches | None = None,
    ) -> None:
        super().__init__(
            name,
            clock=clock or Clock(),
            chance=chance or Chance(name),
            faults=faults or Faults(),
            domain=domain,
            number=number,
            edition=edition,
            licences=licences,
            switches=switches,
        )
        self.doors = Doors(self)
        self.bulk = Bulk(self)
        self.outbound = Outbound(self)
        self.integration_user = self.add_user(f"integration@{name}.example", "Integration", "QuickBooks")
        self.person = self.add_user(f"admin@{name}.example", "Admin", "Alex")
        self.doors.default_person = self.person
        self._furnish()
        self.credentials = self._first_app()
        self.client_id = self.credentials.client_id
        self.client_secret = self.credentials.client_secret

    def _furnish(self) -> None:
        tx = self._own_tx(self.person)
        whole = {"IsSandbox": ".sandbox." in self.domain, "OrganizationType": self.edition.organization_type}
        self.plant(tx, "Organization", Id=self.id, Name=self.name, **whole)
        for order, (label, closed, won, probability, category) in enumerate(STAGES, start=1):
            facts = {"MasterLabel": label, "ApiName": label, "IsClosed": closed, "IsWon": won, "SortOrder": order}
            facts |= {"DefaultProbability": Decimal(probability), "ForecastCategoryName": category}
            self.plant(tx, "OpportunityStage", **facts)
        active = self.edition is not EDITIONS["Developer"]  # a fresh developer org has yet to switch it on
        self.plant(tx, "Pricebook2", Name="Standard Price Book", IsActive=active, IsStandard=True)
        for code in self.switches.currencies:
            corporate = code == self.switches.currencies[0]
            facts = {"IsoCode": code, "ConversionRate": Decimal(1), "IsCorporate": corporate, "DecimalPlaces": 2}
            self.plant(tx, "CurrencyType", **facts, IsActive=True)
        if self.switches.person_accounts:
            self.add_record_type("Account", "Business_Account", "Business Account", default=True)
            self.add_record_type("Account", "PersonAccount", "Person Account", person=True)

    def _first_app(self) -> Credentials:
        user = self.users[self.integration_user]
        app = self.add_app(f"3MVG9{self.name}.app", f"secret-of-{self.name}-app", run_as=user.id)
        return Credentials(
            self.domain, app.client_id, app.client_secret, user.username, user.password, user.security_token
        )

    def _own_tx(self, user_id: str) -> Tx:
        return Tx(self, user_id, system=True)

    def plant(self, tx: Tx, name: str, **stored: Any) -> str:
        return dml.plant(tx, self.schema[name], **stored)

    # -- what it is made of

    def add_record_type(
        self, sobject: str, developer_name: str, label: str = "", *, person: bool = False, default: bool = False
    ) -> str:
        """A record type's id; the default one is what new records get that say nothing."""
        with self.guard:
            kind = self._known(sobject)
            facts: dict[str, Any] = {"DeveloperName": developer_name}
            facts["Name"] = label or developer_name.replace("_", " ")
            facts |= {"SobjectType": kind.name, "IsActive": True, "IsPersonType": person}
            found = self.plant(self._own_tx(self.person), "RecordType", **facts)
            if default:
                self.default_record_types[kind.name] = found
            self.secured()
            return found

    def set_record_type(self, record_type_id: str, *, active: bool) -> None:
        with self.guard:
            dml.write_system(self._own_tx(self.person), self.schema["RecordType"], record_type_id, {"IsActive": active})
            self.secured()

    @property
    def standard_pricebook(self) -> str:
        return next(row["Id"] for row in self.tables["Pricebook2"].rows.values() if row["IsStandard"])

    # -- who is there

    def add_user(self, username: str, last_name: str, first_name: str = "", password: str = "") -> str:
        """A new user's id; the password is derived from the name if none is given."""
        with self.guard:
            user_id = self.new_id(self.schema["User"])
            word = username.partition("@")[0]
            self.users[user_id] = User(user_id, username, password or f"pw-{word}", f"token{word}")
            names = {"Username": username, "Email": username, "LastName": last_name, "IsActive": True}
            whole = f"{first_name} {last_name}".strip()
            tx = self._own_tx(user_id)
            return self.plant(tx, "User", Id=user_id, FirstName=first_name or None, Name=whole, **names)

    def add_app(
        self,
        client_id: str,
        client_secret: str,
        *,
        run_as: str = "",
        public_key: str = "",
        rotates: bool = False,
        callback_urls: Sequence[str] = (),
    ) -> App:
        with self.guard:
            approved = {run_as} if run_as else set()
            app = App(client_id, client_secret, run_as, public_key, rotates, approved, tuple(callback_urls))
            self.doors.apps[client_id] = app
            return app

    # -- a person at work

    def insert(self, sobject: str, *, as_user: str = "", **fields: Any) -> str:
        return str(self._work(as_user, lambda tx: dml.insert(tx, self._known(sobject), fields)))

    def insert_many(self, sobject: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """Many inserts under one lock: how a large org is filled."""
        kind = self._known(sobject)
        found: list[str] = self._work("", lambda tx: [dml.insert(tx, kind, fields) for fields in records])
        return found

    def update(self, record_id: str, *, as_user: str = "", **fields: Any) -> None:
        kind = self._kind(record_id)
        self._work(as_user, lambda tx: dml.update(tx, kind, self._full(record_id), fields))

    def delete(self, record_id: str, *, as_user: str = "") -> None:
        self._work(as_user, lambda tx: dml.delete(tx, self._kind(record_id), self._full(record_id)))

    def undelete(self, record_id: str, *, as_user: str = "") -> None:
        self._work(as_user, lambda tx: dml.undelete(tx, self._kind(record_id), self._full(record_id)))

    def merge(self, winner: str, *losers: str, as_user: str = "", **fields: Any) -> None:
        """Merge accounts or contacts into ``winner``, which takes the values given."""
        full = [self._full(loser) for loser in losers]
        kind = self._kind(winner)
        self._work(as_user, lambda tx: dml.merge(tx, kind, self._full(winner), full, fields))

    def purge(self, record_id: str) -> None:
        """Out of the recycle bin: no query shows the record any more, getDeleted still does."""
        with self.guard:
            table = self.table(self._kind(record_id))
            row = table.get(self._full(record_id))
            if row is None or not row["IsDeleted"]:
                raise no_such_record()
            table.purged.append((row["SystemModstamp"], row["Id"]))
            table.drop(row["Id"])

    def forget_deletions(self, sobject: str) -> None:
        """Purge the delete log: getDeleted refuses to look further back than now."""
        with self.guard:
            table = self.table(self._known(sobject))
            table.purged.clear()
            table.deletions_from = self.now()

    def _work(self, as_user: str, act: Callable[[Tx], Any]) -> Any:
        with self.guard:
            self.bulk.run_due()
            tx = self._own_tx(as_user or self.person)
            try:
                result = act(tx)
                self.committed(tx)
                return result
            except SalesforceError:
                tx.roll_back()
                raise

    def _known(self, name: str) -> SObject:
        found = self.schema.find(name)
        if found is None:
            raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return found

    def _full(self, record_id: str) -> str:
        found = ids.full(record_id)
        if found is None:
            raise no_such_record()
        return found

    def _kind(self, record_id: str) -> SObject:
        found = self.schema.by_prefix(record_id[:3])
        if found is None:
            raise no_such_record()
        return found

    # -- looking

    def get(self, record_id: str) -> dict[str, Any]:
        """One record with all its fields, also from the recycle bin; values are Python's."""
        with self.guard:
            self.bulk.run_due()
            kind = self._kind(record_id)
            row = self.table(kind).get(self._full(record_id))
            if row is None:
                raise no_such_record()
            return _whole(kind, row)

    def records(self, sobject: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """All records of an object in the order of their making; those in the recycle bin only if asked for."""
        with self.guard:
            self.bulk.run_due()
            kind = self._known(sobject)
            rows = self.table(kind)
            return [_whole(kind, rows.rows[each]) for each in rows.ids if deleted or not rows.rows[each]["IsDeleted"]]

    def snapshot(self, *names: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Live records by object and id, to be compared with another snapshot."""
        wanted = names or ("Account", "Contact", "Opportunity")
        return {name: {record["Id"]: record for record in self.records(name)} for name in wanted}

    def calls(self, resource: str = "", method: str = "") -> list[Entry]:
        """The journal's entries of one resource (as in "composite/sobjects") and method."""
        with self.guard:
            return [
                entry
                for entry in self.journal
                if (not resource or entry.resource == resource) and (not method or entry.method == method)
            ]

    # -- the admin's automation

    def on_save(self, sobject: str, run: Callable[..., None], *, when: str = "after", name: str = "") -> None:
        """A trigger: ``run(tx, row, old)``. Before a save it may change the row, after it write other records."""
        self.triggers.append(Trigger(self._known(sobject).name, when, run, name or f"{sobject}Trigger"))

    def lock(self, record_id: str) -> None:
        """Somebody holds the record: every write to it is refused until ``unlock``."""
        self.locked.add(self._full(record_id))

    def unlock(self, record_id: str) -> None:
        self.locked.discard(self._full(record_id))

    # -- what an administrator withholds from the users of apps

    def hide(self, *fields: str) -> None:
        """Standard fields, as in ``OpportunityLineItem.Discount``, that field-level security keeps from them."""
        with self.guard:
            for each in fields:
                sobject, _, name = each.partition(".")
                found = self._known(sobject).field(name)
                if found is None or found.custom or found.required:
                    raise ValueError(f"{each} is not a standard field that can be hidden.")
                self.hidden.add(f"{self._known(sobject).name}.{found.name}")
            self.secured()

    def withhold(self, sobject: str, *rights: str) -> None:
        """Rights to a standard object that the users of apps lack, such as allowEdit; none gives all of them back."""
        unknown = set(rights) - set(OBJECT_RIGHTS)
        if unknown:
            raise ValueError(f"There are no rights named {', '.join(sorted(unknown))}.")
        with self.guard:
            self.withheld[self._known(sobject).name] = frozenset(rights)
            self.secured()

    # -- what happens at a call to come

    def fail_next(self, fault: str, *, writes_only: bool = True) -> None:
        """One fault, by its name in Faults, at the next call (that writes)."""
        self.planned.append(Planned(fault, writes_only))

    def before_next(self, run: Callable[[], object], *, writes_only: bool = True) -> None:
        """Run something just before the next call (that writes) is executed."""
        self.planned.append(Planned("before", writes_only, run))

    def after_next(self, run: Callable[[], object], *, writes_only: bool = True) -> None:
        """Run something after the next call (that writes) was committed, before it is answered."""
        self.planned.append(Planned("after", writes_only, run))

    def add_validation_rule(self, sobject: str, rule: Callable[[Row, Row | None], str | None]) -> None:
        """``rule(row, old)`` returns the admin's text if the row is not to be saved."""
        self.validation_rules.setdefault(self._known(sobject).name, []).append(rule)


def _whole(kind: SObject, row: Row) -> dict[str, Any]:
    return {field.name: field.value(row) for field in kind if field.type != "address"}
