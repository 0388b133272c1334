"""Drives the endpoints of change orders, prime contracts, invoices and payments, with success and with failure."""

from __future__ import annotations

from tests.sandbox.procore.stand import ACME, BAKER, COMPANY, CONCRETE, PROJECT, SUBCONTRACT, Api, Json

P: Json = {"project_id": PROJECT}
CCO = f"/rest/v1.0/projects/{PROJECT}/commitment_change_orders"
PCCO = f"/rest/v1.0/projects/{PROJECT}/prime_change_orders"
V2 = f"/rest/v2.0/companies/{COMPANY}/projects/{PROJECT}"
PRIME = "/rest/v1.0/prime_contract"
PRIMES = "/rest/v1.0/prime_contracts"
MARKUPS = "/rest/v1.0/financials/markups"
REQUISITIONS = "/rest/v1.1/requisitions"
ITEMS = "/rest/v1.0/requisitions"
PERIODS = f"/rest/v1.0/projects/{PROJECT}/billing_periods"
PAYMENTS = "/rest/v1.0/contract_payments"
HOLDER = {"holder_type": "Contract", "holder_id": 1}
"""A holder of markups that isn't there."""


def more_scope(method: str, path: str) -> Json:
    """What some endpoints need besides company and project before they look for a record."""
    if path.startswith(PAYMENTS):
        return {"contract_id": 1}
    return {"commitment_id": 1} if path.startswith(REQUISITIONS) and method == "PATCH" else {}


def documents(api: Api) -> None:
    """All of them, on one commitment and one prime contract."""
    lines = [{"cost_code": "03-100", "line_item_type": "S", "amount": "1000", "description": "Slabs"}]
    lines += [{"cost_code": "03-200", "line_item_type": "M", "quantity": "4", "unit_cost": "25", "uom": "ton"}]
    commitment = api.commitment(lines=lines, retainage_percent="10")
    wbs = wbs_code(api, commitment)
    prime = prime_contracts(api, wbs)
    cco = change_orders(api, CCO, commitment["id"], wbs)
    pcco = change_orders(api, PCCO, prime["id"], wbs)
    change_order_lines(api, f"{V2}/commitment_change_orders/{cco}/line_items", wbs, commitment["line_item_ids"][0])
    change_order_lines(api, f"{V2}/prime_change_orders/{pcco}/line_items", wbs, None)
    markups(api, prime, pcco)
    requisition = requisitions(api, commitment)
    payments(api, commitment["id"], requisition)
    payments(api, prime["id"], None)
    for path in (f"/rest/v1.0/commitments/{commitment['id']}", f"/rest/v1.0/work_order_contracts/{commitment['id']}"):
        assert len(api.ok(api.get(path, **P))["payments_issued"]) == 1
    assert len(api.ok(api.get(f"{PRIME}/{prime['id']}", **P))["payments_received"]) == 1


def wbs_code(api: Api, commitment: Json) -> str:
    """The WBS code of a commitment's first line, as v2 writes it."""
    path = f"/rest/v1.0/work_order_contracts/{commitment['id']}/line_items/{commitment['line_item_ids'][0]}"
    return str(api.ok(api.get(path, **P))["wbs_code"]["id"])


def prime_contracts(api: Api, wbs: str) -> Json:
    """Prime contracts and their lines; answers one with a line."""
    assert api.get(PRIME, **P).status_code == 404
    fields = {
        "title": "Harbour View",
        "vendor_id": ACME,
        "contractor_id": BAKER,
        "status": "Approved",
        "origin_id": "01-1",
    }
    made = api.ok(api.post(PRIME, {**P, "prime_contract": {**fields, "contract_date": "2026-01-05"}}), 201)
    assert api.post(PRIME, {**P, "prime_contract": fields}).status_code == 422
    assert api.post(PRIME, P).status_code == 400
    one = f"{PRIME}/{made['id']}"
    api.ok(api.patch(one, {**P, "prime_contract": {"status": "Complete", "retainage_percent": "5"}}))
    assert api.patch(one, {**P, "prime_contract": {"status": "Void"}}).status_code == 422
    prime_lines(api, f"{PRIMES}/{made['id']}/line_items", wbs)
    for path in (one, PRIME):
        assert api.ok(api.get(path, **P))["id"] == made["id"]
    assert api.get(f"{PRIME}/1", **P).status_code == 404
    api.ok(api.get(PRIMES, params={**P, "filters[id]": made["id"], "per_page": 1}))
    spare = api.ok(api.post(PRIME, {**P, "prime_contract": {}}), 201)
    api.ok(api.delete(f"{PRIME}/{spare['id']}", **P))
    assert api.delete(f"{PRIME}/{spare['id']}", **P).status_code == 404
    return api.ok(api.get(one, **P))


