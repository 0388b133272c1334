"""Rows that came from CMiC: taken in page by page by COPY, given to Procore where they differ from what it was given, gone
where a sweep misses them. A row that is unchanged costs nothing but its look (design §6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from domain.incoming import Entry
from domain.incoming_port import Place, Row, Settled, Stretch
from domain.texts import storable
from ledger.incoming_joins import IncomingJoins
from ledger.incoming_previews import IncomingPreviews
from ledger.incoming_runs import IncomingRuns
from ledger.incoming_totals import IncomingTotals

UNREADABLE = [{"code": "cmic_row_unreadable"}]
"""A row that can't be read keeps what was read of it before, in the ledger and in Procore."""
_PAGE = """
    create temporary table if not exists arriving (
        erp_key text, label text, body text, hash text, reasons text, inactive boolean, changed_at text
    ) on commit delete rows
"""
_MERGE = """
    with page as (select distinct on (erp_key) * from arriving order by erp_key),
    merged as (
        insert into incoming (place, stream, erp_key, label, body, hash, reasons, inactive, changed_at)
        select $1, $2, erp_key, label, body::jsonb, hash, reasons::jsonb, inactive, changed_at from page
        on conflict (place, stream, erp_key) do update
            set label = excluded.label, reasons = excluded.reasons, inactive = excluded.inactive,
                body = case when excluded.reasons @> $5 then incoming.body else excluded.body end,
                hash = case when excluded.reasons @> $5 then incoming.hash else excluded.hash end,
                changed_at = excluded.changed_at, gone_at = null,
                pushed_hash = case when incoming.gone_at is null then incoming.pushed_hash else '' end
            where (incoming.hash, incoming.label, incoming.reasons, incoming.inactive, incoming.body, incoming.gone_at)
                is distinct from (excluded.hash, excluded.label, excluded.reasons, excluded.inactive, excluded.body, null)
        returning xmax = 0 as is_new
    )
    update import_runs set read_rows = read_rows + $4, new_rows = new_rows + (select count(*) from merged where is_new),
        changed_rows = changed_rows + (select count(*) from merged where not is_new) where id = $3
"""
_MISSED = "not exists (select 1 from import_arrived a where a.run = $1 and a.stream = $3 and a.erp_key = i.erp_key)"
_PENDING = """
    select i.stream, i.erp_key as key, i.label, i.body, i.hash, nullif(i.procore_id, 0) as procore_id from incoming i
    where i.place = $1 and i.stream = $2 and i.pushed_hash <> i.hash and i.reasons = '[]'::jsonb and i.gone_at is null
    order by i.erp_key limit $3
"""
_PENDING_LINKED = """
    select i.stream, i.erp_key as key, i.label, i.body, i.hash, i.linked_to as procore_id from staged_records i
    where i.place = $1 and i.stream = $2 and i.pushed_hash <> i.hash and i.reasons = '[]'::jsonb and i.status = 'linked'
    order by i.erp_key limit $3
"""
_GONE = """
    select stream, erp_key as key, label, body, hash, nullif(procore_id, 0) as procore_id from incoming
    where place = $1 and stream = $2 and procore_id is not null and push_reasons = '[]'::jsonb
        and (gone_at is not null or reasons <> '[]'::jsonb and not reasons @> $4)
    order by erp_key limit $3
"""
_SETTLE = """
    with answers as (
        select * from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
            as a (erp_key, hash, procore_id, reasons, outcome)
    ), settled as (
        update incoming i set pushed_hash = a.hash, push_reasons = a.reasons::jsonb,
            procore_id = case when a.outcome = 'given' then coalesce(a.procore_id, i.procore_id)
                              when a.outcome = 'taken out' and a.reasons = '[]' then null else i.procore_id end
        from answers a where i.place = $1 and i.stream = $2 and i.erp_key = a.erp_key returning a.reasons, a.outcome
    )
    update import_runs set
        written_rows = written_rows + (select count(*) from settled where reasons = '[]' and outcome = 'given'),
        removed_rows = removed_rows + (select count(*) from settled where reasons = '[]' and outcome = 'taken out')
    where id = $8
"""
_REMOVED = """
    with answers as (
        select * from unnest($3::text[], $4::text[]) as a (erp_key, reasons)
    ), settled as (
        update incoming i set push_reasons = a.reasons::jsonb,
            procore_id = case when a.reasons = '[]' then null else i.procore_id end,
            pushed_hash = case when a.reasons = '[]' then '' else i.pushed_hash end
        from answers a where i.place = $1 and i.stream = $2 and i.erp_key = a.erp_key returning a.reasons
    )
    update import_runs set removed_rows = removed_rows + (select count(*) from settled where reasons = '[]') where id = $5
"""


