"""Rows that come from CMiC, on PostgreSQL: pages and cursors, what is given to Procore, what is gone (design §6)."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.incoming import Counts, Entry
from domain.incoming_port import Outcome, Place, Settled, Stretch
from ledger.incoming_reading import IncomingReading
from ledger.incoming_rows import PgIncoming
from ledger.store import PgLedger
from tests.ledger.arriving import (
    END,
    MASKED,
    NO,
    PROCORE,
    STREAM,
    UNREADABLE,
    begun,
    came,
    done,
    entry,
    give,
    gone_keys,
    kept,
    pending,
    pending_keys,
    read_whole,
    vendor_linked,
)


@pytest.fixture
def incoming(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="transactions", procore_company=PROCORE, erp_company="01"))


# Pages


async def test_new_changed_and_unchanged_rows_are_told_apart(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"), entry("b"), entry("c"))
    assert await incoming.counts(run) == Counts(read=3, new=3)
    assert await give(incoming, place, run) == ["a", "b", "c"]
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry("a"), entry("b", "2.00"), entry("c"), entry("d"))
    assert await incoming.counts(run) == Counts(read=4, new=1, changed=1)
    rows = await pending(incoming, place)
    assert [(row.key, row.body, row.procore_id) for row in rows] == [
        ("b", {"amount": "2.00"}, 2),
        ("d", {"amount": "1.00"}, None),
    ]


async def test_what_is_twice_in_a_page_is_one_row(incoming: PgIncoming, place: Place) -> None:
    run = await came(incoming, place, entry("a"), entry("b"), entry("a"), note=True)
    assert await incoming.counts(run) == Counts(read=3, new=2)
    assert await pending_keys(incoming, place) == ["a", "b"]
    await incoming.sweep(run, place, STREAM)
    assert await pending_keys(incoming, place) == ["a", "b"]


async def test_an_empty_page_moves_the_cursor(incoming: PgIncoming, place: Place) -> None:
    run = await came(incoming, place, to=Stretch(cursor="x", newest="2026-01-01T00:00:00Z"))
    assert await incoming.stretch(run, STREAM) == Stretch(cursor="x", newest="2026-01-01T00:00:00Z")


async def test_the_newest_never_goes_back(incoming: PgIncoming, place: Place) -> None:
    run = await came(incoming, place, to=Stretch(cursor="x", newest="2026-01-02T00:00:00Z"))
    await came(incoming, place, run=run, to=Stretch(newest="2026-01-01T00:00:00Z", ended=True))
    assert await incoming.stretch(run, STREAM) == Stretch(newest="2026-01-02T00:00:00Z", ended=True)


async def test_a_page_that_fails_in_the_middle_leaves_neither_rows_nor_cursor(
    incoming: PgIncoming, place: Place, pool: asyncpg.Pool
) -> None:
    run = await came(incoming, place, entry("a"), to=Stretch(cursor="after a"))
    broken = Entry.model_construct(**{**dict(entry("x")), "key": None})
    with pytest.raises(asyncpg.PostgresError):
        await came(incoming, place, entry("b"), broken, run=run, to=Stretch(cursor="after x"))
    assert (await incoming.stretch(run, STREAM)).cursor == "after a"
    assert await incoming.counts(run) == Counts(read=1, new=1)
    assert await pending_keys(incoming, place) == ["a"]
    assert await pool.fetchval("select array_agg(erp_key) from import_arrived") == ["a"]
    await came(incoming, place, entry("b"), run=run)
    assert await pending_keys(incoming, place) == ["a", "b"]


async def test_any_text_of_cmics_can_be_kept(incoming: PgIncoming, place: Place) -> None:
    odd = 'a"\\\n\t\x00\ud800’{}|'
    run = await came(incoming, place, Entry(key=odd, label=odd, body={"text": odd, "none": None}))
    (row,) = await pending(incoming, place)
    assert row.body["text"] == row.label == row.key == odd.replace("\x00", "\ufffd").replace("\ud800", "?")
    await give(incoming, place, run)
    assert await pending(incoming, place) == []


async def test_what_matters_alone_is_worth_a_request(incoming: PgIncoming, place: Place) -> None:
    """An address that doesn't sync is kept, and costs nothing."""
    run = await came(incoming, place, Entry(key="a", body={"name": "A", "zip": "1"}, matters={"name": "A"}))
    await give(incoming, place, run)
    await came(incoming, place, Entry(key="a", body={"name": "A", "zip": "2"}, matters={"name": "A"}), run=run)
    assert await pending(incoming, place) == []
    assert (await incoming.rows(place, STREAM))[0].body["zip"] == "2"
    assert (await incoming.counts(run)).changed == 1


