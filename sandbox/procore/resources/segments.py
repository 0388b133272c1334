"""The work breakdown structure: patterns, segments and segment items of company and project (procore-api §5).

Two segments are there from the start, cost code and cost type; the first sub job brings a third; custom ones can be added and
are only listed. Segment items have ids of their own, apart from those of the cost codes and cost types they stand for. That
the items of cost codes are those of the project alone, and that a sub job's WBS code has its sub job as a third item, is
assumed.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, not_found
from sandbox.procore.house import House
from sandbox.procore.paging import listed
from sandbox.procore.resources.code_tree import DELIMITER
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.values import Fields, Record, choice, flag, text, whole, whole_numbers
from sandbox.procore.web import Reply

ROUTES = api_routes()

_SHOWN = (
    "id", "type", "name", "position", "required", "delimiter", "project_can_modify_origin_project",
    "project_can_delete_origin_company", "structure", "created_at", "updated_at",
)  # fmt: skip


class SegmentDesk(Desk):
    """Segments of a company. `project_ids` are the projects whose pattern has a custom one."""

    table = "segments"
    fields: Fields = {
        "name": text,
        "structure": choice("tiered", "flat"),
        "project_can_modify_origin_project": flag,
        "project_can_delete_origin_company": flag,
    }
    internal: Fields = {
        "type": text,
        "position": whole,
        "required": flag,
        "delimiter": text,
        "project_ids": whole_numbers,
    }
    blank: Record = {
        "type": "custom",
        "required": False,
        "delimiter": ".",
        "project_can_modify_origin_project": False,
        "project_can_delete_origin_company": False,
        "project_ids": [],
    }

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new segment comes last."""
        return row if row["position"] else {**row, "position": len(self.rows()) + 1}

    def check(self, row: Record, before: Record | None) -> Errors:
        """Name and structure are required."""
        return required(row, "name", "structure")

    def show(self, row: Record) -> Record:
        """As a company sees it."""
        company = self.house.books.get("companies", row["company_id"]) or {}
        more = {"segment_items_count": 0, "wbs_pattern_id": company.get("wbs_pattern_id")}
        return {name: row[name] for name in _SHOWN} | more

    def in_pattern(self, row: Record, project_id: int) -> bool:
        """Whether a project's pattern has this segment."""
        return row["type"] != "custom" or project_id in row["project_ids"]

    def in_project(self, row: Record, project_id: int) -> Record:
        """As a project sees it."""
        items = len(segment_items(self.house, row, project_id))
        included = self.in_pattern(row, project_id)
        return self.show(row) | {
            "segment_items_count": items,
            "selectable_tiers": row["structure"] == "tiered",
            "is_included_in_project_pattern": included,
        }


def add_default_segments(house: House, company: Record) -> None:
    """Give a new company its two segments."""
    desk = SegmentDesk(house, {"company_id": company["id"]}, as_user=True)
    cost_code = {"type": "cost_code", "name": "Cost Code", "structure": "tiered", "delimiter": DELIMITER}
    cost_type = {"type": "line_item_type", "name": "Cost Type", "structure": "flat"}
    for position, body in enumerate((cost_code, cost_type), start=1):
        desk.create({**body, "required": True, "position": position})


def ensure_sub_job_segment(house: House, company_id: int) -> None:
    """Give a company the segment of sub jobs, unless it has it."""
    desk = SegmentDesk(house, {"company_id": company_id}, as_user=True)
    if not any(row["type"] == "sub_job" for row in desk.rows()):
        desk.create({"type": "sub_job", "name": "Sub Job", "structure": "flat", "required": False})


def segment_items(house: House, segment: Record, project_id: int) -> list[Record]:
    """The cost codes, cost types or sub jobs behind a segment; a custom segment's items aren't played."""
    if segment["type"] == "cost_code":
        return house.books.find("cost_codes", project_id=project_id, sub_job_id=None, deleted_at=None)
    if segment["type"] == "sub_job":
        return house.books.find("sub_jobs", project_id=project_id, deleted_at=None)
    if segment["type"] == "line_item_type":
        return house.books.find("line_item_types", company_id=segment["company_id"], deleted_at=None)
    return []


