"""The one engine: it walks the table of its kind. The ledger is the authority, this is only what moves (design §3).

Commands queue; each is judged in its turn by one activity. A step is an activity of its own that records what it caused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.messages import DEFAULT_ERP_QUEUE, ON_CMIC, Ask, GiveUp, Start, Step
from domain.commands import CONNECTORS, WAKE, Answer, Command, Door, Head, Outcome, Verdict
from domain.identity import MalformedKey, parse_key
from domain.judging import hopeless
from domain.lifecycle import Lifecycle as Table
from domain.states import State
from workflows.attributes import changed_attributes

_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=2)
)
_QUICK = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))
_LISTENS = (State.HELD, State.SYNCED)
"""Where something that happens elsewhere may move an object."""
_TIME_OF = {"write": timedelta(minutes=6), "write_back": timedelta(minutes=15), "unlink": timedelta(minutes=15)}
"""A write is several requests of up to 65 s; ids are given and cleared line by line, within Procore's rate limits."""
JUDGE_ASKS_FOR_THE_LOOK = "the judge asks for the look"
NOTHING = RawValue(Payload())
"""The start argument of a lifecycle that was started without one."""
MOST_INPUT = 100_000
"""Bytes of one command: more would not fit through an activity's input either."""


class Lifecycle:
    """Base of every object's workflow. A subclass names its table; `run` here is the business rule for all."""

    table: ClassVar[Table]
    export_steps: ClassVar[tuple[str, ...]] = ("prepare", "write", "write_back")

    def __init__(self, given: RawValue) -> None:
        start = self._start = _start_of(given)
        self._timing = start.timing
        self._head: Head | None = start.head
        self._parked = start.head is not None
        self._retry_at: datetime | None = None
        self._queue: list[Command] = []
        self._outcomes: dict[str, Outcome] = {}
        self._woken = start.head is None

    async def walk(self) -> str:
        """Run until the object is neither sent nor linked."""
        self._check_key()
        if self._head is not None:
            workflow.set_current_details(self._head.words)
        while True:
            if self._head is None:
                await self._first()
            elif self.head.state is State.EXPORTING:
                await self._export()
            elif self.head.state is State.UNLINKING:
                await self._unlink()
            elif self._queue:
                await self._judge(self._queue[0])
            elif self._woken:
                await self._look_around()
            elif self.head.state is State.NOT_SENT:
                if await self._finished():
                    return self.head.state
            else:
                await self._rest()

    def _check_key(self) -> None:
        """A workflow whose id names no object of this kind was started by hand, and can't ever be one."""
        try:
            kind = parse_key(self._start.key).kind
        except MalformedKey as error:
            raise ApplicationError(str(error), type="malformed_key", non_retryable=True) from None
        if kind != self.table.kind:
            raise ApplicationError(
                f"{self._start.key} is no {self.table.label}", type="malformed_key", non_retryable=True
            )

    async def _first(self) -> None:
        """Find out where the object stands: from the judgement on the first command, if there is one."""
        if self._queue:
            await self._judge(self._queue[0])
        else:
            await self._adopt(await self._local("load", self._start.key))

    @property
    def head(self) -> Head:
        if self._head is None:
            raise ApplicationError("the lifecycle was asked before it was loaded")
        return self._head

    # Steps

    async def _export(self) -> None:
        """Prepare, write, write back: each leaves `exporting` when it records something else than going on."""
        for name in self.export_steps:
            if not await self._step(name):
                return

    async def _unlink(self) -> None:
        if await self._step("look"):
            await self._step("unlink")

    async def _step(self, name: str) -> bool:
        """Run one step at the present sequence. True if the object still stands where the step began."""
        before = self.head.sequence
        step = Step(key=self._start.key, sequence=before)
        try:
            verdict = await workflow.execute_activity(
                name,
                step,
                result_type=Verdict if name not in ("look", "job_codes") else None,
                task_queue=self._start.erp_queue if name in ON_CMIC else None,
                start_to_close_timeout=_TIME_OF.get(name, timedelta(seconds=120)),
                schedule_to_close_timeout=self._timing.patience,
                heartbeat_timeout=self._timing.heartbeat,
                retry_policy=_RETRY,
                summary=f"{name} {self._start.key}",
            )
        except ActivityError as error:
            verdict = await self._local("give_up", GiveUp(step=step, name=name, words=_cause(error)))
        if verdict is not None:
            await self._adopt(verdict)
        return self.head.sequence == before

    # Decisions

    async def _judge(self, command: Command) -> None:
        """Judge the first command of the queue. If the ledger stood elsewhere, its row is adopted and the command judged
        again, when its turn comes."""
        looked, unavailable = False, ""
        if not workflow.patched(JUDGE_ASKS_FOR_THE_LOOK):
            # Runs from before looked by themselves, before these decisions.
            looked_then = [(State.FAILED, "retry"), (State.FAILED, "reject"), (State.HELD, "reject")]
            if self._head and (self._head.state, command.action) in looked_then:
                unavailable = await self._look(Step(key=self._start.key, sequence=self.head.sequence))
                looked = not unavailable
        verdict = await self._verdict(command, looked=looked, unavailable=unavailable)
        if verdict.look_first:
            await self._adopt(verdict)
            unavailable = await self._look(Step(key=self._start.key, sequence=self.head.sequence))
            verdict = await self._verdict(command, looked=not unavailable, unavailable=unavailable)
        if verdict.outcome is not None:
            self._queue.pop(0)
            self._outcomes[command.request_id] = verdict.outcome
            self._parked = False
        await self._adopt(verdict)

    async def _look(self, step: Step) -> str:
        """Look into CMiC before judging. Returns why it couldn't be done, or nothing."""
        try:
            await workflow.execute_activity(
                "look",
                step,
                task_queue=self._start.erp_queue,
                start_to_close_timeout=timedelta(seconds=120),
                schedule_to_close_timeout=min(self._timing.patience, timedelta(minutes=2)),
                heartbeat_timeout=self._timing.heartbeat,
                retry_policy=_RETRY,
                summary="look before deciding",
            )
        except ActivityError as error:
            return _cause(error)
        return ""

    async def _verdict(self, command: Command, *, looked: bool = False, unavailable: str = "") -> Verdict:
        ask = Ask(
            key=self._start.key,
            sequence=self._head.sequence if self._head else None,
            command=command,
            unavailable=unavailable,
            looked=looked,
        )
        if unavailable:
            return await self._local("judge", ask)
        try:
            verdict: Verdict = await workflow.execute_activity(
                "judge",
                ask,
                result_type=Verdict,
                start_to_close_timeout=timedelta(seconds=120),
                schedule_to_close_timeout=self._timing.patience,
                heartbeat_timeout=self._timing.heartbeat,
                retry_policy=_RETRY,
                summary=f"judge {command.action}",
            )
        except ActivityError as error:
            return await self._local("judge", ask.model_copy(update={"unavailable": _cause(error)}))
        return verdict

    async def _look_around(self) -> None:
        """Something this object waits for may have happened: its own command, judged like any other."""
        self._woken = False
        if self.head.state in _LISTENS:
            self._queue.append(self._own(WAKE))

    def _own(self, action: str) -> Command:
        return Command(action=action, request_id=f"{CONNECTORS}{action}:{workflow.uuid4()}", door=Door.CONNECTOR)

    async def _local(self, name: str, argument: Any) -> Verdict:
        """An activity that only needs the ledger: it is tried until the ledger answers."""
        verdict: Verdict = await workflow.execute_activity(
            name,
            argument,
            result_type=Verdict,
            start_to_close_timeout=timedelta(seconds=60),
            heartbeat_timeout=self._timing.heartbeat,
            retry_policy=_QUICK,
            summary=name,
        )
        return verdict

    async def _adopt(self, verdict: Verdict) -> None:
        """Stand where the ledger stands, show it, and wake who waited for it."""
        before, self._head = self._head, verdict.head
        if before is None or before.state is not verdict.head.state or not verdict.head.failure_is_temporary:
            self._retry_at = None
        if updates := changed_attributes(before, verdict.head):
            workflow.upsert_search_attributes(updates)
        workflow.set_current_details(verdict.head.words)
        if verdict.wake:
            await workflow.execute_activity(
                "wake",
                verdict.wake,
                start_to_close_timeout=timedelta(seconds=120),
                heartbeat_timeout=self._timing.heartbeat,
                retry_policy=_QUICK,
                summary="wake those who waited",
            )

    # Rest

    async def _rest(self) -> None:
        """Wait for a command or a wake. A temporary failure tries again by itself; a long rest is a fresh run, once."""
        temporary = self.head.state is State.FAILED and self.head.failure_is_temporary
        if workflow.info().get_current_history_length() > self._timing.events:
            await self._fresh_run()
        patience = self._until_retry() if temporary else None if self._parked else self._timing.rest_after
        try:
            await workflow.wait_condition(lambda: bool(self._queue) or self._woken, timeout=patience)
        except TimeoutError:
            if temporary:
                self._queue.append(self._own("try_again"))
            else:
                await self._fresh_run()

    def _until_retry(self) -> timedelta:
        """What is left until a temporary failure is tried again: commands that come meanwhile don't put it off."""
        self._retry_at = self._retry_at or workflow.now() + self._timing.retry_every
        return max(timedelta(seconds=1), self._retry_at - workflow.now())

    async def _fresh_run(self) -> None:
        """Continue as a run whose first task has nothing to do, once no handler is at work and nothing is queued."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        if not self._queue and not self._woken:
            workflow.continue_as_new(self._start.model_copy(update={"head": self.head}))

    async def _finished(self) -> bool:
        await workflow.wait_condition(workflow.all_handlers_finished)
        return not self._queue

    # Doors

    async def _answer(self, command: Command) -> Outcome:
        """Queue a command and wait for its own outcome, or say that a step is running."""
        self._enqueue(command)
        try:
            await workflow.wait_condition(lambda: command.request_id in self._outcomes, timeout=self._timing.busy_after)
        except TimeoutError:
            if (answered := self._outcomes.get(command.request_id)) is not None:
                return answered
            state, sequence = (self._head.state, self._head.sequence) if self._head else (State.NOT_SENT, 0)
            sentence = "Something else is running on this item; the command is kept and judged when its turn comes."
            return Outcome(answer=Answer.BUSY, action=command.action, state=state, sequence=sequence, sentence=sentence)
        return self._outcomes[command.request_id]

    @workflow.update(dynamic=True)
    async def command(self, name: str, args: Sequence[RawValue]) -> Outcome:
        """Every action of the table is an update of its name; the input is a Command without its action."""
        return await self._answer(_read(name, args, Door.CONSOLE, _update_id()))

    @command.validator
    def refuse_hopeless(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuse what no fact could change; everything else is judged and recorded."""
        try:
            command = _read(name, args, Door.CONSOLE, _update_id())
        except (ValueError, TypeError, KeyError) as error:
            raise ApplicationError(str(error)[:300], type="bad_input", non_retryable=True) from None
        if refusals := hopeless(self.table, command):
            raise ApplicationError(refusals[0].sentence, *refusals, type=refusals[0].code, non_retryable=True)

    @workflow.signal(dynamic=True)
    def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Signals of operators and of the connector itself. Never blocks: what can't be read is judged, and so recorded as
        refused."""
        if name == WAKE:
            self._woken = True
            return
        request_id = f"signal:{workflow.uuid4()}"
        try:
            command = _read(name, args, Door.SIGNAL, request_id)
        except (ValueError, TypeError, KeyError):
            command = Command(
                action=_printable(name), request_id=request_id, door=Door.SIGNAL, fields={"unreadable": True}
            )
        self._enqueue(command)

    def _enqueue(self, command: Command) -> None:
        """The same request twice is one command: its answer is the first one's."""
        if command.request_id not in self._outcomes and all(c.request_id != command.request_id for c in self._queue):
            self._queue.append(command)


