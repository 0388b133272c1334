"""What posting does to a record of ours: it sets its own date, and a cheque's lines aren't shown any more (O-14, design §5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activities.taking import take
from domain.records import Group, Key, Record, Written
from domain.states import Posting
from tests.activities.test_taking import Books, books, header, intent, refused, shown
from tests.builders import found

CHEQUE_KEY = Key(resource="cheque", parts={"company": "01", "department": "00", "account": "1000", "cheque": "5201"})


def cheque(total: str = "135.00", **more: Any) -> Group:
    """A cheque that pays one invoice."""
    amount = Decimal(total)
    line_key = Key(resource="cheque_line", parts={**CHEQUE_KEY.parts, "vendor": "ACME", "invoice": "A-17"})
    line = Record(key=line_key, values={"amount": amount}, part="line", label="invoice A-17")
    values = {"amount": amount, "currency": "USD", "date": date(2026, 4, 15), **more}
    return Group(header=Record(key=CHEQUE_KEY, values=values, label="5201"), lines=[line], total=amount)


CHEQUE = cheque()
HIDDEN = [
    Written(part="", key=CHEQUE_KEY, uuid=f"uuid of {CHEQUE_KEY.text}"),
    Written(part="line", key=CHEQUE.lines[0].key, uuid=""),
]


@pytest.mark.parametrize(("phase", "mode"), [("attempted", "export"), ("reserved", "adopt"), ("attempted", "adopt")])
async def test_a_posted_cheque_whose_lines_cmic_hides_is_told_by_its_header(phase: str, mode: str) -> None:
    record = header(CHEQUE, posting=Posting.POSTED)
    assert await take(Books(), intent(phase, CHEQUE), record, mode) == HIDDEN


@pytest.mark.parametrize("posting", [p for p in Posting if p not in (Posting.POSTED, Posting.VOID)])
@pytest.mark.parametrize("mode", ["export", "adopt"])
async def test_lines_that_are_missing_before_the_posting_are_missing(posting: Posting, mode: str) -> None:
    code, sentence = await refused(Books(), intent(wanted=CHEQUE), header(CHEQUE, posting=posting), mode)
    assert (code, "lines: ours 1, CMiC 0" in sentence) == ("cmic_differs", True)


async def test_a_posted_header_that_bears_no_total_vouches_for_no_lines() -> None:
    code, sentence = await refused(Books(), intent(), header(posting=Posting.POSTED))
    assert (code, "lines: ours 2, CMiC 0" in sentence) == ("cmic_differs", True)


async def test_lines_that_a_posted_cheque_shows_are_compared() -> None:
    cmic = Books(shown(CHEQUE.lines[0], amount=Decimal("1.00")))
    code, sentence = await refused(cmic, intent(wanted=CHEQUE), header(CHEQUE, posting=Posting.POSTED))
    assert (code, "invoice A-17 amount: ours 135.00, CMiC 1.00" in sentence) == ("cmic_differs", True)


@pytest.mark.parametrize(("phase", "mode"), [("attempted", "export"), ("reserved", "adopt")])
async def test_a_posted_cheque_over_another_amount_isnt_taken_for_ours(phase: str, mode: str) -> None:
    """Its lines can't be seen: nothing but the header tells how much it pays."""
    record = header(CHEQUE, {"amount": Decimal("999.00")}, posting=Posting.POSTED)
    code, sentence = await refused(Books(), intent(phase, CHEQUE), record, mode)
    assert code == "cmic_differs"
    assert "999" in sentence


POSTED_ON = {"posting_date": date(2026, 5, 1)}


def dated(on: date = date(2026, 4, 15)) -> Group:
    return cheque(posting_date=on)


async def test_the_date_that_posting_sets_makes_a_record_nobody_elses() -> None:
    wanted = dated()
    for lines in ([found(one) for one in wanted.lines], []):
        record = header(wanted, POSTED_ON, posting=Posting.POSTED)
        assert len(await take(Books(*lines), intent(wanted=wanted), record, "export")) == 2


@pytest.mark.parametrize("posting", [Posting.UNPOSTED, Posting.IN_PROCESS, Posting.UNKNOWN])
async def test_before_the_posting_its_date_has_to_agree(posting: Posting) -> None:
    wanted = dated()
    code, sentence = await refused(books(wanted), intent(wanted=wanted), header(wanted, POSTED_ON, posting=posting))
    assert code == "cmic_differs"
    assert "posting_date: ours 2026-04-15, CMiC 2026-05-01" in sentence


async def test_after_the_posting_everything_else_still_has_to_agree() -> None:
    wanted = dated()
    record = header(wanted, {**POSTED_ON, "currency": "CAD"}, posting=Posting.POSTED)
    code, sentence = await refused(books(wanted), intent(wanted=wanted), record)
    assert (code, sentence.endswith("currency: ours USD, CMiC CAD")) == ("cmic_differs", True)


async def test_a_posted_record_that_nobody_tried_is_still_anothers() -> None:
    wanted = dated()
    record = header(wanted, POSTED_ON, posting=Posting.POSTED)
    code, sentence = await refused(books(wanted), intent("reserved", wanted), record)
    assert (code, sentence.endswith("none: it may well be the same one")) == ("number_taken", True)
