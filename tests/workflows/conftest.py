"""A task queue of these tests' own, over the session's stack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.support import Site
from tests.workflows.ground import own_queue
from workers.plant import Plant


@pytest.fixture(scope="session")
async def own_plant(plant: Plant) -> AsyncIterator[Plant]:
    async with own_queue(plant, "workflow-tests") as mine:
        yield mine


@pytest.fixture
def own(site: Site, own_plant: Plant) -> Site:
    """The session's site on the queue of these tests, with little patience."""
    return replace(site, office=own_plant)
