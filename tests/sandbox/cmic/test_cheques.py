"""Cheques: what they pay, posting and voiding them (cmic-api §3.9, §4.5)."""

import pytest

from tests.sandbox.cmic.standin import Api, Row, details, header, line, paying, posting, refused, voucher, voucher_line


def amount(paid: float, invoice: str = "INV-1", **changes: object) -> Row:
    """What a cheque pays of a voucher."""
    return {
        "PaCompCode": "01",
        "PaVenCode": "ACME01",
        "PaChqNum": 5201,
        "PaChqSeqNum": -1,
        "PaVouInvCode": invoice,
        "PaPayCurrAmt": paid,
        "PaAmt": paid,
        **changes,
    }


def cheque(total: float, *amounts: Row, **changes: object) -> Row:
    """A manual cheque."""
    return {
        "ChqCompCode": "01",
        "ChqBankCompCode": "01",
        "ChqDeptCode": "00",
        "ChqAccCode": "10001",
        "ChqNum": 5201,
        "ChqSeqNum": -1,
        "ChqVenCode": "ACME01",
        "ChqDate": "2026-07-01",
        "ChqAmt": total,
        "ChqVouCode": "Y",
        "ChqBchPost": "N",
        "ChqDesc": "June draw",
        "PayamtChqmanViewObj": list(amounts),
        **changes,
    }


def naming(number: int = 5201, **changes: object) -> Row:
    """The control body that names a cheque."""
    return {"company": "01", "number": number, **changes}


@pytest.fixture
def owing(api: Api) -> Api:
    """A posted voucher INV-1 with 450 outstanding, an unposted INV-2."""
    api.create("scmast", header())
    row = api.create("scsched", line())["ScschOraseq"]
    api.control("POST", "subcontracts/post", posting())
    api.create("apvoucher", voucher("INV-1", 500, voucher_line(row, 500, 50)))
    api.control("POST", "vouchers/post", paying())
    api.create("apvoucher", voucher("INV-2", 100, voucher_line(row, 100)))
    return api


def outstanding(api: Api) -> tuple[float, float, float | None]:
    """Outstanding, paid, and the last payment of INV-1."""
    (row,) = api.items("apallvouchers", q="VouInvCode = 'INV-1'")
    assert row["VouInvOutStandGrandAmt"] == row["VouInvOutstandAmt"]
    return row["VouInvOutstandAmt"], row["VouPaidAmt"], row["VouLastPayAmt"]


def children(api: Api, sequence: int) -> tuple[list[Row], list[Row]]:
    """The amounts of an unposted cheque, and the payments of a posted one."""
    shown = api.get("manualcheck", str(sequence), framework=4, expand="all").json()
    return shown["PayamtChqmanViewObj"]["items"], shown["VouChqViewObj"]["items"]


def test_a_cheque_is_created_unposted_with_its_amounts(owing: Api) -> None:
    row = owing.create("manualcheck", cheque(450, amount(450)))
    assert (row["ChqSeqNum"], row["ChqDraftCode"], row["ChqCurrCode"], row["ChqBchPost"]) == (1, "M", "USD", "N")
    assert "PayamtChqmanViewObj" not in row
    amounts, payments = children(owing, 1)
    assert ([entry["PaChqSeqNum"] for entry in amounts], payments) == ([1], [])
    assert outstanding(owing) == (450, 0, None)
    assert owing.items("apvouchq") == []


def test_posting_a_cheque_pays_its_vouchers(owing: Api) -> None:
    owing.create("manualcheck", cheque(200.5, amount(200.5)))
    row = owing.control("POST", "cheques/post", naming(post_date="2026-07-02"))
    assert (row["ChqBchPost"], row["ChqPostDate"]) == ("Y", "2026-07-02")
    assert row["ChqBchNum"] >= 1
    assert outstanding(owing) == (249.5, 200.5, 200.5)
    amounts, payments = children(owing, 1)
    assert amounts == []
    names = ("VouchqVouNum", "VouchqChqSeqNum", "VouchqChqNum", "VouchqAmt")
    assert [tuple(entry[name] for name in names) for entry in payments] == [(100001, 1, 5201, 200.5)]
    assert owing.items("apvouchq", q="VouchqVouNum = 100001")[0]["VouchqAmt"] == 200.5
    owing.control("POST", "cheques/post", naming(), 409)


