"""The rows of a budget view: one a WBS code, with its names and figures, filtered, sorted and grouped (procore-api §7).

That `cost_code` and `root_cost_code` read "03-100 - Concrete" is assumed after the filter options' labels; ids are safer.
A summary has one row for each combination of the groups, named by the last of them: assumed.
"""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import Any

from sandbox.procore.call import Call
from sandbox.procore.errors import ApiError
from sandbox.procore.resources.amounts import money_text
from sandbox.procore.resources.budget_figures import Figures, Row
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Record

GROUPS = {
    "project": ("project_id", "project"),
    "biller": ("biller_id", "biller"),
    "category": ("category_id", "category"),
    "cost_code": ("cost_code_id", "cost_code"),
    "root_cost_code": ("root_cost_code_id", "root_cost_code"),
    "cost_code_name": ("cost_code", "cost_code"),
    "root_cost_code_name": ("root_cost_code", "root_cost_code"),
}
_ORDER = ("root_cost_code", "cost_code", "category_id")
_FILTERS = {
    "cost_code_id": "cost_code_id",
    "cost_code_name": "cost_code",
    "root_cost_code_id": "root_cost_code_id",
    "root_cost_code_name": "root_cost_code",
    "category_id": "category_id",
    "budget_line_item_id": "id",
}


class BudgetRows:
    """The rows that one call asks for."""

    def __init__(self, call: Call, scope: Record, columns: list[Record]) -> None:
        self.call = call
        self.columns = columns
        self.scope = scope
        self.figures = Figures(call.house, scope)
        self._tree = CostCodeDesk(call.house, scope)
        self._names: dict[int, str] = {}
        project = call.house.books.get("projects", scope["project_id"]) or {}
        self._common = {
            "company_id": call.company["id"],
            "company": call.company["name"],
            "project_id": project["id"],
            "project": project["name"],
        }
        self.currency = {"currency_iso_code": call.company.get("base_currency")}

    def chosen(self) -> list[Record]:
        """The rows that pass the filters, in order, without their figures."""
        wanted = self.call.request.value("budget_row_type") or "budgeted"
        if wanted not in ("budgeted", "unbudgeted", "all"):
            raise ApiError(400, "budget_row_type must be budgeted, unbudgeted or all")
        kept = WbsCodeDesk(self.call.house, self.scope).rows()
        if wanted != "all":
            kept = [code for code in kept if (code["id"] in self.figures.lines) == (wanted == "budgeted")]
        return self._sorted([row for row in map(self._identity, kept) if self._passes(row)])

    def show(self, row: Record) -> Record:
        """A row with its figures."""
        figures = self.figures.of(row["wbs_code_id"])
        line = self.figures.lines.get(row["wbs_code_id"])
        unbudgeted = {} if line else {"unbudgeted_reason": "Cost Code and Cost Type have not been budgeted."}
        return {
            **row,
            "deletable": self.figures.deletable(row["wbs_code_id"]),
            "original_budget_amount": money_text(figures.original_budget_amount),
            "budget_modifications": money_text(figures.budget_modifications),
            "budget_forecast": _forecast(line or {}, figures),
            "currency_configuration": self.currency,
            **unbudgeted,
            **{column["key"]: money_text(getattr(figures, column["shows"])) for column in self.columns},
        }

    def _identity(self, code: Record) -> Record:
        path = self._tree.path(self._tree.get(code["cost_code_id"]))
        biller = self._tree.biller(path[-1])
        cost_type = self.call.house.books.get("line_item_types", code["line_item_type_id"]) or {}
        line = self.figures.lines.get(code["id"])
        return self._common | {
            **{name: biller[name] for name in ("biller_id", "biller", "biller_type")},
            "id": line["id"] if line else None,
            "wbs_code_id": code["id"],
            "cost_code_id": code["cost_code_id"],
            "cost_code": self._name(path[-1]),
            "cost_code_origin_id": path[-1]["origin_id"],
            "root_cost_code_id": path[0]["id"],
            "root_cost_code": self._name(path[0]),
            "category_id": code["line_item_type_id"],
            "category": cost_type.get("name"),
        }

    def _name(self, code: Record) -> str:
        if code["id"] not in self._names:
            self._names[code["id"]] = f"{self._tree.full_code(code)} - {code['name']}"
        return self._names[code["id"]]

    def _passes(self, row: Record) -> bool:
        request = self.call.request
        billers = request.values("biller")
        if billers and f"id={row['biller_id']},type={row['biller_type']}" not in billers:
            return False
        wanted = ((field, request.values(name)) for name, field in _FILTERS.items())
        return all(not values or str(row[field]) in values for field, values in wanted)

    def _sorted(self, rows: list[Record]) -> list[Record]:
        asked = [word.strip() for word in (self.call.request.value("sort") or "").split(",")]
        rows.sort(key=lambda row: [row[field] for field in _ORDER])
        for word in reversed(asked):
            field = word.lstrip("-")
            if field in ("biller_type", "project", "biller", "category_id", "cost_code", "root_cost_code"):
                rows.sort(key=itemgetter(field), reverse=word.startswith("-"))
        return rows


def _forecast(line: Record, figures: Row) -> Record:
    manual = figures.manual_forecast
    strategy = "itemized" if figures.itemized else "automatic" if manual is None else "lump_sum"
    return {
        "id": line.get("budget_forecast_id"),
        "manual_amount": None if manual is None else money_text(manual),
        "automatic_amount": money_text(figures.automatic_forecast),
        "amount": money_text(figures.forecast),
        "automatically_calculated": manual is None,
        "calculation_strategy": strategy,
        "notes": line.get("forecast_notes"),
    }


def summed(rows: BudgetRows, group_by: str) -> list[Record]:
    """One row for each combination of groups, e.g. `biller,root_cost_code`. Raises ApiError 400 for an unknown group."""
    words = [word.strip() for word in group_by.split(",")]
    if any(word not in GROUPS for word in words):
        raise ApiError(400, f"group_by must name {', '.join(GROUPS)}")
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for row in rows.chosen():
        groups.setdefault(tuple(row[GROUPS[word][0]] for word in words), []).append(row)
    return [_summary(rows, words[-1], members) for members in groups.values()]


def _summary(rows: BudgetRows, group: str, members: list[Record]) -> Record:
    figures = [rows.figures.of(row["wbs_code_id"]) for row in members]

    def total(name: str) -> str:
        return money_text(sum((getattr(one, name) for one in figures), Decimal(0)))

    number, name = GROUPS[group]
    return {
        "id": str(members[0][number]),
        "name": members[0][name],
        "biller_type": members[0]["biller_type"] if group == "biller" else None,
        "original_budget_amount": total("original_budget_amount"),
        "budget_modifications": total("budget_modifications"),
        "budget_forecast": {"amount": total("forecast")},
        "currency_configuration": rows.currency,
        **{column["key"]: total(column["shows"]) for column in rows.columns},
    }
