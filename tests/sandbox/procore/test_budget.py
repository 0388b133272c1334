"""The budget, its lock, its lines, its modifications and manual forecasts."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_budgets import BASE, LINES, SYNC, V20, uses_budget_changes
from tests.sandbox.procore.stand import COMPANY, CONCRETE, PROJECT, Api, Json

LOCK = f"{BASE}/budget/lock"
MODIFICATIONS = f"{BASE}/budget_modifications"
FORECASTS = f"{BASE}/manual_forecast_line_items"
ENTER = f"/projects/{PROJECT}/budget"


def entered(api: Api, *amounts: str, locked: bool = True) -> list[Json]:
    """A budget of so many lines, as the control shows them."""
    codes = ("03-100", "03-200", "26-050")
    lines = [
        {"cost_code": code, "line_item_type": "S", "amount": amount}
        for code, amount in zip(codes, amounts, strict=False)
    ]
    api.stand.control("POST", ENTER, {"locked": locked, "lines": lines})
    shown: list[Json] = api.stand.control("GET", ENTER)["lines"]
    return shown


def line(api: Api, number: int) -> Json:
    """A budget line as v1.1 shows it."""
    return api.ok(api.get(f"{LINES}/{number}", project_id=PROJECT))


def changed(api: Api, number: int, **fields: object) -> int:
    """The status of an attempt to change a budget line."""
    return api.patch(f"{LINES}/{number}", {"project_id": PROJECT, "budget_line_item": fields}).status_code


def test_locking_and_unlocking(api: Api) -> None:
    assert api.get(f"{BASE}/budget").json() == {"locked": False}
    refused = api.delete(LOCK)
    assert (refused.status_code, refused.json()["message"]) == (422, "base the budget isn't locked")
    assert api.ok(api.post(LOCK, None), 201) == {"locked": True}
    assert api.ok(api.post(LOCK, None), 201) == {"locked": True}
    assert api.get(f"{BASE}/budget").json() == {"locked": True}
    assert api.delete(LOCK, destroy_all_budget_line_item_transfers="perhaps").status_code == 422
    assert api.ok(api.delete(LOCK)) == {"locked": False}


def test_a_line_has_numbers_and_a_wbs_code(api: Api) -> None:
    (one,) = entered(api, "1000.10", locked=False)
    assert line(api, one["id"]) == {
        "id": one["id"],
        "original_budget_amount": 1000.1,
        "uom": None,
        "quantity": None,
        "unit_cost": None,
        "calculation_strategy": "manual",
        "wbs_code": {"id": one["wbs_code_id"], "flat_code": "03-100.S", "description": "Concrete.Subcontract"},
        "currency_configuration": {"currency_iso_code": "USD"},
    }
    body = {"calculation_strategy": "automatic", "quantity": 3, "unit_cost": 33.335}
    assert changed(api, one["id"], **body) == 200
    assert line(api, one["id"])["original_budget_amount"] == 100.01


def test_one_line_a_wbs_code(api: Api) -> None:
    (one,) = entered(api, "1000", locked=False)
    body = {"project_id": PROJECT, "budget_line_item": {"wbs_code_id": one["wbs_code_id"]}}
    answer = api.post(LINES, body)
    assert (answer.status_code, set(answer.json())) == (422, {"message", "error"})
    assert answer.json()["message"] == "wbs_code_id has already been taken"
    for wrong in ({}, {"wbs_code_id": 1}, {"wbs_code_id": one["wbs_code_id"], "original_budget_amount": "much"}):
        assert api.post(LINES, {"project_id": PROJECT, "budget_line_item": wrong}).status_code == 422


def test_a_locked_budget_keeps_its_original_amounts(api: Api) -> None:
    first, second = entered(api, "1000", "500")
    assert changed(api, first["id"], original_budget_amount=1) == 422
    assert changed(api, first["id"], uom="cy") == 422
    assert changed(api, first["id"], original_budget_amount=1000) == 200
    path = f"{V20}/budget_line_items/{second['id']}"
    refused = api.delete(path)
    assert (refused.status_code, set(refused.json())) == (422, {"error"})
    api.ok(api.delete(LOCK))
    assert changed(api, first["id"], original_budget_amount=1001) == 200
    api.ok(api.delete(path), 204)


def test_a_line_added_to_a_locked_budget_is_at_zero(api: Api) -> None:
    first, second = entered(api, "1000", "500", locked=False)
    api.ok(api.delete(f"{V20}/budget_line_items/{second['id']}"), 204)
    api.ok(api.post(LOCK, None), 201)
    fields = {"wbs_code_id": second["wbs_code_id"]}
    full = {"project_id": PROJECT, "budget_line_item": {**fields, "original_budget_amount": 5}}
    assert api.post(LINES, full).status_code == 422
    units = {"project_id": PROJECT, "budget_line_item": {**fields, "quantity": 5, "unit_cost": 1}}
    assert api.post(LINES, units).status_code == 422
    made = api.ok(api.post(LINES, {"project_id": PROJECT, "budget_line_item": fields}), 201)
    assert made["original_budget_amount"] == 0
    assert line(api, first["id"])["original_budget_amount"] == 1000


def test_the_sync_is_a_post_of_all_or_nothing(api: Api) -> None:
    first, second = entered(api, "1000", "500", locked=False)
    rows = [
        {"id": first["id"], "wbs_code_id": first["wbs_code_id"], "original_budget_amount": 1},
        {"wbs_code_id": second["wbs_code_id"], "original_budget_amount": 2},
    ]
    answer = api.ok(api.post(SYNC, {"project_id": PROJECT, "budget_line_items": rows}))
    assert [(row["id"], row["original_budget_amount"]) for row in answer] == [(first["id"], 1), (second["id"], 2)]
    rows = [{**rows[0], "original_budget_amount": 9}, {"id": 5, "wbs_code_id": 5}]
    refused = api.post(SYNC, {"project_id": PROJECT, "budget_line_items": rows})
    assert (refused.status_code, refused.json()["message"]) == (422, "id Entity with this ID not found")
    assert line(api, first["id"])["original_budget_amount"] == 1
    assert api.post(SYNC, {"project_id": PROJECT}).status_code == 400


def test_a_budgeted_code_says_so(api: Api) -> None:
    def shown() -> Json:
        return api.ok(api.get(f"/rest/v1.0/cost_codes/{CONCRETE}", project_id=PROJECT))

    assert shown()["budgeted"] is False
    (one,) = entered(api, "1000", locked=False)
    assert shown()["budgeted"] is True
    api.ok(api.delete(f"{V20}/budget_line_items/{one['id']}"), 204)
    assert shown()["budgeted"] is False


def test_a_commitment_on_a_code_without_a_budget_line_adds_one_at_zero(api: Api) -> None:
    entered(api, "1000")
    api.commitment(lines=[{"cost_code": "26-050", "line_item_type": "L", "amount": "7"}] * 2)
    lines = api.stand.control("GET", ENTER)["lines"]
    assert [(row["cost_code"], row["line_item_type"], row["amount"]) for row in lines] == [
        ("03-100", "S", "1000.0"),
        ("26-050", "L", "0.0"),
    ]
    api.stand.control("DELETE", f"{ENTER}/lines/{lines[1]['id']}", status=400)


@pytest.fixture
def legacy(api: Api) -> Api:
    """A caller whose company uses budget modifications."""
    uses_budget_changes(api, False)
    return api


def modification(api: Api, **fields: object) -> Json:
    """The answer to a new modification."""
    return api.post(MODIFICATIONS, {"budget_modification": fields})


def test_a_modification_moves_budget(legacy: Api) -> None:
    first, second = entered(legacy, "1000", "500")
    sides = {"from_budget_line_item_id": first["id"], "to_budget_line_item_id": second["id"]}
    made = legacy.ok(modification(legacy, **sides, transfer_amount="45.5", notes="Move", origin_id="M-1"), 201)
    assert made["transfer_amount"] == "45.5"
    assert (made["notes"], made["origin_id"], made["origin_data"]) == ("Move", "M-1", None)
    assert legacy.ok(legacy.get(MODIFICATIONS)) == [made]
    lines = legacy.stand.control("GET", ENTER)["lines"]
    assert [row["budget_modifications"] for row in lines] == ["-45.5", "45.5"]
    assert [row["amount"] for row in lines] == ["1000.0", "500.0"]


def test_wrong_modifications(legacy: Api) -> None:
    first, second = entered(legacy, "1000", "500")
    to = {"to_budget_line_item_id": second["id"]}
    for fields in (
        {**to, "transfer_amount": "1"},
        {**to, "from_budget_line_item_id": second["id"], "transfer_amount": "1"},
        {**to, "from_budget_line_item_id": 1, "transfer_amount": "1"},
        {**to, "from_budget_line_item_id": first["id"]},
        {"from_budget_line_item_id": first["id"], "transfer_amount": "1"},
    ):
        assert modification(legacy, **fields).status_code == 422, fields
    legacy.stand.control("POST", ENTER, {"allow_grand_total_modifications": True})
    assert modification(legacy, **to, transfer_amount="1").status_code == 201
    legacy.stand.control("DELETE", ENTER + "/lock")
    assert modification(legacy, **to, transfer_amount="1").status_code == 422
    legacy.stand.control("POST", "/assumptions", {"modifications_need_a_lock": False})
    try:
        assert modification(legacy, **to, transfer_amount="1").status_code == 201
    finally:
        legacy.stand.control("POST", "/assumptions", {"modifications_need_a_lock": True})


def moved(api: Api) -> Json:
    """A modification of a locked budget, entered by a user."""
    entered(api, "1000", "500")
    codes = [{"cost_code": code, "line_item_type": "S"} for code in ("03-100", "03-200")]
    body = {"from": codes[0], "to": codes[1], "amount": "10"}
    return api.stand.control("POST", f"/projects/{PROJECT}/budget_modifications", body)


def test_unlocking_destroys_modifications_unless_told_not_to(legacy: Api) -> None:
    moved(legacy)
    legacy.ok(legacy.delete(LOCK, destroy_all_budget_line_item_transfers="false"))
    assert len(legacy.get(MODIFICATIONS).json()) == 1
    legacy.ok(legacy.post(LOCK, None), 201)
    legacy.ok(legacy.delete(LOCK))
    assert legacy.get(MODIFICATIONS).json() == []


def test_an_erp_project_keeps_its_modifications(legacy: Api) -> None:
    moved(legacy)
    legacy.stand.control("POST", f"/edit/projects/{PROJECT}", {"erp_integrated": True})
    assert legacy.delete(LOCK).status_code == 422
    legacy.stand.control("POST", "/assumptions", {"unlock_keeps_modifications": False})
    try:
        assert legacy.delete(LOCK, destroy_all_budget_line_item_transfers="false").status_code == 422
    finally:
        legacy.stand.control("POST", "/assumptions", {"unlock_keeps_modifications": True})
    assert legacy.get(f"{BASE}/budget").json() == {"locked": True}
    legacy.ok(legacy.delete(LOCK, destroy_all_budget_line_item_transfers="false"))


def test_a_company_with_budget_changes_only_reads_modifications(legacy: Api) -> None:
    made = moved(legacy)
    uses_budget_changes(legacy, True)
    one = f"{MODIFICATIONS}/{made['id']}"
    for answer in (legacy.post(MODIFICATIONS, {}), legacy.patch(one, {}), legacy.delete(one)):
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert "Budget Changes" in answer.json()["message"]
    assert legacy.ok(legacy.get(one))["transfer_amount"] == "10.0"
    assert len(legacy.get(MODIFICATIONS).json()) == 1


def test_an_origin_id_is_one_modification_s_in_the_company(legacy: Api) -> None:
    first, second = entered(legacy, "1000", "500")
    sides = {"from_budget_line_item_id": first["id"], "to_budget_line_item_id": second["id"], "transfer_amount": "1"}
    made = legacy.ok(modification(legacy, **sides, origin_id="M-1"), 201)
    assert modification(legacy, **sides, origin_id="M-1").status_code == 422
    one = f"{MODIFICATIONS}/{made['id']}"
    assert legacy.ok(legacy.patch(one, {"budget_modification": {"origin_id": "M-2"}}))["origin_id"] == "M-2"


def test_manual_forecast_lines(api: Api) -> None:
    first, second = entered(api, "1000", "500")
    item = {
        "wbs_code_id": first["wbs_code_id"],
        "description": "Foreman",
        "quantity": 5,
        "unit_cost": 20.5,
        "uom": "months",
    }
    made = api.ok(api.post(FORECASTS, item), 201)["data"]
    assert (made["amount"], made["unit_cost"], made["quantity"]) == ("102.5", "20.5", 5)
    assert (made["budget_line_item_id"], made["company_id"]) == (first["id"], COMPANY)
    one = f"{FORECASTS}/{made['id']}"
    own = {"budget_line_item_id": first["id"]}
    assert api.ok(api.patch(one, {**own, "amount": 90}))["data"]["amount"] == "90.0"
    assert api.ok(api.patch(one, {**own, "quantity": 2}))["data"]["amount"] == "41.0"
    assert api.ok(api.patch(one, {**own, "description": "Two"}))["data"]["amount"] == "41.0"
    assert api.patch(one, {"budget_line_item_id": second["id"]}).status_code == 404
    assert api.patch(one, {"description": "No parent"}).status_code == 400
    assert [row["amount"] for row in api.ok(api.get(FORECASTS))] == ["41.0"]
    assert api.stand.control("GET", ENTER)["lines"][0]["forecast"] == "41.0"
    api.ok(api.send("DELETE", one, own), 204)
    assert api.ok(api.get(FORECASTS)) == []