def _start_of(raw: RawValue) -> Start:
    """The start argument, or what the workflow's id says where it was started by hand with something else: the id is the
    object's key, and the ledger knows the rest. It is taken raw, because what can't be decoded would fail its task for ever."""
    key = workflow.info().workflow_id
    given: Any = None
    try:
        given = workflow.payload_converter().from_payload(raw.payload)
        start = Start.model_validate(given)
    except Exception:  # Whatever a converter raises: the id is enough.
        queue = given.get("erp_queue") if isinstance(given, dict) else None
        return Start(key=key, erp_queue=queue if isinstance(queue, str) and queue else DEFAULT_ERP_QUEUE)
    return start if start.key == key else Start(key=key, erp_queue=start.erp_queue, timing=start.timing)


def _update_id() -> str:
    """The update's own id as a request id; one that can't be kept stands there by its hash."""
    info = workflow.current_update_info()
    given = info.id if info else ""
    if 1 <= len(given) <= 100 and given.isascii() and given.isprintable():
        return given
    return hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:60]) or "?"


def _read(name: str, args: Sequence[RawValue], door: Door, request_id: str) -> Command:
    """A command from a raw payload: none at all is an empty one. Raises ValueError for what can't be read."""
    body: Any = None
    if args and len(args[0].payload.data) > MOST_INPUT:
        raise ValueError(f"the input is larger than {MOST_INPUT // 1000} KB")
    if args:
        try:
            body = workflow.payload_converter().from_payload(args[0].payload)
        except Exception as error:
            raise ValueError(f"the input can't be decoded: {type(error).__name__}") from None
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise ValueError("the input is a JSON object")
    stated = {"door": door, **body, "action": _printable(name)}
    if door is Door.SIGNAL or not body.get("person"):
        # Whoever names no person speaks as the operator: only what is open to signals is open to him.
        stated = {k: v for k, v in stated.items() if k in ("action", "fields", "request_id", "seen")} | {
            "door": Door.SIGNAL
        }
    stated.setdefault("request_id", request_id)
    try:
        command = Command.model_validate(stated)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}") from None
    if command.request_id.startswith(CONNECTORS):
        raise ValueError(f"a request id doesn't begin with {CONNECTORS}")
    if command.door is Door.CONNECTOR or (command.person is not None and command.door is Door.SIGNAL):
        raise ValueError("that door isn't open")
    return command


def _cause(error: ActivityError) -> str:
    """The words of what went wrong, for people; the types stay in Temporal's UI."""
    cause: BaseException | None = error.cause
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    return cause.message if isinstance(cause, ApplicationError) else "no answer within the time allowed"
