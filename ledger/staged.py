"""Staged records in the ledger: lists, what people did with them, and what they are proposed to be linked to."""

from __future__ import annotations

from typing import Any

import asyncpg

from domain.refusals import Refusal
from domain.staged import Staged

_STAGED = """
    select import as name, erp_key as key, label, status, body, hash, place, stream, linked_to, reasons, proposals,
           archived_at is not null as is_archived_by_hand from staged_records
"""


class StagedRecords:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def one(self, name: str, procore_company: int, erp_company: str, key: str) -> Staged | None:
        row = await self.pool.fetchrow(
            f"{_STAGED} where import = $1 and procore_company = $2 and erp_company = $3 and erp_key = $4",
            name,
            procore_company,
            erp_company,
            key,
        )
        return Staged(**row) if row else None

    async def shown(
        self, name: str, procore_company: int, erp_company: str, status: str | None = None, *, most: int = 1000
    ) -> list[Staged]:
        """Records of one import, in the order of their keys; masked and unreadable ones only by their status."""
        rows = await self.pool.fetch(
            f"""{_STAGED} where import = $1 and procore_company = $2 and erp_company = $3
                and ($4::text is null and status not in ('refused', 'gone') or status = $4) order by erp_key limit $5""",
            name,
            procore_company,
            erp_company,
            status,
            most,
        )
        return [Staged(**row) for row in rows]

    async def archive(self, record: Staged, *, archived: bool) -> None:
        await self.pool.execute(
            """update incoming set archived_at = case when $4 then now() end
               where place = $1 and stream = $2 and erp_key = $3""",
            record.place,
            record.stream,
            record.key,
            archived,
        )

    async def joined(self, record: Staged, procore_id: int) -> None:
        """It is Procore's record of this id from now on; what it was given is what it is."""
        await self.pool.execute(
            """update incoming set procore_id = $4, pushed_hash = hash, push_reasons = '[]'
               where place = $1 and stream = $2 and erp_key = $3""",
            record.place,
            record.stream,
            record.key,
            procore_id,
        )

    async def taken_ids(self, name: str, procore_company: int, erp_company: str) -> frozenset[int]:
        """Procore's records that are linked to one of this CMiC company already."""
        rows = await self.pool.fetch(
            """select linked_to from staged_records
               where import = $1 and procore_company = $2 and erp_company = $3 and linked_to is not null
               union select o.procore_id from links l join objects o on o.key = l.object join import_places p
                   on p.resource = l.resource and p.erp_company = l.erp_company where l.ended_at is null
                   and p.import = $1 and p.procore_company = $2 and p.erp_company = $3 and o.procore_company = $2""",
            name,
            procore_company,
            erp_company,
        )
        return frozenset(row["linked_to"] for row in rows)

    async def propose(self, place: int, proposals: dict[str, list[dict[str, Any]]]) -> None:
        """Replace what the records of a place are proposed to be linked to."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "update incoming set proposals = '[]' where place = $1 and proposals <> '[]'::jsonb", place
            )
            await connection.executemany(
                "update incoming set proposals = $3 where place = $1 and erp_key = $2",
                [(place, key, found) for key, found in proposals.items()],
            )

    async def answered(self, request_id: str) -> tuple[str, list[Refusal]] | None:
        """What became of a request, if it was answered before."""
        row = await self.pool.fetchrow(
            "select answer, refusals from incoming_actions where request_id = $1", request_id
        )
        return (row["answer"], [Refusal(**r) for r in row["refusals"]]) if row else None

    async def note(
        self, record: Staged, request_id: str, action: str, who: str, refusals: list[Refusal], details: dict[str, Any]
    ) -> None:
        """Remember who did what with it, and what was refused. The same request again is the same entry."""
        await self.pool.execute(
            """insert into incoming_actions (place, erp_key, request_id, action, who, answer, refusals, details)
               values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (request_id) do nothing""",
            record.place,
            record.key,
            request_id,
            action,
            who,
            "refused" if refusals else "done",
            [r.model_dump(mode="json") for r in refusals],
            details,
        )

    async def history(self, record: Staged) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            """select at, action, who, answer, refusals, details from incoming_actions
               where place = $1 and erp_key = $2 order by id""",
            record.place,
            record.key,
        )
        return [dict(row) for row in rows]
