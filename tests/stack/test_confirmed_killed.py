"""A worker is killed while it writes what a person confirmed: the next one goes on, and nothing is written twice (B-03)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from temporalio.client import WorkflowHandle

from activities.import_messages import Summary
from tests.crash.scene import Scene, place, working
from tests.stack.confirmed import (
    CONCRETE,
    FORMS,
    MASONRY,
    PAIRS,
    budget_of,
    confirmed,
    contracts_of,
    entered,
    lines_of,
    shown,
)
from tests.stack.imports import Body, LinkedJob, done, refused
from tests.support import APPROVER, COMPANY, Site
from workers.plant import Plant
from workers.stack import end
from workflows.ordering import Ordering

AMOUNTS = {pair: {"original": amount, "revenue": amount} for pair, amount in ((CONCRETE, 100.25), (MASONRY, 50))}
CHANGED = {
    CONCRETE: {"original": 90, "revenue": 90},
    FORMS: {"original": 5, "revenue": 5},
    MASONRY: {"original": 0, "revenue": 0},
}
POINTS = ("upsert.before", "upsert.after", "upsert.before#2", "upsert.after#2")
"""Around the header, and around the lines."""


@dataclass
class CutOff:
    """A confirmed import whose worker is dead."""

    office: Plant
    handle: WorkflowHandle[object, Summary]
    hash: str


@asynccontextmanager
async def cut_off(site: Site, name: str, job: LinkedJob, point: str) -> AsyncIterator[CutOff]:
    """Shown, confirmed, and begun by a worker that has died at the point by now."""
    preview = await shown(job, name)
    assert isinstance(site.office, Plant)
    own = place(site.office, f"{name} {job.job}")
    crash = point if ":" in point else f"compare:procore.{point}"
    scene = Scene(site.stack, own, site.procore, site.cmic, crash=crash)
    queues = {"task_queue": own.config.task_queue, "erp_queue": own.config.erp_queue}
    ordering = Ordering(own.client, own.incoming, **queues, timing=own.config.timing)
    process = await scene.doomed()
    try:
        confirm = preview["hash"][:10]
        handle = await ordering.order(name, COMPANY, person=APPROVER, project=job.project, confirm=confirm)
        result = asyncio.ensure_future(handle.result())
        await scene.dead(process, result)
        result.cancel()
        yield CutOff(own, handle, preview["hash"])
    finally:
        end(process, seconds=1)


async def outlived(site: Site, name: str, job: LinkedJob, point: str) -> None:
    """Another worker brings it to its end; the history has what was confirmed, not what was left of it."""
    async with cut_off(site, name, job, point) as cut, working(cut.office):
        summary = await cut.handle.result()
    assert summary.state == "done", (point, summary)
    assert (await kept(site, summary.run))["hash"] == cut.hash


async def kept(site: Site, run: int) -> Body:
    found = await site.office.ledger.pool.fetchval("select preview from import_runs where id = $1", run)
    return dict(found)


async def a_budget(site: Site, point: str) -> None:
    job = await LinkedJob.opened(site, *PAIRS)
    await entered(job, AMOUNTS)
    await outlived(site, "budget", job, point)
    assert await budget_of(job) == {CONCRETE: Decimal("100.25"), MASONRY: Decimal(50)}


async def a_prime_contract(site: Site, point: str, *, again: bool = False) -> None:
    job = await LinkedJob.opened(site, *PAIRS)
    await entered(job, AMOUNTS)
    if again:
        await confirmed(job, "prime_contract")
        await entered(job, CHANGED)
    await outlived(site, "prime_contract", job, point)
    (contract,) = await contracts_of(job)
    lines = await lines_of(job)
    assert len(lines) == 2, (point, lines)
    assert Decimal(contract["grand_total"]) == (Decimal(95) if again else Decimal("150.25")), point


async def test_wherever_it_is_cut(site: Site) -> None:
    """At the same time, because each waits for seconds until the dead worker is missed."""
    await asyncio.gather(
        a_budget(site, "pull:after"),
        *(a_budget(site, point) for point in POINTS[:2]),
        a_budget(site, "compare:after"),
    )
    await asyncio.gather(
        *(a_prime_contract(site, point) for point in POINTS),
        a_prime_contract(site, "remove.before", again=True),
        a_prime_contract(site, "remove.after", again=True),
    )


async def test_what_is_left_of_it_is_confirmed_by_nobody_else(site: Site) -> None:
    """The workflow is gone, too; its run stays half written. Another confirmation doesn't finish it, the same one does."""
    job = await LinkedJob.opened(site, *PAIRS)
    await entered(job, AMOUNTS)
    async with cut_off(site, "prime_contract", job, "upsert.after") as cut:
        await cut.handle.terminate("by an operator")
    assert len(await contracts_of(job)) == 1
    assert await refused(site, "prime_contract", job.project, confirm="c0ffee") == ["import_preview_outdated"]
    assert await lines_of(job) == {}
    async with cut_off(site, "prime_contract", job, "upsert.before") as again:
        await again.handle.terminate("by an operator")
    await done(site, "prime_contract", job.project, confirm=again.hash)
    assert len(await lines_of(job)) == 2
