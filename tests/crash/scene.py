"""One crash case's own place: its task queues, its worker that dies, the worker that comes after it, its faults.

People act as always; whoever asks while nobody works asks again, with the same request id.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from activities.keeping import Keeping
from activities.messages import Timing
from domain.commands import Answer
from domain.identity import company_key, project_key
from domain.permissions import Person
from ledger.lease import lease
from tests.crash.dying_worker import READY
from tests.crash.seeds import CRASH_PROJECT, CRASH_VENDOR, seed_job, seed_project
from tests.support import APPROVER, COMPANY, ERP, IMPATIENT, Site
from workers.plant import Plant
from workers.stack import end
from workers.worker import cmic_worker, lifecycle_worker
from workflows.asking import Asking

_numbers = itertools.count(1)
SECONDS_TO_DIE = 60
SECONDS_TO_ANSWER = 120


def place(plant: Plant, name: str, timing: Timing = IMPATIENT) -> Plant:
    """The same plant with queues of its own."""
    config = plant.config.model_copy(
        update={"task_queue": f"lifecycle {name}", "erp_queue_suffix": f" {name}", "timing": timing}
    )
    asking = Asking(plant.client, plant.ledger, task_queue=config.task_queue, erp_queue=config.erp_queue, timing=timing)
    keeping = Keeping(plant.ledger, plant.client, config.task_queue, config.erp_queue, timing)
    return replace(plant, config=config, asking=asking, keeping=keeping)


def timing_env(timing: Timing) -> dict[str, str]:
    """The timing as a process's environment."""
    spans = {"HEARTBEAT": timing.heartbeat, "PATIENCE": timing.patience, "RETRY_EVERY": timing.retry_every}
    return {f"PROCORE_CMIC_TIMING__{name}": f"PT{span.total_seconds():g}S" for name, span in spans.items()}


@asynccontextmanager
async def working(plant: Plant) -> AsyncIterator[None]:
    """A worker in this process on the plant's queues, as the next process would be: it waits for the lease."""
    async with (
        lease(plant.config.database_url.get_secret_value(), plant.config.erp_queue),
        lifecycle_worker(plant),
        cmic_worker(plant),
    ):
        yield


