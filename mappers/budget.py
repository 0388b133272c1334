"""A budget to a PCI of the original-budget type (O-07; requirements §3, budget). Procore's budget has no place for an id."""

from __future__ import annotations

from typing import Any

from domain.budget import Budget, what_is_new
from domain.facts import Prerequisite
from domain.identity import ObjectId
from domain.records import Plan
from mappers.base import Mapper, needs_job, text_of
from mappers.change_item import (
    Item,
    change_item,
    code_field,
    first_part,
    header_table,
    line_table,
    next_code,
    pair_of,
)
from mappers.codes import going_along
from mappers.fields import Export, Field
from mappers.forecast import forecast_item, read_line

STEM = "BUD"
_BUDGET = "§3 budget"
HEADER = header_table(
    "budget",
    code_field("(BUD-01, -02 ... for each export, or typed)", "O-07"),
    Field("type", "(setting: budget_type)", lambda s: s.export.settings.budget_type, "R-18, S-08"),
    Field("title", "(Original budget, with the export's number)", lambda s: _title(s.more["code"]), "O-07"),
    Field("reference_date", "(export date)", lambda s: s.export.on, "O-07"),
)
LINE = line_table("budget line", HEADER, "original budget", "original budget, by setting (S-19)", _BUDGET)


class BudgetMapper(Mapper):
    document = Budget
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> Budget:
        return Budget(
            id=raw["project_id"],
            locked=bool(raw["locked"]),
            custom_segments=raw.get("custom_segments") or [],
            view=text_of(raw.get("view") or {}, "name"),
            lines=[read_line(line, position) for position, line in enumerate(raw["lines"], start=1)],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return [needs_job(object_id)]

    def plan(self, export: Export) -> Plan:
        """What is new, as one PCI; the forecast along with it where the setting says so."""
        new = what_is_new(export.document, export.references, export.settings)
        bills = export.settings.billing_on_budgets
        items = [Item(pair, amount, amount if bills else None) for pair, amount in new.items()]
        code = next_code(export, STEM)
        forecast = forecast_item(export, f"{code}F", f"forecast {code}", export.references.sent_along)
        along = export.settings.forecast_with_budget and bool(forecast.lines)
        forecast_pairs = [pair_of(line) for line in forecast.lines] if along else []
        groups = going_along(export, [*new, *forecast_pairs])
        if items:
            part, label = first_part(export, code), export.document.title
            groups.append(change_item((HEADER, LINE), export, items, code=code, part=part, label=label))
        return Plan(groups=[*groups, forecast.model_copy(update={"aside": True})] if along else groups)


def _title(code: object) -> str:
    return f"Original budget ({code})"
