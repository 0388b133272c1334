"""Reading rows: envelopes, paging, order, fields, single items, children (cmic-api §1.3, §1.4, §7)."""

import pytest

from tests.sandbox.cmic.standin import Api, details, header, line, refused

COLLECTION = "application/vnd.oracle.adf.resourcecollection+json"
ITEM = "application/vnd.oracle.adf.resourceitem+json"


def test_a_collection_has_adfs_envelope(api: Api) -> None:
    answer = api.get("jcjob")
    assert answer.headers["content-type"] == COLLECTION
    body = answer.json()
    assert set(body) == {"items", "count", "hasMore", "limit", "offset", "links"}
    assert (body["count"], body["hasMore"], body["limit"], body["offset"]) == (4, False, 25, 0)
    assert body["links"] == [
        {
            "rel": "self",
            "href": "http://127.0.0.1:80/cmictest/jc-rest-api/rest/1/jcjob",
            "name": "jcjob",
            "kind": "collection",
        }
    ]


def test_every_attribute_is_present_and_null_when_empty(api: Api) -> None:
    row = api.items("pmproject", finder="selectByCompProj;compCode=01,projCode=1042")[0]
    described = api.get("pmproject", "describe").json()["Resources"]["pmproject"]["attributes"]
    assert set(row) - {"links"} == {attribute["name"] for attribute in described}
    assert row["GrpmpCustCode"] is None
    assert row["GrpmpProjCtrlCode"] == "ALL"


def test_links_say_http_and_port_80_whatever_the_caller_used(api: Api) -> None:
    row = api.items("pmcontracttype", limit=1)[0]
    href = f"http://127.0.0.1:80/cmictest/pm-rest-api/rest/1/pmcontracttype/{row['PmctVUuid']}"
    assert row["links"] == [
        {"rel": "self", "href": href, "name": "pmcontracttype", "kind": "item"},
        {"rel": "canonical", "href": href, "name": "pmcontracttype", "kind": "item"},
    ]


def test_paging_walks_every_row_once(api: Api) -> None:
    seen: list[str] = []
    offset, more = 0, True
    while more:
        body = api.get("jcjobcategory", offset=offset, limit=30, orderBy="JcatVUuid:asc").json()
        seen += [item["JcatVUuid"] for item in body["items"]]
        assert body["count"] == len(body["items"])
        offset, more = offset + body["count"], body["hasMore"]
    assert len(seen) == len(set(seen)) == len(api.books("jcjobcategory"))


def test_the_default_page_is_25_rows(api: Api) -> None:
    body = api.get("jcjobcostcodes").json()
    assert (body["count"], body["limit"], body["hasMore"]) == (25, 25, True)


@pytest.mark.parametrize("limit", ["1001", "-1", "many", "1.5", ""])
def test_a_limit_above_1000_or_no_number_is_refused(api: Api, limit: str) -> None:
    assert api.get("jcjob", limit=limit).status_code == 400


def test_1000_rows_may_be_asked_for(api: Api) -> None:
    assert api.get("jcjob", limit=1000).json()["limit"] == 1000


def test_total_results_only_when_asked_for(api: Api) -> None:
    assert "totalResults" not in api.get("jcjobcostcodes").json()
    body = api.get("jcjobcostcodes", totalResults="true", limit=2).json()
    assert body["totalResults"] == len(api.books("jcjobcostcodes"))
    assert body["count"] == 2


def test_fields_choose_attributes(api: Api) -> None:
    row = api.items("jcjob", fields="JobCode,JobName", limit=1)[0]
    assert set(row) == {"JobCode", "JobName", "links"}
    bare = api.items("jcjob", fields="JobCode", onlyData="true", limit=1)[0]
    assert bare == {"JobCode": "1042"}


def test_order_by_several_attributes(api: Api) -> None:
    rows = api.items("jcjobcategory", orderBy="JcatCode:desc,JcatPhsCode:asc", limit=1000)
    keys = [(row["JcatCode"], row["JcatPhsCode"]) for row in rows]
    assert keys == sorted(sorted(keys, key=lambda key: key[1]), key=lambda key: key[0], reverse=True)
    assert api.items("jcjob", orderBy="JobCode")[0]["JobCode"] == "1042"


