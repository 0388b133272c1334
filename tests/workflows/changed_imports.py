"""Imports that were changed without thought: recorded histories must refuse them. A module of their own: the sandbox imports
the module of a workflow anew for each run, and this one brings no database along."""

from __future__ import annotations

from temporalio import workflow

from activities.import_messages import Begun, Order, Scheduled, StagedOrder, StagedProgress, Summary
from workflows.importing import ImportWorkflow


class Changed(ImportWorkflow):
    """One that begins with another step."""

    async def bring(self, order: Order) -> Summary:
        await self._step("finish", order, Begun)
        return await super().bring(order)

    confirm = bring


@workflow.defn(name="TransactionsImport")
class ChangedImport(Changed):
    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="BudgetImport")
class ChangedConfirmed(Changed):
    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.confirm(order)


@workflow.defn(name="ScheduledImport")
class ChangedSchedule:
    @workflow.run
    async def run(self, asked: Scheduled) -> str:
        return "nothing"


@workflow.defn(name="StagedCommand")
class ChangedCommand:
    @workflow.run
    async def run(self, order: StagedOrder) -> StagedProgress:
        return StagedProgress(total=0, answers=[])
