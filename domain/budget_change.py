"""Budget changes: one PCI for each line, approved, dated with the export; only after the budget was exported and is shown in
CMiC as budgeted cost (O-09, R-17, R-18)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import (
    Line,
    code_is_usable,
    has_lines,
    lines_add_up,
    lines_on_known_codes,
    title_and_description,
)
from domain.money import Amount
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "budget_change"
SUFFIX = 3
"""Characters that tell the PCIs of one change apart: a hyphen and two digits, or the digits alone from a hundred on."""


class BudgetChange(BaseModel):
    """A budget change. A line that takes money away (`from`) has a negative amount."""

    model_config = ConfigDict(frozen=True)

    id: int
    number: str = ""
    title: str = ""
    description: str = ""
    status: str = ""
    total: Amount | None = None
    lines: list[Line] = []

    @property
    def what(self) -> str:
        return "budget change"

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return True

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class BudgetChangeFields(BaseModel):
    """What the approver may type: the stem of the PCIs' codes, in place of the change's number."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=8, pattern=r"^[A-Za-z0-9_.-]+$")
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def status_is_approved(facts: Facts) -> list[Refusal]:
    status = facts.document.status
    return (
        [] if status == "approved" else [refuse("status_not_approved", kind="budget change", status=status or "empty")]
    )


def has_number(facts: Facts) -> list[Refusal]:
    """With room for the suffix of each line's PCI."""
    stem = str(facts.typed.get("erp_id") or facts.document.number)
    return code_is_usable(facts, stem, "The PCI number", facts.settings.limits.change_item - SUFFIX)


def texts_fit(facts: Facts) -> list[Refusal]:
    return title_and_description(facts, facts.settings.limits.change_item_title)


def no_empty_line(facts: Facts) -> list[Refusal]:
    empty = facts.document.lines and not any(line.amount for line in facts.document.lines)
    return [refuse("zero_total", kind="budget change")] if empty else []


OWN_GUARDS = (
    status_is_approved,
    has_number,
    texts_fit,
    has_lines,
    lines_on_known_codes,
    lines_add_up,
    no_empty_line,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="BudgetChangeLifecycle",
    label="budget change",
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
