"""The published limits hold for requests, in order, whatever becomes of each (cmic-api §1.6). A clock of our own: nothing
here depends on how fast this machine is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from systems.cmic.pacing import PacedTransport

WINDOW = 1.05


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Server(httpx.AsyncBaseTransport):
    """Notes when each request came and how many were open; answers when its gate lets it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.came: list[tuple[str, float]] = []
        self.open = 0
        self.most_open = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.came.append((request.url.path, self.clock()))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        await self.gate.wait()
        await asyncio.sleep(0)
        if request.url.path.endswith("/cut"):
            self.open -= 1
            raise httpx.RemoteProtocolError("cut", request=request)
        return httpx.Response(200, stream=Body(self))


class Body(httpx.AsyncByteStream):
    def __init__(self, server: Server) -> None:
        self.server = server

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield b"x"

    async def aclose(self) -> None:
        self.server.open -= 1


def paced(deadline: float = 65.0, in_flight: int = 5, per_window: int = 15) -> tuple[PacedTransport, Server, Clock]:
    clock = Clock()
    server = Server(clock)
    transport = PacedTransport(
        server,
        max_in_flight=in_flight,
        per_window=per_window,
        window=WINDOW,
        deadline=deadline,
        clock=clock,
        sleep=clock.sleep,
    )
    return transport, server, clock


def most_in_a_window(times: list[float]) -> int:
    return max(sum(1 for t in times if start <= t < start + WINDOW - 1e-6) for start in times)


@pytest.mark.parametrize(("in_flight", "per_window"), [(5, 15), (1, 15), (5, 2), (50, 15), (1, 1)])
async def test_a_hundred_at_once_keep_the_limits_and_their_order(in_flight: int, per_window: int) -> None:
    transport, server, _ = paced(in_flight=in_flight, per_window=per_window)
    async with httpx.AsyncClient(transport=transport) as http:
        answers = await asyncio.gather(*(http.get(f"http://cmic.test/{n}") for n in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert server.most_open == min(in_flight, server.most_open)
    assert most_in_a_window([at for _, at in server.came]) <= per_window
    assert [path for path, _ in server.came] == [f"/{n}" for n in range(100)]
    assert server.open == 0


async def test_five_are_really_used() -> None:
    transport, server, _ = paced()
    async with httpx.AsyncClient(transport=transport) as http:
        await asyncio.gather(*(http.get(f"http://cmic.test/{n}") for n in range(30)))
    assert server.most_open == 5


async def test_a_request_holds_its_place_until_its_body_is_dropped() -> None:
    transport, server, _ = paced(in_flight=1)
    async with httpx.AsyncClient(transport=transport) as http:
        first = await http.send(http.build_request("GET", "http://cmic.test/1"), stream=True)
        second = asyncio.create_task(http.get("http://cmic.test/2"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(server.came) == 1
        await first.aclose()
        await first.aclose()
        assert (await second).status_code == 200
    assert len(server.came) == 2


async def test_places_come_back_after_errors_and_cancellations() -> None:
    transport, server, _ = paced(in_flight=2)
    async with httpx.AsyncClient(transport=transport) as http:
        cut = await asyncio.gather(*(http.get("http://cmic.test/cut") for _ in range(20)), return_exceptions=True)
        assert all(isinstance(error, httpx.RemoteProtocolError) for error in cut)
        server.gate.clear()
        waiting = [asyncio.create_task(http.get("http://cmic.test/slow")) for _ in range(6)]
        for _ in range(20):
            await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        server.gate.set()
        answers = await asyncio.gather(*(http.get("http://cmic.test/ok") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}


async def test_the_deadline_begins_with_the_turn_and_covers_the_body() -> None:
    transport, server, _ = paced(deadline=0.05, in_flight=1)
    async with httpx.AsyncClient(transport=transport, timeout=None) as http:
        server.gate.clear()
        with pytest.raises(httpx.ReadTimeout):
            await http.get("http://cmic.test/never")
        server.gate.set()
        response = await http.send(http.build_request("GET", "http://cmic.test/body"), stream=True)
        await asyncio.sleep(0.1)
        with pytest.raises(httpx.ReadTimeout):
            await response.aread()
        await response.aclose()
        assert (await http.get("http://cmic.test/after")).status_code == 200


async def test_who_waits_when_it_closes_is_turned_away() -> None:
    transport, server, _ = paced(in_flight=1)
    async with httpx.AsyncClient(transport=transport) as http:
        server.gate.clear()
        tasks = [asyncio.create_task(http.get(f"http://cmic.test/{n}")) for n in range(3)]
        for _ in range(20):
            await asyncio.sleep(0)
        await transport.aclose()
        server.gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [httpx.Response, httpx.ConnectError, httpx.ConnectError]
    assert len(server.came) == 1


async def test_the_window_runs_from_the_moment_the_headers_go_out() -> None:
    """Five connections that take a second to set up must not press their requests together with the next fifteen."""
    clock = Clock()
    came: list[float] = []

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if len(came) < 5:
                await clock.sleep(1.0)
            await request.extensions["trace"]("http11.send_request_headers.started", {})
            came.append(clock())
            return httpx.Response(200)

    transport = PacedTransport(Slow(), window=WINDOW, clock=clock, sleep=clock.sleep)
    async with httpx.AsyncClient(transport=transport) as http:
        await asyncio.gather(*(http.get("http://cmic.test/") for _ in range(60)))
    assert most_in_a_window(came) <= 15