def prime_lines(api: Api, path: str, wbs: str) -> None:
    """The lines of one prime contract."""
    codes = {"cost_code_id": CONCRETE, "line_item_type_id": SUBCONTRACT}
    kept = api.ok(api.post(path, {**P, "line_item": {**codes, "amount": "5000"}}), 201)
    by_units = {"wbs_code_id": int(wbs), "quantity": "2", "unit_cost": "5", "uom": "cy", "origin_id": "PL"}
    made = api.ok(api.post(path, {**P, "line_item": by_units}), 201)
    assert api.post(path, {**P, "line_item": {"amount": "1"}}).status_code == 422
    api.ok(api.patch(f"{path}/{made['id']}", {**P, "line_item": {"description": "Revenue"}}))
    assert api.patch(f"{path}/{made['id']}", {**P, "line_item": {"uom": "furlong"}}).status_code == 422
    api.ok(api.get(path, params={**P, "filters[cost_code_id]": CONCRETE}))
    api.ok(api.get(f"{path}/{kept['id']}", **P))
    assert api.get(f"{path}/1", **P).status_code == 404
    rows = [{"id": kept["id"], "amount": "5100"}, {**codes, "amount": "1", "origin_id": "PL-2"}, {"amount": "1"}]
    answer = api.ok(api.patch(f"{path}/sync", {"updates": rows}, **P))
    assert (len(answer["entities"]), len(answer["errors"])) == (2, 1)
    assert api.patch(f"{path}/sync", {"updates": [{}] * 1001}, **P).status_code == 413
    api.ok(api.delete(f"{path}/{made['id']}", **P))
    assert api.delete(f"{path}/{made['id']}", **P).status_code == 404


def change_orders(api: Api, path: str, contract: int, wbs: str) -> int:
    """The heads of one kind; answers an approved one."""
    fields = {"contract_id": contract, "title": "Deeper footings", "status": "draft", "due_date": "2026-06-30"}
    made = api.ok(api.post(path, {"change_order": fields}), 201)
    assert api.post(path, {"change_order": {**fields, "contract_id": 1}}).status_code == 422
    assert api.post(path, {}).status_code == 400
    one = f"{path}/{made['id']}"
    api.ok(api.patch(one, {"change_order": {"status": "approved", "schedule_impact_amount": 3}}))
    assert api.patch(one, {"change_order": {"status": "Approved"}}).status_code == 422
    for view in ("default", "extended"):
        api.ok(api.get(one, view=view))
        query = {"view": view, "sort": "-created_at", "filters[status]": "approved", "filters[contract_id]": contract}
        assert len(api.ok(api.get(path, params={**query, "filters[vendor_id]": ACME}))) == 1
    assert api.get(f"{path}/1").status_code == 404
    assert api.get(path.replace(str(PROJECT), "1")).status_code == 404
    spare = api.ok(api.post(path, {"change_order": fields}), 201)
    assert api.delete(f"{path}/{spare['id']}").status_code == 204
    assert api.delete(f"{path}/{spare['id']}").status_code == 404
    return int(made["id"])


def change_order_lines(api: Api, path: str, wbs: str, commitment_line: int | None) -> None:
    """The v2.0 lines of one change order."""
    named = {"commitment_line_item_id": str(commitment_line)} if commitment_line else {}
    body = {"wbs_code_id": wbs, "amount": "120.50", "description": "More steel", **named}
    made = api.ok(api.post(path, body))["data"]
    api.ok(api.post(path, {"wbs_code_id": wbs, "quantity": "2.5", "unit_cost": "10", "uom": "cy"}))
    assert api.post(path, {"wbs_code_id": "1"}).status_code == 422
    api.ok(api.patch(f"{path}/{made['id']}", {"amount": "121", "uom": "ls"}))
    assert api.patch(f"{path}/{made['id']}", {"uom": "furlong"}).status_code == 422
    assert len(api.ok(api.get(path, page=1, per_page=1))["data"]) == 1
    api.ok(api.get(f"{path}/{made['id']}"))
    spare = api.ok(api.post(path, {"wbs_code_id": wbs, "amount": "1"}))["data"]["id"]
    assert api.delete(f"{path}/{spare}").status_code == 204
    assert api.get(f"{path}/{spare}").status_code == 404


def markups(api: Api, prime: Json, change_order: int) -> None:
    """Markups of both kinds of holders."""
    for holder_type, number in (("Contract", prime["id"]), ("PotentialChangeOrder", change_order)):
        holder = {**P, "holder_type": holder_type, "holder_id": number}
        fields = {"name": "Fee", "markup_set": "vertical", "percentage": "5.5", "prime_line_item_id": None}
        wbs = prime["line_items"][0]["wbs_code"]["id"]
        made = api.ok(api.post(MARKUPS, {"markup": {**fields, "wbs_code_id": wbs, "position": 1}}, **holder), 201)
        assert api.post(MARKUPS, {"markup": {**fields, "compound": {"type": "x"}}}, **holder).status_code == 422
        api.ok(api.patch(f"{MARKUPS}/{made['id']}", {"markup": {"percentage": "6"}}, **holder))
        assert api.patch(f"{MARKUPS}/{made['id']}", {"markup": {"name": ""}}, **holder).status_code == 422
        assert len(api.ok(api.get(MARKUPS, **holder, view="with_erp_data"))) == 1
        api.ok(api.get(f"{MARKUPS}/{made['id']}", **holder))
        spare = api.ok(api.post(MARKUPS, {"markup": {**fields, "markup_set": "horizontal"}}, **holder), 201)
        assert api.delete(f"{MARKUPS}/{spare['id']}", **holder).status_code == 204
        assert api.get(f"{MARKUPS}/{spare['id']}", **holder).status_code == 404
    assert api.get(MARKUPS, **P, holder_type="Contract").status_code == 400


