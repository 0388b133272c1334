"""Budgets: original amounts as a PCI of the original-budget type, which a person posts in CMiC (O-07, R-17, R-18, R-21).

A first export closes the import for good. Until CMiC shows what was exported as budgeted cost, nothing more of the budget
leaves; a later export carries what is new.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, resend_what_is_new, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import Line, Pair, has_lines, on_known_codes
from domain.money import Amount, spread
from domain.project import no_custom_segments
from domain.refusals import Refusal, refuse
from domain.settings import ExportSettings
from domain.states import Condition, Posting
from domain.states import State as S

KIND = "budget"
FORECAST_COLUMN = "Estimated Cost at Completion"


class BudgetLine(Line):
    """A budget line: its original amount; the forecast where the budget view has one."""

    forecast: Amount | None = None
    """Estimated Cost at Completion."""
    to_complete: Amount | None = None
    """Forecast to Complete."""


class Budget(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    locked: bool = False
    custom_segments: list[str] = []
    view: str = ""
    lines: list[BudgetLine] = []

    @property
    def title(self) -> str:
        return f"Budget of project {self.id}"

    @property
    def what(self) -> str:
        return "budget"

    @property
    def total(self) -> None:
        return None

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return True

    def business(self) -> dict[str, Any]:
        """Not the forecast: other documents move it. One that goes along is that of the approved snapshot."""
        body = self.model_dump(mode="json", exclude={"view", "lines"})
        forecast = {"forecast", "to_complete"}
        return {**body, "lines": [line.model_dump(mode="json", exclude=forecast) for line in self.lines]}


class BudgetFields(BaseModel):
    """What the approver may type: the PCI's code (a forecast that goes along gets an F behind it), and that the import is
    closed for good (needed for the first export)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=10, pattern=r"^[A-Za-z0-9_.-]+$")
    confirm_import_closed: bool | None = None
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def by_pair(lines: list[BudgetLine]) -> dict[Pair, Decimal]:
    """The original amount of each cost code and category in whole cents; a residual goes to the largest (domain/money)."""
    sums: dict[Pair, Decimal] = {}
    for line in lines:
        sums[line.pair] = sums.get(line.pair, Decimal(0)) + line.amount
    return dict(zip(sums, spread(list(sums.values())), strict=True))


def pairs_of(sent: dict[str, Decimal]) -> list[Pair]:
    """The cost codes and categories of what was sent."""
    return [(code, category) for code, _, category in (spot.rpartition("/") for spot in sent)]


def forecasts(lines: list[BudgetLine]) -> list[BudgetLine]:
    return [line for line in lines if line.forecast is not None]


def forecast_amounts(lines: list[BudgetLine]) -> dict[Pair, Decimal]:
    """The Estimated Cost at Completion of each cost code and category in whole cents (domain/money, spread)."""
    sums: dict[Pair, Decimal] = {}
    for line in lines:
        sums[line.pair] = sums.get(line.pair, Decimal(0)) + (line.forecast or Decimal(0))
    return dict(zip(sums, spread(list(sums.values())), strict=True))


def what_differs(lines: list[BudgetLine], sent: dict[str, Decimal]) -> dict[Pair, Decimal]:
    """Forecasts less what stands in CMiC of them already; what is no longer forecast is taken back."""
    wanted = {**dict.fromkeys(pairs_of(sent), Decimal(0)), **forecast_amounts(lines)}
    found = {pair: amount - sent.get("/".join(pair), Decimal(0)) for pair, amount in wanted.items()}
    return {pair: amount for pair, amount in found.items() if amount}


def what_is_new(budget: Budget, references: References, settings: ExportSettings) -> dict[Pair, Decimal]:
    """What an export carries: amounts less what stands in CMiC of earlier exports; what is gone from the budget is taken back.
    A first export carries zeros, too, where the setting wants codes without money in CMiC (R-21)."""
    new: dict[Pair, Decimal] = {}
    amounts = {**dict.fromkeys(pairs_of(references.sent), Decimal(0)), **by_pair(budget.lines)}
    for pair, amount in amounts.items():
        before = references.sent.get("/".join(pair))
        if amount != (before or 0) or (before is None and not amount and settings.zero_dollar_codes):
            new[pair] = amount - (before or Decimal(0))
    return new


def is_locked(facts: Facts) -> list[Refusal]:
    return [] if facts.document.locked else [refuse("budget_unlocked")]


def lines_sit_on_codes(facts: Facts) -> list[Refusal]:
    """Of the lines that would go: those without money needn't, where they are left out."""
    zero, along = facts.settings.zero_dollar_codes, facts.settings.forecast_with_budget
    going = [line for line in facts.document.lines if zero or line.amount or (along and line.forecast)]
    return on_known_codes(facts, going)


def has_something_new(facts: Facts) -> list[Refusal]:
    document, references = facts.document, facts.references
    along = facts.settings.forecast_with_budget and what_differs(forecasts(document.lines), references.sent_along)
    if not document.lines or what_is_new(document, references, facts.settings) or (references.sent and along):
        return []
    return [refuse("nothing_new", kind="budget") if facts.references.sent else refuse("zero_total", kind="budget")]


def has_a_forecast(facts: Facts) -> list[Refusal]:
    """Where forecasts go along, the budget view needs the column of that exact name (erp-tool-behaviour B-06)."""
    missing = facts.document.lines and all(line.forecast is None for line in facts.document.lines)
    return [refuse("no_forecast", column=FORECAST_COLUMN)] if facts.settings.forecast_with_budget and missing else []


def last_export_is_budgeted(facts: Facts) -> list[Refusal]:
    """R-17: no resend until the accountant has posted the last export and CMiC shows it as budgeted cost."""
    return [] if facts.budgeted and facts.seen is Posting.POSTED else [refuse("not_budgeted_yet")]


def import_is_closed_knowingly(facts: Facts) -> list[Refusal]:
    """The first export closes the import of this budget for good: the approver confirms it (R-17, B-01)."""
    asked = not facts.linked and not facts.typed.get("confirm_import_closed")
    return [refuse("confirmation_needed")] if asked else []


OWN_GUARDS = (is_locked, no_custom_segments, has_lines, lines_sit_on_codes, has_something_new, has_a_forecast)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="BudgetLifecycle",
    label="budget",
    rows=(
        *send_and_decide(OWN_GUARDS, BudgetFields, linked=S.SYNCED, on_accept=(import_is_closed_knowingly,)),
        *export_steps(OWN_GUARDS, BudgetFields, linked=S.SYNCED, on_accept=(import_is_closed_knowingly,)),
        *came_back(),
        *resend_what_is_new((last_export_is_budgeted, *OWN_GUARDS)),
        *unlink_and_watch(looks=True),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(PrerequisiteRow("project", Condition.JOB_EXISTS),),
)
