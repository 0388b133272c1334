"""The connection pool, with JSON columns read and written as Python values."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

Connection = asyncpg.pool.PoolConnectionProxy | asyncpg.Connection


def as_json(body: Any) -> str:
    return json.dumps(body, default=str, ensure_ascii=False)


async def _prepare(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=as_json, decoder=json.loads, schema="pg_catalog")


async def open_pool(dsn: str, *, most: int = 20) -> asyncpg.Pool:
    """A pool of at most `most` connections. Statements end after 30 s, so that no lock is held for ever."""
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=most, init=_prepare, command_timeout=30, server_settings={"timezone": "UTC"}
    )
