"""A prime contract change order to an un-posted PCI (O-16; requirements §3, PCCO; cmic-api §4.3).

A line is billed with its horizontal markups and budgeted at cost; a vertical markup is billed on a code of its own and has no
cost. The contract's own markups are patterns for new change orders: those that count are the change order's. Procore's newer
model has no place for an id.
"""

from __future__ import annotations

from typing import Any

from domain.facts import Prerequisite
from domain.identity import ObjectId, project_key
from domain.lines import Line
from domain.prime_change_order import Billed, Markup, PrimeChangeOrder, priced
from domain.records import Plan
from domain.states import Condition
from mappers.base import Mapper, business_date, needs, needs_job, text_of
from mappers.change_item import Item, change_item, code_field, header_table, line_table, merged
from mappers.codes import going_along
from mappers.fields import Export, Field

_PCCO = "§3 PCCO"
DATES = ("invoiced_date", "signed_change_order_received_date", "reviewed_at", "due_date")
"""Which of Procore's dates is the change order's date isn't published: the first that is there (assumed)."""
HEADER = header_table(
    "prime contract change order",
    code_field("number, or the ERP id typed", _PCCO),
    Field("type", "(setting: prime_change_type)", lambda s: s.export.settings.prime_change_type, "S-06"),
    Field("title", "title", lambda s: s.document.title or f"Change order {s.document.number}", _PCCO),
    Field(
        "reference_date",
        "date, or the transaction date typed",
        lambda s: business_date(s.export.typed.get("transaction_date")) or s.document.dated,
        _PCCO,
    ),
    Field("scope", "description", lambda s: s.document.description or None, _PCCO),
)
LINE = line_table(
    "prime contract change order line",
    HEADER,
    "ext amount (not for revenue only, S-11)",
    "amount with markups",
    _PCCO,
    "UOM",
)


class PrimeChangeOrderMapper(Mapper):
    document = PrimeChangeOrder
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> PrimeChangeOrder:
        return PrimeChangeOrder(
            id=raw["id"],
            contract_id=raw["contract_id"],
            number=text_of(raw, "number"),
            title=text_of(raw, "title"),
            description=text_of(raw, "description"),
            status=text_of(raw, "status"),
            dated=next((business_date(raw[name]) for name in DATES if raw.get(name)), None),
            total=raw.get("grand_total"),
            lines=[_line(line, position) for position, line in enumerate(raw["lines"], start=1)],
            markups=[_markup(m) for m in raw.get("markups") or [] if m.get("holder_type") != "Contract"],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        project = project_key(object_id.company, int(object_id.scope))
        return [needs_job(object_id), needs(project, Condition.CONTRACT_IN_CMIC, f"project {object_id.scope}")]

    def plan(self, export: Export) -> Plan:
        order: PrimeChangeOrder = export.document
        code = str(export.typed.get("erp_id") or order.number).upper()
        costs = not export.settings.revenue_only_changes
        items = merged(
            Item(b.pair, b.cost if costs else None, b.price, b.label, _unit(b, export)) for b in priced(order)
        )
        group = change_item((HEADER, LINE), export, items, code=code, part="", label=order.title, summed="bill_amount")
        return Plan(groups=[*going_along(export, (item.pair for item in items)), group])


def _unit(billed: Billed, export: Export) -> str | None:
    """The line's unit of measure, where it has one and the amount is budgeted."""
    known = billed.uom and billed.cost is not None and not export.settings.revenue_only_changes
    return export.settings.uom(billed.uom) if known else None


def _line(raw: dict[str, Any], position: int) -> Line:
    return Line(
        id=raw["id"],
        position=position,
        description=text_of(raw, "description"),
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
        amount=raw["amount"],
        uom=text_of(raw, "uom"),
    )


def _markup(raw: dict[str, Any]) -> Markup:
    return Markup(
        id=raw["id"],
        name=text_of(raw, "name"),
        vertical=text_of(raw, "markup_set").endswith("vertical"),
        percentage=raw["percentage"],
        position=raw.get("position") or 0,
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
    )
