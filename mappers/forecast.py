"""A month's forecast to a PCI of the forecast type, or to the projected cost of each cost code and category (O-10;
requirements §3, forecast; cmic-api §4.7, A-16). The Forecast to Complete travels in the PCI's scope."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.budget import BudgetLine, forecast_amounts, forecasts, what_differs
from domain.facts import Prerequisite
from domain.forecast import CostForecast, month_name
from domain.identity import ObjectId
from domain.lines import Pair
from domain.money import cents, shown
from domain.records import Group, Plan
from domain.settings import Forecast
from mappers.base import Mapper, needs_job, text_of
from mappers.change_item import Item, change_item, code_field, first_part, header_table, line_table, next_code
from mappers.codes import CODE, going_along
from mappers.fields import Export, Field, Source, Table

_FORECAST = "§3 forecast"
HEADER = header_table(
    "forecast",
    code_field("(F with the month and the export's number, or typed)", "O-10"),
    Field("type", "(setting: forecast_type)", lambda s: s.export.settings.forecast_type, "S-09"),
    Field("title", "month of export + Procore Forecast Amounts", lambda s: _title(s), "O-10"),
    Field("reference_date", "(export date)", lambda s: s.export.on, _FORECAST),
    Field("scope", "forecast to complete", lambda s: _to_complete(s.document.lines), "O-10"),
)
LINE = line_table("forecast line", HEADER, "estimated cost at completion", "", _FORECAST)
PROJECTED = Table(
    "forecast (projected cost)",
    "job_code",
    key=CODE.key,
    values=(Field("projected", "estimated cost at completion", lambda s: s.more, "O-10, S-10"),),
)


def forecast_item(export: Export, code: str, part: str, sent: dict[str, Decimal]) -> Group:
    """The PCI of what differs from what was sent."""
    items = [Item(pair, amount) for pair, amount in what_differs(forecasts(export.document.lines), sent).items()]
    return change_item((HEADER, LINE), export, items, code=code, part=part, label=f"forecast {code}")


class ForecastMapper(Mapper):
    document = CostForecast
    tables = (HEADER, LINE, PROJECTED)

    def read(self, raw: dict[str, Any]) -> CostForecast:
        return CostForecast(
            id=raw["project_id"],
            month=raw["id"],
            custom_segments=raw.get("custom_segments") or [],
            view=text_of(raw.get("view") or {}, "name"),
            lines=[read_line(line, position) for position, line in enumerate(raw["lines"], start=1)],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return [needs_job(object_id)]

    def plan(self, export: Export) -> Plan:
        forecast: CostForecast = export.document
        wanted = forecast_amounts(forecast.forecast_lines)
        along = going_along(export, (pair for pair, amount in wanted.items() if amount))
        if export.settings.forecast_export is Forecast.PROJECTED:
            there = {p: a for p, a in wanted.items() if a or p in export.references.codes}
            return Plan(groups=[*along, *(_projected(export, pair, amount) for pair, amount in there.items())])
        code = next_code(export, f"F{forecast.month}")
        return Plan(groups=[*along, forecast_item(export, code, first_part(export, code), export.references.sent)])


def _projected(export: Export, pair: Pair, amount: Decimal) -> Group:
    record = PROJECTED.record(Source(export, pair, amount), part=f"projected:{'/'.join(pair)}", label=" ".join(pair))
    return Group(header=record, updates=True, may_exist=True, common=True)


def _title(source: Source) -> str:
    month = getattr(source.document, "month", None) or source.export.on.month
    return f"{month_name(month)} Procore Forecast Amounts"


def _to_complete(lines: list[BudgetLine], most: int = 4000) -> str | None:
    """Forecast to Complete line by line, or only its sum where that doesn't fit."""
    known = [(line, cents(line.to_complete)) for line in lines if line.to_complete is not None]
    if not known:
        return None
    total = f"Forecast to complete: {shown(sum((amount for _, amount in known), Decimal(0)))}"
    each = "; ".join(f"{line.cost_code} {line.category} {shown(amount)}" for line, amount in known if amount)
    return f"{total} ({each})" if each and len(total) + len(each) + 3 <= most else total


def read_line(raw: dict[str, Any], position: int) -> BudgetLine:
    return BudgetLine(
        id=raw["id"],
        position=position,
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
        amount=raw.get("original_budget_amount") or 0,
        forecast=raw.get("estimated_cost_at_completion"),
        to_complete=raw.get("forecast_to_complete"),
    )
