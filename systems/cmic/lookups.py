"""Look-ups that wait together are answered together (design §8): the same key by one request, and several keys of one
resource and company by one `q`.

Only look-ups whose request hasn't left are joined, so that an answer is never older than its question. Those beyond what
may be in flight wait here rather than in the transport, where they could no longer be joined.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping

from domain.ports import Unavailable
from domain.records import Found, Key
from domain.refusals import Refused

Fetch = Callable[[list[Key]], Awaitable[Mapping[str, Found]]]
"""Finds keys of one resource and company: what was found, by the key's text. Raises Refused, Unavailable."""


class _Lane:
    """What waits for one resource and company. `flushes` are the requests that will come for it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: dict[str, tuple[Key, asyncio.Future[Found | None]]] = {}
        self.flushes = 0

    def take(self) -> list[tuple[Key, asyncio.Future[Found | None]]]:
        self.flushes -= 1
        return [self.waiting.pop(text) for text in list(self.waiting)[: self.most]]


class Lookups:
    """`most` says how many keys of a resource one request may ask for; `pause` in seconds is how long the first waits
    for others; `at_once` how many requests may be under way."""

    def __init__(self, fetch: Fetch, most: Callable[[str], int], *, at_once: int, pause: float = 0.015) -> None:
        self._fetch = fetch
        self._most = most
        self._gate = asyncio.Semaphore(at_once)
        self._pause = pause
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, key: Key) -> Found | None:
        """One record by its key. Who stops waiting doesn't stop the request for the others."""
        lane = self._lanes.setdefault((key.resource, key.company.upper()), _Lane(self._most(key.resource)))
        if key.text not in lane.waiting:
            lane.waiting[key.text] = (key, _future())
            if len(lane.waiting) > lane.flushes * lane.most:
                lane.flushes += 1
                self._start(self._flush(lane))
        return await asyncio.shield(lane.waiting[key.text][1])

    async def aclose(self) -> None:
        """Stop what is under way; who still waits is told Unavailable."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes.values():
            _stop(lane.waiting.values())
            lane.waiting.clear()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self, lane: _Lane) -> None:
        await asyncio.sleep(self._pause)
        async with self._gate:
            taken = lane.take()
            try:
                await self._answer(taken)
            finally:
                _stop(taken)

    async def _answer(self, taken: list[tuple[Key, asyncio.Future[Found | None]]]) -> None:
        if not taken:
            return
        try:
            found = await self._fetch([key for key, _ in taken])
        except Exception as error:
            if isinstance(error, Refused) and len(taken) > 1:
                # One key that CMiC refuses mustn't spoil the others.
                for single in taken:
                    await self._answer([single])
                return
            for _, future in taken:
                future.set_exception(error)
            return
        for key, future in taken:
            future.set_result(found.get(key.text))


def _stop(waiting: Iterable[tuple[Key, asyncio.Future[Found | None]]]) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(Unavailable("the connector is stopping"))


def _future() -> asyncio.Future[Found | None]:
    future: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()
    # Looked at here, so that an error isn't reported as lost when everyone has stopped waiting.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future
