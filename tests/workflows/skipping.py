"""A lifecycle on the server that skips time: real workflows and worker, steps over a ledger in memory."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.messages import Timing
from domain.commands import Door, Head, Outcome
from domain.permissions import Person
from domain.states import State
from tests.support import APPROVER, SENDER
from tests.workflows.fakes import Books, FakeSteps, Item
from tests.workflows.ground import chain
from workers.converter import data_converter
from workers.worker import lifecycles, runner
from workflows.asking import Asking
from workflows.attributes import ALL

KEY = "commitment:562949:310:1"
TEST_SERVER = Path(sys.executable).parent / "temporal-test-server"


@dataclass
class Place:
    """One item, and people who ask about it."""

    env: WorkflowEnvironment
    books: Books
    steps: FakeSteps
    timing: Timing
    key: str = KEY

    @property
    def client(self) -> Client:
        return self.env.client

    @property
    def item(self) -> Item:
        return self.books.item(self.key)

    @property
    def asking(self) -> Asking:
        return Asking(self.client, self.books, task_queue="lifecycle", erp_queue="cmic", timing=self.timing)

    async def ask(self, action: str, person: Person = APPROVER, **more: Any) -> Outcome:
        return await self.asking.ask(self.key, action, person=person, door=Door.CLI, **more)

    async def granted(self, action: str, person: Person = APPROVER, **more: Any) -> Outcome:
        outcome = await self.ask(action, person, **more)
        assert outcome.answer == "done", outcome
        return outcome

    async def refused(self, action: str, person: Person = APPROVER, **more: Any) -> list[str]:
        """The codes of the reasons for which it is refused."""
        outcome = await self.ask(action, person, **more)
        assert outcome.answer == "refused", outcome
        return [r.code for r in outcome.refusals]

    async def signal(self, name: str, *args: Any) -> None:
        await self.client.get_workflow_handle(self.key).signal(name, args=list(args))

    async def sent(self, person: Person = SENDER) -> None:
        await self.granted("send", person)

    async def synced(self, person: Person = SENDER, **fields: Any) -> Head:
        await self.sent(person)
        await self.granted("accept", fields=fields)
        return await self.until(State.SYNCED)

    async def until(self, state: State, also: Callable[[Head], bool] = lambda _: True) -> Head:
        """Wait in real time until the item stands there; time isn't skipped meanwhile."""
        for _ in range(400):
            if self.item.head.state is state and also(self.item.head):
                return self.item.head
            await asyncio.sleep(0.02)
        raise AssertionError(f"it is {self.item.head.state}, not {state}: {self.item.head.words}")

    async def pass_time(self, span: timedelta) -> None:
        """Skip time, and let the tasks of what became due then run."""
        await self.env.sleep(span)
        await asyncio.sleep(0.1)

    async def runs(self) -> list[WorkflowHistory]:
        return await chain(self.client, self.key)


@asynccontextmanager
async def place(timing: Timing | None = None, key: str = KEY) -> AsyncIterator[Place]:
    """A server, a worker on each queue, an empty ledger. The timing is the product's own unless another is given."""
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    async with env:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        names = dict.fromkeys([k.name for k in ALL], keyword)
        await env.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=env.client.namespace, search_attributes=names)
        )
        books = Books(env.get_current_time)
        steps = FakeSteps(books)
        cmic = Worker(env.client, task_queue="cmic", activities=steps.cmic_activities)
        lifecycle = Worker(
            env.client,
            task_queue="lifecycle",
            workflows=lifecycles(),
            activities=steps.lifecycle_activities,
            workflow_runner=runner(),
        )
        async with lifecycle, cmic:
            yield Place(env, books, steps, timing or Timing(), key)
