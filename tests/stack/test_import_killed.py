"""kill -9 in the middle of an import, again and again: every row once, none lost, none twice (B-03, O-18)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from activities.import_messages import Summary
from domain.company_settings import DirectCostType
from tests.stack.imports import LinkedJob, in_procore
from tests.support import APPROVER, COMPANY, Site, config_of
from workers.local import start_worker
from workers.plant import open_office
from workers.stack import end

pytestmark = [pytest.mark.crash, pytest.mark.sample]
QUEUES = {"PROCORE_CMIC_TASK_QUEUE": "killed", "PROCORE_CMIC_ERP_QUEUE_SUFFIX": "-killed"}
QUICK = {"PROCORE_CMIC_CMIC__PER_SECOND": "200", "PROCORE_CMIC_CMIC__PAGE_SIZE": "200"}
JOURNALS = dict.fromkeys(("AP", "PR", "PO", "JC", "EM"), DirectCostType.EXPENSE)


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Rows, and how often the worker is killed."""
    return (100_000, 5) if request.config.getoption("--crash") == "full" else (6_000, 2)


@pytest.fixture
async def job(site: Site) -> AsyncIterator[LinkedJob]:
    """A job whose run is worked on by nobody but the workers of this test."""
    opened = await LinkedJob.opened(site)
    config = config_of(site.stack, task_queue="killed", erp_queue_suffix="-killed")
    async with open_office(config) as office:
        wanted: dict[str, Any] = {"transactions": True, "transaction_projects": [opened.project]}
        async with site.settings(**wanted, journal_codes=JOURNALS):
            yield replace(opened, site=replace(site, office=office))


async def killed(job: LinkedJob, worker: subprocess.Popen[Any], after: int, running: asyncio.Task[Summary]) -> None:
    """Kill it once so many rows were read or written, wherever it is then."""
    scope = f"project:{COMPANY}:-:{job.project}"
    query = """select coalesce(max(r.read_rows + r.written_rows), 0) from import_runs r
               join import_places p on p.id = r.place where p.scope = $1 and p.import = 'transactions'"""
    # The ledger alone tells how far it came.
    while not running.done() and await job.site.office.incoming.pool.fetchval(query, scope) < after:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


async def test_every_row_once_however_often_the_worker_is_killed(job: LinkedJob, size: tuple[int, int]) -> None:
    rows, kills = size
    site = job.site
    await site.control("transactions", company="01", job=job.job, count=rows, seed=7)
    handle = await site.office.ordering.order("transactions", COMPANY, person=APPROVER, project=job.project)
    running = asyncio.create_task(handle.result())
    for n in range(1, kills + 1):
        worker = start_worker(site.stack, **QUEUES, **QUICK)
        await killed(job, worker, 2 * rows * n // (kills + 1), running)
        assert not running.done(), "it was over before it was killed"
    last = start_worker(site.stack, **QUEUES, **QUICK)
    try:
        summary = await running
    finally:
        end(last)
    assert summary.state == "done", summary
    assert summary.words.startswith(f"{rows:,} read, {rows:,} new, 0 changed"), summary
    headers = await in_procore(site, "direct_costs", project_id=job.project)
    lines = await in_procore(site, "direct_cost_line_items", project_id=job.project)
    assert len(headers) == len(lines) == rows
    assert len({row["origin_id"] for row in headers}) == len({row["direct_cost_id"] for row in lines}) == rows
    assert sum((Decimal(row["amount"]) for row in lines), Decimal(0)) == await job.spent()
