"""A world whose Salesforce answers over HTTP, as the real client library asks it."""

from __future__ import annotations

from django.conf import settings

from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce import Switches, serve
from syncapp.connectors.salesforce import package
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.models import Org
from tests.world import emitted
from tests.world.world import World

FIELDS = {"phone": "Phone", "fax": "Fax"}


class WholeWorld(World):
    switches = Switches()
    may_be_refused: frozenset[str] = frozenset()  # fields that a test hides from us, or takes away

    def _set_up_salesforce(self):
        self.salesforce = SandboxOrg(
            "acme", clock=self.clock, chance=self.chance, faults=self.faults, switches=self.switches
        )
        self.open()

    def open(self):
        self.server = serve(self.salesforce)
        settings.SALESFORCE_LOOPBACK_URL = self.server.url

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "server"}

    def _org(self):
        known = self.salesforce.credentials
        org = Org.objects.create(
            key="acme", domain=known.domain, client_id=known.client_id, client_secret=known.client_secret
        )
        package.install(Gateway(org), lambda line: None, poll_seconds=0)
        org.refresh_from_db()
        return org

    def salesforce_connector(self):
        self.org.refresh_from_db()
        return SalesforceConnector(self.org, self.company.key, self.pair.flows)

    def salesforce_records(self):
        found = {}
        for account in self.salesforce.records("Account"):
            assert account["Name"] not in found, f"DUPLICATE in Salesforce: {account['Name']}"
            found[account["Name"]] = {"id": account["Id"], "phone": account["Phone"], "fax": account["Fax"]}
        return found

    def create_account(self, name, **texts):
        self.salesforce.insert("Account", Name=name, **{FIELDS[field]: text for field, text in texts.items()})

    def edit_account(self, record_id, **texts):
        self.salesforce.update(record_id, **{FIELDS[field]: text for field, text in texts.items()})

    def close(self):
        self.server.stop()
        emitted.check_refusals(self.salesforce, self.may_be_refused)
        super().close()
