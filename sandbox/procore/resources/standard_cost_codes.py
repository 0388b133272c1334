"""A company's standard cost code lists and the codes in them (procore-api §5).

A list that is the ERP's can't be switched back (documented). Sync rows may also name the parent by its origin_id.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, Invalid, missing_param, not_found
from sandbox.procore.paging import chosen, listed
from sandbox.procore.resources.code_tree import CodeTreeDesk
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, flag, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()


class CostCodeListDesk(Desk):
    """Standard cost code lists."""

    table = "standard_cost_code_lists"
    fields: Fields = {"name": text, "is_erp_list": flag}
    internal: Fields = {"available_to_use_on_new_projects": flag}
    blank: Record = {"is_erp_list": False, "available_to_use_on_new_projects": True}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A name is required; an ERP list stays one."""
        errors = required(row, "name")
        if before and before["is_erp_list"] and not row["is_erp_list"]:
            errors["is_erp_list"] = ["can't be switched off"]
        return errors

    def show(self, row: Record) -> Record:
        """The shape of a single list."""
        return {name: row[name] for name in ("id", "is_erp_list", "name", "company_id")}


class StandardCostCodeDesk(CodeTreeDesk):
    """The codes of one list."""

    table = "standard_cost_codes"
    fields: Fields = {"parent_id": whole, "code": text, "name": text, "origin_data": text, "origin_id": origin}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """`parent_origin_id` names a parent too."""
        named = body.get("parent_origin_id")
        if not named or body.get("parent_id"):
            return row
        parent = self.find_origin(str(named))
        if parent is None:
            raise Invalid({"parent_origin_id": ["must exist"]})
        return {**row, "parent_id": parent["id"]}

    def show(self, row: Record) -> Record:
        """The only shape a standard cost code has."""
        names = ("id", "standard_cost_code_list_id", "parent_id", "code", "name", "origin_data", "origin_id")
        return {name: row[name] for name in names} | {"full_code": self.full_code(row)}


def _lists(call: Call) -> CostCodeListDesk:
    return CostCodeListDesk(call.house, call.company_scope())


def _codes(call: Call) -> StandardCostCodeDesk:
    named = call.parameter("standard_cost_code_list_id")
    if named is None:
        raise missing_param("standard_cost_code_list_id")
    found = _lists(call).find(int(named) if str(named).isdigit() else None)
    if found is None:
        raise not_found("Standard cost code list")
    return StandardCostCodeDesk(call.house, call.company_scope() | {"standard_cost_code_list_id": found["id"]})


def list_lists(call: Call) -> Reply:
    """GET /rest/v1.0/standard_cost_code_lists."""
    names = ("available_to_use_on_new_projects", "id", "is_erp_list", "name")
    return listed(call, _lists(call).rows(), lambda row: {name: row[name] for name in names})


def create_list(call: Call) -> Reply:
    """POST /rest/v1.0/standard_cost_code_lists."""
    desk = _lists(call)
    return Reply(201, desk.show(desk.create({"name": call.wrapped("standard_cost_code_list").get("name")})))


def show_list(call: Call) -> Reply:
    """GET /rest/v1.0/standard_cost_code_lists/{id}."""
    desk = _lists(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_list(call: Call) -> Reply:
    """PATCH /rest/v1.0/standard_cost_code_lists/{id}."""
    desk = _lists(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("standard_cost_code_list"))))


def list_codes(call: Call) -> Reply:
    """GET /rest/v1.0/standard_cost_codes."""
    desk = _codes(call)
    return listed(call, chosen(call, desk.rows(), "origin_id"), desk.show)


def create_code(call: Call) -> Reply:
    """POST /rest/v1.0/standard_cost_codes."""
    desk = _codes(call)
    return Reply(201, desk.show(desk.create(call.wrapped("standard_cost_code"))))


def show_code(call: Call) -> Reply:
    """GET /rest/v1.0/standard_cost_codes/{id}."""
    desk = _codes(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_code(call: Call) -> Reply:
    """PATCH /rest/v1.0/standard_cost_codes/{id}."""
    desk = _codes(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("standard_cost_code"))))


def delete_code(call: Call) -> Reply:
    """DELETE /rest/v1.0/standard_cost_codes/{id}: answers the deleted code."""
    desk = StandardCostCodeDesk(call.house, call.company_scope())
    row = desk.get(call.path_id())
    if desk.children(row):
        raise Invalid({"base": ["has codes below it"]})
    return Reply(
        200, desk.show(call.house.books.change(desk.table, row["id"], {"deleted_at": call.house.clock.text()}))
    )


def sync_codes(call: Call) -> Reply:
    """PATCH /rest/v1.0/standard_cost_codes/sync."""
    return synced(call, _codes(call), too_large=413)


ROUTES.add("GET", "/rest/v1.0/standard_cost_code_lists", list_lists)
ROUTES.add("POST", "/rest/v1.0/standard_cost_code_lists", create_list)
ROUTES.add("GET", "/rest/v1.0/standard_cost_code_lists/{id}", show_list)
ROUTES.add("PATCH", "/rest/v1.0/standard_cost_code_lists/{id}", change_list)
ROUTES.add("GET", "/rest/v1.0/standard_cost_codes", list_codes)
ROUTES.add("POST", "/rest/v1.0/standard_cost_codes", create_code)
ROUTES.add("GET", "/rest/v1.0/standard_cost_codes/{id}", show_code)
ROUTES.add("PATCH", "/rest/v1.0/standard_cost_codes/{id}", change_code)
ROUTES.add("DELETE", "/rest/v1.0/standard_cost_codes/{id}", delete_code)
ROUTES.add("PATCH", "/rest/v1.0/standard_cost_codes/sync", sync_codes)
