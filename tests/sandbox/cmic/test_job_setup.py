"""Jobs, sub-jobs and codes as people set them up, and listing their pairs (cmic-api §3.3 to §3.5, §4.1)."""

from typing import Any

import pytest

from tests.sandbox.cmic.standin import Api, Row, refused

DECK = {"company": "01", "job": "1042B"}


@pytest.fixture
def deck(api: Api) -> Api:
    """A new sub-job of 1042."""
    api.control("POST", "jobs/create", {**DECK, "name": "Parking Annex", "control": "1042"})
    return api


def set_up(api: Api, *codes: Row, status: int = 200, **changes: str) -> Any:
    return api.control("POST", "jobs/codes", {**DECK, "codes": list(codes), **changes}, status)


def pair(api: Api, cost_code: str, category: str, job: str = "1042B") -> Row:
    (row,) = api.items(
        "jcjobcategory",
        q=f"JcatCompCode='01' and JcatJobCode='{job}' and JcatPhsCode='{cost_code}' and JcatCode='{category}'",
    )
    return row


def test_a_sub_job_gets_codes_categories_and_both_budgets(deck: Api) -> None:
    concrete = {"code": "03.100", "name": "Formwork", "control": "03", "categories": [{"code": "S", "original": 70.1}]}
    assert set_up(deck, {"code": "03", "name": "Concrete"}, concrete) == {"codes": 2, "categories": 1}
    (job,) = deck.items("jcjob", q="JobCompCode='01' and JobCode='1042B'")
    assert (job["JobCtrlCode"], job["JobName"]) == ("1042", "Parking Annex")
    codes = deck.items("jcjobcostcodes", q="GjjpCompCode='01' and GjjpJobCode='1042B'", orderBy="GjjpCode:asc")
    names = ("GjjpCode", "GjjpCtrlCode", "GjjpName", "GjjpJobCtrlCode", "GjjpActiveFlag")
    assert [tuple(row[name] for name in names) for row in codes] == [
        ("03", "ALL", "Concrete", "1042", "Y"),
        ("03.100", "03", "Formwork", "1042", "Y"),
    ]
    row = pair(deck, "03.100", "S")
    amounts = ("JcatOrigBudgAmt", "JcatCurrBudgAmt", "JcatProjAmt", "JcatSpentAmt", "JcatOrigRevBudgAmt")
    assert [row[name] for name in amounts] == [70.1, 70.1, 70.1, None, None]
    assert row["JcatName"] == "Subcontract"
    assert [row["JccatPhsCode"] for row in deck.items("jcjobcostcatcodes", q="JccatJobCode='1042B'")] == ["03.100"]


def test_revenue_is_budgeted_by_amount_or_by_units(deck: Api) -> None:
    lump = {"code": "S", "revenue": 1000.5, "current_revenue": 1200}
    units = {"code": "M", "revenue": 500, "revenue_units": 12.5, "revenue_unit": "CY"}
    set_up(deck, {"code": "01-100", "categories": [lump, units]})
    names = ("JcatOrigRevBudgAmt", "JcatCurrRevBudgAmt", "JcatRevBudgUnit", "JcatRevBudgWmCode")
    assert [pair(deck, "01-100", "S")[name] for name in names] == [1000.5, 1200, None, None]
    row = pair(deck, "01-100", "M")
    assert [row[name] for name in names] == [500, 500, 12.5, "CY"]
    changed = deck.patch("jcjobcategory", row["JcatVUuid"], {"JcatRevBudgUnit": 20, "JcatRevBudgWmCode": "SF"}).json()
    assert [changed[name] for name in names] == [500, 500, 20, "SF"]
    assert "WM XX" in refused(deck.patch("jcjobcategory", row["JcatVUuid"], {"JcatRevBudgWmCode": "XX"}))


def test_what_is_there_is_changed_and_the_rest_kept(deck: Api) -> None:
    set_up(deck, {"code": "01-100", "categories": [{"code": "S", "original": 10, "revenue": 20}]})
    before = pair(deck, "01-100", "S")
    deck.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    set_up(deck, {"code": "01-100", "name": "Staff", "categories": [{"code": "S", "active": False, "revenue": 30}]})
    row = pair(deck, "01-100", "S")
    names = ("JcatVUuid", "JcatOrigBudgAmt", "JcatOrigRevBudgAmt", "JcatCatActiveFlag")
    assert [row[name] for name in names] == [before["JcatVUuid"], 10, 30, "N"]
    assert row["JcatIuUpdateDate"] > before["JcatIuCreateDate"]
    q = f"JcatCompCode='01' and JcatIuUpdateDate >= '{row['JcatIuUpdateDate']}'"
    assert [found["JcatVUuid"] for found in deck.items("jcjobcategory", q=q)] == [row["JcatVUuid"]]
    assert deck.books("jcjobcostcodes", GjjpJobCode="1042B")[0]["GjjpName"] == "Staff"
    assert deck.items("jcjobcostcatcodes", q="JccatJobCode='1042B'") == []


