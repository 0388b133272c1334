"""Drives what an ERP writes into a project: direct costs, sub jobs, compliance and what belongs to them."""

from __future__ import annotations

from tests.sandbox.procore.stand import ACME, COMPANY, CONCRETE, LABOR, PROJECT, Api, Json

V10 = f"/rest/v1.0/projects/{PROJECT}/direct_costs"
V11 = f"/rest/v1.1/projects/{PROJECT}/direct_costs"
C: Json = {"company_id": COMPANY}
P: Json = {"project_id": PROJECT}
CODES: Json = {"cost_code_id": CONCRETE, "line_item_type_id": LABOR}


def costs(api: Api) -> None:
    """Drive all of it."""
    direct_costs(api)
    sub_jobs(api)
    job_costs(api)
    project_setup(api)
    compliance(api)
    insurances(api)


def direct_costs(api: Api) -> None:
    """Heads in both versions, and lines."""
    fields = {
        "direct_cost_type": "invoice",
        "invoice_number": "A-1",
        "vendor_id": ACME,
        "direct_cost_date": "2026-03-01",
    }
    made = api.ok(api.post(V10, {"item": {**fields, "employee_id": 7}}), 201)
    wbs = direct_cost_lines(api, f"{V10}/{made['id']}/line_items", made["id"])
    line = {"wbs_code_id": wbs, "manual_amount": 5, "ref": "1"}
    newer = api.ok(api.post(V11, {"direct_cost": {**fields, "line_items": [line]}}), 201)
    for path, name in ((V10, "item"), (V11, "direct_cost")):
        assert api.post(path, {name: {}}).status_code == 422
        assert api.post(path, {}).status_code == 400
        api.ok(api.patch(f"{path}/{made['id']}", {name: {"description": "Rental", "status": "approved"}}))
        assert api.patch(f"{path}/{made['id']}", {name: {"vendor_id": 1}}).status_code == 422
        api.ok(
            api.get(path, params={"filters[invoice_number]": "A-1", "filters[payment_date]": "2026-03-01", "page": 1})
        )
        api.ok(api.get(path))
        api.ok(api.get(f"{path}/{made['id']}"))
    change = [{"id": newer["line_items"][0]["id"], "manual_amount": 6}, line]
    api.ok(api.patch(f"{V11}/{newer['id']}", {"direct_cost": {"line_items": change}}))
    rows = [{"id": made["id"], "origin_id": "DC"}, {"direct_cost_type": "payroll", "origin_id": "DC-2"}, {"id": 5}]
    answer = api.ok(api.patch(f"{V10}/sync", {"updates": rows}))
    assert (len(answer["entities"]), len(answer["errors"])) == (2, 1)
    assert api.delete(f"{V10}/{made['id']}").status_code == 422
    api.ok(api.delete(f"{V11}/{newer['id']}"))
    spare = api.ok(api.post(V10, {"item": fields}), 201)
    api.ok(api.delete(f"{V10}/{spare['id']}"))


def direct_cost_lines(api: Api, path: str, head: int) -> int:
    """The lines of one direct cost, and of all; answers a WBS code."""
    made = api.ok(api.post(path, {"line_item": {**CODES, "quantity": 2, "unit_cost": 5, "uom": "cy"}}), 201)
    assert api.post(path, {"line_item": {}}).status_code == 422
    api.ok(api.patch(f"{path}/{made['id']}", {"line_item": {"description": "Labor"}}))
    assert api.patch(f"{path}/{made['id']}", {"line_item": {"cost_code_id": 5}}).status_code == 422
    api.ok(api.get(path, params={"filters[cost_code_id]": CONCRETE}))
    api.ok(api.get(f"{path}/{made['id']}"))
    row = {"direct_cost_id": head, **CODES, "amount": 7, "origin_id": "DCL"}
    answer = api.ok(api.patch(f"{V10}/line_items/sync", {"updates": [row, {"id": 5}]}))
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)
    assert api.patch(f"{V10}/line_items/sync", {"updates": [{}] * 1001}).status_code == 413
    assert len(api.ok(api.get(f"{V10}/line_items", params={"filters[direct_cost_id]": head}))) == 2
    api.ok(api.delete(f"{path}/{made['id']}"))
    return int(made["wbs_code"]["id"])


