"""Parents and children: what an object waits for, who waits for it, and that neither changes under the other (design §4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.facts import Prerequisite
from domain.identity import ObjectId
from domain.states import Condition, Posting, State
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, found, group, transition, written
from tests.ledger.acts import another, dependents, link, link_company, link_project, move, needs, wait_on

JOB = needs(PROJECT, Condition.JOB_EXISTS, "project Tower")
VENDOR = needs(COMPANY, Condition.SYNCED, "company Acme")
BUSY = [State.WAITING, State.HELD, State.EXPORTING, State.FAILED, State.SYNCED, State.UNLINKING]


async def weigh(ledger: PgLedger, *wanted: Prerequisite) -> list[bool]:
    async with ledger.case(COMMITMENT) as case:
        return [p.met for p in await case.weigh(list(wanted))]


async def test_parents_that_nobody_has_heard_of_are_open_and_have_rows_to_lock(ledger: PgLedger) -> None:
    assert await weigh(ledger, JOB, VENDOR) == [False, False]
    for parent in (PROJECT, COMPANY):
        head = await ledger.head(parent.key)
        assert head is not None
        assert (head.state, head.sequence, head.procore_company) == (State.NOT_SENT, 0, 562949)


async def test_linked_parents_meet_their_conditions(ledger: PgLedger) -> None:
    await link_project(ledger)
    await link_company(ledger)
    assert await weigh(ledger, JOB, VENDOR) == [True, True]


async def test_a_job_that_is_being_refreshed_is_still_there(ledger: PgLedger) -> None:
    await link_project(ledger)
    await move(ledger, PROJECT, State.EXPORTING, "refresh")
    assert await weigh(ledger, JOB) == [True]
    await move(ledger, PROJECT, State.UNLINKING, "unlink")
    assert await weigh(ledger, JOB) == [False]


async def test_a_posted_parent_is_one_that_was_seen_posted(ledger: PgLedger) -> None:
    parent = another()
    await link(ledger, parent, written(*group().records))
    await move(ledger, parent, State.SYNCED)
    assert await weigh(ledger, needs(parent, Condition.POSTED)) == [False]
    await ledger.note_seen("subcontract", "01", [found(group().header, posting=Posting.POSTED)])
    async with ledger.case(parent) as case:
        await case.adopt_posting()
    assert await weigh(ledger, needs(parent, Condition.POSTED)) == [True]


async def test_weighing_nothing_is_nothing(ledger: PgLedger) -> None:
    assert await weigh(ledger) == []


async def test_prerequisites_are_replaced_not_added(ledger: PgLedger, reading: Reading) -> None:
    await wait_on(ledger, COMMITMENT, JOB, VENDOR)
    assert [(p["parent"], p["condition"], p["label"]) for p in await reading.parents(COMMITMENT.key)] == [
        (COMPANY.key, "synced", "company Acme"),
        (PROJECT.key, "job exists", "project Tower"),
    ]
    await wait_on(ledger, COMMITMENT, VENDOR)
    assert [p["parent"] for p in await reading.parents(COMMITMENT.key)] == [COMPANY.key]
    await wait_on(ledger, COMMITMENT)
    assert await reading.parents(COMMITMENT.key) == []


async def test_one_parent_may_be_needed_for_two_reasons(ledger: PgLedger, reading: Reading) -> None:
    parent = another()
    await wait_on(ledger, COMMITMENT, needs(parent, Condition.SYNCED), needs(parent, Condition.POSTED))
    assert len(await reading.parents(COMMITMENT.key)) == 2
    await move(ledger, COMMITMENT, State.HELD)
    assert [d.key for d in await dependents(ledger, parent)] == [COMMITMENT.key]


@pytest.mark.parametrize("state", State)
async def test_a_child_counts_while_it_is_on_its_way_or_there(ledger: PgLedger, state: State) -> None:
    await wait_on(ledger, COMMITMENT, VENDOR)
    async with ledger.case(COMMITMENT) as case:
        await case.describe(label="Concrete", erp_company="01", job="")
        await case.append(transition("step", state))
    found_children = [(d.key, d.label, d.state) for d in await dependents(ledger, COMPANY)]
    assert found_children == ([(COMMITMENT.key, "Concrete", state.label)] if state in BUSY else [])
    assert await dependents(ledger, PROJECT) == []


async def test_held_children_are_those_to_wake(ledger: PgLedger) -> None:
    children = sorted((another() for _ in range(3)), key=lambda c: c.key)
    for child, state in zip(children, (State.HELD, State.WAITING, State.HELD), strict=True):
        await wait_on(ledger, child, VENDOR)
        await move(ledger, child, state)
    async with ledger.case(COMPANY) as case:
        assert await case.held_children() == [children[0].key, children[2].key]


async def test_what_could_leave_is_found_though_its_wake_was_lost(ledger: PgLedger) -> None:
    free, waiting, half, by_cmic, alone = (another() for _ in range(5))
    stranger = another("company", "01")
    for child, parents in ((free, [JOB, VENDOR]), (half, [VENDOR, needs(stranger)]), (by_cmic, []), (alone, [VENDOR])):
        await wait_on(ledger, child, *parents)
        await move(ledger, child, State.HELD)
    await wait_on(ledger, waiting, VENDOR)
    await move(ledger, waiting, State.WAITING)
    assert await ledger.releasable(timedelta(0)) == []
    await link_project(ledger)
    await link_company(ledger)
    assert await ledger.releasable(timedelta(0)) == sorted([free.key, alone.key])
    await move(ledger, COMPANY, State.UNLINKING)
    assert await ledger.releasable(timedelta(0)) == []


# Neither changes under the other


async def export(
    ledger: PgLedger, child: ObjectId, parent: ObjectId, weighed: asyncio.Event, go: asyncio.Event
) -> bool:
    """A child goes to exporting if its parent is synced. True if it went."""
    async with ledger.case(child) as case:
        prerequisites = await case.weigh([needs(parent)])
        weighed.set()
        await go.wait()
        if not all(p.met for p in prerequisites):
            return False
        await case.set_prerequisites(prerequisites)
        await case.append(transition("release", State.EXPORTING))
        return True


async def unlink(ledger: PgLedger, parent: ObjectId, looked: asyncio.Event, go: asyncio.Event) -> bool:
    """A parent is unlinked if nothing stands on it. True if it was."""
    async with ledger.case(parent) as case:
        children = await case.dependents()
        looked.set()
        await go.wait()
        if children:
            return False
        await case.append(transition("unlink", State.UNLINKING))
        return True


async def test_a_child_that_leaves_keeps_its_parent(ledger: PgLedger) -> None:
    await link_company(ledger)
    weighed, go, looked, at_once = (asyncio.Event() for _ in range(4))
    at_once.set()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(export(ledger, COMMITMENT, COMPANY, weighed, go))
        await weighed.wait()
        unlinking = tasks.create_task(unlink(ledger, COMPANY, looked, at_once))
        await asyncio.sleep(0.2)
        assert not looked.is_set()
        go.set()
    assert (leaving.result(), unlinking.result()) == (True, False)
    assert [d.key for d in await dependents(ledger, COMPANY)] == [COMMITMENT.key]


async def test_a_parent_that_is_unlinked_keeps_its_children_back(ledger: PgLedger) -> None:
    await link_company(ledger)
    weighed, go, looked, at_once = (asyncio.Event() for _ in range(4))
    at_once.set()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        unlinking = tasks.create_task(unlink(ledger, COMPANY, looked, go))
        await looked.wait()
        leaving = tasks.create_task(export(ledger, COMMITMENT, COMPANY, weighed, at_once))
        await asyncio.sleep(0.2)
        assert not weighed.is_set()
        go.set()
    assert (unlinking.result(), leaving.result()) == (True, False)


async def test_of_a_child_that_leaves_and_a_parent_that_is_unlinked_one_wins(ledger: PgLedger) -> None:
    now = asyncio.Event()
    now.set()

    async def race(turn: int) -> tuple[bool, bool]:
        parent, child = another("company", "01"), another()
        await move(ledger, parent, State.SYNCED)
        contest = [
            export(ledger, child, parent, asyncio.Event(), now),
            unlink(ledger, parent, asyncio.Event(), now),
        ]
        first = turn % 2
        one, other = await asyncio.gather(contest[first], contest[1 - first])
        return one, other

    outcomes = [await race(turn) for turn in range(16)]
    assert all(one is not other for one, other in outcomes), outcomes


async def test_siblings_weigh_the_same_parents_at_the_same_time(ledger: PgLedger) -> None:
    """Parents are shared, and locked in one order: nobody waits for a sibling."""
    await link_project(ledger)
    await link_company(ledger)
    go, children = asyncio.Event(), [another() for _ in range(6)]
    events = [asyncio.Event() for _ in children]

    async def leave(child: ObjectId, weighed: asyncio.Event, wanted: list[Prerequisite]) -> bool:
        async with ledger.case(child) as case:
            prerequisites = await case.weigh(wanted)
            weighed.set()
            await go.wait()
            await case.set_prerequisites(prerequisites)
            await case.append(transition("release", State.EXPORTING))
            return all(p.met for p in prerequisites)

    orders = [[JOB, VENDOR], [VENDOR, JOB]] * 3
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        leaving = [tasks.create_task(leave(*one)) for one in zip(children, events, orders, strict=True)]
        for event in events:
            await event.wait()
        go.set()
    assert [task.result() for task in leaving] == [True] * 6
