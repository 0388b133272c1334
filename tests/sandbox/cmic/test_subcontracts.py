"""The rules of subcontracts, change orders and schedules of values (cmic-api §3.7, §4.4, §6)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.cmic.standin import Api, Row, header, line, posting, refused


def posted(api: Api, contract: str = "SC-1") -> Row:
    """A posted base contract with one line."""
    row = api.create("scmast", header(contract))
    api.create("scsched", line(contract))
    api.control("POST", "subcontracts/post", posting(contract))
    return row


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ScmstCompCode": "99"}, "Company 99 is not a valid company code"),
        ({"ScmstJobCode": "9999"}, "Job 9999 does not exist in company 01"),
        ({"ScmstJobCode": "2001"}, "Job 2001 does not exist in company 01"),
        ({"ScmstVenCode": "NOBODY"}, "Vendor NOBODY does not exist in company 01"),
        ({"ScmstCompCode": "02", "ScmstJobCode": "2001", "ScmstVenCode": "BOLT02"}, "Vendor BOLT02 does not exist"),
        ({"ScmstCurrCode": "XXX"}, "Currency XXX"),
        ({"ScmstContType": "LOAN"}, "Contract Type LOAN"),
        ({"ScmstContType": "sub"}, "Contract Type sub"),
        ({"ScmstHldbkPc": 101}, "Retainage %"),
        ({"ScmstCmCompCode": "01", "ScmstCmJobCode": "1042", "ScmstCmChgCode": "PCI-1"}, "PCI PCI-1 does not exist"),
    ],
)
def test_parents_of_a_header_must_exist(api: Api, changes: Row, sentence: str) -> None:
    assert sentence in refused(api.post("scmast", header(**changes)))
    assert api.books("scmast") == []


def test_an_inactive_contract_type_is_refused(api: Api) -> None:
    api.create(
        "pmcontracttype",
        {"PmctCompCode": "01", "PmctContractType": "Old Type", "PmctActiveFlag": "N", "PmctVUuid": ""},
    )
    assert "Contract Type Old Type" in refused(api.post("scmast", header(ScmstContType="Old Type")))
    assert api.create("scmast", header(ScmstContType="SUB"))["ScmstContType"] == "SUB"


def test_a_vendor_must_be_active_and_take_transactions(api: Api) -> None:
    api.control("POST", "vendors/active", {"company": "01", "code": "ACME01", "active": False})
    assert "Vendor ACME01 is not active" in refused(api.post("scmast", header()))
    api.control("POST", "vendors/active", {"company": "01", "code": "ACME01", "active": True})
    key = api.items("apvendor", q="BpvenCompCode = '01' and BpvenBpCode = 'ACME01'")[0]["BpvenVUuid"]
    api.patch("apvendor", key, {"BpvenAllowTranFlag": "N"})
    assert "does not allow transactions" in refused(api.post("scmast", header()))


def test_a_job_must_take_transactions(api: Api) -> None:
    api.control("POST", "jobs/active", {"company": "01", "code": "1042", "active": False})
    assert "Job 1042 is closed for transactions" in refused(api.post("scmast", header()))


def test_our_number_or_the_numbering_mask(api: Api) -> None:
    own = {name: value for name, value in header().items() if name != "ScmstContCode"}
    assert refused(api.post("scmast", own)) == "Attribute ScmstContCode in ScmastViewObj is required."
    api.create("scmast", header("1042002"))
    masked = [api.create("scmast", own | {"ScmstOverrideFlag": "N"})["ScmstContCode"] for _ in range(3)]
    assert masked == ["1042001", "1042003", "1042004"]


def test_a_new_header_is_unposted(api: Api) -> None:
    row = api.create("scmast", header())
    assert (row["ScmstStatusCode"], row["ScmstPost"], row["ScmstPostDate"]) == ("U", "N", None)
    assert (row["ScmstSubcontrCode"], row["ScmstContAmt"]) == ("NONE", 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ScschContCode": "SC-9"}, "Contract SC-9/000 of vendor ACME01 does not exist"),
        ({"ScschVenCode": "BOLT02"}, "Contract SC-1/000 of vendor BOLT02 does not exist"),
        ({"ScschJobCode": "1055"}, "Job 1055 is neither the job of the contract nor one of its sub-jobs"),
        ({"ScschJobCode": "9999"}, "Job 9999 does not exist"),
        ({"ScschPhsCode": "99-999"}, "Cost Code 99-999 is not assigned to job 1042"),
        ({"ScschCatCode": "X"}, "Category X is not assigned to Cost Code 03-100 of job 1042"),
        ({"ScschPhsCode": "07-500", "ScschCatCode": "L"}, "Category L is not assigned to Cost Code 07-500"),
        ({"ScschWmCode": "XX"}, "WM XX"),
        ({"ScschHldbkPct": -1}, "Retainage %"),
    ],
)
def test_parents_of_a_line_must_exist(api: Api, changes: Row, sentence: str) -> None:
    api.create("scmast", header())
    assert sentence in refused(api.post("scsched", line(**changes)))
    assert api.books("scsched") == []


def test_a_pair_that_is_switched_off_is_not_assigned(api: Api) -> None:
    api.create("scmast", header())
    key = api.items("jcjobcostcodes", q="GjjpJobCode = '1042' and GjjpCode = '03-100'")[0]["GjjpVUuid"]
    api.patch("jcjobcostcodes", key, {"GjjpActiveFlag": "N"})
    assert "Cost Code 03-100 is not assigned" in refused(api.post("scsched", line()))


def test_a_line_may_go_to_a_sub_job(api: Api) -> None:
    api.create("scmast", header())
    assert api.create("scsched", line(ScschJobCode="1042A"))["ScschJobCode"] == "1042A"


def test_lines_have_running_sequence_numbers(api: Api) -> None:
    api.create("scmast", header())
    first, second = (api.create("scsched", line(task=task))["ScschOraseq"] for task in ("1", "2"))
    assert second == first + 1
    assert "Too many objects match" in refused(api.post("scsched", line(task="2")))


def test_the_header_amount_is_the_sum_of_its_lines(api: Api) -> None:
    row = api.create("scmast", header())
    api.create("scsched", line(task="1", ScschAmt=0.1))
    second = api.create("scsched", line(task="2", ScschAmt=0.2))
    summed = api.get("scmast", row["ScmstVUuid"])
    assert '"ScmstContAmt":0.3,' in summed.text
    assert summed.json()["ScmstIuUpdateDate"] is None
    api.patch("scsched", second["ScschVUuid"], {"ScschAmt": -0.05})
    assert '"ScmstContAmt":0.05,' in api.get("scmast", row["ScmstVUuid"]).text


def test_units_times_rate_wins_over_the_amount_sent(api: Api) -> None:
    api.create("scmast", header())
    row = api.create("scsched", line(ScschWmCode="EA", ScschUnit=3, ScschUnitRate=0.335, ScschAmt=99))
    assert row["ScschAmt"] == 1.01
    assert api.patch("scsched", row["ScschVUuid"], {"ScschUnit": 10, "ScschAmt": 1}).json()["ScschAmt"] == 3.35
    assert api.patch("scsched", row["ScschVUuid"], {"ScschUnit": None, "ScschAmt": 7}).json()["ScschAmt"] == 7
    too_much = line(task="2", ScschUnit=999999999999, ScschUnitRate=999999999999)
    assert "invalid precision/scale" in refused(api.post("scsched", too_much))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.decimals("-9999", "9999", places=4),
    rate=st.decimals("-9999", "9999", places=6),
)
def test_units_times_rate_is_rounded_half_up_to_the_cent(api: Api, units: Decimal, rate: Decimal) -> None:
    if not api.books("scmast"):
        api.create("scmast", header())
    api.control("POST", "delete", {"resource": "scsched", "where": {}})
    row = api.create("scsched", line(ScschUnit=float(units), ScschUnitRate=float(rate)))
    expected = (units * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(str(row["ScschAmt"])) == expected


def test_a_posted_contract_and_its_lines_are_frozen(api: Api) -> None:
    row = posted(api)
    key = api.books("scsched")[0]["ScschVUuid"]
    for answer in (
        api.patch("scmast", row["ScmstVUuid"], {"ScmstName": "X"}),
        api.patch("scsched", key, {"ScschAmt": 1}),
        api.post("scsched", line(task="2")),
    ):
        assert "Subcontract SC-1/000 is posted and cannot be changed" in refused(answer)
    api.control("PATCH", "settings", {"extra_methods": {"scmast": ["DELETE"], "scsched": ["DELETE"]}})
    assert api.client.delete(api.path("scmast", row["ScmstVUuid"])).status_code == 400
    assert api.client.delete(api.path("scsched", key)).status_code == 400


def test_a_void_contract_is_frozen_and_keeps_its_key(api: Api) -> None:
    row = posted(api)
    api.control("POST", "subcontracts/void", posting())
    assert "is void and cannot be changed" in refused(api.patch("scmast", row["ScmstVUuid"], {"ScmstName": "X"}))
    assert "Too many objects match" in refused(api.post("scmast", header()))
    assert "not posted or in process" in refused(api.post("scmast", header(ScmstChgCode="001")))


def test_a_change_order_needs_its_base_posted_or_in_process(api: Api) -> None:
    change = header(ScmstChgCode="001")
    assert "Contract SC-1 of vendor ACME01 does not exist" in refused(api.post("scmast", change))
    api.create("scmast", header())
    assert "contract SC-1 is not posted or in process" in refused(api.post("scmast", change))
    api.control("POST", "subcontracts/process", posting())
    row = api.create("scmast", change)
    assert (row["ScmstMainContCode"], row["ScmstMainVenCode"], row["ScmstMainChgCode"]) == ("SC-1", "ACME01", "000")
    assert "Job 1055 is not the job" in refused(api.post("scmast", header(ScmstChgCode="002", ScmstJobCode="1055")))


def test_a_change_order_has_its_own_lines_and_posting(api: Api) -> None:
    posted(api)
    api.create("scmast", header(ScmstChgCode="001"))
    api.create("scsched", line(ScschChgCode="001", ScschAmt=-250))
    amounts = {row["ScmstChgCode"]: row["ScmstContAmt"] for row in api.items("scmast")}
    assert amounts == {"000": 1000, "001": -250}
    api.control("POST", "subcontracts/post", posting(change_code="001"))
    assert "SC-1/001 is posted" in refused(api.post("scsched", line(task="2", ScschChgCode="001")))


def test_change_codes_are_numbered_when_not_overridden(api: Api) -> None:
    posted(api)
    api.create("scmast", header(ScmstChgCode="004"))
    row = api.create("scmast", header(ScmstChgCode="001", ScmstOverrideFlag="N"))
    assert row["ScmstChgCode"] == "005"


def test_the_job_of_a_contract_with_lines_stays(api: Api) -> None:
    row = api.create("scmast", header())
    assert api.patch("scmast", row["ScmstVUuid"], {"ScmstJobCode": "1055"}).status_code == 200
    api.patch("scmast", row["ScmstVUuid"], {"ScmstJobCode": "1042"})
    api.create("scsched", line())
    answer = api.patch("scmast", row["ScmstVUuid"], {"ScmstJobCode": "1055"})
    assert "it has a schedule of values" in refused(answer)


def test_a_change_orders_line_on_a_task_of_the_contract_keeps_its_cost_code(api: Api) -> None:
    posted(api)
    api.create("scmast", header(ScmstChgCode="001"))
    moved = line(task="1", ScschChgCode="001", ScschPhsCode="07-500")
    sentence = refused(api.post("scsched", moved))
    assert "Task 1 of the contract is on Job, Cost Code and Category 1042 03-100 S" in sentence
    api.create("scsched", line(task="1", ScschChgCode="001"))
    api.create("scsched", moved | {"ScschTaskCode": "2"})


def test_a_change_order_is_pending_until_it_is_posted(api: Api) -> None:
    posted(api)
    row = api.create("scmast", header(ScmstChgCode="001"))
    assert (row["ScmstStatusCode"], row["ScmstPost"], row["ScmstPostDate"]) == ("U", "N", None)
    changed = api.patch("scmast", row["ScmstVUuid"], {"ScmstName": "Extra footing"}).json()
    assert changed["ScmstName"] == "Extra footing"
    assert api.control("POST", "subcontracts/post", posting(change_code="001"))["ScmstPost"] == "Y"


def test_a_change_order_is_in_the_currency_of_its_contract(api: Api) -> None:
    posted(api)
    change = header(ScmstChgCode="001", ScmstCurrCode="CAD")
    assert "Currency CAD is not the currency of contract SC-1" in refused(api.post("scmast", change))


def test_in_process_has_two_names(api: Api) -> None:
    for contract, deed in (("SC-1", "process"), ("SC-2", "in_process")):
        api.create("scmast", header(contract))
        assert api.control("POST", f"subcontracts/{deed}", posting(contract))["ScmstStatusCode"] == "I"
        api.control("POST", "subcontracts/in_process", posting(contract), 409)


def test_a_contract_with_change_orders_stays(api: Api) -> None:
    row = api.create("scmast", header())
    api.control("POST", "subcontracts/in_process", posting())
    api.create("scmast", header(ScmstChgCode="001"))
    api.control("PATCH", "settings", {"extra_methods": {"scmast": ["DELETE"]}})
    answer = api.client.delete(api.path("scmast", row["ScmstVUuid"]))
    assert answer.status_code == 400
    assert "has change orders and cannot be deleted" in answer.text
