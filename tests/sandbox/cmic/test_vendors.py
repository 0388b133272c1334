"""Vendors of every kind: classes that are masked, inactive ones, many at once, deleted ones (cmic-api §3.6)."""

from collections import Counter

import pytest

from tests.sandbox.cmic.standin import Api, Row, header, refused


def test_the_demonstration_has_a_masked_and_an_inactive_vendor(api: Api) -> None:
    rows = {row["BpvenBpCode"]: row for row in api.items("apvendor", q="BpvenCompCode='01'")}
    assert {code: (row["BpvenClassCode"], row["BpvenActiveFlag"]) for code, row in rows.items()} == {
        "ACME01": (None, "Y"),
        "BOLT02": (None, "Y"),
        "ELLIS03": ("EMPL", "Y"),
        "MILL04": (None, "N"),
    }
    assert [row["BpvenBpCode"] for row in api.items("apvendor", q="BpvenClassCode='EMPL'")] == ["ELLIS03"]
    assert "Vendor MILL04 is not active" in refused(api.post("scmast", header(ScmstVenCode="MILL04")))


def test_vendors_by_the_hundred_are_the_same_for_the_same_seed(api: Api) -> None:
    made = api.control("POST", "vendors", {"company": "01", "count": 400, "seed": 3})
    assert made["entered"] == len(set(made["codes"])) == 400
    moving = {"BpvenVUuid", "BpvenIuCreateDate"}

    def vendors() -> list[Row]:
        rows = api.items("apvendor", q="BpvenCompCode='01' and BpvenBpCode like 'V0*'", limit=1000)
        return [{name: value for name, value in row.items() if name not in {*moving, "links"}} for row in rows]

    rows = vendors()
    assert [row["BpvenBpCode"] for row in rows] == made["codes"]
    names = Counter(str(row["BpvenBpName"]) for row in rows)
    assert max(names.values()) > 1
    for part in (" & ", " and ", "Inc.", "LLC"):
        assert any(part in name for name in names)
    assert {row["BpvenClassCode"] for row in rows} == {None, "EMPL"}
    assert {row["BpvenActiveFlag"] for row in rows} == {"Y", "N"}
    assert all(row["BpvenPayAdd1"] and row["BpvenPayAdd3"] and row["BpvenPayEmail"] for row in rows)
    again = api.control("POST", "vendors", {"company": "02", "count": 5, "seed": 3})
    assert not set(again["codes"]) & set(made["codes"])

    api.control("POST", "reset", {"seed": "demo"})
    api.control("POST", "vendors", {"company": "01", "count": 400, "seed": 3})
    assert vendors() == rows


@pytest.mark.parametrize(
    ("body", "status"),
    [({"company": "99", "count": 1}, 409), ({"company": "01", "count": 0}, 400), ({"company": "01"}, 400)],
)
def test_an_impossible_number_of_vendors_is_refused(api: Api, body: Row, status: int) -> None:
    before = api.control("GET", "books")
    api.control("POST", "vendors", body, status)
    assert api.control("GET", "books") == before


def test_a_deleted_vendor_disappears_and_its_partner_stays(api: Api) -> None:
    where = {"resource": "apvendor", "where": {"BpvenBpCode": "BOLT02"}}
    key = api.items("apvendor", q="BpvenBpCode='BOLT02'")[0]["BpvenVUuid"]
    assert api.control("POST", "delete", where) == {"deleted": 1}
    assert api.items("apvendor", q="BpvenBpCode='BOLT02'") == []
    assert api.get("apvendor", key).status_code == 404
    (partner,) = api.items("businesspartner", q="BpCode='BOLT02'")
    assert partner["BpVendorStatusFlag"] == "N"
