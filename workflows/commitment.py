"""A subcontract or purchase order from Procore to CMiC (O-11)."""

from __future__ import annotations

from typing import Any

from temporalio import workflow

from domain.commitment import LIFECYCLE
from workflows.lifecycle import Lifecycle


@workflow.defn(name=LIFECYCLE.workflow_type)
class CommitmentLifecycle(Lifecycle):
    table = LIFECYCLE

    @workflow.init
    def __init__(self, start: Any = None) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Any = None) -> str:
        return await self.walk()
