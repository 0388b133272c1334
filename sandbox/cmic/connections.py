"""Cutting connections: uvicorn's HTTP protocol, remembering each connection's transport by the caller's address.

A cut closes the TCP connection without an answer, as a load balancer does after its time is up.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]

_transports: dict[Peer, asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be cut from the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.client is not None:
            _transports.pop(self.client, None)
        super().connection_lost(exc)


def cut(peer: Peer) -> None:
    """Close the connection from this address at once, sending nothing more."""
    transport = _transports.get(peer)
    if transport is not None:
        transport.abort()
