"""The lines of a budget (procore-api §7): one a WBS code, with the original amount.

While the budget is locked the original amounts stay: nothing of a line changes, none is deleted, and one that is added
must be at zero (erp-tool-behaviour B-07 and Procore's support pages; the status 422 is assumed). The sync is a POST that
answers a bare array, so here a refused row refuses it as a whole.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import ApiError, Errors, Invalid, missing_param
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number
from sandbox.procore.resources.budgets import MODIFICATIONS, BudgetDesk
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.sync import MOST_ROWS
from sandbox.procore.values import Fields, Record, choice, money, quantity, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

LOCKED = "can't be changed: the budget is locked"
_FROZEN = ("wbs_code_id", "original_budget_amount", "uom", "quantity", "unit_cost", "calculation_strategy")


class BudgetLineDesk(Desk):
    """Budget lines of a project. `forecast` is the forecast to complete that a person typed, `estimated_cost_at_completion`
    what a view's formula yields where that isn't cost plus forecast."""

    table = "budget_line_items"
    fields: Fields = {
        "wbs_code_id": whole,
        "original_budget_amount": money,
        "uom": text,
        "quantity": quantity,
        "unit_cost": quantity,
        "calculation_strategy": choice("automatic", "manual"),
    }
    internal: Fields = {
        **dict.fromkeys(("cost_code_id", "line_item_type_id", "budget_forecast_id"), whole),
        **dict.fromkeys(("forecast", "estimated_cost_at_completion"), money),
        "forecast_notes": text,
    }

    def __init__(self, house: House, scope: Record, *, as_user: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        self.wbs_codes = WbsCodeDesk(house, scope)
        company = house.books.get("companies", scope.get("company_id")) or {}
        self._currency = {"currency_iso_code": company.get("base_currency")}

    def on_code(self, wbs_code: Record) -> Record | None:
        """The live line of a WBS code."""
        pair = {name: wbs_code[name] for name in ("cost_code_id", "line_item_type_id")}
        rows = self.house.books.find(self.table, **self.scope, **pair, **LIVE)
        return rows[0] if rows else None

    def ensure(self, wbs_code: Record) -> Record:
        """The line of a WBS code; one at zero is added to the budget if there is none."""
        own = type(self)(self.house, self.scope, as_user=True)
        return own.on_code(wbs_code) or own.create({"wbs_code_id": wbs_code["id"]})

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The WBS code's parts, the id of its forecast, and the amount of an automatic line."""
        wbs_code = self.wbs_codes.find(row["wbs_code_id"]) or {}
        row = {**row, **{name: wbs_code.get(name) for name in ("cost_code_id", "line_item_type_id")}}
        if row["budget_forecast_id"] is None:
            row["budget_forecast_id"] = self.house.books.next_id()
        if row["calculation_strategy"] is None:
            by_units = row["quantity"] and row["unit_cost"] and row["original_budget_amount"] is None
            row["calculation_strategy"] = "automatic" if by_units else "manual"
        if row["calculation_strategy"] == "automatic":
            row["original_budget_amount"] = money_text(number(row, "quantity") * number(row, "unit_cost"))
        return {**row, "original_budget_amount": row["original_budget_amount"] or "0.0"}

    def check(self, row: Record, before: Record | None) -> Errors:
        """The WBS code must exist and have no other line, the unit must be known, and what is locked stays."""
        errors: Errors = {}
        if row["cost_code_id"] is None:
            errors["wbs_code_id"] = ["can't be blank" if row["wbs_code_id"] is None else "must exist"]
        else:
            other = self.on_code(row)
            if other is not None and other["id"] != row["id"]:
                errors["wbs_code_id"] = ["has already been taken"]
        units = self.house.books.find("uoms", company_id=row["company_id"], name=row["uom"], deleted_at=None)
        if row["uom"] and not units:
            errors["uom"] = ["is not in the company's list of units of measure"]
        return errors | self._lock_errors(row, before)

    def _lock_errors(self, row: Record, before: Record | None) -> Errors:
        if self.as_user or not BudgetDesk(self.house, self.scope).now["locked"]:
            return {}
        if before is None:
            added = number(row, "original_budget_amount")
            return {"original_budget_amount": ["must be zero while the budget is locked"]} if added else {}
        return {name: [LOCKED] for name in _FROZEN if row[name] != before[name]}

    def after(self, row: Record, before: Record | None) -> Record:
        """The line's cost code is budgeted, and has the cost type."""
        if before is None or before["wbs_code_id"] != row["wbs_code_id"]:
            CostCodeDesk(self.house, self.scope).budget(row["cost_code_id"], row["line_item_type_id"])
        return row

    def used(self, row: Record) -> bool:
        """Whether modifications, budget changes or commitments stand on the line, so that it can't be deleted."""
        books, name = self.house.books, "wbs_code_id"
        moved = books.find(MODIFICATIONS, **self.scope, **LIVE)
        if any(row["id"] in (one["from_budget_line_item_id"], one["to_budget_line_item_id"]) for one in moved):
            return True
        changes = books.find("budget_changes", **self.scope, **LIVE)
        lines = [line for change in changes if change["status"] != "void" for line in change["adjustment_line_items"]]
        lines += books.find("line_items", project_id=row["project_id"], cost_code_id=row["cost_code_id"])
        return any(line[name] == row[name] for line in lines)

    def delete(self, row: Record) -> None:
        """Take a line out. Raises Invalid while the budget is locked or the line is used."""
        if not self.as_user and BudgetDesk(self.house, self.scope).now["locked"]:
            raise Invalid({"base": [LOCKED]})
        if self.used(row):
            raise Invalid({"base": ["can't be deleted: modifications, changes or costs stand on it"]})
        for item in self.house.books.find("manual_forecast_line_items", budget_line_item_id=row["id"], **self.scope):
            self.house.books.remove("manual_forecast_line_items", item["id"])
        self.house.books.remove(self.table, row["id"])
        if not self.house.books.find(self.table, cost_code_id=row["cost_code_id"], **self.scope, **LIVE):
            self.house.books.change("cost_codes", row["cost_code_id"], {"budgeted": False})

    def show(self, row: Record) -> Record:
        """The shape of v1.1, whose amounts and quantities are numbers."""
        wbs_code = self.wbs_codes.find(row["wbs_code_id"])
        numbers = ("original_budget_amount", "quantity", "unit_cost")
        return {
            "id": row["id"],
            **{name: None if row[name] is None else Decimal(row[name]) for name in numbers},
            "uom": row["uom"],
            "calculation_strategy": row["calculation_strategy"],
            "wbs_code": self.wbs_codes.flat(wbs_code) if wbs_code else None,
            "currency_configuration": self._currency,
        }


