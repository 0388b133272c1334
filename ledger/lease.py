"""The lease on a CMiC address: one process holds it, the others stand by (design §8).

It is a PostgreSQL advisory lock on a connection of its own: when the process dies, the lock goes with the connection.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


class StoodDown(Exception):
    """Nobody waits for the lease any more."""


class Lease:
    """Held from `acquired` until the process leaves the block, or the connection is lost (`lost` is set then)."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.lost = asyncio.Event()
        connection.add_termination_listener(lambda _: self.lost.set())

    async def watch(self, every: float = 5.0) -> None:
        """Ask the connection now and then whether it still lives; returns when the lease is lost."""
        while not self.lost.is_set():
            try:
                await self._connection.fetchval("select 1", timeout=every)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                self.lost.set()
                return
            try:
                await asyncio.wait_for(self.lost.wait(), every)
            except TimeoutError:
                continue


@asynccontextmanager
async def lease(dsn: str, name: str, *, every: float = 0.5, stop: asyncio.Event | None = None) -> AsyncIterator[Lease]:
    """Wait until the lease called `name` is ours, then hold it for the length of the block. Raises StoodDown if `stop` is set
    while it is waited for."""
    connection = await asyncpg.connect(dsn)
    try:
        while not await connection.fetchval("select pg_try_advisory_lock($1)", _number(name)):
            if stop is not None and stop.is_set():
                raise StoodDown
            await asyncio.sleep(every)
        yield Lease(connection)
    finally:
        await connection.close()
