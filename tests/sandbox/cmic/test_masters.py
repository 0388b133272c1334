"""The rules of projects, contract types, cost codes, categories, partners and vendors (cmic-api §3.2 to §3.6, §4.1)."""

import pytest

from tests.sandbox.cmic.standin import Api, Row, details, refused
from tests.sandbox.cmic.test_writing import PARTNER

PROJECT = {"GrpmpCompCode": "01", "GrpmpProjCode": "1060", "GrpmpProjName": "Mill Lane Clinic"}
VENDOR = {
    "BpvenCompCode": "01",
    "BpvenBpCode": "NEWCO",
    "BpvenTermCode": "NET30",
    "BpvenSpecialTermsFlag": "N",
    "BpvenCurrCode": "USD",
}
COST_CODE = {
    "GjjpCompCode": "01",
    "GjjpJobCode": "1042",
    "GjjpCode": "03-400",
    "GjjpCtrlCode": "03-000",
    "GjjpName": "Precast Concrete",
    "GjjpActiveFlag": "Y",
    "GjjpFactorableFlg": "N",
}
CATEGORY = {
    "JcatCompCode": "01",
    "JcatJobCode": "1042",
    "JcatPhsCode": "07-500",
    "JcatCode": "L",
    "JcatCatActiveFlag": "Y",
    "JcatPhaseActiveFlag": "Y",
    "JcatExclCostWip": "N",
    "JcatExclCostBudgWip": "N",
    "JcatLabourForecastFlag": "N",
    "JcatCostToComplOvrdFlg": "N",
}


def test_a_project_is_under_all_or_another_project(api: Api) -> None:
    assert api.create("pmproject", PROJECT)["GrpmpProjCtrlCode"] == "ALL"
    below = PROJECT | {"GrpmpProjCode": "1060A", "GrpmpProjCtrlCode": "1060"}
    assert api.create("pmproject", below)["GrpmpProjCtrlCode"] == "1060"
    for changes in ({"GrpmpProjCtrlCode": "9999"}, {"GrpmpCompCode": "99"}, {"GrpmpJobCode": "9999"}):
        assert "ORA-20001" in refused(api.post("pmproject", PROJECT | {"GrpmpProjCode": "1061"} | changes))


def test_a_project_with_a_customer_makes_its_job_when_told_to(api: Api) -> None:
    assert api.create("pmproject", PROJECT)["GrpmpJobCode"] is None
    assert api.books("jcjob", JobCode="1060") == []
    off = {"GrpmpProjCode": "1061", "GrpmpCustCode": "CITY"}
    assert api.create("pmproject", PROJECT | off)["GrpmpJobCode"] is None
    on = api.create(
        "pmproject", PROJECT | {"GrpmpProjCode": "1062", "GrpmpCustCode": "CITY", "GrpmpCreateJobFlag": "Y"}
    )
    assert (on["GrpmpJobCode"], on["GrpmpJobName"]) == ("1062", "Mill Lane Clinic")
    assert api.books("jcjob", JobCode="1062")[0]["JobContCode"] == "1062"


def test_a_project_is_updated(api: Api) -> None:
    row = api.create("pmproject", PROJECT)
    answer = api.patch("pmproject", row["GrpmpVUuid"], {"GrpmpJobCode": "1055", "GrpmpStartDate": "2026-03-01"})
    assert (answer.json()["GrpmpJobName"], answer.json()["GrpmpStartDate"]) == ("Cedar Street School", "2026-03-01")
    assert "Controlling Job 77" in refused(api.patch("pmproject", row["GrpmpVUuid"], {"GrpmpJobCode": "77"}))


def test_a_contract_type_keeps_its_case(api: Api) -> None:
    wanted = {"PmctCompCode": "01", "PmctContractType": "Test Contract", "PmctActiveFlag": "N", "PmctVUuid": ""}
    row = api.create("pmcontracttype", wanted)
    assert (row["PmctContractType"], row["PmctCompName"]) == ("Test Contract", "Northgate Construction Inc.")
    assert "Company 99" in refused(api.post("pmcontracttype", wanted | {"PmctCompCode": "99"}))


