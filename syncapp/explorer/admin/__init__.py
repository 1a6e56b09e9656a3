"""The connector's pages in the admin: forms, jobs, uploads, saved operations, API tokens."""

from __future__ import annotations

from syncapp.explorer.admin import jobs, saved, tokens

__all__ = ["jobs", "saved", "tokens"]
