"""The items of a subcontractor invoice: one for each line of the commitment and of its approved change orders
(procore-api §9).

Retainage is given as an amount or as a percentage of the work or the materials; the other follows. Releasing more than is
held is refused: assumed. The fields of progress billing (`new_materials` and the like) aren't played, so they are
refused. An item of a change order names its change order as `change_order_package_id`: in the newer model, which has no
packages, that is the change order's own id (assumed).
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.desk import Desk
from sandbox.procore.errors import Errors
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number, percent
from sandbox.procore.resources.progress import (
    MATERIALS_RELEASED,
    MATERIALS_RETAINED,
    RELEASED,
    RETAINED,
    STORED,
    WORK,
    ZERO,
    progress_of,
    source_of,
)
from sandbox.procore.values import Fields, Record, choice, money, quantity, text, whole

FROZEN = "can't be changed: the invoice is synced with an ERP"
WORK_PERCENT = "work_completed_retainage_percent_this_period"
MATERIALS_PERCENT = "materials_stored_retainage_percent_this_period"
WORK_QUANTITY = "work_completed_this_period_quantity"
_AMOUNTS = (WORK, STORED, RETAINED, RELEASED, MATERIALS_RETAINED, MATERIALS_RELEASED)
_NOT_PLAYED = (
    "materials_presently_stored_from_previous_progress", "new_materials", "new_materials_quantity", "stored_materials",
    "stored_materials_quantity",
)  # fmt: skip


def _nothing(value: Any) -> None:
    if value not in (None, ""):
        raise ValueError("isn't played by this stand-in")


class RequisitionItemDesk(Desk):
    """The items of one invoice."""

    table = "requisition_items"
    fields: Fields = {
        **dict.fromkeys((WORK, STORED, RETAINED, RELEASED, MATERIALS_RETAINED, "subcontractor_claimed_amount"), money),
        **dict.fromkeys((WORK_QUANTITY, WORK_PERCENT, MATERIALS_PERCENT), quantity),
        **dict.fromkeys(_NOT_PLAYED, _nothing),
        "status": choice("approved", "rejected", "no_action"),
        "comment": text,
    }
    internal: Fields = {
        MATERIALS_RELEASED: money,
        "item_type": text,
        **dict.fromkeys(
            ("line_item_id", "detail_line_item_id", "change_order_id", "previous_id", "position", "requisition_number"),
            whole,
        ),
    }

    def __init__(self, house: House, requisition: Record, *, as_user: bool = False) -> None:
        names = ("company_id", "project_id", "commitment_id")
        scope = {name: requisition[name] for name in names} | {"requisition_id": requisition["id"]}
        super().__init__(house, scope, as_user=as_user)
        self.requisition = requisition

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """Work by quantity, and both retainages by amount or percentage."""
        row = dict(row)
        if body.get(WORK_QUANTITY) is not None and body.get(WORK) is None:
            price = number(source_of(self.house, row), "unit_cost")
            row[WORK] = money_text(number(row, WORK_QUANTITY) * price)
        for base, amount, share in ((WORK, RETAINED, WORK_PERCENT), (STORED, MATERIALS_RETAINED, MATERIALS_PERCENT)):
            moved = before is None or row[base] != before[base] or share in body
            if body.get(amount) is not None:
                row[share] = percent(number(row, amount), number(row, base))
            elif moved:
                row[amount] = money_text(number(row, base) * number(row, share) / 100)
        return {**row, **{name: row[name] or "0.0" for name in (*_AMOUNTS, WORK_QUANTITY)}}

    def check(self, row: Record, before: Record | None) -> Errors:
        """No more is released than is held, and a synced invoice stays as it is."""
        errors: Errors = {}
        held = progress_of(self.house, row).previous_work_retainage + number(row, RETAINED)
        if number(row, RELEASED) > max(held, ZERO):
            errors[RELEASED] = ["is more than the retainage that is held"]
        if number(row, MATERIALS_RELEASED) > max(number(row, MATERIALS_RETAINED), ZERO):
            errors[MATERIALS_RELEASED] = ["is more than the retainage that is held"]
        changed = before is not None and any(row[name] != before[name] for name in before if name != "updated_at")
        if changed and self.requisition["origin_id"] and not self.as_user:
            errors["base"] = [FROZEN]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """A changed item moves its invoice."""
        if before is not None:
            self.house.books.change("requisitions", self.requisition["id"], {})
        return row