def sub_jobs(api: Api) -> None:
    """Sub jobs, and codes of their own where the description knows them."""
    path, codes = "/rest/v1.0/sub_jobs", "/rest/v1.0/cost_codes"
    made = api.ok(api.post(path, {**P, "sub_job": {"name": "Garage", "code": "G", "origin_id": "SJ"}}), 201)
    assert api.post(path, {**P, "sub_job": {}}).status_code == 422
    assert api.post(path, P).status_code == 400
    one = f"{path}/{made['id']}"
    api.ok(api.patch(one, {**P, "sub_job": {"origin_data": "{}"}}))
    api.ok(api.get(path, **P, per_page=5))
    api.ok(api.get(one, **P))
    rows = [{"id": made["id"], "name": "Deck"}, {"name": "Roof", "code": "R", "origin_id": "SJ-2"}, {"id": 5}]
    answer = api.ok(api.patch(f"{path}/sync", {**P, "updates": rows}, **P))
    assert (len(answer["entities"]), len(answer["errors"])) == (2, 1)
    scope = {**P, "sub_job_id": made["id"]}
    api.ok(api.patch(f"{codes}/sync", {"updates": [{"code": "03", "name": "Concrete"}]}, **scope))
    own = api.ok(api.post(codes, {**scope, "cost_code": {"code": "04", "name": "Masonry"}}), 201)
    api.ok(api.patch(f"{codes}/{own['id']}", {**scope, "cost_code": {"name": "Bricks", "code": "04"}}))
    assert len(api.ok(api.get(codes, **scope))) == 2
    api.ok(api.get(f"{codes}/{own['id']}", **scope))
    assert api.delete(one, **P).status_code == 422
    api.ok(api.delete(f"{path}/{answer['entities'][1]['id']}", **P))
    base = f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure"
    head = api.ok(
        api.post(V10, {"item": {"direct_cost_type": "expense", "invoice_number": "1", "vendor_id": ACME}}), 201
    )
    line = {"line_item": {"cost_code_id": own["id"], "line_item_type_id": LABOR, "amount": 1}}
    api.ok(api.post(f"{V10}/{head['id']}/line_items", line), 201)
    for segment in api.ok(api.get(f"{base}/segments")):
        api.ok(api.get(f"{base}/segments/{segment['id']}/segment_items"))
    api.ok(api.get(f"{base}/wbs_codes"))


def job_costs(api: Api) -> None:
    """What partner documentation has: job costs and assigned cost types."""
    project = {**C, "project": {"origin_id": "01|1042"}}
    api.ok(api.patch(f"/rest/v1.0/projects/{PROJECT}", project))
    path = "/rest/v1.0/erp_job_costs"
    body = {**C, "job_origin_id": "01|1042", "updates": [{**CODES, "job_to_date_cost": "5"}, {"id": 5}]}
    answer = api.ok(api.patch(f"{path}/sync", body))
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)
    assert api.patch(f"{path}/sync", {**body, "job_origin_id": "?"}).status_code == 404
    api.ok(api.delete(f"{path}/{answer['entities'][0]['id']}"))
    pair = {"cost_code_id": 7113, "line_item_type_id": LABOR, "synced": True}
    rows = {"updates": [pair, {"id": 5}]}
    answer = api.ok(api.patch("/rest/v1.0/cost_code_line_item_types/sync", rows, **P))
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)
    api.ok(api.delete(f"/rest/v1.0/cost_codes_line_item_types/{answer['entities'][0]['id']}"))


