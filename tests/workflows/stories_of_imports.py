"""Stories of imports, schedules and commands for staged records, whose histories are recorded (design §6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from activities.import_messages import Scheduled, Summary
from domain.incoming_port import Place
from domain.staged import StagedAction
from tests.stack.confirmed import CONCRETE, FORMS, confirmed, estimates
from tests.stack.imports import Body, LinkedJob, acted, brought, done, in_procore
from tests.stack.test_staged import vendor
from tests.stack.test_transactions import cost
from tests.support import COMPANY, ERP, Site
from workflows.ordering import Ordering
from workflows.scheduled import ScheduledImport

Story = Callable[[Site], Awaitable[list[str]]]


def with_ordering(site: Site) -> Site:
    """The same site, whose imports run on its own queues with its own patience."""
    office = site.office
    config = office.config
    ordering = Ordering(
        office.client,
        office.incoming,
        task_queue=config.task_queue,
        erp_queue=config.erp_queue,
        timing=config.timing,
    )
    return replace(site, office=replace(office, ordering=ordering))


def place(name: str, project: int | None = None) -> str:
    """The workflow id of an import's place."""
    scope = f"project:{COMPANY}:-:{project}" if project else ""
    return Place(name=name, procore_company=COMPANY, erp_company=ERP, scope=scope).workflow_id


async def _costs(site: Site) -> LinkedJob:
    job = await LinkedJob.opened(site)
    await job.costs(cost(1), cost(2), cost(3, JcdtJourCode="GL"))
    return job


def _wanted(*jobs: LinkedJob) -> dict[str, Any]:
    return {"transactions": True, "transaction_projects": [job.project for job in jobs]}


async def straight_in(site: Site) -> list[str]:
    job = await _costs(site)
    async with site.settings(**_wanted(job)):
        await done(site, "transactions", job.project)
    return [place("transactions", job.project)]


async def refused_at_once(site: Site) -> list[str]:
    job = await _costs(site)
    assert (await brought(site, "transactions", job.project)).state == "refused"
    return [place("transactions", job.project)]


async def left_unfinished(site: Site) -> list[str]:
    job = await _costs(site)
    await site.procore_fault("direct_costs/sync", method="PATCH", status=503, times=None)
    async with site.settings(**_wanted(job)):
        assert (await brought(site, "transactions", job.project)).state == "left"
        await site.procore.delete("/_sandbox/faults")
    return [place("transactions", job.project)]


async def staged_and_proposed(site: Site) -> list[str]:
    await vendor(site, "Harbor & Sons")
    await done(site, "vendors")
    return [place("vendors")]


async def codes_that_set_off_costs(site: Site) -> list[str]:
    """What is computed of what was read."""
    job = await LinkedJob.opened(site)
    await job.costs(cost(1))
    await done(site, "project_codes", job.project)
    found: Summary = await site.office.client.get_workflow_handle(
        place("job_costs", job.project), result_type=Summary
    ).result()
    assert found.state == "done"
    return [place("project_codes", job.project), place("job_costs", job.project)]


async def previewed(site: Site) -> list[str]:
    job = await LinkedJob.opened(site, CONCRETE, FORMS)
    await estimates(job, {CONCRETE: 100, FORMS: 200})
    assert (await brought(site, "budget", job.project)).state == "preview"
    return [place("budget", job.project)]


async def confirmed_and_written(site: Site) -> list[str]:
    job = await LinkedJob.opened(site, CONCRETE, FORMS)
    await estimates(job, {CONCRETE: 100, FORMS: 200})
    await confirmed(job, "budget")
    return [place("budget", job.project)]


async def scheduled(site: Site) -> list[str]:
    jobs = [await _costs(site) for _ in range(2)]
    config = site.office.config
    asked = Scheduled(
        name="transactions",
        workflow_type="TransactionsImport",
        company=COMPANY,
        erp_company=ERP,
        erp_queue=config.erp_queue,
        timing=config.timing,
    )
    async with site.settings(**_wanted(*jobs)):
        said: str = await site.office.client.execute_workflow(
            ScheduledImport.run, asked, id="scheduled transactions", task_queue=config.task_queue
        )
    assert said == "2 done"
    return ["scheduled transactions", place("transactions", jobs[0].project)]


async def staged_records(site: Site) -> list[str]:
    """Added, refused, archived; and jobs, which are looked up in CMiC first."""
    codes = [await vendor(site, f"Vendor {n}") for n in range(3)]
    job = site.code("K")
    await site.control("jobs/create", company=ERP, job=job, name="Tower")
    await done(site, "vendors")
    await done(site, "jobs")
    rows: dict[str, Body] = {f"{ERP}|{code}": {} for code in codes}
    await acted(site, "vendors", StagedAction.ADD, {**rows, f"{ERP}|NOBODY": {}}, number="added")
    for code in codes:
        assert await in_procore(site, "vendors", company_id=COMPANY, origin_id=code)
    await acted(site, "vendors", StagedAction.ARCHIVE, {f"{ERP}|{codes[0]}": {}}, number="archived")
    await acted(site, "jobs", StagedAction.ADD, {f"{ERP}|{job}": {}}, number="jobs")
    return ["staged:added", "staged:archived", "staged:jobs"]


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        straight_in,
        refused_at_once,
        left_unfinished,
        staged_and_proposed,
        codes_that_set_off_costs,
        previewed,
        confirmed_and_written,
        scheduled,
        staged_records,
    )
}
