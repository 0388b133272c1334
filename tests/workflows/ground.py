"""What these tests stand on: a task queue of their own over the stack, and ways to read a run's history."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.common import RawValue

import workflows
from activities.keeping import Keeping
from activities.messages import Timing
from tests.support import Site
from workers.plant import Plant
from workers.worker import cmic_worker, lifecycle_worker
from workflows.asking import Asking
from workflows.lifecycle import Lifecycle

QUICK = Timing(
    patience=timedelta(seconds=4),
    retry_every=timedelta(seconds=2),
    heartbeat=timedelta(seconds=4),
    busy_after=timedelta(seconds=3),
)
STARTED = "WORKFLOW_EXECUTION_STARTED"
FRESH = [STARTED, "WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED"]
"""The first task of a fresh run, which issues no command."""


@asynccontextmanager
async def own_queue(plant: Plant, name: str, timing: Timing = QUICK, **more: Any) -> AsyncIterator[Plant]:
    """The plant with workers on task queues of its own, so that nobody else's worker takes its tasks. `more` are options
    of the lifecycle worker."""
    config = plant.config.model_copy(update={"task_queue": name, "erp_queue_suffix": f"-{name}", "timing": timing})
    places: dict[str, Any] = {"task_queue": name, "erp_queue": config.erp_queue, "timing": timing}
    asking = Asking(plant.client, plant.ledger, **places)
    keeping = Keeping(plant.ledger, plant.client, **places)
    mine = replace(plant, config=config, asking=asking, keeping=keeping)
    async with lifecycle_worker(mine, **more), cmic_worker(mine):
        yield mine


def asking(site: Site, seconds: float = 20, **timing: Any) -> Site:
    """The same site, whose doors wait for so long, and whose new lifecycles have another timing."""
    config, office = site.office.config, site.office
    asked = Asking(
        office.client,
        office.ledger,
        task_queue=config.task_queue,
        erp_queue=config.erp_queue,
        timing=QUICK.model_copy(update=timing),
        seconds=seconds,
    )
    return replace(site, office=replace(office, asking=asked))


def raw(data: bytes, encoding: str | None = "json/plain", **metadata: str) -> RawValue:
    """A payload of just these bytes."""
    stated = {"encoding": encoding, **metadata} if encoding is not None else metadata
    return RawValue(Payload(metadata={k: v.encode() for k, v in stated.items()}, data=data))


async def fetched(client: Client, key: str, run_id: str | None = None) -> WorkflowHistory:
    return await client.get_workflow_handle(key, run_id=run_id).fetch_history()


def kinds(history: WorkflowHistory) -> list[str]:
    """The types of a run's events, in order."""
    return [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") for e in history.events]


async def events(client: Client, key: str, run_id: str | None = None) -> list[str]:
    return kinds(await fetched(client, key, run_id))


async def settled(client: Client, key: str) -> list[str]:
    """The events of the present run, once no more are being added."""
    before: list[str] = []
    while (now := await events(client, key)) != before:
        before = now
        await asyncio.sleep(0.04)
    return now


async def chain(client: Client, key: str) -> list[WorkflowHistory]:
    """The histories of all runs that led to the present one by continue-as-new, oldest first."""
    found: list[WorkflowHistory] = []
    run_id: str | None = None
    while True:
        history = await fetched(client, key, run_id)
        found.insert(0, history)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if not run_id:
            return found


def all_workflows() -> list[type]:
    """Every workflow class of the product."""
    classes: dict[str, type] = {}
    for module in pkgutil.iter_modules(workflows.__path__, "workflows."):
        for name, found in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(found) and found is not Lifecycle and "__temporal_workflow_definition" in vars(found):
                classes[name] = found
    return list(classes.values())
