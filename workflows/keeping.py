"""The scheduled keepers: the watchdog over lifecycles, and the posting watcher of a CMiC company (design §3, §5)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.messages import ListChanges
from domain.ports import Difference

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
_PATIENCE = timedelta(minutes=30)


@workflow.defn(name="Watchdog")
class Watchdog:
    """Start what was lost, wake what could leave."""

    @workflow.run
    async def run(self) -> str:
        lost = await self._ask("start_lost")
        woken = await self._ask("wake_releasable")
        return f"{lost} lifecycles started again, {woken} items woken"

    async def _ask(self, name: str) -> int:
        count: int = await workflow.execute_activity(
            name,
            result_type=int,
            start_to_close_timeout=_PATIENCE,
            schedule_to_close_timeout=_PATIENCE,
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_RETRY,
        )
        return count


@workflow.defn(name="PostingWatch")
class PostingWatch:
    """See what CMiC's accountants posted, voided or deleted, and nudge the objects it concerns."""

    @workflow.run
    async def run(self, asked: ListChanges, erp_queue: str) -> str:
        changed: list[str] = await workflow.execute_activity(
            "list_changes",
            asked,
            result_type=list[str],
            task_queue=erp_queue,
            start_to_close_timeout=_PATIENCE,
            schedule_to_close_timeout=_PATIENCE,
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_RETRY,
        )
        if changed:
            await workflow.execute_activity(
                "wake",
                changed,
                start_to_close_timeout=_PATIENCE,
                heartbeat_timeout=timedelta(seconds=10),
                retry_policy=_RETRY,
            )
        return f"{len(changed)} objects nudged"


@workflow.defn(name="DialectCheck")
class DialectCheck:
    """Hold the dialect against a CMiC tenant's own description (design §8)."""

    @workflow.run
    async def run(self, erp_queue: str) -> list[Difference]:
        differences: list[Difference] = await workflow.execute_activity(
            "describe",
            result_type=list[Difference],
            task_queue=erp_queue,
            start_to_close_timeout=_PATIENCE,
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=3),
        )
        return differences
