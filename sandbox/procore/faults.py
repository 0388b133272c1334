"""Ways in which an answer can be told to fail: statuses, delays, cut connections, falsified bodies.

A fault waits for requests whose method and path fit, a number of times or for ever. `when` says whether it strikes
before the request is worked on, after it was committed, or after only half the rows of a sync were.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class FaultOrder(BaseModel):
    """What is asked for at POST /_sandbox/faults."""

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str = ".*"
    """A regular expression that must be found in the path."""
    times: int | None = Field(default=1, ge=1)
    """How many requests it strikes; null is for ever."""
    skip: int = Field(default=0, ge=0)
    """How many fitting requests it lets through first."""
    when: Literal["before", "after", "half"] = "before"
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    """Seconds in the Retry-After header of `status`."""
    delay: float = Field(default=0.0, ge=0)
    """Seconds to wait before anything else that the fault does."""
    cut: bool = False
    """Close the TCP connection without an answer."""
    malformed: bool = False
    """Answer with the first half of the JSON text."""
    drop: list[str] = Field(default_factory=list)
    """Keys to leave out of the answer, as paths: `vendor.id`, `line_items.*.amount`, `0.name`."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values to put into the answer, by path."""

    @field_validator("path")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        return value

    @property
    def falsifies(self) -> bool:
        """Whether the answer's body isn't what the endpoint said."""
        return bool(self.malformed or self.drop or self.set)


@dataclass(slots=True)
class Fault:
    """A fault that waits, with its count."""

    number: int
    order: FaultOrder
    hits: int = 0
    seen: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether it strikes this request; counts it."""
        order = self.order
        if order.method not in (None, method) or not re.search(order.path, path):
            return False
        if order.times is not None and self.hits >= order.times:
            return False
        self.seen += 1
        if self.seen <= order.skip:
            return False
        self.hits += 1
        return True

    def falsified(self, body: Any) -> bytes:
        """The answer's bytes, bent as ordered."""
        bent = copy.deepcopy(body)
        for path in self.order.drop:
            bend(bent, path.split("."), drop=True)
        for path, value in self.order.set.items():
            bend(bent, path.split("."), value=value)
        content = json.dumps(bent).encode()
        return content[: len(content) // 2] if self.order.malformed else content

    def as_dict(self) -> dict[str, Any]:
        """The order with its number and how often it struck."""
        return {"id": self.number, "hits": self.hits, **self.order.model_dump()}


def bend(node: Any, path: list[str], *, value: Any = None, drop: bool = False) -> None:
    """Set or drop the key at a path; `*` is every item of a list. A path that leads nowhere does nothing."""
    head, rest = path[0], path[1:]
    if isinstance(node, list):
        keys: list[Any] = list(range(len(node))) if head == "*" else [int(head)] if head.isdigit() else []
        keys = [key for key in keys if key < len(node)]
    elif isinstance(node, dict):
        keys = [head] if rest or drop else []
        keys = [key for key in keys if key in node]
        if not rest and not drop:
            node[head] = value
    else:
        return
    for key in reversed(keys):
        if rest:
            bend(node[key], rest, value=value, drop=drop)
        elif drop:
            del node[key]
        else:
            node[key] = value


@dataclass(slots=True)
class Faults:
    """The faults that wait, oldest first. Only one strikes a request."""

    waiting: list[Fault] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def add(self, order: FaultOrder) -> Fault:
        """Lay a fault out."""
        fault = Fault(next(self._numbers), order)
        self.waiting.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that strikes this request."""
        return next((fault for fault in self.waiting if fault.strikes(method, path)), None)

    def remove(self, number: int) -> bool:
        """Take one back; False if there is none of that number."""
        before = len(self.waiting)
        self.waiting = [fault for fault in self.waiting if fault.number != number]
        return len(self.waiting) < before

    def clear(self) -> None:
        """Take all back."""
        self.waiting.clear()
