"""What a guard may know: gathered from the ledger inside one transaction, never from live CMiC (design §4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from domain.commands import Command, Head
from domain.permissions import Person
from domain.records import Key
from domain.refusals import Refusal
from domain.settings import ExportSettings
from domain.states import Condition, Posting


class Document(Protocol):
    """An object as Procore holds it, parsed: the kinds' own models (Commitment, Company, Project)."""

    @property
    def title(self) -> str: ...

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...

    def business(self) -> dict[str, Any]:
        """The fields the mapper reads: what an approval is bound to (B-04). Never origin ids or timestamps."""
        ...


class Prerequisite(BaseModel):
    """A parent and what is needed of it. `label` is what a person calls the parent."""

    model_config = ConfigDict(frozen=True)

    parent: str
    condition: Condition
    label: str = ""
    met: bool = False


class Dependent(BaseModel):
    model_config = ConfigDict(frozen=True)

    key: str
    label: str
    state: str


class References(BaseModel):
    """What links in the ledger say of an object's surroundings. Empty text: not linked yet."""

    erp_company: str = ""
    job: str = ""
    vendor: str = ""
    elsewhere: frozenset[str] = frozenset()
    """Vendor codes that the same company is linked to in other CMiC companies (R-08)."""
    codes: frozenset[tuple[str, str]] = frozenset()
    """(cost code, category) pairs of the job that are synced."""
    assignable: frozenset[tuple[str, str]] = frozenset()
    """Pairs that CMiC's master list could give the job, which hasn't them yet (O-02)."""
    code_names: dict[str, str] = {}
    """What the master list calls its cost codes."""
    keys: dict[str, dict[str, Key]] = {}
    """What is linked of the object itself and of its prerequisites: object, part, CMiC's natural key."""
    watched: frozenset[str] = frozenset()
    """Resources of which CMiC shows the record that this object waits to see (a job, a contract)."""
    outstanding: list[str] = []
    """CMiC keys of a reset object's earlier records that are still there (U-06)."""
    sent: dict[str, Decimal] = {}
    """What stands in CMiC of earlier exports of this object: the part without its export, and its amount."""
    sent_along: dict[str, Decimal] = {}
    """The same of what travelled along with it."""
    exports: int = 0
    """How many records of its main resource were ever written for it."""
    holder_of_id: str = ""
    """Another object of the kind that is linked to the code which this one would bear in CMiC."""


class WriteState(BaseModel):
    """How far the current export has come, and what the last look into CMiC showed under its key."""

    erp_key: str
    attempted: bool = False
    settled: bool = True
    """False while a write that was cut off may still be committed by CMiC."""
    since_attempt: Decimal | None = None
    """Seconds."""
    existed_before: bool = False
    """A record stood under the key before our first attempt: it isn't ours."""
    seen: Posting = Posting.UNKNOWN


class Decided(BaseModel):
    """The last decision in the history, for the one who came second."""

    action: str
    who: str
    at: datetime
    sequence: int


class Facts(BaseModel):
    """Everything a guard is given."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    head: Head
    command: Command
    typed_before: dict[str, Any] = {}
    """What was typed for the approval that this command goes on with."""
    linking: bool = False
    """The approval that this command goes on with is a link: nothing is written for it."""
    person: Person | None = None
    """Who asks, as the ledger knows him; nobody for the operator and the connector."""
    settings: ExportSettings
    document: Any = None
    document_problem: Refusal | None = None
    references: References = References()
    prerequisites: list[Prerequisite] = []
    dependents: list[Dependent] = []
    write: WriteState | None = None
    decided: Decided | None = None
    sent_by: str = ""
    """Who sent it last."""
    snapshot: str = ""
    """Hash of what a preview shows: the current snapshot under the current settings."""
    seen: Posting = Posting.UNKNOWN
    budgeted: bool = False
    """CMiC showed the object's amounts as budgeted cost when it was last looked."""
    posting_changed: bool = False
    """What the posting watcher last stored differs from what the object's row says."""

    @property
    def linked(self) -> bool:
        """Something of it is linked to CMiC, whatever it does just now."""
        return self.head.exported

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed for the approval so far, this command's fields last."""
        return {**self.typed_before, **{k: v for k, v in self.command.fields.items() if v is not None}}
