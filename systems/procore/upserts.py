"""Records made or changed by their origin id, many in one request (procore-api §3): Procore finds each by it, or makes it, so
that a repetition writes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.ports import Given, Taken, Unavailable
from systems.procore.client import ProcoreClient
from systems.procore.words import phrases

MOST_ROWS = 1000


async def upsert(
    client: ProcoreClient,
    company: int,
    path: str,
    rows: list[Given],
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, int] | None = None,
) -> list[Taken]:
    """Write up to 1,000 rows. A row that the answer doesn't mention makes it Unavailable: it is asked again. Raises NotThere,
    Unavailable, Refused."""
    if not rows:
        return []
    updates = [row_of(row) for row in rows]
    answer = await client.patch(path, company, {**(body or {}), "updates": updates}, dict(query or {}))
    taken = outcomes(rows, answer)
    if len(taken) < len(rows):
        raise Unavailable(f"the answer of {path} doesn't mention every row", maybe_done=True)
    return taken


def row_of(given: Given) -> dict[str, Any]:
    """A row as it is sent. Without an id Procore finds it by its origin id."""
    known = {"id": given.id} if given.id is not None else {}
    return {**known, **given.body, "origin_id": given.origin_id}


def outcomes(rows: list[Given], answer: Any) -> list[Taken]:
    """What became of each row: entities are told by id or origin id, and so are refusals, which echo what was sent. Raises
    Unavailable for an answer that can't be split."""
    if not isinstance(answer, dict) or not all(_records(answer.get(name)) for name in ("entities", "errors")):
        raise Unavailable("the sync's answer has no lists of entities and errors", maybe_done=True)
    by_id = {row.id: row for row in rows if row.id is not None}
    by_origin = {row.origin_id: row for row in rows if row.origin_id}
    found: dict[str, Taken] = {}
    for entity in answer["entities"]:
        row = by_id.get(_number(entity.get("id")) or 0) or by_origin.get(str(entity.get("origin_id")))
        if row is not None:
            found[row.key] = Taken(key=row.key, id=_number(entity.get("id")))
    for error in answer["errors"]:
        row = by_id.get(_number(error.get("id")) or 0) or by_origin.get(str(error.get("origin_id")))
        if row is not None:
            said = phrases({name: error[name] for name in ("errors", "error", "message") if error.get(name)})
            found[row.key] = Taken(key=row.key, id=row.id, refusal=said or "it gave no reason")
    return list(found.values())


def _records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _number(value: Any) -> int | None:
    """An id, which v2 writes as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= 19 else None
