"""Billing periods of a project (procore-api §9)."""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.paging import chosen, listed
from sandbox.procore.values import Fields, Record, choice, day
from sandbox.procore.web import Reply

ROUTES = api_routes()


class BillingPeriodDesk(Desk):
    """Billing periods."""

    table = "billing_periods"
    fields: Fields = {**dict.fromkeys(("start_date", "end_date", "due_date"), day), "status": choice("open", "closed")}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """Its place at the end."""
        return {**row, "position": len(self.rows()) + 1} if before is None else row

    def check(self, row: Record, before: Record | None) -> Errors:
        """All four fields are needed, and the end isn't before the start."""
        errors = required(row, *self.fields)
        if not errors and row["end_date"] < row["start_date"]:
            errors["end_date"] = ["must be on or after the start date"]
        return errors

    def show(self, row: Record) -> Record:
        """The only shape a period has."""
        names = (*self.fields, "id", "position", "project_id", "created_at", "updated_at")
        return {name: row[name] for name in names}


def _desk(call: Call) -> BillingPeriodDesk:
    return BillingPeriodDesk(call.house, call.project_scope())


def list_periods(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/billing_periods."""
    desk = _desk(call)
    return listed(call, chosen(call, desk.rows(), "id", "created_at", "updated_at", "status"), desk.show)


def create_period(call: Call) -> Reply:
    """POST /rest/v1.0/projects/{project_id}/billing_periods."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("billing_period"))))


def show_period(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/billing_periods/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


_BASE = "/rest/v1.0/projects/{project_id}/billing_periods"
ROUTES.add("GET", _BASE, list_periods)
ROUTES.add("POST", _BASE, create_period)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_period, exception_404=True)
