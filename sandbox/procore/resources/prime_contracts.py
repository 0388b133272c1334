"""Prime contracts: fields, rules and shapes (procore-api §8).

What freezes a synced prime contract is documented nowhere, so nothing does. Owner invoices aren't played: they sum to zero.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.desk import LIVE
from sandbox.procore.errors import Errors
from sandbox.procore.oauth import DMSA, PERSON
from sandbox.procore.resources.amounts import money_text, number, percent, total
from sandbox.procore.resources.contract_sums import change_order_sums, paid, payments_of
from sandbox.procore.resources.contracts import HolderDesk
from sandbox.procore.resources.held_totals import held_lines, keep_total
from sandbox.procore.values import Fields, Record, choice, day, decimal_places, flag, money, origin, text, whole

STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated")
_TEXTS = ("number", "title", "description", "inclusions", "exclusions", "origin_data")
_DATES = (
    "actual_completion_date", "approval_letter_date", "contract_date", "contract_estimated_completion_date",
    "contract_start_date", "execution_date", "issued_on_date", "letter_of_intent_date", "returned_date",
    "signed_contract_received_date",
)  # fmt: skip
_NOTHING = (
    "bill_to", "budget_line_item_id", "contract_termination_date", "delivery_date", "payment_terms", "requisition_number",
    "ship_to", "ship_via", "original_substantial_completion_date", "substantial_completion_date", "architect",
    "assigned_to", "cost_code", "received_from", "position",
)  # fmt: skip


class PrimeContractDesk(HolderDesk):
    """Prime contracts of one project. Its `vendor` is the owner, its `contractor` the company itself."""

    table = "prime_contracts"
    fields: Fields = {
        **dict.fromkeys(_TEXTS, text),
        **dict.fromkeys(_DATES, day),
        **dict.fromkeys(("vendor_id", "contractor_id"), whole),
        "accounting_method": choice("amount", "unit"),
        "executed": flag,
        "retainage_percent": decimal_places(2),
        "status": choice(*STATUSES),
        "origin_id": origin,
    }
    internal: Fields = {"origin_code": text, "private": flag, "grand_total": money}
    blank: Record = {
        "status": "Draft", "executed": False, "private": True, "grand_total": "0.0", "accounting_method": "amount",
        "type": "PrimeContract",
    }  # fmt: skip

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new one has a number and the one who made it."""
        if before is not None:
            return row
        writer = (PERSON if self.as_user else DMSA)["id"]
        return {**row, "number": row["number"] or str(len(self.rows()) + 1), "created_by_id": writer}

    def check(self, row: Record, before: Record | None) -> Errors:
        """Owner and contractor must exist."""
        errors: Errors = {name: ["can't be blank"] for name in ("number", "status") if not row[name]}
        for name in ("vendor_id", "contractor_id"):
            vendor = self.house.books.get("vendors", row[name])
            if row[name] and (vendor is None or vendor["company_id"] != row["company_id"]):
                errors[name] = ["must exist"]
        return errors

    def add_to_total(self, number: int, difference: Decimal) -> None:
        """Keep the grand total, which is more than the sum of the lines."""
        keep_total(self.house, self.table, number)

    def show(self, row: Record) -> Record:
        """As the list answers it."""
        names = [name for name in self.fields if name not in ("vendor_id", "contractor_id")]
        approved, _, _ = change_order_sums(self.house, "prime_change_orders", row)
        more = ("id", "created_at", "updated_at", "deleted_at", "origin_code", "private", "grand_total")
        return {name: row[name] for name in (*names, *more)} | {
            "approved_change_orders": money_text(approved),
            "architect": None,
            "attachments": [],
            "contract_termination_date": None,
            "contractor": self._company(row["contractor_id"]),
            "created_by": next(person for person in (DMSA, PERSON) if person["id"] == row["created_by_id"]),
            "currency_configuration": self.currency(row),
            "show_line_items_to_non_admins": False,
            "vendor": self._company(row["vendor_id"]),
        }

    def single(self, row: Record, lines: list[Record]) -> Record:
        """As show and the writes answer it, with its lines."""
        shown = {name: value for name, value in self.show(row).items() if name != "origin_code"}
        on = ("allow_markups", "allow_payments", "allow_payment_applications")
        off = ("allow_comments", "allow_redistributions", "display_materials_retainage", "display_stored_materials",
               "display_work_retainage")  # fmt: skip
        empty = ("change_order_packages", "change_order_requests", "potential_change_orders")
        return {
            **shown,
            **dict.fromkeys(_NOTHING),
            **dict.fromkeys(on, True),
            **dict.fromkeys(off, False),
            **{name: [] for name in empty},
            **self._sums(row),
            "line_items": lines,
            "payments_received": payments_of(self.house, row, self.currency(row)),
            "type": row["type"],
        }

    def _sums(self, row: Record) -> Record:
        approved, pending, draft = change_order_sums(self.house, "prime_change_orders", row)
        revised = number(row, "grand_total") + approved
        payments = paid(self.house, row)
        lines = total(held_lines(self.house, self.table, row["id"]), "amount")
        amounts = {
            "draft_change_orders_amount": draft,
            "line_items_total": lines,
            "line_items_extended_total": lines,
            "outstanding_balance": revised - payments,
            "owner_invoices_amount": Decimal(0),
            "pending_change_orders_amount": pending,
            "pending_revised_contract_amount": revised + pending,
            "revised_contract_amount": revised,
            "total_payments": payments,
        }
        shown = {name: money_text(value) for name, value in amounts.items()}
        return shown | {"percentage_paid": percent(payments, revised)}

    def _company(self, number: int | None) -> Record | None:
        vendor = self.house.books.get("vendors", number)
        return {"id": vendor["id"], "name": vendor["name"]} if vendor else None


def first_of(desk: PrimeContractDesk) -> Record | None:
    """The project's first prime contract."""
    rows = desk.house.books.find(desk.table, **desk.scope, **LIVE)
    return rows[0] if rows else None
