"""Budget modifications, the older way to move budget between lines (procore-api §7).

A company that has gone over to budget changes may only read them: every write is a 405 with `Allow: GET`. A modification
without a line to take from needs a setting. That the budget must be locked is assumed, and a switch.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import ApiError, Errors
from sandbox.procore.house import House
from sandbox.procore.paging import listed
from sandbox.procore.resources.budgets import MODIFICATIONS, BudgetDesk
from sandbox.procore.values import Fields, Record, money, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

_SIDES = ("from_budget_line_item_id", "to_budget_line_item_id")


def uses_changes(house: House, company_id: int) -> bool:
    """Whether a company has gone over from budget modifications to budget changes."""
    company = house.books.get("companies", company_id) or {}
    return bool(company.get("uses_budget_changes", True))


class BudgetModificationDesk(Desk):
    """Budget modifications of a project."""

    table = MODIFICATIONS
    fields: Fields = {
        **dict.fromkeys(_SIDES, whole),
        **dict.fromkeys(("notes", "origin_data"), text),
        "transfer_amount": money,
        "origin_id": origin,
    }

    def check(self, row: Record, before: Record | None) -> Errors:
        """Both lines are of this budget and differ, and the budget is locked."""
        budget = BudgetDesk(self.house, self.scope).now
        needed = _SIDES[1:] if budget["allow_grand_total_modifications"] else _SIDES
        errors = required(row, *needed, "transfer_amount")
        for name in _SIDES:
            line = self.house.books.get("budget_line_items", row[name])
            if row[name] and (line is None or line["project_id"] != row["project_id"]):
                errors[name] = ["must exist"]
        if row[_SIDES[1]] and row[_SIDES[0]] == row[_SIDES[1]]:
            errors[_SIDES[1]] = ["must be another line than the one to take from"]
        if not budget["locked"] and self.house.assumptions.modifications_need_a_lock:
            errors["base"] = ["the budget isn't locked"]
        return errors

    def show(self, row: Record) -> Record:
        """The only shape a modification has."""
        return {name: row[name] for name in ("id", *self.fields, "created_at", "updated_at")}


def _desk(call: Call) -> BudgetModificationDesk:
    return BudgetModificationDesk(call.house, call.project_scope())


def _writer(call: Call) -> BudgetModificationDesk:
    desk = _desk(call)
    if uses_changes(call.house, desk.scope["company_id"]):
        text = "Budget Modifications are no longer available: the company has migrated to Budget Changes"
        raise ApiError(405, text, headers={"Allow": "GET"})
    return desk


def list_modifications(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/budget_modifications."""
    desk = _desk(call)
    return listed(call, desk.rows(), desk.show)


def create_modification(call: Call) -> Reply:
    """POST /rest/v1.0/projects/{project_id}/budget_modifications."""
    desk = _writer(call)
    return Reply(201, desk.show(desk.create(call.wrapped("budget_modification"))))


def show_modification(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/budget_modifications/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_modification(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/{project_id}/budget_modifications/{id}."""
    desk = _writer(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("budget_modification"))))


def delete_modification(call: Call) -> Reply:
    """DELETE /rest/v1.0/projects/{project_id}/budget_modifications/{id}."""
    desk = _writer(call)
    call.house.books.remove(desk.table, desk.get(call.path_id())["id"])
    return Reply(200)


_BASE = "/rest/v1.0/projects/{project_id}/budget_modifications"
ROUTES.add("GET", _BASE, list_modifications)
ROUTES.add("POST", _BASE, create_modification)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_modification)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_modification)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_modification)
