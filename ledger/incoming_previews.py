"""Imports that a person confirms: what CMiC has, what was shown, what was confirmed (I-09, R-16, R-17)."""

from __future__ import annotations

from typing import Any

import asyncpg

from domain.incoming_port import Place, Row
from domain.refusals import Refusal

MOST_ASIDE = 100


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

    async def confirmed(self, run: int) -> str:
        """The hash of the preview that was confirmed for the run; empty while none was."""
        return str(
            await self.pool.fetchval("select preview ->> 'hash' from import_runs where id = $1 and confirmed", run)
            or ""
        )

    async def count_written(self, run: int, rows: int, removed: int = 0) -> None:
        await self.pool.execute(
            """update import_runs set written_rows = written_rows + $2, removed_rows = removed_rows + $3 where id = $1""",
            run,
            rows,
            removed,
        )

    async def aside(self, place: Place) -> list[Refusal]:
        """Why rows that came in are set aside: of some of them, if there are very many."""
        found = await self.pool.fetch(
            """select reasons from incoming where place = $1 and gone_at is null and reasons <> '[]'::jsonb
               order by stream, erp_key limit $2""",
            place.id,
            MOST_ASIDE,
        )
        return [Refusal.model_validate(reason) for row in found for reason in row["reasons"]]

    async def was_exported(self, project: str, kind: str) -> bool:
        """Whether an object of this kind of the project was ever written to CMiC, or tried to be: void or deleted since or
        not."""
        return bool(
            await self.pool.fetchval(
                """select exists (select 1 from objects o join objects p on p.key = $1
                   where o.kind = $2 and o.procore_company = p.procore_company and o.project = p.procore_id
                       and exists (select 1 from intents i where i.object = o.key and i.phase <> 'reserved'))""",
                project,
                kind,
            )
        )

    async def elsewhere(self, place: Place) -> list[str]:
        """Other projects for which this import was confirmed when they were linked to the same job. Rows that are gone count,
        because such a project may have been linked to another job since."""
        rows = await self.pool.fetch(
            """select o.scope from import_places o
               where o.import = $1 and o.procore_company = $2 and o.erp_company = $3 and o.scope <> $4
                   and exists (select 1 from import_runs r where r.place = o.id and r.confirmed)
                   and exists (select 1 from incoming i where i.place = o.id and split_part(i.erp_key, '|', 2) = upper($5))
               order by o.scope""",
            place.name,
            place.procore_company,
            place.erp_company,
            place.scope,
            place.job,
        )
        return [row["scope"] for row in rows]
