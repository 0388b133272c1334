"""Budget changes, the newer way to move budget between codes, with their lines (procore-api §7).

Replies are under `data` already in v1.0, and there is no origin_id. Refused creations are a 400 with `{errors}`, the only
refusal published for them. That the number is unique in a project, and that a company which hasn't migrated can't write
them (403), is assumed. An approved change's code that wasn't budgeted gets a budget line at zero.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import ApiError, Errors, Invalid, sentence
from sandbox.procore.resources.amounts import total
from sandbox.procore.resources.budget_change_lines import LineWriter, line_bodies
from sandbox.procore.resources.budget_lines import BudgetLineDesk
from sandbox.procore.resources.budget_modifications import uses_changes
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.v2 import id_text, page_of_data
from sandbox.procore.values import Fields, Record, choice, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

STATUSES = ("draft", "approved", "under_review", "void")
ERP_STATUSES = (
    "not_in_erp", "ready_to_export", "exportging", "failed_to_export", "rejected", "invalid", "synced", "not_integrated",
)  # fmt: skip
_LINES = "adjustment_line_items"
_LINE_NUMBERS = ("quantity", "unit_cost", "amount")


class BudgetChangeDesk(Desk):
    """Budget changes of a project; the lines are kept inside."""

    table = "budget_changes"
    fields: Fields = {
        "number": whole,
        "status": choice(*STATUSES),
        "title": text,
        "description": text,
        _LINES: line_bodies,
    }
    internal: Fields = {"erp_status": choice(*ERP_STATUSES)}
    blank: Record = {_LINES: []}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The number, and what the named lines make of those that are there."""
        old = before[_LINES] if before else []
        bodies = row[_LINES] if _LINES in body else []
        try:
            lines = LineWriter(self.house, self.scope, old).written(bodies)
        except ValueError as error:
            raise Invalid({_LINES: [str(error)]}) from None
        return {**row, _LINES: lines, "number": row["number"] or self._next_number()}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A status is required, and the number isn't taken."""
        errors = required(row, "status")
        if any(other["number"] == row["number"] and other["id"] != row["id"] for other in self.rows()):
            errors["number"] = ["has already been taken"]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Codes of an approved change are in the budget."""
        if row["status"] == "approved":
            lines, codes = BudgetLineDesk(self.house, self.scope), WbsCodeDesk(self.house, self.scope)
            for code in filter(None, (codes.find(line["wbs_code_id"]) for line in row[_LINES])):
                lines.ensure(code)
        return row

    def _next_number(self) -> int:
        return 1 + max((row["number"] for row in self.rows()), default=0)

    def brief(self, row: Record) -> Record:
        """As the list has it."""
        events = [line["change_event_line_item_id"] for line in row[_LINES] if line["change_event_line_item_id"]]
        return self._header(row) | {
            "prime_contract_id": None,
            "amount": _total(row),
            "change_event_line_item_ids": events,
        }

    def made(self, row: Record) -> Record:
        """As a creation answers it."""
        return self._header(row) | self._content(row) | {"created_change_event": None}

    def show(self, row: Record) -> Record:
        """As show and a change answer it."""
        return self._header(row) | self._content(row) | {"amount": _total(row), "prime_contract": None}

    def flat_lines(self) -> list[Record]:
        """All lines of the project, each with its change, as v2.0 has them: ids are text."""
        return [_flat(row, line) for row in self.rows() for line in row[_LINES]]

    def _header(self, row: Record) -> Record:
        project = self.house.books.get("projects", row["project_id"]) or {}
        unsent = "not_in_erp" if project["erp_integrated"] else "not_integrated"
        names = ("id", "number", "status", "title", "description")
        return {name: row[name] for name in names} | {
            "erp_status": row["erp_status"] or unsent,
            "currency_configuration": self._currency(),
        }

    def _content(self, row: Record) -> Record:
        lines = [self._line(line) for line in row[_LINES]]
        return {_LINES: lines, "attachments": [], "production_quantities": []}

    def _line(self, line: Record) -> Record:
        codes = WbsCodeDesk(self.house, self.scope)
        code, event = codes.find(line["wbs_code_id"]), line["change_event_line_item_id"]
        shown = {name: value for name, value in line.items() if name != "wbs_code_id"}
        return shown | {
            **{name: None if line[name] is None else Decimal(line[name]) for name in _LINE_NUMBERS},
            "wbs_code": codes.flat(code) if code else None,
            "change_event_line_item": {"id": event, "event_id": None} if event else None,
            "currency_configuration": self._currency(),
        }

    def _currency(self) -> Record:
        company = self.house.books.get("companies", self.scope["company_id"]) or {}
        return {"currency_iso_code": company.get("base_currency")}


def _total(row: Record) -> Decimal:
    return total(row[_LINES], "amount")


def _flat(row: Record, line: Record) -> Record:
    kept = ("adjustment_number", "uom", "description", "type")
    return {name: line[name] for name in kept} | {
        "id": id_text(line["id"]),
        "wbs_code_id": id_text(line["wbs_code_id"]),
        **{name: None if line[name] is None else Decimal(line[name]) for name in ("amount", "quantity")},
        "budget_change_id": id_text(row["id"]),
        "budget_change_number": str(row["number"]),
        "budget_change_status": row["status"],
        "budget_change_name": row["title"],
    }


def _desk(call: Call) -> BudgetChangeDesk:
    return BudgetChangeDesk(call.house, call.project_scope())


def _must_use_changes(call: Call) -> None:
    if not uses_changes(call.house, call.company["id"]):
        raise ApiError(403, "Budget Changes are not enabled for this company")


def list_changes(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/budget_changes: not paginated."""
    desk = _desk(call)
    return Reply(200, {"data": [desk.brief(row) for row in desk.rows()]})


def create_change(call: Call) -> Reply:
    """POST /rest/v1.0/projects/{project_id}/budget_changes."""
    desk = _desk(call)
    _must_use_changes(call)
    try:
        return Reply(201, {"data": desk.made(desk.create(call.body))})
    except Invalid as refusal:
        raise ApiError(400, sentence(refusal.errors), fields=refusal.errors) from None


def show_change(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/budget_changes/{id}."""
    desk = _desk(call)
    return Reply(200, {"data": desk.show(desk.get(call.path_id()))})


def change_change(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/{project_id}/budget_changes/{id}."""
    desk = _desk(call)
    row = desk.get(call.path_id())
    _must_use_changes(call)
    return Reply(200, {"data": desk.show(desk.update(row, call.body))})


def delete_change(call: Call) -> Reply:
    """DELETE /rest/v1.0/projects/{project_id}/budget_changes/{id}."""
    desk = _desk(call)
    row = desk.get(call.path_id())
    _must_use_changes(call)
    call.house.books.remove(desk.table, row["id"])
    return Reply(204)


def list_lines(call: Call) -> Reply:
    """GET /rest/v2.0/companies/{company_id}/projects/{project_id}/budget_changes/adjustment_line_items."""
    return page_of_data(call, _desk(call).flat_lines(), dict)


_BASE = "/rest/v1.0/projects/{project_id}/budget_changes"
_V20 = "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_changes/adjustment_line_items"
ROUTES.add("GET", _BASE, list_changes)
ROUTES.add("POST", _BASE, create_change, shapes={400: "errors"})
ROUTES.add("GET", f"{_BASE}/{{id}}", show_change, shapes={404: "errors"})
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_change, shapes={400: "errors", 404: "errors", 422: "message"})
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_change, shapes={404: "errors"})
ROUTES.add("GET", _V20, list_lines)
