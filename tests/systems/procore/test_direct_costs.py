"""Direct costs with their one line, against the stand-in: once whatever is cut, and out again (procore-api §3, §8; F-06)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.ports import Given, NotThere, Taken, Unavailable
from systems.procore.client import ProcoreClient
from systems.procore.direct_costs import DirectCosts
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, body_of, reply
from tests.systems.procore.standin import Desk, settings

BASE = f"/rest/v1.0/projects/{PROJECT}/direct_costs"
HEADERS, LINES = f"{BASE}/sync", f"{BASE}/line_items/sync"


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


@pytest.fixture
async def pair(gateway: ProcoreGateway, desk: Desk) -> dict[str, int]:
    """A cost code and a cost type of the project."""
    codes = await gateway.listing("cost_codes", COMPANY, PROJECT)
    code = next(c for c in codes if c["full_code"] == "03-100")
    kind = next(t for t in await gateway.listing("cost_types", COMPANY, PROJECT) if t["code"] == "S")
    return {"cost_code_id": code["id"], "line_item_type_id": kind["id"]}


def given(pair: dict[str, int], key: str, amount: str = "10.05", *, number: int | None = None, **header: Any) -> Given:
    line = {**pair, "amount": amount, "quantity": None, "unit_cost": None, "uom": None, "extended_type": "manual"}
    head = {"direct_cost_type": "invoice", "status": "approved", "direct_cost_date": "2026-11-03", **header}
    return Given(key=key, origin_id=f"01|1042|{key}", id=number, body={"header": head, "line": line})


async def written(gateway: ProcoreGateway, *rows: Given) -> list[Taken]:
    return await gateway.upsert("direct_cost", COMPANY, PROJECT, list(rows))


async def removed(gateway: ProcoreGateway, *taken: Taken) -> list[Taken]:
    rows = [Given(key=t.key, origin_id=f"01|1042|{t.key}", id=t.id) for t in taken]
    return await gateway.remove("direct_cost", COMPANY, PROJECT, rows)


async def kept(desk: Desk, table: str) -> list[dict[str, Any]]:
    """Ours in the books."""
    answer = await desk.http.get(f"/_sandbox/books/{table}", params={"project_id": PROJECT})
    rows = answer.raise_for_status().json()
    return [r for r in rows if not r["deleted_at"] and str(r["origin_id"]).startswith("01|1042|")]


async def amounts(desk: Desk) -> dict[str, Decimal]:
    """The amounts of our lines by the origin id of their direct cost, of which each has one."""
    heads = {row["id"]: row["origin_id"] for row in await kept(desk, "direct_costs")}
    lines = await kept(desk, "direct_cost_line_items")
    found = {heads[line["direct_cost_id"]]: Decimal(line["amount"]) for line in lines}
    assert len(found) == len(lines) == len(heads)
    return found


async def test_header_and_line_are_made_and_changed(gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]) -> None:
    first = await written(gateway, given(pair, "A"), given(pair, "B", "-3.10"))
    assert await amounts(desk) == {"01|1042|A": Decimal("10.05"), "01|1042|B": Decimal("-3.10")}
    again = await written(gateway, given(pair, "A", "11", number=first[0].id), given(pair, "B", "-3.10"))
    assert again == first
    assert await amounts(desk) == {"01|1042|A": Decimal(11), "01|1042|B": Decimal("-3.10")}


async def test_a_header_that_is_refused_gets_no_line(gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]) -> None:
    bad = given(pair, "BAD", direct_cost_type="gift")
    taken = {t.key: t for t in await written(gateway, bad, given(pair, "A"))}
    assert "direct_cost_type" in taken["BAD"].refusal
    assert taken["A"].refusal == ""
    assert set(await amounts(desk)) == {"01|1042|A"}


async def test_when_all_headers_are_refused_no_line_is_asked_for(client: ProcoreClient, procore: FakeProcore) -> None:
    errors = [{"origin_id": "01|1042|A", "errors": {"base": ["no"]}}]
    procore.on("PATCH", HEADERS, reply({"entities": [], "errors": errors}))
    (taken,) = await DirectCosts(client).upsert(COMPANY, PROJECT, [given({}, "A")])
    assert taken.refusal == "base: no"
    assert procore.sent("PATCH", LINES) == []


async def test_a_line_that_is_refused_is_told_with_the_headers_id(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]
) -> None:
    """The header stands without money; put right, the line finds it."""
    (taken,) = await written(gateway, given({**pair, "cost_code_id": 1}, "A"))
    assert "cost_code" in taken.refusal
    (head,) = await kept(desk, "direct_costs")
    assert taken.id == head["id"]
    assert Decimal(head["grand_total"]) == 0
    (again,) = await written(gateway, given(pair, "A", number=taken.id))
    assert again == Taken(key="A", id=head["id"])
    assert await amounts(desk) == {"01|1042|A": Decimal("10.05")}


@pytest.mark.parametrize("path", ["direct_costs/sync", "line_items/sync"])
@pytest.mark.parametrize("when", ["before", "after", "half"])
async def test_cut_anywhere_and_repeated_everything_is_there_once(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int], path: str, when: str
) -> None:
    rows = [given(pair, f"K{n}", f"{n}.25") for n in range(6)]
    await desk.post("/faults", {"method": "PATCH", "path": path, "when": when, "cut": True})
    with pytest.raises(Unavailable):
        await written(gateway, *rows)
    taken = await written(gateway, *rows)
    assert not any(t.refusal for t in taken)
    assert await amounts(desk) == {row.origin_id: Decimal(row.body["line"]["amount"]) for row in rows}
    assert {t.id for t in taken} == {row["id"] for row in await kept(desk, "direct_costs")}


@pytest.mark.parametrize("path", [HEADERS, LINES])
async def test_an_answer_that_leaves_a_row_out_is_asked_again(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int], path: str
) -> None:
    rows = [given(pair, "A"), given(pair, "B")]
    await desk.post("/faults", {"method": "PATCH", "path": path, "when": "after", "drop": ["entities.1"]})
    with pytest.raises(Unavailable):
        await written(gateway, *rows)
    await written(gateway, *rows)
    assert set(await amounts(desk)) == {"01|1042|A", "01|1042|B"}


async def test_it_is_freed_before_it_is_deleted(gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]) -> None:
    """What bears an ERP's id can't be deleted."""
    taken = await written(gateway, given(pair, "A"), given(pair, "B"), given(pair, "C"))
    assert await removed(gateway, *taken[:2]) == taken[:2]
    assert set(await amounts(desk)) == {"01|1042|C"}
    freed = [f"{row['method']} {row['path']}" for row in await desk.sent("PATCH", BASE)]
    assert freed == [f"PATCH {path}" for path in (HEADERS, LINES, HEADERS)]
    assert len(await desk.sent("DELETE", BASE)) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "PATCH", "path": "direct_costs/sync", "when": "after", "cut": True},
        {"method": "DELETE", "path": "direct_costs", "when": "before", "cut": True},
        {"method": "DELETE", "path": "direct_costs", "when": "after", "cut": True},
        {"method": "DELETE", "path": "direct_costs", "when": "before", "status": 503},
    ],
)
async def test_a_removal_that_is_cut_is_repeated(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int], fault: dict[str, Any]
) -> None:
    taken = await written(gateway, given(pair, "A"), given(pair, "B"))
    await desk.post("/faults", fault)
    with pytest.raises(Unavailable):
        await removed(gateway, *taken)
    out = await removed(gateway, *taken)
    assert sorted(out, key=lambda t: t.key) == taken
    answer = await desk.http.get("/_sandbox/books/direct_costs", params={"project_id": PROJECT})
    assert not {t.id for t in taken} & {row["id"] for row in answer.json() if not row["deleted_at"]}


async def test_what_isnt_there_is_gone(gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]) -> None:
    assert await removed(gateway, Taken(key="A", id=987654321)) == [Taken(key="A", id=987654321)]


@pytest.mark.parametrize("known", [None, 987654321])
async def test_without_its_id_it_is_found_by_its_origin_id(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int], known: int | None
) -> None:
    (taken, _) = await written(gateway, given(pair, "A"), given(pair, "B"))
    (again,) = await written(gateway, given(pair, "A", "7", number=known))
    assert again == taken
    assert await amounts(desk) == {"01|1042|A": Decimal(7), "01|1042|B": Decimal("10.05")}
    (out,) = await removed(gateway, Taken(key="A", id=known))
    assert out.refusal == ""
    assert set(await amounts(desk)) == {"01|1042|B"}
    assert (await removed(gateway, Taken(key="A", id=known)))[0].refusal == ""


async def test_one_that_isnt_there_any_more_is_made_anew_once(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]
) -> None:
    taken = await written(gateway, given(pair, "A"))
    await removed(gateway, *taken)
    rows = [given(pair, "A", number=taken[0].id), given(pair, "B")]
    first, other = sorted(await written(gateway, *rows), key=lambda t: t.key)
    assert first.refusal == other.refusal == ""
    assert first.id not in (None, taken[0].id)
    assert sorted(await written(gateway, *rows), key=lambda t: t.key) == [first, other]
    assert set(await amounts(desk)) == {"01|1042|A", "01|1042|B"}


async def test_one_that_procore_wont_delete_is_told_and_the_others_go(
    gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]
) -> None:
    taken = await written(gateway, given(pair, "A"), given(pair, "B"))
    await desk.post("/faults", {"method": "DELETE", "path": f"direct_costs/{taken[0].id}", "status": 422})
    out = {t.key: t.refusal for t in await removed(gateway, *taken)}
    assert "422" in out["A"]
    assert out["B"] == ""


async def test_a_project_that_is_gone_is_told(gateway: ProcoreGateway, pair: dict[str, int]) -> None:
    with pytest.raises(NotThere):
        await gateway.upsert("direct_cost", COMPANY, 999999, [given(pair, "A")])


async def test_a_thousand_in_two_requests(gateway: ProcoreGateway, desk: Desk, pair: dict[str, int]) -> None:
    await desk.post("/traffic/reset", {})
    rows = [given(pair, f"M{n}", "1.01") for n in range(1000)]
    taken = await written(gateway, *rows)
    assert len({t.id for t in taken}) == 1000
    assert sum((await amounts(desk)).values()) == Decimal("1010.00")
    assert len(await desk.sent("PATCH", "direct_costs")) == 2
    await written(gateway, *rows)
    assert len(await amounts(desk)) == 1000


async def test_the_line_names_the_header_that_procore_answered(client: ProcoreClient, procore: FakeProcore) -> None:
    procore.on("PATCH", HEADERS, reply({"entities": [{"id": "55", "origin_id": "01|1042|A"}], "errors": []}))
    procore.on("PATCH", LINES, reply({"entities": [{"id": 9, "origin_id": "01|1042|A"}], "errors": []}))
    assert await DirectCosts(client).upsert(COMPANY, PROJECT, [given({}, "A")]) == [Taken(key="A", id=55)]
    (request,) = procore.sent("PATCH", LINES)
    (line,) = body_of(request)["updates"]
    assert (line["direct_cost_id"], line["origin_id"], "id" in line) == (55, "01|1042|A", False)
