"""The half of an import that asks nobody: rows that are made of what other streams brought (O-17)."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity

from activities.import_messages import Moved, Window
from activities.trouble import beating
from domain.incoming_port import Runs, Stretch
from mappers.incoming.base import Arrived
from mappers.incoming.job_costs import CODES, DETAIL
from mappers.incoming.registry import IMPORTERS


class Computing:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    @activity.defn(name="compute")
    async def compute(self, window: Window) -> Moved:
        """Add a job's costs up, and take the totals in as if they had been read: all of them, so that a code without costs
        or budget is gone. To repeat it changes nothing."""
        async with beating():
            importer, place = IMPORTERS[window.place.name], window.place
            stream = importer.stream(window.stream)
            settings = await self._runs.settings_of(place.procore_company)
            found = await self._runs.job_cost_totals(place, DETAIL.name, CODES.name)
            entries = [e for one in found for e in importer.entries(stream, Arrived(one, place, settings))]
            to = Stretch(newest=datetime.now(UTC).isoformat(), ended=True)
            await self._runs.arrive(window.run, place, stream.name, entries, to, note=True)
            await self._runs.sweep(window.run, place, stream.name)
            return Moved(more=False, words=f"{len(entries):,} codes added up")
