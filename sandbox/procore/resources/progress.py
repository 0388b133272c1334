"""How far the work behind an invoice has come: the sums of an item and of a whole invoice (procore-api §9).

They follow the usual application for payment. Earlier invoices count through the chain of items: each item names the one
of the same line on the invoice before. Work and its retainage add up over the chain; materials are what is stored *now*,
and so is their retainage, less what was released of it. That Procore computes so is assumed where its words don't say it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from sandbox.procore.desk import LIVE
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number, percent, total
from sandbox.procore.values import Record

ZERO = Decimal(0)
WORK = "work_completed_this_period"
STORED = "materials_presently_stored"
RETAINED = "work_completed_retainage_retained_this_period"
RELEASED = "work_completed_retainage_released_this_period"
MATERIALS_RETAINED = "materials_stored_retainage_currently_retained"
MATERIALS_RELEASED = "materials_stored_retainage_released_this_period"
SOURCES = {
    "contract_item": ("line_items", "line_item_id"),
    "contract_detail_item": ("line_item_details", "detail_line_item_id"),
    "change_order_item": ("commitment_change_order_lines", "line_item_id"),
}
"""Where each type of item has its scheduled value from, and the field that names it."""


@dataclass(frozen=True)
class Progress:
    """Amounts of one item or of several together."""

    scheduled: Decimal = ZERO
    previous_work: Decimal = ZERO
    work: Decimal = ZERO
    stored: Decimal = ZERO
    previous_stored: Decimal = ZERO
    previous_work_retainage: Decimal = ZERO
    work_retainage: Decimal = ZERO
    previous_materials_retainage: Decimal = ZERO
    materials_retainage: Decimal = ZERO

    def __add__(self, other: Progress) -> Progress:
        return Progress(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def completed(self) -> Decimal:
        """All work and the stored materials, to date."""
        return self.previous_work + self.work + self.stored

    @property
    def gross(self) -> Decimal:
        """What this period adds."""
        return self.work + self.stored - self.previous_stored

    @property
    def retainage(self) -> Decimal:
        """What is held back, to date."""
        return self.work_retainage + self.materials_retainage

    @property
    def earned(self) -> Decimal:
        """What is due to date, paid or not."""
        return self.completed - self.retainage

    @property
    def previously_earned(self) -> Decimal:
        """The same on the invoice before."""
        previous = self.previous_work + self.previous_stored
        return previous - self.previous_work_retainage - self.previous_materials_retainage


def source_of(house: House, item: Record) -> Record:
    """The contract line, detail or change order line behind an item; an empty record when it is gone."""
    table, field = SOURCES[item["item_type"]]
    return house.books.get(table, item[field]) or {}


def earlier(house: House, item: Record) -> list[Record]:
    """The items of the same line on the invoices before, the latest first."""
    chain = []
    before = house.books.get("requisition_items", item["previous_id"])
    while before is not None:
        chain.append(before)
        before = house.books.get("requisition_items", before["previous_id"])
    return chain


def progress_of(house: House, item: Record) -> Progress:
    """The amounts of one item, with those of the invoices before."""
    chain = earlier(house, item)
    latest = chain[0] if chain else {}
    previous_work = total(chain, WORK)
    previous_retainage = total(chain, RETAINED) - total(chain, RELEASED)
    return Progress(
        scheduled=number(source_of(house, item), "amount"),
        previous_work=previous_work,
        work=number(item, WORK),
        stored=number(item, STORED),
        previous_stored=number(latest, STORED),
        previous_work_retainage=previous_retainage,
        work_retainage=previous_retainage + number(item, RETAINED) - number(item, RELEASED),
        previous_materials_retainage=held_on_materials(latest),
        materials_retainage=held_on_materials(item),
    )


def held_on_materials(item: Record) -> Decimal:
    """What an item holds back of the stored materials."""
    return number(item, MATERIALS_RETAINED) - number(item, MATERIALS_RELEASED)


def items_of(house: House, requisition: Record) -> list[Record]:
    """The items of an invoice, in their order."""
    rows = house.books.find("requisition_items", requisition_id=requisition["id"], **LIVE)
    return sorted(rows, key=lambda row: row["position"])


def summary(house: House, requisition: Record) -> tuple[Progress, Record]:
    """An invoice's amounts, and the `summary` that it shows."""
    items = [(item, progress_of(house, item)) for item in items_of(house, requisition)]
    whole = sum((progress for _, progress in items), Progress())
    changes = [(item, progress) for item, progress in items if item["item_type"] == "change_order_item"]
    net_change = sum((progress.scheduled for _, progress in changes), ZERO)
    amounts = {
        "original_contract_sum": whole.scheduled - net_change,
        "net_change_by_change_orders": net_change,
        "contract_sum_to_date": whole.scheduled,
        "total_completed_and_stored_to_date": whole.completed,
        "completed_work_retainage_amount": whole.work_retainage,
        "stored_materials_retainage_amount": whole.materials_retainage,
        "total_retainage": whole.retainage,
        "total_earned_less_retainage": whole.earned,
        "less_previous_certificates_for_payment": whole.previously_earned,
        "current_payment_due": whole.earned - whole.previously_earned,
        "balance_to_finish_including_retainage": whole.scheduled - whole.earned,
        "stored_materials": whole.stored,
        "new_materials": whole.stored - whole.previous_stored,
        "tax_applicable_to_this_payment": ZERO,
        **_change_order_totals(changes),
    }
    shown = {name: money_text(value) for name, value in amounts.items()} | {
        "completed_work_retainage_percent": percent(whole.work_retainage, whole.previous_work + whole.work),
        "stored_materials_retainage_percent": percent(whole.materials_retainage, whole.stored),
        "formatted_period": _period(requisition),
        "new_materials_quantity": "0.0",
        "stored_materials_quantity": "0.0",
    }
    return whole, shown


def _change_order_totals(changes: list[tuple[Record, Progress]]) -> dict[str, Decimal]:
    """The scheduled values of change order items, up and down, on this invoice first or already on the one before."""
    totals = {}
    for sign, word in ((1, "positive"), (-1, "negative")):
        rows = [(item, progress.scheduled) for item, progress in changes if progress.scheduled * sign > 0]
        new = sum((value for item, value in rows if item["previous_id"] is None), ZERO)
        every = sum((value for _, value in rows), ZERO)
        totals[f"{word}_change_order_item_total"] = every
        totals[f"{word}_new_change_order_item_total"] = new
        totals[f"{word}_previous_change_order_item_total"] = every - new
    return totals


def _period(requisition: Record) -> str | None:
    days = (requisition["requisition_start"], requisition["requisition_end"])
    return " - ".join(days) if all(days) else None
