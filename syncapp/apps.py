"""The application in Django's words: what it listens to."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_save


class SyncappConfig(AppConfig):
    name = "syncapp"
    verbose_name = "Synchronisation"

    def ready(self) -> None:
        from qbwc.signals import answer_kept, company_changed, request_closed
        from syncapp import audit, receivers

        request_closed.connect(receivers.on_request_closed, dispatch_uid="syncapp")
        company_changed.connect(audit.on_company_changed, dispatch_uid="syncapp.audit")
        answer_kept.connect(receivers.on_answer_kept, dispatch_uid="syncapp")
        pre_save.connect(receivers.on_pair_saving, sender=self.get_model("Pair"), dispatch_uid="syncapp")
        post_save.connect(receivers.on_pair_saved, sender=self.get_model("Pair"), dispatch_uid="syncapp")
        post_migrate.connect(_ensure_tick, sender=self)
        post_migrate.connect(_ensure_roles, dispatch_uid="syncapp.roles")


def _ensure_tick(**kwargs: Any) -> None:
    from syncapp import schedule

    schedule.ensure_tick()


def _ensure_roles(sender: AppConfig, **kwargs: Any) -> None:
    """After the last of our apps, since each app's permissions are made once its own tables are there."""
    from syncapp import roles

    if sender.label == roles.OURS[-1]:
        roles.ensure_roles()
