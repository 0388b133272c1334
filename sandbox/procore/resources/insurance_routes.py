"""The endpoints of insurances: the same set under four paths (procore-api §9).

Of the company or a project, and of one of their vendors. `/rest/v1.0/insurances/sync`, which names the company in each row,
isn't played.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.errors import not_found
from sandbox.procore.paging import listed
from sandbox.procore.resources.insurances import InsuranceDesk
from sandbox.procore.sync import synced
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()


def _desk(call: Call, *, by_sync: bool = False) -> InsuranceDesk:
    scope: Record = {"company_id": call.company["id"], "project_id": None}
    if "project_id" in call.parts:
        scope = call.project_scope()
    if "vendor_id" in call.parts:
        vendor = call.house.books.get("vendors", call.path_id("vendor_id"))
        if vendor is None or vendor["deleted_at"] or vendor["company_id"] != scope["company_id"]:
            raise not_found("Vendor")
        scope["vendor_id"] = vendor["id"]
    return InsuranceDesk(call.house, scope, by_sync=by_sync)


def list_insurances(call: Call) -> Reply:
    """GET."""
    desk = _desk(call)
    return listed(call, desk.rows(), desk.show)


def create_insurance(call: Call) -> Reply:
    """POST."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("insurance"))))


def show_insurance(call: Call) -> Reply:
    """GET one."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_insurance(call: Call) -> Reply:
    """PATCH."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("insurance"))))


def delete_insurance(call: Call) -> Reply:
    """DELETE."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def sync_insurances(call: Call) -> Reply:
    """PATCH .../sync."""
    return synced(call, _desk(call, by_sync=True))


for _holder in ("companies/{company_id}", "projects/{project_id}"):
    for _vendor in ("", "/vendors/{vendor_id}"):
        _base = f"/rest/v1.0/{_holder}{_vendor}/insurances"
        ROUTES.add("GET", _base, list_insurances)
        ROUTES.add("POST", _base, create_insurance)
        ROUTES.add("PATCH", f"{_base}/sync", sync_insurances)
        ROUTES.add("GET", f"{_base}/{{id}}", show_insurance)
        ROUTES.add("PATCH", f"{_base}/{{id}}", change_insurance)
        ROUTES.add("DELETE", f"{_base}/{{id}}", delete_insurance)
