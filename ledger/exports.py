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
from domain.texts import storable


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

    async def standing(self) -> list[Group]:
        """What earlier exports of this object wrote, as far as it is linked and stands in CMiC."""
        rows = await self.connection.fetch(
            """select distinct on (l.id) i.body from intents i
               join links l using (object, erp_company, resource, erp_key)
               left join seen s using (erp_company, resource, erp_key)
               where i.object = $1 and i.phase = 'written' and l.ended_at is null
                   and coalesce(s.posting, '') not in ('void', 'gone') order by l.id, i.id desc""",
            self.head.key,
        )
        return [Group.model_validate(r["body"]) for r in rows]

    async def ever_written(self) -> int:
        """How many records of its own kind the object ever had in CMiC: what numbers its next one."""
        count: int = await self.connection.fetchval(
            """select count(distinct erp_key) from intents
               where object = $1 and not shared and (phase = 'written'
                       or (existed_before or cut_off_at is not null) and released_at is not null)
                   and coalesce(body->>'aside', 'false') = 'false'""",
            self.head.key,
        )
        return count

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
                if holder is not None and not group.common:
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
            """select (array_agg(erp_key order by shared, phase = 'written' desc, cut_off_at is null, phase = 'attempted' desc,
                                 position))[1] as erp_key,
                      coalesce(bool_or(phase <> 'reserved') filter (where not shared), false) as attempted,
                      bool_or(existed_before) and not coalesce(bool_or(phase <> 'reserved' and not existed_before)
                          filter (where not shared), false) as existed,
                      extract(epoch from clock_timestamp() - max(cut_off_at)) as seconds
               from intents where object = $1 and released_at is null""",
            self.head.key,
        )
        if row["erp_key"] is None:
            return None
        seconds = row["seconds"]
        seen, _ = await self._seen_of(_RESERVED)
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
        await self.connection.execute("update objects set exported = true where key = $1", self.head.key)
        self.head = self.head.model_copy(update={"exported": True})
        # What CMiC showed as budgeted was what stood there before.
        await self.connection.execute("delete from seen where resource = 'budgeted' and erp_key = $1", self.head.key)
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
            """update objects set erp_key = '', job = '', posting = 'unknown', posted_on = null, budgeted = false,
                   exported = false, drift = null where key = $1""",
            self.head.key,
        )
        await self.connection.execute("delete from watches where object = $1 and why = 'expected'", self.head.key)
        self.head = self.head.model_copy(
            update={"erp_key": "", "job": "", "posting": Posting.UNKNOWN, "budgeted": False, "exported": False}
        )

    async def put_codes(self, erp_company: str, job: str, pairs: list[tuple[str, str]]) -> None:
        """Make the job's synced cost codes and categories exactly these."""
        await self.connection.execute("update objects set job = $2 where key = $1", self.head.key, job)
        self.head = self.head.model_copy(update={"job": job})
        await self.connection.execute(
            """update links set ended_at = now()
               where object = $1 and resource = 'job_code' and ended_at is null and erp_key <> all($2::text[])""",
            self.head.key,
            [f"{erp_company}|{job}|{code}|{category}".upper() for code, category in pairs],
        )
        await self.add_codes(self.head.key, erp_company, job, pairs)

    async def put_master(self, erp_company: str, names: dict[str, str], categories: list[str]) -> None:
        """Remember a CMiC company's master list: cost codes with their names, and categories (O-02)."""
        rows = [(erp_company, "cost_code", c.upper(), storable(name)) for c, name in names.items()]
        rows += [(erp_company, "category", c.upper(), "") for c in categories]
        # One writer at a time: projects of one company may be refreshed together.
        await self.connection.execute("select pg_advisory_xact_lock(hashtext('master ' || $1))", erp_company)
        await self.connection.execute("delete from master_codes where erp_company = $1", erp_company)
        await self.connection.executemany(
            "insert into master_codes (erp_company, what, code, name) values ($1, $2, $3, $4) on conflict do nothing",
            rows,
        )

    async def add_codes(self, project: str, erp_company: str, job: str, pairs: list[tuple[str, str]]) -> None:
        """Join these pairs of the job to the project: they are synced from now on."""
        await self.connection.executemany(
            """insert into links (object, part, erp_company, resource, erp_key, erp_uuid)
               values ($1, $2, $3, 'job_code', $4, '') on conflict do nothing""",
            [(project, f"{c}/{t}", erp_company, f"{erp_company}|{job}|{c}|{t}".upper()) for c, t in pairs],
        )

    async def seen(self) -> tuple[Posting, date | None]:
        """What CMiC was last seen to hold of the object: of all its main records that are linked, or else on their way."""
        linked = await self._seen_of(_LINKED)
        return linked if linked[0] is not Posting.UNKNOWN else await self._seen_of(_RESERVED)

    async def _seen_of(self, records: str) -> tuple[Posting, date | None]:
        posting, posted_on = summary(await self.connection.fetch(records, self.head.key))
        return Posting(posting), posted_on

    async def posting_changed(self, seen: Posting, seen_on: date | None) -> bool:
        row = await self.connection.fetchrow(
            "select posting, posted_on, budgeted from objects where key = $1", self.head.key
        )
        budgeted = await self.shown_as_budgeted()
        return (seen.value, seen_on, budgeted) != (row["posting"], row["posted_on"], row["budgeted"])

    async def adopt_posting(self) -> None:
        """Take over into the object's row what CMiC was last seen to hold under its keys."""
        posting, posted_on = await self.seen()
        budgeted = await self.shown_as_budgeted()
        await self.connection.execute(
            "update objects set posting = $2, posted_on = $3, budgeted = $4 where key = $1",
            self.head.key,
            posting.value,
            posted_on,
            budgeted,
        )
        self.head = self.head.model_copy(update={"posting": posting, "budgeted": budgeted})

    async def shown_as_budgeted(self) -> bool:
        """Whether CMiC showed the object's amounts as budgeted cost when it was last looked (R-17)."""
        shown: bool = await self.connection.fetchval(
            "select exists (select 1 from seen where resource = 'budgeted' and erp_key = $1 and posting = 'posted')",
            self.head.key,
        )
        return shown


