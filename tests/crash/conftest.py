"""The crash cases' ground, and the pool in which they run at the same time.

Each case waits for seconds until Temporal misses the dead worker, so they run side by side on one stack, each on queues
of its own. Every case still is a test of its own: it fails with its own error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.crash.cases import Case
from tests.crash.grounds import Grounds, build_on
from tests.crash.play import play
from workers.plant import Plant
from workers.stack import Stack

AT_ONCE = 8


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sample: a crash test that runs with --crash=short too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--crash") != "short":
        return
    left_out = [i for i in items if i.get_closest_marker("crash") and not i.get_closest_marker("sample")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [i for i in items if i not in left_out]


@pytest.fixture(scope="session")
async def grounds(stack: Stack, plant: Plant) -> AsyncIterator[Grounds]:
    async with build_on(stack, plant) as built:
        yield built


@pytest.fixture(scope="session")
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
