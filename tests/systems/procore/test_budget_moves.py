"""Budget changes and budget modifications: from where to where, and the id of a modification."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.ports import NotThere, WriteBack
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import FakeProcore, body_of, reply
from tests.systems.procore.financials import (
    CHANGE,
    MODIFICATION,
    MODIFICATIONS,
    V1,
    WBS,
    adjustment,
    budget_change,
    decimals,
    modification,
    named,
)

SHIFT, BUY_OUT = named("budget_change", CHANGE), named("budget_modification", MODIFICATION)
CHANGE_PATH, MODIFICATION_PATH = f"{V1}/budget_changes/{CHANGE}", f"{MODIFICATIONS}/{MODIFICATION}"
LINE = "/rest/v1.1/budget_line_items"


async def test_a_change_comes_with_its_lines(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    taken = adjustment(2, type="budget_change", amount=-125.5, quantity=None, unit_cost=None, wbs_code=None)
    procore.on("GET", CHANGE_PATH, reply(budget_change([adjustment(1), taken])))
    found = await gateway.read(SHIFT)
    assert (found["id"], found["number"], found["title"]) == (CHANGE, 1, "Shift")
    assert found["lines"][0] == {
        "id": 1,
        "type": "change_event",
        "amount": Decimal("125.5"),
        "quantity": Decimal(1),
        "unit_cost": Decimal("125.5"),
        "uom": "ls",
        "description": "To steel",
        "comment": None,
        "cost_code": "05-100",
        "category": "S",
    }
    assert decimals(found["lines"][0], "amount", "quantity", "unit_cost")
    assert (found["lines"][1]["type"], found["lines"][1]["amount"]) == ("budget_change", Decimal("-125.5"))
    assert (found["lines"][1]["cost_code"], found["lines"][1]["category"]) == ("", "")
    assert len(procore.sent("GET", WBS)) == 1


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"id": CHANGE},
        {"data": []},
        budget_change(None),
        budget_change([None]),
        budget_change([adjustment(1, amount=None)]),
        budget_change([adjustment(1) | {"id": None}]),
        budget_change([adjustment(1), adjustment(1)]),
        budget_change([], id=4711),
    ],
)
async def test_a_change_that_can_not_be_trusted_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, body: object
) -> None:
    procore.on("GET", CHANGE_PATH, reply(body))
    with pytest.raises(Refused) as caught:
        await gateway.read(SHIFT)
    assert caught.value.refusals[0].code == "procore_unreadable"


async def test_a_change_has_no_place_for_ids(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(SHIFT, WriteBack(origin_id="01|X", lines={"1": "x"}), {}) == []
    assert procore.requests == []


@pytest.mark.parametrize(("object_id", "path"), [(SHIFT, CHANGE_PATH), (BUY_OUT, MODIFICATION_PATH)])
async def test_what_is_not_shown_is_not_there(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: Any, path: str
) -> None:
    procore.on("GET", path, reply({"errors": [{}]}, 404))
    with pytest.raises(NotThere):
        await gateway.read(object_id)


# Modifications


async def test_a_modification_tells_from_where_to_where(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    found = await gateway.read(BUY_OUT)
    assert found["transfer_amount"] == "50.00"
    assert found["from"] == {"cost_code": "03-300", "category": "M"}
    assert found["to"] == {"cost_code": "05-100", "category": "S"}
    procore.on("GET", MODIFICATION_PATH, reply(modification(from_budget_line_item_id=None)))
    assert (await gateway.read(BUY_OUT))["from"] is None


async def test_a_budget_line_that_is_gone_leaves_its_codes_empty(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", f"{LINE}/801", reply({"message": "x"}, 404))
    assert (await gateway.read(BUY_OUT))["from"] == {"cost_code": "", "category": ""}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (MODIFICATION_PATH, modification(to_budget_line_item_id=None)),
        (MODIFICATION_PATH, modification(from_budget_line_item_id="x")),
        (MODIFICATION_PATH, []),
        (f"{LINE}/802", []),
        (f"{LINE}/802", {"id": 5}),
        (WBS, {}),
    ],
)
async def test_a_modification_that_can_not_be_trusted_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, path: str, body: object
) -> None:
    procore.on("GET", path, reply(body))
    with pytest.raises(Refused) as caught:
        await gateway.read(BUY_OUT)
    assert caught.value.refusals[0].code == "procore_unreadable"


async def test_the_id_goes_with_what_the_body_needs_unchanged(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(BUY_OUT, WriteBack(origin_id="01|PCI|1", code="1"), modification()) == []
    (request,) = procore.sent("PATCH", MODIFICATION_PATH)
    assert body_of(request) == {
        "budget_modification": {
            "to_budget_line_item_id": 802,
            "transfer_amount": "50.00",
            "origin_id": "01|PCI|1",
        }
    }
    assert procore.sent("GET") == []


async def test_what_the_body_needs_is_read_where_it_is_not_known(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(BUY_OUT, WriteBack(origin_id=None), {"origin_id": "01|X"}) == []
    assert body_of(procore.sent("PATCH")[0])["budget_modification"] == {
        "to_budget_line_item_id": 802,
        "transfer_amount": "50.00",
        "origin_id": None,
    }
    assert await gateway.write_ids(BUY_OUT, WriteBack(origin_id="01|X"), {"origin_id": "01|X"}) == []
    assert len(procore.sent("PATCH")) == 1


async def test_a_405_says_that_the_company_uses_budget_changes(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    words = "Procore refused it: this company uses budget changes, not budget modifications (HTTP 405)"
    refused = reply({"message": "Method not allowed"}, 405, {"Allow": "GET"})
    procore.on("PATCH", MODIFICATION_PATH, refused)
    procore.on("GET", MODIFICATION_PATH, refused)
    calls = gateway.read(BUY_OUT), gateway.write_ids(BUY_OUT, WriteBack(origin_id="01|X"), modification())
    for call in calls:
        with pytest.raises(Refused) as caught:
            await call
        assert [(r.code, r.sentence) for r in caught.value.refusals] == [("procore_refused", words)]


async def test_another_refusal_keeps_its_words(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("PATCH", MODIFICATION_PATH, reply({"message": "is taken"}, 422))
    (refusal,) = await gateway.write_ids(BUY_OUT, WriteBack(origin_id="01|X"), modification())
    assert refusal.sentence == "Procore refused it: is taken (HTTP 422)"
    procore.on("GET", MODIFICATION_PATH, reply({"message": "tool is off"}, 403))
    with pytest.raises(Refused, match="tool is off"):
        await gateway.read(BUY_OUT)
