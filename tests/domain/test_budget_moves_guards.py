"""What budget changes and modifications must be like to leave (O-08, O-09, R-17)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition
from mappers.registry import KINDS
from tests.builders import references
from tests.domain.documents import budget_change, modification, plain_line
from tests.domain.guarding import Fault, check, codes, given, own

CHANGE, MODIFICATION = "budget_change", "budget_modification"
LACKING = "Line 1 sits on 99-999 M, which is not on CMiC's list for job 1042."

CHANGE_FAULTS = [
    Fault(
        "a draft",
        "status_not_approved",
        "Its status is draft; only Approved can be sent.",
        Owner.SENDER,
        {"status": "draft"},
        where="Procore, the budget change's status",
    ),
    Fault(
        "no status",
        "status_not_approved",
        "Its status is empty; only Approved can be sent.",
        Owner.SENDER,
        {"status": ""},
    ),
    Fault("no number", "no_number", "It has no number.", Owner.SENDER, {"number": ""}),
    Fault(
        "no room for a suffix",
        "field_too_long",
        "The PCI number has 9 characters; CMiC takes 8.",
        Owner.SENDER,
        {"number": "123456789"},
    ),
    Fault(
        "a bar in its number",
        "field_not_usable",
        "The PCI number can't be used: '7|8' has characters that a code can't have",
        Owner.SENDER,
        {"number": "7|8"},
    ),
    Fault(
        "a long title",
        "field_too_long",
        "The title has 201 characters; CMiC takes 200.",
        Owner.SENDER,
        {"title": "x" * 201},
    ),
    Fault(
        "a long description",
        "field_too_long",
        "The description has 4001 characters; CMiC takes 4000.",
        Owner.SENDER,
        {"description": "x" * 4001},
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
        "a line without a code",
        "line_without_code",
        "Line 1 has no cost code.",
        Owner.SENDER,
        {"lines": [plain_line(1, cost_code="")], "total": None},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        LACKING,
        Owner.ADMINISTRATOR,
        {"lines": [plain_line(1, cost_code="99-999")], "total": None},
    ),
    Fault(
        "a fraction of a cent",
        "amount_not_whole_cents",
        "Line 1: 0.005 isn't a whole number of cents.",
        Owner.SENDER,
        {"lines": [plain_line(1, amount="0.005")], "total": None},
    ),
    Fault(
        "another total",
        "total_differs",
        "Its lines add up to 0.00, but the budget change says 1.00.",
        Owner.SENDER,
        {"total": "1.00"},
    ),
    Fault(
        "nothing but zeros",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"lines": [plain_line(1, amount="0")]},
    ),
]
MODIFICATION_FAULTS = [
    Fault(
        "from nowhere",
        "modification_without_source",
        "It moves money from nowhere: a transfer in CMiC nets to zero.",
        Owner.SENDER,
        {"lines": [plain_line(2)]},
    ),
    Fault(
        "nothing moved",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"lines": [plain_line(1, amount="0"), plain_line(2, amount="0")]},
    ),
    Fault(
        "long notes",
        "field_too_long",
        "The note has 4001 characters; CMiC takes 4000.",
        Owner.SENDER,
        {"notes": "x" * 4001},
    ),
    Fault(
        "a line without a code",
        "line_without_code",
        "Line 1 has no category.",
        Owner.SENDER,
        {"lines": [plain_line(1, amount="-1", category=""), plain_line(2, amount="1")]},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        LACKING,
        Owner.ADMINISTRATOR,
        {"lines": [plain_line(1, amount="-1", cost_code="99-999"), plain_line(2, amount="1")]},
    ),
]


@pytest.mark.parametrize("fault", CHANGE_FAULTS, ids=lambda f: f.name)
def test_each_fault_of_a_change_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(CHANGE, fault)


@pytest.mark.parametrize("fault", MODIFICATION_FAULTS, ids=lambda f: f.name)
def test_each_fault_of_a_modification_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(MODIFICATION, fault)


@pytest.mark.parametrize("kind", [CHANGE, MODIFICATION])
def test_a_good_one_has_nothing_against_it(kind: str) -> None:
    assert own(kind, given(kind)) == []


def test_a_transfer_of_a_fraction_of_a_cent_is_refused_on_both_sides() -> None:
    halves = [plain_line(1, amount="-0.005"), plain_line(2, amount="0.005")]
    assert codes(MODIFICATION, given(MODIFICATION, lines=halves)) == ["amount_not_whole_cents"] * 2


def test_every_reason_is_given_at_once() -> None:
    wrong = given(CHANGE, status="void", number="", title="x" * 201, lines=[plain_line(1, amount="0.001")], total="1")
    assert codes(CHANGE, wrong) == [
        *("status_not_approved", "no_number", "field_too_long", "amount_not_whole_cents", "total_differs"),
    ]
    lonely = given(MODIFICATION, lines=[plain_line(2, amount="0", category="")], notes="x" * 4001)
    assert codes(MODIFICATION, lonely) == [
        *("modification_without_source", "zero_total", "field_too_long", "line_without_code"),
    ]


@pytest.mark.parametrize("status", ["under_review", "void", "Approved", "rejected"])
def test_only_an_approved_change_goes(status: str) -> None:
    assert codes(CHANGE, given(CHANGE, status=status)) == ["status_not_approved"]


def test_the_approver_may_type_the_stem() -> None:
    assert codes(CHANGE, given(CHANGE, typed={"erp_id": "BC7"}, number="")) == []


def test_a_zero_line_beside_others_is_no_reason() -> None:
    assert codes(CHANGE, given(CHANGE, lines=[plain_line(1), plain_line(2, amount="0")], total="100")) == []


@pytest.mark.parametrize("kind", [CHANGE, MODIFICATION])
def test_it_needs_the_budget_to_be_shown_as_budgeted_cost(kind: str) -> None:
    assert KINDS[kind].lifecycle.prerequisites == (
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("budget", Condition.BUDGETED),
    )


@pytest.mark.parametrize(
    "edit",
    [
        *({"number": "8"}, {"title": "x"}, {"description": "x"}, {"status": "void"}, {"total": None}),
        {"lines": [plain_line(1)]},
        {"lines": [plain_line(1, amount="100.01"), budget_change().lines[1]]},
        {"lines": [plain_line(1, category="L"), budget_change().lines[1]]},
    ],
    ids=range(8),
)
def test_an_edit_of_a_change_is_business(edit: dict[str, Any]) -> None:
    assert budget_change(**edit).business() != budget_change().business()


@pytest.mark.parametrize(
    "edit",
    [
        {"notes": "x"},
        {"lines": [plain_line(1, amount="-50.01"), modification().lines[1]]},
        {"lines": [plain_line(1, amount="-50", cost_code="03-300"), modification().lines[1]]},
    ],
    ids=range(3),
)
def test_an_edit_of_a_modification_is_business(edit: dict[str, Any]) -> None:
    assert modification(**edit).business() != modification().business()


def test_the_modifications_own_id_is_not_business_and_another_integrations_is_foreign() -> None:
    ours = modification(origin_id="01|1042|BM7601")
    assert ours.business() == modification().business()
    assert ours.origin_is_ours(references(), {})
    assert not modification(origin_id="SAGE-1").origin_is_ours(references(), {})
