"""Payments: whose contract one is on, what is remembered, and the id."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from domain.ports import NotThere, WriteBack
from domain.refusals import Refused
from systems.procore import contract_payments
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import PROJECT, FakeProcore, body_of, reply
from tests.systems.procore.financials import PAYMENT, PAYMENTS, named, payment
from tests.systems.procore.samples import VENDOR, WORK_ORDER

CHECK = named("invoice_payment", PAYMENT)
WORK, PURCHASE = "/rest/v1.0/work_order_contracts", "/rest/v1.0/purchase_order_contracts"


def looked_at(procore: FakeProcore) -> list[int]:
    """The contracts whose payments were listed, in order."""
    return [int(r.url.params["contract_id"]) for r in procore.sent("GET", PAYMENTS)]


def on_contracts(payments: dict[int, list[int]]) -> Any:
    def listed(request: httpx.Request) -> httpx.Response:
        contract = int(request.url.params["contract_id"])
        rows = [payment(id=number, contract_id=contract) for number in payments.get(contract, [])]
        return httpx.Response(200, json=rows)

    return listed


async def test_a_payment_comes_with_its_vendor(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    found = await gateway.read(CHECK)
    assert (found["amount"], found["contract_id"]) == ("900.0", WORK_ORDER)
    assert found["vendor"] == {"id": VENDOR, "company": "Acme"}
    (request,) = procore.sent("GET", f"{PAYMENTS}/{PAYMENT}")
    assert dict(request.url.params) == {"project_id": str(PROJECT), "contract_id": str(WORK_ORDER)}


async def test_contracts_on_which_something_was_paid_come_first(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    await gateway.read(CHECK)
    assert looked_at(procore) == [WORK_ORDER]


async def test_all_commitments_are_looked_at_before_a_payment_is_missed(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    procore.on("GET", PURCHASE, reply([{"id": 7002, "total_payments": "5.0"}, {"id": 7003}]))
    procore.on("GET", PAYMENTS, on_contracts({}))
    with pytest.raises(NotThere, match="none of the project's 4 commitments"):
        await gateway.read(CHECK)
    assert looked_at(procore) == [WORK_ORDER, 7002, 7003, 7000]


async def test_what_was_seen_on_the_way_is_remembered(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", PURCHASE, reply([{"id": 7002, "total_payments": "5.0"}]))
    procore.on("GET", PAYMENTS, on_contracts({WORK_ORDER: [1, 2], 7002: [PAYMENT]}))
    procore.on("GET", f"{PAYMENTS}/{PAYMENT}", reply(payment(contract_id=None)))
    procore.on("GET", "/rest/v1.0/commitments/7002", reply({"id": 7002, "type": "PurchaseOrderContract"}))
    procore.on("GET", f"{PAYMENTS}/2", reply(payment(id=2)))
    await gateway.read(CHECK)
    assert looked_at(procore) == [WORK_ORDER, 7002]
    await gateway.read(named("invoice_payment", 2))
    await gateway.read(CHECK)
    assert looked_at(procore) == [WORK_ORDER, 7002]


async def test_many_at_once_search_once(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    numbers = range(1, 21)
    procore.on("GET", PAYMENTS, on_contracts({WORK_ORDER: list(numbers)}))
    for number in numbers:
        procore.on("GET", f"{PAYMENTS}/{number}", reply(payment(id=number)))
    await asyncio.gather(*(gateway.read(named("invoice_payment", n)) for n in numbers))
    assert looked_at(procore) == [WORK_ORDER]


async def test_only_so_much_is_remembered(
    procore: FakeProcore, gateway: ProcoreGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract_payments, "MOST_REMEMBERED", 1)
    procore.on("GET", PAYMENTS, on_contracts({WORK_ORDER: [PAYMENT, 1, 2]}))
    await gateway.read(CHECK)
    await gateway.read(CHECK)
    assert looked_at(procore) == [WORK_ORDER, WORK_ORDER]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (WORK, reply({})),
        (WORK, reply([{"id": "x"}])),
        (PURCHASE, reply({"message": "x"}, 404)),
        (PAYMENTS, reply({})),
        (PAYMENTS, reply([{"amount": "1.0"}])),
        (PAYMENTS, reply({"message": "x"}, 404)),
        (f"{PAYMENTS}/{PAYMENT}", reply([])),
        (f"{PAYMENTS}/{PAYMENT}", reply(payment(contract_id=1))),
        (f"/rest/v1.0/commitments/{WORK_ORDER}", reply({"message": "x"}, 404)),
    ],
)
async def test_what_can_not_be_read_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, path: str, answer: Any
) -> None:
    procore.on("GET", path, answer)
    with pytest.raises(Refused) as caught:
        await gateway.read(CHECK)
    assert caught.value.refusals[0].code == "procore_unreadable"


async def test_a_payment_deleted_meanwhile_is_not_there(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    await gateway.read(CHECK)
    procore.on("GET", f"{PAYMENTS}/{PAYMENT}", reply({"message": "x"}, 404))
    with pytest.raises(NotThere):
        await gateway.read(CHECK)


async def test_the_id_is_written_and_cleared(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(CHECK, WriteBack(origin_id="01|P|1", code="1001"), payment()) == []
    assert body_of(procore.sent("PATCH")[0]) == {
        "project_id": PROJECT,
        "contract_id": WORK_ORDER,
        "contract_payment": {"origin_id": "01|P|1"},
    }
    assert procore.sent("GET") == []
    assert await gateway.write_ids(CHECK, WriteBack(origin_id=None), {"origin_id": "01|P|1"}) == []
    assert body_of(procore.sent("PATCH")[1])["contract_payment"] == {"origin_id": None}
    assert looked_at(procore) == [WORK_ORDER]
    assert await gateway.write_ids(CHECK, WriteBack(origin_id=None), payment()) == []
    assert len(procore.sent("PATCH")) == 2


async def test_a_refused_id_is_told(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("PATCH", f"{PAYMENTS}/{PAYMENT}", reply({"errors": {"origin_id": ["is taken"]}}, 422))
    (refusal,) = await gateway.write_ids(CHECK, WriteBack(origin_id="01|P"), payment())
    assert refusal.sentence == "Procore refused it: origin_id: is taken (HTTP 422)"
