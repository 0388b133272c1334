"""What a prime contract change order must be like to leave, its price with markups, and its reset (O-16, R-15, R-25)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.commands import Answer, Door
from domain.facts import Dependent
from domain.judging import decide
from domain.lifecycle import PrerequisiteRow
from domain.permissions import Level, Person
from domain.prime_change_order import PrimeChangeOrder, priced
from domain.refusals import Owner
from domain.states import Condition
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import command, facts, references
from tests.domain.documents import markup, plain_line, prime_change
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "prime_change_order"
TABLE = KINDS[KIND].lifecycle
PLAIN: dict[str, Any] = {"markups": [], "total": None}

FAULTS = [
    Fault(
        "pending",
        "status_not_approved",
        "Its status is pending; only Approved can be sent.",
        Owner.SENDER,
        {"status": "pending"},
        where="Procore, the prime contract change order's status",
    ),
    Fault(
        "no status",
        "status_not_approved",
        "Its status is empty; only Approved can be sent.",
        Owner.SENDER,
        {"status": ""},
    ),
    Fault(
        "no date",
        "no_date",
        "It has no date.",
        Owner.SENDER,
        {"dated": None},
        where="Procore, the prime contract change order",
    ),
    Fault("no number", "no_number", "It has no number.", Owner.SENDER, {"number": ""}),
    Fault(
        "a number that CMiC has no room for",
        "field_too_long",
        "The PCI number has 12 characters; CMiC takes 11.",
        Owner.SENDER,
        {"number": "PCO-00000001"},
    ),
    Fault(
        "a bar in its number",
        "field_not_usable",
        "The PCI number can't be used: 'P|1' has characters that a code can't have",
        Owner.SENDER,
        {"number": "P|1"},
    ),
    Fault(
        "a long title",
        "field_too_long",
        "The title has 201 characters; CMiC takes 200.",
        Owner.SENDER,
        {"title": "x" * 201},
        where="Procore, the prime contract change order's title",
    ),
    Fault(
        "a long description",
        "field_too_long",
        "The description has 4001 characters; CMiC takes 4000.",
        Owner.SENDER,
        {"description": "x" * 4001},
    ),
    Fault(
        "a unit that CMiC hasn't",
        "field_not_usable",
        "Line 2's unit of measure can't be used: 'bundle' has no two letter unit in CMiC",
        Owner.SENDER,
        {"lines": [plain_line(1), plain_line(2, uom="bundle")], **PLAIN},
        where="Settings, uom_map; or the line's unit in Procore",
    ),
    Fault("no line", "no_lines", "It has no line in its schedule of values.", Owner.SENDER, {"lines": [], **PLAIN}),
    Fault(
        "too many lines",
        "too_many_lines",
        "It has 2 lines; one export takes at most 1.",
        Owner.SENDER,
        {"lines": [plain_line(1), plain_line(2)], **PLAIN},
        {"limits": {"lines": 1}},
    ),
    Fault(
        "a line without a code",
        "line_without_code",
        "Line 1 has no cost code.",
        Owner.SENDER,
        {"lines": [plain_line(1, cost_code="")], **PLAIN},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        "Line 1 sits on 99-999 M, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"lines": [plain_line(1, cost_code="99-999")], **PLAIN},
    ),
    Fault(
        "a vertical markup without a code",
        "line_without_code",
        "Line of the markup Fee has no cost code.",
        Owner.SENDER,
        {"markups": [markup(1, cost_code="")], "total": "105.00"},
    ),
    Fault(
        "a vertical markup on a pair that the job lacks",
        "code_not_synced",
        "Line of the markup Fee sits on 99-999 L, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"markups": [markup(1, cost_code="99-999")], "total": "105.00"},
    ),
    Fault(
        "another total",
        "total_differs",
        "Its lines add up to 115.50, but the prime contract change order says 115.53.",
        Owner.SENDER,
        {"total": "115.53"},
    ),
    Fault(
        "a fraction of a cent that no markup explains",
        "total_differs",
        "Its lines add up to 200.00, but the prime contract change order says 200.01.",
        Owner.SENDER,
        {"lines": [plain_line(1, amount="100.004"), plain_line(2, amount="100.004")], "markups": [], "total": "200.01"},
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_each_fault_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(KIND, fault)


def test_a_good_one_has_nothing_against_it() -> None:
    assert own(KIND, given(KIND)) == []


def test_every_reason_is_given_at_once() -> None:
    wrong = given(
        KIND,
        status="draft",
        dated=None,
        number="",
        title="x" * 201,
        lines=[plain_line(1, category="")],
        markups=[markup(1, category="")],
        total="1",
    )
    assert codes(KIND, wrong) == [
        *("status_not_approved", "no_date", "no_number", "field_too_long"),
        *("line_without_code", "line_without_code", "total_differs"),
    ]


@pytest.mark.parametrize("status", ["rejected", "void", "Approved", "no_charge", "proceeding"])
def test_only_approved_goes(status: str) -> None:
    assert codes(KIND, given(KIND, status=status)) == ["status_not_approved"]


def test_the_approver_may_type_number_and_date() -> None:
    typed = {"erp_id": "X-1", "transaction_date": "2026-03-31"}
    assert codes(KIND, given(KIND, typed=typed, number="", dated=None)) == []


def test_a_unit_may_be_translated_and_a_line_may_have_none() -> None:
    lines = [plain_line(1, uom="bundle"), plain_line(2)]
    assert codes(KIND, given(KIND, settings={"uom_map": {"bundle": "BN"}}, lines=lines, **PLAIN)) == []


def test_markups_beyond_all_reckoning_are_refused_in_words() -> None:
    """A price that no decimal holds is no reason to stumble."""
    huge = [markup(n, percentage="999999999999") for n in (1, 2, 3)]
    assert "total_differs" in codes(KIND, given(KIND, lines=[plain_line(1, amount="999999999999.99")], markups=huge))


def test_it_needs_the_job_and_a_contract_in_cmic() -> None:
    assert TABLE.prerequisites == (
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("project", Condition.CONTRACT_IN_CMIC),
    )


# The price (R-15, B-07)


def prices(order: PrimeChangeOrder) -> list[tuple[str, str, str | None]]:
    return [(b.label, str(b.price), None if b.cost is None else str(b.cost)) for b in priced(order)]


def test_a_line_bears_its_horizontal_markups_and_a_vertical_one_stands_below() -> None:
    assert prices(prime_change()) == [("line 1", "110.00", "100.00"), ("markup Fee", "5.50", None)]


def test_vertical_markups_stand_each_on_everything_above_in_their_order() -> None:
    markups = [markup(1, name="Bond", position=2, percentage="1"), markup(2, name="Fee", position=1, percentage="10")]
    order = prime_change(markups=markups, total=None)
    assert [(label, price) for label, price, _ in prices(order)] == [
        ("line 1", "100.00"),
        ("markup Fee", "10.00"),
        ("markup Bond", "1.10"),
    ]


def test_each_markup_is_rounded_by_itself_half_up() -> None:
    two = [markup(n, name="H", vertical=False, percentage="2.5") for n in (1, 2)]
    order = prime_change(lines=[plain_line(1, amount="0.20"), plain_line(2, amount="-0.20")], markups=two, total=None)
    assert [(price, cost) for _, price, cost in prices(order)] == [("0.22", "0.20"), ("-0.22", "-0.20")]


@pytest.mark.parametrize(
    ("total", "first", "accepted"),
    [("115.50", "110.00", True), ("115.52", "110.02", True), ("115.48", "109.98", True), ("115.53", "110.00", False)],
)
def test_a_residual_of_a_cent_a_rounding_goes_to_the_largest_price(total: str, first: str, accepted: bool) -> None:
    """One horizontal markup of one line and one vertical: two roundings."""
    order = prime_change(total=total)
    assert prices(order)[0][1] == first
    assert ("total_differs" not in codes(KIND, given(KIND, total=total))) is accepted


def test_without_a_total_nothing_is_adjusted() -> None:
    assert sum(b.price for b in priced(prime_change(total=None))) == Decimal("115.50")


# Reset (R-25, U-04, U-06)


def test_a_reset_unsyncs_at_once_and_a_resend_waits_for_the_old_record() -> None:
    assert decide(TABLE, facts(command("reset"), S.SYNCED, KIND)).to is S.RESET_OUTSTANDING
    left = references(outstanding=["01|1042|PCO-1", "01|1042|PCO-1B"])
    (refusal,) = decide(TABLE, facts(command("resend"), S.RESET_OUTSTANDING, KIND, references=left)).refusals
    assert (refusal.code, refusal.owner) == ("old_record_there", "CMiC accountant")
    assert refusal.sentence == ("CMiC still has 01|1042|PCO-1, 01|1042|PCO-1B, which was written before the reset.")
    gone = decide(TABLE, facts(command("resend"), S.RESET_OUTSTANDING, KIND))
    assert (gone.answer, gone.to) == (Answer.DONE, S.WAITING)


def test_a_resend_after_a_reset_is_held_to_the_same_guards_as_a_send() -> None:
    wrong = prime_change(status="draft")
    for state, action in ((S.NOT_SENT, "send"), (S.RESET_OUTSTANDING, "resend"), (S.REJECTED, "resend")):
        assert [r.code for r in decide(TABLE, facts(command(action), state, KIND, document=wrong)).refusals] == [
            "status_not_approved"
        ]


def test_the_resend_looks_into_cmic_first_and_the_reset_doesnt() -> None:
    reset, resend = TABLE.row(S.SYNCED, "reset"), TABLE.row(S.RESET_OUTSTANDING, "resend")
    assert reset is not None
    assert resend is not None
    assert (reset.looks, resend.looks, resend.reads) == (False, True, True)


def test_a_reset_stops_at_those_who_stand_on_it() -> None:
    child = Dependent(key="x:1:2:3", label="Child", state="Synced")
    assert [r.code for r in decide(TABLE, facts(command("reset"), S.SYNCED, KIND, dependents=[child])).refusals] == [
        "depended_on"
    ]


def test_a_reset_is_an_administrators_and_open_to_a_signal() -> None:
    standard = Person(name="Bo", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True)
    assert [r.code for r in decide(TABLE, facts(command("reset"), S.SYNCED, KIND, person=standard)).refusals] == [
        "not_permitted"
    ]
    admin = Person(name="Cy", erp_level=Level.ADMIN)
    assert decide(TABLE, facts(command("reset"), S.SYNCED, KIND, person=admin)).answer is Answer.DONE
    signal = command("reset", door=Door.SIGNAL, person=None)
    assert decide(TABLE, facts(signal, S.SYNCED, KIND)).answer is Answer.DONE


# What an approval binds (B-04)


@pytest.mark.parametrize(
    "edit",
    [
        *({"number": "2"}, {"title": "x"}, {"description": "x"}, {"status": "void"}, {"total": "1"}),
        *({"dated": date(2026, 3, 11)}, {"contract_id": 1}, {"lines": []}, {"markups": []}),
        {"lines": [plain_line(1, amount="100.01")]},
        {"markups": [prime_change().markups[0], markup(2, percentage="5.01")]},
        {"markups": [prime_change().markups[0], markup(2, category="M")]},
    ],
    ids=range(12),
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    assert prime_change(**edit).business() != prime_change().business()
