"""Commitment change orders and their lines: shapes, rules, sums, freezing (procore-api §3, §6)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_documents import CCO, V2
from tests.sandbox.procore.stand import PROJECT, WO, Api, Json

P = {"project_id": PROJECT}
LINE = {"cost_code": "03-100", "line_item_type": "S", "amount": "200"}


def entered(api: Api, **fields: Json) -> Json:
    """A change order as a user would enter it: by default approved, one line on the commitment's only line."""
    if "contract_id" not in fields:
        fields["contract_id"] = api.commitment()["id"]
    body = {"title": "More", "status": "approved", "lines": [{**LINE, "commitment_line": 1}], **fields}
    return api.stand.control("POST", "/commitment_change_orders", body)


def lines_path(change_order: int) -> str:
    return f"{V2}/commitment_change_orders/{change_order}/line_items"


def commitment(api: Api, number: int) -> Json:
    return api.ok(api.get(f"{WO}/{number}", **P))


def change(api: Api, number: int, **fields: Json) -> Json:
    return api.patch(f"{CCO}/{number}", {"change_order": fields})


def test_a_change_order_has_a_head_in_v1_and_lines_in_v2(api: Api) -> None:
    base = api.commitment()
    fields = {"contract_id": base["id"], "title": "Footings", "description": "Deeper", "due_date": "2026-06-30"}
    made = api.ok(api.post(CCO, {"change_order": fields}), 201)
    assert (made["number"], made["revision"], made["status"]) == ("001", 0, "draft")
    assert (made["type"], made["grand_total"], made["reviewed_at"]) == ("CommitmentChangeOrder", "0.0", None)
    assert "origin_id" not in made
    assert "paid_date" not in made
    wbs = str(api.ok(api.get(f"{WO}/{base['id']}", **P))["line_items"][0]["wbs_code"]["id"])
    line = {"wbs_code_id": wbs, "quantity": "2.5", "unit_cost": "10.10", "uom": "cy"}
    path = lines_path(made["id"])
    added = api.ok(api.post(path, {**line, "commitment_line_item_id": str(base["line_item_ids"][0])}))["data"]
    assert (added["amount"], added["quantity"], added["extended_type"]) == ("25.25", 2.5, "calculated")
    assert added["commitment_line_item_id"] == str(base["line_item_ids"][0])
    assert (added["wbs_code_id"], added["wbs_code"]["flat_code"]) == (wbs, "03-100.S")
    new = api.ok(api.post(path, {"wbs_code_id": wbs, "amount": "-5.255"}))["data"]
    assert (new["amount"], new["commitment_line_item_id"], new["position"]) == ("-5.26", None, 2)
    assert api.ok(api.get(f"{CCO}/{made['id']}"))["grand_total"] == "19.99"
    assert api.ok(api.get(path))["data"] == [added, new]
    assert len(commitment(api, base["id"])["line_items"]) == 1


def test_lines_come_in_pages_of_ten(api: Api) -> None:
    made = entered(api, lines=[LINE] * 12)
    first = api.get(lines_path(made["id"]))
    assert (len(first.json()["data"]), first.headers["Total"], 'rel="next"' in first.headers["Link"]) == (
        10,
        "12",
        True,
    )
    assert len(api.ok(api.get(lines_path(made["id"]), page=2))["data"]) == 2
    assert api.ok(api.get(lines_path(made["id"]), page=3))["data"] == []
    assert api.get(lines_path(made["id"]), per_page=1000).headers["Per-Page"] == "100"


def test_a_line_is_changed_and_deleted(api: Api) -> None:
    made = entered(api, lines=[{"cost_code": "03-100", "line_item_type": "S", "quantity": "2", "unit_cost": "5"}])
    path = f"{lines_path(made['id'])}/{made['line_item_ids'][0]}"
    assert api.ok(api.patch(path, {"quantity": "3"}))["data"]["amount"] == "15.0"
    manual = api.ok(api.patch(path, {"amount": "14"}))["data"]
    assert (manual["amount"], manual["extended_type"]) == ("14.0", "manual")
    assert api.ok(api.get(f"{CCO}/{made['id']}"))["grand_total"] == "14.0"
    deleted = api.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.ok(api.get(f"{CCO}/{made['id']}"))["grand_total"] == "0.0"


