"""Drives the endpoints of budgets: lines, views, forecasts, modifications and changes, with success and with failure.

Rows of view 9001 have keys that the published description leaves out, so only `view_with_columns` asks for them.
"""

from __future__ import annotations

from tests.sandbox.procore.stand import COMPANY, PROJECT, Api, Json

P: Json = {"project_id": PROJECT}
BASE = f"/rest/v1.0/projects/{PROJECT}"
LINES = "/rest/v1.1/budget_line_items"
SYNC = "/rest/v1.0/budget_line_items/sync"
VIEWS = "/rest/v1.0/budget_views"
V20 = f"/rest/v2.0/companies/{COMPANY}/projects/{PROJECT}"
CODES = ("03-100", "03-200", "26-050")


def uses_budget_changes(api: Api, yes: bool) -> None:
    """Which of the two ways to move budget the company has."""
    api.stand.control("POST", f"/edit/companies/{COMPANY}", {"uses_budget_changes": yes})


def wbs_codes(api: Api) -> list[int]:
    """Three WBS codes, made by a user's budget."""
    lines = [{"cost_code": code, "line_item_type": "E", "amount": "100"} for code in CODES]
    api.stand.control("POST", f"/projects/{PROJECT}/budget", {"lines": lines})
    shown = api.stand.control("GET", f"/projects/{PROJECT}/budget")["lines"]
    return [line["wbs_code_id"] for line in shown if line["line_item_type"] == "E"]


def budgets(api: Api) -> None:
    """All of it; afterwards the company uses budget changes."""
    codes = wbs_codes(api)
    ids = lines(api, codes)
    uses_budget_changes(api, False)
    modifications(api, ids)
    locks(api)
    uses_budget_changes(api, True)
    changes(api, codes)
    forecasts(api, ids[0], codes[0])
    views(api)


def lines(api: Api, codes: list[int]) -> list[int]:
    """Budget lines: the first is deleted and added again, the others are synced."""
    first, *others = api.stand.control("GET", f"/projects/{PROJECT}/budget")["lines"][-3:]
    path = f"{V20}/budget_line_items/{first['id']}"
    api.ok(api.delete(path), 204)
    assert api.delete(path).status_code == 404
    body = {"wbs_code_id": codes[0], "quantity": 4, "unit_cost": 12.5, "uom": "cy"}
    made = api.ok(api.post(LINES, {**P, "budget_line_item": body}), 201)
    assert api.post(LINES, {**P, "budget_line_item": body}).status_code == 422
    assert api.post(LINES, P).status_code == 400
    one = f"{LINES}/{made['id']}"
    api.ok(api.patch(one, {**P, "budget_line_item": {"original_budget_amount": 70, "calculation_strategy": "manual"}}))
    assert api.patch(one, {**P, "budget_line_item": {"uom": "furlong"}}).status_code == 422
    api.ok(api.get(one, **P))
    assert api.get(f"{LINES}/1", **P).status_code == 404
    rows = [{"wbs_code_id": code, "original_budget_amount": 200.5} for code in codes]
    api.ok(api.post(SYNC, {**P, "budget_line_items": rows}))
    assert api.post(SYNC, {**P, "budget_line_items": [{"wbs_code_id": 1}]}).status_code == 422
    assert api.post(SYNC, {**P, "budget_line_items": [{}] * 1001}).status_code == 400
    return [made["id"], *(line["id"] for line in others)]


def locks(api: Api) -> None:
    """Locking, unlocking, and the budget itself; it stays locked."""
    path = f"{BASE}/budget"
    api.ok(api.post(f"{path}/lock", None), 201)
    api.ok(api.delete(f"{path}/lock", destroy_all_budget_line_item_transfers="false"))
    assert api.delete(f"{path}/lock").status_code == 422
    api.ok(api.post(f"{path}/lock", None), 201)
    assert api.ok(api.get(path)) == {"locked": True}
    assert api.get("/rest/v1.0/projects/1/budget").status_code == 404


def modifications(api: Api, ids: list[int]) -> None:
    """Budget modifications, and that a company with budget changes only reads them."""
    path = f"{BASE}/budget_modifications"
    api.ok(api.post(f"{BASE}/budget/lock", None), 201)
    pair = {"from_budget_line_item_id": ids[0], "to_budget_line_item_id": ids[1], "transfer_amount": "10.0"}
    made = api.ok(api.post(path, {"budget_modification": {**pair, "notes": "Move", "origin_id": "B-1"}}), 201)
    assert api.post(path, {"budget_modification": {**pair, "origin_id": "B-1"}}).status_code == 422
    assert api.post(path, {}).status_code == 400
    one = f"{path}/{made['id']}"
    api.ok(api.patch(one, {"budget_modification": {**pair, "transfer_amount": "12.5"}}))
    api.ok(api.get(path))
    api.ok(api.get(one))
    assert api.get(f"{path}/1").status_code == 404
    uses_budget_changes(api, True)
    answers = [api.post(path, {"budget_modification": pair}), api.patch(one, {}), api.delete(one)]
    assert [(answer.status_code, answer.headers["allow"]) for answer in answers] == [(405, "GET")] * 3
    uses_budget_changes(api, False)
    api.ok(api.delete(one))
    assert api.delete(one).status_code == 404