@dataclass
class Scene(Site):
    """Its office is a plant with this case's queues; `crash` is the point of death."""

    crash: str = ""
    died: asyncio.Event = field(default_factory=asyncio.Event)
    late: float = 0.0
    """Seconds for which CMiC may still commit what it was sent."""
    log: Path = field(init=False)
    _faults: list[tuple[httpx.AsyncClient, int, bool]] = field(default_factory=list)

    @property
    def plant(self) -> Plant:
        assert isinstance(self.office, Plant)
        return self.office

    def __post_init__(self) -> None:
        self.log = self.stack.folder / f"dying-{self.plant.config.task_queue.replace(' ', '-')}.log"

    # The worker that dies

    @property
    def environment(self) -> dict[str, str]:
        config = self.plant.config
        own = {
            "TASK_QUEUE": config.task_queue,
            "ERP_QUEUE_SUFFIX": config.erp_queue_suffix,
            "CMIC__PER_SECOND": "200",
            "CMIC__MAX_IN_FLIGHT": "20",
        }
        named = {f"PROCORE_CMIC_{name}": value for name, value in own.items()}
        return {**os.environ, **self.stack.env, **named, **timing_env(config.timing)}

    async def doomed(self) -> subprocess.Popen[Any]:
        """Start the worker that dies, and wait until it polls."""
        command = [sys.executable, "-m", "tests.crash.dying_worker"]
        environment = {**self.environment, "CRASH": self.crash}
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: ASYNC220  # it begins at once, and is polled below
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        for _ in range(SECONDS_TO_DIE * 20):
            if process.poll() is not None:
                raise AssertionError(f"the worker stopped while starting:\n{self.said()}")
            if READY in self.said().splitlines():
                return process
            await asyncio.sleep(0.05)
        end(process)
        raise AssertionError(f"the worker isn't ready:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text()[-4000:]

    async def dead(self, process: subprocess.Popen[Any], telling: asyncio.Task[Any]) -> None:
        """Wait until the worker has killed itself. A story that fails before that is the failure."""
        ends = time.monotonic() + SECONDS_TO_DIE
        while process.poll() is None:
            if telling.done():
                telling.result()
            assert time.monotonic() < ends, f"{self.crash} was never reached:\n{self.said()}"
            await asyncio.sleep(0.02)
        assert process.returncode == -9, f"the worker ended with {process.returncode}:\n{self.said()}"
        await self.mend(all_of_them=False)
        self.died.set()

    # People

    async def must(self, key: str, action: str, person: Person = APPROVER, **fields: Any) -> None:
        """Ask until there is a decision, as a person at a console would; it has to be `done`."""
        request_id, ends = uuid4().hex, time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < ends:
            outcome = await self.ask(key, action, person, request_id=request_id, **fields)
            if outcome.answer is Answer.BUSY:
                rows = [h for h in await self.office.reading.history(key) if h["request_id"] == request_id]
                answer = rows[0]["answer"] if rows else Answer.BUSY
            else:
                answer = outcome.answer
            if answer == Answer.DONE:
                return
            assert answer == Answer.BUSY, f"{action} of {key}: {outcome}"
            await asyncio.sleep(0.3)
        raise AssertionError(f"nobody answered {action} of {key}")

    # Procore, on the crash tests' own ground

    async def contracted(
        self, *lines: dict[str, Any], vendor: int = CRASH_VENDOR, kind: str = "WorkOrderContract"
    ) -> str:
        """Enter an approved commitment of the crash tests' project; its key."""
        return await self.commitment(*lines, vendor=vendor, kind=kind, project=CRASH_PROJECT)

    async def newcomer(self) -> tuple[str, str]:
        """A new company in Procore's directory: its key, and the vendor code that an approver will type."""
        number = next(_numbers)
        row = {"id": 300_000 + number, "name": f"Newcomer {number}", "company_id": COMPANY, "is_active": True}
        answer = await self.procore.post("/_sandbox/seed", json={"vendors": [row]})
        assert answer.status_code == 200, answer.text
        return company_key(COMPANY, ERP, 300_000 + number), f"NEW{number:05d}"

    async def new_project(self) -> tuple[str, str]:
        """A project in Procore and a job in CMiC for it: the project's key, the job's code."""
        number = next(_numbers)
        await seed_project(self.procore, 97_000 + number)
        await seed_job(self.cmic, f"J{number:05d}")
        return project_key(COMPANY, 97_000 + number), f"J{number:05d}"

    # Faults

    async def cmic_fault(self, key: str, kind: str, *, until_death: bool = False, **more: Any) -> None:
        """Order a fault for one commitment's requests to CMiC; writes, unless a method is named."""
        body = {"kind": kind, "method": "POST", "key": self.numbers[key], **more}
        if kind in ("commit_after_cut", "delay"):
            self.late = float(more["seconds"])
        await self._order(self.cmic, body, until_death)

    async def procore_fault(self, path: str, *, until_death: bool = False, **more: Any) -> None:
        await self._order(self.procore, {"path": path, **more}, until_death)

    async def _order(self, system: httpx.AsyncClient, body: dict[str, Any], until_death: bool) -> None:
        answer = await system.post("/_sandbox/faults", json=body)
        assert answer.status_code < 300, answer.text
        self._faults.append((system, answer.json()["id"], until_death))

    async def mend(self, *, all_of_them: bool = True, proven: bool = True) -> None:
        """Take back what was ordered; at the worker's death only what was to last until then. A fault that never struck
        would prove nothing."""
        for order in [f for f in self._faults if all_of_them or f[2]]:
            self._faults.remove(order)
            assert await _struck(*order[:2]) or not proven, f"fault {order[1]} never struck"
            await order[0].delete(f"/_sandbox/faults/{order[1]}")


async def _struck(system: httpx.AsyncClient, number: int) -> bool:
    """CMiC's stand-in forgets a fault that is used up, Procore's counts."""
    listed = (await system.get("/_sandbox/faults")).json()
    rows = listed["faults"] if isinstance(listed, dict) else listed
    return all(row.get("struck") or row.get("hits") for row in rows if row["id"] == number)