def test_a_commitment_sums_its_change_orders(api: Api) -> None:
    base = api.commitment()["id"]
    for status, amount in (("approved", "200"), ("pending", "30"), ("pricing", "4"), ("draft", "7"), ("void", "900")):
        entered(api, contract_id=base, status=status, lines=[{**LINE, "amount": amount}])
    shown = commitment(api, base)
    sums = ("grand_total", "approved_change_orders", "pending_change_orders", "draft_change_orders_amount")
    assert [shown[name] for name in sums] == ["1000.0", "200.0", "34.0", "7.0"]
    assert (shown["revised_contract"], shown["pending_revised_contract"]) == ("1200.0", "1234.0")
    (listed,) = api.ok(api.get(WO, **P))
    assert listed["revised_contract"] == "1200.0"
    rows = api.ok(api.get(CCO, params={"filters[contract_id]": base}))
    api.ok(change(api, rows[1]["id"], status="approved"))
    assert commitment(api, base)["approved_change_orders"] == "230.0"
    assert api.delete(f"{CCO}/{rows[1]['id']}").status_code == 204
    assert commitment(api, base)["approved_change_orders"] == "200.0"


def test_being_decided_is_dated(api: Api) -> None:
    made = entered(api, status="pending")
    assert api.ok(api.get(f"{CCO}/{made['id']}"))["reviewed_at"] is None
    decided = api.ok(change(api, made["id"], status="approved"))
    assert decided["created_at"] <= decided["reviewed_at"] <= decided["updated_at"]
    assert decided["reviewed_by"]["name"] == "Connector (service account)"
    undated = entered(api, reviewed_at=None)
    assert api.ok(api.get(f"{CCO}/{undated['id']}"))["reviewed_at"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contract_id": 1}, "contract_id"),
        ({"contract_id": None}, "contract_id"),
        ({"status": "Approved"}, "status"),
        ({"number": "001", "revision": 0}, "number"),
        ({"revision": "first"}, "revision"),
        ({"executed": "perhaps"}, "executed"),
    ],
)
def test_bad_heads_are_refused(api: Api, fields: Json, field: str) -> None:
    base = api.commitment()["id"]
    entered(api, contract_id=base)
    answer = api.post(CCO, {"change_order": {"contract_id": base, **fields}})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert len(api.ok(api.get(CCO))) == 1


def test_number_and_revision_are_unique_in_a_contract(api: Api) -> None:
    made = entered(api)
    base = made["contract_id"]
    assert entered(api, contract_id=base, number="001", revision=1)["number"] == "001"
    assert entered(api, contract_id=base)["number"] == "002"
    assert entered(api)["number"] == "001"
    api.stand.control("POST", "/assumptions", {"change_order_numbers_unique": False})
    try:
        assert entered(api, contract_id=base, number="002")["number"] == "002"
    finally:
        api.stand.control("POST", "/assumptions", {"change_order_numbers_unique": True})


def test_the_contract_is_a_live_one_and_stays(api: Api) -> None:
    made, other = entered(api), api.commitment()["id"]
    assert change(api, made["id"], contract_id=other).json()["fields"] == "contract_id"
    api.ok(api.delete(f"{WO}/{other}", **P))
    assert api.post(CCO, {"change_order": {"contract_id": other}}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"wbs_code_id": None}, "wbs_code_id"),
        ({"wbs_code_id": "5"}, "wbs_code_id"),
        ({"commitment_line_item_id": "5"}, "commitment_line_item_id"),
        ({"prime_line_item_id": "5"}, "prime_line_item_id"),
        ({"uom": "furlong"}, "uom"),
        ({"amount": "lots"}, "amount"),
    ],
)
def test_bad_lines_are_refused(api: Api, fields: Json, field: str) -> None:
    made = entered(api)
    wbs = api.ok(api.get(lines_path(made["id"])))["data"][0]["wbs_code_id"]
    answer = api.post(lines_path(made["id"]), {"wbs_code_id": wbs, "amount": "1", **fields})
    assert answer.status_code == 422
    assert [detail["source"] for detail in answer.json()["error"]["details"]] == [field]
    assert len(api.ok(api.get(lines_path(made["id"])))["data"]) == 1


