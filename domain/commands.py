"""What is asked of a lifecycle, and what is answered (design §3, "Judging")."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.refusals import Refusal
from domain.states import Posting, State


class Door(StrEnum):
    """Where a command came in."""

    CLI = "cli"
    CONSOLE = "console"
    SIGNAL = "signal"
    CONNECTOR = "connector"


WAKE = "wake"
"""The connector's own command: something happened that may concern the object. The judge finds the row that applies."""

CONNECTORS = "connector/"
"""How the connector's own request ids begin: no door lets one in."""


class Command(BaseModel):
    """A wish, judged when its turn comes. The note is kept in the ledger and passed by its id, so that no free text enters
    workflow history. `seen` is the sequence that its sender saw, where he saw one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str = Field(min_length=1, max_length=60)
    request_id: str = Field(min_length=1, max_length=120, pattern=r"^[\x20-\x7e]+$")
    door: Door
    person: str | None = Field(default=None, pattern=r"^p-[0-9a-f]{20}$")
    """A person's id in the ledger: neither his name nor his rights pass through workflow history."""
    seen: int | None = Field(default=None, ge=0)
    fields: dict[str, Any] = {}
    note_id: str | None = Field(default=None, max_length=60, pattern=r"^[\x21-\x7e]+$")


class Answer(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    BUSY = "busy"
    NOTHING = "nothing"


class Outcome(BaseModel):
    """The decision on a command; not the export that may follow it."""

    answer: Answer
    action: str
    state: State
    sequence: int
    refusals: list[Refusal] = []
    sentence: str = ""


def refused(action: str, *refusals: Refusal) -> Outcome:
    """The outcome of a command that never reached its object."""
    return Outcome(answer=Answer.REFUSED, action=action, state=State.NOT_SENT, sequence=0, refusals=list(refusals))


class Head(BaseModel):
    """Where an object stands: all that its workflow needs to know. It holds nothing the ledger lacks."""

    key: str
    kind: str
    state: State = State.NOT_SENT
    sequence: int = 0
    posting: Posting = Posting.UNKNOWN
    procore_company: int
    erp_company: str = ""
    project: int | None = None
    job: str = ""
    erp_key: str = ""
    waits_for: list[str] = []
    budgeted: bool = False
    """CMiC shows what was posted as budgeted cost (R-17)."""
    exported: bool = False
    """Something of it is linked to CMiC, whatever it does just now."""
    failure_code: str = ""
    failure_is_temporary: bool = False
    words: str = ""


class Verdict(BaseModel):
    """What a step or a judgement left behind. Without an outcome the head differed from what the workflow believed: it
    adopts the head and judges again; with `look_first` after a look into CMiC. `wake` lists the objects that wait for what
    just happened."""

    head: Head
    outcome: Outcome | None = None
    look_first: bool = False
    wake: list[str] = []
