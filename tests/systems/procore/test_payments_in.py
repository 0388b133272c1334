"""Payments from CMiC as contract payments, against the stand-in: once whatever happens, and frozen ones changed all the same
(procore-api §3, §9; F-05, F-06)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ports import Given, Taken, Unavailable
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT
from tests.systems.procore.standin import Desk, settings

KEY = "01|4711|815"
PATH = "/rest/v1.0/contract_payments"


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


@pytest.fixture
async def contract(desk: Desk) -> int:
    return (await desk.enter("PAY-1"))[0]


def given(contract: int, *, number: int | None = None, key: str = KEY, **more: Any) -> Given:
    payment = {
        "date": "2026-11-20", "amount": "60.25", "check_number": "20001", "notes": None, "invoice_number": "INV-1",
        "payment_method": "check", **more,
    }  # fmt: skip
    return Given(key=key, origin_id=key, id=number, project=PROJECT, body={"contract": contract, "payment": payment})


async def written(gateway: ProcoreGateway, *rows: Given) -> list[Taken]:
    return await gateway.upsert("contract_payment", COMPANY, PROJECT, list(rows))


async def removed(gateway: ProcoreGateway, *rows: Given) -> list[Taken]:
    return await gateway.remove("contract_payment", COMPANY, PROJECT, list(rows))


async def payments(desk: Desk, contract: int) -> list[dict[str, Any]]:
    answer = await desk.http.get("/_sandbox/books/contract_payments", params={"contract_id": contract})
    return [row for row in answer.raise_for_status().json() if not row["deleted_at"]]


async def wrote(desk: Desk) -> int:
    return sum([len(await desk.sent(method, PATH)) for method in ("POST", "PATCH", "DELETE")])


async def test_it_is_made_once_and_the_same_again_writes_nothing(
    gateway: ProcoreGateway, desk: Desk, contract: int
) -> None:
    (first,) = await written(gateway, given(contract))
    before = await wrote(desk)
    (again,) = await written(gateway, given(contract, amount="60.250"))
    assert (first.refusal, again) == ("", first)
    assert await wrote(desk) == before
    (payment,) = await payments(desk, contract)
    said = [payment[n] for n in ("date", "amount", "check_number", "notes", "payment_method", "origin_id", "status")]
    assert said == ["2026-11-20", "60.25", "20001", None, "check", KEY, "paid"]


async def test_a_frozen_one_is_changed_and_bears_its_id_again(
    gateway: ProcoreGateway, desk: Desk, contract: int
) -> None:
    (first,) = await written(gateway, given(contract))
    (changed,) = await written(gateway, given(contract, number=first.id, amount="59.00"))
    assert changed == first
    (payment,) = await payments(desk, contract)
    assert (payment["amount"], payment["origin_id"]) == ("59.0", KEY)


@pytest.mark.parametrize("skip", [0, 1])
async def test_one_that_was_left_without_its_id_is_found(
    gateway: ProcoreGateway, desk: Desk, contract: int, skip: int
) -> None:
    """Cut between the two steps of a change, before its Procore id was known to anybody."""
    await written(gateway, given(contract))
    order = {"path": rf"{PATH}/\d+$", "method": "PATCH", "cut": True, "when": "after", "skip": skip}
    await desk.post("/faults", order)
    with pytest.raises(Unavailable):
        await written(gateway, given(contract, amount="59.00"))
    await written(gateway, given(contract, amount="59.00"))
    (payment,) = await payments(desk, contract)
    assert (payment["amount"], payment["origin_id"]) == ("59.0", KEY)


async def test_it_is_taken_out_by_its_id_or_its_origin_id_and_again(
    gateway: ProcoreGateway, desk: Desk, contract: int
) -> None:
    (first,) = await written(gateway, given(contract))
    await written(gateway, given(contract, key="01|4712|816"))
    for row in (given(contract, number=first.id), given(contract, key="01|4712|816"), given(contract, number=first.id)):
        (taken,) = await removed(gateway, row)
        assert taken.refusal == ""
    assert await payments(desk, contract) == []


async def test_a_contract_that_is_gone(gateway: ProcoreGateway, desk: Desk, contract: int) -> None:
    """Others are written; nothing is left to take out of it."""
    rows = [given(999999), given(contract, key="01|4712|816")]
    gone, there = await written(gateway, *rows)
    assert gone.refusal == "it has no contract 999999 any more"
    assert there.id
    assert [t.refusal for t in await removed(gateway, *rows)] == ["", ""]


async def test_one_refusal_holds_no_other_up(gateway: ProcoreGateway, desk: Desk, contract: int) -> None:
    bad = given(contract, requisition_id=999999)
    refused, fine = await written(gateway, bad, given(contract, key="01|4712|816"))
    assert "requisition_id" in refused.refusal.lower().replace(" ", "_")
    assert (fine.refusal, len(await payments(desk, contract))) == ("", 1)


async def test_the_connector_itself_is_refused(gateway: ProcoreGateway, desk: Desk, contract: int) -> None:
    await desk.post("/faults", {"path": f"{PATH}$", "method": "POST", "status": 403})
    with pytest.raises(Refused):
        await written(gateway, given(contract))


async def test_an_answer_without_an_id(gateway: ProcoreGateway, desk: Desk, contract: int) -> None:
    await desk.post("/faults", {"path": f"{PATH}$", "method": "POST", "drop": ["id"]})
    with pytest.raises(Unavailable):
        await written(gateway, given(contract))
    await written(gateway, given(contract))
    assert len(await payments(desk, contract)) == 1


async def test_what_another_integration_took_over_is_left_alone(
    gateway: ProcoreGateway, desk: Desk, contract: int
) -> None:
    (first,) = await written(gateway, given(contract))
    await desk.post(f"/edit/contract_payments/{first.id}", {"origin_id": "SAGE-1"})
    row = given(contract, number=first.id, amount="1.00")
    for taken in (*await written(gateway, row), *await removed(gateway, row)):
        assert taken.refusal == "another integration owns it (its origin id is 'SAGE-1')"
    (payment,) = await payments(desk, contract)
    assert payment["amount"] == "60.25"
