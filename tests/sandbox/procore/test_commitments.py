"""Contracts and their lines: shapes, rules, deletion, freezing (procore-api §3, §6)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import (
    ACME,
    BAKER,
    CONCRETE,
    LABOR,
    PO,
    PROJECT,
    STEEL,
    SUBCONTRACT,
    WO,
    Api,
    Json,
)

WRAPPER = {WO: "work_order_contract", PO: "purchase_order_contract"}
LINE = {"cost_code_id": CONCRETE, "line_item_type_id": SUBCONTRACT, "amount": "250"}


def contract(api: Api, path: str = WO, **fields: Json) -> Json:
    return api.ok(api.post(path, {"project_id": PROJECT, WRAPPER[path]: fields}), 201)


def change(api: Api, path: str, number: int, **fields: Json) -> Json:
    return api.patch(f"{path}/{number}", {"project_id": PROJECT, WRAPPER[path]: fields})


def line(api: Api, path: str, number: int, **fields: Json) -> Json:
    body = {"project_id": PROJECT, "line_item": {**LINE, **fields}}
    return api.post(f"{path}/{number}/line_items", body)


def shown(api: Api, path: str, number: int) -> Json:
    return api.ok(api.get(f"{path}/{number}", project_id=PROJECT))


@pytest.mark.parametrize("path", [WO, PO])
def test_a_contract_with_lines(api: Api, path: str) -> None:
    made = contract(api, path, title="Slabs", number="C-1", vendor_id=ACME, retainage_percent="10", executed=True)
    assert (made["status"], made["grand_total"], made["retainage_percent"]) == ("Draft", "0.0", "10.0")
    assert made["vendor"] == {"id": ACME, "company": "Acme Concrete LLC", "origin_data": None, "origin_id": None}
    first = api.ok(line(api, path, made["id"]), 201)
    second = api.ok(line(api, path, made["id"], amount=None, quantity="3", unit_cost="0.335", uom="cy"), 201)
    assert (first["amount"], first["quantity"], first["extended_type"]) == ("250.0", "0.0", "manual")
    # 3 × 0.335 = 1.005, rounded half up to cents.
    assert (second["amount"], second["extended_type"], second["uom"]) == ("1.01", "calculated", "cy")
    whole = shown(api, path, made["id"])
    assert (whole["grand_total"], whole["revised_contract"]) == ("251.01", "251.01")
    assert [row["position"] for row in whole["line_items"]] == [1, 2]
    assert whole["line_items"][0]["cost_code"]["full_code"] == "03-100"
    assert whole["line_items"][0]["wbs_code"]["flat_code"] == "03-100.S"
    assert whole["line_items"][0]["holder"]["holder_type"] == whole_type(path)
    (listed,) = api.get(path, project_id=PROJECT).json()
    assert (listed["grand_total"], listed["vendor"]) == ("251.01", {"id": ACME, "company": "Acme Concrete LLC"})
    assert "line_items" not in listed


def whole_type(path: str) -> str:
    return {WO: "WorkOrderContract", PO: "PurchaseOrderContract"}[path]


def test_both_types_share_one_id_sequence_and_one_series_of_numbers(api: Api) -> None:
    first, second = contract(api, WO), contract(api, PO)
    assert second["id"] > first["id"]
    assert (first["number"], second["number"]) == ("SC-001", "PO-002")
    assert api.get(f"{PO}/{first['id']}", project_id=PROJECT).status_code == 404
    clash = api.post(PO, {"project_id": PROJECT, "purchase_order_contract": {"number": "SC-001"}})
    assert (clash.status_code, clash.json()["fields"]) == (422, "number")
    api.ok(api.delete(f"{WO}/{first['id']}", project_id=PROJECT))
    assert contract(api, PO, number="SC-001")["number"] == "SC-001"


def test_the_union_list_and_its_type(api: Api) -> None:
    numbers = [contract(api, path, vendor_id=ACME)["id"] for path in (WO, PO)]
    union = api.get("/rest/v1.0/commitments", project_id=PROJECT).json()
    assert [row["id"] for row in union] == numbers
    assert union[0]["vendor"] == {"id": ACME, "name": "Acme Concrete LLC"}
    types = [api.get(f"/rest/v1.0/commitments/{n}", project_id=PROJECT).json()["type"] for n in numbers]
    assert types == ["WorkOrderContract", "PurchaseOrderContract"]
    api.ok(api.delete(f"{WO}/{numbers[0]}", project_id=PROJECT))
    assert api.get(f"/rest/v1.0/commitments/{numbers[0]}", project_id=PROJECT).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        (WO, {"status": "Processing"}, "status"),
        (PO, {"status": "Out For Bid"}, "status"),
        (WO, {"status": "approved"}, "status"),
        (WO, {"vendor_id": 1}, "vendor_id"),
        (WO, {"accounting_method": "lump"}, "accounting_method"),
        (WO, {"retainage_percent": "ten"}, "retainage_percent"),
        (PO, {"private": "perhaps"}, "private"),
    ],
)
def test_bad_contracts_are_refused(api: Api, path: str, fields: Json, field: str) -> None:
    answer = api.post(path, {"project_id": PROJECT, WRAPPER[path]: fields})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert api.get(path, project_id=PROJECT).json() == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cost_code_id": None}, "cost_code_id"),
        ({"line_item_type_id": None}, "line_item_type_id"),
        ({"cost_code_id": 5}, "cost_code_id"),
        ({"line_item_type_id": 5}, "line_item_type_id"),
        ({"wbs_code_id": 5}, "wbs_code_id"),
        ({"uom": "furlong"}, "uom"),
        ({"amount": "lots"}, "amount"),
        ({"amount": True}, "amount"),
        ({"quantity": "NaN"}, "quantity"),
        ({"extended_type": "guessed"}, "extended_type"),
    ],
)
def test_bad_lines_are_refused(api: Api, fields: Json, field: str) -> None:
    made = contract(api)
    answer = line(api, WO, made["id"], **fields)
    assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert shown(api, WO, made["id"])["line_items"] == []


def test_a_wbs_code_stands_for_code_and_type(api: Api) -> None:
    made = contract(api)
    wbs = api.ok(line(api, WO, made["id"], cost_code_id=STEEL, line_item_type_id=LABOR), 201)["wbs_code"]
    other = api.ok(line(api, WO, made["id"], wbs_code_id=wbs["id"]), 201)
    assert other["cost_code"]["id"] == STEEL
    assert other["line_item_type"]["id"] == LABOR


def test_a_line_is_changed_listed_and_deleted(api: Api) -> None:
    made = contract(api)
    row = api.ok(line(api, WO, made["id"]), 201)
    path = f"{WO}/{made['id']}/line_items"
    body = {"project_id": PROJECT, "line_item": {"cost_code_id": STEEL, "amount": "-12.345"}}
    changed = api.ok(api.patch(f"{path}/{row['id']}", body))
    assert (changed["amount"], changed["wbs_code"]["flat_code"]) == ("-12.35", "03-200.S")
    assert changed["updated_at"] > row["updated_at"]
    assert shown(api, WO, made["id"])["grand_total"] == "-12.35"
    found = api.get(path, params={"project_id": PROJECT, "filters[cost_code_id]": STEEL}).json()
    assert found == [changed]
    assert api.get(path, params={"project_id": PROJECT, "filters[cost_code_id]": CONCRETE}).json() == []
    short = api.get(f"{path}/{row['id']}", project_id=PROJECT, view="ssov_source_lines").json()
    assert set(short) == {"id", "amount", "description", "position", "wbs_code", "currency_configuration"}
    deleted = api.delete(f"{path}/{row['id']}", project_id=PROJECT)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert api.get(f"{path}/{row['id']}", project_id=PROJECT).status_code == 404
    assert shown(api, WO, made["id"])["grand_total"] == "0.0"


def test_a_calculated_line_follows_its_factors(api: Api) -> None:
    made = contract(api)
    row = api.ok(line(api, WO, made["id"], extended_type="calculated", amount="9", quantity=2, unit_cost=1.5), 201)
    assert row["amount"] == "3.0"
    body = {"project_id": PROJECT, "line_item": {"quantity": "4"}}
    assert api.ok(api.patch(f"{WO}/{made['id']}/line_items/{row['id']}", body))["amount"] == "6.0"
    body = {"project_id": PROJECT, "line_item": {"extended_type": "manual", "amount": "5"}}
    assert api.ok(api.patch(f"{WO}/{made['id']}/line_items/{row['id']}", body))["amount"] == "5.0"


def test_a_line_budgets_its_cost_code(api: Api) -> None:
    code = f"/rest/v1.0/cost_codes/{CONCRETE}"
    assert api.get(code, project_id=PROJECT).json()["budgeted"] is False
    line(api, WO, contract(api)["id"])
    assert api.get(code, project_id=PROJECT).json()["budgeted"] is True


def test_a_deleted_contract_is_gone_but_listed_on_request(api: Api) -> None:
    made = contract(api, number="GONE")
    deleted = api.delete(f"{WO}/{made['id']}", project_id=PROJECT)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert api.get(f"{WO}/{made['id']}", project_id=PROJECT).status_code == 404
    assert api.delete(f"{WO}/{made['id']}", project_id=PROJECT).status_code == 404
    assert api.get(f"{WO}/{made['id']}/line_items", project_id=PROJECT).status_code == 404
    assert change(api, WO, made["id"], title="x").status_code == 404
    assert api.get(WO, project_id=PROJECT).json() == []
    (row,) = api.get(WO, params={"project_id": PROJECT, "filters[include_deleted]": "only"}).json()
    assert row["deleted_at"]
    live = contract(api)
    both = api.get(WO, params={"project_id": PROJECT, "filters[include_deleted]": "with"}).json()
    assert [one["id"] for one in both] == [made["id"], live["id"]]


def test_filters_of_contracts(api: Api) -> None:
    draft, approved = contract(api), contract(api, status="Approved", origin_id="O-1")
    for name, value in (("status", "Approved"), ("origin_id", "O-1"), ("id", str(approved["id"]))):
        found = api.get(WO, params={"project_id": PROJECT, f"filters[{name}]": value}).json()
        assert [row["id"] for row in found] == [approved["id"]]
    assert draft["id"] != approved["id"]


def test_bad_dates_become_nothing(api: Api) -> None:
    made = contract(api, contract_date="31/12/2026", issued_on_date="2026-12-31T10:00:00Z", execution_date="2026-02-30")
    assert (made["contract_date"], made["issued_on_date"], made["execution_date"]) == (None, "2026-12-31", None)


def test_every_write_moves_updated_at(api: Api) -> None:
    made = api.commitment()
    path = f"{WO}/{made['id']}"
    (number,) = made["line_item_ids"]
    seen = [shown(api, WO, made["id"])["updated_at"]]
    api.ok(change(api, WO, made["id"], origin_id="X"))
    seen.append(shown(api, WO, made["id"])["updated_at"])
    before = api.get(f"{path}/line_items/{number}", project_id=PROJECT).json()["updated_at"]
    api.ok(api.patch(f"{path}/line_items/{number}", {"project_id": PROJECT, "line_item": {"origin_id": "X-1"}}))
    assert api.get(f"{path}/line_items/{number}", project_id=PROJECT).json()["updated_at"] > before
    seen.append(shown(api, WO, made["id"])["updated_at"])
    assert seen == sorted(set(seen))


@pytest.fixture
def frozen(api: Api) -> Json:
    """An approved subcontract with an ERP's id."""
    made = api.commitment(origin_id="01-1042-SC-001")
    return {"id": made["id"], "line": made["line_item_ids"][0]}


