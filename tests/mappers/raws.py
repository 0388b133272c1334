"""Procore's JSON of every kind, as the Procore side hands it over: published shapes with the lines beside them (procore-api
§5-§9). v1 money travels as text; what was a JSON number is a decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.builders import COMPANY, RAW
from tests.domain.documents import CHANGE_ORDER, COMMITMENT, INVOICE, MONTH, NUMBERS, PROJECT_ID

Raw = dict[str, Any]


def raw_order_line(number: int = 7111, position: int | None = 1, **more: Any) -> Raw:
    unit = {"quantity": Decimal("2.5"), "unit_cost": Decimal("100.00"), "uom": "each", "extended_type": "calculated"}
    coded = {"description": "Footing", "cost_code": "03-300", "category": "M", "amount": Decimal("250.0")}
    return {"id": number, "position": position, **coded, **unit, "commitment_line_item_id": 9001, **more}


def raw_new_line(number: int = 7112, position: int | None = 2, **more: Any) -> Raw:
    blank = {"quantity": None, "unit_cost": None, "uom": None, "extended_type": "manual"}
    coded = {"cost_code": "05-100", "category": "L", "amount": Decimal("10")}
    return raw_order_line(number, position, **{**blank, **coded, "commitment_line_item_id": None, **more})


def raw_change_order(**more: Any) -> Raw:
    return {
        "id": CHANGE_ORDER.id,
        "contract_id": COMMITMENT.id,
        "contract": {"id": COMMITMENT.id, "number": "SC-001", "type": "WorkOrderContract", "vendor": None},
        "number": "001",
        "revision": 0,
        "title": "More concrete",
        "description": " By the architect ",
        "status": "approved",
        "type": "CommitmentChangeOrder",
        "grand_total": "260.0",
        "lines": [raw_order_line(), raw_new_line()],
        **more,
    }


def raw_item(number: int = 7311, position: int | None = 1, **more: Any) -> Raw:
    """An item of an invoice: 60.00 of work, and materials of which 40.00 are new in this period."""
    return {
        "id": number,
        "kind": "contract_item",
        "position": position,
        "line_item_id": 9001,
        "description_of_work": "Walls",
        "cost_code": "03-300",
        "category": "M",
        "scheduled_value": "250.00",
        "work_completed_from_previous_application": "10.00",
        "work_completed_this_period": "60.00",
        "materials_presently_stored": "70.00",
        "total_completed_and_stored_to_date": "140.00",
        "work_completed_retainage_from_previous_application": "1.00",
        "work_completed_retainage_retained_this_period": "6.00",
        "work_completed_retainage_released_this_period": "0.00",
        "materials_stored_retainage_currently_retained": "7.00",
        "materials_stored_retainage_released_this_period": None,
        "before": {
            "materials_presently_stored": "30.00",
            "materials_stored_retainage_currently_retained": "3.00",
            "materials_stored_retainage_released_this_period": None,
        },
        **more,
    }


def raw_order_item(number: int = 7312, **more: Any) -> Raw:
    named = {"kind": "change_order_item", "line_item_id": 7111, "commitment_line_item_id": 9001, "position": 2}
    nothing = {"materials_presently_stored": "0.0", "materials_stored_retainage_currently_retained": "0.0"}
    money = {"work_completed_this_period": "50.0", "work_completed_retainage_retained_this_period": "5.0"}
    order = {"change_order_package_id": CHANGE_ORDER.id, "before": None}
    return raw_item(number, **{**named, **nothing, **money, **order, **more})


def raw_invoice(**more: Any) -> Raw:
    return {
        "id": INVOICE.id,
        "commitment_id": COMMITMENT.id,
        "commitment_type": "WorkOrderContract",
        "contract_name": "SC-001",
        "vendor_name": "Acme",
        "number": 3,
        "invoice_number": "A-17",
        "billing_date": "2026-03-31",
        "status": "approved",
        "final": False,
        "summary": {"current_payment_due": "135.00", "total_retainage": "15.00"},
        "origin_id": None,
        "lines": [raw_item(), raw_order_item()],
        **more,
    }


def raw_payment(**more: Any) -> Raw:
    return {
        "id": NUMBERS["invoice_payment"],
        "contract_id": COMMITMENT.id,
        "vendor": {"id": COMPANY.id, "company": "Acme"},
        "requisition_id": INVOICE.id,
        "amount": "135.00",
        "date": "2026-04-15",
        "check_number": "5201",
        "payment_number": "1",
        "notes": "March",
        "status": "paid",
        "external_payment_id": "pay-1",
        "origin_id": None,
        **more,
    }


def raw_row(number: int | None = 601, **more: Any) -> Raw:
    """A row of a budget view."""
    return {
        "id": number,
        "cost_code": "03-300",
        "category": "M",
        "original_budget_amount": Decimal("1000.0"),
        "budget_modifications": Decimal("-50.0"),
        "forecast_to_complete": Decimal("200.0"),
        "estimated_cost_at_completion": Decimal("1200.0"),
        **more,
    }


def raw_budget(**more: Any) -> Raw:
    second = {"cost_code": "05-100", "category": "L", "original_budget_amount": Decimal(500)}
    return {
        "id": PROJECT_ID,
        "project_id": PROJECT_ID,
        "locked": True,
        "view": {"id": 701, "name": "Forecasting"},
        "lines": [raw_row(), raw_row(602, **second, estimated_cost_at_completion=None, forecast_to_complete=None)],
        "modifications": False,
        "custom_segments": [],
        **more,
    }


def raw_forecast(**more: Any) -> Raw:
    return raw_budget(**{"id": MONTH, **more})


def raw_adjustment(number: int = 9301, **more: Any) -> Raw:
    return {
        "id": number,
        "type": "change_event",
        "amount": Decimal("100.0"),
        "quantity": Decimal(1),
        "unit_cost": Decimal("100.0"),
        "uom": "ls",
        "description": "To concrete",
        "comment": None,
        "cost_code": "03-300",
        "category": "M",
        **more,
    }


def raw_budget_change(**more: Any) -> Raw:
    source = {"type": "budget_change", "amount": Decimal(-100), "cost_code": "05-100", "category": "L"}
    return {
        "id": NUMBERS["budget_change"],
        "number": 7,
        "status": "approved",
        "title": "Shift",
        "description": "Buy-out",
        "amount": None,
        "lines": [raw_adjustment(), raw_adjustment(9302, **source, description="From steel")],
        **more,
    }


def raw_modification(**more: Any) -> Raw:
    return {
        "id": NUMBERS["budget_modification"],
        "from_budget_line_item_id": 802,
        "to_budget_line_item_id": 801,
        "from": {"cost_code": "05-100", "category": "L"},
        "to": {"cost_code": "03-300", "category": "M"},
        "transfer_amount": "50.00",
        "notes": "Buy-out",
        "origin_id": None,
        **more,
    }


def raw_markup(number: int = 1, **more: Any) -> Raw:
    return {
        "id": number,
        "holder_type": "PotentialChangeOrder",
        "name": "Fee",
        "markup_set": "vertical",
        "percentage": Decimal("5.0"),
        "position": number,
        "prime_line_item_id": None,
        "cost_code": "05-100",
        "category": "L",
        "applies_to_all": True,
        "compound": None,
        "markup_conditions": [],
        **more,
    }


def raw_prime_change(**more: Any) -> Raw:
    line = raw_order_line(9301, amount=Decimal("100.0"), quantity=None, unit_cost=None, extended_type="manual")
    overhead = {"name": "Overhead", "markup_set": "horizontal", "percentage": Decimal("10.0")}
    return {
        "id": NUMBERS["prime_change_order"],
        "contract_id": 7200,
        "project_number": "1042",
        "number": "PCO-1",
        "title": "Owner change",
        "description": "A further storey",
        "status": "approved",
        "grand_total": "115.5",
        "invoiced_date": None,
        "signed_change_order_received_date": None,
        "reviewed_at": "2026-03-10T08:00:00Z",
        "due_date": "2026-05-01",
        "lines": [line],
        "markups": [raw_markup(1, **overhead), raw_markup(2)],
        **more,
    }


def raw_cost_codes(**more: Any) -> Raw:
    pairs = [("03-300", "M", Decimal("1000.0")), ("09-900", "M", Decimal("10.0")), ("09-900", "L", None)]
    return {
        "id": PROJECT_ID,
        "name": "Tower",
        "project_number": "1042",
        "custom_segments": [],
        "is_erp_list": True,
        "lines": [
            {"cost_code": c, "category": k, "name": c, "budgeted": b is not None, "original_budget_amount": b}
            for c, k, b in pairs
        ],
        **more,
    }


RAWS: dict[str, Any] = {
    **RAW,
    "cost_codes": raw_cost_codes,
    "commitment_change_order": raw_change_order,
    "subcontractor_invoice": raw_invoice,
    "invoice_payment": raw_payment,
    "budget": raw_budget,
    "budget_change": raw_budget_change,
    "budget_modification": raw_modification,
    "forecast": raw_forecast,
    "prime_change_order": raw_prime_change,
}
NEEDED: dict[str, set[str]] = {
    "commitment": {"id", "type"},
    "company": {"id"},
    "project": {"id"},
    "cost_codes": {"id", "lines"},
    "commitment_change_order": {"id", "contract_id", "lines"},
    "subcontractor_invoice": {"id", "commitment_id", "lines"},
    "invoice_payment": {"id", "amount"},
    "budget": {"project_id", "locked", "lines"},
    "budget_change": {"id", "lines"},
    "budget_modification": {"id", "to", "transfer_amount"},
    "forecast": {"id", "project_id", "lines"},
    "prime_change_order": {"id", "contract_id", "lines"},
}
"""What can't be missing from an answer: without it there is no document."""
