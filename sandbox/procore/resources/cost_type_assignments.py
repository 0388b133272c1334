"""Cost types assigned to the cost codes of a project or of a sub job (procore-api §4.2).

Partner documentation: an older public guide has the two paths (spelled differently, as here) and the body of the sync.
The rest is our own: a row is known by its pair, the reply is that of other syncs, `synced` defaults to false, and an
assignment that a live line or budget line stands on can't be deleted (422). Cost codes show what is assigned to them.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.resources.cost_codes import named_sub_job
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, flag, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

_KEY = ("cost_code_id", "line_item_type_id")
_STANDING = ("budget_line_items", "line_items", "prime_line_items", "direct_cost_line_items")


class AssignmentDesk(Desk):
    """The assignments of one project; with `sub_job_id` in the scope, to the codes of that sub job or of none."""

    table = "cost_code_line_item_types"
    fields: Fields = {**dict.fromkeys(_KEY, whole), "synced": flag}
    internal: Fields = {"sub_job_id": whole}
    blank: Record = {"synced": False}

    def find_alike(self, body: Record) -> Record | None:
        """The assignment of the same pair."""
        rows = self.house.books.find(self.table, **self.scope, **{name: body.get(name) for name in _KEY}, **LIVE)
        return rows[0] if rows else None

    def check(self, row: Record, before: Record | None) -> Errors:
        """Code and type must exist, the code in the project or in the sub job; a pair can't become another one."""
        errors: Errors = {}
        code = self.house.books.get("cost_codes", row["cost_code_id"])
        cost_type = self.house.books.get("line_item_types", row["line_item_type_id"])
        place = {name: row[name] for name in ("project_id", "sub_job_id")}
        if code is None or code["deleted_at"] or any(code.get(name) != value for name, value in place.items()):
            errors["cost_code_id"] = ["must exist"]
        if cost_type is None or cost_type["deleted_at"] or cost_type["company_id"] != row["company_id"]:
            errors["line_item_type_id"] = ["must exist"]
        for name in _KEY:
            if row[name] is None:
                errors[name] = ["can't be blank"]
            elif before is not None and row[name] != before[name]:
                errors[name] = ["can't be changed"]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Assign the type to the code."""
        self._assign(row, assigned=True)
        return row

    def delete(self, row: Record) -> None:
        """Take the type from the code. Raises Invalid while something stands on the pair."""
        pair = {name: row[name] for name in _KEY}
        if any(self.house.books.find(table, **pair, **LIVE) for table in _STANDING):
            raise Invalid({"base": ["can't be deleted: it is in use"]})
        self._assign(row, assigned=False)
        super().delete(row)

    def show(self, row: Record) -> Record:
        """The only shape an assignment has."""
        return {name: row[name] for name in ("id", *_KEY, "synced", "created_at", "updated_at")}

    def _assign(self, row: Record, *, assigned: bool) -> None:
        code = self.house.books.get("cost_codes", row["cost_code_id"])
        assert code is not None
        types = {*code["line_item_type_ids"], row["line_item_type_id"]}
        if not assigned:
            types.discard(row["line_item_type_id"])
        if sorted(types) != code["line_item_type_ids"]:
            self.house.books.change("cost_codes", code["id"], {"line_item_type_ids": sorted(types)})


def sync_assignments(call: Call) -> Reply:
    """PATCH /rest/v1.0/cost_code_line_item_types/sync."""
    scope = call.project_scope() | {"sub_job_id": named_sub_job(call)}
    return synced(call, AssignmentDesk(call.house, scope))


def delete_assignment(call: Call) -> Reply:
    """DELETE /rest/v1.0/cost_codes_line_item_types/{id}: the path really has the plural."""
    desk = AssignmentDesk(call.house, {"company_id": call.company["id"]})
    row = desk.get(call.path_id())
    call.permitted_project(row["project_id"])
    desk.delete(row)
    return Reply(200)


ROUTES.add("PATCH", "/rest/v1.0/cost_code_line_item_types/sync", sync_assignments)
ROUTES.add("DELETE", "/rest/v1.0/cost_codes_line_item_types/{id}", delete_assignment)
