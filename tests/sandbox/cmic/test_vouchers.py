"""Requests for payment: vouchers with their distribution, posting, retainage and its release (cmic-api §3.8, §4.5)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.cmic.standin import (
    ACTION,
    Api,
    Row,
    details,
    header,
    line,
    part,
    paying,
    posting,
    refused,
    voucher,
    voucher_line,
)

OPEN_RFP = "Contract SC-1 of vendor ACME01 has an open RFP: invoice INV-1, voucher 100001."


def contract(api: Api, *amounts: float, post: bool = True, code: str = "SC-1") -> list[int]:
    """A posted contract with a line of each amount; returns their sequences."""
    api.create("scmast", header(code))
    rows = [api.create("scsched", line(code, str(n), ScschAmt=amount)) for n, amount in enumerate(amounts, 1)]
    if post:
        api.control("POST", "subcontracts/post", posting(code))
    return [row["ScschOraseq"] for row in rows]


def change_order(api: Api, amount: float, post: bool = True) -> int:
    """A change order 001 with one line; returns its sequence."""
    api.create("scmast", header(ScmstChgCode="001"))
    row = api.create("scsched", line(task="C1", ScschChgCode="001", ScschAmt=amount))
    if post:
        api.control("POST", "subcontracts/post", posting(change_code="001"))
    sequence: int = row["ScschOraseq"]
    return sequence


def posted(api: Api, invoice: str, amount: float, *lines: Row, **changes: Any) -> Row:
    """A posted request for payment."""
    api.create("apvoucher", voucher(invoice, amount, *lines, **changes))
    row: Row = api.control("POST", "vouchers/post", paying(invoice))
    return row


def test_a_voucher_and_its_lines_are_created_in_one_post(api: Api) -> None:
    first, second = contract(api, 1000, 500)
    row = api.create("apvoucher", voucher("INV-1", 300, voucher_line(first, 200, 20), voucher_line(second, 100, 10)))
    assert (row["VouNum"], row["VouStatusCode"], row["VouBchPost"]) == (100001, "U", "N")
    assert (row["VouInvAmt"], row["VouHldbkAmt"], row["VouInvOutstandAmt"]) == (300, 30, 0)
    assert "ApVoucherDetailViewObj" not in row
    child = next(link for link in row["links"] if link["rel"] == "child")
    assert child["href"].endswith("/apvoucher/100001/child/ApVoucherDetailViewObj")
    assert api.get("apvoucher", "100001").json() == row
    lines = api.get("apvoucher", "100001/child/ApVoucherDetailViewObj").json()["items"]
    assert [(entry["VdistVouNum"], entry["VdistTranScschOraseq"]) for entry in lines] == [
        (100001, first),
        (100001, second),
    ]


def test_lines_are_shown_when_they_are_asked_for(api: Api) -> None:
    (row,) = contract(api, 1000)
    api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    shown = api.get("apvoucher", "100001", framework=4, expand="ApVoucherDetailViewObj").json()
    assert shown["ApVoucherDetailViewObj"]["items"][0]["VdistTranScschLstAmt"] == 200
    assert shown["ApVoucherDetailViewObj"]["hasMore"] is False
    bare = api.get("apvoucher", "100001", framework=2, expand="all").json()["ApVoucherDetailViewObj"]
    assert bare[0]["VdistTranScschLstAmt"] == 200


def test_a_tenant_may_answer_with_the_lines(api: Api) -> None:
    (row,) = contract(api, 1000)
    api.control("PATCH", "settings", {"created_with_children": True})
    made = api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    assert made["ApVoucherDetailViewObj"]["items"][0]["VdistVouNum"] == made["VouNum"]


def test_a_voucher_can_be_part_of_a_batch(api: Api) -> None:
    (row,) = contract(api, 1000)
    parts = [part("v", "apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))]
    answer = api.batch(parts, application="ap-rest-api")
    assert answer.json()["parts"][0]["payload"]["VouNum"] == 100001
    read = api.batch([part("g", "apvoucher", None, "get", "100001")], application="ap-rest-api")
    assert read.json()["parts"][0]["payload"]["VouInvCode"] == "INV-1"
    again = [part("v", "apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))]
    assert api.batch(again, application="ap-rest-api").status_code == 400
    assert len(api.books("apvoucherdetail")) == 1


def test_wrong_attributes_of_header_and_lines_are_reported_together(api: Api) -> None:
    (row,) = contract(api, 1000)
    wrong = voucher_line(row, 1.005, VdistNothing=1)
    payload = voucher("INV-1", 300, voucher_line(row, 200), wrong, VouInvDate="soon", VouStatusCode="P")
    del payload["VouDueDate"]
    assert {problem["o:errorPath"] for problem in details(api.post("apvoucher", payload))} == {
        "/VouInvDate",
        "/VouStatusCode",
        "/VouDueDate",
        "/ApVoucherDetailViewObj/1/VdistTranScschLstAmt",
        "/ApVoucherDetailViewObj/1/VdistNothing",
    }
    assert api.books("apvoucher") == []
    payload = voucher("INV-1", 300) | {"ApVoucherDetailViewObj": {}}
    assert "is not a list" in refused(api.post("apvoucher", payload))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"VouCompCode": "99"}, "Company 99"),
        ({"VouVenCode": "BOLT02"}, "Contract SC-1 of vendor BOLT02 does not exist in company 01"),
        ({"VouVenCode": "NOBODY"}, "Vendor NOBODY does not exist"),
        ({"VouContCode": "SC-9"}, "Contract SC-9 of vendor ACME01 does not exist"),
        ({"VouChgCode": "009"}, "Change Code 009 of contract SC-1 does not exist"),
        ({"VouJobCode": "9999"}, "Job 9999 does not exist"),
        ({"VouJobCode": "1055"}, "Job 1055 is neither the job of contract SC-1"),
        ({"VouCurrCode": "XXX"}, "Currency XXX"),
        ({"VouCurrCode": "CAD"}, "Currency CAD is not the currency of contract SC-1"),
        ({"VouNum": 1}, "Voucher Num must be a provisional, negative number"),
        ({"VouBchPost": "Y"}, "Batch Post must be N"),
        ({"VouInvAmt": 199.99}, "Invoice Amount 199.99 is not the sum of its distribution, 200"),
        ({"ApVoucherDetailViewObj": []}, "has no distribution"),
    ],
)
def test_a_header_is_checked(api: Api, changes: Row, sentence: str) -> None:
    (row,) = contract(api, 1000)
    assert sentence in refused(api.post("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)) | changes))
    assert api.books("apvoucher") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"VdistVouNum": -5}, "Voucher Num -5 of a line is not that of its voucher"),
        ({"VdistTranScschOraseq": 999}, "Schedule of values row 999 does not belong to contract SC-1"),
        ({"VdistTranScschLstAmt": 1200}, "Amount 1200 of task 1 exceeds the remaining balance 1000"),
        ({"VdistTranScschLstAmt": -1}, "Amount -1 of task 1 exceeds the remaining balance 1000"),
        ({"VdistTranScschHldbkAmt": 200.01}, "Retainage 200.01 of task 1 is not within its amount 200"),
        ({"VdistTranScschHldbkAmt": -1}, "Retainage -1 of task 1"),
        ({"VdistTranScschHldbkRlsAmt": 1}, "Retainage release 1 of task 1 exceeds the retainage held 0"),
        ({"VdistTranScschHldbkRlsAmt": -1}, "Retainage release -1 of task 1"),
        ({"VdistTranScschLstAmt": 0}, "Task 1 has neither an amount nor retainage"),
    ],
)
def test_a_line_is_checked(api: Api, changes: Row, sentence: str) -> None:
    (row,) = contract(api, 1000)
    wanted = voucher_line(row, 200) | changes
    amount = wanted["VdistTranScschLstAmt"]
    assert sentence in refused(api.post("apvoucher", voucher("INV-1", amount, wanted)))


def test_a_row_of_another_contract_or_twice_is_refused(api: Api) -> None:
    (row,) = contract(api, 1000)
    (other,) = contract(api, 1000, code="SC-2")
    elsewhere = voucher("INV-1", 200, voucher_line(other, 200))
    assert f"row {other} does not belong to contract SC-1" in refused(api.post("apvoucher", elsewhere))
    twice = voucher("INV-1", 200, voucher_line(row, 100), voucher_line(row, 100))
    assert "is distributed twice" in refused(api.post("apvoucher", twice))


def test_an_invoice_is_entered_once_for_a_vendor_and_company(api: Api) -> None:
    (row,) = contract(api, 1000)
    posted(api, "INV-1", 200, voucher_line(row, 200))
    again = refused(api.post("apvoucher", voucher("inv-1", 200, voucher_line(row, 200))))
    assert "Invoice INV-1 of vendor ACME01 in company 01 already exists: voucher 100001" in again
    api.control("POST", "vouchers/void", paying())
    assert "already exists" in refused(api.post("apvoucher", voucher("INV-1", 200, voucher_line(row, 200))))


def test_the_vendor_and_the_job_must_be_usable(api: Api) -> None:
    (row,) = contract(api, 1000)
    wanted = voucher("INV-1", 200, voucher_line(row, 200))
    api.control("POST", "vendors/active", {"company": "01", "code": "ACME01", "active": False})
    assert "Vendor ACME01 is not active" in refused(api.post("apvoucher", wanted))
    api.control("POST", "vendors/active", {"company": "01", "code": "ACME01", "active": True})
    api.control("POST", "jobs/active", {"company": "01", "code": "1042", "active": False})
    assert "Job 1042 is closed for transactions" in refused(api.post("apvoucher", wanted))


def test_the_contract_must_be_posted_or_in_process(api: Api) -> None:
    (row,) = contract(api, 1000, post=False)
    wanted = voucher("INV-1", 200, voucher_line(row, 200))
    assert "contract SC-1/000 is not posted" in refused(api.post("apvoucher", wanted))
    api.control("POST", "subcontracts/in_process", posting())
    api.create("apvoucher", wanted)
    problem = api.control("POST", "vouchers/post", paying(), 409)
    assert problem["error"] == "contract SC-1/000 is not posted"
    api.control("POST", "subcontracts/post", posting())
    api.control("POST", "vouchers/post", paying())
    api.control("POST", "subcontracts/void", posting())
    assert "contract SC-1/000 is void" in refused(api.post("apvoucher", wanted | {"VouInvCode": "INV-2"}))


def test_a_row_that_is_billed_cannot_shrink_below_that_or_go(api: Api) -> None:
    (row,) = contract(api, 1000, post=False)
    api.control("POST", "subcontracts/in_process", posting())
    api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    key = api.books("scsched")[0]["ScschVUuid"]
    assert "Amount 199.99 of task 1 is less than the 200 billed" in refused(
        api.patch("scsched", key, {"ScschAmt": 199.99})
    )
    assert api.patch("scsched", key, {"ScschAmt": 200}).status_code == 200
    api.control("PATCH", "settings", {"extra_methods": {"scsched": ["DELETE"]}})
    assert api.client.delete(api.path("scsched", key)).status_code == 400


def test_one_open_request_a_contract(api: Api) -> None:
    (row,) = contract(api, 1000)
    api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    second = voucher("INV-2", 100, voucher_line(row, 100))
    assert OPEN_RFP in refused(api.post("apvoucher", second))
    api.control("PATCH", "settings", {"several_open_rfps": True})
    api.create("apvoucher", second)
    third = voucher("INV-3", 701, voucher_line(row, 701))
    assert "exceeds the remaining balance 700" in refused(api.post("apvoucher", third))


def test_after_posting_the_next_one_may_come(api: Api) -> None:
    (row,) = contract(api, 1000)
    posted(api, "INV-1", 200, voucher_line(row, 200))
    assert api.create("apvoucher", voucher("INV-2", 800, voucher_line(row, 800)))["VouNum"] == 100002
    assert api.items("unpostedvouchers", fields="VouInvCode", onlyData="true") == [{"VouInvCode": "INV-2"}]


def test_an_unposted_request_is_deleted_and_its_key_is_free(api: Api) -> None:
    (row,) = contract(api, 1000)
    wanted = voucher("INV-1", 1000, voucher_line(row, 1000))
    api.create("apvoucher", wanted)
    api.control("POST", "vouchers/void", paying(), 409)
    api.control("POST", "vouchers/delete", paying())
    assert (api.books("apvoucher"), api.books("apvoucherdetail")) == ([], [])
    assert api.create("apvoucher", wanted)["VouNum"] == 100002
    api.control("POST", "vouchers/post", paying())
    api.control("POST", "vouchers/delete", paying(), 409)
    api.control("POST", "vouchers/burn", paying(), 409)


def test_posting_makes_it_outstanding_and_shows_in_the_schedule(api: Api) -> None:
    first, _ = contract(api, 1000, 500)
    before = api.books("scsched")
    row = posted(api, "INV-1", 250, voucher_line(first, 250, 25))
    assert (row["VouStatusCode"], row["VouBchPost"], row["VouPostDate"]) == ("P", "Y", "2026-05-31")
    assert (row["VouInvOutstandAmt"], row["VouPaidAmt"], row["VouHldbkAmt"]) == (225, 0, 25)
    assert row["VouIuUpdateDate"] is not None
    billed, other = api.items("scsched")
    assert (billed["ScschComplAmt"], billed["ScschComplPct"], billed["ScschCurrHldbkAmt"]) == (250, 25, 25)
    assert (other["ScschComplAmt"], billed["ScschIuUpdateDate"]) == (None, before[0]["ScschIuUpdateDate"])
    api.control("POST", "vouchers/post", paying(), 409)


def test_voiding_gives_the_balance_back(api: Api) -> None:
    (row,) = contract(api, 1000)
    posted(api, "INV-1", 1000, voucher_line(row, 1000, 100))
    void = api.control("POST", "vouchers/void", paying(post_date="2026-06-02"))
    assert (void["VouStatusCode"], void["VouInvOutstandAmt"], void["VouPostDate"]) == ("V", 0, "2026-05-31")
    (shown,) = api.items("scsched")
    assert (shown["ScschComplAmt"], shown["ScschCurrHldbkAmt"]) == (0, 0)
    posted(api, "INV-2", 1000, voucher_line(row, 1000, 100))


def test_retainage_is_released_by_a_voucher_of_zero(api: Api) -> None:
    first, second = contract(api, 1000, 500)
    posted(api, "INV-1", 1500, voucher_line(first, 1000, 100), voucher_line(second, 500, 50))
    too_much = voucher("REL-1", 0, voucher_line(first, 0, 0, 100.01))
    assert "Retainage release 100.01 of task 1 exceeds the retainage held 100" in refused(
        api.post("apvoucher", too_much)
    )
    row = posted(api, "REL-1", 0, voucher_line(first, 0, 0, 100), voucher_line(second, 0, 0, 20))
    assert (row["VouInvAmt"], row["VouHldbkPaid"], row["VouInvOutstandAmt"]) == (0, 120, 120)
    shown = [(entry["ScschCurrHldbkAmt"], entry["ScschCurrHldbkRlsAmt"]) for entry in api.items("scsched")]
    assert shown == [(100, 100), (50, 20)]
    last = voucher("REL-2", 0, voucher_line(second, 0, 0, 31))
    assert "exceeds the retainage held 30" in refused(api.post("apvoucher", last))
    problem = api.control("POST", "vouchers/void", paying(), 409)
    assert problem["error"] == "retainage of voucher 100001 was released by another one"


def test_retainage_may_be_released_along_with_work(api: Api) -> None:
    (row,) = contract(api, 1000)
    posted(api, "INV-1", 500, voucher_line(row, 500, 50))
    mixed = posted(api, "INV-2", 500, voucher_line(row, 500, 50, 50))
    assert mixed["VouInvOutstandAmt"] == 500


def test_a_total_of_zero_without_a_release_is_refused(api: Api) -> None:
    first, second = contract(api, 1000, 500)
    posted(api, "INV-1", 300, voucher_line(first, 300))
    zero = voucher("INV-2", 0, voucher_line(first, -100), voucher_line(second, 100))
    assert "Invoice Amount of INV-2 is 0 and it releases no retainage" in refused(api.post("apvoucher", zero))
    less = voucher("INV-2", 20, voucher_line(first, -80), voucher_line(second, 100))
    assert api.post("apvoucher", less).status_code == 201


def test_a_request_on_the_contract_bills_its_change_orders(api: Api) -> None:
    (row,) = contract(api, 1000)
    change = change_order(api, 250, post=False)
    wanted = voucher("INV-1", 1250, voucher_line(row, 1000), voucher_line(change, 250))
    assert "contract SC-1/001 is not posted" in refused(api.post("apvoucher", wanted))
    api.control("POST", "subcontracts/post", posting(change_code="001"))
    api.create("apvoucher", wanted)
    api.control("POST", "vouchers/post", paying())
    assert [entry["ScschComplAmt"] for entry in api.items("scsched")] == [1000, 250]


def test_a_request_of_a_change_order_bills_that_one_only(api: Api) -> None:
    (row,) = contract(api, 1000)
    change = change_order(api, -250)
    own = voucher("INV-1", 900, voucher_line(row, 1000), voucher_line(change, -100), VouChgCode="001")
    assert "Task 1 belongs to change code 000, not to 001" in refused(api.post("apvoucher", own))
    beyond = voucher("INV-1", -251, voucher_line(change, -251), VouChgCode="001")
    assert "exceeds the remaining balance -250" in refused(api.post("apvoucher", beyond))
    api.create("apvoucher", voucher("INV-1", -250, voucher_line(change, -250, -25), VouChgCode="001"))


def test_a_tenant_may_keep_change_orders_apart(api: Api) -> None:
    (row,) = contract(api, 1000)
    change = change_order(api, 250)
    api.control("PATCH", "settings", {"change_orders_in_contract_rfp": False})
    both = voucher("INV-1", 1250, voucher_line(row, 1000), voucher_line(change, 250))
    assert "Task C1 belongs to change code 001" in refused(api.post("apvoucher", both))
    api.create("apvoucher", voucher("INV-1", 1000, voucher_line(row, 1000)))
    api.create("apvoucher", voucher("INV-2", 250, voucher_line(change, 250), VouChgCode="001"))


def test_a_closed_period_refuses_the_post_date(api: Api) -> None:
    (row,) = contract(api, 1000)
    api.control("PATCH", "settings", {"ap_closed_through": "2026-05-31"})
    wanted = voucher("INV-1", 200, voucher_line(row, 200))
    assert "Post Date 2026-05-31 is in a closed AP period" in refused(api.post("apvoucher", wanted))
    api.create("apvoucher", wanted | {"VouPostDate": None})
    api.control("POST", "vouchers/post", paying(post_date="2026-05-30"), 409)
    assert api.control("POST", "vouchers/post", paying(post_date="2026-06-01"))["VouPostDate"] == "2026-06-01"


def test_posted_and_void_vouchers_are_frozen(api: Api) -> None:
    (row,) = contract(api, 1000)
    api.control("PATCH", "settings", {"extra_methods": {"apvoucher": ["PATCH", "DELETE"]}})
    api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    assert api.patch("apvoucher", "100001", {"VouDueDate": "2026-07-01"}).json()["VouDueDate"] == "2026-07-01"
    assert "VouInvAmt of voucher 100001 cannot be changed" in refused(
        api.patch("apvoucher", "100001", {"VouInvAmt": 300})
    )
    assert api.patch("apvoucher", "100001", {"VouNum": -4}).status_code == 400
    for deed, word in (("post", "posted"), ("void", "void")):
        api.control("POST", f"vouchers/{deed}", paying())
        assert f"Voucher 100001 is {word} and cannot be changed" in refused(
            api.patch("apvoucher", "100001", {"VouDueDate": "2026-08-01"})
        )
        assert api.client.delete(api.path("apvoucher", "100001")).status_code == 400


def test_vouchers_are_found_by_key_finder_and_change(api: Api) -> None:
    (row,) = contract(api, 1000)
    (other,) = contract(api, 1000, code="SC-2")
    posted(api, "INV-1", 200, voucher_line(row, 200, 20))
    api.create("apvoucher", voucher("INV-2", 300, voucher_line(other, 300), contract="SC-2"))
    (found,) = api.items("apvoucher", q="VouCompCode='01' and VouVenCode='ACME01' and VouInvCode='INV-2'")
    assert found["VouContCode"] == "SC-2"
    finder = "VouInvOutGrandAmtFinder;CompCodeVar=01,VendorCodeVar=ACME01,ContCodeVar=SC-1"
    (found,) = api.items("apallvouchers", finder=finder)
    assert (found["VouInvCode"], found["VouInvOutStandGrandAmt"]) == ("INV-1", 180)
    assert api.get("apallvouchers", "100002").json()["VouInvCode"] == "INV-2"
    assert api.get("unpostedvouchers", "100001").status_code == 404
    assert api.get("apvoucher", "100009").status_code == 404
    assert api.get("apvoucher", "INV-1").status_code == 404
    assert [entry["VouNum"] for entry in api.items("apvoucher", q="VouNum > 100001")] == [100002]
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    api.control("POST", "vouchers/void", paying())
    since = found["VouIuUpdateDate"]
    changed = api.items("apallvouchers", q=f"VouIuUpdateDate > '{since}'")
    assert [(entry["VouInvCode"], entry["VouStatusCode"]) for entry in changed] == [("INV-1", "V")]
    assert api.items("apallvouchers", q=f"VouIuCreateDate > '{since}'") == []


def test_details_and_totals_of_a_request(api: Api) -> None:
    first, second = contract(api, 1000, 500)
    posted(api, "INV-1", 400, voucher_line(first, 400, 40))
    posted(api, "INV-2", 350, voucher_line(first, 100, 10), voucher_line(second, 250, 25, 0))
    key = api.items("apvoucher", q="VouInvCode='INV-2'")[0]["VouVUuid"]
    rows = api.items("scrfpdetail", finder=f"scRfpDetail;vendorCode=ACME01,contractCode=SC-1,voucherUuid={key}")
    names = ("VsovTaskCode", "VsovTaskAmt", "VsovPrevCertAmt", "VsovInvLineAmt", "VsovComplAmt", "VsovComplPct")
    assert [tuple(entry[name] for name in names) for entry in rows] == [
        ("1", 1000, 400, 100, 500, 50),
        ("2", 500, 0, 250, 250, 50),
    ]
    assert [entry["VsovContRetainedAmt"] for entry in rows] == [50, 25]
    totals = api.items("scrfptotals", finder="scRfpTotal;vendorCode=ACME01,contractCode='SC-1'")
    assert [entry["VsovInvLineAmt"] for entry in totals] == [400, 350]
    assert (totals[1]["VsovVouUuid"], totals[1]["VsovTaskAmt"], totals[1]["VsovVouRetainedAmt"]) == (key, 1500, 35)
    assert totals[1]["VsovRetainagePct"] == 10
    assert api.get("scrfptotals", key).json() == totals[1]


def test_an_open_request_can_be_asked_for(api: Api) -> None:
    (row,) = contract(api, 1000)
    body = {"CompCode": "01", "VenCode": "ACME01", "ContCode": "SC-1"}
    assert api.post("checkunpostedrfps", body, media=ACTION).json() == {"result": "N"}
    api.create("apvoucher", voucher("INV-1", 200, voucher_line(row, 200)))
    for asked, result in ((body, "Y"), (body | {"ContCode": "SC-2"}, "N"), ({"CompCode": "01"}, "Y"), ({}, "Y")):
        assert api.post("checkunpostedrfps", asked, media=ACTION).json() == {"result": result}
    api.control("POST", "vouchers/post", paying())
    assert api.post("checkunpostedrfps", body, media=ACTION).json() == {"result": "N"}
    refused_bodies: list[Any] = [[], {"Nothing": "x"}, {"CompCode": 1}]
    for wrong in refused_bodies:
        assert api.post("checkunpostedrfps", wrong, media=ACTION).status_code == 400
    assert api.post("checkunpostedrfps", body).status_code == 415


def test_a_voucher_is_voided_or_deleted_by_an_action(api: Api) -> None:
    (row,) = contract(api, 1000)

    def call(**changes: str) -> Row:
        parameters = {"compCode": "01", "venCode": "ACME01", "invCode": "INV-1", "vouNum": "100001"}
        parameters |= {"postFlag": "Y", "voidDate": "2026-06-02"} | changes
        return {"name": "voidDeleteVoucher", "parameters": [{name: value} for name, value in parameters.items()]}

    posted(api, "INV-1", 200, voucher_line(row, 200))
    for changes, sentence in (
        ({"vouNum": "100002"}, "Voucher Num 100002 is not that of invoice INV-1, 100001"),
        ({"voidDate": "soon"}, "Void Date soon"),
        ({"postFlag": "N"}, "Post Flag must be Y"),
        ({"invCode": "INV-9"}, "there is no voucher 01/ACME01/INV-9"),
    ):
        assert sentence in refused(api.post("voiddeletevoucher", call(**changes), media=ACTION))
    assert api.post("voiddeletevoucher", call(), media=ACTION).json() == {"result": "SUCCESS"}
    assert api.books("apvoucher")[0]["VouStatusCode"] == "V"
    assert "status V" in refused(api.post("voiddeletevoucher", call(), media=ACTION))
    api.create("apvoucher", voucher("INV-2", 200, voucher_line(row, 200)))
    delete = call(invCode="INV-2", vouNum="100002", postFlag="N")
    assert api.post("voiddeletevoucher", delete, media=ACTION).json() == {"result": "SUCCESS"}
    assert len(api.books("apvoucher")) == 1


def test_the_description_shows_the_lines_attributes(api: Api) -> None:
    found = api.get("apvoucher", "describe").json()["Resources"]["apvoucher"]
    names = [entry["name"] for entry in found["children"]["ApVoucherDetailViewObj"]["attributes"]]
    assert names[:3] == ["VdistVouNum", "VdistTranScschOraseq", "VdistTranScschLstAmt"]
    assert api.client.get("/cmictest/ap-rest-api/rest/1/apvoucherdetail").status_code == 404
    api.control("PATCH", "settings", {"renames": {"apvoucherdetail": {"VdistTranScschLstAmt": "VdistAmt"}}})
    (row,) = contract(api, 1000)
    problems = details(api.post("apvoucher", voucher("INV-1", 200, voucher_line(row, 200))))
    assert "/ApVoucherDetailViewObj/0/VdistAmt" in {problem["o:errorPath"] for problem in problems}


def test_seeded_vouchers_are_numbered(api: Api) -> None:
    key = {"VouCompCode": "01", "VouVenCode": "ACME01", "VouInvCode": "OLD-1", "VouContCode": "SC-1"}
    api.control("POST", "seed", {"apvoucher": [key | {"VouNum": 100001}, key | {"VouInvCode": "OLD-2"}]})
    assert [row["VouNum"] for row in api.books("apvoucher")] == [100001, 100002]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(-40_000, 90_000), st.integers(0, 10_000)), min_size=1, max_size=6))
def test_what_is_billed_never_exceeds_what_is_scheduled(api: Api, steps: list[tuple[int, int]]) -> None:
    api.control("POST", "reset", {"seed": "demo"})
    (row,) = contract(api, 1000)
    billed = held = Decimal(0)
    for number, (cents, retained) in enumerate(steps):
        amount = Decimal(cents) / 100
        keep = min(Decimal(retained) / 100, abs(amount)) * (-1 if cents < 0 else 1)
        fits = amount != 0 and 0 <= billed + amount <= 1000 and held + keep >= 0
        wanted = voucher(f"I{number}", float(amount), voucher_line(row, float(amount), float(keep)))
        assert api.post("apvoucher", wanted).status_code == (201 if fits else 400)
        if fits:
            billed, held = billed + amount, held + keep
            api.control("POST", "vouchers/post", paying(f"I{number}"))
    (shown,) = api.books("scsched")
    assert Decimal(str(shown["ScschComplAmt"] or 0)) == billed
    assert Decimal(str(shown["ScschCurrHldbkAmt"] or 0)) == held
