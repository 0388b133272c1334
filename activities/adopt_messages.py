"""What the workflow that adopts a project hands to activities: names and numbers, never documents."""

from __future__ import annotations

from pydantic import BaseModel

from activities.messages import DEFAULT_ERP_QUEUE, Timing
from domain.commands import Door
from domain.refusals import Refusal


class AdoptOrder(BaseModel):
    """What a person asks: a proposal; or, with `confirm`, that exactly what was proposed is done. `person` is an id."""

    company: int
    project: int
    job: str
    erp_company: str
    person: str
    door: Door
    confirm: str = ""
    erp_queue: str = DEFAULT_ERP_QUEUE
    timing: Timing = Timing()


class AdoptBegun(BaseModel):
    """The ledger's number of it; or why it may not be."""

    adoption: int = 0
    refusals: list[Refusal] = []


class AdoptProposed(BaseModel):
    """What was found, as numbers: `adoption` is the one to carry out. Positions are those of the proposal's items."""

    adoption: int
    hash: str = ""
    is_confirmed: bool = False
    refusals: list[Refusal] = []
    project: list[int] = []
    brings_codes: bool = False
    vendors: list[int] = []
    commitments: list[int] = []


class AdoptStep(BaseModel):
    """One step about an adoption; one item of it, where a position is given."""

    adoption: int
    person: str
    door: Door
    position: int | None = None
    confirm: str = ""


class AdoptEnd(BaseModel):
    adoption: int
    state: str
    words: str = ""


class AdoptSummary(BaseModel):
    """How it ended: refused, preview, done, stopped or left. The last four say what was asked, and by whom."""

    adoption: int
    state: str
    hash: str = ""
    words: str = ""
    refusals: list[Refusal] = []
    confirm: str = ""
    job: str = ""
    erp_company: str = ""
    person: str = ""

    def answers(self, order: AdoptOrder) -> bool:
        """Whether this is what was asked, and by the same person: who may not is told so, whoever asked before."""
        names = ("confirm", "job", "erp_company", "person")
        return all(getattr(self, name) == getattr(order, name) for name in names)
