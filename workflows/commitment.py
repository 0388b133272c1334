"""A subcontract or purchase order from Procore to CMiC (O-11)."""

from __future__ import annotations

from temporalio import workflow

from activities.messages import Start
from domain.commitment import LIFECYCLE
from workflows.lifecycle import Lifecycle


@workflow.defn(name=LIFECYCLE.workflow_type)
class CommitmentLifecycle(Lifecycle):
    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> str:
        return await self.walk()
