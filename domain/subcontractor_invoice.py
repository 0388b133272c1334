"""Subcontractor invoices: requests for payment against a CMiC subcontract, and retainage releases (O-13, R-13).

CMiC has one open request a contract (cmic-api §4.5): a later invoice is held until the earlier one is posted, and says which.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.identity import beside, parse_key
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import code_is_usable
from domain.money import Amount, is_whole_cents
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "subcontractor_invoice"
BILLABLE = {
    "approved": "Approved",
    "approved_as_noted": "Approved as Noted",
    "pending_owner_approval": "Pending Owner Approval",
}


class InvoiceLine(BaseModel):
    """An item of the invoice, with what it bills this period. `on_line` is the billed line of the commitment, or of the change
    order `on_change_order`."""

    model_config = ConfigDict(frozen=True)

    id: int
    position: int
    on_line: int | None = None
    on_change_order: int | None = None
    description: str = ""
    scheduled: Amount = Decimal(0)
    billed_to_date: Amount = Decimal(0)
    """Work and stored materials of all periods, this one among them."""
    amount: Amount = Decimal(0)
    """Work and stored materials of this period."""
    retained: Amount = Decimal(0)
    retained_before: Amount = Decimal(0)
    released: Amount = Decimal(0)

    @property
    def is_empty(self) -> bool:
        return not (self.amount or self.retained or self.released)


class SubcontractorInvoice(BaseModel):
    """A requisition. `due` is what Procore says is due for this period."""

    model_config = ConfigDict(frozen=True)

    id: int
    commitment_id: int
    number: str = ""
    invoice_number: str = ""
    status: str = ""
    billing_date: date | None = None
    contract_name: str = ""
    vendor_name: str = ""
    final: bool = False
    due: Amount | None = None
    detailed: bool = False
    """It bills items of a subcontractor's detail schedule."""
    lines: list[InvoiceLine] = []
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return f"Invoice {self.code} of {self.vendor_name or self.contract_name or self.commitment_id}"

    @property
    def what(self) -> str:
        return "invoice"

    @property
    def code(self) -> str:
        """The vendor's invoice number, else Procore's own number."""
        return self.invoice_number or self.number

    @property
    def billed(self) -> list[InvoiceLine]:
        return [line for line in self.lines if not line.is_empty]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        """What its lines make due: work and materials, less retainage held, and what is released."""
        return sum((n.amount - n.retained + n.released for n in self.lines), Decimal(0))

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        body = self.model_dump(mode="json", exclude={"origin_id", "vendor_name", "contract_name", "lines"})
        totals = {"scheduled", "billed_to_date", "retained_before"}
        return {**body, "lines": [line.model_dump(mode="json", exclude=totals) for line in self.billed]}


class InvoiceFields(BaseModel):
    """What the approver may type: CMiC's invoice code, the accounting date (else the billing date), a description."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[\x20-\x7b\x7d\x7e]+$")
    accounting_date: date | None = None
    description: str | None = Field(default=None, max_length=60)
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def status_is_billable(facts: Facts) -> list[Refusal]:
    status = facts.document.status
    return [] if status in BILLABLE else [refuse("status_not_billable", status=status.replace("_", " ") or "empty")]


def has_invoice_code(facts: Facts) -> list[Refusal]:
    code = str(facts.typed.get("erp_id") or facts.document.code)
    return code_is_usable(facts, code, "The invoice number", facts.settings.limits.invoice, "invoice number")


def has_billing_date(facts: Facts) -> list[Refusal]:
    return [] if facts.document.billing_date else [refuse("no_date", kind="invoice", what="billing date")]


def bills_something(facts: Facts) -> list[Refusal]:
    """A zero total is never sent (R-13); a retainage release is no zero: it bills nothing and releases something."""
    document: SubcontractorInvoice = facts.document
    if no_detail_schedule(facts):
        return []
    releases = not any(line.amount for line in document.lines) and any(line.released for line in document.lines)
    return [] if document.total or releases else [refuse("zero_total", kind="invoice")]


def within_the_schedule(facts: Facts) -> list[Refusal]:
    """No line bills not within its scheduled value, nor releases more than is held; amounts are whole cents."""
    refusals: list[Refusal] = []
    for line in facts.document.billed:
        billed, scheduled = line.billed_to_date, line.scheduled
        if not _within(billed, scheduled):
            refusals.append(refuse("over_billed", line=line.position, billed=billed, scheduled=scheduled))
        released, held = line.released, line.retained_before + line.retained
        if not _within(released, held):
            refusals.append(refuse("releases_too_much", line=line.position, released=released, held=held))
        amounts = (line.amount, line.retained, line.released)
        odd = [a for a in amounts if not is_whole_cents(a)]
        refusals += [refuse("amount_not_whole_cents", line=line.position, amount=a) for a in odd[:1]]
    return refusals


def _within(part: Decimal, whole: Decimal) -> bool:
    """From nothing to the whole, on the same side of zero: a credit line counts in credits."""
    return 0 <= part <= whole or 0 >= part >= whole


def no_detail_schedule(facts: Facts) -> list[Refusal]:
    """Items of a subcontractor's detail schedule say nowhere which line of the contract they are of (procore-api §9)."""
    document: SubcontractorInvoice = facts.document
    return [refuse("detail_schedule")] if document.detailed and _differs_from_due(document) else []


def _differs_from_due(document: SubcontractorInvoice) -> bool:
    return document.due is not None and document.due != document.net


def lines_are_in_cmic(facts: Facts) -> list[Refusal]:
    """Each line bills a row that its contract or change order has in CMiC. Until that is linked it is a prerequisite's
    matter."""
    document: SubcontractorInvoice = facts.document
    me, refusals = parse_key(facts.head.key), []
    for line in document.billed:
        parent = beside(me, "commitment", document.commitment_id)
        if line.on_change_order:
            parent = beside(me, "commitment_change_order", line.on_change_order)
        linked = facts.references.keys.get(parent, {})
        if linked and str(line.on_line) not in linked:
            refusals.append(refuse("line_not_in_cmic", parent, line=line.position, parent=parent))
    return refusals


def due_agrees(facts: Facts) -> list[Refusal]:
    """Its lines make what Procore says is due: work and materials, less retainage held, and what is released (B-07)."""
    document: SubcontractorInvoice = facts.document
    if document.due is None:
        return [refuse("no_due_amount")]
    if document.detailed or not _differs_from_due(document):
        return []
    return [refuse("total_differs", kind="invoice", lines=document.net, total=document.due)]


OWN_GUARDS = (
    status_is_billable,
    has_invoice_code,
    has_billing_date,
    bills_something,
    within_the_schedule,
    lines_are_in_cmic,
    no_detail_schedule,
    due_agrees,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="SubcontractorInvoiceLifecycle",
    label="subcontractor invoice",
    rows=(
        *send_and_decide(OWN_GUARDS, InvoiceFields, direct=True),
        *export_steps(OWN_GUARDS, InvoiceFields),
        *came_back(),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("commitment", Condition.POSTED),
        PrerequisiteRow("commitment_change_order", Condition.POSTED),
        PrerequisiteRow(KIND, Condition.OUT_OF_THE_WAY),
    ),
    one_at_a_time_on="commitment",
)
