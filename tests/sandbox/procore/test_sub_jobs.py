"""Sub jobs and the cost codes of their own (procore-api §5, erp-tool-behaviour §5)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import CONCRETE, LABOR, PROJECT, Api, Json

PATH = "/rest/v1.0/sub_jobs"
CODES = "/rest/v1.0/cost_codes"
P = {"project_id": PROJECT}


def sub_job(api: Api, code: str = "G", **fields: Json) -> Json:
    return api.ok(api.post(PATH, {**P, "sub_job": {"name": "Garage", "code": code, **fields}}), 201)


def codes(api: Api, *rows: Json, **query: Json) -> Json:
    return api.ok(api.patch(f"{CODES}/sync", {"updates": list(rows)}, **P, **query))


def segment_codes(api: Api) -> Json:
    """How many items each WBS segment of the project has."""
    base = f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure/segments"
    found = {row["type"]: row["id"] for row in api.ok(api.get(base))}
    return {kind: len(api.ok(api.get(f"{base}/{number}/segment_items"))) for kind, number in found.items()}


def test_it_is_made_changed_listed_and_deleted(api: Api) -> None:
    made = sub_job(api, origin_id="01|1042A")
    assert set(made) == {"id", "name", "code", "origin_id", "origin_data", "created_at", "updated_at"}
    changed = api.ok(api.patch(f"{PATH}/{made['id']}", {**P, "sub_job": {"name": "Deck"}}))
    assert (changed["name"], changed["code"], changed["origin_id"]) == ("Deck", "G", "01|1042A")
    assert api.ok(api.get(PATH, **P)) == [changed] == [api.ok(api.get(f"{PATH}/{made['id']}", **P))]
    assert api.delete(f"{PATH}/{made['id']}", **P).status_code == 200
    assert (api.ok(api.get(PATH, **P)), api.get(f"{PATH}/{made['id']}", **P).status_code) == ([], 404)


def test_it_is_synced_by_origin_id(api: Api) -> None:
    row = {"name": "Garage", "code": "G", "origin_id": "A"}
    body = {**P, "updates": [row, {**row, "name": "Deck"}, {"code": "H"}, {"id": 5}]}
    answer = api.ok(api.patch(f"{PATH}/sync", body))
    assert len({entity["id"] for entity in answer["entities"]}) == 1
    assert [list(row["errors"]) for row in answer["errors"]] == [["name"], ["id"]]
    assert [one["name"] for one in api.ok(api.get(PATH, **P))] == ["Deck"]


@pytest.mark.parametrize("fields", [{"name": ""}, {"code": None}, {"code": "G"}, {"origin_id": "A"}])
def test_bad_ones_are_refused(api: Api, fields: Json) -> None:
    sub_job(api, origin_id="A")
    answer = api.post(PATH, {**P, "sub_job": {"name": "Deck", "code": "D", **fields}})
    assert (answer.status_code, answer.json()["fields"]) == (422, next(iter(fields)))


def test_its_codes_are_a_tree_of_their_own(api: Api) -> None:
    made = sub_job(api, origin_id="01|1042A")
    (division,) = codes(api, {"code": "03", "name": "Concrete"}, sub_job_id=made["id"])["entities"]
    below = {"code": "100", "name": "Walls", "parent_id": division["id"], "origin_id": "A|03-100"}
    (walls,) = codes(api, below, sub_job_id=made["id"])["entities"]
    assert (walls["full_code"], walls["biller_type"], walls["biller_id"]) == ("03-100", "SubJob", made["id"])
    assert (walls["biller"], walls["biller_origin_id"]) == ("Garage", "01|1042A")
    refused = codes(api, {"code": "1", "name": "x", "parent_id": division["id"]})
    assert refused["errors"][0]["errors"] == {"parent_id": ["must exist"]}
    assert codes(api, {"id": walls["id"], "name": "x"})["errors"][0]["errors"].keys() == {"id"}
    twin = codes(api, {"code": "03", "name": "Again"}, sub_job_id=made["id"])
    assert twin["errors"][0]["errors"] == {"code": ["has already been taken"]}


def test_lists_of_codes_keep_them_apart(api: Api) -> None:
    made, before = sub_job(api), api.ok(api.get(CODES, **P))
    (own,) = codes(api, {"code": "03", "name": "Concrete"}, sub_job_id=made["id"])["entities"]
    assert api.ok(api.get(CODES, **P)) == before
    assert [row["id"] for row in api.ok(api.get(CODES, **P, sub_job_id=made["id"]))] == [own["id"]]
    assert api.ok(api.get(f"{CODES}/{own['id']}", **P))["biller_type"] == "SubJob"
    assert api.get(f"{CODES}/{CONCRETE}", **P, sub_job_id=made["id"]).status_code == 404
    assert api.get(CODES, **P, sub_job_id=1).status_code == 404
    api.stand.control("POST", "/assumptions", {"project_cost_codes_have_sub_jobs": True})
    try:
        assert len(api.ok(api.get(CODES, **P))) == len(before) + 1
    finally:
        api.stand.control("POST", "/assumptions", {"project_cost_codes_have_sub_jobs": False})


def test_one_with_codes_can_not_be_deleted(api: Api) -> None:
    made = sub_job(api)
    (own,) = codes(api, {"code": "03", "name": "Concrete"}, sub_job_id=made["id"])["entities"]
    assert api.delete(f"{PATH}/{made['id']}", **P).status_code == 422
    api.stand.control("POST", f"/edit/cost_codes/{own['id']}", {"deleted_at": "2026-01-01T00:00:00Z"})
    assert api.delete(f"{PATH}/{made['id']}", **P).status_code == 200


def test_its_codes_are_named_in_lines_wbs_codes_and_the_budget(api: Api) -> None:
    made = sub_job(api)
    codes(api, {"code": "03", "name": "Concrete"}, sub_job_id=made["id"])
    line = {"cost_code": "G/03", "line_item_type": "L", "amount": "5"}
    whole = api.commitment(lines=[line, {**line, "cost_code": "03-100"}])
    shown = api.ok(api.get(f"/rest/v1.0/work_order_contracts/{whole['id']}", **P))
    flat = [row["wbs_code"]["flat_code"] for row in shown["line_items"]]
    assert flat == ["G.03.L", "03-100.L"]
    wbs = api.ok(api.get(f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure/wbs_codes"))
    kinds = {row["flat_code"]: {item["segment"]["type"] for item in row["segment_items"]} for row in wbs}
    assert kinds == {"G.03.L": {"sub_job", "cost_code", "line_item_type"}, "03-100.L": {"cost_code", "line_item_type"}}
    assert segment_codes(api) == {"cost_code": len(api.ok(api.get(CODES, **P))), "line_item_type": 5, "sub_job": 1}
    rows = api.ok(api.get("/rest/v1.0/budget_views/9002/detail_rows", **P))
    assert {(row["biller_type"], row["biller_id"]) for row in rows} == {("Project", PROJECT), ("SubJob", made["id"])}
    assert LABOR in [row["category_id"] for row in rows]


def test_a_user_may_enter_and_edit_one(api: Api) -> None:
    ids = api.stand.control("POST", "/seed", {"sub_jobs": [{"company_id": 562949, **P, "name": "Garage", "code": "G"}]})
    (number,) = ids["sub_jobs"]
    api.stand.control("POST", f"/edit/sub_jobs/{number}", {"name": "Deck"})
    (book,) = api.stand.control("GET", "/books/sub_jobs")
    assert (book["name"], api.ok(api.get(f"{PATH}/{number}", **P))["name"]) == ("Deck", "Deck")
