"""Cost types (categories) of a company (procore-api §5).

The code is written as `csv_import_code` and read as `code`. The published reply has no word for labor: it reads null.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.house import House
from sandbox.procore.paging import chosen, listed
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, choice, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

BASE_TYPES = ("labor", "equipment", "materials", "commitment", "owner_cost", "professional_services", "other")


class LineItemTypeDesk(Desk):
    """Cost types."""

    table = "line_item_types"
    fields: Fields = {
        "name": text,
        "csv_import_code": text,
        "base_type": choice(*BASE_TYPES),
        "origin_data": text,
        "origin_id": origin,
    }
    internal: Fields = {"segment_item_id": whole}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A name is required; that codes are unique in a company is assumed."""
        errors = required(row, "name")
        same = self.house.books.find(self.table, company_id=row["company_id"], csv_import_code=row["csv_import_code"])
        if row["csv_import_code"] and any(other["id"] != row["id"] for other in same):
            errors["csv_import_code"] = ["has already been taken"]
        return errors

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """It is an item of the WBS segment of cost types too, under another id."""
        return row if row["segment_item_id"] else {**row, "segment_item_id": self.house.books.next_id()}

    def show(self, row: Record) -> Record:
        """The only shape a cost type has."""
        return {
            "id": row["id"],
            "name": row["name"],
            "code": row["csv_import_code"],
            "base_type": None if row["base_type"] == "labor" else row["base_type"],
            "origin_data": row["origin_data"],
            "origin_id": row["origin_id"],
        }


def shown_types(house: House, company_id: int, numbers: list[int]) -> list[Record]:
    """The cost types of some ids."""
    desk = LineItemTypeDesk(house, {"company_id": company_id})
    return [desk.show(row) for row in map(desk.find, numbers) if row]


def _desk(call: Call) -> LineItemTypeDesk:
    return LineItemTypeDesk(call.house, call.company_scope())


def list_types(call: Call) -> Reply:
    """GET /rest/v1.0/line_item_types: company and project are both required."""
    desk = _desk(call)
    call.project()
    return listed(call, chosen(call, desk.rows(), "origin_id"), desk.show)


def create_type(call: Call) -> Reply:
    """POST /rest/v1.0/line_item_types."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("line_item_type"))))


def show_type(call: Call) -> Reply:
    """GET /rest/v1.0/line_item_types/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_type(call: Call) -> Reply:
    """PATCH /rest/v1.0/line_item_types/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("line_item_type"))))


def sync_types(call: Call) -> Reply:
    """PATCH /rest/v1.0/line_item_types/sync."""
    return synced(call, _desk(call))


ROUTES.add("GET", "/rest/v1.0/line_item_types", list_types)
ROUTES.add("POST", "/rest/v1.0/line_item_types", create_type)
ROUTES.add("GET", "/rest/v1.0/line_item_types/{id}", show_type)
ROUTES.add("PATCH", "/rest/v1.0/line_item_types/{id}", change_type)
ROUTES.add("PATCH", "/rest/v1.0/line_item_types/sync", sync_types)
