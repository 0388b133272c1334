"""Adopting a project in progress: a proposal that a person confirms, and then exactly that (R-09, B-09).

The project goes first, then its codes, then its companies, then its contracts: each stands on the one before.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.adopt_messages import AdoptBegun, AdoptEnd, AdoptOrder, AdoptProposed, AdoptStep, AdoptSummary
from domain.adopting import Became
from domain.refusals import Refusal, refuse

R = TypeVar("R")
AT_ONCE = 10
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn(name="AdoptProject")
class AdoptProject:
    @workflow.init
    def __init__(self, order: AdoptOrder) -> None:
        self._order = order
        self._adoption = 0

    @workflow.run
    async def run(self, order: AdoptOrder) -> AdoptSummary:
        try:
            summary = await self._adopt(order)
        except ActivityError as error:
            reason = refuse("import_not_finished", words=_words_of(error))
            summary = AdoptSummary(adoption=self._adoption, state="left", refusals=[reason], words=reason.sentence)
            await self._leave(reason)
        workflow.set_current_details(f"{summary.state}: {summary.words}")
        asked = {"confirm": order.confirm, "job": order.job, "erp_company": order.erp_company, "person": order.person}
        return summary.model_copy(update=asked)

    async def _adopt(self, order: AdoptOrder) -> AdoptSummary:
        begun = await self._step("begin_adoption", order, AdoptBegun)
        if begun.refusals:
            return AdoptSummary(adoption=0, state="refused", refusals=begun.refusals)
        self._adoption = begun.adoption
        step = AdoptStep(adoption=begun.adoption, person=order.person, door=order.door, confirm=order.confirm)
        await self._step("read_job", step, None, task_queue=order.erp_queue)
        proposed = await self._step("propose_adoption", step, AdoptProposed)
        if proposed.refusals:
            return await self._end(proposed, "refused", refusals=proposed.refusals)
        if not proposed.is_confirmed:
            return await self._end(proposed, "preview")
        self._adoption = proposed.adoption
        return await self._carry_out(step.model_copy(update={"adoption": proposed.adoption}), proposed)

    async def _leave(self, reason: Refusal) -> None:
        """Note that it stopped half way, if that can be noted."""
        if self._adoption:
            with suppress(ActivityError):
                end = AdoptEnd(adoption=self._adoption, state="left", words=reason.sentence)
                await self._step("end_adoption", end, AdoptSummary)

    async def _carry_out(self, step: AdoptStep, proposed: AdoptProposed) -> AdoptSummary:
        for answer in await self._items(step, "the project", proposed.project):
            if answer is not Became.DONE:
                words = "The project isn't linked, so nothing else was tried"
                return await self._end(proposed, "stopped", words=words)
        if proposed.brings_codes:
            workflow.set_current_details("the job's codes")
            await self._step("adopt_codes", step, Became)
        await self._items(step, "companies", proposed.vendors)
        await self._items(step, "contracts", proposed.commitments)
        return await self._end(proposed, "done")

    async def _items(self, step: AdoptStep, what: str, positions: list[int]) -> list[Became]:
        """Some at a time; one that gets no answer doesn't hold the others up."""
        answers: list[Became] = []
        waiting = iter(positions)

        async def work() -> None:
            for position in waiting:
                one = step.model_copy(update={"position": position})
                try:
                    answers.append(await self._step("adopt_item", one, Became))
                except ActivityError:
                    answers.append(Became.FAILED)
                workflow.set_current_details(f"{what}: {len(answers)} of {len(positions)}")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return answers

    async def _end(
        self, proposed: AdoptProposed, state: str, *, refusals: list[Refusal] | None = None, words: str = ""
    ) -> AdoptSummary:
        words = words or " ".join(r.sentence for r in refusals or [])
        end = AdoptEnd(adoption=proposed.adoption, state=state, words=words)
        summary = await self._step("end_adoption", end, AdoptSummary)
        return summary.model_copy(update={"hash": proposed.hash, "refusals": refusals or []})

    async def _step(self, name: str, argument: object, result: type[R] | None, task_queue: str | None = None) -> R:
        timing = self._order.timing
        answer: R = await workflow.execute_activity(
            name,
            argument,
            result_type=result,
            task_queue=task_queue,
            start_to_close_timeout=timing.patience,
            schedule_to_close_timeout=timing.patience,
            heartbeat_timeout=timing.heartbeat,
            retry_policy=_RETRY,
        )
        return answer


def _words_of(error: ActivityError) -> str:
    cause = error.cause
    return cause.message if isinstance(cause, ApplicationError) else "no worker finished the step in time"
