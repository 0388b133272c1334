"""kill -9 in the middle of an adoption: every contract is joined once, nothing is made in CMiC (R-09, B-03)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from activities.adopt_messages import AdoptSummary
from domain.adopting import Became
from domain.states import State
from tests.paperwork import Job
from tests.stack.test_adopting import BY_HAND, PAIRS, Ground
from tests.stack.test_staged import vendor
from tests.support import Site, config_of
from workers.local import start_worker
from workers.plant import open_office
from workers.stack import end

pytestmark = [pytest.mark.crash, pytest.mark.sample]
QUEUES = {"PROCORE_CMIC_TASK_QUEUE": "killed", "PROCORE_CMIC_ERP_QUEUE_SUFFIX": "-killed"}
CONTRACTS = 14


@pytest.fixture
async def ground(site: Site) -> AsyncIterator[Ground]:
    """A project with many contracts, all of which agree; it is worked on by nobody but the workers of this test."""
    job = await Job.opened(site, *PAIRS, link=False)
    company = await site.company("Killed Works")
    code = await vendor(site, f"Killed Works {company.rsplit(':', 1)[1]}")
    made = Ground(site, job, {"Killed": code}, {"Killed": company}, {}, {})
    for n in range(CONTRACTS):
        number = made.numbers[str(n)] = site.code("KC-")
        await made.contract(number, code, *BY_HAND)
        await made.commitment(str(n), number, "Killed", *BY_HAND)
    config = config_of(site.stack, task_queue="killed", erp_queue_suffix="-killed")
    async with open_office(config) as office:
        yield replace(made, site=replace(site, office=office), job=replace(job, site=replace(site, office=office)))


async def killed(
    ground: Ground, worker: subprocess.Popen[Any], after: int, running: asyncio.Task[AdoptSummary]
) -> None:
    """Kill it once so many contracts began to be taken over, wherever it is then."""
    query = "select count(*) from transitions where object = any($1::text[]) and action = 'take_over'"
    pool, keys = ground.site.office.ledger.pool, list(ground.keys.values())
    # The ledger alone tells how far it came.
    while not running.done() and await pool.fetchval(query, keys) < after:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


async def test_each_is_adopted_once_though_the_worker_is_killed(ground: Ground) -> None:
    site = ground.site
    first = start_worker(site.stack, **QUEUES)
    try:
        summary, _ = await ground.proposed()
    except BaseException:
        end(first)
        raise
    await ground.forget_traffic()
    running = asyncio.create_task(ground.asked(summary.hash))
    await killed(ground, first, 1, running)
    assert not running.done(), "it was over before it was killed"
    await killed(ground, start_worker(site.stack, **QUEUES), 11, running)
    last = start_worker(site.stack, **QUEUES)
    try:
        done = await running
        for key in ground.keys.values():
            await site.until(key, State.SYNCED)
    finally:
        end(last)
    assert done.state == "done", done
    outcomes = (await ground.adoption(done)).outcomes
    assert len(outcomes) == CONTRACTS + 3
    assert {answer.answer for answer in outcomes.values()} == {Became.DONE}, outcomes
    for key in ground.keys.values():
        assert await site.actions(key) == ["take_over", "complete"]
        assert (await site.in_procore(key))["origin_id"]
    assert await ground.writes_to_cmic() == 0
    for number in ground.numbers.values():
        assert len(await site.rows("scmast", ScmstContCode=number)) == 1
