"""Prime contracts, their change orders and markups (procore-api §8, requirements R-15)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_documents import CCO, MARKUPS, PCCO, PRIME, PRIMES, V2
from tests.sandbox.procore.stand import ACME, PROJECT, Api, Json

P = {"project_id": PROJECT}
REVENUE = {"cost_code": "03-100", "line_item_type": "S", "amount": "10000"}


def prime(api: Api, **fields: Json) -> Json:
    """A prime contract as a user would enter it."""
    body = {**P, "title": "Harbour View", "status": "Approved", "vendor_id": ACME, "lines": [REVENUE], **fields}
    return api.stand.control("POST", "/prime_contracts", body)


def change_order(api: Api, **fields: Json) -> Json:
    """A change order of the project's only prime contract."""
    body = {**P, "title": "Lobby", "status": "approved", "lines": [{**REVENUE, "amount": "100"}], **fields}
    return api.stand.control("POST", "/prime_change_orders", body)


def shown(api: Api, number: int) -> Json:
    return api.ok(api.get(f"{PRIME}/{number}", **P))


def total(api: Api, number: int) -> str:
    return str(api.ok(api.get(f"{PCCO}/{number}"))["grand_total"])


def holder(kind: str, number: int) -> Json:
    return {**P, "holder_type": kind, "holder_id": number}


def test_a_prime_contract_with_lines(api: Api) -> None:
    made = prime(api, number="1042", origin_id="01|1042")
    whole = shown(api, made["id"])
    assert (whole["number"], whole["type"], whole["grand_total"]) == ("1042", "PrimeContract", "10000.0")
    assert (whole["origin_id"], whole["vendor"]["name"]) == ("01|1042", "Acme Concrete LLC")
    (line,) = whole["line_items"]
    assert (line["amount"], line["holder"]) == ("10000.0", {"id": made["id"], "holder_type": "PrimeContract"})
    assert line["line_item_type"]["code"] == "S"
    assert api.ok(api.get(PRIME, **P)) == whole
    (listed,) = api.ok(api.get(PRIMES, **P))
    assert (listed["id"], listed["grand_total"], "line_items" in listed) == (made["id"], "10000.0", False)


def test_prime_lines_leave_cost_codes_unbudgeted_and_have_their_own_origin_ids(api: Api) -> None:
    base = api.commitment(lines=[{**REVENUE, "origin_id": "L1"}])
    made = prime(api, lines=[{**REVENUE, "cost_code": "03-200", "origin_id": "L1"}])
    assert api.ok(api.get("/rest/v1.0/cost_codes/7104", **P))["budgeted"] is False
    path = f"{PRIMES}/{made['id']}/line_items"
    twin = api.post(path, {**P, "line_item": {"cost_code_id": 7103, "line_item_type_id": 3003, "origin_id": "L1"}})
    assert (twin.status_code, twin.json()["fields"]) == (422, "origin_id")
    assert base["line_item_ids"] != made["line_item_ids"]


def test_lines_are_synced_by_id_and_by_origin_id(api: Api) -> None:
    made = prime(api)
    (first,) = made["line_item_ids"]
    codes = {"cost_code_id": 7104, "line_item_type_id": 3003}
    rows = [{"id": first, "amount": "9000", "origin_id": "A"}, {**codes, "amount": "50", "origin_id": "B"}, {"id": 5}]
    answer = api.ok(api.patch(f"{PRIMES}/{made['id']}/line_items/sync", {"updates": rows}, **P))
    assert [row["amount"] for row in answer["entities"]] == ["9000.0", "50.0"]
    assert answer["errors"] == [{"id": 5, "errors": {"id": ["Entity with this ID not found"]}}]
    assert shown(api, made["id"])["grand_total"] == "9050.0"
    api.ok(api.patch(f"{PRIMES}/{made['id']}/line_items/sync", {"updates": [{"origin_id": "B", "amount": "60"}]}, **P))
    assert shown(api, made["id"])["line_items_total"] == "9060.0"


