"""Every import as a workflow type of its own, so that Temporal's UI and its schedules read like the business (design §6)."""

from __future__ import annotations

from temporalio import workflow

from activities.import_messages import Order, Summary
from workflows.importing import ImportWorkflow


@workflow.defn(name="TransactionsImport")
class TransactionsImport(ImportWorkflow):
    """Job cost transactions of a project's job, as direct costs (O-18)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


IMPORTS: tuple[type[ImportWorkflow], ...] = (TransactionsImport,)
