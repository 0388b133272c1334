"""An import: read from CMiC into the ledger, give Procore what differs, window by window (design §6).

A window is some pages of either; between windows everything stands in the ledger, so a run that is cut off goes on where it
stopped, and memory doesn't grow with the rows.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError

from activities.import_messages import Begun, Compared, Finish, Moved, Order, Summary, Window
from activities.messages import Timing
from domain.refusals import Refusal, refuse

RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
WINDOWS_A_HISTORY = 150
R = TypeVar("R")


class ImportWorkflow:
    """What every import does; each is a workflow type of its own."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._windows = 0
        self._notes: list[Refusal] = []
        self._timing = Timing()

    async def bring(self, order: Order) -> Summary:
        """Read and give, stream by stream. A step that nobody answers leaves the run to the next one."""
        self._timing = order.timing
        begun = Begun(place=order.place)
        try:
            begun = await self._step("begin", order, Begun)
            refusals = begun.refusals or await self._streams(order, begun)
            if refusals:
                return await self._finish(begun, "refused", refusals=refusals)
            if begun.proposes:
                await self._step("propose", _window(order, begun, ""), int)
            summary = await self._finish(begun, "done", refusals=self._notes)
        except ActivityError as error:
            return self._left(begun, error)
        await self._set_off(order, begun)
        return summary

    async def _streams(self, order: Order, begun: Begun) -> list[Refusal]:
        for stream in begun.streams:
            if refusals := await self._stream(order, begun, stream):
                return refusals
        return []

    async def _set_off(self, order: Order, begun: Begun) -> None:
        """The import that follows this one runs on its own (R-28: refreshed codes bring their costs)."""
        if begun.next_place is None:
            return
        following = Order(place=begun.next_place, who=order.who, erp_queue=order.erp_queue, timing=order.timing)
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                begun.next_type,
                following,
                id=begun.next_place.workflow_id,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            )

    async def confirm(self, order: Order) -> Summary:
        """Read everything; show what it would do; write it, if that is what a person confirms (I-09)."""
        self._timing = order.timing
        begun = Begun(place=order.place)
        try:
            begun = await self._step("begin", order.model_copy(update={"full": True}), Begun)
            refusals = begun.refusals or await self._read_all(order, begun)
            if refusals:
                return await self._finish(begun, "refused", refusals=refusals)
            compared = await self._step("compare", _window(order, begun, ""), Compared)
        except ActivityError as error:
            return await self._ended_half_way(begun, error)
        state = "refused" if compared.refusals else "done" if compared.is_written else "preview"
        return await self._finish(begun, state, refusals=compared.refusals, preview=compared.preview)

    async def _read_all(self, order: Order, begun: Begun) -> list[Refusal]:
        for stream in begun.streams:
            if refusals := await self._read(order, begun, stream):
                return refusals
        return []

    async def _read(self, order: Order, begun: Begun, stream: str) -> list[Refusal]:
        """All of a stream, and nothing given."""
        window = _window(order, begun, stream)
        while (pulled := await self._step("pull", window, Moved, task_queue=order.erp_queue)).more:
            workflow.set_current_details(f"{stream}: {pulled.words}")
        return pulled.refusals

    async def _stream(self, order: Order, begun: Begun, stream: str) -> list[Refusal]:
        """Read a window, give a window; until there is nothing more of either."""
        window = _window(order, begun, stream)
        pulled: Moved = Moved(more=True)
        pushed: Moved = pulled
        while pulled.more or pushed.more:
            if pulled.more and stream in begun.computed:
                pulled = await self._step("compute", window, Moved)
            elif pulled.more:
                pulled = await self._step("pull", window, Moved, task_queue=order.erp_queue)
            if pulled.refusals:
                return pulled.refusals
            pushed = await self._step("push", window, Moved)
            if pushed.refusals:
                return pushed.refusals
            self._notes += [note for note in pushed.notes if note not in self._notes]
            self._windows += 1
            workflow.set_current_details(f"{stream}: {pushed.words or pulled.words}")
            if self._windows >= WINDOWS_A_HISTORY:
                workflow.continue_as_new(order.model_copy(update={"run": begun.run}))
        return []

    async def _step(self, name: str, argument: Any, result: type[R], **more: Any) -> R:
        """A step tries again for as long as patience lasts; then the run is left to the next one, which goes on with it."""
        answer: R = await workflow.execute_activity(
            name,
            argument,
            result_type=result,
            start_to_close_timeout=self._timing.patience,
            schedule_to_close_timeout=self._timing.patience,
            heartbeat_timeout=self._timing.heartbeat,
            retry_policy=RETRY,
            **more,
        )
        return answer

    async def _ended_half_way(self, begun: Begun, error: ActivityError) -> Summary:
        """What a person confirms is read anew each time: the next run doesn't go on with what this one read."""
        reason = refuse("import_not_finished", words=_words_of(error))
        try:
            return await self._finish(begun, "left", refusals=[reason])
        except ActivityError:
            return self._left(begun, error)

    def _left(self, begun: Begun, error: ActivityError) -> Summary:
        """The run stays unfinished in the ledger: the next one goes on with it."""
        words = _words_of(error)
        workflow.set_current_details(f"left unfinished: {words}")
        reason = refuse("import_left", words=words)
        return Summary(run=begun.run, state="left", words=reason.sentence, refusals=[reason])

    async def _finish(
        self, begun: Begun, state: str, *, refusals: list[Refusal] | None = None, preview: str = ""
    ) -> Summary:
        words = " ".join(r.sentence for r in refusals or [])
        asked = Finish(run=begun.run, place=begun.place, state=state, words=words, refusals=refusals or [])
        summary: Summary = await self._step("finish", asked, Summary)
        workflow.set_current_details(f"{summary.state}: {summary.words}")
        return summary.model_copy(update={"preview": preview})


def _words_of(error: ActivityError) -> str:
    cause = error.cause
    return cause.message if isinstance(cause, ApplicationError) else "no worker finished the step in time"


def _window(order: Order, begun: Begun, stream: str) -> Window:
    return Window(
        run=begun.run,
        place=begun.place,
        stream=stream,
        is_full=begun.is_full,
        confirm=order.confirm,
        consents=order.consents,
        options=order.options,
    )
