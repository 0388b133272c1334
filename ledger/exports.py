"""Intents and links: what is on its way to CMiC, and what stands there (design §5). Uniqueness is the database's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg

from domain.commands import Head
from domain.facts import WriteState
from domain.ledger_port import Intent, KeyTaken
from domain.records import Group, Key, Plan, Written
from domain.states import Posting


def intent_of(row: Any) -> Intent:
    return Intent(
        id=row["id"],
        position=row["position"],
        group=Group.model_validate(row["body"]),
        phase=row["phase"],
        open=row["cut_off_at"] is not None,
        existed_before=row["existed_before"],
        written=[Written.model_validate(w) for w in row["written"] or []],
    )


class Exports:
    connection: Any
    head: Head

    async def intents(self) -> list[Intent]:
        rows = await self.connection.fetch(
            "select * from intents where object = $1 and released_at is null order by position", self.head.key
        )
        return [intent_of(r) for r in rows]

    async def last_written(self) -> list[Group]:
        """What was written to CMiC for the export that is linked now, in its order."""
        rows = await self.connection.fetch(
            """select distinct on (position) position, body from intents
               where object = $1 and phase = 'written' order by position, id desc""",
            self.head.key,
        )
        return [Group.model_validate(r["body"]) for r in rows]

    async def reserve(self, plan: Plan) -> list[Intent]:
        """Reserve the plan's keys, in place of what was reserved before. Raises KeyTaken."""
        await self.release_keys()
        for position, group in enumerate(plan.groups):
            await self._reserve(position, group)
        return await self.intents()

    async def _reserve(self, position: int, group: Group) -> None:
        key = group.header.key
        erp_company = key.company or self.head.erp_company
        try:
            async with self.connection.transaction():
                await self.connection.execute(
                    """insert into intents (object, position, erp_company, resource, erp_key, shared, body)
                       values ($1, $2, $3, $4, $5, $6, $7)""",
                    self.head.key,
                    position,
                    erp_company,
                    key.resource,
                    key.text,
                    group.may_exist,
                    group.model_dump(mode="json"),
                )
                # After the insert: it waits for whoever is just turning his reservation into a link.
                holder = await self._holder(erp_company, key)
                if holder is not None and not (group.may_exist and key.resource == "partner"):
                    raise KeyTaken(key.text, holder, linked=True)
        except asyncpg.UniqueViolationError:
            other = await self.connection.fetchval(
                "select object from intents where erp_company = $1 and resource = $2 and erp_key = $3 and released_at is null",
                erp_company,
                key.resource,
                key.text,
            )
            raise KeyTaken(key.text, other or "another item", linked=False) from None

    async def _holder(self, erp_company: str, key: Key) -> str | None:
        found: str | None = await self.connection.fetchval(
            """select object from links
               where erp_company = $1 and resource = $2 and erp_key = $3 and ended_at is null and object <> $4""",
            erp_company,
            key.resource,
            key.text,
            self.head.key,
        )
        return found

    async def release_keys(self) -> None:
        await self.connection.execute(
            "update intents set released_at = now() where object = $1 and released_at is null", self.head.key
        )

    async def write_state(self, settle: Decimal) -> WriteState | None:
        row = await self.connection.fetchrow(
            """select coalesce(max(erp_key) filter (where not shared), max(erp_key)) as erp_key,
                      bool_or(phase <> 'reserved') as attempted, bool_or(existed_before) as existed,
                      extract(epoch from clock_timestamp() - max(cut_off_at)) as seconds
               from intents where object = $1 and released_at is null""",
            self.head.key,
        )
        if row["erp_key"] is None:
            return None
        seconds = row["seconds"]
        seen, _ = await self.seen()
        return WriteState(
            erp_key=row["erp_key"],
            attempted=row["attempted"],
            settled=seconds is None or seconds >= settle,
            since_attempt=seconds,
            existed_before=row["existed"],
            seen=seen,
        )

    async def links(self) -> list[Written]:
        rows = await self.connection.fetch(
            "select * from links where object = $1 and ended_at is null and resource <> 'job_code' order by id",
            self.head.key,
        )
        return [_written(r) for r in rows]

    async def link(self, written: list[Written], erp_company: str) -> None:
        """Join each part with its CMiC record, release the reservations, and remember the key that people see. What is linked
        already stays. Raises KeyTaken."""
        try:
            async with self.connection.transaction():
                await self.connection.executemany(
                    """insert into links (object, part, erp_company, resource, erp_key, erp_uuid, key_parts)
                       select $1, $2, $3, $4, $5, $6, $7 where not exists (select 1 from links where object = $1 and part = $2
                           and resource = $4 and erp_key = $5 and ended_at is null)""",
                    [
                        (
                            self.head.key,
                            w.part,
                            w.key.company or erp_company,
                            w.key.resource,
                            w.key.text,
                            w.uuid,
                            w.key.parts,
                        )
                        for w in written
                    ],
                )
        except asyncpg.UniqueViolationError:
            raise KeyTaken(written[0].key.text, "another item", linked=True) from None
        main = next((w for w in written if not w.part), None)
        if main is not None:
            await self.connection.execute(
                "update objects set erp_key = $2 where key = $1", self.head.key, main.key.text
            )

    async def unlink(self) -> None:
        await self.connection.execute(
            "update links set ended_at = now() where object = $1 and ended_at is null", self.head.key
        )
        await self.release_keys()
        await self.connection.execute(
            "update objects set erp_key = '', posting = 'unknown', posted_on = null, drift = null where key = $1",
            self.head.key,
        )

    async def put_codes(self, erp_company: str, job: str, pairs: list[tuple[str, str]]) -> None:
        """Make the job's synced cost codes and categories exactly these."""
        await self.connection.execute("update objects set job = $2 where key = $1", self.head.key, job)
        self.head = self.head.model_copy(update={"job": job})
        wanted = {f"{erp_company}|{job}|{code}|{category}".upper(): f"{code}/{category}" for code, category in pairs}
        await self.connection.execute(
            """update links set ended_at = now()
               where object = $1 and resource = 'job_code' and ended_at is null and erp_key <> all($2::text[])""",
            self.head.key,
            list(wanted),
        )
        await self.connection.executemany(
            """insert into links (object, part, erp_company, resource, erp_key, erp_uuid)
               select $1, $2, $3, 'job_code', $4, '' where not exists
                   (select 1 from links where object = $1 and resource = 'job_code' and erp_key = $4 and ended_at is null)""",
            [(self.head.key, part, erp_company, key) for key, part in wanted.items()],
        )

    async def seen(self) -> tuple[Posting, date | None]:
        """What CMiC was last seen to hold under the object's main key."""
        row = await self.connection.fetchrow(
            """with mine as (
                   select erp_company, resource, erp_key, 1 as rank from links
                   where object = $1 and part = '' and ended_at is null
                   union all
                   select erp_company, resource, erp_key, 2 from intents
                   where object = $1 and released_at is null and not shared)
               select s.posting, s.posted_on from mine join seen s using (erp_company, resource, erp_key)
               order by rank limit 1""",
            self.head.key,
        )
        return (Posting(row["posting"]), row["posted_on"]) if row else (Posting.UNKNOWN, None)

    async def posting_changed(self, seen: Posting, seen_on: date | None) -> bool:
        row = await self.connection.fetchrow("select posting, posted_on from objects where key = $1", self.head.key)
        return (seen.value, seen_on) != (row["posting"], row["posted_on"])

    async def adopt_posting(self) -> None:
        """Take over into the object's row what CMiC was last seen to hold under its key."""
        posting, posted_on = await self.seen()
        await self.connection.execute(
            "update objects set posting = $2, posted_on = $3 where key = $1", self.head.key, posting.value, posted_on
        )
        self.head = self.head.model_copy(update={"posting": posting})


def _written(row: Any) -> Written:
    return Written(part=row["part"], key=Key(resource=row["resource"], parts=row["key_parts"]), uuid=row["erp_uuid"])
