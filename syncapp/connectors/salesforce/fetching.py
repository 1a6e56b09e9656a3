"""What changed in Salesforce since a cursor, and everything there is.

Words    seen       for each object the newest stamp (SystemModstamp) that has been met
         sure       the stamp up to which nothing can appear any more: every older change has been read
         since      what was ``seen`` at a time by our clock; after the overlap it becomes ``sure``
Rules    1 A stamp is given when a transaction begins, and its record appears when it ends, up to ten minutes later. So
           a fetch looks again from ``sure`` on: at changes by others each time, and at those made as our own user,
           which were read back when they were made, once the overlap has passed.
         2 Positions are stamps that Salesforce gave. Our clock only tells how much time passes between two fetches.
         3 A changed Contact or Opportunity makes its Account be read again, a changed price its product. A Contact or
           Opportunity that is moved away shows at the former Account with its own next change, or with the next full
           listing.
         4 A listing of everything goes by Id, page by page; what changes meanwhile is newer than the stamps that were
           taken down before it began.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncapp import clock
from syncapp.connectors.salesforce.bulk_reading import BulkListing
from syncapp.connectors.salesforce.errors import Refused
from syncapp.connectors.salesforce.gateway import Row
from syncapp.connectors.salesforce.reading import Query, Reader, Seen, part_of
from syncapp.connectors.salesforce.soql import moment, parse_moment, quote
from syncapp.records import Batch

PAGE = 2000
Stamps = dict[str, str]  # by object


@dataclass(frozen=True)
class Cursor:
    seen: Stamps
    sure: Stamps
    since: Stamps
    since_at: datetime

    @classmethod
    def load(cls, text: str) -> Cursor | None:
        """None where there is none, or one of a form that is no longer understood: everything is read then."""
        try:
            stored = json.loads(text) if text else {}
            return cls(stored["seen"], stored["sure"], stored["since"], datetime.fromisoformat(stored["since_at"]))
        except (ValueError, KeyError, TypeError):
            return None

    def dump(self) -> str:
        stored = {"seen": self.seen, "sure": self.sure, "since": self.since, "since_at": self.since_at.isoformat()}
        return json.dumps(stored, sort_keys=True)


@dataclass
class Fetcher:
    reader: Reader
    objects: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.objects = (self.reader.main, *(each for each, _ in self.reader.watched))

    def fetch(self, text: str, *, full: bool) -> Iterator[Batch]:
        cursor = Cursor.load(text)
        if full or cursor is None:
            yield from self._listing(cursor)
        else:
            yield from self._since(cursor)

    def _listing(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Everything by jobs that were begun, or page by page; while jobs run, what has changed meanwhile."""
        listing = BulkListing(self.reader)
        if not listing.begun:
            yield from self._everything(listing, cursor)
            return
        yield from self._by_jobs(listing, cursor)

    def _by_jobs(self, listing: BulkListing, cursor: Cursor | None) -> Iterator[Batch]:
        ready = listing.is_ready()
        if ready is None:
            yield from self._everything(BulkListing(self.reader), cursor)
        elif ready:
            try:
                for seen in listing.records():
                    yield _batch(seen, "", listing.as_of)
            except Refused:  # such as results that are no longer kept
                listing.put_away()
                raise
            yield Batch((), listing.cursor, listing.as_of)
            listing.put_away()
        else:
            yield Batch((), as_of=clock.now(), unfinished=True)
            if cursor is not None:
                yield from self._since(cursor)

    # Everything -------------------------------------------------------------------

    def _everything(self, listing: BulkListing, old: Cursor | None) -> Iterator[Batch]:
        as_of = clock.now()
        with_deleted = old is not None
        # In one call, and in this order: the newest stamps, then the first page.
        *tops, rows = self.reader.ask([*self._newest_queries(), self._page_after("", with_deleted)])
        newest = self._newest_in(tops)
        cursor = Cursor(newest, self._earlier(newest), newest, as_of).dump()
        if len(rows) == PAGE and listing.is_worth_it() and listing.begin(cursor, as_of, with_deleted=with_deleted):
            yield from self._by_jobs(listing, old)
            return
        while len(rows) == PAGE:
            yield _batch(self.reader.complete(rows), "", as_of)
            as_of = clock.now()
            [rows] = self.reader.ask([self._page_after(rows[-1]["Id"], with_deleted)])
        yield _batch(self.reader.complete(rows), cursor, as_of)

    def _page_after(self, last: str, with_deleted: bool) -> Query:
        conditions = [f"Id > {quote(last)}"] if last else ["Id != null"]
        conditions += [] if with_deleted else ["IsDeleted = false"]
        query = self.reader.mains_where(" AND ".join(conditions))
        return replace(query, soql=f"{query.soql} ORDER BY Id LIMIT {PAGE}")

    def _newest_queries(self) -> list[Query]:
        return [
            Query(each, f"SELECT SystemModstamp FROM {each} ORDER BY SystemModstamp DESC LIMIT 1", include_deleted=True)
            for each in self.objects
        ]

    def _newest_in(self, tops: Sequence[Sequence[Row]]) -> Stamps:
        return {each: rows[0]["SystemModstamp"] for each, rows in zip(self.objects, tops, strict=True) if rows}

    def _earlier(self, stamps: Mapping[str, str]) -> Stamps:
        overlap = timedelta(seconds=self.reader.settings.overlap_seconds)
        return {each: moment(parse_moment(stamp) - overlap) for each, stamp in stamps.items()}

    # Changes ----------------------------------------------------------------------

    def _since(self, cursor: Cursor) -> Iterator[Batch]:
        """The changed main rows page by page, then those of whose watched objects some changed."""
        as_of = clock.now()
        thorough = self._is_thorough(cursor, as_of)
        answers = self.reader.gateway.together([part_of(self._query(each, cursor, thorough)) for each in self.objects])
        bodies = [self.reader.needed(answer) for answer in answers]
        newest = self._newest_of(cursor, bodies)
        pages = self.reader.gateway.pages
        others: set[str] = set()
        for (_, column), body in zip(self.reader.watched, bodies[1:], strict=True):
            others |= {row[column] for rows in pages(body) for row in rows if row[column]}
        for rows in pages(bodies[0]):
            yield _batch(self.reader.complete(rows), "", as_of)
            others.difference_update(row["Id"] for row in rows)
        waiting = sorted(others)
        for start in range(0, len(waiting), PAGE):
            at = clock.now()
            yield _batch(self.reader.read(waiting[start : start + PAGE]), "", at)
        yield Batch((), self._next(cursor, newest, as_of, thorough).dump(), as_of)

    def _is_thorough(self, cursor: Cursor, now: datetime) -> bool:
        return now - cursor.since_at >= timedelta(seconds=self.reader.settings.overlap_seconds)

    def _query(self, each: str, cursor: Cursor, thorough: bool) -> Query:
        main = each == self.reader.main
        columns = self.reader.columns if main else f"{dict(self.reader.watched)[each]}, SystemModstamp"
        where = self._window(cursor.sure.get(each, ""), cursor.seen.get(each, ""), thorough)
        if main:
            where = f" WHERE {self.reader.only(where.removeprefix(' WHERE ') or 'Id != null')}"
        soql = f"SELECT {columns} FROM {each}{where} ORDER BY SystemModstamp, Id"
        return Query(each, soql, include_deleted=True)

    def _window(self, sure: str, seen: str, thorough: bool) -> str:
        if not sure:
            return ""
        me = self.reader.gateway.org.user_id
        start, middle = moment(parse_moment(sure)), moment(parse_moment(seen))
        if thorough or not me:
            return f" WHERE SystemModstamp >= {start}"
        return f" WHERE SystemModstamp >= {middle} OR (SystemModstamp >= {start} AND LastModifiedById != {quote(me)})"

    def _newest_of(self, cursor: Cursor, bodies: list[Row]) -> Stamps:
        """The newest stamps met. Pages that are still to come may show later changes than the query could find, so then
        Salesforce is asked once more, before they are read."""
        if not all(body.get("done", True) for body in bodies):
            return {**cursor.seen, **self._newest_in(self.reader.ask(self._newest_queries()))}
        newest = dict(cursor.seen)
        for each, body in zip(self.objects, bodies, strict=True):
            stamps = [row["SystemModstamp"] for row in body["records"]]
            newest[each] = max([*stamps, *([newest[each]] if each in newest else [])], key=parse_moment, default="")
        return {each: stamp for each, stamp in newest.items() if stamp}

    def _next(self, cursor: Cursor, newest: Stamps, as_of: datetime, thorough: bool) -> Cursor:
        if thorough:
            # What was seen at since_at had the overlap's time to appear, and this fetch looked at all of it.
            sure = {**self._earlier(newest), **cursor.since}
            return Cursor(newest, sure, newest, as_of)
        sure = {**self._earlier(newest), **cursor.sure}
        # A clock that was set back would make "since" wait for ever.
        return Cursor(newest, sure, cursor.since, min(cursor.since_at, as_of))


def _batch(seen: list[Seen], cursor: str, as_of: datetime) -> Batch:
    return Batch(tuple(each.record for each in seen), cursor, as_of)
