"""The controls that enter, change and show change orders, prime contracts, invoices and payments."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import PROJECT, Api, Json, Stand

P = {"project_id": PROJECT}
LINE = {"cost_code": "03-100", "line_item_type": "S", "amount": "100"}


def books(stand: Stand, table: str) -> Json:
    return stand.control("GET", f"/books/{table}")


def test_many_at_once_and_contracts_by_number(api: Api) -> None:
    stand = api.stand
    bodies = [{**P, "type": "WorkOrderContract", "number": f"SC-{n}", "lines": [LINE]} for n in range(200)]
    stand.control("POST", "/commitments", {"commitments": bodies})
    orders = [{**P, "commitment": f"SC-{n}", "status": "approved", "lines": [LINE, LINE]} for n in range(200)]
    answer = stand.control("POST", "/commitment_change_orders", {"commitment_change_orders": orders})
    assert (len(answer["ids"]), answer["commitment_change_orders"][7]["grand_total"]) == (200, "200.0")
    invoices = [{**P, "commitment": f"SC-{n}", "items": [{"line": 1, "work_completed_this_period": "10"}]}
                for n in (3, 4)]  # fmt: skip
    unclear = {**P, "commitment": "SC-5", "items": [{"change_order": "001", "comment": "which?"}]}
    assert "2 records fit item" in stand.control("POST", "/requisitions", unclear, status=400)["error"]
    assert books(stand, "requisitions") == []
    assert len(stand.control("POST", "/requisitions", {"requisitions": invoices})["ids"]) == 2


def test_books_show_documents_whole(api: Api) -> None:
    stand, base = api.stand, api.commitment()
    stand.control(
        "POST", "/commitment_change_orders", {"contract_id": base["id"], "status": "approved", "lines": [LINE]}
    )
    stand.control(
        "POST",
        "/requisitions",
        {
            "commitment_id": base["id"],
            "items": [
                {"line": 1, "comment": "a"},
            ],
        },
    )
    (order,) = books(stand, "commitment_change_orders")
    assert [line["amount"] for line in order["line_items"]] == ["100.0"]
    assert "markups" not in order
    (invoice,) = books(stand, "requisitions")
    assert [item["scheduled_value"] for item in invoice["items"]] == ["1000.0", "100.0"]
    assert invoice["items"][1]["change_order_id"] == order["id"]
    assert invoice["summary"]["contract_sum_to_date"] == "1100.0"
    stand.control("POST", "/prime_contracts", {**P, "lines": [LINE], "markups": [
        {"name": "Fee", "markup_set": "vertical", "percentage": "10", "prime_line": 1}]})  # fmt: skip
    (prime,) = books(stand, "prime_contracts")
    assert prime["markup_amounts"] == [{"markup_id": prime["markups"][0]["id"], "line_id": None, "amount": "10.0"}]
    assert prime["markups"][0]["prime_line_item_id"] == prime["line_items"][0]["id"]


def test_lines_and_markups_of_what_is_there(api: Api) -> None:
    stand = api.stand
    stand.control("POST", "/prime_contracts", {**P, "lines": [LINE]})
    made = stand.control("POST", "/prime_change_orders", {**P, "lines": [LINE]})
    path = f"/prime_change_orders/{made['id']}"
    assert stand.control("POST", f"{path}/lines", LINE)["grand_total"] == "200.0"
    fee = {"name": "Fee", "markup_set": "horizontal", "percentage": "50"}
    assert stand.control("POST", f"{path}/markups", fee)["grand_total"] == "300.0"
    replaced = stand.control("PUT", f"{path}/lines", {"lines": [{**LINE, "amount": "10"}]})
    assert (replaced["grand_total"], len(replaced["line_item_ids"])) == ("15.0", 1)
    stand.control("POST", f"/edit/markups/{replaced['markup_ids'][0]}", {"percentage": "0"})
    line = replaced["line_item_ids"][0]
    assert stand.control("POST", f"/edit/prime_change_order_lines/{line}", {"amount": "11"})["amount"] == "11.0"
    assert books(stand, "prime_change_orders")[0]["grand_total"] == "11.0"
    stand.control("DELETE", f"/prime_change_order_lines/{line}")
    stand.control("DELETE", f"/markups/{replaced['markup_ids'][0]}")
    (order,) = books(stand, "prime_change_orders")
    assert (order["line_items"], order["markups"], order["grand_total"]) == ([], [], "0.0")


def test_every_document_can_be_edited_and_deleted(api: Api) -> None:
    stand, base = api.stand, api.commitment()["id"]
    prime = {**P, "lines": [LINE]}
    days = {"start_date": "2026-05-01", "end_date": "2026-05-31", "due_date": "2026-05-25"}
    entered = [
        ("prime_contracts", prime, {"title": "T"}),
        ("prime_line_items", None, {"description": "T"}),
        ("prime_change_orders", {**P, "status": "approved"}, {"status": "rejected"}),
        ("commitment_change_orders", {"contract_id": base}, {"synced": True}),
        ("billing_periods", {**P, **days}, {"status": "closed"}),
        ("requisitions", {"commitment_id": base, "origin_id": "R"}, {"billing_date": "2026-06-01"}),
        ("contract_payments", {**P, "contract_id": base, "amount": "1", "origin_id": "C"}, {"status": "void"}),
    ]
    for table, body, _ in entered:
        if body is not None:
            stand.control("POST", f"/{table}", body)
    for table, _, change in reversed(entered):
        (row,) = books(stand, table)
        edited = stand.control("POST", f"/edit/{table}/{row['id']}", change)
        assert {name: edited[name] for name in change} == change
        assert edited["updated_at"] > row["updated_at"]
        stand.control("DELETE", f"/{table}/{row['id']}")
        assert all(left["deleted_at"] for left in books(stand, table))
        if table != "prime_line_items":
            stand.control("DELETE", f"/{table}/{row['id']}", status=404)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/commitment_change_orders", {"contract_id": 1}, "there is no contract_id 1"),
        ("/commitment_change_orders", P, "contract_id or commitment is missing"),
        ("/commitment_change_orders", {**P, "commitment": "Nope"}, "0 records fit commitment"),
        ("/commitment_change_orders", {"contract_id": "base", "colour": "red"}, "unknown fields: colour"),
        ("/commitment_change_orders", {"contract_id": "base", "lines": [{**LINE, "cost_code": "77"}]}, "there is no cost_code"),
        ("/commitment_change_orders", {"contract_id": "base", "lines": [{**LINE, "commitment_line": 9}]}, "0 records fit"),
        ("/commitment_change_orders", {"contract_id": "base", "status": "maybe"}, "status is not included"),
        ("/prime_change_orders", P, "0 records fit prime_contract"),
        ("/prime_contracts", {"project_id": 1}, "there is no project 1"),
        ("/requisitions", {"commitment_id": "base", "items": [{"line": 9}]}, "0 records fit item"),
        ("/requisitions", {"commitment_id": "base", "items": [{"line": 1, "colour": 1}]}, "unknown fields: colour"),
        ("/contract_payments", {**P, "contract_id": "base", "requisition": 3, "amount": "1"}, "0 records fit requisition"),
        ("/contract_payments", {**P, "contract_id": 1, "amount": "1"}, "there is no contract_id 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_entered_says_why(api: Api, path: str, body: Json, words: str) -> None:
    base = api.commitment()["id"]
    named = {name: base if value == "base" else value for name, value in body.items()}
    answer = api.stand.control("POST", path, named, status=400)
    assert words in answer["error"]
    assert books(api.stand, path.strip("/")) == []


def test_a_seed_may_hold_documents(stand: Stand) -> None:
    document = {
        "commitments": [{"id": 50, **P, "type": "WorkOrderContract", "number": "SC-9", "lines": [LINE]}],
        "prime_contracts": [{"id": 60, **P, "lines": [LINE]}],
        "commitment_change_orders": [{"id": 70, "contract_id": 50, "status": "approved", "lines": [LINE]}],
        "prime_change_orders": [{"id": 71, **P, "lines": [LINE]}],
        "requisitions": [{"id": 80, "commitment_id": 50, "items": [{"line": 1, "work_completed_this_period": "9"}]}],
        "contract_payments": [{"id": 90, **P, "contract_id": 50, "requisition": 1, "amount": "9"}],
    }
    ids = stand.control("POST", "/seed", document)
    assert ids == {name: [rows[0]["id"]] for name, rows in document.items()}
    assert books(stand, "requisitions")[0]["summary"]["contract_sum_to_date"] == "200.0"
