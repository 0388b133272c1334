"""What adopting a project asks of the ledger: the order, what was read, what was proposed, what became of it (R-09)."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel

from domain.adopting import Answer, Proposal
from domain.adopting_sides import ErpSide


class Adoption(BaseModel):
    """One reading of both sides, and what a person made of it. `outcomes` are by the items' positions; the codes' is called
    `codes`."""

    id: int = 0
    procore_company: int
    project: int
    erp_company: str
    job: str
    who: str
    state: str = "running"
    words: str = ""
    erp: ErpSide | None = None
    proposal: Proposal | None = None
    confirmed: bool = False
    outcomes: dict[str, Answer] = {}


class Adoptions(Protocol):
    async def begin(self, run: str, wanted: Adoption) -> int:
        """A new one; the same run is the same one."""
        ...

    async def one(self, number: int) -> Adoption:
        """Raises LookupError."""
        ...

    async def keep_erp(self, number: int, erp: ErpSide) -> None: ...
    async def propose(self, number: int, proposal: Proposal, *, confirmed: bool) -> None: ...
    async def carried_out(self, wanted: Adoption, given: str) -> int | None:
        """An earlier one of this project and job that was confirmed by this hash."""
        ...

    async def settle(self, number: int, item: str, answer: Answer) -> None: ...
    async def finish(self, number: int, state: str, words: str) -> None: ...
