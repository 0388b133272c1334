"""The worker is killed before, inside and after each step and each decision; everything finishes by itself (B-03)."""

from __future__ import annotations

import asyncio

import pytest

from mappers.base import Mapper
from mappers.registry import KINDS
from tests.crash.case import Case
from tests.crash.cases import CASES
from tests.crash.sample import SIZE, sample

pytestmark = pytest.mark.crash


@pytest.mark.sample
def test_every_case_has_a_name_of_its_own_and_every_exported_kind_has_cases() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    exported = {name for name, kind in KINDS.items() if type(kind.mapper) is not Mapper}
    assert {case.kind for case in CASES} == exported


@pytest.mark.sample
def test_a_days_sample_is_the_same_all_day_has_every_kind_and_is_another_one_tomorrow() -> None:
    today, again, tomorrow = (
        [case.name for case in sample(CASES, day)] for day in ("2026-11-23", "2026-11-23", "2026-11-24")
    )
    assert today == again
    assert today != tomorrow
    assert len(set(today)) == SIZE
    assert {case.kind for case in sample(CASES, "2026-11-23")} == {case.kind for case in CASES}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_the_worker_dies(case: Case, running: dict[str, asyncio.Task[None]]) -> None:
    await running[case.name]