def requisitions(api: Api, commitment: Json) -> int:
    """Billing periods, invoices and items; answers an approved invoice."""
    days = {"start_date": "2026-05-01", "end_date": "2026-05-31", "due_date": "2026-05-25", "status": "open"}
    period = api.ok(api.post(PERIODS, {"billing_period": days}), 201)
    assert api.post(PERIODS, {"billing_period": {**days, "status": "shut"}}).status_code == 422
    api.ok(api.get(PERIODS, params={"filters[status]": "open"}))
    api.ok(api.get(f"{PERIODS}/{period['id']}"))
    first, second = commitment["line_item_ids"]
    details = [{"description": "Rebar", "amount": "60"}, {"description": "Ties", "amount": "40"}]
    path = f"/commitments/{commitment['id']}/lines/{second}/details"
    (detail, _) = api.stand.control("PUT", path, {"details": details})["detail_line_item_ids"]
    scope = {**P, "commitment_id": commitment["id"]}
    items = [
        {"item_type": "contract_item", "line_item_id": first, "work_completed_this_period": "100"},
        {"item_type": "contract_detail_item", "detail_line_item_id": detail, "work_completed_this_period": "6"},
    ]
    fields = {"period_id": period["id"], "invoice_number": "A-1", "status": "draft"}
    body = {**scope, "requisition": {**fields, "items": items}}
    made = api.ok(api.post(REQUISITIONS, body, view="items"), 201)
    assert api.post(REQUISITIONS, {**scope, "requisition": {"period_id": 1}}).status_code == 422
    assert api.post(REQUISITIONS, {**P, "commitment_id": 1, "requisition": {}}).status_code == 404
    one = f"{REQUISITIONS}/{made['id']}"
    item = {"id": made["items"][0]["id"], "item_type": "contract_item", "materials_presently_stored": "50"}
    change = {"status": "approved", "billing_date": "2026-05-31", "items": [item], "origin_id": "01-R1"}
    api.ok(api.patch(one, {**scope, "requisition": change}))
    assert api.patch(one, {**scope, "requisition": {"status": "draft"}}).status_code == 422
    for view in ("default", "extended", "items", "action_policy"):
        api.ok(api.get(one, **P, view=view))
        query = {**P, "view": view, "filters[origin_id]": "01-R1", "filters[is_last]": "true"}
        assert len(api.ok(api.get(REQUISITIONS, params=query))) == 1
    assert api.get(f"{REQUISITIONS}/1", **P).status_code == 404
    for kind in ("contract_items", "contract_detail_items", "change_order_items"):
        rows = api.ok(api.get(f"{ITEMS}/{made['id']}/{kind}", **P, per_page=1))
        api.ok(api.get(f"{ITEMS}/{made['id']}/{kind}/{rows[0]['id']}", **P))
        assert api.get(f"{ITEMS}/{made['id']}/{kind}/1", **P).status_code == 404
    spare = api.ok(api.post(REQUISITIONS, {**scope, "requisition": {}}), 201)
    api.ok(api.delete(f"{REQUISITIONS}/{spare['id']}", **P))
    assert api.delete(one, **P).status_code == 422
    return int(made["id"])


def payments(api: Api, contract: int, requisition: int | None) -> None:
    """Payments of one contract."""
    scope = {**P, "contract_id": contract}
    fields = {"amount": "60", "check_number": "2001", "date": "2026-06-20", "payment_method": "check"}
    body = {**scope, "contract_payment": {**fields, "requisition_id": requisition, "invoice_date": "2026-05-31"}}
    made = api.ok(api.post(PAYMENTS, body), 201)
    assert api.post(PAYMENTS, {**scope, "contract_payment": {}}).status_code == 422
    assert api.post(PAYMENTS, {**P, "contract_payment": fields}).status_code == 400
    one = f"{PAYMENTS}/{made['id']}"
    api.ok(api.patch(one, {**scope, "contract_payment": {"notes": "Net", "origin_id": f"CHK-{contract}"}}))
    assert api.patch(one, {**scope, "contract_payment": {"amount": "61"}}).status_code == 422
    assert len(api.ok(api.get(PAYMENTS, **scope, per_page=5))) == 1
    api.ok(api.get(one, **scope))
    assert api.delete(one, **scope).status_code == 422
    spare = api.ok(api.post(PAYMENTS, {**scope, "contract_payment": fields}), 201)
    api.ok(api.delete(f"{PAYMENTS}/{spare['id']}", **scope))
    assert api.get(f"{PAYMENTS}/{spare['id']}", **scope).status_code == 404


def change_order_lists(api: Api) -> None:
    """The two lists that the description has as one object."""
    api.ok(api.get(CCO))
    api.ok(api.get(PCCO))
