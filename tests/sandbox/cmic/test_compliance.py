"""Compliance rows of vendors and subcontracts (cmic-api §3.13, §4.6)."""

import pytest

from tests.sandbox.cmic.standin import Api, Row, details, header, refused


def insurance(**changes: object) -> Row:
    """A minimal row of a vendor."""
    return {"InsComplType": "VEN", "InsCompCode": "01", "InsVenCode": "ACME01", "InsCoverTypeCode": "COI", **changes}


def of_contract(**changes: object) -> Row:
    """A minimal row of a subcontract."""
    return insurance(InsComplType="SC", InsScContCode="SC-1", **changes)


def test_the_demonstration_has_rows_of_vendors(api: Api) -> None:
    q = "InsCompCode = '01' and InsVenCode = 'ACME01'"
    rows = api.items("apinsurance", q=q, orderBy="InsCoverTypeCode:asc")
    names = ("InsCoverTypeCode", "InsCertNum", "InsEndDate", "InsDateComplianceFlag", "InsComplianceFlag", "InsAmt")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("GL", "GL-88120", "2026-12-31", "Y", "Y", 2_000_000),
        ("WC", "WC-4471", "2025-06-30", "N", "Y", 1_000_000),
    ]
    assert {row["InsComplType"] for row in api.items("apinsurance")} == {"VEN"}


def test_a_vendors_row_is_created_with_defaults_and_changed(api: Api) -> None:
    row = api.create("apinsurance", insurance())
    names = ("InsDateSensitiveFlag", "InsDateComplianceFlag", "InsComplianceFlag", "InsScAutoAssignFlag", "InsAmt")
    assert [row[name] for name in names] == ["N", "N", "Y", "N", None]
    api.create("apinsurance", insurance())
    wanted = {"InsEndDate": "2027-01-31", "InsCertNum": "A-77", "InsAmt": 500_000.5, "InsDateComplianceFlag": "Y"}
    changed = api.patch("apinsurance", row["InsVUuid"], wanted).json()
    assert {name: changed[name] for name in wanted} == wanted
    assert changed["InsIuUpdateDate"] is not None
    for name, value in (("InsVenCode", "BOLT02"), ("InsComplType", "SC"), ("InsScContCode", "SC-1")):
        assert f"{name} in ApInsuranceViewObj cannot be set" in refused(
            api.patch("apinsurance", row["InsVUuid"], {name: value})
        )


def test_a_subcontracts_row_takes_the_job_of_its_contract(api: Api) -> None:
    assert "Contract SC-1 of vendor ACME01 does not exist in company 01" in refused(
        api.post("apinsurance", of_contract())
    )
    api.create("scmast", header())
    row = api.create("apinsurance", of_contract())
    assert (row["InsScContCode"], row["InsScJobCode"]) == ("SC-1", "1042")
    q = "InsCompCode='01' and InsVenCode='ACME01' and InsScContCode='SC-1'"
    assert [found["InsVUuid"] for found in api.items("apinsurance", q=q)] == [row["InsVUuid"]]
    assert "Job 1055 is not the job of contract SC-1" in refused(
        api.post("apinsurance", of_contract(InsScJobCode="1055"))
    )
    other = of_contract(InsVenCode="BOLT02")
    assert "Contract SC-1 of vendor BOLT02 does not exist" in refused(api.post("apinsurance", other))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"InsCompCode": "99"}, "Company 99"),
        ({"InsVenCode": "NOBODY"}, "Vendor NOBODY does not exist in company 01"),
        ({"InsComplType": "PO"}, "Compliance Type PO is not a valid compliance type"),
        ({"InsScContCode": "SC-1"}, "Contract is not allowed for Compliance Type VEN"),
        ({"InsStartDate": "2026-05-02", "InsEndDate": "2026-05-01"}, "End Date 2026-05-01 is before Start Date"),
        ({"InsDateSensitiveFlag": "Y", "InsStartDate": "2026-05-02"}, "Start Date and End Date are required"),
        ({"InsComplianceFlag": "X"}, "a flag must be Y or N"),
    ],
)
def test_a_row_is_checked(api: Api, changes: Row, sentence: str) -> None:
    before = len(api.books("apinsurance"))
    assert sentence in refused(api.post("apinsurance", insurance(**changes)))
    assert len(api.books("apinsurance")) == before


def test_required_attributes(api: Api) -> None:
    names = ("InsComplType", "InsCompCode", "InsVenCode", "InsCoverTypeCode")
    assert {problem["o:errorPath"] for problem in details(api.post("apinsurance", {}))} == {f"/{n}" for n in names}
    row = api.create("apinsurance", insurance())
    assert details(api.patch("apinsurance", row["InsVUuid"], {"InsCoverTypeCode": ""}))
    dates = {"InsDateSensitiveFlag": "Y", "InsEndDate": "2026-12-31"}
    assert "are required" in refused(api.patch("apinsurance", row["InsVUuid"], dates))


def test_described_paged_changed_and_deleted(api: Api) -> None:
    described = api.get("apinsurance", "describe").json()["Resources"]["apinsurance"]
    assert {action["method"] for action in described["item"]["actions"]} == {"GET", "PATCH"}
    assert described["collection"]["finders"] == []
    seen: list[str] = []
    while True:
        after = f" and InsVUuid > '{seen[-1]}'" if seen else ""
        page = api.items("apinsurance", q=f"InsCompCode='01'{after}", orderBy="InsVUuid:asc", limit=2)
        seen += [row["InsVUuid"] for row in page]
        if len(page) < 2:
            break
    assert sorted(seen) == [row["InsVUuid"] for row in sorted(api.books("apinsurance"), key=lambda r: r["InsVUuid"])]
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    since = api.patch("apinsurance", seen[0], {"InsCertNum": "NEW"}).json()["InsIuUpdateDate"]
    q = f"InsCompCode='01' and (InsIuUpdateDate >= '{since}' or InsIuCreateDate >= '{since}')"
    assert [row["InsVUuid"] for row in api.items("apinsurance", q=q)] == [seen[0]]
    api.control("POST", "delete", {"resource": "apinsurance", "where": {"InsVUuid": seen[0]}})
    assert api.items("apinsurance", q=q) == []
    assert api.get("apinsurance", seen[0]).status_code == 404
