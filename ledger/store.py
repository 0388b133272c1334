"""The ledger on PostgreSQL: what isn't bound to one object's case, and the door to cases."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from domain.commands import Head
from domain.company_settings import Settings
from domain.identity import ObjectId
from domain.ledger_port import Case, Overtaken
from domain.people import person_id
from domain.permissions import Person
from domain.prerequisites import met
from domain.records import Found, Group, Key, Written
from domain.states import Condition, Posting
from domain.texts import storable
from ledger.case import open_case
from ledger.exports import summary
from ledger.history import head_of
from ledger.setting_versions import SettingVersions
from ledger.surroundings import PARENT_FACTS, parent_fact


class PgLedger:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    def case(self, object_id: ObjectId) -> AbstractAsyncContextManager[Case]:
        return open_case(self.pool, object_id)

    async def head(self, key: str) -> Head | None:
        row = await self.pool.fetchrow("select * from objects where key = $1", key)
        return head_of(dict(row)) if row else None

    async def active(self, after: str, most: int) -> list[Head]:
        """Objects that should have a running workflow, in the order of their keys."""
        rows = await self.pool.fetch(
            "select * from objects where state <> 'not_sent' and key > $1 order by key limit $2", after, most
        )
        return [head_of(dict(r)) for r in rows]

    async def releasable(self, patience: timedelta) -> list[str]:
        """Held objects whose conditions hold already: a wake that was lost must not hold them for ever. What CMiC itself wants
        first isn't known here, so such an item is tried again once its patience is over."""
        rows = await self.pool.fetch(
            """select d.* from dependencies d join objects o on o.key = d.child where o.state = 'held'
                   and not (o.waits_for ? 'cmic_wants_first' and o.since > now() - $1::interval)""",
            patience,
        )
        facts = {
            row["key"]: parent_fact(row)
            for row in await self.pool.fetch(PARENT_FACTS, sorted({r["parent"] for r in rows}))
        }
        open_ones = {r["child"] for r in rows if not met(Condition(r["condition"]), facts.get(r["parent"]))}
        return sorted({r["child"] for r in rows} - open_ones)

    async def unshown(self, kinds: list[str]) -> list[str]:
        """Posted objects of these kinds that CMiC didn't show as budgeted cost when it was last looked."""
        rows = await self.pool.fetch(
            """select key from objects where state = 'synced' and posting = 'posted' and not budgeted
               and kind = any($1::text[]) order by key""",
            kinds,
        )
        return [r["key"] for r in rows]

    async def unadopted(self) -> list[str]:
        """Synced objects of which CMiC showed something else than their row says: whoever saw it couldn't tell them."""
        rows = await self.pool.fetch(UNADOPTED)
        seen: dict[str, list[Any]] = {}
        for row in rows:
            seen.setdefault(row["key"], []).append(row)
        return [key for key, records in seen.items() if summary(records) != (records[0]["mine"], records[0]["mine_on"])]

    async def overlooked(self) -> list[str]:
        """Exported projects without a job whose job CMiC has shown: a nudge that was lost must not leave them so."""
        rows = await self.pool.fetch(
            """select o.key from objects o join watches w on w.object = o.key and w.resource = 'job'
               join seen s on (s.erp_company, s.resource, s.erp_key) = (w.erp_company, w.resource, w.erp_key)
               where o.state = 'synced' and o.job = '' and s.posting not in ('gone', 'void', 'unknown') order by o.key"""
        )
        return [r["key"] for r in rows]

    async def note_budgeted(self, key: str, erp_company: str, shown: bool) -> None:
        """Store whether CMiC shows an object's amounts as budgeted cost (R-17)."""
        posting = Posting.POSTED if shown else Posting.UNPOSTED
        await self.pool.fetchval(_SEE, erp_company, "budgeted", key, "", posting.value, None, "")

    async def attempt(self, intent: int, sequence: int) -> datetime | None:
        """Commit that a write is about to be tried. Until it is settled it counts as cut off: a crash can't tell. The object's
        row is locked, so that no other run of it re-plans meanwhile. Raises Overtaken."""
        async with self.pool.acquire() as connection, connection.transaction():
            before = await connection.fetchrow(
                """select o.sequence, i.cut_off_at from objects o join intents i on i.object = o.key
                   where i.id = $1 and i.released_at is null for update of o""",
                intent,
            )
            if before is None or before["sequence"] != sequence:
                raise Overtaken
            await connection.execute(
                """update intents set phase = 'attempted', attempted_at = coalesce(attempted_at, clock_timestamp()),
                       cut_off_at = clock_timestamp() where id = $1""",
                intent,
            )
        open_since: datetime | None = before["cut_off_at"]
        return open_since

    async def settled(self, intent: int, still_open_since: datetime | None) -> None:
        await self.pool.execute("update intents set cut_off_at = $2 where id = $1", intent, still_open_since)

    async def existed(self, intent: int) -> None:
        await self.pool.execute(
            """update intents set existed_before = true
               where id = $1 and phase = 'reserved' and released_at is null""",
            intent,
        )

    async def note_base(self, intent: int, group: Group) -> None:
        """Keep with a reserved group what CMiC showed before its write."""
        await self.pool.execute(
            "update intents set body = $2 where id = $1 and phase = 'reserved' and released_at is null",
            intent,
            group.model_dump(mode="json"),
        )

    async def wrote(self, intent: int, written: list[Written]) -> None:
        await self.pool.execute(
            "update intents set phase = 'written', cut_off_at = null, written = $2 where id = $1 and released_at is null",
            intent,
            [w.model_dump(mode="json") for w in written],
        )

    async def note_seen(
        self, resource: str, erp_company: str, found: list[Found], *, missing: list[Key] | None = None
    ) -> list[str]:
        """Store what CMiC holds by its key; returns the objects, linked or on their way, whose stored fact changed. Who read
        first may store last: an older state of the same record, by CMiC's own time of its change, replaces no newer one."""
        rows: list[tuple[Any, ...]] = [
            (erp_company, resource, f.key.text, f.uuid, f.posting.value, f.posted_on, f.changed_at) for f in found
        ]
        rows += [(erp_company, resource, k.text, "", Posting.GONE.value, None, "") for k in missing or []]
        async with self.pool.acquire() as connection, connection.transaction():
            changed = []
            for row in rows:
                if await connection.fetchval(_SEE, *row):
                    changed.append(row[2])
            owners = await connection.fetch(_OWNERS, erp_company, resource, changed)
        return [o["object"] for o in owners]

    async def watched_keys(self, resource: str, erp_company: str) -> list[str]:
        """Keys that are linked, or watched and seen before: they should be found in a full list."""
        rows = await self.pool.fetch(
            """select erp_key from links where erp_company = $1 and resource = $2 and ended_at is null
               union select w.erp_key from watches w join seen s using (erp_company, resource, erp_key)
               where erp_company = $1 and resource = $2 and s.posting not in ('gone', 'void')""",
            erp_company,
            resource,
        )
        return [r["erp_key"] for r in rows]

    async def cursor(self, resource: str, erp_company: str) -> str | None:
        newest: str | None = await self.pool.fetchval(
            "select newest from cursors where erp_company = $1 and resource = $2", erp_company, resource
        )
        return newest

    async def move_cursor(self, resource: str, erp_company: str, newest: str) -> None:
        await self.pool.execute(
            """insert into cursors (erp_company, resource, newest) values ($1, $2, $3)
               on conflict (erp_company, resource) do update set newest = greatest(cursors.newest, excluded.newest)""",
            erp_company,
            resource,
            newest,
        )

    async def settings_of(self, procore_company: int) -> Settings:
        return (await SettingVersions(self.pool).current(procore_company))[1]

    async def put_settings(
        self, procore_company: int, settings: Settings, who: str, *, after: int | None = None
    ) -> int:
        """A new version; the old ones stay (B-06). Raises Overtaken where `after` isn't the newest."""
        return await SettingVersions(self.pool).put(procore_company, settings, who, after=after)

    async def put_person(self, person: Person) -> str:
        """Remember a person as a door knows him now; his id."""
        number = person_id(person.name)
        await self.pool.execute(
            """insert into people (id, name, erp_level, may_push, owning_tool_admin) values ($1, $2, $3, $4, $5)
               on conflict (id) do update set erp_level = excluded.erp_level, may_push = excluded.may_push,
                   owning_tool_admin = excluded.owning_tool_admin""",
            number,
            storable(person.name),
            int(person.erp_level),
            person.may_push,
            person.owning_tool_admin,
        )
        return number

    async def person(self, person_id: str) -> Person | None:
        row = await self.pool.fetchrow(
            "select name, erp_level, may_push, owning_tool_admin from people where id = $1", person_id
        )
        return Person(**row) if row else None

    async def names(self, ids: set[str]) -> dict[str, str]:
        rows = await self.pool.fetch("select id, name from people where id = any($1::text[])", list(ids))
        return {row["id"]: row["name"] for row in rows}

    async def put_note(self, note_id: str, key: str, who: str, body: str) -> None:
        """A person's words, kept out of workflow history; the same id again is the same note."""
        await self.pool.execute(
            "insert into notes (id, object, who, body) values ($1, $2, $3, $4) on conflict do nothing",
            note_id,
            key,
            who,
            storable(body[:10_000]),
        )


