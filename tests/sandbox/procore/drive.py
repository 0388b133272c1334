"""Drives every endpoint of the stand-in over HTTP, with success and with failure, so that the traffic can be judged."""

from __future__ import annotations

import re

from sandbox.procore.resources.table import routes
from tests.sandbox.procore import drive_budgets, drive_costs, drive_documents
from tests.sandbox.procore.stand import (
    ACME,
    BAKER,
    COMPANY,
    CONCRETE,
    LIST,
    PO,
    PROJECT,
    STEEL,
    SUBCONTRACT,
    WO,
    Api,
    Json,
    Stand,
)

C: Json = {"company_id": COMPANY}
P: Json = {"project_id": PROJECT}
S: Json = {**C, "standard_cost_code_list_id": LIST}
V = "/rest/v1.0/vendors"
INACTIVE = f"/rest/v1.0/companies/{COMPANY}/vendors/inactive"
DIRECTORY = f"/rest/v1.1/projects/{PROJECT}/vendors"
COMPANY_WBS = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"
PROJECT_WBS = f"/rest/v1.0/projects/{PROJECT}/work_breakdown_structure"


def everything(stand: Stand) -> None:
    """Drive all of it."""
    logins(stand)
    api = stand.api()
    refusals(api)
    drive_budgets.uses_budget_changes(api, False)
    for method, path in routes().listed():
        refusals_of(api, method, path)
    projects(api)
    vendors(api)
    codes(api)
    work_breakdown(api)
    contracts(api, WO, "work_order_contract")
    contracts(api, PO, "purchase_order_contract")
    union(api)
    drive_budgets.budgets(api)
    drive_documents.documents(api)
    drive_costs.costs(api)


