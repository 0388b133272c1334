"""What CMiC, Procore and the ledger have of a project in progress, before the three are held against each other (R-09, B-09).

Amounts are in the contract's currency. Codes and numbers of CMiC's are in upper case, as CMiC keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel

from domain.commands import Command, Door, Head
from domain.commitment import Commitment
from domain.company import Company
from domain.facts import Document, Facts, References
from domain.identity import ObjectId, company_key, project_key
from domain.lifecycle import Lifecycle
from domain.lines import Pair
from domain.money import Amount
from domain.project import Project
from domain.refusals import Refusal
from domain.settings import ExportSettings
from domain.states import Posting, State


class What(StrEnum):
    PROJECT = "project"
    VENDOR = "vendor"
    CODE = "code"
    COMMITMENT = "commitment"


class Standing(StrEnum):
    """What a comparison came to."""

    MATCHED = "matched"
    DIFFERS = "differs"
    ONLY_ERP = "only in CMiC"
    ONLY_PROCORE = "only in Procore"
    LINKED = "linked already"


class Item(BaseModel):
    """One row of a proposal. `key` is the object's of Procore, `erp_id` what a link or a take-over names in CMiC. `reasons`
    speak for the match; `differences` are why nothing is done about it."""

    what: What
    standing: Standing
    erp: str = ""
    procore: str = ""
    key: str = ""
    erp_id: str = ""
    erp_amount: Amount | None = None
    procore_amount: Amount | None = None
    lines: list[str] = []
    """The lines of a match: code, category and amount."""
    score: int | None = None
    reasons: list[str] = []
    differences: list[str] = []

    @property
    def joined(self) -> bool:
        """What it stands for is one and the same on both sides, or is about to be."""
        return self.standing in (Standing.MATCHED, Standing.LINKED)


class ContractLine(BaseModel):
    """A line of CMiC's schedule of values. `job` may be a sub job's."""

    task: str
    job: str
    cost_code: str
    category: str
    amount: Amount

    @property
    def pair(self) -> Pair:
        return self.cost_code.upper(), self.category.upper()


class Contract(BaseModel):
    """A subcontract of CMiC's, its base only: change orders come after it."""

    vendor: str
    number: str
    key: str
    """Its natural key."""
    currency: str = ""
    title: str = ""
    amount: Amount | None = None
    posting: Posting = Posting.UNPOSTED
    lines: list[ContractLine] = []
    unread: list[str] = []
    """What of it can't be read, in words."""


class Vendor(BaseModel):
    code: str
    name: str = ""
    zip: str = ""
    phone: str = ""
    email: str = ""
    category: str = ""
    """Its class, by which it may be masked."""
    active: bool = True


class ErpSide(BaseModel):
    """What CMiC has of a job. `job` is its name; nothing where CMiC has no such job."""

    job: str | None = None
    active: bool = True
    pairs: list[Pair] = []
    contracts: list[Contract] = []
    vendors: list[Vendor] = []
    unread: list[str] = []


class Unreadable(BaseModel):
    """A commitment that can't be read."""

    id: int
    number: str
    words: str


class ProcoreSide(BaseModel):
    """What Procore has of a project. `pairs` are its cost codes with their cost types, `types` all cost types."""

    project: Project
    commitments: list[Commitment] = []
    unreadable: list[Unreadable] = []
    companies: list[Company] = []
    pairs: frozenset[Pair] = frozenset()
    types: frozenset[str] = frozenset()


class Known(BaseModel):
    """What the ledger and the settings say. `company`, `project`: Procore's ids."""

    company: int
    project: int
    erp_company: str
    job: str
    settings: ExportSettings
    masked_classes: list[str] = []
    masked_sources: list[str] = []
    linked_job: str = ""
    """The job that the project is linked to."""
    linked_project: int | None = None
    """The project that the job is linked to."""
    vendors: dict[str, int] = {}
    """The companies that are linked, by their vendor's code."""
    heads: dict[str, Head] = {}
    """The project's commitments as far as the ledger knows them, by their keys."""
    holders: dict[str, str] = {}
    """The objects that CMiC's contracts are linked to, by the contracts' keys."""

    def project_key(self) -> str:
        return project_key(self.company, self.project)

    def company_key(self, number: int) -> str:
        return company_key(self.company, self.erp_company, number)

    def commitment_key(self, number: int) -> str:
        return ObjectId(kind="commitment", company=self.company, scope=str(self.project), id=number).key


def refused(
    table: Lifecycle,
    action: str,
    key: str,
    document: Document,
    known: Known,
    fields: Mapping[str, str],
    references: References,
) -> list[Refusal]:
    """What the object's own table would say to that action, as far as these facts tell: the proposal promises nothing that the
    lifecycle refuses."""
    row = table.row(State.NOT_SENT, action)
    if row is None:
        raise LookupError(f"{table.kind} has no {action}")
    facts = Facts(
        head=Head(key=key, kind=table.kind, procore_company=known.company),
        command=Command(action=action, request_id="proposal", door=Door.CLI, fields=dict(fields)),
        settings=known.settings,
        document=document,
        references=references,
    )
    return [refusal for guard in row.guards for refusal in guard(facts)]
