"""The endpoints of subcontractor invoices: the invoice in v1.1, its items by type in v1.0 (procore-api §9)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sandbox.procore.call import Call, api_routes
from sandbox.procore.errors import missing_param, not_found
from sandbox.procore.house import House
from sandbox.procore.paging import chosen, listed
from sandbox.procore.resources.progress import items_of
from sandbox.procore.resources.requisition_shapes import change_order_item, contract_detail_item, contract_item
from sandbox.procore.resources.requisitions import RequisitionDesk
from sandbox.procore.values import Record, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

_FILTERS = ("id", "commitment_id", "period_id", "status", "created_at", "updated_at", "origin_id")


def _view(call: Call, desk: RequisitionDesk) -> Callable[[Record], Record]:
    """The shape that `view` names. Which keys belong to which view is assumed: the description has them all in one."""
    views = {"extended": desk.extended, "items": desk.with_items}
    return views.get(call.request.value("view") or "", desk.show)


def _commitment_desk(call: Call) -> RequisitionDesk:
    """The desk of the commitment that a write names. Raises ApiError."""
    scope = call.project_scope()
    named = call.parameter("commitment_id")
    if named is None:
        raise missing_param("commitment_id")
    try:
        contract = call.house.books.get("commitments", whole(named))
    except ValueError:
        contract = None
    if contract is None or contract["deleted_at"] or contract["project_id"] != scope["project_id"]:
        raise not_found("Commitment")
    return RequisitionDesk(call.house, scope | {"commitment_id": contract["id"]})


def list_requisitions(call: Call) -> Reply:
    """GET /rest/v1.1/requisitions."""
    desk = RequisitionDesk(call.house, call.project_scope())
    rows = chosen(call, desk.rows(), *_FILTERS)
    wanted = call.request.value("filters[is_last]")
    if wanted is not None:
        rows = [row for row in rows if desk.last(row) == (wanted.lower() in ("true", "1"))]
    return listed(call, rows, _view(call, desk))


def create_requisition(call: Call) -> Reply:
    """POST /rest/v1.1/requisitions."""
    desk = _commitment_desk(call)
    body = call.wrapped("requisition")
    row = desk.create(body)
    desk.write_items(row, body.get("items") or [], new=True)
    return Reply(201, _view(call, desk)(desk.get(row["id"])))


def show_requisition(call: Call) -> Reply:
    """GET /rest/v1.1/requisitions/{id}."""
    desk = RequisitionDesk(call.house, call.project_scope())
    return Reply(200, _view(call, desk)(desk.get(call.path_id())))


def change_requisition(call: Call) -> Reply:
    """PATCH /rest/v1.1/requisitions/{id}: its items first, so that an id that comes with them freezes only what follows."""
    desk = _commitment_desk(call)
    row, body = desk.get(call.path_id()), call.wrapped("requisition")
    desk.write_items(row, body.get("items") or [], new=False)
    desk.update(desk.get(row["id"]), body)
    return Reply(200, _view(call, desk)(desk.get(row["id"])))


def delete_requisition(call: Call) -> Reply:
    """DELETE /rest/v1.1/requisitions/{id}."""
    desk = RequisitionDesk(call.house, call.project_scope())
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


ItemShape = Callable[[House, Record], Record]


def _items(kind: str, call: Call) -> list[Record]:
    desk = RequisitionDesk(call.house, call.project_scope())
    items = items_of(call.house, desk.get(call.path_id("requisition_id")))
    return [item for item in items if item["item_type"] == kind]


def list_items(kind: str, show: ItemShape, call: Call) -> Reply:
    """GET the items of one type; `filters[change_order_id]` narrows those of change orders."""
    rows = _items(kind, call)
    if kind == "change_order_item":
        rows = chosen(call, rows, "change_order_id")
    return listed(call, rows, lambda item: show(call.house, item))


def show_item(kind: str, show: ItemShape, call: Call) -> Reply:
    """GET one item."""
    number = call.path_id()
    for item in _items(kind, call):
        if item["id"] == number:
            return Reply(200, show(call.house, item))
    raise not_found()


_BASE = "/rest/v1.1/requisitions"
ROUTES.add("GET", _BASE, list_requisitions)
ROUTES.add("POST", _BASE, create_requisition, exception_404=True)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_requisition)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_requisition, exception_404=True)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_requisition, exception_404=True)
_SHAPES: dict[str, ItemShape] = {
    "contract_item": contract_item,
    "contract_detail_item": contract_detail_item,
    "change_order_item": change_order_item,
}
for _kind, _show in _SHAPES.items():
    _path = f"/rest/v1.0/requisitions/{{requisition_id}}/{_kind}s"
    ROUTES.add("GET", _path, partial(list_items, _kind, _show), exception_404=True)
    ROUTES.add("GET", f"{_path}/{{id}}", partial(show_item, _kind, _show), exception_404=True)
