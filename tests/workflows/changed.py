"""Lifecycles that were changed without thought, as a careless upgrade would: recorded histories must refuse them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow

from domain.commands import Command
from domain.commitment import LIFECYCLE
from workflows.lifecycle import Lifecycle

_BRIEFLY = timedelta(seconds=10)


@workflow.defn(name=LIFECYCLE.workflow_type)
class ChangedBegin(Lifecycle):
    """One more activity before everything."""

    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: Any = None) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Any = None) -> str:
        await workflow.execute_activity("warm_up", start_to_close_timeout=_BRIEFLY)
        return await self.walk()


@workflow.defn(name=LIFECYCLE.workflow_type)
class ChangedJudging(Lifecycle):
    """One more activity before each decision."""

    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: Any = None) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Any = None) -> str:
        return await self.walk()

    async def _judge(self, command: Command) -> None:
        await workflow.execute_activity("think_twice", start_to_close_timeout=_BRIEFLY)
        await super()._judge(command)
