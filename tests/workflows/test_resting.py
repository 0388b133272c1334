"""Months pass: rests, fresh runs, patience, and what tries again by itself (design §3, §5). Time is skipped."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from activities.messages import Timing
from domain.commands import Answer
from domain.states import State
from tests.support import SENDER
from tests.workflows.ground import FRESH, events
from tests.workflows.skipping import KEY, Place, place

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def _runs_after(span: timedelta, here: Place) -> int:
    await here.pass_time(span)
    return len(await here.runs())


def _timers(history: WorkflowHistory) -> list[timedelta]:
    """How long each timer of a run was set for."""
    return [
        e.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for e in history.events
        if e.event_type == EventType.EVENT_TYPE_TIMER_STARTED
    ]


async def test_an_approval_may_take_months() -> None:
    async with place() as here:
        await here.sent()
        assert await _runs_after(timedelta(days=200), here) == 2
        accepted = await here.ask("accept")
        assert (accepted.answer, accepted.state) == (Answer.DONE, State.EXPORTING)
        await here.until(State.SYNCED)
        assert here.item.done() == ["send", "accept", "complete"]
        assert here.item.entries[1].at - here.item.entries[0].at > timedelta(days=199)


async def test_a_rest_of_a_day_is_one_fresh_run_whose_first_task_issues_no_command() -> None:
    async with place() as here:
        await here.sent()
        assert await _runs_after(timedelta(hours=23), here) == 1
        assert await _runs_after(timedelta(hours=2), here) == 2
        assert await events(here.client, KEY) == FRESH
        for _ in range(5):
            assert await _runs_after(timedelta(days=30), here) == 2
        assert await events(here.client, KEY) == FRESH


async def test_each_new_activity_earns_one_more_fresh_run() -> None:
    async with place() as here:
        await here.sent()
        assert await _runs_after(10 * DAY, here) == 2
        await here.ask("accept")
        await here.until(State.SYNCED)
        assert await _runs_after(40 * DAY, here) == 3
        assert await events(here.client, KEY) == FRESH
        refused = await here.ask("accept")
        assert refused.answer is Answer.REFUSED
        assert await _runs_after(40 * DAY, here) == 4
        assert await events(here.client, KEY) == FRESH
        assert [h.events[-1].event_type for h in (await here.runs())[:-1]] == [
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
        ] * 3


async def test_a_wake_of_a_parked_item_that_changes_nothing_sets_no_timer() -> None:
    async with place() as here:
        await here.sent()
        await here.pass_time(2 * DAY)
        await here.client.get_workflow_handle(KEY).signal("wake")
        await here.pass_time(10 * DAY)
        runs = await here.runs()
        assert len(runs) == 2
        assert _timers(runs[-1]) == []
        assert (await here.ask("accept")).answer is Answer.DONE


async def test_patience_is_an_hour_then_the_step_is_given_up() -> None:
    async with place() as here:
        here.steps.down.add("write")
        await here.sent()
        await here.ask("accept")
        await here.pass_time(timedelta(minutes=55))
        assert here.item.head.state is State.EXPORTING
        await here.pass_time(timedelta(minutes=6))
        failed = await here.until(State.FAILED)
        tries = here.steps.calls["write"]
        assert timedelta(minutes=55) < tries[-1] - tries[0] < HOUR
        assert len(tries) > 25, "the waits between tries are bounded by two minutes"
        assert (failed.failure_code, failed.failure_is_temporary) == ("cmic_unreachable", True)
        assert "write has no answer" in failed.words
        assert "It tries again by itself" in failed.words


async def test_a_temporary_failure_tries_again_every_half_hour_and_heals() -> None:
    async with place() as here:
        here.steps.down.add("prepare")
        await here.sent()
        await here.ask("accept")
        await here.pass_time(10 * HOUR)
        rounds = [e.at for e in here.item.entries if e.action == "try_again"]
        gaps = {later - earlier for earlier, later in pairwise(rounds)}
        assert len(rounds) >= 5
        assert all(timedelta(minutes=85) < gap < timedelta(minutes=95) for gap in gaps), gaps
        here.steps.down.clear()
        await here.pass_time(2 * HOUR)
        await here.until(State.SYNCED)
        assert {timedelta(minutes=30)} <= {t for h in await here.runs() for t in _timers(h)}
        assert Counter(here.item.done())["complete"] == 1
        tries = len(here.steps.calls["prepare"])
        await here.pass_time(30 * DAY)
        assert len(here.steps.calls["prepare"]) == tries


async def test_refused_commands_do_not_put_off_the_next_try() -> None:
    """Somebody who asks for the impossible every 20 minutes doesn't keep it from trying again."""
    async with place() as here:
        here.steps.down.add("prepare")
        await here.sent()
        await here.ask("accept")
        await here.pass_time(timedelta(minutes=61))
        await here.until(State.FAILED)
        here.steps.down.clear()
        for _ in range(3):
            await here.pass_time(timedelta(minutes=20))
            await here.ask("accept")
        assert here.item.head.state is State.SYNCED