def test_a_code_may_lack_categories_and_get_one_later(deck: Api) -> None:
    set_up(deck, {"code": "05-100"})
    assert deck.items("jcjobcategory", q="JcatCompCode='01' and JcatJobCode='1042B'") == []
    deck.control(
        "POST", "transactions", {**DECK, "rows": [{"JcdtPhsCode": "05-100", "JcdtCatCode": "M", "JcdtAmt": 1}]}, 409
    )
    deck.control("POST", "assign", {**DECK, "cost_code": "05-100", "category": "M"})
    deck.control(
        "POST", "transactions", {**DECK, "rows": [{"JcdtPhsCode": "05-100", "JcdtCatCode": "M", "JcdtAmt": 1}]}
    )
    assert pair(deck, "05-100", "M")["JcatSpentAmt"] == 1


@pytest.mark.parametrize(
    ("code", "changes", "status"),
    [
        ({"code": "01-100", "control": "99"}, {}, 409),
        ({"code": "01-100"}, {"job": "9999"}, 409),
        ({"code": "01-100", "categories": [{"code": "S", "revenue_unit": "XX"}]}, {}, 409),
        ({"code": "01-100", "categories": [{"code": "S", "original": 1.001}]}, {}, 400),
        ({"code": "low"}, {}, 400),
        ({"code": "MUCH-TOO-LONG-COD"}, {}, 400),
    ],
)
def test_an_impossible_code_is_refused(deck: Api, code: Row, changes: Row, status: int) -> None:
    set_up(deck, {"code": "02", "categories": [{"code": "S"}]}, code, status=status, **changes)
    assert deck.books("jcjobcostcodes", GjjpJobCode="1042B") == []
    assert deck.books("jcjobcategory", JcatJobCode="1042B") == []


def test_the_master_list_says_what_controls_a_code(api: Api) -> None:
    rows = api.items("jcmastercostcodes", q="MphsCompCode='01'", limit=100)
    control = {row["MphsCode"]: row["MphsCtrlCode"] for row in rows}
    assert (control["03-000"], control["03-100"], control["31-200"]) == ("ALL", "03-000", "31-000")
    api.control("POST", "seed", {"jcmastercostcodes": [{"MphsCompCode": "01", "MphsCode": "03.100", "MphsName": "X"}]})
    assert api.items("jcmastercostcodes", q="MphsCode='03.100'")[0]["MphsCtrlCode"] == "ALL"


def test_all_pairs_of_a_job_by_query_and_by_finder_in_order(api: Api) -> None:
    """The finder knows no company, so both companies' jobs of that code come."""
    api.control("POST", "jobs/create", {"company": "02", "job": "1042"})
    api.control(
        "POST", "jobs/codes", {"company": "02", "job": "1042", "codes": [{"code": "01", "categories": [{"code": "S"}]}]}
    )

    def walk(**parameters: Any) -> list[tuple[str, str, str]]:
        seen: list[Row] = []
        while True:
            page = api.get(
                "jcjobcategory", limit=7, offset=len(seen), orderBy="JcatPhsCode:asc,JcatCode:desc", **parameters
            ).json()
            seen += page["items"]
            if not page["hasMore"]:
                return [(row["JcatCompCode"], row["JcatPhsCode"], row["JcatCode"]) for row in seen]

    here = [row for row in api.books("jcjobcategory", JcatJobCode="1042") if row["JcatCompCode"] == "01"]
    keys = [("01", row["JcatPhsCode"], row["JcatCode"]) for row in here]
    expected = sorted(sorted(keys, key=lambda key: key[2], reverse=True), key=lambda key: key[1])
    assert walk(q="JcatCompCode='01' and JcatJobCode='1042'") == expected
    assert walk(finder="selectJobCategory;jobCode=1042") == [("02", "01", "S"), *expected]
    assert walk(finder="selectJobCategory;jobCode=1042", q="JcatCompCode='01'") == expected


def test_a_deleted_job_disappears(deck: Api) -> None:
    assert deck.control("POST", "delete", {"resource": "jcjob", "where": {"JobCode": "1042B"}}) == {"deleted": 1}
    assert (
        deck.items("jcjob", q="JobCompCode='01' and JobCtrlCode='1042'", orderBy="JobCode:asc")[0]["JobCode"] == "1042A"
    )
    assert deck.items("jcjob", q="JobCode='1042B'") == []
