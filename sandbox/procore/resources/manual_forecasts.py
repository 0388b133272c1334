"""Manual forecast lines: what a forecast to complete is itemized into (procore-api §7).

Each belongs to a budget line, named by its id or its WBS code. The list is a bare array, the writes answer under `data`,
and the unit is free text. An amount that isn't given is quantity × unit cost: assumed.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, Invalid, missing_param, not_found
from sandbox.procore.resources.amounts import money_text, number
from sandbox.procore.resources.budget_lines import BudgetLineDesk
from sandbox.procore.values import Fields, Record, money, quantity, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()


class ManualForecastDesk(Desk):
    """Manual forecast lines of a project."""

    table = "manual_forecast_line_items"
    fields: Fields = {
        **dict.fromkeys(("description", "uom"), text),
        "quantity": whole,
        "unit_cost": quantity,
        "amount": money,
    }
    internal: Fields = {"budget_line_item_id": whole}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """An amount that the write didn't name follows from quantity and unit cost."""
        factors = row["quantity"] is not None and row["unit_cost"] is not None
        if factors and body.get("amount") is None and (before is None or {"quantity", "unit_cost"} & set(body)):
            row = {**row, "amount": money_text(number(row, "quantity") * number(row, "unit_cost"))}
        return {**row, "amount": row["amount"] or "0.0"}

    def check(self, row: Record, before: Record | None) -> Errors:
        """It belongs to a budget line."""
        return required(row, "budget_line_item_id")

    def show(self, row: Record) -> Record:
        """The only shape a manual forecast line has."""
        line = self.house.books.get("budget_line_items", row["budget_line_item_id"]) or {}
        company = self.house.books.get("companies", row["company_id"]) or {}
        kept = ("id", "budget_line_item_id", "project_id", "company_id", *self.fields, "created_at", "updated_at")
        return {name: row[name] for name in kept} | {
            "wbs_code_id": line.get("wbs_code_id"),
            "budget_forecast_id": line.get("budget_forecast_id"),
            "currency_configuration": {"currency_iso_code": company.get("base_currency")},
        }


def _desk(call: Call) -> ManualForecastDesk:
    return ManualForecastDesk(call.house, call.project_scope(), as_user=True)


def _parent(call: Call) -> Record:
    """The budget line that the body names. Raises ApiError."""
    lines = BudgetLineDesk(call.house, call.project_scope())
    try:
        line_id, wbs_code_id = whole(call.body.get("budget_line_item_id")), whole(call.body.get("wbs_code_id"))
    except ValueError as error:
        raise Invalid({"budget_line_item_id": [str(error)]}) from None
    if line_id is None and wbs_code_id is None:
        raise missing_param("budget_line_item_id")
    wbs_code = lines.wbs_codes.find(wbs_code_id)
    line = lines.find(line_id) if line_id is not None else wbs_code and lines.on_code(wbs_code)
    if line is None:
        raise not_found("Budget line item")
    return line


def _own(call: Call, desk: ManualForecastDesk) -> Record:
    """The named line, which must be one of the named budget line. Raises ApiError."""
    row = desk.get(call.path_id())
    if _parent(call)["id"] != row["budget_line_item_id"]:
        raise not_found()
    return row


def _body(call: Call) -> Record:
    return {name: value for name, value in call.body.items() if name in ManualForecastDesk.fields}


def list_forecasts(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/manual_forecast_line_items: not paginated."""
    desk = _desk(call)
    return Reply(200, [desk.show(row) for row in desk.rows()])


def create_forecast(call: Call) -> Reply:
    """POST /rest/v1.0/projects/{project_id}/manual_forecast_line_items."""
    desk = _desk(call)
    return Reply(201, {"data": desk.show(desk.create({**_body(call), "budget_line_item_id": _parent(call)["id"]}))})


def change_forecast(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/{project_id}/manual_forecast_line_items/{id}."""
    desk = _desk(call)
    return Reply(200, {"data": desk.show(desk.update(_own(call, desk), _body(call)))})


def delete_forecast(call: Call) -> Reply:
    """DELETE /rest/v1.0/projects/{project_id}/manual_forecast_line_items/{id}."""
    desk = _desk(call)
    call.house.books.remove(desk.table, _own(call, desk)["id"])
    return Reply(204)


_BASE = "/rest/v1.0/projects/{project_id}/manual_forecast_line_items"
ROUTES.add("GET", _BASE, list_forecasts)
ROUTES.add("POST", _BASE, create_forecast)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_forecast)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_forecast)
