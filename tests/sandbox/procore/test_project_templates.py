"""Project templates, projects made by an import, and a project's settings of the ERP integration (procore-api §4.2, §5)."""

from __future__ import annotations

from tests.sandbox.procore.stand import COMPANY, PROJECT, Api

PATH = "/rest/v1.0/projects"
C = {"company_id": COMPANY}


def test_the_demo_has_two_templates(api: Api) -> None:
    rows = api.ok(api.get("/rest/v1.0/project_templates", **C))
    assert rows == [{"id": 8001, "name": "Commercial Building"}, {"id": 8002, "name": "Tenant Improvement"}]
    assert api.get("/rest/v1.0/project_templates").status_code == 400


def test_a_project_is_imported_with_a_template(api: Api) -> None:
    row = {"name": "Annex", "project_template_id": 8002, "origin_id": "01|1043", "erp_integrated": True}
    answer = api.ok(
        api.patch(f"{PATH}/sync", {**C, "updates": [row, {**row, "origin_id": "X", "project_template_id": 5}]})
    )
    (made,) = answer["entities"]
    assert answer["errors"][0]["errors"] == {"project_template_id": ["must exist"]}
    shown = api.ok(api.get(f"{PATH}/{made['id']}", **C))
    assert (shown["from_project_template_id"], shown["origin_id"], shown["is_erp_integrated"]) == (
        8002,
        "01|1043",
        True,
    )
    listed = {one["id"]: one["project_template"] for one in api.ok(api.get(PATH, **C))}
    assert listed == {PROJECT: None, made["id"]: {"id": 8002, "name": "Tenant Improvement"}}


def test_a_plain_post_needs_an_existing_template_too(api: Api) -> None:
    body = {**C, "project": {"name": "Annex", "project_template_id": 8001}}
    assert api.ok(api.post(PATH, body), 201)["from_project_template_id"] == 8001
    api.stand.control("DELETE", "/project_templates/8001")
    refused = api.post(PATH, body)
    assert (refused.status_code, refused.json()["fields"]) == (422, "project_template_id")
    assert [row["id"] for row in api.ok(api.get("/rest/v1.0/project_templates", **C))] == [8002]


def test_a_user_may_add_and_rename_a_template(api: Api) -> None:
    made = api.stand.control("POST", "/project_templates", {"name": "Bridge"})
    api.stand.control("POST", f"/edit/project_templates/{made['id']}", {"name": "Bridges"})
    assert api.ok(api.get("/rest/v1.0/project_templates", **C))[-1] == {"id": made["id"], "name": "Bridges"}


def test_the_switch_for_transactions_is_kept(api: Api) -> None:
    path, name = f"{PATH}/{PROJECT}/configuration", "erp_job_cost_transaction_syncing_enabled"
    (book,) = api.stand.control("GET", "/books/projects")
    assert book[name] is False
    assert api.ok(api.patch(path, {"configuration": {name: True, "name": "Other"}})) == {name: True}
    (book,) = api.stand.control("GET", "/books/projects")
    assert (book[name], book["name"]) == (True, "Harbour View Medical Center")
    assert api.patch(path, {"configuration": {name: "perhaps"}}).status_code == 422
    assert api.patch(path.replace(str(PROJECT), "1"), {"configuration": {name: True}}).status_code == 404
