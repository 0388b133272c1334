"""A budget change to PCIs, one a line (O-09; requirements §3, budget change). Procore has no place for their ids.

The change's number is the PCI's; the lines of one change are told apart by -01, -02 and so on behind it.
"""

from __future__ import annotations

from typing import Any

from domain.budget_change import BudgetChange
from domain.facts import Prerequisite
from domain.identity import ObjectId, beside
from domain.lines import Line
from domain.money import cents
from domain.records import Plan
from domain.states import Condition
from mappers.base import Mapper, needs, needs_job, text_of
from mappers.change_item import Item, change_item, code_field, header_table, line_table, numbered
from mappers.codes import going_along
from mappers.fields import Export, Field

_CHANGE = "§3 budget change"
HEADER = header_table(
    "budget change",
    code_field("number, with a suffix a line, or the ERP id typed", "O-09"),
    Field("type", "(setting: budget_change_type)", lambda s: s.export.settings.budget_change_type, "S-07"),
    Field("title", "title", lambda s: s.document.title or f"Budget change {s.document.number}", _CHANGE),
    Field("reference_date", "(export date)", lambda s: s.export.on, "O-09"),
    Field("scope", "description", lambda s: s.document.description or None, _CHANGE),
)
LINE = line_table("budget change line", HEADER, "amount", "amount, by setting (S-19)", _CHANGE)


class BudgetChangeMapper(Mapper):
    document = BudgetChange
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> BudgetChange:
        return BudgetChange(
            id=raw["id"],
            number=str(raw.get("number") or ""),
            title=text_of(raw, "title"),
            description=text_of(raw, "description"),
            status=text_of(raw, "status"),
            total=raw.get("amount"),
            lines=[_line(line, position) for position, line in enumerate(raw["lines"], start=1)],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        assert object_id.project is not None
        budget = beside(object_id, "budget", object_id.project)
        return [needs_job(object_id), needs(budget, Condition.BUDGETED, "the project's budget")]

    def plan(self, export: Export) -> Plan:
        change: BudgetChange = export.document
        stem = str(export.typed.get("erp_id") or change.number).upper()
        bills = export.settings.billing_on_budgets
        lines = [line for line in change.lines if line.amount]
        groups = going_along(export, (line.pair for line in lines))
        for n, line in enumerate(lines, start=1):
            amount, code = cents(line.amount), numbered(stem, n)
            item = Item(line.pair, amount, amount if bills else None, f"line {line.position}")
            part = "" if n == 1 else str(line.id)
            groups.append(change_item((HEADER, LINE), export, [item], code=code, part=part, label=item.label))
        return Plan(groups=groups)


def _line(raw: dict[str, Any], position: int) -> Line:
    return Line(
        id=raw["id"],
        position=position,
        description=text_of(raw, "description"),
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
        amount=raw.get("amount") or 0,
    )
