"""What a budget must be like to leave, first and again: locked, on known codes, something new (O-07, R-17, R-18, R-21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.budget import by_pair, import_is_closed_knowingly, last_export_is_budgeted, what_is_new
from domain.judging import decide
from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition, Posting
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import command, facts, head, own_key, references
from tests.domain.documents import budget, budget_line, settings_for
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "budget"
TABLE = KINDS[KIND].lifecycle
SENT = {"03-300/M": Decimal("1000.00"), "05-100/L": Decimal("500.00")}
ALL_SENT = references(sent=SENT)

FAULTS = [
    Fault("unlocked", "budget_unlocked", "The budget isn't locked.", Owner.SENDER, {"locked": False}),
    Fault(
        "custom segments",
        "custom_segments",
        "Its project uses custom WBS segments (Lot, Phase), which CMiC has no place for.",
        Owner.ADMINISTRATOR,
        {"custom_segments": ["Lot", "Phase"]},
    ),
    Fault("no line", "no_lines", "It has no line in its schedule of values.", Owner.SENDER, {"lines": []}),
    Fault(
        "too many lines",
        "too_many_lines",
        "It has 2 lines; one export takes at most 1.",
        Owner.SENDER,
        settings={"limits": {"lines": 1}},
    ),
    Fault(
        "a line without a cost code",
        "line_without_code",
        "Line 1 has no cost code.",
        Owner.SENDER,
        {"lines": [budget_line(1, cost_code="", category="")]},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        "Line 1 sits on 99-999 M, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"lines": [budget_line(1, cost_code="99-999")]},
    ),
    Fault(
        "a zero line on a pair that the job lacks, where those go",
        "code_not_synced",
        "Line 2 sits on 99-999 M, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"lines": [budget_line(1), budget_line(2, cost_code="99-999", amount="0")]},
    ),
    Fault(
        "nothing but zeros, where those stay",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"lines": [budget_line(1, amount="0")]},
        {"zero_dollar_codes": False},
    ),
    Fault(
        "nothing new",
        "nothing_new",
        "Nothing is new since the last export.",
        Owner.SENDER,
        known=ALL_SENT,
        where="Procore, the budget",
    ),
    Fault(
        "no forecast to go along",
        "no_forecast",
        "The budget view has no amount to forecast with.",
        Owner.SENDER,
        {"lines": [budget_line(1, forecast=None)]},
        {"forecast_with_budget": True},
        where="Procore, budget view: Estimated Cost at Completion",
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
        settings={"forecast_with_budget": True, "zero_dollar_codes": False},
        locked=False,
        custom_segments=["Lot"],
        lines=[budget_line(1, forecast=None, cost_code="99-999"), budget_line(2, forecast=None, category="")],
    )
    assert codes(KIND, wrong) == [
        *("budget_unlocked", "custom_segments", "code_not_synced", "line_without_code", "no_forecast"),
    ]


def test_zero_lines_may_be_left_out_with_their_codes() -> None:
    zero = [budget_line(1), budget_line(2, cost_code="99-999", amount="0")]
    assert codes(KIND, given(KIND, settings={"zero_dollar_codes": False}, lines=zero)) == []


def test_a_zero_line_whose_forecast_goes_along_needs_its_code() -> None:
    zero = [budget_line(1), budget_line(2, cost_code="99-999", amount="0", forecast="5.00")]
    settings = {"zero_dollar_codes": False, "forecast_with_budget": True}
    assert codes(KIND, given(KIND, settings=settings, lines=zero)) == ["code_not_synced"]


# The first export closes the import, a later one waits until CMiC shows the last


def test_the_approver_confirms_that_the_import_closes() -> None:
    (refusal,) = decide(TABLE, facts(command("accept"), S.WAITING, KIND)).refusals
    assert (refusal.code, refusal.owner) == ("confirmation_needed", "accounting approver")
    assert refusal.sentence == "Exporting the budget closes its import from CMiC for good: confirm it."
    assert refusal.where == "The approver's fields: confirm_import_closed"


@pytest.mark.parametrize("state", [S.WAITING, S.FAILED])
@pytest.mark.parametrize(("said", "expected"), [(True, []), (False, ["confirmation_needed"])])
def test_a_no_is_no_confirmation(state: S, said: bool, expected: list[str]) -> None:
    action = "accept" if state is S.WAITING else "retry"
    asked = command(action, fields={"confirm_import_closed": said})
    assert [r.code for r in decide(TABLE, facts(asked, state, KIND)).refusals] == expected


def test_a_retry_keeps_the_confirmation() -> None:
    before = {"typed_before": {"confirm_import_closed": True}}
    assert import_is_closed_knowingly(facts(command("retry"), S.FAILED, KIND, **before)) == []


def test_once_it_is_in_cmic_nothing_more_is_confirmed() -> None:
    known = references(sent={"03-300/M": Decimal(1)})
    at = head(S.WAITING, KIND, exported=True)
    assert decide(TABLE, facts(command("accept"), kind=KIND, head=at, references=known)).refusals == []


def test_keys_that_are_linked_beside_it_arent_the_budgets_own_export() -> None:
    """What the row says of the budget decides, not what happens to be linked under its name."""
    known = references(keys=own_key(KIND))
    (refusal,) = decide(TABLE, facts(command("accept"), S.WAITING, KIND, references=known)).refusals
    assert refusal.code == "confirmation_needed"


@pytest.mark.parametrize("posting", Posting)
@pytest.mark.parametrize("budgeted", [True, False])
def test_a_resend_waits_until_the_last_export_is_posted_and_shown(posting: Posting, budgeted: bool) -> None:
    stated = facts(command("resend"), S.SYNCED, KIND, seen=posting, budgeted=budgeted)
    found = last_export_is_budgeted(stated)
    if posting is Posting.POSTED and budgeted:
        assert found == []
    else:
        (refusal,) = found
        assert (refusal.code, refusal.owner) == ("not_budgeted_yet", "CMiC accountant")
        assert refusal.sentence == "The last export isn't posted in CMiC yet, or not shown there as budgeted cost."


@pytest.mark.parametrize("stale", [True, False])
def test_what_was_seen_last_counts_and_not_what_the_row_still_says(stale: bool) -> None:
    """The look before a resend is newer than the row (R-17)."""
    at = head(S.SYNCED, KIND, exported=True, posting=Posting.POSTED if stale else Posting.UNPOSTED, budgeted=stale)
    seen = Posting.UNPOSTED if stale else Posting.POSTED
    found = decide(TABLE, facts(command("resend"), kind=KIND, head=at, seen=seen, budgeted=not stale))
    assert [r.code for r in found.refusals] == (["not_budgeted_yet"] if stale else [])


def test_a_resend_of_nothing_new_names_both_reasons() -> None:
    given_facts = facts(command("resend"), S.SYNCED, KIND, references=ALL_SENT)
    assert [r.code for r in decide(TABLE, given_facts).refusals] == ["not_budgeted_yet", "nothing_new"]


def test_it_needs_the_job() -> None:
    assert TABLE.prerequisites == (PrerequisiteRow("project", Condition.JOB_EXISTS),)


# What an export carries


def new(sent: dict[str, str], *lines: Any, **settings: Any) -> dict[tuple[str, str], Decimal]:
    known = references(sent={pair: Decimal(amount) for pair, amount in sent.items()})
    return what_is_new(budget(lines=list(lines)), known, settings_for(KIND, **settings))


def test_a_first_export_carries_everything_zeros_too() -> None:
    lines = [budget_line(1), budget_line(2, category="L", amount="0")]
    assert new({}, *lines) == {("03-300", "M"): Decimal(1000), ("03-300", "L"): Decimal(0)}
    assert new({}, *lines, zero_dollar_codes=False) == {("03-300", "M"): Decimal(1000)}


def test_a_later_one_carries_the_difference() -> None:
    assert new({"03-300/M": "1100.10"}, budget_line(1)) == {("03-300", "M"): Decimal("-100.10")}
    assert new({"03-300/M": "1000"}, budget_line(1), budget_line(2, category="L", amount="7")) == {
        ("03-300", "L"): Decimal(7)
    }


def test_an_amount_that_became_zero_is_taken_back_whatever_the_setting() -> None:
    for zero in (True, False):
        assert new({"03-300/M": "1000.00"}, budget_line(1, amount="0"), zero_dollar_codes=zero) == {
            ("03-300", "M"): Decimal(-1000)
        }


def test_a_zero_that_went_before_doesnt_go_again() -> None:
    assert new({"03-300/M": "0"}, budget_line(1, amount="0")) == {}


def test_a_line_that_is_gone_from_the_budget_is_taken_back() -> None:
    """Else CMiC keeps cost budgeted that Procore has no longer."""
    assert new(dict.fromkeys(("03-300/M", "05-100/L"), "1000.00"), budget_line(1)) == {("05-100", "L"): Decimal(-1000)}


def test_lines_of_one_pair_are_one_amount_whatever_the_case() -> None:
    lines = [budget_line(1, cost_code="03-30a"), budget_line(2, cost_code="03-30A", amount="0.10")]
    assert by_pair(lines) == {("03-30A", "M"): Decimal("1000.10")}


def test_fractions_of_cents_make_whole_cents_and_the_residual_goes_to_the_largest() -> None:
    lines = [
        budget_line(n, category=c, amount=a) for n, c, a in ((1, "M", "0.005"), (2, "L", "1.005"), (3, "S", "0.005"))
    ]
    assert by_pair(lines) == {
        ("03-300", "M"): Decimal("0.01"),
        ("03-300", "L"): Decimal("1.00"),
        ("03-300", "S"): Decimal("0.01"),
    }


# What an approval binds (B-04)


@pytest.mark.parametrize(
    "edit",
    [
        {"locked": False},
        {"custom_segments": ["Lot"]},
        {"lines": [budget_line(1)]},
        {"lines": [budget_line(1, amount="1000.01"), budget().lines[1]]},
        {"lines": [budget_line(1, cost_code="05-100"), budget().lines[1]]},
    ],
    ids=range(5),
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    assert budget(**edit).business() != budget().business()


@pytest.mark.parametrize(
    "other",
    [
        {"view": "Another"},
        {"lines": [budget_line(1, forecast="1200.01"), budget().lines[1]]},
        {"lines": [budget_line(1, to_complete="200.01"), budget().lines[1]]},
    ],
    ids=["the view's name", "its forecast", "what is left to do"],
)
def test_what_other_documents_move_is_not_business(other: dict[str, Any]) -> None:
    """Every cost that is booked moves the forecast; one that goes along is that of the approved snapshot."""
    assert budget(**other).business() == budget().business()


def test_its_origin_is_nobody_elses() -> None:
    assert budget().origin_is_ours(references(), {})
