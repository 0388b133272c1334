"""Budget views: their columns, rows and sums."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.procore.drive_budgets import BASE, VIEWS, uses_budget_changes
from tests.sandbox.procore.stand import COMPANY, CONCRETE, PROJECT, STEEL, SUBCONTRACT, Api, Json

ENTER = f"/projects/{PROJECT}/budget"
COST = "estimated_cost_at_completion"


def rows(api: Api, view: int = 9001, kind: str = "detail_rows", **query: object) -> list[Json]:
    """The rows of a view."""
    shown: list[Json] = api.ok(api.get(f"{VIEWS}/{view}/{kind}", project_id=PROJECT, **query))
    return shown


def one(code: str, amount: str, **fields: str) -> Json:
    """A line on a subcontract code."""
    return {"cost_code": code, "line_item_type": "S", "amount": amount, **fields}


@pytest.fixture
def budget(api: Api) -> Api:
    """Three lines: a typed forecast with a formula's yield, a typed forecast, and neither."""
    lines = [
        one("03-100", "1000", forecast="300", forecast_notes="Late", estimated_cost_at_completion="1234.56"),
        one("03-200", "500.25", forecast="40"),
        one("26-050", "2000"),
    ]
    api.stand.control("POST", ENTER, {"locked": True, "lines": lines})
    return api


def test_views_of_a_project(api: Api) -> None:
    views = api.ok(api.get(VIEWS, project_id=PROJECT))
    assert [(row["id"], row["name"]) for row in views] == [
        (9001, "Procore Standard Budget"), (9002, "Original Budget Only"),
    ]  # fmt: skip
    assert views[0]["links"]["detail_rows"].endswith("/budget_views/9001/detail_rows")
    assert api.get(VIEWS, project_id=1).status_code == 404
    assert len(api.ok(api.get(VIEWS))) == 2
    assert [row["id"] for row in api.ok(api.get(VIEWS, sort="-created_at"))] == [9002, 9001]


def test_the_columns_say_what_a_view_s_keys_mean(api: Api) -> None:
    def columns(view: int) -> dict[str, str]:
        found = api.ok(api.get(f"{VIEWS}/{view}/budget_detail_columns", project_id=PROJECT))
        return {row["name"]: row["id"] for row in found}

    assert columns(9001)["Estimated Cost at Completion"] == COST
    assert columns(9001)["Forecast to Complete"] == "budget_forecast"
    assert "Estimated Cost at Completion" not in columns(9002)
    api.stand.control("POST", "/assumptions", {"formula_columns_listed": False})
    try:
        assert "Estimated Cost at Completion" not in columns(9001)
        assert columns(9001)["Committed Costs"] == "committed_costs"
    finally:
        api.stand.control("POST", "/assumptions", {"formula_columns_listed": True})


def test_a_detail_row(budget: Api) -> None:
    first = rows(budget)[0]
    line = budget.stand.control("GET", ENTER)["lines"][0]
    assert (first["id"], first["wbs_code_id"]) == (line["id"], line["wbs_code_id"])
    assert (first["cost_code_id"], first["category_id"]) == (CONCRETE, SUBCONTRACT)
    assert (first["cost_code"], first["root_cost_code"]) == ("03-100 - Concrete", "03 - Concrete")
    assert (first["category"], first["biller"], first["biller_type"]) == (
        "Subcontract", "Harbour View Medical Center", "Project",
    )  # fmt: skip
    assert (first["original_budget_amount"], first["budget_modifications"]) == ("1000.0", "0.0")
    assert (first[COST], first["revised_budget"], first["deletable"]) == ("1234.56", "1000.0", False)
    assert "unbudgeted_reason" not in first
    del first["budget_forecast"]["id"]
    assert first["budget_forecast"] == {
        "manual_amount": "300.0",
        "automatic_amount": "1000.0",
        "amount": "300.0",
        "automatically_calculated": False,
        "calculation_strategy": "lump_sum",
        "notes": "Late",
    }


