"""An object's surroundings: parents, children, and what links say of vendor, job and codes (design §4)."""

from __future__ import annotations

from typing import Any

from domain.commands import Head
from domain.facts import Dependent, Prerequisite, References
from domain.identity import ObjectId, parse_key
from domain.prerequisites import ParentFact, met
from domain.states import Posting, State

IDLE = (State.NOT_SENT.value, State.REJECTED.value, State.RETRIEVED.value, State.RESET_OUTSTANDING.value)

PARENT_FACTS = """
    select o.key, o.state, o.posting, o.job,
           exists (select 1 from links l where l.object = o.key and l.part = '' and l.ended_at is null) as linked
    from objects o where o.key = any($1::text[]) order by o.key
"""


def parent_fact(row: Any) -> ParentFact:
    return ParentFact(
        key=row["key"], state=State(row["state"]), posting=Posting(row["posting"]), job=row["job"], linked=row["linked"]
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
            """select object, resource, part, erp_key from links
               where ended_at is null and object = any($1::text[]) and resource in ('job', 'vendor', 'job_code')""",
            [k for k in (project, vendor) if k],
        )
        last = {row["resource"]: row["erp_key"].split("|")[-1] for row in rows if row["part"] == ""}
        codes = frozenset(tuple(row["erp_key"].split("|")[2:4]) for row in rows if row["resource"] == "job_code")
        return References(erp_company=erp_company, job=last.get("job", ""), vendor=last.get("vendor", ""), codes=codes)

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
               where d.parent = $1 and o.state <> all($2::text[]) order by o.key""",
            self.head.key,
            list(IDLE),
        )
        return [Dependent(key=r["key"], label=r["label"] or r["key"], state=State(r["state"]).label) for r in rows]

    async def held_children(self) -> list[str]:
        rows = await self.connection.fetch(
            """select distinct o.key from dependencies d join objects o on o.key = d.child
               where d.parent = $1 and o.state = 'held' order by o.key""",
            self.head.key,
        )
        return [r["key"] for r in rows]
