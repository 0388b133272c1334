"""The ASGI application: sends each request to the control endpoints, the identity provider or the API.

For the API it applies the published limits, the faults that were ordered, and the cut of a request that takes too
long; and it notes the traffic. The work itself is ``sandbox.cmic.handler``.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.cmic.auth import Credentials
from sandbox.cmic.connections import cut
from sandbox.cmic.control import Control
from sandbox.cmic.errors import Problem, Refusal
from sandbox.cmic.faults import Fault, Faults
from sandbox.cmic.handler import handle
from sandbox.cmic.identity import PREFIX as IDENTITY_PREFIX
from sandbox.cmic.identity import IdentityProvider
from sandbox.cmic.jsontext import dump, load
from sandbox.cmic.limits import Limiter
from sandbox.cmic.messages import Request, Response, refusal
from sandbox.cmic.routing import route
from sandbox.cmic.targets import targets
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.traffic import Traffic

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONTROL_PREFIX = "/_sandbox/"


class Cut(Exception):
    """The connection is to be closed without an answer."""


class Gone(Exception):
    """The caller went away before its request was complete."""


class Application:
    """The stand-in as an ASGI application."""

    def __init__(
        self, tenant: Tenant, credentials: Credentials, identity: IdentityProvider, traffic: Traffic, faults: Faults
    ) -> None:
        self.tenant = tenant
        self.credentials = credentials
        self.identity = identity
        self.traffic = traffic
        self.faults = faults
        self.limiter = Limiter()
        self.late: set[asyncio.Future[Response]] = set()
        self.control = Control(tenant, faults, traffic, self.late)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http", "no lifespan, no web sockets"
        path: str = scope["path"]
        if path.startswith(CONTROL_PREFIX):
            await self.control(scope, receive, send)
        elif path.startswith(IDENTITY_PREFIX):
            request = await _request(scope, receive)
            await _send(send, self.identity.token(request, self.tenant.settings.token_seconds))
        else:
            await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0]
        admitted = self.limiter.admit(client, self.tenant.settings)
        in_flight = self.limiter.in_flight(client)
        line = self.traffic.begin(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), in_flight)
        if not admitted:
            request = await _request(scope, receive)
            self.traffic.end(line, 429)
            await _send(send, refusal(request, Refusal(429, Problem("429 Too Many Requests"))))
            return
        status: int | None = None
        try:
            response = await self._answer(await _request(scope, receive))
            status = response.status
            await _send(send, response)
        except Cut:
            cut(tuple(scope["client"]))
            await _until_disconnected(receive)
        except Gone:
            return
        finally:
            self.limiter.release(client)
            self.traffic.end(line, status)

    async def _answer(self, request: Request) -> Response:
        """The answer, after the usual latency and with whatever fault was ordered. Raises Cut."""
        if latency := self.tenant.settings.latency_seconds:
            await asyncio.sleep(latency)
        fault = self._fault(request)
        if fault is None:
            return self._handle(request)
        return await self._in_time(self._faulty(request, fault))

    def _handle(self, request: Request) -> Response:
        self.tenant.requests_served += 1
        return handle(self.tenant, self.credentials, request)

    def _fault(self, request: Request) -> Fault | None:
        if not self.faults.all():
            return None
        try:
            found = route(self.tenant.environment, request.path)
        except Refusal:
            return None
        return self.faults.strike(targets(self.tenant, request, found.resource, found.key))

    async def _in_time(self, work: Awaitable[Response]) -> Response:
        """Wait for the work as long as the platform does; then cut, while the work goes on and may commit."""
        task = self._start(work)
        done, _ = await asyncio.wait({task}, timeout=self.tenant.settings.cut_after_seconds)
        if not done:
            raise Cut
        return task.result()

    def _start(self, work: Awaitable[Response]) -> asyncio.Future[Response]:
        task = asyncio.ensure_future(work)
        self.late.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Future[Response]) -> None:
        self.late.discard(task)
        if not task.cancelled():
            task.exception()

    async def _faulty(self, request: Request, fault: Fault) -> Response:
        if fault.kind == "commit_after_cut":
            self._start(self._later(request, fault.seconds))
            raise Cut
        if fault.kind != "delay_answer":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "status":
            return refusal(request, Refusal(fault.status, Problem(f"{fault.status} ordered by a fault")))
        if fault.kind == "cut_before_commit":
            raise Cut
        response = self._handle(request)
        if fault.kind == "cut_after_commit":
            raise Cut
        if fault.kind == "delay_answer":
            await asyncio.sleep(fault.seconds)
        return _without_rows(response) if fault.kind == "batch_without_rows" else response

    async def _later(self, request: Request, seconds: float) -> Response:
        await asyncio.sleep(seconds)
        return self._handle(request)


def _without_rows(response: Response) -> Response:
    body = load(response.body)
    if response.status != 200 or "parts" not in body:
        return response
    parts = [{name: value for name, value in part.items() if name != "payload"} for part in body["parts"]]
    return Response(response.status, response.media, dump({"parts": parts}), response.headers)


async def _request(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        client=scope["client"][0],
    )


async def _send(send: Send, response: Response) -> None:
    headers = {"content-type": response.media, "content-length": str(len(response.body)), **response.headers}
    if response.status == 204:
        del headers["content-type"], headers["content-length"]
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