def test_the_cost_code_s_origin_id_is_in_the_row(budget: Api) -> None:
    path = "/rest/v1.0/cost_codes/sync"
    budget.ok(budget.patch(path, {"updates": [{"id": CONCRETE, "origin_id": "01-03-100"}]}, project_id=PROJECT))
    assert [row["cost_code_origin_id"] for row in rows(budget)] == ["01-03-100", None, None]
    listed = budget.ok(budget.get("/rest/v1.0/cost_codes", project_id=PROJECT, params={"filters[id]": CONCRETE}))
    kept = ("full_code", "budgeted", "origin_id")
    assert [listed[0][name] for name in kept] == ["03-100", True, "01-03-100"]
    assert "S" in [kind["code"] for kind in listed[0]["line_item_types"]]


def test_figures_follow_commitments_changes_and_forecasts(budget: Api) -> None:
    budget.commitment(lines=[one("26-050", "1500")])
    budget.commitment(status="Draft", lines=[one("26-050", "99")])
    change = {"status": "approved", "lines": [one("03-200", "100"), one("26-050", "-100")]}
    budget.stand.control("POST", f"{ENTER}_changes", change)
    _, steel, electrical = rows(budget)
    assert (steel["budget_modifications"], steel["revised_budget"]) == ("100.0", "600.25")
    assert (steel["budget_forecast"]["amount"], steel[COST]) == ("40.0", "40.0")
    assert (electrical["committed_costs"], electrical["revised_budget"]) == ("1500.0", "1900.0")
    assert electrical["budget_forecast"]["calculation_strategy"] == "automatic"
    assert (electrical["budget_forecast"]["amount"], electrical[COST]) == ("400.0", "1900.0")
    item = {"budget_line_item_id": electrical["id"], "amount": 250}
    budget.ok(budget.post(f"{BASE}/manual_forecast_line_items", item), 201)
    electrical = rows(budget)[2]
    assert (electrical["budget_forecast"]["calculation_strategy"], electrical[COST]) == ("itemized", "1750.0")


def test_approved_change_orders_are_committed_too(budget: Api) -> None:
    made = budget.commitment(lines=[one("26-050", "1500")])
    for status in ("approved", "pending"):
        order = {"commitment": made["number"], "project_id": PROJECT, "status": status, "lines": [one("26-050", "80")]}
        budget.stand.control("POST", "/commitment_change_orders", order)
    assert [row["committed_costs"] for row in rows(budget)] == ["0.0", "0.0", "1580.0"]


def test_modifications_show_in_the_rows(budget: Api) -> None:
    uses_budget_changes(budget, False)
    sides = {side: {"cost_code": code, "line_item_type": "S"} for side, code in (("from", "03-100"), ("to", "03-200"))}
    budget.stand.control("POST", f"{ENTER}_modifications", {**sides, "amount": "12.34"})
    assert [row["budget_modifications"] for row in rows(budget)] == ["-12.34", "12.34", "0.0"]


def test_filters_order_and_pages(budget: Api) -> None:
    assert [row["cost_code_id"] for row in rows(budget, params={"cost_code_id[]": [CONCRETE, STEEL]})] == [
        CONCRETE,
        STEEL,
    ]
    last = rows(budget)[2]
    assert rows(budget, params={"budget_line_item_id[]": last["id"]}) == [last]
    assert rows(budget, params={"biller[]": f"id={PROJECT},type=Project", "category_id[]": 1}) == []
    assert rows(budget, params={"biller[]": "id=5,type=SubJob"}) == []
    assert rows(budget, sort="-cost_code")[0] == last
    page = budget.get(f"{VIEWS}/9002/detail_rows", project_id=PROJECT, per_page=2)
    assert (page.headers["Total"], len(page.json())) == ("3", 2)
    assert rows(budget, per_page=2, page=9) == []


def test_unbudgeted_rows(budget: Api) -> None:
    budget.commitment(lines=[one("22-100", "70")])
    line = next(row for row in rows(budget) if row["cost_code"].startswith("22-100"))
    assert line["original_budget_amount"] == "0.0"
    segments = budget.ok(budget.get(f"{BASE}/work_breakdown_structure/segments"))
    items = [
        {"segment_id": segment["id"], "segment_item_id": listed[-1]["id"]}
        for segment in segments
        if (listed := budget.ok(budget.get(f"{BASE}/work_breakdown_structure/segments/{segment['id']}/segment_items")))
    ]
    budget.ok(budget.post(f"{BASE}/work_breakdown_structure/wbs_codes", {"segment_items": items}), 201)
    (bare,) = rows(budget, budget_row_type="unbudgeted")
    assert (bare["id"], bare["deletable"]) == (None, False)
    assert bare["unbudgeted_reason"]
    assert len(rows(budget, budget_row_type="all")) == len(rows(budget)) + 1 == 5