def test_the_first_contract_of_a_project(api: Api) -> None:
    assert api.get(PRIME, **P).status_code == 404
    first, second = prime(api), prime(api)
    assert api.ok(api.get(PRIME, **P))["id"] == first["id"]
    assert (first["number"], second["number"]) == ("1", "2")
    api.ok(api.delete(f"{PRIME}/{first['id']}", **P))
    assert api.ok(api.get(PRIME, **P))["id"] == second["id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"status": "Void"}, "status"), ({"vendor_id": 1}, "vendor_id"), ({"contractor_id": 1}, "contractor_id"),
     ({"accounting_method": "lump"}, "accounting_method")],
)  # fmt: skip
def test_bad_contracts_are_refused(api: Api, fields: Json, field: str) -> None:
    answer = api.post(PRIME, {**P, "prime_contract": fields})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)


def test_a_change_order_names_prime_lines(api: Api) -> None:
    contract = prime(api)
    made = change_order(api, lines=[{**REVENUE, "amount": "100", "prime_line": 1}, {**REVENUE, "amount": "20"}])
    (named, free) = api.ok(api.get(f"{V2}/prime_change_orders/{made['id']}/line_items"))["data"]
    assert (named["prime_line_item_id"], free["prime_line_item_id"]) == (str(contract["line_item_ids"][0]), None)
    assert "commitment_line_item_id" not in named
    path = f"{V2}/prime_change_orders/{made['id']}/line_items"
    body = {"wbs_code_id": named["wbs_code_id"], "amount": "1", "prime_line_item_id": named["prime_line_item_id"]}
    added = api.ok(api.post(path, body))["data"]
    assert added["prime_line_item_id"] is None
    own = {"prime_line_item_id": named["prime_line_item_id"]}
    assert api.ok(api.patch(f"{path}/{added['id']}", own))["data"]["prime_line_item_id"] == own["prime_line_item_id"]


def test_a_prime_contract_sums_its_change_orders(api: Api) -> None:
    contract = prime(api)
    change_order(api)
    change_order(api, status="pending", lines=[{**REVENUE, "amount": "7"}])
    whole = shown(api, contract["id"])
    assert (whole["approved_change_orders"], whole["pending_change_orders_amount"]) == ("100.0", "7.0")
    assert (whole["revised_contract_amount"], whole["pending_revised_contract_amount"]) == ("10100.0", "10107.0")


def test_kinds_are_kept_apart(api: Api) -> None:
    contract = prime(api)
    made = change_order(api)
    assert api.ok(api.get(CCO)) == []
    assert api.get(f"{CCO}/{made['id']}").status_code == 404
    assert api.post(CCO, {"change_order": {"contract_id": contract["id"]}}).status_code == 422
    assert api.post(PCCO, {"change_order": {"contract_id": api.commitment()["id"]}}).status_code == 422


def test_markups_are_part_of_the_grand_total(api: Api) -> None:
    contract = prime(api)
    lines = [{**REVENUE, "amount": "100.05"}, {**REVENUE, "amount": "33.33"}]
    markups = [
        {"name": "Fee", "markup_set": "vertical", "percentage": "5", "cost_code": "01-500", "line_item_type": "O"},
        {"name": "Labor burden", "markup_set": "horizontal", "percentage": "10"},
        {"name": "Bond", "markup_set": "vertical", "percentage": "1.5"},
    ]
    made = change_order(api, lines=lines, markups=markups)
    # Horizontal 10.01 + 3.33 by line; then 5 % of 146.72 is 7.34, and 1.5 % of 154.06 is 2.31.
    (book,) = api.stand.control("GET", "/books/prime_change_orders")
    assert [row["amount"] for row in book["markup_amounts"]] == ["10.01", "3.33", "7.34", "2.31"]
    assert total(api, made["id"]) == "156.37"
    assert shown(api, contract["id"])["approved_change_orders"] == "156.37"
    (fee, _, _) = api.ok(api.get(MARKUPS, **holder("PotentialChangeOrder", made["id"])))
    assert (fee["percentage"], fee["position"], fee["wbs_code"]["flat_code"]) == ("5.0", 1, "01-500.O")
    assert [item["segment_type"] for item in fee["wbs_code"]["segment_items"]] == ["cost_code", "line_item_type"]
    path = f"{MARKUPS}/{fee['id']}"
    api.ok(api.patch(path, {"markup": {"percentage": "0"}}, **holder("PotentialChangeOrder", made["id"])))
    assert total(api, made["id"]) == "148.92"
    assert api.delete(path, **holder("PotentialChangeOrder", made["id"])).status_code == 204
    assert total(api, made["id"]) == "148.92"


