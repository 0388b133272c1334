"""Keeping every lifecycle alive: wake who waits, start what was lost (design §3, §4). `restore` is the same code."""

from __future__ import annotations

from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Start, Timing
from activities.trouble import beating
from domain.commands import WAKE, Head
from domain.ledger_port import Ledger
from mappers.registry import KINDS, kind_of

PAGE = 200


class Keeping:
    """Given the ledger and a client to Temporal. `erp_queue` is the task queue of the CMiC address."""

    def __init__(self, ledger: Ledger, client: Client, task_queue: str, erp_queue: str, timing: Timing) -> None:
        self._ledger = ledger
        self._client = client
        self._task_queue = task_queue
        self._erp_queue = erp_queue
        self._timing = timing

    @activity.defn(name="wake")
    async def wake(self, keys: list[str]) -> None:
        """Tell each that something it waits for may have happened. One that isn't running is started: it looks by itself."""
        async with beating():
            for key in keys:
                await self._signal(key)

    async def _signal(self, key: str) -> None:
        try:
            await self._client.get_workflow_handle(key).signal(WAKE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            head = await self._ledger.head(key)
            if head is not None and head.state != "not_sent":
                await self.start(head)

    async def start(self, head: Head) -> bool:
        """Start the object's lifecycle unless it runs. True if it was started."""
        workflow_type = kind_of(head.key).lifecycle.workflow_type
        try:
            await self._client.start_workflow(
                workflow_type,
                Start(key=head.key, erp_queue=self._erp_queue, timing=self._timing),
                id=head.key,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    @activity.defn(name="start_lost")
    async def start_lost(self) -> int:
        """Start every object's lifecycle that the ledger has and Temporal hasn't. Returns how many were lost."""
        async with beating():
            return await self.restore()

    async def restore(self, on_progress: Any = None) -> int:
        """Over everything. Visibility only spares needless starts: a lifecycle that it misses is refused as running."""
        running = {w.id async for w in self._client.list_workflows("ExecutionStatus = 'Running'")}
        after, lost, seen = "", 0, 0
        while heads := await self._ledger.active(after, PAGE):
            for head in heads:
                seen += 1
                if head.key not in running:
                    lost += await self.start(head)
            after = heads[-1].key
            if on_progress is not None:
                on_progress(seen, lost)
        return lost

    @activity.defn(name="wake_releasable")
    async def wake_releasable(self) -> int:
        """Held items whose conditions hold already, in case a message was lost; budgets that CMiC may show by now; exported
        projects whose job it showed; whatever was seen in CMiC and told nobody."""
        async with beating():
            shown = [k.name for k in KINDS.values() if k.shown_as_budget]
            keys = {
                *await self._ledger.releasable(self._timing.retry_every),
                *await self._ledger.unshown(shown),
                *await self._ledger.overlooked(),
                *await self._ledger.unadopted(),
            }
            for key in sorted(keys):
                await self._signal(key)
            return len(keys)
