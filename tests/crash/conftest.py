"""The crash cases' ground, and the pool in which they run at the same time.

Each case waits for seconds until Temporal misses the dead worker, so they run side by side on one stack, each on queues
of its own. Every case still is a test of its own: it fails with its own error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.crash.case import Case
from tests.crash.cases import CASES
from tests.crash.grounds import Grounds, build_on
from tests.crash.play import play
from tests.crash.sample import sample, seed_of_today
from tests.crash.seeds import every_kind_goes
from workers.plant import Plant
from workers.stack import Stack

AT_ONCE = 8


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --crash=short only the day's sample stays."""
    if config.getoption("--crash") != "short":
        return
    seed = seed_of_today()
    chosen = {case.name for case in sample(CASES, seed)}
    left_out = [i for i in items if i.get_closest_marker("crash") and not _stays(i, chosen)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [i for i in items if i not in left_out]
    if (terminal := config.pluginmanager.get_plugin("terminalreporter")) is not None:
        terminal.write_line(f"crash sample: CRASH_SEED={seed}, {len(chosen)} of {len(CASES)} cases")


def _stays(item: pytest.Item, chosen: set[str]) -> bool:
    case = item.callspec.params.get("case") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    return case.name in chosen if isinstance(case, Case) else item.get_closest_marker("sample") is not None


@pytest.fixture(scope="module")
async def grounds(stack: Stack, plant: Plant) -> AsyncIterator[Grounds]:
    async with build_on(stack, plant) as built, every_kind_goes(built.scene("settings", "")):
        yield built


@pytest.fixture(scope="module")
async def running(request: pytest.FixtureRequest, grounds: Grounds) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """Every selected case, at work: `AT_ONCE` at a time, in the order of the tests."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> None:
        async with gate:
            await play(grounds.scene(f"case {number}", case.crash, case.timing), case.story)

    items = [i for i in request.session.items if isinstance(i, pytest.Function) and "running" in i.fixturenames]
    selected = [cast(Case, i.callspec.params["case"]) for i in items]
    tasks = {case.name: asyncio.create_task(one(n, case)) for n, case in enumerate(selected, start=1)}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
