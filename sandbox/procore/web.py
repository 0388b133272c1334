"""Requests, replies and routes: the little of a web framework that this stand-in needs.

Written by hand because every answer must be ours: the 404s, the 405s and the order of the checks are Procore's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from sandbox.procore.errors import ApiError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = TypeVar("Handler")


@dataclass(slots=True)
class Request:
    """One request as it came in. Header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    raw: bytes

    def value(self, name: str) -> str | None:
        """The last value of a query name."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def values(self, name: str) -> list[str]:
        """Every value of a query name, also in its `name[]` form."""
        return [value for key, value in self.query if key in (name, name + "[]")]

    @property
    def query_dict(self) -> dict[str, Any]:
        """The query by name; a repeated name holds a list."""
        names = dict.fromkeys(key for key, _ in self.query)
        grouped = {name: [value for key, value in self.query if key == name] for name in names}
        return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, numbers with a point as Decimal. Raises ApiError 400 for anything else."""
        try:
            body = json.loads(self.raw or b"{}", parse_float=Decimal)
        except ValueError:
            raise ApiError(400, "There was a problem in the JSON you submitted") from None
        if not isinstance(body, dict):
            raise ApiError(400, "The body must be a JSON object")
        return body

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Reply:
    """One answer. `body` None is an answer without content."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Route(Generic[Handler]):
    """One method of one path. `shapes` names the error body of those statuses whose shape isn't the usual one."""

    handler: Handler
    shapes: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Routes(Generic[Handler]):
    """Handlers by path template and method; a literal path wins over one with an {id}."""

    _paths: dict[str, dict[str, Route[Handler]]] = field(default_factory=dict)
    _patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        exception_404: bool = False,
        shapes: Mapping[int, str] | None = None,
    ) -> None:
        """Enter one handler. `shapes` is as in a route; `exception_404` is short for its commonest one."""
        if path not in self._paths:
            self._paths[path] = {}
            if "{" in path:
                pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
                self._patterns.append((re.compile(f"^{pattern}$"), path))
                self._patterns.sort(key=lambda row: row[1].count("{"))
        self._paths[path][method] = Route(handler, shapes or ({404: "exception"} if exception_404 else {}))

    def include(self, others: Iterable[Routes[Handler]]) -> None:
        """Enter the handlers of other tables."""
        for other in others:
            for path, methods in other._paths.items():
                for method, route in methods.items():
                    self.add(method, path, route.handler, shapes=route.shapes)

    def listed(self) -> list[tuple[str, str]]:
        """Every method and path template."""
        return [(method, path) for path, methods in self._paths.items() for method in methods]

    def match(self, method: str, path: str) -> tuple[Route[Handler], dict[str, str]]:
        """The route of a request and what its path says. Raises ApiError 404, or 405 with the Allow header."""
        methods, parts = self._paths.get(path), {}
        if methods is None:
            for pattern, template in self._patterns:
                found = pattern.match(path)
                if found:
                    methods, parts = self._paths[template], found.groupdict()
                    break
        if methods is None:
            raise ApiError(404, "Not Found")
        if method not in methods:
            raise ApiError(405, "Method Not Allowed", headers={"Allow": ", ".join(sorted(methods))})
        return methods[method], parts


async def received(scope: Scope, receive: Receive) -> Request:
    """Read a whole request."""
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Request(scope["method"], unquote(scope["path"]), query, headers, b"".join(chunks))


async def sent(send: Send, status: int, content: bytes, headers: dict[str, str]) -> None:
    """Send a whole answer."""
    pairs = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
    if content:
        pairs.append((b"content-type", b"application/json; charset=utf-8"))
    pairs.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
