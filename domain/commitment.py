"""Commitments: subcontracts and purchase orders that become CMiC subcontracts (O-11, R-10, R-11, R-22).

The facts of a commitment as Procore holds it, its guards, and its lifecycle table.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.money import Amount, cents, is_whole_cents
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "commitment"


class CommitmentType(StrEnum):
    SUBCONTRACT = "subcontract"
    PURCHASE_ORDER = "purchase order"


class CommitmentLine(BaseModel):
    """A line of the schedule of values. Money in the contract's currency; `calculated` means quantity × unit cost."""

    model_config = ConfigDict(frozen=True)

    id: int
    position: int
    description: str = ""
    cost_code: str = ""
    category: str = ""
    amount: Amount
    quantity: Amount | None = None
    unit_cost: Amount | None = None
    uom: str = ""
    calculated: bool = False
    origin_id: str | None = None

    @property
    def is_unit_based(self) -> bool:
        return self.calculated and self.quantity is not None and self.unit_cost is not None


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
    def lines_total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        """Ours begins with the CMiC company and a bar (design §5)."""
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        body = self.model_dump(mode="json", exclude={"origin_id", "vendor_name"})
        body["lines"] = [line.model_dump(mode="json", exclude={"origin_id"}) for line in self.lines]
        return body


class CommitmentFields(BaseModel):
    """What the approver may type. The ERP id defaults to Procore's contract number (S-06 of erp-tool-behaviour)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[\x20-\x7b\x7d\x7e]+$")
    accounting_date: date | None = None
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def export_is_on(facts: Facts) -> list[Refusal]:
    return [] if facts.settings.commitment_export else [refuse("export_switched_off", kind="commitment")]


def status_is_approved(facts: Facts) -> list[Refusal]:
    document: Commitment = facts.document
    if document.status == "Approved":
        return []
    return [refuse("status_not_approved", kind=document.type.value, status=document.status or "empty")]


def has_number(facts: Facts) -> list[Refusal]:
    """The commitment's number is CMiC's contract number (R-11), unless the approver types another."""
    document: Commitment = facts.document
    number = str(facts.typed.get("erp_id") or document.number)
    if not number:
        return [refuse("no_number", kind=document.type.value)]
    limit = facts.settings.limits.contract_number
    where = f"Procore, the {document.type.value}'s number, or the ERP id typed by the approver"
    if len(number) > limit:
        return [refuse("field_too_long", field="The contract number", length=len(number), limit=limit, where=where)]
    if not number.isascii() or not number.isprintable() or "|" in number:
        return [
            refuse(
                "field_not_usable",
                field="The contract number",
                problem=f"{number!r} has characters that a code can't have",
                where=where,
            )
        ]
    return []


def texts_fit(facts: Facts) -> list[Refusal]:
    """Over-long texts are refused, never cut (erp-tool-behaviour §5, field-length rules)."""
    document: Commitment = facts.document
    limits, kind = facts.settings.limits, document.type.value
    texts = [
        ("The title", document.title, limits.title, f"Procore, the {kind}'s title"),
        ("The description", document.description, limits.scope, f"Procore, the {kind}'s description"),
        *(
            (
                f"The description of line {line.position}",
                line.description,
                limits.task_name,
                f"Procore, line {line.position}",
            )
            for line in document.lines
        ),
    ]
    return [
        refuse("field_too_long", field=name, length=len(text), limit=limit, where=where)
        for name, text, limit, where in texts
        if len(text) > limit
    ]


def names_a_company(facts: Facts) -> list[Refusal]:
    return [] if facts.document.vendor_id else [refuse("no_vendor", kind=facts.document.type.value)]


def has_lines(facts: Facts) -> list[Refusal]:
    document: Commitment = facts.document
    limit = facts.settings.limits.lines
    if not document.lines:
        return [refuse("no_lines")]
    return [refuse("too_many_lines", count=len(document.lines), limit=limit)] if len(document.lines) > limit else []


def lines_on_synced_codes(facts: Facts) -> list[Refusal]:
    """Every line sits on a synced cost code and category (R-10). Without a linked job that is a prerequisite's matter."""
    refusals: list[Refusal] = []
    for line in facts.document.lines:
        if not line.cost_code or not line.category:
            refusals.append(
                refuse("line_without_code", line=line.position, what="category" if line.cost_code else "cost code")
            )
        elif facts.references.job and (line.cost_code.upper(), line.category.upper()) not in facts.references.codes:
            pair = f"{line.cost_code} {line.category}"
            refusals.append(refuse("code_not_synced", line=line.position, pair=pair, job=facts.references.job))
    return refusals


def lines_add_up(facts: Facts) -> list[Refusal]:
    """A unit line's amount is its quantity × rate rounded half up, because CMiC recomputes it; the lines make the total."""
    document: Commitment = facts.document
    refusals: list[Refusal] = []
    for line in document.lines:
        if not is_whole_cents(line.amount):
            refusals.append(refuse("amount_not_whole_cents", line=line.position, amount=line.amount))
        if line.is_unit_based:
            product = cents((line.quantity or Decimal(0)) * (line.unit_cost or Decimal(0)))
            if product != line.amount:
                refusals.append(
                    refuse(
                        "unit_amount_differs",
                        line=line.position,
                        quantity=line.quantity,
                        unit_cost=line.unit_cost,
                        product=product,
                        amount=line.amount,
                    )
                )
    if document.lines and document.total is not None and document.total != document.lines_total:
        refusals.append(
            refuse("total_differs", kind=document.type.value, lines=document.lines_total, total=document.total)
        )
    return refusals


def units_are_known(facts: Facts) -> list[Refusal]:
    """CMiC's units of measure have two letters (cmic-api §1.5); the map in the settings translates longer ones."""
    return [
        refuse(
            "field_not_usable",
            field=f"Line {line.position}'s unit of measure",
            problem=f"{line.uom!r} has no two letter unit in CMiC",
            where="Settings, uom_map; or the line's unit in Procore",
        )
        for line in facts.document.lines
        if not 1 <= len(facts.settings.uom(line.uom if line.is_unit_based else None)) <= 2
    ]


OWN_GUARDS = (
    export_is_on,
    status_is_approved,
    has_number,
    texts_fit,
    names_a_company,
    has_lines,
    lines_on_synced_codes,
    lines_add_up,
    units_are_known,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="CommitmentLifecycle",
    label="commitment",
    rows=(
        *send_and_decide(OWN_GUARDS, CommitmentFields),
        *export_steps(OWN_GUARDS, CommitmentFields),
        *came_back(),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("company", Condition.SYNCED),
    ),
)