_LINKED = """
    select s.posting, s.posted_on, exists (
        select 1 from intents i where (i.object, i.resource, i.erp_key) = (l.object, l.resource, l.erp_key)
            and i.body->>'aside' = 'true') as aside
    from links l left join seen s using (erp_company, resource, erp_key)
    where l.object = $1 and l.ended_at is null and s.posting is not null and l.resource = (
        select m.resource from links m where m.object = $1 and m.part = '' and m.ended_at is null order by m.id limit 1)
"""
_RESERVED = """
    select s.posting, s.posted_on, coalesce(i.body->>'aside', '') = 'true' as aside
    from intents i join seen s using (erp_company, resource, erp_key)
    where i.object = $1 and i.released_at is null and not i.shared and not i.existed_before
"""


def summary(rows: list[Any]) -> tuple[str, date | None]:
    """Posting and date of an object's main records. What travelled along counts only for being gone."""
    own = [r for r in rows if not r["aside"]]
    posting = together([Posting(r["posting"]) for r in own])
    if posting.counts_as_gone and not together([Posting(r["posting"]) for r in rows]).counts_as_gone:
        posting = Posting.UNPOSTED
    return posting.value, max((r["posted_on"] for r in own if r["posted_on"]), default=None)


def together(postings: list[Posting]) -> Posting:
    """The posting of an object with several main records: posted when all that stand are, gone when none is left."""
    there = {p for p in postings if not p.counts_as_gone}
    if not there:
        return Posting.VOID if Posting.VOID in postings else Posting.GONE if postings else Posting.UNKNOWN
    return there.pop() if len(there) == 1 else Posting.UNPOSTED


def _written(row: Any) -> Written:
    return Written(part=row["part"], key=Key(resource=row["resource"], parts=row["key_parts"]), uuid=row["erp_uuid"])
