"""Both contract types in one list, and one contract of either (procore-api §6).

The list says nothing of the type; only show has it. The published statuses of this list are those of work orders; a
purchase order's own ones appear here all the same.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE
from sandbox.procore.errors import not_found
from sandbox.procore.paging import listed
from sandbox.procore.resources.contract_sums import payments_of
from sandbox.procore.resources.contracts import KINDS, WORK_ORDER, ContractDesk
from sandbox.procore.resources.line_items import LineItemDesk
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()

_SUMS = (
    "approved_change_orders", "grand_total", "pending_change_orders", "pending_revised_contract", "percentage_paid",
    "remaining_balance_outstanding", "revised_contract", "total_payments", "total_draw_requests_amount",
)  # fmt: skip
_WORK_ORDER_ONLY = ("actual_completion_date", "contract_estimated_completion_date", "contract_start_date",
                    "exclusions", "inclusions")  # fmt: skip

_EMPTY = ("attachments", "change_order_packages", "change_order_requests", "potential_change_orders")


def _brief(call: Call, row: Record) -> Record:
    vendor = call.house.books.get("vendors", row["vendor_id"])
    kept = ("id", "title", "number", "status", "description", "executed", "created_at", "private")
    return {name: row[name] for name in kept} | {
        "delivery_date": row.get("delivery_date"),
        "vendor": {"id": vendor["id"], "name": vendor["name"]} if vendor else None,
    }


def list_commitments(call: Call) -> Reply:
    """GET /rest/v1.0/commitments."""
    rows = call.house.books.find("commitments", **call.project_scope(), **LIVE)
    return listed(call, rows, lambda row: _brief(call, row))


def show_commitment(call: Call) -> Reply:
    """GET /rest/v1.0/commitments/{id}: the only place that names the type."""
    scope = call.project_scope()
    row = call.house.books.get("commitments", call.path_id())
    if row is None or row["deleted_at"] or row["project_id"] != scope["project_id"]:
        raise not_found()
    return Reply(200, _brief(call, row) | _details(call, row) | {name: [] for name in _EMPTY})


def _details(call: Call, row: Record) -> Record:
    kind = KINDS[row["type"]]
    shown = ContractDesk(call.house, kind, call.project_scope()).show(row)
    lines = LineItemDesk(call.house, row)
    hidden = ("wbs_code", "currency_configuration")
    names = ("accounting_method", "retainage_percent", "signed_contract_received_date", "updated_at", "deleted_at")
    dates = _WORK_ORDER_ONLY if kind is WORK_ORDER else ()
    return {name: shown[name] for name in (*_SUMS, *names, *dates)} | {
        "type": row["type"],
        "bill_to": row.get("bill_to_address"),
        "ship_to": row.get("ship_to_address"),
        "ship_via": row.get("ship_via"),
        "payment_terms": row.get("payment_terms"),
        "payments_issued": [
            {name: value for name, value in payment.items() if name != "currency_configuration"}
            for payment in payments_of(call.house, row, {})
        ],
        "line_items_total": row["grand_total"],
        "line_items_extended_total": row["grand_total"],
        "line_items": [{k: v for k, v in lines.show(one).items() if k not in hidden} for one in lines.ordered()],
    }


ROUTES.add("GET", "/rest/v1.0/commitments", list_commitments)
ROUTES.add("GET", "/rest/v1.0/commitments/{id}", show_commitment)