def refusals(api: Api, frozen: Json) -> list[int]:
    lines = f"{WO}/{frozen['id']}/line_items"
    return [
        answer.status_code
        for answer in (
            change(api, WO, frozen["id"], vendor_id=BAKER),
            line(api, WO, frozen["id"]),
            api.patch(f"{lines}/{frozen['line']}", {"project_id": PROJECT, "line_item": {"amount": "1"}}),
            api.patch(f"{lines}/{frozen['line']}", {"project_id": PROJECT, "line_item": {"cost_code_id": STEEL}}),
            api.delete(f"{lines}/{frozen['line']}", project_id=PROJECT),
            api.delete(f"{WO}/{frozen['id']}", project_id=PROJECT),
        )
    ]


def test_an_approved_synced_commitment_is_frozen(api: Api, frozen: Json) -> None:
    before = shown(api, WO, frozen["id"])
    assert refusals(api, frozen) == [422] * 6
    assert shown(api, WO, frozen["id"]) == before


def test_ids_and_the_rest_of_a_frozen_commitment_can_be_written(api: Api, frozen: Json) -> None:
    fields = {"origin_code": "SC-001", "origin_data": "{}", "title": "New title", "vendor_id": ACME}
    assert api.ok(change(api, WO, frozen["id"], **fields))["origin_code"] == "SC-001"
    body = {"origin_id": "L1", "origin_data": "{}", "amount": "1000", "cost_code_id": CONCRETE}
    lines = f"{WO}/{frozen['id']}/line_items/{frozen['line']}"
    assert api.ok(api.patch(lines, {"project_id": PROJECT, "line_item": body}))["origin_id"] == "L1"
    assert api.ok(change(api, WO, frozen["id"], origin_id=None))["origin_id"] is None
    assert api.ok(change(api, WO, frozen["id"], vendor_id=BAKER))["vendor"]["id"] == BAKER


