"""The controls: the books, a Procore user's edits, seeds and the record of traffic."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from sandbox.procore.traffic import KEPT_ROWS, LEFT_OUT, Exchange, Traffic
from tests.sandbox.procore.stand import ACME, BAKER, COMPANY, CONCRETE, LABOR, PROJECT, WO, Api, Json, Stand, started


def test_books_show_what_is_kept(api: Api) -> None:
    made = api.commitment(number="SC-9")
    (row,) = api.stand.control("GET", "/books/commitments")
    assert (row["id"], row["number"], row["line_items"][0]["amount"]) == (made["id"], "SC-9", "1000.0")
    assert api.stand.control("GET", "/books/purchase_order_contracts") == []
    assert len(api.stand.control("GET", "/books/work_order_contracts")) == 1
    assert api.stand.control("GET", "/books/commitments?project_id=1") == []
    assert api.stand.control("GET", "/books")["vendors"] == 6


def test_commitments_are_entered_in_bulk(api: Api) -> None:
    line = {"cost_code": "03-200", "line_item_type": "M", "quantity": "4", "unit_cost": "2.50", "uom": "ton"}
    one = {"project_id": PROJECT, "type": "PurchaseOrderContract", "vendor_id": BAKER, "lines": [line, line]}
    answer = api.stand.control("POST", "/commitments", {"commitments": [one, {**one, "number": "PO-X"}]})
    assert [row["number"] for row in answer["commitments"]] == ["PO-001", "PO-X"]
    assert [row["grand_total"] for row in answer["commitments"]] == ["20.0", "20.0"]
    assert answer["ids"] == [row["id"] for row in answer["commitments"]]


@pytest.mark.parametrize(
    "body",
    [
        {"project_id": 1, "type": "WorkOrderContract"},
        {"project_id": PROJECT, "type": "Subcontract"},
        {"project_id": PROJECT, "type": "WorkOrderContract", "colour": "red"},
        {"project_id": PROJECT, "type": "WorkOrderContract", "vendor_id": 1},
        {"project_id": PROJECT, "type": "WorkOrderContract", "lines": [{"cost_code": "88-888", "line_item_type": "S"}]},
        {"project_id": PROJECT, "type": "WorkOrderContract", "lines": [{"cost_code": "03-100", "line_item_type": "?"}]},
        {"project_id": PROJECT, "type": "WorkOrderContract", "lines": [{"cost_code": "03-100", "price": 1}]},
        {"project_id": PROJECT, "type": "WorkOrderContract", "lines": [{"cost_code": "03-100"}]},
    ],
)
def test_a_wrong_commitment_leaves_nothing(api: Api, body: Json) -> None:
    assert api.stand.control("POST", "/commitments", body, status=400)["error"]
    assert api.stand.control("GET", "/books/commitments") == []


def test_a_line_of_a_converted_bid_has_no_cost_type_until_somebody_gives_it_one(api: Api) -> None:
    line = {"cost_code": "03-100", "amount": "250", "from_bid": True}
    body = {"project_id": PROJECT, "type": "WorkOrderContract", "vendor_id": ACME, "lines": [line]}
    made = api.stand.control("POST", "/commitments", body)
    path = f"{WO}/{made['id']}"
    whole = api.get(path, project_id=PROJECT).json()
    (shown,) = whole["line_items"]
    assert (shown["cost_code"]["full_code"], shown["line_item_type"], shown["wbs_code"]) == ("03-100", None, None)
    assert whole["grand_total"] == "250.0"
    written = {"project_id": PROJECT, "line_item": {"origin_id": "01|1"}}
    assert api.ok(api.patch(f"{path}/line_items/{shown['id']}", written))["origin_id"] == "01|1"
    api.stand.control("POST", f"/edit/line_items/{shown['id']}", {"line_item_type_id": LABOR})
    (typed,) = api.get(path, project_id=PROJECT).json()["line_items"]
    assert typed["wbs_code"]["flat_code"] == "03-100.L"


def test_a_user_may_edit_what_the_api_may_not(api: Api) -> None:
    made = api.commitment(origin_id="01-SC")
    path = f"{WO}/{made['id']}"
    before = api.get(path, project_id=PROJECT).json()
    api.stand.control("POST", f"/edit/commitments/{made['id']}", {"vendor_id": BAKER, "title": "Edited"})
    api.stand.control("POST", f"/edit/line_items/{made['line_item_ids'][0]}", {"amount": "1200"})
    after = api.get(path, project_id=PROJECT).json()
    assert (after["vendor"]["id"], after["title"], after["grand_total"]) == (BAKER, "Edited", "1200.0")
    assert after["updated_at"] > before["updated_at"]


def test_a_user_may_add_replace_and_remove_lines(api: Api) -> None:
    made = api.commitment(origin_id="01-SC")
    lines = f"/commitments/{made['id']}/lines"
    added = api.stand.control("POST", lines, {"cost_code": "03-200", "line_item_type": "M", "amount": "50"})
    assert added["grand_total"] == "1050.0"
    removed = api.stand.control("DELETE", f"{lines}/{made['line_item_ids'][0]}")
    assert removed["grand_total"] == "50.0"
    fresh = [{"cost_code": "26-050", "line_item_type": "L", "amount": str(n)} for n in (1, 2)]
    replaced = api.stand.control("PUT", lines, {"lines": fresh})
    assert replaced["grand_total"] == "3.0"
    whole = api.get(f"{WO}/{made['id']}", project_id=PROJECT).json()
    assert [row["id"] for row in whole["line_items"]] == replaced["line_item_ids"]
    api.stand.control("PUT", lines, {"rows": []}, status=400)
    api.stand.control("DELETE", f"{lines}/5", status=404)


def test_a_user_may_delete_and_restore(api: Api) -> None:
    made = api.commitment(origin_id="01-SC")
    api.stand.control("DELETE", f"/commitments/{made['id']}")
    assert api.get(f"{WO}/{made['id']}", project_id=PROJECT).status_code == 404
    api.stand.control("DELETE", f"/commitments/{made['id']}", status=404)
    api.stand.control("POST", f"/edit/commitments/{made['id']}", {"deleted_at": None})
    assert api.get(f"{WO}/{made['id']}", project_id=PROJECT).status_code == 200


def test_wrong_edits_are_refused(api: Api) -> None:
    api.stand.control("POST", f"/edit/vendors/{ACME}", {"name": ""}, status=400)
    api.stand.control("POST", f"/edit/vendors/{ACME}", {"shoe_size": 44}, status=400)
    api.stand.control("POST", "/edit/vendors/1", {"name": "x"}, status=404)
    api.stand.control("POST", "/edit/dragons/1", {"name": "x"}, status=404)
    assert api.get(f"/rest/v1.0/vendors/{ACME}", company_id=COMPANY).json()["name"] == "Acme Concrete LLC"


def test_seeds_are_all_or_nothing(api: Api) -> None:
    good = {"company_id": COMPANY, "name": "Good"}
    api.stand.control("POST", "/seed", {"vendors": [good, {"company_id": COMPANY}]}, status=400)
    api.stand.control("POST", "/seed", {"vendors": [{"name": "No company"}]}, status=400)
    api.stand.control("POST", "/seed", {"dragons": []}, status=400)
    assert api.stand.control("GET", "/books")["vendors"] == 6
    assert len(api.stand.control("POST", "/seed", {"vendors": [good, good]})["vendors"]) == 2


def test_reset_brings_the_seed_back(api: Api) -> None:
    api.commitment()
    api.stand.control("POST", "/faults", {"status": 500})
    api.stand.control("POST", "/reset")
    assert api.stand.control("GET", "/books/commitments") == []
    assert api.stand.control("GET", "/faults") == []
    assert api.get("/rest/v1.0/me").status_code == 401
    assert api.stand.api().get("/rest/v1.0/me").status_code == 200


def test_controls_refuse_nonsense(stand: Stand) -> None:
    stand.control("GET", "/nowhere", status=404)
    stand.control("POST", "/assumptions", {"weather": "fine"}, status=400)
    stand.control("POST", "/assumptions", {"retry_after_on_429": "perhaps"}, status=400)
    stand.control("POST", "/limits", {"daily": 1}, status=400)
    stand.control("POST", "/clock", {"advance_seconds": -1}, status=400)
    stand.control("POST", "/clock", {}, status=400)
    assert stand.control("GET", "/health") == {"status": "ok"}
    assert stand.control("GET", "/limits")["enabled"] is False
    assert stand.control("GET", "/assumptions")["missing_company_header_status"] == 400


def test_traffic_is_remembered_and_counted(api: Api) -> None:
    api.stand.control("POST", "/traffic/reset")
    api.get("/rest/v1.0/vendors/4101", company_id=COMPANY)
    api.get("/rest/v1.0/vendors/4102", company_id=COMPANY)
    api.patch("/rest/v1.0/vendors/4102", {"company_id": COMPANY, "vendor": {"name": ""}})
    (patch,) = api.stand.control("GET", "/traffic?method=PATCH&path=vendors")
    assert (patch["status"], patch["request"]["vendor"], patch["fault"]) == (422, {"name": ""}, None)
    assert len(api.stand.control("GET", "/traffic?limit=2")) == 2
    assert api.stand.control("GET", "/traffic/summary") == [
        {"method": "GET", "path": "/rest/v1.0/vendors/{id}", "status": 200, "count": 2},
        {"method": "PATCH", "path": "/rest/v1.0/vendors/{id}", "status": 422, "count": 1},
    ]
    api.stand.control("POST", "/traffic/reset")
    assert api.stand.control("GET", "/traffic") == []


def test_the_traffic_file_has_every_honest_exchange(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    with started("--traffic", str(file)) as stand:
        api = stand.api()
        api.get("/rest/v1.0/vendors", params={"company_id": COMPANY, "filters[id][]": [4101, 4102]})
        for fault in ({"malformed": True}, {"drop": ["0.name"]}, {"cut": True}, {"status": 503}):
            stand.control("POST", "/faults", fault)
            with suppress(httpx.RemoteProtocolError):
                api.get("/rest/v1.0/vendors", company_id=COMPANY)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/oauth/token", 200),
        ("GET", "/rest/v1.0/vendors", 200),
        ("GET", "/rest/v1.0/vendors", 503),
    ]
    assert set(lines[1]) == {"method", "path", "query", "request", "status", "response"}
    assert lines[1]["query"] == {"company_id": str(COMPANY), "filters[id][]": ["4101", "4102"]}
    assert (lines[1]["request"], len(lines[1]["response"])) == (None, 2)
    assert lines[0]["request"]["client_secret"] == "***"


def test_old_bodies_give_way_to_many_rows() -> None:
    kept = Traffic(None)
    small = Exchange("GET", "/a", {}, None, 200, [{"id": 1}])
    bulky = [Exchange("PATCH", "/b/sync", {}, {"updates": [{}] * KEPT_ROWS}, 200, None) for _ in range(3)]
    for exchange in (small, *bulky):
        kept.note(exchange, honest=True)
    assert [row["request"] == LEFT_OUT for row in kept.matching(None, "sync")] == [True, True, False]
    assert kept.matching("GET", None)[0]["response"] == [{"id": 1}]
    assert [row["count"] for row in kept.summary()] == [1, 3]


def test_plain_records_are_entered_and_deleted(api: Api) -> None:
    body = {"project_id": PROJECT, "cost_code_id": CONCRETE, "line_item_type_id": LABOR}
    cost = api.stand.control("POST", "/erp_job_costs", {**body, "job_to_date_cost": "5"})
    pair = api.stand.control("POST", "/cost_code_line_item_types", {**body, "synced": True})
    (job,) = api.stand.control("POST", "/sub_jobs", {"sub_jobs": [{"project_id": PROJECT, "name": "A", "code": "A"}]})[
        "ids"
    ]
    api.stand.control("POST", "/sub_jobs", {"project_id": PROJECT, "name": "A", "code": "A"}, status=400)
    for table, number in (("erp_job_costs", cost["id"]), ("cost_code_line_item_types", pair["id"]), ("sub_jobs", job)):
        api.stand.control("DELETE", f"/{table}/{number}")
        (row,) = api.stand.control("GET", f"/books/{table}")
        assert row["deleted_at"]
        api.stand.control("DELETE", f"/{table}/{number}", status=404)
