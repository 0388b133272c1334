"""Subcontractor invoices: items, sums, retainage, chains, freezing (procore-api §3, §9)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.drive_documents import ITEMS, PERIODS, REQUISITIONS
from tests.sandbox.procore.stand import PROJECT, WO, Api, Json

P = {"project_id": PROJECT}
LINES = [
    {"cost_code": "03-100", "line_item_type": "S", "amount": "1000", "description": "Slabs"},
    {"cost_code": "03-200", "line_item_type": "M", "quantity": "10", "unit_cost": "5", "uom": "ton"},
]
WORK = "work_completed_this_period"
RETAINED = "work_completed_retainage_retained_this_period"
RELEASED = "work_completed_retainage_released_this_period"


def commitment(api: Api, **fields: Json) -> Json:
    return api.commitment(**{"lines": LINES, "retainage_percent": "10", **fields})


def entered(api: Api, base: Json, *items: Json, **fields: Json) -> Json:
    """An invoice as a user would enter it."""
    body = {"commitment_id": base["id"], "status": "approved", "billing_date": "2026-05-25", **fields, "items": items}
    return api.stand.control("POST", "/requisitions", body)


def shown(api: Api, number: int, view: str = "items") -> Json:
    return api.ok(api.get(f"{REQUISITIONS}/{number}", **P, view=view))


def change(api: Api, base: Json, number: int, **fields: Json) -> Json:
    body = {**P, "commitment_id": base["id"], "requisition": fields}
    return api.patch(f"{REQUISITIONS}/{number}", body, view="items")


def test_an_invoice_has_an_item_for_every_line(api: Api) -> None:
    base = commitment(api)
    first, second = base["line_item_ids"]
    items = [
        {"item_type": "contract_item", "line_item_id": first, WORK: "200.00", "materials_presently_stored": "50"},
        {"item_type": "contract_item", "line_item_id": second, "work_completed_this_period_quantity": "3"},
    ]
    body = {**P, "commitment_id": base["id"], "requisition": {"invoice_number": "A-1", "items": items}}
    made = api.ok(api.post(REQUISITIONS, body, view="items"), 201)
    assert (made["number"], made["status"], made["previous_requisition_id"]) == (1, "draft", None)
    assert (made["commitment_type"], made["vendor_name"]) == ("WorkOrderContract", "Acme Concrete LLC")
    slabs, steel = made["items"]
    assert (slabs["scheduled_value"], slabs["description_of_work"]) == ("1000.0", "Slabs")
    assert (slabs[RETAINED], slabs["materials_stored_retainage_currently_retained"]) == ("20.0", "5.0")
    assert (slabs["total_completed_and_stored_to_date"], slabs["net_amount"]) == ("250.0", "225.0")
    assert slabs["total_completed_and_stored_to_date_percent"] == "25.0"
    assert (steel[WORK], steel["scheduled_quantity"], steel["wbs_code"]["flat_code"]) == ("15.0", "10.0", "03-200.M")
    summary = made["summary"]
    assert (summary["original_contract_sum"], summary["contract_sum_to_date"]) == ("1050.0", "1050.0")
    assert summary["total_completed_and_stored_to_date"] == "265.0"
    assert (summary["completed_work_retainage_amount"], summary["completed_work_retainage_percent"]) == ("21.5", "10.0")
    assert summary["stored_materials_retainage_amount"] == "5.0"
    assert (summary["total_retainage"], summary["current_payment_due"]) == ("26.5", "238.5")
    assert summary["balance_to_finish_including_retainage"] == "811.5"
    assert (made["total_claimed_amount"], made["percent_complete"]) == ("265.0", "25.24")


def test_invoices_build_on_one_another(api: Api) -> None:
    base = commitment(api)
    first = entered(api, base, {"line": 1, WORK: "200", "materials_presently_stored": "50"})
    second = entered(api, base, {"line": 1, WORK: "300", "materials_presently_stored": "0"}, {"line": 2, WORK: "10"})
    whole = shown(api, second["id"])
    assert (whole["number"], whole["previous_requisition_id"]) == (2, first["id"])
    item = whole["items"][0]
    assert item["work_completed_from_previous_application"] == "200.0"
    assert item["work_completed_retainage_from_previous_application"] == "20.0"
    assert (item["total_completed_and_stored_to_date"], item["gross_amount"]) == ("500.0", "250.0")
    assert item["previous_progress_id"] == first["item_ids"][0]
    summary = whole["summary"]
    assert (summary["total_completed_and_stored_to_date"], summary["total_retainage"]) == ("510.0", "51.0")
    assert summary["less_previous_certificates_for_payment"] == "225.0"
    assert summary["current_payment_due"] == "234.0"
    assert api.ok(api.get(f"{WO}/{base['id']}", **P))["total_requisitions_amount"] == "510.0"
    api.stand.control("POST", f"/requisitions/{first['id']}/items", {"line": 1, WORK: "210"})
    assert shown(api, second["id"])["summary"]["less_previous_certificates_for_payment"] == "234.0"


def test_stored_materials_are_carried_over(api: Api) -> None:
    base = commitment(api)
    entered(api, base, {"line": 1, "materials_presently_stored": "50"})
    second = shown(api, entered(api, base)["id"])
    assert second["items"][0]["materials_presently_stored"] == "50.0"
    assert second["items"][0]["materials_stored_retainage_currently_retained"] == "5.0"
    assert second["summary"]["current_payment_due"] == "0.0"


def test_a_retainage_release_bills_nothing_else(api: Api) -> None:
    base = commitment(api)
    entered(api, base, {"line": 1, WORK: "1000"}, {"line": 2, WORK: "50"})
    release = entered(api, base, {"line": 1, RELEASED: "100"}, {"line": 2, RELEASED: "2"})
    whole = shown(api, release["id"])
    assert whole["summary"]["total_completed_and_stored_to_date"] == "1050.0"
    assert (whole["summary"]["total_retainage"], whole["summary"]["current_payment_due"]) == ("3.0", "102.0")
    assert [item["net_amount"] for item in whole["items"]] == ["100.0", "2.0"]
    assert whole["total_claimed_amount"] == "0.0"
    more = {"id": release["item_ids"][0], "item_type": "contract_item", RELEASED: "100.01"}
    refused = change(api, base, release["id"], items=[more])
    assert (refused.status_code, refused.json()["fields"]) == (422, RELEASED)


@pytest.mark.parametrize(
    ("fields", "amount", "percent"),
    [
        ({WORK: "200"}, "20.0", "10.0"),
        ({WORK: "200", "work_completed_retainage_percent_this_period": "5"}, "10.0", "5.0"),
        ({WORK: "200", RETAINED: "50"}, "50.0", "25.0"),
        ({WORK: "33.33", "work_completed_retainage_percent_this_period": "7.5"}, "2.5", "7.5"),
        ({RETAINED: "7"}, "7.0", "0.0"),
    ],
)
def test_retainage_by_amount_or_percentage(api: Api, fields: Json, amount: str, percent: str) -> None:
    made = entered(api, commitment(api), {"line": 1, **fields})
    item = shown(api, made["id"])["items"][0]
    assert (item[RETAINED], item["work_completed_retainage_percent_this_period"]) == (amount, percent)


def test_change_orders_are_billed_by_their_lines(api: Api) -> None:
    base = commitment(api)
    orders = [
        {"contract_id": base["id"], "status": status, "lines": [{**LINES[0], "amount": amount, "commitment_line": 1}]}
        for status, amount in (("approved", "200"), ("pending", "30"), ("approved", "-40"))
    ]
    many = api.stand.control("POST", "/commitment_change_orders", {"commitment_change_orders": orders})
    line = f"{WO}/{base['id']}/line_items/{base['line_item_ids'][0]}"
    api.ok(api.patch(line, {**P, "line_item": {"origin_id": "L1"}}))
    made = entered(api, base, {"change_order": "001", "cost_code": "03-100", "line_item_type": "S", WORK: "80"})
    whole = shown(api, made["id"])
    assert [item["item_type"] for item in whole["items"]] == ["contract_item"] * 2 + ["change_order_item"] * 2
    assert [row["change_order_id"] for row in whole["item_packages"]] == [many["ids"][0], many["ids"][2]]
    summary = whole["summary"]
    assert (summary["net_change_by_change_orders"], summary["contract_sum_to_date"]) == ("160.0", "1210.0")
    assert summary["positive_new_change_order_item_total"] == "200.0"
    assert summary["negative_change_order_item_total"] == "-40.0"
    path = f"{ITEMS}/{made['id']}/change_order_items"
    item, other = api.ok(api.get(path, **P))
    assert (item["change_order_package_id"], item[WORK], item[RETAINED]) == (many["ids"][0], "80.0", "8.0")
    assert item["commitment_line_item_id"] == base["line_item_ids"][0]
    assert item["commitment_line_item_origin_id"] == "L1"
    assert item["line_item_id"] == many["commitment_change_orders"][0]["line_item_ids"][0]
    assert api.ok(api.get(path, params={**P, "filters[change_order_id]": many["ids"][2]})) == [other]
    assert api.ok(api.get(f"{path}/{item['id']}", **P)) == item
    api.ok(api.patch(f"/rest/v1.0/projects/310/commitment_change_orders/{many['ids'][1]}",
                     {"change_order": {"status": "approved"}}))  # fmt: skip
    later = shown(api, entered(api, base)["id"])["summary"]
    assert later["positive_new_change_order_item_total"] == "30.0"
    assert later["positive_previous_change_order_item_total"] == "200.0"


def test_items_of_each_type_have_their_own_lists(api: Api) -> None:
    base = commitment(api)
    details = [{"description": "Rebar", "amount": "30"}, {"description": "Ties", "amount": "20"}]
    line = f"/commitments/{base['id']}/lines/{base['line_item_ids'][1]}/details"
    ids = api.stand.control("PUT", line, {"details": details})["detail_line_item_ids"]
    made = entered(api, base)
    (plain,) = api.ok(api.get(f"{ITEMS}/{made['id']}/contract_items", **P))
    assert (plain["item_type"], plain["line_item_id"]) == ("contract_item", base["line_item_ids"][0])
    rebar, ties = api.ok(api.get(f"{ITEMS}/{made['id']}/contract_detail_items", **P))
    assert [rebar["detail_line_item_id"], ties["detail_line_item_id"]] == ids
    assert (rebar["scheduled_value"], rebar["wbs_code"]["flat_code"], rebar["cost_code_id"]) == (
        "30.0",
        "03-200.M",
        7104,
    )
    assert api.ok(api.get(f"{ITEMS}/{made['id']}/change_order_items", **P)) == []
    answer = api.get(f"{ITEMS}/{made['id']}/contract_items/{rebar['id']}", **P)
    assert (answer.status_code, set(answer.json())) == (404, {"message", "exception"})
    api.stand.control("PUT", line, {"details": details[:1]}, status=400)


def test_dates_come_from_the_billing_period(api: Api) -> None:
    days = {"start_date": "2026-05-01", "end_date": "2026-05-31", "due_date": "2026-05-25"}
    period = api.stand.control("POST", "/billing_periods", {**P, **days})
    made = entered(api, commitment(api), period_id=period["id"], billing_date=None)
    whole = shown(api, made["id"], "extended")
    assert [whole[n] for n in ("requisition_start", "requisition_end", "billing_date")] == list(days.values())
    assert whole["summary"]["formatted_period"] == "2026-05-01 - 2026-05-31"
    assert whole["summary_text"]["application_number"] == "1"
    (listed,) = api.ok(api.get(PERIODS))
    assert (listed["status"], listed["position"]) == ("open", 1)
    wrong = api.post(PERIODS, {"billing_period": {**days, "end_date": "2026-04-01", "status": "open"}})
    assert (wrong.status_code, wrong.json()["fields"]) == (422, "end_date")


def test_views(api: Api) -> None:
    made = entered(api, commitment(api))
    default, extended = shown(api, made["id"], "default"), shown(api, made["id"], "extended")
    assert {"items", "summary_text"} & set(default) == set()
    assert set(extended) - set(default) == {"summary_text", "created_by", "attachments"}
    assert set(shown(api, made["id"])) - set(default) == {"items", "item_packages"}


def test_filters(api: Api) -> None:
    base, other = commitment(api), commitment(api)
    first = entered(api, base, origin_id="R-1")
    second, third = entered(api, base, status="draft"), entered(api, other)
    for name, value, ids in (
        ("status", "draft", [second["id"]]),
        ("origin_id", "R-1", [first["id"]]),
        ("commitment_id", other["id"], [third["id"]]),
        ("is_last", "true", [second["id"], third["id"]]),
        ("is_last", "false", [first["id"]]),
    ):
        rows = api.ok(api.get(REQUISITIONS, params={**P, f"filters[{name}]": value}))
        assert [row["id"] for row in rows] == ids, name


def test_a_synced_invoice_is_frozen(api: Api) -> None:
    base = commitment(api)
    made = entered(api, base, {"line": 1, WORK: "10"})
    number, item = made["id"], {"id": made["item_ids"][0], "item_type": "contract_item"}
    whole = api.ok(
        change(api, base, number, items=[{**item, WORK: "20"}], origin_id="01|R1", billing_date="2026-05-26")
    )
    assert (whole["origin_id"], whole["items"][0][WORK]) == ("01|R1", "20.0")
    for fields in ({"status": "draft"}, {"billing_date": "2026-06-01"}, {"invoice_number": "X"},
                   {"origin_id": None, "final": True}, {"items": [{**item, WORK: "30"}]}):  # fmt: skip
        refused = change(api, base, number, **fields)
        assert (refused.status_code, refused.json()["fields"]) == (422, "base"), fields
    assert api.delete(f"{REQUISITIONS}/{number}", **P).status_code == 422
    same = {"status": "approved", "origin_data": "{}", "items": [{**item, WORK: "20"}]}
    assert api.ok(change(api, base, number, **same))["origin_data"] == "{}"
    api.stand.control("POST", f"/edit/requisitions/{number}", {"status": "draft"})
    assert shown(api, number)["status"] == "draft"
    assert api.ok(change(api, base, number, origin_id=None))["origin_id"] is None
    api.ok(api.delete(f"{REQUISITIONS}/{number}", **P))


def test_origin_ids_are_unique_in_a_company(api: Api) -> None:
    base = commitment(api)
    entered(api, base, origin_id="R-1")
    second = entered(api, base)
    refused = change(api, base, second["id"], origin_id="R-1")
    assert (refused.status_code, refused.json()["fields"]) == (422, "origin_id")


def test_only_the_latest_can_be_deleted(api: Api) -> None:
    base = commitment(api)
    first, second = entered(api, base, {"line": 1, WORK: "10"}), entered(api, base)
    assert api.delete(f"{REQUISITIONS}/{first['id']}", **P).status_code == 422
    assert [shown(api, one["id"])["deletable"] for one in (first, second)] == [False, True]
    api.ok(api.delete(f"{REQUISITIONS}/{second['id']}", **P))
    assert api.get(f"{REQUISITIONS}/{second['id']}", **P).status_code == 404
    api.stand.control("DELETE", f"/requisitions/{first['id']}")
    assert api.ok(api.get(REQUISITIONS, **P)) == []
    assert api.ok(api.get(f"{WO}/{base['id']}", **P))["total_requisitions_amount"] == "0.0"
    assert entered(api, base)["number"] == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "paid"}, "status"),
        ({"period_id": 1}, "period_id"),
        ({"items": [{"item_type": "contract_item", "line_item_id": 1}]}, "items"),
        ({"items": [{"item_type": "change_order_item", "line_item_id": "of the commitment"}]}, "items"),
        ({"items": ["one"]}, "items"),
    ],
)
def test_bad_invoices_are_refused(api: Api, fields: Json, field: str) -> None:
    base = commitment(api)
    answer = api.post(REQUISITIONS, {**P, "commitment_id": base["id"], "requisition": fields})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)
    assert api.ok(api.get(REQUISITIONS, **P)) == []


@pytest.mark.parametrize(
    "name", ["new_materials", "stored_materials", "materials_presently_stored_from_previous_progress"]
)
def test_progress_billing_is_refused(api: Api, name: str) -> None:
    base = commitment(api)
    made = entered(api, base)
    item = {"id": made["item_ids"][0], "item_type": "contract_item", name: "1"}
    refused = change(api, base, made["id"], items=[item])
    assert (refused.status_code, refused.json()["fields"]) == (422, name)


def test_a_commitment_must_be_named_and_exist(api: Api) -> None:
    assert api.post(REQUISITIONS, {**P, "requisition": {}}).status_code == 400
    missing = api.post(REQUISITIONS, {**P, "commitment_id": 1, "requisition": {}})
    assert (missing.status_code, set(missing.json())) == (404, {"message", "exception"})
    base, other = commitment(api), commitment(api)
    made = entered(api, base)
    assert change(api, other, made["id"], final=True).status_code == 404


def test_an_item_moves_its_invoice(api: Api) -> None:
    base = commitment(api)
    made = entered(api, base)
    before = shown(api, made["id"])["updated_at"]
    api.stand.control("POST", f"/edit/requisition_items/{made['item_ids'][0]}", {WORK: "5"})
    after = shown(api, made["id"])
    assert (after["updated_at"] > before, after["items"][0][WORK]) == (True, "5.0")
