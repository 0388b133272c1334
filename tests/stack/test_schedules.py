"""Schedules of imports in Temporal: what the settings say, pauses that stay, a run of its own for every place (R-02, S-16,
S-17)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.client import ScheduleOverlapPolicy

from activities.import_messages import Scheduled
from domain.company_settings import Settings
from tests.stack.imports import LinkedJob, brought, in_procore
from tests.support import COMPANY, ERP, Site
from workers import schedules
from workers.schedules import apply_schedules, schedule_id, standing
from workflows.scheduled import ScheduledImport


async def applied(site: Site, **changed: object) -> None:
    settings = Settings.model_validate({"erp_companies": ["01"], **changed})
    await apply_schedules(site.office.client, site.office.config, settings)


async def every(site: Site, name: str, erp_company: str = ERP) -> timedelta | None:
    return (await standing(site.office.client, name, COMPANY, erp_company)).every


async def test_schedules_are_what_the_settings_say(site: Site) -> None:
    await applied(site)
    assert await every(site, "job_costs") == timedelta(hours=4)
    assert await every(site, "vendors") is None
    await applied(site, schedules={"vendors": 60, "job_costs": 0}, erp_companies=["01", "02"])
    assert await every(site, "vendors") == timedelta(hours=1)
    assert await every(site, "vendors", "02") == timedelta(hours=1)
    assert await every(site, "job_costs") is None
    await applied(site, schedules={"vendors": 120})
    assert await every(site, "vendors") == timedelta(hours=2)
    await _until_gone(site, "vendors", "02")
    found = await site.office.client.get_schedule_handle(schedule_id("vendors", COMPANY, ERP)).describe()
    assert found.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    await applied(site, schedules={})
    assert await every(site, "vendors") is None


async def _until_gone(site: Site, name: str, erp_company: str) -> None:
    """Temporal's list of schedules lags a little behind."""
    for _ in range(40):
        if await every(site, name, erp_company) is None:
            return
        await asyncio.sleep(0.25)
        await applied(site, schedules={"vendors": 120})
    raise AssertionError(f"the schedule of {name} in {erp_company} stays")


async def test_a_pause_stays_whatever_else_changes(site: Site) -> None:
    await applied(site, schedules={"jobs": 60})
    client = site.office.client
    assert await schedules.pause(client, "jobs", COMPANY, ERP, "month-end")
    await applied(site, schedules={"jobs": 90})
    now = await standing(client, "jobs", COMPANY, ERP)
    assert (now.every, now.paused, now.note) == (timedelta(minutes=90), True, "month-end")
    assert await schedules.resume(client, "jobs", COMPANY, ERP, "done")
    now = await standing(client, "jobs", COMPANY, ERP)
    assert not now.paused
    assert now.next_at is not None
    await applied(site, schedules={})
    assert not await schedules.pause(client, "jobs", COMPANY, ERP, "nothing to pause")


async def run_now(site: Site, name: str, workflow_type: str) -> str:
    """What its schedule does."""
    asked = Scheduled(
        name=name, workflow_type=workflow_type, company=COMPANY, erp_company=ERP, erp_queue=site.office.config.erp_queue
    )
    said: str = await site.office.client.execute_workflow(
        ScheduledImport.run, asked, id=site.code("scheduled"), task_queue=site.office.config.task_queue
    )
    return said


async def test_a_projects_import_runs_for_every_project_that_wants_it(site: Site) -> None:
    first, second, other = [await LinkedJob.opened(site) for _ in range(3)]
    for job in (first, second, other):
        await job.costs({"JcdtPhsCode": "03-100", "JcdtCatCode": "S", "JcdtJourCode": "AP", "JcdtAmt": 12.5})
    async with site.settings(transactions=True, transaction_projects=[first.project, second.project]):
        assert await run_now(site, "transactions", "TransactionsImport") == "2 done"
    counts = [len(await in_procore(site, "direct_costs", project_id=j.project)) for j in (first, second, other)]
    assert counts == [1, 1, 0]
    assert await run_now(site, "transactions", "TransactionsImport") == "nothing to import"


async def test_a_schedule_passes_over_what_a_person_runs(site: Site) -> None:
    """One run a place at a time: whoever asks meanwhile joins it."""
    said, summary = await asyncio.gather(run_now(site, "vendors", "VendorsImport"), brought(site, "vendors"))
    assert summary.state == "done"
    assert said in ("1 done", "1 under way already")
