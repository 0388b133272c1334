"""What workflows of imports hand to activities: names and numbers, never rows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from activities.messages import DEFAULT_ERP_QUEUE, Timing
from domain.commands import Door
from domain.incoming_port import Place
from domain.refusals import Refusal
from domain.staged import StagedAction


class Order(BaseModel):
    """One run of an import. `confirm` is the preview that a person confirms, for those that ask for it."""

    place: Place
    who: str
    erp_queue: str = DEFAULT_ERP_QUEUE
    full: bool = False
    confirm: str = ""
    consents: bool = False
    """A schedule that an administrator set confirms what it finds (S-17)."""
    options: dict[str, str] = {}
    run: int = 0
    """The run that goes on, in a fresh history."""
    timing: Timing = Timing()


class Scheduled(BaseModel):
    """What a schedule runs: an import of a CMiC company; of each of its projects, where it is a project's."""

    name: str
    workflow_type: str
    company: int
    erp_company: str
    who: str = "connector"
    erp_queue: str = DEFAULT_ERP_QUEUE
    timing: Timing = Timing()


class Begun(BaseModel):
    """A run that may go on; or why not."""

    place: Place
    run: int = 0
    is_full: bool = False
    streams: list[str] = []
    computed: list[str] = []
    """Those of the streams that aren't read from CMiC, but made of what the others brought."""
    proposes: bool = False
    """Whether what is staged is held against what Procore has, when everything was read."""
    next_type: str = ""
    """The workflow type of the import that a done run sets off."""
    next_place: Place | None = None
    refusals: list[Refusal] = []


class Window(BaseModel):
    """Some pages of one stream."""

    run: int
    place: Place
    stream: str
    is_full: bool
    confirm: str = ""
    consents: bool = False
    options: dict[str, str] = {}


class Moved(BaseModel):
    """How far a window came: whether there is more, and the run's counts in words. `refusals` end the run; `notes` say what
    it couldn't do besides, and go along with its end."""

    more: bool
    words: str = ""
    refusals: list[Refusal] = []
    notes: list[Refusal] = []


class Compared(BaseModel):
    """What a comparison showed: why it can't be; the preview to confirm; whether it was written."""

    refusals: list[Refusal] = []
    preview: str = ""
    is_written: bool = False


class Finish(BaseModel):
    run: int
    place: Place
    state: str
    words: str = ""
    refusals: list[Refusal] = []


class Summary(BaseModel):
    """How a run ended, as the door that asked for it and Temporal's UI show it."""

    model_config = ConfigDict(frozen=True)

    run: int
    state: str
    words: str
    refusals: list[Refusal] = []
    preview: str = ""


class StagedRow(BaseModel):
    """One staged record, and what a person wants done with it."""

    name: str
    company: int
    erp_company: str
    key: str
    action: StagedAction
    person: str
    door: Door
    request_id: str
    fields: dict[str, Any] = {}
    against: list[Refusal] = []
    """What a look in CMiC showed against it."""


class StagedAnswer(BaseModel):
    """What became of it."""

    key: str
    done: bool = False
    refusals: list[Refusal] = []


class StagedOrder(BaseModel):
    """One action for many staged records of an import. `number` names the order: a repetition is the same one."""

    number: str
    name: str
    company: int
    erp_company: str
    action: StagedAction
    person: str
    door: Door
    rows: list[tuple[str, dict[str, Any]]]
    erp_queue: str = DEFAULT_ERP_QUEUE


class StagedProgress(BaseModel):
    """The outcome of each row in the order of the rows; nothing for one still to come."""

    total: int
    answers: list[StagedAnswer | None]

    @property
    def answered(self) -> int:
        return sum(a is not None for a in self.answers)
