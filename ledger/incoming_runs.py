"""Runs of imports: where they stand, what they reached, what became of their rows (design §6)."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from domain.company_settings import Settings
from domain.identity import parse_key
from domain.incoming import Counts
from domain.incoming_port import Place, Stretch
from domain.refusals import Refusal
from domain.texts import storable

_COUNTS = "read_rows, new_rows, changed_rows, written_rows, removed_rows, refused_rows"
_PLACE = """
    with before as (
        select id from import_places
        where import = $1 and procore_company = $2 and erp_company = $3 and scope = $4 and job <> $6
    ), forgotten as (
        delete from import_marks where place in (select id from before) and $6 <> ''
    ), ended as (
        update import_runs set state = 'left', ended_at = now()
        where place in (select id from before) and $6 <> '' and state = 'running'
    )
    insert into import_places (import, procore_company, erp_company, scope, resource, job) values ($1, $2, $3, $4, $5, $6)
    on conflict (import, procore_company, erp_company, scope) do update
        set resource = excluded.resource, job = coalesce(nullif(excluded.job, ''), import_places.job)
    returning id
"""
_STILL_LINKED = """
    select 1 from objects o where o.key = $1 and o.job = $2 and exists
        (select 1 from links l where l.object = o.key and l.ended_at is null) for update of o
