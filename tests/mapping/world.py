"""A world with a pair of its own field mapping: people on both sides, and settings that are saved as the admin does."""

from __future__ import annotations

from project.sandbox.salesforce.schema import Field
from syncapp import settings_rules
from syncapp.models import Pair
from syncapp.records import Side
from tests.world.whole import WholeWorld


class MappedWorld(WholeWorld):
    """``winner`` is the policy of the flow."""

    def __init__(self, winner=Side.SALESFORCE, **fields):
        self.fields = fields
        super().__init__(0, winner=winner)

    def _set_up_quickbooks(self, edition):
        super()._set_up_quickbooks(edition)
        for name in ("Legal name", "Region"):
            self.file.define_custom_field(name)

    def _set_up_salesforce(self):
        super()._set_up_salesforce()
        account = self.salesforce.schema["Account"]
        for name in ("Legal_Name__c", "Region__c", "Second_Phone__c"):
            # As if the administrator had shown it to everybody, so not "custom", which a permission set would govern.
            account.add([Field(name, "string", name, length=80)])

    def _set_up_pair(self):
        super()._set_up_pair()
        self.save(**self.fields)

    def save(self, **fields):
        """What the admin and ``configure`` do with a new field mapping."""
        flow = {**self.pair.flows["customer"], "fields": fields}
        self.pair.flows = {**self.pair.flows, "customer": flow}
        self.pair.save(update_fields=["flows"])
        settings_rules.plan_again(Pair.objects.get())

    def fresh_pair(self):
        return Pair.objects.select_related("desktop").get()

    def account(self, name="Acme"):
        [found] = [each for each in self.salesforce.records("Account") if each["Name"] == name]
        return found

    def customer(self, name="Acme"):
        [found] = [each for each in self.file.customers() if each["Name"] == name]
        return found

    def custom(self, name="Acme"):
        """A customer's custom fields, by name."""
        held = self.customer(name).get("DataExtRet", [])
        return {each["DataExtName"]: each["DataExtValue"] for each in (held if isinstance(held, list) else [held])}

    def set_custom(self, name, **values):
        for field, value in values.items():
            self.file.set_custom_field(self.customer(name)["ListID"], field.replace("_", " "), value)
