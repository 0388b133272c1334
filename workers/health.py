"""GET /health of a worker: 200 when the ledger and Temporal answer, 503 with the reason otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
from temporalio.service import RPCError

from workers.plant import Office


async def health(office: Office) -> dict[str, str]:
    """What doesn't answer, by name; empty when all is well."""
    trouble = {}
    try:
        await office.ledger.pool.fetchval("select 1", timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        trouble["ledger"] = type(error).__name__
    try:
        await office.client.service_client.check_health(timeout=timedelta(seconds=3))
    except RPCError as error:
        trouble["temporal"] = error.status.name
    return trouble


@asynccontextmanager
async def serve_health(office: Office) -> AsyncIterator[None]:
    """Listen on the configured port, on all addresses: the container's own health check asks it. Port 0: don't."""
    if not office.config.health_port:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readline(), 5)
            trouble = await health(office)
            body = json.dumps({"status": "ok" if not trouble else "unwell", **trouble}).encode()
            status = b"200 OK" if not trouble else b"503 Service Unavailable"
            head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            writer.write(head % (status, len(body)) + body)
            await writer.drain()
        except (TimeoutError, OSError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host=None, port=office.config.health_port)
    async with server:
        yield
