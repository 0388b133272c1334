"""The ports: what activities may ask of the two systems. systems/ implements them; nothing else reaches out (design §2).

Every method may raise one of the three errors below. Anything else that escapes is a defect.
"""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel

from domain.identity import ObjectId
from domain.incoming import Unread
from domain.records import Found, Group, Key, Scalar, Written
from domain.refusals import Refusal, Refused


class Unavailable(Exception):
    """Temporary: no answer, a limit reached, a passing fault. `retry_after` in seconds, where the system named one.

    `maybe_done` is True when the request may have been carried out all the same (a time-out, a cut connection, a 5xx):
    after a write, only a look-up tells.
    """

    def __init__(self, words: str, *, retry_after: float | None = None, maybe_done: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class NotThere(Exception):
    """The system has no such record, or doesn't let the connector see it."""


class NotOffered(Exception):
    """The system doesn't offer this to the company or the project at all: no row of it fares better. Only `ProcoreImports`
    raises it; the refusal says what that means."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class DuplicateKey(Refused):
    """CMiC says that a record of this natural key exists: only a look-up tells whose it is."""


class WantsFirst(Refused):
    """CMiC refuses because something else has to happen first (a base that isn't posted, an open RFP)."""


class WriteBack(BaseModel):
    """Ids to give to a Procore object and its lines (None clears one). `code` is the number that users see."""

    origin_id: str | None
    code: str | None = None
    lines: dict[str, str | None] = {}


class ProcorePort(Protocol):
    """Procore's REST API, plain (design §7, own inbox)."""

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """The object as Procore's JSON, complete with its lines (`line_items`), JSON numbers as decimals. A commitment bears
        `type` (WorkOrderContract or PurchaseOrderContract), a project `custom_segments` (the names of its custom WBS
        segments). Raises NotThere, Unavailable, Refused."""
        ...

    async def project_codes(self, company: int, project: int) -> list[tuple[str, str]]:
        """All (cost code, cost type) pairs that lines of the project could sit on: every full code with every cost type
        code. Raises NotThere, Unavailable, Refused."""
        ...

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        """Write ids where they differ from `current` (what `read` returned). Returns what Procore refused, row by row; the
        other rows are written. Safe to repeat. Raises NotThere, Unavailable, Refused."""
        ...


class Change(BaseModel):
    """A page of what changed in CMiC. `cursor` continues; None at the end. `newest` is CMiC's own time of the latest."""

    found: list[Found]
    cursor: str | None = None
    newest: str = ""


class Given(BaseModel):
    """One record that is given to Procore: its id there where it is known, else it is found by its origin id, or made."""

    key: str
    """CMiC's key: how its outcome is told."""
    origin_id: str | None
    id: int | None = None
    body: dict[str, Any] = {}
    project: int | None = None
    """Where it belongs, when the import is a whole company's."""
    shared_with: tuple[str, ...] = ()
    """Origin ids of the same record in the account's other CMiC companies: one that bears such an id is as good as ours."""


class Taken(BaseModel):
    """What became of it: Procore's id; or what Procore said against it, in words."""

    key: str
    id: int | None = None
    refusal: str = ""


class ProcoreImports(Protocol):
    """What imports ask of Procore. Targets are named in the connector's words: systems/procore/targets.py."""

    async def upsert(self, target: str, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Write up to 1,000 records; safe to repeat, because each is found by its origin id. Raises NotThere, Unavailable,
        Refused (all of them were), NotOffered."""
        ...

    async def remove(self, target: str, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Take records out that were written before. One that isn't there is gone. Raises as `upsert`."""
        ...

    async def listing(self, what: str, company: int, project: int | None) -> list[dict[str, Any]]:
        """What Procore has. Raises NotThere, Unavailable, Refused."""
        ...


class Listing(BaseModel):
    """A page of a list. `cursor` names its last record, so that what is added or deleted meanwhile moves nothing; None at the
    end. `newest` is CMiC's own time of the latest change."""

    found: list[Found] = []
    unread: list[Unread] = []
    cursor: str | None = None
    newest: str = ""


class CmicImports(Protocol):
    """What imports ask of CMiC."""

    async def listed(
        self, resource: str, within: dict[str, str], *, since: str | None = None, cursor: str | None = None
    ) -> Listing:
        """A page of the records that have these attributes, in the order of their keys; those changed since a moment of
        CMiC's clock, where one is given. A row that can't be read is told, and the others go on."""
        ...


class Difference(BaseModel):
    """An entry of the dialect held against a tenant's own description."""

    entry: str
    evidence: str
    verdict: str
    """present, missing, different; or unsent: the dialect itself knows no place for it"""
    detail: str = ""


class CmicPort(Protocol):
    """CMiC's REST API in the connector's own words; the dialect translates (design §8)."""

    async def find(self, key: Key) -> Found | None:
        """One record by its natural key; void ones too. Raises Unavailable, Refused."""
        ...

    async def lines(self, header: Key, resource: str) -> list[Found]:
        """All lines of a header. Raises Unavailable, Refused."""
        ...

    async def create(self, group: Group) -> list[Written] | None:
        """Header and lines in one batch, all or nothing. None: CMiC said yes, but gave no rows to verify. Raises
        DuplicateKey, WantsFirst, Refused (nothing was written), Unavailable (`maybe_done` tells)."""
        ...

    async def change(self, found: Found, values: dict[str, Scalar]) -> None:
        """Set values of a record that is there. Safe to repeat. Raises Refused, Unavailable."""
        ...

    async def changed(self, resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        """A page of records changed since a moment of CMiC's clock; all of them without one."""
        ...

    async def job_codes(self, company: str, job: str) -> list[tuple[str, str]]:
        """The job's active (cost code, category) pairs."""
        ...

    async def master_codes(self, company: str) -> tuple[dict[str, str], list[str]]:
        """The company's master list: active cost codes with their names, active categories."""
        ...

    async def describe(self) -> list[Difference]:
        """Hold every entry of the dialect against the tenant's `describe`."""
        ...

    def render(self, group: Group) -> list[dict[str, Any]]:
        """The exact rows that CMiC will receive, under CMiC's own names: for previews. No request is made."""
        ...