def test_voiding_a_cheque_makes_it_owing_again(owing: Api) -> None:
    for number, paid in ((5201, 100), (5202, 50)):
        own = cheque(paid, amount(paid, PaChqNum=number), ChqNum=number)
        owing.create("manualcheck", own)
        owing.control("POST", "cheques/post", naming(number))
    assert outstanding(owing) == (300, 150, 50)
    problem = owing.control("POST", "vouchers/void", paying(), 409)
    assert problem["error"] == "voucher 100001 is paid by a cheque"
    row = owing.control("POST", "cheques/void", naming(5202, post_date="2026-07-09"))
    assert (row["ChqRevDate"], row["ChqRevCode"], row["ChqBchPost"]) == ("2026-07-09", "R", "Y")
    assert outstanding(owing) == (350, 100, 100)
    assert [entry["VouchqChqNum"] for entry in owing.items("apvouchq")] == [5201]
    owing.control("POST", "cheques/void", naming(5202), 409)
    owing.control("POST", "cheques/post", naming(5202), 409)
    owing.control("POST", "cheques/void", naming(5201))
    owing.control("POST", "vouchers/void", paying())


def test_a_cheque_can_be_posted_as_it_is_entered(owing: Api) -> None:
    row = owing.create("manualcheck", cheque(450, amount(450), ChqBchPost="Y"))
    assert (row["ChqBchPost"], row["ChqPostDate"]) == ("Y", "2026-07-01")
    assert outstanding(owing) == (0, 450, 450)


@pytest.mark.parametrize(
    ("header_changes", "amount_changes", "sentence"),
    [
        ({"ChqCompCode": "99"}, {}, "Company 99"),
        ({"ChqBankCompCode": "99"}, {}, "Company 99"),
        ({"ChqVenCode": "NOBODY"}, {}, "Vendor NOBODY does not exist"),
        ({"ChqVenCode": "BOLT02"}, {}, "PaVenCode ACME01 of an amount is not the ChqVenCode of its cheque"),
        ({"ChqCurrCode": "XXX"}, {}, "Currency XXX"),
        ({"ChqAmt": 0}, {}, "Cheque Amount must be more than 0"),
        ({"ChqAmt": 101}, {}, "Cheque Amount 101 is not the sum of what it pays, 100"),
        ({"ChqDraftCode": "C"}, {}, "Cheque Type C"),
        ({"ChqVouCode": "N"}, {}, "Pays a Voucher must be Y"),
        ({"ChqSeqNum": -2}, {}, "PaChqSeqNum -1 of an amount is not the ChqSeqNum of its cheque, -2"),
        ({}, {"PaChqNum": 1}, "PaChqNum 1 of an amount is not the ChqNum of its cheque"),
        ({}, {"PaVouInvCode": "INV-9"}, "Invoice INV-9 of vendor ACME01 does not exist in 01"),
        ({}, {"PaVouInvCode": "INV-2"}, "Invoice INV-2 cannot be paid: voucher 100002 is not posted"),
        ({}, {"PaDiscAmt": -5}, "Discount must be 0"),
        ({}, {"PaPayCurrAmt": 99}, "the same in the cheque's currency"),
    ],
)
def test_a_cheque_is_checked(owing: Api, header_changes: Row, amount_changes: Row, sentence: str) -> None:
    wanted = cheque(100, amount(100, **amount_changes), **header_changes)
    assert sentence in refused(owing.post("manualcheck", wanted))
    assert owing.books("manualcheck") == []


def test_no_more_is_paid_than_is_outstanding(owing: Api) -> None:
    assert "Amount 450.01 exceeds the outstanding amount 450 of invoice INV-1" in refused(
        owing.post("manualcheck", cheque(450.01, amount(450.01)))
    )
    owing.create("manualcheck", cheque(400, amount(400)))
    second = cheque(51, amount(51, PaChqNum=5202), ChqNum=5202)
    assert "exceeds the outstanding amount 50" in refused(owing.post("manualcheck", second))
    twice = cheque(50, amount(25, PaChqNum=5202), amount(25, PaChqNum=5202), ChqNum=5202)
    assert "names a voucher twice" in refused(owing.post("manualcheck", twice))
    assert "pays no voucher" in refused(owing.post("manualcheck", cheque(50, ChqNum=5202)))
    problem = owing.control("POST", "vouchers/void", paying(), 409)
    assert problem["error"] == "voucher 100001 is paid by a cheque"


def test_a_cheque_number_is_used_once_in_a_bank_account(owing: Api) -> None:
    owing.create("manualcheck", cheque(100, amount(100)))
    assert "Too many objects match" in refused(owing.post("manualcheck", cheque(50, amount(50))))
    owing.create("manualcheck", cheque(50, amount(50), ChqAccCode="10002"))
    owing.control("POST", "cheques/post", naming(), 409)
    owing.control("POST", "cheques/post", naming(account="10002", department="00"))
    assert outstanding(owing) == (400, 50, 50)
    owing.control("POST", "cheques/post", naming(1), 409)
    owing.control("POST", "cheques/burn", naming(account="10001"), 409)


