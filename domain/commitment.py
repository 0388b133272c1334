"""Commitments: subcontracts and purchase orders that become CMiC subcontracts (O-11, R-10, R-11, R-22).

The facts of a commitment as Procore holds it, its guards, and its lifecycle table.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import UNSENT, came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations, sender_is_another
from domain.lifecycle import Lifecycle, PrerequisiteRow, Row
from domain.lines import (
    Line,
    code_is_usable,
    has_lines,
    line_texts,
    lines_add_up,
    on_known_codes,
    title_and_description,
    too_long,
    units_are_known,
)
from domain.money import Amount
from domain.refusals import Refusal, refuse
from domain.settings import ExportSettings
from domain.states import Condition
from domain.states import State as S

KIND = "commitment"


class CommitmentType(StrEnum):
    SUBCONTRACT = "subcontract"
    PURCHASE_ORDER = "purchase order"


class CommitmentLine(Line):
    """A line of the schedule of values."""

    origin_id: str | None = None


class Commitment(BaseModel):
    """Dates are business dates in the company's time zone; retainage is a percentage."""

    model_config = ConfigDict(frozen=True)

    id: int
    type: CommitmentType
    number: str = ""
    title: str = ""
    description: str = ""
    status: str = ""
    vendor_id: int | None = None
    vendor_name: str = ""
    created_at: datetime | None = None
    """When it was made in Procore; its business date is a matter of the company's time zone."""
    contract_date: date | None = None
    start_on: date | None = None
    issued_on: date | None = None
    completion_on: date | None = None
    signed_on: date | None = None
    retainage: Amount | None = None
    total: Amount | None = None
    lines: list[CommitmentLine] = []
    origin_id: str | None = None

    def made_on(self, time_zone: str) -> date | None:
        """The business date on which it was made; the contract's own date where Procore doesn't tell."""
        return self.created_at.astimezone(ZoneInfo(time_zone)).date() if self.created_at else self.contract_date

    @property
    def what(self) -> str:
        return self.type.value

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        """Ours begins with the CMiC company and a bar (design §5)."""
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        body = self.model_dump(mode="json", exclude={"origin_id", "vendor_name"})
        body["lines"] = [line.model_dump(mode="json", exclude={"origin_id"}) for line in self.lines]
        return body


def with_cost_types(commitment: Commitment, settings: ExportSettings) -> list[CommitmentLine]:
    """The lines as CMiC gets them: one with a cost code and no cost type, as those of a converted bid, has the configured
    cost type of its kind of commitment (S-02, erp-tool-behaviour T-03). With nothing configured it has none."""
    is_order = commitment.type is CommitmentType.PURCHASE_ORDER
    configured = settings.purchase_order_cost_type if is_order else settings.subcontract_cost_type
    return [
        line.model_copy(update={"category": configured}) if line.cost_code and not line.category else line
        for line in commitment.lines
    ]


class CommitmentFields(BaseModel):
    """What the approver may type. The ERP id defaults to Procore's contract number (S-06 of erp-tool-behaviour)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[\x20-\x7b\x7d\x7e]+$")
    accounting_date: date | None = None
    preview: str | None = Field(default=None, min_length=6, max_length=64)


class TakeOverFields(BaseModel):
    """CMiC's contract, where its number isn't written as Procore's is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[\x20-\x7b\x7d\x7e]+$")


def export_is_on(facts: Facts) -> list[Refusal]:
    return (
        []
        if facts.settings.commitment_export
        else [refuse("export_switched_off", kind=facts.head.kind.replace("_", " "))]
    )


def status_is_approved(facts: Facts) -> list[Refusal]:
    document: Commitment = facts.document
    if document.status == "Approved":
        return []
    return [refuse("status_not_approved", kind=document.what, status=document.status or "empty")]


def has_number(facts: Facts) -> list[Refusal]:
    """The commitment's number is CMiC's contract number (R-11), unless the approver types another."""
    number = str(facts.typed.get("erp_id") or facts.document.number)
    limit = facts.settings.limits.contract_number
    return code_is_usable(facts, number, "The contract number", limit, "contract number")


def texts_fit(facts: Facts) -> list[Refusal]:
    return [*title_and_description(facts, facts.settings.limits.title), *too_long(line_texts(facts))]


def names_a_company(facts: Facts) -> list[Refusal]:
    return [] if facts.document.vendor_id else [refuse("no_vendor", kind=facts.document.what)]


def lines_on_known_codes(facts: Facts) -> list[Refusal]:
    """Every line sits on a synced cost code and category, a configured one where it has none (R-10, S-02)."""
    return on_known_codes(facts, with_cost_types(facts.document, facts.settings))


OWN_GUARDS = (
    export_is_on,
    status_is_approved,
    has_number,
    texts_fit,
    names_a_company,
    has_lines,
    lines_on_known_codes,
    lines_add_up,
    units_are_known,
)

TAKE_OVER = Row(
    UNSENT,
    "take_over",
    "adopt",
    S.EXPORTING,
    (free_of_other_integrations, sender_is_another, *OWN_GUARDS),
    held_while_open=True,
    reads=True,
    approves=True,
    links=True,
    fields=TakeOverFields,
)
"""A contract that CMiC has already is taken over as it is, before anything was sent: nothing is ever made there (R-09)."""

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="CommitmentLifecycle",
    label="commitment",
    rows=(
        *send_and_decide(OWN_GUARDS, CommitmentFields, direct=True),
        *export_steps(OWN_GUARDS, CommitmentFields),
        *came_back(),
        TAKE_OVER,
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("company", Condition.SYNCED),
    ),
)
