"""Runs of imports, on PostgreSQL: where they go on, since when they ask, how they end, how they are looked at (design §6)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from domain.company_settings import Settings
from domain.identity import parse_key, project_key
from domain.incoming import Counts
from domain.incoming_port import Place, Settled, Stretch
from ledger.incoming_reading import IncomingReading
from ledger.incoming_rows import PgIncoming
from ledger.store import PgLedger
from tests.builders import COMPANY, PROJECT
from tests.ledger.acts import link_company, link_project
from tests.ledger.arriving import (
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
    marked,
    pending,
    read_whole,
)


@pytest.fixture
def incoming(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="transactions", procore_company=PROCORE, erp_company="01"))


async def test_a_run_that_was_left_goes_on_where_it_stopped(incoming: PgIncoming, place: Place) -> None:
    first, _ = await begun(incoming, place)
    await came(incoming, place, entry("a"), run=first, to=Stretch(cursor="after a", newest="2026-01-01T00:00:00Z"))
    again, full = await begun(incoming, place)
    assert (again, full) == (first, True)
    assert (await incoming.stretch(again, STREAM)).cursor == "after a"
    assert (await begun(incoming, place, full=True))[0] == first, "it reads everything anyway"


async def test_the_next_run_asks_for_changes_since_what_the_last_reached(incoming: PgIncoming, place: Place) -> None:
    await marked(incoming, place)
    run, full = await begun(incoming, place)
    assert (full, (await incoming.stretch(run, STREAM)).since) == (False, "2026-01-01T00:00:00Z")
    await came(incoming, place, run=run, to=Stretch(newest="2026-01-05T00:00:00Z", ended=True), note=False)
    await done(incoming, place, run)
    run, full = await begun(incoming, place)
    assert (full, (await incoming.stretch(run, STREAM)).since) == (False, "2026-01-05T00:00:00Z")
    await came(incoming, place, run=run, to=Stretch(newest="", ended=True), note=False)
    await done(incoming, place, run)
    run, _ = await begun(incoming, place)
    assert (await incoming.stretch(run, STREAM)).since == "2026-01-05T00:00:00Z", "nothing changed, nothing forgotten"


async def test_a_run_that_isnt_done_leaves_no_mark(incoming: PgIncoming, place: Place) -> None:
    for state in ("refused", "left"):
        run, _ = await begun(incoming, place)
        await came(incoming, place, run=run, to=Stretch(newest="2026-01-01T00:00:00Z", ended=True))
        await incoming.finish(run, place, state, "why", [NO])
        assert (await begun(incoming, place))[1], state


async def test_everything_is_asked_for_while_changes_are_being_read(
    incoming: PgIncoming, place: Place, pool: asyncpg.Pool
) -> None:
    await marked(incoming, place)
    changes, full = await begun(incoming, place)
    assert not full
    whole, full = await begun(incoming, place, full=True)
    assert full
    assert whole != changes
    assert await pool.fetchval("select state from import_runs where id = $1", changes) == "left"
    assert await incoming.stretch(whole, STREAM) == Stretch()
    assert await begun(incoming, place) == (whole, True), "whoever asks for changes goes on with it"


async def test_after_the_sweep_hours_everything_is_read(incoming: PgIncoming, place: Place, pool: asyncpg.Pool) -> None:
    await marked(incoming, place)
    await pool.execute("update import_marks set full_at = now() - interval '5 hours'")
    for hours, expected in ((4, True), (6, False)):
        run, full = await begun(incoming, place, sweep_hours=hours)
        assert full is expected
        await incoming.finish(run, place, "left", "", [])


async def test_changes_dont_count_as_everything(incoming: PgIncoming, place: Place, pool: asyncpg.Pool) -> None:
    """The hours run from when everything was read, and from when that began: what changed meanwhile may be missed."""
    run = await marked(incoming, place)
    started = await pool.fetchval("select started_at from import_runs where id = $1", run)
    run, _ = await begun(incoming, place)
    await came(incoming, place, run=run, to=Stretch(newest="2026-02-01T00:00:00Z", ended=True), note=False)
    await done(incoming, place, run)
    assert await pool.fetchval("select full_at from import_marks") == started


async def test_two_who_begin_at_once_get_one_run(incoming: PgIncoming, place: Place) -> None:
    found = await asyncio.gather(*(begun(incoming, place, full=n % 2 == 0) for n in range(6)))
    assert len(set(found)) == 1


async def test_a_stream_that_a_run_doesnt_have_is_over(incoming: PgIncoming, place: Place) -> None:
    run, _ = await begun(incoming, place)
    assert await incoming.stretch(run, "nothing") == Stretch(ended=True)


async def test_a_finish_is_final_and_keeps_nothing_of_the_sweep(
    incoming: PgIncoming, place: Place, pool: asyncpg.Pool
) -> None:
    run = await read_whole(incoming, place, entry("a"), entry("b", refusals=[MASKED]), entry("c"))
    rows = await pending(incoming, place)
    await incoming.settle(run, place, STREAM, [Settled(key="a", hash=rows[0].hash, procore_id=1)])
    await incoming.settle(run, place, STREAM, [Settled(key="c", hash=rows[1].hash, refusals=[NO])])
    first = await incoming.finish(run, place, "done", "words", [NO])
    assert first == Counts(read=3, new=3, written=1, refused=2)
    assert first.words == "3 read, 3 new, 0 changed; 1 written to Procore, 0 removed, 2 set aside"
    assert await incoming.finish(run, place, "refused", "others", []) == first
    row = await IncomingReading(pool).run(run)
    assert row is not None
    assert (row["state"], row["words"], row["refusals"][0]["code"]) == ("done", "words", "refused_by_procore")
    assert await pool.fetchval("select count(*) from import_arrived") == 0


async def test_the_settings_of_a_company_are_its_newest(incoming: PgIncoming, ledger: PgLedger) -> None:
    assert await incoming.settings_of(PROCORE) == Settings()
    for hours in (3, 5):
        await ledger.put_settings(PROCORE, Settings(full_sweep_hours=hours), "administrator")
    assert (await incoming.settings_of(PROCORE)).full_sweep_hours == 5
    assert await incoming.settings_of(1) == Settings()


# Projects


async def test_a_place_of_a_project_has_its_job_while_it_is_linked(incoming: PgIncoming, ledger: PgLedger) -> None:
    wanted = Place(name="transactions", procore_company=PROCORE, erp_company="77", scope=PROJECT.key)
    assert (await incoming.place(wanted)).job == ""
    await link_project(ledger)
    async with ledger.case(PROJECT) as case:
        await case.describe(label="A project", erp_company="01", job="")
    found = await incoming.place(wanted)
    assert (found.job, found.erp_company, found.project) == ("1042", "01", PROJECT.id)
    assert found.workflow_id == f"import:transactions:{PROCORE}:01:{PROJECT.id}"
    async with ledger.case(PROJECT) as case:
        await case.unlink()
    assert (await incoming.place(wanted)).job == ""


async def test_projects_and_vendors_that_are_linked(incoming: PgIncoming, ledger: PgLedger) -> None:
    await link_project(ledger)
    await link_company(ledger)
    assert await incoming.projects(PROCORE, "01") == {"1042": PROJECT.id}
    assert await incoming.vendors(PROCORE, "01") == {"ACME": COMPANY.id}
    for company, erp_company in ((PROCORE, "02"), (1, "01")):
        assert await incoming.projects(company, erp_company) == {}
        assert await incoming.vendors(company, erp_company) == {}


async def codes_of(pool: asyncpg.Pool) -> set[str]:
    rows = await pool.fetch("select part from links where resource = 'job_code' and ended_at is null")
    return {row["part"] for row in rows}


async def test_pairs_that_came_in_are_linked_and_gone_ones_arent(
    incoming: PgIncoming, ledger: PgLedger, pool: asyncpg.Pool
) -> None:
    await link_project(ledger)
    wanted = Place(
        name="project_codes", procore_company=PROCORE, erp_company="01", scope=project_key(PROCORE, PROJECT.id)
    )
    place = await incoming.place(wanted)
    keys = [f"01|1042|{pair}" for pair in ("03-300|M", "07-100|L", "07-200|S", "07-300|S")]
    before = await codes_of(pool)
    run = await read_whole(incoming, place, *(entry(key) for key in keys[:3]), entry(keys[3], refusals=[MASKED]))
    await incoming.adopt_codes(place, STREAM)
    assert await codes_of(pool) == before, "none is in Procore yet"
    rows = await pending(incoming, place)
    refused = Settled(key=rows[2].key, hash=rows[2].hash, refusals=[NO])
    await incoming.settle(run, place, STREAM, [*(Settled(key=r.key, hash=r.hash) for r in rows[:2]), refused])
    for _ in range(2):
        await incoming.adopt_codes(place, STREAM)
        assert await codes_of(pool) == before | {"07-100/L"}
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry(keys[0]))
    await incoming.adopt_codes(place, STREAM)
    assert await codes_of(pool) == before
    await done(incoming, place, run)
    run = await read_whole(incoming, place, entry(keys[0]), entry(keys[1]))
    await incoming.settle(run, place, STREAM, [Settled(key=r.key, hash=r.hash) for r in await pending(incoming, place)])
    await incoming.adopt_codes(place, STREAM)
    assert await codes_of(pool) == before | {"07-100/L"}, "back, given, and linked anew"
    async with ledger.case(parse_key(place.scope)) as case:
        await case.unlink()
    await incoming.adopt_codes(place, STREAM)
    assert await codes_of(pool) == set(), "a project that was unlinked meanwhile gets none"


async def test_places_with_their_last_run_and_what_is_set_aside(
    incoming: PgIncoming, place: Place, pool: asyncpg.Pool
) -> None:
    reading = IncomingReading(pool)
    run = await read_whole(incoming, place, entry("a", refusals=[MASKED]), entry("b"), entry("c"))
    await give(incoming, place, run, NO)
    assert (await reading.running(place.id) or {})["id"] == run
    await done(incoming, place, run)
    assert await reading.running(place.id) is None
    second, _ = await begun(incoming, place)
    await incoming.finish(second, place, "refused", "why not", [])
    (row,) = await reading.places(PROCORE)
    assert (row["run"], row["state"], row["words"]) == (second, "refused", "why not")
    assert row["fresh_at"] is not None
    assert timedelta(0) <= row["started_at"] - row["fresh_at"] < timedelta(minutes=1)
    aside = await reading.aside(PROCORE, "transactions")
    assert [(a["key"], [r["code"] for r in a["reasons"]]) for a in aside] == [
        ("a", ["masked"]),
        ("b", ["refused_by_procore"]),
        ("c", ["refused_by_procore"]),
    ]
    assert len(await reading.aside(PROCORE, "transactions", most=1)) == 1
    assert await reading.aside(PROCORE, "transactions", "project:1:-:1") == []
    assert await reading.places(1) == []


async def test_a_preview_is_kept_until_it_is_confirmed(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, entry("a", refusals=[MASKED, UNREADABLE]))
    await incoming.keep_preview(run, {"hash": "abc"})
    assert await incoming.confirmed(run) == ""
    await incoming.confirm(run)
    await incoming.keep_preview(run, {"hash": "other"})
    assert await incoming.confirmed(run) == "abc"
    assert [r.code for r in await incoming.aside(place)] == ["masked", "cmic_row_unreadable"]
    await incoming.count_written(run, 3, 2)
    counts = await incoming.counts(run)
    assert (counts.written, counts.removed) == (3, 2)


async def test_what_a_run_misses_is_told_before_it_is_gone(incoming: PgIncoming, place: Place) -> None:
    run = await read_whole(incoming, place, *(entry(str(n)) for n in range(5)))
    await done(incoming, place, run)
    run, _ = await begun(incoming, place, full=True)
    assert await incoming.missed(run, place, STREAM) == (5, 5)
    await came(incoming, place, entry("0"), entry("new"), run=run)
    assert await incoming.missed(run, place, STREAM) == (4, 6)
    assert await gone_keys(incoming, place) == []
    assert await incoming.sweep(run, place, STREAM) == 4
    assert await incoming.missed(run, place, STREAM) == (0, 2)


async def test_after_a_change_of_the_settings_everything_is_read(
    incoming: PgIncoming, place: Place, ledger: PgLedger
) -> None:
    """Rows are mapped by them when they arrive."""
    await marked(incoming, place)
    await ledger.put_settings(PROCORE + 1, Settings(), "administrator")
    run, full = await begun(incoming, place)
    assert not full, "another account's"
    await incoming.finish(run, place, "left", "", [])
    await ledger.put_settings(PROCORE, Settings(masked_sources=["X"]), "administrator")
    run, full = await begun(incoming, place)
    assert full
    await came(incoming, place, run=run, to=Stretch(newest="2026-03-01T00:00:00Z", ended=True))
    await done(incoming, place, run)
    assert not (await begun(incoming, place))[1]
