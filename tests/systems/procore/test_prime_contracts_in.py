"""Prime contracts as imports see and write them, against the Procore stand-in (procore-api §8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.ports import Given, NotThere, Unavailable
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT
from tests.systems.procore.standin import Desk, settings

ORIGIN = "01|1042"
HEADER = {"title": "1042 Prime Contract", "number": "1042", "status": "Approved", "accounting_method": "amount"}
SUBCONTRACT = 3003


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url, page_size=3)) as gateway:
        yield gateway


@pytest.fixture
async def concrete(gateway: ProcoreGateway) -> int:
    rows = await gateway.listing("cost_codes", COMPANY, PROJECT)
    return int(next(row["id"] for row in rows if row["full_code"] == "03-100"))


def header(**more: Any) -> Given:
    return Given(key=ORIGIN, origin_id=ORIGIN, id=more.pop("id", None), body={**HEADER, **more})


def line(concrete: int, n: int, amount: str, **more: Any) -> Given:
    codes = {"cost_code_id": concrete, "line_item_type_id": SUBCONTRACT}
    key, number = f"{ORIGIN}|{n}", more.pop("id", None)
    return Given(key=key, origin_id=key, id=number, body={"contract": ORIGIN, "amount": amount, **codes, **more})


async def only(gateway: ProcoreGateway) -> dict[str, Any]:
    (found,) = await gateway.listing("prime_contracts", COMPANY, PROJECT)
    return found


async def made(gateway: ProcoreGateway) -> int:
    (taken,) = await gateway.upsert("prime_contract", COMPANY, PROJECT, [header()])
    assert taken.id is not None
    return taken.id


async def test_a_contract_is_made_once(gateway: ProcoreGateway, desk: Desk) -> None:
    number = await made(gateway)
    assert await made(gateway) == number
    found = await only(gateway)
    assert found == {"id": number, "origin_id": ORIGIN, "lines": [], **HEADER}
    assert (await desk.book("prime_contracts", number))["title"] == "1042 Prime Contract"


async def test_a_lost_answer_makes_no_second_one(gateway: ProcoreGateway, desk: Desk) -> None:
    await desk.post("/faults", {"method": "POST", "path": "prime_contract$", "when": "after", "cut": True})
    with pytest.raises(Unavailable):
        await made(gateway)
    number = await made(gateway)
    assert (await only(gateway))["id"] == number


async def test_an_empty_contract_is_taken_over(gateway: ProcoreGateway, desk: Desk) -> None:
    entered = await desk.post("/prime_contracts", {"project_id": PROJECT, "number": "1", "title": "By hand"})
    (taken,) = await gateway.upsert("prime_contract", COMPANY, PROJECT, [header(id=entered["id"])])
    assert taken.id == entered["id"]
    found = await only(gateway)
    assert (found["origin_id"], found["number"], found["status"]) == (ORIGIN, "1042", "Approved")


async def test_what_procore_refuses_is_told_in_its_words(gateway: ProcoreGateway) -> None:
    (taken,) = await gateway.upsert("prime_contract", COMPANY, PROJECT, [header(status="Signed")])
    assert "status" in taken.refusal
    assert await gateway.listing("prime_contracts", COMPANY, PROJECT) == []


async def test_lines_are_made_set_and_taken_out(gateway: ProcoreGateway, desk: Desk, concrete: int) -> None:
    """More than a page of them; written again, nothing doubles."""
    number = await made(gateway)
    rows = [line(concrete, n, f"{n}.25", description=f"Line {n}", extended_type="manual") for n in range(5)]
    for _ in range(2):
        taken = await gateway.upsert("prime_contract_line", COMPANY, PROJECT, rows)
        assert [(t.key, t.refusal) for t in taken] == [(row.key, "") for row in rows]
    lines = (await only(gateway))["lines"]
    kept = ("origin_id", "amount", "description", "cost_code_id", "line_item_type_id", "extended_type", "uom")
    told = [tuple(one[name] for name in kept) for one in lines]
    assert told == [(f"{ORIGIN}|{n}", f"{n}.25", f"Line {n}", concrete, SUBCONTRACT, "manual", None) for n in range(5)]
    units = {"extended_type": "calculated", "quantity": "4", "unit_cost": "2.5", "uom": "cy"}
    await gateway.upsert("prime_contract_line", COMPANY, PROJECT, [line(concrete, 0, "10", id=lines[0]["id"], **units)])
    assert Decimal((await only(gateway))["lines"][0]["amount"]) == Decimal(10)
    gone = [line(concrete, n, "0", id=lines[n]["id"]) for n in (1, 2)]
    for _ in range(2):
        taken = await gateway.remove("prime_contract_line", COMPANY, PROJECT, gone)
        assert [(t.key, t.refusal) for t in taken] == [(f"{ORIGIN}|1", ""), (f"{ORIGIN}|2", "")]
    assert [one["origin_id"] for one in (await only(gateway))["lines"]] == [f"{ORIGIN}|{n}" for n in (0, 3, 4)]
    assert Decimal((await desk.book("prime_contracts", number))["grand_total"]) == Decimal("17.50")


async def test_a_line_that_is_refused_doesnt_hold_the_others_up(gateway: ProcoreGateway, concrete: int) -> None:
    await made(gateway)
    rows = [line(concrete, 1, "1"), line(concrete, 2, "2", uom="barrels")]
    taken = {t.key: t for t in await gateway.upsert("prime_contract_line", COMPANY, PROJECT, rows)}
    assert taken[f"{ORIGIN}|1"].refusal == ""
    assert "uom" in taken[f"{ORIGIN}|2"].refusal
    assert [one["amount"] for one in (await only(gateway))["lines"]] == ["1.0"]


async def test_lines_of_a_contract_that_isnt_there(gateway: ProcoreGateway, concrete: int) -> None:
    for ask in (gateway.upsert, gateway.remove):
        with pytest.raises(NotThere):
            await ask("prime_contract_line", COMPANY, PROJECT, [line(concrete, 1, "1", id=5)])


async def test_contracts_arent_taken_out(gateway: ProcoreGateway) -> None:
    with pytest.raises(Refused):
        await gateway.remove("prime_contract", COMPANY, PROJECT, [header(id=1)])


async def test_units_of_measure_and_custom_segments(gateway: ProcoreGateway, desk: Desk) -> None:
    assert "cy" in [row["name"] for row in await gateway.listing("uoms", COMPANY, PROJECT)]
    assert await gateway.listing("custom_segments", COMPANY, PROJECT) == []
    segment = {"company_id": COMPANY, "name": "Building", "structure": "flat", "project_ids": [PROJECT]}
    await desk.post("/seed", {"segments": [segment]})
    assert await gateway.listing("custom_segments", COMPANY, PROJECT) == [{"name": "Building"}]