def test_amounts_are_ordered_as_numbers_and_nulls_are_highest(api: Api) -> None:
    for task, units in (("A", 9), ("B", 10), ("C", None)):
        if task == "A":
            api.create("scmast", header())
        api.create("scsched", line(task=task, ScschUnit=units))
    ascending = [row["ScschTaskCode"] for row in api.items("scsched", orderBy="ScschUnit:asc")]
    assert ascending == ["A", "B", "C"]
    assert [row["ScschTaskCode"] for row in api.items("scsched", orderBy="ScschUnit:desc")] == ["C", "B", "A"]


@pytest.mark.parametrize("order", ["JobCode:up", "Nothing:asc", "default,JobCode:asc"])
def test_a_wrong_order_is_refused(api: Api, order: str) -> None:
    assert api.get("jcjob", orderBy=order).status_code == 400


def test_the_default_order_stands_alone(api: Api) -> None:
    assert api.get("jcjob", orderBy="default").status_code == 200


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("fields", "JobCode,Nothing"), ("expand", "Nothing"), ("totalResults", "yes"), ("pageSize", "10")],
)
def test_what_does_not_exist_is_refused(api: Api, parameter: str, value: str) -> None:
    assert api.client.get(api.path("jcjob"), params={parameter: value}).status_code == 400


def test_a_single_item_comes_bare(api: Api) -> None:
    key = api.items("jcjob", limit=1)[0]["JobVUuid"]
    answer = api.get("jcjob", key)
    assert answer.headers["content-type"] == ITEM
    assert answer.json()["JobCode"] == "1042"
    assert "items" not in answer.json()
    assert set(api.get("jcjob", key, fields="JobCode", onlyData="true").json()) == {"JobCode"}
    assert api.get("jcjob", key, limit="1").status_code == 400


