"""Whose is a record that was found under our key: ours, another's, to adopt, or to link (design §5, B-03, B-09).

The decision is pure but for the lines, which these tests hold in memory.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

import pytest

from activities.taking import take
from domain.ledger_port import Intent
from domain.ports import Change, Difference
from domain.records import Found, Group, Key, Record, Scalar, Written
from domain.refusals import Refused
from domain.states import Posting
from tests.builders import found, group, job_key, line_key, line_record, written


class Books:
    """CMiC's lines, by their header. Nothing else may be asked."""

    def __init__(self, *lines: Found) -> None:
        self.shown = list(lines)
        self.asked: list[tuple[str, str]] = []

    async def lines(self, header: Key, resource: str) -> list[Found]:
        self.asked.append((header.text, resource))
        return self.shown

    async def find(self, key: Key) -> Found | None:
        self._refuse()

    async def create(self, group: Group) -> list[Written] | None:
        self._refuse()

    async def change(self, found: Found, values: dict[str, Scalar]) -> None:
        self._refuse()

    async def changed(self, resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        self._refuse()

    async def job_codes(self, company: str, job: str) -> list[tuple[str, str]]:
        self._refuse()

    async def master_codes(self, company: str) -> tuple[dict[str, str], list[str]]:
        self._refuse()

    async def describe(self) -> list[Difference]:
        self._refuse()

    def render(self, group: Group) -> list[dict[str, Any]]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise AssertionError("only lines may be asked")


OURS = group()


def intent(phase: str = "attempted", wanted: Group = OURS, **more: Any) -> Intent:
    return Intent(id=1, position=0, group=wanted, phase=phase, **more)


def header(wanted: Group = OURS, attributes: dict[str, Any] | None = None, **more: Any) -> Found:
    return found(wanted.header, attributes={**wanted.header.attributes, **(attributes or {})}, **more)


def books(wanted: Group = OURS) -> Books:
    return Books(*(found(one) for one in wanted.lines))


def shown(record: Record, **attributes: Any) -> Found:
    return found(record, attributes={**record.attributes, **attributes})


async def refused(cmic: Books, asked: Intent, record: Found, mode: str = "export") -> tuple[str, str]:
    """The code and the sentence of the refusal."""
    with pytest.raises(Refused) as error:
        await take(cmic, asked, record, mode)
    (refusal,) = error.value.refusals
    return refusal.code, refusal.sentence


# Ours


async def test_what_agrees_after_an_attempt_is_ours() -> None:
    cmic = books()
    assert await take(cmic, intent(), header(), "export") == written(*OURS.records)
    assert cmic.asked == [("01|ACME|SC-001|000", "subcontract_line")]


async def test_lines_are_taken_by_their_keys_whatever_their_order() -> None:
    cmic = Books(*reversed([found(one) for one in OURS.lines]))
    taken = await take(cmic, intent(), header(), "export")
    assert [(w.part, w.uuid) for w in taken] == [(w.part, w.uuid) for w in written(*OURS.records)]


async def test_codes_and_numbers_agree_as_cmic_keeps_them() -> None:
    cmic = Books(shown(OURS.lines[0], amount=Decimal("250"), category="m"), shown(OURS.lines[1], amount="250.0"))
    record = header(attributes={"title": " CONCRETE "})
    assert len(await take(cmic, intent(), record, "export")) == 3


async def test_a_group_without_lines_asks_for_none() -> None:
    alone = Group(header=Record(key=Key(resource="vendor", parts={"company": "01", "vendor": "ACME"})))
    cmic = Books()
    assert await take(cmic, intent(wanted=alone), header(alone), "export") == written(alone.header)
    assert cmic.asked == []


# Not ours


async def test_what_stood_there_before_any_attempt_is_anothers_though_it_agrees() -> None:
    code, sentence = await refused(books(), intent("reserved"), header())
    assert code == "number_taken"
    assert "CMiC already has subcontract 01|ACME|SC-001|000" in sentence
    assert sentence.endswith("Differences: none: it may well be the same one")


async def test_the_differences_of_anothers_record_are_shown() -> None:
    cmic = Books(shown(OURS.lines[0], amount=Decimal("1.00")))
    code, sentence = await refused(cmic, intent("reserved"), header(attributes={"title": "Steel"}))
    assert code == "number_taken"
    for difference in (
        "title: ours Concrete, CMiC Steel",
        "lines: ours 2, CMiC 1",
        "line 1 amount: ours 250.00, CMiC 1.00",
        "line 2: not in CMiC",
        "total: ours 500.00, CMiC 1.00",
    ):
        assert difference in sentence


DIFFERENT: list[tuple[Found, list[Found], str]] = [
    (header(attributes={"job": "2000"}), [found(one) for one in OURS.lines], "job: ours 1042, CMiC 2000"),
    (header(attributes={"title": None}), [found(one) for one in OURS.lines], "title: ours Concrete, CMiC nothing"),
    (header(), [], "lines: ours 2, CMiC 0"),
    (header(), [found(OURS.lines[0])], "line 2: not in CMiC"),
    (header(), [*(found(one) for one in OURS.lines), found(line_record("0003"))], "lines: ours 2, CMiC 3"),
    (
        header(),
        [shown(OURS.lines[0], amount=Decimal("249.99")), shown(OURS.lines[1], amount=Decimal("250.01"))],
        "line 1 amount: ours 250.00, CMiC 249.99",
    ),
    (header(), [found(OURS.lines[0]), shown(OURS.lines[1], cost_code="05-100")], "line 2 cost_code: ours 03-300"),
    (header(), [found(OURS.lines[0]), found(line_record("0007"))], "line 2: not in CMiC"),
    (header(), [found(OURS.lines[0]), shown(OURS.lines[1], amount=None)], "total: ours 500.00, CMiC 250.00"),
]


@pytest.mark.parametrize(("record", "lines", "difference"), DIFFERENT, ids=[words for _, _, words in DIFFERENT])
async def test_what_differs_after_an_attempt_isnt_taken(record: Found, lines: list[Found], difference: str) -> None:
    code, sentence = await refused(Books(*lines), intent(), record)
    assert code == "cmic_differs"
    assert difference in sentence


async def test_many_differences_are_shown_in_part() -> None:
    many = group("SC-001", *(line_record(f"{n:04d}") for n in range(1, 40)))
    code, sentence = await refused(Books(), intent(wanted=many), header(many))
    assert code == "cmic_differs"
    assert sentence.count("not in CMiC") == 9


@pytest.mark.parametrize("mode", ["export", "adopt", "link"])
@pytest.mark.parametrize("phase", ["reserved", "attempted"])
async def test_a_void_record_is_nobodys_and_its_number_stays_taken(mode: str, phase: str) -> None:
    code, sentence = await refused(books(), intent(phase), header(posting=Posting.VOID), mode)
    assert code == "number_taken_by_void"
    assert "void subcontract 01|ACME|SC-001|000" in sentence


# Linked, or used as it is

JOB = Group(header=Record(key=job_key()), may_exist=True)
PARTNER = Group(
    header=Record(key=Key(resource="partner", parts={"vendor": "ACME"}), values={"name": "Acme"}, part="partner"),
    may_exist=True,
)


@pytest.mark.parametrize("phase", ["reserved", "attempted"])
async def test_a_link_takes_the_record_as_it_is(phase: str) -> None:
    asked = intent(phase, JOB)
    assert await take(Books(), asked, header(JOB, {"name": "Another tower"}), "link") == written(JOB.header)


async def test_a_partner_that_exists_is_used_as_it_is() -> None:
    record = header(PARTNER, {"name": "ACME INC."})
    assert await take(Books(), intent("reserved", PARTNER), record, "export") == written(PARTNER.header)


@pytest.mark.parametrize(("wanted", "mode"), [(JOB, "link"), (PARTNER, "export")], ids=["job", "partner"])
async def test_what_is_inactive_isnt_linked(wanted: Group, mode: str) -> None:
    code, sentence = await refused(Books(), intent("reserved", wanted), header(wanted, active=False), mode)
    assert code == "inactive_in_cmic"
    assert sentence == f"CMiC's {wanted.header.key.resource} {wanted.header.key.text} is not active."


# Adopted


def theirs(task: str, amount: str = "250.00", cost_code: str = "03-300", category: str = "M") -> Found:
    """A line that somebody typed in CMiC, under a task code of his own."""
    attributes = {"cost_code": cost_code, "category": category, "amount": Decimal(amount), "task_name": "typed by hand"}
    return Found(key=line_key(task), uuid=f"uuid of {task}", attributes={**line_key(task).parts, **attributes})


async def test_a_record_is_adopted_when_job_and_money_agree() -> None:
    record = header(attributes={"title": "Something else", "contract_type": "X"})
    taken = await take(Books(theirs("A10"), theirs("A20")), intent("reserved"), record, "adopt")
    assert taken == [
        Written(part="", key=record.key, uuid=record.uuid),
        Written(part="90001", key=line_key("A10"), uuid="uuid of A10"),
        Written(part="90002", key=line_key("A20"), uuid="uuid of A20"),
    ]


async def test_an_adopted_line_is_found_by_its_code_and_amount() -> None:
    mixed = group("SC-001", line_record("0001", "1.00"), line_record("0002", "2.00", cost_code="05-100"))
    cmic = Books(theirs("A10", "2.00", "05-100"), theirs("A20", "1.0", "03-300", "m"))
    taken = await take(cmic, intent("reserved", mixed), header(mixed), "adopt")
    assert [(w.part, w.key.parts["task"]) for w in taken[1:]] == [("90001", "A20"), ("90002", "A10")]


async def test_no_line_is_adopted_twice() -> None:
    code, sentence = await refused(Books(theirs("A10"), theirs("A20", "99.00")), intent("reserved"), header(), "adopt")
    assert code == "cmic_differs"
    assert sentence.endswith("line 2: CMiC has no line of that code and amount")


NOT_TO_ADOPT: list[tuple[dict[str, Any], list[Found], str]] = [
    ({"job": "2000"}, [theirs("A10"), theirs("A20")], "job: ours 1042, CMiC 2000"),
    ({"currency": "CAD"}, [theirs("A10"), theirs("A20")], "currency: ours USD, CMiC CAD"),
    ({"vendor": "BAKER"}, [theirs("A10"), theirs("A20")], "vendor: ours ACME, CMiC BAKER"),
    ({}, [theirs("A10"), theirs("A20", "250.01")], "line 2: CMiC has no line of that code and amount"),
    ({}, [theirs("A10"), theirs("A20", category="L")], "line 2: CMiC has no line of that code and amount"),
    ({}, [theirs("A10"), theirs("A20"), theirs("A30", "0.00")], "lines: ours 2, CMiC 3"),
    ({}, [theirs("A10")], "lines: ours 2, CMiC 1"),
]


@pytest.mark.parametrize(("attributes", "lines", "difference"), NOT_TO_ADOPT, ids=[words for *_, words in NOT_TO_ADOPT])
async def test_nothing_is_adopted_whose_job_or_money_differs(
    attributes: dict[str, Any], lines: list[Found], difference: str
) -> None:
    code, sentence = await refused(Books(*lines), intent("reserved"), header(attributes=attributes), "adopt")
    assert code == "cmic_differs"
    assert difference in sentence


async def test_a_posted_record_may_be_adopted() -> None:
    record = header(posting=Posting.POSTED)
    assert len(await take(Books(theirs("A10"), theirs("A20")), intent("reserved"), record, "adopt")) == 3


# What adds up to the total


def billed_line(code: str, amount: str | None, bill: str) -> Record:
    """A PCI's line: cost budget, and what the owner is billed."""
    parts = {"company": "01", "job": "1042", "change_item": "PCO-1", "cost_code": code, "category": "S"}
    values = {"amount": None if amount is None else Decimal(amount), "bill_amount": Decimal(bill)}
    return Record(key=Key(resource="change_item_line", parts=parts), values=values, part=f"line {code}", label=code)


def billed(*lines: Record) -> Group:
    parts = {"company": "01", "job": "1042", "change_item": "PCO-1"}
    total = sum((Decimal(str(r.values["bill_amount"])) for r in lines), Decimal(0))
    header = Record(key=Key(resource="change_item", parts=parts), label="Owner change")
    return Group(header=header, lines=list(lines), total=total, summed="bill_amount")


WITH_MARKUPS = billed(billed_line("03-100", "100.00", "110.00"), billed_line("01-500", None, "5.50"))
REVENUE_ONLY = billed(billed_line("03-100", None, "110.00"), billed_line("01-500", None, "5.50"))


@pytest.mark.parametrize("wanted", [WITH_MARKUPS, REVENUE_ONLY], ids=["with cost", "revenue only"])
async def test_the_total_is_of_the_attribute_that_the_group_names(wanted: Group) -> None:
    assert await take(books(wanted), intent(wanted=wanted), header(wanted), "export") == written(*wanted.records)


async def test_a_billed_amount_that_differs_is_told_and_so_is_its_total() -> None:
    cmic = Books(shown(WITH_MARKUPS.lines[0], bill_amount=Decimal("100.00")), found(WITH_MARKUPS.lines[1]))
    code, sentence = await refused(cmic, intent(wanted=WITH_MARKUPS), header(WITH_MARKUPS))
    assert code == "cmic_differs"
    assert "03-100 bill_amount: ours 110.00, CMiC 100.00" in sentence
    assert "total: ours 115.50, CMiC 105.50" in sentence


async def test_the_cost_of_a_billed_line_counts_too() -> None:
    cmic = Books(shown(WITH_MARKUPS.lines[0], amount=Decimal("99.00")), found(WITH_MARKUPS.lines[1]))
    code, sentence = await refused(cmic, intent(wanted=WITH_MARKUPS), header(WITH_MARKUPS))
    assert (code, "03-100 amount: ours 100.00, CMiC 99.00" in sentence) == ("cmic_differs", True)
    assert "total" not in sentence


@pytest.mark.parametrize("wanted", [WITH_MARKUPS, REVENUE_ONLY], ids=["with cost", "revenue only"])
async def test_a_billed_record_is_adopted_by_what_it_bills(wanted: Group) -> None:
    taken = await take(books(wanted), intent("reserved", wanted), header(wanted), "adopt")
    assert taken == written(*wanted.records)
    other = Books(shown(wanted.lines[0], bill_amount=Decimal("1.00")), found(wanted.lines[1]))
    code, sentence = await refused(other, intent("reserved", wanted), header(wanted), "adopt")
    assert code == "cmic_differs"
    assert sentence.endswith("03-100: CMiC has no line of that code and amount")


def task_line(task: str, billed_now: str) -> Record:
    """A request's line: it has no code of its own and names the row that it bills."""
    parts = {"company": "01", "vendor": "ACME", "invoice": "A-1", "change_code": "000", "task": task}
    values = {"amount": Decimal(billed_now), "retainage": Decimal("1.00")}
    return Record(key=Key(resource="voucher_line", parts=parts), values=values, part=task, label=f"line {task}")


def request(*lines: Record) -> Group:
    key = Key(resource="voucher", parts={"company": "01", "vendor": "ACME", "invoice": "A-1"})
    return Group(header=Record(key=key, label="A-1"), lines=list(lines))


async def test_lines_without_codes_are_adopted_by_the_rows_they_bill() -> None:
    wanted = request(task_line("0001", "10.00"), task_line("0002", "10.00"))
    taken = await take(
        Books(*reversed([found(n) for n in wanted.lines])), intent("reserved", wanted), header(wanted), "adopt"
    )
    assert [(w.part, w.key.parts["task"]) for w in taken[1:]] == [("0001", "0001"), ("0002", "0002")]
    swapped = request(task_line("0001", "10.00"), task_line("0003", "10.00"))
    code, sentence = await refused(books(swapped), intent("reserved", wanted), header(wanted), "adopt")
    assert (code, "line 0002: CMiC has no line" in sentence) == ("cmic_differs", True)


async def test_a_total_that_nobody_states_isnt_held_against_it() -> None:
    wanted = request(task_line("0001", "10.00"))
    assert wanted.total is None
    assert len(await take(books(wanted), intent(wanted=wanted), header(wanted), "export")) == 2


# Used as it is, or set


async def test_a_common_code_is_used_as_it_is_whoever_made_it() -> None:
    parts = {"company": "01", "job": "1042", "cost_code": "03-400", "category": "M"}
    code = Group(
        header=Record(key=Key(resource="job_code", parts=parts), part="code:03-400/M"), may_exist=True, common=True
    )
    for phase in ("reserved", "attempted"):
        assert await take(Books(), intent(phase, code), header(code), "export") == written(code.header)
    refusal, _ = await refused(Books(), intent("reserved", code), header(code, active=False))
    assert refusal == "inactive_in_cmic"
