"""The lines of a prime contract: as those of commitments, but they budget no cost code (procore-api §8)."""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.resources.contracts import HolderDesk
from sandbox.procore.resources.line_items import LineItemDesk
from sandbox.procore.resources.prime_contracts import PrimeContractDesk
from sandbox.procore.values import Record


class PrimeLineDesk(LineItemDesk):
    """The lines of one prime contract."""

    table = "prime_line_items"

    def holder_desk(self) -> HolderDesk:
        """The desk of the prime contract."""
        return PrimeContractDesk(self.house, self.project_scope, as_user=self.as_user)

    def after(self, row: Record, before: Record | None) -> Record:
        """Make the WBS code and keep the contract's total."""
        cost_code, cost_type = self.cost_codes.get(row["cost_code_id"]), self.cost_types.get(row["line_item_type_id"])
        wbs_code = self.wbs_codes.code_for(cost_code, cost_type)
        if row["wbs_code_id"] != wbs_code["id"]:
            row = self.house.books.change(self.table, row["id"], {"wbs_code_id": wbs_code["id"]})
        self.contracts.add_to_total(self.contract["id"], Decimal(0))
        return row
