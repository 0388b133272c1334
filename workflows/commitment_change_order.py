"""A change order of a commitment from Procore to CMiC (O-12)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

from domain.commitment_change_order import LIFECYCLE
from workflows.lifecycle import NOTHING, Lifecycle


@workflow.defn(name=LIFECYCLE.workflow_type)
class CommitmentChangeOrderLifecycle(Lifecycle):
    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: RawValue = NOTHING) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue = NOTHING) -> str:
        return await self.walk()
