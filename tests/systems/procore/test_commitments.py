"""Commitments: which of the two types, complete lines, and ids on lines and headers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from domain.identity import ObjectId
from domain.ports import NotThere, Unavailable, WriteBack
from domain.refusals import Refused
from systems.procore import commitments
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, FakeTime, body_of, fails, gateway_of, reply
from tests.systems.procore.samples import PURCHASE_ORDER, WORK_ORDER, contract, furnish, line

WORK = "/rest/v1.0/work_order_contracts"
PURCHASE = "/rest/v1.0/purchase_order_contracts"
UNION = "/rest/v1.0/commitments"
LINES = f"{WORK}/{WORK_ORDER}/line_items"


def commitment(number: int = WORK_ORDER) -> ObjectId:
    return ObjectId(kind="commitment", company=COMPANY, scope=str(PROJECT), id=number)


def current(type_: str = "WorkOrderContract", number: int = WORK_ORDER, **more: Any) -> dict[str, Any]:
    return contract(number, [line(9001, 1), line(9002, 2)], type=type_, **more)


IDS = WriteBack(origin_id="01|V1|SC-001|000", code="SC-001", lines={"9001": "01|L1", "9002": "01|L2"})
CLEAR = WriteBack(origin_id=None, lines={"9001": None, "9002": None})


def paths(procore: FakeProcore, method: str) -> list[str]:
    return [r.url.path for r in procore.sent(method)]


# Reading


@pytest.mark.parametrize(
    ("number", "path", "type_"),
    [(WORK_ORDER, WORK, "WorkOrderContract"), (PURCHASE_ORDER, PURCHASE, "PurchaseOrderContract")],
)
async def test_the_union_record_tells_the_type(
    procore: FakeProcore, gateway: ProcoreGateway, number: int, path: str, type_: str
) -> None:
    found = await gateway.read(commitment(number))
    assert found["type"] == type_
    assert found["id"] == number
    assert found["line_items"]
    assert paths(procore, "GET") == [f"{UNION}/{number}", f"{path}/{number}"]
    assert all(dict(r.url.params) == {"project_id": str(PROJECT)} for r in procore.sent("GET"))


async def test_the_type_is_asked_once(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    for _ in range(3):
        await gateway.read(commitment())
    assert paths(procore, "GET").count(f"{UNION}/{WORK_ORDER}") == 1


async def test_only_so_many_types_are_remembered(
    procore: FakeProcore, gateway: ProcoreGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commitments, "MOST_REMEMBERED", 1)
    for number in (WORK_ORDER, PURCHASE_ORDER, WORK_ORDER):
        await gateway.read(commitment(number))
    assert len([path for path in paths(procore, "GET") if path.startswith(UNION)]) == 3


@pytest.mark.parametrize("path", [f"{UNION}/{WORK_ORDER}", f"{WORK}/{WORK_ORDER}"])
async def test_what_procore_does_not_show_is_not_there(
    procore: FakeProcore, gateway: ProcoreGateway, path: str
) -> None:
    procore.on("GET", path, reply({"message": "Not found", "exception": "X"}, 404))
    with pytest.raises(NotThere):
        await gateway.read(commitment())


@pytest.mark.parametrize(
    "body",
    [
        [],
        b"null",
        b'"text"',
        {},
        contract(4711, []),
        contract(WORK_ORDER, []) | {"id": str(WORK_ORDER)},
        contract(WORK_ORDER, []) | {"id": True},
        contract(WORK_ORDER, []) | {"id": 7001.5},
        {"id": WORK_ORDER},
        {"id": WORK_ORDER, "line_items": None},
        {"id": WORK_ORDER, "line_items": {}},
        {"id": WORK_ORDER, "line_items": [None]},
        {"id": WORK_ORDER, "line_items": [{}]},
        {"id": WORK_ORDER, "line_items": [{"id": "9001"}]},
        {"id": WORK_ORDER, "line_items": [{"id": 9001}, {"id": 9001}]},
    ],
)
async def test_a_record_that_can_not_be_trusted_is_refused_in_words(
    procore: FakeProcore, gateway: ProcoreGateway, body: object
) -> None:
    procore.on("GET", f"{WORK}/{WORK_ORDER}", reply(body))
    with pytest.raises(Refused) as caught:
        await gateway.read(commitment())
    assert [r.code for r in caught.value.refusals] == ["procore_unreadable"]
    assert caught.value.refusals[0].where == f"Procore's answer for commitment {WORK_ORDER}"


@pytest.mark.parametrize("type_", [None, "Subcontract", 5, [], "x" * 500])
async def test_an_unknown_type_is_refused_in_words(
    procore: FakeProcore, gateway: ProcoreGateway, type_: object
) -> None:
    procore.on("GET", f"{UNION}/{WORK_ORDER}", reply({"id": WORK_ORDER, "type": type_}))
    with pytest.raises(Refused, match="its type is"):
        await gateway.read(commitment())


# Writing ids


async def test_a_work_order_gets_its_lines_first_and_its_header_by_sync(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    assert await gateway.write_ids(commitment(), IDS, current()) == []
    assert sorted(paths(procore, "PATCH")[:2]) == [f"{LINES}/9001", f"{LINES}/9002"]
    assert paths(procore, "PATCH")[2:] == [f"{WORK}/sync"]
    bodies = [body_of(r) for r in procore.sent("PATCH")]
    assert {"project_id": PROJECT, "line_item": {"origin_id": "01|L1"}} in bodies
    assert bodies[-1] == {
        "project_id": PROJECT,
        "updates": [{"id": WORK_ORDER, "origin_id": "01|V1|SC-001|000", "origin_code": "SC-001"}],
    }
    assert procore.sent("GET") == []


async def test_a_purchase_orders_header_is_updated_by_itself(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    ids = WriteBack(origin_id="01|PO", code="PO-1", lines={"9101": "01|P1"})
    now = contract(PURCHASE_ORDER, [line(9101, 1)], type="PurchaseOrderContract")
    assert await gateway.write_ids(commitment(PURCHASE_ORDER), ids, now) == []
    assert paths(procore, "PATCH") == [
        f"{PURCHASE}/{PURCHASE_ORDER}/line_items/9101",
        f"{PURCHASE}/{PURCHASE_ORDER}",
    ]
    assert body_of(procore.sent("PATCH")[-1]) == {
        "project_id": PROJECT,
        "purchase_order_contract": {"origin_id": "01|PO", "origin_code": "PO-1"},
    }


async def test_what_procore_has_already_is_not_sent(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    now = contract(
        WORK_ORDER,
        [line(9001, 1, "01|L1"), line(9002, 2, "01|L2")],
        type="WorkOrderContract",
        origin_id="01|V1|SC-001|000",
        origin_code="SC-001",
    )
    assert await gateway.write_ids(commitment(), IDS, now) == []
    assert procore.requests == []
    now["line_items"][1]["origin_id"] = "01|OLD"
    await gateway.write_ids(commitment(), IDS, now)
    assert paths(procore, "PATCH") == [f"{LINES}/9002"]


async def test_clearing_sends_nulls_and_clears_the_code(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    now = current(origin_id="01|X", origin_code="SC-001")
    now["line_items"][0]["origin_id"] = "01|L1"
    assert await gateway.write_ids(commitment(), CLEAR, now) == []
    bodies = [body_of(r) for r in procore.sent("PATCH")]
    assert bodies == [
        {"project_id": PROJECT, "line_item": {"origin_id": None}},
        {"project_id": PROJECT, "updates": [{"id": WORK_ORDER, "origin_id": None, "origin_code": None}]},
    ]


async def test_a_write_without_a_code_leaves_the_code_alone(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    await gateway.write_ids(commitment(), WriteBack(origin_id="01|X"), current(origin_code="KEPT"))
    assert body_of(procore.sent("PATCH")[0])["updates"] == [{"id": WORK_ORDER, "origin_id": "01|X"}]


async def test_without_a_type_in_current_it_is_looked_up(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    await gateway.write_ids(commitment(), IDS, {})
    assert paths(procore, "GET") == [f"{UNION}/{WORK_ORDER}"]
    assert len(procore.sent("PATCH")) == 3


async def test_a_refused_line_is_named_and_the_rest_is_written(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("PATCH", f"{LINES}/9001", reply({"errors": {"origin_id": ["is taken"]}}, 422))
    procore.on("PATCH", f"{LINES}/9002", reply({"message": "Not found"}, 404))
    refused = await gateway.write_ids(commitment(), IDS, current())
    assert sorted(r.sentence for r in refused) == [
        "Procore refused it: line 1 (id 9001): origin_id: is taken (HTTP 422)",
        "Procore refused it: line 2 (id 9002): Not found (HTTP 404)",
    ]
    assert paths(procore, "PATCH")[-1] == f"{WORK}/sync"


@pytest.mark.parametrize("number", [WORK_ORDER, PURCHASE_ORDER])
async def test_a_refused_header_is_named(procore: FakeProcore, gateway: ProcoreGateway, number: int) -> None:
    errors = {"origin_id": ["has already been taken"]}
    procore.on("PATCH", f"{WORK}/sync", reply({"entities": [], "errors": [{"id": WORK_ORDER, "errors": errors}]}))
    procore.on("PATCH", f"{PURCHASE}/{PURCHASE_ORDER}", reply({"errors": errors}, 422))
    (refusal,) = await gateway.write_ids(commitment(number), WriteBack(origin_id="01|X"), {})
    assert "the commitment itself: origin_id: has already been taken" in refusal.sentence


async def test_a_commitment_that_is_gone_is_not_there(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    gone = {"entities": [], "errors": [{"id": WORK_ORDER, "errors": {"id": ["Entity with this ID not found"]}}]}
    procore.on("PATCH", f"{WORK}/sync", reply(gone))
    procore.on("PATCH", f"{PURCHASE}/{PURCHASE_ORDER}", reply({"message": "Not found"}, 404))
    for number in (WORK_ORDER, PURCHASE_ORDER):
        with pytest.raises(NotThere):
            await gateway.write_ids(commitment(number), WriteBack(origin_id="01|X"), {})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply("", 502), Unavailable),
        (fails(httpx.ReadTimeout("x")), Unavailable),
        (reply({"message": "no"}, 403), Refused),
        (reply("<html>"), Unavailable),
    ],
)
async def test_a_line_that_fails_stops_the_rest_and_the_header(
    procore: FakeProcore, gateway: ProcoreGateway, answer: Any, kind: type[Exception]
) -> None:
    procore.on("PATCH", f"{LINES}/9001", answer)
    with pytest.raises(kind) as caught:
        await gateway.write_ids(commitment(), IDS, current())
    if isinstance(caught.value, Unavailable):
        assert caught.value.maybe_done is True
    assert f"{WORK}/sync" not in paths(procore, "PATCH")


async def test_after_a_failure_no_other_line_is_begun(procore: FakeProcore) -> None:
    furnish(procore)
    procore.on("PATCH", f"{LINES}/9001", reply("", 502))
    async with gateway_of(procore, max_in_flight=1) as gateway:
        with pytest.raises(Unavailable):
            await gateway.write_ids(commitment(), IDS, current())
    assert paths(procore, "PATCH") == [f"{LINES}/9001"]


async def test_many_lines_are_written_a_few_at_a_time(procore: FakeProcore) -> None:
    furnish(procore)
    numbers = range(1, 41)
    for number in numbers:
        procore.on("PATCH", f"{LINES}/{number}", reply({"id": number}))
    async with gateway_of(procore, max_in_flight=4) as gateway:
        ids = WriteBack(origin_id="01|X", lines={str(n): f"01|{n}" for n in numbers})
        assert await gateway.write_ids(commitment(), ids, {"type": "WorkOrderContract"}) == []
    assert procore.most_running == 4
    assert len(procore.sent("PATCH")) == 41


@pytest.mark.parametrize("body", [[], b"null", b'"text"', 5])
async def test_an_answer_to_a_change_that_is_no_record_may_have_been_done(
    procore: FakeProcore, gateway: ProcoreGateway, body: object
) -> None:
    procore.on("PATCH", f"{LINES}/9001", reply(body))
    procore.on("PATCH", f"{PURCHASE}/{PURCHASE_ORDER}", reply(body))
    for number, ids in ((WORK_ORDER, IDS), (PURCHASE_ORDER, WriteBack(origin_id="01|X"))):
        with pytest.raises(Unavailable) as caught:
            await gateway.write_ids(commitment(number), ids, {})
        assert caught.value.maybe_done is True


async def test_an_answer_that_keeps_the_old_id_is_a_refusal(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("PATCH", f"{LINES}/9001", reply({"id": 9001, "origin_id": "OLD"}))
    procore.on("PATCH", f"{LINES}/9002", reply({"id": 9002, "origin_id": "01|L2"}))
    (refusal,) = await gateway.write_ids(commitment(), IDS, current())
    assert "line 1 (id 9001): it said yes, but its origin_id still is OLD" in refusal.sentence


@pytest.mark.parametrize("line_id", ["../sync", "", "x", "-1", "9001/../..", "\u0663"])
async def test_a_line_id_that_is_none_is_never_put_into_a_path(
    procore: FakeProcore, gateway: ProcoreGateway, line_id: str
) -> None:
    with pytest.raises(Refused) as caught:
        await gateway.write_ids(commitment(), WriteBack(origin_id="01|X", lines={line_id: "01|L"}), current())
    assert caught.value.refusals[0].code == "lost_reference"
    assert procore.requests == []


# The line sync, once it is known to take ids


@pytest.fixture
def by_id(procore: FakeProcore, time: FakeTime) -> ProcoreGateway:
    furnish(procore)
    return gateway_of(procore, time, sync_lines_by_id=True)


async def test_lines_by_sync_are_one_request(procore: FakeProcore, by_id: ProcoreGateway) -> None:
    def written(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"entities": body_of(request)["updates"], "errors": []})

    procore.on("PATCH", f"{LINES}/sync", written)
    async with by_id:
        assert await by_id.write_ids(commitment(), IDS, current()) == []
    assert paths(procore, "PATCH") == [f"{LINES}/sync", f"{WORK}/sync"]
    first = procore.sent("PATCH")[0]
    assert dict(first.url.params) == {"project_id": str(PROJECT)}
    assert body_of(first) == {"updates": [{"id": 9001, "origin_id": "01|L1"}, {"id": 9002, "origin_id": "01|L2"}]}


async def test_lines_by_sync_name_what_was_refused(procore: FakeProcore, by_id: ProcoreGateway) -> None:
    answer = {"entities": [{"id": 9002}], "errors": [{"id": 9001, "errors": {"base": ["is frozen"]}}]}
    procore.on("PATCH", f"{LINES}/sync", reply(answer))
    async with by_id:
        (refusal,) = await by_id.write_ids(commitment(), IDS, current())
    assert refusal.sentence == "Procore refused it: line 1 (id 9001): base: is frozen"


async def test_lines_by_sync_that_answer_for_others_are_unavailable(
    procore: FakeProcore, by_id: ProcoreGateway
) -> None:
    # A sync that ignores `id` would create new lines, and answer with their ids.
    procore.on("PATCH", f"{LINES}/sync", reply({"entities": [{"id": 1}, {"id": 2}], "errors": []}))
    async with by_id:
        with pytest.raises(Unavailable, match=r"doesn't mention line 1 \(id 9001\), line 2 \(id 9002\)") as caught:
            await by_id.write_ids(commitment(), IDS, current())
    assert caught.value.maybe_done is True
    assert paths(procore, "PATCH") == [f"{LINES}/sync"]


async def test_the_headers_of_a_project_travel_together(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    numbers = range(1, 31)

    def written(request: httpx.Request) -> httpx.Response:
        rows = body_of(request)["updates"]
        bad = [r for r in rows if r["id"] == 13]
        errors = [{**r, "errors": {"origin_id": ["is taken"]}} for r in bad]
        return httpx.Response(200, json={"entities": [r for r in rows if r not in bad], "errors": errors})

    procore.on("PATCH", f"{WORK}/sync", written)
    refused = await asyncio.gather(
        *(
            gateway.write_ids(commitment(n), WriteBack(origin_id=f"01|{n}"), {"type": "WorkOrderContract"})
            for n in numbers
        )
    )
    assert [n for n, refusals in zip(numbers, refused, strict=True) if refusals] == [13]
    (request,) = procore.sent("PATCH")
    assert len(json.loads(request.content)["updates"]) == 30
