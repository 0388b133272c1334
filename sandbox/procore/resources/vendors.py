"""Vendors of the company directory and of a project's directory (procore-api §5). There is no DELETE.

Inactive vendors have a list of their own; whether they can still be shown by id isn't documented, here they can.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, not_found
from sandbox.procore.paging import chosen, listed, ordered, searched
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, flag, origin, text, whole, whole_numbers
from sandbox.procore.web import Reply

ROUTES = api_routes()

_TEXTS = (
    "name", "abbreviated_name", "trade_name", "address", "city", "state_code", "zip", "country_code", "business_phone",
    "mobile_phone", "fax_number", "email_address", "website", "labor_union", "license_number", "notes", "origin_data",
    "origin_code",
)  # fmt: skip
_FLAGS = ("is_active", "authorized_bidder", "prequalified", "union_member", "non_union_prevailing_wage")
_NORMAL = ("id", *_TEXTS, *_FLAGS, "origin_id", "created_at", "updated_at")


class VendorDesk(Desk):
    """Vendors of a company. `project_ids` are the projects whose directory has them."""

    table = "vendors"
    fields: Fields = {
        **dict.fromkeys(_TEXTS, text),
        **dict.fromkeys(_FLAGS, flag),
        **dict.fromkeys(("vendor_group_id", "parent_id", "primary_contact_id"), whole),
        "origin_id": origin,
    }
    internal: Fields = {"project_ids": whole_numbers}
    blank: Record = {**dict.fromkeys(_FLAGS, False), "is_active": True, "project_ids": []}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A vendor needs a name, and its parent must exist."""
        errors = required(row, "name")
        if row["parent_id"] and self.find(row["parent_id"]) is None:
            errors["parent_id"] = ["must exist"]
        return errors

    def show(self, row: Record) -> Record:
        """The normal view."""
        return {name: row[name] for name in _NORMAL} | {
            "attachments": [],
            "business_id": None,
            "business_register": None,
            "company": row["name"],
            "contact_count": 0,
            "is_connected": False,
            "logo": None,
            "primary_contact": None,
            "synced_to_erp": bool(row["origin_id"]),
            "vendor_group": None,
        }

    def extended(self, row: Record) -> Record:
        """The extended view."""
        parent = self.find(row["parent_id"])
        return self.show(row) | {
            "bidding": None,
            "bidding_distribution": [],
            "children_count": len(self.house.books.find(self.table, parent_id=row["id"], **self.scope)),
            "company_vendor": False,
            "legal_name": row["name"],
            "parent": {"id": parent["id"], "name": parent["name"]} if parent else None,
            "project_ids": row["project_ids"],
            "standard_cost_codes": [],
            "trades": [],
        }

    def summary(self, row: Record) -> Record:
        """The summary view."""
        more = {"company_vendor": False, "is_connected": False, "synced_to_erp": bool(row["origin_id"])}
        return compact(row) | more


def compact(row: Record) -> Record:
    """The compact view."""
    return {"id": row["id"], "name": row["name"]}


def _view(call: Call, desk: VendorDesk) -> Callable[[Record], Record]:
    """The list's published shape has no room for the custom fields of the erp view, so there it is the normal one."""
    views = {"compact": compact, "extended": desk.extended, "directory": desk.extended, "summary": desk.summary}
    return views.get(call.request.value("view") or "", desk.show)


def _desk(call: Call) -> VendorDesk:
    return VendorDesk(call.house, call.company_scope())


def _filtered(call: Call, rows: list[Record]) -> list[Record]:
    rows = chosen(call, rows, "id", "origin_id", "parent_id", "created_at", "updated_at")
    rows = searched(call, rows, "filters[search]", "name", "abbreviated_name", "trade_name")
    return ordered(call, rows, "name")


def list_vendors(call: Call) -> Reply:
    """GET /rest/v1.0/vendors: the active ones."""
    desk = _desk(call)
    rows = [row for row in desk.rows() if row["is_active"]]
    return listed(call, _filtered(call, rows), _view(call, desk))


