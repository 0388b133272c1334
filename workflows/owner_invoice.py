"""An owner invoice: CMiC's connector has no such object."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

from domain.unsupported import OWNER_INVOICE
from workflows.lifecycle import NOTHING, Lifecycle


@workflow.defn(name=OWNER_INVOICE.workflow_type)
class OwnerInvoiceLifecycle(Lifecycle):
    table = OWNER_INVOICE

    @workflow.init
    def __init__(self, start: RawValue = NOTHING) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue = NOTHING) -> str:
        return await self.walk()
