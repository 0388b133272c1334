"""Imports that a person confirms: what CMiC has, what was shown, what was confirmed (I-09, R-16, R-17)."""

from __future__ import annotations

from typing import Any

import asyncpg

from domain.incoming_port import Place, Row


class IncomingPreviews:
    pool: asyncpg.Pool

    async def rows(self, place: Place, stream: str) -> list[Row]:
        """All that CMiC has of a stream, but what is set aside."""
        found = await self.pool.fetch(
            """select stream, erp_key as key, label, body, hash, procore_id from incoming
               where place = $1 and stream = $2 and gone_at is null and reasons = '[]'::jsonb order by erp_key""",
            place.id,
            stream,
        )
        return [Row(**row) for row in found]

    async def keep_preview(self, run: int, shown: dict[str, Any]) -> None:
        await self.pool.execute("update import_runs set preview = $2 where id = $1 and not confirmed", run, shown)

    async def confirm(self, run: int) -> None:
        """A person's confirmation of the run's preview: what comes after a fault goes on with it."""
        await self.pool.execute("update import_runs set confirmed = true where id = $1", run)

    async def is_confirmed(self, run: int) -> bool:
        return bool(await self.pool.fetchval("select confirmed from import_runs where id = $1", run))

    async def count_written(self, run: int, rows: int) -> None:
        await self.pool.execute("update import_runs set written_rows = written_rows + $2 where id = $1", run, rows)

    async def was_exported(self, project: str, kind: str) -> bool:
        """Whether an object of this kind of the project was ever written to CMiC, void or deleted since or not."""
        return bool(
            await self.pool.fetchval(
                """select exists (select 1 from objects o join objects p on p.key = $1
                   where o.kind = $2 and o.procore_company = p.procore_company and o.project = p.procore_id
                       and exists (select 1 from intents i where i.object = o.key and i.phase = 'written'))""",
                project,
                kind,
            )
        )

    async def elsewhere(self, place: Place) -> list[str]:
        """Other projects into which this import has brought records of the same job."""
        rows = await self.pool.fetch(
            """select distinct o.scope from import_places o join incoming i on i.place = o.id
               where o.import = $1 and o.procore_company = $2 and o.erp_company = $3 and o.scope <> $4
                   and i.procore_id is not null and i.gone_at is null and split_part(i.erp_key, '|', 2) = $5""",
            place.name,
            place.procore_company,
            place.erp_company,
            place.scope,
            place.job,
        )
        return [row["scope"] for row in rows]
