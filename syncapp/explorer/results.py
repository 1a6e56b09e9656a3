"""What queries brought, page by page, as it came.

Rule     result pages are written here and nowhere else. A page has the number of the request that brought it, so that
         the pages stand in the right order whenever they are heard of, and none twice. A window of a pull that begins
         again voids what came of it before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import Sum

from qbwc.models import Request
from qbwc.qbxml.parse import FORBIDDEN
from qbwc.qbxml.read import Result
from syncapp.explorer.fields import plain
from syncapp.explorer.models import Job, ResultPage

CONTINUES = 'iterator="Continue"'
_INSIDE = re.compile(r"\A\s*<\w+Rs\b[^>]*?(?:/>|>(.*)</\w+Rs\s*>)\s*\Z", re.DOTALL)


def store(job: Job, request: Request, result: Result) -> None:
    """Keep what one request brought; a page that is void already is dropped."""
    starts = CONTINUES not in request.body
    pages = ResultPage.objects.filter(job=job)
    window = pages.filter(window=request.window)
    if pages.filter(number=request.pk).exists() or window.filter(number__gt=request.pk, starts=True).exists():
        return
    if starts:
        window.filter(number__lt=request.pk).delete()
    before = pages.filter(number__lt=request.pk).aggregate(sum=Sum("count"))["sum"] or 0
    ResultPage.objects.create(
        job=job,
        window=request.window,
        number=request.pk,
        starts=starts,
        first=before,
        count=len(result.records),
        records=[[ret.name, plain(ret.data)] for ret in result.records],
        xml=inside(request.answer),
    )
    _renumber(job, request.pk)


def _renumber(job: Job, above: int) -> None:
    """Pages that stand behind one that came late."""
    later = list(ResultPage.objects.filter(job=job, number__gt=above).defer("records", "xml").order_by("number"))
    if not later:
        return
    first = ResultPage.objects.filter(job=job, number__lte=above).aggregate(sum=Sum("count"))["sum"] or 0
    for page in later:
        page.first = first
        first += page.count
    ResultPage.objects.bulk_update(later, ["first"])


def inside(answer: str) -> str:
    """The records of an Rs element, as QuickBooks wrote them."""
    found = _INSIDE.match(answer)
    return FORBIDDEN.sub("", (found[1] or "").strip("\n")) if found else ""


def forget(job: Job) -> None:
    ResultPage.objects.filter(job=job).delete()


def count(job: Job) -> int:
    return ResultPage.objects.filter(job=job).aggregate(sum=Sum("count"))["sum"] or 0


# Reading -------------------------------------------------------------------------------------------------


def pages(job: Job) -> Iterator[ResultPage]:
    """One after the other, so that only one is in memory, and no cursor is left open while a slow reader reads."""
    number = -1
    while (page := ResultPage.objects.filter(job=job, number__gt=number).order_by("number").first()) is not None:
        yield page
        number = page.number


def records(job: Job, start: int = 0, most: int = 100) -> list[tuple[str, dict[str, Any]]]:
    """Some records of a result, counted from 0."""
    found: list[tuple[str, dict[str, Any]]] = []
    begin = ResultPage.objects.filter(job=job, first__lte=start).order_by("-first", "-number").first()
    later = ResultPage.objects.filter(job=job, number__gte=begin.number if begin else 0).order_by("number")
    for page in later.iterator(chunk_size=1):
        skip = max(0, start - page.first)
        found += [(name, data) for name, data in page.records[skip : skip + most - len(found)]]
        if len(found) >= most:
            break
    return found
