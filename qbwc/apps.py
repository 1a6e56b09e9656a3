"""The app's name and label."""

from __future__ import annotations

from django.apps import AppConfig


class QbwcConfig(AppConfig):
    name = "qbwc"
    verbose_name = "QuickBooks Web Connector"
    default_auto_field = "django.db.models.BigAutoField"
