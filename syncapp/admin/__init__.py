"""The admin's pages of the engine: the overview, links, runs, settings, and what the engine remembers."""

from __future__ import annotations

from django.contrib import admin

from syncapp.admin import bulk_jobs, links, orgs, pairs, people, records, runs, webhooks

__all__ = ["bulk_jobs", "links", "orgs", "pairs", "people", "records", "runs", "webhooks"]

admin.site.index_template = "syncapp/admin/index.html"
admin.site.index_title = "Overview"