UNADOPTED = """
    select o.key, o.posting as mine, o.posted_on as mine_on, s.posting, s.posted_on, exists (
        select 1 from intents i where (i.object, i.resource, i.erp_key) = (l.object, l.resource, l.erp_key)
            and i.body->>'aside' = 'true') as aside
    from objects o join links l on l.object = o.key and l.ended_at is null
    join links m on m.object = o.key and m.ended_at is null and m.part = '' and m.resource = l.resource
    join seen s on (s.erp_company, s.resource, s.erp_key) = (l.erp_company, l.resource, l.erp_key)
    where o.state = 'synced' order by o.key
"""
_SEE = """
    insert into seen (erp_company, resource, erp_key, erp_uuid, posting, posted_on, changed_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (erp_company, resource, erp_key) do update
        set posting = excluded.posting, posted_on = excluded.posted_on, changed_at = excluded.changed_at,
            erp_uuid = excluded.erp_uuid, seen_at = now()
        where (seen.posting, seen.posted_on, seen.erp_uuid) is distinct from
              (excluded.posting, excluded.posted_on, excluded.erp_uuid)
            and not (excluded.erp_uuid = seen.erp_uuid and excluded.changed_at <> ''
                     and excluded.changed_at collate "C" < seen.changed_at collate "C")
    returning true
"""

_OWNERS = """
    select object from links where erp_company = $1 and resource = $2 and erp_key = any($3::text[]) and ended_at is null
    union
    select object from intents
    where erp_company = $1 and resource = $2 and erp_key = any($3::text[]) and released_at is null
    union
    select object from watches where erp_company = $1 and resource = $2 and erp_key = any($3::text[])
"""