async def test_places_and_streams_are_told_apart(incoming: PgIncoming, place: Place) -> None:
    other = await incoming.place(place.model_copy(update={"erp_company": "02"}))
    assert other.id != place.id == (await incoming.place(place)).id
    await came(incoming, place, entry("a"))
    await came(incoming, other, entry("a", "2.00"), entry("b"))
    run, _ = await begun(incoming, place)
    await incoming.arrive(run, place, "others", [entry("a")], END, note=True)
    assert await incoming.sweep(run, place, "others") == 0
    assert await pending_keys(incoming, place) == ["a"]
    assert [row.body["amount"] for row in await pending(incoming, other)] == ["2.00", "1.00"]


async def test_a_thousand_are_given_in_their_order(incoming: PgIncoming, place: Place) -> None:
    await came(incoming, place, *(entry(f"{n:04}") for n in reversed(range(1500))))
    assert await pending_keys(incoming, place, most=3) == ["0000", "0001", "0002"]
    assert len(await pending(incoming, place, most=1000)) == 1000


# Gone


async def test_what_a_sweep_misses_is_gone_and_comes_back(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"), entry("b"), entry("never given"))
    await incoming.settle(
        run, place, STREAM, [Settled(key=k, hash=entry(k).hash, procore_id=n) for n, k in enumerate("ab", start=1)]
    )
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry("a"))
    assert [(row.key, row.procore_id) for row in await incoming.gone(place, STREAM, 10)] == [("b", 2)]
    assert await pending(incoming, place) == []
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry("a"), entry("b"))
    assert (await gone_keys(incoming, place), await pending_keys(incoming, place)) == ([], ["b"])
    assert (await incoming.counts(run)).changed == 1, "it is given again: its removal may have begun"
    await done(incoming, place, run)


