"""The other end of the transport: a table of answers, and a record of every request. No network, no clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from systems.procore.client import ProcoreClient
from systems.procore.config import ProcoreConfig
from systems.procore.gateway import ProcoreGateway
from systems.procore.limits import Limits

COMPANY = 562949
PROJECT = 310
API = "https://api.procore.test"
LOGIN = "https://login.procore.test"
SECRET = "s3cr3t/with+signs="
TOKEN = "tok.en-1"

Answer = Callable[[httpx.Request], httpx.Response]


def reply(body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer: a JSON body, or raw bytes, or a text."""

    def build(_: httpx.Request) -> httpx.Response:
        if isinstance(body, bytes | str):
            return httpx.Response(status, content=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers)

    return build


def fails(error: Exception) -> Answer:
    """An answer that never comes."""

    def build(_: httpx.Request) -> httpx.Response:
        raise error

    return build


def token(value: str = TOKEN, lifetime: int = 5400) -> Answer:
    return reply({"access_token": value, "token_type": "bearer", "expires_in": lifetime, "created_at": 1760000000})


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content) if request.content else None


class FakeProcore:
    """Answers by method and path, in order; the last answer of a path is given again and again."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], list[Answer]] = {}
        self.requests: list[httpx.Request] = []
        self.answered: list[tuple[httpx.Request, httpx.Response]] = []
        self.hold: asyncio.Event | None = None
        self.running = 0
        self.most_running = 0
        self.on("POST", "/oauth/token", token())

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self.table[method, path] = list(answers)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self._answer(request)
        finally:
            self.running -= 1

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answers = self.table.get((request.method, request.url.path))
        assert answers, f"nobody answers {request.method} {request.url.path}"
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if self.hold is not None and request.url.path != "/oauth/token":
            await self.hold.wait()
        else:
            await asyncio.sleep(0)
        response = answer(request)
        self.answered.append((request, response))
        return response

    def sent(self, method: str, path: str | None = None) -> list[httpx.Request]:
        """The API requests of a method (to a path), in order."""
        return [
            r
            for r in self.requests
            if r.method == method and r.url.path != "/oauth/token" and path in (None, r.url.path)
        ]

    def sign_ins(self) -> int:
        return sum(r.url.path == "/oauth/token" for r in self.requests)

    def exchanges(self) -> list[dict[str, Any]]:
        """All API traffic, as the strict check of the public description reads it."""
        return [
            {
                "method": request.method,
                "path": request.url.path,
                "query": dict(request.url.params),
                "request": body_of(request),
                "status": response.status_code,
                "response": json.loads(response.content),
            }
            for request, response in self.answered
            if request.url.path != "/oauth/token"
        ]


class FakeTime:
    """A clock that only sleeping moves."""

    WALL = 1_760_000_000.0

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.WALL + self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def window(self, limit: int, remaining: int, seconds: float) -> dict[str, str]:
        """The headers of a limit that resets in so many seconds."""
        return {
            "X-Rate-Limit-Limit": str(limit),
            "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Reset": str(int(self.wall() + seconds)),
        }


def config(**changes: Any) -> ProcoreConfig:
    values = {"api_url": API, "login_url": LOGIN, "client_id": "the-client", "client_secret": SECRET, **changes}
    return ProcoreConfig.model_validate(values)


def client_of(procore: FakeProcore, time: FakeTime | None = None, **changes: Any) -> ProcoreClient:
    time, settings = time or FakeTime(), config(**changes)
    limits = Limits(settings.max_in_flight, clock=time.clock, wall=time.wall, sleep=time.sleep)
    http = httpx.AsyncClient(transport=httpx.MockTransport(procore))
    return ProcoreClient(settings, http, limits=limits)


def gateway_of(procore: FakeProcore, time: FakeTime | None = None, **changes: Any) -> ProcoreGateway:
    client = client_of(procore, time, **changes)
    return ProcoreGateway(client.config, client)
