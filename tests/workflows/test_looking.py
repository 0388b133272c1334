"""What is decided on what CMiC shows now: judged, looked up, judged again; and what a wake may find (design §3)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import EventType

from activities.messages import Timing
from domain.commands import Answer
from domain.states import Posting, State
from tests.support import APPROVER, SENDER
from tests.workflows.skipping import Place, place
from tests.workflows.test_updates import CONSOLE

BUDGET, PROJECT = "budget:562949:310:310", "project:562949:-:310"


async def failed(here: Place) -> None:
    here.steps.refused.add("write")
    await here.sent()
    await here.granted("accept")
    await here.until(State.FAILED)
    here.steps.refused.clear()


async def scheduled(here: Place) -> list[str]:
    """The activities of the present run, in the order in which they were asked for."""
    return [
        e.activity_task_scheduled_event_attributes.activity_type.name
        for e in (await here.runs())[-1].events
        if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]


def looks(here: Place) -> int:
    return len(here.steps.calls["look"])


async def _looking(here: Place) -> None:
    """Until a look has begun."""
    for _ in range(250):
        if looks(here):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody looks")


async def test_a_reject_of_a_failure_is_judged_looked_up_and_judged() -> None:
    async with place() as here:
        await failed(here)
        before = len(await scheduled(here))
        await here.granted("reject")
        assert (await scheduled(here))[before:] == ["judge", "look", "judge"]
        assert here.item.done() == ["send", "accept", "fail", "reject"]


async def test_what_isnt_decided_on_cmic_never_looks() -> None:
    async with place() as here:
        await here.sent()
        await here.granted("retrieve", SENDER)
        await here.granted("resend", SENDER)
        await here.granted("reject")
        assert "look" not in await scheduled(here)


async def test_the_first_command_of_a_lost_lifecycle_looks_too() -> None:
    """It doesn't know yet where the item stands: the judge does."""
    async with place() as here:
        await failed(here)
        await here.client.get_workflow_handle(here.key).terminate("lost")
        await here.granted("reject")
        assert await scheduled(here) == ["judge", "look", "judge"]


async def test_a_command_that_waited_for_its_turn_looks_when_it_comes() -> None:
    """The row that applies then decides, not the one that applied when it was asked."""
    async with place(Timing(busy_after=timedelta(seconds=1))) as here:
        gate = here.steps.gates["write"] = asyncio.Event()
        here.steps.refused.add("write")
        await here.sent()
        await here.granted("accept")
        assert (await here.ask("reject", request_id="wish")).answer is Answer.BUSY
        gate.set()
        await here.until(State.REJECTED)
        assert (await scheduled(here))[-3:] == ["judge", "look", "judge"]
        assert (await here.ask("reject", request_id="wish")).answer is Answer.DONE


async def test_who_is_refused_for_another_reason_is_told_so_after_the_look() -> None:
    async with place() as here:
        await failed(here)
        assert await here.refused("reject", SENDER) == ["not_permitted"]
        assert here.item.head.state is State.FAILED


async def test_when_cmic_cant_be_asked_the_command_is_refused_and_may_be_asked_again() -> None:
    async with place(Timing(busy_after=timedelta(hours=1))) as here:
        await failed(here)
        here.steps.down.add("look")
        handle, person = here.client.get_workflow_handle(here.key), await here.books.put_person(APPROVER)
        began = await here.env.get_current_time()
        asked = asyncio.create_task(handle.execute_update("reject", {**CONSOLE, "person": person}))
        while not asked.done():
            await here.pass_time(timedelta(seconds=10))
        outcome = await asked
        assert [r["code"] for r in outcome["refusals"]] == ["cmic_unreachable"]
        assert "look has no answer" in outcome["refusals"][0]["sentence"]
        assert timedelta(seconds=30) < here.steps.calls["look"][-1] - began <= timedelta(minutes=2)
        assert here.item.head.state is State.FAILED
        here.steps.down.clear()
        await here.granted("reject")


async def test_a_look_that_failed_doesnt_stop_the_next_command() -> None:
    async with place(Timing(patience=timedelta(seconds=5), busy_after=timedelta(hours=1))) as here:
        await failed(here)
        here.steps.down.add("look")
        person = await here.books.put_person(APPROVER)
        handle = here.client.get_workflow_handle(here.key)
        asked = [
            asyncio.create_task(handle.execute_update(name, {"person": person, "door": "console"}))
            for name in ("reject", "adopt")
        ]
        await here.pass_time(timedelta(minutes=1))
        assert [(await a)["answer"] for a in asked] == ["refused", "done"]
        await here.until(State.SYNCED)


