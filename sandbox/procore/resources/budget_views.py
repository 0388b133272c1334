"""Budget views of a company and what they show of a project's budget (procore-api §7).

A row holds the standard fields and one more key for each source or formula column of the view, among them perhaps "Estimated
Cost at Completion". How Procore spells those keys isn't published: here a column's `key` is part of the view's record and is
the `id` that the column list shows. Whether that list has formula columns is open, too, and a switch.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.oauth import PERSON
from sandbox.procore.paging import listed
from sandbox.procore.resources.budget_figures import FIGURES
from sandbox.procore.resources.budget_rows import BudgetRows, summed
from sandbox.procore.values import Fields, Record, text
from sandbox.procore.web import Reply

ROUTES = api_routes()

_STANDARD = (
    ("biller", "Sub Job"), ("root_cost_code", "Division"), ("cost_code", "Cost Code"), ("cost_type", "Cost Type"),
)  # fmt: skip
_AMOUNTS = (
    ("original_budget_amount", "Original Budget Amount"), ("budget_modifications", "Budget Modifications"),
    ("budget_forecast", "Forecast to Complete"),
)  # fmt: skip
_TYPES = ("source", "formula")


def _columns(value: Any) -> list[Record]:
    """`[{key, name, shows, type}]`: `shows` is one of the figures, `type` is source or formula."""
    columns = [{"type": "source", **column} for column in value or []]
    for column in columns:
        if set(column) != {"key", "name", "shows", "type"} or column["type"] not in _TYPES:
            raise ValueError("needs key, name, shows and a type of source or formula in each column")
        if column["shows"] not in FIGURES:
            raise ValueError(f"can show {', '.join(FIGURES)}")
    return columns


class BudgetViewDesk(Desk):
    """Budget views of a company; every project has all of them."""

    table = "budget_views"
    fields: Fields = {}
    internal: Fields = {"name": text, "description": text, "role": text, "columns": _columns}
    blank: Record = {"role": "standard", "columns": []}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A view has a name."""
        return required(row, "name")

    def show(self, row: Record) -> Record:
        """As the list has it."""
        base = f"/rest/v1.0/budget_views/{row['id']}"
        names = ("id", "name", "description", "role", "created_at", "updated_at")
        return {name: row[name] for name in names} | {
            "created_by": {name: PERSON[name] for name in ("id", "name", "login")},
            "links": {name: f"{base}/{name}" for name in ("detail_rows", "summary_rows")},
        }


def _desk(call: Call) -> BudgetViewDesk:
    return BudgetViewDesk(call.house, {"company_id": call.company["id"]})


def _rows(call: Call) -> BudgetRows:
    scope = call.project_scope()
    view = _desk(call).get(call.path_id("budget_view_id"))
    return BudgetRows(call, scope, view["columns"])


def list_views(call: Call) -> Reply:
    """GET /rest/v1.0/budget_views."""
    if call.parameter("project_id") is not None:
        call.project()
    desk = _desk(call)
    newest_first = (call.request.value("sort") or "").startswith("-")
    rows = sorted(desk.rows(), key=lambda row: (row["created_at"], row["id"]), reverse=newest_first)
    return listed(call, rows, desk.show)


def list_columns(call: Call) -> Reply:
    """GET /rest/v1.0/budget_views/{budget_view_id}/budget_detail_columns: not paginated."""
    call.project()
    view = _desk(call).get(call.path_id("budget_view_id"))
    kinds = _TYPES if call.house.assumptions.formula_columns_listed else ("source",)
    own = [(column["key"], column["name"]) for column in view["columns"] if column["type"] in kinds]
    slugs = [_column(key, name, -len(_STANDARD) + at, "standard") for at, (key, name) in enumerate(_STANDARD)]
    amounts = [_column(key, name, at, "standard") for at, (key, name) in enumerate(_AMOUNTS)]
    sources = [_column(key, name, len(_AMOUNTS) + at, "source") for at, (key, name) in enumerate(own)]
    return Reply(200, [*slugs, *amounts, *sources])


def _column(key: str, name: str, position: int, kind: str) -> Record:
    groups = position < 0
    more = {"aggregatable": not groups, "filterable": groups, "groupable": groups}
    return {"id": key, "name": name, "position": position, "type": kind, **more}


def detail_rows(call: Call) -> Reply:
    """GET /rest/v1.0/budget_views/{budget_view_id}/detail_rows: the budgeted ones, unless others are asked for."""
    rows = _rows(call)
    return listed(call, rows.chosen(), rows.show)


def summary_rows(call: Call) -> Reply:
    """GET /rest/v1.0/budget_views/{budget_view_id}/summary_rows."""
    rows = _rows(call)
    return listed(call, summed(rows, call.request.value("group_by") or "biller,root_cost_code"), dict)


_BASE = "/rest/v1.0/budget_views"
ROUTES.add("GET", _BASE, list_views)
ROUTES.add("GET", f"{_BASE}/{{budget_view_id}}/budget_detail_columns", list_columns)
ROUTES.add("GET", f"{_BASE}/{{budget_view_id}}/detail_rows", detail_rows)
ROUTES.add("GET", f"{_BASE}/{{budget_view_id}}/summary_rows", summary_rows)
