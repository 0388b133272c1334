"""Versions of a company's settings: each change is a version with who and when; none is ever rewritten (B-06)."""

from __future__ import annotations

import asyncpg

from domain.company_settings import Settings
from domain.ledger_port import Overtaken
from domain.setting_changes import Version
from domain.texts import storable


class SettingVersions:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def current(self, procore_company: int) -> tuple[int, Settings]:
        """The newest version's number and the settings; 0 and the defaults before the first."""
        row = await self.pool.fetchrow(
            "select version, body from settings where procore_company = $1 order by version desc limit 1",
            procore_company,
        )
        return (row["version"], Settings.model_validate(row["body"])) if row else (0, Settings())

    async def put(
        self, procore_company: int, settings: Settings, who: str, *, note: str = "", after: int | None = None
    ) -> int:
        """A new version; the old ones stay. Those of one company are made one after the other. Raises Overtaken where it was
        made from another version (`after`) than the newest."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('settings:' || $1::text, 0))", str(procore_company)
            )
            newest: int = await connection.fetchval(
                "select coalesce(max(version), 0) from settings where procore_company = $1", procore_company
            )
            if after is not None and after != newest:
                raise Overtaken
            await connection.execute(
                "insert into settings (procore_company, version, body, who, note) values ($1, $2, $3, $4, $5)",
                procore_company,
                newest + 1,
                settings.model_dump(mode="json"),
                storable(who),
                storable(note[:2000]),
            )
        return newest + 1

    async def history(self, procore_company: int) -> list[Version]:
        """Every version, the first one first."""
        rows = await self.pool.fetch(
            "select version as number, body, who, at, note from settings where procore_company = $1 order by version",
            procore_company,
        )
        return [Version.model_validate(dict(row)) for row in rows]
