"""Procore's published limits, kept by this process for all its requests (procore-api §2, rate limits).

Two windows, an hour and a spike of ten seconds; every answer describes whichever is nearer. The gate keeps what it last
heard of each, tells them apart by their limit, counts what it sends, and waits out a short window rather than fail.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import structlog

from domain.ports import Unavailable
from systems.procore.errors import LONGEST_WAIT, http_date, retry_after

SHORT_WAIT = 14.0
"""Seconds worth waiting for in place: the spike window, and what rounding the reset and the Date header may add."""
MOST_WAITING = 30.0
"""Seconds that one request waits in all, when others are always quicker: with its deadline less than a step's time."""
UNNAMED_WAIT = 10.0
"""Seconds to wait when a 429 names no time: one spike window."""

log = structlog.get_logger(__name__)


@dataclass
class Window:
    """One limit: requests left until a moment of the monotonic clock."""

    remaining: int
    resets_at: float


class Limits:
    """The gate that every request passes. Clock and sleep can be replaced."""

    def __init__(
        self,
        max_in_flight: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._slots = asyncio.Semaphore(max_in_flight)
        self._clock, self._wall, self._sleep = clock, wall, sleep
        self._windows: dict[int, Window] = {}
        self._closed_until = 0.0
        self._in_flight = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a free slot and an open gate. Raises Unavailable when the wait would be long."""
        async with self._slots:
            await self._pass()
            self._in_flight += 1
            try:
                yield
            finally:
                self._in_flight -= 1

    def saw(self, status: int, headers: httpx.Headers) -> None:
        """Learn from an answer."""
        self._note_window(headers)
        if status not in (429, 503):
            return
        named = retry_after(headers)
        if named is None and status == 429:
            named = self._wait() or UNNAMED_WAIT
        if named is not None:
            self._closed_until = max(self._closed_until, self._clock() + named)
            log.warning("procore_limit", status=status, seconds=round(named, 1))

    async def _pass(self) -> None:
        waited = 0.0
        while (wait := self._wait()) > 0:
            if wait > SHORT_WAIT or waited + wait > MOST_WAITING:
                raise Unavailable(f"its request limit is used up for {wait:.0f} seconds", retry_after=wait)
            await self._sleep(wait)
            waited += wait
        for window in self._windows.values():
            window.remaining -= 1

    def _wait(self) -> float:
        now = self._clock()
        self._windows = {limit: w for limit, w in self._windows.items() if w.resets_at > now}
        used_up = [w.resets_at for w in self._windows.values() if w.remaining <= 0]
        return max(0.0, max([self._closed_until, *used_up]) - now)

    def _note_window(self, headers: httpx.Headers) -> None:
        limit, remaining, reset = (_whole(headers, name) for name in ("Limit", "Remaining", "Reset"))
        if limit is None or remaining is None or reset is None:
            return
        # The server's own clock tells how far off its reset is; ours may be wrong by minutes.
        seconds = reset - (http_date(headers.get("date", "")) or self._wall())
        if seconds <= 0:
            return
        resets_at = self._clock() + min(seconds, LONGEST_WAIT)
        known = self._windows.get(limit)
        if known is not None and resets_at <= known.resets_at + 1:
            known.remaining = min(known.remaining, remaining)
            return
        self._windows[limit] = Window(remaining - max(0, self._in_flight - 1), resets_at)


def _whole(headers: httpx.Headers, name: str) -> int | None:
    text = headers.get(f"x-rate-limit-{name}", "").strip()
    return int(text) if text.isdecimal() and len(text) <= 12 else None
