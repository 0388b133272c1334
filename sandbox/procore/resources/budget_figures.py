"""What the columns of a budget view add up to, per WBS code (procore-api §7).

Assumed, after Procore's support pages: `budget_modifications` is modifications and approved budget changes together; the
automatic forecast is what the committed costs leave of the revised budget; itemized lines beat a typed amount, which beats
the automatic one; the estimated cost at completion is committed costs plus forecast, unless the line says what the view's
own formula yields. Committed are the lines of approved and completed commitments and of their approved change orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.procore.desk import LIVE
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import number
from sandbox.procore.resources.budgets import MODIFICATIONS, BudgetDesk
from sandbox.procore.resources.change_orders import COMMITMENT
from sandbox.procore.values import Record

_COMMITTED = ("Approved", "Complete")
_PENDING = ("draft", "under_review")

Sums = dict[Any, Decimal]


@dataclass(frozen=True)
class Row:
    """The figures of one WBS code."""

    original_budget_amount: Decimal
    budget_modifications: Decimal
    pending_budget_changes: Decimal
    committed_costs: Decimal
    manual_forecast: Decimal | None
    itemized: bool
    formula_yield: Decimal | None

    @property
    def revised_budget(self) -> Decimal:
        """Original amount and all that moved it."""
        return self.original_budget_amount + self.budget_modifications

    @property
    def automatic_forecast(self) -> Decimal:
        """What the committed costs leave of the revised budget."""
        return max(self.revised_budget - self.committed_costs, Decimal(0))

    @property
    def forecast(self) -> Decimal:
        """Forecast to complete."""
        return self.automatic_forecast if self.manual_forecast is None else self.manual_forecast

    @property
    def estimated_cost_at_completion(self) -> Decimal:
        """What the work will have cost."""
        return self.committed_costs + self.forecast if self.formula_yield is None else self.formula_yield

    @property
    def projected_over_under(self) -> Decimal:
        """What will be left of the revised budget."""
        return self.revised_budget - self.estimated_cost_at_completion


FIGURES = (
    "revised_budget", "pending_budget_changes", "committed_costs", "estimated_cost_at_completion", "projected_over_under",
)  # fmt: skip
"""What a source or formula column of a view may show."""


class Figures:
    """The figures of one project, summed up once."""

    def __init__(self, house: House, scope: Record) -> None:
        books = house.books
        self._locked = BudgetDesk(house, scope).now["locked"]
        lines = {line["id"]: line for line in books.find("budget_line_items", **scope, **LIVE)}
        self.lines = {line["wbs_code_id"]: line for line in lines.values()}
        self._moved = _moved(lines, books.find(MODIFICATIONS, **scope, **LIVE))
        self._pending: Sums = defaultdict(Decimal)
        for change in books.find("budget_changes", **scope, **LIVE):
            sums = {"approved": self._moved, **dict.fromkeys(_PENDING, self._pending)}.get(change["status"])
            if sums is not None:
                _add(sums, change["adjustment_line_items"])
        self._committed: Sums = defaultdict(Decimal)
        for contract in books.find("commitments", **scope, **LIVE):
            if contract["status"] in _COMMITTED:
                _add(self._committed, books.find("line_items", contract_id=contract["id"], **LIVE))
        for order in books.find(COMMITMENT.path, **scope, **LIVE):
            if order["status"] == "approved":
                _add(self._committed, books.find(COMMITMENT.lines, change_order_id=order["id"], **LIVE))
        self._items: Sums = {}
        for item in books.find("manual_forecast_line_items", **scope, **LIVE):
            line_id = item["budget_line_item_id"]
            self._items[line_id] = self._items.get(line_id, Decimal(0)) + number(item, "amount")

    def deletable(self, wbs_code_id: int) -> bool:
        """Whether there is a budget line, in an unlocked budget, that nothing stands on."""
        used = any(wbs_code_id in sums for sums in (self._moved, self._pending, self._committed))
        return wbs_code_id in self.lines and not used and not self._locked

    def of(self, wbs_code_id: int) -> Row:
        """The figures of a WBS code, also of one without a budget line."""
        line = self.lines.get(wbs_code_id, {})
        typed = _given(line, "forecast")
        return Row(
            original_budget_amount=number(line, "original_budget_amount"),
            budget_modifications=self._moved.get(wbs_code_id, Decimal(0)),
            pending_budget_changes=self._pending.get(wbs_code_id, Decimal(0)),
            committed_costs=self._committed.get(wbs_code_id, Decimal(0)),
            manual_forecast=self._items.get(line.get("id"), typed),
            itemized=line.get("id") in self._items,
            formula_yield=_given(line, "estimated_cost_at_completion"),
        )


def _moved(lines: dict[int, Record], modifications: Iterable[Record]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for row in modifications:
        for side, sign in (("to", 1), ("from", -1)):
            line = lines.get(row[f"{side}_budget_line_item_id"])
            if line is not None:
                sums[line["wbs_code_id"]] += sign * number(row, "transfer_amount")
    return sums


def _add(sums: Sums, rows: Iterable[Record]) -> None:
    for row in rows:
        sums[row["wbs_code_id"]] += number(row, "amount")


def _given(row: Record, name: str) -> Decimal | None:
    return None if row.get(name) is None else number(row, name)