async def test_what_was_taken_out_and_comes_back_is_made_anew(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"))
    await give(incoming, place, run)
    await done(incoming, place, run)
    run = await read_whole(incoming, place)
    await incoming.removed(run, place, STREAM, [Settled(key="a", hash="")])
    assert await gone_keys(incoming, place) == []
    assert (await done(incoming, place, run)).removed == 1
    run = await read_whole(incoming, place, entry("a"))
    assert [(row.key, row.procore_id) for row in await pending(incoming, place)] == [("a", None)]


async def test_what_procore_wont_let_go_is_asked_again_by_the_next_run(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"))
    await give(incoming, place, run)
    await done(incoming, place, run)
    run = await read_whole(incoming, place)
    await incoming.removed(run, place, STREAM, [Settled(key="a", hash="", refusals=[NO])])
    assert await gone_keys(incoming, place) == [], "not for ever in one run"
    counts = await done(incoming, place, run)
    assert (counts.removed, counts.refused) == (0, 1)
    (aside,) = await IncomingReading(incoming.pool).aside(PROCORE, "transactions")
    assert (aside["key"], [r["code"] for r in aside["reasons"]]) == ("a", ["refused_by_procore"])
    await incoming.again(place)
    assert await gone_keys(incoming, place) == ["a"]
    assert await IncomingReading(incoming.pool).aside(PROCORE, "transactions") == []
    assert await pending(incoming, place) == []


async def test_a_sweep_tells_how_many_and_only_those_of_its_run(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, *(entry(str(n)) for n in range(5)))
    await done(incoming, place, run)
    run, _ = await begun(incoming, place, full=True)
    await came(incoming, place, entry("0"), run=run, to=Stretch(cursor="more"))
    await came(incoming, place, entry("3"), run=run)
    assert await incoming.sweep(run, place, STREAM) == 3
    assert await incoming.sweep(run, place, STREAM) == 0


async def test_what_arrived_outlives_a_crash_of_the_database(pool: asyncpg.Pool) -> None:
    """A run goes on at its cursor afterwards: were the keys of its first pages forgotten, its sweep would take them for gone,
    and out of Procore."""
    assert await pool.fetchval("select relpersistence::text from pg_class where relname = 'import_arrived'") == "p"


# What is given to Procore


async def test_a_refused_row_waits_for_the_next_run(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"), entry("b"))
    await give(incoming, place, run, NO)
    assert await pending(incoming, place) == []
    counts = await done(incoming, place, run)
    assert (counts.written, counts.refused) == (0, 2)
    await incoming.again(place)
    assert await give(incoming, place, run) == ["a", "b"]
    assert (await kept(incoming.pool, "a"))["push_reasons"] == []


async def test_a_refused_row_that_changes_is_given_at_once(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"), entry("b"))
    await give(incoming, place, run, NO)
    await came(incoming, place, entry("a", "5.00"), entry("b"), run=run)
    assert await pending_keys(incoming, place) == ["a"]


async def test_a_row_that_changes_while_it_is_given_is_given_again(incoming: PgIncoming, place: Place) -> None:
    """What was settled is the hash that was sent."""
    run = await read_whole(incoming, place, entry("a"))
    (sent,) = await pending(incoming, place)
    await came(incoming, place, entry("a", "5.00"), run=run)
    await incoming.settle(run, place, STREAM, [Settled(key="a", hash=sent.hash, procore_id=7)])
    (again,) = await pending(incoming, place)
    assert (again.body, again.procore_id) == ({"amount": "5.00"}, 7)


async def test_a_row_that_is_set_aside_isnt_given_and_comes_in_once_it_may(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a", refusals=[MASKED]), entry("b"))
    assert await pending_keys(incoming, place) == ["b"]
    assert [row.key for row in await incoming.rows(place, STREAM)] == ["b"]
    await incoming.again(place)
    assert await pending_keys(incoming, place) == ["b"]
    assert (await done(incoming, place, run)).refused == 1
    run = await read_whole(incoming, place, entry("a"), entry("b"))
    assert (await incoming.counts(run)).changed == 1
    assert await pending_keys(incoming, place) == ["a", "b"]


async def test_a_row_that_becomes_unreadable_stays_in_procore_as_it_is(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"))
    await give(incoming, place, run)
    await done(incoming, place, run)
    run = await read_whole(incoming, place, Entry(key="a", label="a", refusals=[UNREADABLE]))
    assert (await pending_keys(incoming, place), await gone_keys(incoming, place)) == ([], [])
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry("a"))
    assert await pending(incoming, place) == [], "it is what Procore has"
    assert (await incoming.rows_by_key(place, STREAM, ["a"]))["a"].procore_id == 1


async def test_an_outcome_without_an_id_keeps_the_one_that_is_known(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a"))
    await give(incoming, place, run, first=5)
    await came(incoming, place, entry("a", "2.00"), run=run)
    (row,) = await pending(incoming, place)
    await incoming.settle(run, place, STREAM, [Settled(key="a", hash=row.hash)])
    assert (await kept(incoming.pool, "a"))["procore_id"] == 5
    assert (await incoming.counts(run)).written == 2


async def test_nothing_is_settled_of_nothing(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place)
    await incoming.settle(run, place, STREAM, [])
    await incoming.removed(run, place, STREAM, [])
    await incoming.settle(run, place, STREAM, [Settled(key="unknown", hash="x", outcome=Outcome.GIVEN)])
    assert await incoming.counts(run) == Counts()


async def test_rows_of_vendors_that_were_linked_since_are_given_again(
    incoming: PgIncoming, place: Place, ledger: PgLedger
) -> None:
    def of(key: str, vendor: str | None, **more: Any) -> Entry:
        return Entry(key=key, body={"vendor": vendor}, **more)

    await vendor_linked(ledger, "EARLIER")
    rows = [of("a", "late"), of("b", "LATE"), of("c", "OTHER"), of("d", None), of("e", "EARLIER")]
    run = await read_whole(incoming, place, *rows, of("f", "LATE", refusals=[MASKED]))
    await give(incoming, place, run)
    await incoming.stir_linked(place, STREAM, "vendor")
    assert await pending(incoming, place) == []
    company = await vendor_linked(ledger, "LATE")
    await incoming.stir_linked(place, STREAM, "vendor")
    assert await pending_keys(incoming, place) == ["a", "b"], "linked while the run was under way"
    assert {row.procore_id for row in await pending(incoming, place)} == {1, 2}
    await give(incoming, place, run)
    await done(incoming, place, run)
    run, _ = await begun(incoming, place)
    await incoming.stir_linked(place, STREAM, "vendor")
    assert await give(incoming, place, run) == ["a", "b"], "or a little before it ended"
    await done(incoming, place, run)
    for _ in range(2):
        await done(incoming, place, (await begun(incoming, place))[0])
        await incoming.stir_linked(place, STREAM, "vendor")
        assert await pending(incoming, place) == []
    async with ledger.case(company) as case:
        await case.unlink()
    await vendor_linked(ledger, "LATE")
    await incoming.stir_linked(place, STREAM, "vendor")
    assert await pending_keys(incoming, place) == ["a", "b"], "another company now"
