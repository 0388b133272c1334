"""A transport that keeps within CMiC's published limits: so many requests in flight, so many started in any second, in
the order in which they came (cmic-api §1.6; design §8). One instance per process and address.

A request holds its place from its turn until its body is read or dropped. The window runs from the moment its headers
go out, so that time spent on connecting doesn't press several seconds' requests into one. The deadline starts with its
turn too: waiting costs a request nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import httpx

from systems.cmic.config import CmicConfig

_SENT = ("http11.send_request_headers.started", "http2.send_request_headers.started")


class _Start:
    """A request that counts against the window; `at` is None until it is known to have gone out."""

    def __init__(self) -> None:
        self.at: float | None = None


class PacedTransport(httpx.AsyncBaseTransport):
    """Wraps `inner`. `window` and `deadline` are in seconds; `clock` and `sleep` are there for tests."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        max_in_flight: int = 5,
        per_window: int = 15,
        window: float = 1.05,
        deadline: float = 65.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._places = asyncio.Semaphore(max_in_flight)
        self._turn = asyncio.Lock()
        self._starts: list[_Start] = []
        self._closed = False
        self._per_window = per_window
        self._window = window
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._places.acquire()
        try:
            start = await self._admitted()
            if self._closed:
                raise httpx.ConnectError("the connector is stopping", request=request)
            response = await self._carried_out(request, start)
        except BaseException:
            self._places.release()
            raise
        return response

    async def aclose(self) -> None:
        """Who still waits for his turn is turned away."""
        self._closed = True
        await self._inner.aclose()

    async def _admitted(self) -> _Start:
        """Wait until one more may start; the lock keeps the order."""
        async with self._turn:
            while wait := self._wait():
                await self._sleep(wait)
            start = _Start()
            self._starts.append(start)
            return start

    def _wait(self) -> float:
        """Seconds until one more may start; 0 when it may now."""
        now = self._clock()
        self._starts = [s for s in self._starts if s.at is None or now - s.at < self._window]
        if len(self._starts) < self._per_window:
            return 0.0
        ends = [s.at + self._window - now for s in self._starts if s.at is not None]
        # With nothing known to have gone out, a short wait asks again.
        return max(min(ends, default=self._window / 20), 0.001)

    async def _carried_out(self, request: httpx.Request, start: _Start) -> httpx.Response:
        begun = self._clock()
        ends = asyncio.get_running_loop().time() + self._deadline
        request.extensions = {**request.extensions, "trace": self._tracer(start, request.extensions.get("trace"))}
        try:
            async with asyncio.timeout_at(ends):
                response = await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer within the deadline", request=request) from None
        finally:
            start.at = begun if start.at is None else start.at
        stream = cast(httpx.AsyncByteStream, response.stream)
        # A new response, because one that was made with its content never closes its stream.
        held = _Held(stream, self._places.release, ends, request)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=held, extensions=response.extensions
        )

    def _tracer(self, start: _Start, other: Any) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        async def trace(event: str, info: dict[str, Any]) -> None:
            if event in _SENT:
                start.at = self._clock()
            if other is not None:
                await other(event, info)

        return trace


def paced(config: CmicConfig, inner: httpx.AsyncBaseTransport | None = None) -> PacedTransport:
    """The paced transport of an address. Certificates are checked against the system's and SSL_CERT_FILE's."""
    return PacedTransport(
        inner or httpx.AsyncHTTPTransport(),
        max_in_flight=config.max_in_flight,
        per_window=config.per_second,
        window=config.window_seconds,
        deadline=config.deadline_seconds,
    )


class _Held(httpx.AsyncByteStream):
    """A body that gives its place back when it is closed, and keeps the request's deadline."""

    def __init__(
        self, body: httpx.AsyncByteStream, release: Callable[[], None], ends: float, request: httpx.Request
    ) -> None:
        self._body = body
        self._release: Callable[[], None] | None = release
        self._ends = ends
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._body)
        while True:
            try:
                async with asyncio.timeout_at(self._ends):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx.ReadTimeout("no complete answer within the deadline", request=self._request) from None
            yield chunk

    async def aclose(self) -> None:
        release, self._release = self._release, None
        try:
            await self._body.aclose()
        finally:
            if release is not None:
                release()
