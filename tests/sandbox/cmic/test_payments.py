"""What an accountant pays, and how a connector sees it (cmic-api §3.8, §3.9)."""

from typing import Any

import pytest

from tests.sandbox.cmic.standin import Api, Row, header, line, paying, posting, voucher, voucher_line
from tests.sandbox.cmic.test_cheques import amount, cheque


@pytest.fixture
def owing(api: Api) -> Api:
    """A posted voucher INV-1 with 450 outstanding; from then on an hour later."""
    api.create("scmast", header())
    row = api.create("scsched", line())["ScschOraseq"]
    api.control("POST", "subcontracts/post", posting())
    api.create("apvoucher", voucher("INV-1", 500, voucher_line(row, 500, 50)))
    api.control("POST", "vouchers/post", paying())
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    return api


def pay(api: Api, **changes: Any) -> Row:
    row: Row = api.control("POST", "cheques/pay", paying(**changes))
    return row


def changed(api: Api, resource: str, prefix: str, company: str, since: str) -> list[Row]:
    """What a connector lists: a company's rows that changed."""
    q = f"{company}='01' and ({prefix}IuUpdateDate >= '{since}' or {prefix}IuCreateDate >= '{since}')"
    return api.items(resource, q=q, orderBy=f"{prefix}VUuid:asc", limit=1000)


def paid(api: Api) -> tuple[float, float, float | None]:
    (row,) = api.items("apallvouchers", q="VouCompCode='01' and VouInvCode='INV-1'")
    return row["VouPaidAmt"], row["VouInvOutstandAmt"], row["VouLastPayAmt"]


def test_a_voucher_is_paid_in_part_and_then_the_rest(owing: Api) -> None:
    first = pay(owing, amount=200.5, number=5201, post_date="2026-07-01", description="June draw")
    names = ("ChqNum", "ChqAmt", "ChqDate", "ChqPostDate", "ChqDesc", "ChqVenCode", "ChqScContCode", "ChqJobCode")
    assert [first[name] for name in names] == [
        *(5201, 200.5, "2026-07-01", "2026-07-01", "June draw", "ACME01", "SC-1", "1042"),
    ]
    assert (first["ChqBchPost"], first["ChqDraftCode"], first["ChqVouCode"]) == ("Y", "C", "Y")
    assert paid(owing) == (200.5, 249.5, 200.5)
    second = pay(owing)
    assert (second["ChqAmt"], second["ChqNum"] > 5201) == (249.5, True)
    assert paid(owing) == (450, 0, 249.5)
    assert owing.books("payamtchqman") == []
    owing.control("POST", "cheques/pay", paying(), 409)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount": 450.01}, 409),
        ({"amount": 0}, 409),
        ({"amount": -5}, 409),
        ({"amount": 1.001}, 400),
        ({"invoice": "INV-9"}, 409),
        ({"post_date": "2026-06-30"}, 409),
        ({"post_date": "soon"}, 400),
    ],
)
def test_what_cannot_be_paid_is_refused(owing: Api, changes: Row, status: int) -> None:
    owing.control("PATCH", "settings", {"ap_closed_through": "2026-06-30"})
    owing.control("POST", "cheques/pay", paying(**changes), status)
    assert owing.books("manualcheck") == []
    assert paid(owing) == (0, 450, None)


def test_an_unposted_voucher_and_a_used_number_are_refused(owing: Api) -> None:
    pay(owing, amount=1, number=7)
    owing.control("POST", "cheques/pay", paying(amount=1, number=7), 409)
    pay(owing, amount=1, number=7, account="10002")
    owing.control("POST", "vouchers/void", paying(), 409)
    oraseq = owing.items("scsched")[0]["ScschOraseq"]
    owing.create("apvoucher", voucher("INV-2", 100, voucher_line(oraseq, 100)))
    owing.control("POST", "cheques/pay", paying("INV-2"), 409)


def test_what_an_unposted_cheque_will_pay_is_spoken_for(owing: Api) -> None:
    owing.create("manualcheck", cheque(400, amount(400)))
    owing.control("POST", "cheques/pay", paying(amount=50.01), 409)
    assert pay(owing)["ChqAmt"] == 50
    owing.control("POST", "cheques/post", {"company": "01", "number": 5201})
    assert paid(owing)[:2] == (450, 0)


def test_a_connector_sees_who_paid_what_by_what_changed(owing: Api) -> None:
    row = pay(owing, amount=200, number=5201, post_date="2026-07-01")
    since = row["ChqIuCreateDate"]
    (link,) = changed(owing, "apvouchq", "Vouchq", "VouchqCompCode", since)
    (drawn,) = changed(owing, "apcheque", "Chq", "ChqCompCode", since)
    (owed,) = changed(owing, "apallvouchers", "Vou", "VouCompCode", since)
    names = ("VouchqVouNum", "VouchqChqNum", "VouchqAmt", "VouchqPostDate", "VouchqCompCode")
    assert [link[name] for name in names] == [owed["VouNum"], 5201, 200, "2026-07-01", "01"]
    assert (link["VouchqChqSeqNum"], drawn["ChqAmt"], drawn["ChqPostDate"]) == (drawn["ChqSeqNum"], 200, "2026-07-01")
    assert {name: owed[name] for name in ("VouInvCode", "VouContCode", "VouVenCode", "VouPaidAmt")} == {
        "VouInvCode": "INV-1",
        "VouContCode": "SC-1",
        "VouVenCode": "ACME01",
        "VouPaidAmt": 200,
    }
    assert changed(owing, "apvouchq", "Vouchq", "VouchqCompCode", "2090-01-01") == []


def test_a_void_cheque_is_seen_by_the_change_of_cheque_and_voucher(owing: Api) -> None:
    pay(owing, amount=200, number=5201)
    owing.control("PATCH", "settings", {"clock_offset_seconds": 7200})
    row = owing.control("POST", "cheques/void", {"company": "01", "number": 5201, "post_date": "2026-07-09"})
    since = row["ChqIuUpdateDate"]
    (drawn,) = changed(owing, "apcheque", "Chq", "ChqCompCode", since)
    assert (drawn["ChqNum"], drawn["ChqRevDate"], drawn["ChqRevCode"]) == (5201, "2026-07-09", "R")
    assert [owed["VouPaidAmt"] for owed in changed(owing, "apallvouchers", "Vou", "VouCompCode", since)] == [0]
    assert owing.items("apvouchq") == []


def test_a_reversed_cheque_stays_and_another_one_takes_it_back(owing: Api) -> None:
    pay(owing, amount=200, number=5201)
    reversal = {"company": "01", "number": 5201, "new_number": 5900, "post_date": "2026-07-09"}
    row = owing.control("POST", "cheques/reverse", reversal)
    assert (row["ChqNum"], row["ChqAmt"], row["ChqPostDate"], row["ChqRevDate"]) == (5900, -200, "2026-07-09", None)
    links = owing.items("apvouchq", q="VouchqCompCode = '01'")
    assert [(link["VouchqChqNum"], link["VouchqAmt"]) for link in links] == [(5201, 200), (5900, -200)]
    assert paid(owing) == (0, 450, -200)
    for number in (5201, 5900):
        for deed in ("reverse", "post"):
            owing.control("POST", f"cheques/{deed}", {"company": "01", "number": number}, 409)
    owing.control("POST", "cheques/void", {"company": "01", "number": 5201}, 409)
    pay(owing)
    assert paid(owing) == (450, 0, 450)
    owing.control("POST", "cheques/reverse", {"company": "01", "number": 77}, 409)
