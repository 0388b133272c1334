"""One action for many objects: accept, reject, retry a whole inbox (B-10). An outcome for every row, whatever the others say.

Durable: a worker that dies in the middle leaves nothing half asked, because each row bears a request id of its own.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from activities.messages import BulkOrder, BulkProgress, BulkRow
from domain.commands import Answer, Outcome
from domain.states import State

AT_ONCE = 10
MOST_ROWS = 1000
"""Rows of one order: their outcomes have to fit into one answer."""
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


@workflow.defn(name="BulkCommand")
class BulkCommand:
    @workflow.init
    def __init__(self, order: BulkOrder) -> None:
        self._outcomes: list[Outcome | None] = [None for _ in order.rows]

    @workflow.run
    async def run(self, order: BulkOrder) -> BulkProgress:
        waiting = iter(list(enumerate(order.rows)))

        async def work() -> None:
            for n, (key, fields) in waiting:
                self._outcomes[n] = await self._ask(order, n, key, fields)
                workflow.set_current_details(self._said(order.action))

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return self.progress()

    @workflow.query
    def progress(self) -> BulkProgress:
        return BulkProgress(total=len(self._outcomes), outcomes=self._outcomes)

    async def _ask(self, order: BulkOrder, n: int, key: str, fields: dict[str, object]) -> Outcome:
        row = BulkRow(
            key=key,
            action=order.action,
            person=order.person,
            door=order.door,
            request_id=f"bulk:{order.number}:{n}",
            fields=fields,
            note_id=order.note_id,
        )
        try:
            outcome: Outcome = await workflow.execute_activity(
                "ask_one",
                row,
                result_type=Outcome,
                start_to_close_timeout=timedelta(seconds=60),
                schedule_to_close_timeout=timedelta(minutes=10),
                heartbeat_timeout=timedelta(seconds=10),
                retry_policy=_RETRY,
                summary=f"{order.action} {key}",
            )
        except ActivityError:
            return _unanswered(order.action)
        return outcome

    def _said(self, action: str) -> str:
        answered = [o for o in self._outcomes if o is not None]
        done = sum(o.answer is Answer.DONE for o in answered)
        return f"{action}: {len(answered)} of {len(self._outcomes)} answered, {done} done, {len(answered) - done} not"


def _unanswered(action: str) -> Outcome:
    """Nothing is lost: the command may be asked again."""
    words = "No answer within ten minutes; look at the item, then ask again."
    return Outcome(answer=Answer.BUSY, action=action, state=State.NOT_SENT, sequence=0, sentence=words)
