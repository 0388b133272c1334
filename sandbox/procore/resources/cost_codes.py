"""Cost codes of a project: list, show, create, change, sync (procore-api §5).

On a project that is integrated with an ERP only the sync writes them; plain writes "will not work" (procore-api §4.2).
A sub job has codes of its own: a request that names it is about those. Without it, writes are about the project's codes, and
so is the list (`project_cost_codes_have_sub_jobs`).
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.errors import ApiError, Errors, not_found
from sandbox.procore.paging import chosen, listed
from sandbox.procore.resources.code_tree import CodeTreeDesk
from sandbox.procore.resources.line_item_types import shown_types
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, flag, origin, text, whole, whole_numbers
from sandbox.procore.web import Reply

ROUTES = api_routes()


class CostCodeDesk(CodeTreeDesk):
    """Cost codes of a project. `line_item_type_ids` are the cost types assigned to a code."""

    table = "cost_codes"
    siblings = ("sub_job_id", "parent_id", "code")
    fields: Fields = {
        "position": whole,
        "code": text,
        "name": text,
        "parent_id": whole,
        "standard_cost_code_id": whole,
        "origin_data": text,
        "origin_id": origin,
    }
    internal: Fields = {
        "budgeted": flag,
        "line_item_type_ids": whole_numbers,
        **dict.fromkeys(("segment_item_id", "sub_job_id"), whole),
    }
    blank: Record = {"budgeted": False, "line_item_type_ids": []}

    def check(self, row: Record, before: Record | None) -> Errors:
        """The tree's rules within a project or a sub job, and a named standard cost code must exist."""
        errors = super().check(row, before)
        parent = self.house.books.get(self.table, row["parent_id"])
        if parent is not None and parent.get("sub_job_id") != row.get("sub_job_id"):
            errors["parent_id"] = ["must exist"]
        sub_job = self.house.books.get("sub_jobs", row.get("sub_job_id"))
        if row.get("sub_job_id") and (sub_job is None or sub_job["project_id"] != row["project_id"]):
            errors["sub_job_id"] = ["must exist"]
        number = row["standard_cost_code_id"]
        standard = self.house.books.get("standard_cost_codes", number)
        if number and (standard is None or standard["company_id"] != row["company_id"]):
            errors["standard_cost_code_id"] = ["must exist"]
        return errors

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """It is an item of the WBS segment of cost codes too, under another id."""
        return row if row["segment_item_id"] else {**row, "segment_item_id": self.house.books.next_id()}

    def budget(self, number: int, line_item_type_id: int) -> None:
        """Mark a code as budgeted, with a cost type assigned to it."""
        row = self.get(number)
        assigned = row["line_item_type_ids"]
        if not row["budgeted"] or line_item_type_id not in assigned:
            changes = {"budgeted": True, "line_item_type_ids": sorted({*assigned, line_item_type_id})}
            self.house.books.change(self.table, number, changes)

    def biller(self, row: Record) -> Record:
        """Whose code it is: the project's or a sub job's."""
        sub_job = self.house.books.get("sub_jobs", row.get("sub_job_id"))
        found = sub_job or self.house.books.get("projects", row["project_id"]) or {}
        return {
            "biller": found.get("name"),
            "biller_id": found.get("id"),
            "biller_type": "SubJob" if sub_job else "Project",
            "biller_origin_id": found.get("origin_id"),
        }

    def label(self, row: Record) -> str:
        """What a person names a code by: its full code, after the code of its sub job if it has one."""
        sub_job = self.house.books.get("sub_jobs", row.get("sub_job_id"))
        return f"{sub_job['code']}/{self.full_code(row)}" if sub_job else self.full_code(row)

    def show(self, row: Record) -> Record:
        """As the list and the sync answer it."""
        biller = self.biller(row)
        full_code = self.full_code(row)
        names = ("id", "budgeted", "code", "name", "origin_data", "origin_id", "position", "standard_cost_code_id")
        return {name: row[name] for name in (*names, "created_at", "updated_at", "deleted_at")} | {
            **biller,
            "full_code": full_code,
            "sortable_code": full_code,
            "parent": {"id": row["parent_id"]},
            "line_item_types": shown_types(self.house, row["company_id"], row["line_item_type_ids"]),
        }

    def single(self, row: Record) -> Record:
        """As show and the plain writes answer it, and as lines hold it."""
        standard = self.house.books.get("standard_cost_codes", row["standard_cost_code_id"])
        shown = {name: value for name, value in self.show(row).items() if name != "biller_origin_id"}
        return shown | {"standard_cost_code_list_id": standard["standard_cost_code_list_id"] if standard else None}


def named_sub_job(call: Call) -> int | None:
    """The id of the sub job that a request names, if it names one. Raises ApiError 404 for one that isn't there."""
    named = call.parameter("sub_job_id")
    if named is None:
        return None
    found = call.house.books.get("sub_jobs", int(named) if str(named).isdigit() else None)
    if found is None or found["deleted_at"] or found["project_id"] != call.project()["id"]:
        raise not_found("Sub job")
    return int(found["id"])


def _desk(call: Call) -> CostCodeDesk:
    """For writes: the codes of the named sub job, or those of the project itself."""
    return CostCodeDesk(call.house, call.project_scope() | {"sub_job_id": named_sub_job(call)})


def _reading_desk(call: Call) -> CostCodeDesk:
    """For reads: without a sub job, all codes of the project."""
    sub_job = named_sub_job(call)
    return CostCodeDesk(call.house, call.project_scope() | ({"sub_job_id": sub_job} if sub_job else {}))


def _plain_desk(call: Call) -> CostCodeDesk:
    desk = _desk(call)
    if call.project()["erp_integrated"]:
        status = call.house.assumptions.erp_cost_code_write_status
        raise ApiError(status, "Cost codes of a project that is integrated with an ERP are written through sync")
    return desk


def list_codes(call: Call) -> Reply:
    """GET /rest/v1.0/cost_codes."""
    desk = _reading_desk(call) if call.house.assumptions.project_cost_codes_have_sub_jobs else _desk(call)
    rows = chosen(call, desk.rows(), "id", "origin_id")
    if call.request.value("view") != "erp_compact":
        return listed(call, rows, desk.show)
    names = ("id", "name", "full_code", "origin_data", "origin_id", "standard_cost_code_id")
    return listed(call, rows, lambda row: {name: desk.show(row)[name] for name in names})


def create_code(call: Call) -> Reply:
    """POST /rest/v1.0/cost_codes."""
    desk = _plain_desk(call)
    return Reply(201, desk.single(desk.create(call.wrapped("cost_code"))))


def show_code(call: Call) -> Reply:
    """GET /rest/v1.0/cost_codes/{id}."""
    desk = _reading_desk(call)
    return Reply(200, desk.single(desk.get(call.path_id())))


def change_code(call: Call) -> Reply:
    """PATCH /rest/v1.0/cost_codes/{id}."""
    desk = _plain_desk(call)
    return Reply(200, desk.single(desk.update(desk.get(call.path_id()), call.wrapped("cost_code"))))


def sync_codes(call: Call) -> Reply:
    """PATCH /rest/v1.0/cost_codes/sync."""
    return synced(call, _desk(call))


ROUTES.add("GET", "/rest/v1.0/cost_codes", list_codes)
ROUTES.add("POST", "/rest/v1.0/cost_codes", create_code)
ROUTES.add("GET", "/rest/v1.0/cost_codes/{id}", show_code)
ROUTES.add("PATCH", "/rest/v1.0/cost_codes/{id}", change_code)
ROUTES.add("PATCH", "/rest/v1.0/cost_codes/sync", sync_codes)
