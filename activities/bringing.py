"""The half of an import that speaks to Procore: it begins the run, gives Procore what differs, and ends it (design §6)."""

from __future__ import annotations

from temporalio import activity

from activities.import_messages import Begun, Finish, Moved, Order, Summary, Window
from activities.looking_up import look_up
from activities.trouble import beating
from domain.incoming import Scope, Way
from domain.incoming_port import Place, Row, Runs, Settled
from domain.ports import Given, NotThere, ProcoreImports, Taken
from domain.refusals import Refused, refuse
from mappers.incoming.base import Importer, Lookups, Stream
from mappers.incoming.registry import IMPORTERS

BATCHES_A_WINDOW = 10
MOST_ROWS = 1000
"""Rows of one sync request (procore-api §3)."""


class Bringing:
    def __init__(self, runs: Runs, procore: ProcoreImports) -> None:
        self._runs = runs
        self._procore = procore

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
                place, streams, order.who, full=full, sweep_hours=settings.full_sweep_hours
            )
            if not refusals:
                await self._runs.again(place)
            return Begun(place=place, run=run, is_full=is_full, streams=streams, refusals=refusals)

    @activity.defn(name="push")
    async def push(self, window: Window) -> Moved:
        """Give Procore what differs from what it was given last, some requests' worth; then take out what is gone."""
        async with beating():
            importer = IMPORTERS[window.place.name]
            stream = importer.stream(window.stream)
            if not stream.target:
                return Moved(more=False)
            lookups: Lookups | None = None
            for _ in range(BATCHES_A_WINDOW):
                rows = await self._runs.pending(
                    window.place, stream.name, MOST_ROWS, linked_only=importer.kind.way is Way.STAGED
                )
                gone = [] if rows or not stream.removes else await self._gone(window, stream)
                if not rows and not gone:
                    return Moved(more=False)
                if rows:
                    lookups = lookups or await look_up(importer.looks_up, window.place, self._runs, self._procore)
                    settled = await self._give(window.place, importer, stream, rows, lookups)
                    await self._runs.settle(window.run, window.place, stream.name, settled)
                else:
                    settled = await self._take_out(window.place, stream, gone)
                    await self._runs.removed(window.run, window.place, stream.name, settled)
            return Moved(more=True)

    async def _gone(self, window: Window, stream: Stream) -> list[Row]:
        return await self._runs.gone(window.place, stream.name, MOST_ROWS)

    async def _give(
        self, place: Place, importer: Importer, stream: Stream, rows: list[Row], lookups: Lookups
    ) -> list[Settled]:
        """Every row has an outcome: what Procore made of it, or why it wasn't given."""
        settled: list[Settled] = []
        giving: dict[str, tuple[Row, Given]] = {}
        for row in rows:
            given = importer.given(stream, row, place, lookups)
            if isinstance(given, list):
                settled.append(Settled(key=row.key, hash=row.hash, refusals=given))
            else:
                giving[row.key] = (row, given)
        taken = await self._ask(place, stream, [given for _, given in giving.values()])
        return settled + [_settled(giving[t.key][0], t) for t in taken if t.key in giving]

    async def _ask(self, place: Place, stream: Stream, rows: list[Given]) -> list[Taken]:
        if not rows:
            return []
        try:
            return await self._procore.upsert(stream.target, place.procore_company, place.project, rows)
        except NotThere as error:
            return [Taken(key=row.key, refusal=str(error)) for row in rows]
        except Refused as error:
            return [Taken(key=row.key, refusal=error.refusals[0].sentence) for row in rows]

    async def _take_out(self, place: Place, stream: Stream, rows: list[Row]) -> list[Settled]:
        given = [Given(key=row.key, origin_id=row.key, id=row.procore_id) for row in rows]
        hashes = {row.key: row for row in rows}
        try:
            taken = await self._procore.remove(stream.target, place.procore_company, place.project, given)
        except (NotThere, Refused) as error:
            taken = [Taken(key=row.key, refusal=str(error)) for row in rows]
        return [_settled(hashes[t.key], t) for t in taken]

    @activity.defn(name="finish")
    async def finish(self, asked: Finish) -> Summary:
        """End the run; what became of its rows, in words."""
        async with beating():
            counts = await self._runs.finish(asked.run, asked.place, asked.state, asked.words, asked.refusals)
            words = asked.words or (counts.words if asked.state == "done" else "")
            return Summary(run=asked.run, state=asked.state, words=words, refusals=asked.refusals)


def _settled(row: Row, taken: Taken) -> Settled:
    refusals = [refuse("refused_by_procore", words=taken.refusal)] if taken.refusal else []
    return Settled(key=row.key, hash=row.hash, procore_id=taken.id, refusals=refusals)
