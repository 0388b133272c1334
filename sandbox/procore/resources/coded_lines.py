"""What all lines that stand on a cost code and a cost type have in common (procore-api §6, §8).

A line names both, or the WBS code that means both, which wins. Its unit must be one of the company's.
"""

from __future__ import annotations

from sandbox.procore.desk import Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.line_item_types import LineItemTypeDesk
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Fields, Record, choice, money, origin, quantity, text, whole

LINE_FIELDS: Fields = {
    "amount": money,
    "cost_code_id": whole,
    "line_item_type_id": whole,
    "wbs_code_id": whole,
    "description": text,
    "extended_type": choice("manual", "calculated"),
    "quantity": quantity,
    "unit_cost": quantity,
    "uom": text,
    "tax_code_id": whole,
    "origin_data": text,
    "origin_id": origin,
}


class CodedLineDesk(Desk):
    """Lines of one project. A desk lives for one request, so what it has looked up once it keeps."""

    def __init__(self, house: House, scope: Record, *, as_user: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        self.project_scope = {name: scope[name] for name in ("company_id", "project_id")}
        self.cost_codes = CostCodeDesk(house, self.project_scope)
        self.cost_types = LineItemTypeDesk(house, {"company_id": scope["company_id"]})
        self.wbs_codes = WbsCodeDesk(house, self.project_scope)
        self._units: set[str] | None = None

    def combination(self, row: Record, body: Record) -> Record:
        """The cost code and cost type of the WBS code that a body names. Raises Invalid for an unknown one."""
        if not body.get("wbs_code_id"):
            return {}
        found = self.wbs_codes.find(row["wbs_code_id"])
        if found is None:
            raise Invalid({"wbs_code_id": ["must exist"]})
        return {name: found[name] for name in ("cost_code_id", "line_item_type_id")}

    def code_errors(self, row: Record) -> Errors:
        """Code and type must exist, and the unit must be one of the company's."""
        errors: Errors = {}
        for name, desk in (("cost_code_id", self.cost_codes), ("line_item_type_id", self.cost_types)):
            if row[name] is None:
                errors[name] = ["can't be blank"]
            elif desk.find(row[name]) is None:
                errors[name] = ["must exist"]
        if row["uom"] and row["uom"] not in self._known_units():
            errors["uom"] = ["is not in the company's list of units of measure"]
        return errors

    def _known_units(self) -> set[str]:
        if self._units is None:
            rows = self.house.books.find("uoms", company_id=self.scope["company_id"], deleted_at=None)
            self._units = {row["name"] for row in rows}
        return self._units
