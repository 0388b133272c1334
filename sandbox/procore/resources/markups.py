"""Markups of a prime contract and of its change orders (procore-api §8).

`holder_type` Contract is a prime contract; PotentialChangeOrder, with the published words, is a prime contract change
order of the newer model, whose own id is taken to be the holder's: assumed. A contract's sets `change_orders_...` are for
change orders to come: each new one gets them as its own (assumed, `contract_markups_for_change_orders`). Conditions,
compounding and taxes aren't played, so they are refused.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import ApiError, Errors, missing_param, not_found
from sandbox.procore.house import House
from sandbox.procore.paging import listed
from sandbox.procore.resources.held_totals import keep_total
from sandbox.procore.resources.markup_amounts import markups_of
from sandbox.procore.resources.segments import SegmentDesk, shown_item
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Fields, Record, choice, flag, quantity, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

CONTRACT = "Contract"
CHANGE_ORDER = "PotentialChangeOrder"
HOLDERS = {CONTRACT: "prime_contracts", CHANGE_ORDER: "prime_change_orders"}
OWN_SETS = ("horizontal", "vertical")
LATER_SETS = ("change_orders_horizontal", "change_orders_vertical")


def _nothing(value: Any) -> None:
    if value:
        raise ValueError("isn't played by this stand-in")


class MarkupDesk(Desk):
    """The markups of one holder."""

    table = "markups"
    fields: Fields = {
        "name": text,
        "markup_set": choice(*OWN_SETS, *LATER_SETS),
        "percentage": quantity,
        "position": whole,
        "prime_line_item_id": whole,
        "wbs_code_id": whole,
        "applies_to_all": flag,
        **dict.fromkeys(("compound", "markup_conditions", "tax_code_ids"), _nothing),
    }
    blank: Record = {"applies_to_all": True}

    def __init__(self, house: House, holder: Record, holder_type: str, *, as_user: bool = False) -> None:
        self.project_scope = {name: holder[name] for name in ("company_id", "project_id")}
        named = {"holder_type": holder_type, "holder_id": holder["id"]}
        super().__init__(house, self.project_scope | named, as_user=as_user)
        self.holder = holder

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """Its place at the end."""
        if row["position"] is None:
            row = {**row, "position": max((other["position"] for other in self.rows()), default=0) + 1}
        return row

    def check(self, row: Record, before: Record | None) -> Errors:
        """Name, set and percentage are needed; only a contract has sets for change orders to come."""
        errors = required(row, "name", "markup_set", "percentage")
        if row["markup_set"] in LATER_SETS and row["holder_type"] != CONTRACT:
            errors["markup_set"] = ["is not included in the list"]
        if not row["applies_to_all"]:
            errors["applies_to_all"] = ["must be true: conditions aren't played by this stand-in"]
        if row["wbs_code_id"] and WbsCodeDesk(self.house, self.project_scope).find(row["wbs_code_id"]) is None:
            errors["wbs_code_id"] = ["must exist"]
        line = self.house.books.get("prime_line_items", row["prime_line_item_id"])
        if row["prime_line_item_id"] and (line is None or line["project_id"] != row["project_id"]):
            errors["prime_line_item_id"] = ["must exist"]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Keep the holder's total."""
        self._keep_total()
        return row

    def delete(self, row: Record) -> None:
        """Take one out."""
        self.house.books.remove(self.table, row["id"])
        self._keep_total()

    def ordered(self) -> list[Record]:
        """The markups in the order in which they count."""
        return markups_of(self.house, self.holder["id"])

    def show(self, row: Record) -> Record:
        """The only shape a markup has: its percentage, never an amount."""
        names = ("id", "applies_to_all", "holder_id", "holder_type", "markup_set", "name", "percentage", "position",
                 "prime_line_item_id", "project_id")  # fmt: skip
        nothing: Record = {"compound": None, "markup_conditions": [], "tax_code_ids": []}
        return {name: row[name] for name in names} | nothing | {"wbs_code": self._wbs_code(row)}

    def _keep_total(self) -> None:
        keep_total(self.house, HOLDERS[self.scope["holder_type"]], self.holder["id"])

    def _wbs_code(self, row: Record) -> Record | None:
        desk = WbsCodeDesk(self.house, self.project_scope)
        found = desk.find(row["wbs_code_id"])
        if found is None:
            return None
        cost_code, cost_type = desk.parts(found)
        parts = {"cost_code": cost_code, "line_item_type": cost_type}
        segments = SegmentDesk(self.house, {"company_id": row["company_id"]}).rows()
        items = [(s, shown_item(self.house, s, parts[s["type"]])) for s in segments if s["type"] in parts]
        names = ("id", "code", "name", "path_codes", "path_ids")
        return desk.flat(found) | {
            "segment_items": [
                {name: item[name] for name in names} | {"segment_id": segment["id"], "segment_type": segment["type"]}
                for segment, item in items
            ]
        }


def inherit_markups(house: House, change_order: Record) -> None:
    """Give a new prime contract change order its contract's markups for change orders."""
    desk = MarkupDesk(house, change_order, CHANGE_ORDER, as_user=True)
    for row in markups_of(house, change_order["contract_id"]):
        if row["markup_set"] in LATER_SETS:
            own = {name: row[name] for name in MarkupDesk.fields} | {"position": None}
            desk.create({**own, "markup_set": row["markup_set"].removeprefix("change_orders_")})


def _desk(call: Call) -> MarkupDesk:
    scope = call.project_scope()
    named = {name: call.request.value(name) for name in ("holder_type", "holder_id")}
    for name, value in named.items():
        if value is None:
            raise missing_param(name)
    table = HOLDERS.get(str(named["holder_type"]))
    if table is None:
        raise ApiError(400, "holder_type does not have a valid value")
    try:
        holder = call.house.books.get(table, whole(named["holder_id"]))
    except ValueError:
        holder = None
    if holder is None or holder["deleted_at"] or holder["project_id"] != scope["project_id"]:
        raise not_found("Holder")
    return MarkupDesk(call.house, holder, str(named["holder_type"]))


def list_markups(call: Call) -> Reply:
    """GET /rest/v1.0/financials/markups."""
    desk = _desk(call)
    return listed(call, desk.ordered(), desk.show)


def create_markup(call: Call) -> Reply:
    """POST /rest/v1.0/financials/markups."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("markup"))))


def show_markup(call: Call) -> Reply:
    """GET /rest/v1.0/financials/markups/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_markup(call: Call) -> Reply:
    """PATCH /rest/v1.0/financials/markups/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("markup"))))


def delete_markup(call: Call) -> Reply:
    """DELETE /rest/v1.0/financials/markups/{id}."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(204)


_BASE = "/rest/v1.0/financials/markups"
ROUTES.add("GET", _BASE, list_markups)
ROUTES.add("POST", _BASE, create_markup)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_markup)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_markup)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_markup)
