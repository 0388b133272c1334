"""A prime contract change order from Procore to CMiC, with reset (O-16, R-25)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

from domain.prime_change_order import LIFECYCLE
from workflows.lifecycle import NOTHING, Lifecycle


@workflow.defn(name=LIFECYCLE.workflow_type)
class PrimeChangeOrderLifecycle(Lifecycle):
    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: RawValue = NOTHING) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue = NOTHING) -> str:
        return await self.walk()
