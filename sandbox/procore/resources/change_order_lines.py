"""The lines of a change order, read and written through v2.0 (procore-api §6).

A line stands on a WBS code. One of a commitment's change order names an existing line of the commitment or none, and
then adds an item of its own; either way the commitment's schedule of values stays as it is, which is assumed. A line may
name a line of the project's prime contract.
"""

from __future__ import annotations

from sandbox.procore.desk import Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import extended
from sandbox.procore.resources.change_orders import COMMITMENT, FROZEN, PRIME, ChangeOrderDesk, ChangeOrderKind
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.line_item_types import LineItemTypeDesk
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.v2 import id_text, json_number
from sandbox.procore.values import Fields, Record, choice, money, quantity, text, whole

_FIELDS: Fields = {
    "amount": money,
    "description": text,
    "quantity": quantity,
    "unit_cost": quantity,
    "uom": text,
    "wbs_code_id": whole,
    "tax_code_id": whole,
    "prime_line_item_id": whole,
}


class ChangeOrderLineDesk(Desk):
    """The lines of one change order."""

    internal: Fields = {
        "cost_code_id": whole,
        "line_item_type_id": whole,
        "position": whole,
        "extended_type": choice("manual", "calculated"),
    }

    def __init__(self, house: House, kind: ChangeOrderKind, change_order: Record, *, as_user: bool = False) -> None:
        self.project_scope = {name: change_order[name] for name in ("company_id", "project_id")}
        super().__init__(house, {**self.project_scope, "change_order_id": change_order["id"]}, as_user=as_user)
        self.kind = kind
        self.table = kind.lines
        self.fields = {**_FIELDS, "commitment_line_item_id": whole} if kind is COMMITMENT else _FIELDS
        self.change_order = change_order
        self.change_orders = ChangeOrderDesk(house, kind, self.project_scope, as_user=as_user)
        self.wbs_codes = WbsCodeDesk(house, self.project_scope)

    def ordered(self) -> list[Record]:
        """The lines in their order."""
        return self.change_orders.lines_of(self.change_order)

    def create(self, body: Record, number: int | None = None) -> Record:
        """Add a line. The published body of a new prime line has no `prime_line_item_id`: only a change takes it."""
        if self.kind is PRIME and not self.as_user:
            body = {name: value for name, value in body.items() if name != "prime_line_item_id"}
        return super().create(body, number)

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The codes behind the WBS code, the place at the end, and the amount."""
        row = {**row, **self._combination(row, body)}
        if row["position"] is None:
            row["position"] = max((other["position"] for other in self.ordered()), default=0) + 1
        if before is not None and body.get("amount") is not None and "extended_type" not in body:
            row["extended_type"] = "manual"
        return extended(row)

    def check(self, row: Record, before: Record | None) -> Errors:
        """Codes and named lines must exist, the unit must be one of the company's, and what is frozen stays."""
        errors: Errors = {}
        if not (row["cost_code_id"] and row["line_item_type_id"]):
            errors["wbs_code_id"] = ["can't be blank"]
        units = self.house.books.find("uoms", company_id=row["company_id"], name=row["uom"], deleted_at=None)
        if row["uom"] and not units:
            errors["uom"] = ["is not in the company's list of units of measure"]
        errors |= self._named_lines(row)
        changed = before is None or any(row[name] != before[name] for name in before if name != "updated_at")
        if changed and self.change_orders.frozen(self._change_order_now()):
            errors["base"] = [FROZEN]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Make the WBS code and keep the change order's total."""
        cost_code = CostCodeDesk(self.house, self.project_scope).get(row["cost_code_id"])
        cost_type = LineItemTypeDesk(self.house, {"company_id": row["company_id"]}).get(row["line_item_type_id"])
        wbs_code = self.wbs_codes.code_for(cost_code, cost_type)
        if row["wbs_code_id"] != wbs_code["id"]:
            row = self.house.books.change(self.table, row["id"], {"wbs_code_id": wbs_code["id"]})
        self.change_orders.keep_total(self.change_order["id"])
        return row

    def delete(self, row: Record) -> None:
        """Take a line out. Raises Invalid while the change order is frozen."""
        if self.change_orders.frozen(self._change_order_now()):
            raise Invalid({"base": [FROZEN]})
        self.house.books.remove(self.table, row["id"])
        self.change_orders.keep_total(self.change_order["id"])

    def show(self, row: Record) -> Record:
        """The only shape a line has: ids as text, the quantity as a number."""
        wbs_code = self.wbs_codes.find(row["wbs_code_id"])
        flat = self.wbs_codes.flat(wbs_code) if wbs_code else None
        ids = [name for name in self.fields if name.endswith("_id")]
        return {
            **{name: row[name] for name in ("description", "uom", "unit_cost", "amount", "extended_type", "position")},
            **{name: id_text(row[name]) for name in ("id", *ids)},
            "quantity": json_number(row["quantity"]),
            "wbs_code": {**flat, "id": id_text(flat["id"])} if flat else None,
        }

    def _combination(self, row: Record, body: Record) -> Record:
        if not body.get("wbs_code_id"):
            return {}
        found = self.wbs_codes.find(row["wbs_code_id"])
        if found is None:
            raise Invalid({"wbs_code_id": ["must exist"]})
        return {name: found[name] for name in ("cost_code_id", "line_item_type_id")}

    def _named_lines(self, row: Record) -> Errors:
        """A line of the changed contract, or of any live prime contract of the project."""
        errors: Errors = {}
        for name, table in (("commitment_line_item_id", "line_items"), ("prime_line_item_id", "prime_line_items")):
            if not row.get(name):
                continue
            found = self.house.books.get(table, row[name])
            own = name == self.kind.line_field
            place = ("contract_id", self.change_order["contract_id"]) if own else ("project_id", row["project_id"])
            if found is None or found[place[0]] != place[1]:
                errors[name] = ["must exist"]
        return errors

    def _change_order_now(self) -> Record:
        return self.house.books.get(self.kind.path, self.change_order["id"]) or self.change_order
