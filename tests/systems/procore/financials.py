"""Answers for the kinds beyond commitments, in the shapes of the published description (procore-api §5-§9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.identity import ObjectId
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, reply
from tests.systems.procore.samples import VENDOR, WORK_ORDER

V1 = f"/rest/v1.0/projects/{PROJECT}"
V2 = f"/rest/v2.0/companies/{COMPANY}/projects/{PROJECT}"
CCO, PCCO, PRIME, INVOICE, PAYMENT, CHANGE, MODIFICATION = 7101, 7201, 7200, 7301, 7401, 7501, 7601
CONCRETE, STEEL, SUB_JOB = 601, 602, 603
VIEW, PLAIN_VIEW = 701, 702
WBS = f"{V1}/work_breakdown_structure/wbs_codes"
CCO_LINES = f"{V2}/commitment_change_orders/{CCO}/line_items"
PCCO_LINES = f"{V2}/prime_change_orders/{PCCO}/line_items"
MARKUPS = "/rest/v1.0/financials/markups"
REQUISITION = f"/rest/v1.1/requisitions/{INVOICE}"
ITEMS = f"/rest/v1.0/requisitions/{INVOICE}"
VIEWS = "/rest/v1.0/budget_views"
ROWS = f"{VIEWS}/{VIEW}/detail_rows"
COLUMNS = f"{VIEWS}/{VIEW}/budget_detail_columns"
PAYMENTS = "/rest/v1.0/contract_payments"
MODIFICATIONS = f"{V1}/budget_modifications"


def named(kind: str, number: int) -> ObjectId:
    return ObjectId(kind=kind, company=COMPANY, scope=str(PROJECT), id=number)


def item(kind: str, code: str, path: list[str]) -> dict[str, Any]:
    segment = {"id": len(kind), "type": kind, "name": kind, "delimiter": "-"}
    return {"id": len(code), "code": code, "path_code": "-".join(path), "path_codes": path, "segment": segment}


def wbs_code(number: int, path: list[str], category: str, *more: dict[str, Any]) -> dict[str, Any]:
    items = [item("cost_code", path[-1], path), item("line_item_type", category, [category]), *more]
    return {"id": number, "flat_code": f"{'-'.join(path)}.{category}", "status": "active", "segment_items": items}


def change_order(number: int, contract: int, type_: str, total: str) -> dict[str, Any]:
    return {
        "id": number,
        "contract_id": contract,
        "number": "001",
        "revision": 0,
        "title": "More concrete",
        "status": "approved",
        "type": type_,
        "grand_total": total,
    }


def v2_line(number: int, own: str, contract_line: int | None, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        own: None if contract_line is None else str(contract_line),
        "description": "Footing",
        "uom": "cy",
        "quantity": 2.5,
        "unit_cost": "100.0",
        "amount": "250.0",
        "extended_type": "calculated",
        "wbs_code_id": str(CONCRETE),
        "position": 1,
        "wbs_code": {"id": str(CONCRETE), "flat_code": "03-300.M", "description": "Concrete"},
        **more,
    }


def markup(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Fee",
        "markup_set": "vertical",
        "percentage": "5.0",
        "position": 1,
        "prime_line_item_id": 7211,
        "applies_to_all": True,
        "compound": None,
        "markup_conditions": [],
        "wbs_code": {"id": STEEL, "flat_code": "05-100.S", "description": "Steel"},
        **more,
    }


def requisition(**more: Any) -> dict[str, Any]:
    return {
        "id": INVOICE,
        "project_id": PROJECT,
        "commitment_id": WORK_ORDER,
        "commitment_type": "WorkOrderContract",
        "invoice_number": "17",
        "billing_date": "2026-10-31",
        "status": "approved",
        "origin_id": None,
        "summary": {"current_payment_due": "900.0", "total_retainage": "100.0"},
        **more,
    }


def requisition_item(number: int, code: int | None = CONCRETE, **more: Any) -> dict[str, Any]:
    shown = None if code is None else {"id": code, "flat_code": "03-300.M", "description": "Concrete"}
    return {"id": number, "work_completed_this_period": "1000.00", "wbs_code": shown, **more}


def row(number: int, original: Any = "1000.0", **more: Any) -> dict[str, Any]:
    return {
        "id": number + 200,
        "wbs_code_id": number,
        "original_budget_amount": original,
        "budget_modifications": "-50.0",
        "budget_forecast": {"id": 1, "amount": "300.0", "automatically_calculated": True},
        **more,
    }


def adjustment(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "ref": "a",
        "type": "change_event",
        "amount": 125.5,
        "quantity": 1,
        "unit_cost": 125.5,
        "uom": "ls",
        "description": "To steel",
        "comment": None,
        "wbs_code": {"id": STEEL, "flat_code": "05-100.S", "description": "Steel"},
        **more,
    }


def budget_change(lines: Any, **more: Any) -> dict[str, Any]:
    body = {"id": CHANGE, "number": 1, "status": "approved", "title": "Shift", "adjustment_line_items": lines}
    return {"data": {**body, **more}}


def modification(**more: Any) -> dict[str, Any]:
    return {
        "id": MODIFICATION,
        "from_budget_line_item_id": 801,
        "to_budget_line_item_id": 802,
        "transfer_amount": "50.00",
        "notes": "Buy-out",
        "origin_id": None,
        **more,
    }


def payment(**more: Any) -> dict[str, Any]:
    return {
        "id": PAYMENT,
        "contract_id": WORK_ORDER,
        "amount": "900.0",
        "check_number": "1001",
        "status": "paid",
        "requisition_id": INVOICE,
        "origin_id": None,
        **more,
    }


def furnish_financials(procore: FakeProcore) -> None:
    """One object of every kind, on a project with two codes."""
    codes = [
        wbs_code(CONCRETE, ["03", "300"], "M"),
        wbs_code(STEEL, ["05", "100"], "S"),
        wbs_code(SUB_JOB, ["05", "100"], "M", item("sub_job", "SJ1", ["SJ1"])),
    ]
    procore.on("GET", WBS, reply(codes))
    union = {
        "id": WORK_ORDER,
        "type": "WorkOrderContract",
        "number": "SC-001",
        "vendor": {"id": VENDOR, "name": "Acme"},
    }
    procore.on("GET", f"/rest/v1.0/commitments/{WORK_ORDER}", reply(union))
    _change_orders(procore)
    _invoices(procore)
    _budget(procore)


def _change_orders(procore: FakeProcore) -> None:
    procore.on(
        "GET",
        f"{V1}/commitment_change_orders/{CCO}",
        reply(change_order(CCO, WORK_ORDER, "CommitmentChangeOrder", "250.0")),
    )
    procore.on("GET", CCO_LINES, reply({"data": [v2_line(7111, "commitment_line_item_id", 9001)]}))
    procore.on("GET", f"{V1}/prime_change_orders/{PCCO}", reply(change_order(PCCO, PRIME, "PrimeChangeOrder", "262.5")))
    procore.on("GET", PCCO_LINES, reply({"data": [v2_line(7211, "prime_line_item_id", 7212)]}))
    procore.on("GET", MARKUPS, reply([markup(1)]))


def _invoices(procore: FakeProcore) -> None:
    procore.on("GET", REQUISITION, reply(requisition()))
    procore.on("PATCH", REQUISITION, reply({"id": INVOICE}))
    procore.on("GET", f"{ITEMS}/contract_items", reply([requisition_item(1, item_type="contract_item")]))
    procore.on("GET", f"{ITEMS}/contract_detail_items", reply([]))
    procore.on("GET", f"{ITEMS}/change_order_items", reply([requisition_item(1, STEEL, commitment_line_item_id=5)]))
    listed = [{"id": 7000, "total_payments": "0.0"}, {"id": WORK_ORDER, "total_payments": "900.0"}]
    procore.on("GET", "/rest/v1.0/work_order_contracts", reply(listed))
    procore.on("GET", "/rest/v1.0/purchase_order_contracts", reply([]))
    procore.on("GET", PAYMENTS, reply([payment()]))
    procore.on("GET", f"{PAYMENTS}/{PAYMENT}", reply(payment()))
    procore.on("PATCH", f"{PAYMENTS}/{PAYMENT}", reply({"id": PAYMENT}))


def _budget(procore: FakeProcore) -> None:
    procore.on("GET", f"{V1}/budget", reply({"locked": True}))
    procore.on("GET", VIEWS, reply([{"id": PLAIN_VIEW, "name": "Plain"}, {"id": VIEW, "name": "Forecasting"}]))
    procore.on("GET", f"{VIEWS}/{PLAIN_VIEW}/budget_detail_columns", reply([]))
    procore.on("GET", f"{VIEWS}/{PLAIN_VIEW}/detail_rows", reply([row(CONCRETE)]))
    procore.on("GET", COLUMNS, reply([{"id": "4711", "name": "Estimated Cost at Completion", "type": "source"}]))
    procore.on("GET", ROWS, reply([row(CONCRETE), row(STEEL, "500.0")]))
    procore.on("GET", MODIFICATIONS, reply([]))
    procore.on("GET", f"{MODIFICATIONS}/{MODIFICATION}", reply(modification()))
    procore.on("PATCH", f"{MODIFICATIONS}/{MODIFICATION}", reply({"id": MODIFICATION}))
    for line, code in ((801, CONCRETE), (802, STEEL)):
        shown = {"id": line, "original_budget_amount": 1000, "wbs_code": {"id": code}}
        procore.on("GET", f"/rest/v1.1/budget_line_items/{line}", reply(shown))
    procore.on("GET", f"{V1}/budget_changes/{CHANGE}", reply(budget_change([adjustment(1)])))


def decimals(line: dict[str, Any], *names: str) -> tuple[Decimal | None, ...]:
    """The named values of a line, which must be decimals (or nothing)."""
    found = tuple(line[name] for name in names)
    assert all(value is None or isinstance(value, Decimal) for value in found)
    return found
