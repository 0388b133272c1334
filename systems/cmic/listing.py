"""Long lists of CMiC's, page by page (design §6; cmic-api §1.4).

A page begins after the last key of the one before, not at a number: rows that come or go meanwhile move no other row out of
sight, and a cursor stays true after any pause.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from domain.incoming import Unread
from domain.ports import Listing
from domain.records import Found
from systems.cmic.client import CmicClient
from systems.cmic.dialect import Dialect
from systems.cmic.entries import Kind
from systems.cmic.query import Selection, changed_dates, text
from systems.cmic.reading import key_parts, to_found
from systems.cmic.resource import Resource
from systems.cmic.sending import lost, resource_of
from systems.cmic.values import Row, Unreadable


class Lists:
    def __init__(self, dialect: Dialect, client: CmicClient) -> None:
        self._dialect = dialect
        self._client = client

    async def page(self, name: str, within: Mapping[str, str], since: str | None, cursor: str | None) -> Listing:
        """Raises Refused, Unavailable."""
        place = resource_of(self._dialect, name)
        page = await self._client.page(place, _selection(place, within, since, cursor))
        found: list[Found] = []
        unread: list[Unread] = []
        for row in page.rows:
            one = _read(name, place, row)
            if isinstance(one, Unread):
                unread.append(one)
            elif all(_plain(one, ours) == value.upper() for ours, value in within.items()):
                found.append(one)
        newest = max((f.changed_at for f in found), default="")
        last = _place_of(place, page.rows[-1]) if page.has_more else None
        return Listing(found=found, unread=unread, cursor=last, newest=newest)


def _place_of(place: Resource, row: Row) -> str:
    """The cursor after a row. One that lacks a part of its key has no place in the order: what comes after it can't be asked
    for, and must not pass for nothing. Raises Unreadable."""
    parts = [row.get(place.name(ours)) for ours in _order(place)]
    if any(part is None or part == "" for part in parts):
        raise Unreadable(f"a page of {place.path} ends with a row without a whole key ({_key_of(place, row)})")
    return json.dumps(parts, default=str)


def _read(name: str, place: Resource, row: Row) -> Found | Unread:
    try:
        return to_found(name, place, row)
    except Unreadable as problem:
        return Unread(key=_key_of(place, row), words=problem.words)


def _key_of(place: Resource, row: Row) -> str:
    """What tells an unreadable row from others: its key, or whatever it has of it."""
    try:
        return "|".join(key_parts(place, row).values())
    except Unreadable:
        return "|".join(str(row.get(place.name(ours)) or "?") for ours in place.key)


def _plain(found: Found, ours: str) -> str:
    value = found.key.parts.get(ours, found.attributes.get(ours))
    return str(value or "").upper()


def _order(place: Resource) -> list[str]:
    return list(place.order_by.attributes)


def _selection(place: Resource, within: Mapping[str, str], since: str | None, cursor: str | None) -> Selection:
    """One `q`: what is asked for, what changed since, what comes after the last one. A finder of changes goes beside it."""
    parts = [f"{place.name(ours)}={text(value.upper())}" for ours, value in within.items()]
    finder: Mapping[str, str] = {}
    if since:
        try:
            changes = changed_dates(place, since)
        except (LookupError, ValueError):
            raise lost(f"what changed in {place.path} since {since!r} can't be asked for") from None
        finder = {name: value for name, value in changes.params.items() if name != "q"}
        parts += [f"({changes.params['q']})"] if "q" in changes.params else []
    if cursor:
        parts.append(_after(place, cursor, within))
    return Selection({**finder, "q": " and ".join(parts)} if parts else finder)


def _after(place: Resource, cursor: str, within: Mapping[str, str]) -> str:
    """Rows beyond a key. Parts that are asked for anyway are the same in all."""
    either = []
    try:
        parts = json.loads(cursor)
        last = dict(zip(_order(place), parts if isinstance(parts, list) else [], strict=True))
        free = [ours for ours in last if ours not in within]
        for n, ours in enumerate(free):
            same = [_compared(place, before, "=", last[before]) for before in free[:n]]
            either.append(" and ".join([*same, _compared(place, ours, ">", last[ours])]))
    except (ValueError, TypeError, ArithmeticError):
        raise lost(f"{cursor[:40]!r} is no place in a list") from None
    return either[0] if len(either) == 1 else "(" + " or ".join(f"({one})" for one in either) + ")"


def _compared(place: Resource, ours: str, sign: str, value: object) -> str:
    is_number = place.attributes[ours].type in (Kind.NUMBER, Kind.DIGITS)
    return f"{place.name(ours)} {sign} {Decimal(str(value)) if is_number else text(str(value or ''))}"
