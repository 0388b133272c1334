"""Projects: list (v1.0 and v1.1), show, create, change, sync (procore-api §5).

`standard_cost_code_list_id`, `is_erp_integrated` and the rest of the reply's extra fields are those of the reference.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, not_found
from sandbox.procore.paging import chosen, listed, ordered, searched
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, choice, coordinate, day, flag, money, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

_TEXTS = (
    "name", "code", "project_number", "address", "city", "state_code", "zip", "country_code", "county", "time_zone",
    "description", "phone", "public_notes", "store_number", "accounting_project_number", "designated_market_area",
    "origin_data", "origin_code",
)  # fmt: skip
_DAYS = (
    "start_date", "completion_date", "warranty_start_date", "warranty_end_date", "estimated_start_date",
    "estimated_completion_date",
)  # fmt: skip
_LISTED = (
    "id", "name", "project_number", "address", "city", "state_code", "country_code", "zip", "county", "time_zone",
    "latitude", "longitude", "phone", "created_at", "updated_at", "active", "origin_id", "origin_data", "origin_code",
    "total_value", "store_number", "accounting_project_number", "designated_market_area", "start_date",
    "completion_date", "estimated_value",
)  # fmt: skip
_SYNCED = (
    "id", "name", "project_number", "address", "city", "state_code", "country_code", "zip", "time_zone", "latitude",
    "longitude", "description", "square_feet", "start_date", "completion_date", "total_value", "store_number",
    "accounting_project_number", "designated_market_area", "warranty_start_date", "warranty_end_date", "active",
    "flag", "phone", "public_notes", "created_at", "updated_at", "origin_id", "origin_data", "origin_code",
    "estimated_start_date", "estimated_completion_date", "estimated_value",
)  # fmt: skip
_SHOWN = (*_SYNCED, "code", "county", "standard_cost_code_list_id")


ERP_SETTINGS: Fields = {"erp_job_cost_transaction_syncing_enabled": flag}
"""The settings of the ERP integration that a project has (procore-api §4.2)."""


class ProjectDesk(Desk):
    """Projects. `permitted` says whether the application may enter this one."""

    table = "projects"
    fields: Fields = {
        **dict.fromkeys(_TEXTS, text),
        **dict.fromkeys(_DAYS, day),
        **dict.fromkeys(("total_value", "estimated_value"), money),
        **dict.fromkeys(("square_feet", "project_template_id", "standard_cost_code_list_id"), whole),
        **dict.fromkeys(("active", "erp_integrated"), flag),
        **dict.fromkeys(("latitude", "longitude"), coordinate),
        "flag": choice("Red", "Yellow", "Green"),
        "origin_id": origin,
    }
    internal: Fields = {"permitted": flag, **ERP_SETTINGS}
    blank: Record = {"active": True, "erp_integrated": False, "permitted": True, **dict.fromkeys(ERP_SETTINGS, False)}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A name is required, a bad time zone is refused, a cost code list and a template must exist."""
        errors = required(row, "name")
        if row["time_zone"] and not _is_zone(row["time_zone"]):
            errors["time_zone"] = ["is not a valid time zone"]
        number = row["project_template_id"]
        template = self.house.books.get("project_templates", number) or {}
        named = number and (before is None or before["project_template_id"] != number)
        if named and (template.get("company_id") != row["company_id"] or template["deleted_at"]):
            errors["project_template_id"] = ["must exist"]
        listing = self.house.books.get("standard_cost_code_lists", row["standard_cost_code_list_id"])
        if row["standard_cost_code_list_id"] and (not listing or listing["company_id"] != row["company_id"]):
            errors["standard_cost_code_list_id"] = ["must exist"]
        return errors

    def show(self, row: Record) -> Record:
        """As a sync answers it."""
        return {name: row[name] for name in _SYNCED} | {"display_name": _display_name(row), "departments": []}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _display_name(row: Record) -> str:
    return f"{row['project_number']} - {row['name']}" if row["project_number"] else str(row["name"])


