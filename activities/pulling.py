"""The half of an import that speaks to CMiC: page after page into the ledger, some pages a step (design §6).

The cursor moves in the transaction that takes a page in: a step that is killed goes on where the last page ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import activity

from activities.codes import is_division
from activities.import_messages import Moved, StagedRow, Window
from activities.trouble import beating
from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Runs, Stretch
from domain.ports import CmicImports, Listing, NotThere
from domain.records import Found
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.base import Arrived, Importer, Stream
from mappers.incoming.registry import IMPORTERS

PAGES_A_WINDOW = 20
MOST_NAMED = 20
MOST_GONE, MOST_GONE_OF_ALL = 50, 0.3
"""More rows than both that are gone at once aren't taken for deleted: CMiC may just not let them be seen any more."""
DELETES, ACCEPTED = "deletes", "accepted"
"""The option by which a person says that they are."""
OVERLAP = timedelta(minutes=15)
"""CMiC's clock and transactions in flight: what changed is asked for from a little before what was seen last."""


class Pulling:
    def __init__(self, runs: Runs, cmic: CmicImports) -> None:
        self._runs = runs
        self._cmic = cmic

    @activity.defn(name="pull")
    async def pull(self, window: Window) -> Moved:
        """Take in some pages, and sweep after the last one. Everything that was read before stays: only the rest is read again
        after a fault. What CMiC refuses ends the run: asking again wouldn't change it."""
        async with beating():
            try:
                return await self._pull(window)
            except (Refused, NotThere) as error:
                return Moved(more=False, refusals=_why_not(error))

    async def _pull(self, window: Window) -> Moved:
        importer = IMPORTERS[window.place.name]
        stream = importer.stream(window.stream)
        settings = await self._runs.settings_of(window.place.procore_company)
        for _ in range(PAGES_A_WINDOW):
            stretch = await self._runs.stretch(window.run, stream.name)
            if stretch.ended:
                break
            await self._page(window, importer, stream, stretch, settings)
        words = (await self._runs.counts(window.run)).words
        if not (await self._runs.stretch(window.run, stream.name)).ended:
            return Moved(more=True, words=words)
        refusals = await self._sweep(window, stream) if _reads_all(window, stream) else []
        return Moved(more=False, words=words, refusals=refusals)

    async def _sweep(self, window: Window, stream: Stream) -> list[Refusal]:
        """What didn't come any more is gone; unless it is so much that CMiC may just not show it: then a person says so."""
        missed, known = await self._runs.missed(window.run, window.place, stream.name)
        is_many = missed > max(MOST_GONE, known * MOST_GONE_OF_ALL)
        if is_many and not stream.leaves_out and window.options.get(DELETES) != ACCEPTED:
            return [refuse("too_many_gone", count=missed, known=known, what=stream.title)]
        await self._runs.sweep(window.run, window.place, stream.name)
        return []

    @activity.defn(name="job_gaps")
    async def job_gaps(self, row: StagedRow) -> list[Refusal]:
        """A job whose cost codes lack a category can't be added (I-08); a division, with codes below it, needs none."""
        async with beating():
            job = row.key.rsplit("|", 1)[-1]
            within = {"company": row.erp_company, "job": job}
            try:
                codes = [f.key.parts["cost_code"] for f in await self._all("job_phase", within)]
                paired = {f.key.parts["cost_code"] for f in await self._all("job_code", within)}
            except (Refused, NotThere) as error:
                return _why_not(error)
            bare = sorted({c for c in codes if c not in paired and not is_division(c, codes)})
            more = f" and {len(bare) - MOST_NAMED} more" if len(bare) > MOST_NAMED else ""
            named = ", ".join(bare[:MOST_NAMED]) + more
            return [refuse("no_category", job=job, count=len(bare), list=named)] if bare else []

    async def _all(self, resource: str, within: dict[str, str]) -> list[Found]:
        """The active records."""
        found: list[Found] = []
        cursor: str | None = None
        while True:
            page = await self._cmic.listed(resource, within, cursor=cursor)
            found += [f for f in page.found if f.active]
            if (cursor := page.cursor) is None:
                return found

    async def _page(
        self, window: Window, importer: Importer, stream: Stream, stretch: Stretch, settings: Settings
    ) -> None:
        asked = importer.within(stream, window.place)
        since = _with_overlap(stretch.since) if stream.changes else None
        page = await self._cmic.listed(stream.resource, asked, since=since, cursor=stretch.cursor)
        entries = _entries(page, importer, stream, window, settings)
        to = Stretch(cursor=page.cursor, newest=page.newest, ended=page.cursor is None)
        note = _reads_all(window, stream)
        await self._runs.arrive(window.run, window.place, stream.name, entries, to, note=note)


def _reads_all(window: Window, stream: Stream) -> bool:
    """Everything comes: what doesn't is gone."""
    return window.is_full or not stream.changes


def _entries(page: Listing, importer: Importer, stream: Stream, window: Window, settings: Settings) -> list[Entry]:
    arrived = (Arrived(found, window.place, settings) for found in page.found)
    return [*(e for one in arrived for e in importer.entries(stream, one)), *(unread.entry for unread in page.unread)]


def _why_not(error: Refused | NotThere) -> list[Refusal]:
    return error.refusals if isinstance(error, Refused) else [refuse("cmic_refused", words=str(error))]


def _with_overlap(newest: str) -> str | None:
    if not newest:
        return None
    return (datetime.fromisoformat(newest) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
