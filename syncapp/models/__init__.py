"""Orgs, pairs, and what the engine remembers.

One writer per table: MirrorRecord and Cursor are written by mirror.py; Link by links.py; Operation by ledger.py;
Run by runs.py; HistoryEntry by history.py. What people set of orgs and pairs is written by configure/ and the admin;
the rest column by column: an org's token and usage by connectors/salesforce, a pair's lease by runs.py, its approval
by cycle.py, and when it is due by settings_rules.py, wake.py and tasks.py. LedgerAccount is written by chart.py,
Webhook by webhook.py, and BulkJob by connectors/salesforce/bulk_jobs.py.
"""

from syncapp.models.links import Link
from syncapp.models.mirror import Cursor, LedgerAccount, MirrorRecord, SideChoice
from syncapp.models.pairs import Org, Pair, Webhook
from syncapp.models.work import BulkJob, HistoryEntry, Operation, Run

__all__ = [
    "BulkJob",
    "Cursor",
    "HistoryEntry",
    "LedgerAccount",
    "Link",
    "MirrorRecord",
    "Operation",
    "Org",
    "Pair",
    "Run",
    "SideChoice",
    "Webhook",
]
