"""Cost codes as a tree, against the stand-in: level by level, with the codes above that nobody names (procore-api §5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ports import Given, Taken, Unavailable
from domain.refusals import Refused
from systems.procore.gateway import ProcoreGateway, open_gateway
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, gateway_of, reply
from tests.systems.procore.standin import Desk, settings

STANDARD, OWN = "standard_cost_code", "cost_code"
BOOKS = {STANDARD: "standard_cost_codes", OWN: "cost_codes"}
BOTH = pytest.mark.parametrize("target", [STANDARD, OWN])


@pytest.fixture
async def gateway(url: str, desk: Desk) -> AsyncIterator[ProcoreGateway]:
    async with open_gateway(settings(url)) as gateway:
        yield gateway


def prefix(target: str) -> str:
    return "01" if target == STANDARD else "01|1042"


def given(target: str, code: str, *, name: str = "", owner: str = "") -> Given:
    key = f"{owner or prefix(target)}|{code}"
    return Given(key=key, origin_id=key, body={"code": code, "name": name or f"Code {code}"})


async def planted(gateway: ProcoreGateway, target: str, *codes: str) -> dict[str, Taken]:
    """What became of the codes, by code."""
    rows = [given(target, code) for code in codes]
    taken = await gateway.upsert(target, COMPANY, None if target == STANDARD else PROJECT, rows)
    assert [t.key for t in taken] == [row.key for row in rows], "an outcome for each, in their order"
    return {t.key.rsplit("|", 1)[1]: t for t in taken}


async def tree(desk: Desk, target: str) -> dict[str, dict[str, Any]]:
    """All codes by their full code."""
    scope = {"company_id": COMPANY} if target == STANDARD else {"project_id": PROJECT}
    answer = await desk.http.get(f"/_sandbox/books/{BOOKS[target]}", params=scope)
    rows = {row["id"]: row for row in answer.raise_for_status().json() if not row.get("deleted_at")}

    def full(row: dict[str, Any]) -> str:
        above = rows.get(row["parent_id"])
        return f"{full(above)}-{row['code']}" if above else row["code"]

    found = {full(row): row for row in rows.values()}
    assert len(found) == len(rows), "a code stands twice"
    return found


def lasting(codes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {code: {name: row[name] for name in row if name != "updated_at"} for code, row in codes.items()}


async def writes(desk: Desk) -> int:
    return len([*await desk.sent("PATCH", "sync"), *await desk.sent("POST", "rest")])


@BOTH
async def test_a_deep_tree_in_any_order_with_parents_that_nobody_names(
    gateway: ProcoreGateway, desk: Desk, target: str
) -> None:
    before = await tree(desk, target)
    taken = await planted(gateway, target, "90-1-2-3-4", "90-1", "91", "92-5-6", "91-1")
    assert not any(t.refusal for t in taken.values())
    codes = await tree(desk, target)
    assert set(codes) - set(before) == {
        *("90", "90-1", "90-1-2", "90-1-2-3", "90-1-2-3-4", "91", "91-1", "92", "92-5", "92-5-6")
    }
    assert {code: codes[code]["id"] for code in taken} == {code: t.id for code, t in taken.items()}
    assert {codes[c]["origin_id"] for c in ("90", "90-1-2", "92-5")} == {
        f"{prefix(target)}|{c}" for c in ("90", "90-1-2", "92-5")
    }
    assert (codes["90-1-2"]["name"], codes["90-1"]["name"]) == ("90-1-2", "Code 90-1")
    assert await planted(gateway, target, "90-1-2-3-4", "90-1", "91", "92-5-6", "91-1") == taken
    assert lasting(await tree(desk, target)) == lasting(codes), "a repetition changes nothing"


@BOTH
async def test_an_implied_code_gets_its_name_once_cmic_tells_it(
    gateway: ProcoreGateway, desk: Desk, target: str
) -> None:
    await planted(gateway, target, "93-100")
    made = (await tree(desk, target))["93"]
    taken = await planted(gateway, target, "93")
    assert taken["93"].id == made["id"]
    assert (await tree(desk, target))["93"]["name"] == "Code 93"


@BOTH
async def test_codes_that_procore_has_are_taken_over(gateway: ProcoreGateway, desk: Desk, target: str) -> None:
    before = await tree(desk, target)
    free = next(code for code, row in before.items() if "-" in code and not row["origin_id"])
    taken = await planted(gateway, target, free)
    after = await tree(desk, target)
    assert taken[free].id == before[free]["id"]
    assert (after[free]["origin_id"], set(after)) == (f"{prefix(target)}|{free}", set(before))


@BOTH
async def test_another_integrations_code_is_refused_and_what_is_below_it_goes_in(
    gateway: ProcoreGateway, desk: Desk, target: str
) -> None:
    await planted(gateway, target, "94")
    code = (await tree(desk, target))["94"]
    await desk.post(f"/edit/{BOOKS[target]}/{code['id']}", {"origin_id": "SAGE-94", "name": "Theirs"})
    taken = await planted(gateway, target, "94", "94-100")
    assert "SAGE-94" in taken["94"].refusal
    assert not taken["94-100"].refusal
    codes = await tree(desk, target)
    assert (codes["94"]["name"], codes["94"]["origin_id"]) == ("Theirs", "SAGE-94")
    assert codes["94-100"]["parent_id"] == code["id"]


@pytest.mark.parametrize(
    ("owner", "refused"),
    [("01|1041|94", False), ("02|7|94", False), ("01|94", True), ("01|1041|95", True), ("1041|94|", True)],
)
async def test_a_code_of_the_job_that_was_linked_before_is_taken_over(
    gateway: ProcoreGateway, desk: Desk, owner: str, refused: bool
) -> None:
    await planted(gateway, OWN, "94")
    code = (await tree(desk, OWN))["94"]
    await desk.post(f"/edit/cost_codes/{code['id']}", {"origin_id": owner})
    taken = (await planted(gateway, OWN, "94"))["94"]
    assert bool(taken.refusal) is refused
    assert (await tree(desk, OWN))["94"]["origin_id"] == (owner if refused else "01|1042|94")


@BOTH
async def test_below_a_code_that_is_refused_nothing_can_stand(gateway: ProcoreGateway, desk: Desk, target: str) -> None:
    rows = [given(target, "95"), given(target, "95-1"), given(target, "95-1-1"), given(target, "96")]
    rows[0].body["name"] = ""
    taken = await gateway.upsert(target, COMPANY, None if target == STANDARD else PROJECT, rows)
    said = {t.key.rsplit("|", 1)[1]: t.refusal for t in taken}
    assert "name" in said["95"]
    assert said["95-1"] == "95, above it, isn't there"
    assert said["95-1-1"] == "95-1, above it, isn't there"
    assert said["96"] == ""
    assert not {"95", "95-1"} & set(await tree(desk, target))


@BOTH
async def test_a_request_that_is_cut_after_it_was_done_is_repeated_without_a_double(
    gateway: ProcoreGateway, desk: Desk, target: str
) -> None:
    await desk.post("/faults", {"method": "PATCH", "path": "cost_codes/sync", "when": "after", "cut": True, "skip": 1})
    with pytest.raises(Unavailable) as told:
        await planted(gateway, target, "97-1", "97-2")
    assert told.value.maybe_done
    half = await tree(desk, target)
    taken = await planted(gateway, target, "97-1", "97-2")
    after = await tree(desk, target)
    assert set(after) == set(half)
    assert {code: t.id for code, t in taken.items()} == {code: after[code]["id"] for code in taken}


@BOTH
async def test_more_than_a_thousand_on_one_level(gateway: ProcoreGateway, desk: Desk, target: str) -> None:
    codes = [f"98-{n:04}" for n in range(1_050)]
    taken = await planted(gateway, target, *codes)
    assert not any(t.refusal for t in taken.values())
    after = await tree(desk, target)
    assert set(codes) <= set(after)
    assert {after[code]["parent_id"] for code in codes} == {after["98"]["id"]}


@BOTH
async def test_nothing_is_asked_for_no_codes(gateway: ProcoreGateway, desk: Desk, target: str) -> None:
    before = await writes(desk)
    assert await planted(gateway, target) == {}
    assert await writes(desk) == before


async def test_codes_of_sub_jobs_are_others(gateway: ProcoreGateway, desk: Desk) -> None:
    """A sub job may have a code of the same name: it isn't taken for the project's."""
    scope = {"company_id": COMPANY, "project_id": PROJECT}
    sub_job = await desk.post("/sub_jobs", {**scope, "code": "SUB", "name": "Annex"})
    theirs = {**scope, "sub_job_id": sub_job["id"], "id": 88001, "code": "99", "name": "Theirs"}
    await desk.post("/seed", {"cost_codes": [theirs]})
    taken = await planted(gateway, OWN, "99")
    assert taken["99"].id not in (None, 88001)
    assert (await desk.book("cost_codes", 88001))["origin_id"] is None


async def test_without_an_erp_list_standard_codes_have_no_place() -> None:
    procore = FakeProcore()
    procore.on("GET", "/rest/v1.0/standard_cost_code_lists", reply([{"id": 1, "is_erp_list": False}]))
    async with gateway_of(procore) as gateway:
        with pytest.raises(Refused) as told:
            await gateway.upsert(STANDARD, COMPANY, None, [given(STANDARD, "01")])
    assert told.value.refusals[0].code == "no_erp_list"


@BOTH
async def test_codes_are_never_taken_out(gateway: ProcoreGateway, target: str) -> None:
    with pytest.raises(Refused):
        await gateway.remove(target, COMPANY, PROJECT, [given(target, "01")])


async def test_a_projects_code_is_tied_to_the_standard_one(gateway: ProcoreGateway, desk: Desk) -> None:
    standard = (await planted(gateway, STANDARD, "90-7"))["90-7"].id
    row = given(OWN, "90-7")
    row.body["standard_cost_code_id"] = standard
    (taken,) = await gateway.upsert(OWN, COMPANY, PROJECT, [row])
    assert taken.id is not None
    assert (await desk.book("cost_codes", taken.id))["standard_cost_code_id"] == standard
