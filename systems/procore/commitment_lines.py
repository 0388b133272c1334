"""Origin ids of commitment lines (procore-api §3, §6).

The published line sync bodies of both contract types have no `id`, so that a sync could only create lines. By default
each line is updated by a request of its own, several at a time; `sync_lines_by_id` switches to the sync endpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.identity import ObjectId
from domain.ports import NotThere, Unavailable, WriteBack
from domain.refusals import Refusal, Refused
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.records import impossible, row_refused
from systems.procore.syncing import Endpoint, Syncs
from systems.procore.written import Outcome, confirm, same_id


@dataclass(frozen=True)
class LineChange:
    """One line's id to write; `label` is what a person calls the line."""

    id: int
    origin_id: str | None
    label: str


class LineWriter:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client, self._syncs = client, syncs

    def changes(self, ids: WriteBack, current: dict[str, Any]) -> list[LineChange]:
        """The lines whose id differs from what Procore had. Raises Refused for a line id that isn't one."""
        known = _known_lines(current)
        changed: list[LineChange] = []
        for text, wanted in ids.lines.items():
            if not text.isascii() or not text.isdigit():
                raise impossible(f"{text[:40]!r} is not the id of a line")
            line = known.get(int(text), {})
            if not same_id(wanted, line.get("origin_id")):
                changed.append(LineChange(int(text), wanted, _label(int(text), line)))
        return changed

    async def write(self, object_id: ObjectId, project: int, path: str, lines: list[LineChange]) -> list[Refusal]:
        """Write them; what Procore refused, line by line. Raises NotThere, Unavailable, Refused."""
        if not lines:
            return []
        by_sync = self._client.config.sync_lines_by_id
        results = await (self._sync if by_sync else self._one_by_one)(object_id, project, path, lines)
        return [row_refused(outcome.words, line.label) for line, outcome in results if outcome.words]

    async def _sync(
        self, object_id: ObjectId, project: int, path: str, lines: list[LineChange]
    ) -> list[tuple[LineChange, Outcome]]:
        endpoint = Endpoint(
            object_id.company, f"{path}/{object_id.id}/line_items/sync", query=(("project_id", project),)
        )
        found = await self._syncs.send(endpoint, [{"id": line.id, "origin_id": line.origin_id} for line in lines])
        missing = [line.label for line in lines if line.id not in found]
        if missing:
            some = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise Unavailable(f"the sync's answer doesn't mention {some}", maybe_done=True)
        return [(line, found[line.id]) for line in lines]

    async def _one_by_one(
        self, object_id: ObjectId, project: int, path: str, lines: list[LineChange]
    ) -> list[tuple[LineChange, Outcome]]:
        async def write(line: LineChange) -> tuple[LineChange, Outcome]:
            sent = {"origin_id": line.origin_id}
            body = {"project_id": project, "line_item": sent}
            try:
                answer = await self._client.patch(
                    f"{path}/{object_id.id}/line_items/{line.id}", object_id.company, body
                )
            except NotThere as error:
                return line, Outcome(words=str(error), gone=True)
            except Rejected as error:
                if error.is_about_the_connector:
                    raise
                return line, Outcome(words=error.said)
            return line, confirm(sent, answer)

        return await _several(lines, self._client.config.max_in_flight, write)


async def _several(
    lines: Sequence[LineChange],
    most: int,
    write: Callable[[LineChange], Awaitable[tuple[LineChange, Outcome]]],
) -> list[tuple[LineChange, Outcome]]:
    """Write lines, at most so many at a time. After the first failure no other is begun; those under way are awaited."""
    waiting = iter(lines)
    done: list[tuple[LineChange, Outcome]] = []
    failures: list[Exception] = []

    async def work() -> None:
        for line in waiting:
            if failures:
                return
            try:
                done.append(await write(line))
            except (NotThere, Unavailable, Refused) as error:
                failures.append(error)

    await asyncio.gather(*(work() for _ in range(min(most, len(lines)))))
    if failures:
        raise failures[0]
    return done


def _known_lines(current: dict[str, Any]) -> dict[int, dict[str, Any]]:
    lines = current.get("line_items")
    rows = lines if isinstance(lines, list) else []
    return {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)}


def _label(line_id: int, line: dict[str, Any]) -> str:
    position = line.get("position")
    return f"line {position} (id {line_id})" if position not in (None, "") else f"line id {line_id}"
