"""Change orders of commitments and prime contracts: v2 lines, codes by WBS id, the contract, markups."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.ports import NotThere, WriteBack
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import API, PROJECT, FakeProcore, reply
from tests.systems.procore.financials import (
    CCO,
    CCO_LINES,
    CONCRETE,
    MARKUPS,
    PCCO,
    PCCO_LINES,
    PRIME,
    SUB_JOB,
    V1,
    WBS,
    change_order,
    decimals,
    markup,
    named,
    v2_line,
)
from tests.systems.procore.samples import VENDOR, WORK_ORDER

COMMITMENT_SIDE, PRIME_SIDE = named("commitment_change_order", CCO), named("prime_change_order", PCCO)
UNION = f"/rest/v1.0/commitments/{WORK_ORDER}"
OWN = "commitment_line_item_id"


def unreadable(caught: pytest.ExceptionInfo[Refused]) -> str:
    assert [refusal.code for refusal in caught.value.refusals] == ["procore_unreadable"]
    return str(caught.value)


async def test_a_commitments_change_order_comes_with_contract_and_lines(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    found = await gateway.read(COMMITMENT_SIDE)
    assert (found["number"], found["grand_total"]) == ("001", "250.0")
    assert found["contract"] == {
        "id": WORK_ORDER,
        "number": "SC-001",
        "type": "WorkOrderContract",
        "vendor": {"id": VENDOR, "company": "Acme"},
    }
    assert found["lines"] == [
        {
            "id": 7111,
            "position": 1,
            "description": "Footing",
            "cost_code": "03-300",
            "category": "M",
            "amount": Decimal("250.0"),
            "quantity": Decimal("2.5"),
            "unit_cost": Decimal("100.0"),
            "uom": "cy",
            "extended_type": "calculated",
            "commitment_line_item_id": 9001,
        }
    ]
    decimals(found["lines"][0], "amount", "quantity", "unit_cost")
    assert dict(procore.sent("GET", CCO_LINES)[0].url.params) == {"page": "1", "per_page": "100"}


async def test_all_pages_of_lines_are_read_and_the_codes_once(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        lines = [v2_line(number * 10 + n, OWN, None, position=n) for n in range(3)]
        link = {"Link": f'<{API}{CCO_LINES}?page={number + 1}&per_page=3>; rel="next"'} if number < 3 else {}
        return httpx.Response(200, json={"data": lines}, headers={**link, "Total": "9"})

    procore.on("GET", CCO_LINES, page)
    found = await gateway.read(COMMITMENT_SIDE)
    assert [line["id"] for line in found["lines"]] == [10, 11, 12, 20, 21, 22, 30, 31, 32]
    assert {line[OWN] for line in found["lines"]} == {None}
    assert len(procore.sent("GET", WBS)) == 1


@pytest.mark.parametrize(
    ("more", "pair"),
    [
        ({}, ("03-300", "M")),
        ({"wbs_code_id": None, "wbs_code": {"id": str(CONCRETE)}}, ("03-300", "M")),
        ({"wbs_code_id": CONCRETE}, ("03-300", "M")),
        ({"wbs_code_id": "999"}, ("", "")),
        ({"wbs_code_id": None, "wbs_code": None}, ("", "")),
        ({"wbs_code_id": str(SUB_JOB)}, ("", "")),
    ],
)
async def test_a_code_that_is_no_known_pair_is_left_empty(
    procore: FakeProcore, gateway: ProcoreGateway, more: dict[str, Any], pair: tuple[str, str]
) -> None:
    procore.on("GET", CCO_LINES, reply({"data": [v2_line(1, OWN, None, **more)]}))
    (line,) = (await gateway.read(COMMITMENT_SIDE))["lines"]
    assert (line["cost_code"], line["category"]) == pair


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"data": None},
        {"data": {}},
        {"data": [None]},
        {"data": [v2_line(1, OWN, 1) | {"id": "1a"}]},
        {"data": [v2_line(1, OWN, 1) | {"id": None}]},
        {"data": [v2_line(1, OWN, 1), v2_line(1, OWN, 2)]},
        {"data": [v2_line(1, OWN, 1, amount=None)]},
        {"data": [v2_line(1, OWN, 1, amount="1,000.00")]},
        {"data": [v2_line(1, OWN, 1, quantity=True)]},
        {"data": [v2_line(1, OWN, 1, wbs_code_id="x")]},
        {"data": [v2_line(1, OWN, 1) | {OWN: "x"}]},
        {"data": [v2_line(1, OWN, 1, position=1.5)]},
    ],
)
@pytest.mark.parametrize("prime", [False, True])
async def test_lines_that_can_not_be_trusted_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, body: object, prime: bool
) -> None:
    if prime:
        body = json.loads(json.dumps(body).replace(OWN, "prime_line_item_id"))
    procore.on("GET", PCCO_LINES if prime else CCO_LINES, reply(body))
    with pytest.raises(Refused) as caught:
        await gateway.read(PRIME_SIDE if prime else COMMITMENT_SIDE)
    unreadable(caught)


@pytest.mark.parametrize("path", [CCO_LINES, UNION, WBS])
async def test_a_part_that_is_not_shown_is_no_missing_change_order(
    procore: FakeProcore, gateway: ProcoreGateway, path: str
) -> None:
    procore.on("GET", path, reply({"message": "Not found"}, 404))
    with pytest.raises(Refused) as caught:
        await gateway.read(COMMITMENT_SIDE)
    assert "Not found" in unreadable(caught)


@pytest.mark.parametrize("object_id", [COMMITMENT_SIDE, PRIME_SIDE])
async def test_a_change_order_that_is_not_shown_is_not_there(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: Any
) -> None:
    procore.on("GET", f"{V1}/{object_id.kind}s/{object_id.id}", reply({"message": "Not found"}, 404))
    with pytest.raises(NotThere):
        await gateway.read(object_id)


@pytest.mark.parametrize("codes", [{}, [None], [{"flat_code": "x"}], [{"id": "x"}]])
async def test_codes_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, codes: object
) -> None:
    procore.on("GET", WBS, reply(codes))
    with pytest.raises(Refused) as caught:
        await gateway.read(COMMITMENT_SIDE)
    unreadable(caught)


@pytest.mark.parametrize("contract", [None, "x", True])
@pytest.mark.parametrize("object_id", [COMMITMENT_SIDE, PRIME_SIDE])
async def test_a_change_order_without_a_contract_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: Any, contract: object
) -> None:
    body = change_order(object_id.id, PRIME, "x", "0.0") | {"contract_id": contract}
    procore.on("GET", f"{V1}/{object_id.kind}s/{object_id.id}", reply(body))
    with pytest.raises(Refused) as caught:
        await gateway.read(object_id)
    assert "its contract_id isn't a whole number" in unreadable(caught)


@pytest.mark.parametrize("vendor", [None, {}, {"id": None, "name": "x"}])
async def test_a_contract_may_have_no_vendor(procore: FakeProcore, gateway: ProcoreGateway, vendor: object) -> None:
    procore.on("GET", UNION, reply({"id": WORK_ORDER, "type": "PurchaseOrderContract", "vendor": vendor}))
    found = await gateway.read(COMMITMENT_SIDE)
    assert found["contract"] == {"id": WORK_ORDER, "number": "", "type": "PurchaseOrderContract", "vendor": None}


@pytest.mark.parametrize("object_id", [COMMITMENT_SIDE, PRIME_SIDE])
async def test_there_is_no_place_for_ids(procore: FakeProcore, gateway: ProcoreGateway, object_id: Any) -> None:
    assert await gateway.write_ids(object_id, WriteBack(origin_id="01|X", lines={"7111": "01|L"}), {}) == []
    assert procore.requests == []


# Prime contract change orders


async def test_a_prime_change_order_comes_with_lines_markups_and_project(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    def held(request: httpx.Request) -> httpx.Response:
        own = request.url.params["holder_type"] == "PotentialChangeOrder"
        rows = [markup(2)] if own else [markup(1, markup_set="change_orders_vertical", wbs_code=None)]
        return httpx.Response(200, json=rows)

    procore.on("GET", MARKUPS, held)
    found = await gateway.read(PRIME_SIDE)
    assert (found["project_number"], found["grand_total"]) == ("1042", "262.5")
    (line,) = found["lines"]
    assert (line["prime_line_item_id"], line["cost_code"], line["amount"]) == (7212, "03-300", Decimal("250.0"))
    assert [(m["id"], m["holder_type"], m["markup_set"]) for m in found["markups"]] == [
        (1, "Contract", "change_orders_vertical"),
        (2, "PotentialChangeOrder", "vertical"),
    ]
    assert found["markups"][1] == {
        "id": 2,
        "holder_type": "PotentialChangeOrder",
        "name": "Fee",
        "markup_set": "vertical",
        "percentage": Decimal("5.0"),
        "position": 1,
        "prime_line_item_id": 7211,
        "cost_code": "05-100",
        "category": "S",
        "applies_to_all": True,
        "compound": None,
        "markup_conditions": [],
    }
    assert (found["markups"][0]["cost_code"], found["markups"][0]["category"]) == ("", "")
    asked = [(r.url.params["holder_type"], r.url.params["holder_id"]) for r in procore.sent("GET", MARKUPS)]
    assert sorted(asked) == [("Contract", str(PRIME)), ("PotentialChangeOrder", str(PCCO))]
    assert {r.url.params["view"] for r in procore.sent("GET", MARKUPS)} == {"with_erp_data"}
    assert {r.url.params["project_id"] for r in procore.sent("GET", MARKUPS)} == {str(PROJECT)}
    assert len(procore.sent("GET", WBS)) == 1


@pytest.mark.parametrize(("total", "fits"), [("250.0", True), ("250.00", True), ("262.5", False)])
async def test_markups_nobody_holds_are_none_only_where_the_lines_make_the_total(
    procore: FakeProcore, gateway: ProcoreGateway, total: str, fits: bool
) -> None:
    def held(request: httpx.Request) -> httpx.Response:
        own = request.url.params["holder_type"] == "PotentialChangeOrder"
        return httpx.Response(404, json={"message": "Holder not found"}) if own else httpx.Response(200, json=[])

    procore.on("GET", MARKUPS, held)
    procore.on("GET", f"{V1}/prime_change_orders/{PCCO}", reply(change_order(PCCO, PRIME, "PrimeChangeOrder", total)))
    if fits:
        assert (await gateway.read(PRIME_SIDE))["markups"] == []
        return
    with pytest.raises(Refused) as caught:
        await gateway.read(PRIME_SIDE)
    assert "its lines alone don't make its total" in unreadable(caught)


@pytest.mark.parametrize(
    "answer",
    [
        reply({}),
        reply([markup(1, percentage=None)]),
        reply([markup(1, percentage="5%")]),
        reply([markup(1) | {"id": None}]),
        reply([markup(1), markup(1)]),
        reply([markup(1, prime_line_item_id="x")]),
    ],
)
async def test_markups_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, answer: Any
) -> None:
    procore.on("GET", MARKUPS, answer)
    with pytest.raises(Refused) as caught:
        await gateway.read(PRIME_SIDE)
    unreadable(caught)


async def test_a_project_that_is_not_shown_is_no_missing_change_order(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    procore.on("GET", f"/rest/v1.0/projects/{PROJECT}", reply({"message": "Not found"}, 404))
    with pytest.raises(Refused) as caught:
        await gateway.read(PRIME_SIDE)
    assert "its project can't be read" in unreadable(caught)
