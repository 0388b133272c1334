"""The gateway against the Procore stand-in, a process of its own that speaks HTTP: its books say what was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from domain.identity import ObjectId
from domain.ports import NotThere, Unavailable, WriteBack
from domain.refusals import Refused
from systems.procore.client import ProcoreClient
from systems.procore.gateway import ProcoreGateway, open_gateway
from systems.procore.limits import Limits
from tests.systems.procore.fake import COMPANY, PROJECT, FakeTime
from tests.systems.procore.standin import Desk, settings


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


def commitment(number: int) -> ObjectId:
    return ObjectId(kind="commitment", company=COMPANY, scope=str(PROJECT), id=number)


def ids_for(number: int, lines: list[int]) -> WriteBack:
    return WriteBack(
        origin_id=f"01|V|{number}|000", code=f"C{number}", lines={str(n): f"01|V|{number}|000|{n}" for n in lines}
    )


async def first_vendor(desk: Desk) -> int:
    return int((await desk.http.get("/_sandbox/books/vendors")).json()[0]["id"])


@pytest.mark.parametrize("type_", ["WorkOrderContract", "PurchaseOrderContract"])
async def test_a_commitment_is_read_whole(gateway: ProcoreGateway, desk: Desk, type_: str) -> None:
    number, lines = await desk.enter("R-1", type_, vendor_id=await first_vendor(desk))
    found = await gateway.read(commitment(number))
    assert (found["type"], found["number"], found["grand_total"]) == (type_, "R-1", "500.1")
    assert [line["id"] for line in found["line_items"]] == lines
    assert [line["cost_code"]["full_code"] for line in found["line_items"]] == ["03-100", "05-120"]
    assert found["vendor"]["id"]


async def test_what_is_not_there_is_told(gateway: ProcoreGateway) -> None:
    for kind, scope in (("commitment", str(PROJECT)), ("company", "01"), ("project", "-")):
        with pytest.raises(NotThere):
            await gateway.read(ObjectId(kind=kind, company=COMPANY, scope=scope, id=999_999_999))


async def test_a_company_and_a_project_are_read(gateway: ProcoreGateway, desk: Desk) -> None:
    vendor = await first_vendor(desk)
    found = await gateway.read(ObjectId(kind="company", company=COMPANY, scope="01", id=vendor))
    assert (found["name"], found["zip"], found["is_active"]) == ("Acme Concrete LLC", "94607", True)
    project = await gateway.read(ObjectId(kind="project", company=COMPANY, scope="-", id=PROJECT))
    assert project["custom_segments"] == []


async def test_codes_come_from_all_pages(url: str, desk: Desk) -> None:
    async with open_gateway(settings(url, page_size=4)) as gateway:
        pairs = await gateway.project_codes(COMPANY, PROJECT)
    assert len(await desk.sent("GET", "^/rest/v1.0/cost_codes$")) > 3
    assert {("03-100", "S"), ("99-999", "L")} <= set(pairs)
    codes = {code for code, _ in pairs}
    assert len(pairs) == len(set(pairs)) == len(codes) * 5


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("type_", ["WorkOrderContract", "PurchaseOrderContract"])
async def test_ids_are_written_once_and_cleared_again(url: str, desk: Desk, type_: str, by_id: bool) -> None:
    number, lines = await desk.enter("W-1", type_)
    ids = ids_for(number, lines)
    async with open_gateway(settings(url, sync_lines_by_id=by_id)) as gateway:
        assert await gateway.write_ids(commitment(number), ids, await gateway.read(commitment(number))) == []
        booked = await desk.book("commitments", number)
        assert (booked["origin_id"], booked["origin_code"]) == (ids.origin_id, ids.code)
        assert {str(row["id"]): row["origin_id"] for row in booked["line_items"]} == ids.lines
        assert [row["amount"] for row in booked["line_items"]] == ["250.0", "250.1"]

        written = len(await desk.sent("PATCH", "."))
        again = await gateway.read(commitment(number))
        assert await gateway.write_ids(commitment(number), ids, again) == []
        assert len(await desk.sent("PATCH", ".")) == written

        clear = WriteBack(origin_id=None, lines=dict.fromkeys(ids.lines))
        assert await gateway.write_ids(commitment(number), clear, again) == []
        booked = await desk.book("commitments", number)
        assert (booked["origin_id"], booked["origin_code"]) == (None, None)
        assert [row["origin_id"] for row in booked["line_items"]] == [None, None]


async def test_a_company_and_a_project_get_their_ids(gateway: ProcoreGateway, desk: Desk) -> None:
    vendor = await first_vendor(desk)
    company = ObjectId(kind="company", company=COMPANY, scope="01", id=vendor)
    project = ObjectId(kind="project", company=COMPANY, scope="-", id=PROJECT)
    for object_id, ids in (
        (company, WriteBack(origin_id="ACME", code="ACME")),
        (project, WriteBack(origin_id="01|1042", code="1042")),
    ):
        assert await gateway.write_ids(object_id, ids, await gateway.read(object_id)) == []
    booked = await desk.book("vendors", vendor)
    assert (booked["origin_id"], booked["origin_code"]) == ("ACME", "ACME")
    assert (await desk.book("projects", PROJECT))["origin_id"] == "01|1042"


async def test_a_taken_origin_id_is_refused_by_row(gateway: ProcoreGateway, desk: Desk) -> None:
    (first, first_lines), (second, second_lines) = await desk.enter("D-1"), await desk.enter("D-2")
    taken = ids_for(first, first_lines)
    assert await gateway.write_ids(commitment(first), taken, {}) == []
    stolen = WriteBack(
        origin_id=taken.origin_id,
        lines={str(second_lines[0]): taken.lines[str(first_lines[0])], str(second_lines[1]): "01|free"},
    )
    refused = await gateway.write_ids(commitment(second), stolen, await gateway.read(commitment(second)))
    assert len(refused) == 2
    assert all("taken" in refusal.sentence for refusal in refused)
    booked = await desk.book("commitments", second)
    assert [row["origin_id"] for row in booked["line_items"]] == [None, "01|free"]
    assert booked["origin_id"] is None


async def test_headers_of_a_project_share_requests(gateway: ProcoreGateway, desk: Desk) -> None:
    bodies = [{"project_id": PROJECT, "type": "WorkOrderContract", "number": f"M-{n}", "title": "x"} for n in range(60)]
    numbers = (await desk.post("/commitments", {"commitments": bodies}))["ids"]
    found = await asyncio.gather(
        *(gateway.write_ids(commitment(n), ids_for(n, []), {"type": "WorkOrderContract"}) for n in numbers)
    )
    assert found == [[]] * 60
    assert len(await desk.sent("PATCH", "work_order_contracts/sync")) == 1
    assert (await desk.book("commitments", numbers[-1]))["origin_id"] == f"01|V|{numbers[-1]}|000"


async def test_a_commitment_deleted_meanwhile_is_not_there(gateway: ProcoreGateway, desk: Desk) -> None:
    for type_ in ("WorkOrderContract", "PurchaseOrderContract"):
        number, lines = await desk.enter(f"X-{type_[:4]}", type_)
        current = await gateway.read(commitment(number))
        (await desk.http.delete(f"/_sandbox/commitments/{number}")).raise_for_status()
        with pytest.raises(NotThere):
            await gateway.write_ids(commitment(number), ids_for(number, lines), current)


async def test_a_line_deleted_meanwhile_is_refused_by_name(gateway: ProcoreGateway, desk: Desk) -> None:
    number, lines = await desk.enter("L-1")
    current = await gateway.read(commitment(number))
    (await desk.http.delete(f"/_sandbox/commitments/{number}/lines/{lines[0]}")).raise_for_status()
    (refusal,) = await gateway.write_ids(commitment(number), ids_for(number, lines), current)
    assert f"(id {lines[0]})" in refusal.sentence
    assert (await desk.book("commitments", number))["origin_id"]


async def test_a_token_that_ran_out_is_renewed(gateway: ProcoreGateway, desk: Desk) -> None:
    number, lines = await desk.enter("T-1")
    current = await gateway.read(commitment(number))
    await desk.post("/oauth/expire", {})
    assert await gateway.write_ids(commitment(number), ids_for(number, lines), current) == []


async def test_wrong_credentials_are_refused_in_words(url: str) -> None:
    async with open_gateway(settings(url, client_secret="not-the-secret")) as gateway:
        with pytest.raises(Refused, match="doesn't sign the connector in") as caught:
            await gateway.project_codes(COMPANY, PROJECT)
    assert "not-the-secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["line_items/", "work_order_contracts/sync"])
async def test_a_write_cut_off_after_it_was_done_may_be_repeated(
    gateway: ProcoreGateway, desk: Desk, path: str
) -> None:
    number, lines = await desk.enter("C-1")
    ids = ids_for(number, lines)
    current = await gateway.read(commitment(number))
    await desk.post("/faults", {"method": "PATCH", "path": path, "when": "after", "cut": True})
    with pytest.raises(Unavailable) as caught:
        await gateway.write_ids(commitment(number), ids, current)
    assert caught.value.maybe_done is True
    assert await gateway.write_ids(commitment(number), ids, await gateway.read(commitment(number))) == []
    booked = await desk.book("commitments", number)
    assert booked["origin_id"] == ids.origin_id
    assert {str(row["id"]): row["origin_id"] for row in booked["line_items"]} == ids.lines


async def test_half_an_answer_and_a_busy_platform_are_unavailable(gateway: ProcoreGateway, desk: Desk) -> None:
    number, _ = await desk.enter("H-1")
    await desk.post("/faults", {"method": "GET", "path": "work_order_contracts", "malformed": True})
    with pytest.raises(Unavailable):
        await gateway.read(commitment(number))
    await desk.post("/faults", {"method": "GET", "path": "work_order_contracts", "status": 503, "retry_after": 300})
    with pytest.raises(Unavailable) as caught:
        await gateway.read(commitment(number))
    assert caught.value.retry_after == 300


async def test_the_spike_limit_is_never_run_into(url: str, desk: Desk) -> None:
    time = FakeTime()

    async def sleep(seconds: float) -> None:
        await time.sleep(seconds)
        await desk.post("/clock", {"advance_seconds": seconds})

    vendor = ObjectId(kind="company", company=COMPANY, scope="01", id=await first_vendor(desk))
    await desk.post("/limits", {"enabled": True, "spike": 5})
    http = httpx.AsyncClient(trust_env=False)
    config = settings(url)
    client = ProcoreClient(config, http, limits=Limits(1, clock=time.clock, sleep=sleep))
    async with ProcoreGateway(config, client) as gateway:
        for _ in range(8):
            await gateway.read(vendor)
    await desk.post("/limits", {"enabled": False})
    assert len(time.slept) == 1
    answers = await desk.sent("GET", "/vendors/")
    assert [row["status"] for row in answers] == [200] * 8
