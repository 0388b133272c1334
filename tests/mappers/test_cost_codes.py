"""A project's cost codes to phases and categories of its job: assigned, never invented (O-02, R-21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.cost_codes import CodePair, CostCodes
from domain.records import Group, digest
from domain.states import Condition
from mappers.cost_codes import CostCodesMapper
from tests.builders import ASSIGNABLE, IDS, PROJECT, export, references
from tests.domain.documents import cost_codes, settings_for
from tests.mappers.raws import raw_cost_codes

KIND = "cost_codes"
ME = IDS[KIND]
MAPPER = CostCodesMapper()
KNOWN = references(assignable=ASSIGNABLE, code_names={"09-900": "Painting"})


def groups(document: Any = None, **more: Any) -> list[Group]:
    return MAPPER.plan(export(KIND, document, **{"references": KNOWN, **more})).groups


def test_they_are_read_whole() -> None:
    assert MAPPER.from_procore(raw_cost_codes()) == cost_codes(is_erp_list=True)


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ({"is_erp_list": False}, "is_erp_list", False),
        ({"is_erp_list": None}, "is_erp_list", None),
        ({"custom_segments": ["Lot"]}, "custom_segments", ["Lot"]),
        ({"custom_segments": None}, "custom_segments", []),
        ({"name": None}, "name", ""),
        ({"lines": []}, "pairs", []),
    ],
)
def test_what_else_is_read(more: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(MAPPER.from_procore(raw_cost_codes(**more)), name) == value


def test_a_code_without_a_budget_to_look_at_has_no_amount() -> None:
    raw = raw_cost_codes(lines=[{"cost_code": "a", "category": "m", "original_budget_amount": None}])
    assert MAPPER.from_procore(raw).pairs == [CodePair(cost_code="a", category="m")]
    assert MAPPER.from_procore(raw).pairs[0].pair == ("A", "M")


def test_the_rows_a_phase_once_and_each_pair() -> None:
    found = groups()
    base = {"company": "01", "job": "1042", "cost_code": "09-900"}
    assert [(g.header.key.resource, g.header.attributes) for g in found] == [
        ("job_phase", {**base, "name": "Painting"}),
        ("job_code", {**base, "category": "L"}),
        ("job_code", {**base, "category": "M"}),
    ]
    assert all(g.may_exist and g.common and not g.updates and not g.lines for g in found)
    assert [g.header.part for g in found] == ["phase:09-900", "code:09-900/L", "code:09-900/M"]


def test_without_a_name_in_the_master_list_the_code_stands_for_it() -> None:
    assert groups(references=references(assignable=ASSIGNABLE))[0].header.values == {"name": "09-900"}


def test_a_phase_that_the_job_has_isnt_assigned_again() -> None:
    known = references(codes=frozenset({("09-900", "S")}), assignable=ASSIGNABLE)
    assert [g.header.key.resource for g in groups(references=known)] == ["job_code", "job_code"]


def test_codes_without_money_stay_where_the_setting_says_so() -> None:
    found = groups(settings=settings_for(KIND, zero_dollar_codes=False))
    assert [g.header.key.text for g in found] == ["01|1042|09-900", "01|1042|09-900|M"]


def test_what_the_master_list_hasnt_and_what_the_job_has_already_stay() -> None:
    pairs = [CodePair(cost_code=c, category="M", budget=Decimal(1)) for c in ("03-300", "77-700")]
    assert groups(CostCodes(id=1, pairs=pairs)) == []


def test_a_pair_that_stands_twice_goes_once() -> None:
    pairs = [CodePair(cost_code=c, category="m", budget=Decimal(1)) for c in ("09-900", "09-900")]
    assert [g.header.key.text for g in groups(CostCodes(id=1, pairs=pairs))] == ["01|1042|09-900", "01|1042|09-900|M"]


def test_they_wait_for_the_job_and_procore_has_no_place_for_an_id() -> None:
    (job,) = MAPPER.prerequisites(ME, cost_codes(), "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert MAPPER.write_back(ME, []) is None


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_cost_codes())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
