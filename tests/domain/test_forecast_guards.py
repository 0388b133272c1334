"""What a month's forecast must be like to leave (O-10, S-09, S-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.budget import what_differs
from domain.forecast import MONTHS, month_name
from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition
from mappers.registry import KINDS
from tests.builders import references
from tests.domain.documents import budget_line, forecast
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "forecast"
SENT = {"03-300/M": Decimal("1200.00"), "05-100/L": Decimal("500.00")}

FAULTS = [
    Fault(
        "switched off",
        "export_switched_off",
        "Exporting a forecast is switched off in the settings.",
        Owner.ADMINISTRATOR,
        settings={"forecast_export": "off"},
    ),
    Fault(
        "going along with the budget",
        "export_switched_off",
        "Exporting a forecast is switched off in the settings.",
        Owner.ADMINISTRATOR,
        settings={"forecast_with_budget": True},
    ),
    *(
        Fault(
            f"month {month}",
            "not_the_export_month",
            f"'{month}' is no month: a forecast is named by its month as YYYYMM.",
            Owner.SENDER,
            {"month": month},
        )
        for month in (3, 202600, 202613, 20260301, 189912, 300001)
    ),
    Fault(
        "custom segments",
        "custom_segments",
        "Its project uses custom WBS segments (Lot), which CMiC has no place for.",
        Owner.ADMINISTRATOR,
        {"custom_segments": ["Lot"]},
    ),
    Fault(
        "no forecast",
        "no_forecast",
        "The budget view has no amount to forecast with.",
        Owner.SENDER,
        {"lines": [budget_line(1, forecast=None)]},
        where="Procore, budget view: Estimated Cost at Completion",
    ),
    Fault("no line", "no_forecast", "The budget view has no amount to forecast with.", Owner.SENDER, {"lines": []}),
    Fault(
        "nothing but zeros",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"lines": [budget_line(1, forecast="0")]},
    ),
    Fault(
        "nothing new",
        "nothing_new",
        "Nothing is new since the last export.",
        Owner.SENDER,
        known=references(sent=SENT),
    ),
    Fault(
        "a line without a category",
        "line_without_code",
        "Line 1 has no category.",
        Owner.SENDER,
        {"lines": [budget_line(1, category="")]},
    ),
    Fault(
        "a pair that the job lacks",
        "code_not_synced",
        "Line 1 sits on 99-999 M, which is not on CMiC's list for job 1042.",
        Owner.ADMINISTRATOR,
        {"lines": [budget_line(1, cost_code="99-999")]},
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_each_fault_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(KIND, fault)


@pytest.mark.parametrize("where", ["pci", "projected"])
def test_a_good_one_has_nothing_against_it(where: str) -> None:
    assert own(KIND, given(KIND, settings={"forecast_export": where})) == []


def test_every_reason_is_given_at_once() -> None:
    wrong = given(KIND, settings={"forecast_export": "off"}, month=1, custom_segments=["Lot"], lines=[])
    assert codes(KIND, wrong) == ["export_switched_off", "not_the_export_month", "custom_segments", "no_forecast"]


def test_a_line_without_money_needs_no_code() -> None:
    lines = [budget_line(1), budget_line(2, cost_code="", forecast="0"), budget_line(3, cost_code="", forecast=None)]
    assert codes(KIND, given(KIND, lines=lines)) == []


def test_projected_cost_is_set_anew_though_nothing_differs() -> None:
    """It takes no record of its own in CMiC, so nothing counts twice."""
    projected = {"forecast_export": "projected"}
    assert codes(KIND, given(KIND, settings=projected, known=references(sent=SENT))) == []


def test_a_second_export_of_a_month_carries_what_differs() -> None:
    lines = [budget_line(1, forecast="1300.00"), budget_line(2, cost_code="05-100", category="L", forecast="500")]
    assert what_differs(lines, SENT) == {("03-300", "M"): Decimal(100)}
    assert what_differs(lines[:1], {}) == {("03-300", "M"): Decimal(1300)}


def test_a_pair_that_is_no_longer_forecast_is_taken_back() -> None:
    """Else the month's PCIs together would be more than the current forecast."""
    assert what_differs([budget_line(1, forecast="1200.00")], SENT) == {("05-100", "L"): Decimal(-500)}


@pytest.mark.parametrize("number", range(1, 13))
def test_it_is_named_by_its_month(number: int) -> None:
    assert forecast(month=202600 + number).title == f"{MONTHS[number - 1]} Procore Forecast Amounts"
    assert month_name(number) == MONTHS[number - 1]


def test_it_needs_the_job() -> None:
    assert KINDS[KIND].lifecycle.prerequisites == (PrerequisiteRow("project", Condition.JOB_EXISTS),)


@pytest.mark.parametrize(
    "edit",
    [
        {"month": 202604},
        {"custom_segments": ["Lot"]},
        {"lines": [budget_line(1)]},
        {"lines": [budget_line(1, forecast="1200.01"), forecast().lines[1]]},
        {"lines": [budget_line(1, to_complete="200.01"), forecast().lines[1]]},
        {"lines": [budget_line(1, category="L"), forecast().lines[1]]},
    ],
    ids=range(6),
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    assert forecast(**edit).business() != forecast().business()


@pytest.mark.parametrize(
    "other",
    [
        {"locked": False},
        {"view": "Another"},
        {"lines": [budget_line(1, amount="1"), forecast().lines[1]]},
        {"lines": [*forecast().lines, budget_line(3, forecast=None)]},
    ],
    ids=range(4),
)
def test_the_budgets_own_matters_are_not_business(other: dict[str, Any]) -> None:
    assert forecast(**other).business() == forecast().business()
