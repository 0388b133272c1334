"""The endpoints of both kinds of change orders: v1.0 for the head, v2.0 for the lines (procore-api §6, §8)."""

from __future__ import annotations

from functools import partial

from sandbox.procore.call import Call, api_routes
from sandbox.procore.paging import chosen, listed, ordered
from sandbox.procore.resources.change_order_lines import ChangeOrderLineDesk
from sandbox.procore.resources.change_orders import CHANGE_ORDERS, ChangeOrderDesk, ChangeOrderKind
from sandbox.procore.v2 import data, page_of_data
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()

_FILTERS = ("id", "batch_id", "legacy_package_id", "contract_id", "status", "updated_at")


def _desk(kind: ChangeOrderKind, call: Call) -> ChangeOrderDesk:
    return ChangeOrderDesk(call.house, kind, call.project_scope())


def _lines(kind: ChangeOrderKind, call: Call) -> ChangeOrderLineDesk:
    return ChangeOrderLineDesk(call.house, kind, _desk(kind, call).get(call.path_id("change_order_id")))


def _extended(call: Call, shown: Record) -> Record:
    """The view `extended` adds the change events, which aren't played."""
    return shown | ({"change_events": []} if call.request.value("view") == "extended" else {})


def _with_vendor(call: Call, kind: ChangeOrderKind, rows: list[Record]) -> list[Record]:
    if call.request.value("filters[vendor_id]") is None:
        return rows
    contracts = {row["id"]: row for row in call.house.books.find(kind.contracts, **call.project_scope())}
    return chosen(call, [row | {"vendor_id": contracts[row["contract_id"]]["vendor_id"]} for row in rows], "vendor_id")


def list_change_orders(kind: ChangeOrderKind, call: Call) -> Reply:
    """GET. The description has one object here; that it is an array of them is certain enough (procore-api §12)."""
    desk = _desk(kind, call)
    rows = ordered(call, _with_vendor(call, kind, chosen(call, desk.rows(), *_FILTERS)), "id", "created_at")
    return listed(call, rows, lambda row: _extended(call, desk.show(row)))


def create_change_order(kind: ChangeOrderKind, call: Call) -> Reply:
    """POST."""
    desk = _desk(kind, call)
    return Reply(201, desk.single(desk.create(call.wrapped("change_order"))))


def show_change_order(kind: ChangeOrderKind, call: Call) -> Reply:
    """GET one, without its lines."""
    desk = _desk(kind, call)
    return Reply(200, _extended(call, desk.single(desk.get(call.path_id()))))


def change_change_order(kind: ChangeOrderKind, call: Call) -> Reply:
    """PATCH."""
    desk = _desk(kind, call)
    changed = desk.update(desk.get(call.path_id()), call.wrapped("change_order"))
    return Reply(200, _extended(call, desk.single(changed)))


def delete_change_order(kind: ChangeOrderKind, call: Call) -> Reply:
    """DELETE."""
    desk = _desk(kind, call)
    desk.delete(desk.get(call.path_id()))
    return Reply(204)


def list_lines(kind: ChangeOrderKind, call: Call) -> Reply:
    """GET .../line_items."""
    desk = _lines(kind, call)
    return page_of_data(call, desk.ordered(), desk.show)


def create_line(kind: ChangeOrderKind, call: Call) -> Reply:
    """POST .../line_items: 200, as described."""
    desk = _lines(kind, call)
    return data(desk.show(desk.create(call.body)))


def show_line(kind: ChangeOrderKind, call: Call) -> Reply:
    """GET .../line_items/{id}."""
    desk = _lines(kind, call)
    return data(desk.show(desk.get(call.path_id())))


def change_line(kind: ChangeOrderKind, call: Call) -> Reply:
    """PATCH .../line_items/{id}."""
    desk = _lines(kind, call)
    return data(desk.show(desk.update(desk.get(call.path_id()), call.body)))


def delete_line(kind: ChangeOrderKind, call: Call) -> Reply:
    """DELETE .../line_items/{id}."""
    desk = _lines(kind, call)
    desk.delete(desk.get(call.path_id()))
    return Reply(204)


for _kind in CHANGE_ORDERS.values():
    _heads = f"/rest/v1.0/projects/{{project_id}}/{_kind.path}"
    _line = f"/rest/v2.0/companies/{{company_id}}/projects/{{project_id}}/{_kind.path}/{{change_order_id}}/line_items"
    for _path, _table in (
        (_heads, {"GET": list_change_orders, "POST": create_change_order}),
        (f"{_heads}/{{id}}", {"GET": show_change_order, "PATCH": change_change_order, "DELETE": delete_change_order}),
        (_line, {"GET": list_lines, "POST": create_line}),
        (f"{_line}/{{id}}", {"GET": show_line, "PATCH": change_line, "DELETE": delete_line}),
    ):
        for _method, _handler in _table.items():
            ROUTES.add(_method, _path, partial(_handler, _kind))
