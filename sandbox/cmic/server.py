"""The process: listens on loopback, announces its address, and ends cleanly on SIGTERM and SIGINT."""

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from sandbox.cmic import accountant
from sandbox.cmic.app import Application
from sandbox.cmic.books import Books
from sandbox.cmic.connections import CuttableProtocol
from sandbox.cmic.durable import Durable
from sandbox.cmic.faults import Faults
from sandbox.cmic.identity import IdentityProvider
from sandbox.cmic.options import Options
from sandbox.cmic.security import Security
from sandbox.cmic.seed import named
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.traffic import Traffic

KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep an idle connection, so that the server is not the one who closes it under a request."""


class _Server(uvicorn.Server):
    """Uvicorn that says where it listens, and leaves signals to us so that the exit code is 0."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then announce it in one line of JSON."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        print(json.dumps({"name": "cmic", "url": self._url}), flush=True)

    def _stop(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise the signal again after its shutdown; we don't."""
        yield


def build(options: Options, durable: Durable | None) -> Application:
    """The application with its books, seeded if they are empty."""
    books = Books(durable)
    tenant = Tenant(options.environment, books, options.settings, Security())
    if options.seed and books.empty:
        with books.transaction():
            accountant.seed(tenant, named(options.seed))
    identity = IdentityProvider(options.clients, options.credentials)
    return Application(tenant, options.credentials, identity, Traffic(options.traffic), Faults())


def _listener(host: str, port: int) -> socket.socket:
    """A bound socket. It names its protocol, because asyncio switches Nagle's delay off only where that is named."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def serve(options: Options) -> None:
    """Run until a signal ends it."""
    durable = Durable(options.state) if options.state else None
    application = build(options, durable)
    with _listener(options.host, options.port) as listener:
        url = f"http://{_bracketed(options.host)}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            application,
            http=CuttableProtocol,
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            # A caller must not choose the address that its limits are counted by.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        asyncio.run(_Server(config, url).serve([listener]))
    if durable:
        durable.close()
