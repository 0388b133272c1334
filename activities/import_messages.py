"""What workflows of imports hand to activities: names and numbers, never rows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from activities.messages import DEFAULT_ERP_QUEUE
from domain.incoming_port import Place
from domain.refusals import Refusal


class Order(BaseModel):
    """One run of an import. `confirm` is the preview that a person confirms, for those that ask for it."""

    place: Place
    who: str
    erp_queue: str = DEFAULT_ERP_QUEUE
    full: bool = False
    confirm: str = ""
    options: dict[str, str] = {}
    run: int = 0
    """The run that goes on, in a fresh history."""


class Begun(BaseModel):
    """A run that may go on; or why not."""

    place: Place
    run: int = 0
    is_full: bool = False
    streams: list[str] = []
    refusals: list[Refusal] = []


class Window(BaseModel):
    """Some pages of one stream."""

    run: int
    place: Place
    stream: str
    is_full: bool
    confirm: str = ""
    options: dict[str, str] = {}


class Moved(BaseModel):
    """How far a window came: whether there is more, and the run's counts in words. `refusals` end the run."""

    more: bool
    words: str = ""
    refusals: list[Refusal] = []


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
