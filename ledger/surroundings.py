"""An object's surroundings: parents, children, and what links say of vendor, job and codes (design §4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.commands import Head
from domain.facts import Dependent, Prerequisite, References
from domain.identity import ObjectId, parse_key
from domain.ledger_port import Watched
from domain.prerequisites import ParentFact, in_the_way, met
from domain.records import Key
from domain.states import Condition, Posting, State

IDLE = (State.NOT_SENT.value, State.REJECTED.value, State.RETRIEVED.value, State.RESET_OUTSTANDING.value)

PARENT_FACTS = """
    select o.key, o.state, o.posting, o.job, o.budgeted,
           exists (select 1 from links l where l.object = o.key and l.part = '' and l.ended_at is null) as linked,
           exists (select 1 from watches w join seen s using (erp_company, resource, erp_key)
                   where w.object = o.key and w.resource = 'prime_contract' and s.posting not in ('gone', 'void')) as contract,
           o.kind = 'budget' and exists (select 1 from import_runs r join import_places p on p.id = r.place
                   join objects j on j.key = p.scope and (j.job, j.erp_company) = (r.job, p.erp_company)
                   where p.import = 'budget' and p.procore_company = o.procore_company and r.confirmed and r.state = 'done'
                       and p.scope = 'project:' || o.procore_company || ':-:' || o.project) as imported
    from objects o where o.key = any($1::text[]) order by o.key