"""
_CURRENT = "select body from settings where procore_company = $1 order by version desc limit 1"


class IncomingRuns:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def settings_of(self, procore_company: int) -> Settings:
        body = await self.pool.fetchval(_CURRENT, procore_company)
        return Settings.model_validate(body) if body else Settings()

    async def place(self, wanted: Place) -> Place:
        """The place with its id, and its project's job and CMiC company as they are linked now. A project that isn't linked
        has no job; one that was linked to another job is read whole again."""
        found = wanted
        if wanted.scope:
            row = await self.pool.fetchrow(
                """select o.erp_company, o.job from objects o where o.key = $1 and o.job <> '' and exists
                       (select 1 from links l where l.object = o.key and l.ended_at is null)""",
                wanted.scope,
            )
            found = wanted.model_copy(update=dict(row) if row else {"job": ""})
        number = await self.pool.fetchval(
            _PLACE, found.name, found.procore_company, found.erp_company, found.scope, found.resource, found.job
        )
        return found.model_copy(update={"id": number})

    async def begin(
        self,
        place: Place,
        streams: list[str],
        who: str,
        *,
        asks: Collection[str],
        full: bool,
        sweep_hours: int,
        anew: bool = False,
    ) -> tuple[int, bool]:
        """The run that goes on or begins, and whether it reads everything: also after a change of the settings, by which rows
        are mapped. One that was left unfinished goes on where it stopped, unless everything is asked for and it asks for
        changes only, or it has to be `anew`: what a person confirms is read today."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("select 1 from import_places where id = $1 for update", place.id)
            left = await connection.fetchrow(
                "select id, is_full from import_runs where place = $1 and state = 'running'", place.id
            )
            if left is not None and not anew and (left["is_full"] or not full):
                return left["id"], left["is_full"]
            if left is not None:
                await connection.execute(
                    "update import_runs set state = 'left', ended_at = now() where id = $1", left["id"]
                )
            marks = await connection.fetch(
                """select stream, newest, full_at > now() - make_interval(hours => $2) and full_at > coalesce(
                       (select max(at) from settings where procore_company = $3), '-infinity') as fresh
                   from import_marks where place = $1""",
                place.id,
                sweep_hours,
                place.procore_company,
            )
            since = {m["stream"]: m["newest"] for m in marks if m["fresh"]}
            everything = full or not asks or any(name not in since for name in asks)
            run = await connection.fetchval(
                "insert into import_runs (place, is_full, who, job) values ($1, $2, $3, $4) returning id",
                place.id,
                everything,
                who,
                place.job,
            )
            await connection.executemany(
                "insert into import_streams (run, stream, since) values ($1, $2, $3)",
                [(run, name, "" if everything else since.get(name, "")) for name in streams],
            )
        return run, everything

    async def stretch(self, run: int, stream: str) -> Stretch:
        row = await self.pool.fetchrow(
            "select since, cursor, newest, ended from import_streams where run = $1 and stream = $2", run, stream
        )
        return Stretch(**row) if row else Stretch(ended=True)

    async def finish(self, run: int, place: Place, state: str, words: str, refusals: list[Refusal]) -> Counts:
        """End a run. One that is done leaves marks: what it reached, from which the next one asks for changes."""
        async with self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                f"""update import_runs set state = $2, words = $3, refusals = $4, ended_at = now(),
                        refused_rows = (select count(*) from incoming where place = $5 and
                            (gone_at is null and reasons <> '[]'::jsonb
                             or push_reasons <> '[]'::jsonb and (gone_at is null or procore_id is not null)))
                    where id = $1 and state = 'running' returning is_full, {_COUNTS}""",  # noqa: S608
                run,
                state,
                storable(words[:2000]),
                [r.model_dump(mode="json") for r in refusals],
                place.id,
            )
            if row is not None and state == "done":
                await connection.execute(
                    """insert into import_marks (place, stream, newest, full_at)
                       select $2, s.stream, s.newest, case when $3 then r.started_at end
                       from import_streams s join import_runs r on r.id = s.run where s.run = $1
                       on conflict (place, stream) do update set newest = greatest(import_marks.newest, excluded.newest),
                           full_at = coalesce(excluded.full_at, import_marks.full_at)""",
                    run,
                    place.id,
                    row["is_full"],
                )
            await connection.execute("delete from import_arrived where run = $1", run)
        return await self.counts(run)

    async def counts(self, run: int) -> Counts:
        row = await self.pool.fetchrow(f"select {_COUNTS} from import_runs where id = $1", run)  # noqa: S608
        return Counts(**{name.removesuffix("_rows"): value for name, value in row.items()}) if row else Counts()

    async def adopt_codes(self, place: Place, stream: str) -> None:
        """Pairs of cost code and category that came in are linked to the project, those that are gone aren't any more."""
        async with self.pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_STILL_LINKED, place.scope, place.job):
                return
            await connection.execute(
                """insert into links (object, part, erp_company, resource, erp_key, erp_uuid)
                   select $3, split_part(erp_key, '|', 3) || '/' || split_part(erp_key, '|', 4), $4, 'job_code', erp_key, ''
                   from incoming where place = $1 and stream = $2 and gone_at is null and pushed_hash = hash
                       and reasons = '[]'::jsonb and push_reasons = '[]'::jsonb
                   on conflict do nothing""",
                place.id,
                stream,
                place.scope,
                place.erp_company,
            )
            await connection.execute(
                """update links set ended_at = now() where object = $3 and resource = 'job_code' and ended_at is null
                   and erp_key in (select erp_key from incoming where place = $1 and stream = $2
                                   and (gone_at is not null or reasons <> '[]'::jsonb or push_reasons <> '[]'::jsonb))""",
                place.id,
                stream,
                place.scope,
            )

    async def vendors(self, procore_company: int, erp_company: str) -> dict[str, int]:
        """The companies of Procore's directory that are linked, by their vendor's code."""
        rows = await self.pool.fetch(
            """select l.erp_key, l.object from links l join objects o on o.key = l.object where l.ended_at is null
               and l.resource = 'vendor' and l.part = '' and l.erp_company = $2 and o.procore_company = $1""",
            procore_company,
            erp_company,
        )
        return {row["erp_key"].split("|")[-1]: parse_key(row["object"]).id for row in rows}

    async def masked(self, procore_company: int, erp_company: str) -> frozenset[str]:
        """Codes of the vendors whose class is masked: CMiC was seen to have them, and they are never offered (R-07)."""
        rows = await self.pool.fetch(
            """select i.erp_key from incoming i join import_places p on p.id = i.place
               where p.import = 'vendors' and p.procore_company = $1 and p.erp_company = $2
                   and i.reasons @> '[{"code": "masked"}]' and i.gone_at is null""",
            procore_company,
            erp_company,
        )
        return frozenset(row["erp_key"].split("|")[-1] for row in rows)

    async def projects(self, procore_company: int, erp_company: str) -> dict[str, int]:
        """The projects that are linked to a job, by its code."""
        rows = await self.pool.fetch(
            """select l.erp_key, o.procore_id from links l join objects o on o.key = l.object where l.ended_at is null
               and l.resource = 'job' and l.erp_company = $2 and o.procore_company = $1""",
            procore_company,
            erp_company,
        )
        return {row["erp_key"].split("|")[-1]: row["procore_id"] for row in rows}
