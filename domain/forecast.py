"""Cost forecasts: Estimated Cost at Completion as a PCI of its own type, or as projected cost (O-10, S-09, S-10).

A forecast is named by its month. A second export of the same month carries only what differs from what already stands in
CMiC of that month, so that its PCIs together are the current forecast and nothing counts twice; as projected cost it sets
the amounts anew, which is the same.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.budget import FORECAST_COLUMN, Budget, BudgetLine, forecasts, what_differs
from domain.export_rows import came_back, export_steps, resend_what_is_new, send_and_decide, unlink_and_watch
from domain.facts import Facts
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import on_known_codes
from domain.project import no_custom_segments
from domain.refusals import Refusal, refuse
from domain.settings import Forecast
from domain.states import Condition
from domain.states import State as S

KIND = "forecast"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class CostForecast(Budget):
    """The forecast of a month: `month` is YYYYMM."""

    month: int

    @property
    def title(self) -> str:
        return f"{month_name(self.month)} Procore Forecast Amounts"

    @property
    def what(self) -> str:
        return "forecast"

    @property
    def forecast_lines(self) -> list[BudgetLine]:
        return forecasts(self.lines)

    def business(self) -> dict[str, Any]:
        """The forecast alone: original amounts are the budget's matter."""
        shown = ("id", "cost_code", "category", "forecast", "to_complete")
        lines = [line.model_dump(mode="json", include=set(shown)) for line in self.forecast_lines]
        return {"month": self.month, "lines": lines, "custom_segments": self.custom_segments}


class ForecastFields(BaseModel):
    """What the approver may type: the PCI's code."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=11, pattern=r"^[A-Za-z0-9_.-]+$")
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def month_name(month: int) -> str:
    return MONTHS[month % 100 - 1] if 1 <= month % 100 <= 12 else str(month)


def forecasts_are_on(facts: Facts) -> list[Refusal]:
    """Where they go along with the budget, none goes by itself: it would count twice."""
    off = facts.settings.forecast_export is Forecast.OFF or facts.settings.forecast_with_budget
    return [refuse("export_switched_off", kind="forecast")] if off else []


def names_a_month(facts: Facts) -> list[Refusal]:
    month = facts.document.month
    known = 190001 <= month <= 299912 and 1 <= month % 100 <= 12
    return [] if known else [refuse("not_the_export_month", given=month)]


def has_amounts(facts: Facts) -> list[Refusal]:
    document: CostForecast = facts.document
    if not document.forecast_lines:
        return [refuse("no_forecast", column=FORECAST_COLUMN)]
    if facts.settings.forecast_export is Forecast.PROJECTED or what_differs(
        document.forecast_lines, facts.references.sent
    ):
        return []
    return [refuse("nothing_new", kind="forecast") if facts.references.sent else refuse("zero_total", kind="forecast")]


def lines_sit_on_codes(facts: Facts) -> list[Refusal]:
    return on_known_codes(facts, [line for line in facts.document.forecast_lines if line.forecast])


OWN_GUARDS = (forecasts_are_on, names_a_month, no_custom_segments, has_amounts, lines_sit_on_codes)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="ForecastLifecycle",
    label="forecast",
    rows=(
        *send_and_decide(OWN_GUARDS, ForecastFields, linked=S.SYNCED),
        *export_steps(OWN_GUARDS, ForecastFields, linked=S.SYNCED),
        *came_back(),
        *resend_what_is_new(OWN_GUARDS),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(PrerequisiteRow("project", Condition.JOB_EXISTS),),
)
