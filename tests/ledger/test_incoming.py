"""Rows that come from CMiC, on PostgreSQL: pages and cursors, what is given to Procore, what is gone, staged records (design
§6)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from domain.company_settings import Settings
from domain.identity import ObjectId, project_key
from domain.incoming import Counts, Entry
from domain.incoming_port import Outcome, Place, Row, Settled, Stretch
from domain.records import Key, Written
from domain.refusals import Refusal, refuse
from domain.staged import Staged
from ledger.incoming_reading import IncomingReading
from ledger.incoming_rows import PgIncoming
from ledger.staged import StagedRecords
from ledger.store import PgLedger
from tests.builders import COMPANY, PROJECT
from tests.ledger.acts import another, link, link_company, link_project

PROCORE, STREAM = 562949, "rows"
END = Stretch(ended=True)
NO = refuse("refused_by_procore", words="no")
MASKED = refuse("masked", what="Vendor", erp_code="X")
UNREADABLE = refuse("cmic_row_unreadable", problem="no date")


@pytest.fixture
def incoming(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="transactions", procore_company=PROCORE, erp_company="01"))


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
    assert (await gone_keys(incoming, place), await pending_keys(incoming, place)) == ([], [])
    assert (await incoming.counts(run)).changed == 1, "it was gone, and Procore still has it"
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
    assert (await done(incoming, place, run)).removed == 0
    await incoming.again(place)
    assert await gone_keys(incoming, place) == ["a"]
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


# Runs


async def test_a_run_that_was_left_goes_on_where_it_stopped(incoming: PgIncoming, place: Place) -> None:
    first, _ = await begun(incoming, place)
    await came(incoming, place, entry("a"), run=first, to=Stretch(cursor="after a", newest="2026-01-01T00:00:00Z"))
    again, full = await begun(incoming, place)
    assert (again, full) == (first, True)
    assert (await incoming.stretch(again, STREAM)).cursor == "after a"
    assert (await begun(incoming, place, full=True))[0] == first, "it reads everything anyway"


async def marked(incoming: PgIncoming, place: Place, newest: str = "2026-01-01T00:00:00Z", *rows: Entry) -> int:
    """A whole run that reached so far."""
    run, _ = await begun(incoming, place, full=True)
    await came(incoming, place, *rows, run=run, to=Stretch(newest=newest, ended=True))
    await done(incoming, place, run)
    return run


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
    await read_whole(incoming, place, entry(keys[0]), entry(keys[1]))
    await incoming.adopt_codes(place, STREAM)
    assert await codes_of(pool) == before | {"07-100/L"}, "back, and linked anew"


# Staged records


@pytest.fixture
async def vendors(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="vendors", procore_company=PROCORE, erp_company="01", resource="vendor"))


@pytest.fixture
def staged(pool: asyncpg.Pool) -> StagedRecords:
    return StagedRecords(pool)


async def record(staged: StagedRecords, key: str) -> Staged:
    found = await staged.one("vendors", PROCORE, "01", key)
    assert found is not None
    return found


async def vendor_linked(ledger: PgLedger, code: str, company: ObjectId | None = None) -> ObjectId:
    """A company of the directory that a lifecycle linked."""
    own = company or another("company", "01")
    key = Key(resource="vendor", parts={"company": "01", "vendor": code})
    await link(ledger, own, [Written(part="", key=key, uuid="v")])
    return own


async def test_how_a_staged_record_stands(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    names = ("new", "linked", "by_id", "archived", "inactive", "masked", "gone", "linked_inactive", "linked_archived")
    more: dict[str, dict[str, Any]] = {
        "inactive": {"inactive": True},
        "linked_inactive": {"inactive": True},
        "masked": {"refusals": [MASKED]},
    }
    entries = {name: entry(f"01|{name.upper()}", **more.get(name, {})) for name in names}
    run = await read_whole(incoming, vendors, *entries.values())
    companies = {name: await vendor_linked(ledger, name) for name in ("linked", "linked_inactive", "linked_archived")}
    await staged.joined(await record(staged, "01|BY_ID"), 4711)
    for name in ("archived", "linked_archived"):
        await staged.archive(await record(staged, f"01|{name.upper()}"), archived=True)
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, *(e for name, e in entries.items() if name != "gone"))
    found = {name: await record(staged, f"01|{name.upper()}") for name in names}
    assert {name: one.status for name, one in found.items()} == {
        "new": "staged", "linked": "linked", "by_id": "linked", "archived": "archived", "inactive": "archived",
        "masked": "refused", "gone": "gone", "linked_inactive": "linked", "linked_archived": "linked",
    }  # fmt: skip
    assert (found["linked"].linked_to, found["by_id"].linked_to) == (companies["linked"].id, 4711)
    assert found["masked"].reasons[0].code == "masked"
    assert (found["archived"].is_archived_by_hand, found["inactive"].is_archived_by_hand) == (True, False)
    shown = {one.code for one in await staged.shown("vendors", PROCORE, "01")}
    assert shown == {n.upper() for n in names} - {"MASKED", "GONE"}
    assert [one.code for one in await staged.shown("vendors", PROCORE, "01", "refused")] == ["MASKED"]
    assert await staged.shown("vendors", PROCORE, "02") == []
    assert await staged.one("customers", PROCORE, "01", "01|NEW") is None


async def test_only_linked_records_are_given(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    run = await read_whole(incoming, vendors, *(entry(f"01|{name.upper()}") for name in ("A", "B", "C")))
    assert await pending_keys(incoming, vendors, linked_only=True) == []
    company = await vendor_linked(ledger, "a")
    await staged.joined(await record(staged, "01|B"), 4711)
    (row,) = await pending(incoming, vendors, linked_only=True)
    assert (row.key, row.procore_id) == ("01|A", company.id), "the other is what it was joined as"
    await came(incoming, vendors, entry("01|B", "2.00"), entry("01|C", "2.00"), run=run)
    assert await pending_keys(incoming, vendors, linked_only=True) == ["01|A", "01|B"]
    async with ledger.case(company) as case:
        await case.unlink()
    assert (await record(staged, "01|A")).status == "staged"
    assert await pending_keys(incoming, vendors, linked_only=True) == ["01|B"]


async def test_what_people_did_and_what_is_proposed_is_kept_through_a_refresh(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords
) -> None:
    run = await read_whole(incoming, vendors, entry("01|a"), entry("01|b"))
    await staged.propose(vendors.id, {"01|a": [{"procore_id": 1}], "01|b": [{"procore_id": 2}]})
    await staged.archive(await record(staged, "01|b"), archived=True)
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, entry("01|a", "9.00"), entry("01|b", "9.00"))
    assert (await record(staged, "01|a")).proposals == [{"procore_id": 1}]
    assert (await record(staged, "01|b")).status == "archived"
    await staged.propose(vendors.id, {"01|b": [{"procore_id": 3}]})
    assert [(await record(staged, key)).proposals for key in ("01|a", "01|b")] == [[], [{"procore_id": 3}]]
    await staged.archive(await record(staged, "01|b"), archived=False)
    assert (await record(staged, "01|b")).status == "staged"


async def test_what_is_taken_already(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    await read_whole(incoming, vendors, entry("01|a"), entry("01|b"))
    company, never_read = await vendor_linked(ledger, "a"), await vendor_linked(ledger, "z")
    await staged.joined(await record(staged, "01|b"), 4711)
    assert await staged.taken_ids("vendors", PROCORE, "01") == {company.id, never_read.id, 4711}
    assert await staged.taken_ids("vendors", PROCORE, "02") == frozenset()


async def test_masked_vendors_are_known_by_their_codes(incoming: PgIncoming, vendors: Place) -> None:
    entries = [entry("01|a", refusals=[MASKED]), entry("01|b", refusals=[UNREADABLE]), entry("01|c")]
    run = await read_whole(incoming, vendors, *entries)
    assert await incoming.masked(PROCORE, "01") == {"a"}
    assert await incoming.masked(PROCORE, "02") == frozenset()
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, *entries[1:])
    assert await incoming.masked(PROCORE, "01") == frozenset()


async def test_a_request_has_one_answer_for_ever(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, pool: asyncpg.Pool
) -> None:
    await read_whole(incoming, vendors, entry("01|a"))
    one = await record(staged, "01|a")
    assert await staged.answered("r1") is None
    await staged.note(one, "r1", "link", "Ada", [NO], {"procore_id": 1})
    await staged.note(one, "r1", "link", "Ada", [], {})
    await staged.note(one, "r2", "archive", "Ada", [], {})
    answer = await staged.answered("r1")
    assert answer is not None
    assert (answer[0], [r.code for r in answer[1]]) == ("refused", ["refused_by_procore"])
    assert [(h["action"], h["answer"]) for h in await staged.history(one)] == [("link", "refused"), ("archive", "done")]
    for statement in ("update incoming_actions set who = 'Eve'", "delete from incoming_actions"):
        with pytest.raises(asyncpg.PostgresError):
            await pool.execute(statement)


# How it is looked at


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