async def test_the_same_request_looks_once() -> None:
    async with place() as here:
        await failed(here)
        first = await here.ask("reject", request_id="once")
        before = looks(here)
        again = await here.ask("reject", request_id="once")
        assert (first.answer, again.sequence) == (Answer.DONE, first.sequence)
        assert looks(here) == before == 1


async def test_another_row_that_came_while_it_looked_is_adopted() -> None:
    async with place() as here:
        await failed(here)
        gate = here.steps.gates["look"] = asyncio.Event()
        asked = asyncio.create_task(here.ask("reject"))
        await _looking(here)
        await here.books.append(here.item, "by hand", "retry", State.SYNCED, who="somebody")
        gate.set()
        outcome = await asked
        assert (outcome.answer, outcome.state) == (Answer.REFUSED, State.SYNCED)
        assert [r.code for r in outcome.refusals] == ["already_decided", "not_allowed_now"]


# Wakes


async def test_a_wake_finds_nothing_and_records_nothing() -> None:
    async with place() as here:
        await here.synced()
        before = len(here.item.entries)
        for _ in range(3):
            await here.signal("wake")
            await here.pass_time(timedelta(minutes=1))
        assert len(here.item.entries) == before
        assert "look" not in await scheduled(here)


async def test_a_wake_records_what_was_posted() -> None:
    async with place() as here:
        await here.synced()
        here.item.seen = Posting.POSTED
        await here.signal("wake")
        await here.until(State.SYNCED, lambda head: head.posting is Posting.POSTED)
        assert here.item.done() == ["send", "accept", "complete", "record_posting"]
        assert [e.answer for e in here.item.entries] == [Answer.DONE] * 4
        await here.signal("wake")
        await here.pass_time(timedelta(minutes=1))
        assert len(here.item.entries) == 4


async def test_several_wakes_at_once_are_one() -> None:
    async with place() as here:
        gate = here.steps.gates["write"] = asyncio.Event()
        await here.sent()
        await here.granted("accept")
        for _ in range(20):
            await here.signal("wake")
        gate.set()
        await here.until(State.SYNCED)
        await here.pass_time(timedelta(minutes=1))
        assert (await scheduled(here)).count("judge") == 3


async def test_a_wake_where_nothing_listens_is_no_question() -> None:
    async with place() as here:
        await here.sent()
        before = len(await scheduled(here))
        await here.signal("wake")
        await here.pass_time(timedelta(minutes=1))
        assert len(await scheduled(here)) == before


async def test_a_budget_is_looked_up_before_a_wake_is_judged() -> None:
    """Whether CMiC shows it as budgeted cost is nowhere else to be seen (R-17)."""
    async with place(key=BUDGET) as here:
        await here.synced(confirm_import_closed=True)
        before = len(await scheduled(here))
        here.item.shown = Posting.POSTED
        await here.signal("wake")
        await here.until(State.SYNCED, lambda head: head.posting is Posting.POSTED)
        assert (await scheduled(here))[before:] == ["judge", "look", "judge"]
        assert here.item.done()[-1] == "record_posting"


async def test_a_wake_whose_look_fails_goes_by_what_was_stored() -> None:
    async with place(Timing(patience=timedelta(seconds=5)), key=BUDGET) as here:
        await here.synced(confirm_import_closed=True)
        here.steps.down.add("look")
        here.item.seen = Posting.POSTED
        await here.signal("wake")
        await here.pass_time(timedelta(minutes=1))
        await here.until(State.SYNCED, lambda head: head.posting is Posting.POSTED)
        here.steps.down.clear()
        assert await here.refused("accept") == ["not_allowed_now"]


async def test_a_project_takes_its_job_over_before_anything_else_is_recorded() -> None:
    """Two rows listen: the first that has something to do wins, and the other has its turn at the next wake."""
    async with place(key=PROJECT) as here:
        await here.synced(APPROVER)
        here.item.seen, here.item.job_is_there = Posting.PRESENT, True
        await here.signal("wake")
        await here.until(State.SYNCED, lambda head: head.sequence == 5)
        assert here.item.done() == ["send", "accept", "complete", "job_made", "complete"]
        assert (await scheduled(here))[-5:] == ["judge", "prepare", "write", "job_codes", "write_back"]
        here.item.seen = Posting.PRESENT
        await here.signal("wake")
        await here.until(State.SYNCED, lambda head: head.posting is Posting.PRESENT)
        assert here.item.done()[-1] == "record_posting"
        await here.signal("wake")
        await here.pass_time(timedelta(minutes=1))
        assert len(here.item.entries) == 6


async def test_a_wake_is_no_action_that_anybody_else_may_ask_for() -> None:
    async with place() as here:
        await here.synced()
        here.item.seen = Posting.POSTED
        assert await here.refused("wake") == ["unknown_action"]
        assert await here.refused("record_posting") == ["unknown_action"]
        assert here.item.head.posting is Posting.UNKNOWN
