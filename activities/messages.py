"""What workflows hand to activities: references, never documents (design §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.commands import Command, Door, Head, Outcome

ON_CMIC = ("write", "look", "job_codes")
"""Steps that speak to CMiC, through the one process that holds the lease on its address."""

DEFAULT_ERP_QUEUE = "cmic"
"""The task queue of the CMiC connection."""


class Timing(BaseModel):
    """How patient a lifecycle is. The defaults are the product's; tests and demonstrations are less patient."""

    model_config = ConfigDict(frozen=True)

    patience: timedelta = timedelta(hours=1)
    """How long a step tries again before the object is failed (temporary)."""
    retry_every: timedelta = timedelta(minutes=30)
    """How often a temporary failure tries again by itself."""
    rest_after: timedelta = timedelta(days=1)
    """A longer rest is a fresh run."""
    busy_after: timedelta = timedelta(seconds=5)
    """How long a command waits for its turn before it is told that a step is running."""
    heartbeat: timedelta = timedelta(seconds=10)
    """How soon a step of a killed worker is taken up by another. Steps beat every 2 s."""
    events: int = 400
    """A longer history is continued as a fresh run."""


class Start(BaseModel):
    """The argument of every lifecycle: whose it is. A fresh run is handed its head, so that its first task has nothing to
    do; without one the head is loaded from the ledger."""

    key: str
    erp_queue: str
    timing: Timing = Timing()
    head: Head | None = None
    schema_version: int = 1


class Ask(BaseModel):
    """One command to judge, at the sequence its workflow believes in; without one it is judged wherever the object stands,
    which spares a new lifecycle its first load. `unavailable` is set when Procore could not be read
    for as long as patience lasts: then the command is refused instead of waiting for ever. `looked` says that what CMiC holds
    was looked up for this command."""

    key: str
    sequence: int | None
    command: Command
    unavailable: str = ""
    looked: bool = False


class Step(BaseModel):
    """One step of an export or an unlink, at the sequence that it belongs to."""

    key: str
    sequence: int


class GiveUp(BaseModel):
    """A step that failed for as long as patience lasts."""

    step: Step
    name: str
    words: str


class ListChanges(BaseModel):
    """One look at what changed in a CMiC company; all of it, when full."""

    erp_company: str
    resource: str
    full: bool = False


class BulkRow(BaseModel):
    """One row of a bulk command, as its activity asks it."""

    key: str
    action: str
    person: str
    door: Door
    request_id: str
    fields: dict[str, Any] = {}
    note_id: str | None = None
    tries: int = 20


class BulkOrder(BaseModel):
    """One action for many objects, each with its own fields. `number` names the order: a repetition is the same one."""

    number: str
    action: str
    person: str
    door: Door
    rows: list[tuple[str, dict[str, Any]]]
    note_id: str | None = None


class BulkProgress(BaseModel):
    """Where a bulk command stands: the outcome of each row in the order of the rows, nothing for one still to come."""

    total: int
    outcomes: list[Outcome | None]

    @property
    def answered(self) -> int:
        return sum(o is not None for o in self.outcomes)
