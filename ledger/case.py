"""A case: one object inside one transaction, its row locked (design §3). The parts are in the modules beside this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from domain.commands import Head
from domain.identity import ObjectId
from ledger.approvals import Approvals
from ledger.exports import Exports
from ledger.history import History, head_of
from ledger.surroundings import Surroundings, ensure_row


class PgCase(History, Approvals, Surroundings, Exports):
    """All that can be read and changed of one object while its row is locked."""

    def __init__(self, connection: Any, head: Head) -> None:
        self.connection = connection
        self.head = head


@asynccontextmanager
async def open_case(pool: asyncpg.Pool, object_id: ObjectId) -> AsyncIterator[PgCase]:
    async with pool.acquire() as connection, connection.transaction():
        await ensure_row(connection, object_id)
        row = await connection.fetchrow("select * from objects where key = $1 for update", object_id.key)
        if row is None:
            raise LookupError(f"the row of {object_id.key} can't be locked")
        yield PgCase(connection, head_of(dict(row)))
