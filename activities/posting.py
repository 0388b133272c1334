"""The posting watcher's look at CMiC: what changed, or everything (design §5, B-13). Cost grows with changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import activity

from activities.messages import ListChanges
from activities.trouble import beating
from domain.ledger_port import Ledger
from domain.ports import CmicPort
from domain.records import Key

OVERLAP = timedelta(minutes=15)
"""CMiC's clock and transactions in flight: the cursor is CMiC's own time, and every look goes back a little."""


class PostingWatcher:
    def __init__(self, ledger: Ledger, cmic: CmicPort) -> None:
        self._ledger = ledger
        self._cmic = cmic

    @activity.defn(name="list_changes")
    async def list_changes(self, asked: ListChanges) -> list[str]:
        """Store what CMiC shows, and return the objects whose stored fact changed. A full list finds deletes too."""
        async with beating():
            since = None if asked.full else _with_overlap(await self._ledger.cursor(asked.resource, asked.erp_company))
            cursor, newest, keys, changed = None, "", set(), []
            # Before the first page: what is linked while the pages are read isn't missing from them.
            watched = await self._ledger.watched_keys(asked.resource, asked.erp_company) if since is None else []
            while True:
                page = await self._cmic.changed(asked.resource, asked.erp_company, since, cursor)
                keys |= {f.key.text for f in page.found}
                changed += await self._ledger.note_seen(asked.resource, asked.erp_company, page.found)
                newest = max(newest, page.newest)
                if (cursor := page.cursor) is None:
                    break
            if since is None:
                changed += await self._gone(asked, [k for k in watched if k not in keys])
            if newest:
                await self._ledger.move_cursor(asked.resource, asked.erp_company, newest)
            return sorted(set(changed))

    async def _gone(self, asked: ListChanges, gone: list[str]) -> list[str]:
        """Linked records that a full list doesn't show any more."""
        missing = [Key(resource=asked.resource, parts={"key": text}) for text in gone]
        return await self._ledger.note_seen(asked.resource, asked.erp_company, [], missing=missing)


def _with_overlap(newest: str | None) -> str | None:
    if not newest:
        return None
    moment = datetime.fromisoformat(newest) - OVERLAP
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
