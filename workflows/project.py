"""A project to the CMiC job it is linked to, with the job's cost codes and categories (O-02, O-05)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

from domain.project import LIFECYCLE
from workflows.lifecycle import NOTHING, Lifecycle


@workflow.defn(name=LIFECYCLE.workflow_type)
class ProjectLifecycle(Lifecycle):
    table = LIFECYCLE
    export_steps = ("prepare", "write", "job_codes", "write_back")

    @workflow.init
    def __init__(self, start: RawValue = NOTHING) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue = NOTHING) -> str:
        return await self.walk()
