"""A month's forecast to a PCI of its type, or to projected cost, row by row; the same month again (O-10; S-09, S-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.facts import Facts
from domain.records import Group, digest
from domain.states import Condition
from mappers.forecast import ForecastMapper
from tests.builders import EXPORTED_ON, IDS, PROJECT, export, own_key, references
from tests.domain.documents import budget_line, forecast, settings_for
from tests.domain.guarding import given, own
from tests.mappers.raws import raw_forecast, raw_row

KIND = "forecast"
ME = IDS[KIND]
MAPPER = ForecastMapper()
PROJECTED = settings_for(KIND, forecast_export="projected")


def groups(document: Any = None, **more: Any) -> list[Group]:
    return MAPPER.plan(export(KIND, document, **more)).groups


def test_it_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_forecast())
    second = budget_line(2, cost_code="05-100", category="L", amount="500", forecast=None, to_complete=None)
    assert (found.id, found.month, found.view) == (PROJECT.id, 202603, "Forecasting")
    assert found.lines == [budget_line(1), second]
    assert found.forecast_lines == [budget_line(1)]


def test_what_is_read_has_nothing_against_it() -> None:
    assert own(KIND, given(KIND, lines=MAPPER.from_procore(raw_forecast()).lines)) == []


def test_a_row_on_which_only_costs_stand_is_forecast_too() -> None:
    raw = raw_forecast(lines=[raw_row(1, original_budget_amount=None, estimated_cost_at_completion=Decimal("5.5"))])
    (line,) = MAPPER.from_procore(raw).forecast_lines
    assert (line.amount, line.forecast) == (Decimal(0), Decimal("5.5"))


# As a PCI


def test_the_rows_of_a_pci() -> None:
    (found,) = groups()
    assert found.header.attributes == {
        "company": "01",
        "job": "1042",
        "change_item": "F202603-01",
        "status": "APPROVED",
        "projection_method": "A",
        "type": "FCT",
        "title": "March Procore Forecast Amounts",
        "reference_date": EXPORTED_ON,
        "scope": "Forecast to complete: 400.00 (03-300 M 200.00; 05-100 L 200.00)",
    }
    base = {"company": "01", "job": "1042", "change_item": "F202603-01", "line_job": "1042"}
    assert [r.attributes for r in found.lines] == [
        {**base, "cost_code": "03-300", "category": "M", "amount": Decimal("1200.00")},
        {**base, "cost_code": "05-100", "category": "L", "amount": Decimal("500.00")},
    ]
    assert (found.header.part, found.total, found.summed) == ("", Decimal("1700.00"), "amount")


def test_the_same_month_again_carries_the_difference_under_the_next_code() -> None:
    sent = {"03-300/M": Decimal("1100.00"), "05-100/L": Decimal("500.00")}
    (found,) = groups(references=references(keys=own_key(KIND), sent=sent, exports=1))
    assert (found.header.key.text, found.header.part) == ("01|1042|F202603-02", "F202603-02")
    assert [(r.key.parts["cost_code"], r.values["amount"]) for r in found.lines] == [("03-300", Decimal("100.00"))]


def test_its_code_may_be_typed_and_its_type_is_a_setting() -> None:
    (found,) = groups(typed={"erp_id": "fc-3"}, settings=settings_for(KIND, forecast_type="FOR"))
    assert (found.header.key.parts["change_item"], found.header.values["type"]) == ("FC-3", "FOR")


def test_it_is_named_by_its_own_month_whenever_it_goes() -> None:
    (found,) = groups(forecast(month=202512))
    assert found.header.values["title"] == "December Procore Forecast Amounts"
    assert found.header.key.parts["change_item"] == "F202512-01"


# The Forecast to Complete


def scope(*lines: Any) -> Any:
    (found,) = groups(forecast(lines=list(lines)))
    return found.header.values["scope"]


def test_without_a_forecast_to_complete_nothing_is_said() -> None:
    assert scope(budget_line(1, to_complete=None)) is None


def test_a_line_of_nothing_isnt_told() -> None:
    assert scope(budget_line(1, to_complete="0"), budget_line(2, to_complete="2.5")) == (
        "Forecast to complete: 2.50 (03-300 M 2.50)"
    )
    assert scope(budget_line(1, to_complete="0")) == "Forecast to complete: 0.00"


def test_what_doesnt_fit_is_told_as_a_sum() -> None:
    many = [budget_line(n, cost_code=f"{n:05d}", to_complete="1.00") for n in range(1, 300)]
    assert scope(*many) == "Forecast to complete: 299.00"
    assert all(len(scope(*many[:n])) <= 4000 for n in (100, 200, 220, 230))


@pytest.mark.parametrize(("exports", "code"), [(0, "F202603-01"), (98, "F202603-99"), (99, "F202603100")])
def test_a_month_that_goes_a_hundred_times_has_room_for_it(exports: int, code: str) -> None:
    (found,) = groups(references=references(exports=exports))
    assert found.header.key.parts["change_item"] == code
    assert len(code) <= 11


# As projected cost


def test_projected_cost_is_set_pair_by_pair() -> None:
    found = groups(settings=PROJECTED)
    assert [(g.header.key.resource, g.header.attributes) for g in found] == [
        (
            "job_code",
            {"company": "01", "job": "1042", "cost_code": code, "category": kind, "projected": Decimal(amount)},
        )
        for code, kind, amount in (("03-300", "M", "1200.00"), ("05-100", "L", "500.00"))
    ]
    assert all(g.updates and g.may_exist and g.common and not g.lines for g in found)
    assert [g.header.part for g in found] == ["projected:03-300/M", "projected:05-100/L"]


def test_projected_cost_sets_whole_amounts_again_and_again() -> None:
    sent = references(keys=own_key(KIND), sent={"03-300/M": Decimal("1200.00")}, exports=1)
    assert [g.header.values["projected"] for g in groups(settings=PROJECTED, references=sent)] == [
        Decimal("1200.00"),
        Decimal("500.00"),
    ]


def test_a_pair_that_has_come_down_to_nothing_is_set_to_nothing() -> None:
    found = groups(
        forecast(lines=[budget_line(1, forecast="0"), budget_line(2, category="L")]),
        settings=PROJECTED,
        references=references(codes=frozenset({("03-300", "M"), ("03-300", "L")})),
    )
    assert [g.header.values["projected"] for g in found] == [Decimal("0.00"), Decimal("1200.00")]


def test_a_pair_without_money_is_set_only_where_the_job_has_it() -> None:
    lines = [
        budget_line(1, forecast="0"),
        budget_line(2, cost_code="09-900", forecast="0"),
        budget_line(3, cost_code="77-700", forecast="0"),
    ]
    known = references(assignable=frozenset({("09-900", "M")}))
    found = groups(forecast(lines=lines), settings=PROJECTED, references=known)
    assert [g.header.key.text for g in found] == ["01|1042|03-300|M"]


def test_every_pair_that_is_set_is_one_that_the_job_has_by_then() -> None:
    """What the guards let through can be written: a line without money on a pair that the job lacks sets nothing."""
    lines = [budget_line(1), budget_line(2, cost_code="77-700", forecast="0"), budget_line(3, cost_code="09-900")]
    known = references(assignable=frozenset({("09-900", "M")}))
    stated: Facts = given(KIND, known=known, settings={"forecast_export": "projected"}, lines=lines)
    found = groups(forecast(lines=lines), settings=PROJECTED, references=known)
    there = {f"01|1042|{code}|{kind}" for code, kind in known.codes}
    there |= {g.header.key.text for g in found if g.header.key.resource == "job_code" and not g.updates}
    assert own(KIND, stated) == []
    assert {g.header.key.text for g in found if g.updates} <= there


@pytest.mark.parametrize("where", ["pci", "projected"])
def test_codes_that_the_job_lacks_go_along(where: str) -> None:
    known = references(codes=frozenset({("03-300", "M")}), assignable=frozenset({("05-100", "L")}))
    found = groups(settings=settings_for(KIND, forecast_export=where), references=known)
    assert [g.header.key.text for g in found[:2]] == ["01|1042|05-100", "01|1042|05-100|L"]
    assert [g.header.key.resource for g in found[:2]] == ["job_phase", "job_code"]


# Around it


def test_it_waits_for_the_job_alone_and_procore_has_no_place_for_its_id() -> None:
    (job,) = MAPPER.prerequisites(ME, forecast(), "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert MAPPER.write_back(ME, []) is None


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_forecast())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