def test_new_change_orders_take_their_contracts_markups(api: Api) -> None:
    later = {"name": "Fee", "markup_set": "change_orders_horizontal", "percentage": "10"}
    contract = prime(api, markups=[later, {"name": "Own", "markup_set": "horizontal", "percentage": "1"}])
    assert shown(api, contract["id"])["grand_total"] == "10100.0"
    made = change_order(api)
    (own,) = api.ok(api.get(MARKUPS, **holder("PotentialChangeOrder", made["id"])))
    assert (own["name"], own["markup_set"], own["percentage"]) == ("Fee", "horizontal", "10.0")
    assert total(api, made["id"]) == "110.0"
    api.stand.control("POST", "/assumptions", {"contract_markups_for_change_orders": False})
    try:
        assert total(api, change_order(api)["id"]) == "100.0"
    finally:
        api.stand.control("POST", "/assumptions", {"contract_markups_for_change_orders": True})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"percentage": None}, "percentage"),
        ({"markup_set": "diagonal"}, "markup_set"),
        ({"markup_set": "change_orders_vertical"}, "markup_set"),
        ({"applies_to_all": False}, "applies_to_all"),
        ({"compound": {"type": "previous"}}, "compound"),
        ({"markup_conditions": [{"match_type": "includes"}]}, "markup_conditions"),
        ({"tax_code_ids": [1]}, "tax_code_ids"),
        ({"wbs_code_id": 5}, "wbs_code_id"),
        ({"prime_line_item_id": 5}, "prime_line_item_id"),
    ],
)
def test_bad_markups_are_refused(api: Api, fields: Json, field: str) -> None:
    prime(api)
    made = change_order(api)
    body = {"markup": {"name": "Fee", "markup_set": "vertical", "percentage": "5", **fields}}
    answer = api.post(MARKUPS, body, **holder("PotentialChangeOrder", made["id"]))
    assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert total(api, made["id"]) == "100.0"


def test_a_holder_must_be_named_and_exist(api: Api) -> None:
    contract = prime(api)
    assert api.get(MARKUPS, **P).status_code == 400
    assert api.get(MARKUPS, **holder("Invoice", contract["id"])).status_code == 400
    for kind, number in (("Contract", api.commitment()["id"]), ("PotentialChangeOrder", contract["id"])):
        assert api.get(MARKUPS, **holder(kind, number)).status_code == 404


def test_an_import_makes_a_contract_and_keeps_its_lines(api: Api) -> None:
    """What an ERP's import needs: a contract by origin_id, lines by origin_id and by id, and lines that go."""
    fields = {"title": "Harbour View", "number": "1042", "status": "Approved", "origin_id": "01|1042"}
    made = api.ok(api.post(PRIME, {**P, "prime_contract": fields}), 201)
    assert (made["origin_id"], made["grand_total"], made["line_items"]) == ("01|1042", "0.0", [])
    twin = api.post(PRIME, {**P, "prime_contract": fields})
    assert (twin.status_code, twin.json()["fields"]) == (422, "origin_id")
    path = f"{PRIMES}/{made['id']}/line_items"
    codes = {"cost_code_id": 7103, "line_item_type_id": 3003}
    rows = [{**codes, "amount": "100", "origin_id": "01|1042|1"}, {**codes, "amount": "50", "origin_id": "01|1042|2"}]
    first, second = api.ok(api.patch(f"{path}/sync", {"updates": rows}, **P))["entities"]
    rows = [{**rows[0], "amount": "120"}, {"id": second["id"], "origin_id": "01|1042|9", "description": "Moved"}]
    answer = api.ok(api.patch(f"{path}/sync", {"updates": rows}, **P))
    assert [(row["id"], row["amount"], row["origin_id"]) for row in answer["entities"]] == [
        (first["id"], "120.0", "01|1042|1"),
        (second["id"], "50.0", "01|1042|9"),
    ]
    assert shown(api, made["id"])["grand_total"] == "170.0"
    api.ok(api.delete(f"{path}/{first['id']}", **P))
    whole = shown(api, made["id"])
    assert (whole["grand_total"], [row["id"] for row in whole["line_items"]]) == ("50.0", [second["id"]])
