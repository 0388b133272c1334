"""Budget modifications (legacy): a transfer from one budget line to another, as a PCI that nets to zero (O-08, R-17).

A company uses modifications or changes; Procore answers 405 for the one that it doesn't use (procore-api §2).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.budget_change import BudgetChangeFields
from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import Line, lines_add_up, lines_on_known_codes, too_long
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "budget_modification"


class BudgetModification(BaseModel):
    """Its first line gives (a negative amount), its second takes."""

    model_config = ConfigDict(frozen=True)

    id: int
    notes: str = ""
    lines: list[Line] = []
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return f"Budget modification {self.id}"

    @property
    def what(self) -> str:
        return "budget modification"

    @property
    def total(self) -> Decimal | None:
        return None

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"origin_id"})


def has_a_source(facts: Facts) -> list[Refusal]:
    return [] if len(facts.document.lines) == 2 else [refuse("modification_without_source")]


def moves_something(facts: Facts) -> list[Refusal]:
    moves = any(line.amount for line in facts.document.lines)
    return [] if moves else [refuse("zero_total", kind="budget modification")]


def notes_fit(facts: Facts) -> list[Refusal]:
    limit = facts.settings.limits.scope
    return too_long([("The note", facts.document.notes, limit, "Procore, the budget modification's notes")])


OWN_GUARDS = (has_a_source, moves_something, notes_fit, lines_on_known_codes, lines_add_up)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="BudgetModificationLifecycle",
    label="budget modification",
    rows=(
        *send_and_decide(OWN_GUARDS, BudgetChangeFields),
        *export_steps(OWN_GUARDS, BudgetChangeFields),
        *came_back(),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("budget", Condition.BUDGETED),
    ),
)
