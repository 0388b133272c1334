"""The shapes of an invoice's items: three older lists, one for each type, and the newer one of all types (procore-api §9)."""

from __future__ import annotations

from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number, percent, total
from sandbox.procore.resources.progress import ZERO, earlier, progress_of, source_of
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Record, decimal_text

_KEPT = (
    "id", "position", "work_completed_this_period", "work_completed_this_period_quantity", "materials_presently_stored",
    "work_completed_retainage_retained_this_period", "work_completed_retainage_percent_this_period",
    "work_completed_retainage_released_this_period", "materials_stored_retainage_currently_retained",
    "materials_stored_retainage_percent_this_period", "materials_stored_retainage_released_this_period",
    "subcontractor_claimed_amount",
)  # fmt: skip


def common_item(house: House, item: Record) -> Record:
    """What every shape of an item has."""
    progress, source = progress_of(house, item), source_of(house, item)
    line = house.books.get("line_items", source.get("line_item_id")) or source
    company = house.books.get("companies", item["company_id"]) or {}
    wbs_codes = WbsCodeDesk(house, {"project_id": item["project_id"]})
    wbs_code = wbs_codes.find(line.get("wbs_code_id"))
    flat = wbs_codes.flat(wbs_code) if wbs_code else None
    return {name: item[name] for name in _KEPT} | {
        "cost_code_id": line.get("cost_code_id"),
        "wbs_code": flat,
        "description_of_work": source.get("description") or (flat["description"] if flat else None),
        "scheduled_value": money_text(progress.scheduled),
        "scheduled_quantity": source.get("quantity") or "0.0",
        "scheduled_unit_price": source.get("unit_cost") or "0.0",
        "work_completed_from_previous_application": money_text(progress.previous_work),
        "work_completed_from_previous_application_quantity": decimal_text(
            total(earlier(house, item), "work_completed_this_period_quantity")
        ),
        "work_completed_retainage_from_previous_application": money_text(progress.previous_work_retainage),
        "total_completed_and_stored_to_date": money_text(progress.completed),
        "total_completed_and_stored_to_date_percent": percent(progress.completed, progress.scheduled),
        "materials_moved": "0.0",
        "materials_retainage_retained_moved": "0.0",
        "currency_configuration": {"currency_iso_code": company.get("base_currency")},
    }


def contract_item(house: House, item: Record) -> Record:
    """An item of a commitment's line."""
    names = ("item_type", "line_item_id", "comment", "status")
    return common_item(house, item) | {name: item[name] for name in names} | {"ssr_manual_override": False}


def contract_detail_item(house: House, item: Record) -> Record:
    """An item of a detail of the subcontractor's own schedule of values."""
    return common_item(house, item) | {"detail_line_item_id": item["detail_line_item_id"]}


def change_order_item(house: House, item: Record) -> Record:
    """An item of a change order's line."""
    source = source_of(house, item)
    line = house.books.get("line_items", source.get("commitment_line_item_id")) or {}
    return common_item(house, item) | {
        "line_item_id": item["line_item_id"],
        "change_order_package_id": item["change_order_id"],
        "commitment_line_item_id": source.get("commitment_line_item_id"),
        "commitment_line_item_origin_id": line.get("origin_id"),
    }


def any_item(house: House, item: Record) -> Record:
    """An item in the view `items`, whatever its type."""
    progress, source = progress_of(house, item), source_of(house, item)
    contract = house.books.get("commitments", item["commitment_id"]) or {}
    shown = contract_item(house, item)
    code = shown["currency_configuration"]["currency_iso_code"]
    net = progress.earned - progress.previously_earned
    return shown | {
        "accounting_method": contract.get("accounting_method"),
        "currency_configuration": {"currency_iso_code": code, "base_currency_iso_code": code},
        "gross_amount": money_text(progress.gross),
        "net_amount": money_text(net),
        "line_number": str(item["position"]),
        "materials_presently_stored_from_previous_progress": money_text(progress.previous_stored),
        "materials_presently_stored_quantity": "0.0",
        "materials_previously_stored_quantity": "0.0",
        "materials_stored_retainage_new_materials": "0.0",
        "previous_progress_id": item["previous_id"],
        "taxes": [],
        "total_completed_and_stored_to_date_from_previous": money_text(
            progress.previous_work + progress.previous_stored
        ),
        "uom": source.get("uom"),
    }


def claimed(house: House, items: list[Record]) -> str:
    """What the subcontractor asks for this period: what he claimed of an item, or its gross amount."""
    named = "subcontractor_claimed_amount"
    amounts = (progress_of(house, item).gross if item[named] is None else number(item, named) for item in items)
    return money_text(sum(amounts, ZERO))
