"""``describe`` per resource and per application, in the tenant's own names (cmic-api §1.4, §10.7)."""

from typing import Any

from sandbox.cmic.resources import TABLES
from tests.sandbox.cmic.standin import Api, details, header, line


def described(api: Api, resource: str) -> dict[str, Any]:
    answer = api.get(resource, "describe")
    assert answer.headers["content-type"] == "application/vnd.oracle.adf.description+json"
    body: dict[str, Any] = answer.json()["Resources"]
    assert list(body) == [resource]
    found: dict[str, Any] = body[resource]
    return found


def test_attributes_tell_their_type_length_and_duty(api: Api) -> None:
    attributes = {entry["name"]: entry for entry in described(api, "scsched")["attributes"]}
    assert attributes["ScschTaskCode"] == {
        "name": "ScschTaskCode",
        "type": "string",
        "updatable": True,
        "mandatory": True,
        "queryable": True,
        "allowChanges": "whileNew",
        "title": "Task",
        "maxLength": "16",
        "precision": 16,
    }
    assert attributes["ScschAmt"]["type"] == "number"
    assert (attributes["ScschAmt"]["precision"], attributes["ScschAmt"]["scale"]) == (18, 2)
    assert attributes["ScschTaskName"]["allowChanges"] == "always"
    assert attributes["ScschOraseq"]["allowChanges"] == "never"


def test_finders_children_and_actions_are_listed(api: Api) -> None:
    found = described(api, "scmast")
    finders = {entry["name"]: [a["name"] for a in entry["attributes"]] for entry in found["collection"]["finders"]}
    assert finders == {
        "selectByCompany": ["CompCodeVar", "ContCodeVar", "VendorCodeVar"],
        "selectByPostDate": ["AuditDate"],
    }
    assert found["children"] == {"ScschedViewObj": {"resource": "scsched"}}
    assert {action["method"] for action in found["item"]["actions"]} == {"GET", "PATCH"}
    assert {action["method"] for action in described(api, "jcjob")["collection"]["actions"]} == {"GET"}


def test_an_application_describes_all_its_resources(api: Api) -> None:
    for application, root, version in [
        ("pm-rest-api", "rest", "1"),
        ("jc-rest-api", "rest", "1"),
        ("glrestapi", "rest", "v1"),
    ]:
        answer = api.client.get(f"/cmictest/{application}/{root}/{version}/describe")
        assert set(answer.json()["Resources"]) == {
            name for name, table in TABLES.items() if table.application == application
        }
    assert api.client.get("/cmictest/ecm-rest-api/rest/v1/describe").status_code == 404


def test_a_tenants_own_names_are_described_read_and_written(api: Api) -> None:
    renames = {"scmast": {"ScmstName": "ScmstTitle"}, "scsched": {"ScschPhsCode": "ScschCostCode"}}
    api.control("PATCH", "settings", {"renames": renames})
    names = [entry["name"] for entry in described(api, "scmast")["attributes"]]
    assert "ScmstTitle" in names
    assert "ScmstName" not in names

    (problem,) = details(api.post("scmast", header(ScmstName="Old name")))
    assert problem["o:errorPath"] == "/ScmstName"
    row = api.create("scmast", header(ScmstTitle="New name"))
    assert row["ScmstTitle"] == "New name"
    assert api.items("scmast", q="ScmstTitle like 'New*'", fields="ScmstTitle", orderBy="ScmstTitle:asc")
    assert api.get("scmast", q="ScmstName like 'New*'").status_code == 400

    missing = {name: value for name, value in line().items() if name != "ScschPhsCode"}
    (problem,) = details(api.post("scsched", missing))
    assert problem["o:errorPath"] == "/ScschCostCode"
    child = api.create("scsched", missing | {"ScschCostCode": "03-100"})
    assert child["ScschCostCode"] == "03-100"
    expanded = api.get("scmast", row["ScmstVUuid"], expand="all").json()
    assert expanded["ScschedViewObj"][0]["ScschCostCode"] == "03-100"
    assert api.books("scsched")[0]["ScschPhsCode"] == "03-100"
