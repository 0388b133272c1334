"""The web server: one that says when it listens and can cut a single client's connection."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

_CONNECTIONS: dict[Any, asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 that knows its connections by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        _CONNECTIONS[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _CONNECTIONS.pop(self.client, None)
        super().connection_lost(exc)


def cut(client: Any) -> None:
    """Close a client's TCP connection at once, without an answer."""
    transport = _CONNECTIONS.get(client and tuple(client))
    if transport is not None:
        transport.abort()


class AnnouncingServer(uvicorn.Server):
    """Prints one JSON line once it listens, for whoever started the process."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where."""
        await super().startup(sockets=sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            print(json.dumps({"name": "procore", "url": f"http://{host}:{port}"}), flush=True)


def served(app: Any, host: str, port: int) -> None:
    """Serve until a signal says to stop. Raises OSError when the port is taken."""
    # Only with the protocol named does asyncio switch off Nagle's algorithm, which would cost 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    try:
        AnnouncingServer(config).run(sockets=[listener])
    finally:
        listener.close()
