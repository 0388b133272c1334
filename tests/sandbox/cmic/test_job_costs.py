"""Job cost detail: what posting writes, what an accountant enters, and reading it in long lists (cmic-api §3.11)."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.cmic.standin import Api, Row, header, line, paying, posting, voucher, voucher_line

JOB = {"company": "01", "job": "1042"}
MANY = 100_000
ON_JOB = "JcdtCompCode='01' and JcdtJobCode='1042'"


def cost(amount: float, cost_code: str = "03-100", category: str = "S", **changes: Any) -> Row:
    """A posted cost row as a person enters it."""
    return {"JcdtPhsCode": cost_code, "JcdtCatCode": category, "JcdtAmt": amount, **changes}


def entered(api: Api, *rows: Row, **changes: str) -> list[Row]:
    made: list[Row] = api.control("POST", "transactions", {**JOB, "rows": list(rows), **changes})["rows"]
    return made


def spent(api: Api, cost_code: str = "03-100", category: str = "S", job: str = "1042") -> float | None:
    (row,) = api.items(
        "jcjobcategory",
        q=f"JcatCompCode='01' and JcatJobCode='{job}' and JcatPhsCode='{cost_code}' and JcatCode='{category}'",
    )
    amount: float | None = row["JcatSpentAmt"]
    return amount


@pytest.fixture
def contract(api: Api) -> Api:
    """SC-1 with a lump-sum line, a unit line on the sub-job, and one without an amount; unposted."""
    api.create("scmast", header(ScmstDate="2026-03-02", ScmstName="Formwork"))
    api.create("scsched", line(ScschTaskName="Walls"))
    units: Row = {"ScschUnit": 3, "ScschUnitRate": 33.33, "ScschWmCode": "CY", "ScschAmt": 0}
    api.create("scsched", line(task="2", ScschJobCode="1042A", ScschPhsCode="03-300", ScschCatCode="L", **units))
    api.create("scsched", line(task="3", ScschAmt=0))
    return api


def test_posting_a_subcontract_makes_commitment_rows(contract: Api) -> None:
    assert contract.items("jcdetailposted") == []
    posted = contract.control("POST", "subcontracts/post", posting(post_date="2026-03-31"))
    lump, unit = contract.items("jcdetailposted")
    expected = {
        "JcdtCompCode": "01",
        "JcdtJobCode": "1042",
        "JcdtPhsCode": "03-100",
        "JcdtCatCode": "S",
        "JcdtJobCtrlCode": "ALL",
        "JcdtPhsCtrlCode": "03-000",
        "JcdtCatCtrlCode": None,
        "JcdtTypeCode": "O",
        "JcdtRefDate": "2026-03-02",
        "JcdtPostDate": "2026-03-31",
        "JcdtRefCode": "000",
        "JcdtRefDesc": "Walls",
        "JcdtSrcCode": "ACME01",
        "JcdtSrcDesc": "Acme Concrete LLC",
        "JcdtSrcCommCode": "SC-1",
        "JcdtJourCode": "SC",
        "JcdtBchNum": posted["ScmstPostBatch"],
        "JcdtUnit": None,
        "JcdtWmCode": "$",
        "JcdtAmt": 1000,
        "JcdtInvNum": None,
        "JcdtCurrCode": "USD",
        "JcdtIuUpdateDate": None,
    }
    assert {name: lump[name] for name in expected} == expected
    names = ("JcdtJobCode", "JcdtJobCtrlCode", "JcdtRefDesc", "JcdtUnit", "JcdtWmCode", "JcdtAmt")
    assert [unit[name] for name in names] == ["1042A", "1042", "Formwork", 3, "CY", 99.99]
    assert len(lump["JcdtVUuid"]) == 32
    assert contract.get("jcdetailposted", lump["JcdtVUuid"]).json()["JcdtAmt"] == 1000
    assert spent(contract) is None


def test_voiding_a_posted_subcontract_takes_its_commitment_back(contract: Api) -> None:
    contract.control("POST", "subcontracts/post", posting())
    contract.create("scmast", header(ScmstChgCode="001"))
    contract.create("scsched", line(ScschChgCode="001", ScschAmt=-250.5))
    contract.control("POST", "subcontracts/post", posting(change_code="001"))
    contract.control("POST", "subcontracts/void", posting(change_code="001"))
    amounts = [(row["JcdtRefCode"], row["JcdtAmt"]) for row in contract.items("jcdetailposted")]
    assert amounts == [("000", 1000), ("000", 99.99), ("001", -250.5), ("001", 250.5)]
    contract.control("POST", "subcontracts/void", posting())
    rows = contract.items("jcdetailposted")
    assert sum(Decimal(str(row["JcdtAmt"])) for row in rows) == 0
    assert [row["JcdtUnit"] for row in rows[4:]] == [None, -3]


def test_voiding_what_was_never_posted_leaves_no_trace(contract: Api) -> None:
    contract.control("POST", "subcontracts/void", posting())
    assert contract.items("jcdetailposted") == []


def test_a_posted_voucher_is_a_cost_on_its_contract(contract: Api) -> None:
    contract.control("POST", "subcontracts/post", posting())
    one, two, _ = (row["ScschOraseq"] for row in contract.items("scsched"))
    contract.create("apvoucher", voucher("INV-1", 433.33, voucher_line(one, 400, 40), voucher_line(two, 33.33)))
    assert contract.items("jcdetailposted", q="JcdtTypeCode = 'C'") == []
    contract.control("POST", "vouchers/post", paying(post_date="2026-06-02"))
    lump, unit = contract.items("jcdetailposted", q="JcdtTypeCode = 'C' and JcdtSrcCommCode is not null")
    names = ("JcdtAmt", "JcdtUnit", "JcdtSrcCommCode", "JcdtInvNum", "JcdtSrcCode", "JcdtJourCode", "JcdtRefCode")
    assert [lump[name] for name in names] == [400, None, "SC-1", "INV-1", "ACME01", "AP", "100001"]
    assert (lump["JcdtRefDate"], lump["JcdtPostDate"]) == ("2026-05-31", "2026-06-02")
    assert (unit["JcdtAmt"], unit["JcdtUnit"], unit["JcdtJobCode"]) == (33.33, 1, "1042A")
    assert (spent(contract), spent(contract, "03-300", "L", "1042A"), spent(contract, "03-300", "L")) == (
        400,
        33.33,
        None,
    )
    contract.control("POST", "vouchers/void", paying(post_date="2026-06-09"))
    back = contract.items("jcdetailposted", q="JcdtTypeCode = 'C' and JcdtAmt < 0")
    assert [(row["JcdtAmt"], row["JcdtUnit"], row["JcdtPostDate"]) for row in back] == [
        (-400, None, "2026-06-09"),
        (-33.33, -1, "2026-06-09"),
    ]
    assert (spent(contract), spent(contract, "03-300", "L", "1042A")) == (0, 0)


def test_releasing_retainage_costs_nothing_more(contract: Api) -> None:
    contract.control("POST", "subcontracts/post", posting())
    one = contract.items("scsched")[0]["ScschOraseq"]
    contract.create("apvoucher", voucher("INV-1", 400, voucher_line(one, 400, 40)))
    contract.control("POST", "vouchers/post", paying())
    contract.create("apvoucher", voucher("INV-2", 0, voucher_line(one, 0, 0, 40)))
    contract.control("POST", "vouchers/post", paying("INV-2"))
    assert spent(contract) == 400
    assert len(contract.items("jcdetailposted", q="JcdtTypeCode = 'C'")) == 1


def test_an_accountant_enters_rows_and_the_rest_is_filled_in(api: Api) -> None:
    given = cost(12.34, JcdtSrcCode="BOLT02", JcdtRefDate="2026-02-03", JcdtJourCode="AP", JcdtUnit=2, JcdtWmCode="HR")
    full, bare = entered(api, given, cost(-0.34))
    assert (full["JcdtSrcDesc"], full["JcdtPostDate"], full["JcdtPhsCtrlCode"]) == (
        "Bolt Steel Erectors Inc.",
        "2026-02-03",
        "03-000",
    )
    assert (bare["JcdtTypeCode"], bare["JcdtJourCode"], bare["JcdtCurrCode"], bare["JcdtSrcCode"]) == (
        "C",
        "JC",
        "USD",
        None,
    )
    assert bare["JcdtRefDate"] == bare["JcdtIuCreateDate"][:10]
    assert bare["JcdtBchNum"] == full["JcdtBchNum"]
    assert spent(api) == 12
    (shown,) = api.items("jcdetailposted", q=f"JcdtVUuid = '{full['JcdtVUuid']}'")
    assert {name: shown[name] for name in full} == full


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        ([cost(1, cost_code="99-999")], {}),
        ([cost(1, cost_code="07-500", category="L")], {}),
        ([cost(1), {"JcdtPhsCode": "03-100", "JcdtCatCode": "S"}], {}),
        ([cost(1), cost(1, Nothing=1)], {}),
        ([cost(1), cost(1, JcdtJobCode="1055")], {}),
        ([cost(1, JcdtPostDate="soon")], {}),
        ([cost(1)], {"job": "9999"}),
        ([cost(1)], {"company": "99"}),
    ],
)
def test_an_impossible_row_is_refused_and_nothing_of_it_stays(api: Api, rows: list[Row], changes: Row) -> None:
    api.control("POST", "transactions", {**JOB, "rows": rows, **changes}, 409)
    assert api.books("jcdetailposted") == []
    assert spent(api) is None


@pytest.mark.parametrize(
    "body", [JOB, {**JOB, "rows": [], "count": 5}, {**JOB, "count": 0}, {"job": "1042", "count": 1}]
)
def test_it_is_either_rows_or_a_number_of_them(api: Api, body: Row) -> None:
    api.control("POST", "transactions", body, 400)


def test_a_reversal_is_a_row_of_its_own(api: Api) -> None:
    (row,) = entered(api, cost(70.1, JcdtUnit=3, JcdtBillAmt=80.2, JcdtInvNum="A-1"))
    back = api.control("POST", "transactions/reverse", {"uuid": row["JcdtVUuid"], "post_date": "2026-07-01"})
    assert back["JcdtVUuid"] != row["JcdtVUuid"]
    names = ("JcdtAmt", "JcdtUnit", "JcdtBillAmt", "JcdtInvNum", "JcdtPostDate")
    assert [back[name] for name in names] == [-70.1, -3, -80.2, "A-1", "2026-07-01"]
    assert spent(api) == 0
    api.control("POST", "transactions/reverse", {"uuid": "0" * 32}, 409)


def test_what_is_purged_is_gone_from_the_list_and_from_what_was_spent(api: Api) -> None:
    one, *_ = entered(api, cost(1), cost(20), cost(300, category="L"))
    entered(api, cost(4000), job="1055")
    where = {"where": {"JcdtVUuid": one["JcdtVUuid"]}}
    assert api.control("POST", "transactions/delete", JOB | where) == {"deleted": 1}
    assert api.get("jcdetailposted", one["JcdtVUuid"]).status_code == 404
    assert (spent(api), spent(api, category="L")) == (20, 300)
    assert api.control("POST", "transactions/delete", JOB) == {"deleted": 2}
    assert [row["JcdtAmt"] for row in api.items("jcdetailposted")] == [4000]
    assert (spent(api), spent(api, category="L"), spent(api, job="1055")) == (0, 0, 4000)


def test_what_was_spent_follows_every_other_way_into_the_books(api: Api) -> None:
    api.control("POST", "seed", {"jcdetailposted": [{"JcdtCompCode": "01", "JcdtJobCode": "1042", **cost(5)}]})
    assert spent(api) == 5
    move = {"resource": "jcdetailposted", "where": {"JcdtAmt": 5}, "set": {"JcdtAmt": 7, "JcdtCatCode": "L"}}
    assert api.control("POST", "edit", move)["rows"][0]["JcdtIuUpdateDate"] is not None
    assert (spent(api), spent(api, category="L")) == (0, 7)
    api.control("POST", "delete", {"resource": "jcdetailposted", "where": {"JcdtCatCode": "L"}})
    assert spent(api, category="L") == 0


def test_totals_by_code_category_and_type(contract: Api) -> None:
    contract.control("POST", "subcontracts/post", posting())
    entered(contract, cost(1.1, JcdtUnit=2), cost(-0.6, JcdtUnit=1), cost(9, "05-100", "M"))
    assert contract.control("GET", "transactions/totals/01/1042") == {
        "totals": [
            {"cost_code": "03-100", "category": "S", "type": "C", "amount": 0.5, "units": 3, "rows": 2},
            {"cost_code": "03-100", "category": "S", "type": "O", "amount": 1000, "units": 0, "rows": 1},
            {"cost_code": "05-100", "category": "M", "type": "C", "amount": 9, "units": 0, "rows": 1},
        ]
    }


def test_rows_are_found_by_what_a_connector_asks_for(api: Api) -> None:
    entered(api, cost(1, JcdtPostDate="2026-01-31"), cost(2, category="L", JcdtPostDate="2026-02-01"))
    entered(api, cost(3), job="1042A")
    assert {row["JcdtAmt"] for row in api.items("jcdetailposted", q=ON_JOB)} == {1, 2}
    assert {row["JcdtAmt"] for row in api.items("jcdetailposted", q="JcdtJobCtrlCode = '1042'")} == {3}
    dated = f"{ON_JOB} and JcdtPostDate >= '2026-02-01'"
    assert [row["JcdtAmt"] for row in api.items("jcdetailposted", q=dated)] == [2]
    assert api.get("jcdetailposted", finder="selectByJob;jobCode=1042").status_code == 400
    assert [row["JcdtAmt"] for row in api.items("jcdetailposted", orderBy="JcdtAmt:desc", limit=1, offset=1)] == [2]


def test_a_changed_row_is_found_by_its_last_change(api: Api) -> None:
    entered(api, cost(1), cost(2))
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    (new,) = entered(api, cost(3))
    since = new["JcdtIuCreateDate"]
    q = f"JcdtCompCode='01' and (JcdtIuUpdateDate >= '{since}' or JcdtIuCreateDate >= '{since}')"
    assert [row["JcdtAmt"] for row in api.items("jcdetailposted", q=q)] == [3]
    api.control("POST", "edit", {"resource": "jcdetailposted", "where": {"JcdtAmt": 1}, "set": {"JcdtInvNum": "X"}})
    assert {row["JcdtAmt"] for row in api.items("jcdetailposted", q=q)} == {1, 3}


def test_nobody_writes_job_cost_detail_through_the_api(api: Api) -> None:
    (row,) = entered(api, cost(1))
    assert api.post("jcdetailposted", {"JcdtCompCode": "01"}).status_code == 405
    assert api.patch("jcdetailposted", row["JcdtVUuid"], {"JcdtAmt": 2}).status_code == 405
    attributes = {
        a["name"]: a for a in api.get("jcdetailposted", "describe").json()["Resources"]["jcdetailposted"]["attributes"]
    }
    assert (attributes["JcdtAmt"]["type"], attributes["JcdtPostDate"]["type"]) == ("number", "date")
    assert set(row) == set(attributes)


def test_invented_rows_are_the_same_for_the_same_seed_and_of_many_kinds(api: Api) -> None:
    api.create("scmast", header())
    api.create("scsched", line())
    api.control("POST", "subcontracts/post", posting())
    made = api.control("POST", "transactions", {**JOB, "count": 2000, "seed": 5})
    rows = [row for row in api.books("jcdetailposted") if row["JcdtTypeCode"] == "C"]
    assert made["entered"] == len(rows) == 2000
    assert round(made["amount"] * 100) == round(sum(row["JcdtAmt"] for row in rows) * 100)
    assert {row["JcdtJourCode"] for row in rows} == {"AP", "PR", "PO", "JC", "EM"}
    assert {(row["JcdtPhsCode"], row["JcdtCatCode"]) for row in rows} == {
        (row["JccatPhsCode"], row["JccatCode"]) for row in api.books("jcjobcostcatcodes", JccatJobCode="1042")
    }
    assert any(row["JcdtAmt"] < 0 for row in rows)
    assert any(row["JcdtUnit"] for row in rows)
    assert {row["JcdtSrcCommCode"] for row in rows} > {"SC-1", None}
    vendors = {row["BpvenBpCode"]: row for row in api.books("apvendor", BpvenCompCode="01")}
    classes = {vendors[row["JcdtSrcCode"]]["BpvenClassCode"] for row in rows if row["JcdtSrcCode"] in vendors}
    assert classes == {None, "EMPL"}
    api.control("POST", "transactions", {**JOB, "count": 50, "seed": 5})
    assert len(api.books("jcdetailposted")) == 2051

    api.control("POST", "reset", {"seed": "demo"})
    api.create("scmast", header())
    api.create("scsched", line())
    api.control("POST", "subcontracts/post", posting())
    api.control("POST", "transactions", {**JOB, "count": 2000, "seed": 5})
    again = [row for row in api.books("jcdetailposted") if row["JcdtTypeCode"] == "C"]
    moving = {"JcdtIuCreateDate"}
    assert [{k: v for k, v in row.items() if k not in moving} for row in again] == [
        {k: v for k, v in row.items() if k not in moving} for row in rows
    ]


def test_no_rows_are_invented_for_a_job_without_codes(api: Api) -> None:
    api.control("POST", "jobs/create", {"company": "01", "job": "1071"})
    for job in ("1071", "9999"):
        api.control("POST", "transactions", {"company": "01", "job": job, "count": 5}, 409)
    api.control("POST", "unassign", {**JOB, "cost_code": "03-100", "category": "S"})
    api.control("POST", "transactions", {**JOB, "count": 300})
    assert api.books("jcdetailposted", JcdtPhsCode="03-100", JcdtCatCode="S") == []


@pytest.fixture(scope="module")
def crowded(caller: Api) -> Iterator[Api]:
    """A job with a hundred thousand rows."""
    caller.settle()
    caller.control("POST", "reset", {"seed": "demo"})
    caller.client.timeout = 60
    caller.control("POST", "transactions", {**JOB, "count": MANY, "seed": 1})
    yield caller
    caller.client.timeout = 10


def test_a_hundred_thousand_rows_are_read_quickly_by_offset_and_by_key(crowded: Api) -> None:
    """Both ways give every row once, and a page takes a fraction of the 100 ms that a slow machine is allowed."""
    by_offset: list[str] = []
    took: list[float] = []
    more = True
    while more:
        began = time.perf_counter()
        page = crowded.get(
            "jcdetailposted", q=ON_JOB, orderBy="JcdtVUuid:asc", limit=1000, offset=len(by_offset), fields="JcdtVUuid"
        ).json()
        took.append(time.perf_counter() - began)
        by_offset += [row["JcdtVUuid"] for row in page["items"]]
        more = page["hasMore"]
    by_key: list[str] = []
    while not by_key or len(page) == 1000:
        q = f"{ON_JOB} and JcdtVUuid > '{by_key[-1] if by_key else ''}'"
        began = time.perf_counter()
        page = crowded.items("jcdetailposted", q=q, orderBy="JcdtVUuid:asc", limit=1000)
        took.append(time.perf_counter() - began)
        by_key += [row["JcdtVUuid"] for row in page]
    assert by_key == by_offset == sorted(set(by_offset))
    assert len(by_key) == MANY
    assert sorted(took)[len(took) // 2] < 0.1


def test_what_changed_is_found_among_a_hundred_thousand_rows(crowded: Api) -> None:
    crowded.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    (new,) = entered(crowded, cost(3))
    since = new["JcdtIuCreateDate"]
    q = f"JcdtCompCode='01' and (JcdtIuUpdateDate >= '{since}' or JcdtIuCreateDate >= '{since}')"
    began = time.perf_counter()
    found = crowded.items("jcdetailposted", q=q, orderBy="JcdtVUuid:asc", limit=1000)
    assert time.perf_counter() - began < 2
    assert [row["JcdtVUuid"] for row in found] == [new["JcdtVUuid"]]


def test_the_books_add_up_with_a_hundred_thousand_rows(crowded: Api) -> None:
    pairs = crowded.books("jcjobcategory", JcatCompCode="01", JcatJobCode="1042")
    totals = crowded.control("GET", "transactions/totals/01/1042")["totals"]
    assert sum(entry["rows"] for entry in totals) >= MANY
    assert {(entry["cost_code"], entry["category"]): entry["amount"] for entry in totals} == {
        (row["JcatPhsCode"], row["JcatCode"]): row["JcatSpentAmt"] for row in pairs
    }
