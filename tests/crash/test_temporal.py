"""Temporal itself is killed and started again, or loses all it knows (design §3: the ledger is the authority)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from domain.states import State
from ledger.migrate import migrate
from tests.crash.checks import Ending, ended
from tests.crash.grounds import Grounds, build_on
from tests.crash.play import Telling, finish, told_until_death
from tests.crash.scene import Scene, timing_env, working
from tests.crash.stories import (
    EXPORTED,
    LINES,
    SLOW_LINES,
    WHOLE,
    Story,
    decided,
    exported,
    refused_once,
    sent,
    unlinked,
)
from tests.support import IMPATIENT, SENDER, config_of, own_folder
from workers.local import start_worker
from workers.plant import open_plant
from workers.stack import Stack, end, local_stack, temporal

pytestmark = pytest.mark.crash


@dataclass
class Own:
    """A stack that nobody else uses, whose Temporal can be ended."""

    grounds: Grounds
    later: ExitStack

    @property
    def stack(self) -> Stack:
        return self.grounds.stack

    async def restart_temporal(self, *, forget: bool = False) -> None:
        """Kill it and start it again at the same address, on the same database or on an empty one."""
        process = self.stack.processes["temporal"]
        process.kill()
        process.wait()
        if forget:
            for file in self.stack.folder.glob("temporal.db*"):
                file.unlink()
        port = int(self.stack.temporal_address.rsplit(":", 1)[1])
        started = await asyncio.to_thread(self.later.enter_context, temporal(self.stack.folder, port=port))
        self.stack.processes["temporal"] = started[2]


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    more = {"procore": ("--limits", "off"), "cmic": ("--limits", "off")}
    with own_folder() as folder, local_stack(folder, more=more) as stack:
        yield stack


@pytest.fixture(scope="module")
async def own(own_stack: Stack) -> AsyncIterator[Own]:
    await migrate(own_stack.database_url)
    async with open_plant(config_of(own_stack)) as plant, build_on(own_stack, plant) as grounds:
        with ExitStack() as later:
            yield Own(grounds, later)


async def test_temporal_is_killed_together_with_the_workers(own: Own) -> None:
    """Workers die at several points, then Temporal does; one worker lives through it, with a write under way."""
    points = {
        "judge/accept:case.committed": exported(),
        "write:ledger.attempt.after": exported(cmic={"kind": "cut_after_commit"}),
        "write:cmic.create.after": exported(cmic={"kind": "commit_after_cut", "seconds": 2}),
        "write_back:procore.write_ids.under-way": exported(procore=SLOW_LINES),
        "unlink:recorded.committed": unlinked(),
        "judge/retry:case.committed": refused_once("retry"),
    }
    living = own.grounds.scene("restart living", "")
    async with AsyncExitStack() as stories, asyncio.TaskGroup() as group:
        dead: list[tuple[Scene, Telling]] = []
        for n, (crash, story) in enumerate(points.items()):
            scene = own.grounds.scene(f"restart {n}", crash)
            dead.append((scene, await stories.enter_async_context(told_until_death(scene, story))))
        async with working(living.plant):
            key = await _write_under_way(living)
            await own.restart_temporal()
            await ended(living, Ending(key, State.SYNCED, EXPORTED, WHOLE, linked=True))
            await living.mend()
        for scene, telling in dead:
            group.create_task(finish(scene, telling))


async def _write_under_way(scene: Scene) -> str:
    """An accepted commitment that CMiC has committed and not yet answered."""
    key = await scene.contracted(*LINES)
    await scene.cmic_fault(key, "delay_answer", seconds=4)
    await scene.must(key, "send", SENDER)
    await scene.must(key, "accept")
    for _ in range(600):
        if (await scene.in_cmic(key))[0]:
            return key
        await asyncio.sleep(0.05)
    raise AssertionError(f"{key} never came to CMiC")


PARKED: tuple[Story, ...] = (
    sent(),
    decided("retrieve", State.RETRIEVED),
    decided("reject", State.REJECTED),
    exported(),
    unlinked(),
)
GONE = f"{EXPORTED} unlink gone"
CAUGHT = {
    "judge/accept:case.committed": EXPORTED,
    "prepare:after": EXPORTED,
    "write:ledger.attempt.after": EXPORTED,
    "write:cmic.create.after": EXPORTED,
    "write:after": EXPORTED,
    "write_back:procore.write_ids.under-way": EXPORTED,
    "write_back:recorded.committed": EXPORTED,
    "judge/unlink:case.committed": GONE,
    "unlink:procore.write_ids.under-way": GONE,
}


async def test_temporal_loses_everything_and_restore_brings_it_back(own: Own) -> None:
    """Every lifecycle stands where it stood, and lives on; those caught in the middle finish by themselves."""
    ledger, client = own.grounds.plant.ledger, own.grounds.plant.client
    parked = own.grounds.scene("restore", "")
    async with working(parked.plant):
        endings = [ending for story in PARKED for ending in await story(parked)]
        endings.append(await _failed(parked))
        held, company, code = await _held(parked)
        for ending in endings:
            await ended(parked, ending)
    caught = await asyncio.gather(*(_caught(own, n, crash) for n, crash in enumerate(CAUGHT)))
    waiting, *others, gone, failed = endings
    resting = [waiting, *others, failed, held]
    before = {e.key: await parked.office.reading.history(e.key) for e in resting}

    await own.restart_temporal(forget=True)
    active = await ledger.active("", 1000)
    assert await _restored(own) == len(active) >= len(resting) + len(caught)
    for head in active:
        about = await client.get_workflow_handle(head.key).describe()
        assert about.status == WorkflowExecutionStatus.RUNNING
    with pytest.raises(RPCError, match="not found"):
        await client.get_workflow_handle(gone.key).describe()

    worker = await asyncio.to_thread(partial(start_worker, own.stack, **timing_env(IMPATIENT)))
    try:
        for ending in resting:
            await ended(parked, ending)
            assert await parked.office.reading.history(ending.key) == before[ending.key]
        for scene, ending in caught:
            await ended(scene, ending)
        now = Scene(own.stack, own.grounds.plant, own.grounds.procore, own.grounds.cmic, parked.numbers)
        await now.must(waiting.key, "accept")
        await now.must(failed.key, "retry")
        await now.must(company, "send", SENDER)
        await now.must(company, "accept", erp_id=code)
        for ending, more in ((waiting, "accept"), (failed, "retry"), (held, "release")):
            actions = f"{ending.actions} {more} complete"
            await ended(now, Ending(ending.key, State.SYNCED, actions, WHOLE, linked=True))
    finally:
        await asyncio.to_thread(end, worker)


async def _failed(scene: Scene) -> Ending:
    key = await scene.contracted(*LINES)
    await scene.cmic_fault(key, "status", status=400, times=None)
    await scene.must(key, "send", SENDER)
    await scene.must(key, "accept")
    await scene.until(key, State.FAILED)
    await scene.mend()
    return Ending(key, State.FAILED, "send accept fail", failure="cmic_refused")


async def _held(scene: Scene) -> tuple[Ending, str, str]:
    """A held commitment, the company it waits for, and the code that company will have."""
    company, code = await scene.newcomer()
    key = await scene.contracted(*LINES, vendor=int(company.rsplit(":", 1)[1]))
    await scene.must(key, "send", SENDER)
    await scene.must(key, "accept")
    return Ending(key, State.HELD, "send accept"), company, code


async def _caught(own: Own, number: int, crash: str) -> tuple[Scene, Ending]:
    """A commitment whose worker died at a point, and nobody works on."""
    scene = own.grounds.scene(f"caught {number}", crash)
    unlinks, slow = CAUGHT[crash] == GONE, SLOW_LINES if "under-way" in crash else None
    async with told_until_death(scene, unlinked(procore=slow) if unlinks else exported(procore=slow)):
        (key,) = scene.numbers
    return scene, Ending(key, State.NOT_SENT if unlinks else State.SYNCED, CAUGHT[crash], WHOLE, linked=not unlinks)


async def _restored(own: Own) -> int:
    """Run `procore-cmic restore`: how many it says it started."""
    command = [sys.executable, "-m", "cli", "restore"]
    environment = {**os.environ, **own.stack.env, **timing_env(IMPATIENT)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    return int(said.split()[0])
