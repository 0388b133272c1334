"""Creating a group, all or nothing, and changing a record; both verified from what CMiC answers (design §5, step 2).

What is asked before a write can't have written anything, and what is asked after it can't undo it: the errors of both
say so, since on that depends whether a write is tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from domain.ports import NotThere, Unavailable
from domain.records import Found, Group, Record, Scalar, Written
from domain.refusals import Refused, refuse
from systems.cmic.answers import is_whole, items
from systems.cmic.client import CmicClient, Part
from systems.cmic.dialect import Dialect
from systems.cmic.grouping import lines_inside, places_of
from systems.cmic.nested import Nested, Numbers
from systems.cmic.reading import to_found
from systems.cmic.resource import Resource
from systems.cmic.sending import lost, resource_of, to_changes, to_row, too_long
from systems.cmic.values import Row
from systems.cmic.verify import changed, verified, verified_inside

log = structlog.get_logger("systems.cmic")


class Writing:
    def __init__(self, dialect: Dialect, client: CmicClient, nested: Nested) -> None:
        self._dialect = dialect
        self._client = client
        self._nested = nested

    async def create(self, group: Group) -> list[Written] | None:
        """As the port says."""
        records, places = group.records, places_of(self._dialect, group)
        if refusals := [r for place, record in zip(places, records, strict=True) for r in too_long(place, record)]:
            raise Refused(*refusals)
        log.info("cmic create", key=group.header.key.text, resource=places[0].path, lines=len(group.lines))
        if group.lines and lines_inside(group, places):
            return await self._with_lines_inside(group, places[0], places[1])
        if len(records) > (most := self._dialect.batch.most_parts):
            raise Refused(refuse("too_many_lines", count=len(group.lines), limit=most - 1))
        named = zip(places, records, strict=True)
        rows = [to_row(place, record.attributes, group.header.key) for place, record in named]
        answers = await self._created(records, places, rows)
        if any(answer is None for answer in answers):
            return None
        answered = zip(records, places, answers, strict=True)
        return verified(group, [to_found(r.key.resource, place, row) for r, place, row in answered if row is not None])

    async def change(self, found: Found, values: dict[str, Scalar]) -> None:
        """As the port says."""
        place = resource_of(self._dialect, found.key.resource)
        if "change" not in place.writes:
            raise lost(f"{place.path} can't be changed")
        record = Record(key=found.key, values=values, label=found.key.text)
        if refusals := too_long(place, record):
            raise Refused(*refusals)
        row = to_changes(place, values)
        log.info("cmic change", key=found.key.text, resource=place.path, attributes=sorted(values))
        answer = await self._client.patch(place, found.uuid, row, record.label)
        if answer is None:
            answer = await self._again(place, found)
        changed(record, to_found(found.key.resource, place, answer))

    async def _created(
        self, records: Sequence[Record], places: Sequence[Resource], rows: Sequence[Row]
    ) -> list[Row | None]:
        """A lone record by itself, a header and its lines in one batch."""
        if len(records) == 1:
            return [await self._client.create(places[0], rows[0], records[0].label)]
        parts = [
            Part(f"part{number}", place, row, record.label)
            for number, (record, place, row) in enumerate(zip(records, places, rows, strict=True), start=1)
        ]
        try:
            answered = await self._client.batch(parts)
        except ValueError as problem:
            raise lost(str(problem)) from None
        return [answered.get(part.id) for part in parts]

    async def _with_lines_inside(self, group: Group, header: Resource, line: Resource) -> list[Written] | None:
        """One row with its lines inside. An answer without them is followed by a look at what is there."""
        with _surely(maybe_done=False):
            numbers = await self._nested.numbers(line, group.header.attributes)
        row = to_row(header, group.header.attributes, group.header.key)
        row[line.path] = self._nested.rows(line, group, numbers)
        answer = await self._client.create(header, row, group.header.label)
        if answer is None:
            return None
        written = to_found(group.header.key.resource, header, answer)
        try:
            with _surely(maybe_done=True):
                lines = await self._lines_written(group, written, line, answer, numbers)
        except Refused as refused:
            log.warning("cmic lines unread", key=group.header.key.text, words=str(refused))
            return None
        return verified_inside(group, written, lines) if lines else None

    async def _lines_written(
        self, group: Group, header: Found, line: Resource, answer: Row, numbers: Numbers
    ) -> list[Found]:
        name, shown = group.lines[0].key.resource, answer.get(line.path)
        if shown and is_whole(shown) and (rows := items(shown)):
            return self._nested.found(name, header, rows, numbers)
        return await self._nested.read(header, name, numbers)

    async def _again(self, place: Resource, found: Found) -> Row:
        try:
            return await self._client.item(place, found.uuid)
        except NotThere as gone:
            raise Unavailable(str(gone), maybe_done=True) from None


@contextmanager
def _surely(*, maybe_done: bool) -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise Unavailable(error.words, retry_after=error.retry_after, maybe_done=maybe_done) from None
