"""A worker process: the lifecycles and their steps, and CMiC's queue for as long as it holds the lease (design §8)."""

from __future__ import annotations

import asyncio
import importlib
import signal
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from ledger.lease import Lease, StoodDown, lease
from mappers.registry import KINDS
from workers.config import Config
from workers.health import serve_health
from workers.plant import Plant, open_plant
from workers.schedules import apply_schedules
from workers.temporal import ensure_schedules, register_attributes
from workflows.adopting import AdoptProject
from workflows.bulk import BulkCommand
from workflows.imports import IMPORTS
from workflows.keeping import DialectCheck, PostingWatch, Watchdog
from workflows.lifecycle import Lifecycle
from workflows.scheduled import ScheduledImport
from workflows.staging import StagedCommand

log = structlog.get_logger()

PASSED_THROUGH = ("activities", "domain", "mappers", "workflows", "structlog", "httpx")
GRACE = timedelta(seconds=20)


def runner() -> SandboxedWorkflowRunner:
    """The sandbox keeps its restrictions; our own modules are passed through, which halves a worker's CPU."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def lifecycles() -> list[type]:
    """The workflow class of every kind in the registry: workflows/KIND.py."""
    found = []
    for kind in KINDS.values():
        module = importlib.import_module(f"workflows.{kind.name}")
        own = [
            c
            for c in vars(module).values()
            if isinstance(c, type) and issubclass(c, Lifecycle) and c is not Lifecycle and c.table is kind.lifecycle
        ]
        found += own
    return found


def lifecycle_worker(plant: Plant, **more: Any) -> Worker:
    options: dict[str, Any] = {
        "workflow_runner": runner(),
        "max_cached_workflows": 2000,
        "max_concurrent_workflow_tasks": 16,
        "max_concurrent_activities": 50,
        "sticky_queue_schedule_to_start_timeout": timedelta(seconds=2),
        "graceful_shutdown_timeout": GRACE,
        # The server refuses what is too large, once. A worker that checks it itself tries the task again for ever, and an
        # update of two megabytes, whose refusal repeats it, would block its workflow.
        "disable_payload_error_limit": True,
    }
    return Worker(
        plant.client,
        task_queue=plant.config.task_queue,
        workflows=[
            *lifecycles(),
            BulkCommand,
            Watchdog,
            PostingWatch,
            DialectCheck,
            StagedCommand,
            AdoptProject,
            ScheduledImport,
            *IMPORTS,
        ],
        activities=plant.lifecycle_activities,
        **{**options, **more},
    )


def cmic_worker(plant: Plant, **more: Any) -> Worker:
    return Worker(
        plant.client,
        task_queue=plant.config.erp_queue,
        activities=plant.cmic_activities,
        max_concurrent_activities=20,
        graceful_shutdown_timeout=GRACE,
        **more,
    )


async def hold_cmic(plant: Plant, stop: asyncio.Event) -> None:
    """Stand by for the lease, and poll the CMiC queue while it is held. A lost lease is waited for again."""
    while not stop.is_set():
        try:
            async with lease(plant.config.database_url.get_secret_value(), plant.config.erp_queue, stop=stop) as held:
                log.info("holding the lease", address=plant.config.cmic.address)
                async with cmic_worker(plant):
                    await _until(held, stop)
        except StoodDown:
            return
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("the lease can't be had", error=type(error).__name__)
            await asyncio.sleep(1)


async def _until(held: Lease, stop: asyncio.Event) -> None:
    tasks = [asyncio.create_task(held.watch()), asyncio.create_task(stop.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def run(config: Config) -> None:
    """Work until SIGTERM or SIGINT, then stop gracefully."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_plant(config) as plant:
        await register_attributes(plant.client)
        settings = await plant.ledger.settings_of(config.procore_company)
        await ensure_schedules(plant.client, config, settings.erp_companies)
        await apply_schedules(plant.client, config, settings)
        async with serve_health(plant), lifecycle_worker(plant):
            log.info("worker ready", task_queue=config.task_queue)
            cmic = asyncio.create_task(hold_cmic(plant, stop))
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait([cmic, waiting], return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await cmic
            waiting.cancel()
