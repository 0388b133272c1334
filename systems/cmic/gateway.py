"""CMiC in the connector's own words: the implementation of `CmicPort` (design §5, §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import structlog

from domain.ports import Change, Difference
from domain.records import Found, Group, Key, Record, Written
from domain.refusals import Refused, refuse
from domain.states import Posting
from systems.cmic import describe as described
from systems.cmic.auth import signer_for
from systems.cmic.client import CmicClient, Part
from systems.cmic.config import CmicConfig
from systems.cmic.dialect import ByQuery, Dialect, Resource
from systems.cmic.lookups import Lookups
from systems.cmic.pacing import paced
from systems.cmic.query import by_any, by_parts, changed_since
from systems.cmic.reading import Row, Unreadable, is_active, key_parts, to_found
from systems.cmic.sending import lost, render, resource_of, to_row, too_long
from systems.cmic.verify import verified
from systems.cmic.wire import Wire

KEYS_IN_ONE_QUERY = 20
JOB_CODE = "job_code"

log = structlog.get_logger("systems.cmic")


class CmicGateway:
    """Safe to share between tasks of one event loop. One for each process and address: `open` it, and `aclose` it."""

    def __init__(self, config: CmicConfig, dialect: Dialect, client: CmicClient) -> None:
        self._dialect = dialect
        self._client = client
        self._lookups = Lookups(self._find_any, self._keys_at_once, at_once=config.max_in_flight)

    @classmethod
    def open(
        cls, config: CmicConfig, *, dialect: Dialect | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> CmicGateway:
        """A gateway that paces, signs and translates. Without a dialect the configuration's file is loaded, or the standard
        one, without its `skip_attributes`. `transport` replaces the network below the pacing. Raises OSError and
        ValueError for a dialect that can't be used."""
        spoken = (dialect or Dialect.load(config.dialect)).skipping(config.skip_attributes)
        wire = Wire(config, spoken, paced(config, transport), signer_for(config.sign_in))
        return cls(config, spoken, CmicClient(config, spoken, wire))

    async def aclose(self) -> None:
        """Close every connection. Who still waits for a look-up is told Unavailable."""
        await self._lookups.aclose()
        await self._client.aclose()

    async def find(self, key: Key) -> Found | None:
        resource = self._resource(key.resource)
        if set(key.parts) != set(resource.key):
            raise lost(f"a key of {key.resource} has the parts {', '.join(resource.key)}")
        return await self._lookups.find(Key(resource=key.resource, parts={n: key.parts[n] for n in resource.key}))

    async def lines(self, header: Key, resource: str) -> list[Found]:
        place = self._resource(resource)
        wanted = {ours: value.upper() for ours, value in header.parts.items()}
        if not set(wanted) <= set(place.key):
            raise lost(f"{resource} isn't a line of {header.resource}")
        rows = await self._client.rows(place, by_parts(place, header.parts))
        found = [to_found(resource, place, row) for row in rows if _matches(key_parts(place, row), wanted)]
        return list({line.uuid: line for line in found}.values())

    async def create(self, group: Group) -> list[Written] | None:
        records = group.records
        places = [self._resource(record.key.resource) for record in records]
        if refusals := [r for place, record in zip(places, records, strict=True) for r in too_long(place, record)]:
            raise Refused(*refusals)
        if len(records) > (most := self._dialect.batch.most_parts):
            raise Refused(refuse("too_many_lines", count=len(group.lines), limit=most - 1))
        rows = [to_row(place, record.attributes) for place, record in zip(places, records, strict=True)]
        log.info("cmic create", key=group.header.key.text, resource=places[0].path, lines=len(group.lines))
        answers = await self._created(records, places, rows)
        if any(answer is None for answer in answers):
            return None
        named = zip(records, places, answers, strict=True)
        return verified(group, [to_found(r.key.resource, place, row) for r, place, row in named if row is not None])

    async def changed(self, resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        place = self._resource(resource)
        offset = _offset(cursor)
        try:
            selection = changed_since(place, company, since)
        except LookupError:
            raise lost(f"what changed in {resource} can't be asked for") from None
        except ValueError:
            raise lost(f"{since!r} is no moment") from None
        page = await self._client.page(place, selection, offset)
        wanted = {"company": company.upper()} if "company" in place.key and company else {}
        found = [f for row in page.rows if (f := self._readable(resource, place, row, wanted)) is not None]
        newest = max((f.changed_at for f in found), default="")
        return Change(found=found, cursor=str(offset + len(page.rows)) if page.has_more else None, newest=newest)

    async def job_codes(self, company: str, job: str) -> list[tuple[str, str]]:
        place = self._resource(JOB_CODE)
        wanted = {"company": company.upper(), "job": job.upper()}
        needed = [*place.key, *(rule.attribute for rule in place.active if rule.inactive)]
        selection = by_parts(place, {"company": company, "job": job}).only([place.name(ours) for ours in needed])
        rows = await self._client.rows(place, selection)
        keys = [key_parts(place, row) for row in rows if is_active(place, row)]
        pairs = [(key["cost_code"], key["category"]) for key in keys if _matches(key, wanted)]
        return list(dict.fromkeys(pairs))

    async def describe(self) -> list[Difference]:
        found: list[Difference] = []
        for name, place in self._dialect.resources.items():
            found += await self._described(name, place)
        return found

    def render(self, group: Group) -> list[dict[str, Any]]:
        return render(self._dialect, group)

    def _resource(self, name: str) -> Resource:
        return resource_of(self._dialect, name)

    def _keys_at_once(self, resource: str) -> int:
        return KEYS_IN_ONE_QUERY if isinstance(self._resource(resource).lookup, ByQuery) else 1

    async def _find_any(self, keys: list[Key]) -> Mapping[str, Found]:
        """Keys of one resource. A finder may give more rows than were asked for, so every row's key is compared."""
        name = keys[0].resource
        place = self._resource(name)
        wanted = {_in_order(place, key.parts): key.text for key in keys}
        found: dict[str, Found] = {}
        for row in await self._client.rows(place, by_any(place, [key.parts for key in keys])):
            text = wanted.get(_in_order(place, key_parts(place, row)))
            if text is None:
                continue
            record = to_found(name, place, row)
            if text not in found or found[text].posting is Posting.VOID:
                found[text] = record
        return found

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

    def _readable(self, name: str, place: Resource, row: Row, wanted: Mapping[str, str]) -> Found | None:
        """A row of a long list, if it is wanted. One that can't be read is set aside, so that the others go on."""
        if not _matches(key_parts(place, row), wanted):
            return None
        try:
            return to_found(name, place, row)
        except Unreadable as problem:
            log.warning("cmic row set aside", resource=name, problem=problem.words)
            return None

    async def _described(self, name: str, place: Resource) -> list[Difference]:
        try:
            return described.compare(name, place, await self._client.description(place))
        except Refused as refused:
            return described.missing(name, place, refused.refusals[0].sentence)


def _in_order(place: Resource, parts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(parts[ours].strip().upper() for ours in place.key)


def _matches(parts: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(parts[ours] == value.strip() for ours, value in wanted.items())


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdigit() or len(cursor) > 12:
        raise lost(f"{cursor[:40]!r} is no page position")
    return int(cursor)
