"""Payments of contracts: parts, voids, freezing (procore-api §3, §9)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_documents import PAYMENTS, PRIME
from tests.sandbox.procore.stand import PROJECT, WO, Api, Json

P = {"project_id": PROJECT}


def entered(api: Api, **fields: Json) -> Json:
    return api.stand.control("POST", "/contract_payments", {**P, **fields})


def contract(api: Api, number: int) -> Json:
    return api.ok(api.get(f"{WO}/{number}", **P))


def change(api: Api, made: Json, **fields: Json) -> Json:
    body = {**P, "contract_id": made["contract_id"], "contract_payment": fields}
    return api.patch(f"{PAYMENTS}/{made['id']}", body)


def test_an_invoice_is_paid_in_parts(api: Api) -> None:
    base = api.commitment(lines=[{"cost_code": "03-100", "line_item_type": "S", "amount": "1000"}])["id"]
    items = [{"line": 1, "work_completed_this_period": "400"}]
    invoice = api.stand.control("POST", "/requisitions", {"commitment_id": base, "items": items})
    scope = {**P, "contract_id": base}
    fields = {"amount": "150.005", "check_number": "77", "date": "2026-06-20", "payment_method": "check"}
    body = {**scope, "contract_payment": {**fields, "requisition_id": invoice["id"]}}
    first = api.ok(api.post(PAYMENTS, body), 201)
    assert (first["amount"], first["status"], first["payment_number"]) == ("150.01", "paid", 1)
    assert (first["requisition_id"], "payment_method" in first) == (invoice["id"], False)
    second = entered(api, contract_id=base, requisition=1, amount="249.99", check_number="78")
    assert [row["id"] for row in api.ok(api.get(PAYMENTS, **scope))] == [first["id"], second["id"]]
    shown = contract(api, base)
    assert (shown["total_payments"], shown["percentage_paid"]) == ("400.0", "40.0")
    assert shown["remaining_balance_outstanding"] == "600.0"
    assert [row["check_number"] for row in shown["payments_issued"]] == ["77", "78"]


def test_pending_and_void_payments_do_not_count(api: Api) -> None:
    base = api.commitment()["id"]
    made = entered(api, contract_id=base, amount="100", origin_id="CHK-1")
    entered(api, contract_id=base, amount="5", status="pending", date_payment_initiated="2026-06-01")
    assert contract(api, base)["total_payments"] == "100.0"
    api.stand.control("POST", f"/edit/contract_payments/{made['id']}", {"status": "void"})
    assert contract(api, base)["total_payments"] == "0.0"
    shown = api.ok(api.get(f"{PAYMENTS}/{made['id']}", **P, contract_id=base))
    assert (shown["status"], shown["origin_id"]) == ("void", "CHK-1")
    api.stand.control("POST", f"/edit/contract_payments/{made['id']}", {"status": "bounced"}, status=400)


def test_a_synced_payment_is_frozen(api: Api) -> None:
    made = entered(api, contract_id=api.commitment()["id"], amount="100")
    api.ok(change(api, made, origin_id="CHK-1", notes="Net"))
    for fields in ({"amount": "99"}, {"date": "2026-07-01"}, {"notes": "Gross"}, {"origin_id": None, "amount": "99"}):
        refused = change(api, made, **fields)
        assert (refused.status_code, refused.json()["fields"]) == (422, "base"), fields
    scope = {**P, "contract_id": made["contract_id"]}
    assert api.delete(f"{PAYMENTS}/{made['id']}", **scope).status_code == 422
    assert api.ok(change(api, made, origin_data="{}", amount="100"))["origin_data"] == "{}"
    assert api.ok(change(api, made, origin_id=None))["origin_id"] is None
    api.ok(api.delete(f"{PAYMENTS}/{made['id']}", **scope))
    assert contract(api, made["contract_id"])["payments_issued"] == []


def test_payments_received_on_a_prime_contract(api: Api) -> None:
    prime = api.stand.control("POST", "/prime_contracts", {**P, "title": "Owner", "lines": []})["id"]
    entered(api, prime_contract="1", amount="25", invoice_number="OWN-1")
    shown = api.ok(api.get(f"{PRIME}/{prime}", **P))
    assert (shown["total_payments"], shown["outstanding_balance"]) == ("25.0", "-25.0")
    assert shown["payments_received"][0]["invoice_number"] == "OWN-1"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": None}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"requisition_id": 1}, "requisition_id"),
        ({"payment_method": "cash"}, "payment_method"),
        ({"payment_number": "first"}, "payment_number"),
    ],
)
def test_bad_payments_are_refused(api: Api, fields: Json, field: str) -> None:
    base = api.commitment()["id"]
    body = {**P, "contract_id": base, "contract_payment": {"amount": "1", **fields}}
    answer = api.post(PAYMENTS, body)
    assert (answer.status_code, answer.json()["fields"]) == (422, field)


def test_an_invoice_of_another_contract_is_refused(api: Api) -> None:
    invoice = api.stand.control("POST", "/requisitions", {"commitment_id": api.commitment()["id"]})["id"]
    body = {**P, "contract_id": api.commitment()["id"], "contract_payment": {"amount": "1", "requisition_id": invoice}}
    assert api.post(PAYMENTS, body).json()["fields"] == "requisition_id"


def test_the_contract_must_be_named_and_exist(api: Api) -> None:
    made = entered(api, contract_id=api.commitment()["id"], amount="100")
    assert api.get(PAYMENTS, **P).status_code == 400
    assert api.get(PAYMENTS, **P, contract_id=1).status_code == 404
    other = api.commitment()["id"]
    assert api.get(f"{PAYMENTS}/{made['id']}", **P, contract_id=other).status_code == 404


def test_the_words_for_statuses_are_assumed(api: Api) -> None:
    api.stand.control("POST", "/assumptions", {"payment_status_paid": "settled"})
    try:
        base = api.commitment()["id"]
        assert entered(api, contract_id=base, amount="100")["status"] == "settled"
        assert contract(api, base)["total_payments"] == "100.0"
    finally:
        api.stand.control("POST", "/assumptions", {"payment_status_paid": "paid"})