def test_an_unknown_key_is_not_found(api: Api) -> None:
    assert api.get("jcjob", "0" * 32).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/cmicprod/jc-rest-api/rest/1/jcjob",
        "/cmictest/sc-rest-api/rest/1/scmast",
        "/cmictest/jc-rest-api/rest/1/scmast",
        "/cmictest/pm-rest-api/rest/2/scmast",
        "/cmictest/pm-rest-api/rest/v1/scmast",
        "/cmictest/glrestapi/rest/1/glcompany",
        "/cmictest/ap-rest-api/rest/1/openperiods",
        "/cmictest/pm-rest-api/rest/1/scmast/X/child/Nothing",
        "/cmictest",
        "/",
    ],
)
def test_another_path_is_not_found(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 404


def test_companies_live_under_their_own_root(api: Api) -> None:
    codes = [row["CompCode"] for row in api.items("glcompany")]
    assert codes == ["01", "02"]


def test_framework_4_errors_are_structured_and_older_ones_are_text(api: Api) -> None:
    answer = api.get("jcjob", framework=4, fields="Nothing")
    assert answer.headers["content-type"] == "application/vnd.oracle.adf.error+json"
    (problem,) = details(answer)
    assert problem["o:errorCode"] == "25058"
    assert problem["o:errorPath"] == "/Nothing"
    for framework in (None, 1, 2, 3):
        older = api.get("jcjob", framework=framework, fields="Nothing")
        assert older.status_code == 400
        assert older.headers["content-type"].startswith("text/plain")
        assert older.text == f"JBO-25058: {problem['detail']}"


def test_an_error_comes_as_plain_json_when_asked_for(api: Api) -> None:
    headers = {"accept": "application/json", "rest-framework-version": "4"}
    answer = api.client.get(api.path("jcjob", "0" * 32), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json()["status"] == "404"


@pytest.mark.parametrize("version", ["0", "5", "four"])
def test_an_unknown_framework_version_is_refused(api: Api, version: str) -> None:
    answer = api.client.get(api.path("jcjob"), headers={"rest-framework-version": version})
    assert answer.status_code == 400


def test_the_caller_may_ask_for_plain_json(api: Api) -> None:
    answer = api.client.get(api.path("jcjob"), headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert api.client.get(api.path("jcjob"), headers={"accept": "text/html"}).status_code == 406


def test_children_are_a_bare_array_before_version_3_and_a_collection_after(api: Api) -> None:
    row = api.create("scmast", header())
    for task in ("1", "2"):
        api.create("scsched", line(task=task))
    for framework in (1, 2):
        old = api.get("scmast", row["ScmstVUuid"], framework=framework, expand="ScschedViewObj").json()
        assert [child["ScschTaskCode"] for child in old["ScschedViewObj"]] == ["1", "2"]
    for framework in (3, 4):
        new = api.get("scmast", framework=framework, expand="all").json()["items"][0]["ScschedViewObj"]
        assert set(new) == {"items", "count", "hasMore", "limit", "offset", "links"}
        assert [child["ScschTaskCode"] for child in new["items"]] == ["1", "2"]


def test_a_child_collection_has_its_own_address(api: Api) -> None:
    row = api.create("scmast", header())
    api.create("scmast", header("SC-2"))
    api.create("scsched", line(task="1"))
    api.create("scsched", line("SC-2", task="2"))
    body = api.get("scmast", f"{row['ScmstVUuid']}/child/ScschedViewObj").json()
    assert [item["ScschTaskCode"] for item in body["items"]] == ["1"]
    assert body["links"][0]["href"].endswith("/child/ScschedViewObj")
    child = next(link for link in row["links"] if link["rel"] == "child")
    assert child["href"].endswith(f"/scmast/{row['ScmstVUuid']}/child/ScschedViewObj")
    assert api.get("scmast", f"{'0' * 32}/child/ScschedViewObj").status_code == 404


def test_without_an_order_paging_can_be_made_unstable(api: Api) -> None:
    api.control("PATCH", "settings", {"unstable_order": True})
    orders = {tuple(row["JobCode"] for row in api.items("jcjob")) for _ in range(4)}
    assert len(orders) > 1
    ordered = {tuple(row["JobCode"] for row in api.items("jcjob", orderBy="JobCode:asc")) for _ in range(4)}
    assert len(ordered) == 1


def test_names_from_elsewhere_are_shown_and_can_be_searched(api: Api) -> None:
    vendor = api.items("apvendor", q="BpvenBpName = 'Bolt Steel Erectors Inc.'")
    assert [row["BpvenBpCode"] for row in vendor] == ["BOLT02"]
    assert api.items("businesspartner", q="BpVendorStatusFlag = 'Y'", limit=1)[0]["BpCode"] == "ACME01"
    project = api.items("pmproject", q="GrpmpProjCode = '1055'")[0]
    assert (project["GrpmpJobName"], project["GrpmpJobStatusCode"]) == ("Cedar Street School", "A")


def test_valid_pairs_are_the_active_pairs_of_a_job(api: Api) -> None:
    query = "JccatCompCode = '01' and JccatJobCode = '1042' and JccatPhsCode = '03-300'"
    pairs = api.items("jcjobcostcatcodes", q=query, orderBy="JccatCode:asc")
    assert [(pair["JccatCode"], pair["JccatName"]) for pair in pairs] == [
        ("L", "Labor"),
        ("M", "Material"),
        ("S", "Subcontract"),
    ]
    assert api.get("jcjobcostcatcodes", pairs[0]["JccatVUuid"]).json()["JccatCode"] == "L"
    stored = api.items("jcjobcategory", q=query.replace("Jccat", "Jcat") + " and JcatCode = 'L'")[0]
    api.patch("jcjobcategory", stored["JcatVUuid"], {"JcatCatActiveFlag": "N"})
    assert [pair["JccatCode"] for pair in api.items("jcjobcostcatcodes", q=query)] == ["M", "S"]
    assert api.get("jcjobcostcatcodes", pairs[0]["JccatVUuid"]).status_code == 404


@pytest.mark.parametrize(
    "resource", ["jcjob", "glcompany", "weightmeasure", "jcmastercostcodes", "jcmastercategories", "jcjobcostcatcodes"]
)
def test_what_is_only_read_cannot_be_written(api: Api, resource: str) -> None:
    assert api.items(resource, limit=1)
    answer = api.post(resource, {})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_other_methods_are_not_allowed(api: Api) -> None:
    key = api.items("businesspartner", limit=1)[0]["BpVUuid"]
    assert api.patch("businesspartner", key, {"BpName": "X"}).status_code == 405
    assert api.client.delete(api.path("businesspartner", key)).status_code == 405
    assert api.client.put(api.path("businesspartner", key), json={}).status_code == 405
    assert api.client.post(api.path("jcjob", "describe"), json={}).status_code == 405


def test_a_refusal_reads_the_same_in_both_shapes(api: Api) -> None:
    structured = refused(api.post("scsched", line("NONE")))
    text = api.post("scsched", line("NONE"), framework=2).text
    assert structured == text
    assert structured.startswith("ORA-20001: <CMIC_ERR_CODE>")
    assert "<CMIC_ERR_MSG>Contract NONE/000 of vendor ACME01 does not exist.</CMIC_ERR_MSG>" in structured