def list_inactive(call: Call) -> Reply:
    """GET /rest/v1.0/companies/{company_id}/vendors/inactive."""
    desk = _desk(call)
    show = _view(call, desk)
    base = f"/rest/v1.0/companies/{call.company['id']}/vendors/inactive"
    rows = [row for row in desk.rows() if not row["is_active"]]
    return listed(
        call, _filtered(call, rows), lambda row: show(row) | {"_links": {"reactivate": f"{base}/{row['id']}"}}
    )


def reactivate(call: Call) -> Reply:
    """PATCH /rest/v1.0/companies/{company_id}/vendors/inactive/{id}."""
    desk = _desk(call)
    row = desk.get(call.path_id())
    if row["is_active"]:
        raise not_found()
    return Reply(200, _view(call, desk)(desk.update(row, {"is_active": True})))


def show_vendor(call: Call) -> Reply:
    """GET /rest/v1.0/vendors/{id}."""
    desk = _desk(call)
    row = desk.get(call.path_id())
    if call.request.value("view") == "erp":
        return Reply(200, desk.show(row) | {"origin_custom_fields": [], "erp_custom_fields": []})
    if call.request.value("view") == "directory":
        return Reply(200, desk.show(row))
    return Reply(200, _view(call, desk)(row))


def create_vendor(call: Call) -> Reply:
    """POST /rest/v1.0/vendors."""
    desk = _desk(call)
    return Reply(201, _view(call, desk)(desk.create(call.wrapped("vendor"))))


def change_vendor(call: Call) -> Reply:
    """PATCH /rest/v1.0/vendors/{id}."""
    desk = _desk(call)
    return Reply(200, _view(call, desk)(desk.update(desk.get(call.path_id()), call.wrapped("vendor"))))


def sync_vendors(call: Call) -> Reply:
    """PATCH /rest/v1.0/vendors/sync."""
    return synced(call, _desk(call))


def _project_desk(call: Call) -> tuple[VendorDesk, int]:
    return VendorDesk(call.house, {"company_id": call.company["id"]}), call.project()["id"]


def _in_project(desk: VendorDesk, row: Record) -> Record:
    return {k: v for k, v in desk.show(row).items() if k != "contact_count"} | {"project_ids": row["project_ids"]}


def list_project_vendors(call: Call) -> Reply:
    """GET /rest/v1.1/projects/{project_id}/vendors."""
    desk, project_id = _project_desk(call)
    rows = [row for row in desk.rows() if row["is_active"] and project_id in row["project_ids"]]
    short = call.request.value("view") in ("ids_only", "name", "minimal", "list")
    return listed(call, _filtered(call, rows), compact if short else lambda row: _in_project(desk, row))


def show_project_vendor(call: Call) -> Reply:
    """GET /rest/v1.1/projects/{project_id}/vendors/{id}."""
    desk, project_id = _project_desk(call)
    row = desk.get(call.path_id())
    if project_id not in row["project_ids"]:
        raise not_found()
    return Reply(200, _in_project(desk, row))


def add_to_project(call: Call) -> Reply:
    """POST /rest/v1.1/projects/{project_id}/vendors/{id}/actions/add."""
    desk, project_id = _project_desk(call)
    row = desk.get(call.path_id())
    members = sorted({*row["project_ids"], project_id})
    return Reply(201, _in_project(desk, call.house.books.change("vendors", row["id"], {"project_ids": members})))


ROUTES.add("GET", "/rest/v1.0/vendors", list_vendors)
ROUTES.add("POST", "/rest/v1.0/vendors", create_vendor)
ROUTES.add("GET", "/rest/v1.0/vendors/{id}", show_vendor)
ROUTES.add("PATCH", "/rest/v1.0/vendors/{id}", change_vendor)
ROUTES.add("PATCH", "/rest/v1.0/vendors/sync", sync_vendors)
ROUTES.add("GET", "/rest/v1.0/companies/{company_id}/vendors/inactive", list_inactive)
ROUTES.add("PATCH", "/rest/v1.0/companies/{company_id}/vendors/inactive/{id}", reactivate)
ROUTES.add("GET", "/rest/v1.1/projects/{project_id}/vendors", list_project_vendors)
ROUTES.add("GET", "/rest/v1.1/projects/{project_id}/vendors/{id}", show_project_vendor)
ROUTES.add("POST", "/rest/v1.1/projects/{project_id}/vendors/{id}/actions/add", add_to_project)