def test_a_vendor_needs_its_partner(api: Api) -> None:
    assert "Business Partner NEWCO does not exist" in refused(api.post("apvendor", VENDOR))
    partner = api.create("businesspartner", PARTNER)
    assert partner["BpVendorStatusFlag"] == "N"
    row = api.create("apvendor", VENDOR)
    assert (row["BpvenBpName"], row["BpvenActiveFlag"], row["BpvenAllowTranFlag"]) == ("New Company", "Y", "Y")
    assert api.get("businesspartner", partner["BpVUuid"]).json()["BpVendorStatusFlag"] == "Y"
    assert "Too many objects match" in refused(api.post("apvendor", VENDOR))
    assert api.create("apvendor", VENDOR | {"BpvenCompCode": "02"})["BpvenCompCode"] == "02"


@pytest.mark.parametrize("missing", ["BpvenTermCode", "BpvenSpecialTermsFlag", "BpvenCurrCode"])
def test_a_vendor_has_required_attributes(api: Api, missing: str) -> None:
    payload = {name: value for name, value in VENDOR.items() if name != missing}
    assert details(api.post("apvendor", payload))[0]["o:errorPath"] == f"/{missing}"


@pytest.mark.parametrize(
    "changes", [{"BpvenCompCode": "99"}, {"BpvenCurrCode": "XXX"}, {"BpvenHldbkPc": 200}, {"BpvenBpName": "Own name"}]
)
def test_a_vendors_values_are_checked(api: Api, changes: Row) -> None:
    api.create("businesspartner", PARTNER)
    assert api.post("apvendor", VENDOR | changes).status_code == 400


def test_a_cost_code_is_under_all_or_another_one_of_its_job(api: Api) -> None:
    row = api.create("jcjobcostcodes", COST_CODE)
    assert (row["GjjpJobCtrlCode"], row["GjjpStoreFcastApprovedFlg"]) == ("ALL", "N")
    sub_job = api.create("jcjobcostcodes", COST_CODE | {"GjjpJobCode": "1042A"})
    assert sub_job["GjjpJobCtrlCode"] == "1042"
    for changes in (
        {"GjjpCtrlCode": "99-000"},
        {"GjjpCtrlCode": "03-500"},
        {"GjjpJobCode": "9999"},
        {"GjjpJobCtrlCode": "1055"},
        {"GjjpWmCode": "XX"},
    ):
        assert "ORA-20001" in refused(api.post("jcjobcostcodes", COST_CODE | {"GjjpCode": "03-500"} | changes))
    answer = api.patch("jcjobcostcodes", row["GjjpVUuid"], {"GjjpCtrlCode": "ALL", "GjjpName": "Precast"})
    assert (answer.json()["GjjpCtrlCode"], answer.json()["GjjpName"]) == ("ALL", "Precast")
    assert api.patch("jcjobcostcodes", row["GjjpVUuid"], {"GjjpCtrlCode": "NONE"}).status_code == 400


def test_a_category_is_assigned_first_and_gets_amounts_by_patch(api: Api) -> None:
    (problem,) = details(api.post("jcjobcategory", CATEGORY | {"JcatOrigBudgAmt": 100}))
    assert problem["o:errorPath"] == "/JcatOrigBudgAmt"
    row = api.create("jcjobcategory", CATEGORY)
    assert (row["JcatName"], row["JcatOrigBudgAmt"]) == ("Labor", None)
    changed = api.patch("jcjobcategory", row["JcatVUuid"], {"JcatOrigBudgAmt": 100.5, "JcatWmCode": "HR"}).json()
    assert (changed["JcatOrigBudgAmt"], changed["JcatWmCode"]) == (100.5, "HR")
    assert api.patch("jcjobcategory", row["JcatVUuid"], {"JcatCompCode": "02"}).status_code == 400
    assert api.patch("jcjobcategory", row["JcatVUuid"], {"JcatWmCode": "XX"}).status_code == 400


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"JcatJobCode": "9999"}, "Job 9999 does not exist"),
        ({"JcatPhsCode": "99-999"}, "Cost Code 99-999 is not assigned to job 1042"),
        ({"JcatCode": "Z"}, "Category Z is not a valid category"),
    ],
)
def test_a_category_needs_its_parents(api: Api, changes: Row, sentence: str) -> None:
    assert sentence in refused(api.post("jcjobcategory", CATEGORY | changes))
