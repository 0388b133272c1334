"""Compliance from CMiC, against the stand-in: documents without an external id, each once; the contract's statuses; insurances
(procore-api §9)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ports import Given, Taken, Unavailable
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT
from tests.systems.procore.standin import Desk, settings

TYPES = {"WorkOrderContract": "work_order_contracts", "PurchaseOrderContract": "purchase_order_contracts"}
W9, COI = "01|UUID-9", "01|UUID-1"
POLICY = {"insurance_type": "General liability", "policy_number": "P-1", "name": "Allied", "status": "compliant"}


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


@pytest.fixture(params=TYPES)
async def contract(desk: Desk, request: pytest.FixtureRequest) -> tuple[str, int]:
    return TYPES[request.param], (await desk.enter("DOC-1", request.param))[0]


def document(contract: tuple[str, int], key: str = W9, *, kind: str = "compliance", **more: Any) -> Given:
    wanted = {"name": "W9", "type": "w9", "notes": "", "status": "compliant", "effective_at": None, "expires_at": None}
    body = {"contracts": contract[0], "contract": contract[1], "kind": kind, "document": {**wanted, **more}}
    return Given(key=key, origin_id=key, project=PROJECT, body=body)


async def written(gateway: ProcoreGateway, *rows: Given) -> list[Taken]:
    return await gateway.upsert("compliance_document", COMPANY, PROJECT, list(rows))


async def removed(gateway: ProcoreGateway, *rows: Given) -> list[Taken]:
    return await gateway.remove("compliance_document", COMPANY, PROJECT, list(rows))


async def book(desk: Desk, table: str, **equal: Any) -> list[dict[str, Any]]:
    answer = await desk.http.get(f"/_sandbox/books/{table}", params=equal)
    return [row for row in answer.raise_for_status().json() if not row["deleted_at"]]


async def statuses(desk: Desk, contract: tuple[str, int]) -> tuple[str | None, str | None]:
    (row,) = await book(desk, "compliances", contract_id=contract[1])
    return row["compliance_status"], row["insurance_status"]


async def wrote(desk: Desk) -> int:
    return sum([len(await desk.sent(method, "compliance")) for method in ("POST", "PATCH", "DELETE")])


async def test_documents_and_what_they_add_up_to(
    gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]
) -> None:
    rows = [
        document(contract),
        document(contract, COI, kind="insurance", notes="Certificate C", status="not_compliant"),
    ]
    taken = await written(gateway, *rows)
    before = await wrote(desk)
    assert await written(gateway, *rows) == taken
    assert await wrote(desk) == before, "the same again writes nothing"
    found = {d["id"]: d["notes"] for d in await book(desk, "compliance_documents", contract_id=contract[1])}
    assert found == {
        taken[0].id: f"[CMiC compliance {W9}]",
        taken[1].id: f"Certificate C [CMiC insurance {COI}]",
    }
    assert await statuses(desk, contract) == ("compliant", "not_compliant")
    assert [t.refusal for t in await removed(gateway, rows[1])] == [""]
    assert [t.refusal for t in await removed(gateway, rows[1])] == [""], "once more is as good as once"
    assert await statuses(desk, contract) == ("compliant", "not_required")


async def test_one_that_was_made_unseen_is_found_by_its_mark(
    gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]
) -> None:
    await desk.post("/faults", {"path": "compliance_documents$", "method": "POST", "cut": True, "when": "after"})
    with pytest.raises(Unavailable):
        await written(gateway, document(contract))
    (taken,) = await written(gateway, document(contract, status="not_compliant"))
    (found,) = await book(desk, "compliance_documents", contract_id=contract[1])
    assert (found["id"], found["status"]) == (taken.id, "not_compliant")
    assert await statuses(desk, contract) == ("not_compliant", None)


async def test_a_document_whose_mark_a_person_deleted_is_found_by_its_id(
    gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]
) -> None:
    (taken,) = await written(gateway, document(contract))
    await desk.post(f"/edit/compliance_documents/{taken.id}", {"notes": "mine"})
    await written(gateway, document(contract).model_copy(update={"id": taken.id}))
    (found,) = await book(desk, "compliance_documents", contract_id=contract[1])
    assert found["notes"] == f"[CMiC compliance {W9}]"


async def test_refusals_are_told_one_by_one(gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]) -> None:
    gone = (contract[0], 999999)
    bad = document(contract, COI, type="nonsense")
    no_contract, refused, fine = await written(gateway, document(gone, "01|X"), bad, document(contract))
    assert no_contract.refusal == "it has no contract 999999 any more"
    assert "type" in refused.refusal.lower()
    assert fine.refusal == ""
    assert [t.refusal for t in await removed(gateway, document(gone, "01|X"))] == [""]


async def test_a_status_that_is_refused_is_told(gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]) -> None:
    await desk.post("/faults", {"path": "/compliance$", "method": "PATCH", "status": 422})
    (taken,) = await written(gateway, document(contract))
    assert taken.id
    assert taken.refusal
    await written(gateway, document(contract))
    assert await statuses(desk, contract) == ("compliant", None)


async def test_the_connector_itself_is_refused(gateway: ProcoreGateway, desk: Desk, contract: tuple[str, int]) -> None:
    for path, method in (("compliance_documents$", "POST"), ("/compliance$", "PATCH")):
        await desk.post("/faults", {"path": path, "method": method, "status": 403})
        with pytest.raises(Refused):
            await written(gateway, document(contract))


async def test_insurances_are_made_changed_and_taken_out(gateway: ProcoreGateway, desk: Desk) -> None:
    vendor = int((await book(desk, "vendors"))[0]["id"])
    rows = [Given(key=key, origin_id=key, body={**POLICY, "vendor_id": vendor}) for key in (W9, COI)]
    one, other = await gateway.upsert("vendor_insurance", COMPANY, None, rows)
    changed = rows[0].model_copy(update={"id": one.id, "body": {**rows[0].body, "policy_number": "P-2"}})
    assert await gateway.upsert("vendor_insurance", COMPANY, None, [changed]) == [one]
    (found,) = await book(desk, "insurances", origin_id=W9)
    assert (found["policy_number"], found["name"], found["vendor_id"]) == ("P-2", "Allied", vendor)
    known = rows[0].model_copy(update={"id": one.id})
    for _ in range(2):
        taken = await gateway.remove("vendor_insurance", COMPANY, None, [known, rows[1]])
        assert sorted(t.key for t in taken) == sorted([W9, COI])
        assert all(not t.refusal for t in taken)
    live = {row["id"] for row in await book(desk, "insurances")}
    assert not live & {one.id, other.id}


async def test_an_insurance_that_cannot_be_deleted(gateway: ProcoreGateway, desk: Desk) -> None:
    vendor = int((await book(desk, "vendors"))[0]["id"])
    row = Given(key=COI, origin_id=COI, body={**POLICY, "vendor_id": vendor})
    (one,) = await gateway.upsert("vendor_insurance", COMPANY, None, [row])
    for status, expected in ((404, False), (422, True)):
        await desk.post("/faults", {"path": rf"insurances/{one.id}$", "method": "DELETE", "status": status})
        (taken,) = await gateway.remove("vendor_insurance", COMPANY, None, [row.model_copy(update={"id": one.id})])
        assert bool(taken.refusal) is expected
    await desk.post("/faults", {"path": rf"insurances/{one.id}$", "method": "DELETE", "status": 403})
    with pytest.raises(Refused):
        await gateway.remove("vendor_insurance", COMPANY, None, [row.model_copy(update={"id": one.id})])