class PgIncoming(IncomingRuns, IncomingJoins, IncomingPreviews, IncomingTotals):
    """`domain.incoming_port.Runs` on PostgreSQL."""

    async def arrive(
        self, run: int, place: Place, stream: str, entries: list[Entry], to: Stretch, *, note: bool
    ) -> None:
        """Take a page in and move the cursor, in one transaction; with `note` its keys are noted for the sweep."""
        rows = [
            (
                storable(e.key),
                storable(e.label),
                _json(e.body),
                e.hash,
                _json([r.model_dump() for r in e.refusals]),
                e.inactive,
                e.changed_at,
            )
            for e in entries
        ]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(_PAGE)
            await connection.copy_records_to_table("arriving", records=rows)
            await connection.execute(_MERGE, place.id, stream, run, len(entries), UNREADABLE)
            if note:
                await connection.execute(
                    """insert into import_arrived (run, stream, erp_key) select distinct $1::bigint, $2, erp_key from arriving
                       on conflict do nothing""",
                    run,
                    stream,
                )
            await connection.execute(
                """update import_streams set cursor = $3, newest = greatest(newest, $4), ended = $5
                   where run = $1 and stream = $2""",
                run,
                stream,
                to.cursor,
                to.newest,
                to.ended,
            )

    async def missed(self, run: int, place: Place, stream: str) -> tuple[int, int]:
        """After everything was read: how many rows didn't come any more, and of how many."""
        # Both have just been filled: without figures of their own the two would be joined row by row.
        await self.pool.execute("analyze import_arrived")
        await self.pool.execute("analyze incoming")
        row = await self.pool.fetchrow(
            f"""select count(*) filter (where {_MISSED}) as missed, count(*) as known from incoming i
                where i.place = $2 and i.stream = $3 and i.gone_at is null""",  # noqa: S608
            run,
            place.id,
            stream,
        )
        return (row["missed"], row["known"]) if row else (0, 0)

    async def sweep(self, run: int, place: Place, stream: str) -> int:
        """What didn't come any more is gone. Returns how many."""
        count: int = await self.pool.fetchval(
            f"""with gone as (update incoming i set gone_at = now() where i.place = $2 and i.stream = $3 and i.gone_at is null
                    and {_MISSED} returning 1) select count(*) from gone""",  # noqa: S608
            run,
            place.id,
            stream,
        )
        return count

    async def again(self, place: Place, *, quiet: Sequence[str] = ()) -> None:
        """What was set aside while it was given to Procore is tried again; and what didn't concern it, of these streams."""
        await self.pool.execute(
            """update incoming set pushed_hash = case when gone_at is null then '' else pushed_hash end, push_reasons = '[]'
               where place = $1 and push_reasons <> '[]'::jsonb""",
            place.id,
        )
        await self.pool.execute(
            """update incoming set pushed_hash = '' where place = $1 and stream = any($2::text[])
               and coalesce(procore_id, 0) = 0 and pushed_hash <> '' and gone_at is null and reasons = '[]'::jsonb""",
            place.id,
            list(quiet),
        )

    async def pending(self, place: Place, stream: str, most: int, *, linked_only: bool) -> list[Row]:
        """What differs from what Procore was given last; of staged records only linked ones."""
        found = await self.pool.fetch(_PENDING_LINKED if linked_only else _PENDING, place.id, stream, most)
        return [Row(**row) for row in found]

    async def gone(self, place: Place, stream: str, most: int) -> list[Row]:
        """What is gone in CMiC, or may not come in any more, and is still in Procore."""
        return [Row(**row) for row in await self.pool.fetch(_GONE, place.id, stream, most, UNREADABLE)]

    async def settle(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None:
        columns = [
            [s.key for s in settled],
            [s.hash for s in settled],
            [s.procore_id for s in settled],
            _reasons(settled),
            [s.outcome.value for s in settled],
        ]
        await self.pool.execute(_SETTLE, place.id, stream, *columns, run)

    async def removed(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None:
        await self.pool.execute(_REMOVED, place.id, stream, [s.key for s in settled], _reasons(settled), run)


def _reasons(settled: list[Settled]) -> list[str]:
    return [_json([r.model_dump() for r in s.refusals]) for s in settled]


def _json(body: Any) -> str:
    return json.dumps(storable(body), ensure_ascii=False, default=str)
