"""A scheduled import: every place that it is for, each run by its own workflow under its own id (R-02, S-16, S-17).

So a schedule never runs beside a person's run of the same place: it is passed over, because that one does the work.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError

from activities.import_messages import Order, Scheduled, Summary
from domain.incoming_port import Place

AT_ONCE = 3
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name="ScheduledImport")
class ScheduledImport:
    def __init__(self) -> None:
        self._said: list[str] = []

    @workflow.run
    async def run(self, asked: Scheduled) -> str:
        places: list[Place] = await workflow.execute_activity(
            "places_of",
            asked,
            result_type=list[Place],
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_RETRY,
        )
        waiting = iter(places)

        async def work() -> None:
            for place in waiting:
                self._said.append(await self._one(asked, place))
                workflow.set_current_details(f"{len(self._said)} of {len(places)} done")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        states = {state: self._said.count(state) for state in sorted(set(self._said))}
        return ", ".join(f"{count} {state}" for state, count in states.items()) or "nothing to import"

    async def _one(self, asked: Scheduled, place: Place) -> str:
        order = Order(place=place, who=asked.who, erp_queue=asked.erp_queue, timing=asked.timing, consents=True)
        try:
            summary: Summary = await workflow.execute_child_workflow(
                asked.workflow_type, order, id=place.workflow_id, result_type=Summary
            )
        except WorkflowAlreadyStartedError:
            return "under way already"
        except ChildWorkflowError:
            return "broken off"
        return summary.state
