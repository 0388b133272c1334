"""Reading records in the connector's words: by key, a header's lines, what changed (design §8; cmic-api §1.4).

A finder may give more rows than were asked for, so the key of every row is compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from domain.ports import Change
from domain.records import Found, Key
from domain.states import Posting
from systems.cmic.client import CmicClient
from systems.cmic.dialect import Dialect
from systems.cmic.nested import Nested
from systems.cmic.query import COMPANY, by_any, by_parts, changed_since
from systems.cmic.reading import is_active, key_parts, to_found
from systems.cmic.resource import Resource
from systems.cmic.sending import lost, resource_of
from systems.cmic.values import Row, Unreadable

log = structlog.get_logger("systems.cmic")


class Finding:
    def __init__(self, dialect: Dialect, client: CmicClient, nested: Nested) -> None:
        self._dialect = dialect
        self._client = client
        self._nested = nested

    async def any_of(self, keys: list[Key]) -> Mapping[str, Found]:
        """What is found of several keys of one resource, by the key's text. A living record comes before a void one."""
        name = keys[0].resource
        place = resource_of(self._dialect, name)
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

    async def lines(self, header: Key, name: str) -> list[Found]:
        """All lines of a header, each once."""
        place = resource_of(self._dialect, name)
        if place.inside:
            parent = resource_of(self._dialect, place.inside.resource)
            if place.inside.resource != header.resource or set(header.parts) != set(parent.key):
                raise lost(f"{name} isn't inside {header.resource}")
            standing = (await self.any_of([header])).get(header.text)
            found = await self._nested.read(standing, name) if standing else []
        else:
            wanted = {ours: value.upper() for ours, value in header.parts.items()}
            if not set(wanted) <= set(place.key):
                raise lost(f"{name} isn't a line of {header.resource}")
            rows = await self._client.rows(place, by_parts(place, header.parts))
            found = [to_found(name, place, row) for row in rows if _matches(key_parts(place, row), wanted)]
        return list({line.uuid: line for line in found}.values())

    async def changed(self, name: str, company: str, since: str | None, cursor: str | None) -> Change:
        """A page of what changed; a row that can't be read is set aside, so that the others go on."""
        place, offset = resource_of(self._dialect, name), _offset(cursor)
        try:
            selection = changed_since(place, company, since)
        except LookupError:
            raise lost(f"what changed in {name} can't be asked for") from None
        except ValueError:
            raise lost(f"{since!r} is no moment") from None
        page = await self._client.page(place, selection, offset)
        wanted = {COMPANY: company.upper()} if COMPANY in place.key and company else {}
        found = [f for row in page.rows if (f := _readable(name, place, row, wanted)) is not None]
        newest = max((f.changed_at for f in found), default="")
        return Change(found=found, cursor=str(offset + len(page.rows)) if page.has_more else None, newest=newest)

    async def active_keys(self, name: str, parts: Mapping[str, str], *also: str) -> list[dict[str, str]]:
        """The keys of the active rows of which some parts are known, with further texts where CMiC has a place for them;
        nothing else is read."""
        place = resource_of(self._dialect, name)
        wanted = {ours: value.upper() for ours, value in parts.items()}
        texts = [ours for ours in also if ours in place.used]
        needed = [*place.key, *texts, *(rule.attribute for rule in place.active if rule.inactive)]
        selection = by_parts(place, parts).only([place.name(ours) for ours in dict.fromkeys(needed)])
        rows = await self._client.rows(place, selection)
        keys = [(key_parts(place, row), row) for row in rows if is_active(place, row)]
        return [
            {**key, **{ours: str(row.get(place.name(ours)) or "") for ours in texts}}
            for key, row in keys
            if _matches(key, wanted)
        ]


def _readable(name: str, place: Resource, row: Row, wanted: Mapping[str, str]) -> Found | None:
    if not _matches(key_parts(place, row), wanted):
        return None
    try:
        return to_found(name, place, row)
    except Unreadable as problem:
        log.warning("cmic row set aside", resource=name, problem=problem.words)
        return None


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
