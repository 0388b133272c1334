"""Snapshots, approvals and settings: what was looked at, and what was bound (B-04, B-06)."""

from __future__ import annotations

from typing import Any

from domain.commands import Head
from domain.company_settings import Settings
from domain.ledger_port import Approval, Snapshot
from domain.records import digest
from domain.settings import ExportSettings


class Approvals:
    connection: Any
    head: Head

    async def settings(self) -> ExportSettings:
        row = await self.connection.fetchrow(
            "select body from settings where procore_company = $1 order by version desc limit 1",
            self.head.procore_company,
        )
        return Settings.model_validate(row["body"]).for_exports() if row else ExportSettings()

    async def snapshot(self) -> Snapshot | None:
        row = await self.connection.fetchrow(
            """select s.id, s.hash, s.document from objects o join snapshots s on s.id = o.snapshot where o.key = $1""",
            self.head.key,
        )
        return Snapshot(**row) if row else None

    async def put_snapshot(self, document: dict[str, Any], hashed: str) -> Snapshot:
        """Keep what was read; the same document again is the same snapshot. The hash covers the business fields only, the
        document is whole."""
        current = await self.snapshot()
        if current is not None and (current.hash, current.document) == (hashed, document):
            return current
        number = await self.connection.fetchval(
            "insert into snapshots (object, hash, document) values ($1, $2, $3) returning id",
            self.head.key,
            hashed,
            document,
        )
        await self.connection.execute("update objects set snapshot = $2 where key = $1", self.head.key, number)
        return Snapshot(id=number, hash=hashed, document=document)

    async def approval(self) -> Approval | None:
        row = await self.connection.fetchrow(
            """select a.sequence, a.mode, a.typed, a.settings, a.spent, s.id, s.hash, s.document
               from objects o join approvals a on a.object = o.key and a.sequence = o.approval
               join snapshots s on s.id = a.snapshot where o.key = $1""",
            self.head.key,
        )
        if row is None:
            return None
        return Approval(
            sequence=row["sequence"],
            mode=row["mode"],
            typed=row["typed"],
            spent=row["spent"],
            settings=ExportSettings.model_validate(row["settings"]),
            snapshot=Snapshot(id=row["id"], hash=row["hash"], document=row["document"]),
        )

    async def spend_approval(self) -> None:
        """What was approved is in CMiC: what comes later isn't held against it any more."""
        await self.connection.execute(
            """update approvals a set spent = true from objects o
               where o.key = $1 and a.object = o.key and a.sequence = o.approval""",
            self.head.key,
        )

    async def put_approval(
        self, sequence: int, snapshot: Snapshot, mode: str, typed: dict[str, Any], settings: ExportSettings
    ) -> None:
        """Bind a snapshot, what was typed and the settings of this moment; the hash covers all three."""
        frozen = settings.model_dump(mode="json")
        await self.connection.execute(
            """insert into approvals (object, sequence, snapshot, mode, typed, settings, hash)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            self.head.key,
            sequence,
            snapshot.id,
            mode,
            typed,
            frozen,
            digest([snapshot.hash, typed, frozen]),
        )
        await self.connection.execute("update objects set approval = $2 where key = $1", self.head.key, sequence)
