"""The ASGI application: every request passes faults, limits, sign-in and the company header, in this order.

Handlers run one at a time and each request is one commit, so two callers never see half of a write.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sandbox.procore import oauth
from sandbox.procore.call import ApiHandler, Call
from sandbox.procore.control import Control
from sandbox.procore.errors import ApiError, Invalid, error_body, sentence
from sandbox.procore.faults import Fault
from sandbox.procore.house import House
from sandbox.procore.resources.table import routes
from sandbox.procore.traffic import Exchange
from sandbox.procore.web import Receive, Reply, Request, Route, Scope, Send, received, sent

CONTROL = "/_sandbox"
Cut = Callable[[Any], None]


class App:
    """Answers HTTP requests for one house."""

    def __init__(self, house: House, cut: Cut) -> None:
        """`cut` closes the TCP connection of a client's address."""
        self.house = house
        self.control = Control(house)
        self.routes = routes()
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await received(scope, receive)
        if request.path.startswith(CONTROL):
            reply = self.control.answer(request)
            await sent(send, reply.status, _content(reply.body), reply.headers)
            return
        fault = self.house.faults.take(request.method, request.path)
        answer = await self._answer(request, fault)
        self._note(request, answer, fault)
        if answer is None:
            self._cut(scope.get("client"))
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        content = _content(answer.body)
        if fault is not None and fault.order.falsifies:
            content = fault.falsified(json.loads(content or b"null"))
        await sent(send, answer.status, content, answer.headers)

    async def _answer(self, request: Request, fault: Fault | None) -> Reply | None:
        """The reply, or None for a connection to be cut."""
        if fault is None:
            return self.serve(request)
        order = fault.order
        if order.when == "before":
            await asyncio.sleep(order.delay)
            if order.cut:
                return None
            if order.status is not None:
                return self._failure(request, fault)
            return self.serve(request)
        reply = self.serve(_halved(request) if order.when == "half" else request)
        await asyncio.sleep(order.delay)
        if order.cut:
            return None
        return reply if order.status is None else self._failure(request, fault)

    def serve(self, request: Request) -> Reply:
        """The honest reply, committed."""
        try:
            reply = self._login(request) if request.path.startswith("/oauth/") else self._api(request)
            self.house.books.commit()
        except ApiError as error:
            self.house.books.rollback()
            reply = Reply(error.status, error_body(error, request.path), error.headers)
        except Exception:
            self.house.books.rollback()
            traceback.print_exc(file=sys.stderr)
            reply = Reply(500, error_body(ApiError(500, "Something went wrong"), request.path))
        reply.headers = self._limit_headers(request) | reply.headers
        return reply

    def _login(self, request: Request) -> Reply:
        handler, _ = oauth.ROUTES.match(request.method, request.path)
        try:
            return handler.handler(self.house, request)
        except oauth.OAuthRefusal as refusal:
            self.house.books.rollback()
            return Reply(refusal.status, refusal.body)

    def _api(self, request: Request) -> Reply:
        application, now = self._application(request), self.house.clock.seconds()
        if not self.house.limits.take(application, now):
            after = str(self.house.limits.wait(application, now))
            headers = {"Retry-After": after} if self.house.assumptions.retry_after_on_429 else {}
            raise ApiError(429, "You have surpassed the maximum number of requests", headers=headers)
        token = oauth.bearer(self.house, request)
        route, parts = self.routes.match(request.method, request.path)
        try:
            return _handled(route, Call(self.house, request, parts, token))
        except ApiError as error:
            if error.status not in route.shapes:
                raise
            self.house.books.rollback()
            return Reply(error.status, error_body(error, request.path, route.shapes[error.status]), error.headers)

    def _application(self, request: Request) -> str:
        """Whom a request counts for: the application of its token, or everybody without one."""
        word = request.headers.get("authorization", "").partition(" ")[2]
        token = self.house.books.get("tokens", word.strip())
        return str(token["client_id"]) if token else "anonymous"

    def _limit_headers(self, request: Request) -> dict[str, str]:
        return self.house.limits.headers(self._application(request), self.house.clock.seconds())

    def _failure(self, request: Request, fault: Fault) -> Reply:
        order = fault.order
        assert order.status is not None
        headers = self._limit_headers(request)
        if order.retry_after is not None:
            headers["Retry-After"] = str(order.retry_after)
        if order.status == 429 and headers:
            headers["X-Rate-Limit-Remaining"] = "0"
            headers["X-Rate-Limit-Reset"] = str(math.ceil(self.house.clock.seconds()) + (order.retry_after or 1))
        return Reply(order.status, error_body(ApiError(order.status, "Sandbox fault"), request.path), headers)

    def _note(self, request: Request, answer: Reply | None, fault: Fault | None) -> None:
        exchange = Exchange(
            method=request.method,
            path=request.path,
            query=request.query_dict,
            request=_noted_body(request),
            status=answer.status if answer else None,
            response=answer.body if answer else None,
            fault=fault.number if fault else None,
        )
        halved = fault is not None and fault.order.when == "half"
        honest = answer is not None and not halved and not (fault and fault.order.falsifies)
        self.house.traffic.note(exchange, honest=honest)


def _handled(route: Route[ApiHandler], call: Call) -> Reply:
    call.check_header()
    try:
        return route.handler(call)
    except Invalid as refusal:
        raise ApiError(422, sentence(refusal.errors), fields=refusal.errors) from None


def _content(body: Any) -> bytes:
    # Rows that a sync refuses come back as they were sent, so their numbers become JSON numbers again.
    return b"" if body is None else json.dumps(body, default=float).encode()


def _halved(request: Request) -> Request:
    """A sync with the first half of its rows, at least one; any other request as it is."""
    try:
        body = json.loads(request.raw)
        rows = body["updates"]
        body["updates"] = rows[: max(1, len(rows) // 2)]
    except (ValueError, KeyError, TypeError):
        return request
    return Request(request.method, request.path, request.query, request.headers, json.dumps(body).encode())


def _noted_body(request: Request) -> Any:
    """The body for the record. Of a login the secret is left out, and what came as HTTP Basic is entered."""
    if request.path.startswith("/oauth/") and request.method == "POST":
        try:
            body = oauth.credentials(request)
        except (ApiError, oauth.OAuthRefusal):
            return None
        return body | ({"client_secret": "***"} if "client_secret" in body else {})
    try:
        return json.loads(request.raw) if request.raw else None
    except ValueError:
        return request.raw.decode("utf-8", "replace")
