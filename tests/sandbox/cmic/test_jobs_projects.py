"""Projects, the jobs people make for them, and cost codes assigned from the master list (cmic-api §3.2 to §3.5)."""

import pytest

from tests.sandbox.cmic.standin import Api, Row, header, line, refused
from tests.sandbox.cmic.test_masters import CATEGORY, COST_CODE

PROJECT = {
    "GrpmpCompCode": "01",
    "GrpmpProjCode": "1070",
    "GrpmpProjName": "Orchard Lane Library",
    "GrpmpAddLine1": "5 Orchard Lane",
    "GrpmpAddLine3": "Riverton",
    "GrpmpRegionCode": "OR",
    "GrpmpPostalCode": "97001",
    "GrpmpStartDate": "2026-06-01",
    "GrpmpEndDate": "2027-09-30",
    "GrpmpCreateJobFlag": "N",
}
JOB = {"company": "01", "job": "1070", "project": "1070"}
MASTER_ONLY = {"03-400", "06-100", "08-100", "09-900", "21-000", "31-000", "31-200"}


def test_an_exported_project_has_no_job(api: Api) -> None:
    row = api.create("pmproject", PROJECT)
    assert {name: row[name] for name in PROJECT} == PROJECT
    assert (row["GrpmpProjCtrlCode"], row["GrpmpJobCode"], row["GrpmpJobName"]) == ("ALL", None, None)
    assert api.books("jcjob", JobCode="1070") == []
    assert "Too many objects match" in refused(api.post("pmproject", PROJECT))
    assert "Job 1070 does not exist" in refused(api.post("scmast", header(ScmstJobCode="1070")))


def test_a_customer_and_no_flag_make_no_job_either(api: Api) -> None:
    wanted = {name: value for name, value in PROJECT.items() if name != "GrpmpCreateJobFlag"}
    row = api.create("pmproject", wanted | {"GrpmpCustCode": "CITY"})
    assert (row["GrpmpCreateJobFlag"], row["GrpmpJobCode"]) == ("N", None)


def test_a_person_makes_the_job_and_the_project_points_at_it(api: Api) -> None:
    before = api.create("pmproject", PROJECT)
    made = api.control("POST", "jobs/create", JOB)
    assert (made["JobName"], made["JobCtrlCode"], made["JobContCode"]) == ("Orchard Lane Library", "ALL", "1070")
    row = api.get("pmproject", before["GrpmpVUuid"]).json()
    assert (row["GrpmpJobCode"], row["GrpmpJobName"], row["GrpmpJobStatusCode"]) == (
        "1070",
        "Orchard Lane Library",
        "A",
    )
    assert row["GrpmpIuUpdateDate"] is not None
    assert api.items("pmproject", finder="selectByJobCode;companyCode=01,projectCode=1070")[0] == row
    assert api.create("scmast", header(ScmstJobCode="1070"))["ScmstJobCode"] == "1070"


def test_a_job_without_a_project_and_below_another_one(api: Api) -> None:
    made = api.control("POST", "jobs/create", {"company": "01", "job": "1042B", "name": "Annex", "control": "1042"})
    assert (made["JobName"], made["JobCtrlCode"]) == ("Annex", "1042")
    assert api.control("POST", "jobs/create", {"company": "01", "job": "1071"})["JobName"] == "1071"


@pytest.mark.parametrize(
    "changes", [{"company": "99"}, {"job": "1042"}, {"project": "9999"}, {"control": "9999", "project": None}]
)
def test_an_impossible_job_is_refused(api: Api, changes: Row) -> None:
    api.create("pmproject", PROJECT)
    api.control("POST", "jobs/create", JOB | changes, 409)
    assert api.books("pmproject", GrpmpProjCode="1070")[0]["GrpmpJobCode"] is None


@pytest.mark.parametrize("body", [{"company": "01"}, JOB | {"job": "TOOLONGJOBS"}, JOB | {"job": "low"}])
def test_an_unreadable_job_is_refused(api: Api, body: Row) -> None:
    api.control("POST", "jobs/create", body, 400)


