"""The rules of PCIs and their lines, their types and statuses (cmic-api §3.10, §4.3, §6)."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.cmic.standin import (
    Api,
    Row,
    change_item,
    details,
    header,
    line,
    part,
    pci,
    pci_line,
    posting,
    refused,
    running,
)

HEADER_NEEDS = (
    "CmmCompCode",
    "CmmJobCode",
    "CmmTypeCode",
    "CmmCode",
    "CmmName",
    "CmmRefDate",
    "CmmPrepostStatCode",
    "CmmCalcProjAmtMethod",
    "CmmVUuid",
)
LINE_NEEDS = (
    "CmdCompCode",
    "CmdMastJobCode",
    "CmdChgCode",
    "CmdJobCode",
    "CmdPhsCode",
    "CmdCatCode",
    "CmdVUuid",
)


@pytest.mark.parametrize("missing", HEADER_NEEDS)
def test_a_header_has_required_attributes(api: Api, missing: str) -> None:
    (problem,) = details(api.post("cmmast", {name: value for name, value in pci().items() if name != missing}))
    assert problem["o:errorPath"] == f"/{missing}"


@pytest.mark.parametrize("missing", LINE_NEEDS)
def test_a_line_has_required_attributes(api: Api, missing: str) -> None:
    api.create("cmmast", pci())
    (problem,) = details(api.post("cmdetail", {name: value for name, value in pci_line().items() if name != missing}))
    assert problem["o:errorPath"] == f"/{missing}"


def test_a_new_pci_is_unposted_and_its_lines_take_its_status(api: Api) -> None:
    row = api.create("cmmast", pci(CmmPrepostStatCode="pending", CmmScopeDesc="Rock", CmmOwnerChgCode="oco-7"))
    assert (row["CmmPrepostStatCode"], row["CmmOwnerChgCode"], row["CmmScopeDesc"]) == ("PENDING", "OCO-7", "Rock")
    assert (row["CmmPostDate"], row["CmmStatCode"], row["CmmIuUpdateDate"]) == (None, None, None)
    child = api.create("cmdetail", pci_line())
    assert (child["CmdStatusCode"], child["CmdPostingFlag"]) == ("PENDING", "UNPOSTED")
    api.patch("cmmast", row["CmmVUuid"], {"CmmPrepostStatCode": "APPROVED"})
    assert api.get("cmdetail", child["CmdVUuid"]).json()["CmdStatusCode"] == "APPROVED"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"CmmCode": "123456789012"}, "/CmmCode"),
        ({"CmmTypeCode": "EXTRA"}, "/CmmTypeCode"),
        ({"CmmName": "x" * 201}, "/CmmName"),
        ({"CmmPrepostStatCode": "x" * 11}, "/CmmPrepostStatCode"),
        ({"CmmRefDate": "soon"}, "/CmmRefDate"),
        ({"CmmPostDate": "2026-05-04"}, "/CmmPostDate"),
        ({"CmmAmount": 5}, "/CmmAmount"),
    ],
)
def test_attributes_of_a_header_are_checked(api: Api, changes: Row, path: str) -> None:
    (problem,) = details(api.post("cmmast", pci(**changes)))
    assert problem["o:errorPath"] == path


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CmmCompCode": "99"}, "Company 99 is not a valid company code"),
        ({"CmmJobCode": "9999"}, "Job 9999 does not exist in company 01"),
        ({"CmmTypeCode": "XXX"}, "PCI Type XXX is not a valid PCI type"),
        ({"CmmPrepostStatCode": "MAYBE"}, "Status MAYBE is not a valid PCI status code"),
        ({"CmmCalcProjAmtMethod": "X"}, "Projected Amount Calc Method must be A or R"),
    ],
)
def test_parents_of_a_header_must_exist(api: Api, changes: Row, sentence: str) -> None:
    assert sentence in refused(api.post("cmmast", pci(**changes)))
    assert api.books("cmmast") == []


def test_company_job_and_code_are_the_key(api: Api) -> None:
    row = api.create("cmmast", pci())
    assert "Too many objects match" in refused(api.post("cmmast", pci()))
    assert api.create("cmmast", pci(CmmJobCode="1055"))["CmmCode"] == "EXT-1"
    (problem,) = details(api.patch("cmmast", row["CmmVUuid"], {"CmmCode": "EXT-2"}))
    assert problem["o:errorPath"] == "/CmmCode"


def test_a_closed_job_still_takes_pcis(api: Api) -> None:
    api.control("POST", "jobs/active", {"company": "01", "code": "1042", "active": False})
    api.create("cmmast", pci())
    assert api.create("cmdetail", pci_line())["CmdBudgAmt"] == 1000


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CmdChgCode": "EXT-9"}, "PCI EXT-9 does not exist for job 1042"),
        ({"CmdMastJobCode": "1055"}, "PCI EXT-1 does not exist for job 1055"),
        ({"CmdJobCode": "1055"}, "Job 1055 is neither the job of the PCI nor one of its sub-jobs"),
        ({"CmdJobCode": "9999"}, "Job 9999 does not exist"),
        ({"CmdPhsCode": "99-999"}, "Cost Code 99-999 is not assigned to job 1042"),
        ({"CmdCatCode": "X"}, "Category X is not assigned to Cost Code 03-100 of job 1042"),
        ({"CmdBudgWmCode": "XX"}, "WM XX"),
        ({"CmdStatusCode": "MAYBE"}, "Status MAYBE"),
        ({"CmdPostingFlag": "POSTED"}, "Posting POSTED cannot be entered"),
        ({"CmdScVenCode": "ACME01", "CmdScContCode": "SC-1"}, "Contract SC-1 of vendor ACME01 does not exist"),
        ({"CmdScContCode": "SC-1"}, "Contract SC-1 of vendor None does not exist"),
    ],
)
def test_parents_of_a_line_must_exist(api: Api, changes: Row, sentence: str) -> None:
    api.create("cmmast", pci())
    assert sentence in refused(api.post("cmdetail", pci_line(**changes)))
    assert api.books("cmdetail") == []


def test_a_line_may_go_to_a_sub_job_and_name_a_subcontract(api: Api) -> None:
    api.create("cmmast", pci())
    api.create("scmast", header("SC-1"))
    wanted = pci_line(CmdJobCode="1042A", CmdScVenCode="ACME01", CmdScContCode="SC-1")
    assert api.create("cmdetail", wanted)["CmdJobCode"] == "1042A"


def test_a_subcontract_may_name_its_pci(api: Api) -> None:
    source = {"ScmstCmCompCode": "01", "ScmstCmJobCode": "1042", "ScmstCmChgCode": "EXT-1"}
    assert "PCI EXT-1 does not exist" in refused(api.post("scmast", header(**source)))
    api.create("cmmast", pci())
    assert api.create("scmast", header(**source))["ScmstCmChgCode"] == "EXT-1"


def test_lines_of_the_same_code_are_told_apart_by_their_uuid(api: Api) -> None:
    api.create("cmmast", pci())
    first, second = (api.create("cmdetail", pci_line(CmdBudgAmt=amount)) for amount in (1, 2))
    assert first["CmdVUuid"] != second["CmdVUuid"]
    assert api.patch("cmdetail", second["CmdVUuid"], {"CmdBudgAmt": 3}).json()["CmdBudgAmt"] == 3
    assert api.get("cmdetail", first["CmdVUuid"]).json()["CmdBudgAmt"] == 1
    assert api.client.delete(api.path("cmdetail", first["CmdVUuid"])).status_code == 204
    assert [row["CmdBudgAmt"] for row in api.items("cmdetail", q="CmdChgCode = 'EXT-1'")] == [3]


def test_a_tenant_may_refuse_two_lines_of_the_same_code(api: Api) -> None:
    api.control("PATCH", "settings", {"pci_lines_unique": True})
    api.create("cmmast", pci())
    row = api.create("cmdetail", pci_line())
    assert "Cost Code 03-100, Category S exists on PCI EXT-1" in refused(api.post("cmdetail", pci_line()))
    other = api.create("cmdetail", pci_line(CmdCatCode="L"))
    assert "Category S exists" in refused(api.patch("cmdetail", other["CmdVUuid"], {"CmdCatCode": "S"}))
    assert api.patch("cmdetail", row["CmdVUuid"], {"CmdBudgAmt": 7}).json()["CmdBudgAmt"] == 7
    api.create("cmmast", pci("EXT-2"))
    assert api.create("cmdetail", pci_line("EXT-2"))["CmdCatCode"] == "S"


@pytest.mark.parametrize("name", ["CmdCompCode", "CmdMastJobCode", "CmdChgCode"])
def test_a_line_stays_with_its_pci(api: Api, name: str) -> None:
    api.create("cmmast", pci())
    row = api.create("cmdetail", pci_line())
    (problem,) = details(api.patch("cmdetail", row["CmdVUuid"], {name: "02"}))
    assert problem["o:errorPath"] == f"/{name}"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=st.decimals("-9999", "9999", places=4), rate=st.decimals("-9999", "9999", places=6))
def test_an_amount_agrees_with_quantity_and_rate_or_is_left_out(api: Api, units: Decimal, rate: Decimal) -> None:
    if not api.books("cmmast"):
        api.create("cmmast", pci())
    priced = pci_line(CmdBudgUnit=float(units), CmdBudgRate=float(rate), CmdBudgWmCode="CY")
    expected = (units * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    row = api.create("cmdetail", {name: value for name, value in priced.items() if name != "CmdBudgAmt"})
    assert Decimal(str(row["CmdBudgAmt"])) == expected
    assert api.create("cmdetail", priced | {"CmdBudgAmt": float(expected)})["CmdBudgAmt"] == float(expected)
    off = float(expected + Decimal("0.01"))
    assert "is not Quantity" in refused(api.post("cmdetail", priced | {"CmdBudgAmt": off}))


def test_a_computed_amount_must_fit_its_column(api: Api) -> None:
    api.create("cmmast", pci())
    wanted = pci_line(CmdBudgUnit=999999999999, CmdBudgRate=999999999999, CmdBudgAmt=None)
    assert "invalid precision/scale" in refused(api.post("cmdetail", wanted))


def test_what_the_class_of_a_pci_allows(api: Api) -> None:
    for code, type_ in (("I", "INT"), ("O", "OBC"), ("E", "EXT"), ("T", "TFR"), ("F", "FCT")):
        api.create("cmmast", pci(code, CmmTypeCode=type_))
    for code in ("I", "F"):
        assert "Billing Amount is not allowed" in refused(api.post("cmdetail", pci_line(code, CmdBillAmt=1)))
        assert api.create("cmdetail", pci_line(code, CmdBillAmt=0))["CmdBillAmt"] == 0
    for code in ("O", "E", "T"):
        assert api.create("cmdetail", pci_line(code, CmdBillAmt=1.25))["CmdBillAmt"] == 1.25
    api.create("scmast", header("SC-1"))
    link = {"CmdScVenCode": "ACME01", "CmdScContCode": "SC-1"}
    assert "Contract is not allowed for PCI Type OBC" in refused(api.post("cmdetail", pci_line("O", **link)))
    assert api.create("cmdetail", pci_line("E", **link))["CmdScContCode"] == "SC-1"


def test_a_type_is_made_with_its_own_rules(api: Api) -> None:
    wanted = {"CmtCompCode": "01", "CmtTypeCode": "REV", "CmtName": "Revenue only", "CmtClassCode": "E"}
    assert "Class X" in refused(api.post("cmtype", wanted | {"CmtClassCode": "X"}))
    assert "Company 99" in refused(api.post("cmtype", wanted | {"CmtCompCode": "99"}))
    flags = {"CmtAllowCostsFlag": "N", "CmtChgOrdNumberMask": "REV-****", "CmtPciMaskOverrideFlag": "N"}
    row = api.create("cmtype", wanted | flags)
    assert (row["CmtNotAllowBillAmtFlag"], row["CmtAllowCostsFlag"]) == ("N", "N")
    assert "does not fit the mask REV-****" in refused(api.post("cmmast", pci("REV-1", CmmTypeCode="REV")))
    api.create("cmmast", pci("REV-0001", CmmTypeCode="REV"))
    assert "Final Amount is not allowed" in refused(api.post("cmdetail", pci_line("REV-0001")))
    assert api.create("cmdetail", pci_line("REV-0001", CmdBudgAmt=0, CmdBillAmt=5))["CmdBillAmt"] == 5
    unbilled = wanted | {"CmtTypeCode": "NOB", "CmtNotAllowBillAmtFlag": "Y"}
    api.create("cmtype", unbilled)
    api.create("cmmast", pci("N-1", CmmTypeCode="NOB"))
    assert "Billing Amount is not allowed for PCI Type NOB" in refused(
        api.post("cmdetail", pci_line("N-1", CmdBillAmt=5))
    )


def test_seeded_types_and_statuses(api: Api) -> None:
    types = {row["CmtTypeCode"]: row["CmtClassCode"] for row in api.items("cmtype", q="CmtCompCode = '01'")}
    assert types == {"EXT": "E", "INT": "I", "TFR": "T", "OBC": "O", "FCT": "I"}
    statuses = {row["CmstatCode"]: row["CmstatPendingType"] for row in api.items("cmstatus")}
    assert statuses == {
        "PREPEND": "PREPENDING",
        "PENDING": "PENDING",
        "APPROVED": "APPROVED",
        "REJECTED": "REJECTED",
    }
    assert api.post("cmstatus", {"CmstatCode": "X"}).status_code == 405


def test_the_type_of_a_pci_with_lines_stays(api: Api) -> None:
    row = api.create("cmmast", pci())
    assert api.patch("cmmast", row["CmmVUuid"], {"CmmTypeCode": "EXT"}).json()["CmmTypeCode"] == "EXT"
    api.create("cmdetail", pci_line(CmdBillAmt=5))
    assert "it has details" in refused(api.patch("cmmast", row["CmmVUuid"], {"CmmTypeCode": "INT"}))


def test_header_and_lines_go_in_one_batch_or_not_at_all(api: Api) -> None:
    parts = [part("h", "cmmast", pci()), *(part(f"l{n}", "cmdetail", pci_line(CmdBudgAmt=n)) for n in (1, 2))]
    bad = [*parts, part("bad", "cmdetail", pci_line(CmdCatCode="X"))]
    answer = api.batch(bad, application="cm-rest-api")
    assert answer.status_code == 400
    assert [failed["id"] for failed in answer.json()["parts"]] == ["bad"]
    assert api.books("cmmast") == api.books("cmdetail") == []
    assert api.batch(parts, application="cm-rest-api").status_code == 200
    (row,) = api.items("cmmast", expand="CmdetailViewObj")
    assert [child["CmdBudgAmt"] for child in row["CmdetailViewObj"]] == [1, 2]
    assert api.batch(parts).status_code == 400


def test_only_the_description_of_a_posted_pci_changes(api: Api) -> None:
    row = api.create("cmmast", pci())
    child = api.create("cmdetail", pci_line())["CmdVUuid"]
    api.control("POST", "change_items/post", change_item())
    key = row["CmmVUuid"]
    changed = api.patch("cmmast", key, {"CmmName": "Footings", "CmmScopeDesc": "Deeper", "CmmTypeCode": "INT"})
    assert (changed.json()["CmmName"], changed.json()["CmmScopeDesc"]) == ("Footings", "Deeper")
    for answer in (
        api.patch("cmmast", key, {"CmmRefDate": "2026-05-05"}),
        api.patch("cmmast", key, {"CmmPrepostStatCode": "PENDING"}),
        api.patch("cmdetail", child, {"CmdBudgAmt": 1}),
        api.post("cmdetail", pci_line()),
    ):
        assert "PCI EXT-1 of job 1042 is posted and cannot be changed" in refused(answer)
    assert api.client.delete(api.path("cmdetail", child)).status_code == 400
    api.control("PATCH", "settings", {"extra_methods": {"cmmast": ["DELETE"]}})
    assert api.client.delete(api.path("cmmast", key)).status_code == 400
    assert api.get("cmdetail", child).status_code == 200


def test_a_rejected_pci_stays_is_frozen_and_keeps_its_code(api: Api) -> None:
    row = api.create("cmmast", pci(CmmPrepostStatCode="PENDING"))
    api.create("cmdetail", pci_line())
    voided = api.control("POST", "change_items/void", change_item())
    assert (voided["CmmPrepostStatCode"], voided["CmmPostDate"]) == ("REJECTED", None)
    assert voided["CmmIuUpdateDate"] is not None
    assert api.books("cmdetail")[0]["CmdStatusCode"] == "REJECTED"
    answer = api.patch("cmmast", row["CmmVUuid"], {"CmmPrepostStatCode": "APPROVED"})
    assert "is rejected and cannot be changed" in refused(answer)
    assert "Too many objects match" in refused(api.post("cmmast", pci()))
    for deed in ("void", "post", "unpost"):
        api.control("POST", f"change_items/{deed}", change_item(), 409)


def test_a_pci_is_deleted_with_its_lines_unless_it_is_posted(api: Api) -> None:
    api.create("cmmast", pci())
    api.create("cmdetail", pci_line())
    api.control("POST", "change_items/post", change_item())
    api.control("POST", "change_items/delete", change_item(), 409)
    api.control("POST", "change_items/void", change_item())
    api.control("POST", "change_items/delete", change_item())
    assert api.books("cmmast") == api.books("cmdetail") == []
    api.control("POST", "change_items/delete", change_item(), 409)
    api.create("cmmast", pci())


def test_changed_since_is_found_by_query(api: Api) -> None:
    row = api.create("cmmast", pci())
    api.create("cmmast", pci("EXT-2"))
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    changed = api.patch("cmmast", row["CmmVUuid"], {"CmmName": "Later"}).json()["CmmIuUpdateDate"]
    found = api.items("cmmast", q=f"CmmIuUpdateDate >= '{changed}' or CmmIuCreateDate >= '{changed}'")
    assert [item["CmmCode"] for item in found] == ["EXT-1"]
    assert api.get("cmmast", finder="selectByDate;auditDate=2026-01-01").status_code == 400


def test_an_unposted_base_contract_is_enough_for_a_link(api: Api) -> None:
    api.create("scmast", header())
    api.create("scsched", line())
    api.control("POST", "subcontracts/post", posting())
    api.create("scmast", header(ScmstChgCode="001"))
    api.create("cmmast", pci())
    assert api.create("cmdetail", pci_line(CmdScVenCode="ACME01", CmdScContCode="SC-1"))["CmdScVenCode"] == "ACME01"


def test_lines_without_a_key_of_their_own_survive_a_restart(tmp_path: Path) -> None:
    arguments = ("--seed", "demo", "--limits", "off", "--state", str(tmp_path / "books.sqlite"))
    with running(*arguments) as first:
        before = Api(first.url)
        before.create("cmmast", pci())
        wanted = [before.create("cmdetail", pci_line(CmdBudgAmt=amount))["CmdVUuid"] for amount in (1, 2)]
        before.close()
    with running(*arguments) as second:
        after = Api(second.url)
        assert [(row["CmdVUuid"], row["CmdBudgAmt"]) for row in after.items("cmdetail")] == [
            (wanted[0], 1),
            (wanted[1], 2),
        ]
        after.control("POST", "change_items/post", change_item())
        after.close()
