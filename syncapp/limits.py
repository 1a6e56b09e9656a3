"""Every bound of the engine in one place, each with its reason. Reaching one is a visible state, not a log line."""

from __future__ import annotations

# Links planned, opened and settled in one transaction: Salesforce takes 200 records in a call.
LINKS_PER_CHUNK = 200
# Operations handed to a side at once: Salesforce reads 600 records in a call before it changes them.
OPERATIONS_PER_SUBMIT = 3 * LINKS_PER_CHUNK
# Creates that travel together where a side takes many at once: what Salesforce works off as one batch of a Bulk job.
OPERATIONS_PER_LOAD = 10_000
# Links planned inside a Web Connector call; it must answer within a second or two, the rest is planned by a task.
LINKS_PER_SOAP_CALL = 400
# How long answers to writes are gathered before what they make possible is planned, while more is queued.
ANSWERS_WAIT_SECONDS = 60
# Times a cycle looks again for what its own writes made possible (parents, then children, then their children …).
PASSES_PER_CYCLE = 12
# Writes to one link in a day: two sides that never settle on a spelling must stop and say so.
OPERATIONS_PER_LINK_PER_DAY = 30
# A link that is put off is tried again after 1, 2, 4 … minutes, at the most after this many.
RETRY_MINUTES_MAX = 60
# QuickBooks's hierarchy of customers has five levels.
LEVELS_MAX = 5
# A run that would overwrite more than this share of all linked records, and more than the number below, is held.
OVERWRITE_SHARE_MAX = 0.3
OVERWRITE_COUNT_MIN = 50
# Changes of a preview or a held run that are kept to be shown.
PLAN_ROWS_MAX = 1000
# Operations that wait for the next poll and are looked at, whether they are out of date, in one pass.
OUTDATED_PER_PASS = 200
# Operations of unknown outcome that one cycle asks about.
DOUBTFUL_PER_CYCLE = 2000
# Runs of a pair whose plans are kept: while one waits for approval, every cycle makes a plan.
PLANS_KEPT = 50
# Warnings about single records that a run's message repeats.
# How long a record waits that QuickBooks cannot take as things stand, until that is looked at again.
BARRED_RETRY_MINUTES = 60
WARNINGS_PER_RUN = 20
# How long a cycle may hold its pair before another may take over: far longer than any chunk takes.
LEASE_SECONDS = 300
# A complete listing of each side is read again so often, for what moves no modification time (balances).
FULL_LISTING_HOURS = 24
# Open documents that are read again by their ids in one round; the others follow in the next ones.
OPEN_READ_AT_ONCE = 2000
# Rows of each sort that are forgotten in one minute, once they are old.
ROWS_FORGOTTEN_AT_ONCE = 500
# Records that are told how they stand in one cycle; the others follow in the next ones.
TOLD_PER_CYCLE = 10_000
# So many are looked at and written together: five collections of 200 to a call.
TOLD_AT_ONCE = 1000
# Cycles that calls from outside ask for begin at least so far apart: each costs calls of Salesforce's allowance.
WEBHOOK_PAUSE_SECONDS = 30
# Calls of one webhook that are counted and welcome in a minute.
WEBHOOK_CALLS_PER_MINUTE = 600
