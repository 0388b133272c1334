"""The point at which a worker dies, and the wrappers that reach it. Nothing of this is in the product.

One line names it: STEP[/ACTION][@KIND]:POINT[#N], as in `judge/accept@commitment:case.committed` or `write:before`.
STEP is an activity, ACTION what a judged command asks for (`wake` for the connector's own), KIND the object's. POINT is
`before` or `after` the activity; `PORT.METHOD.before`, `.after` (returned or failed) or `.under-way` (a moment after it
began); `case.uncommitted` and `case.committed`, around the commit of the object's case; `recorded.uncommitted`,
`recorded.committed` and `recorded.after`, the same and the activity's end where it moved the object. #N is the N-th time.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.messages import Ask, GiveUp, Step
from domain.commands import Answer, Head
from domain.identity import ObjectId, parse_key
from domain.ledger_port import Case, Transition

UNDER_WAY = 0.7
"""Seconds after which a call counts as under way."""
_NAME = re.compile(
    r"^(?P<step>\w+)(?:/(?P<action>\w+))?(?:@(?P<kind>\w+))?:(?P<point>[\w.-]+)(?:#(?P<nth>\d+))?$", re.ASCII
)


@dataclass
class Doing:
    """What an activity is about, and whether it has moved the object."""

    step: str
    action: str = ""
    kind: str = ""
    recorded: bool = False


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)


@dataclass
class Doom:
    """One point, and how often it still lets the worker live."""

    name: str
    left: int = field(init=False)

    def __post_init__(self) -> None:
        found = _NAME.match(self.name)
        if found is None:
            raise ValueError(f"{self.name!r} names no point: STEP[/ACTION][@KIND]:POINT[#N]")
        self.parts = found
        self.left = int(found["nth"] or 1)

    def at(self, point: str) -> None:
        """Die here, if this is the point and the time has come."""
        if self._is_meant(point):
            self.left -= 1
            if self.left == 0:
                self.strike()

    def soon(self, point: str) -> asyncio.TimerHandle | None:
        """Die in a moment, if this is the point; the handle calls it off."""
        if not self._is_meant(point):
            return None
        return asyncio.get_running_loop().call_later(UNDER_WAY, self.at, point)

    def strike(self) -> NoReturn:
        sys.stderr.write(f"dies at {self.name}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a process that was killed goes on")

    def _is_meant(self, point: str) -> bool:
        doing = _doing.get()
        if doing is None or point != self.parts["point"]:
            return False
        wanted = (self.parts["step"], self.parts["action"] or doing.action, self.parts["kind"] or doing.kind)
        return (doing.step, doing.action, doing.kind) == wanted


class Reaper(Interceptor):
    """Knows which activity runs, and dies before it begins or before its result is reported."""

    def __init__(self, doom: Doom) -> None:
        self._doom = doom

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Mortal(next, self._doom)


class _Mortal(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, doom: Doom) -> None:  # noqa: A002
        super().__init__(next)
        self._doom = doom

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        doing = _about(activity.info().activity_type, input.args)
        _doing.set(doing)
        self._doom.at("before")
        result = await super().execute_activity(input)
        self._doom.at("after")
        if doing.recorded:
            self._doom.at("recorded.after")
        return result


def _about(step: str, args: Sequence[Any]) -> Doing:
    match args[0] if args else None:
        case Ask(key=key, command=command):
            return Doing(step, command.action, parse_key(key).kind)
        case Step(key=key) | GiveUp(step=Step(key=key)):
            return Doing(step, kind=parse_key(key).kind)
        case str(key):
            return Doing(step, kind=parse_key(key).kind)
    return Doing(step)


class Port:
    """Stands before a port, and lets the worker die around each call."""

    def __init__(self, target: Any, name: str, doom: Doom) -> None:
        self._target, self._name, self._doom = target, name, doom

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._target, attribute)
        return self._around(value, f"{self._name}.{attribute}") if inspect.iscoroutinefunction(value) else value

    def _around(self, method: Callable[..., Any], point: str) -> Callable[..., Any]:
        async def call(*args: Any, **more: Any) -> Any:
            self._doom.at(f"{point}.before")
            timer = self._doom.soon(f"{point}.under-way")
            try:
                return await method(*args, **more)
            finally:
                if timer is not None:
                    timer.cancel()
                self._doom.at(f"{point}.after")

        return call


class LedgerPort(Port):
    @asynccontextmanager
    async def case(self, object_id: ObjectId) -> AsyncIterator[Case]:
        async with self._target.case(object_id) as case:
            watched = WatchedCase(case)
            yield cast(Case, watched)
            self._doom.at("case.uncommitted")
            if watched.moved:
                self._doom.at("recorded.uncommitted")
        self._doom.at("case.committed")
        if watched.moved:
            self._doom.at("recorded.committed")


class WatchedCase:
    """A case that tells whether it moved its object: a refusal is recorded, too, but moves nothing."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.moved = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name)

    async def append(self, transition: Transition) -> Head:
        head = await self._case.append(transition)
        if transition.answer is Answer.DONE:
            self.moved = True
            if (doing := _doing.get()) is not None:
                doing.recorded = True
        return head


class TemporalPort(Port):
    """The client to Temporal, as far as activities use it: `temporal.signal`."""

    def get_workflow_handle(self, *args: Any, **more: Any) -> Any:
        return Port(self._target.get_workflow_handle(*args, **more), self._name, self._doom)