def logins(stand: Stand) -> None:
    """The login host."""
    client = {"client_id": "demo-client", "client_secret": "demo-secret"}
    grant = {**client, "grant_type": "client_credentials"}
    token = stand.http.post("/oauth/token", json=grant).json()["access_token"]
    stand.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=("demo-client", "demo-secret"))
    stand.http.post("/oauth/token", data={**grant, "client_secret": "wrong"})
    back = {"response_type": "code", "client_id": "demo-client", "redirect_uri": "http://127.0.0.1/"}
    location = stand.http.get("/oauth/authorize", params=back).headers["location"]
    grant = {**client, "grant_type": "authorization_code", "code": location.partition("code=")[2]}
    pair = stand.http.post("/oauth/token", data={**grant, "redirect_uri": "http://127.0.0.1/"}).json()
    refresh = {**client, "grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert [stand.http.post("/oauth/token", data=refresh).status_code for _ in range(2)] == [200, 400]
    bearer = {"Authorization": f"Bearer {token}"}
    assert stand.http.get("/oauth/token/info", headers=bearer).status_code == 200
    assert stand.http.post("/oauth/revoke", data={**client, "token": token}).status_code == 200
    assert stand.http.get("/oauth/token/info", headers=bearer).status_code == 401


def refusals(api: Api) -> None:
    """What is refused before any endpoint works."""
    assert api.stand.http.get(V, params=C).status_code == 401
    bare = Api(api.stand, {"Authorization": api.headers["Authorization"]})
    assert bare.get(V, **C).status_code == 400
    stranger = Api(api.stand, {**api.headers, "Procore-Company-Id": "1"})
    assert stranger.get(V, **C).status_code == 403
    assert api.delete(V).status_code == 405
    for path in ("/rest/v1.0/me", "/rest/v1.0/companies", f"/rest/v1.0/companies/{COMPANY}/uoms"):
        assert api.get(path).status_code == 200
        assert bare.get(path).status_code == 400


def refusals_of(api: Api, method: str, template: str) -> None:
    """One endpoint without a token, without the company header, and for a record that isn't there."""
    own = {"company_id": str(COMPANY), "project_id": str(PROJECT)}
    path = re.sub(r"{(\w+)}", lambda part: own.get(part[1], "1"), template)
    listed = "/standard_cost_codes" in path and method != "DELETE"
    scope = {**C, **P, **({"standard_cost_code_list_id": LIST} if listed else {})}
    scope |= drive_documents.more_scope(method, path)
    query, body = (scope, None) if method in ("GET", "DELETE") else ({}, scope)
    query |= drive_documents.HOLDER if "/markups" in path else {}
    for name, status in (("Authorization", 401), ("Procore-Company-Id", 400)):
        headers = {key: value for key, value in api.headers.items() if key != name}
        assert Api(api.stand, headers).send(method, path, body, **query).status_code == status
    if re.search(r"{(id|contract_id|segment_id|change_order_id|requisition_id|direct_cost_id|vendor_id)}", template):
        assert api.send(method, path, body, **query).status_code == 404, path


def refused_row(api: Api, path: str, body: Json, **query: Json) -> None:
    """A sync whose only row is refused."""
    answer = api.ok(api.patch(path, body, **query))
    assert (len(answer["entities"]), len(answer["errors"])) == (0, 1)


def projects(api: Api) -> None:
    """Projects."""
    path = "/rest/v1.0/projects"
    for view in ("ids", "compact", "normal", "extended"):
        api.ok(api.get("/rest/v1.1/projects", **C, view=view, per_page=1))
    filters = {"filters[by_status]": "All", "filters[name]": "h", "filters[updated_at]": "2020-01-01...2099-01-01"}
    for more in ({}, filters, {"serializer_view": "compact", "sort": "-name"}):
        api.ok(api.get(path, params={**C, **more}))
    fields = {"name": "Pier 9", "project_number": "9", "total_value": 12.5, "flag": "Red", "project_template_id": 8001}
    made = api.ok(api.post(path, {**C, "project": fields}), 201)
    assert api.post(path, {**C, "project": {"name": ""}}).status_code == 422
    assert api.post(path, C).status_code == 400
    one = f"{path}/{made['id']}"
    api.ok(api.patch(one, {**C, "project": {"standard_cost_code_list_id": LIST, "origin_id": "01-9"}}))
    assert api.patch(one, {**C, "project": {"time_zone": "Nowhere/At All"}}).status_code == 422
    api.ok(api.get(one, **C))
    api.ok(api.get(one, **C, view="minimal"))
    assert api.get(f"{path}/1", **C).status_code == 404
    api.ok(api.patch(f"{path}/sync", {**C, "updates": [{"id": made["id"], "origin_id": "01-10"}, {"name": "Q"}]}))
    refused_row(api, f"{path}/sync", {**C, "updates": [{"id": 5, "name": "Q"}]})
    assert api.patch(f"{path}/sync", {**C, "updates": [{}] * 1001}).status_code == 400


def vendors(api: Api) -> None:
    """Vendors of company and project."""
    for view in ("compact", "normal", "erp", "extended", "directory", "summary"):
        api.ok(api.get(V, **C, view=view))
        api.ok(api.get(f"{V}/{ACME}", **C, view=view))
    api.ok(api.get(V, params={**C, "filters[id][]": [ACME, BAKER], "filters[search]": "a", "sort": "name", "page": 9}))
    made = api.ok(api.post(V, {**C, "vendor": {"name": "Ivy", "origin_id": "IVY", "parent_id": ACME}}), 201)
    assert api.post(V, {**C, "vendor": {"name": ""}}).status_code == 422
    assert api.post(V, C).status_code == 400
    api.ok(api.patch(f"{V}/{made['id']}", {**C, "vendor": {"name": "Ivy", "is_active": False}}))
    assert api.patch(f"{V}/1", {**C, "vendor": {"name": "Ivy"}}).status_code == 404
    assert api.get(f"{V}/1", **C).status_code == 404
    for view in ("normal", "extended", "compact"):
        api.ok(api.get(INACTIVE, view=view))
    api.ok(api.patch(f"{INACTIVE}/{made['id']}", None))
    api.ok(api.patch(f"{V}/sync", {**C, "updates": [{"id": made["id"], "name": "I"}, {"name": "J", "origin_id": "J"}]}))
    assert api.patch(f"{V}/sync", {**C, "updates": [{}] * 1001}).status_code == 400
    for view in ("normal", "minimal", "name", "ids_only"):
        api.ok(api.get(DIRECTORY, view=view))
    api.ok(api.get(f"{DIRECTORY}/{ACME}"))
    assert api.get(f"{DIRECTORY}/{made['id']}").status_code == 404
    api.ok(api.post(f"{DIRECTORY}/{made['id']}/actions/add", None), 201)


def codes(api: Api) -> None:
    """Standard cost codes, cost codes, categories."""
    lists = "/rest/v1.0/standard_cost_code_lists"
    made = api.ok(api.post(lists, {**C, "standard_cost_code_list": {"name": "Mine"}}), 201)
    assert api.post(lists, C).status_code == 400
    change = {**C, "standard_cost_code_list": {"is_erp_list": True}}
    api.ok(api.patch(f"{lists}/{made['id']}", change))
    assert api.patch(f"{lists}/1", change).status_code == 404
    api.ok(api.get(lists, **C))
    api.ok(api.get(f"{lists}/{made['id']}", **C))
    standard = "/rest/v1.0/standard_cost_codes"
    row = {"code": "06", "name": "Wood", "origin_id": "06"}
    code = api.ok(api.post(standard, {**S, "standard_cost_code": row}), 201)
    assert api.post(standard, {**S, "standard_cost_code": row}).status_code == 422
    api.ok(api.patch(f"{standard}/{code['id']}", {**S, "standard_cost_code": {"name": "Woods"}}))
    api.ok(api.get(standard, params={**S, "filters[origin_id]": "06"}))
    api.ok(api.get(f"{standard}/{code['id']}", **S))
    api.ok(api.patch(f"{standard}/sync", {**S, "updates": [{**row, "id": code["id"]}, {"code": "08", "name": "D"}]}))
    refused_row(api, f"{standard}/sync", {**S, "updates": [{"id": 5}]})
    assert api.patch(f"{standard}/sync", {**S, "updates": [{}] * 1001}).status_code == 413
    api.ok(api.delete(f"{standard}/{code['id']}", **C))
    assert api.delete(f"{standard}/{code['id']}", **C).status_code == 404
    cost_codes(api)
    categories(api)


def cost_codes(api: Api) -> None:
    """Cost codes of a project."""
    path = "/rest/v1.0/cost_codes"
    row = {"code": "06", "name": "Wood"}
    made = api.ok(api.post(path, {**P, "cost_code": row}), 201)
    assert api.post(path, {**P, "cost_code": row}).status_code == 422
    api.ok(api.patch(f"{path}/{made['id']}", {**P, "cost_code": {**row, "name": "Woods"}}))
    for view in ("default", "erp_compact"):
        api.ok(api.get(path, params={**P, "view": view, "filters[id]": [CONCRETE, STEEL]}))
    api.ok(api.get(f"{path}/{CONCRETE}", **P))
    assert api.get(f"{path}/1", **P).status_code == 404
    updates = [{"id": made["id"], "origin_id": "06"}, {"code": "200", "name": "Trim", "parent_id": made["id"]}]
    assert len(api.ok(api.patch(f"{path}/sync", {"updates": updates}, **P))["entities"]) == 2
    assert api.patch(f"{path}/sync", {"updates": [{}] * 1001}, **P).status_code == 400


def categories(api: Api) -> None:
    """Cost types."""
    path = "/rest/v1.0/line_item_types"
    row = {"name": "Fees", "csv_import_code": "F", "base_type": "professional_services"}
    made = api.ok(api.post(path, {**C, "line_item_type": row}), 201)
    assert api.post(path, {**C, "line_item_type": row}).status_code == 422
    api.ok(api.patch(f"{path}/{made['id']}", {**C, "line_item_type": {"base_type": "labor"}}))
    api.ok(api.get(path, **C, **P))
    api.ok(api.get(f"{path}/{made['id']}", **C))
    api.ok(api.patch(f"{path}/sync", {**C, "updates": [{"id": made["id"], "origin_id": "F"}, {"name": "G"}]}))
    refused_row(api, f"{path}/sync", {**C, "updates": [{"id": 5}]})
    assert api.patch(f"{path}/sync", {**C, "updates": [{}] * 1001}).status_code == 400


def work_breakdown(api: Api) -> None:
    """Patterns, segments, items and codes."""
    api.ok(api.post(f"{COMPANY_WBS}/segments", {"segment": {"name": "Zone", "structure": "flat"}}), 201)
    assert api.post(f"{COMPANY_WBS}/segments", {"segment": {"name": "", "structure": "flat"}}).status_code == 422
    for path in (f"{COMPANY_WBS}/patterns", f"{COMPANY_WBS}/segments", f"{PROJECT_WBS}/patterns"):
        api.ok(api.get(path))
    segments = {row["type"]: row["id"] for row in api.ok(api.get(f"{PROJECT_WBS}/segments"))}
    assert api.get("/rest/v1.0/projects/1/work_breakdown_structure/patterns").status_code == 404
    assert api.get(f"{PROJECT_WBS}/segments/1/segment_items").status_code == 404
    names = {
        kind: api.ok(api.get(f"{PROJECT_WBS}/segments/{number}/segment_items")) for kind, number in segments.items()
    }
    items = [
        {"segment_id": segments[kind], "segment_item_id": names[kind][-1]["id"]}
        for kind in ("cost_code", "line_item_type")
    ]
    path = f"{PROJECT_WBS}/wbs_codes"
    api.ok(api.post(path, {"segment_items": items, "description": "Own words"}), 201)
    assert api.post(path, {"segment_items": []}).status_code == 422
    api.ok(api.patch(f"{path}/bulk_create", {"bulk": [{"segment_items": items}, {"segment_items": []}]}), 201)
    api.ok(api.get(path, params={"filters[status][]": "active", "query": "", "per_page": 1}))
    assert api.get("/rest/v1.0/projects/1/work_breakdown_structure/wbs_codes").status_code == 404


def contracts(api: Api, path: str, wrapper: str) -> None:
    """One type of contracts and their lines. Where the published body has no id, rows name origin ids."""
    fields = {"title": "Slabs", "vendor_id": ACME, "status": "Approved", "retainage_percent": "10", "origin_id": path}
    made = api.ok(api.post(path, {**P, wrapper: fields}), 201)
    assert api.post(path, {**P, wrapper: fields}).status_code == 422
    assert api.post(path, P).status_code == 400
    one = f"{path}/{made['id']}"
    assert api.patch(one, {**P, wrapper: {"vendor_id": BAKER}}).status_code == 422
    api.ok(api.patch(one, {**P, wrapper: {"origin_id": None, "contract_date": "2026-05-01"}}))
    lines(api, one)
    api.ok(api.get(one, **P))
    assert api.get(f"{path}/1", **P).status_code == 404
    filters = {"filters[id]": made["id"], "filters[status]": "Approved", "filters[include_deleted]": "with"}
    api.ok(api.get(path, params={**P, **filters, "view": "extended"}))
    rows = [{"title": "Synced", "origin_id": "S-1"}, {"title": "Again", "origin_id": "S-1"}]
    api.ok(api.patch(f"{path}/sync", {**P, "updates": rows}))
    refused_row(api, f"{path}/sync", {**P, "updates": [{"title": "Twin", "number": made["number"]}]})
    assert api.patch(f"{path}/sync", {**P, "updates": [{}] * 1001}).status_code == 400
    spare = api.ok(api.post(path, {**P, wrapper: {}}), 201)
    api.ok(api.delete(f"{path}/{spare['id']}", **P))
    assert api.delete(f"{path}/{spare['id']}", **P).status_code == 404


def lines(api: Api, contract: str) -> None:
    """The lines of one contract."""
    path = f"{contract}/line_items"
    codes_of = {"cost_code_id": CONCRETE, "line_item_type_id": SUBCONTRACT}
    first = api.ok(api.post(path, {**P, "line_item": {**codes_of, "amount": "10"}}), 201)
    second = {**codes_of, "quantity": "2", "unit_cost": "5", "uom": "cy", "description": "By units"}
    one = f"{path}/{api.ok(api.post(path, {**P, 'line_item': second}), 201)['id']}"
    assert api.post(path, {**P, "line_item": {"amount": "1"}}).status_code == 422
    assert api.post(path, P).status_code == 400
    api.ok(api.patch(one, {**P, "line_item": {"wbs_code_id": first["wbs_code"]["id"], "origin_id": one}}))
    assert api.patch(one, {**P, "line_item": {"uom": "furlong"}}).status_code == 422
    for view in ("default", "ssov_source_lines"):
        api.ok(api.get(path, params={**P, "view": view, "filters[cost_code_id]": CONCRETE}))
        api.ok(api.get(one, **P, view=view))
    assert api.get(f"{path}/1", **P).status_code == 404
    rows = [{"origin_id": one, "description": "Synced"}, {**codes_of, "amount": "3", "origin_id": f"{one}-new"}]
    assert len(api.ok(api.patch(f"{path}/sync", {"updates": rows}, **P))["entities"]) == 2
    refused_row(api, f"{path}/sync", {"updates": [{"amount": "1"}]}, **P)
    assert api.patch(f"{path}/sync", {"updates": [{}] * 1001}, **P).status_code == 413
    api.ok(api.delete(one, **P))
    assert api.delete(one, **P).status_code == 404


def union(api: Api) -> None:
    """Both types together."""
    for row in api.ok(api.get("/rest/v1.0/commitments", **P)):
        api.ok(api.get(f"/rest/v1.0/commitments/{row['id']}", **P))
    assert api.get("/rest/v1.0/commitments/1", **P).status_code == 404


def vendor_and_cost_code_row_errors(api: Api) -> None:
    """Refused rows of the two syncs whose published errors know only a field called `field_name`."""
    refused_row(api, f"{V}/sync", {**C, "updates": [{"id": 5, "name": "Q"}]})
    refused_row(api, "/rest/v1.0/cost_codes/sync", {"updates": [{"id": 5, "name": "Q"}]}, **P)


def rows_by_id(api: Api) -> None:
    """Rows with an id where the tutorial honours it and the published body lacks it."""
    made = api.commitment(type="PurchaseOrderContract", status="Draft")
    api.ok(api.patch(f"{PO}/sync", {**P, "updates": [{"id": made["id"], "origin_id": "PO"}]}))
    row = {"id": made["line_item_ids"][0], "origin_id": "PO-L"}
    api.ok(api.patch(f"{PO}/{made['id']}/line_items/sync", {"updates": [row]}, **P))
