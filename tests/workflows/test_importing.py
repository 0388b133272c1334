"""How a run goes: windows until nothing is left, patience, fresh histories, what a schedule and a command for many do (design
§6; R-02, I-09, B-10)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Replayer

from activities.import_messages import (
    Begun,
    Compared,
    Order,
    Scheduled,
    StagedAnswer,
    StagedOrder,
    StagedProgress,
    StagedRow,
    Summary,
)
from activities.messages import Timing
from domain.commands import Door
from domain.incoming_port import Place
from domain.refusals import refuse
from domain.staged import StagedAction
from tests.workflows.fake_imports import PLACE, QUEUE, RUN, FakeImports, skipping, working
from tests.workflows.ground import all_workflows, chain
from workers.converter import data_converter
from workers.plant import Plant
from workers.worker import runner
from workflows import scheduled, staging
from workflows.importing import WINDOWS_A_HISTORY
from workflows.imports import IMPORTS
from workflows.scheduled import ScheduledImport
from workflows.staging import StagedCommand

NO = refuse("import_switched_off", what="it", setting="transactions")
GONE = refuse("too_many_gone", count=60, known=100, what="row")
NOTE = refuse("job_costs_not_offered", words="no")
FOR_EVER = 10_000
PATIENT = Timing(patience=timedelta(minutes=5))


def begun(*streams: str, **more: Any) -> Begun:
    return Begun(place=PLACE, run=RUN, is_full=True, streams=list(streams), **more)


async def started(
    client: Client, workflow_type: str = "TransactionsImport", place: Place = PLACE, **more: Any
) -> WorkflowHandle[Any, Summary]:
    order = Order(place=place, who="somebody", timing=PATIENT, **more)
    return await client.start_workflow(
        workflow_type, order, id=place.workflow_id, task_queue=QUEUE, result_type=Summary
    )


async def ran(fakes: FakeImports, workflow_type: str = "TransactionsImport", **more: Any) -> Summary:
    async with skipping(fakes) as env:
        return await (await started(env.client, workflow_type, **more)).result()


# Straight in, or staged


async def test_streams_are_read_and_given_one_after_the_other() -> None:
    fakes = FakeImports(begun("one", "two"), pulls={"one": 2}, pushes={"one": 3})
    summary = await ran(fakes)
    assert (summary.run, summary.state) == (RUN, "done")
    assert fakes.steps() == [
        *("begin", "pull one", "push one", "pull one", "push one", "push one"),
        *("pull two", "push two", "finish"),
    ]


async def test_nothing_that_was_read_is_read_again_while_more_is_given() -> None:
    fakes = FakeImports(pulls={"rows": 1}, pushes={"rows": 5})
    await ran(fakes)
    assert fakes.steps().count("pull rows") == 1
    assert fakes.steps().count("push rows") == 5


async def test_what_is_computed_isnt_asked_of_cmic() -> None:
    fakes = FakeImports(begun("detail", "totals", computed=["totals"]))
    await ran(fakes, "JobCostsImport")
    assert fakes.steps() == ["begin", "pull detail", "push detail", "compute totals", "push totals", "finish"]


async def test_what_is_staged_is_proposed_when_everything_was_read() -> None:
    fakes = FakeImports(begun("vendors", proposes=True))
    await ran(fakes, "VendorsImport")
    assert fakes.steps() == ["begin", "pull vendors", "push vendors", "propose", "finish"]


async def test_a_run_that_may_not_begin_reads_nothing() -> None:
    fakes = FakeImports(begun("rows", refusals=[NO]))
    summary = await ran(fakes)
    assert (summary.state, summary.words, summary.refusals) == ("refused", NO.sentence, [NO])
    assert fakes.steps() == ["begin", "finish"]


async def test_a_window_that_is_refused_ends_the_run() -> None:
    fakes = FakeImports(begun("one", "two"), pushes={"one": 3}, push_refusals=[NO])
    assert (await ran(fakes)).state == "refused"
    assert fakes.steps() == ["begin", "pull one", "push one", "finish"]


async def test_what_a_read_refuses_is_never_given() -> None:
    """Rows that are suddenly gone: nothing is taken out before a person says so."""
    fakes = FakeImports(begun("one", "two"), pulls={"one": 2}, pull_refusals=[GONE])
    summary = await ran(fakes)
    assert (summary.state, summary.refusals) == ("refused", [GONE])
    assert fakes.steps() == ["begin", "pull one", "push one", "pull one", "finish"]


async def test_what_couldnt_be_done_besides_goes_along_with_the_end() -> None:
    fakes = FakeImports(begun("one", "two"), pushes={"one": 3}, push_notes=[NOTE])
    summary = await ran(fakes)
    assert (summary.state, summary.refusals) == ("done", [NOTE])
    assert summary.words == NOTE.sentence


@pytest.mark.parametrize("step", ["begin", "pull", "push", "propose", "finish"])
async def test_a_step_tries_again_for_as_long_as_patience_lasts(step: str) -> None:
    fakes = FakeImports(begun("rows", proposes=True), down={step: 4})
    assert (await ran(fakes)).state == "done"
    assert [name for name, _ in fakes.asked].count(step) == 5


@pytest.mark.parametrize("step", ["pull", "push", "propose"])
async def test_a_run_is_left_unfinished_when_patience_is_over(step: str) -> None:
    """The next one goes on with it: so nothing ends it in the ledger."""
    fakes = FakeImports(begun("rows", proposes=True), down={step: FOR_EVER})
    summary = await ran(fakes)
    assert (summary.run, summary.state, [r.code for r in summary.refusals]) == (RUN, "left", ["import_left"])
    assert f"{step} has no answer" in summary.words
    assert fakes.finishes() == []


async def test_a_run_that_is_left_keeps_its_place_free_for_the_next() -> None:
    fakes = FakeImports(down={"push": FOR_EVER})
    async with skipping(fakes) as env:
        assert (await (await started(env.client)).result()).state == "left"
        fakes.down.clear()
        assert (await (await started(env.client)).result()).state == "done"
    assert len(fakes.finishes()) == 1


async def test_after_so_many_windows_the_history_is_a_fresh_one_and_nothing_is_lost() -> None:
    windows = 2 * WINDOWS_A_HISTORY + 40
    fakes = FakeImports(begun("first", "rows"), pulls={"rows": windows})
    async with skipping(fakes) as env:
        handle = await started(env.client, full=True)
        summary = await handle.result()
        runs = await chain(env.client, PLACE.workflow_id)
        for history in runs:
            await Replayer(
                workflows=all_workflows(), workflow_runner=runner(), data_converter=data_converter
            ).replay_workflow(history)
    assert summary.state == "done"
    assert len(runs) == 3
    assert max(len(history.events) for history in runs) < 20 * WINDOWS_A_HISTORY
    orders = [asked for name, asked in fakes.asked if name == "begin"]
    assert [order.run for order in orders] == [0, RUN, RUN]
    assert {(order.full, order.who) for order in orders} == {(True, "somebody")}
    assert fakes.steps().count("pull rows") >= windows
    assert len(fakes.finishes()) == 1


async def test_an_import_sets_off_the_one_that_follows() -> None:
    """R-28: refreshed codes bring their costs; a run of those that is under way is left alone."""
    following = PLACE.model_copy(update={"name": "job_costs"})
    fakes = FakeImports(begun("codes", next_type="JobCostsImport", next_place=following))
    async with skipping(fakes) as env:
        assert (await (await started(env.client, "ProjectCodesImport")).result()).state == "done"
        fakes.begun = begun("codes")
        found: Summary = await env.client.get_workflow_handle(following.workflow_id, result_type=Summary).result()
        assert found.state == "done"
        fakes.gates["begin"] = asyncio.Event()
        held = await started(env.client, "JobCostsImport", following)
        await _until(lambda: len([name for name, _ in fakes.asked if name == "begin"]) > 2)
        del fakes.gates["begin"]
        fakes.begun = begun("codes", next_type="JobCostsImport", next_place=following)
        assert (await (await started(env.client, "ProjectCodesImport")).result()).state == "done"
        await held.terminate()
    assert [asked.place.name for name, asked in fakes.asked if name == "begin"][-1] != "job_costs"


async def _until(true: Any) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


# Confirmed


async def test_a_preview_is_of_everything_and_writes_nothing() -> None:
    fakes = FakeImports(begun("one", "two"), pulls={"one": 2}, compared=Compared(preview="abcdef"))
    summary = await ran(fakes, "BudgetImport")
    assert (summary.state, summary.preview) == ("preview", "abcdef")
    assert fakes.steps() == ["begin", "pull one", "pull one", "pull two", "compare", "finish"]
    assert fakes.asked[0][1].full


async def test_what_is_confirmed_is_written_and_goes_along_to_the_comparison() -> None:
    fakes = FakeImports(compared=Compared(preview="abcdef", is_written=True))
    summary = await ran(fakes, "BudgetImport", confirm="abcdef", options={"by": "unit"})
    assert (summary.state, summary.preview) == ("done", "abcdef")
    (window,) = [asked for name, asked in fakes.asked if name == "compare"]
    assert (window.confirm, window.options) == ("abcdef", {"by": "unit"})


async def test_a_comparison_that_cant_be_is_refused_with_its_preview() -> None:
    fakes = FakeImports(compared=Compared(preview="abcdef", refusals=[NO]))
    summary = await ran(fakes, "PrimeContractImport")
    assert (summary.state, summary.refusals, summary.preview) == ("refused", [NO], "abcdef")


@pytest.mark.parametrize("step", ["pull", "compare"])
async def test_one_that_ends_half_way_is_ended(step: str) -> None:
    """What a person confirms is read anew each time."""
    fakes = FakeImports(down={step: FOR_EVER})
    summary = await ran(fakes, "BudgetImport")
    assert (summary.state, [r.code for r in summary.refusals]) == ("left", ["import_not_finished"])
    assert [f.state for f in fakes.finishes()] == ["left"]


async def test_one_that_cant_even_be_ended_is_left() -> None:
    fakes = FakeImports(down={"compare": FOR_EVER, "finish": FOR_EVER})
    summary = await ran(fakes, "BudgetImport")
    assert (summary.state, [r.code for r in summary.refusals]) == ("left", ["import_left"])


@pytest.mark.parametrize("cls", IMPORTS, ids=lambda c: c.__name__)
async def test_every_import_runs(cls: type) -> None:
    summary = await ran(FakeImports(compared=Compared(is_written=True)), cls.__name__)
    assert summary.state == "done"


# Scheduled


def asked(**more: Any) -> Scheduled:
    values: dict[str, Any] = {"name": "transactions", "workflow_type": "TransactionsImport", "company": 562949}
    return Scheduled(**{**values, "erp_company": "01", "timing": PATIENT, **more})


def projects(count: int) -> list[Place]:
    return [PLACE.model_copy(update={"scope": f"project:562949:-:{n}"}) for n in range(1, count + 1)]


async def schedule(client: Client, **more: Any) -> str:
    said: str = await client.execute_workflow(ScheduledImport.run, asked(**more), id="schedule", task_queue=QUEUE)
    return said


async def test_a_schedule_runs_every_place_and_not_too_many_at_once() -> None:
    fakes = FakeImports(places=projects(8))
    async with skipping(fakes) as env:
        assert await schedule(env.client) == "8 done"
    begins = [order for name, order in fakes.asked if name == "begin"]
    assert {order.place.scope for order in begins} == {place.scope for place in fakes.places}
    assert {(order.who, order.full, order.timing) for order in begins} == {("connector", False, PATIENT)}
    assert fakes.most_inside <= scheduled.AT_ONCE


async def test_a_schedule_without_places_says_so() -> None:
    fakes = FakeImports()
    async with skipping(fakes) as env:
        assert await schedule(env.client) == "nothing to import"
    assert fakes.steps() == ["places_of"]


async def test_what_is_under_way_is_passed_over_and_what_breaks_holds_no_other_up(plant: Plant) -> None:
    """On the real server: the one that skips time tells a parent nothing of a terminated child."""
    fakes = FakeImports(places=projects(3), gates={"begin": asyncio.Event()})
    client = plant.client
    async with working(client, fakes, "cmic-fakes"):
        mine = await started(client, place=fakes.places[0], erp_queue="cmic-fakes")
        running = asyncio.create_task(schedule(client, erp_queue="cmic-fakes"))
        await _until(lambda: [name for name, _ in fakes.asked].count("begin") == 3)
        await client.get_workflow_handle(fakes.places[1].workflow_id).terminate("broken")
        fakes.gates["begin"].set()
        assert await running == "1 broken off, 1 done, 1 under way already"
        assert (await mine.result()).state == "done"


async def test_a_schedule_tells_what_became_of_each() -> None:
    fakes = FakeImports(begun("rows", refusals=[NO]), places=projects(4))
    async with skipping(fakes) as env:
        assert await schedule(env.client) == "4 refused"


# Staged records


def command(
    rows: list[tuple[str, dict[str, Any]]], name: str = "vendors", action: StagedAction = StagedAction.LINK
) -> StagedOrder:
    return StagedOrder(
        number="n1",
        name=name,
        company=562949,
        erp_company="01",
        action=action,
        person="somebody",
        door=Door.CLI,
        rows=rows,
    )


async def commanded(fakes: FakeImports, order: StagedOrder) -> StagedProgress:
    async with skipping(fakes) as env:
        progress: StagedProgress = await env.client.execute_workflow(
            StagedCommand.run, order, id="staged:n1", task_queue=QUEUE
        )
        return progress


async def test_every_row_has_its_outcome_in_the_order_of_the_rows() -> None:
    def act(row: StagedRow) -> StagedAnswer:
        is_even = int(row.key.split("|")[1]) % 2 == 0
        return StagedAnswer(key=row.key, done=is_even, refusals=[] if is_even else [NO])

    rows: list[tuple[str, dict[str, Any]]] = [(f"01|{n}", {"procore_id": n}) for n in range(60)]
    fakes = FakeImports(acts=act)
    progress = await commanded(fakes, command(rows))
    assert progress.total == progress.answered == 60
    assert [(a.key, a.done) for a in progress.answers if a] == [(key, n % 2 == 0) for n, (key, _) in enumerate(rows)]
    assert 1 < fakes.most_inside <= staging.AT_ONCE
    requests = {row.key: row for _, row in fakes.asked}
    assert {row.request_id for row in requests.values()} == {f"staged:n1:{n}" for n in range(60)}
    assert requests["01|7"].fields == {"procore_id": 7}


async def test_a_repeated_row_is_the_same_request() -> None:
    """A step that is tried again may have been done: it is told by its request."""
    fakes = FakeImports(down={"act_on_staged": 2})
    progress = await commanded(fakes, command([("01|A", {})]))
    assert [a and a.done for a in progress.answers] == [True]
    assert {row.request_id for _, row in fakes.asked} == {"staged:n1:0"}
    assert len(fakes.asked) == 3


@pytest.mark.parametrize(
    ("action", "looks"), [(StagedAction.ADD, True), (StagedAction.LINK, True), (StagedAction.ARCHIVE, False)]
)
async def test_a_job_is_looked_up_in_cmic_first(action: StagedAction, looks: bool) -> None:
    """I-08."""
    fakes = FakeImports(against=[NO])
    await commanded(fakes, command([("01|J1", {})], "jobs", action))
    assert fakes.steps() == ["job_gaps"] * looks + ["act_on_staged"]
    assert fakes.asked[-1][1].against == ([NO] if looks else [])


@pytest.mark.parametrize("step", ["job_gaps", "act_on_staged"])
async def test_a_row_without_an_answer_is_told_and_the_others_are_done(step: str) -> None:
    fakes = FakeImports(down={step: FOR_EVER})
    progress = await commanded(fakes, command([("01|J1", {}), ("01|J2", {})], "jobs", StagedAction.ADD))
    assert [[r.code for r in a.refusals] for a in progress.answers if a] == [["not_answered"]] * 2


async def test_nothing_is_done_for_no_rows() -> None:
    fakes = FakeImports()
    progress = await commanded(fakes, command([]))
    assert (progress.total, progress.answers, fakes.asked) == (0, [], [])


async def test_how_far_it_is_can_be_asked() -> None:
    fakes = FakeImports(gates={"act_on_staged": asyncio.Event()})
    async with skipping(fakes) as env:
        handle = await env.client.start_workflow(
            StagedCommand.run, command([(f"01|{n}", {}) for n in range(12)]), id="staged:n1", task_queue=QUEUE
        )
        await _until(lambda: fakes.inside == staging.AT_ONCE)
        progress = await handle.query(StagedCommand.progress)
        assert (progress.total, progress.answered) == (12, 0)
        fakes.gates["act_on_staged"].set()
        assert (await handle.result()).answered == 12
