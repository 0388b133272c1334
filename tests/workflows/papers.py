"""A good document of each kind that the steps in memory walk, and what the ledger would say of its surroundings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.budget import Budget, BudgetLine
from domain.commitment import Commitment, CommitmentLine, CommitmentType
from domain.facts import References
from domain.lines import Line
from domain.prime_change_order import PrimeChangeOrder
from domain.project import Project

COMMITMENT = Commitment(
    id=1,
    type=CommitmentType.SUBCONTRACT,
    number="SC-1",
    title="Concrete",
    status="Approved",
    vendor_id=4101,
    lines=[CommitmentLine(id=1, position=1, cost_code="03-100", category="S", amount=Decimal("10.00"))],
)
PRIME_CHANGE = PrimeChangeOrder(
    id=1,
    contract_id=2,
    number="PCO-1",
    title="Owner change",
    status="approved",
    dated=date(2026, 11, 10),
    total=Decimal("10.00"),
    lines=[Line(id=1, position=1, cost_code="03-100", category="S", amount=Decimal("10.00"))],
)
BUDGET = Budget(
    id=310,
    locked=True,
    lines=[BudgetLine(id=1, position=1, cost_code="03-100", category="S", amount=Decimal("10.00"))],
)
PROJECT = Project(id=310, name="Tower", number="1042")

DOCUMENTS: dict[str, Any] = {
    "commitment": COMMITMENT,
    "prime_change_order": PRIME_CHANGE,
    "budget": BUDGET,
    "project": PROJECT,
}
REFERENCES = References(erp_company="01", job="1042", vendor="ACME01", codes=frozenset({("03-100", "S")}))
