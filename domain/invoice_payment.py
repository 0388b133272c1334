"""Invoice payments out: what Procore Pay paid becomes a cheque in CMiC (O-14, R-14; United States only).

Only for invoices that were exported, and whose voucher the accountant has posted: CMiC pays nothing else. Partial payments are
payments of their own. A payment that is void in Procore isn't sent; one that was sent before is voided in CMiC, then unlinked.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import code_is_usable, too_long
from domain.money import Amount, is_whole_cents
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "invoice_payment"
VOID = ("void", "voided", "cancelled", "canceled", "failed")
PENDING = ("pending", "initiated", "processing", "scheduled")
"""Procore's words for payments that don't count, or not yet: its statuses aren't published (procore-api §9), so these are
assumed."""


class InvoicePayment(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    requisition_id: int | None = None
    number: str = ""
    paid_on: date | None = None
    amount: Amount
    notes: str = ""
    status: str = ""
    procore_pay: bool = False
    """Made with Procore Pay: only such a payment bears an external payment id."""
    vendor_name: str = ""
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return f"Payment {self.number} to {self.vendor_name}".strip()

    @property
    def what(self) -> str:
        return "payment"

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"origin_id", "vendor_name"})


class PaymentFields(BaseModel):
    """What the approver may type: the cheque's number, the posting date."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[0-9]+$")
    accounting_date: date | None = None
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def payments_are_on(facts: Facts) -> list[Refusal]:
    settings = facts.settings
    account = (settings.payment_bank_company, settings.payment_department, settings.payment_account)
    if not settings.payments_out:
        return [refuse("export_switched_off", kind="payment")]
    if not all(account):
        where = "payment_bank_company, payment_department, payment_account"
        return [refuse("setting_missing", what="The bank account that payments go from", where=where)]
    return []


def made_with_procore_pay(facts: Facts) -> list[Refusal]:
    return [] if facts.document.procore_pay else [refuse("not_procore_pay")]


def is_settled(facts: Facts) -> list[Refusal]:
    status = facts.document.status
    if status.lower() in VOID:
        return [refuse("payment_void")]
    return [refuse("payment_pending", status=status)] if status.lower() in PENDING else []


def pays_an_invoice(facts: Facts) -> list[Refusal]:
    return [] if facts.document.requisition_id else [refuse("no_invoice")]


def has_amount_and_date(facts: Facts) -> list[Refusal]:
    document: InvoicePayment = facts.document
    refusals = [] if document.amount > 0 else [refuse("zero_total", kind="payment")]
    if not is_whole_cents(document.amount):
        refusals.append(refuse("amount_not_whole_cents", line=1, amount=document.amount))
    return refusals if document.paid_on else [*refusals, refuse("no_date", kind="payment", what="funding date")]


def has_number(facts: Facts) -> list[Refusal]:
    number = str(facts.typed.get("erp_id") or facts.document.number)
    if number and not (number.isascii() and number.isdigit()):
        where = "Procore, the payment's number, or the ERP id typed by the approver"
        problem = f"{number!r} isn't a whole number, as CMiC's cheques have"
        return [refuse("field_not_usable", field="The cheque's number", problem=problem, where=where)]
    return code_is_usable(facts, number, "The cheque's number", facts.settings.limits.cheque, "check number")


def notes_fit(facts: Facts) -> list[Refusal]:
    return too_long(
        [("The note", facts.document.notes, facts.settings.limits.cheque_text, "Procore, the payment's notes")]
    )


OWN_GUARDS = (
    payments_are_on,
    made_with_procore_pay,
    is_settled,
    pays_an_invoice,
    has_amount_and_date,
    has_number,
    notes_fit,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="InvoicePaymentLifecycle",
    label="invoice payment",
    rows=(
        *send_and_decide(OWN_GUARDS, PaymentFields),
        *export_steps(OWN_GUARDS, PaymentFields),
        *came_back(),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("subcontractor_invoice", Condition.POSTED),
    ),
)
