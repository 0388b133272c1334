"""Job costs that an ERP hands in, and cost types assigned to cost codes (procore-api §4.2, partner documentation)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import COMPANY, CONCRETE, LABOR, LIST, MATERIALS, PROJECT, STEEL, Api, Json

PATH = "/rest/v1.0/erp_job_costs"
ASSIGN = "/rest/v1.0/cost_code_line_item_types/sync"
TAKE_BACK = "/rest/v1.0/cost_codes_line_item_types"
CODES = "/rest/v1.0/cost_codes"
JOB = "01|1042"
ROW = {"cost_code_id": CONCRETE, "line_item_type_id": LABOR}


@pytest.fixture(autouse=True)
def job(api: Api) -> None:
    """The project has an external id."""
    api.stand.control("POST", f"/edit/projects/{PROJECT}", {"origin_id": JOB})


def sent(api: Api, *rows: Json, status: int = 200, **fields: Json) -> Json:
    body = {"company_id": COMPANY, "job_origin_id": JOB, "updates": list(rows), **fields}
    return api.ok(api.patch(f"{PATH}/sync", body), status)


def kept(api: Api) -> Json:
    return [row for row in api.stand.control("GET", "/books/erp_job_costs") if not row["deleted_at"]]


def test_a_row_is_known_by_code_and_type(api: Api) -> None:
    first = {**ROW, "job_to_date_cost": 120.5, "job_to_date_units": "8", "original_estimate": "1000"}
    (made,) = sent(api, first)["entities"]
    assert (made["project_id"], made["job_to_date_cost"], made["job_to_date_units"]) == (PROJECT, "120.5", "8.0")
    answer = sent(api, {**ROW, "job_to_date_cost": "130"}, {**ROW, "line_item_type_id": MATERIALS, "paid_amount": 1})
    assert [row["id"] == made["id"] for row in answer["entities"]] == [True, False]
    (again, other) = kept(api)
    assert (again["job_to_date_cost"], again["original_estimate"]) == ("130.0", "1000.0")
    assert (other["paid_amount"], other["job_to_date_cost"]) == ("1.0", None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"cost_code_id": 5}, "cost_code_id"), ({"cost_code_id": None}, "cost_code_id"),
     ({"line_item_type_id": 5}, "line_item_type_id"), ({"job_to_date_cost": "much"}, "job_to_date_cost"),
     ({"id": 5}, "id")],
)  # fmt: skip
def test_bad_rows_are_refused_one_by_one(api: Api, fields: Json, field: str) -> None:
    answer = sent(api, {**ROW, "estimate": 1, **fields}, {**ROW, "estimate": 2})
    assert [list(row["errors"]) for row in answer["errors"]] == [[field]]
    assert [row["estimate"] for row in kept(api)] == ["2.0"]


def test_a_row_can_not_take_the_place_of_another(api: Api) -> None:
    answer = sent(api, ROW, {**ROW, "cost_code_id": STEEL})
    moved = sent(api, {"id": answer["entities"][1]["id"], **ROW})
    assert moved["errors"][0]["errors"] == {"cost_code_id": ["has already been taken"]}


def test_an_unknown_job_is_not_found(api: Api) -> None:
    sent(api, ROW, job_origin_id="01|9", status=404)
    sent(api, ROW, job_origin_id=None, status=400)
    api.stand.control("POST", f"/edit/projects/{PROJECT}", {"permitted": False})
    sent(api, ROW, status=403)
    assert kept(api) == []


def test_a_company_without_the_endpoint_is_refused(api: Api) -> None:
    (made,) = sent(api, ROW)["entities"]
    api.stand.control("POST", f"/edit/companies/{COMPANY}", {"erp_job_costs_activated": False})
    sent(api, ROW, status=403)
    assert api.delete(f"{PATH}/{made['id']}").status_code == 403
    api.stand.control("POST", f"/edit/companies/{COMPANY}", {"erp_job_costs_activated": True})
    assert api.delete(f"{PATH}/{made['id']}").status_code == 200
    assert (api.delete(f"{PATH}/{made['id']}").status_code, kept(api)) == (404, [])
    assert sent(api, ROW)["entities"][0]["id"] != made["id"]


def types_of(api: Api, code: int, **query: Json) -> list[int]:
    shown = api.ok(api.get(f"{CODES}/{code}", project_id=PROJECT, **query))
    return [row["id"] for row in shown["line_item_types"]]


def fresh_code(api: Api, **query: Json) -> int:
    body = {"updates": [{"code": "777", "name": "Fresh"}]}
    return int(api.ok(api.patch(f"{CODES}/sync", body, project_id=PROJECT, **query))["entities"][0]["id"])


def test_a_type_is_assigned_and_taken_back(api: Api) -> None:
    code = fresh_code(api)
    row = {"cost_code_id": code, "line_item_type_id": LABOR, "synced": True}
    other = {**row, "line_item_type_id": MATERIALS}
    first, second = api.ok(api.patch(ASSIGN, {"updates": [row, other]}, project_id=PROJECT))["entities"]
    assert (first["synced"], types_of(api, code)) == (True, [LABOR, MATERIALS])
    (again,) = api.ok(api.patch(ASSIGN, {"updates": [{**row, "synced": False}]}, project_id=PROJECT))["entities"]
    assert (again["id"], again["synced"]) == (first["id"], False)
    assert api.delete(f"{TAKE_BACK}/{first['id']}").status_code == 200
    assert types_of(api, code) == [MATERIALS]
    assert api.delete(f"{TAKE_BACK}/{first['id']}").status_code == 404
    assert second["id"] != first["id"]


def test_an_assignment_in_use_stays(api: Api) -> None:
    (made,) = api.ok(api.patch(ASSIGN, {"updates": [{**ROW, "synced": True}]}, project_id=PROJECT))["entities"]
    api.commitment(lines=[{"cost_code": "03-100", "line_item_type": "L", "amount": "1"}])
    assert api.delete(f"{TAKE_BACK}/{made['id']}").status_code == 422
    assert LABOR in types_of(api, CONCRETE)


def test_bad_assignments_are_refused(api: Api) -> None:
    rows = [{**ROW, "cost_code_id": 5}, {**ROW, "line_item_type_id": 5}, {"synced": True}, {"id": 5, **ROW}]
    answer = api.ok(api.patch(ASSIGN, {"updates": rows}, project_id=PROJECT))
    assert [sorted(row["errors"]) for row in answer["errors"]] == [
        ["cost_code_id"],
        ["line_item_type_id"],
        ["cost_code_id", "line_item_type_id"],
        ["id"],
    ]
    assert api.patch(ASSIGN, {"updates": rows}).status_code == 400


def test_a_sub_jobs_codes_are_named_with_it(api: Api) -> None:
    body = {"project_id": PROJECT, "sub_job": {"name": "Garage", "code": "G"}}
    sub_job = api.ok(api.post("/rest/v1.0/sub_jobs", body), 201)["id"]
    code = fresh_code(api, sub_job_id=sub_job)
    body = {"updates": [{"cost_code_id": code, "line_item_type_id": LABOR, "synced": True}]}
    assert len(api.ok(api.patch(ASSIGN, body, project_id=PROJECT))["errors"]) == 1
    assert len(api.ok(api.patch(ASSIGN, body, project_id=PROJECT, sub_job_id=sub_job))["entities"]) == 1
    assert types_of(api, code, sub_job_id=sub_job) == [LABOR]


def test_standard_codes_have_no_default_types(api: Api) -> None:
    """The references have no endpoint for them: what a row says of types is ignored as any unknown key."""
    scope = {"company_id": COMPANY, "standard_cost_code_list_id": LIST}
    body = {**scope, "updates": [{"code": "06", "name": "Wood", "line_item_type_ids": [LABOR]}]}
    (made,) = api.ok(api.patch("/rest/v1.0/standard_cost_codes/sync", body))["entities"]
    assert "line_item_type_ids" not in made
