"""Subcontractor invoices: the summary, the items of all three kinds, and the id."""

from __future__ import annotations

from typing import Any

import pytest

from domain.ports import NotThere, Unavailable, WriteBack
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import API, PROJECT, FakeProcore, body_of, reply
from tests.systems.procore.financials import (
    INVOICE,
    ITEMS,
    REQUISITION,
    STEEL,
    WBS,
    named,
    requisition,
    requisition_item,
)
from tests.systems.procore.samples import WORK_ORDER

SEVENTEEN = named("subcontractor_invoice", INVOICE)


async def test_an_invoice_comes_with_all_its_items(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    link = {"Link": f'<{API}{ITEMS}/contract_detail_items?page=2>; rel="next"'}
    pages = reply([requisition_item(1, STEEL)], headers=link), reply([requisition_item(2, None)])
    procore.on("GET", f"{ITEMS}/contract_detail_items", *pages)
    found = await gateway.read(SEVENTEEN)
    assert found["summary"]["current_payment_due"] == "900.0"
    assert [(line["kind"], line["id"], line["cost_code"], line["category"]) for line in found["lines"]] == [
        ("contract_item", 1, "03-300", "M"),
        ("contract_detail_item", 1, "05-100", "S"),
        ("contract_detail_item", 2, "", ""),
        ("change_order_item", 1, "05-100", "S"),
    ]
    assert found["lines"][0]["work_completed_this_period"] == "1000.00"
    assert found["lines"][3]["commitment_line_item_id"] == 5
    assert dict(procore.sent("GET", REQUISITION)[0].url.params) == {"project_id": str(PROJECT), "view": "extended"}
    assert len(procore.sent("GET", WBS)) == 1


@pytest.mark.parametrize("kind", ["contract_items", "contract_detail_items", "change_order_items"])
@pytest.mark.parametrize(
    "answer",
    [
        reply({}),
        reply([None]),
        reply([{"description_of_work": "x"}]),
        reply([requisition_item(1), requisition_item(1)]),
        reply({"message": "x", "exception": "y"}, 404),
    ],
)
async def test_items_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, kind: str, answer: Any
) -> None:
    procore.on("GET", f"{ITEMS}/{kind}", answer)
    with pytest.raises(Refused) as caught:
        await gateway.read(SEVENTEEN)
    assert caught.value.refusals[0].code == "procore_unreadable"


@pytest.mark.parametrize("summary", [None, [], "x"])
async def test_an_invoice_without_a_summary_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, summary: object
) -> None:
    procore.on("GET", REQUISITION, reply(requisition(summary=summary)))
    with pytest.raises(Refused, match="it has no summary"):
        await gateway.read(SEVENTEEN)


async def test_an_invoice_that_is_not_shown_is_not_there(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", REQUISITION, reply({"message": "x"}, 404))
    for call in (gateway.read(SEVENTEEN), gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), {})):
        with pytest.raises(NotThere):
            await call


async def test_the_id_is_written_with_the_commitment_that_the_body_needs(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    ids = WriteBack(origin_id="01|RFP|1", code="1", lines={"1": "01|RFP|1|1"})
    assert await gateway.write_ids(SEVENTEEN, ids, requisition()) == []
    (request,) = procore.sent("PATCH")
    assert body_of(request) == {
        "project_id": PROJECT,
        "commitment_id": WORK_ORDER,
        "requisition": {"origin_id": "01|RFP|1"},
    }
    assert procore.sent("GET") == []


async def test_what_the_body_needs_is_read_where_it_is_not_known(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), {}) == []
    assert len(procore.sent("GET", REQUISITION)) == 1
    assert body_of(procore.sent("PATCH")[0])["commitment_id"] == WORK_ORDER


async def test_an_id_is_cleared_and_not_sent_twice(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    now = requisition(origin_id="01|X")
    assert await gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), now) == []
    assert procore.requests == []
    assert await gateway.write_ids(SEVENTEEN, WriteBack(origin_id=None), now) == []
    assert body_of(procore.sent("PATCH")[0])["requisition"] == {"origin_id": None}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply({"message": "is locked"}, 422), "is locked (HTTP 422)"),
        (reply({"id": INVOICE, "origin_id": "OLD"}), "it said yes, but its origin_id still is OLD"),
    ],
)
async def test_a_refused_id_is_told(procore: FakeProcore, gateway: ProcoreGateway, answer: Any, words: str) -> None:
    procore.on("PATCH", REQUISITION, answer)
    (refusal,) = await gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), requisition())
    assert refusal.sentence == f"Procore refused it: {words}"


async def test_a_refusal_of_the_connector_is_no_row_of_its_own(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("PATCH", REQUISITION, reply({"message": "tool is off"}, 403))
    with pytest.raises(Refused, match="tool is off"):
        await gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), requisition())
    procore.on("PATCH", REQUISITION, reply("", 502))
    with pytest.raises(Unavailable) as caught:
        await gateway.write_ids(SEVENTEEN, WriteBack(origin_id="01|X"), requisition())
    assert caught.value.maybe_done is True