def changes(api: Api, codes: list[int]) -> None:
    """Budget changes with their lines."""
    path = f"{BASE}/budget_changes"
    pair = [
        {"ref": "a", "adjustment_number": 1, "wbs_code_id": codes[0], "type": "change_event", "amount": 4500},
        {"ref": "b", "adjustment_number": 1, "wbs_code_id": codes[1], "type": "budget_change", "amount": -4500},
        {"wbs_code_id": codes[2], "calculation_strategy": "automatic", "quantity": 2, "unit_cost": 1.5, "uom": "ea"},
    ]
    body = {"number": 10, "status": "draft", "title": "Equipment", "adjustment_line_items": pair}
    made = api.ok(api.post(path, body), 201)["data"]
    assert api.post(path, body).status_code == 400
    assert api.post(path, {"title": "No status"}).status_code == 400
    one = f"{path}/{made['id']}"
    last = made["adjustment_line_items"][-1]["id"]
    api.ok(api.patch(one, {"status": "approved", "adjustment_line_items": [{"id": last, "amount": 4}]}))
    api.ok(api.patch(one, {"id": made["id"], "adjustment_line_items": [{"id": last, "_delete": True}]}))
    assert api.patch(one, {"adjustment_line_items": [{"id": 1, "amount": 4}]}).status_code == 422
    api.ok(api.get(path))
    api.ok(api.get(one))
    assert api.get(f"{path}/1").status_code == 404
    api.ok(api.get(f"{V20}/budget_changes/adjustment_line_items", per_page=1, page=2))
    spare = api.ok(api.post(path, {"status": "void"}), 201)["data"]
    api.ok(api.delete(f"{path}/{spare['id']}"), 204)
    assert api.delete(f"{path}/{spare['id']}").status_code == 404
    uses_budget_changes(api, False)
    assert api.post(path, {"status": "draft"}).status_code == 403
    uses_budget_changes(api, True)


def forecasts(api: Api, line: int, code: int) -> None:
    """Manual forecast lines."""
    path = f"{BASE}/manual_forecast_line_items"
    item = {"description": "Foreman", "quantity": 5, "uom": "months", "unit_cost": 2250.5}
    made = api.ok(api.post(path, {**item, "wbs_code_id": code}), 201)["data"]
    assert api.post(path, item).status_code == 400
    one = f"{path}/{made['id']}"
    api.ok(api.patch(one, {"budget_line_item_id": line, "amount": 11000}))
    assert api.patch(one, {"wbs_code_id": 1}).status_code == 404
    api.ok(api.get(path))
    api.ok(api.post(path, {"budget_line_item_id": line, "amount": 7}), 201)
    assert api.send("DELETE", one, {}).status_code == 400
    api.ok(api.send("DELETE", one, {"wbs_code_id": code}), 204)


def views(api: Api) -> None:
    """Views, and the rows of the one with standard columns only."""
    api.ok(api.get(VIEWS, **P, sort="created_at"))
    for view in (9001, 9002):
        api.ok(api.get(f"{VIEWS}/{view}/budget_detail_columns", **P))
    assert api.get(f"{VIEWS}/1/budget_detail_columns", **P).status_code == 404
    for kind in ("budgeted", "unbudgeted", "all"):
        for rows in ("detail_rows", "summary_rows"):
            api.ok(api.get(f"{VIEWS}/9002/{rows}", **P, budget_row_type=kind, per_page=2))
    assert api.get(f"{VIEWS}/9002/detail_rows", **P, budget_row_type="some").status_code == 400
    for group in ("project", "biller", "category", "cost_code", "root_cost_code", "cost_code_name"):
        api.ok(api.get(f"{VIEWS}/9002/summary_rows", **P, group_by=group))
    assert api.get(f"{VIEWS}/9002/summary_rows", **P, group_by="colour").status_code == 400


def view_with_columns(api: Api) -> None:
    """The rows of a view that has columns of its own."""
    wbs_codes(api)
    for rows in ("detail_rows", "summary_rows"):
        api.ok(api.get(f"{VIEWS}/9001/{rows}", **P))
