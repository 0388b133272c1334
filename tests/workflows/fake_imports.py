"""The activities of imports over a script in memory, for tests that need to skip time; real workflows, worker and server."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.import_messages import (
    Begun,
    Compared,
    Finish,
    Moved,
    Order,
    Scheduled,
    StagedAnswer,
    StagedRow,
    Summary,
    Window,
)
from activities.messages import DEFAULT_ERP_QUEUE
from activities.trouble import beating
from domain.incoming_port import Place
from domain.ports import Unavailable
from domain.refusals import Refusal
from tests.workflows.skipping import TEST_SERVER
from workers.converter import data_converter
from workers.worker import runner
from workflows.imports import IMPORTS
from workflows.scheduled import ScheduledImport
from workflows.staging import StagedCommand

QUEUE = "imports"
PLACE = Place(name="transactions", procore_company=562949, erp_company="01", scope="project:562949:-:310", job="1042")
RUN = 7


@dataclass
class FakeImports:
    """`begun` is what a run is; `pulls`, `pushes`: how many windows each stream has. `down`: steps without an answer, and how
    often; `gates`: steps that wait until told to go on. Everything that was asked is noted."""

    begun: Begun = field(default_factory=lambda: Begun(place=PLACE, run=RUN, is_full=True, streams=["rows"]))
    pulls: dict[str, int] = field(default_factory=dict)
    pushes: dict[str, int] = field(default_factory=dict)
    down: dict[str, int] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    pull_refusals: list[Refusal] = field(default_factory=list)
    push_refusals: list[Refusal] = field(default_factory=list)
    push_notes: list[Refusal] = field(default_factory=list)
    compared: Compared = field(default_factory=Compared)
    places: list[Place] = field(default_factory=list)
    against: list[Refusal] = field(default_factory=list)
    acts: Callable[[StagedRow], StagedAnswer] = lambda row: StagedAnswer(key=row.key, done=True)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    inside: int = 0
    most_inside: int = 0

    def steps(self) -> list[str]:
        """What was asked, in order: a step, and its stream."""
        return [f"{name} {asked.stream}".strip() if isinstance(asked, Window) else name for name, asked in self.asked]

    def finishes(self) -> list[Finish]:
        return [asked for name, asked in self.asked if name == "finish"]

    async def _meet(self, name: str, argument: Any) -> None:
        self.asked.append((name, argument))
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            if name in self.gates:
                await self.gates[name].wait()
            await asyncio.sleep(0.002)
            if self.down.get(name, 0) > 0:
                self.down[name] -= 1
                raise Unavailable(f"{name} has no answer")
        finally:
            self.inside -= 1

    def _more(self, kind: str, stream: str, windows: dict[str, int]) -> bool:
        """Whether another window follows the one that is done now."""
        self.done[f"{kind} {stream}"] += 1
        return self.done[f"{kind} {stream}"] < windows.get(stream, 1)

    @activity.defn(name="begin")
    async def begin(self, order: Order) -> Begun:
        async with beating():
            await self._meet("begin", order)
            return self.begun.model_copy(update={"place": order.place})

    @activity.defn(name="pull")
    async def pull(self, window: Window) -> Moved:
        async with beating():
            await self._meet("pull", window)
            more = self._more("pull", window.stream, self.pulls)
            return Moved(more=more, words="read", refusals=[] if more else self.pull_refusals)

    @activity.defn(name="compute")
    async def compute(self, window: Window) -> Moved:
        async with beating():
            await self._meet("compute", window)
            return Moved(more=False)

    @activity.defn(name="push")
    async def push(self, window: Window) -> Moved:
        async with beating():
            await self._meet("push", window)
            more = self._more("push", window.stream, self.pushes)
            return Moved(more=more, refusals=self.push_refusals, notes=self.push_notes)

    @activity.defn(name="propose")
    async def propose(self, window: Window) -> int:
        async with beating():
            await self._meet("propose", window)
            return 3

    @activity.defn(name="compare")
    async def compare(self, window: Window) -> Compared:
        async with beating():
            await self._meet("compare", window)
            return self.compared

    @activity.defn(name="finish")
    async def finish(self, asked: Finish) -> Summary:
        async with beating():
            await self._meet("finish", asked)
            return Summary(run=asked.run, state=asked.state, words=asked.words, refusals=asked.refusals)

    @activity.defn(name="places_of")
    async def places_of(self, asked: Scheduled) -> list[Place]:
        async with beating():
            await self._meet("places_of", asked)
            return self.places

    @activity.defn(name="job_gaps")
    async def job_gaps(self, row: StagedRow) -> list[Refusal]:
        async with beating():
            await self._meet("job_gaps", row)
            return self.against

    @activity.defn(name="act_on_staged")
    async def act_on_staged(self, row: StagedRow) -> StagedAnswer:
        async with beating():
            await self._meet("act_on_staged", row)
            return self.acts(row)

    @property
    def of_cmic(self) -> list[Callable[..., Any]]:
        return [self.pull, self.job_gaps]

    @property
    def of_lifecycle(self) -> list[Callable[..., Any]]:
        return [
            self.begin,
            self.compute,
            self.push,
            self.propose,
            self.compare,
            self.finish,
            self.places_of,
            self.act_on_staged,
        ]


@asynccontextmanager
async def working(client: Client, fakes: FakeImports, erp_queue: str = DEFAULT_ERP_QUEUE) -> AsyncIterator[None]:
    """A worker on each queue. What is read from CMiC is read on CMiC's queue only."""
    cmic = Worker(client, task_queue=erp_queue, activities=fakes.of_cmic)
    lifecycle = Worker(
        client,
        task_queue=QUEUE,
        workflows=[*IMPORTS, ScheduledImport, StagedCommand],
        activities=fakes.of_lifecycle,
        workflow_runner=runner(),
    )
    async with lifecycle, cmic:
        yield


@asynccontextmanager
async def skipping(fakes: FakeImports) -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time, with the workers."""
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    async with env, working(env.client, fakes):
        yield env
