"""Rows that belong to objects of many projects: what they are joined with, what the records that they name were exported as,
and which of them Procore may have already (O-14, O-19)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import asyncpg

from domain.incoming_port import Exported, Place, Row

NOTED = 0
"""The Procore id of a row that was about to be written: Procore may have it, under an id that isn't known. Nobody above sees
it."""

_STIR = """
    with changed as (
        update incoming set pushed_hash = hash where place = $1 and stream = $3 and pushed_hash <> hash returning erp_key
    )
    update incoming i set pushed_hash = '' from changed c where i.place = $1 and i.stream = $2
        and i.body ->> $4 = c.erp_key and i.gone_at is null
"""
_EXPORTED = """
    select distinct on (l.erp_key) l.erp_key, l.object, l.ended_at is not null as ended,
        (s.document ->> 'commitment_id')::bigint as commitment, s.document ->> 'type' as type
    from links l join objects o on o.key = l.object
    left join lateral (select document from snapshots where object = l.object order by id desc limit 1) s on true
    where l.erp_company = $1 and l.resource = $2 and l.erp_key = any($3::text[]) and l.part = '' and o.procore_company = $4
    order by l.erp_key, l.ended_at desc nulls first, l.id desc
"""
_OURS = """
    select erp_key from links
    where erp_company = $1 and resource = $2 and erp_key = any($3::text[]) and ended_at is null
    union select erp_key from intents
    where erp_company = $1 and resource = $2 and erp_key = any($3::text[]) and released_at is null and phase <> 'reserved'
"""
_JUST_LINKED = """
    select distinct split_part(l.erp_key, '|', 2) as code from links l
    where l.erp_company = $2 and l.resource = 'vendor' and l.part = '' and l.ended_at is null and l.made_at >= (
        select coalesce(max(r.started_at) filter (where r.state = 'done'), min(r.started_at))
        from import_runs r where r.place = $1)
"""


class IncomingJoins:
    pool: asyncpg.Pool

    async def stir_linked(self, place: Place, stream: str, name: str) -> None:
        """Rows of vendors that were linked since the last run began are given again. `name`: where a row has the vendor's
        code."""
        linked = [row["code"] for row in await self.pool.fetch(_JUST_LINKED, place.id, place.erp_company)]
        if linked:
            await self.pool.execute(
                """update incoming set pushed_hash = '' where place = $1 and stream = $2 and gone_at is null
                   and pushed_hash <> '' and reasons = '[]'::jsonb and upper(body ->> $3) = any($4::text[])""",
                place.id,
                stream,
                name,
                linked,
            )

    async def stir(self, place: Place, stream: str, beside: Sequence[tuple[str, str]]) -> None:
        """What hangs on rows of other streams that changed since is given again."""
        for other, name in beside:
            await self.pool.execute(_STIR, place.id, stream, other, name)

    async def rows_by_key(self, place: Place, stream: str, keys: Collection[str]) -> dict[str, Row]:
        """These rows, as CMiC has them or had them last."""
        found = await self.pool.fetch(
            """select stream, erp_key as key, label, body, hash, nullif(procore_id, 0) as procore_id from incoming
               where place = $1 and stream = $2 and erp_key = any($3::text[])""",
            place.id,
            stream,
            list(keys),
        )
        return {row["key"]: Row(**row) for row in found}

    async def note(self, place: Place, stream: str, keys: Collection[str]) -> None:
        """These are about to be written to Procore: whatever comes between, they are taken out once they are gone."""
        await self.pool.execute(
            """update incoming set procore_id = $4
               where place = $1 and stream = $2 and erp_key = any($3::text[]) and procore_id is null""",
            place.id,
            stream,
            list(keys),
            NOTED,
        )

    async def exported(
        self, procore_company: int, erp_company: str, resource: str, keys: Collection[str]
    ) -> dict[str, Exported]:
        """The objects that these records were exported as; of several the one that is linked now, or was last."""
        found = await self.pool.fetch(_EXPORTED, erp_company, resource, list(keys), procore_company)
        return {
            row["erp_key"]: Exported(
                object=row["object"], ended=row["ended"], commitment=row["commitment"], type=row["type"] or ""
            )
            for row in found
        }

    async def written_by_us(self, erp_company: str, resource: str, keys: Collection[str]) -> frozenset[str]:
        """Which of these records this connector wrote to CMiC, or is writing."""
        rows = await self.pool.fetch(_OURS, erp_company, resource, list(keys))
        return frozenset(row["erp_key"] for row in rows)
