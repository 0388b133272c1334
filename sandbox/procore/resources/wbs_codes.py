"""WBS codes: combinations of a cost code and a cost type of a project (procore-api §5).

A line that names a combination for the first time makes its code; making an existing one again returns it.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk
from sandbox.procore.errors import Invalid
from sandbox.procore.paging import chosen, listed, searched
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.segments import SegmentDesk, shown_item
from sandbox.procore.values import Fields, Record, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

SEGMENT_DELIMITER = "."


class WbsCodeDesk(Desk):
    """WBS codes of a project."""

    table = "wbs_codes"
    fields: Fields = {"description": text}
    internal: Fields = {"cost_code_id": whole, "line_item_type_id": whole, "status": text}
    blank: Record = {"status": "active"}

    def code_for(self, cost_code: Record, cost_type: Record, description: str | None = None) -> Record:
        """The code of a combination; it is made if there is none."""
        pair = {"cost_code_id": cost_code["id"], "line_item_type_id": cost_type["id"]}
        found = self.house.books.find(self.table, **pair, **self.scope)
        if found:
            return found[0]
        own = type(self)(self.house, self.scope, as_user=True)
        return own.create({**pair, "description": description})

    def parts(self, row: Record) -> tuple[Record, Record]:
        """Its cost code and cost type."""
        books = self.house.books
        cost_code, cost_type = (
            books.get("cost_codes", row["cost_code_id"]),
            books.get("line_item_types", row["line_item_type_id"]),
        )
        assert cost_code is not None
        assert cost_type is not None
        return cost_code, cost_type

    def flat(self, row: Record) -> Record:
        """The few fields that lines hold."""
        cost_code, cost_type = self.parts(row)
        full_code = CostCodeDesk(self.house, {}).full_code(cost_code)
        sub_job = self.house.books.get("sub_jobs", cost_code.get("sub_job_id"))
        if sub_job:
            full_code = f"{sub_job['code']}{SEGMENT_DELIMITER}{full_code}"
        return {
            "id": row["id"],
            "flat_code": f"{full_code}{SEGMENT_DELIMITER}{cost_type['csv_import_code'] or cost_type['name']}",
            "description": row["description"] or f"{cost_code['name']}{SEGMENT_DELIMITER}{cost_type['name']}",
        }

    def show(self, row: Record) -> Record:
        """The full shape."""
        cost_code, cost_type = self.parts(row)
        company = self.house.books.get("companies", row["company_id"]) or {}
        return self.flat(row) | {
            "flat_name": f"{cost_code['name']}{SEGMENT_DELIMITER}{cost_type['name']}",
            "status": row["status"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "segment_items": self._items(row, {"cost_code": cost_code, "line_item_type": cost_type}),
            "wbs_pattern_id": company.get("wbs_pattern_id"),
        }

    def _items(self, row: Record, parts: dict[str, Record]) -> list[Record]:
        segments = SegmentDesk(self.house, {"company_id": row["company_id"]}).rows()
        sub_job = self.house.books.get("sub_jobs", parts["cost_code"].get("sub_job_id"))
        parts = parts | ({"sub_job": sub_job} if sub_job else {})
        return [shown_item(self.house, s, parts[s["type"]]) for s in segments if s["type"] in parts]

    def from_items(self, body: Record) -> Record:
        """The code of the named segment items. Raises Invalid."""
        segments = {row["id"]: row for row in SegmentDesk(self.house, {"company_id": self.scope["company_id"]}).rows()}
        found: dict[str, Record] = {}
        for item in body.get("segment_items") or []:
            segment = segments.get(item.get("segment_id")) if isinstance(item, dict) else None
            row = self._item(segment, item["segment_item_id"]) if segment and "segment_item_id" in item else None
            if segment is None or row is None:
                raise Invalid({"segment_items": ["must exist"]})
            found[segment["type"]] = row
        if set(found) != {"cost_code", "line_item_type"}:
            raise Invalid({"segment_items": ["must name one item of each segment of the project's pattern"]})
        return self.code_for(found["cost_code"], found["line_item_type"], body.get("description"))

    def _item(self, segment: Record, number: int) -> Record | None:
        tables = {"cost_code": ("cost_codes", self.scope), "line_item_type": ("line_item_types", None)}
        table, scope = tables.get(segment["type"], ("", None))
        scope = scope or {"company_id": self.scope["company_id"]}
        rows = self.house.books.find(table, segment_item_id=number, deleted_at=None, **scope)
        return rows[0] if rows else None


def _desk(call: Call) -> WbsCodeDesk:
    return WbsCodeDesk(call.house, call.project_scope())


def list_codes(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes."""
    desk = _desk(call)
    rows = chosen(call, desk.rows(), "status", "updated_at")
    return listed(call, searched(call, [row | desk.flat(row) for row in rows], "query", "flat_code"), desk.show)


def create_code(call: Call) -> Reply:
    """POST .../wbs_codes."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.from_items(call.body)))


def create_many(call: Call) -> Reply:
    """PATCH .../wbs_codes/bulk_create."""
    desk = _desk(call)
    entities, errors = [], []
    for body in call.body.get("bulk") or []:
        try:
            with call.house.books.attempt():
                entities.append(desk.from_items(body))
        except Invalid as refusal:
            errors.append({**body, "errors": refusal.errors})
    return Reply(201, {"entities": [desk.show(row) for row in entities], "errors": errors})


_BASE = "/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes"
ROUTES.add("GET", _BASE, list_codes)
ROUTES.add("POST", _BASE, create_code)
ROUTES.add("PATCH", f"{_BASE}/bulk_create", create_many)
