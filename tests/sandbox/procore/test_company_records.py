"""Projects, vendors, cost codes, categories, units and the work breakdown structure (procore-api §5)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import ACME, COMPANY, CONCRETE, LIST, PROJECT, SUBCONTRACT, Api, Json

V = "/rest/v1.0/vendors"
P = "/rest/v1.0/projects"
CODES = "/rest/v1.0/cost_codes"
STANDARD = "/rest/v1.0/standard_cost_codes"
TYPES = "/rest/v1.0/line_item_types"
WBS = f"{P}/{PROJECT}/work_breakdown_structure"


def vendor(api: Api, **fields: Json) -> Json:
    return api.ok(api.post(V, {"company_id": COMPANY, "vendor": fields}), 201)


def test_a_vendor_is_made_changed_and_shown(api: Api) -> None:
    made = vendor(api, name="Ivy Glass", city="Napa", is_active=True, nonsense=1)
    assert (made["name"], made["company"], made["synced_to_erp"]) == ("Ivy Glass", "Ivy Glass", False)
    assert "nonsense" not in made
    body = {"company_id": COMPANY, "vendor": {"origin_id": "IVY", "origin_code": "IVY", "city": None}}
    changed = api.ok(api.patch(f"{V}/{made['id']}", body))
    assert (changed["origin_id"], changed["synced_to_erp"], changed["city"]) == ("IVY", True, None)
    assert changed["updated_at"] > made["updated_at"]
    assert api.get(f"{V}/{made['id']}", company_id=COMPANY).json() == changed
    found = api.get(V, params={"company_id": COMPANY, "filters[origin_id]": "IVY"}).json()
    assert [row["id"] for row in found] == [made["id"]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "name can't be blank"),
        ({"name": "X", "is_active": "perhaps"}, "is_active is not true or false"),
        ({"name": ["X"]}, "name is not a string"),
        ({"name": "X", "parent_id": 5}, "parent_id must exist"),
        ({"name": "X", "vendor_group_id": "a"}, "vendor_group_id is not an integer"),
    ],
)
def test_bad_vendors_are_refused(api: Api, fields: Json, message: str) -> None:
    answer = api.post(V, {"company_id": COMPANY, "vendor": fields or {"city": "Napa"}})
    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_an_origin_id_is_taken_once(api: Api) -> None:
    vendor(api, name="A", origin_id="ONE")
    answer = api.post(V, {"company_id": COMPANY, "vendor": {"name": "B", "origin_id": "ONE"}})
    assert (answer.status_code, answer.json()["fields"]) == (422, "origin_id")
    assert vendor(api, name="C", origin_id="")["origin_id"] is None
    assert vendor(api, name="D", origin_id="")["origin_id"] is None


@pytest.mark.parametrize(
    ("view", "has", "lacks"),
    [
        ("compact", "name", "city"),
        ("normal", "city", "legal_name"),
        ("extended", "legal_name", "erp_custom_fields"),
        ("erp", "erp_custom_fields", "legal_name"),
        ("summary", "synced_to_erp", "city"),
        ("directory", "city", "erp_custom_fields"),
    ],
)
def test_vendor_views(api: Api, view: str, has: str, lacks: str) -> None:
    shown = api.get(f"{V}/{ACME}", company_id=COMPANY, view=view).json()
    assert has in shown
    assert lacks not in shown
    assert api.get(V, company_id=COMPANY, view=view).status_code == 200


def test_inactive_vendors_have_their_own_list(api: Api) -> None:
    api.ok(api.patch(f"{V}/{ACME}", {"company_id": COMPANY, "vendor": {"is_active": False}}))
    assert ACME not in [row["id"] for row in api.get(V, company_id=COMPANY).json()]
    path = f"/rest/v1.0/companies/{COMPANY}/vendors/inactive"
    (inactive,) = api.get(path).json()
    assert (inactive["id"], inactive["_links"]["reactivate"]) == (ACME, f"{path}/{ACME}")
    assert api.get(f"{V}/{ACME}", company_id=COMPANY).json()["is_active"] is False
    assert api.ok(api.patch(f"{path}/{ACME}", {}))["is_active"] is True
    assert api.get(path).json() == []
    assert api.patch(f"{path}/{ACME}", {}).status_code == 404


def test_a_projects_directory(api: Api) -> None:
    made = vendor(api, name="Newcomer")
    path = f"/rest/v1.1/projects/{PROJECT}/vendors"
    assert len(api.get(path).json()) == 6
    assert api.get(f"{path}/{made['id']}").status_code == 404
    assert api.ok(api.post(f"{path}/{made['id']}/actions/add", {}), 201)["project_ids"] == [PROJECT]
    assert len(api.get(path).json()) == 7
    assert api.get(f"{path}/{made['id']}").json()["name"] == "Newcomer"
    assert set(api.get(path, view="minimal").json()[0]) == {"id", "name"}


def test_projects_are_made_and_changed(api: Api) -> None:
    fields = {"name": "Pier 9", "project_number": "1043", "total_value": 1250000.5, "start_date": "2026-03-01"}
    made = api.ok(api.post(P, {"company_id": COMPANY, "project": fields}), 201)
    assert made["total_value"] == "1250000.5"
    assert made["display_name"] == "1043 - Pier 9"
    change = {"origin_id": "01-1043", "standard_cost_code_list_id": LIST, "erp_integrated": True, "start_date": "soon"}
    changed = api.ok(api.patch(f"{P}/{made['id']}", {"company_id": COMPANY, "project": change}))
    assert (changed["origin_id"], changed["standard_cost_code_list_id"]) == ("01-1043", LIST)
    assert changed["is_erp_integrated"] is True
    assert changed["start_date"] is None
    found = api.get(P, params={"company_id": COMPANY, "filters[synced]": "true"}).json()
    assert [row["id"] for row in found] == [made["id"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "X", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": "X", "flag": "Blue"}, "flag"),
        ({"name": "X", "total_value": "much"}, "total_value"),
    ],
)
def test_bad_projects_are_refused(api: Api, fields: Json, field: str) -> None:
    answer = api.post(P, {"company_id": COMPANY, "project": fields})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)


def test_lists_of_projects(api: Api) -> None:
    api.stand.control("POST", "/seed", {"projects": [{"company_id": COMPANY, "name": "Done", "active": False}]})

    def names(version: str, **query: Json) -> list[str]:
        params = {"company_id": COMPANY, **{k.replace("__", "[") + "]" * ("__" in k): v for k, v in query.items()}}
        return [row["name"] for row in api.get(f"/rest/{version}/projects", params=params).json()]

    assert names("v1.0") == names("v1.1") == ["Harbour View Medical Center"]
    assert names("v1.1", filters__by_status="Inactive") == ["Done"]
    assert len(names("v1.0", filters__by_status="All")) == 2
    assert names("v1.0", filters__name="harbour") == ["Harbour View Medical Center"]
    assert names("v1.1", filters__project_number="9") == []
    for view, keys in (("ids", {"id"}), ("compact", {"id", "name"})):
        assert set(api.get("/rest/v1.1/projects", company_id=COMPANY, view=view).json()[0]) == keys
    extended = api.get("/rest/v1.1/projects", company_id=COMPANY, view="extended").json()[0]
    assert extended["standard_cost_code_list_id"] == LIST


def test_a_full_code_is_the_path_of_codes(api: Api) -> None:
    division = api.ok(api.post(CODES, {"project_id": PROJECT, "cost_code": {"code": "06", "name": "Wood"}}), 201)
    child = {"code": "100", "name": "Framing", "parent_id": division["id"]}
    made = api.ok(api.post(CODES, {"project_id": PROJECT, "cost_code": child}), 201)
    assert (made["code"], made["full_code"], made["parent"]) == ("100", "06-100", {"id": division["id"]})
    change = {"project_id": PROJECT, "cost_code": {"code": "6", "name": "Wood"}}
    api.ok(api.patch(f"{CODES}/{division['id']}", change))
    assert api.get(f"{CODES}/{made['id']}", project_id=PROJECT).json()["full_code"] == "6-100"
    assert api.post(CODES, {"project_id": PROJECT, "cost_code": child}).status_code == 422
    loop = {"project_id": PROJECT, "cost_code": {"code": "6", "name": "Wood", "parent_id": made["id"]}}
    assert "below itself" in api.patch(f"{CODES}/{division['id']}", loop).json()["message"]


def test_cost_code_views_and_filters(api: Api) -> None:
    (row,) = api.get(CODES, params={"project_id": PROJECT, "filters[id]": CONCRETE}).json()
    assert (row["full_code"], row["biller_type"], row["budgeted"]) == ("03-100", "Project", False)
    assert [kind["code"] for kind in row["line_item_types"]] == ["L", "M", "S", "E", "O"]
    compact = api.get(CODES, project_id=PROJECT, view="erp_compact").json()[0]
    assert set(compact) == {"id", "name", "full_code", "origin_data", "origin_id", "standard_cost_code_id"}
    assert api.get(CODES, project_id=PROJECT, sub_job_id=1).status_code == 404


def test_plain_cost_code_writes_fail_on_an_integrated_project(api: Api) -> None:
    api.stand.control("POST", f"/edit/projects/{PROJECT}", {"erp_integrated": True})
    body = {"code": "06", "name": "Wood"}
    assert api.post(CODES, {"project_id": PROJECT, "cost_code": body}).status_code == 422
    assert api.patch(f"{CODES}/{CONCRETE}", {"project_id": PROJECT, "cost_code": body}).status_code == 422
    synced = api.ok(api.patch(f"{CODES}/sync", {"updates": [body]}, project_id=PROJECT))
    assert synced["entities"][0]["full_code"] == "06"


def test_standard_cost_codes(api: Api) -> None:
    scope = {"company_id": COMPANY, "standard_cost_code_list_id": LIST}
    made = api.ok(api.post(STANDARD, {**scope, "standard_cost_code": {"code": "06", "name": "Wood"}}), 201)
    change = {**scope, "standard_cost_code": {"origin_id": "06"}}
    assert api.ok(api.patch(f"{STANDARD}/{made['id']}", change))["origin_id"] == "06"
    found = api.get(STANDARD, params={**scope, "filters[origin_id]": "06"}).json()
    assert [row["full_code"] for row in found] == ["06"]
    rows = [{"code": "100", "name": "Framing", "parent_origin_id": "06", "origin_id": "06-100"}]
    synced = api.ok(api.patch(f"{STANDARD}/sync", {**scope, "updates": rows}))
    assert synced["entities"][0]["full_code"] == "06-100"
    assert api.delete(f"{STANDARD}/{made['id']}", company_id=COMPANY).status_code == 422
    child = synced["entities"][0]["id"]
    assert api.ok(api.delete(f"{STANDARD}/{child}", company_id=COMPANY))["full_code"] == "06-100"
    assert api.get(f"{STANDARD}/{child}", params=scope).status_code == 404
    assert api.get(STANDARD, company_id=COMPANY).status_code == 400
    assert api.get(STANDARD, company_id=COMPANY, standard_cost_code_list_id=5).status_code == 404


def test_an_erp_list_stays_one(api: Api) -> None:
    path = "/rest/v1.0/standard_cost_code_lists"
    made = api.ok(api.post(path, {"company_id": COMPANY, "standard_cost_code_list": {"name": "Mine"}}), 201)
    assert made["is_erp_list"] is False
    on = {"company_id": COMPANY, "standard_cost_code_list": {"is_erp_list": True}}
    off = {"company_id": COMPANY, "standard_cost_code_list": {"is_erp_list": False}}
    assert api.ok(api.patch(f"{path}/{made['id']}", on))["is_erp_list"] is True
    assert api.patch(f"{path}/{made['id']}", off).status_code == 422
    assert api.get(f"{path}/{made['id']}", company_id=COMPANY).json()["name"] == "Mine"
    assert [row["id"] for row in api.get(path, company_id=COMPANY).json()] == [LIST, made["id"]]


def test_categories_write_one_key_and_read_another(api: Api) -> None:
    fields = {"name": "Fees", "csv_import_code": "F", "base_type": "professional_services"}
    made = api.ok(api.post(TYPES, {"company_id": COMPANY, "line_item_type": fields}), 201)
    assert (made["code"], made["base_type"]) == ("F", "professional_services")
    assert "csv_import_code" not in made
    change = {"company_id": COMPANY, "line_item_type": {"name": "All fees", "base_type": "labor"}}
    assert api.ok(api.patch(f"{TYPES}/{made['id']}", change))["base_type"] is None
    assert api.get(f"{TYPES}/{made['id']}", company_id=COMPANY).json()["name"] == "All fees"
    twin = api.post(TYPES, {"company_id": COMPANY, "line_item_type": fields})
    assert (twin.status_code, twin.json()["fields"]) == (422, "csv_import_code")
    assert api.get(TYPES, company_id=COMPANY).status_code == 400


def test_units_of_measure(api: Api) -> None:
    units = api.get(f"/rest/v1.0/companies/{COMPANY}/uoms").json()
    assert {"ls", "ea", "cy"} <= {unit["name"] for unit in units}
    assert units[0]["uom_category"] == {"id": 1, "name": "Count"}


def test_default_segments_and_a_custom_one(api: Api) -> None:
    pattern = api.get(f"{WBS}/patterns").json()
    assert [segment["type"] for segment in pattern["segments"]] == ["cost_code", "line_item_type"]
    company = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"
    body = {"segment": {"name": "Zone", "structure": "flat"}}
    custom = api.ok(api.post(f"{company}/segments", body), 201)
    assert custom["type"] == "custom"
    assert [row["type"] for row in api.get(f"{company}/segments").json()] == ["cost_code", "line_item_type", "custom"]
    assert len(api.get(f"{company}/patterns").json()["segments"]) == 3
    included = {row["type"]: row["is_included_in_project_pattern"] for row in api.get(f"{WBS}/segments").json()}
    assert included == {"cost_code": True, "line_item_type": True, "custom": False}
    api.stand.control("POST", f"/edit/segments/{custom['id']}", {"project_ids": [PROJECT]})
    assert [row["name"] for row in api.get(f"{WBS}/patterns").json()["segments"]][-1] == "Zone"
    assert api.post(f"{company}/segments", {"segment": {"name": "No structure"}}).status_code == 422


def test_wbs_not_found_has_its_own_shape(api: Api) -> None:
    answer = api.get(f"{P}/1/work_breakdown_structure/patterns")
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "exception"}


def test_a_wbs_code_is_made_once(api: Api) -> None:
    segments = {row["type"]: row["id"] for row in api.get(f"{WBS}/segments").json()}
    codes = api.get(f"{WBS}/segments/{segments['cost_code']}/segment_items").json()
    types = api.get(f"{WBS}/segments/{segments['line_item_type']}/segment_items").json()
    concrete = next(row for row in codes if row["path_code"] == "03-100")
    assert (concrete["path_codes"], concrete["is_parent"]) == (["03", "100"], False)
    assert concrete["id"] != CONCRETE
    subcontract = next(row for row in types if row["code"] == "S")
    items = [
        {"segment_id": segments["cost_code"], "segment_item_id": concrete["id"]},
        {"segment_id": segments["line_item_type"], "segment_item_id": subcontract["id"]},
    ]
    made = api.ok(api.post(f"{WBS}/wbs_codes", {"segment_items": items}), 201)
    assert (made["flat_code"], made["status"]) == ("03-100.S", "active")
    assert [item["code"] for item in made["segment_items"]] == ["100", "S"]
    assert api.ok(api.post(f"{WBS}/wbs_codes", {"segment_items": items}), 201)["id"] == made["id"]
    bulk = api.ok(
        api.patch(f"{WBS}/wbs_codes/bulk_create", {"bulk": [{"segment_items": items}, {"segment_items": []}]}), 201
    )
    assert [row["id"] for row in bulk["entities"]] == [made["id"]]
    assert "segment_items" in bulk["errors"][0]["errors"]
    assert api.post(f"{WBS}/wbs_codes", {"segment_items": items[:1]}).status_code == 422
    api.commitment()
    assert [row["id"] for row in api.get(f"{WBS}/wbs_codes").json()] == [made["id"]]
    assert api.get(f"{WBS}/wbs_codes", query="99").json() == []
    assert subcontract["id"] != SUBCONTRACT
