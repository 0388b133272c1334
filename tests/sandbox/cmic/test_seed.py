"""The demonstration books are what a demonstration needs, and keep CMiC's own rules."""

from tests.sandbox.cmic.standin import Api, header, line, part


def test_the_demonstration_has_two_companies_and_their_jobs(api: Api) -> None:
    assert {row["CompCode"]: row["CompCurrCode"] for row in api.items("glcompany")} == {"01": "USD", "02": "USD"}
    jobs = {row["JobCode"]: row for row in api.items("jcjob")}
    assert jobs["1042"]["JobName"] == "Harbour View Medical Center"
    assert (jobs["1042"]["JobCtrlCode"], jobs["1042A"]["JobCtrlCode"]) == ("ALL", "1042")
    assert jobs["2001"]["JobCompCode"] == "02"


def test_cost_codes_are_hyphenated_and_not_every_pair_is_assigned(api: Api) -> None:
    codes = {row["GjjpCode"] for row in api.items("jcjobcostcodes", q="GjjpJobCode = '1042'", limit=100)}
    assert len(codes) >= 12
    assert all("-" in code for code in codes)
    pairs = api.items("jcjobcategory", finder="selectJobCategory;jobCode=1042", limit=1000)
    assert {row["JcatCode"] for row in pairs} == {"L", "M", "S", "E", "O"}
    assert len(pairs) < len(codes) * 5


def test_every_row_points_at_rows_that_exist(api: Api) -> None:
    codes = {(r["GjjpCompCode"], r["GjjpJobCode"], r["GjjpCode"]) for r in api.books("jcjobcostcodes")}
    masters = {(r["McatCompCode"], r["McatCode"]) for r in api.books("jcmastercategories")}
    for row in api.books("jcjobcategory"):
        assert (row["JcatCompCode"], row["JcatJobCode"], row["JcatPhsCode"]) in codes
        assert (row["JcatCompCode"], row["JcatCode"]) in masters
    for row in api.books("jcjobcostcodes"):
        control = (row["GjjpCompCode"], row["GjjpJobCode"], row["GjjpCtrlCode"])
        assert row["GjjpCtrlCode"] == "ALL" or control in codes
    partners = {row["BpCode"] for row in api.books("businesspartner")}
    assert {row["BpvenBpCode"] for row in api.books("apvendor")} <= partners
    assert all(len(row["WmCode"]) <= 2 for row in api.books("weightmeasure"))


def test_a_contract_can_be_entered_at_once(api: Api) -> None:
    parts = [
        part("h", "scmast", header(ScmstContType="PO")),
        part("l", "scsched", line(ScschWmCode="CY", ScschUnit=12, ScschUnitRate=145.5, ScschAmt=1746)),
    ]
    assert api.batch(parts).status_code == 200
