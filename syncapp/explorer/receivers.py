"""What the Web Connector brought for jobs: found by the references of their requests.

explorer/job/17        the query of job 17, or a page of it
explorer/row/4/write   row 4; the word says what was asked (steps.py)

Rule     everything here happens inside a Web Connector call or the sweep: no foreign HTTP, a bounded amount of work.
         What is heard twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from qbwc.models import Company, Request
from syncapp.explorer import rows, running
from syncapp.explorer.models import Job, Row


def on_request_closed(sender: Any, requests: Sequence[Request], **kwargs: Any) -> None:
    about_jobs: dict[int, list[Request]] = defaultdict(list)
    about_rows: list[tuple[int, str, Request]] = []
    for request in requests:
        match request.reference.split("/"):
            case ["explorer", "job", number] if _is_id(number):
                about_jobs[int(number)].append(request)
            case ["explorer", "row", number, word] if _is_id(number):
                about_rows.append((int(number), word, request))
    if about_jobs or about_rows:
        _tell(requests[0].company, about_jobs, about_rows)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _tell(company: Company, about_jobs: dict[int, list[Request]], about_rows: list[tuple[int, str, Request]]) -> None:
    """Job by job, in the order of their ids, so that two at once never wait for each other."""
    found = Row.objects.filter(pk__in=[row_id for row_id, _, _ in about_rows], job__company=company)
    job_of = dict(found.values_list("pk", "job_id")) if about_rows else {}
    by_job: dict[int, list[tuple[int, str, Request]]] = defaultdict(list)
    for row_id, word, request in about_rows:
        if row_id in job_of:
            by_job[job_of[row_id]].append((row_id, word, request))
    theirs = set(Job.objects.filter(pk__in=about_jobs, company=company).values_list("pk", flat=True))
    for job_id in sorted({*by_job, *theirs}):
        if job_id in by_job:
            rows.hear(job_id, by_job[job_id])
        else:
            running.hear_query(job_id, about_jobs[job_id])
