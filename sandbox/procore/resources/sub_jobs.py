"""Sub jobs of a project (procore-api §5). Each has cost codes of its own.

That name and code are required and the code is unique in the project is assumed. One that cost codes are tied to can't be
deleted (erp-tool-behaviour §5); the status 422 is assumed. A company's first sub job brings the WBS segment of its kind.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE, Desk, required
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.paging import listed
from sandbox.procore.resources.segments import ensure_sub_job_segment
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()


class SubJobDesk(Desk):
    """Sub jobs of one project."""

    table = "sub_jobs"
    fields: Fields = {"name": text, "code": text, "origin_data": text, "origin_id": origin}
    internal: Fields = {"segment_item_id": whole}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """It is an item of the WBS segment of sub jobs too, under another id."""
        return row if row["segment_item_id"] else {**row, "segment_item_id": self.house.books.next_id()}

    def check(self, row: Record, before: Record | None) -> Errors:
        """Name and code are required, and no other one of the project has the code."""
        errors = required(row, "name", "code")
        same = self.house.books.find(self.table, project_id=row["project_id"], code=row["code"], **LIVE)
        if any(other["id"] != row["id"] for other in same):
            errors.setdefault("code", ["has already been taken"])
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """See to the company's WBS segment."""
        if before is None:
            ensure_sub_job_segment(self.house, row["company_id"])
        return row

    def delete(self, row: Record) -> None:
        """Keep it as deleted. Raises Invalid while cost codes are tied to it."""
        codes = self.house.books.find("cost_codes", project_id=row["project_id"], sub_job_id=row["id"], **LIVE)
        if codes:
            raise Invalid({"base": ["can't be deleted: cost codes are tied to it"]})
        super().delete(row)

    def show(self, row: Record) -> Record:
        """The only shape a sub job has."""
        names = ("id", "name", "code", "origin_id", "origin_data", "created_at", "updated_at")
        return {name: row[name] for name in names}


def _desk(call: Call) -> SubJobDesk:
    return SubJobDesk(call.house, call.project_scope())


def list_sub_jobs(call: Call) -> Reply:
    """GET /rest/v1.0/sub_jobs."""
    desk = _desk(call)
    return listed(call, desk.rows(), desk.show)


def create_sub_job(call: Call) -> Reply:
    """POST /rest/v1.0/sub_jobs."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("sub_job"))))


def show_sub_job(call: Call) -> Reply:
    """GET /rest/v1.0/sub_jobs/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_sub_job(call: Call) -> Reply:
    """PATCH /rest/v1.0/sub_jobs/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("sub_job"))))


def delete_sub_job(call: Call) -> Reply:
    """DELETE /rest/v1.0/sub_jobs/{id}."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def sync_sub_jobs(call: Call) -> Reply:
    """PATCH /rest/v1.0/sub_jobs/sync."""
    return synced(call, _desk(call))


_BASE = "/rest/v1.0/sub_jobs"
ROUTES.add("GET", _BASE, list_sub_jobs)
ROUTES.add("POST", _BASE, create_sub_job)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_sub_job)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_sub_job)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_sub_job)
ROUTES.add("PATCH", f"{_BASE}/sync", sync_sub_jobs)
