"""What a commitment adds up to: its lines, its change orders, its invoices and its payments (procore-api §6, §9).

Which statuses of a change order count as pending follows the words of Procore's own screens ("Pending - Pricing" and so
on); no public document lists them for the API. A void payment counts for nothing, a pending one doesn't yet.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.desk import LIVE
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number, percent, total
from sandbox.procore.values import Record

PENDING = ("pending", "pricing", "not_pricing", "revised", "proceeding", "not_proceeding", "pending_billable")


def change_order_sums(house: House, table: str, contract: Record) -> tuple[Decimal, Decimal, Decimal]:
    """The approved, the pending and the draft change orders of a contract."""
    rows = house.books.find(table, contract_id=contract["id"], **LIVE)
    by_status = [(row["status"], number(row, "grand_total")) for row in rows]
    approved = sum((value for status, value in by_status if status == "approved"), Decimal(0))
    pending = sum((value for status, value in by_status if status in PENDING), Decimal(0))
    draft = sum((value for status, value in by_status if status == "draft"), Decimal(0))
    return approved, pending, draft


def live_payments(house: House, contract: Record) -> list[Record]:
    """The payments of a contract."""
    return house.books.find("contract_payments", contract_id=contract["id"], **LIVE)


def paid(house: House, contract: Record) -> Decimal:
    """What was really paid on a contract."""
    status = house.assumptions.payment_status_paid
    return total([row for row in live_payments(house, contract) if row["status"] == status], "amount")


def sums(house: House, row: Record) -> Record:
    """The sums that a commitment shows."""
    own = number(row, "grand_total")
    approved, pending, draft = change_order_sums(house, "commitment_change_orders", row)
    payments = paid(house, row)
    amounts = {
        "grand_total": own,
        "approved_change_orders": approved,
        "pending_change_orders": pending,
        "draft_change_orders_amount": draft,
        "revised_contract": own + approved,
        "pending_revised_contract": own + approved + pending,
        "total_payments": payments,
        "remaining_balance_outstanding": own + approved - payments,
        "total_requisitions_amount": billed(house, row),
        "total_draw_requests_amount": Decimal(0),
    }
    shown = {name: money_text(value) for name, value in amounts.items()}
    return shown | {"percentage_paid": percent(payments, own + approved)}


def billed(house: House, contract: Record) -> Decimal:
    """What the invoices of a commitment ask for so far: all work completed, and the materials stored at the latest."""
    items = house.books.find("requisition_items", commitment_id=contract["id"], **LIVE)
    latest = max((item["requisition_number"] for item in items), default=0)
    stored = total([item for item in items if item["requisition_number"] == latest], "materials_presently_stored")
    return total(items, "work_completed_this_period") + stored


def payments_of(house: House, contract: Record, currency: Record) -> list[Record]:
    """The payments as a contract's show has them."""
    names = ("id", "amount", "check_number", "created_at", "date", "draw_request_number", "invoice_number", "notes",
             "payment_number", "origin_id", "origin_data")  # fmt: skip
    more = {"attachments": [], "currency_configuration": currency}
    return [{name: row[name] for name in names} | more for row in live_payments(house, contract)]
