"""Companies, projects and the codes of a project."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identity import ObjectId
from domain.ports import NotThere, ProcorePort, WriteBack
from domain.refusals import Refused
from systems.procore.config import ProcoreConfig
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, body_of, reply
from tests.systems.procore.samples import VENDOR, project, segment, vendor

ACME = ObjectId(kind="company", company=COMPANY, scope="01", id=VENDOR)
TOWER = ObjectId(kind="project", company=COMPANY, scope="-", id=PROJECT)
SEGMENTS = f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure/segments"
CODES, TYPES = "/rest/v1.0/cost_codes", "/rest/v1.0/line_item_types"


def test_the_gateway_is_the_port() -> None:
    values = {"api_url": "https://a.test", "login_url": "https://l.test", "client_id": "c", "client_secret": "s"}
    port: ProcorePort = open_gateway(ProcoreConfig.model_validate(values))
    assert port


async def test_a_company_is_read_in_a_view_with_its_ids(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert (await gateway.read(ACME))["name"] == "Acme"
    (request,) = procore.sent("GET", f"/rest/v1.0/vendors/{VENDOR}")
    assert dict(request.url.params) == {"company_id": str(COMPANY), "view": "normal"}


async def test_a_companys_ids_go_by_sync(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on(
        "PATCH",
        "/rest/v1.0/vendors/sync",
        reply({"entities": [vendor(origin_id="ACME", origin_code="ACME")], "errors": []}),
    )
    assert await gateway.write_ids(ACME, WriteBack(origin_id="ACME", code="ACME"), vendor()) == []
    (request,) = procore.sent("PATCH")
    assert body_of(request) == {
        "company_id": COMPANY,
        "updates": [{"id": VENDOR, "origin_id": "ACME", "origin_code": "ACME"}],
    }


async def test_a_project_comes_with_its_own_custom_segments(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    listed = [
        segment("cost_code", "Cost Code"),
        segment("custom", "Phase"),
        segment("custom", "Elsewhere", is_included_in_project_pattern=False),
        segment("custom", "Zone"),
        segment("sub_job", "Sub Job"),
    ]
    procore.on("GET", SEGMENTS, reply(listed))
    found = await gateway.read(TOWER)
    assert found["custom_segments"] == ["Phase", "Zone"]
    assert found["name"] == "Tower"
    (request,) = procore.sent("GET", f"/rest/v1.0/projects/{PROJECT}")
    assert dict(request.url.params) == {"company_id": str(COMPANY)}
    assert dict(procore.sent("GET", SEGMENTS)[0].url.params) == {}


@pytest.mark.parametrize("rows", [{}, [{"name": "x"}], [{"type": 5}], [None]])
async def test_segments_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, rows: object
) -> None:
    procore.on("GET", SEGMENTS, reply(rows))
    with pytest.raises(Refused) as caught:
        await gateway.read(TOWER)
    assert caught.value.refusals[0].code == "procore_unreadable"


async def test_a_projects_id_goes_by_sync_without_a_code(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.write_ids(TOWER, WriteBack(origin_id="01|1042", code="1042"), project()) == []
    (request,) = procore.sent("PATCH")
    assert body_of(request) == {"company_id": COMPANY, "updates": [{"id": PROJECT, "origin_id": "01|1042"}]}


@pytest.mark.parametrize(
    ("object_id", "current"),
    [(ACME, vendor(origin_id="X", origin_code="Y")), (TOWER, project(origin_id="X", origin_code="Z"))],
)
async def test_nothing_is_sent_when_nothing_differs(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: ObjectId, current: dict[str, Any]
) -> None:
    assert await gateway.write_ids(object_id, WriteBack(origin_id="X", code="Y"), current) == []
    assert procore.requests == []


@pytest.mark.parametrize(("object_id", "name"), [(ACME, "vendors"), (TOWER, "projects")])
async def test_a_refused_and_a_missing_record_are_told_apart(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: ObjectId, name: str
) -> None:
    def error(field: str, said: str) -> Any:
        return reply({"entities": [], "errors": [{"id": object_id.id, "errors": {field: [said]}}]})

    path = f"/rest/v1.0/{name}/sync"
    procore.on("PATCH", path, error("origin_id", "is taken"), error("id", "Entity with this ID not found"))
    (refusal,) = await gateway.write_ids(object_id, WriteBack(origin_id="X"), {})
    assert refusal.sentence == "Procore refused it: origin_id: is taken"
    with pytest.raises(NotThere):
        await gateway.write_ids(object_id, WriteBack(origin_id="X"), {})


async def test_clearing_a_company_clears_its_code(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    await gateway.write_ids(ACME, WriteBack(origin_id=None), vendor(origin_id="X", origin_code="X"))
    assert body_of(procore.sent("PATCH")[0])["updates"] == [{"id": VENDOR, "origin_id": None, "origin_code": None}]


@pytest.mark.parametrize(
    "object_id",
    [
        ObjectId(kind="owner_invoice", company=COMPANY, scope=str(PROJECT), id=1),
        ObjectId(kind="commitment", company=COMPANY, scope="-", id=1),
    ],
)
async def test_a_key_that_leads_nowhere_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, object_id: ObjectId
) -> None:
    for call in (gateway.read(object_id), gateway.write_ids(object_id, WriteBack(origin_id="X"), {})):
        with pytest.raises(Refused) as caught:
            await call
        assert caught.value.refusals[0].code == "lost_reference"
    assert procore.requests == []


# Codes


async def test_every_code_goes_with_every_type(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    assert await gateway.project_codes(COMPANY, PROJECT) == [
        ("03-300", "M"),
        ("03-300", "L"),
        ("05-100", "M"),
        ("05-100", "L"),
    ]
    codes, types = procore.sent("GET")
    assert dict(codes.url.params) == {"project_id": str(PROJECT), "page": "1", "per_page": "500"}
    assert dict(types.url.params) == {
        "company_id": str(COMPANY),
        "project_id": str(PROJECT),
        "page": "1",
        "per_page": "500",
    }


async def test_deleted_and_unnamed_codes_are_left_out_and_none_comes_twice(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    codes = [
        {"id": 1, "full_code": "01"},
        {"id": 2, "full_code": "02", "deleted_at": "2026-01-01T00:00:00Z"},
        {"id": 3, "full_code": "01"},
    ]
    procore.on("GET", CODES, reply(codes))
    procore.on("GET", TYPES, reply([{"id": 1, "code": "M"}, {"id": 2, "code": None}, {"id": 3, "code": ""}]))
    assert await gateway.project_codes(COMPANY, PROJECT) == [("01", "M")]


@pytest.mark.parametrize(("path", "rows"), [(CODES, [{"id": 1}]), (CODES, [{"full_code": 5}]), (TYPES, [{"id": 1}])])
async def test_codes_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, path: str, rows: object
) -> None:
    procore.on("GET", path, reply(rows))
    with pytest.raises(Refused, match="isn't a text"):
        await gateway.project_codes(COMPANY, PROJECT)
