"""The endpoints of prime contracts: singular and plural paths, as documented (procore-api §8)."""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.errors import not_found
from sandbox.procore.paging import chosen, listed
from sandbox.procore.resources.prime_contracts import PrimeContractDesk, first_of
from sandbox.procore.resources.prime_lines import PrimeLineDesk
from sandbox.procore.sync import synced
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()


def _desk(call: Call) -> PrimeContractDesk:
    return PrimeContractDesk(call.house, call.project_scope())


def _lines(call: Call) -> PrimeLineDesk:
    return PrimeLineDesk(call.house, _desk(call).get(call.path_id("contract_id")))


def _shown(desk: PrimeContractDesk, row: Record) -> Record:
    lines = PrimeLineDesk(desk.house, row)
    return desk.single(row, [lines.in_contract(line) for line in lines.ordered()])


def list_contracts(call: Call) -> Reply:
    """GET /rest/v1.0/prime_contracts."""
    desk = _desk(call)
    return listed(call, chosen(call, desk.rows(), "id", "updated_at"), desk.show)


def show_first(call: Call) -> Reply:
    """GET /rest/v1.0/prime_contract: the project's first one."""
    desk = _desk(call)
    row = first_of(desk)
    if row is None:
        raise not_found()
    return Reply(200, _shown(desk, row))


def create_contract(call: Call) -> Reply:
    """POST /rest/v1.0/prime_contract."""
    desk = _desk(call)
    return Reply(201, _shown(desk, desk.create(call.wrapped("prime_contract"))))


def show_contract(call: Call) -> Reply:
    """GET /rest/v1.0/prime_contract/{id}."""
    desk = _desk(call)
    return Reply(200, _shown(desk, desk.get(call.path_id())))


def change_contract(call: Call) -> Reply:
    """PATCH /rest/v1.0/prime_contract/{id}."""
    desk = _desk(call)
    return Reply(200, _shown(desk, desk.update(desk.get(call.path_id()), call.wrapped("prime_contract"))))


def delete_contract(call: Call) -> Reply:
    """DELETE /rest/v1.0/prime_contract/{id}."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def list_lines(call: Call) -> Reply:
    """GET /rest/v1.0/prime_contracts/{id}/line_items."""
    desk = _lines(call)
    rows = chosen(call, desk.ordered(), "id", "created_at", "updated_at", "cost_code_id", "line_item_type_id")
    return listed(call, rows, desk.show)


def create_line(call: Call) -> Reply:
    """POST .../line_items."""
    desk = _lines(call)
    return Reply(201, desk.show(desk.create(call.wrapped("line_item"))))


def show_line(call: Call) -> Reply:
    """GET .../line_items/{id}."""
    desk = _lines(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_line(call: Call) -> Reply:
    """PATCH .../line_items/{id}."""
    desk = _lines(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("line_item"))))


def delete_line(call: Call) -> Reply:
    """DELETE .../line_items/{id}."""
    desk = _lines(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


def sync_lines(call: Call) -> Reply:
    """PATCH .../line_items/sync."""
    return synced(call, _lines(call), too_large=413)


_LINES = "/rest/v1.0/prime_contracts/{contract_id}/line_items"
ROUTES.add("GET", "/rest/v1.0/prime_contracts", list_contracts)
ROUTES.add("GET", "/rest/v1.0/prime_contract", show_first)
ROUTES.add("POST", "/rest/v1.0/prime_contract", create_contract)
ROUTES.add("GET", "/rest/v1.0/prime_contract/{id}", show_contract)
ROUTES.add("PATCH", "/rest/v1.0/prime_contract/{id}", change_contract)
ROUTES.add("DELETE", "/rest/v1.0/prime_contract/{id}", delete_contract)
ROUTES.add("GET", _LINES, list_lines)
ROUTES.add("POST", _LINES, create_line)
ROUTES.add("PATCH", f"{_LINES}/sync", sync_lines)
ROUTES.add("GET", f"{_LINES}/{{id}}", show_line)
ROUTES.add("PATCH", f"{_LINES}/{{id}}", change_line)
ROUTES.add("DELETE", f"{_LINES}/{{id}}", delete_line)
