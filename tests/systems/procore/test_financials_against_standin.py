"""The kinds beyond commitments against the Procore stand-in: what people enter is what is read, to the cent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.ports import NotThere, WriteBack
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT
from tests.systems.procore.financials import named
from tests.systems.procore.standin import Desk, settings

CONCRETE = {"cost_code": "03-100", "line_item_type": "S"}
STEEL = {"cost_code": "05-120", "line_item_type": "M"}
BUDGET = [
    {**CONCRETE, "amount": "1000.50", "forecast": "300.25", "estimated_cost_at_completion": "1300.75"},
    {**STEEL, "amount": "250.10"},
]
PAIRS = {"cost_code": "03-100", "category": "S"}, {"cost_code": "05-120", "category": "M"}
OPEN_PROJECT = {"project_id": PROJECT}


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url, page_size=3)) as gateway:
        yield gateway


async def budgeted(desk: Desk) -> None:
    await desk.post(f"/projects/{PROJECT}/budget", {"locked": True, "lines": BUDGET})


async def uses_changes(desk: Desk, answer: bool) -> None:
    await desk.post(f"/edit/companies/{COMPANY}", {"uses_budget_changes": answer})


async def write(gateway: ProcoreGateway, desk: Desk, kind: str, table: str, number: int) -> None:
    """Write an id, find it in the books, write it again (nothing is sent), clear it."""
    object_id, ids = named(kind, number), WriteBack(origin_id=f"01|{kind}|{number}")
    assert await gateway.write_ids(object_id, ids, await gateway.read(object_id)) == []
    assert (await desk.book(table, number))["origin_id"] == ids.origin_id
    sent = len(await desk.sent("PATCH", "."))
    now = await gateway.read(object_id)
    assert await gateway.write_ids(object_id, ids, now) == []
    assert len(await desk.sent("PATCH", ".")) == sent
    assert await gateway.write_ids(object_id, WriteBack(origin_id=None), now) == []
    assert (await desk.book(table, number))["origin_id"] is None


async def test_what_is_not_there_is_told(gateway: ProcoreGateway) -> None:
    for kind in (
        "commitment_change_order",
        "prime_change_order",
        "subcontractor_invoice",
        "invoice_payment",
        "budget_change",
        "budget_modification",
    ):
        with pytest.raises(NotThere):
            await gateway.read(named(kind, 999_999_999))
    for kind in ("budget", "cost_codes"):
        with pytest.raises(NotThere):
            await gateway.read(named(kind, 999_999_999))


# Budget


async def test_a_budget_and_its_forecast(gateway: ProcoreGateway, desk: Desk) -> None:
    await budgeted(desk)
    found = await gateway.read(named("budget", PROJECT))
    assert (found["id"], found["locked"], found["modifications"]) == (PROJECT, True, False)
    assert found["view"]["name"] == "Procore Standard Budget"
    concrete, steel = found["lines"]
    assert concrete == {
        "id": concrete["id"],
        **PAIRS[0],
        "original_budget_amount": Decimal("1000.5"),
        "budget_modifications": Decimal(0),
        "forecast_to_complete": Decimal("300.25"),
        "estimated_cost_at_completion": Decimal("1300.75"),
    }
    assert (steel["cost_code"], steel["original_budget_amount"]) == ("05-120", Decimal("250.1"))
    assert await gateway.read(named("forecast", 202611)) == {**found, "id": 202611}


async def test_the_view_of_the_setting_is_read(url: str, desk: Desk) -> None:
    await budgeted(desk)
    async with open_gateway(settings(url, budget_view="Original Budget Only")) as gateway:
        found = await gateway.read(named("budget", PROJECT))
    assert found["view"]["name"] == "Original Budget Only"
    assert [line["estimated_cost_at_completion"] for line in found["lines"]] == [None, None]


async def test_a_modification(gateway: ProcoreGateway, desk: Desk) -> None:
    await budgeted(desk)
    await uses_changes(desk, False)
    body = {"from": CONCRETE, "to": STEEL, "amount": "50.25", "notes": "Buy-out"}
    number = (await desk.post(f"/projects/{PROJECT}/budget_modifications", body))["id"]
    found = await gateway.read(named("budget_modification", number))
    assert (found["from"], found["to"], found["notes"]) == (*PAIRS, "Buy-out")
    assert Decimal(found["transfer_amount"]) == Decimal("50.25")
    budget = await gateway.read(named("budget", PROJECT))
    assert budget["modifications"] is True
    assert [line["budget_modifications"] for line in budget["lines"]] == [Decimal("-50.25"), Decimal("50.25")]
    await write(gateway, desk, "budget_modification", "budget_modifications", number)
    assert Decimal((await desk.book("budget_modifications", number))["transfer_amount"]) == Decimal("50.25")


async def test_a_company_that_moved_to_changes_says_so(gateway: ProcoreGateway, desk: Desk) -> None:
    await budgeted(desk)
    await uses_changes(desk, False)
    body = {"from": CONCRETE, "to": STEEL, "amount": "50.25"}
    number = (await desk.post(f"/projects/{PROJECT}/budget_modifications", body))["id"]
    await uses_changes(desk, True)
    object_id = named("budget_modification", number)
    with pytest.raises(Refused, match="this company uses budget changes"):
        await gateway.write_ids(object_id, WriteBack(origin_id="01|X"), await gateway.read(object_id))


async def test_a_budget_change(gateway: ProcoreGateway, desk: Desk) -> None:
    await budgeted(desk)
    await uses_changes(desk, True)
    lines = [{**STEEL, "amount": "125.50", "description": "To steel"}, {**CONCRETE, "amount": "-125.50"}]
    body = {"status": "approved", "title": "Shift", "lines": lines}
    number = (await desk.post(f"/projects/{PROJECT}/budget_changes", body))["id"]
    found = await gateway.read(named("budget_change", number))
    assert (found["status"], found["title"]) == ("approved", "Shift")
    shown = [(row["type"], row["amount"], row["cost_code"], row["category"]) for row in found["lines"]]
    assert shown == [
        ("change_event", Decimal("125.5"), "05-120", "M"),
        ("budget_change", Decimal("-125.5"), "03-100", "S"),
    ]


async def test_the_codes_of_a_project(gateway: ProcoreGateway, desk: Desk) -> None:
    await budgeted(desk)
    found = await gateway.read(named("cost_codes", PROJECT))
    project = await gateway.read(named("project", PROJECT))
    assert (found["is_erp_list"], project["is_erp_list"], found["custom_segments"]) == (True, True, [])
    assert found["project_number"] == project["project_number"]
    budgets = {
        (row["cost_code"], row["category"]): row["original_budget_amount"] for row in found["lines"] if row["budgeted"]
    }
    assert budgets == {("03-100", "S"): Decimal("1000.5"), ("05-120", "M"): Decimal("250.1")}
    assert all(row["name"] and row["category_name"] for row in found["lines"])


async def test_a_project_has_what_a_job_needs(gateway: ProcoreGateway) -> None:
    found = await gateway.read(named("project", PROJECT))
    for name in (
        "project_number",
        "address",
        "city",
        "state_code",
        "zip",
        "country_code",
        "start_date",
        "completion_date",
    ):
        assert found[name], name


# Change orders, invoices, payments


async def test_a_commitments_change_order(gateway: ProcoreGateway, desk: Desk) -> None:
    contract, lines = await desk.enter("CO-1", vendor_id=4101)
    bodies: list[dict[str, Any]] = [{**CONCRETE, "amount": f"{n}.10", "commitment_line": 1} for n in range(1, 8)]
    bodies.append({**STEEL, "quantity": "2.5", "unit_cost": "10.5", "uom": "ea", "description": "New"})
    body = {
        **OPEN_PROJECT,
        "commitment": "CO-1",
        "number": "007",
        "title": "More",
        "status": "approved",
        "lines": bodies,
    }
    number = (await desk.post("/commitment_change_orders", body))["id"]
    found = await gateway.read(named("commitment_change_order", number))
    assert (found["number"], found["status"], found["contract"]["id"]) == ("007", "approved", contract)
    assert found["contract"]["vendor"] == {"id": 4101, "company": "Acme Concrete LLC"}
    assert (found["contract"]["number"], found["contract"]["type"]) == ("CO-1", "WorkOrderContract")
    assert len(found["lines"]) == 8
    assert sum(line["amount"] for line in found["lines"]) == Decimal(found["grand_total"]) == Decimal("54.95")
    assert found["lines"][0]["commitment_line_item_id"] == lines[0]
    last = found["lines"][-1]
    assert (last["cost_code"], last["category"], last["quantity"], last["unit_cost"], last["uom"]) == (
        "05-120",
        "M",
        Decimal("2.5"),
        Decimal("10.5"),
        "ea",
    )
    assert last["commitment_line_item_id"] is None


async def test_a_prime_change_order(gateway: ProcoreGateway, desk: Desk) -> None:
    contract = {**OPEN_PROJECT, "number": "PC-1", "title": "Prime", "lines": [{**CONCRETE, "amount": "1000.00"}]}
    await desk.post("/prime_contracts", contract)
    markups = [
        {"name": "Labor", "markup_set": "horizontal", "percentage": "10", **STEEL},
        {"name": "Fee", "markup_set": "vertical", "percentage": "5"},
    ]
    lines = [{**CONCRETE, "amount": "100.00", "prime_line": 1}]
    body = {**OPEN_PROJECT, "number": "001", "title": "More", "status": "approved", "lines": lines, "markups": markups}
    number = (await desk.post("/prime_change_orders", body))["id"]
    found = await gateway.read(named("prime_change_order", number))
    assert found["project_number"]
    assert Decimal(found["grand_total"]) == Decimal("115.50")
    (line,) = found["lines"]
    assert (line["amount"], line["cost_code"], line["category"]) == (Decimal("100.0"), "03-100", "S")
    assert line["prime_line_item_id"]
    own = [markup for markup in found["markups"] if markup["holder_type"] == "PotentialChangeOrder"]
    assert [(m["name"], m["markup_set"], m["percentage"], m["cost_code"]) for m in own] == [
        ("Labor", "horizontal", Decimal(10), "05-120"),
        ("Fee", "vertical", Decimal(5), ""),
    ]


async def invoiced(desk: Desk) -> int:
    await desk.enter("IN-1", vendor_id=4101)
    change = [{**STEEL, "amount": "40.00"}]
    order = {**OPEN_PROJECT, "commitment": "IN-1", "number": "001", "title": "x", "status": "approved", "lines": change}
    await desk.post("/commitment_change_orders", order)
    items = [{"line": 1, "work_completed_this_period": "100.00", "work_completed_retainage_percent_this_period": "10"}]
    body = {**OPEN_PROJECT, "commitment": "IN-1", "invoice_number": "17", "status": "approved", "items": items}
    return int((await desk.post("/requisitions", {**body, "billing_date": "2026-10-31"}))["id"])


async def test_a_subcontractor_invoice(gateway: ProcoreGateway, desk: Desk) -> None:
    number = await invoiced(desk)
    found = await gateway.read(named("subcontractor_invoice", number))
    assert (found["status"], found["invoice_number"]) == ("approved", "17")
    assert Decimal(found["summary"]["current_payment_due"]) == Decimal(90)
    assert [(line["kind"], line["cost_code"], line["category"]) for line in found["lines"]] == [
        ("contract_item", "03-100", "S"),
        ("contract_item", "05-120", "M"),
        ("change_order_item", "05-120", "M"),
    ]
    assert Decimal(found["lines"][0]["work_completed_this_period"]) == Decimal(100)
    assert isinstance(found["lines"][0]["work_completed_this_period"], str)
    await write(gateway, desk, "subcontractor_invoice", "requisitions", number)


async def test_a_payment_is_found_among_many_contracts(gateway: ProcoreGateway, desk: Desk) -> None:
    for n in range(5):
        await desk.enter(f"NO-{n}")
    number = await invoiced(desk)
    body = {**OPEN_PROJECT, "commitment": "IN-1", "amount": "90.00", "check_number": "1001", "requisition_id": number}
    paid = (await desk.post("/contract_payments", body))["id"]
    found = await gateway.read(named("invoice_payment", paid))
    assert (Decimal(found["amount"]), found["check_number"], found["requisition_id"]) == (Decimal(90), "1001", number)
    assert found["vendor"] == {"id": 4101, "company": "Acme Concrete LLC"}
    assert len(await desk.sent("GET", "^/rest/v1.0/contract_payments$")) == 1
    await write(gateway, desk, "invoice_payment", "contract_payments", paid)
