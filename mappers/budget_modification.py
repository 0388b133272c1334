"""A budget modification to a PCI of the transfer type, which nets to zero (O-08; requirements §3, budget modification)."""

from __future__ import annotations

from typing import Any

from domain.budget_modification import BudgetModification
from domain.facts import Prerequisite
from domain.identity import ObjectId, beside, origin_id
from domain.lines import Line
from domain.money import cents
from domain.ports import WriteBack
from domain.records import Plan, Written
from domain.states import Condition
from mappers.base import Mapper, needs, needs_job, text_of
from mappers.change_item import Item, change_item, code_field, header_table, line_table, merged
from mappers.codes import going_along
from mappers.fields import Export, Field

_MODIFICATION = "§3 budget modification"
HEADER = header_table(
    "budget modification",
    code_field("(BM with the last digits of its id, or typed)", "O-08"),
    Field("type", "(setting: transfer_type)", lambda s: s.export.settings.transfer_type, "O-08"),
    Field("title", "(Budget modification, with its id)", lambda s: s.document.title, "O-08"),
    Field("reference_date", "(export date)", lambda s: s.export.on, "O-08"),
    Field("scope", "notes", lambda s: s.document.notes or None, "O-08"),
)
LINE = line_table("budget modification line", HEADER, "transfer amount", "", _MODIFICATION)
DIGITS = 9


class BudgetModificationMapper(Mapper):
    document = BudgetModification
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> BudgetModification:
        sides = [(raw.get("from"), "-"), (raw["to"], "")]
        return BudgetModification(
            id=raw["id"],
            notes=text_of(raw, "notes"),
            lines=[
                Line(
                    id=n,
                    position=n,
                    cost_code=text_of(side, "cost_code"),
                    category=text_of(side, "category"),
                    amount=_signed(sign, raw["transfer_amount"]),
                )
                for n, (side, sign) in enumerate(sides, start=1)
                if side is not None
            ],
            origin_id=raw.get("origin_id"),
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        assert object_id.project is not None
        budget = beside(object_id, "budget", object_id.project)
        return [needs_job(object_id), needs(budget, Condition.BUDGETED, "the project's budget")]

    def plan(self, export: Export) -> Plan:
        change: BudgetModification = export.document
        code = str(export.typed.get("erp_id") or f"BM{change.id % 10**DIGITS}").upper()
        items = merged(Item(line.pair, cents(line.amount), label=_side(line)) for line in change.lines)
        along = going_along(export, (line.pair for line in change.lines))
        return Plan(groups=[*along, change_item((HEADER, LINE), export, items, code=code, part="", label=change.title)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        header = next(w for w in written if not w.part)
        return WriteBack(origin_id=origin_id(*header.key.parts.values()))


def _side(line: Line) -> str:
    return "from" if line.amount < 0 else "to"


def _signed(sign: str, amount: Any) -> Any:
    """The giving side's amount: what the text or number says, with the other sign."""
    text = str(amount).strip()
    if not sign:
        return text
    return text[1:] if text.startswith("-") else f"-{text.lstrip('+')}"
