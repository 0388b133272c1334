"""Every call that the gateway makes, held against the public API description where it is at hand.

The description is not part of this repository. `PROCORE_CONTRACT_CHECK` names the script that holds traffic against it.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from domain.identity import ObjectId
from domain.ports import WriteBack
from systems.procore.gateway import ProcoreGateway
from systems.procore.objects import KINDS
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, reply
from tests.systems.procore.financials import CCO, CHANGE, INVOICE, MODIFICATION, PAYMENT, PCCO, named
from tests.systems.procore.samples import PURCHASE_ORDER, VENDOR, WORK_ORDER, project

REPOSITORY = Path(__file__).resolve().parents[3]
FURTHER = {
    "budget": PROJECT,
    "budget_change": CHANGE,
    "budget_modification": MODIFICATION,
    "commitment_change_order": CCO,
    "cost_codes": PROJECT,
    "forecast": 202611,
    "invoice_payment": PAYMENT,
    "prime_change_order": PCCO,
    "subcontractor_invoice": INVOICE,
}
OPERATIONS = 40
"""How many the gateway uses: a new one belongs into `exercise`."""


def script() -> Path:
    beside = REPOSITORY.parent / "shared" / "checks" / "procore_contract.py"
    return Path(os.environ.get("PROCORE_CONTRACT_CHECK", beside))


def checker() -> Any:
    spec = importlib.util.spec_from_file_location("procore_contract", script())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def exercise(gateway: ProcoreGateway) -> None:
    """Read everything, write every id, clear it again."""
    project = str(PROJECT)
    objects = [
        (ObjectId(kind="commitment", company=COMPANY, scope=project, id=WORK_ORDER), ("9001", "9002")),
        (ObjectId(kind="commitment", company=COMPANY, scope=project, id=PURCHASE_ORDER), ("9101",)),
        (ObjectId(kind="company", company=COMPANY, scope="01", id=VENDOR), ()),
        (ObjectId(kind="project", company=COMPANY, scope="-", id=PROJECT), ()),
        *((named(kind, number), ()) for kind, number in FURTHER.items()),
    ]
    for object_id, lines in objects:
        raw = await gateway.read(object_id)
        ids = WriteBack(origin_id="01|X", code="X", lines={number: f"01|X|{number}" for number in lines})
        assert await gateway.write_ids(object_id, ids, raw) == []
        written = {**raw, "origin_id": "01|X", "origin_code": "X"}
        written["line_items"] = [{**row, "origin_id": "01|X"} for row in raw.get("line_items", [])]
        assert await gateway.write_ids(object_id, WriteBack(origin_id=None, lines=dict.fromkeys(lines)), written) == []
    await gateway.project_codes(COMPANY, PROJECT)
    assert {object_id.kind for object_id, _ in objects} == set(KINDS)


async def test_every_call_is_in_the_public_description(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    if not script().is_file():
        pytest.skip("the public API description is not part of this repository")
    check = checker()
    description = script().parent.parent / "reference" / "procore-financials.openapi.json"
    document = json.loads(description.read_text())
    paths = check.templates(document)
    listed = {"id": 9, "name": "ERP", "is_erp_list": True, "company_id": COMPANY}
    procore.on("GET", f"/rest/v1.0/projects/{PROJECT}", reply(project(standard_cost_code_list_id=9)))
    procore.on("GET", "/rest/v1.0/standard_cost_code_lists/9", reply(listed))
    codes = [{"id": 41, "name": "Concrete", "full_code": "03-300", "budgeted": True, "line_item_types": []}]
    procore.on("GET", "/rest/v1.0/cost_codes", reply(codes))
    await exercise(gateway)
    exchanges = procore.exchanges()
    found = [problem for exchange in exchanges for problem in check.violations(exchange, document, paths)]
    assert found == []
    used = {(e["method"], next(t for pattern, t in paths if pattern.match(e["path"]))) for e in exchanges}
    assert len(used) == OPERATIONS
    # The check itself must be awake: a key that the description lacks is told.
    wrong = next(e for e in exchanges if e["path"].endswith("/vendors/sync"))
    wrong["request"]["updates"][0]["no_such_key"] = 1
    assert list(check.violations(wrong, document, paths))
