"""One action for staged records: link, add, archive, restore, with an outcome for every row (C-02, I-03, B-10)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from activities.import_messages import StagedAnswer, StagedOrder, StagedProgress, StagedRow
from domain.refusals import Refusal, refuse
from domain.staged import LOOKS

R = TypeVar("R")
AT_ONCE = 10
MOST_ROWS = 1000
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


@workflow.defn(name="StagedCommand")
class StagedCommand:
    @workflow.init
    def __init__(self, order: StagedOrder) -> None:
        self._answers: list[StagedAnswer | None] = [None for _ in order.rows]

    @workflow.run
    async def run(self, order: StagedOrder) -> StagedProgress:
        waiting = iter(list(enumerate(order.rows)))

        async def work() -> None:
            for n, (key, fields) in waiting:
                self._answers[n] = await self._ask(order, n, key, fields)
                done = sum(a is not None and a.done for a in self._answers)
                answered = sum(a is not None for a in self._answers)
                workflow.set_current_details(f"{order.action} {order.name}: {answered} answered, {done} done")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return self.progress()

    @workflow.query
    def progress(self) -> StagedProgress:
        return StagedProgress(total=len(self._answers), answers=self._answers)

    async def _ask(self, order: StagedOrder, n: int, key: str, fields: dict[str, object]) -> StagedAnswer:
        row = StagedRow(
            name=order.name,
            company=order.company,
            erp_company=order.erp_company,
            key=key,
            action=order.action,
            person=order.person,
            door=order.door,
            request_id=f"staged:{order.number}:{n}",
            fields=fields,
        )
        try:
            if look := LOOKS.get((order.name, order.action)):
                against = await self._step(look, row, list[Refusal], order.erp_queue)
                row = row.model_copy(update={"against": against})
            return await self._step("act_on_staged", row, StagedAnswer)
        except ActivityError:
            return StagedAnswer(key=key, refusals=[refuse("not_answered", words="No answer within half an hour.")])

    async def _step(self, name: str, row: StagedRow, result: type[R], task_queue: str | None = None) -> R:
        answer: R = await workflow.execute_activity(
            name,
            row,
            result_type=result,
            task_queue=task_queue,
            start_to_close_timeout=timedelta(minutes=5),
            schedule_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_RETRY,
            summary=f"{row.action} {row.key}",
        )
        return answer
