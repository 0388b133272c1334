"""The half of an import that speaks to Procore: it begins the run, gives Procore what differs, and ends it (design §6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import activity

from activities.import_messages import Begun, Finish, Moved, Order, Scheduled, Summary, Window
from activities.joining import join
from activities.looking_up import look_up, why_not
from activities.trouble import beating
from domain.identity import project_key
from domain.incoming import Scope, Way
from domain.incoming_port import Outcome, Place, Row, Runs, Settled
from domain.ports import Given, NotOffered, NotThere, ProcoreImports, Taken
from domain.refusals import Refused, refuse
from mappers.incoming.base import Importer, Lookups, Stream, TakeOut
from mappers.incoming.registry import IMPORTERS

BATCHES_A_WINDOW = 10
MOST_ROWS = 1000
"""Rows of one sync request (procore-api §3)."""
Ask = Callable[[str, int, int | None, list[Given]], Awaitable[list[Taken]]]
"""`ProcoreImports.upsert` or `remove`."""


class Bringing:
    def __init__(self, runs: Runs, procore: ProcoreImports) -> None:
        self._runs = runs
        self._procore = procore

    @activity.defn(name="places_of")
    async def places_of(self, asked: Scheduled) -> list[Place]:
        """What a scheduled import is run for: the CMiC company, or each of its linked projects that the settings let in."""
        async with beating():
            kind = IMPORTERS[asked.name].kind
            settings = await self._runs.settings_of(asked.company)
            one = Place(name=asked.name, procore_company=asked.company, erp_company=asked.erp_company)
            if kind.scope is Scope.COMPANY:
                return [] if kind.switch(settings, None) else [one]
            projects = await self._runs.projects(asked.company, asked.erp_company)
            return [
                one.model_copy(update={"scope": project_key(asked.company, project)})
                for project in sorted(projects.values())
                if not kind.switch(settings, project)
            ]

    @activity.defn(name="begin")
    async def begin(self, order: Order) -> Begun:
        """The run that goes on or begins; or why it may not."""
        async with beating():
            importer = IMPORTERS[order.place.name]
            place = await self._runs.place(order.place.model_copy(update={"resource": importer.linked_resource}))
            settings = await self._runs.settings_of(place.procore_company)
            refusals = importer.kind.switch(settings, place.project)
            if importer.kind.scope is Scope.PROJECT and not place.job:
                refusals.append(refuse("not_linked", project=place.project))
            streams = [s.name for s in importer.streams]
            full = order.full or bool(refusals)
            run, is_full = await self._runs.begin(
                place,
                streams,
                order.who,
                asks=[s.name for s in importer.streams if s.changes],
                full=full,
                sweep_hours=settings.full_sweep_hours,
                anew=importer.kind.way is Way.CONFIRMED,
            )
            if not refusals and not order.run:
                quiet = [s.name for s in importer.streams if s.across] if is_full else []
                await self._runs.again(place, quiet=quiet)
                for stream in importer.streams:
                    if stream.vendor:
                        await self._runs.stir_linked(place, stream.name, stream.vendor)
            return Begun(
                place=place,
                run=run,
                is_full=is_full,
                streams=streams,
                computed=[s.name for s in importer.streams if not s.resource],
                proposes=bool(importer.proposed_from),
                **_next(importer, place),
                refusals=refusals,
            )

    @activity.defn(name="push")
    async def push(self, window: Window) -> Moved:
        """Give Procore what differs from what it was given last, some requests' worth; then take out what is gone."""
        async with beating():
            try:
                return await self._push(window)
            except NotOffered as error:
                return Moved(more=False, notes=[error.refusal])
            except (Refused, NotThere) as error:
                return Moved(more=False, refusals=why_not(error))

    async def _push(self, window: Window) -> Moved:
        importer = IMPORTERS[window.place.name]
        stream = importer.stream(window.stream)
        if not importer.gives(stream, await self._runs.settings_of(window.place.procore_company)):
            return Moved(more=False)
        if stream.beside:
            await self._runs.stir(window.place, stream.name, stream.beside)
        lookups: Lookups | None = None
        for _ in range(BATCHES_A_WINDOW):
            rows = await self._runs.pending(
                window.place, stream.name, MOST_ROWS, linked_only=importer.kind.way is Way.STAGED
            )
            gone = [] if rows or not stream.removes else await self._runs.gone(window.place, stream.name, MOST_ROWS)
            if not rows and not gone:
                if importer.codes_from == stream.name:
                    await self._runs.adopt_codes(window.place, stream.name)
                return Moved(more=False)
            if rows or stream.across:
                lookups = lookups or await look_up(importer.looks_up, window.place, self._runs, self._procore)
            lookups = await join(importer, stream, rows or gone, window.place, lookups or Lookups(), self._runs)
            if rows:
                settled = await self._give(window.place, importer, stream, rows, lookups)
                await self._runs.settle(window.run, window.place, stream.name, settled)
            else:
                settled = await self._take_out(window.place, importer, stream, gone, lookups)
                await self._runs.removed(window.run, window.place, stream.name, settled)
        return Moved(more=True, words=(await self._runs.counts(window.run)).words)

    async def _give(
        self, place: Place, importer: Importer, stream: Stream, rows: list[Row], lookups: Lookups
    ) -> list[Settled]:
        """Every row has an outcome: what Procore made of it, or why it wasn't given."""
        settled: list[Settled] = []
        giving: dict[str, tuple[Row, Given]] = {}
        leaving: dict[str, tuple[Row, Given]] = {}
        for row in rows:
            given = importer.given(stream, row, place, lookups)
            if given is None:
                quiet = Settled(key=row.key, hash=row.hash, procore_id=row.procore_id, outcome=Outcome.QUIET)
                settled.append(quiet)
            elif isinstance(given, list):
                settled.append(Settled(key=row.key, hash=row.hash, refusals=given))
            elif isinstance(given, TakeOut):
                leaving[row.key] = (row, given.given)
            else:
                giving[row.key] = (row, given)
        if stream.across:
            await self._runs.note(place, stream.name, [*giving])
        taken = await self._ask(self._procore.upsert, place, stream, giving)
        out = await self._ask(self._procore.remove, place, stream, leaving)
        settled += [_settled(giving[t.key][0], t) for t in taken if t.key in giving]
        return settled + [_left(leaving[t.key][0], t) for t in out if t.key in leaving]

    async def _ask(self, ask: Ask, place: Place, stream: Stream, asked: dict[str, tuple[Row, Given]]) -> list[Taken]:
        """Project by project: one that Procore refuses doesn't hold the others up."""
        taken: list[Taken] = []
        rows = [given for _, given in asked.values()]
        for project in dict.fromkeys(row.project or place.project for row in rows):
            some = [row for row in rows if (row.project or place.project) == project]
            try:
                taken += await ask(stream.target, place.procore_company, project, some)
            except NotThere as error:
                taken += [Taken(key=row.key, refusal=str(error)) for row in some]
            except Refused as error:
                taken += [Taken(key=row.key, refusal=error.told) for row in some]
        return taken

    async def _take_out(
        self, place: Place, importer: Importer, stream: Stream, rows: list[Row], lookups: Lookups
    ) -> list[Settled]:
        settled: list[Settled] = []
        leaving: dict[str, tuple[Row, Given]] = {}
        for row in rows:
            given = importer.gone(stream, row, place, lookups)
            if isinstance(given, list):
                settled.append(Settled(key=row.key, hash=row.hash, refusals=given))
            else:
                leaving[row.key] = (row, given)
        taken = await self._ask(self._procore.remove, place, stream, leaving)
        return settled + [_settled(leaving[t.key][0], t) for t in taken if t.key in leaving]

    @activity.defn(name="finish")
    async def finish(self, asked: Finish) -> Summary:
        """End the run; what became of its rows, in words."""
        async with beating():
            counts = await self._runs.finish(asked.run, asked.place, asked.state, asked.words, asked.refusals)
            words = ". ".join(w for w in (counts.words if asked.state == "done" else "", asked.words) if w)
            return Summary(run=asked.run, state=asked.state, words=words, refusals=asked.refusals)


def _next(importer: Importer, place: Place) -> dict[str, Any]:
    """The import that follows it, for the same place."""
    if not (name := importer.kind.followed_by):
        return {}
    return {
        "next_type": IMPORTERS[name].kind.workflow_type,
        "next_place": place.model_copy(update={"name": name, "id": 0, "resource": ""}),
    }


def _settled(row: Row, taken: Taken) -> Settled:
    refusals = [refuse("refused_by_procore", words=taken.refusal)] if taken.refusal else []
    return Settled(key=row.key, hash=row.hash, procore_id=taken.id, refusals=refusals)


def _left(row: Row, taken: Taken) -> Settled:
    """Taken out, if Procore had it."""
    outcome = Outcome.QUIET if row.procore_id is None else Outcome.TAKEN_OUT
    return _settled(row, taken).model_copy(update={"outcome": outcome})
