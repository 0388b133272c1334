"""The lines of a contract (its schedule of values): fields, rules and shapes (procore-api §6).

A line stands on a cost code and a cost type, or on the WBS code that means both, which wins. A calculated line's amount
is quantity × unit cost, rounded to cents. A line on a code that wasn't budgeted adds a budget line at zero. Lines of a
frozen contract can't be added, changed or removed; their external ids can.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import extended
from sandbox.procore.resources.budget_lines import BudgetLineDesk
from sandbox.procore.resources.coded_lines import LINE_FIELDS, CodedLineDesk
from sandbox.procore.resources.contracts import FROZEN, KINDS, ContractDesk, HolderDesk
from sandbox.procore.values import Fields, Record, flag, whole

_FREE = ("origin_id", "origin_data", "updated_at", "position")


class LineItemDesk(CodedLineDesk):
    """The lines of one contract."""

    table = "line_items"
    fields: Fields = LINE_FIELDS
    internal: Fields = {"position": whole, "from_bid": flag}
    """`from_bid`: it came with a converted bid, and so may have no cost type."""

    def __init__(self, house: House, contract: Record, *, as_user: bool = False) -> None:
        names = ("company_id", "project_id")
        scope = {name: contract[name] for name in names} | {"contract_id": contract["id"]}
        super().__init__(house, scope, as_user=as_user)
        self.contract = contract
        self.contracts = self.holder_desk()
        self._shown_codes: dict[int, Record] = {}
        self._last_position: int | None = None

    def holder_desk(self) -> HolderDesk:
        """The desk of the contract that holds the lines."""
        return ContractDesk(self.house, KINDS[self.contract["type"]], self.project_scope, as_user=self.as_user)

    def ordered(self) -> list[Record]:
        """The lines as they stand in the contract."""
        return sorted(self.rows(), key=lambda row: (row["position"], row["id"]))

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The WBS code's parts, the place at the end, and the amount of a calculated line."""
        row = {**row, **self.combination(row, body)}
        if row["position"] is None:
            row["position"] = self._next_position()
        return extended(row)

    def check(self, row: Record, before: Record | None) -> Errors:
        """Code and type must exist, the unit must be one of the company's, and what is frozen stays."""
        errors = self.code_errors(row)
        if row.get("from_bid") and row["line_item_type_id"] is None:
            errors.pop("line_item_type_id", None)
        if self._changes(row, before) and self.contracts.frozen(self._contract_now()):
            errors["base"] = [FROZEN]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Make the WBS code and, if there is none, its budget line, and keep the contract's total."""
        old = Decimal(before["amount"]) if before else Decimal(0)
        self.contracts.add_to_total(self.contract["id"], Decimal(row["amount"]) - old)
        if row["line_item_type_id"] is None:
            return row
        cost_code, cost_type = self.cost_codes.get(row["cost_code_id"]), self.cost_types.get(row["line_item_type_id"])
        wbs_code = self.wbs_codes.code_for(cost_code, cost_type)
        BudgetLineDesk(self.house, self.project_scope).ensure(wbs_code)
        if row["wbs_code_id"] == wbs_code["id"]:
            return row
        return self.house.books.change(self.table, row["id"], {"wbs_code_id": wbs_code["id"]})

    def delete(self, row: Record) -> None:
        """Take a line out. Raises Invalid while the contract is frozen."""
        if self.contracts.frozen(self._contract_now()):
            raise Invalid({"base": [FROZEN]})
        self.house.books.remove(self.table, row["id"])
        self.contracts.add_to_total(self.contract["id"], -Decimal(row["amount"]))

    def show(self, row: Record) -> Record:
        """The only full shape a line has."""
        kept = ("id", "amount", "created_at", "description", "extended_type", "origin_data", "origin_id", "position",
                "quantity", "tax_code_id", "unit_cost", "uom", "updated_at")  # fmt: skip
        company = self.house.books.get("companies", row["company_id"]) or {}
        project = self.house.books.get("projects", row["project_id"]) or {}
        cost_type = self.cost_types.find(row["line_item_type_id"])
        return {name: row[name] for name in kept} | {
            "total_amount": row["amount"],
            "extended_amount": row["amount"],
            "company": {"id": row["company_id"], "name": company.get("name")},
            "project": {"id": row["project_id"], "name": project.get("name")},
            "cost_code": self._cost_code(row["cost_code_id"]),
            "line_item_type": self.cost_types.show(cost_type) if cost_type else None,
            "wbs_code": self._wbs_code(row),
            "holder": {"id": self.contract["id"], "holder_type": self.contract["type"]},
            "currency_configuration": {"currency_iso_code": company.get("base_currency")},
        }

    def in_contract(self, row: Record) -> Record:
        """As the contract's show has it."""
        return self.show(row) | {"currency_configuration": self.contracts.currency(self.contract)}

    def source_line(self, row: Record) -> Record:
        """The short shape of the view ssov_source_lines."""
        names = ("id", "amount", "description", "position", "wbs_code", "currency_configuration")
        return {name: value for name, value in self.show(row).items() if name in names}

    def _next_position(self) -> int:
        if self._last_position is None:
            self._last_position = max((other["position"] for other in self.rows()), default=0)
        self._last_position += 1
        return self._last_position

    def _changes(self, row: Record, before: Record | None) -> bool:
        return before is None or any(row[name] != before[name] for name in before if name not in _FREE)

    def _contract_now(self) -> Record:
        return self.house.books.get(self.contracts.table, self.contract["id"]) or self.contract

    def _wbs_code(self, row: Record) -> Record | None:
        wbs_code = self.wbs_codes.find(row["wbs_code_id"])
        return self.wbs_codes.flat(wbs_code) if wbs_code else None

    def _cost_code(self, number: int) -> Record | None:
        if number not in self._shown_codes:
            found = self.cost_codes.find(number)
            if found is None:
                return None
            self._shown_codes[number] = self.cost_codes.single(found)
        return self._shown_codes[number]
