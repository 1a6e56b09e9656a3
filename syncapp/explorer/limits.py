"""Every bound of the connector in one place, each with its reason. Reaching one is a visible state, not a log line.

Pure.
"""

from __future__ import annotations

# Rows of one job: what a person can still look through, and what an upload of a few megabytes holds.
ROWS_MAX = 10_000
# Problems that one refusal lists; whoever made ten thousand mistakes made the same one often.
PROBLEMS_MAX = 100
# An uploaded file; 10,000 rows of 200 columns stay below.
UPLOAD_BYTES_MAX = 20 * 1024 * 1024
COLUMNS_MAX = 500
CELL_CHARACTERS_MAX = 32_000

# Rows of one job that are in the outbox at once, so that the sync and other jobs get their turn.
ROWS_IN_OUTBOX = 500
# Rows put into the outbox in one transaction, and inside one Web Connector call.
ROWS_PER_CHUNK = 50
# Jobs that one minute's chores look after.
JOBS_PER_TICK = 20
# A job of so many rows is bulk work: its requests stand behind everybody else's.
BULK_ROWS = 20
PRIORITY, PRIORITY_BULK = 0, -10

# How often a write goes out for one row: refused for a passing reason, or found not to have been done.
WRITES_PER_ROW = 5
# How often a row's record is looked up again because somebody changed it in between.
LOOKS_PER_ROW = 5
# Something that is in use is tried again after 1, 2, 4 … minutes.
RETRY_SECONDS, RETRY_SECONDS_MAX = 60, 900
# A record that may have been added is searched among those changed since it was sent; the clock of the QuickBooks PC
# is in a zone unknown to us, and may be wrong by some hours.
DOUBT_HOURS = 48

# What is kept: jobs that ended, with their rows and results.
KEEP_DAYS = 30
# Large results go sooner: above so many records a result is kept for this many days.
LARGE_RESULT_RECORDS, KEEP_LARGE_DAYS = 20_000, 7
# Drafts of uploads that nobody started.
KEEP_DRAFT_DAYS = 7
# Jobs forgotten in one minute, each with everything that belongs to it.
JOBS_FORGOTTEN_AT_ONCE = 5
