"""Imports that a person confirms: everything is read, held against Procore, shown; and written once it is confirmed (I-09)."""

from __future__ import annotations

from temporalio import activity

from activities.import_messages import Compared, Window
from activities.looking_up import look_up, why_not
from activities.trouble import beating
from domain.comparing import Comparison
from domain.identity import parse_key
from domain.incoming_port import Place, Runs
from domain.ports import Given, NotThere, ProcoreImports, Taken
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.base import ConfirmedImporter, Known
from mappers.incoming.registry import IMPORTERS

MOST_ROWS = 1000
LEAST_CHARACTERS = 6
"""Of a preview's hash, to confirm it."""


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
            if unreadable := await self._runs.aside(window.place):
                return Compared(refusals=unreadable)
            try:
                comparison = importer.compare(await self._known(window, importer))
            except (NotThere, Refused) as error:
                return Compared(refusals=why_not(error))
            await self._runs.keep_preview(window.run, comparison.shown)
            if window.consents:
                window = window.model_copy(update={"confirm": comparison.hash})
            refusals = [*comparison.refusals, *await self._unconfirmed(window, comparison)]
            if refusals or not window.confirm:
                return Compared(refusals=refusals, preview=comparison.hash)
            await self._runs.confirm(window.run)
            refused = await self._write(window, comparison)
            return Compared(refusals=refused, preview=comparison.hash, is_written=not refused)

    async def _unconfirmed(self, window: Window, comparison: Comparison) -> list[Refusal]:
        """Why a confirmation isn't one of what would be done. The run itself may have written a part of what was confirmed,
        before a fault: what is left of it is confirmed, too."""
        given = window.confirm.strip().lower()
        if not window.confirm or (comparison.hash.startswith(given) and len(given) >= LEAST_CHARACTERS):
            return []
        if len(given) < LEAST_CHARACTERS:
            return [refuse("import_confirmation_short", least=LEAST_CHARACTERS, given=given)]
        if (await self._runs.confirmed(window.run)).startswith(given):
            return []
        return [refuse("import_preview_outdated", given=given[:12], current=comparison.hash[:12])]

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
            elsewhere=await self._elsewhere(place, importer) if importer.stands_once_in else [],
        )

    async def _elsewhere(self, place: Place, importer: ConfirmedImporter) -> list[int]:
        """Where the ledger says that it was brought, and Procore that it still is. A project that is gone has nothing."""
        found = []
        for project in [parse_key(scope).id for scope in await self._runs.elsewhere(place)]:
            try:
                records = await self._procore.listing(importer.stands_once_in, place.procore_company, project)
            except NotThere:
                continue
            if any(importer.is_its_record(place, record) for record in records):
                found.append(project)
        return found

    async def _write(self, window: Window, comparison: Comparison) -> list[Refusal]:
        """Everything, target by target; then what is taken out. A request that Procore refuses in part ends it, with all its
        reasons."""
        for target, rows in comparison.giving:
            if refused := await self._ask(window, target, rows, is_removal=False):
                return refused
        for target, rows in comparison.removing:
            if refused := await self._ask(window, target, rows, is_removal=True):
                return refused
        return []

    async def _ask(self, window: Window, target: str, rows: list[Given], *, is_removal: bool) -> list[Refusal]:
        place = window.place
        ask = self._procore.remove if is_removal else self._procore.upsert
        for start in range(0, len(rows), MOST_ROWS):
            try:
                taken = await ask(target, place.procore_company, place.project, rows[start : start + MOST_ROWS])
            except (NotThere, Refused) as error:
                return why_not(error)
            done = sum(not t.refusal for t in taken)
            await self._runs.count_written(window.run, 0 if is_removal else done, done if is_removal else 0)
            if refused := _refused_rows(taken):
                return refused
        return []


def _refused_rows(taken: list[Taken]) -> list[Refusal]:
    said = dict.fromkeys(t.refusal for t in taken if t.refusal)
    return [refuse("refused_by_procore", words=words) for words in said]
