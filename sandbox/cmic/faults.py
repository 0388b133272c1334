"""Faults that can be ordered: errors, delays, and connections cut before, at or long before the commit.

A fault is filtered by method, resource and record, and strikes its next N requests or every one. Our own design.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "status",
    "delay",
    "delay_answer",
    "cut_before_commit",
    "cut_after_commit",
    "commit_after_cut",
    "batch_without_rows",
]


class Fault(BaseModel):
    """One order. ``times`` null means for ever; a filter that is null matches everything.

    ``status`` answers with that HTTP status and commits nothing. ``delay`` waits before the commit, ``delay_answer``
    after it. ``cut_before_commit`` closes the connection and commits nothing, ``cut_after_commit`` commits and closes
    it without an answer, ``commit_after_cut`` closes it and commits ``seconds`` later. ``batch_without_rows`` commits
    a batch and answers 200 with parts that lack their payload. ``seconds`` is how long to wait.
    """

    model_config = ConfigDict(extra="forbid")

    id: int = 0
    kind: Kind
    status: int = Field(default=500, ge=400, le=599)
    seconds: float = Field(default=0.0, ge=0)
    times: int | None = Field(default=1, ge=1)
    method: str | None = None
    resource: str | None = None
    key: str | None = None
    struck: int = 0

    def hits(self, target: "Target") -> bool:
        """Whether the fault is meant for this target."""
        return (
            self.method in (None, target.method)
            and self.resource in (None, target.resource)
            and (self.key is None or self.key in target.keys)
        )


@dataclass(frozen=True)
class Target:
    """What a request, or one part of a batch, is about: every value that may name its record is among ``keys``."""

    method: str
    resource: str
    keys: frozenset[str] = field(default_factory=frozenset)


class Faults:
    """The orders, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Order a fault; returns it with its id."""
        ordered = fault.model_copy(update={"id": next(self._ids), "struck": 0})
        self._orders.append(ordered)
        return ordered

    def all(self) -> list[Fault]:
        """The orders that still stand."""
        return list(self._orders)

    def remove(self, fault_id: int) -> bool:
        """Withdraw one order; tells whether it stood."""
        before = len(self._orders)
        self._orders = [fault for fault in self._orders if fault.id != fault_id]
        return len(self._orders) < before

    def clear(self) -> None:
        """Withdraw every order."""
        self._orders = []

    def strike(self, targets: Iterable[Target]) -> Fault | None:
        """The first order that is meant for one of the targets; used up if it was its last time."""
        wanted = list(targets)
        for fault in self._orders:
            if any(fault.hits(target) for target in wanted):
                fault.struck += 1
                if fault.times is not None and fault.struck >= fault.times:
                    self.remove(fault.id)
                return fault
        return None


def words(text: str) -> frozenset[str]:
    """The values that a finder or an expression names, without their quotes."""
    return frozenset(re.findall(r"[^\s;,='\"()<>!]+", text))


def values(payload: Any) -> frozenset[str]:
    """The text values of a payload, as sent and in upper case, in which codes are stored."""
    texts = [value for value in payload.values() if isinstance(value, str)] if isinstance(payload, dict) else []
    return frozenset(texts) | frozenset(text.upper() for text in texts)
