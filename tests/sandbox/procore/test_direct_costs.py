"""Direct costs and their lines (procore-api §8, erp-tool-behaviour F-06)."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.procore.stand import ACME, COMPANY, CONCRETE, LABOR, MATERIALS, PROJECT, STEEL, Api, Json

V10 = f"/rest/v1.0/projects/{PROJECT}/direct_costs"
V11 = f"/rest/v1.1/projects/{PROJECT}/direct_costs"
LINES = f"{V10}/line_items"
FIELDS = {"direct_cost_type": "invoice", "invoice_number": "A-1", "vendor_id": ACME}
CODES = {"cost_code_id": CONCRETE, "line_item_type_id": LABOR}


def cost(api: Api, **fields: Json) -> Json:
    """A direct cost by plain POST."""
    return api.ok(api.post(V10, {"item": {**FIELDS, **fields}}), 201)


def line(api: Api, head: int, **fields: Json) -> Json:
    """A line by plain POST."""
    return api.ok(api.post(f"{V10}/{head}/line_items", {"line_item": {**CODES, "amount": "10", **fields}}), 201)


def synced(api: Api, *rows: Json, lines: bool = False) -> Json:
    return api.ok(api.patch(f"{LINES if lines else V10}/sync", {"updates": list(rows)}))


def test_a_head_is_shown_as_its_version_has_it(api: Api) -> None:
    days = {"direct_cost_date": "2026-03-01", "payment_date": "2026-03-31", "received_date": "2026-03-05"}
    made = cost(api, **days, terms="Net 30", employee_id=9, description="Rental", status="approved")
    line(api, made["id"])
    old, new = api.ok(api.get(f"{V10}/{made['id']}")), api.ok(api.get(f"{V11}/{made['id']}"))
    assert {name: old[name] for name in days} == days
    assert (old["vendor"], old["vendor_name"]) == ({"id": ACME, "name": "Acme Concrete LLC"}, "Acme Concrete LLC")
    assert (old["employee"]["id"], old["terms"], old["status"]) == (9, "Net 30", "approved")
    assert (old["grand_total"], old["line_items_count"]) == ("10.0", 1)
    assert "line_items" not in old
    assert new["project"]["id"] == PROJECT
    assert [row["amount"] for row in new["line_items"]] == ["10.0"]
    (listed,) = api.ok(api.get(V11))
    assert (listed["amount"], listed["vendor"], listed["id"]) == ("10.0", "Acme Concrete LLC", made["id"])
    assert api.ok(api.get(V10)) == [listed]


def test_v11_writes_lines_along(api: Api) -> None:
    wbs = line(api, cost(api)["id"])["wbs_code"]["id"]
    rows = [
        {"wbs_code_id": wbs, "manual_amount": 12.5, "ref": "x"},
        {"wbs_code_id": wbs, "quantity": 3, "unit_cost": 2},
    ]
    made = api.ok(api.post(V11, {"direct_cost": {**FIELDS, "origin_id": "D", "line_items": rows}}), 201)
    assert [(row["amount"], row["extended_type"], row["ref"]) for row in made["line_items"]] == [
        ("12.5", "manual", "x"),
        ("6.0", "calculated", None),
    ]
    assert made["grand_total"] == "18.5"
    free = api.ok(api.post(V11, {"direct_cost": {**FIELDS, "line_items": rows[:1]}}), 201)
    changes = [{"id": free["line_items"][0]["id"], "manual_amount": 1}, {"wbs_code_id": wbs, "manual_amount": 2}]
    changed = api.ok(api.patch(f"{V11}/{free['id']}", {"direct_cost": {"terms": "COD", "line_items": changes}}))
    assert (changed["grand_total"], changed["terms"], len(changed["line_items"])) == ("3.0", "COD", 2)
    refused = api.patch(f"{V11}/{made['id']}", {"direct_cost": {"line_items": rows[:1]}})
    assert (refused.status_code, refused.json()["fields"]) == (422, "line_items")


def test_v11_takes_at_most_100_lines_and_needs_wbs_codes(api: Api) -> None:
    many = api.post(V11, {"direct_cost": {**FIELDS, "line_items": [{}] * 101}})
    assert (many.status_code, many.json()["fields"]) == (422, "line_items")
    bare = api.post(V11, {"direct_cost": {**FIELDS, "line_items": [{**CODES, "manual_amount": 1}]}})
    assert bare.status_code == 422
    assert api.ok(api.get(V11)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"direct_cost_type": "gift"}, "direct_cost_type"), ({"direct_cost_type": None}, "direct_cost_type"),
     ({"vendor_id": 1}, "vendor_id"), ({"vendor_id": None}, "vendor_id"), ({"invoice_number": ""}, "invoice_number"),
     ({"status": "paid"}, "status"), ({"direct_cost_type": "subcontractor_invoice"}, "direct_cost_type")],
)  # fmt: skip
def test_bad_heads_are_refused(api: Api, fields: Json, field: str) -> None:
    for path, name in ((V10, "item"), (V11, "direct_cost")):
        answer = api.post(path, {name: {**FIELDS, **fields}})
        assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert api.ok(api.get(V10)) == []


def test_subcontractor_invoices_need_the_companys_setting(api: Api) -> None:
    api.stand.control("POST", f"/edit/companies/{COMPANY}", {"subcontractor_invoices_enabled": True})
    assert cost(api, direct_cost_type="subcontractor_invoice")["direct_cost_type"] == "subcontractor_invoice"


def test_a_sync_needs_a_type_only(api: Api) -> None:
    answer = synced(api, {"direct_cost_type": "payroll", "origin_id": "P-1"}, {"origin_id": "P-2"})
    (made,) = answer["entities"]
    assert (made["direct_cost_type"], made["status"], made["vendor"]) == ("payroll", "draft", None)
    assert answer["errors"] == [{"origin_id": "P-2", "errors": {"direct_cost_type": ["can't be blank"]}}]


def test_rows_are_found_by_id_and_by_origin_id(api: Api) -> None:
    (made,) = synced(api, {"direct_cost_type": "expense", "origin_id": "T"})["entities"]
    (again,) = synced(api, {"origin_id": "T", "description": "Again"})["entities"]
    assert (again["id"], again["description"]) == (made["id"], "Again")
    (moved,) = synced(api, {"id": made["id"], "origin_id": "U"})["entities"]
    assert (moved["id"], moved["origin_id"]) == (made["id"], "U")
    assert synced(api, {"id": 5, "origin_id": "U"})["errors"][0]["errors"] == {"id": ["Entity with this ID not found"]}
    other = cost(api)
    taken = synced(api, {"id": other["id"], "origin_id": "U"})
    assert taken["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}


def test_a_synced_one_is_closed_to_plain_writes_and_open_to_sync(api: Api) -> None:
    made = cost(api)
    part = line(api, made["id"])
    synced(api, {"id": made["id"], "origin_id": "T"})
    one, its_line = f"{V10}/{made['id']}", f"{V10}/{made['id']}/line_items/{part['id']}"
    assert api.patch(one, {"item": {"description": "No"}}).status_code == 422
    assert api.patch(one, {"item": {"origin_id": None}}).status_code == 422
    assert api.patch(f"{V11}/{made['id']}", {"direct_cost": {"terms": "No"}}).status_code == 422
    assert api.patch(its_line, {"line_item": {"amount": "11"}}).status_code == 422
    assert api.post(f"{one}/line_items", {"line_item": {**CODES, "amount": "1"}}).status_code == 422
    for path in (its_line, one, f"{V11}/{made['id']}"):
        assert api.delete(path).status_code == 422
    assert synced(api, {"origin_id": "T", "description": "Yes"})["entities"][0]["description"] == "Yes"
    assert synced(api, {"id": part["id"], "amount": "12", "origin_id": "T-1"}, lines=True)["errors"] == []
    assert api.ok(api.get(one))["grand_total"] == "12.0"


def test_without_its_origin_id_it_can_be_deleted(api: Api) -> None:
    (made,) = synced(api, {"direct_cost_type": "expense", "origin_id": "T"})["entities"]
    synced(api, {"direct_cost_id": made["id"], **CODES, "amount": "5", "origin_id": "T-1"}, lines=True)
    (freed,) = synced(api, {"id": made["id"], "origin_id": None})["entities"]
    assert freed["origin_id"] is None
    assert api.ok(api.delete(f"{V10}/{made['id']}")) == {"id": made["id"]}
    assert (api.ok(api.get(V10)), api.ok(api.get(V11)), api.ok(api.get(LINES))) == ([], [], [])
    assert api.get(f"{V11}/{made['id']}").status_code == 404
    assert api.get(f"{V10}/{made['id']}/line_items").status_code == 404
    (fresh,) = synced(api, {"direct_cost_type": "expense", "origin_id": "T"})["entities"]
    assert fresh["id"] != made["id"]


def test_a_line_that_has_an_origin_id_is_closed_too(api: Api) -> None:
    made = cost(api)
    part = line(api, made["id"], origin_id="L")
    path = f"{V10}/{made['id']}/line_items/{part['id']}"
    assert api.delete(path).status_code == 422
    synced(api, {"id": part["id"], "origin_id": None}, lines=True)
    assert api.delete(path).status_code == 200
    assert (api.ok(api.get(f"{V10}/{made['id']}"))["grand_total"], api.get(path).status_code) == ("0.0", 404)


def test_the_wbs_code_of_a_line_wins(api: Api) -> None:
    made = cost(api)
    wbs = line(api, made["id"])["wbs_code"]
    other = {"cost_code_id": STEEL, "line_item_type_id": MATERIALS}
    row = {"direct_cost_id": made["id"], **other, "amount": "7", "origin_id": "L"}
    answer = synced(api, {**row, "wbs_code_id": wbs["id"]}, {**row, "origin_id": "M"}, lines=True)
    assert [entity["cost_code"]["full_code"] for entity in answer["entities"]] == ["03-100", "03-200"]
    assert [entity["wbs_code"]["flat_code"] for entity in answer["entities"]] == ["03-100.L", "03-200.M"]
    (moved,) = synced(api, {"origin_id": "L", **other}, lines=True)["entities"]
    assert moved["wbs_code"]["flat_code"] == "03-200.M"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"direct_cost_id": None}, "direct_cost_id"), ({"direct_cost_id": 5}, "direct_cost_id"),
     ({"cost_code_id": 5}, "cost_code_id"), ({"line_item_type_id": None}, "line_item_type_id"),
     ({"wbs_code_id": 5}, "wbs_code_id"), ({"uom": "furlong"}, "uom"), ({"amount": "ten"}, "amount")],
)  # fmt: skip
def test_bad_lines_are_refused_row_by_row(api: Api, fields: Json, field: str) -> None:
    made = cost(api)
    good = {"direct_cost_id": made["id"], **CODES, "amount": "1.005"}
    answer = synced(api, {**good, **fields}, good, lines=True)
    assert [list(row["errors"]) for row in answer["errors"]] == [[field]]
    assert [entity["amount"] for entity in answer["entities"]] == ["1.01"]
    assert api.ok(api.get(f"{V10}/{made['id']}"))["grand_total"] == "1.01"


def test_a_line_stays_with_its_direct_cost(api: Api) -> None:
    first, second = cost(api), cost(api)
    part = line(api, first["id"])
    answer = synced(api, {"id": part["id"], "direct_cost_id": second["id"]}, lines=True)
    assert answer["errors"][0]["errors"] == {"direct_cost_id": ["can't be changed"]}
    assert [row["holder"]["id"] for row in api.ok(api.get(LINES))] == [first["id"]]


def test_lists_are_filtered(api: Api) -> None:
    first = cost(api, invoice_number="A", payment_date="2026-03-31", origin_id="X")
    second = cost(api, invoice_number="B", payment_date="2026-04-30", origin_id="Y")
    part = line(api, cost(api)["id"], cost_code_id=STEEL)

    def found(path: str, **filters: Json) -> list[int]:
        params = {f"filters[{name}]": value for name, value in filters.items()}
        return [row["id"] for row in api.ok(api.get(path, params=params))]

    assert found(V11, origin_id="X,Y,Z") == [first["id"], second["id"]]
    assert found(V10, origin_id="Z") == []
    assert found(V10, invoice_number="B") == [second["id"]]
    assert found(V10, payment_date="2026-03-31") == [first["id"]]
    assert found(V10, payment_date="2026-04-01...2026-04-30") == [second["id"]]
    assert found(LINES, cost_code_id=STEEL) == [part["id"]]
    assert found(LINES, direct_cost_id=first["id"]) == []


def test_direct_costs_leave_the_budget_alone(api: Api) -> None:
    line(api, cost(api)["id"])
    code = api.ok(api.get(f"/rest/v1.0/cost_codes/{CONCRETE}", project_id=PROJECT))
    assert code["budgeted"] is False


def test_large_syncs_stay_as_fast_as_the_first(api: Api) -> None:
    """A sync that looked at all records would take ten times as long at the end."""
    spent = []
    for batch in range(10):
        begun = time.monotonic()
        heads = [{"direct_cost_type": "expense", "origin_id": f"{batch}|{number}"} for number in range(1000)]
        made = synced(api, *heads)["entities"]
        lines = [{"direct_cost_id": e["id"], **CODES, "amount": "1", "origin_id": e["origin_id"]} for e in made]
        assert synced(api, *lines, lines=True)["errors"] == []
        spent.append(time.monotonic() - begun)
    assert min(spent[-3:]) < 4 * min(spent[:3]), spent
    assert len(api.stand.control("GET", "/traffic?path=sync&limit=50")) == 20


def test_a_user_may_enter_edit_and_delete_what_is_synced(api: Api) -> None:
    row = {"cost_code": "03-100", "line_item_type": "L", "amount": "10"}
    body = {"project_id": PROJECT, "direct_cost_type": "expense", "origin_id": "T", "lines": [row, row]}
    made = api.stand.control("POST", "/direct_costs", body)
    assert (made["grand_total"], len(made["line_item_ids"])) == ("20.0", 2)
    api.stand.control("POST", f"/direct_costs/{made['id']}/lines", {**row, "amount": "5"})
    api.stand.control("POST", f"/edit/direct_cost_line_items/{made['line_item_ids'][0]}", {"amount": "1"})
    api.stand.control("POST", f"/edit/direct_costs/{made['id']}", {"description": "By hand"})
    api.stand.control("DELETE", f"/direct_cost_line_items/{made['line_item_ids'][1]}")
    (book,) = api.stand.control("GET", "/books/direct_costs")
    assert (book["description"], book["grand_total"]) == ("By hand", "6.0")
    assert [part["amount"] for part in book["line_items"]] == ["1.0", "5.0"]
    assert len(api.stand.control("GET", "/books/direct_cost_line_items")) == 3
    api.stand.control("DELETE", f"/direct_costs/{made['id']}")
    assert api.ok(api.get(V10)) == []