def test_required_attributes_of_a_cheque(owing: Api) -> None:
    problems = details(owing.post("manualcheck", {"PayamtChqmanViewObj": [{}]}))
    header_names = {"ChqBankCompCode", "ChqDeptCode", "ChqAccCode", "ChqNum", "ChqSeqNum", "ChqCompCode"}
    header_names |= {"ChqVenCode", "ChqDate", "ChqAmt"}
    names = {"PaChqSeqNum", "PaCompCode", "PaVenCode", "PaVouInvCode", "PaChqNum", "PaPayCurrAmt", "PaAmt"}
    expected = {f"/{name}" for name in header_names} | {f"/PayamtChqmanViewObj/0/{name}" for name in names}
    assert {problem["o:errorPath"] for problem in problems} == expected


def test_a_closed_period_takes_no_cheque(owing: Api) -> None:
    owing.control("PATCH", "settings", {"ap_closed_through": "2026-06-30"})
    late = cheque(100, amount(100), ChqPostDate="2026-06-30")
    assert "Post Date 2026-06-30 is in a closed AP period" in refused(owing.post("manualcheck", late))
    owing.create("manualcheck", cheque(100, amount(100)))
    owing.control("POST", "cheques/post", naming(post_date="2026-06-30"), 409)
    owing.control("POST", "cheques/post", naming(post_date="2026-07-01"))


def test_cheques_are_found_by_finder_key_and_change(owing: Api) -> None:
    row = owing.create("manualcheck", cheque(100, amount(100)))
    finder = "ChequeFinder;ChqNumVar=5201,CompCodeVar=01, VenCodeVar=ACME01"
    assert [entry["ChqSeqNum"] for entry in owing.items("manualcheck", finder=finder)] == [1]
    assert owing.items("manualcheck", finder="ChequeFinder;ChqNumVar=5202") == []
    assert owing.get("manualcheck", finder="ChequeFinder;ChqNumVar=x").status_code == 400
    q = "ChqBankCompCode='01' and ChqDeptCode='00' and ChqAccCode='10001' and ChqNum=5201"
    assert owing.items("apcheque", q=q)[0]["ChqAmt"] == 100
    assert owing.get("apcheque", "1").json()["ChqDesc"] == "June draw"
    owing.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    assert owing.items("apcheque", q=f"ChqIuUpdateDate > '{row['ChqIuCreateDate']}'") == []
    owing.control("POST", "cheques/post", naming())
    assert len(owing.items("manualcheck", q=f"ChqIuUpdateDate > '{row['ChqIuCreateDate']}'")) == 1


def test_a_plain_cheque_is_recorded_and_pays_nothing(owing: Api) -> None:
    wanted = cheque(75, ChqVouCode="N", ChqDraftCode="C")
    for name in ("PayamtChqmanViewObj", "ChqBchPost"):
        assert name in {problem["o:errorPath"].strip("/") for problem in details(owing.post("apcheque", wanted))}
        del wanted[name]
    row = owing.create("apcheque", wanted)
    assert (row["ChqSeqNum"], row["ChqDraftCode"], row["ChqRevDate"]) == (1, "C", None)
    assert owing.get("manualcheck", "1").json()["ChqAmt"] == 75
    assert "enter a manual cheque" in refused(owing.post("apcheque", wanted | {"ChqVouCode": "Y", "ChqNum": 7}))
    assert "Cheque Type X" in refused(owing.post("apcheque", wanted | {"ChqDraftCode": "X", "ChqNum": 7}))
    owing.control("POST", "cheques/post", naming())
    owing.control("POST", "cheques/void", naming())
    assert outstanding(owing) == (450, 0, None)


def test_posted_and_void_cheques_are_frozen(owing: Api) -> None:
    owing.control("PATCH", "settings", {"extra_methods": {"manualcheck": ["PATCH", "DELETE"]}})
    owing.create("manualcheck", cheque(100, amount(100)))
    assert owing.patch("manualcheck", "1", {"ChqDesc": "Other"}).json()["ChqDesc"] == "Other"
    assert "ChqAmt of cheque 5201 cannot be changed" in refused(owing.patch("manualcheck", "1", {"ChqAmt": 5}))
    for deed, word in (("post", "posted"), ("void", "void")):
        owing.control("POST", f"cheques/{deed}", naming())
        assert f"Cheque 5201 is {word} and cannot be changed" in refused(
            owing.patch("manualcheck", "1", {"ChqDesc": "X"})
        )
        assert owing.client.delete(owing.path("manualcheck", "1")).status_code == 400


def test_an_unposted_cheque_can_be_deleted_with_its_amounts(owing: Api) -> None:
    owing.control("PATCH", "settings", {"extra_methods": {"apcheque": ["DELETE"]}})
    owing.create("manualcheck", cheque(100, amount(100)))
    assert owing.client.delete(owing.path("apcheque", "1")).status_code == 204
    assert (owing.books("manualcheck"), owing.books("payamtchqman")) == ([], [])
