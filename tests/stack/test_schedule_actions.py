"""What a schedule runs is what the configuration says today: an upgrade may have other queues, or other patience (R-02)."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import ScheduleActionStartWorkflow

from activities.import_messages import Scheduled
from domain.company_settings import Settings
from tests.support import COMPANY, ERP, Site
from workers import schedules
from workers.config import Config
from workers.schedules import apply_schedules, schedule_id


async def action_of(site: Site) -> tuple[str, Scheduled]:
    """The queue that the schedule of jobs starts its runs on, and what it asks for."""
    found = await site.office.client.get_schedule_handle(schedule_id("jobs", COMPANY, ERP)).describe()
    action = found.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    (asked,) = await site.office.client.data_converter.decode(list(action.args), [Scheduled])
    return action.task_queue, asked


async def test_a_schedule_goes_along_with_the_configuration_and_stays_paused(site: Site) -> None:
    client, now = site.office.client, site.office.config
    timing = now.timing.model_copy(update={"patience": timedelta(minutes=7)})
    later: Config = now.model_copy(update={"task_queue": "others", "erp_queue_suffix": "-others", "timing": timing})
    settings = Settings(schedules={"jobs": 60})
    await apply_schedules(client, now, settings)
    await schedules.pause(client, "jobs", COMPANY, ERP, "upgrade")
    assert (await action_of(site))[0] == now.task_queue
    await apply_schedules(client, later, settings)
    queue, asked = await action_of(site)
    assert (queue, asked.erp_queue, asked.timing) == ("others", later.erp_queue, timing)
    standing = await schedules.standing(client, "jobs", COMPANY, ERP)
    assert (standing.every, standing.paused, standing.note) == (timedelta(hours=1), True, "upgrade")
    await apply_schedules(client, now, Settings(schedules={}))