def shown_item(house: House, segment: Record, row: Record) -> Record:
    """A cost code, cost type or sub job as an item of its segment."""
    tree = CostCodeDesk(house, {})
    is_code = segment["type"] == "cost_code"
    path = tree.path(row) if is_code else [row]
    code = "csv_import_code" if segment["type"] == "line_item_type" else "code"
    codes = [step[code] for step in path]
    desk = SegmentDesk(house, {"company_id": segment["company_id"]})
    return {
        "id": row["segment_item_id"],
        "code": codes[-1],
        "name": row["name"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "parent_id": path[-2]["segment_item_id"] if len(path) > 1 else None,
        "path_ids": [step["segment_item_id"] for step in path],
        "path_code": DELIMITER.join(code or "" for code in codes),
        "is_parent": is_code and bool(tree.children(row)),
        "path_codes": codes,
        "path_names": [step["name"] for step in path],
        "in_use": bool(row.get("budgeted", True)),
        "segment": desk.show(segment),
        "status": "active",
    }


def _desk(call: Call) -> SegmentDesk:
    return SegmentDesk(call.house, {"company_id": call.company["id"]})


def _ordered(desk: SegmentDesk) -> list[Record]:
    return sorted(desk.rows(), key=lambda row: (row["position"], row["id"]))


def _pattern(call: Call, segments: list[Record]) -> Record:
    company = call.company
    return {
        "id": company["wbs_pattern_id"],
        "description": " + ".join(segment["name"] for segment in segments),
        "created_at": company["created_at"],
        "updated_at": company["updated_at"],
        "segments": segments,
    }


def company_pattern(call: Call) -> Reply:
    """GET /rest/v1.0/companies/{company_id}/work_breakdown_structure/patterns."""
    desk = _desk(call)
    return Reply(200, _pattern(call, [desk.show(row) for row in _ordered(desk)]))


def company_segments(call: Call) -> Reply:
    """GET /rest/v1.0/companies/{company_id}/work_breakdown_structure/segments: not paginated."""
    desk = _desk(call)
    return Reply(200, [desk.show(row) for row in _ordered(desk)])


def create_segment(call: Call) -> Reply:
    """POST /rest/v1.0/companies/{company_id}/work_breakdown_structure/segments."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("segment"))))


def project_pattern(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/work_breakdown_structure/patterns."""
    desk, number = _desk(call), call.project()["id"]
    segments = [desk.in_project(row, number) for row in _ordered(desk) if desk.in_pattern(row, number)]
    return Reply(200, _pattern(call, segments) | {"is_project_level_ordered": False})


def project_segments(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/work_breakdown_structure/segments: not paginated."""
    desk, number = _desk(call), call.project()["id"]
    rows = _ordered(desk)
    return Reply(200, [desk.in_project(row, number) | {"tiered": row["structure"] == "tiered"} for row in rows])


def list_items(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/work_breakdown_structure/segments/{segment_id}/segment_items."""
    project = call.project()
    segment = _desk(call).find(call.path_id("segment_id"))
    if segment is None:
        raise not_found("Segment")
    rows = segment_items(call.house, segment, project["id"])
    return listed(call, rows, lambda row: shown_item(call.house, segment, row))


_COMPANY = "/rest/v1.0/companies/{company_id}/work_breakdown_structure"
_PROJECT = "/rest/v1.0/projects/{project_id}/work_breakdown_structure"
ROUTES.add("GET", f"{_COMPANY}/patterns", company_pattern, exception_404=True)
ROUTES.add("GET", f"{_COMPANY}/segments", company_segments)
ROUTES.add("POST", f"{_COMPANY}/segments", create_segment)
ROUTES.add("GET", f"{_PROJECT}/patterns", project_pattern, exception_404=True)
ROUTES.add("GET", f"{_PROJECT}/segments", project_segments)
ROUTES.add("GET", f"{_PROJECT}/segments/{{segment_id}}/segment_items", list_items, exception_404=True)