def test_sums_by_division_and_otherwise(budget: Api) -> None:
    divisions = rows(budget, kind="summary_rows")
    assert [(row["name"], row["original_budget_amount"], row[COST]) for row in divisions] == [
        ("03 - Concrete", "1500.25", "1274.56"),
        ("26 - Electrical", "2000.0", "2000.0"),
    ]
    (whole,) = rows(budget, kind="summary_rows", group_by="biller")
    assert (whole["id"], whole["biller_type"], whole["original_budget_amount"]) == (str(PROJECT), "Project", "3500.25")
    assert whole["budget_forecast"] == {"amount": "2340.0"}
    assert len(rows(budget, kind="summary_rows", group_by="cost_code")) == 3


def test_a_view_may_spell_its_column_otherwise(budget: Api) -> None:
    column = {"key": "562949953499999", "name": "Estimated Cost at Completion", "shows": COST, "type": "formula"}
    view = {"id": 9003, "company_id": COMPANY, "name": "Ours", "columns": [column]}
    budget.stand.control("POST", "/seed", {"budget_views": [view]})
    assert [row["562949953499999"] for row in rows(budget, 9003)] == ["1234.56", "40.0", "2000.0"]
    assert COST not in rows(budget, 9002)[0]
    for wrong in ({**column, "shows": "weather"}, {**column, "type": "magic"}, {"key": "x"}):
        budget.stand.control("POST", "/edit/budget_views/9003", {"columns": [wrong]}, status=400)


def test_a_user_s_budget_is_entered_again_and_again(api: Api) -> None:
    first = api.stand.control("POST", ENTER, {"lines": [one("03-100", "10"), one("03-200", "20")]})
    assert (first["locked"], first["total"]) == (False, "30.0")
    again = api.stand.control("POST", ENTER, {"locked": True, "lines": [one("03-100", "11")]})
    assert (again["locked"], again["total"], again["line_item_ids"]) == (True, "31.0", first["line_item_ids"][:1])
    locked = api.stand.control("POST", ENTER, {"lines": [one("03-200", "22")]})
    assert (locked["locked"], locked["total"]) == (True, "33.0")
    assert api.stand.control("DELETE", f"{ENTER}/lock") == {"locked": False}
    assert api.stand.control("POST", f"{ENTER}/lock") == {"locked": True}
    assert api.stand.control("DELETE", f"{ENTER}/lines/{first['line_item_ids'][1]}") == {"status": "removed"}
    assert api.stand.control("GET", ENTER)["total"] == "11.0"
    assert len(api.stand.control("GET", "/books/budget_line_items")) == 1
    for wrong in ({"lines": [one("88-888", "1")]}, {"lines": [{**one("03-100", "1"), "price": 1}]}, {"colour": "red"}):
        api.stand.control("POST", ENTER, wrong, status=400)
    api.stand.control("GET", "/projects/1/budget", status=404)


def test_hundreds_of_lines_are_quick(api: Api) -> None:
    codes = [
        {"company_id": COMPANY, "project_id": PROJECT, "code": f"70-{n:03}", "name": f"Code {n}"} for n in range(200)
    ]
    api.stand.control("POST", "/seed", {"cost_codes": codes})
    lines = [
        {"cost_code": row["code"], "line_item_type": kind, "amount": "1.01"}
        for row in codes
        for kind in ("L", "M", "S", "O")
    ]
    begun = time.monotonic()
    answer = api.stand.control("POST", ENTER, {"locked": True, "lines": lines})
    assert answer["total"] == "808.0"
    shown = rows(api, per_page=2000)
    assert len(shown) == 800
    assert time.monotonic() - begun < 5
