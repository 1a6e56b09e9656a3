"""Reading customers: Accounts with their contacts, and whether they are wanted, in few calls and flat memory.

Words    seen  one Account as it was read, with all its contacts
Rule     everything that belongs to a page of Accounts is asked for by their ids, several queries to a call; no order of
         Salesforce's is relied on to bring them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.contacts import Choice, choose
from syncapp.connectors.salesforce.errors import Refused
from syncapp.connectors.salesforce.fields import (
    ACCOUNT_COLUMNS,
    CONTACT_COLUMNS,
    account_fields,
    contact_fields,
    other_company,
    version,
)
from syncapp.connectors.salesforce.gateway import PARTS_MAX, Answer, Gateway, Part, Row, query_part
from syncapp.connectors.salesforce.settings import CustomerSettings
from syncapp.connectors.salesforce.soql import parse_moment, portions, quote_all
from syncapp.records import Record, Value

KIND = "customer"
PORTION = 600  # ids in one query, where they fit


@dataclass(frozen=True)
class Query:
    of: str  # Account, Contact, or wanted
    soql: str
    include_deleted: bool = False


@dataclass(frozen=True)
class Seen:
    account: Row
    contacts: Sequence[Row]
    choice: Choice
    company_key: str
    meets: bool = True  # the condition of the settings
    why_unwanted: str = ""

    @property
    def id(self) -> str:
        return str(self.account["Id"])

    @property
    def gone(self) -> bool:
        return bool(self.account["IsDeleted"])

    @property
    def fields(self) -> dict[str, Value]:
        return {**account_fields(self.account, self.company_key), **contact_fields(self.choice.contact)}

    @property
    def record(self) -> Record:
        fields = self.fields
        stamps = [row["SystemModstamp"] for row in (self.account, self.choice.contact) if row]
        return Record(
            kind=KIND,
            id=self.id,
            version=version(self.account, self.choice.contact, fields),
            fields=fields,
            modified=max(parse_moment(stamp) for stamp in stamps),
            deleted=self.gone,
            merged_into=self.account["MasterRecordId"] or "",
            wanted=not self.why_unwanted,
            why_unwanted=self.why_unwanted,
            matches=not other_company(self.account, self.company_key),
        )


class Reader:
    def __init__(self, gateway: Gateway, company_key: str, settings: CustomerSettings) -> None:
        self.gateway = gateway
        self.company_key = company_key
        self.settings = settings
        self.warnings: dict[str, str] = {}
        self._account_columns: tuple[str, ...] = ()

    # Queries --------------------------------------------------------------------

    @property
    def account_columns(self) -> str:
        if not self._account_columns:
            [known] = self.gateway.describe("Account")
            # An org has this field only once person accounts were switched on; asking for it elsewhere is an error.
            self._account_columns = (*ACCOUNT_COLUMNS, *(["IsPersonAccount"] if "IsPersonAccount" in known else []))
        return ", ".join(self._account_columns)

    def accounts_where(self, condition: str) -> Query:
        return Query("Account", f"SELECT {self.account_columns} FROM Account WHERE {condition}", include_deleted=True)

    def contacts_where(self, condition: str) -> Query:
        return Query("Contact", f"SELECT {', '.join(CONTACT_COLUMNS)} FROM Contact WHERE {condition}")

    def wanted_where(self, condition: str) -> Query:
        """Which Accounts meet the settings' condition; ``condition`` names columns as ``of_account`` spells them."""
        if self.settings.by_opportunities:
            soql = f"SELECT AccountId FROM Opportunity WHERE {condition} AND {self.settings.wanted} GROUP BY AccountId"
            return Query("wanted", soql)
        return Query("wanted", f"SELECT Id FROM Account WHERE {condition} AND ({self.settings.wanted})")

    def of_account(self, column: str) -> str:
        """A column of Account as wanted_where's condition must call it."""
        if not self.settings.by_opportunities:
            return column
        return "AccountId" if column == "Id" else f"Account.{column}"

    def by_ids(self, make: Callable[[str], Query], column: str, ids: Sequence[str]) -> list[Query]:
        """As many queries as the ids need; ``make`` is one of the three methods above."""
        template = make(f"{column} IN ()").soql
        return [make(f"{column} IN {quote_all(some)}") for some in portions(template, ids, most=PORTION)]

    def ask(self, queries: Sequence[Query]) -> list[list[Row]]:
        """All rows of each query; as many queries as go into one call travel together."""
        results: list[list[Row]] = []
        for start in range(0, len(queries), PARTS_MAX):
            parts = [part_of(each) for each in queries[start : start + PARTS_MAX]]
            results += [self.all_rows(answer) for answer in self.gateway.together(parts)]
        return results

    def all_rows(self, answer: Answer) -> list[Row]:
        return [row for page in self.gateway.pages(self.needed(answer)) for row in page]

    def needed(self, answer: Answer) -> Row:
        try:
            return answer.need()
        except Refused as error:
            raise self.explained(error) from None

    def explained(self, error: Refused) -> ConnectorError:
        """A refused query: the condition of the settings is wrong, or something of ours is missing or not visible."""
        condition = self.settings.wanted
        if not condition or self.settings.by_opportunities or self._works():
            self.gateway.forget_describes()
            return error
        return ConnectorError(
            f"Salesforce does not understand the customers' condition “{condition}”: {error.problem.message}",
            remedy="Correct condition in the pair's customers settings; it must be what may follow WHERE in "
            "SELECT Id FROM Account WHERE …",
            retry_seconds=None,
        )

    def check_condition(self) -> None:
        """Raises ConnectorError if the settings' condition is not one that Salesforce understands."""
        try:
            list(self.gateway.query(f"{self._condition_query()} LIMIT 1"))
        except Refused as error:
            raise self.explained(error) from None

    def _condition_query(self) -> str:
        if self.settings.by_opportunities:
            return f"SELECT Id FROM Opportunity WHERE {self.settings.wanted}"
        return f"SELECT Id FROM Account WHERE ({self.settings.wanted or 'Id != null'})"

    def _works(self) -> bool:
        try:
            list(self.gateway.query(f"{self._condition_query()} LIMIT 1"))
        except Refused:
            return False
        return True

    # Accounts ---------------------------------------------------------------------

    def complete(self, accounts: Sequence[Row]) -> list[Seen]:
        """Accounts with what belongs to them."""
        ids = [row["Id"] for row in accounts if not row["IsDeleted"]]
        contact_queries = self.by_ids(self.contacts_where, "AccountId", ids)
        wanted_queries = self.by_ids(self.wanted_where, self.of_account("Id"), ids) if self.settings.wanted else []
        queries = [*contact_queries, *wanted_queries]
        return self.gather(queries, self.ask(queries), accounts=accounts)

    def read(self, ids: Sequence[str]) -> list[Seen]:
        """These Accounts, deleted ones too; those that have left the recycle bin are left out."""
        queries: list[Query] = []
        for some in portions(self.accounts_where("Id IN ()").soql, list(dict.fromkeys(ids)), most=PORTION):
            queries += self.by_ids(self.accounts_where, "Id", some)
            queries += self.by_ids(self.contacts_where, "AccountId", some)
            queries += self.by_ids(self.wanted_where, self.of_account("Id"), some) if self.settings.wanted else []
        return self.gather(queries, self.ask(queries))

    def gather(
        self,
        queries: Sequence[Query],
        answers: Sequence[list[Row]],
        *,
        accounts: Sequence[Row] = (),
        met: Collection[str] = (),
    ) -> list[Seen]:
        """What the three sorts of queries found, account by account.

        ``accounts`` were read before; those in ``met`` are known to meet the settings' condition.
        """
        rows: dict[str, list[Row]] = defaultdict(list)
        for query, found in zip(queries, answers, strict=True):
            rows[query.of] += found
        met = {*met, *(row.get("AccountId") or row["Id"] for row in rows["wanted"])}
        return self._bring_together([*accounts, *rows["Account"]], rows["Contact"], met)

    def _bring_together(self, accounts: Sequence[Row], contacts: Sequence[Row], met: Collection[str]) -> list[Seen]:
        of_account: dict[str, list[Row]] = defaultdict(list)
        for row in contacts:
            of_account[row["AccountId"]].append(row)
        all_meet = not self.settings.wanted
        return [self._see(row, of_account.get(row["Id"], []), all_meet or row["Id"] in met) for row in accounts]

    def _see(self, account: Row, contacts: Sequence[Row], meets: bool) -> Seen:
        choice = choose(contacts, self.settings.contact_fallback)
        self._warn(account["Id"], choice.warning)
        why = self._why_unwanted(account, meets)
        return Seen(account, contacts, choice, self.company_key, meets=meets, why_unwanted=why)

    def _why_unwanted(self, account: Row, meets: bool) -> str:
        if other := other_company(account, self.company_key):
            return f"It is linked with another QuickBooks company, {other}."[:200]
        if account.get("IsPersonAccount"):
            return "It is a person account."
        return "" if meets else self.settings.why_unwanted

    def _warn(self, account_id: str, warning: str) -> None:
        if warning:
            self.warnings[account_id] = warning
        else:
            self.warnings.pop(account_id, None)


def part_of(query: Query) -> Part:
    return query_part(query.soql, include_deleted=query.include_deleted)
