"""Which pair a WBS code means."""

from __future__ import annotations

from typing import Any

import pytest

from systems.procore.client import ProcoreClient
from systems.procore.wbs import wbs_codes
from tests.systems.procore.fake import API, COMPANY, PROJECT, FakeProcore, reply
from tests.systems.procore.financials import WBS, item, wbs_code

CODE, TYPE = item("cost_code", "300", ["03", "300"]), item("line_item_type", "S", ["S"])


@pytest.mark.parametrize(
    ("items", "pair"),
    [
        ([CODE, TYPE], ("03-300", "S")),
        ([TYPE, CODE], ("03-300", "S")),
        ([CODE | {"path_code": None}, TYPE], ("03-300", "S")),
        ([CODE | {"path_code": None, "segment": {"type": "cost_code", "delimiter": "."}}, TYPE], ("03.300", "S")),
        ([CODE | {"path_code": None, "segment": {"type": "cost_code"}}, TYPE], ("03-300", "S")),
        ([CODE | {"path_code": None, "path_codes": None}, TYPE], ("300", "S")),
        ([CODE | {"path_code": None, "path_codes": ["03", None]}, TYPE], ("300", "S")),
        ([CODE], ("03-300", "")),
        ([TYPE], ("", "S")),
        ([CODE, TYPE | {"code": None}], ("03-300", "")),
        ([CODE, TYPE, item("custom", "A", ["A"])], ("", "")),
        ([CODE, TYPE, item("sub_job", "A", ["A"])], ("", "")),
        ([CODE, None], ("", "")),
        ([CODE, {"code": "S"}], ("", "")),
        ([], ("", "")),
        (None, ("", "")),
    ],
)
async def test_a_code_is_a_pair_or_unknown(
    procore: FakeProcore, client: ProcoreClient, items: Any, pair: tuple[str, str]
) -> None:
    procore.on("GET", WBS, reply([{"id": 1, "segment_items": items}]))
    codes = await wbs_codes(client, COMPANY, PROJECT, "it")
    assert codes.pair(1) == {"cost_code": pair[0], "category": pair[1]}


async def test_the_whole_list_is_read(procore: FakeProcore, client: ProcoreClient) -> None:
    link = {"Link": f'<{API}{WBS}?page=2>; rel="next"'}
    first, second = wbs_code(1, ["01"], "S"), wbs_code(2, ["02"], "M")
    procore.on("GET", WBS, reply([first], headers=link), reply([second]))
    codes = await wbs_codes(client, COMPANY, PROJECT, "it")
    assert [codes.pair(n)["cost_code"] for n in (1, 2, 3)] == ["01", "02", ""]
    assert codes.pair(None) == {"cost_code": "", "category": ""}
