"""The general connector as a Django application of its own."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import pre_delete


class ExplorerConfig(AppConfig):
    name = "syncapp.explorer"
    label = "explorer"
    verbose_name = "Connector"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qbwc.signals import request_closed
        from syncapp.explorer import receivers, tokens

        request_closed.connect(receivers.on_request_closed, dispatch_uid="explorer")
        pre_delete.connect(tokens.on_company_deleted, sender="qbwc.Company", dispatch_uid="explorer.tokens")
