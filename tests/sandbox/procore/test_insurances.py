"""Insurances of vendors (procore-api §3, §9)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import ACME, BAKER, COMPANY, PROJECT, Api, Json

COMPANYS = f"/rest/v1.0/companies/{COMPANY}/insurances"
PROJECTS = f"/rest/v1.0/projects/{PROJECT}/insurances"
ACMES = f"/rest/v1.0/companies/{COMPANY}/vendors/{ACME}/insurances"
FIELDS = {
    "insurance_type": "General Liability", "policy_number": "GL-1", "limit": "1000000", "name": "Mutual",
    "effective_date": "2026-01-01", "expiration_date": "2026-12-31", "origin_id": "01|GL-1",
}  # fmt: skip


def insurance(api: Api, path: str = COMPANYS, **fields: Json) -> Json:
    own = {} if "vendors" in path else {"vendor_id": ACME}
    return api.ok(api.post(path, {"insurance": {**FIELDS, **own, **fields}}), 201)


def ids(api: Api, path: str) -> list[int]:
    return [row["id"] for row in api.ok(api.get(path))]


def test_the_insurer_is_written_as_name(api: Api) -> None:
    made = insurance(api, exempt=True)
    assert (made["insurance_provider"], made["status"], made["exempt"]) == ("Mutual", "undecided", True)
    assert "name" not in made
    assert api.ok(api.get(f"{COMPANYS}/{made['id']}")) == made


def test_levels_and_vendors_are_kept_apart(api: Api) -> None:
    whole = insurance(api)["id"]
    other = insurance(api, vendor_id=BAKER, origin_id="B")["id"]
    local = insurance(api, PROJECTS, origin_id="C")["id"]
    own = insurance(api, ACMES, origin_id="D")["id"]
    assert (ids(api, COMPANYS), ids(api, PROJECTS), ids(api, ACMES)) == ([whole, other, own], [local], [whole, own])
    assert ids(api, f"/rest/v1.0/projects/{PROJECT}/vendors/{ACME}/insurances") == [local]
    assert api.get(f"{ACMES}/{other}").status_code == 404
    assert api.get(f"{COMPANYS}/{local}").status_code == 404
    assert api.get(f"/rest/v1.0/companies/{COMPANY}/vendors/1/insurances").status_code == 404


@pytest.mark.parametrize(
    "field", ["policy_number", "insurance_type", "effective_date", "expiration_date", "limit", "name"]
)
def test_a_synced_policy_is_closed_to_plain_writes_and_open_to_sync(api: Api, field: str) -> None:
    made = insurance(api)
    value = "2026-06-30" if field.endswith("date") else "Other"
    refused = api.patch(f"{COMPANYS}/{made['id']}", {"insurance": {field: value}})
    assert (refused.status_code, refused.json()["fields"]) == (422, field)
    changed = api.ok(api.patch(f"{COMPANYS}/{made['id']}", {"insurance": {"notes": "Seen", "status": "compliant"}}))
    assert (changed["notes"], changed["status"]) == ("Seen", "compliant")
    (row,) = api.ok(api.patch(f"{COMPANYS}/sync", {"updates": [{"origin_id": "01|GL-1", field: value}]}))["entities"]
    assert (row["id"], row[{"name": "insurance_provider"}.get(field, field)]) == (made["id"], value)


def test_a_synced_one_is_deleted_only_without_its_origin_id(api: Api) -> None:
    made = insurance(api)
    assert api.delete(f"{COMPANYS}/{made['id']}").status_code == 422
    api.ok(api.patch(f"{COMPANYS}/sync", {"updates": [{"id": made["id"], "origin_id": None}]}))
    assert api.delete(f"{COMPANYS}/{made['id']}").status_code == 200
    assert ids(api, COMPANYS) == []


def test_an_origin_id_is_one_of_the_company_over_all_projects(api: Api) -> None:
    insurance(api)
    twin = api.post(PROJECTS, {"insurance": {**FIELDS, "vendor_id": ACME}})
    assert (twin.status_code, twin.json()["fields"]) == (422, "origin_id")
    answer = api.ok(api.patch(f"{PROJECTS}/sync", {"updates": [{**FIELDS, "vendor_id": ACME}]}))
    assert answer["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"vendor_id": 1}, "vendor_id"), ({"vendor_id": None}, "vendor_id"), ({"status": "x"}, "status")],
)
def test_bad_ones_are_refused(api: Api, fields: Json, field: str) -> None:
    answer = api.post(COMPANYS, {"insurance": {**FIELDS, "vendor_id": ACME, **fields}})
    assert (answer.status_code, answer.json()["fields"]) == (422, field)


def test_a_user_may_enter_edit_and_delete(api: Api) -> None:
    body = {**FIELDS, "project_id": PROJECT, "vendor_id": ACME}
    made = api.stand.control("POST", "/insurances", body)
    api.stand.control("POST", f"/edit/insurances/{made['id']}", {"limit": "2"})
    assert api.ok(api.get(f"{PROJECTS}/{made['id']}"))["limit"] == "2"
    api.stand.control("DELETE", f"/insurances/{made['id']}")
    assert ids(api, PROJECTS) == []
    many = api.stand.control("POST", "/insurances", {"insurances": [{"vendor_id": ACME}, {"vendor_id": BAKER}]})
    assert ids(api, COMPANYS) == many["ids"]
    api.stand.control("POST", "/insurances", {"vendor_id": ACME, "colour": "red"}, status=400)
