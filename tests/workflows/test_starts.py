"""Lifecycles that were started wrongly, lost, or replayed at every task (design §3)."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from domain.commands import Answer
from domain.states import State
from tests.support import ACME, COMPANY, ERP, SENDER, Site
from tests.workflows.ground import asking, events, own_queue, raw
from workers.plant import Plant

CARELESS = (
    "ignore:coroutine .*run_workflow.* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
"""What the SDK warns of when the start of a workflow itself fails."""
STARTS: dict[str, Any] = {
    "nothing": [],
    "another object": [{"nonsense": 1}],
    "a text": ["nonsense"],
    "a list": [[1, 2]],
    "null": [None],
    "a broken head": [{"key": "{key}", "erp_queue": "{queue}", "head": {"key": 1}}],
    "a broken timing": [{"key": "{key}", "erp_queue": "{queue}", "timing": {"events": "many"}}],
    "garbage bytes": [raw(b"\xff\xfe\x00")],
    "an unknown encoding": [raw(b"{}", "nonsense")],
    "a malformed key": [{"key": "nonsense", "erp_queue": "{queue}"}],
    "another kind's key": [{"key": f"company:{COMPANY}:{ERP}:{ACME}", "erp_queue": "{queue}"}],
    "a newer version's field": [{"key": "{key}", "erp_queue": "{queue}", "schema_version": 9, "colour": "red"}],
}


def _filled(body: Any, own: Site, key: str) -> Any:
    if isinstance(body, dict):
        return {
            k: v.format(key=key, queue=own.office.config.erp_queue) if isinstance(v, str) else v
            for k, v in body.items()
        }
    return body


@asynccontextmanager
async def _started(own: Site, number: str, args: list[Any]) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """Started by hand; terminated afterwards, because a task that fails for ever would go on meanwhile."""
    queue = own.office.config.task_queue
    handle = await own.office.client.start_workflow("CommitmentLifecycle", args=args, id=number, task_queue=queue)
    try:
        yield handle
    finally:
        with suppress(RPCError):
            await handle.terminate("started wrongly")
        gc.collect()  # What the SDK would warn of is warned of now, where it is expected.


@pytest.fixture(scope="module")
async def careless_plant(plant: Plant) -> AsyncIterator[Plant]:
    """A worker of its own, so that what a garbage start does to its worker is nobody else's trouble."""
    async with own_queue(plant, "careless") as mine:
        yield mine


@pytest.fixture
def careless(site: Site, careless_plant: Plant) -> Site:
    return replace(site, office=careless_plant)


@pytest.mark.filterwarnings(*CARELESS)
@pytest.mark.parametrize("how", STARTS)
async def test_a_garbage_start_does_not_poison_the_item(careless: Site, how: str) -> None:
    """Whoever started it wrongly by hand, the item itself can still be sent, and the answer is about it."""
    key = await careless.commitment()
    async with _started(careless, key, [_filled(body, careless, key) for body in STARTS[how]]):
        await asyncio.sleep(0.3)
        outcome = await asking(careless, seconds=2).ask(key, "send", SENDER)
    assert (outcome.answer, outcome.state) == (Answer.DONE, State.WAITING)
    assert await careless.actions(key) == ["send"]


@pytest.mark.filterwarnings(*CARELESS)
@pytest.mark.parametrize("args", [[], ["nonsense"], [{"key": "nonsense", "erp_queue": ""}]])
async def test_a_garbage_start_does_not_poison_the_worker(careless: Site, args: list[Any]) -> None:
    async with _started(careless, "nonsense", args):
        await careless.synced()


@pytest.mark.filterwarnings(*CARELESS)
@pytest.mark.parametrize("args", [["nonsense"], [{"key": "nonsense"}, "and another"], [raw(b"\xff")]])
async def test_an_item_whose_start_was_garbage_is_freed_by_terminating_it(careless: Site, args: list[Any]) -> None:
    """Even where the SDK itself can't begin the run, as with two arguments in place of one."""
    key = await careless.commitment()
    async with _started(careless, key, args):
        await asyncio.sleep(0.3)
    await careless.granted(key, "send", SENDER)


async def test_a_terminated_lifecycle_goes_on_where_the_ledger_stands(own: Site) -> None:
    key = await own.sent()
    await own.office.client.get_workflow_handle(key).terminate("lost")
    outcome = await own.granted(key, "accept")
    assert (outcome.state, outcome.sequence) == (State.EXPORTING, 2)
    await own.until(key, State.SYNCED)


async def test_an_export_that_lost_its_lifecycle_is_finished_when_it_is_started_again(own: Site) -> None:
    key = await own.sent()
    await own.control("faults", kind="delay", method="POST", resource="scmast", seconds=1.0)
    await own.granted(key, "accept")
    await own.office.client.get_workflow_handle(key).terminate("lost")
    head = await own.head(key)
    assert head.state is State.EXPORTING
    await own.office.keeping.start(head)
    await own.until(key, State.SYNCED)
    assert (await own.in_cmic(key))[0] == 1


@pytest.fixture(scope="module")
async def forgetful_plant(plant: Plant) -> AsyncIterator[Plant]:
    """Workers that keep no workflow in memory: each task replays its whole history."""
    async with own_queue(plant, "forgetful", max_cached_workflows=0, max_concurrent_workflow_tasks=2) as mine:
        yield mine


@pytest.fixture
def forgetful(site: Site, forgetful_plant: Plant) -> Site:
    return replace(site, office=forgetful_plant)


async def test_a_whole_story_replayed_at_every_task(forgetful: Site) -> None:
    key = await forgetful.commitment(status="Draft")
    assert await forgetful.refused(key, "send", SENDER) == ["status_not_approved"]
    await forgetful.edit(key, status="Approved")
    await forgetful.granted(key, "send", SENDER)
    await forgetful.office.client.get_workflow_handle(key).signal("nonsense")
    await forgetful.granted(key, "retrieve", SENDER)
    await forgetful.granted(key, "resend", SENDER)
    await forgetful.granted(key, "accept")
    await forgetful.until(key, State.SYNCED)
    await forgetful.granted(key, "unlink")
    await forgetful.until(key, State.SYNCED, also=lambda head: "CMiC still has" in head.words)
    await forgetful.control("subcontracts/void", **await forgetful.contract(key))
    await forgetful.granted(key, "unlink")
    await forgetful.until(key, State.NOT_SENT)
    assert not {"WORKFLOW_TASK_FAILED", "ACTIVITY_TASK_FAILED"} & set(await events(forgetful.office.client, key))


async def _released_by_its_vendor(site: Site) -> None:
    company = await site.company()
    key = await site.sent(vendor=int(company.rsplit(":", 1)[1]))
    assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=f"V{company.rsplit(':', 1)[1]}"[:8])
    await site.until(key, State.SYNCED)
    assert await site.actions(key) == ["send", "accept", "release", "complete"]
    assert "WORKFLOW_EXECUTION_SIGNALED" in await events(site.office.client, key)


async def test_a_held_item_is_released_by_its_vendors_wake(own: Site) -> None:
    await _released_by_its_vendor(own)


async def test_a_held_item_is_released_by_its_vendors_wake_replayed_at_every_task(forgetful: Site) -> None:
    await _released_by_its_vendor(forgetful)
