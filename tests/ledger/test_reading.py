"""What people read of the ledger: lists, an item's story with names and notes, people and notes themselves (B-11)."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.commands import Answer
from domain.people import person_id
from domain.permissions import PERMISSIONS, Level, Person, missing
from domain.settings import ExportSettings
from domain.states import Condition, State
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, group, written
from tests.ledger.acts import another, link, link_project, move, needs, wait_on

EVE = Person(name="Eve Ünal", erp_level=Level.READ_ONLY)


@pytest.mark.parametrize("state", [s for s in State if s is not State.NOT_SENT])
async def test_an_item_is_found_in_its_view(ledger: PgLedger, reading: Reading, state: State) -> None:
    await move(ledger, COMMITMENT, state)
    (item,) = await reading.inbox(state.value)
    assert item["key"] == COMMITMENT.key
    expected = "Reset" if state is State.RESET_OUTSTANDING else state.label
    assert item["view_name"] == expected
    assert len(await reading.inbox()) == (0 if state is State.SYNCED else 1)


async def test_what_isnt_sent_is_in_no_view(ledger: PgLedger, reading: Reading) -> None:
    await move(ledger, COMMITMENT, State.NOT_SENT)
    assert await reading.inbox() == await reading.inbox("not_sent") == []


async def test_the_oldest_comes_first_and_a_list_ends(ledger: PgLedger, reading: Reading) -> None:
    items = [another() for _ in range(4)]
    for item in items:
        await move(ledger, item, State.WAITING)
    await move(ledger, items[0], State.FAILED)
    assert [row["key"] for row in await reading.inbox()] == [items[n].key for n in (1, 2, 3, 0)]
    assert [row["key"] for row in await reading.inbox("waiting", most=2)] == [items[n].key for n in (1, 2)]


async def test_a_list_is_narrowed_by_kind_and_project(ledger: PgLedger, reading: Reading) -> None:
    elsewhere = another(scope="311")
    for item in (COMMITMENT, COMPANY, PROJECT, elsewhere):
        await move(ledger, item, State.WAITING)

    async def keys(**more: Any) -> set[str]:
        return {row["key"] for row in await reading.inbox(**more)}

    assert await keys(kind="company") == {COMPANY.key}
    assert await keys(project=310) == {COMMITMENT.key, PROJECT.key}
    assert await keys(kind="commitment", project=311) == {elsewhere.key}
    assert await keys(view="failed") == set()


async def test_a_story_bears_its_notes(ledger: PgLedger, reading: Reading) -> None:
    await ledger.put_note("n1", COMMITMENT.key, "Ada", "wrong \x00 cost code 👷")
    await ledger.put_note("n1", COMMITMENT.key, "Eve", "never mind")
    await move(ledger, COMMITMENT, State.WAITING, "send")
    await move(ledger, COMMITMENT, State.REJECTED, "reject", note="n1")
    await move(ledger, COMMITMENT, State.WAITING, "send", note="lost")
    story = await reading.history(COMMITMENT.key)
    assert [(row["sequence"], row["action"], row["note_text"]) for row in story] == [
        (1, "send", None),
        (2, "reject", "wrong \ufffd cost code 👷"),
        (3, "send", None),
    ]
    assert all(row["at"].tzinfo for row in story)


async def test_a_long_note_is_cut_not_refused(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await ledger.put_note("n1", COMMITMENT.key, "Ada", "x" * 1_000_000)
    assert await pool.fetchval("select length(body) from notes") == 10_000


async def test_a_story_names_people(ledger: PgLedger, reading: Reading) -> None:
    await ledger.put_person(EVE)
    refusals = missing(PERMISSIONS["accept"], EVE, "accept", ExportSettings())
    await move(ledger, COMMITMENT, State.WAITING, "accept", answer=Answer.REFUSED, refusals=refusals, who=EVE.name)
    (row,) = await reading.history(COMMITMENT.key)
    assert row["refusals"][0]["sentence"].startswith("Eve Ünal may not accept this")
    assert await reading.verify(COMMITMENT.key) is None


async def test_a_person_is_known_as_the_last_door_knew_him(ledger: PgLedger) -> None:
    number = await ledger.put_person(EVE)
    assert number == person_id(EVE.name)
    assert await ledger.person(number) == EVE
    promoted = Person(name=EVE.name, erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
    assert await ledger.put_person(promoted) == number
    assert await ledger.person(number) == promoted
    assert await ledger.person(person_id("nobody")) is None
    assert await ledger.names({number, person_id("nobody")}) == {number: EVE.name}
    assert await ledger.names(set()) == {}


async def test_an_items_links_and_parents_are_shown(ledger: PgLedger, reading: Reading) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    shown = await reading.links(COMMITMENT.key)
    assert [(row["part"], row["resource"], row["erp_key"]) for row in shown] == [
        ("", "subcontract", "01|ACME|SC-001|000"),
        ("90001", "subcontract_line", "01|ACME|SC-001|000|0001"),
        ("90002", "subcontract_line", "01|ACME|SC-001|000|0002"),
    ]
    await link_project(ledger)
    await wait_on(ledger, COMMITMENT, needs(PROJECT, Condition.JOB_EXISTS, "project Tower"))
    (parent,) = await reading.parents(COMMITMENT.key)
    assert (parent["parent"], parent["state"], parent["job"], parent["linked"]) == (PROJECT.key, "synced", "1042", True)


async def test_an_object_is_found_by_its_id(ledger: PgLedger, reading: Reading) -> None:
    await move(ledger, COMMITMENT, State.WAITING)
    assert await reading.find("commitment", COMMITMENT.id) == [COMMITMENT.key]
    assert await reading.find("company", COMMITMENT.id) == []
    assert await reading.item(COMPANY.key) is None


async def test_active_objects_come_page_by_page(ledger: PgLedger) -> None:
    objects = sorted((another() for _ in range(5)), key=lambda o: o.key)
    for object_id in objects:
        await move(ledger, object_id, State.WAITING)
    await move(ledger, objects[2], State.NOT_SENT)
    wanted = [o.key for o in objects if o is not objects[2]]
    found, after = [], ""
    while page := await ledger.active(after, 2):
        assert len(page) <= 2
        found += [head.key for head in page]
        after = found[-1]
    assert found == wanted
    head = await ledger.head(wanted[0])
    assert (await ledger.active("", 1)) == [head]


async def test_a_case_that_is_only_looked_at_changes_nothing(ledger: PgLedger, reading: Reading) -> None:
    await move(ledger, COMMITMENT, State.WAITING)
    before = await reading.item(COMMITMENT.key)
    async with ledger.case(COMMITMENT) as case:
        assert case.head.state is State.WAITING
    assert await reading.item(COMMITMENT.key) == before
