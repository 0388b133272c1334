"""Answers in the shapes of the published description: only keys that it has (procore-api §5, §6)."""

from __future__ import annotations

from typing import Any

from tests.systems.procore.fake import PROJECT, FakeProcore, reply

WORK_ORDER = 7001
PURCHASE_ORDER = 7002
VENDOR = 8001


def line(number: int, position: int, origin_id: str | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "amount": "250.0",
        "quantity": "2.5",
        "unit_cost": "100.0",
        "uom": "ea",
        "extended_type": "calculated",
        "position": position,
        "description": f"Line {position}",
        "cost_code": {"id": 41, "full_code": "03-300", "name": "Concrete"},
        "line_item_type": {"id": 51, "name": "Materials", "code": "M", "base_type": "materials"},
        "origin_id": origin_id,
    }


def contract(number: int, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "number": "SC-001",
        "title": "Concrete",
        "status": "Approved",
        "grand_total": "500.0",
        "vendor": {"id": VENDOR, "company": "Acme"},
        "line_items": lines,
        "origin_id": None,
        "origin_code": None,
        **more,
    }


def vendor(**more: Any) -> dict[str, Any]:
    return {"id": VENDOR, "name": "Acme", "is_active": True, "origin_id": None, "origin_code": None, **more}


def project(**more: Any) -> dict[str, Any]:
    return {"id": PROJECT, "name": "Tower", "project_number": "1042", "origin_id": None, **more}


def segment(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": len(name), "type": kind, "name": name, "is_included_in_project_pattern": True, **more}


def furnish(procore: FakeProcore) -> None:
    """A project, a company, a work order with two lines and a purchase order with one."""
    lines = [line(9001, 1), line(9002, 2)]
    work, purchase = "/rest/v1.0/work_order_contracts", "/rest/v1.0/purchase_order_contracts"
    commitments = "/rest/v1.0/commitments"
    procore.on("GET", f"{commitments}/{WORK_ORDER}", reply({"id": WORK_ORDER, "type": "WorkOrderContract"}))
    procore.on("GET", f"{commitments}/{PURCHASE_ORDER}", reply({"id": PURCHASE_ORDER, "type": "PurchaseOrderContract"}))
    procore.on("GET", f"{work}/{WORK_ORDER}", reply(contract(WORK_ORDER, lines)))
    procore.on("GET", f"{purchase}/{PURCHASE_ORDER}", reply(contract(PURCHASE_ORDER, [line(9101, 1)])))
    for number in (9001, 9002):
        procore.on("PATCH", f"{work}/{WORK_ORDER}/line_items/{number}", reply({"id": number}))
    procore.on("PATCH", f"{purchase}/{PURCHASE_ORDER}/line_items/9101", reply({"id": 9101}))
    procore.on("PATCH", f"{work}/sync", reply({"entities": [{"id": WORK_ORDER}], "errors": []}))
    procore.on("PATCH", f"{purchase}/{PURCHASE_ORDER}", reply({"id": PURCHASE_ORDER}))
    procore.on("GET", f"/rest/v1.0/vendors/{VENDOR}", reply(vendor()))
    procore.on("PATCH", "/rest/v1.0/vendors/sync", reply({"entities": [{"id": VENDOR, "name": "Acme"}], "errors": []}))
    procore.on("GET", f"/rest/v1.0/projects/{PROJECT}", reply(project()))
    procore.on("PATCH", "/rest/v1.0/projects/sync", reply({"entities": [{"id": PROJECT}], "errors": []}))
    segments = [segment("cost_code", "Cost Code"), segment("line_item_type", "Cost Type")]
    procore.on("GET", f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure/segments", reply(segments))
    codes = [{"id": 41, "name": "Concrete", "full_code": "03-300"}, {"id": 42, "name": "Steel", "full_code": "05-100"}]
    types = [{"id": 51, "name": "Materials", "code": "M"}, {"id": 52, "name": "Labor", "code": "L"}]
    procore.on("GET", "/rest/v1.0/cost_codes", reply(codes))
    procore.on("GET", "/rest/v1.0/line_item_types", reply(types))
