"""The schema: made once, left alone after that, and as strict as the ledger relies on."""

from __future__ import annotations

import asyncpg

from domain.states import State
from ledger.migrate import migrate
from ledger.pool import open_pool
from ledger.store import PgLedger
from tests.builders import COMMITMENT
from tests.ledger.acts import move

SCHEMA = """select table_name, column_name, data_type from information_schema.columns
            where table_schema = 'public' order by 1, ordinal_position"""


async def schema(dsn: str) -> list[tuple[str, str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [(row[0], row[1], row[2]) for row in await connection.fetch(SCHEMA)]
    finally:
        await connection.close()


async def test_an_empty_database_gets_the_ledgers_tables(empty: str) -> None:
    assert await schema(empty) == []
    await migrate(empty)
    tables = {table for table, _, _ in await schema(empty)}
    assert tables >= {"objects", "transitions", "snapshots", "approvals", "intents", "links", "dependencies", "seen"}
    assert tables >= {"cursors", "settings", "notes", "people", "inbox", "schema_version"}


async def test_migrating_twice_is_migrating_once(dsn: str) -> None:
    pool = await open_pool(dsn)
    ledger = PgLedger(pool)
    head = await move(ledger, COMMITMENT, State.WAITING)
    before = await schema(dsn)
    await migrate(dsn)
    await migrate(dsn)
    assert await schema(dsn) == before
    assert await ledger.head(COMMITMENT.key) == head
    assert await pool.fetchval("select count(*) from schema_version") == 1
    await pool.close()


async def test_moments_are_in_utc_wherever_the_server_stands(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    database = await connection.fetchval("select current_database()")
    await connection.execute(f"alter database {database} set timezone = 'America/Los_Angeles'")
    await connection.close()
    pool = await open_pool(dsn)
    moment = await pool.fetchval("select now()")
    assert (await pool.fetchval("show timezone"), moment.utcoffset().total_seconds()) == ("UTC", 0)
    await pool.close()


async def test_keys_keep_the_order_of_their_parts_and_documents_neednt(dsn: str) -> None:
    """`json`, not `jsonb`, where a natural key is stored."""
    types = {(table, column): kind for table, column, kind in await schema(dsn)}
    assert {types["links", "key_parts"], types["intents", "body"], types["intents", "written"]} == {"json"}
    assert types["snapshots", "document"] == "jsonb"
