"""Budget lines as imports see and write them, against the Procore stand-in (procore-api §3, §7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.ports import Given, Unavailable
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT
from tests.systems.procore.standin import Desk, settings

CONCRETE = {"cost_code": "03-100", "line_item_type": "S"}
STEEL = {"cost_code": "05-120", "line_item_type": "M"}
BOOK = f"/_sandbox/projects/{PROJECT}/budget"


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url, page_size=3)) as gateway:
        yield gateway


def given(code: str, kind: str, amount: str, **more: Any) -> Given:
    known = {name: more.pop(name) for name in list(more) if name == "id"}
    body = {"cost_code": code, "cost_type": kind, "original_budget_amount": amount, **more}
    return Given(key=f"{code}|{kind}", origin_id=None, body=body, **known)


async def listed(gateway: ProcoreGateway) -> dict[tuple[str, str], dict[str, Any]]:
    rows = await gateway.listing("budget_lines", COMPANY, PROJECT)
    return {(row["cost_code"], row["cost_type"]): row for row in rows}


async def in_the_books(desk: Desk) -> dict[tuple[str, str], Decimal]:
    rows = (await desk.http.get(BOOK)).raise_for_status().json()["lines"]
    return {(row["cost_code"], row["line_item_type"]): Decimal(row["amount"]) for row in rows}


async def enter(desk: Desk, *lines: dict[str, Any], locked: bool = False) -> None:
    await desk.post(f"/projects/{PROJECT}/budget", {"locked": locked, "lines": list(lines)})


async def test_lines_with_their_pairs_and_amounts(gateway: ProcoreGateway, desk: Desk) -> None:
    assert await gateway.listing("budget", COMPANY, PROJECT) == [{"locked": False}]
    await enter(desk, {**CONCRETE, "amount": "10.05"}, {**STEEL, "amount": "0"}, locked=True)
    assert await gateway.listing("budget", COMPANY, PROJECT) == [{"locked": True}]
    lines = await listed(gateway)
    told = {pair: (row["amount"], row["sub_job"]) for pair, row in lines.items()}
    assert told == {("03-100", "S"): (Decimal("10.05"), False), ("05-120", "M"): (Decimal(0), False)}
    for row in lines.values():
        assert (await desk.book("budget_line_items", row["id"]))["wbs_code_id"] == row["wbs_code_id"]


async def test_lines_of_sub_jobs_are_told_apart(gateway: ProcoreGateway, desk: Desk) -> None:
    scope = {"company_id": COMPANY, "project_id": PROJECT}
    sub_job = await desk.post("/sub_jobs", {**scope, "code": "SUB", "name": "Annex"})
    own = {**scope, "sub_job_id": sub_job["id"], "id": 88001, "code": "03", "name": "Concrete"}
    await desk.post("/seed", {"cost_codes": [own]})
    await enter(desk, {**CONCRETE, "amount": "1"}, {"cost_code": "SUB/03", "line_item_type": "S", "amount": "2"})
    rows = await gateway.listing("budget_lines", COMPANY, PROJECT)
    assert [(row["cost_code"], row["amount"]) for row in rows if not row["sub_job"]] == [("03-100", Decimal(1))]
    assert [(row["cost_code"], row["amount"]) for row in rows if row["sub_job"]] == [("", Decimal(2))]


async def test_lines_are_added_and_set_and_written_again_nothing_doubles(gateway: ProcoreGateway, desk: Desk) -> None:
    """Codes that no line stood on before are made for them."""
    await enter(desk, {**CONCRETE, "amount": "10.05"})
    there = (await listed(gateway))["03-100", "S"]
    rows = [
        given("03-100", "S", "20.10", id=there["id"], wbs_code_id=there["wbs_code_id"]),
        given("05-120", "M", "-3.33"),
        given("01-500", "L", "7"),
        given("01-500", "M", "8"),
    ]
    expected = {
        ("03-100", "S"): Decimal("20.10"),
        ("05-120", "M"): Decimal("-3.33"),
        ("01-500", "L"): Decimal(7),
        ("01-500", "M"): Decimal(8),
    }
    for _ in range(2):
        taken = await gateway.upsert("budget_line", COMPANY, PROJECT, rows)
        assert [t.key for t in taken if not t.refusal] == [row.key for row in rows]
        assert await in_the_books(desk) == expected
    lines = await listed(gateway)
    assert {t.key: t.id for t in taken} == {"|".join(pair): row["id"] for pair, row in lines.items()}


async def test_a_calculated_line_gets_the_amount(gateway: ProcoreGateway, desk: Desk) -> None:
    units = {"quantity": "2", "unit_cost": "5", "uom": "ea", "calculation_strategy": "automatic"}
    await enter(desk, {**CONCRETE, **units})
    there = (await listed(gateway))["03-100", "S"]
    assert there["amount"] == Decimal(10)
    row = given("03-100", "S", "12.34", id=there["id"], wbs_code_id=there["wbs_code_id"])
    await gateway.upsert("budget_line", COMPANY, PROJECT, [row])
    assert await in_the_books(desk) == {("03-100", "S"): Decimal("12.34")}


async def test_a_pair_that_cant_be_is_refused_and_nothing_is_written(gateway: ProcoreGateway, desk: Desk) -> None:
    rows = [given("03-100", "S", "1"), given("77-000", "S", "2"), given("03-100", "X", "3")]
    taken = await gateway.upsert("budget_line", COMPANY, PROJECT, rows)
    assert [(t.key, t.refusal) for t in taken] == [
        ("77-000|S", "77-000/S is no WBS code of the project"),
        ("03-100|X", "03-100/X is no WBS code of the project"),
    ]
    assert await in_the_books(desk) == {}


async def test_a_locked_budget_refuses_with_procores_words(gateway: ProcoreGateway, desk: Desk) -> None:
    await enter(desk, {**CONCRETE, "amount": "1"}, locked=True)
    there = (await listed(gateway))["03-100", "S"]
    row = given("03-100", "S", "2", id=there["id"], wbs_code_id=there["wbs_code_id"])
    with pytest.raises(Refused) as told:
        await gateway.upsert("budget_line", COMPANY, PROJECT, [row])
    assert "locked" in told.value.refusals[0].sentence
    assert await in_the_books(desk) == {("03-100", "S"): Decimal(1)}


@pytest.mark.parametrize("bent", [{"drop": ["0.wbs_code"]}, {"set": {"0.wbs_code.id": 1}}])
async def test_an_answer_that_doesnt_tell_every_line_is_asked_again(
    gateway: ProcoreGateway, desk: Desk, bent: dict[str, Any]
) -> None:
    await desk.post("/faults", {"path": "budget_line_items/sync", **bent})
    with pytest.raises(Unavailable) as told:
        await gateway.upsert("budget_line", COMPANY, PROJECT, [given("03-100", "S", "1")])
    assert told.value.maybe_done
    await gateway.upsert("budget_line", COMPANY, PROJECT, [given("03-100", "S", "1")])
    assert await in_the_books(desk) == {("03-100", "S"): Decimal(1)}


async def test_budget_lines_arent_taken_out(gateway: ProcoreGateway, desk: Desk) -> None:
    with pytest.raises(Refused):
        await gateway.remove("budget_line", COMPANY, PROJECT, [given("03-100", "S", "0", id=1)])
