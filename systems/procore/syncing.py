"""Procore's sync endpoints: many rows in one request, always 200, each row answered for itself (procore-api §3).

Rows for the same endpoint and scope that wait at the same moment travel together, over objects: Procore's limits count
requests. Each caller hears of its own row only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.ports import NotThere, Unavailable
from domain.refusals import Refused
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.sync_answers import Row, outcomes
from systems.procore.written import Outcome

MOST_COALESCED = 500
MOST_ROWS = 1000
_MAY_BE_ONE_ROWS_FAULT = frozenset({400, 413, 422})

Waiting = tuple[Row, asyncio.Future[Outcome]]


@dataclass(frozen=True)
class Endpoint:
    """A sync endpoint in one scope. `body` and `query` are the scope's names and numbers, such as project_id."""

    company: int
    path: str
    body: tuple[tuple[str, int], ...] = ()
    query: tuple[tuple[str, int], ...] = ()


@dataclass
class _Queue:
    waiting: list[Waiting] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Syncs:
    """All sync traffic of a process."""

    def __init__(self, client: ProcoreClient, most: int = MOST_COALESCED) -> None:
        self._client, self._most = client, most
        self._queues: dict[Endpoint, _Queue] = {}

    async def submit(self, endpoint: Endpoint, row: Row) -> Outcome:
        """Have one row written along with others that wait. Raises NotThere, Unavailable, Refused."""
        queue = self._queues.setdefault(endpoint, _Queue())
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        queue.waiting.append((row, future))
        if queue.task is None:
            queue.task = asyncio.create_task(self._drain(endpoint, queue))
        return await future

    async def submit_header(self, endpoint: Endpoint, row: Row) -> Outcome:
        """The same for an object's own record: one that Procore doesn't have is NotThere."""
        outcome = await self.submit(endpoint, row)
        if outcome.gone:
            raise NotThere(outcome.words)
        return outcome

    async def send(self, endpoint: Endpoint, rows: Sequence[Row]) -> dict[int, Outcome]:
        """Write rows in requests of their own, at most 1,000 each. A row that Procore doesn't answer for is left out.
        Raises NotThere, Unavailable, Refused."""
        found: dict[int, Outcome] = {}
        for start in range(0, len(rows), MOST_ROWS):
            some = list(rows[start : start + MOST_ROWS])
            body = {**dict(endpoint.body), "updates": some}
            answer = await self._client.patch(endpoint.path, endpoint.company, body, dict(endpoint.query))
            found.update(outcomes(some, answer))
        return found

    async def aclose(self) -> None:
        tasks = [queue.task for queue in self._queues.values() if queue.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, endpoint: Endpoint, queue: _Queue) -> None:
        batch: list[Waiting] = []
        try:
            await asyncio.sleep(0)  # Whoever submits in the same turn of the loop comes along.
            while queue.waiting:
                batch = _take(queue, self._most)
                await self._deliver(endpoint, batch)
        except asyncio.CancelledError:
            _fail(batch + queue.waiting, Unavailable("the connector is stopping", maybe_done=True))
            raise
        except Exception as defect:
            # A defect belongs to those who wait, not to this task, where nobody would ever see it.
            _fail(batch + queue.waiting, defect)
        finally:
            del self._queues[endpoint]

    async def _deliver(self, endpoint: Endpoint, batch: list[Waiting]) -> None:
        """One request for a batch. A refusal of the whole that may be one row's fault is halved until it is alone."""
        if not batch:
            return
        try:
            found = await self.send(endpoint, [row for row, _ in batch])
        except Rejected as error:
            if error.status not in _MAY_BE_ONE_ROWS_FAULT or len(batch) == 1:
                _fail(batch, error)
                return
            middle = len(batch) // 2
            await self._deliver(endpoint, batch[:middle])
            await self._deliver(endpoint, batch[middle:])
        except (NotThere, Unavailable, Refused) as error:
            _fail(batch, error)
        else:
            for row, future in batch:
                _settle(future, found.get(row["id"]))


def _take(queue: _Queue, most: int) -> list[Waiting]:
    """The next rows, in order, no record twice; callers who have given up are passed over."""
    batch: list[Waiting] = []
    left: list[Waiting] = []
    ids: set[int] = set()
    for row, future in queue.waiting:
        if future.done():
            continue
        if len(batch) < most and row["id"] not in ids:
            batch.append((row, future))
        else:
            left.append((row, future))
        ids.add(row["id"])
    queue.waiting = left
    return batch


def _settle(future: asyncio.Future[Outcome], outcome: Outcome | None) -> None:
    if future.done():
        return
    if outcome is None:
        future.set_exception(Unavailable("the sync's answer doesn't mention the row", maybe_done=True))
    else:
        future.set_result(outcome)


def _fail(batch: list[Waiting], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(_copy(error))


def _copy(error: Exception) -> Exception:
    """An exception of its own for every caller, because a raised one collects its raiser's traceback."""
    if isinstance(error, Rejected):
        return Rejected(error.said, error.status)
    if isinstance(error, Unavailable):
        return Unavailable(error.words, retry_after=error.retry_after, maybe_done=error.maybe_done)
    if isinstance(error, Refused):
        return Refused(*error.refusals)
    return NotThere(str(error)) if isinstance(error, NotThere) else error
