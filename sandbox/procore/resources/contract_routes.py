"""The endpoints of both contract types and of their lines (procore-api §6): the same set under two paths."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sandbox.procore.call import Call, api_routes
from sandbox.procore.errors import Invalid
from sandbox.procore.paging import chosen, listed
from sandbox.procore.resources.contracts import FROZEN, KINDS, ContractDesk, ContractKind
from sandbox.procore.resources.line_items import LineItemDesk
from sandbox.procore.sync import synced
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()


def _desk(kind: ContractKind, call: Call) -> ContractDesk:
    return ContractDesk(call.house, kind, call.project_scope())


def _lines(kind: ContractKind, call: Call) -> LineItemDesk:
    return LineItemDesk(call.house, _desk(kind, call).get(call.path_id("contract_id")))


def _shown(desk: ContractDesk, row: Record) -> Record:
    lines = LineItemDesk(desk.house, row)
    return desk.single(row, [lines.in_contract(line) for line in lines.ordered()])


def list_contracts(kind: ContractKind, call: Call) -> Reply:
    """GET: live ones, or with `filters[include_deleted]` those too, or only those."""
    desk = _desk(kind, call)
    deleted = call.request.value("filters[include_deleted]")
    rows = desk.rows()
    if deleted in ("with", "only"):
        everything = call.house.books.find(desk.table, **desk.scope)
        rows = everything if deleted == "with" else [row for row in everything if row["deleted_at"]]
    return listed(call, chosen(call, rows, "id", "status", "created_at", "updated_at", "origin_id"), desk.show)


def create_contract(kind: ContractKind, call: Call) -> Reply:
    """POST."""
    desk = _desk(kind, call)
    return Reply(201, _shown(desk, desk.create(call.wrapped(kind.wrapper))))


def show_contract(kind: ContractKind, call: Call) -> Reply:
    """GET one, with its lines."""
    desk = _desk(kind, call)
    return Reply(200, _shown(desk, desk.get(call.path_id())))


def change_contract(kind: ContractKind, call: Call) -> Reply:
    """PATCH."""
    desk = _desk(kind, call)
    return Reply(200, _shown(desk, desk.update(desk.get(call.path_id()), call.wrapped(kind.wrapper))))


def delete_contract(kind: ContractKind, call: Call) -> Reply:
    """DELETE: it is kept as deleted."""
    desk = _desk(kind, call)
    row = desk.get(call.path_id())
    if desk.frozen(row):
        raise Invalid({"base": [FROZEN]})
    call.house.books.change(desk.table, row["id"], {"deleted_at": call.house.clock.text()})
    return Reply(200)


def sync_contracts(kind: ContractKind, call: Call) -> Reply:
    """PATCH .../sync."""
    return synced(call, _desk(kind, call))


def list_lines(kind: ContractKind, call: Call) -> Reply:
    """GET .../line_items."""
    desk = _lines(kind, call)
    rows = chosen(call, desk.ordered(), "id", "created_at", "updated_at", "cost_code_id", "line_item_type_id")
    return listed(call, rows, _line_view(call, desk))


def create_line(kind: ContractKind, call: Call) -> Reply:
    """POST .../line_items."""
    desk = _lines(kind, call)
    return Reply(201, desk.show(desk.create(call.wrapped("line_item"))))


def show_line(kind: ContractKind, call: Call) -> Reply:
    """GET .../line_items/{id}."""
    desk = _lines(kind, call)
    return Reply(200, _line_view(call, desk)(desk.get(call.path_id())))


def change_line(kind: ContractKind, call: Call) -> Reply:
    """PATCH .../line_items/{id}."""
    desk = _lines(kind, call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("line_item"))))


def delete_line(kind: ContractKind, call: Call) -> Reply:
    """DELETE .../line_items/{id}."""
    desk = _lines(kind, call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def sync_lines(kind: ContractKind, call: Call) -> Reply:
    """PATCH .../line_items/sync."""
    return synced(call, _lines(kind, call), too_large=413)


def _line_view(call: Call, desk: LineItemDesk) -> Callable[[Record], Record]:
    return desk.source_line if call.request.value("view") == "ssov_source_lines" else desk.show


for _kind in KINDS.values():
    _base = f"/rest/v1.0/{_kind.path}"
    for _path, _table in (
        ("", {"GET": list_contracts, "POST": create_contract}),
        ("/{id}", {"GET": show_contract, "PATCH": change_contract, "DELETE": delete_contract}),
        ("/sync", {"PATCH": sync_contracts}),
        ("/{contract_id}/line_items", {"GET": list_lines, "POST": create_line}),
        ("/{contract_id}/line_items/{id}", {"GET": show_line, "PATCH": change_line, "DELETE": delete_line}),
        ("/{contract_id}/line_items/sync", {"PATCH": sync_lines}),
    ):
        for _method, _handler in _table.items():
            ROUTES.add(_method, _base + _path, partial(_handler, _kind))
