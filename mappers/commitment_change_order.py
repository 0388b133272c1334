"""A commitment change order to a CMiC subcontract of the same contract with a change code of its own (requirements §3, CCO;
cmic-api §3.7). Procore's newer model has no place for an id: it lives in the ledger."""

from __future__ import annotations

from typing import Any

from domain.commitment_change_order import ChangeOrderLine, CommitmentChangeOrder, change_code
from domain.facts import Prerequisite
from domain.identity import ObjectId, beside
from domain.lines import total_of
from domain.money import cents
from domain.records import Group, Key, Plan
from domain.states import Condition
from mappers.base import Mapper, business_date, needs, needs_job, text_of
from mappers.codes import going_along
from mappers.fields import Export, Field, Source, Table, carried

_CCO = "§3 CCO header"
_LINE = "§3 CCO line"


def _code(source: Source) -> str:
    return change_code(str(source.export.typed.get("erp_id") or source.document.number))


def _of_contract(part: str) -> Any:
    return lambda source: source.more.get(part, "")


HEADER = Table(
    "commitment change order",
    "subcontract",
    key=(
        Field("company", "the project's CMiC company", _of_contract("company"), "R-08"),
        Field("vendor", "commitment: ERP vendor id", _of_contract("vendor"), "O-03"),
        Field("contract", "commitment: contract number", _of_contract("contract"), "R-11"),
        Field("change_code", "number, or the ERP id typed", _code, _CCO),
    ),
    values=(
        Field("job", "project code", lambda s: s.export.references.job, "O-12"),
        Field("currency", "(setting: currency)", lambda s: s.export.settings.currency, "S-05"),
        Field("our_number", "(always: our number)", lambda s: True, "R-11"),
        Field("title", "title", lambda s: s.document.title or None, _CCO),
        Field(
            "scope",
            "description, or the one typed",
            lambda s: s.export.typed.get("description") or s.document.description or None,
            _CCO,
        ),
        Field(
            "date",
            "(export date, or the transaction date typed)",
            lambda s: business_date(s.export.typed.get("transaction_date")) or s.export.on,
            _CCO,
        ),
    ),
)
LINE = Table(
    "commitment change order line",
    "subcontract_line",
    key=(
        *carried(HEADER),
        Field("task", "commitment line it changes, or a new one", lambda s: s.more["task"], "R-12"),
    ),
    values=(
        Field("job", "project code", lambda s: s.export.references.job, _LINE),
        Field("task_name", "description", lambda s: s.line.description or None, _LINE),
        Field("cost_code", "cost code", lambda s: s.line.cost_code.upper(), _LINE),
        Field("category", "cost type", lambda s: s.line.category.upper(), _LINE),
        Field(
            "uom",
            "UOM, or the default unit",
            lambda s: s.export.settings.uom(s.line.uom if s.line.is_unit_based else None),
            "R-22",
        ),
        Field("quantity", "quantity", lambda s: s.line.quantity if s.line.is_unit_based else None, _LINE),
        Field("rate", "unit cost", lambda s: s.line.unit_cost if s.line.is_unit_based else None, _LINE),
        Field("amount", "contract amount, or subtotal", lambda s: cents(s.line.amount), _LINE),
    ),
)


class CommitmentChangeOrderMapper(Mapper):
    document = CommitmentChangeOrder
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> CommitmentChangeOrder:
        lines = sorted(raw["lines"], key=lambda line: (line.get("position") or 0, line["id"]))
        return CommitmentChangeOrder(
            id=raw["id"],
            contract_id=raw["contract_id"],
            contract_number=text_of(raw.get("contract") or {}, "number"),
            number=text_of(raw, "number"),
            title=text_of(raw, "title"),
            description=text_of(raw, "description"),
            status=text_of(raw, "status").replace("_", " ").title(),
            total=raw.get("grand_total"),
            lines=[_line(line, position) for position, line in enumerate(lines, start=1)],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        contract = beside(object_id, "commitment", document.contract_id)
        label = f"commitment {document.contract_number or document.contract_id}"
        return [needs_job(object_id), needs(contract, Condition.OPEN_FOR_CHANGES, label)]

    def plan(self, export: Export) -> Plan:
        """A line on an existing one bears its task; a further line on the same one, and a new line, one of its own."""
        order: CommitmentChangeOrder = export.document
        contract = export.references.keys.get(beside(export.object_id, "commitment", order.contract_id), {})
        base = contract.get("", Key(resource="subcontract", parts={})).parts
        header = HEADER.record(Source(export, more=base), label=order.title)
        taken, standing = set[str](), {key.parts.get("task", "") for key in contract.values()}
        lines = []
        for line in order.lines:
            existing = contract.get(str(line.on_line)) if line.on_line else None
            task = existing.parts["task"] if existing else ""
            if not task or task in taken:
                task = _new_task(header.key.parts["change_code"], line.position, taken | standing)
            taken.add(task)
            source = Source(export, line, {**header.key.parts, "task": task})
            lines.append(LINE.record(source, part=str(line.id), label=f"line {line.position}"))
        group = Group(header=header, lines=lines, total=total_of(order.lines))
        return Plan(groups=[*going_along(export, (line.pair for line in order.lines)), group])


def _new_task(change_code: str, position: int, taken: set[str]) -> str:
    """A task of the change order's own: its code and the line's position, with a letter where somebody has that already."""
    wanted = f"{change_code}-{position:03d}"
    return next(task for task in (wanted, *(f"{wanted}{letter}" for letter in "ABCDEFGHIJ")) if task not in taken)


def _line(raw: dict[str, Any], position: int) -> ChangeOrderLine:
    return ChangeOrderLine(
        id=raw["id"],
        position=position,
        description=text_of(raw, "description"),
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
        amount=raw["amount"],
        quantity=raw.get("quantity"),
        unit_cost=raw.get("unit_cost"),
        uom=text_of(raw, "uom"),
        calculated=raw.get("extended_type") == "calculated",
        on_line=raw.get("commitment_line_item_id"),
    )
