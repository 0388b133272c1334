"""Imports that a person confirms: everything is read, held against Procore, shown; and written once it is confirmed (I-09)."""

from __future__ import annotations

from temporalio import activity

from activities.import_messages import Compared, Window
from activities.looking_up import look_up
from activities.trouble import beating
from domain.comparing import Comparison
from domain.incoming_port import Runs
from domain.ports import NotThere, ProcoreImports
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.base import ConfirmedImporter, Known
from mappers.incoming.registry import IMPORTERS

MOST_ROWS = 1000


class Comparing:
    def __init__(self, runs: Runs, procore: ProcoreImports) -> None:
        self._runs = runs
        self._procore = procore

    @activity.defn(name="compare")
    async def compare(self, window: Window) -> Compared:
        """Compare; and write, if this very comparison is confirmed. Safe to repeat: what is written already doesn't differ any
        more, and records are found by their origin ids."""
        async with beating():
            importer = IMPORTERS[window.place.name]
            if not isinstance(importer, ConfirmedImporter):
                raise TypeError(f"{importer.kind.name} isn't confirmed")
            try:
                comparison = importer.compare(await self._known(window, importer))
            except (NotThere, Refused) as error:
                refusals = error.refusals if isinstance(error, Refused) else [_refused(str(error))]
                return Compared(refusals=refusals)
            await self._runs.keep_preview(window.run, comparison.shown)
            confirmed = window.confirm and comparison.hash.startswith(window.confirm)
            refusals = list(comparison.refusals)
            if window.confirm and not confirmed and not await self._runs.is_confirmed(window.run):
                refusals.append(
                    refuse("import_preview_outdated", given=window.confirm[:12], current=comparison.hash[:12])
                )
            if refusals or not window.confirm:
                return Compared(refusals=refusals, preview=comparison.hash)
            await self._runs.confirm(window.run)
            refused = await self._write(window, comparison)
            return Compared(refusals=refused, preview=comparison.hash, is_written=not refused)

    async def _known(self, window: Window, importer: ConfirmedImporter) -> Known:
        place = window.place
        lists = {n: await self._procore.listing(n, place.procore_company, place.project) for n in importer.lists}
        return Known(
            place=place,
            settings=await self._runs.settings_of(place.procore_company),
            options=window.options,
            rows={s.name: await self._runs.rows(place, s.name) for s in importer.streams},
            lists=lists,
            lookups=await look_up(importer.looks_up, place, self._runs, self._procore),
            exported=await self._runs.was_exported(place.scope, importer.closed_by) if importer.closed_by else False,
            elsewhere=await self._runs.elsewhere(place),
        )

    async def _write(self, window: Window, comparison: Comparison) -> list[Refusal]:
        """Everything, target by target; a request that Procore refuses in part ends it, with all its reasons."""
        place = window.place
        for target, rows in comparison.giving:
            for start in range(0, len(rows), MOST_ROWS):
                some = rows[start : start + MOST_ROWS]
                try:
                    taken = await self._procore.upsert(target, place.procore_company, place.project, some)
                except (NotThere, Refused) as error:
                    return error.refusals if isinstance(error, Refused) else [_refused(str(error))]
                await self._runs.count_written(window.run, sum(not t.refusal for t in taken))
                if refused := [t.refusal for t in taken if t.refusal]:
                    return [_refused(words) for words in dict.fromkeys(refused)]
        return []


def _refused(words: str) -> Refusal:
    return refuse("refused_by_procore", words=words)
