"""A real PostgreSQL for the folder, and a database of its own for every test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from ledger.migrate import migrate
from ledger.pool import open_pool
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.support import own_folder
from workers.stack import postgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The server's address; we are its superuser."""
    with own_folder() as folder, postgres(folder) as address:
        yield address


@asynccontextmanager
async def database(server: str, template: str = "template1") -> AsyncIterator[str]:
    """The address of a database of its own, gone afterwards."""
    name = f"ledger_{next(_numbers)}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"create database {name} template {template}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture
async def empty(server: str) -> AsyncIterator[str]:
    """A database without a schema."""
    async with database(server) as address:
        yield address


@pytest.fixture(scope="session")
async def migrated(server: str) -> AsyncIterator[str]:
    """The name of a database that was migrated once, and is copied from then on. None of them has to outlive the machine."""
    connection = await asyncpg.connect(server)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"alter system set {name} = off")
    await connection.execute("select pg_reload_conf()")
    await connection.close()
    async with database(server) as address:
        await migrate(address)
        yield urlsplit(address).path[1:]


@pytest.fixture
async def dsn(server: str, migrated: str) -> AsyncIterator[str]:
    """A migrated database."""
    async with database(server, migrated) as address:
        yield address


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(dsn)
    yield opened
    await opened.close()


@pytest.fixture
def ledger(pool: asyncpg.Pool) -> PgLedger:
    return PgLedger(pool)


@pytest.fixture
def reading(pool: asyncpg.Pool) -> Reading:
    return Reading(pool)
