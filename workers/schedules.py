"""The schedules of imports in Temporal: one an import and CMiC company, as the settings have them (R-02, S-16, S-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.import_messages import Scheduled
from domain.company_settings import SCHEDULED, Settings
from mappers.incoming.registry import IMPORTERS
from workers.config import Config
from workflows.scheduled import ScheduledImport


@dataclass(frozen=True)
class ScheduleNow:
    """How a schedule stands: how often, whether it is paused and why, when it runs next."""

    every: timedelta | None
    paused: bool
    note: str
    next_at: datetime | None


def schedule_id(name: str, company: int, erp_company: str) -> str:
    return f"schedule:{name}:{company}:{erp_company}"


async def apply_schedules(client: Client, config: Config, settings: Settings) -> None:
    """Make Temporal's schedules what the settings say. A pause stays a pause, whatever else changes."""
    await _forget(client, config.procore_company, settings.erp_companies)
    for name in SCHEDULED:
        if name not in IMPORTERS:
            continue
        for erp_company in settings.erp_companies:
            every, number = settings.every(name), schedule_id(name, config.procore_company, erp_company)
            if every is None:
                await _delete(client, number)
            else:
                await _put(client, number, _action(config, name, erp_company, number), every)


async def standing(client: Client, name: str, company: int, erp_company: str) -> ScheduleNow:
    """How the schedule of an import stands; one that isn't there has no times."""
    try:
        found = await client.get_schedule_handle(schedule_id(name, company, erp_company)).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return ScheduleNow(every=None, paused=False, note="", next_at=None)
    state = found.schedule.state
    next_at = found.info.next_action_times[0] if found.info.next_action_times and not state.paused else None
    return ScheduleNow(every=_every(found), paused=state.paused, note=state.note or "", next_at=next_at)


async def pause(client: Client, name: str, company: int, erp_company: str, note: str) -> bool:
    """Raises nothing for a schedule that isn't there: False."""
    return await _told(client, schedule_id(name, company, erp_company), "pause", note)


async def resume(client: Client, name: str, company: int, erp_company: str, note: str) -> bool:
    return await _told(client, schedule_id(name, company, erp_company), "unpause", note)


async def _told(client: Client, number: str, verb: str, note: str) -> bool:
    handle = client.get_schedule_handle(number)
    try:
        await getattr(handle, verb)(note=note)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _action(config: Config, name: str, erp_company: str, number: str) -> ScheduleActionStartWorkflow:
    asked = Scheduled(
        name=name,
        workflow_type=IMPORTERS[name].kind.workflow_type,
        company=config.procore_company,
        erp_company=erp_company,
        erp_queue=config.erp_queue,
        timing=config.timing,
    )
    return ScheduleActionStartWorkflow(ScheduledImport.run, asked, id=number, task_queue=config.task_queue)


async def _put(client: Client, number: str, action: ScheduleActionStartWorkflow, every: timedelta) -> None:
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1))
    try:
        await client.create_schedule(number, Schedule(action=action, spec=spec, policy=policy))
        return
    except ScheduleAlreadyRunningError:
        pass

    async def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        """Also what it runs: queues and patience are the configuration's of today."""
        state: ScheduleState = found.description.schedule.state
        return ScheduleUpdate(schedule=Schedule(action=action, spec=spec, policy=policy, state=state))

    await client.get_schedule_handle(number).update(update)


async def _forget(client: Client, company: int, erp_companies: list[str]) -> None:
    """Schedules of CMiC companies that the settings don't name any more."""
    ours = {schedule_id(name, company, erp) for name in SCHEDULED for erp in erp_companies}
    async for listed in await client.list_schedules():
        parts = listed.id.split(":")
        if parts[0] == "schedule" and parts[2:3] == [str(company)] and listed.id not in ours:
            await _delete(client, listed.id)


async def _delete(client: Client, number: str) -> None:
    try:
        await client.get_schedule_handle(number).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


def _every(found: ScheduleDescription) -> timedelta | None:
    intervals: Any = found.schedule.spec.intervals
    return intervals[0].every if intervals else None