def _template(call: Call, row: Record) -> Record | None:
    found = call.house.books.get("project_templates", row["project_template_id"])
    return {"id": found["id"], "name": found["name"]} if found else None


def _listed_row(call: Call, row: Record) -> Record:
    company = {"id": call.company["id"], "name": call.company["name"]}
    more = {"display_name": _display_name(row), "company": company, "project_template": _template(call, row)}
    return {name: row[name] for name in _LISTED} | more | {"custom_fields": {}}


def _shown(call: Call, row: Record) -> Record:
    return {name: row[name] for name in _SHOWN} | {
        "display_name": _display_name(row),
        "tz_name": row["time_zone"],
        "is_erp_integrated": row["erp_integrated"],
        "from_project_template_id": row["project_template_id"],
        "project_stage": None,
        "company": {"id": call.company["id"], "name": call.company["name"]},
        "departments": [],
        "custom_fields": {},
    }


def _extended(call: Call, row: Record) -> Record:
    without = ("code", "from_project_template_id", "is_erp_integrated")
    return {name: value for name, value in _shown(call, row).items() if name not in without}


def _rows(call: Call) -> list[Record]:
    desk = ProjectDesk(call.house, call.company_scope())
    rows = [row for row in desk.rows() if row["permitted"]]
    status = call.request.value("filters[by_status]") or call.house.assumptions.projects_by_status
    if status != "All":
        rows = [row for row in rows if row["active"] == (status == "Active")]
    rows = chosen(call, rows, "id", "origin_id", "project_number", "created_at", "updated_at")
    rows = searched(call, rows, "filters[name]", "name")
    linked = call.request.value("filters[synced]")
    if linked:
        rows = [row for row in rows if bool(row["origin_id"]) == (linked == "true")]
    return ordered(call, [{**row, "display_name": _display_name(row)} for row in rows], "name", "display_name")


def list_projects(call: Call) -> Reply:
    """GET /rest/v1.0/projects."""
    compact = call.request.value("serializer_view") == "compact"
    return listed(call, _rows(call), lambda row: _compact(row) if compact else _listed_row(call, row))


def list_projects_v11(call: Call) -> Reply:
    """GET /rest/v1.1/projects: 100 a page, at most 300."""
    view = call.request.value("view") or "normal"

    def show(row: Record) -> Record:
        if view == "ids":
            return {"id": row["id"]}
        if view == "compact":
            return _compact(row)
        return _extended(call, row) if view == "extended" else _listed_row(call, row)

    return listed(call, _rows(call), show, default=100, most=300)


def _compact(row: Record) -> Record:
    return {"id": row["id"], "name": row["name"]}


def show_project(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{id}."""
    call.company_scope()
    row = call.permitted_project(call.path_id())
    return Reply(200, _compact(row) if call.request.value("view") == "minimal" else _shown(call, row))


def create_project(call: Call) -> Reply:
    """POST /rest/v1.0/projects."""
    desk = ProjectDesk(call.house, call.company_scope())
    body = {k: v for k, v in call.wrapped("project").items() if k != "standard_cost_code_list_id"}
    return Reply(201, _shown(call, desk.create(body)))


def change_project(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/{id}."""
    desk = ProjectDesk(call.house, call.company_scope())
    row = desk.find(call.permitted_project(call.path_id())["id"])
    if row is None:
        raise not_found("Project")
    return Reply(200, _shown(call, desk.update(row, call.wrapped("project"))))


def sync_projects(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/sync."""
    return synced(call, ProjectDesk(call.house, call.company_scope()))


ROUTES.add("GET", "/rest/v1.0/projects", list_projects)
ROUTES.add("GET", "/rest/v1.1/projects", list_projects_v11)
ROUTES.add("POST", "/rest/v1.0/projects", create_project)
ROUTES.add("GET", "/rest/v1.0/projects/{id}", show_project)
ROUTES.add("PATCH", "/rest/v1.0/projects/{id}", change_project)
ROUTES.add("PATCH", "/rest/v1.0/projects/sync", sync_projects)
