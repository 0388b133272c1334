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
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore
from tests.systems.procore.samples import PURCHASE_ORDER, VENDOR, WORK_ORDER

REPOSITORY = Path(__file__).resolve().parents[3]
OPERATIONS = 14
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
    ]
    for object_id, lines in objects:
        raw = await gateway.read(object_id)
        ids = WriteBack(origin_id="01|X", code="X", lines={number: f"01|X|{number}" for number in lines})
        assert await gateway.write_ids(object_id, ids, raw) == []
        written = {**raw, "origin_id": "01|X", "origin_code": "X"}
        written["line_items"] = [{**row, "origin_id": "01|X"} for row in raw.get("line_items", [])]
        assert await gateway.write_ids(object_id, WriteBack(origin_id=None, lines=dict.fromkeys(lines)), written) == []
    await gateway.project_codes(COMPANY, PROJECT)


async def test_every_call_is_in_the_public_description(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    if not script().is_file():
        pytest.skip("the public API description is not part of this repository")
    check = checker()
    description = script().parent.parent / "reference" / "procore-financials.openapi.json"
    document = json.loads(description.read_text())
    paths = check.templates(document)
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
