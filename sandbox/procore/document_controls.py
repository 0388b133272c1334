"""The controls of change orders, prime contracts, invoices, payments, direct costs and compliance under /_sandbox.

A Procore user's hands on them. Each takes one body, or many under its resource's name, and answers ids and what they came to.
The bodies are those of document_entry and cost_entry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.procore.cost_entry import compliance, compliance_document, direct_cost, direct_cost_lines
from sandbox.procore.desk import LIVE
from sandbox.procore.document_entry import Entry
from sandbox.procore.errors import ApiError
from sandbox.procore.house import House
from sandbox.procore.resources.change_orders import CHANGE_ORDERS
from sandbox.procore.resources.document_desks import DOCUMENT_DESKS
from sandbox.procore.resources.held_totals import LINES, held_lines
from sandbox.procore.resources.markup_amounts import markup_amounts, markups_of
from sandbox.procore.resources.markups import HOLDERS
from sandbox.procore.resources.progress import items_of, summary
from sandbox.procore.resources.requisition_shapes import any_item
from sandbox.procore.values import Record
from sandbox.procore.web import Request

Parts = dict[str, str]
Enter = Callable[[Entry, Record], Record]


def _change_order(table: str, entry: Entry, body: Record) -> Record:
    return entry.change_order(table, body)


_ENTERED: dict[str, Enter] = {
    "prime_contracts": Entry.prime_contract,
    **{table: partial(_change_order, table) for table in CHANGE_ORDERS},
    "billing_periods": Entry.billing_period,
    "requisitions": Entry.requisition,
    "contract_payments": Entry.payment,
    "direct_costs": direct_cost,
    "compliances": compliance,
    "compliance_documents": compliance_document,
}
"""What is entered as a whole, in an order in which a seed can be entered."""
DOCUMENTS = tuple(_ENTERED)


def document_controls(house: House) -> dict[str, Callable[[Request, Parts], Any]]:
    """The handlers by method and path."""
    controls = _DocumentControls(house)
    handlers: dict[str, Callable[[Request, Parts], Any]] = {
        f"POST /{table}": partial(controls.add, table) for table in DOCUMENTS
    }
    handlers |= {f"DELETE /{table}/{{id}}": partial(controls.delete, table) for table in DOCUMENT_DESKS}
    for table in LINES:
        handlers[f"POST /{table}/{{id}}/lines"] = partial(controls.add_lines, table)
        handlers[f"PUT /{table}/{{id}}/lines"] = partial(controls.replace_lines, table)
    for table in HOLDERS.values():
        handlers[f"POST /{table}/{{id}}/markups"] = partial(controls.add_markups, table)
    return handlers | {
        "POST /requisitions/{id}/items": controls.write_items,
        "POST /direct_costs/{id}/lines": controls.add_cost_lines,
        "PUT /commitments/{id}/lines/{line}/details": controls.replace_details,
    }


def enter_document(house: House, table: str, body: Record) -> Record:
    """Enter one document of a seed. Raises ValueError or Invalid."""
    return _ENTERED[table](Entry(house), body)


def nested(house: House, table: str, row: Record) -> Record:
    """A record as the books show it: with its lines and its markups and what these come to, or with its items."""
    if table == "requisitions":
        items = [item | any_item(house, item) for item in items_of(house, row)]
        return row | {"items": items, "summary": summary(house, row)[1]}
    if table == "direct_costs":
        return row | {"line_items": house.books.find("direct_cost_line_items", direct_cost_id=row["id"], **LIVE)}
    if table not in LINES:
        return row
    lines, markups = held_lines(house, table, row["id"]), markups_of(house, row["id"])
    shown = row | {"line_items": lines}
    if table not in HOLDERS.values():
        return shown
    return shown | {"markups": markups, "markup_amounts": markup_amounts(lines, markups)}


class _DocumentControls:
    def __init__(self, house: House) -> None:
        self.house = house

    def add(self, table: str, request: Request, parts: Parts) -> Record:
        """Enter one, or many under the table's name."""
        body, entry = request.json(), Entry(self.house)
        enter = _ENTERED[table]
        if table not in body:
            return self._brief(table, enter(entry, body))
        rows = [self._brief(table, enter(entry, one)) for one in body[table]]
        return {table: rows, "ids": [row["id"] for row in rows]}

    def delete(self, table: str, request: Request, parts: Parts) -> Record:
        """Delete as a user would."""
        row = self._row(table, parts)
        desk = DOCUMENT_DESKS[table](self.house, row)
        if desk is None:
            raise ApiError(404, f"what holds {table} {parts['id']} is gone")
        desk.delete(row)
        return {"status": "deleted"}

    def add_lines(self, table: str, request: Request, parts: Parts) -> Record:
        """Add one line, or many under `lines`."""
        body = request.json()
        Entry(self.house).lines(table, self._row(table, parts), body.get("lines", [body]))
        return self._brief(table, self._row(table, parts))

    def add_cost_lines(self, request: Request, parts: Parts) -> Record:
        """Add one line to a direct cost, or many under `lines`."""
        body = request.json()
        direct_cost_lines(Entry(self.house), self._row("direct_costs", parts), body.get("lines", [body]))
        return self._brief("direct_costs", self._row("direct_costs", parts))

    def replace_lines(self, table: str, request: Request, parts: Parts) -> Record:
        """Replace all lines by those under `lines`."""
        bodies = request.json()["lines"]
        for line in held_lines(self.house, table, int(parts["id"])):
            desk = DOCUMENT_DESKS[LINES[table][0]](self.house, line)
            assert desk is not None
            desk.delete(line)
        Entry(self.house).lines(table, self._row(table, parts), bodies)
        return self._brief(table, self._row(table, parts))

    def add_markups(self, table: str, request: Request, parts: Parts) -> Record:
        """Add one markup, or many under `markups`."""
        body = request.json()
        holder = next(name for name, held in HOLDERS.items() if held == table)
        Entry(self.house).markups(holder, self._row(table, parts), body.get("markups", [body]))
        return self._brief(table, self._row(table, parts))

    def write_items(self, request: Request, parts: Parts) -> Record:
        """Write one item's amounts, or those of many under `items`."""
        body = request.json()
        Entry(self.house).items(self._row("requisitions", parts), body.get("items", [body]))
        return self._brief("requisitions", self._row("requisitions", parts))

    def replace_details(self, request: Request, parts: Parts) -> Record:
        """Replace the subcontractor's details of a commitment's line by those under `details`."""
        contract = self._row("commitments", parts)
        rows = Entry(self.house).details(contract, int(parts["line"]), request.json()["details"])
        return {"detail_line_item_ids": [row["id"] for row in rows]}

    def _row(self, table: str, parts: Parts) -> Record:
        row = self.house.books.get(table, int(parts["id"]))
        if row is None or row["deleted_at"]:
            raise ApiError(404, f"there is no record {parts['id']} in {table}")
        return row

    def _brief(self, table: str, row: Record) -> Record:
        """The id, what names it, what it came to, and the ids of its parts."""
        whole = nested(self.house, table, row)
        names = ("id", "number", "status", "grand_total", "amount", "contract_id", "commitment_id", "summary")
        shown = {name: whole[name] for name in names if name in whole}
        for parts, ids in (("line_items", "line_item_ids"), ("markups", "markup_ids"), ("items", "item_ids")):
            if parts in whole:
                shown[ids] = [part["id"] for part in whole[parts]]
        return shown
