"""JB contracts and their billing items (cmic-api §3.12, A-15)."""

from typing import Any

import pytest

from tests.sandbox.cmic.standin import Api, Row, details, refused

ITEM = {
    "JbcdCompCode": "01",
    "JbcdContCode": "1042",
    "JbcdBillCode": "03-100.S",
    "JbcdBillJobCode": "1042",
    "JbcdBillPhsCode": "03-100",
    "JbcdBillCatCode": "S",
    "JbcdBillingTypeCode": "LSUM",
    "JbcdCurrCode": "USD",
    "JbcdDesc": "Concrete Formwork",
    "JbcdInvoiceFormatCode": "F1",
    "JbcdAmtBurdenFilter": "Regular",
    "JbcdMultiSubcontFlag": "N",
    "JbcdMultiSubcontVenFlag": "N",
}


def test_some_jobs_have_a_contract(api: Api) -> None:
    found = {(row["JbcontCompCode"], row["JbcontCode"]): row["JbcontJobCode"] for row in api.items("jbcont")}
    assert found == {("01", "1042"): "1042", ("02", "2001"): "2001"}
    assert api.items("jbcont", q="JbcontCompCode = '01' and JbcontCode = '1055'") == []


def test_a_contract_is_entered_by_a_person_under_the_jobs_contract_code(api: Api) -> None:
    assert api.post("jbcont", {"JbcontCompCode": "01", "JbcontCode": "1055"}).status_code == 405
    row = api.control("POST", "jb_contracts/create", {"company": "01", "job": "1055"})
    assert (row["JbcontCode"], row["JbcontJobCode"], row["JbcontName"]) == ("1055", "1055", "Cedar Street School")
    assert row["JbcontIuCreateDate"].endswith("Z")
    api.control("POST", "jb_contracts/create", {"company": "01", "job": "1055"}, 409)
    api.control("POST", "jb_contracts/create", {"company": "01", "job": "9999"}, 409)


@pytest.mark.parametrize(("given", "code"), [("OWN-7", "OWN-7"), (None, "1055")])
def test_a_contract_code_defaults_to_the_job_code(api: Api, given: str | None, code: str) -> None:
    api.control("POST", "edit", {"resource": "jcjob", "where": {"JobCode": "1055"}, "set": {"JobContCode": given}})
    assert api.control("POST", "jb_contracts/create", {"company": "01", "job": "1055"})["JbcontCode"] == code
    assert api.items("jbcont", q=f"JbcontCode = '{code}'")[0]["JbcontJobCode"] == "1055"


def test_a_billing_item_is_entered_and_changed(api: Api) -> None:
    row = api.create("jbcontdet", ITEM)
    assert (row["JbcdBillCode"], row["JbcdDesc"]) == ("03-100.S", "Concrete Formwork")
    assert api.patch("jbcontdet", row["JbcdVUuid"], {"JbcdDesc": "Forms"}).json()["JbcdDesc"] == "Forms"
    assert "Too many objects match" in refused(api.post("jbcontdet", ITEM))
    assert "Currency XXX" in refused(api.patch("jbcontdet", row["JbcdVUuid"], {"JbcdCurrCode": "XXX"}))


@pytest.mark.parametrize("missing", sorted(ITEM))
def test_a_billing_item_has_required_attributes(api: Api, missing: str) -> None:
    (problem,) = details(api.post("jbcontdet", {name: value for name, value in ITEM.items() if name != missing}))
    assert problem["o:errorPath"] == f"/{missing}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"JbcdContCode": "9"}, "Contract 9 does not exist in company 01"),
        ({"JbcdBillCatCode": "X"}, "Category X is not assigned"),
        ({"JbcdBillPhsCode": "99"}, "Cost Code 99 is not assigned"),
    ],
)
def test_parents_of_a_billing_item_must_exist(api: Api, changes: dict[str, Any], sentence: str) -> None:
    wanted: Row = {**ITEM, **changes}
    assert sentence in refused(api.post("jbcontdet", wanted))
