"""The endpoints of direct costs and their lines (procore-api §8).

v1.0 calls the body `item` and shows no lines; v1.1 calls it `direct_cost` and writes and shows lines with it, at most 100 in
a POST. What both require of a new one is the published body's; a sync requires the type only, which is assumed.
"""

from __future__ import annotations

from functools import partial

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import required
from sandbox.procore.errors import Invalid, sentence
from sandbox.procore.paging import chosen, listed, words
from sandbox.procore.resources.direct_cost_lines import DirectCostLineDesk
from sandbox.procore.resources.direct_costs import DirectCostDesk
from sandbox.procore.sync import synced
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()

MOST_LINES = 100
_WRAPPERS = {"v1.0": "item", "v1.1": "direct_cost"}
_UNCHANGED = {"v1.0": ("direct_cost_type",), "v1.1": ("direct_cost_type", "invoice_number")}
"""What the published body of a PATCH doesn't have; as every unknown key it is ignored."""


def _desk(call: Call, *, by_sync: bool = False) -> DirectCostDesk:
    return DirectCostDesk(call.house, call.project_scope(), by_sync=by_sync)


def _shown(desk: DirectCostDesk, version: str, row: Record) -> Record:
    if version == "v1.0":
        return desk.show(row)
    lines = DirectCostLineDesk(desk.house, desk.scope | {"direct_cost_id": row["id"]})
    return desk.single(row, [lines.in_head(line) for line in lines.rows()])


def list_costs(call: Call) -> Reply:
    """GET: one page; a filter by external ids asks the index instead of all."""
    desk = _desk(call)
    named = call.request.values("filters[origin_id]")
    found = [desk.find_origin(word) for word in words(named)]
    unique = {row["id"]: row for row in found if row}
    rows = sorted(unique.values(), key=lambda row: row["id"]) if named else desk.rows()
    rows = chosen(call, rows, "id", "invoice_number", "created_at", "updated_at", "payment_date", "received_date")
    return listed(call, rows, desk.brief)


def create_cost(version: str, call: Call) -> Reply:
    """POST."""
    desk, body = _desk(call), call.wrapped(_WRAPPERS[version])
    missing = required(body, "direct_cost_type", "invoice_number", "vendor_id")
    if missing:
        raise Invalid(missing)
    row = desk.create(body)
    if version == "v1.1":
        lines = body.get("line_items") or []
        if len(lines) > MOST_LINES:
            raise Invalid({"line_items": [f"can't be more than {MOST_LINES}"]})
        _write_lines(desk, row, lines, new=True)
    return Reply(201, _shown(desk, version, desk.get(row["id"])))


def show_cost(version: str, call: Call) -> Reply:
    """GET one."""
    desk = _desk(call)
    return Reply(200, _shown(desk, version, desk.get(call.path_id())))


def change_cost(version: str, call: Call) -> Reply:
    """PATCH; in v1.1 lines with an id are changed and others added, and those that aren't named stay."""
    desk = _desk(call)
    row, body = desk.get(call.path_id()), call.wrapped(_WRAPPERS[version])
    own = {name: value for name, value in body.items() if name not in _UNCHANGED[version]}
    if any(name in own for name in desk.fields):
        desk.update(row, own)
    if version == "v1.1":
        _write_lines(desk, row, body.get("line_items") or [], new=False)
    return Reply(200, _shown(desk, version, desk.get(row["id"])))


def _write_lines(desk: DirectCostDesk, row: Record, bodies: list[Record], *, new: bool) -> None:
    """Write the lines of one request. Those of a new direct cost belong to the act of making it, synced or not."""
    lines = DirectCostLineDesk(desk.house, desk.scope | {"direct_cost_id": row["id"]}, by_sync=new)
    for body in bodies:
        own = {name: value for name, value in body.items() if name not in ("cost_code_id", "line_item_type_id")}
        if "manual_amount" in own:
            own |= {"amount": own["manual_amount"], "extended_type": "manual"}
        try:
            if own.get("id") is not None and not new:
                lines.update(lines.get(own["id"]), own)
            else:
                lines.create(own)
        except Invalid as refusal:
            raise Invalid({"line_items": [sentence(refusal.errors)]}) from None


def delete_cost(call: Call) -> Reply:
    """DELETE: answers the id."""
    desk = _desk(call)
    row = desk.get(call.path_id())
    desk.delete(row)
    return Reply(200, {"id": row["id"]})


def sync_costs(call: Call) -> Reply:
    """PATCH .../sync."""
    return synced(call, _desk(call, by_sync=True))


def _lines(call: Call) -> DirectCostLineDesk:
    head = _desk(call).get(call.path_id("direct_cost_id"))
    return DirectCostLineDesk(call.house, call.project_scope() | {"direct_cost_id": head["id"]})


def list_lines(call: Call) -> Reply:
    """GET .../{direct_cost_id}/line_items."""
    desk = _lines(call)
    names = ("id", "created_at", "updated_at", "cost_code_id", "line_item_type_id")
    return listed(call, chosen(call, desk.rows(), *names), desk.show)


def list_all_lines(call: Call) -> Reply:
    """GET .../direct_costs/line_items: those of all direct costs of the project."""
    desk = DirectCostLineDesk(call.house, call.project_scope())
    names = ("direct_cost_id", "id", "created_at", "updated_at", "cost_code_id", "line_item_type_id")
    return listed(call, chosen(call, desk.rows(), *names), desk.listed)


def create_line(call: Call) -> Reply:
    """POST .../{direct_cost_id}/line_items."""
    desk = _lines(call)
    return Reply(201, desk.show(desk.create(call.wrapped("line_item"))))


def show_line(call: Call) -> Reply:
    """GET .../{direct_cost_id}/line_items/{id}."""
    desk = _lines(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_line(call: Call) -> Reply:
    """PATCH .../{direct_cost_id}/line_items/{id}."""
    desk = _lines(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("line_item"))))


def delete_line(call: Call) -> Reply:
    """DELETE .../{direct_cost_id}/line_items/{id}."""
    desk = _lines(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def sync_lines(call: Call) -> Reply:
    """PATCH .../direct_costs/line_items/sync."""
    return synced(call, DirectCostLineDesk(call.house, call.project_scope(), by_sync=True), too_large=413)


for _version in _WRAPPERS:
    _base = f"/rest/{_version}/projects/{{project_id}}/direct_costs"
    ROUTES.add("GET", _base, list_costs)
    ROUTES.add("POST", _base, partial(create_cost, _version))
    ROUTES.add("GET", f"{_base}/{{id}}", partial(show_cost, _version))
    ROUTES.add("PATCH", f"{_base}/{{id}}", partial(change_cost, _version))
    ROUTES.add("DELETE", f"{_base}/{{id}}", delete_cost)

_BASE = "/rest/v1.0/projects/{project_id}/direct_costs"
_LINES = f"{_BASE}/{{direct_cost_id}}/line_items"
ROUTES.add("PATCH", f"{_BASE}/sync", sync_costs)
ROUTES.add("GET", f"{_BASE}/line_items", list_all_lines)
ROUTES.add("PATCH", f"{_BASE}/line_items/sync", sync_lines)
ROUTES.add("GET", _LINES, list_lines)
ROUTES.add("POST", _LINES, create_line)
ROUTES.add("GET", f"{_LINES}/{{id}}", show_line)
ROUTES.add("PATCH", f"{_LINES}/{{id}}", change_line)
ROUTES.add("DELETE", f"{_LINES}/{{id}}", delete_line)
