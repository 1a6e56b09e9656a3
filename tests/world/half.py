"""A world whose Salesforce is in memory: QuickBooks, the Web Connector and our endpoint are real."""

from __future__ import annotations

from syncapp.records import Side
from tests.machines.memory import MemorySide
from tests.world.world import World


class HalfWorld(World):
    def _set_up_salesforce(self):
        self.salesforce = MemorySide(Side.SALESFORCE)

    def salesforce_connector(self):
        return self.salesforce

    def salesforce_records(self):
        found = {}
        for held in self.salesforce.alive():
            assert held.fields["name"] not in found, f"DUPLICATE in Salesforce: {held.fields['name']}"
            found[held.fields["name"]] = {
                "id": held.id,
                "phone": held.fields.get("phone"),
                "fax": held.fields.get("fax"),
            }
        return found

    def create_account(self, name, **texts):
        self.salesforce.add(name=name, **texts)

    def edit_account(self, record_id, **texts):
        self.salesforce.edit(record_id, **texts)
