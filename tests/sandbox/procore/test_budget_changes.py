"""Budget changes and their adjustment lines."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_budgets import BASE, V20, uses_budget_changes, wbs_codes
from tests.sandbox.procore.stand import COMPANY, PROJECT, Api, Json

CHANGES = f"{BASE}/budget_changes"
LINES = f"{V20}/budget_changes/adjustment_line_items"
ENTER = f"/projects/{PROJECT}/budget_changes"
TO = {"cost_code": "03-100", "line_item_type": "S", "amount": "500"}
FROM = {"cost_code": "03-200", "line_item_type": "M", "amount": "-500"}


def pair(codes: list[int]) -> list[Json]:
    """A "to" and a "from" line of one adjustment."""
    return [
        {"ref": "item1", "adjustment_number": 1, "wbs_code_id": codes[0], "type": "change_event", "amount": 4500},
        {"ref": "item2", "adjustment_number": 1, "wbs_code_id": codes[1], "type": "budget_change", "amount": -4500},
    ]


def made(api: Api, **fields: object) -> Json:
    """A budget change made over the API."""
    return api.ok(api.post(CHANGES, {"status": "draft", **fields}), 201)["data"]


def test_a_change_holds_its_lines(api: Api) -> None:
    codes = wbs_codes(api)
    change = made(api, number=10, title="Equipment", description="<p>x</p>", adjustment_line_items=pair(codes))
    assert (change["number"], change["status"], change["erp_status"]) == (10, "draft", "not_integrated")
    assert "amount" not in change
    shown = api.ok(api.get(f"{CHANGES}/{change['id']}"))["data"]
    assert (shown["amount"], shown["prime_contract"]) == (0, None)
    to, _ = shown["adjustment_line_items"]
    assert (to["type"], to["amount"], to["ref"], to["adjustment_number"]) == ("change_event", 4500, "item1", 1)
    assert to["wbs_code"]["flat_code"] == "03-100.E"
    (brief,) = api.ok(api.get(CHANGES))["data"]
    assert (brief["id"], brief["title"], brief["amount"]) == (change["id"], "Equipment", 0)
    assert "adjustment_line_items" not in brief
    assert made(api)["number"] == 11


def test_lines_are_changed_added_and_deleted(api: Api) -> None:
    codes = wbs_codes(api)
    change = made(api, adjustment_line_items=pair(codes))
    to, out = (line["id"] for line in change["adjustment_line_items"])
    one = f"{CHANGES}/{change['id']}"
    body = {"id": change["id"], "title": "New", "adjustment_line_items": [{"id": to, "amount": 500}]}
    assert [row["amount"] for row in api.ok(api.patch(one, body))["data"]["adjustment_line_items"]] == [500, -4500]
    orphan = api.patch(one, {"adjustment_line_items": [{"id": to, "_delete": True}]})
    assert (orphan.status_code, set(orphan.json())) == (422, {"message", "error"})
    added = {"wbs_code_id": codes[2], "calculation_strategy": "automatic", "quantity": 3, "unit_cost": 0.335}
    body = {"adjustment_line_items": [{"id": out, "_delete": True}, added]}
    lines = api.ok(api.patch(one, body))["data"]["adjustment_line_items"]
    assert [(row["type"], row["adjustment_number"], row["amount"]) for row in lines] == [
        ("change_event", 1, 500),
        ("change_event", 2, 1.01),
    ]
    assert api.ok(api.patch(one, {"status": "void"}))["data"]["amount"] == 501.01


@pytest.mark.parametrize(
    "line",
    [
        {"type": "budget_change", "amount": 1},
        {"type": "budget_change", "adjustment_number": 9, "amount": 1},
        {"type": "transfer"},
        {"wbs_code_id": 1},
        {"uom": "furlong"},
        {"amount": "much"},
        {"id": 5, "amount": 1},
        "nothing",
    ],
)
def test_wrong_lines(api: Api, line: Json) -> None:
    answer = api.post(CHANGES, {"status": "draft", "adjustment_line_items": [line]})
    assert (answer.status_code, set(answer.json())) == (400, {"errors"})
    assert answer.json()["errors"][0]["field"] == "adjustment_line_items"
    assert api.ok(api.get(CHANGES))["data"] == []


def test_a_change_needs_a_status_and_a_free_number(api: Api) -> None:
    assert api.post(CHANGES, {"title": "No status"}).json()["errors"][0]["field"] == "status"
    assert api.post(CHANGES, {"status": "done"}).status_code == 400
    change = made(api, number=3)
    assert api.post(CHANGES, {"status": "draft", "number": 3}).status_code == 400
    other = made(api)
    assert api.patch(f"{CHANGES}/{other['id']}", {"number": 3}).status_code == 422
    api.ok(api.delete(f"{CHANGES}/{change['id']}"), 204)
    assert api.get(f"{CHANGES}/{change['id']}").json() == {"errors": [{"message": "Resource not found"}]}
    assert api.ok(api.patch(f"{CHANGES}/{other['id']}", {"number": 3}))["data"]["number"] == 3


def test_all_lines_of_a_project(api: Api) -> None:
    api.stand.control("POST", ENTER, {"title": "Big", "lines": [TO] * 12})
    page = api.get(LINES)
    assert (page.headers["Total"], len(page.json()["data"])) == ("12", 10)
    row = api.ok(api.get(LINES, page=2))["data"][0]
    assert (row["budget_change_name"], row["budget_change_number"], row["amount"]) == ("Big", "1", 500)
    assert isinstance(row["id"], str)
    assert isinstance(row["wbs_code_id"], str)
    assert len(api.ok(api.get(LINES, per_page=500))["data"]) == 12


def test_only_approved_changes_move_the_budget(api: Api) -> None:
    api.stand.control("POST", f"/projects/{PROJECT}/budget", {"lines": [{**TO, "amount": "1000"}]})
    change = api.stand.control("POST", ENTER, {"title": "Shift", "lines": [TO, FROM]})

    def figures() -> list[tuple[str, str, str]]:
        lines = api.stand.control("GET", f"/projects/{PROJECT}/budget")["lines"]
        return [(row["cost_code"], row["amount"], row["budget_modifications"]) for row in lines]

    assert figures() == [("03-100", "1000.0", "0.0")]
    api.ok(api.patch(f"{CHANGES}/{change['id']}", {"status": "approved"}))
    assert figures() == [("03-100", "1000.0", "500.0"), ("03-200", "0.0", "-500.0")]
    api.stand.control("POST", f"/edit/budget_changes/{change['id']}", {"status": "void"})
    assert figures() == [("03-100", "1000.0", "0.0"), ("03-200", "0.0", "0.0")]


def test_a_user_enters_changes(api: Api) -> None:
    many = {"budget_changes": [{"title": "A", "status": "approved", "lines": [TO, FROM, TO]}, {"number": 9}]}
    answer = api.stand.control("POST", ENTER, many)
    assert [row["number"] for row in answer["budget_changes"]] == [1, 9]
    first = answer["ids"][0]
    lines = api.ok(api.get(f"{CHANGES}/{first}"))["data"]["adjustment_line_items"]
    assert [(row["type"], row["adjustment_number"]) for row in lines] == [
        ("change_event", 1), ("budget_change", 1), ("change_event", 2),
    ]  # fmt: skip
    replaced = api.stand.control("PUT", f"/budget_changes/{first}/lines", {"lines": [TO]})
    assert len(replaced["line_ids"]) == 1
    api.stand.control("POST", f"/edit/budget_changes/{first}", {"erp_status": "synced", "title": "B"})
    shown = api.ok(api.get(f"{CHANGES}/{first}"))["data"]
    assert (shown["erp_status"], shown["title"], shown["amount"]) == ("synced", "B", 500)
    api.stand.control("DELETE", f"/budget_changes/{first}")
    api.stand.control("DELETE", f"/budget_changes/{first}", status=404)
    api.stand.control("POST", ENTER, {"colour": "red"}, status=400)
    api.stand.control("POST", ENTER, {"lines": [{**TO, "cost_code": "88-888"}]}, status=400)


def test_a_company_with_modifications_writes_no_changes(api: Api) -> None:
    change = made(api)
    uses_budget_changes(api, False)
    one = f"{CHANGES}/{change['id']}"
    assert api.post(CHANGES, {"status": "draft"}).status_code == 403
    assert [api.patch(one, {}).status_code, api.delete(one).status_code] == [403, 403]
    assert len(api.ok(api.get(CHANGES))["data"]) == 1
    api.stand.control("POST", ENTER, {"title": "No"}, status=400)


def test_an_erp_project_says_that_a_change_is_not_in_the_erp(api: Api) -> None:
    api.stand.control("POST", f"/edit/projects/{PROJECT}", {"erp_integrated": True})
    change = made(api)
    assert change["erp_status"] == "not_in_erp"
    assert change["currency_configuration"] == {"currency_iso_code": "USD"}
    assert api.stand.control("GET", "/books/budget_changes")[0]["company_id"] == COMPANY
