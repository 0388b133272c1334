"""A sub job: CMiC's connector has no such object."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

from domain.unsupported import SUB_JOB
from workflows.lifecycle import NOTHING, Lifecycle


@workflow.defn(name=SUB_JOB.workflow_type)
class SubJobLifecycle(Lifecycle):
    table = SUB_JOB

    @workflow.init
    def __init__(self, start: RawValue = NOTHING) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue = NOTHING) -> str:
        return await self.walk()
