"""The worker is killed before, inside and after each step and each decision; everything finishes by itself (B-03)."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.cases import CASES, SAMPLE, Case

pytestmark = pytest.mark.crash
PARAMETERS = [pytest.param(c, id=c.name, marks=[pytest.mark.sample] if c.sample else []) for c in CASES]


@pytest.mark.sample
def test_every_case_has_a_name_of_its_own_and_the_sample_names_cases() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(names) >= SAMPLE


@pytest.mark.parametrize("case", PARAMETERS)
async def test_the_worker_dies(case: Case, running: dict[str, asyncio.Task[None]]) -> None:
    await running[case.name]