def test_new_and_changed_jobs_and_projects_are_found(api: Api) -> None:
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    api.create("pmproject", PROJECT)
    made = api.control("POST", "jobs/create", JOB)
    since = made["JobIuCreateDate"]
    q = f"JobIuCreateDate >= '{since}' or JobIuUpdateDate >= '{since}'"
    assert [row["JobCode"] for row in api.items("jcjob", q=q)] == ["1070"]
    api.control("POST", "jobs/active", {"company": "01", "code": "1055", "active": False})
    assert {row["JobCode"] for row in api.items("jcjob", q=q)} == {"1055", "1070"}
    changed = api.items("pmproject", q=f"GrpmpIuUpdateDate >= '{since}'")
    assert [row["GrpmpProjCode"] for row in changed] == ["1070"]
    found = api.items("pmproject", finder=f"selectByPmProjInfo;pmprojectDate={since}")
    assert [row["GrpmpProjCode"] for row in found] == ["1070"]


def test_the_master_list_has_codes_that_no_job_has(api: Api) -> None:
    masters = {row["MphsCode"] for row in api.items("jcmastercostcodes", q="MphsCompCode = '01'", limit=100)}
    on_job = {row["GjjpCode"] for row in api.items("jcjobcostcodes", q="GjjpJobCode = '1042'", limit=100)}
    assert masters - on_job == MASTER_ONLY
    assert on_job < masters
    categories = api.items("jcmastercategories", q="McatCompCode = '01'")
    assert [row["McatCode"] for row in categories] == ["L", "M", "S", "E", "O"]


def test_a_cost_code_is_assigned_from_the_master_list(api: Api) -> None:
    wanted = COST_CODE | {"GjjpCode": "08-100", "GjjpCtrlCode": "ALL", "GjjpName": "Doors and Frames"}
    row = api.create("jcjobcostcodes", wanted)
    assert (row["GjjpCode"], row["GjjpJobCtrlCode"]) == ("08-100", "ALL")
    assert "Too many objects match" in refused(api.post("jcjobcostcodes", wanted))
    unknown = refused(api.post("jcjobcostcodes", wanted | {"GjjpCode": "99-999"}))
    assert "Cost Code 99-999 is not a valid cost code of company 01" in unknown


def test_an_inactive_master_code_is_not_assigned(api: Api) -> None:
    where = {"MphsCompCode": "01", "MphsCode": "08-100"}
    api.control("POST", "edit", {"resource": "jcmastercostcodes", "where": where, "set": {"MphsActiveFlag": "N"}})
    wanted = COST_CODE | {"GjjpCode": "08-100", "GjjpCtrlCode": "ALL"}
    assert "Cost Code 08-100 is not a valid cost code" in refused(api.post("jcjobcostcodes", wanted))


def test_a_new_job_gets_code_then_pair_and_takes_a_contract(api: Api) -> None:
    api.control("POST", "jobs/create", {"company": "01", "job": "1071"})
    api.create("scmast", header(ScmstJobCode="1071"))
    wanted = line(ScschJobCode="1071", ScschPhsCode="21-000")
    assert "Cost Code 21-000 is not assigned to job 1071" in refused(api.post("scsched", wanted))
    pair = CATEGORY | {"JcatJobCode": "1071", "JcatPhsCode": "21-000", "JcatCode": "S"}
    assert "Cost Code 21-000 is not assigned to job 1071" in refused(api.post("jcjobcategory", pair))
    api.create("jcjobcostcodes", COST_CODE | {"GjjpJobCode": "1071", "GjjpCode": "21-000", "GjjpCtrlCode": "ALL"})
    assert "Category S is not assigned to Cost Code 21-000" in refused(api.post("scsched", wanted))
    assert api.create("jcjobcategory", pair)["JcatName"] == "Subcontract"
    assert api.create("scsched", wanted)["ScschPhsCode"] == "21-000"