async def test_a_refused_failure_waits_for_people() -> None:
    async with place() as here:
        here.steps.refused.add("write")
        await here.sent()
        await here.ask("accept")
        failed = await here.until(State.FAILED)
        assert (failed.failure_code, failed.failure_is_temporary) == ("cmic_refused", False)
        here.steps.refused.clear()
        assert await _runs_after(60 * DAY, here) == 2
        assert here.item.done() == ["send", "accept", "fail"]
        assert (await here.ask("retry")).answer is Answer.DONE
        await here.until(State.SYNCED)


async def test_long_temporary_failure_loses_nothing_and_keeps_runs_short() -> None:
    async with place(Timing(events=60)) as here:
        here.steps.down.add("prepare")
        await here.sent()
        await here.ask("accept")
        await here.pass_time(15 * HOUR)
        runs = await here.runs()
        assert len(runs) > 2
        assert max(len(h.events) for h in runs) < 100
        here.steps.down.clear()
        await here.pass_time(2 * HOUR)
        await here.until(State.SYNCED)
        assert [e.sequence for e in here.item.entries] == list(range(1, len(here.item.entries) + 1))


async def test_busy_after_five_seconds_and_the_outcome_later_under_the_same_request() -> None:
    async with place() as here:
        gate = here.steps.gates["write"] = asyncio.Event()
        await here.sent()
        await here.ask("accept")
        began = time.monotonic()
        busy = await here.ask("reject", request_id="one wish")
        assert (busy.answer, busy.state) == (Answer.BUSY, State.EXPORTING)
        assert 4.5 < time.monotonic() - began < 9
        gate.set()
        await here.until(State.SYNCED, lambda head: head.sequence == 4)
        later = await here.ask("reject", request_id="one wish")
        assert (later.answer, later.refusals[-1].code) == (Answer.REFUSED, "not_allowed_now")
        assert [e.request_id for e in here.item.entries].count("one wish") == 1


async def test_a_repeated_request_under_another_update_has_the_first_ones_outcome() -> None:
    async with place() as here:
        gate = here.steps.gates["write"] = asyncio.Event()
        await here.sent()
        await here.ask("accept")
        handle = here.client.get_workflow_handle(KEY)
        person = await here.books.put_person(SENDER)
        wish = {"person": person, "door": "cli", "request_id": "one wish"}
        asked = [asyncio.create_task(handle.execute_update("retrieve", wish)) for _ in range(3)]
        await asyncio.sleep(0.5)
        gate.set()
        outcomes = await asyncio.gather(*asked)
        assert outcomes[0]["answer"] == "refused"
        assert outcomes == [outcomes[0]] * 3
        await here.pass_time(2 * DAY)
        assert len(await here.runs()) == 2
        again = await handle.execute_update("retrieve", wish)
        assert (again["answer"], again["sequence"]) == ("refused", outcomes[0]["sequence"])
        assert [e.request_id for e in here.item.entries].count("one wish") == 1


async def test_a_long_history_goes_on_as_fresh_runs_with_nothing_lost() -> None:
    async with place(Timing(events=40)) as here:
        await here.sent()
        handle = here.client.get_workflow_handle(KEY)
        for number in range(20):
            await handle.signal(f"nonsense {number}")
            outcome = await here.ask("accept", SENDER)
            assert [r.code for r in outcome.refusals] == ["not_permitted"]
        runs = await here.runs()
        assert len(runs) > 4
        assert max(len(h.events) for h in runs) < 80
        assert Counter(e.action for e in here.item.entries) == Counter(
            {"send": 1, "accept": 20, **{f"nonsense {n}": 1 for n in range(20)}}
        )
        assert (await here.ask("accept")).answer is Answer.DONE
        await here.until(State.SYNCED)


async def test_another_row_at_the_sequence_is_adopted_and_the_command_judged_again() -> None:
    async with place() as here:
        await here.sent()
        await here.books.append(here.item, "by hand", "retrieve", State.RETRIEVED, who="somebody")
        refused = await here.ask("accept")
        assert (refused.answer, refused.state) == (Answer.REFUSED, State.RETRIEVED)
        assert {r.code for r in refused.refusals} == {"already_decided", "not_allowed_now"}
        assert (await here.ask("resend", SENDER)).state is State.WAITING


async def test_a_held_item_leaves_when_it_is_woken_and_not_before() -> None:
    async with place() as here:
        here.books.parent_is_open = True
        await here.sent()
        assert (await here.ask("accept")).state is State.HELD
        await here.pass_time(30 * DAY)
        handle = here.client.get_workflow_handle(KEY)
        await handle.signal("wake")
        await here.pass_time(timedelta(minutes=1))
        assert here.item.head.state is State.HELD
        here.books.parent_is_open = False
        await handle.signal("wake")
        await here.until(State.SYNCED)
        assert here.item.done() == ["send", "accept", "release", "complete"]


async def test_a_lost_lifecycle_that_is_started_again_looks_around_by_itself() -> None:
    async with place() as here:
        here.books.parent_is_open = True
        await here.sent()
        await here.ask("accept")
        await here.client.get_workflow_handle(KEY).terminate("lost")
        here.books.parent_is_open = False
        assert (await here.ask("reject", SENDER)).answer is Answer.REFUSED
        await here.until(State.SYNCED)
