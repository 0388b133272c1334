"""Staged records held against what Procore has: who may be whom, with a score and its reasons (B-09, B-12)."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from temporalio import activity

from activities.import_messages import Window
from activities.trouble import beating
from domain.incoming_port import Runs
from domain.matching import Named, duplicates, propose
from domain.ports import NotThere, ProcoreImports
from domain.refusals import Refused
from domain.staged import Staged
from mappers.incoming.registry import IMPORTERS

MOST_STAGED = 20_000


class Records(Protocol):
    async def shown(
        self, name: str, procore_company: int, erp_company: str, status: str | None = None, *, most: int = 1000
    ) -> list[Staged]: ...
    async def taken_ids(self, name: str, procore_company: int, erp_company: str) -> frozenset[int]: ...
    async def propose(self, place: int, proposals: dict[str, list[dict[str, Any]]]) -> None: ...


class Proposing:
    def __init__(self, runs: Runs, records: Records, procore: ProcoreImports) -> None:
        self._runs = runs
        self._records = records
        self._procore = procore

    @activity.defn(name="propose")
    async def propose(self, window: Window) -> int:
        """Replace the proposals of a place; how many records have one. What is linked already is proposed to nobody. Records
        of Procore's that bear one name are told first: they are to be merged there before anything is linked (C-04). A list
        that Procore refuses leaves the proposals as they were: what came in stands without them."""
        async with beating():
            place = window.place
            importer = IMPORTERS[place.name]
            scope = place.name, place.procore_company, place.erp_company
            staged = await self._records.shown(*scope, "staged", most=MOST_STAGED)
            taken = await self._records.taken_ids(*scope)
            try:
                rows = await self._procore.listing(importer.proposed_from, place.procore_company, None)
            except (Refused, NotThere) as error:
                activity.logger.warning("no proposals for %s: %s", place.name, error)
                return 0
            free = [row for row in rows if int(row["id"]) not in taken and row.get("is_active", True) is not False]
            directory = [Named(key=str(row["id"]), **importer.named(row)) for row in free]
            records = [Named(key=record.key, **importer.named(record.body)) for record in staged]
            # Thousands against thousands take long: elsewhere, so that other steps and the heartbeat go on.
            found = await asyncio.to_thread(propose, records, directory)
            everyone = [Named(key=str(row["id"]), **importer.named(row)) for row in rows]
            twice = await asyncio.to_thread(duplicates, everyone)
            same = [[{"id": int(c.key), "name": c.name} for c in some] for some in twice]
            await self._runs.keep_preview(window.run, {"duplicates": same})
            await self._records.propose(
                place.id, {key: [p.model_dump(mode="json") for p in some] for key, some in found.items()}
            )
            return len(found)
