"""Imports as people look at them: when each ran last, what it brought, what is set aside (design §6)."""

from __future__ import annotations

from typing import Any

import asyncpg

_LAST = """
    select p.id as place, p.import as name, p.erp_company, p.scope, r.id as run, r.state, r.words, r.is_full, r.who,
        r.refusals, r.preview, r.started_at, r.ended_at, r.read_rows, r.new_rows, r.changed_rows, r.written_rows,
        r.removed_rows, r.refused_rows,
        (select max(d.ended_at) from import_runs d where d.place = p.id and d.state = 'done') as fresh_at
    from import_places p
    left join lateral (select * from import_runs r where r.place = p.id order by r.id desc limit 1) r on true
    where p.procore_company = $1
"""


class IncomingReading:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def places(self, procore_company: int) -> list[dict[str, Any]]:
        """Every place that an import ever ran for, with its last run."""
        rows = await self.pool.fetch(f"{_LAST} order by p.import, p.erp_company, p.scope", procore_company)
        return [dict(row) for row in rows]

    async def run(self, number: int) -> dict[str, Any] | None:
        row = await self.pool.fetchrow("select * from import_runs where id = $1", number)
        return dict(row) if row else None

    async def running(self, place: int) -> dict[str, Any] | None:
        """The counts of the run that is under way for a place."""
        row = await self.pool.fetchrow("select * from import_runs where place = $1 and state = 'running'", place)
        return dict(row) if row else None

    async def aside(self, procore_company: int, name: str, project: str = "", most: int = 200) -> list[dict[str, Any]]:
        """Rows of an import that are set aside, with their reasons; also what is gone in CMiC and Procore won't let go."""
        rows = await self.pool.fetch(
            """select p.erp_company, p.scope, i.erp_key as key, i.label, i.body,
                   case when i.gone_at is null then i.reasons else '[]' end || i.push_reasons as reasons
               from incoming i join import_places p on p.id = i.place
               where p.procore_company = $1 and p.import = $2 and ($3 = '' or p.scope = $3)
                   and (i.gone_at is null and i.reasons <> '[]'::jsonb
                        or i.push_reasons <> '[]'::jsonb and (i.gone_at is null or i.procore_id is not null))
               order by p.erp_company, p.scope, i.erp_key limit $4""",
            procore_company,
            name,
            project,
            most,
        )
        return [dict(row) for row in rows]