def _desk(call: Call) -> BudgetLineDesk:
    return BudgetLineDesk(call.house, call.project_scope())


def create_line(call: Call) -> Reply:
    """POST /rest/v1.1/budget_line_items."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("budget_line_item"))))


def show_line(call: Call) -> Reply:
    """GET /rest/v1.1/budget_line_items/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_line(call: Call) -> Reply:
    """PATCH /rest/v1.1/budget_line_items/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("budget_line_item"))))


def delete_line(call: Call) -> Reply:
    """DELETE /rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items/{id}."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(204)


def sync_lines(call: Call) -> Reply:
    """POST /rest/v1.0/budget_line_items/sync: rows with an id are changed, the others added or matched by WBS code."""
    desk = _desk(call)
    rows = call.body.get("budget_line_items")
    if not isinstance(rows, list):
        raise missing_param("budget_line_items")
    if len(rows) > MOST_ROWS:
        raise ApiError(400, f"At most {MOST_ROWS} budget_line_items are allowed")
    return Reply(200, [desk.show(_synced(desk, row)) for row in rows])


def _synced(desk: BudgetLineDesk, row: Record) -> Record:
    if not isinstance(row, dict):
        raise Invalid({"base": ["is not an object"]})
    try:
        line_id, wbs_code = whole(row.get("id")), desk.wbs_codes.find(whole(row.get("wbs_code_id")))
    except ValueError as error:
        raise Invalid({"id": [str(error)]}) from None
    found = desk.find(line_id) if line_id is not None else wbs_code and desk.on_code(wbs_code)
    if line_id is not None and found is None:
        raise Invalid({"id": ["Entity with this ID not found"]})
    return desk.update(found, row) if found else desk.create(row)


_OWN = {422: "message"}
_V20 = "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items/{id}"
ROUTES.add("POST", "/rest/v1.1/budget_line_items", create_line, shapes=_OWN)
ROUTES.add("GET", "/rest/v1.1/budget_line_items/{id}", show_line)
ROUTES.add("PATCH", "/rest/v1.1/budget_line_items/{id}", change_line, shapes=_OWN)
ROUTES.add("DELETE", _V20, delete_line)
ROUTES.add("POST", "/rest/v1.0/budget_line_items/sync", sync_lines, shapes=_OWN)
