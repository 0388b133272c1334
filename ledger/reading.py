"""What people read: inbox lists, one item's whole story, the check of its history (B-11, B-13)."""

from __future__ import annotations

from typing import Any

import asyncpg

from domain.people import named
from ledger.history import broken_at
from ledger.surroundings import PARENT_FACTS


class Reading:
    """Read-only questions to the ledger, for the CLI and the console."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def inbox(
        self, view: str | None = None, *, kind: str | None = None, project: int | None = None, most: int = 200
    ) -> list[dict[str, Any]]:
        """Items of a view (`waiting`, `held`, `failed`, ...; everything but synced without one), oldest first."""
        rows = await self.pool.fetch(
            """select * from inbox where ($1::text is null and state <> 'synced' or state = $1)
                   and ($2::text is null or kind = $2) and ($3::bigint is null or project = $3)
               order by since, key limit $4""",
            view,
            kind,
            project,
            most,
        )
        return [dict(r) for r in rows]

    async def item(self, key: str) -> dict[str, Any] | None:
        row = await self.pool.fetchrow("select * from objects where key = $1", key)
        return dict(row) if row else None

    async def history(self, key: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            """select t.*, n.body as note_text from transitions t left join notes n on n.id = t.note
               where t.object = $1 order by t.sequence""",
            key,
        )
        names = {r["id"]: r["name"] for r in await self.pool.fetch("select id, name from people")}
        return [_with_names(dict(r), names) for r in rows]

    async def verify(self, key: str) -> int | None:
        """The sequence at which the history was tampered with; nothing if it is whole."""
        rows = await self.pool.fetch(
            """select t.*, o.sequence as last_sequence, o.last_hash from objects o
               left join transitions t on t.object = o.key where o.key = $1 order by t.sequence""",
            key,
        )
        end = (rows[0]["last_sequence"], rows[0]["last_hash"]) if rows else (0, "")
        return broken_at([dict(row) for row in rows if row["object"] is not None], *end)

    async def parents(self, key: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            """select d.parent, d.condition, d.label, o.state, o.posting, o.job, exists (select 1 from links l
                   where l.object = d.parent and l.part = '' and l.ended_at is null) as linked
               from dependencies d join objects o on o.key = d.parent where d.child = $1 order by 1""",
            key,
        )
        return [dict(r) for r in rows]

    async def graph_rows(self, keys: list[str]) -> list[dict[str, Any]]:
        """Every dependency that one of these objects has or is."""
        rows = await self.pool.fetch(
            """select child, parent, condition, label from dependencies
               where child = any($1::text[]) or parent = any($1::text[])""",
            keys,
        )
        return [dict(r) for r in rows]

    async def facts(self, keys: list[str]) -> dict[str, dict[str, Any]]:
        """Label, state and words of these objects, and what they are as parents."""
        rows = await self.pool.fetch(
            f"""select f.*, o.label, o.words, o.kind from ({PARENT_FACTS}) f join objects o on o.key = f.key""",  # noqa: S608
            keys,
        )
        return {r["key"]: dict(r) for r in rows}

    async def links(self, key: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "select part, resource, erp_key, erp_uuid, made_at from links where object = $1 and ended_at is null order by id",
            key,
        )
        return [dict(r) for r in rows]

    async def find(self, kind: str, procore_id: int) -> list[str]:
        """Keys of known objects by kind and Procore id: for people who don't want to name the project."""
        rows = await self.pool.fetch(
            """select key from objects where kind = $1 and procore_id = $2
                   and (state <> 'not_sent' or snapshot is not null)""",
            kind,
            procore_id,
        )
        return [r["key"] for r in rows]


def _with_names(entry: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A history entry as people read it: names in place of ids."""
    refusals = [{**r, "sentence": named(r["sentence"], names)} for r in entry["refusals"]]
    return {**entry, "refusals": refusals}