def project_setup(api: Api) -> None:
    """Templates, projects made from them, and a project's settings of the ERP integration."""
    path = "/rest/v1.0/projects"
    (template, _) = api.ok(api.get("/rest/v1.0/project_templates", **C, per_page=5))
    row = {"name": "Annex", "project_template_id": template["id"], "origin_id": "01|1043"}
    answer = api.ok(api.patch(f"{path}/sync", {**C, "updates": [row, {**row, "project_template_id": 5}]}))
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)
    api.ok(api.get(f"{path}/{answer['entities'][0]['id']}", **C))
    api.ok(api.get(path, **C))
    settings = f"{path}/{PROJECT}/configuration"
    api.ok(api.patch(settings, {"configuration": {"erp_job_cost_transaction_syncing_enabled": True}}))
    assert api.patch(settings, {}).status_code == 400


def compliance(api: Api) -> None:
    """The compliance of both types of commitments."""
    for kind, path in (
        ("WorkOrderContract", "work_order_contracts"),
        ("PurchaseOrderContract", "purchase_order_contracts"),
    ):
        number = api.commitment(type=kind)["id"]
        base = f"/rest/v1.0/projects/{PROJECT}/{path}/{number}"
        said = {"compliance_status": "compliant", "insurance_status": "not_required", "insurance_notes": "Waived"}
        api.ok(api.patch(f"{base}/compliance", said))
        assert api.patch(f"{base}/compliance", {"compliance_status": "fine"}).status_code == 422
        documents = f"{base}/compliance_documents"
        fields = {"name": "Bond", "type": "bond", "status": "compliant", "effective_at": "2026-01-01"}
        made = api.ok(api.post(documents, {"attributes": {**fields, "expires_at": "2027-01-01"}}), 201)
        assert api.post(documents, {"attributes": {}}).status_code == 422
        api.ok(api.patch(f"{documents}/{made['id']}", {"attributes": {"notes": "Seen"}}))
        assert api.patch(f"{documents}/{made['id']}", {"attributes": {"type": "promise"}}).status_code == 422
        api.ok(api.get(documents, per_page=5))
        api.ok(api.get(f"{documents}/{made['id']}"))
        insurance = {"insurance": {"vendor_id": ACME, "name": "Mutual", "status": "compliant"}}
        api.ok(api.post(f"/rest/v1.0/projects/{PROJECT}/insurances", insurance), 201)
        api.ok(api.get(f"{base}/compliance"))
        assert api.delete(f"{documents}/{made['id']}").status_code == 204
        assert api.get(f"{documents}/{made['id']}").status_code == 404


def insurances(api: Api) -> None:
    """The four paths of insurances."""
    for holder in (f"companies/{COMPANY}", f"projects/{PROJECT}"):
        for vendor in ("", f"/vendors/{ACME}"):
            path = f"/rest/v1.0/{holder}{vendor}/insurances"
            own = {} if vendor else {"vendor_id": ACME}
            fields = {
                **own,
                "insurance_type": "General Liability",
                "limit": "1000000",
                "name": "Mutual",
                "exempt": False,
            }
            made = api.ok(api.post(path, {"insurance": {**fields, "effective_date": "2026-01-01"}}), 201)
            assert api.post(path, {"insurance": {**fields, "status": "fine"}}).status_code == 422
            api.ok(api.get(path, per_page=5))
            api.ok(api.patch(f"{path}/{made['id']}", {"insurance": {**own, "origin_id": path, "notes": "Seen"}}))
            assert api.patch(f"{path}/{made['id']}", {"insurance": {**own, "limit": "5"}}).status_code == 422
            assert api.delete(f"{path}/{made['id']}").status_code == 422
            rows = [{"id": made["id"], "limit": "5", "origin_id": None}, {**fields, "origin_id": f"{path}2"}, {"id": 5}]
            answer = api.ok(api.patch(f"{path}/sync", {"updates": rows}))
            assert (len(answer["entities"]), len(answer["errors"])) == (2, 1)
            api.ok(api.get(f"{path}/{made['id']}"))
            api.ok(api.delete(f"{path}/{made['id']}"))
            assert api.get(f"{path}/{made['id']}").status_code == 404
