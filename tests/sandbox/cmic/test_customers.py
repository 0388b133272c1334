"""AR customers: partners that a company bills (cmic-api §3.6, A-08)."""

from tests.sandbox.cmic.standin import Api


def test_customers_show_their_partners_name_and_their_own_address(api: Api) -> None:
    rows = api.items("arcustomer", orderBy="BpcustCompCode:asc,BpcustBpCode:asc")
    assert [(row["BpcustCompCode"], row["BpcustBpCode"], row["BpcustBpName"]) for row in rows] == [
        ("01", "CEDAR06", "Cedar Street School District"),
        ("01", "RIVER05", "City of Riverton"),
        ("02", "RIVER05", "City of Riverton"),
    ]
    names = ("Add1", "Add2", "Add3", "RegionCode", "PostalCode", "Country", "Phone", "Fax", "Email", "ActiveFlag")
    assert [rows[1][f"Bpcust{name}"] for name in names] == [
        *("1 Civic Square", None, "Riverton", "OR", "97000", "US", None, None, None, "Y"),
    ]
    api.control(
        "POST", "edit", {"resource": "businesspartner", "where": {"BpCode": "RIVER05"}, "set": {"BpName": "Riverton"}}
    )
    assert api.items("arcustomer", q="BpcustCompCode = '02'")[0]["BpcustBpName"] == "Riverton"


def test_customers_are_described_read_alone_and_paged(api: Api) -> None:
    described = api.get("arcustomer", "describe").json()["Resources"]["arcustomer"]
    assert described["collection"]["finders"] == []
    assert {action["method"] for action in described["collection"]["actions"]} == {"GET"}
    page = api.get("arcustomer", q="BpcustCompCode = '01'", limit=1, offset=1, totalResults="true").json()
    assert (page["count"], page["hasMore"], page["totalResults"]) == (1, False, 2)
    (row,) = page["items"]
    assert set(row) - {"links"} == {attribute["name"] for attribute in described["attributes"]}
    assert api.get("arcustomer", row["BpcustVUuid"]).json() == row
    assert row["links"][0]["href"].endswith(f"/ar-rest-api/rest/1/arcustomer/{row['BpcustVUuid']}")
    assert api.get("arcustomer", finder="selectByDate;auditDate=2026-01-01").status_code == 400
    assert api.client.get("/cmictest/ap-rest-api/rest/1/arcustomer").status_code == 404
    assert api.post("arcustomer", {"BpcustCompCode": "01", "BpcustBpCode": "ACME01"}).status_code == 405


def test_a_changed_and_a_deleted_customer(api: Api) -> None:
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    where = {"resource": "arcustomer", "where": {"BpcustBpCode": "RIVER05", "BpcustCompCode": "01"}}
    (row,) = api.control("POST", "edit", where | {"set": {"BpcustActiveFlag": "N"}})["rows"]
    since = row["BpcustIuUpdateDate"]
    q = f"BpcustCompCode='01' and (BpcustIuUpdateDate >= '{since}' or BpcustIuCreateDate >= '{since}')"
    assert [row["BpcustActiveFlag"] for row in api.items("arcustomer", q=q)] == ["N"]
    assert api.control("POST", "delete", where) == {"deleted": 1}
    assert api.items("arcustomer", q=q) == []
    assert [row["BpcustBpCode"] for row in api.items("arcustomer", q="BpcustCompCode='01'")] == ["CEDAR06"]
