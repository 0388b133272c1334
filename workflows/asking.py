"""How a door asks a lifecycle: start it or join it, and wait for the decision (design §3, "Updates answer")."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Start, Timing
from domain.commands import CONNECTORS, Answer, Door, Outcome, refused
from domain.people import named, tokens
from domain.permissions import Person
from domain.refusals import Refusal, refuse
from domain.states import State
from mappers.registry import kind_of
from workflows.lifecycle import MOST_INPUT

NO_ANSWER = "No worker has answered; the command isn't lost: ask again with the same request id, or look at the item."


LONGEST_ID = 120


PASSING = (
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.ABORTED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
)


class People(Protocol):
    """The ledger's memory of people: a command bears an id, an answer is given names again."""

    async def put_person(self, person: Person) -> str: ...
    async def names(self, ids: set[str]) -> dict[str, str]: ...


class Asking:
    def __init__(
        self,
        client: Client,
        people: People,
        *,
        task_queue: str,
        erp_queue: str,
        timing: Timing,
        seconds: float = 20.0,
    ) -> None:
        self._people = people
        self._client = client
        self._task_queue = task_queue
        self._erp_queue = erp_queue
        self._timing = timing
        self._seconds = seconds

    async def ask(
        self,
        key: str,
        action: str,
        *,
        person: Person,
        door: Door,
        fields: dict[str, Any] | None = None,
        note_id: str | None = None,
        seen: int | None = None,
        request_id: str | None = None,
    ) -> Outcome:
        """The decision on one command. The request id makes a repetition safe. Raises MalformedKey."""
        kind_of(key)
        request_id = request_id or uuid4().hex
        if problem := _unaskable(action, fields or {}, request_id):
            return refused(action, refuse("bad_input", problem=problem))
        body: dict[str, Any] = {
            "person": await self._people.put_person(person),
            "door": door.value,
            "fields": fields or {},
            "request_id": request_id,
        }
        body |= {"note_id": note_id, "seen": seen}
        try:
            async with asyncio.timeout(self._seconds):
                return await self._with_names(await self._patiently(key, action, body))
        except WorkflowUpdateFailedError as error:
            return _hopeless(action, error)
        except (TimeoutError, RPCError):
            return Outcome(answer=Answer.BUSY, action=action, state=State.NOT_SENT, sequence=0, sentence=NO_ANSWER)

    async def _patiently(self, key: str, action: str, body: dict[str, Any]) -> Outcome:
        """Ask again while the lifecycle is just ending or continuing, or has its hands full: the request id makes it one
        command. Raises TimeoutError, RPCError, WorkflowUpdateFailedError."""
        while True:
            try:
                return await self._update(key, action, body)
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                raise TimeoutError from None
            except RPCError as error:
                if error.status not in PASSING:
                    raise
            await asyncio.sleep(0.2)

    async def _with_names(self, outcome: Outcome) -> Outcome:
        """Who was first, who may not: people's names where the answer bears their ids."""
        texts = [outcome.sentence, *(r.sentence for r in outcome.refusals)]
        if not (ids := tokens(texts)):
            return outcome
        names = await self._people.names(ids)
        refusals = [r.model_copy(update={"sentence": named(r.sentence, names)}) for r in outcome.refusals]
        return outcome.model_copy(update={"sentence": named(outcome.sentence, names), "refusals": refusals})

    async def _update(self, key: str, action: str, body: dict[str, Any]) -> Outcome:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            kind_of(key).lifecycle.workflow_type,
            Start(key=key, erp_queue=self._erp_queue, timing=self._timing),
            id=key,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        outcome: Outcome = await self._client.execute_update_with_start_workflow(
            action,
            body,
            start_workflow_operation=start,
            id=uuid4().hex,  # A repeated request is known by its own id; a repeated update would get a stale "busy".
            result_type=Outcome,
            rpc_timeout=timedelta(seconds=self._seconds),
        )
        return outcome


def _unaskable(action: str, fields: dict[str, Any], request_id: str) -> str:
    """What Temporal itself wouldn't take, in words: nothing would be kept of it."""
    if not re.fullmatch(r"[a-z_]{1,60}", action):
        return f"{action[:60]!r} isn't the name of an action"
    if request_id.startswith(CONNECTORS):
        return f"a request id doesn't begin with {CONNECTORS}"
    if not 1 <= len(request_id) <= LONGEST_ID or not request_id.isprintable():
        return f"a request id has 1 to {LONGEST_ID} printable characters"
    if len(json.dumps(fields, default=str)) > MOST_INPUT:
        return f"it is larger than {MOST_INPUT // 1000} KB"
    return ""


def _hopeless(action: str, error: WorkflowUpdateFailedError) -> Outcome:
    """What the validator refused, as the same kind of outcome."""
    cause = error.cause
    refusals = [refuse("bad_input", problem=str(cause))]
    if isinstance(cause, ApplicationError) and cause.details:
        refusals = [Refusal.model_validate(d) for d in cause.details]
    return refused(action, *refusals)
