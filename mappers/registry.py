"""The registry: one row per kind of object. Adding an object is adding its files and its row here (design §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain import (
    budget,
    budget_change,
    budget_modification,
    commitment,
    commitment_change_order,
    company,
    cost_codes,
    forecast,
    invoice_payment,
    prime_change_order,
    project,
    subcontractor_invoice,
    unsupported,
)
from domain.identity import NO_SCOPE, MalformedKey, ObjectId, parse_key
from domain.lifecycle import Lifecycle
from mappers.base import Mapper
from mappers.budget import BudgetMapper
from mappers.budget_change import BudgetChangeMapper
from mappers.budget_modification import BudgetModificationMapper
from mappers.commitment import CommitmentMapper
from mappers.commitment_change_order import CommitmentChangeOrderMapper
from mappers.company import CompanyMapper
from mappers.cost_codes import CostCodesMapper
from mappers.forecast import ForecastMapper
from mappers.invoice_payment import InvoicePaymentMapper
from mappers.prime_change_order import PrimeChangeOrderMapper
from mappers.project import ProjectMapper
from mappers.subcontractor_invoice import SubcontractorInvoiceMapper

_SCOPES = {
    "project": re.compile(r"[1-9][0-9]{0,18}"),
    "erp_company": re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,7}"),
    "none": re.compile(re.escape(NO_SCOPE)),
}


@dataclass(frozen=True)
class Kind:
    """`scope` says what the third part of the key is: a Procore project, a CMiC company, or nothing. `posting_of` is
    the CMiC resource whose posting is watched."""

    lifecycle: Lifecycle
    mapper: Mapper
    scope: str
    posting_of: str | None = None
    watches: tuple[str, ...] = ()
    """Further CMiC resources whose changes are watched for it."""
    shown_as_budget: bool = False
    """Whether its posted amounts have to show as budgeted cost."""

    @property
    def name(self) -> str:
        return self.lifecycle.kind

    def object_id(self, company_id: int, number: int, *, project: int | None = None, erp_company: str = "") -> ObjectId:
        """The id of one object of this kind. Raises MalformedKey when the scope it needs is missing."""
        scope = {"project": str(project or ""), "erp_company": erp_company, "none": NO_SCOPE}[self.scope]
        if not scope:
            raise MalformedKey(f"a {self.name} is named with its {self.scope.replace('_', ' ')}")
        return parse_key(f"{self.name}:{company_id}:{scope}:{number}")


KINDS: dict[str, Kind] = {
    k.name: k
    for k in (
        Kind(project.LIFECYCLE, ProjectMapper(), scope="none", watches=("job", "prime_contract")),
        Kind(cost_codes.LIFECYCLE, CostCodesMapper(), scope="project"),
        Kind(company.LIFECYCLE, CompanyMapper(), scope="erp_company"),
        Kind(commitment.LIFECYCLE, CommitmentMapper(), scope="project", posting_of="subcontract"),
        Kind(
            commitment_change_order.LIFECYCLE, CommitmentChangeOrderMapper(), scope="project", posting_of="subcontract"
        ),
        Kind(subcontractor_invoice.LIFECYCLE, SubcontractorInvoiceMapper(), scope="project", posting_of="voucher"),
        Kind(invoice_payment.LIFECYCLE, InvoicePaymentMapper(), scope="project", posting_of="payment"),
        Kind(budget.LIFECYCLE, BudgetMapper(), scope="project", posting_of="change_item", shown_as_budget=True),
        Kind(budget_change.LIFECYCLE, BudgetChangeMapper(), scope="project", posting_of="change_item"),
        Kind(budget_modification.LIFECYCLE, BudgetModificationMapper(), scope="project", posting_of="change_item"),
        Kind(forecast.LIFECYCLE, ForecastMapper(), scope="project", posting_of="change_item"),
        Kind(prime_change_order.LIFECYCLE, PrimeChangeOrderMapper(), scope="project", posting_of="change_item"),
        Kind(unsupported.OWNER_INVOICE, Mapper(), scope="project"),
        Kind(unsupported.SUB_JOB, Mapper(), scope="project"),
    )
}


def watched_resources() -> list[str]:
    """The CMiC resources whose changes are looked for."""
    return sorted({r for k in KINDS.values() for r in (*([k.posting_of] if k.posting_of else []), *k.watches)})


def kind_of(key: str) -> Kind:
    """Raises MalformedKey for a text that names no object of a known kind."""
    object_id = parse_key(key)
    if object_id.kind not in KINDS:
        raise MalformedKey(f"there is no kind {object_id.kind!r}; known: {', '.join(KINDS)}")
    kind = KINDS[object_id.kind]
    if not _SCOPES[kind.scope].fullmatch(object_id.scope):
        raise MalformedKey(f"{key[:80]!r} names no {kind.name}: the third part is its {kind.scope.replace('_', ' ')}")
    return kind
