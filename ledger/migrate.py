"""Bring a database to the newest schema: `procore-cmic migrate`, and the schema job of the compose file."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

_HERE = Path(__file__).parent / "migrations"


async def migrate(dsn: str) -> None:
    """Apply what is missing; nothing if the schema is current. `dsn` is any address that asyncpg understands."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
