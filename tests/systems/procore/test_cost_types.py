"""Cost types of the company, against the stand-in: taken over by their code, never from another integration (procore-api
§5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ports import Given, Taken
from domain.refusals import Refused
from systems.procore.client import ProcoreClient
from systems.procore.cost_types import CostTypes
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, FakeProcore, body_of, reply
from tests.systems.procore.standin import Desk, settings

SYNC = "/rest/v1.0/line_item_types/sync"


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


def given(code: str, *, company: str = "01", **more: Any) -> Given:
    key = f"{company}|{code}"
    return Given(
        key=key, origin_id=key, body={"csv_import_code": code, "name": f"Type {code}", "base_type": "other", **more}
    )


async def types(desk: Desk, **equal: Any) -> list[dict[str, Any]]:
    answer = await desk.http.get("/_sandbox/books/line_item_types", params={"company_id": COMPANY, **equal})
    return [row for row in answer.raise_for_status().json() if not row.get("deleted_at")]


async def test_a_type_is_made_once_and_changed_by_its_code(gateway: ProcoreGateway, desk: Desk) -> None:
    (first,) = await gateway.upsert("cost_type", COMPANY, None, [given("RENT")])
    (again,) = await gateway.upsert("cost_type", COMPANY, None, [given("RENT", name="Rental", base_type="equipment")])
    assert first == again
    (row,) = await types(desk, csv_import_code="RENT")
    assert (row["id"], row["name"], row["base_type"], row["origin_id"]) == (first.id, "Rental", "equipment", "01|RENT")


@pytest.mark.parametrize("written", ["S", "s"])
async def test_one_that_procore_has_is_taken_over_whatever_its_case(
    gateway: ProcoreGateway, desk: Desk, written: str
) -> None:
    (there,) = await types(desk, csv_import_code="S")
    await desk.post(f"/edit/line_item_types/{there['id']}", {"csv_import_code": written})
    (taken,) = await gateway.upsert("cost_type", COMPANY, None, [given("S")])
    assert taken == Taken(key="01|S", id=there["id"])
    assert [row["id"] for row in await types(desk, origin_id="01|S")] == [there["id"]]


async def test_another_integrations_is_left_alone_and_the_others_go_in(gateway: ProcoreGateway, desk: Desk) -> None:
    (there,) = await types(desk, csv_import_code="S")
    await desk.post(f"/edit/line_item_types/{there['id']}", {"origin_id": "SAGE-7"})
    taken = {t.key: t for t in await gateway.upsert("cost_type", COMPANY, None, [given("S"), given("NEW")])}
    assert "SAGE-7" in taken["01|S"].refusal
    assert not taken["01|NEW"].refusal
    (after,) = await types(desk, csv_import_code="S")
    assert (after["name"], after["origin_id"]) == (there["name"], "SAGE-7")


async def test_what_procore_refuses_holds_no_other_up(gateway: ProcoreGateway, desk: Desk) -> None:
    taken = {t.key: t for t in await gateway.upsert("cost_type", COMPANY, None, [given("X", name=""), given("Y")])}
    assert "name" in taken["01|X"].refusal
    assert taken["01|Y"].id is not None
    assert await types(desk, csv_import_code="X") == []


async def test_they_are_never_taken_out(gateway: ProcoreGateway) -> None:
    with pytest.raises(Refused):
        await gateway.remove("cost_type", COMPANY, None, [given("S")])


async def test_a_company_without_a_project_has_none_yet(client: ProcoreClient, procore: FakeProcore) -> None:
    """The list can't be asked for without one."""
    procore.on("GET", "/rest/v1.0/projects", reply([]))
    procore.on("PATCH", SYNC, reply({"entities": [{"id": 3, "origin_id": "01|S"}], "errors": []}))
    assert await CostTypes(client).upsert(COMPANY, None, [given("S")]) == [Taken(key="01|S", id=3)]
    (request,) = procore.sent("PATCH")
    assert "id" not in body_of(request)["updates"][0]
