"""What a commitment change order must be like to leave (O-12, R-12)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commitment_change_order import change_code
from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition
from mappers.registry import KINDS
from tests.builders import facts, own_command, references
from tests.domain.documents import change_order, change_order_line
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "commitment_change_order"
TABLE = KINDS[KIND].lifecycle
LINES_OFF = {"total": None}

FAULTS = [
    Fault(
        "switched off with the commitments",
        "export_switched_off",
        "Exporting a commitment change order is switched off in the settings.",
        Owner.ADMINISTRATOR,
        settings={"commitment_export": False},
    ),
    Fault(
        "not approved",
        "status_not_approved",
        "Its status is Pending; only Approved can be sent.",
        Owner.SENDER,
        {"status": "Pending"},
        where="Procore, the change order's status",
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
        "the base contract's code",
        "field_not_usable",
        "The change code can't be used: 000 is the base contract's",
        Owner.SENDER,
        {"number": "0"},
    ),
    Fault(
        "a code that CMiC has no room for",
        "field_too_long",
        "The change code has 7 characters; CMiC takes 6.",
        Owner.SENDER,
        {"number": "CCO-001"},
    ),
    Fault(
        "a bar, which parts keys",
        "field_not_usable",
        "The change code can't be used: 'A|B' has characters that a code can't have",
        Owner.SENDER,
        {"number": "a|b"},
    ),
    Fault(
        "a long title",
        "field_too_long",
        "The title has 201 characters; CMiC takes 200.",
        Owner.SENDER,
        {"title": "x" * 201},
        where="Procore, the change order's title",
    ),
    Fault(
        "a long description",
        "field_too_long",
        "The description has 4001 characters; CMiC takes 4000.",
        Owner.SENDER,
        {"description": "x" * 4001},
    ),
    Fault(
        "a long line",
        "field_too_long",
        "The description of line 1 has 31 characters; CMiC takes 30.",
        Owner.SENDER,
        {"lines": [change_order_line(1, description="x" * 31)], **LINES_OFF},
    ),
    Fault(
        "no line",
        "no_lines",
        "It has no line in its schedule of values.",
        Owner.SENDER,
        {"lines": [], **LINES_OFF},
    ),
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
        {"lines": [change_order_line(1, cost_code="")], **LINES_OFF},
    ),
    Fault(
        "a line without a category",
        "line_without_code",
        "Line 1 has no category.",
        Owner.SENDER,
        {"lines": [change_order_line(1, category="")], **LINES_OFF},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        "Line 1 sits on 99-999 M, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"lines": [change_order_line(1, cost_code="99-999", category="M")], **LINES_OFF},
    ),
    Fault(
        "a fraction of a cent",
        "amount_not_whole_cents",
        "Line 1: 0.001 isn't a whole number of cents.",
        Owner.SENDER,
        {"lines": [change_order_line(1, amount="0.001")], **LINES_OFF},
    ),
    Fault(
        "a product that differs",
        "unit_amount_differs",
        "Line 1: 3 × 33.335 is 100.01, but its amount is 100.00.",
        Owner.SENDER,
        {
            "lines": [change_order_line(1, quantity="3", unit_cost="33.335", amount="100.00", calculated=True)],
            **LINES_OFF,
        },
    ),
    Fault(
        "a total that differs",
        "total_differs",
        "Its lines add up to 260.00, but the change order says 260.01.",
        Owner.SENDER,
        {"total": "260.01"},
    ),
    Fault(
        "a unit that CMiC hasn't",
        "field_not_usable",
        "Line 1's unit of measure can't be used: 'bundle' has no two letter unit in CMiC",
        Owner.SENDER,
        {
            "lines": [change_order_line(1, quantity="1", unit_cost="10", uom="bundle", calculated=True)],
            **LINES_OFF,
        },
        where="Settings, uom_map; or the line's unit in Procore",
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
        settings={"commitment_export": False},
        status="",
        number="",
        title="x" * 201,
        lines=[change_order_line(1, category="", amount="1.001")],
        total="2.00",
    )
    assert codes(KIND, wrong) == [
        *("export_switched_off", "status_not_approved", "no_number", "field_too_long"),
        *("line_without_code", "amount_not_whole_cents", "total_differs"),
    ]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1", "001"),
        ("07", "007"),
        ("123", "123"),
        ("1234", "1234"),
        (" 7 ", "007"),
        ("a1", "A1"),
        ("1.1", "1.1"),
        ("co-7", "CO-7"),
        ("", ""),
        ("٣", "٣"),
    ],
)
def test_the_change_code_is_made_of_the_number(number: str, code: str) -> None:
    assert change_code(number) == code


@pytest.mark.parametrize(
    ("typed", "expected"), [("77", []), ("000", ["field_not_usable"]), ("0", ["field_not_usable"])]
)
def test_what_the_approver_types_is_held_to_the_same(typed: str, expected: list[str]) -> None:
    assert codes(KIND, given(KIND, typed={"erp_id": typed}, number="")) == expected


def test_a_pair_that_goes_along_is_no_reason_and_one_that_doesnt_is() -> None:
    known = references(codes=frozenset({("03-300", "M")}), assignable=frozenset({("05-100", "L")}))
    assert codes(KIND, given(KIND, known=known)) == []
    apart = given(KIND, known=known, settings={"cost_codes_go_along": False})
    assert codes(KIND, apart) == ["code_not_synced"]


def test_without_a_job_the_codes_are_the_prerequisites_matter() -> None:
    assert codes(KIND, given(KIND, known=references(job="", codes=frozenset()))) == []


def test_it_needs_the_job_and_a_contract_that_takes_changes() -> None:
    assert TABLE.prerequisites == (
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("commitment", Condition.OPEN_FOR_CHANGES),
    )


# What an approval binds (B-04)


@pytest.mark.parametrize(
    "edit",
    [
        {"number": "2"},
        {"title": "Steel"},
        {"description": "x"},
        {"status": "Void"},
        {"total": "260.01"},
        {"contract_id": 7002},
        {"lines": [change_order_line(1)]},
        {"lines": [change_order_line(1, on_line=9001), change_order_line(2)]},
    ],
    ids=str,
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    assert change_order(**edit).business() != change_order().business()


def test_its_contracts_name_is_not_business() -> None:
    assert change_order(contract_number="SC-9").business() == change_order().business()


def test_procore_has_no_place_for_an_id_so_none_is_foreign() -> None:
    assert change_order().origin_is_ours(references(), {})
    assert facts(own_command("wake"), kind=KIND).linked is False
