"""The totals of a job's costs, added up by PostgreSQL (O-17, R-24, cmic-api §3.11)."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.identity import project_key
from domain.incoming import Entry
from domain.incoming_port import Place, Stretch
from domain.refusals import refuse
from ledger.incoming_rows import PgIncoming

STREAMS = ["detail", "codes", "totals"]
Body = dict[str, Any]


@pytest.fixture
def incoming(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(incoming: PgIncoming) -> Place:
    wanted = Place(name="job_costs", procore_company=1, erp_company="01", scope=project_key(1, 7))
    return (await incoming.place(wanted)).model_copy(update={"job": "J1"})


async def arrived(incoming: PgIncoming, place: Place, stream: str, entries: list[Entry]) -> None:
    run, _ = await incoming.begin(place, STREAMS, "p", asks=["detail"], full=True, sweep_hours=24)
    await incoming.arrive(run, place, stream, entries, Stretch(ended=True), note=True)


def cost(number: int, amount: str | None, pair: tuple[str, str] = ("03-100", "S"), **more: Any) -> Entry:
    body: Body = {"cost_code": pair[0], "category": pair[1], "type": "cost", "amount": amount, "commitment": "", **more}
    return Entry(key=f"01|J1|U{number}", body=body)


def code(pair: tuple[str, str], original: str | None = None, current: str | None = None) -> Entry:
    body = {"cost_code": pair[0], "category": pair[1], "name": "Work"}
    return Entry(
        key=f"01|J1|{pair[0]}|{pair[1]}", body={**body, "original_budget": original, "current_budget": current}
    )


async def totals(incoming: PgIncoming, place: Place) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(JTD, commitment invoiced, committed) by cost code and category."""
    names = ("job_to_date", "commitment_invoiced", "committed")
    return {
        (f.key.parts["cost_code"], f.key.parts["category"]): tuple(f.attributes[n] for n in names)
        for f in await incoming.job_cost_totals(place, "detail", "codes")
    }


async def test_thousands_of_rows_with_reversals_and_commitments_add_up_to_the_cent(
    incoming: PgIncoming, place: Place
) -> None:
    chosen = random.Random(11)
    pairs = [(f"{n:02}-100", category) for n in range(40) for category in "LMS"]
    entries: list[Entry] = []
    expected: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for number in range(6000):
        pair, amount = chosen.choice(pairs), Decimal(chosen.randint(-999_999, 9_999_999)) / 100
        kind, commitment = chosen.choice([("cost", ""), ("cost", "SC-1"), ("commitment", "SC-1"), ("B", "SC-1")])
        entries.append(cost(number, str(amount), pair, type=kind, commitment=commitment))
        if number % 7 == 0:
            entries.append(cost(10_000 + number, str(-amount), pair, type=kind, commitment=commitment))
            amount = Decimal(0)
        if kind != "B":
            sums = expected[pair]
            sums[0] += amount * (kind == "cost")
            sums[1] += amount * (kind == "cost" and commitment != "")
            sums[2] += amount * (kind == "commitment")
    await arrived(incoming, place, "detail", entries)
    assert await totals(incoming, place) == {pair: tuple(sums) for pair, sums in expected.items()}


async def test_codes_without_costs_and_costs_without_codes_both_appear(incoming: PgIncoming, place: Place) -> None:
    await arrived(incoming, place, "detail", [cost(1, "10.50", ("09-900", "L"))])
    await arrived(incoming, place, "codes", [code(("03-100", "S"), "1000.00", "1250.5"), code(("03-100", "L"))])
    found = {f.key.text: f.attributes for f in await incoming.job_cost_totals(place, "detail", "codes")}
    assert list(found) == ["01|J1|03-100|L", "01|J1|03-100|S", "01|J1|09-900|L"]
    assert [found["01|J1|03-100|S"][n] for n in ("original_budget", "current_budget", "job_to_date", "name")] == [
        *(Decimal("1000.00"), Decimal("1250.50"), Decimal(0), "Work")
    ]
    assert found["01|J1|03-100|L"]["original_budget"] is None
    assert found["01|J1|09-900|L"]["job_to_date"] == Decimal("10.50")


async def test_what_is_gone_unreadable_empty_or_of_another_job_counts_for_nothing(
    incoming: PgIncoming, place: Place
) -> None:
    unreadable = Entry(key="01|J1|U3", refusals=[refuse("cmic_row_unreadable", problem="no date")])
    other_job = cost(4, "400").model_copy(update={"key": "01|J10|U4"})
    entries = [cost(1, "100"), cost(2, None), unreadable, other_job, cost(5, "1E+1")]
    await arrived(incoming, place, "detail", entries)
    assert await totals(incoming, place) == {("03-100", "S"): (Decimal(110), 0, 0)}
    run, _ = await incoming.begin(place, STREAMS, "p", asks=["detail"], full=True, sweep_hours=24)
    await incoming.finish(run, place, "done", "", [])
    run, _ = await incoming.begin(place, STREAMS, "p", asks=["detail"], full=True, sweep_hours=24)
    await incoming.arrive(run, place, "detail", entries[1:], Stretch(ended=True), note=True)
    await incoming.sweep(run, place, "detail")
    assert await totals(incoming, place) == {("03-100", "S"): (Decimal(10), 0, 0)}


async def test_a_run_asks_for_changes_once_the_streams_that_can_were_read(incoming: PgIncoming, place: Place) -> None:
    """Codes and totals have no dates of change: they don't make every run read everything."""

    async def ran(newest: str) -> bool:
        run, is_full = await incoming.begin(place, STREAMS, "p", asks=["detail"], full=False, sweep_hours=24)
        to = Stretch(newest=newest, ended=True)
        await incoming.arrive(run, place, "detail", [cost(1, "1")], to, note=is_full)
        await incoming.finish(run, place, "done", "", [])
        return is_full

    assert [await ran(""), await ran("2026-01-01T00:00:00Z"), await ran("2026-01-02T00:00:00Z")] == [True, False, False]