def test_a_company_can_relax_the_freeze(api: Api, frozen: Json) -> None:
    api.stand.control("POST", "/edit/companies/562949", {"freeze_synced_commitments": False})
    assert refusals(api, frozen) == [200, 201, 200, 200, 200, 200]


@pytest.mark.parametrize("fields", [{"status": "Draft"}, {"origin_id": None}])
def test_only_approved_and_synced_freezes(api: Api, frozen: Json, fields: Json) -> None:
    api.ok(change(api, WO, frozen["id"], **fields))
    assert refusals(api, frozen) == [200, 201, 200, 200, 200, 200]


def test_assumptions_can_be_switched(api: Api) -> None:
    switch = {"commitment_numbers_unique": False, "deleted_keep_origin_id": True}
    api.stand.control("POST", "/assumptions", switch)
    try:
        assert contract(api, number="N")["number"] == contract(api, PO, number="N")["number"]
        gone = contract(api, origin_id="KEPT")
        api.ok(api.delete(f"{WO}/{gone['id']}", project_id=PROJECT))
        again = api.post(WO, {"project_id": PROJECT, "work_order_contract": {"origin_id": "KEPT"}})
        assert again.status_code == 422
    finally:
        api.stand.control("POST", "/assumptions", {"commitment_numbers_unique": "on", "deleted_keep_origin_id": "off"})
    assert contract(api, origin_id="KEPT")["origin_id"] == "KEPT"


def test_a_line_write_may_leave_its_contract_alone(api: Api) -> None:
    made = api.commitment()
    path = f"{WO}/{made['id']}/line_items/{made['line_item_ids'][0]}"
    before = shown(api, WO, made["id"])["updated_at"]
    api.stand.control("POST", "/assumptions", {"line_write_moves_contract": False})
    try:
        api.ok(api.patch(path, {"project_id": PROJECT, "line_item": {"origin_id": "L"}}))
        assert shown(api, WO, made["id"])["updated_at"] == before
        api.ok(api.patch(path, {"project_id": PROJECT, "line_item": {"amount": "1"}}))
        assert shown(api, WO, made["id"])["updated_at"] > before
    finally:
        api.stand.control("POST", "/assumptions", {"line_write_moves_contract": True})