"""


def parent_fact(row: Any) -> ParentFact:
    return ParentFact(
        key=row["key"],
        state=State(row["state"]),
        posting=Posting(row["posting"]),
        job=row["job"],
        linked=row["linked"],
        budgeted=row["budgeted"],
        imported=row["imported"],
        contract=row["contract"],
    )


async def ensure_row(connection: Any, object_id: ObjectId) -> None:
    """An object that others wait for has a row before it is ever sent, so that it can be locked."""
    await connection.execute(
        """insert into objects (key, kind, procore_company, scope, procore_id, project, erp_company)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing""",
        object_id.key,
        object_id.kind,
        object_id.company,
        object_id.scope,
        object_id.id,
        object_id.project,
        object_id.scope if object_id.kind == "company" else "",
    )


class Surroundings:
    connection: Any
    head: Head

    async def erp_company_of(self, key: str) -> str:
        return await self.connection.fetchval("select erp_company from objects where key = $1", key) or ""

    async def references(self, erp_company: str, project: str | None, vendor: str | None) -> References:
        """Read the links of the project and of the vendor."""
        rows = await self.connection.fetch(
            """select resource, erp_key from links where ended_at is null
               and (object = $1 and resource = 'job_code' or object = $2 and resource = 'vendor' and part = '')""",
            project,
            vendor,
        )
        vendors = [row["erp_key"].split("|")[-1] for row in rows if row["resource"] == "vendor"]
        codes = frozenset(tuple(row["erp_key"].split("|")[2:4]) for row in rows if row["resource"] == "job_code")
        master = await self.connection.fetch(
            "select what, code, name from master_codes where erp_company = $1", erp_company
        )
        names = {row["code"]: row["name"] for row in master if row["what"] == "cost_code"}
        categories = [row["code"] for row in master if row["what"] == "category"]
        job = await self.connection.fetchval(
            """select o.job from objects o join links l on l.object = o.key and l.part = '' and l.ended_at is null
               where o.key = $1""",
            project,
        )
        return References(
            erp_company=erp_company,
            job=job or "",
            vendor=vendors[0] if vendors else "",
            codes=codes,
            assignable=frozenset((code, category) for code in names for category in categories) - codes,
            code_names=names,
        )

    async def imported_budget(self) -> dict[str, Decimal]:
        """What the project's budget had in CMiC when a person last confirmed its import, by cost code and category: an export
        carries what is new since (B-04)."""
        lines = await self.connection.fetchval(
            """select r.preview -> 'lines' from import_runs r join import_places p on p.id = r.place
               join objects j on j.key = p.scope and (j.job, j.erp_company) = (r.job, p.erp_company)
               join objects o on o.key = $1 where p.import = 'budget' and r.confirmed and r.state = 'done'
                   and p.procore_company = o.procore_company and p.scope = 'project:' || o.procore_company || ':-:' || o.project
               order by r.id desc limit 1""",
            self.head.key,
        )
        return {line["label"]: Decimal(line["erp"]) for line in lines or [] if line["erp"] not in (None, "")}

    async def keys_of(self, objects: list[str]) -> dict[str, dict[str, Key]]:
        """What is linked of these objects: CMiC's natural key of each part."""
        rows = await self.connection.fetch(
            """select object, part, resource, key_parts from links
               where object = any($1::text[]) and resource <> 'job_code' and ended_at is null""",
            objects,
        )
        found: dict[str, dict[str, Key]] = {}
        for row in rows:
            found.setdefault(row["object"], {})[row["part"]] = Key(resource=row["resource"], parts=row["key_parts"])
        return found

    async def lock(self, key: str) -> None:
        """Lock another object's row until this case is closed."""
        await ensure_row(self.connection, parse_key(key))
        await self.connection.fetch("select 1 from objects where key = $1 for update", key)

    async def siblings(self, parent: str) -> list[Prerequisite]:
        """Others of the same kind on the same parent that CMiC must be done with first: those that have a record there, and
        those on their way that were made earlier in Procore, or may have one there by now."""
        rows = await self.connection.fetch(
            """select distinct o.key, o.label, o.state, o.posting, o.procore_id,
                      exists (select 1 from intents i where i.object = o.key and i.released_at is null
                              and (i.phase = 'written' or i.cut_off_at is not null)) as begun
               from dependencies d join objects o on o.key = d.child join objects me on me.key = $2
               where d.parent = $1 and o.kind = me.kind and o.key <> me.key order by o.key""",
            parent,
            self.head.key,
        )
        mine = parse_key(self.head.key).id
        found = []
        for row in rows:
            fact = ParentFact(key=row["key"], state=State(row["state"]), posting=Posting(row["posting"]))
            comes_first = fact.state is not State.EXPORTING or row["begun"] or row["procore_id"] < mine
            may_stand = fact.state is State.FAILED and row["begun"]
            if may_stand or (in_the_way(fact) and comes_first):
                label = row["label"] or row["key"]
                found.append(Prerequisite(parent=row["key"], condition=Condition.OUT_OF_THE_WAY, label=label))
        return found

    async def put_watches(self, keys: list[Key], why: str) -> None:
        """Records that the object waits to see (`expected`), or whose end it waits for (`outstanding`)."""
        await self.connection.execute("delete from watches where object = $1 and why = $2", self.head.key, why)
        await self.connection.executemany(
            """insert into watches (object, why, erp_company, resource, erp_key, key_parts)
               values ($1, $2, $3, $4, $5, $6) on conflict do nothing""",
            [(self.head.key, why, k.company or self.head.erp_company, k.resource, k.text, k.parts) for k in keys],
        )

    async def watched(self) -> list[Watched]:
        rows = await self.connection.fetch(
            """select w.why, w.resource, w.key_parts, s.posting
               from watches w left join seen s using (erp_company, resource, erp_key) where w.object = $1""",
            self.head.key,
        )
        return [
            Watched(
                why=row["why"],
                key=Key(resource=row["resource"], parts=row["key_parts"]),
                posting=Posting(row["posting"] or "unknown"),
            )
            for row in rows
        ]

    async def holder_of(self, code: str, erp_company: str) -> str:
        """Another object of the same kind and Procore account that stands for this code in CMiC: a directory company for a
        vendor's, in any CMiC company (O-03); a project for a job's or a project's, in its own (F-05)."""
        found: str | None = await self.connection.fetchval(
            """select o.key from links l join objects o on o.key = l.object join objects me on me.key = $1
               where o.kind = me.kind and l.part = '' and l.ended_at is null and split_part(l.erp_key, '|', 2) = $2
                   and (me.kind = 'company' or l.erp_company = $3)
                   and o.procore_company = me.procore_company and o.procore_id <> me.procore_id limit 1""",
            self.head.key,
            code.upper(),
            erp_company,
        )
        return found or ""

    async def linked_elsewhere(self) -> frozenset[str]:
        """Last parts of the CMiC keys that the same Procore object is linked to under its other keys."""
        rows = await self.connection.fetch(
            """select l.erp_key from links l join objects o on o.key = l.object join objects me on me.key = $1
               where l.part = '' and l.ended_at is null and o.key <> me.key and o.kind = me.kind
                   and o.procore_company = me.procore_company and o.procore_id = me.procore_id and me.kind = 'company'""",
            self.head.key,
        )
        return frozenset(row["erp_key"].split("|")[-1] for row in rows)

    async def weigh(self, prerequisites: list[Prerequisite]) -> list[Prerequisite]:
        """Lock the parents' rows, in the order of their keys, then read whether each condition holds. A parent that was
        never sent gets its row first, so that there is something to lock."""
        keys = sorted({p.parent for p in prerequisites})
        for key in keys:
            await ensure_row(self.connection, parse_key(key))
        await self.connection.fetch("select 1 from objects where key = any($1::text[]) order by key for share", keys)
        facts = {row["key"]: parent_fact(row) for row in await self.connection.fetch(PARENT_FACTS, keys)}
        return [p.model_copy(update={"met": met(p.condition, facts.get(p.parent))}) for p in prerequisites]

    async def set_prerequisites(self, prerequisites: list[Prerequisite]) -> None:
        """Replace the rows by which this object waits for others. Their parents have been weighed, so they exist."""
        await self.connection.execute("delete from dependencies where child = $1", self.head.key)
        await self.connection.executemany(
            "insert into dependencies (child, parent, condition, label) values ($1, $2, $3, $4)",
            [(self.head.key, p.parent, p.condition.value, p.label) for p in prerequisites],
        )

    async def dependents(self) -> list[Dependent]:
        """Who waits for this object or stands on it."""
        rows = await self.connection.fetch(
            """select distinct o.key, o.label, o.state from dependencies d join objects o on o.key = d.child
               where d.parent = $1 and o.state <> all($2::text[]) and d.condition <> all($3::text[]) order by o.key""",
            self.head.key,
            list(IDLE),
            [c.value for c in Condition if not c.lasts],
        )
        return [Dependent(key=r["key"], label=r["label"] or r["key"], state=State(r["state"]).label) for r in rows]

    async def held_children(self) -> list[str]:
        rows = await self.connection.fetch(
            """select distinct o.key from dependencies d join objects o on o.key = d.child
               where d.parent = $1 and o.state = 'held' order by o.key""",
            self.head.key,
        )
        return [r["key"] for r in rows]