def test_a_line_names_only_lines_of_its_own_commitment(api: Api) -> None:
    made, foreign = entered(api), api.commitment()["line_item_ids"][0]
    line = f"{lines_path(made['id'])}/{made['line_item_ids'][0]}"
    refused = api.patch(line, {"commitment_line_item_id": str(foreign)})
    assert refused.json()["error"]["details"][0]["source"] == "commitment_line_item_id"


def refusals(api: Api, made: Json) -> list[int]:
    line = f"{lines_path(made['id'])}/{made['line_item_ids'][0]}"
    wbs = api.ok(api.get(line))["data"]["wbs_code_id"]
    return [
        answer.status_code
        for answer in (
            api.patch(line, {"amount": "1"}),
            api.post(lines_path(made["id"]), {"wbs_code_id": wbs, "amount": "1"}),
            api.delete(line),
            api.delete(f"{CCO}/{made['id']}"),
        )
    ]


def test_an_approved_synced_change_order_is_frozen(api: Api) -> None:
    made = entered(api)
    api.stand.control("POST", f"/edit/commitment_change_orders/{made['id']}", {"synced": True})
    assert refusals(api, made) == [422] * 4
    line = f"{lines_path(made['id'])}/{made['line_item_ids'][0]}"
    assert api.ok(api.patch(line, {"amount": "200"}))["data"]["amount"] == "200.0"
    assert api.ok(change(api, made["id"], title="New words"))["title"] == "New words"


@pytest.mark.parametrize("relaxed", ["company", "status", "unsynced"])
def test_otherwise_it_is_not(api: Api, relaxed: str) -> None:
    made = entered(api)
    api.stand.control("POST", f"/edit/commitment_change_orders/{made['id']}", {"synced": relaxed != "unsynced"})
    if relaxed == "company":
        api.stand.control("POST", "/edit/companies/562949", {"freeze_synced_commitments": False})
    if relaxed == "status":
        api.ok(change(api, made["id"], status="pending"))
    assert refusals(api, made) == [200, 200, 204, 204]


def test_a_deleted_change_order_is_gone(api: Api) -> None:
    made = entered(api)
    assert api.delete(f"{CCO}/{made['id']}").status_code == 204
    assert api.get(f"{CCO}/{made['id']}").status_code == 404
    assert api.get(lines_path(made["id"])).status_code == 404
    assert api.ok(api.get(CCO)) == []


def test_an_invoiced_change_order_stays(api: Api) -> None:
    made = entered(api)
    invoice = api.stand.control("POST", "/requisitions", {"commitment_id": made["contract_id"]})
    refused = api.delete(f"{CCO}/{made['id']}")
    assert (refused.status_code, "part of an invoice" in refused.json()["message"]) == (422, True)
    api.ok(api.delete(f"/rest/v1.1/requisitions/{invoice['id']}", **P))
    assert api.delete(f"{CCO}/{made['id']}").status_code == 204


def test_a_line_moves_its_head(api: Api) -> None:
    made = entered(api)
    before = api.ok(api.get(f"{CCO}/{made['id']}"))["updated_at"]
    api.ok(api.patch(f"{lines_path(made['id'])}/{made['line_item_ids'][0]}", {"description": "Words"}))
    assert api.ok(api.get(f"{CCO}/{made['id']}"))["updated_at"] > before


def test_another_project_or_company_sees_nothing(api: Api) -> None:
    made = entered(api)
    assert api.get(f"{CCO.replace(str(PROJECT), '1')}/{made['id']}").status_code == 404
    foreign = lines_path(made["id"]).replace("562949", "1", 1)
    answer = api.get(foreign)
    assert (answer.status_code, set(answer.json())) == (404, {"error"})
