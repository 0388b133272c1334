"""What tests do with rows that come from CMiC: a page, a whole run, what is given to Procore."""

from __future__ import annotations

from typing import Any

import asyncpg

from domain.identity import ObjectId
from domain.incoming import Counts, Entry
from domain.incoming_port import Place, Row, Settled, Stretch
from domain.records import Key, Written
from domain.refusals import Refusal, refuse
from ledger.incoming_rows import PgIncoming
from ledger.store import PgLedger
from tests.ledger.acts import another, link

PROCORE, STREAM = 562949, "rows"
END = Stretch(ended=True)
NO = refuse("refused_by_procore", words="no")
MASKED = refuse("masked", what="Vendor", erp_code="X")
UNREADABLE = refuse("cmic_row_unreadable", problem="no date")


def entry(key: str, amount: str = "1.00", **more: Any) -> Entry:
    return Entry(key=key, label=f"row {key}", body={"amount": amount}, **more)


async def begun(incoming: PgIncoming, place: Place, *, full: bool = False, **more: Any) -> tuple[int, bool]:
    stated: dict[str, Any] = {"asks": [STREAM], "sweep_hours": 24, **more}
    return await incoming.begin(place, [STREAM], "somebody", full=full, **stated)


async def came(
    incoming: PgIncoming, place: Place, *entries: Entry, run: int | None = None, to: Stretch = END, note: bool = True
) -> int:
    """A page of a run; the run."""
    number = run if run is not None else (await begun(incoming, place))[0]
    await incoming.arrive(number, place, STREAM, list(entries), to, note=note)
    return number


async def read_whole(incoming: PgIncoming, place: Place, *entries: Entry) -> int:
    """A run that reads exactly these; not finished."""
    run, _ = await begun(incoming, place, full=True)
    await came(incoming, place, *entries, run=run)
    await incoming.sweep(run, place, STREAM)
    return run


async def done(incoming: PgIncoming, place: Place, run: int) -> Counts:
    return await incoming.finish(run, place, "done", "", [])


async def pending(incoming: PgIncoming, place: Place, *, linked_only: bool = False, most: int = 100) -> list[Row]:
    return await incoming.pending(place, STREAM, most, linked_only=linked_only)


async def pending_keys(incoming: PgIncoming, place: Place, **more: Any) -> list[str]:
    return [row.key for row in await pending(incoming, place, **more)]


async def gone_keys(incoming: PgIncoming, place: Place) -> list[str]:
    return [row.key for row in await incoming.gone(place, STREAM, 100)]


async def give(incoming: PgIncoming, place: Place, run: int, *refusals: Refusal, first: int = 1) -> list[str]:
    """Procore takes everything that is pending, under ids of its own; or refuses it."""
    rows = await pending(incoming, place)
    settled = [
        Settled(key=row.key, hash=row.hash, procore_id=None if refusals else n, refusals=list(refusals))
        for n, row in enumerate(rows, start=first)
    ]
    await incoming.settle(run, place, STREAM, settled)
    return [row.key for row in rows]


async def kept(pool: asyncpg.Pool, key: str) -> asyncpg.Record:
    row = await pool.fetchrow("select * from incoming where erp_key = $1", key)
    assert row is not None
    return row


async def marked(incoming: PgIncoming, place: Place, newest: str = "2026-01-01T00:00:00Z", *rows: Entry) -> int:
    """A whole run that reached so far."""
    run, _ = await begun(incoming, place, full=True)
    await came(incoming, place, *rows, run=run, to=Stretch(newest=newest, ended=True))
    await done(incoming, place, run)
    return run


async def vendor_linked(ledger: PgLedger, code: str, company: ObjectId | None = None) -> ObjectId:
    """A company of the directory that a lifecycle linked."""
    own = company or another("company", "01")
    key = Key(resource="vendor", parts={"company": "01", "vendor": code})
    await link(ledger, own, [Written(part="", key=key, uuid="v")])
    return own
