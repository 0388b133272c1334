"""Rows that belong to objects of many projects: joined, noted, looked at again (O-14, O-19)."""

from __future__ import annotations

import asyncpg
import pytest

from domain.identity import ObjectId
from domain.incoming import Entry
from domain.incoming_port import Outcome, Place, Row, Settled, Stretch
from domain.records import Key, Written
from domain.refusals import refuse
from domain.states import State
from ledger.incoming_rows import PgIncoming
from ledger.store import PgLedger
from tests.ledger.acts import another, link, move

BESIDE = (("cheques", "cheque"),)
ENDED = Stretch(ended=True)


@pytest.fixture
async def runs(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(runs: PgIncoming) -> Place:
    return await runs.place(Place(name="payments", procore_company=562949, erp_company="01"))


async def came(runs: PgIncoming, place: Place, stream: str, *keys: str, **body: str) -> int:
    """A run that reads exactly these rows of a stream."""
    run, _ = await runs.begin(place, [stream], "somebody", asks=[stream], full=True, sweep_hours=24)
    entries = [Entry(key=key, body={"name": key, **body}) for key in keys]
    await runs.arrive(run, place, stream, entries, ENDED, note=True)
    await runs.sweep(run, place, stream)
    return run


async def pending(runs: PgIncoming, place: Place) -> list[str]:
    return [row.key for row in await runs.pending(place, "payments", 100, linked_only=False)]


def settled(row: Row | str, outcome: Outcome = Outcome.GIVEN, *, number: int | None = None) -> Settled:
    return Settled(key=str(row), hash="", procore_id=number, outcome=outcome)


async def settle(runs: PgIncoming, place: Place, run: int, *given: Settled) -> None:
    """What became of rows, under the hashes that they have."""
    rows = await runs.rows_by_key(place, "payments", [s.key for s in given])
    whole = [s.model_copy(update={"hash": rows[s.key].hash}) for s in given]
    await runs.settle(run, place, "payments", whole)


async def test_what_hangs_on_a_changed_row_is_given_again(runs: PgIncoming, place: Place) -> None:
    await runs.finish(await came(runs, place, "cheques", "c1", "c2"), place, "done", "", [])
    for key, cheque in (("p1", "c1"), ("p2", "c2")):
        run, _ = await runs.begin(place, ["payments"], "somebody", asks=[], full=True, sweep_hours=24)
        await runs.arrive(run, place, "payments", [Entry(key=key, body={"cheque": cheque})], ENDED, note=False)
    await runs.stir(place, "payments", BESIDE)
    await settle(runs, place, run, settled("p1", number=1), settled("p2", number=2))
    await runs.stir(place, "payments", BESIDE)
    assert await pending(runs, place) == [], "nothing changed since"
    await runs.finish(run, place, "done", "", [])
    run = await came(runs, place, "cheques", "c1", "c2", state="void")
    await runs.finish(run, place, "done", "", [])
    await runs.arrive(run, place, "cheques", [Entry(key="c2", body={"name": "c2"})], ENDED, note=False)
    await runs.stir(place, "payments", BESIDE)
    assert await pending(runs, place) == ["p1"], "the other cheque is what it was again"
    await settle(runs, place, run, settled("p1"))
    await runs.stir(place, "payments", BESIDE)
    assert await pending(runs, place) == []


async def test_what_was_noted_is_taken_out_whatever_was_said(runs: PgIncoming, place: Place) -> None:
    """About to be written, then refused, then gone: Procore may have it, under an id that nobody knows."""
    run = await came(runs, place, "payments", "p1", "p2", "p3")
    await runs.note(place, "payments", ["p1", "p2"])
    assert [r.procore_id for r in await runs.pending(place, "payments", 9, linked_only=False)] == [None] * 3
    refused = settled("p1").model_copy(update={"refusals": [refuse("refused_by_procore", words="no")]})
    await settle(runs, place, run, refused, settled("p2", number=7), settled("p3", Outcome.QUIET))
    await runs.finish(run, place, "done", "", [])
    run = await came(runs, place, "payments")
    await runs.again(place)
    assert [(r.key, r.procore_id) for r in await runs.gone(place, "payments", 9)] == [("p1", None), ("p2", 7)]
    await runs.removed(run, place, "payments", [settled("p1"), settled("p2")])
    assert await runs.gone(place, "payments", 9) == []


async def test_an_id_that_is_known_is_not_forgotten_by_a_note(runs: PgIncoming, place: Place) -> None:
    run = await came(runs, place, "payments", "p1")
    await settle(runs, place, run, settled("p1", number=7))
    await runs.note(place, "payments", ["p1"])
    assert (await runs.rows_by_key(place, "payments", ["p1"]))["p1"].procore_id == 7


async def test_what_concerned_nobody_is_looked_at_again_when_asked(runs: PgIncoming, place: Place) -> None:
    run = await came(runs, place, "payments", "given", "quiet", "noted")
    await runs.note(place, "payments", ["noted"])
    outcomes = (settled("given", number=7), settled("quiet", Outcome.QUIET), settled("noted", Outcome.QUIET))
    await settle(runs, place, run, *outcomes)
    await runs.again(place)
    assert await pending(runs, place) == []
    await runs.again(place, quiet=["others"])
    assert await pending(runs, place) == []
    await runs.again(place, quiet=["payments"])
    assert await pending(runs, place) == ["noted", "quiet"]


async def test_outcomes_are_counted_for_what_they_are(runs: PgIncoming, place: Place) -> None:
    run = await came(runs, place, "payments", "a", "b", "c", "d")
    refused = settled("d", Outcome.TAKEN_OUT).model_copy(
        update={"refusals": [refuse("refused_by_procore", words="no")]}
    )
    await settle(runs, place, run, settled("b", number=7), settled("c", number=8), settled("d", number=9))
    await runs.again(place)
    out = settled("c", Outcome.TAKEN_OUT, number=8)
    await settle(runs, place, run, settled("a", Outcome.QUIET), settled("b", Outcome.QUIET), out, refused)
    counts = await runs.counts(run)
    assert (counts.written, counts.removed) == (3, 1)
    rows = await runs.rows_by_key(place, "payments", ["a", "b", "c", "d"])
    assert [rows[key].procore_id for key in "abcd"] == [None, 7, None, 9]


async def exported(ledger: PgLedger, key: str, *, unlinked: bool = False) -> ObjectId:
    """An invoice that was exported as the voucher of this key."""
    invoice = another("subcontractor_invoice")
    await move(ledger, invoice, State.SYNCED)
    async with ledger.case(invoice) as case:
        await case.put_snapshot({"commitment_id": 123, "lines": []}, "hash")
    parts = dict(zip(("company", "vendor", "invoice"), key.split("|"), strict=True))
    await link(ledger, invoice, [Written(part="", key=Key(resource="voucher", parts=parts), uuid="u")])
    if unlinked:
        async with ledger.case(invoice) as case:
            await case.unlink()
    return invoice


async def test_what_records_were_exported_as(ledger: PgLedger, runs: PgIncoming) -> None:
    """The object that is linked now, or was last; of this Procore company."""
    gone, live = await exported(ledger, "01|V|1", unlinked=True), await exported(ledger, "01|V|2")
    await exported(ledger, "01|V|3", unlinked=True)
    now = await exported(ledger, "01|V|3")
    keys = ["01|V|1", "01|V|2", "01|V|3", "01|V|4"]
    found = await runs.exported(562949, "01", "voucher", keys)
    assert {key: (e.object, e.ended, e.commitment) for key, e in found.items()} == {
        "01|V|1": (gone.key, True, 123),
        "01|V|2": (live.key, False, 123),
        "01|V|3": (now.key, False, 123),
    }
    assert (found["01|V|2"].project, found["01|V|2"].id) == (310, live.id)
    assert await runs.exported(1, "01", "voucher", keys) == {}
    assert await runs.exported(562949, "02", "voucher", keys) == {}
    assert await runs.written_by_us("01", "voucher", keys) == {"01|V|2", "01|V|3"}
    assert await runs.written_by_us("01", "payment", keys) == frozenset()
