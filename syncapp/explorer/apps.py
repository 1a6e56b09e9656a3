"""The general connector as a Django application of its own."""

from __future__ import annotations

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    name = "syncapp.explorer"
    label = "explorer"
    verbose_name = "Connector"
    default_auto_field = "django.db.models.BigAutoField"
